/*
 * Importance of parameters, where the answer is known.
 */
#include "unit/report/make.h"

#include "hpo/plugin/random.h"
#include "report/importance.h"
#include "space/codec.h"
#include "support/alloc.h"

#include <math.h>

Suite *unit_report_importance(void);

enum { DIMS = 4 };

/* One trial at a point [d] of the unit cube, completed with `value` unless `state` differs. */
static void add_point(hpo_records_t *records, const double *point, hpo_trial_state_t state,
		      double value)
{
	const hpo_space_t *space = records->study->space;
	struct hpo_buffer params = HPO__BUFFER_INIT;
	struct hpo_buffer values = HPO__BUFFER_INIT;
	union hpo_value decoded[DIMS];
	uint8_t active[DIMS];
	hpo_trial_row_t row = { .struct_size = sizeof row, .number = (int64_t)records->count,
				.state = state, .iteration = -1 };

	ck_assert_uint_le(hpo_space_dims(space), DIMS);
	hpo__codec_decode(space, point, decoded, active);
	hpo__codec_write(space, decoded, active, &params);
	hpo__buffer_char(&values, '[');
	hpo__buffer_json_real(&values, value);
	hpo__buffer_char(&values, ']');
	row.params = params.text;
	row.values = values.text;
	row.told = row.number + 1;
	ck_assert_int_eq(hpo__records_add(records, &row, NULL), HPO_OK);
	hpo__buffer_release(&params);
	hpo__buffer_release(&values);
}

static hpo_records_t *make_empty(const char *parameters)
{
	char definition[2048];

	snprintf(definition, sizeof definition,
		 "{'name':'s','objectives':[{'series':'loss','goal':'min'}],'parameters':[%s]}",
		 parameters);
	return make_records(definition, NULL, 0);
}

/* The shares [d], and the records' end. */
static void weigh(hpo_records_t *records, double *shares)
{
	struct hpo_order order;

	ck_assert_int_eq(hpo__order_init(&order, records, NULL), HPO_OK);
	ck_assert_int_eq(hpo__importance(records, &order, HPO__IMPORTANCE_TOP, shares, NULL), HPO_OK);
	hpo__order_release(&order);
	hpo_records_free(records);
}

#define FOUR_FLOATS                                                                               \
	"{'name':'a','type':'float','low':0,'high':1},{'name':'b','type':'float','low':0,'high':1}," \
	"{'name':'c','type':'float','low':0,'high':1},{'name':'d','type':'float','low':0,'high':1}"

/* Random points, and the sum of weight (x - 1/2)^2 over the axes. */
static hpo_records_t *make_bowl(const char *parameters, const double *weights, size_t count,
				uint64_t seed)
{
	hpo_records_t *records = make_empty(parameters);
	hpo_rng_t rng;

	hpo_rng_init(&rng, seed, 0, 0);
	for (size_t i = 0; i < count; i++) {
		double point[DIMS];
		double value = 0;

		for (size_t k = 0; k < DIMS; k++) {
			point[k] = hpo_rng_uniform(&rng);
			value += weights[k] * (point[k] - 0.5) * (point[k] - 0.5);
		}
		add_point(records, point, HPO_TRIAL_COMPLETED, value);
	}
	return records;
}

START_TEST(an_additive_function_is_weighed_in_its_order)
{
	static const double weights[DIMS] = { 1, 4, 2, 0 };
	double shares[DIMS];

	for (uint64_t seed = 1; seed <= 20; seed++) {
		weigh(make_bowl(FOUR_FLOATS, weights, 1000, seed), shares);

		ck_assert_double_gt(shares[1], shares[2]);
		ck_assert_double_gt(shares[2], shares[0]);
		ck_assert_double_gt(shares[0], shares[3]);
		ck_assert_double_lt(shares[3], 0.02);
		ck_assert_double_eq_tol(shares[0] + shares[1] + shares[2] + shares[3], 1, 1e-12);
	}
}
END_TEST

START_TEST(what_does_nothing_gets_next_to_nothing_from_few_trials_too)
{
	static const double weights[DIMS] = { 1, 0, 0, 0 };
	double dummies = 0;

	for (uint64_t seed = 1; seed <= 50; seed++) {
		double shares[DIMS];

		weigh(make_bowl(FOUR_FLOATS, weights, 100, seed), shares);
		dummies += (shares[1] + shares[2] + shares[3]) / 3 / 50;
	}

	ck_assert_double_lt(dummies, 0.03);
}
END_TEST

/* All good trials have a = x, and b is the same in good and in bad ones: b explains nothing. */
START_TEST(a_choice_that_decides_all_has_the_whole_share)
{
	hpo_records_t *records =
		make_empty("{'name':'a','type':'categorical','choices':['x','y']},"
			   "{'name':'b','type':'categorical','choices':['x','y']}");
	double shares[DIMS];

	for (int i = 0; i < 100; i++) {
		const double point[2] = { i < 10 ? 0.25 : 0.75, i % 2 == 0 ? 0.25 : 0.75 };

		add_point(records, point, HPO_TRIAL_COMPLETED, i);
	}
	weigh(records, shares);

	ck_assert_double_eq(shares[0], 1);
	ck_assert_double_eq(shares[1], 0);
}
END_TEST

/*
 * By hand. 100 trials, 10 good. For a choice of two whose cells hold n_c trials and g_c good
 * ones the divergence is the sum of (g_c/10 - n_c/100)^2 / (n_c/100), less its expectation for
 * 10 random ones of the 100, (1/10) (1 - 10/100) (100/99) (1 - p_c) in each cell.
 *   a: n = (20, 80), g = (10, 0): 0.8^2/0.2 + 0.8^2/0.8 = 4;        less 0.0909…: 3.90909…
 *   b: n = (50, 50), g = (8, 2):  0.3^2/0.5 + 0.3^2/0.5 = 0.36;     less 0.0909…: 0.26909…
 */
START_TEST(the_shares_of_two_choices_are_those_worked_out_by_hand)
{
	hpo_records_t *records =
		make_empty("{'name':'a','type':'categorical','choices':['x','y']},"
			   "{'name':'b','type':'categorical','choices':['x','y']}");
	const double chance = 0.1 * 0.9 * 100 / 99;
	double shares[DIMS];

	for (int i = 0; i < 100; i++) {
		const double point[2] = { i < 20 ? 0.25 : 0.75,
					  i < 8 || (i >= 10 && i < 52) ? 0.25 : 0.75 };

		add_point(records, point, HPO_TRIAL_COMPLETED, i);
	}
	weigh(records, shares);

	ck_assert_double_eq_tol(shares[0], (4 - chance) / (4 - chance + 0.36 - chance), 1e-12);
	ck_assert_double_eq_tol(shares[1], (0.36 - chance) / (4 - chance + 0.36 - chance), 1e-12);
}
END_TEST

START_TEST(a_log_scale_is_weighed_on_its_logarithm)
{
	static const double weights[DIMS] = { 2, 1, 0.5, 0 };
	double linear[DIMS];
	double logs[DIMS];

	weigh(make_bowl(FOUR_FLOATS, weights, 300, 3), linear);
	weigh(make_bowl("{'name':'a','type':'float','low':1e-6,'high':1,'scale':'log'},"
			"{'name':'b','type':'float','low':1e-3,'high':1e3,'scale':'log'},"
			"{'name':'c','type':'float','low':1,'high':10,'scale':'log'},"
			"{'name':'d','type':'float','low':1,'high':1e9,'scale':'log'}",
			weights, 300, 3),
	      logs);

	for (size_t i = 0; i < DIMS; i++)
		ck_assert_double_eq_tol(linear[i], logs[i], 1e-9);
}
END_TEST

/* y matters as much as x where it is active, which is in half of the trials. */
START_TEST(a_conditional_parameter_weighs_as_much_as_it_is_there)
{
	hpo_records_t *records =
		make_empty("{'name':'k','type':'categorical','choices':['on','off']},"
			   "{'name':'x','type':'float','low':0,'high':1},"
			   "{'name':'y','type':'float','low':0,'high':1,'when':{'k':['on']}}");
	double shares[DIMS];
	hpo_rng_t rng;

	hpo_rng_init(&rng, 7, 0, 0);
	for (int i = 0; i < 2000; i++) {
		double point[3];
		double other;

		for (size_t k = 0; k < 3; k++)
			point[k] = hpo_rng_uniform(&rng);
		other = point[0] < 0.5 ? point[2] : hpo_rng_uniform(&rng);
		add_point(records, point, HPO_TRIAL_COMPLETED, point[1] + other);
	}
	weigh(records, shares);

	ck_assert_double_lt(shares[0], 0.02);
	ck_assert_double_gt(shares[1], 1.5 * shares[2]);
	ck_assert_double_lt(shares[1], 2.5 * shares[2]);
}
END_TEST

START_TEST(a_pruned_trial_counts_as_one_that_is_not_good)
{
	hpo_records_t *records = make_empty("{'name':'a','type':'float','low':0,'high':1},"
					    "{'name':'b','type':'float','low':0,'high':1}");
	double shares[DIMS];
	hpo_rng_t rng;

	hpo_rng_init(&rng, 9, 0, 0);
	for (int i = 0; i < 400; i++) {
		const double point[2] = { hpo_rng_uniform(&rng), hpo_rng_uniform(&rng) };

		/* The early value of a pruned trial is lower than any other: it must not count. */
		if (point[0] < 0.8)
			add_point(records, point, HPO_TRIAL_PRUNED, -1);
		else
			add_point(records, point, HPO_TRIAL_COMPLETED, hpo_rng_uniform(&rng));
	}
	weigh(records, shares);

	ck_assert_double_gt(shares[0], 0.95);
}
END_TEST

START_TEST(too_few_trials_give_no_shares)
{
	static const double weights[DIMS] = { 1, 1, 1, 1 };
	double shares[DIMS];

	weigh(make_bowl(FOUR_FLOATS, weights, 9, 1), shares);

	for (size_t i = 0; i < DIMS; i++)
		ck_assert_double_eq(shares[i], 0);
}
END_TEST

static hpo_status_t weigh_again(void *user)
{
	hpo_records_t *records = user;
	struct hpo_order order;
	double shares[DIMS];
	hpo_error_t error = { 0 };
	hpo_status_t status = hpo__order_init(&order, records, &error);

	if (status >= 0)
		status = hpo__importance(records, &order, HPO__IMPORTANCE_TOP, shares, &error);
	hpo__order_release(&order);
	return status;
}

START_TEST(weighing_without_memory_is_an_error_and_no_leak)
{
	static const double weights[DIMS] = { 1, 1, 1, 1 };
	hpo_records_t *records;

	hpo_test_alloc_install();
	records = make_bowl(FOUR_FLOATS, weights, 20, 1);
	hpo_test_each_allocation(weigh_again, records);
	hpo_records_free(records);
	hpo_test_alloc_remove();
}
END_TEST

Suite *unit_report_importance(void)
{
	Suite *suite = suite_create("report/importance");
	TCase *tests = tcase_create("importance");

	tcase_add_test(tests, an_additive_function_is_weighed_in_its_order);
	tcase_add_test(tests, what_does_nothing_gets_next_to_nothing_from_few_trials_too);
	tcase_add_test(tests, a_choice_that_decides_all_has_the_whole_share);
	tcase_add_test(tests, the_shares_of_two_choices_are_those_worked_out_by_hand);
	tcase_add_test(tests, a_log_scale_is_weighed_on_its_logarithm);
	tcase_add_test(tests, a_conditional_parameter_weighs_as_much_as_it_is_there);
	tcase_add_test(tests, a_pruned_trial_counts_as_one_that_is_not_good);
	tcase_add_test(tests, too_few_trials_give_no_shares);
	tcase_add_test(tests, weighing_without_memory_is_an_error_and_no_leak);
	suite_add_tcase(suite, tests);
	return suite;
}
