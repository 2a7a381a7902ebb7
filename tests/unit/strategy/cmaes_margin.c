#include "strategy/cmaes_margin.h"

#include "hpo/plugin/strategy.h"
#include "math/normal.h"

#include <check.h>

struct margin {
	hpo_space_t *space;
	struct hpo_cmaes_frame frame;
	struct hpo_cmaes_gaussian g;
	size_t axis[1];
	uint64_t cells[1];
};

/* One integer of 9 values, and a Gaussian about `mean` with a deviation that is far too small. */
static void begin(struct margin *m, double mean, double deviation)
{
	ck_assert_int_eq(hpo_space_new(&m->space, NULL), HPO_OK);
	ck_assert_int_eq(hpo_space_add_text(m->space, "n=int(1,9)", NULL), HPO_OK);
	m->axis[0] = 0;
	m->cells[0] = 9;
	m->frame = (struct hpo_cmaes_frame){ m->space, 1, m->axis, m->cells, 0.1 };
	ck_assert_int_eq(hpo__cmaes_gaussian_init(&m->g, 1, false, NULL), HPO_OK);
	hpo__cmaes_gaussian_begin(&m->g, &mean, deviation);
}

static void end(struct margin *m)
{
	hpo__cmaes_gaussian_release(&m->g);
	hpo_space_free(m->space);
}

/* The mean after a correction, and the probabilities of a sample below and above its cell. */
struct left {
	double mean, below, above;
};

static struct left measure(const struct margin *m)
{
	double deviation = hpo__cmaes_gaussian_deviation(&m->g, 0);
	double mean = m->g.mean[0];
	double low;
	double centre;
	double high;

	hpo_space_cell(m->space, 0, mean, &low, &centre, &high);
	return (struct left){ mean, hpo__normal_cdf((low - mean) / deviation),
			      hpo__normal_cdf((mean - high) / deviation) };
}

/* What a correction makes of a deviation far below the width of a cell. */
static struct left correct_tiny(double mean)
{
	struct margin m;
	struct left left;

	begin(&m, mean, 1e-6);
	hpo__cmaes_margin_correct(&m.frame, &m.g);

	ck_assert_double_eq(m.g.sigma, 1e-6);
	left = measure(&m);
	end(&m);
	return left;
}

START_TEST(a_tiny_deviation_still_leaves_the_cell_on_both_sides)
{
	const struct left left = correct_tiny(0.52);

	ck_assert_double_eq_tol(left.below, 0.05, 1e-9);
	ck_assert_double_eq_tol(left.above, 0.05, 1e-9);
}
END_TEST

START_TEST(the_first_cell_is_left_upwards)
{
	const struct left left = correct_tiny(0.01);

	ck_assert_double_eq_tol(left.above, 0.1, 1e-9);
	ck_assert_double_le(left.mean, 1.0 / 9);
}
END_TEST

START_TEST(the_last_cell_is_left_downwards)
{
	const struct left left = correct_tiny(0.99);

	ck_assert_double_eq_tol(left.below, 0.1, 1e-9);
	ck_assert_double_ge(left.mean, 8.0 / 9);
}
END_TEST

START_TEST(what_is_wide_enough_is_left_alone)
{
	struct margin m;

	begin(&m, 0.52, 0.2);

	hpo__cmaes_margin_correct(&m.frame, &m.g);

	ck_assert_double_eq(m.g.mean[0], 0.52);
	ck_assert_double_eq(m.g.scale[0], 1);
	end(&m);
}
END_TEST

START_TEST(a_latent_coordinate_lies_in_the_cell_that_was_seen)
{
	struct margin m;
	hpo_rng_t rng;

	begin(&m, 0.5, 0.01);
	hpo_rng_init(&rng, 1, 1, 1);

	for (int cell = 0; cell < 9; cell++) {
		double centre = hpo_space_cell_centre(m.space, 0, (uint64_t)cell);
		double x = hpo__cmaes_margin_latent(&m.frame, &m.g, 0, centre, &rng);

		ck_assert_double_ge(x, cell / 9.0);
		ck_assert_double_le(x, (cell + 1) / 9.0);
	}
	end(&m);
}
END_TEST

START_TEST(leaving_the_cell_of_the_mean_is_seen)
{
	struct margin m;
	double centre;

	begin(&m, 0.5, 0.01);

	ck_assert(!hpo__cmaes_margin_leaves(&m.frame, &m.g, 0, 0.53, &centre));
	ck_assert(hpo__cmaes_margin_leaves(&m.frame, &m.g, 0, 0.6, &centre));
	ck_assert_double_eq_tol(centre, 5.5 / 9, 1e-12);
	end(&m);
}
END_TEST

Suite *unit_strategy_cmaes_margin(void);
Suite *unit_strategy_cmaes_margin(void)
{
	Suite *suite = suite_create("strategy/cmaes_margin");
	TCase *tcase = tcase_create("margin");

	tcase_add_test(tcase, a_tiny_deviation_still_leaves_the_cell_on_both_sides);
	tcase_add_test(tcase, the_first_cell_is_left_upwards);
	tcase_add_test(tcase, the_last_cell_is_left_downwards);
	tcase_add_test(tcase, what_is_wide_enough_is_left_alone);
	tcase_add_test(tcase, a_latent_coordinate_lies_in_the_cell_that_was_seen);
	tcase_add_test(tcase, leaving_the_cell_of_the_mean_is_seen);
	suite_add_tcase(suite, tcase);
	return suite;
}
