/*
 * The categorical part of CatCMAwM.
 *
 * R. Hamano and others, "CatCMA: stochastic optimization for mixed-category
 * problems", GECCO (2024), and "CatCMA with margin", GECCO (2025); the step size
 * is that of Y. Akimoto and others, "Adaptive stochastic natural gradient method
 * for one-shot neural architecture search", ICML (2019), whose names are kept.
 *
 * The Fisher metric of a categorical distribution is the Euclidean one of g_k /
 * sqrt(q_k), the tangent of the sphere of square roots: the path lives there, so
 * that no category is special.
 */
#include "strategy/cmaes_choices.h"

#include "base/alloc.h"
#include "base/error.h"

#include <math.h>
#include <string.h>

static const double alpha_of_path = 1.5;

hpo_status_t hpo__cmaes_choices_init(struct hpo_cmaes_choices *choices, const size_t *cells,
				     size_t count, double floor, hpo_error_t *error)
{
	size_t total = 0;

	memset(choices, 0, sizeof *choices);
	choices->first = hpo__calloc(count + 1, sizeof *choices->first);
	if (choices->first == NULL)
		return hpo__fail_memory(error);
	for (size_t i = 0; i < count; i++) {
		total += cells[i];
		choices->first[i + 1] = total;
	}
	choices->q = hpo__calloc(3 * total + 1, sizeof *choices->q);
	if (choices->q == NULL)
		return hpo__fail_memory(error);
	choices->gradient = choices->q + total;
	choices->path = choices->gradient + total;
	choices->count = count;
	choices->floor = floor;
	hpo__cmaes_choices_begin(choices);
	return HPO_OK;
}

void hpo__cmaes_choices_release(struct hpo_cmaes_choices *choices)
{
	hpo__free(choices->first);
	hpo__free(choices->q);
	memset(choices, 0, sizeof *choices);
}

static size_t cells_of(const struct hpo_cmaes_choices *choices, size_t axis)
{
	return choices->first[axis + 1] - choices->first[axis];
}

void hpo__cmaes_choices_begin(struct hpo_cmaes_choices *choices)
{
	for (size_t i = 0; i < choices->count; i++) {
		for (size_t k = choices->first[i]; k < choices->first[i + 1]; k++) {
			choices->q[k] = 1 / (double)cells_of(choices, i);
			choices->path[k] = 0;
		}
	}
	choices->gamma = 0;
	choices->Delta = 1;
}

void hpo__cmaes_choices_lean(struct hpo_cmaes_choices *choices, size_t axis, uint32_t cell,
			     double share)
{
	double *q = choices->q + choices->first[axis];

	for (size_t k = 0; k < cells_of(choices, axis); k++)
		q[k] *= 1 - share;
	q[cell] += share;
}

uint32_t hpo__cmaes_choices_sample(const struct hpo_cmaes_choices *choices, size_t axis,
				   hpo_rng_t *rng)
{
	const double *q = choices->q + choices->first[axis];
	double level = hpo_rng_uniform(rng);
	uint32_t last = (uint32_t)cells_of(choices, axis) - 1;
	uint32_t k = 0;

	while (k < last && level >= q[k])
		level -= q[k++];
	return k;
}

/* gradient := the natural gradient, sum of w (onehot - q); idle picks have none. */
static void add_gradients(struct hpo_cmaes_choices *choices, const struct hpo_cmaes_picks *ranked)
{
	memset(choices->gradient, 0, choices->first[choices->count] * sizeof *choices->gradient);
	for (size_t r = 0; r < ranked->mu; r++) {
		const uint32_t *cells = ranked->cells + ranked->order[r] * choices->count;
		double weight = ranked->weights[r];

		for (size_t i = 0; i < choices->count; i++) {
			if (cells[i] == HPO_CMAES_IDLE)
				continue;
			for (size_t k = choices->first[i]; k < choices->first[i + 1]; k++)
				choices->gradient[k] -= weight * choices->q[k];
			choices->gradient[choices->first[i] + cells[i]] += weight;
		}
	}
}

/* The norm of the gradient in the Fisher metric. */
static double fisher_norm(const struct hpo_cmaes_choices *choices)
{
	double sum = 0;

	for (size_t k = 0; k < choices->first[choices->count]; k++)
		sum += choices->gradient[k] * choices->gradient[k] / choices->q[k];
	return sqrt(sum);
}

/* The adaptive step: longer where successive gradients agree. */
static void adapt_step(struct hpo_cmaes_choices *choices, double norm)
{
	size_t total = choices->first[choices->count];
	double freedom = (double)(total - choices->count);
	double beta = 1 / (choices->Delta * sqrt(freedom));
	double length2 = 0;

	beta = fmin(beta, 1);
	for (size_t k = 0; k < total; k++) {
		double unit = choices->gradient[k] / (norm * sqrt(choices->q[k]));

		choices->path[k] = (1 - beta) * choices->path[k] +
				   sqrt(beta * (2 - beta)) * unit;
		length2 += choices->path[k] * choices->path[k];
	}
	choices->gamma = (1 - beta) * (1 - beta) * choices->gamma + beta * (2 - beta);
	choices->Delta *= exp(beta * (choices->gamma - length2 / alpha_of_path));
	choices->Delta = fmin(fmax(choices->Delta, 1e-3), 1e6);
}

/* Raise what is under the floor and take it from what is above, in proportion. */
static void keep_floor(double *q, size_t cells, double least)
{
	double surplus = 0;
	double sum = 0;

	for (size_t k = 0; k < cells; k++) {
		q[k] = fmax(q[k], least);
		sum += q[k];
		surplus += q[k] - least;
	}
	for (size_t k = 0; k < cells && surplus > 0; k++)
		q[k] += (1 - sum) * (q[k] - least) / surplus;
}

void hpo__cmaes_choices_update(struct hpo_cmaes_choices *choices,
			       const struct hpo_cmaes_picks *ranked)
{
	double norm;
	double step;

	if (choices->count == 0)
		return;
	add_gradients(choices, ranked);
	norm = fisher_norm(choices);
	if (!(norm > 1e-12))
		return;
	step = 1 / (choices->Delta * norm);
	adapt_step(choices, norm);
	for (size_t i = 0; i < choices->count; i++) {
		size_t cells = cells_of(choices, i);

		for (size_t k = choices->first[i]; k < choices->first[i + 1]; k++)
			choices->q[k] += step * choices->gradient[k];
		keep_floor(choices->q + choices->first[i], cells,
			   fmin(choices->floor / (double)(cells - 1), 0.5 / (double)cells));
	}
}
