/*
 * Records of small studies, for the tests of this room.
 */
#ifndef HPO_TESTS_UNIT_REPORT_MAKE_H
#define HPO_TESTS_UNIT_REPORT_MAKE_H

#include "hpo/report.h"
#include "trial/record.h"

#include "base/alloc.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

/* One trial; texts in which ' stands for ". */
struct made {
	hpo_trial_state_t state;
	const char *params;
	const char *values; /* NULL: not told */
	const char *reason;
};

static inline const char *unquote(const char *text, char *space, size_t size)
{
	if (text == NULL)
		return NULL;
	ck_assert_uint_lt(strlen(text), size);
	strcpy(space, text);
	for (char *c = space; *c != '\0'; c++)
		*c = *c == '\'' ? '"' : *c;
	return space;
}

/* The records of a study file; trials [count], each of which ran for half a second. */
static inline hpo_records_t *make_records(const char *definition, const struct made *trials,
					  size_t count)
{
	char text[3][2048];
	hpo_study_row_t study = { .struct_size = sizeof study, .name = "s", .id = 1,
				  .created_s = 1e9 };
	hpo_records_t *records = NULL;
	hpo_error_t error = { 0 };

	study.definition = unquote(definition, text[0], sizeof text[0]);
	ck_assert_msg(hpo__records_new(&records, &study, &error) == HPO_OK, "%s", error.message);
	for (size_t i = 0; i < count; i++) {
		hpo_trial_row_t row = { .struct_size = sizeof row, .number = (int64_t)i,
					.state = trials[i].state, .iteration = -1,
					.compute_s = 0.5, .created_s = 1e9, .started_s = 1e9,
					.reason = trials[i].reason };

		row.params = unquote(trials[i].params, text[1], sizeof text[1]);
		row.values = unquote(trials[i].values, text[2], sizeof text[2]);
		row.told = trials[i].state >= HPO_TRIAL_COMPLETED ? (int64_t)i + 1 : 0;
		row.ended_s = row.told != 0 ? 1e9 + 1 : 0;
		ck_assert_msg(hpo__records_add(records, &row, &error) == HPO_OK, "%s",
			      error.message);
	}
	ck_assert_int_eq(hpo__records_finish(records, &error), HPO_OK);
	return records;
}

static inline void add_report(hpo_records_t *records, int64_t trial, int32_t attempt, int64_t iteration,
		       const char *metric, double value)
{
	const hpo_report_row_t row = { .trial = trial, .attempt = attempt, .iteration = iteration,
				       .metric = metric, .value = value };

	ck_assert_int_eq(hpo__records_add_report(records, &row, NULL), HPO_OK);
}

static inline void check_text(char *got, const char *wanted)
{
	ck_assert_ptr_nonnull(got);
	ck_assert_str_eq(got, wanted);
	hpo__free(got);
}

/* Two parameters, one of them conditional, and one objective. */
#define PLAIN_STUDY                                                                               \
	"{'name':'s','objectives':[{'series':'loss','goal':'min'}],'parameters':["                \
	"{'name':'x','type':'float','low':-9,'high':9},"                                          \
	"{'name':'k','type':'categorical','choices':['a','=b','c','d','']},"                     \
	"{'name':'n','type':'int','low':1,'high':9,'when':{'k':['a']}}],'limits':{'trials':9}}"

static const struct made plain_trials[] = {
	{ HPO_TRIAL_COMPLETED, "{'x':0.1,'k':'a','n':3}", "[0.5]", NULL },
	{ HPO_TRIAL_FAILED, "{'x':-2,'k':'=b'}", NULL, "exit status 3" },
	{ HPO_TRIAL_PRUNED, "{'x':1,'k':'a','n':1}", "[0.125]", "iteration 1" },
	{ HPO_TRIAL_COMPLETED, "{'x':0.123456789,'k':''}", "[0.25]", NULL },
	{ HPO_TRIAL_RUNNING, "{'x':5,'k':'=b'}", NULL, NULL },
};

enum { PLAIN_TRIALS = sizeof plain_trials / sizeof *plain_trials };

static inline hpo_records_t *plain_records(void)
{
	return make_records(PLAIN_STUDY, plain_trials, PLAIN_TRIALS);
}

#endif
