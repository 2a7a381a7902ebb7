/*
 * What a run shows to those who watch its backend: doc/backends.md has the
 * form. A pure function of the records and of what only the run knows.
 */
#ifndef HPO_REPORT_RUN_H
#define HPO_REPORT_RUN_H

#include "trial/record.h"

struct hpo_run_view {
	int64_t report;             /* 1, 2, 3, … of this run */
	const char *ended;          /* "completed", "stopped", "failed"; NULL while it goes on */
	const char *reason;         /* with ended: one sentence */
	const hpo_limits_t *limits; /* those of the run, which may differ from the study's */
	double run_minutes;         /* its own limit; 0: none */
	double elapsed_s;           /* of the run */
	double now_s;               /* seconds since 1970 */
	int64_t told;               /* ends up to this place among all were shown before */
	const char *const *lines;   /* [line_count] more for the console, before the others */
	size_t line_count;
};

/* The report as JSON; the caller's (hpo__free). NULL on failure. */
char *hpo__run_report(const hpo_records_t *records, const struct hpo_run_view *view,
		      hpo_error_t *error);

#endif
