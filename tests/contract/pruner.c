/*
 * What every pruner of the registry keeps: nobody is stopped too early, alone,
 * or for a value that is not finite; what is forgotten does not count; and the
 * same reports give the same verdicts.
 */
#include "support/alloc.h"

#include "base/alloc.h"
#include "base/option.h"
#include "hpo/plugin/random.h"
#include "pruner/registry.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

struct bench {
	const hpo_pruner_ops_t *ops;
	void *state;
	hpo_error_t error;
};

static hpo_status_t bench_init(struct bench *bench, const char *pruner,
			       const hpo_fidelity_t *fidelity)
{
	struct hpo_json_at nothing = hpo__json_root(NULL);
	hpo_settings_t *settings = NULL;
	hpo_status_t status;

	memset(bench, 0, sizeof *bench);
	status = hpo__pruner_find(&bench->ops, pruner, &bench->error);
	if (status == HPO_OK)
		status = hpo__settings_new(&settings, bench->ops->options, &nothing, NULL,
					   &bench->error);
	if (status == HPO_OK) {
		bench->state = hpo__calloc(1, bench->ops->state_size + 1);
		status = bench->state != NULL
				 ? bench->ops->init(bench->state, fidelity, &bench->error)
				 : HPO_ENOMEM;
	}
	if (status == HPO_OK)
		status = bench->ops->configure(bench->state, settings, &bench->error);
	hpo__settings_free(settings);
	return status;
}

static void bench_release(struct bench *bench)
{
	if (bench->state != NULL)
		bench->ops->release(bench->state);
	hpo__free(bench->state);
}

static hpo_status_t report(struct bench *bench, int64_t trial, int64_t iteration, double loss,
			   hpo_verdict_t *verdict)
{
	hpo_status_t status = bench->ops->observe(bench->state, trial, iteration, loss,
						  &bench->error);

	memset(verdict, 0, sizeof *verdict);
	if (status == HPO_OK)
		status = bench->ops->judge(bench->state, trial, verdict, &bench->error);
	return status;
}

/* Run trials to their ends; returns how many were stopped. The worse, the higher the number. */
static int run_trials(struct bench *bench, int64_t first, int64_t count, int64_t iterations,
		      int64_t *earliest)
{
	int stopped = 0;

	for (int64_t t = first; t < first + count; t++) {
		hpo_verdict_t verdict = { 0 };

		for (int64_t i = 1; i <= iterations && !verdict.stop; i++) {
			ck_assert_int_eq(report(bench, t, i, (double)t + 1.0 / (double)i, &verdict),
					 HPO_OK);
			if (verdict.stop && i < *earliest)
				*earliest = i;
		}
		stopped += verdict.stop;
		if (verdict.stop)
			ck_assert_uint_gt(strlen(verdict.reason), 0);
		else
			bench->ops->finish(bench->state, t);
	}
	return stopped;
}

START_TEST(no_trial_is_stopped_before_min_iteration)
{
	const hpo_fidelity_t fidelity = { 5, 81 };

	for (size_t p = 0; hpo__pruner_name(p) != NULL; p++) {
		struct bench bench;
		int64_t earliest = INT64_MAX;

		ck_assert_int_eq(bench_init(&bench, hpo__pruner_name(p), &fidelity), HPO_OK);
		run_trials(&bench, 0, 40, 81, &earliest);
		ck_assert_int_ge(earliest, 5);
		bench_release(&bench);
	}
}
END_TEST

/* Trials come from best to worst, so that whatever prunes at all prunes most of them. */
START_TEST(all_but_none_stop_the_bad_ones)
{
	const hpo_fidelity_t fidelity = { 0, 81 };

	for (size_t p = 0; hpo__pruner_name(p) != NULL; p++) {
		struct bench bench;
		int64_t earliest = INT64_MAX;
		int stopped;

		ck_assert_int_eq(bench_init(&bench, hpo__pruner_name(p), &fidelity), HPO_OK);
		stopped = run_trials(&bench, 0, 40, 81, &earliest);
		if (strcmp(hpo__pruner_name(p), "none") == 0)
			ck_assert_int_eq(stopped, 0);
		else
			ck_assert_int_ge(stopped, 20);
		bench_release(&bench);
	}
}
END_TEST

START_TEST(a_trial_alone_is_never_stopped)
{
	const hpo_fidelity_t fidelity = { 0, 0 };

	for (size_t p = 0; hpo__pruner_name(p) != NULL; p++) {
		struct bench bench;
		int64_t earliest = INT64_MAX;

		ck_assert_int_eq(bench_init(&bench, hpo__pruner_name(p), &fidelity), HPO_OK);
		ck_assert_int_eq(run_trials(&bench, 0, 1, 200, &earliest), 0);
		bench_release(&bench);
	}
}
END_TEST

START_TEST(values_that_are_not_finite_are_ignored)
{
	const hpo_fidelity_t fidelity = { 0, 81 };
	static const double odd[] = { NAN, INFINITY, -INFINITY };

	for (size_t p = 0; hpo__pruner_name(p) != NULL; p++) {
		struct bench bench;
		hpo_verdict_t verdict;
		int64_t earliest = INT64_MAX;

		ck_assert_int_eq(bench_init(&bench, hpo__pruner_name(p), &fidelity), HPO_OK);
		run_trials(&bench, 0, 20, 81, &earliest);
		for (int64_t i = 1; i <= 81; i++) {
			ck_assert_int_eq(report(&bench, 100, i, odd[i % 3], &verdict), HPO_OK);
			ck_assert_int_eq(verdict.stop, 0);
		}
		bench_release(&bench);
	}
}
END_TEST

START_TEST(a_trial_that_never_reported_is_not_stopped)
{
	const hpo_fidelity_t fidelity = { 0, 81 };

	for (size_t p = 0; hpo__pruner_name(p) != NULL; p++) {
		struct bench bench;
		hpo_verdict_t verdict = { 0 };

		ck_assert_int_eq(bench_init(&bench, hpo__pruner_name(p), &fidelity), HPO_OK);
		ck_assert_int_eq(bench.ops->judge(bench.state, 3, &verdict, NULL), HPO_OK);
		ck_assert_int_eq(verdict.stop, 0);
		bench.ops->forget(bench.state, 3);
		bench.ops->finish(bench.state, 3);
		bench_release(&bench);
	}
}
END_TEST

/* With trial 50 forgotten, the others are judged as if it had never been. */
START_TEST(what_is_forgotten_does_not_count)
{
	const hpo_fidelity_t fidelity = { 0, 81 };

	for (size_t p = 0; hpo__pruner_name(p) != NULL; p++) {
		struct bench with;
		struct bench without;
		hpo_verdict_t a;
		hpo_verdict_t b;
		int64_t earliest = INT64_MAX;

		ck_assert_int_eq(bench_init(&with, hpo__pruner_name(p), &fidelity), HPO_OK);
		ck_assert_int_eq(bench_init(&without, hpo__pruner_name(p), &fidelity), HPO_OK);
		for (int64_t i = 1; i <= 40; i++)
			ck_assert_int_eq(report(&with, 50, i, -1000, &a), HPO_OK);
		with.ops->forget(with.state, 50);
		ck_assert_int_eq(run_trials(&with, 0, 20, 81, &earliest),
				 run_trials(&without, 0, 20, 81, &earliest));

		for (int64_t i = 1; i <= 81; i++) {
			ck_assert_int_eq(report(&with, 50, i, 30, &a), HPO_OK);
			ck_assert_int_eq(report(&without, 50, i, 30, &b), HPO_OK);
			ck_assert_int_eq(a.stop, b.stop);
			ck_assert_str_eq(a.reason, b.reason);
		}
		bench_release(&with);
		bench_release(&without);
	}
}
END_TEST

START_TEST(the_same_reports_give_the_same_verdicts)
{
	const hpo_fidelity_t fidelity = { 2, 0 };

	for (size_t p = 0; hpo__pruner_name(p) != NULL; p++) {
		struct bench one;
		struct bench two;
		hpo_rng_t rng;

		hpo_rng_init(&rng, 11, 0, 0);
		ck_assert_int_eq(bench_init(&one, hpo__pruner_name(p), &fidelity), HPO_OK);
		ck_assert_int_eq(bench_init(&two, hpo__pruner_name(p), &fidelity), HPO_OK);
		for (int k = 0; k < 3000; k++) {
			int64_t trial = (int64_t)hpo_rng_below(&rng, 40);
			int64_t iteration = (int64_t)hpo_rng_below(&rng, 100);
			double loss = hpo_rng_normal(&rng);
			hpo_verdict_t a;
			hpo_verdict_t b;

			ck_assert_int_eq(report(&one, trial, iteration, loss, &a), HPO_OK);
			ck_assert_int_eq(report(&two, trial, iteration, loss, &b), HPO_OK);
			ck_assert_int_eq(a.stop, b.stop);
			ck_assert_int_eq(a.iteration, b.iteration);
			ck_assert_str_eq(a.reason, b.reason);
			if (k % 97 == 0) {
				one.ops->finish(one.state, trial);
				two.ops->finish(two.state, trial);
			}
		}
		bench_release(&one);
		bench_release(&two);
	}
}
END_TEST

START_TEST(extreme_losses_are_survived)
{
	const hpo_fidelity_t fidelity = { 0, 0 };
	static const double losses[] = { 1e308, -1e308, 1e-308, 0, 1.7e308, -1.7e308 };

	for (size_t p = 0; hpo__pruner_name(p) != NULL; p++) {
		struct bench bench;
		hpo_verdict_t verdict;

		ck_assert_int_eq(bench_init(&bench, hpo__pruner_name(p), &fidelity), HPO_OK);
		for (int64_t t = 0; t < 60; t++) {
			for (int64_t i = 0; i < 12; i++)
				ck_assert_int_eq(report(&bench, t * 1000000007, i,
							losses[(t + i) % 6], &verdict),
						 HPO_OK);
			ck_assert_int_eq(report(&bench, t, INT64_MAX, losses[t % 6], &verdict),
					 HPO_OK);
			bench.ops->finish(bench.state, t * 1000000007);
		}
		bench_release(&bench);
	}
}
END_TEST

/* `user` is the name of a pruner. finish() may swallow a failure: it returns nothing. */
static hpo_status_t prune_a_little(void *user)
{
	const hpo_fidelity_t fidelity = { 0, 27 };
	struct bench bench;
	hpo_verdict_t verdict;
	hpo_status_t status = bench_init(&bench, user, &fidelity);

	for (int64_t t = 0; status == HPO_OK && t < 12; t++) {
		for (int64_t i = 1; status == HPO_OK && i < 12; i++)
			status = report(&bench, t, i, (double)t, &verdict);
		if (t == 5)
			bench.ops->forget(bench.state, t);
	}
	bench_release(&bench);
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
