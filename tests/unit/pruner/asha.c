/*
 * Successive halving, worked out by hand: reduction 3, rungs 1, 3, 9, 27.
 */
#include "base/alloc.h"
#include "pruner/registry.h"

#include <check.h>
#include <string.h>

static const hpo_pruner_ops_t *ops;
static void *state;
static hpo_verdict_t verdict;

static void begin(int64_t min_iteration, int64_t max_iteration)
{
	const hpo_fidelity_t fidelity = { min_iteration, max_iteration };

	ck_assert_int_eq(hpo__pruner_find(&ops, "asha", NULL), HPO_OK);
	state = hpo__calloc(1, ops->state_size);
	ck_assert_int_eq(ops->init(state, &fidelity, NULL), HPO_OK);
}

static void end(void)
{
	ops->release(state);
	hpo__free(state);
}

static int report(int64_t trial, int64_t iteration, double loss)
{
	ck_assert_int_eq(ops->observe(state, trial, iteration, loss, NULL), HPO_OK);
	memset(&verdict, 0, sizeof verdict);
	ck_assert_int_eq(ops->judge(state, trial, &verdict, NULL), HPO_OK);
	return verdict.stop;
}

START_TEST(the_first_to_arrive_goes_on)
{
	begin(0, 81);

	ck_assert(!report(0, 1, 5.0));
	ck_assert(!report(0, 3, 5.0));
	ck_assert(!report(0, 27, 5.0));
	end();
}
END_TEST

/* floor(m / 3) is at least 1 and grows with m: of six, two go on. */
START_TEST(a_third_goes_on)
{
	begin(0, 81);

	ck_assert(!report(0, 1, 3));
	ck_assert(report(1, 1, 4));
	ck_assert(!report(2, 1, 2));
	ck_assert(report(3, 1, 2.5));
	ck_assert(report(4, 1, 5));
	ck_assert(!report(5, 1, 2.2));
	end();
}
END_TEST

START_TEST(the_verdict_names_the_rung_and_the_ranks)
{
	begin(9, 81);
	ck_assert(!report(0, 9, 1));
	ck_assert(!report(1, 9, 0.5));

	ck_assert(report(2, 10, 2.385));

	ck_assert_int_eq(verdict.iteration, 10);
	ck_assert_double_eq(verdict.loss, 2.385);
	ck_assert_str_eq(verdict.reason, "rung 9: rank 3 of 3, 1 goes on");
	end();
}
END_TEST

START_TEST(a_rung_decides_once)
{
	begin(0, 81);
	ck_assert(!report(0, 1, 1));

	ck_assert(!report(1, 1, 0.5));
	ck_assert(!report(0, 2, 100));
	ck_assert(report(0, 3, 100) == 0);
	ck_assert(report(1, 3, 101));
	end();
}
END_TEST

START_TEST(a_report_beyond_several_rungs_counts_at_each)
{
	begin(0, 81);
	ck_assert(!report(0, 9, 1));

	ck_assert(report(1, 1, 2));
	ck_assert(!report(2, 1, 0.5));
	ck_assert(report(2, 9, 3));
	end();
}
END_TEST

START_TEST(there_is_no_rung_at_the_end)
{
	begin(0, 3);
	ck_assert(!report(0, 1, 1));
	ck_assert(!report(1, 1, 0.5));

	ck_assert(!report(0, 3, 1));
	ck_assert(!report(1, 3, 100));
	end();
}
END_TEST

START_TEST(equal_losses_share_the_better_rank)
{
	begin(0, 81);

	for (int64_t t = 0; t < 20; t++)
		ck_assert(!report(t, 1, 1));
	end();
}
END_TEST

START_TEST(a_retry_climbs_anew)
{
	begin(0, 81);
	ck_assert(!report(0, 1, 1));
	ck_assert(report(1, 1, 2));
	ops->forget(state, 1);
	ops->forget(state, 0);

	ck_assert(!report(1, 1, 2));
	end();
}
END_TEST

Suite *unit_pruner_asha(void);
Suite *unit_pruner_asha(void)
{
	Suite *suite = suite_create("pruner/asha");
	TCase *tests = tcase_create("asha");

	tcase_add_test(tests, the_first_to_arrive_goes_on);
	tcase_add_test(tests, a_third_goes_on);
	tcase_add_test(tests, the_verdict_names_the_rung_and_the_ranks);
	tcase_add_test(tests, a_rung_decides_once);
	tcase_add_test(tests, a_report_beyond_several_rungs_counts_at_each);
	tcase_add_test(tests, there_is_no_rung_at_the_end);
	tcase_add_test(tests, equal_losses_share_the_better_rank);
	tcase_add_test(tests, a_retry_climbs_anew);
	suite_add_tcase(suite, tests);
	return suite;
}
