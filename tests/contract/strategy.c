/*
 * What every strategy of the registry keeps: valid points in bounded time on
 * hostile spaces and histories, the same proposal for the same past, and no
 * harm when memory runs out.
 */
#include "support/alloc.h"
#include "unit/strategy/bed.h"

#include <stdio.h>
#include <stdlib.h>

enum { FEW = 25 }; /* trials a case: past every strategy's start-up */

/* A loss for point i of a case. */
typedef double (*loss_fn)(int i, const double *point);

static double sphere(int i, const double *point)
{
	(void)i;
	return (point[0] - 0.3) * (point[0] - 0.3);
}

static double all_equal(int i, const double *point)
{
	(void)i;
	(void)point;
	return 1;
}

static double all_failed(int i, const double *point)
{
	(void)i;
	(void)point;
	return NAN;
}

static double huge_and_tiny(int i, const double *point)
{
	static const double losses[] = { 1e308, -1e308, 1e-308, 0, -1e-308, 1.7e308 };

	(void)point;
	return losses[i % 6];
}

static double mostly_failed(int i, const double *point)
{
	return i % 3 == 0 ? sphere(i, point) : NAN;
}

/* Ask and tell `count` times; what is told is checked to be the space's own values. */
static void run(const char *strategy, const char *const *parameters, int count, loss_fn loss)
{
	struct bed *bed = malloc(sizeof *bed);
	double point[BED_DIMS];
	uint8_t active[BED_DIMS];

	ck_assert_int_eq(bed_init(bed, strategy, bed_space(parameters), 1, "{}"), HPO_OK);
	for (int i = 0; i < count; i++) {
		hpo_status_t status = bed_ask(bed, point, active);

		if (status == HPO_EXHAUSTED)
			break;
		ck_assert_msg(status == HPO_OK, "%s: %s", strategy, bed->error.message);
		ck_assert_int_eq(bed_tell(bed, point, active, loss(i, point)), HPO_OK);
	}
	bed_release(bed);
	free(bed);
}

static const char *const mixed[] = { "lr=float(1e-5,0.1,log)", "layers=int(1,4)",
				     "units=int(16,1024,log)", "act=choice(relu,tanh,gelu)",
				     "size=ordinal(s,m,l)",    "bias=bool",
				     "drop=float(0,0.9)",      NULL };

static const char *const one_axis[] = { "x=float(0,1)", NULL };

static const char *const single_values[] = { "x=float(2,2)", "n=int(3,3)", "c=choice(only)",
					     "o=ordinal(one)", NULL };

static const char *const wide_ranges[] = { "x=float(1e-20,1e20,log)",
					   "n=int(-2305843009213693952,2305843009213693951)",
					   "m=int(1,2305843009213693951,log)", NULL };

static void for_each(const char *const *parameters, int count, loss_fn loss)
{
	for (size_t i = 0; hpo__strategy_name(i) != NULL; i++)
		run(hpo__strategy_name(i), parameters, count, loss);
}

START_TEST(mixed_parameters_are_proposed)
{
	for_each(mixed, 60, sphere);
}
END_TEST

START_TEST(equal_losses_are_survived)
{
	for_each(mixed, FEW, all_equal);
}
END_TEST

START_TEST(one_trial_is_survived)
{
	for_each(mixed, 2, sphere);
}
END_TEST

START_TEST(failures_alone_are_survived)
{
	for_each(mixed, FEW, all_failed);
}
END_TEST

START_TEST(failures_among_results_are_survived)
{
	for_each(mixed, 60, mostly_failed);
}
END_TEST

START_TEST(extreme_losses_are_survived)
{
	for_each(mixed, FEW, huge_and_tiny);
}
END_TEST

START_TEST(one_axis_is_enough)
{
	for_each(one_axis, FEW, sphere);
}
END_TEST

START_TEST(single_valued_parameters_are_survived)
{
	for_each(single_values, FEW, sphere);
}
END_TEST

START_TEST(forty_decades_and_2_to_the_62_are_survived)
{
	for_each(wide_ranges, FEW, sphere);
}
END_TEST

START_TEST(two_hundred_axes_are_survived)
{
	char texts[BED_DIMS][32];
	const char *parameters[BED_DIMS + 1];

	for (int i = 0; i < BED_DIMS; i++) {
		snprintf(texts[i], sizeof texts[i], i % 2 ? "p%d=float(0,1)" : "p%d=int(1,9)", i);
		parameters[i] = texts[i];
	}
	parameters[BED_DIMS] = NULL;

	for_each(parameters, 14, sphere);
}
END_TEST

START_TEST(a_thousand_categories_are_survived)
{
	char *text = malloc(8192);
	const char *parameters[] = { text, "x=float(0,1)", NULL };
	size_t used = (size_t)snprintf(text, 8192, "c=choice(");

	for (int i = 0; i < 1000; i++)
		used += (size_t)snprintf(text + used, 8192 - used, "%sv%d", i ? "," : "", i);
	snprintf(text + used, 8192 - used, ")");

	for_each(parameters, 60, sphere);
	free(text);
}
END_TEST

/* A child that is active for one choice in three, and a grandchild of it. */
static hpo_space_t *conditional_space(void)
{
	static const char *const parameters[] = { "model=choice(tree,net,line)",
						  "layers=int(1,3)", "drop=float(0,1)", NULL };
	const char *net = "net";
	const char *deep[] = { "2", "3" };
	hpo_space_t *space = bed_space(parameters);

	ck_assert_int_eq(hpo_space_add_condition(space, "layers", "model", &net, 1, NULL), HPO_OK);
	ck_assert_int_eq(hpo_space_add_condition(space, "drop", "layers", deep, 2, NULL), HPO_OK);
	return space;
}

START_TEST(conditions_are_respected)
{
	for (size_t s = 0; hpo__strategy_name(s) != NULL; s++) {
		struct bed *bed = malloc(sizeof *bed);
		double point[BED_DIMS];
		uint8_t active[BED_DIMS];

		ck_assert_int_eq(bed_init(bed, hpo__strategy_name(s), conditional_space(), 1, "{}"),
				 HPO_OK);
		for (int i = 0; i < 40 && bed_ask(bed, point, active) == HPO_OK; i++) {
			ck_assert(active[1] || !active[2]);
			ck_assert_int_eq(bed_tell(bed, point, active, point[0] + point[2]), HPO_OK);
		}
		bed_release(bed);
		free(bed);
	}
}
END_TEST

/* Asked again after each refusal as the optimizer does, everyone finds the third that is allowed. */
START_TEST(constraints_are_met_within_a_few_attempts)
{
	static const char *const parameters[] = { "a=int(1,100)", "b=int(1,100)", "x=float(0,1)",
						  NULL };

	for (size_t s = 0; hpo__strategy_name(s) != NULL; s++) {
		struct bed *bed = malloc(sizeof *bed);
		hpo_space_t *space = bed_space(parameters);
		double point[BED_DIMS];
		uint8_t active[BED_DIMS];

		ck_assert_int_eq(hpo_space_add_constraint(space, "a + b <= 80", NULL), HPO_OK);
		ck_assert_int_eq(bed_init(bed, hpo__strategy_name(s), space, 1, "{}"), HPO_OK);
		for (int i = 0; i < 40; i++) {
			uint32_t attempt = 0;

			do {
				ck_assert_uint_lt(attempt, 64);
				ck_assert_int_eq(bed_ask_as(bed, i, attempt++, point, active),
						 HPO_OK);
			} while (!hpo_space_is_feasible(space, point));
			bed->number = i + 1;
			ck_assert_int_eq(bed_tell(bed, point, active, point[0]), HPO_OK);
		}
		bed_release(bed);
		free(bed);
	}
}
END_TEST

START_TEST(fifty_running_trials_are_kept_apart)
{
	for (size_t s = 0; hpo__strategy_name(s) != NULL; s++) {
		struct bed *bed = malloc(sizeof *bed);
		double point[BED_DIMS];
		uint8_t active[BED_DIMS];

		ck_assert_int_eq(bed_init(bed, hpo__strategy_name(s), bed_space(mixed), 1, "{}"),
				 HPO_OK);
		for (int i = 0; i < 20; i++) {
			ck_assert_int_eq(bed_ask(bed, point, active), HPO_OK);
			ck_assert_int_eq(bed_tell(bed, point, active, sphere(i, point)), HPO_OK);
		}
		for (int i = 0; i < 50; i++) {
			ck_assert_int_eq(bed_ask(bed, point, active), HPO_OK);
			for (size_t k = 0; k < bed->pending; k++)
				ck_assert(memcmp(bed->points + k * 7, point, 7 * sizeof *point) != 0);
			bed_hold(bed, point, active);
		}
		bed_release(bed);
		free(bed);
	}
}
END_TEST

START_TEST(several_objectives_and_all_states_are_survived)
{
	for (size_t s = 0; hpo__strategy_name(s) != NULL; s++) {
		struct bed *bed = malloc(sizeof *bed);
		double point[BED_DIMS];
		uint8_t active[BED_DIMS];

		ck_assert_int_eq(bed_init(bed, hpo__strategy_name(s), bed_space(mixed), 3, "{}"),
				 HPO_OK);
		for (int i = 0; i < 60; i++) {
			double losses[] = { 0, 0, i % 7 == 0 ? NAN : i % 2 };
			hpo_trial_state_t state = i % 5 == 0   ? HPO_TRIAL_PRUNED
						  : i % 7 == 0 ? HPO_TRIAL_FAILED
							       : HPO_TRIAL_COMPLETED;

			ck_assert_int_eq(bed_ask(bed, point, active), HPO_OK);
			losses[0] = point[0];
			losses[1] = 1 - point[0];
			ck_assert_int_eq(bed_tell_as(bed, i, state, i % 10, point, active, losses),
					 HPO_OK);
		}
		bed_release(bed);
		free(bed);
	}
}
END_TEST

/*
 * Goals and measured bounds, of which no trial, some, or every one is kept. With `bounds` of
 * `objectives` bounded, the first ones, so that the first loss is not always a goal.
 */
static void run_bounded(const char *strategy, size_t objectives, size_t bounds, double level)
{
	struct bed *bed = malloc(sizeof *bed);
	double point[BED_DIMS];
	uint8_t active[BED_DIMS];

	ck_assert_int_eq(bed_init(bed, strategy, bed_space(mixed), objectives, "{}"), HPO_OK);
	for (size_t j = 0; j < bounds; j++)
		bed_bound(bed, j, level);
	for (int i = 0; i < 18; i++) {
		double losses[5];

		ck_assert_msg(bed_ask(bed, point, active) == HPO_OK, "%s: %s", strategy,
			      bed->error.message);
		for (size_t j = 0; j < objectives; j++)
			losses[j] = i % 6 == 5 ? NAN : fabs(point[j] - 0.2 * (double)j);
		ck_assert_int_eq(bed_tell_as(bed, i,
					     i % 6 == 5 ? HPO_TRIAL_FAILED : HPO_TRIAL_COMPLETED, -1,
					     point, active, losses),
				 HPO_OK);
	}
	bed_release(bed);
	free(bed);
}

static const struct {
	size_t objectives, bounds;
	double level;
} bounded[] = {
	{2, 0, 0}, {5, 0, 0}, {2, 1, 0.3}, {2, 1, -1}, {2, 1, 9}, {4, 2, 0.3}, {5, 1, -1e308},
};

START_TEST(goals_and_measured_bounds_are_survived)
{
	for (size_t s = 0; hpo__strategy_name(s) != NULL; s++)
		run_bounded(hpo__strategy_name(s), bounded[_i].objectives, bounded[_i].bounds,
			    bounded[_i].level);
}
END_TEST

/* Numbers out of order, and far above the count: as after an import of random trials. */
START_TEST(an_imported_history_is_survived)
{
	for (size_t s = 0; hpo__strategy_name(s) != NULL; s++) {
		struct bed *bed = malloc(sizeof *bed);
		double point[BED_DIMS];
		uint8_t active[BED_DIMS];
		hpo_rng_t rng;

		ck_assert_int_eq(bed_init(bed, hpo__strategy_name(s), bed_space(mixed), 1, "{}"),
				 HPO_OK);
		hpo_rng_init(&rng, 7, 0, 0);
		for (int i = 0; i < 300; i++) {
			double loss = hpo_rng_normal(&rng);

			for (int j = 0; j < 7; j++)
				point[j] = hpo_rng_uniform(&rng);
			bed_snap(bed, point, active);
			ck_assert_int_eq(bed_tell_as(bed, (i * 7) % 300, HPO_TRIAL_COMPLETED, -1,
						     point, active, &loss),
					 HPO_OK);
		}
		ck_assert_int_eq(bed_ask_as(bed, 5000, 0, point, active), HPO_OK);
		bed_release(bed);
		free(bed);
	}
}
END_TEST

/* One state folds as it goes, the other all at once at the end. */
START_TEST(a_state_rebuilt_from_the_history_proposes_the_same_to_the_bit)
{
	for (size_t s = 0; hpo__strategy_name(s) != NULL; s++) {
		struct bed *bed = malloc(sizeof *bed);
		double point[BED_DIMS];
		double again[BED_DIMS];
		uint8_t active[BED_DIMS];
		void *warm;

		ck_assert_int_eq(bed_init(bed, hpo__strategy_name(s), bed_space(mixed), 1, "{}"),
				 HPO_OK);
		for (int i = 0; i < 120; i++) {
			ck_assert_int_eq(bed_ask(bed, point, active), HPO_OK);
			ck_assert_int_eq(bed_tell(bed, point, active, mostly_failed(i, point)),
					 HPO_OK);
		}
		warm = bed->state;

		ck_assert_int_eq(bed_ask_as(bed, 120, 0, point, active), HPO_OK);
		bed->folded = 0;
		bed->state = hpo__calloc(1, bed->ops->state_size + 1);
		ck_assert_int_eq(bed->ops->init(bed->state, bed->space, NULL), HPO_OK);
		ck_assert_int_eq(bed->ops->configure(bed->state, bed->settings, NULL), HPO_OK);
		ck_assert_int_eq(bed_ask_as(bed, 120, 0, again, active), HPO_OK);

		ck_assert_mem_eq(point, again, hpo_space_dims(bed->space) * sizeof *point);
		bed->ops->release(warm);
		hpo__free(warm);
		bed_release(bed);
		free(bed);
	}
}
END_TEST

START_TEST(every_option_is_bounded)
{
	for (size_t s = 0; hpo__strategy_name(s) != NULL; s++) {
		const hpo_strategy_ops_t *ops = NULL;

		ck_assert_int_eq(hpo__strategy_find(&ops, hpo__strategy_name(s), NULL), HPO_OK);
		for (const hpo_option_t *o = ops->options; o != NULL && o->name != NULL; o++) {
			struct bed *bed = malloc(sizeof *bed);
			char text[128];

			snprintf(text, sizeof text, "{\"%s\": %.0f}", o->name, o->low - 1);
			ck_assert_int_eq(bed_init(bed, ops->name, bed_space(mixed), 1, text),
					 HPO_EINVAL);
			ck_assert_ptr_nonnull(strstr(bed->error.message, o->name));
			bed_release(bed);
			ck_assert(o->low <= o->fallback && o->fallback <= o->high);
			free(bed);
		}
	}
}
END_TEST

/* `user` is the name of a strategy. */
static hpo_status_t search_a_little(void *user)
{
	struct bed *bed = malloc(sizeof *bed);
	hpo_space_t *space = NULL;
	double point[BED_DIMS];
	uint8_t active[BED_DIMS];
	hpo_status_t status = hpo_space_new(&space, NULL);

	for (size_t i = 0; status == HPO_OK && mixed[i] != NULL; i++)
		status = hpo_space_add_text(space, mixed[i], NULL);
	if (status == HPO_OK) {
		status = bed_init(bed, user, space, 2, "{}");
		for (int i = 0; status == HPO_OK && i < 14; i++) {
			double losses[] = { i, -i };

			status = bed_ask(bed, point, active);
			if (status == HPO_OK)
				status = bed_tell_as(bed, i, HPO_TRIAL_COMPLETED, 0, point, active,
						     losses);
		}
		bed_release(bed);
	} else {
		hpo_space_free(space);
	}
	free(bed);
	return status;
}

START_TEST(every_failing_allocation_is_survived)
{
	hpo_test_alloc_install();

	for (size_t s = 0; hpo__strategy_name(s) != NULL; s++) {
		char name[64];

		snprintf(name, sizeof name, "%s", hpo__strategy_name(s));
		hpo_test_each_allocation(search_a_little, name);
	}

	hpo_test_alloc_remove();
}
END_TEST

Suite *contract_strategy(void);
Suite *contract_strategy(void)
{
	Suite *suite = suite_create("contract/strategy");
	TCase *hostile = tcase_create("hostile");
	TCase *promises = tcase_create("promises");

	tcase_set_timeout(hostile, 60);
	tcase_add_test(hostile, mixed_parameters_are_proposed);
	tcase_add_test(hostile, equal_losses_are_survived);
	tcase_add_test(hostile, one_trial_is_survived);
	tcase_add_test(hostile, failures_alone_are_survived);
	tcase_add_test(hostile, failures_among_results_are_survived);
	tcase_add_test(hostile, extreme_losses_are_survived);
	tcase_add_test(hostile, one_axis_is_enough);
	tcase_add_test(hostile, single_valued_parameters_are_survived);
	tcase_add_test(hostile, forty_decades_and_2_to_the_62_are_survived);
	tcase_add_test(hostile, two_hundred_axes_are_survived);
	tcase_add_test(hostile, a_thousand_categories_are_survived);
	tcase_add_test(hostile, fifty_running_trials_are_kept_apart);
	tcase_add_test(hostile, several_objectives_and_all_states_are_survived);
	tcase_add_loop_test(hostile, goals_and_measured_bounds_are_survived, 0,
			    (int)(sizeof bounded / sizeof *bounded));
	tcase_add_test(hostile, an_imported_history_is_survived);
	suite_add_tcase(suite, hostile);

	tcase_set_timeout(promises, 120);
	tcase_add_test(promises, conditions_are_respected);
	tcase_add_test(promises, constraints_are_met_within_a_few_attempts);
	tcase_add_test(promises,
		       a_state_rebuilt_from_the_history_proposes_the_same_to_the_bit);
	tcase_add_test(promises, every_option_is_bounded);
	tcase_add_test(promises, every_failing_allocation_is_survived);
	suite_add_tcase(suite, promises);
	return suite;
}
