/*
 * Arms of a portfolio: shares, credit, and what happens to an arm that fails.
 */
#include "strategy/portfolio.h"

#include "unit/strategy/bed.h"

#include <stdlib.h>

/* Arms that propose one coordinate each, so that a point tells who proposed it. */
static hpo_status_t init_nothing(void *state, const hpo_space_t *space, hpo_error_t *error)
{
	(void)state;
	(void)space;
	(void)error;
	return HPO_OK;
}

static hpo_status_t propose_low(void *state, const hpo_history_t *history, hpo_rng_t *rng,
				hpo_proposal_t *out, hpo_error_t *error)
{
	(void)state;
	(void)history;
	(void)error;
	out->point[0] = 0.2 + 0.1 * hpo_rng_uniform(rng);
	return HPO_OK;
}

static hpo_status_t propose_high(void *state, const hpo_history_t *history, hpo_rng_t *rng,
				 hpo_proposal_t *out, hpo_error_t *error)
{
	(void)state;
	(void)history;
	(void)error;
	out->point[0] = 0.7 + 0.1 * hpo_rng_uniform(rng);
	return HPO_OK;
}

static hpo_status_t propose_nothing(void *state, const hpo_history_t *history, hpo_rng_t *rng,
				    hpo_proposal_t *out, hpo_error_t *error)
{
	(void)state;
	(void)history;
	(void)rng;
	(void)out;
	return hpo__fail(error, HPO_EINVAL, "this arm proposes nothing");
}

static hpo_status_t fold_badly(void *state, const hpo_history_t *history, size_t index,
			       hpo_error_t *error)
{
	(void)state;
	(void)history;
	(void)index;
	return hpo__fail(error, HPO_EINVAL, "this arm folds nothing");
}

static const hpo_strategy_ops_t low = { .struct_size = sizeof low, .name = "low",
					.init = init_nothing, .suggest = propose_low };
static const hpo_strategy_ops_t high = { .struct_size = sizeof high, .name = "high",
					 .init = init_nothing, .suggest = propose_high };
static const hpo_strategy_ops_t mute = { .struct_size = sizeof mute, .name = "mute",
					 .init = init_nothing, .suggest = propose_nothing };
static const hpo_strategy_ops_t deaf = { .struct_size = sizeof deaf, .name = "deaf",
					 .init = init_nothing, .suggest = propose_high,
					 .observe = fold_badly };

static const struct hpo_member members[] = {
	{ &low, "low instead" },
	{ &high, "high instead" },
	{ &mute, "mute instead" },
	{ &deaf, "deaf instead" },
};

/* What the test gives each arm. */
static double shares[4];

static hpo_status_t begin(void *state, const hpo_space_t *space, hpo_error_t *error)
{
	return hpo__portfolio_init(state, members, 4, space, error);
}

static hpo_status_t suggest(void *state, const hpo_history_t *history, hpo_rng_t *rng,
			    hpo_proposal_t *out, hpo_error_t *error)
{
	return hpo__portfolio_suggest(state, shares, history, rng, out, error);
}

static hpo_status_t observe(void *state, const hpo_history_t *history, size_t index,
			    hpo_error_t *error)
{
	return hpo__portfolio_observe(state, history, index, error);
}

static void finish(void *state)
{
	hpo__portfolio_release(state);
}

static const hpo_strategy_ops_t of_four = {
	.struct_size = sizeof of_four,
	.name = "test-portfolio",
	.state_size = sizeof(struct hpo_portfolio),
	.init = begin,
	.suggest = suggest,
	.observe = observe,
	.release = finish,
};

static struct bed *make_bed(const double given[4])
{
	static const char *const parameters[] = { "x=float(0,1)", NULL };
	static int registered;
	struct bed *bed = malloc(sizeof *bed);

	if (!registered)
		ck_assert_int_eq(hpo_register_strategy(&of_four, NULL), HPO_OK);
	registered = 1;
	memcpy(shares, given, sizeof shares);
	ck_assert_int_eq(bed_init(bed, "test-portfolio", bed_space(parameters), 1, "{}"), HPO_OK);
	return bed;
}

static void drop_bed(struct bed *bed)
{
	bed_release(bed);
	free(bed);
}

/* Ask and tell; how many of the proposals were low. `slope` makes low points good or bad. */
static int count_low(struct bed *bed, int trials, double slope)
{
	double point[BED_DIMS];
	uint8_t active[BED_DIMS];
	int count = 0;

	for (int i = 0; i < trials; i++) {
		ck_assert_int_eq(bed_ask(bed, point, active), HPO_OK);
		count += point[0] < 0.5;
		ck_assert_int_eq(bed_tell(bed, point, active, slope * point[0]), HPO_OK);
	}
	return count;
}

START_TEST(shares_are_kept_roughly_while_nobody_is_better)
{
	struct bed *bed = make_bed((const double[]){ 0.75, 0.25, 0, 0 });
	int lows = count_low(bed, 200, 0);

	/* 150 are expected, and credit moves that by chance. */
	ck_assert_int_gt(lows, 110);
	ck_assert_int_lt(lows, 190);
	drop_bed(bed);
}
END_TEST

START_TEST(who_does_better_proposes_more)
{
	struct bed *even = make_bed((const double[]){ 0.5, 0.5, 0, 0 });
	int good = count_low(even, 100, 1);
	struct bed *other = make_bed((const double[]){ 0.5, 0.5, 0, 0 });
	int bad = count_low(other, 100, -1);

	ck_assert_int_gt(good, 60);
	ck_assert_int_lt(bad, 40);
	ck_assert_int_gt(bad, 2); /* nobody is given up */
	drop_bed(even);
	drop_bed(other);
}
END_TEST

START_TEST(an_arm_that_cannot_propose_is_stood_in_for)
{
	struct bed *bed = make_bed((const double[]){ 0.1, 0, 0.9, 0 });
	double point[BED_DIMS];
	uint8_t active[BED_DIMS];
	int instead = 0;

	for (int i = 0; i < 40; i++) {
		ck_assert_int_eq(bed_ask(bed, point, active), HPO_OK);
		ck_assert_double_lt(point[0], 0.5);
		instead += strcmp(bed->arm, "low instead") == 0;
		ck_assert_int_eq(bed_tell(bed, point, active, 1), HPO_OK);
	}

	ck_assert_int_gt(instead, 20);
	ck_assert_str_eq(bed->error.message, "");
	drop_bed(bed);
}
END_TEST

START_TEST(an_arm_that_cannot_fold_is_out)
{
	struct bed *bed = make_bed((const double[]){ 0.05, 0, 0, 0.95 });
	double point[BED_DIMS];
	uint8_t active[BED_DIMS];

	ck_assert_int_eq(bed_ask(bed, point, active), HPO_OK);
	ck_assert_str_eq(bed->arm, "deaf");
	ck_assert_int_eq(bed_tell(bed, point, active, 1), HPO_OK);

	ck_assert_int_eq(count_low(bed, 20, 1), 20);
	drop_bed(bed);
}
END_TEST

START_TEST(when_all_fail_the_first_failure_is_told)
{
	struct bed *bed = make_bed((const double[]){ 0, 0, 1, 0 });
	double point[BED_DIMS];
	uint8_t active[BED_DIMS];

	ck_assert_int_eq(bed_ask(bed, point, active), HPO_EINVAL);

	ck_assert_str_eq(bed->error.message, "this arm proposes nothing");
	drop_bed(bed);
}
END_TEST

Suite *unit_strategy_portfolio(void);

Suite *unit_strategy_portfolio(void)
{
	Suite *suite = suite_create("strategy/portfolio");
	TCase *tests = tcase_create("all");

	tcase_add_test(tests, shares_are_kept_roughly_while_nobody_is_better);
	tcase_add_test(tests, who_does_better_proposes_more);
	tcase_add_test(tests, an_arm_that_cannot_propose_is_stood_in_for);
	tcase_add_test(tests, an_arm_that_cannot_fold_is_out);
	tcase_add_test(tests, when_all_fail_the_first_failure_is_told);
	suite_add_tcase(suite, tests);
	return suite;
}
