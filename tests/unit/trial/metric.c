/*
 * Which metric feeds an objective, and which of its reports counts.
 */
#include "support/alloc.h"
#include "trial/objective.h"

#include <check.h>
#include <math.h>
#include <string.h>

Suite *unit_trial_metric(void);

static char series[] = "accuracy";
static char title[] = "validation";
static char key[] = "validation/accuracy";

static const struct hpo_objective_spec titled = {.title = title, .series = series, .key = key};
static const struct hpo_objective_spec untitled = {.series = series, .key = series};

static struct hpo_metrics note(const char *const *keys)
{
	struct hpo_metrics metrics = {0};

	for (; *keys != NULL; keys++)
		ck_assert_int_eq(hpo__metrics_note(&metrics, *keys, 1, 0.5, NULL), HPO_OK);
	return metrics;
}

struct match_case {
	const struct hpo_objective_spec *objective;
	const char *seen[4];
	const char *expected; /* NULL: none; "?": ambiguous */
};

static const struct match_case matches[] = {
	{&titled, {"validation/accuracy", "train/accuracy", "accuracy"}, "validation/accuracy"},
	{&titled, {"accuracy", "loss"}, "accuracy"},
	{&titled, {"train/accuracy"}, "train/accuracy"},
	{&titled, {"train/accuracy", "test/accuracy"}, "?"},
	{&titled, {"accuracy", "test/accuracy"}, "?"},
	{&titled, {"inaccuracy", "validation/accuracy/top5"}, NULL},
	{&untitled, {"accuracy", "test/accuracy"}, "accuracy"},
	{&untitled, {"test/accuracy"}, "test/accuracy"},
	{&untitled, {"test/accuracy", "train/accuracy"}, "?"},
	{&untitled, {"loss"}, NULL},
	{&untitled, {NULL}, NULL},
};

START_TEST(a_metric_feeds_an_objective_by_key_or_by_series_alone)
{
	const struct match_case *c = &matches[_i];
	struct hpo_metrics metrics = note(c->seen);
	const struct hpo_metric *metric = NULL;
	hpo_error_t error = {0, ""};
	hpo_status_t status = hpo__metrics_match(&metrics, c->objective, &metric, &error);

	if (c->expected != NULL && strcmp(c->expected, "?") == 0) {
		ck_assert_int_eq(status, HPO_EINVAL);
		for (int i = 0; c->seen[i] != NULL; i++)
			ck_assert_ptr_nonnull(strstr(error.message, c->seen[i]));
	} else {
		ck_assert_int_eq(status, HPO_OK);
		ck_assert_pstr_eq(metric == NULL ? NULL : metric->key, c->expected);
	}
	hpo__metrics_release(&metrics);
}
END_TEST

START_TEST(goals_choose_the_last_or_the_best_ever_report)
{
	static const double values[] = {0.5, 0.9, NAN, 0.2, 0.7, INFINITY};
	static const double expected[] = {0.7, 0.7, 0.2, 0.9}; /* by hpo_goal_t */
	struct hpo_metrics metrics = {0};
	struct hpo_metric *metric = NULL;

	for (int i = 0; i < 6; i++)
		ck_assert_int_eq(hpo__metrics_note(&metrics, "a", i, values[i], &metric), HPO_OK);

	for (int goal = 0; goal < 4; goal++) {
		struct hpo_objective_spec objective = {.goal = (hpo_goal_t)goal};

		ck_assert_double_eq(hpo__metric_value(metric, &objective), expected[goal]);
	}
	ck_assert_int_eq(metric->reports, 6);
	ck_assert_int_eq(metric->last_iteration, 4);
	ck_assert_int_eq(metric->low_iteration, 3);
	ck_assert_int_eq(metric->high_iteration, 1);
	hpo__metrics_release(&metrics);
}
END_TEST

START_TEST(metrics_are_written_with_null_for_what_never_was_finite)
{
	struct hpo_metrics metrics = {0};
	struct hpo_buffer out = HPO__BUFFER_INIT;

	hpo__metrics_note(&metrics, "a\"b", 2, 0.5, NULL);
	hpo__metrics_note(&metrics, "n", 3, NAN, NULL);

	hpo__metrics_write(&metrics, &out);

	ck_assert_str_eq(out.text, "[{\"metric\":\"a\\\"b\",\"last\":0.5,\"min\":0.5,\"max\":0.5,"
				   "\"iteration\":2},{\"metric\":\"n\",\"last\":null,\"min\":null,"
				   "\"max\":null,\"iteration\":null}]");
	hpo__buffer_release(&out);
	hpo__metrics_release(&metrics);
}
END_TEST

static hpo_status_t note_and_match(void *user)
{
	struct hpo_metrics metrics = {0};
	const struct hpo_metric *metric;
	hpo_status_t status = HPO_OK;
	char name[16] = "x/accuracy";

	(void)user;
	for (int i = 0; i < 20 && status >= 0; i++) {
		name[0] = (char)('a' + i);
		status = hpo__metrics_note(&metrics, name, i, i, NULL);
	}
	if (status >= 0)
		status = hpo__metrics_match(&metrics, &untitled, &metric, NULL);
	hpo__metrics_release(&metrics);
	return status == HPO_EINVAL ? HPO_OK : status; /* it is ambiguous */
}

START_TEST(no_allocation_that_fails_leaks)
{
	hpo_test_alloc_install();

	hpo_test_each_allocation(note_and_match, NULL);

	hpo_test_alloc_remove();
}
END_TEST

Suite *unit_trial_metric(void)
{
	Suite *suite = suite_create("trial/metric");
	TCase *all = tcase_create("all");

	tcase_add_loop_test(all, a_metric_feeds_an_objective_by_key_or_by_series_alone, 0,
			    (int)(sizeof matches / sizeof *matches));
	tcase_add_test(all, goals_choose_the_last_or_the_best_ever_report);
	tcase_add_test(all, metrics_are_written_with_null_for_what_never_was_finite);
	tcase_add_test(all, no_allocation_that_fails_leaks);
	suite_add_tcase(suite, all);
	return suite;
}
