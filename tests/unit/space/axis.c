/*
 * Axes and cells as a strategy sees them.
 */
#include "hpo/plugin/random.h"
#include "unit/space/make.h"

#include <math.h>

Suite *unit_space_axis(void);

START_TEST(an_axis_tells_kind_cells_parent_and_default)
{
	hpo_space_t *space = make_space(
		"[{'name':'x','type':'float','low':0,'high':4,'default':1},"
		"{'name':'k','type':'int','low':1,'high':9,'step':2,'when':{'b':[true]}},"
		"{'name':'c','type':'categorical','choices':['a','b','c']},"
		"{'name':'o','type':'ordinal','choices':[1,2]},"
		"{'name':'b','type':'bool','default':true}]");
	hpo_axis_t axis;

	hpo_space_axis(space, 0, &axis);
	ck_assert_int_eq(axis.kind, HPO_AXIS_CONTINUOUS);
	ck_assert_uint_eq(axis.cells, 0);
	ck_assert_int_eq(axis.parent, -1);
	ck_assert_double_eq(axis.preferred, 0.25);
	hpo_space_axis(space, 1, &axis);
	ck_assert_int_eq(axis.kind, HPO_AXIS_ORDERED);
	ck_assert_uint_eq(axis.cells, 5);
	ck_assert_int_eq(axis.parent, 4);
	ck_assert(isnan(axis.preferred));
	hpo_space_axis(space, 2, &axis);
	ck_assert_int_eq(axis.kind, HPO_AXIS_CATEGORICAL);
	ck_assert_uint_eq(axis.cells, 3);
	hpo_space_axis(space, 3, &axis);
	ck_assert_int_eq(axis.kind, HPO_AXIS_ORDERED);
	hpo_space_axis(space, 4, &axis);
	ck_assert_int_eq(axis.kind, HPO_AXIS_CATEGORICAL);
	ck_assert_uint_eq(axis.cells, 2);
	ck_assert_double_eq(axis.preferred, 0.75);
	hpo_space_free(space);
}
END_TEST

START_TEST(cells_tile_the_axis_and_hold_their_own_centre)
{
	hpo_space_t *space = make_space(
		"[{'name':'a','type':'int','low':1,'high':49},"
		"{'name':'b','type':'int','low':1,'high':49,'scale':'log'},"
		"{'name':'c','type':'float','low':0,'high':1,'step':0.07},"
		"{'name':'d','type':'categorical','choices':['a','b','c','d','e','f','g']}]");

	for (size_t axis = 0; axis < 4; axis++) {
		hpo_axis_t about;
		double end = 0;

		hpo_space_axis(space, axis, &about);
		for (uint64_t k = 0; k < about.cells; k++) {
			double own = hpo_space_cell_centre(space, axis, k);
			double low, centre, high;

			hpo_space_cell(space, axis, own, &low, &centre, &high);
			ck_assert_uint_eq(hpo_space_cell_index(space, axis, own), k);
			ck_assert_double_eq(centre, own);
			ck_assert_double_eq(low, end);
			ck_assert_double_lt(low, own);
			ck_assert_double_lt(own, high);
			end = high;
		}
		ck_assert_double_eq(end, 1);
	}
	hpo_space_free(space);
}
END_TEST

START_TEST(an_edge_belongs_to_the_cell_above_it)
{
	hpo_space_t *space = make_space("[{'name':'a','type':'int','low':0,'high':48}]");

	for (uint64_t k = 0; k < 49; k++) /* 1/49 * 49 is below 1 in doubles */
		ck_assert_uint_eq(hpo_space_cell_index(space, 0, (double)k / 49), k);
	hpo_space_free(space);
}
END_TEST

START_TEST(a_continuum_is_its_own_cell)
{
	hpo_space_t *space = make_space("[{'name':'x','type':'float','low':-1,'high':1}]");
	double low, centre, high;

	hpo_space_cell(space, 0, 0.385, &low, &centre, &high);

	ck_assert_double_eq(low, 0.385);
	ck_assert_double_eq(centre, 0.385);
	ck_assert_double_eq(high, 0.385);
	ck_assert_uint_eq(hpo_space_cell_index(space, 0, 0.385), 0);
	hpo_space_free(space);
}
END_TEST

START_TEST(activation_and_decoding_agree)
{
	hpo_space_t *space = make_space(
		"[{'name':'m','type':'float','low':0,'high':1,'when':{'o':['s','t'],'n':[true]}},"
		"{'name':'o','type':'categorical','choices':['r','s','t']},"
		"{'name':'n','type':'bool','when':{'k':[2,3]}},"
		"{'name':'k','type':'int','low':1,'high':3}]");
	hpo_rng_t rng;

	hpo_rng_init(&rng, 4, 0, 0);
	for (int i = 0; i < 1000; i++) {
		struct values values;
		uint8_t active[4];
		double point[4];
		bool n_is_active;

		for (size_t a = 0; a < 4; a++)
			point[a] = hpo_rng_uniform(&rng);
		hpo__codec_decode(space, point, values.list, values.active);
		hpo_space_activate(space, point, active);

		n_is_active = values.list[3].integer >= 2;
		ck_assert_mem_eq(active, values.active, 4);
		ck_assert_int_eq(active[2], n_is_active);
		ck_assert_int_eq(active[0], n_is_active && values.list[2].integer == 1 &&
						    values.list[1].integer >= 1);
	}
	hpo_space_free(space);
}
END_TEST

Suite *unit_space_axis(void)
{
	Suite *suite = suite_create("space/axis");
	TCase *tests = tcase_create("axis");

	tcase_add_test(tests, an_axis_tells_kind_cells_parent_and_default);
	tcase_add_test(tests, cells_tile_the_axis_and_hold_their_own_centre);
	tcase_add_test(tests, an_edge_belongs_to_the_cell_above_it);
	tcase_add_test(tests, a_continuum_is_its_own_cell);
	tcase_add_test(tests, activation_and_decoding_agree);
	suite_add_tcase(suite, tests);
	return suite;
}
