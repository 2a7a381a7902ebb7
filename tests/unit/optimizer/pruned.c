/*
 * What a strategy is told of trials that a pruner ended: the value and the
 * iteration of the rung that decided, not those of the last report.
 */
#include "hpo.h"
#include "hpo/plugin/strategy.h"

#include <check.h>
#include <string.h>

/* The last ended trial that the strategy saw. */
static struct {
	size_t count;
	double loss;
	int64_t iteration;
	int state;
} seen;

static hpo_status_t spy_init(void *state, const hpo_space_t *space, hpo_error_t *error)
{
	(void)state;
	(void)space;
	(void)error;
	return HPO_OK;
}

static hpo_status_t spy_suggest(void *state, const hpo_history_t *history, hpo_rng_t *rng,
				hpo_proposal_t *out, hpo_error_t *error)
{
	const size_t n = hpo_history_count(history);

	(void)state;
	(void)error;
	seen.count = n;
	if (n > 0) {
		seen.loss = hpo_history_losses(history)[n - 1];
		seen.iteration = hpo_history_iterations(history)[n - 1];
		seen.state = hpo_history_states(history)[n - 1];
	}
	out->point[0] = hpo_rng_uniform(rng);
	return HPO_OK;
}

static hpo_trial_t *ask(hpo_optimizer_t *opt)
{
	hpo_trial_t *trial = NULL;
	hpo_error_t error = {0, ""};

	ck_assert_msg(hpo_optimizer_ask(opt, &trial, &error) == HPO_OK, "%s", error.message);
	return trial;
}

/* A goal of max: the loss is the negated value. */
static hpo_optimizer_t *open_study(void)
{
	static const hpo_strategy_ops_t spy = {
		.struct_size = sizeof(hpo_strategy_ops_t),
		.name = "spy",
		.state_size = 1,
		.init = spy_init,
		.suggest = spy_suggest,
	};
	static const char json[] =
		"{\"objectives\":[{\"series\":\"a\",\"goal\":\"max\"}],\"strategy\":\"spy\","
		"\"pruner\":\"asha\",\"limits\":{\"max_iterations\":27},"
		"\"parameters\":[{\"name\":\"x\",\"type\":\"float\",\"low\":0,\"high\":1}]}";
	hpo_optimizer_t *opt = NULL;
	hpo_error_t error = {0, ""};

	ck_assert_int_eq(hpo_register_strategy(&spy, &error), HPO_OK);
	ck_assert_msg(hpo_optimizer_from_json(&opt, json, &error) == HPO_OK, "%s", error.message);
	return opt;
}

START_TEST(a_pruned_trial_has_the_loss_and_the_iteration_that_decided)
{
	hpo_optimizer_t *opt = open_study();
	hpo_trial_t *good = ask(opt);
	hpo_trial_t *bad;

	for (int64_t i = 1; i <= 3; i++)
		ck_assert_int_eq(hpo_trial_report(good, i, 0.9, NULL), HPO_OK);
	bad = ask(opt);
	ck_assert_int_eq(hpo_trial_report(bad, 1, 0.95, NULL), HPO_OK);
	ck_assert(!hpo_trial_should_stop(bad));
	ck_assert_int_eq(hpo_trial_report(bad, 3, 0.5, NULL), HPO_OK);
	ck_assert(hpo_trial_should_stop(bad));
	ck_assert_int_eq(hpo_trial_report(bad, 4, 0.99, NULL), HPO_OK); /* it ran on a little */
	ck_assert_int_eq(hpo_trial_prune(bad, NULL), HPO_OK);
	hpo_trial_free(bad);

	hpo_trial_free(ask(opt));
	ck_assert_uint_eq(seen.count, 1);
	ck_assert_int_eq(seen.state, HPO_TRIAL_PRUNED);
	ck_assert_double_eq(seen.loss, -0.5);
	ck_assert_int_eq(seen.iteration, 3);
	hpo_trial_free(good);
	hpo_optimizer_free(opt);
}
END_TEST

Suite *unit_optimizer_pruned(void);
Suite *unit_optimizer_pruned(void)
{
	Suite *suite = suite_create("optimizer/pruned");
	TCase *tests = tcase_create("pruned");

	tcase_add_test(tests, a_pruned_trial_has_the_loss_and_the_iteration_that_decided);
	suite_add_tcase(suite, tests);
	return suite;
}
