/*
 * What every pruner of the registry keeps: nobody is stopped too early, alone,
 * or for a value that is not finite; what is forgotten does not count; and the
 * same reports give the same verdicts.
 */
#include "support/alloc.h"
#include "unit/pruner/bed.h"

#include "hpo/plugin/random.h"

#include <math.h>
#include <stdio.h>

/* Settings under which a pruner that is silent by default, or nearly, has something to say. */
static const char *sharp_settings(const char *pruner)
{
	if (strcmp(pruner, "threshold") == 0)
		return "{\"upper\":10}";
	if (strcmp(pruner, "patient") == 0)
		return "{\"patience\":3,\"min_delta\":0.2}";
	return NULL;
}

static void begin(struct bed *bed, const char *pruner, int64_t min_iteration, int64_t max_iteration)
{
	bed_begin(bed, pruner, min_iteration, max_iteration, NULL);
}

/* Run trials to their ends; returns how many were stopped. The worse, the higher the number. */
static int run_trials(struct bed *bed, int64_t first, int64_t count, int64_t iterations,
		      int64_t *earliest)
{
	int stopped = 0;

	for (int64_t t = first; t < first + count; t++) {
		bed->verdict.stop = 0;
		for (int64_t i = 1; i <= iterations && !bed->verdict.stop; i++) {
			bed_report(bed, t, i, (double)t + 1.0 / (double)i);
			if (bed->verdict.stop && i < *earliest)
				*earliest = i;
		}
		stopped += bed->verdict.stop;
		if (bed->verdict.stop)
			ck_assert_uint_gt(strlen(bed->verdict.reason), 0);
		else
			bed->ops->finish(bed->state, t);
	}
	return stopped;
}

START_TEST(no_trial_is_stopped_before_min_iteration)
{
	for (size_t p = 0; hpo__pruner_name(p) != NULL; p++) {
		const char *name = hpo__pruner_name(p);
		struct bed bed;
		int64_t earliest = INT64_MAX;

		bed_begin(&bed, name, 5, 81, sharp_settings(name));
		run_trials(&bed, 0, 40, 81, &earliest);
		ck_assert_int_ge(earliest, 5);
		bed_end(&bed);
	}
}
END_TEST

/* Trials come from best to worst, so that whatever prunes at all prunes most of them. */
START_TEST(all_but_none_stop_the_bad_ones)
{
	for (size_t p = 0; hpo__pruner_name(p) != NULL; p++) {
		const char *name = hpo__pruner_name(p);
		struct bed bed;
		int64_t earliest = INT64_MAX;
		int stopped;

		bed_begin(&bed, name, 0, 81, sharp_settings(name));
		stopped = run_trials(&bed, 0, 40, 81, &earliest);
		if (strcmp(name, "none") == 0)
			ck_assert_int_eq(stopped, 0);
		else
			ck_assert_int_ge(stopped, 20);
		bed_end(&bed);
	}
}
END_TEST

START_TEST(a_trial_alone_is_never_stopped)
{
	for (size_t p = 0; hpo__pruner_name(p) != NULL; p++) {
		struct bed bed;
		int64_t earliest = INT64_MAX;

		begin(&bed, hpo__pruner_name(p), 0, 0);
		ck_assert_int_eq(run_trials(&bed, 0, 1, 200, &earliest), 0);
		bed_end(&bed);
	}
}
END_TEST

START_TEST(values_that_are_not_finite_are_ignored)
{
	static const double odd[] = { NAN, INFINITY, -INFINITY };

	for (size_t p = 0; hpo__pruner_name(p) != NULL; p++) {
		struct bed bed;
		int64_t earliest = INT64_MAX;

		begin(&bed, hpo__pruner_name(p), 0, 81);
		run_trials(&bed, 0, 20, 81, &earliest);
		for (int64_t i = 1; i <= 81; i++) {
			ck_assert(!bed_report(&bed, 100, i, odd[i % 3]));
		}
		bed_end(&bed);
	}
}
END_TEST

START_TEST(a_trial_that_never_reported_is_not_stopped)
{
	for (size_t p = 0; hpo__pruner_name(p) != NULL; p++) {
		struct bed bed;
		hpo_verdict_t verdict = { 0 };

		begin(&bed, hpo__pruner_name(p), 0, 81);
		ck_assert_int_eq(bed.ops->judge(bed.state, 3, &verdict, NULL), HPO_OK);
		ck_assert_int_eq(verdict.stop, 0);
		bed.ops->forget(bed.state, 3);
		bed.ops->finish(bed.state, 3);
		bed_end(&bed);
	}
}
END_TEST

/* With trial 50 forgotten, the others are judged as if it had never been. */
START_TEST(what_is_forgotten_does_not_count)
{
	for (size_t p = 0; hpo__pruner_name(p) != NULL; p++) {
		struct bed with;
		struct bed without;
		int64_t earliest = INT64_MAX;

		begin(&with, hpo__pruner_name(p), 0, 81);
		begin(&without, hpo__pruner_name(p), 0, 81);
		for (int64_t i = 1; i <= 40; i++)
			bed_report(&with, 50, i, -1000);
		with.ops->forget(with.state, 50);
		ck_assert_int_eq(run_trials(&with, 0, 20, 81, &earliest),
				 run_trials(&without, 0, 20, 81, &earliest));

		for (int64_t i = 1; i <= 81; i++) {
			ck_assert_int_eq(bed_report(&with, 50, i, 30),
					 bed_report(&without, 50, i, 30));
			ck_assert_str_eq(with.verdict.reason, without.verdict.reason);
		}
		bed_end(&with);
		bed_end(&without);
	}
}
END_TEST

START_TEST(the_same_reports_give_the_same_verdicts)
{
	for (size_t p = 0; hpo__pruner_name(p) != NULL; p++) {
		struct bed one;
		struct bed two;
		hpo_rng_t rng;

		hpo_rng_init(&rng, 11, 0, 0);
		begin(&one, hpo__pruner_name(p), 2, 0);
		begin(&two, hpo__pruner_name(p), 2, 0);
		for (int k = 0; k < 3000; k++) {
			int64_t trial = (int64_t)hpo_rng_below(&rng, 40);
			int64_t iteration = (int64_t)hpo_rng_below(&rng, 100);
			double loss = hpo_rng_normal(&rng);

			ck_assert_int_eq(bed_report(&one, trial, iteration, loss),
					 bed_report(&two, trial, iteration, loss));
			ck_assert_int_eq(one.verdict.iteration, two.verdict.iteration);
			ck_assert_str_eq(one.verdict.reason, two.verdict.reason);
			if (k % 97 == 0) {
				one.ops->finish(one.state, trial);
				two.ops->finish(two.state, trial);
			}
		}
		bed_end(&one);
		bed_end(&two);
	}
}
END_TEST

START_TEST(extreme_losses_are_survived)
{
	static const double losses[] = { 1e308, -1e308, 1e-308, 0, 1.7e308, -1.7e308 };

	for (size_t p = 0; hpo__pruner_name(p) != NULL; p++) {
		struct bed bed;

		begin(&bed, hpo__pruner_name(p), 0, 0);
		for (int64_t t = 0; t < 60; t++) {
			for (int64_t i = 0; i < 12; i++)
				bed_report(&bed, t * 1000000007, i, losses[(t + i) % 6]);
			bed_report(&bed, t, INT64_MAX, losses[t % 6]);
			bed.ops->finish(bed.state, t * 1000000007);
		}
		bed_end(&bed);
	}
}
END_TEST

/* `user` is the name of a pruner. Without finish(), which may swallow a failure. */
static hpo_status_t prune_a_little(void *user)
{
	const hpo_fidelity_t fidelity = { 0, 27, 0, 0 };
	struct bed bed;
	hpo_status_t status = bed_open(&bed, user, &fidelity, NULL);

	for (int64_t t = 0; status == HPO_OK && t < 12; t++) {
		for (int64_t i = 1; status == HPO_OK && i < 12; i++)
			status = bed_try_report(&bed, t, i, (double)t);
		if (status == HPO_OK)
			status = bed.ops->diverge(bed.state, t, 12, (double)NAN, &bed.error);
		if (t == 5 && status == HPO_OK)
			bed.ops->forget(bed.state, t);
	}
	bed_end(&bed);
	return status;
}

START_TEST(every_failing_allocation_is_survived)
{
	hpo_test_alloc_install();

	for (size_t p = 0; hpo__pruner_name(p) != NULL; p++) {
		char name[64];

		snprintf(name, sizeof name, "%s", hpo__pruner_name(p));
		hpo_test_each_allocation(prune_a_little, name);
	}

	hpo_test_alloc_remove();
}
END_TEST

Suite *contract_pruner(void);
Suite *contract_pruner(void)
{
	Suite *suite = suite_create("contract/pruner");
	TCase *promises = tcase_create("promises");

	tcase_set_timeout(promises, 60);
	tcase_add_test(promises, no_trial_is_stopped_before_min_iteration);
	tcase_add_test(promises, all_but_none_stop_the_bad_ones);
	tcase_add_test(promises, a_trial_alone_is_never_stopped);
	tcase_add_test(promises, values_that_are_not_finite_are_ignored);
	tcase_add_test(promises, a_trial_that_never_reported_is_not_stopped);
	tcase_add_test(promises, what_is_forgotten_does_not_count);
	tcase_add_test(promises, the_same_reports_give_the_same_verdicts);
	tcase_add_test(promises, extreme_losses_are_survived);
	tcase_add_test(promises, every_failing_allocation_is_survived);
	suite_add_tcase(suite, promises);
	return suite;
}
