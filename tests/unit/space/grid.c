/*
 * The grid and the count, held against each other.
 */
#include "hpo/plugin/random.h"
#include "unit/space/make.h"

#include "support/alloc.h"

#include <math.h>

Suite *unit_space_grid(void);

static int compare_hashes(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Walk the grid; returns how many points it has, after a check that all differ. */
static size_t walk(const hpo_space_t *space, uint64_t points)
{
	size_t capacity = 1 << 16;
	uint64_t *seen = malloc(capacity * sizeof *seen);
	uint64_t index[AXES];
	size_t count = 0;

	hpo__space_grid_first(space, index);
	do {
		double point[AXES];
		double own[AXES];
		struct values values;

		ck_assert_uint_lt(count, capacity);
		hpo__space_grid_point(space, points, index, point);
		hpo__codec_decode(space, point, values.list, values.active);
		for (size_t i = 0; i < hpo_space_dims(space); i++)
			ck_assert_int_eq(values.active[i], index[i] != HPO__GRID_INACTIVE);
		hpo__codec_encode(space, values.list, values.active, own);
		for (size_t i = 0; i < hpo_space_dims(space); i++)
			ck_assert_double_eq_tol(own[i], point[i], 1e-12);
		seen[count++] = hpo__codec_hash(space, values.list, values.active);
	} while (hpo__space_grid_next(space, points, index));

	qsort(seen, count, sizeof *seen, compare_hashes);
	for (size_t i = 1; i < count; i++)
		ck_assert_uint_ne(seen[i - 1], seen[i]);
	free(seen);
	return count;
}

START_TEST(a_mixed_conditional_space_has_every_point_once)
{
	hpo_space_t *space = make_space(
		"[{'name':'m','type':'float','low':0,'high':0.9,'step':0.1,"
		"'when':{'opt':['sgd'],'n':[true]}},"
		"{'name':'opt','type':'categorical','choices':['adam','sgd','rms']},"
		"{'name':'n','type':'bool'},"
		"{'name':'k','type':'int','low':1,'high':4,'when':{'opt':['adam','sgd']}},"
		"{'name':'z','type':'ordinal','choices':['s','l'],'when':{'k':[2,4]}}]");

	/*
	 * rms: 2. adam: 2 for n times (k in 1, 3: 2; k in 2, 4: 2 * 2) = 12.
	 * sgd: (1 + 10) times 6 = 66.
	 */
	ck_assert_double_eq(hpo_space_cardinality(space), 80);
	ck_assert_uint_eq(walk(space, 0), 80);
	hpo_space_free(space);
}
END_TEST

START_TEST(the_last_axis_is_the_fastest)
{
	static const char *const expected[] = {"{'a':0,'b':'x'}", "{'a':0,'b':'y'}",
					       "{'a':1,'b':'x'}", "{'a':1,'b':'y'}"};
	hpo_space_t *space = make_space("[{'name':'a','type':'int','low':0,'high':1},"
					"{'name':'b','type':'categorical','choices':['x','y']}]");
	uint64_t index[2];
	double point[2];
	struct values values;

	hpo__space_grid_first(space, index);
	for (size_t i = 0; i < 4; i++) {
		hpo__space_grid_point(space, 2, index, point);
		hpo__codec_decode(space, point, values.list, values.active);
		check_written(space, &values, expected[i]);
		ck_assert_int_eq(hpo__space_grid_next(space, 2, index), i < 3);
	}
	hpo_space_free(space);
}
END_TEST

START_TEST(a_continuum_is_walked_from_bound_to_bound)
{
	hpo_space_t *space = make_space("[{'name':'x','type':'float','low':-1,'high':1}]");
	uint64_t index[1];
	double point[1];

	hpo__space_grid_first(space, index);
	for (size_t i = 0; i < 5; i++) {
		hpo__space_grid_point(space, 5, index, point);
		ck_assert_double_eq(point[0], (double)i / 4);
		ck_assert_int_eq(hpo__space_grid_next(space, 5, index), i < 4);
	}
	ck_assert(isinf(hpo_space_cardinality(space)));
	hpo_space_free(space);
}
END_TEST

START_TEST(combinations_of_a_parameter_set_are_counted_apart)
{
	hpo_space_t *space = make_space(
		"[{'type':'ParameterSet','name':null,'values':["
		"{'a':1,'b':{'type':'UniformIntegerParameterRange','name':'b','min_value':1,"
		"'max_value':5,'step_size':1,'include_max':true}},"
		"{'a':2,'c':{'type':'ParameterSet','values':[{'d':1},{'d':2,'e':true}]}},"
		"{}]},"
		"{'name':'k','type':'int','low':1,'high':3}]");

	ck_assert_double_eq(hpo_space_cardinality(space), (5 + 2 + 1) * 3);
	ck_assert_uint_eq(walk(space, 0), 24);
	hpo_space_free(space);
}
END_TEST

START_TEST(ten_independent_trees_multiply)
{
	hpo_space_t *space;

	ck_assert_int_eq(hpo_space_new(&space, NULL), HPO_OK);
	for (int i = 0; i < 10; i++) {
		char parent[8];
		char child[8];
		const char *const on[] = {"7"};

		snprintf(parent, sizeof parent, "p%d", i);
		snprintf(child, sizeof child, "c%d", i);
		hpo_space_add_int(space, parent, 1, 10, HPO_SCALE_LINEAR, NULL);
		hpo_space_add_int(space, child, 1, 5, HPO_SCALE_LINEAR, NULL);
		ck_assert_int_eq(hpo_space_add_condition(space, child, parent, on, 1, NULL),
				 HPO_OK);
	}

	ck_assert_double_eq(hpo_space_cardinality(space), pow(9 + 5, 10));
	hpo_space_free(space);
}
END_TEST

START_TEST(one_child_of_forty_switches_is_counted)
{
	hpo_space_t *space;
	static const char *const on[] = {"true"};

	ck_assert_int_eq(hpo_space_new(&space, NULL), HPO_OK);
	hpo_space_add_int(space, "child", 1, 1000, HPO_SCALE_LINEAR, NULL);
	for (int i = 0; i < 40; i++) {
		char name[8];

		snprintf(name, sizeof name, "b%d", i);
		hpo_space_add_bool(space, name, NULL);
		ck_assert_int_eq(hpo_space_add_condition(space, "child", name, on, 1, NULL),
				 HPO_OK);
	}

	ck_assert_double_eq(hpo_space_cardinality(space), 0x1p40 - 1 + 1000);
	hpo_space_free(space);
}
END_TEST

START_TEST(random_spaces_have_as_many_points_as_counted)
{
	for (uint64_t seed = 0; seed < 300; seed++) {
		static const char *const truth[] = {"false", "true"};
		hpo_space_t *space;
		hpo_rng_t rng;
		size_t dims;

		hpo_rng_init(&rng, 5, seed, 0);
		dims = 1 + (size_t)hpo_rng_below(&rng, 7);
		ck_assert_int_eq(hpo_space_new(&space, NULL), HPO_OK);
		for (size_t i = 0; i < dims; i++) {
			char name[32];

			snprintf(name, sizeof name, "p%zu", i);
			if (hpo_rng_below(&rng, 2) == 0)
				hpo_space_add_bool(space, name, NULL);
			else
				hpo_space_add_int(space, name, 0, (int64_t)hpo_rng_below(&rng, 3),
						  HPO_SCALE_LINEAR, NULL);
		}
		for (uint64_t i = hpo_rng_below(&rng, 2 * dims + 1); i > 0; i--) {
			static const char *const digits[] = {"0", "1"};
			size_t parent = (size_t)hpo_rng_below(&rng, dims);
			bool is_bool = hpo_space_kind(space, parent) == HPO_PARAM_BOOL;
			const char *value = (is_bool ? truth : digits)[hpo_rng_below(&rng, 2)];

			/* Circles and values out of range are refused, which is as good. */
			hpo_space_add_condition(
				space, hpo_space_name(space, (size_t)hpo_rng_below(&rng, dims)),
				hpo_space_name(space, parent), &value, 1, NULL);
		}

		ck_assert_double_eq(hpo_space_cardinality(space), (double)walk(space, 0));
		hpo_space_free(space);
	}
}
END_TEST

static hpo_status_t count(void *user)
{
	double points = hpo_space_cardinality(user);

	ck_assert(isnan(points) || points == 9 + 5);
	return isnan(points) ? HPO_ENOMEM : HPO_OK;
}

START_TEST(counting_survives_every_failed_allocation)
{
	static const char *const on[] = {"7"};
	hpo_space_t *space = make_space("[{'name':'p','type':'int','low':1,'high':10},"
					"{'name':'c','type':'int','low':1,'high':5}]");

	ck_assert_int_eq(hpo_space_add_condition(space, "c", "p", on, 1, NULL), HPO_OK);

	hpo_test_each_allocation(count, space);
	hpo_space_free(space);
}
END_TEST

Suite *unit_space_grid(void)
{
	Suite *suite = suite_create("space/grid");
	TCase *tests = tcase_create("grid");

	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, a_mixed_conditional_space_has_every_point_once);
	tcase_add_test(tests, the_last_axis_is_the_fastest);
	tcase_add_test(tests, a_continuum_is_walked_from_bound_to_bound);
	tcase_add_test(tests, combinations_of_a_parameter_set_are_counted_apart);
	tcase_add_test(tests, ten_independent_trees_multiply);
	tcase_add_test(tests, one_child_of_forty_switches_is_counted);
	tcase_add_test(tests, random_spaces_have_as_many_points_as_counted);
	tcase_add_test(tests, counting_survives_every_failed_allocation);
	suite_add_tcase(suite, tests);
	return suite;
}
