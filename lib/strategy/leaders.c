/*
 * Grouping the readings by configuration, and the posterior of their losses.
 */
#include "strategy/leaders.h"

#include "base/alloc.h"
#include "base/error.h"
#include "math/cholesky.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	FIT_EVALUATIONS = 20, /* of the likelihood, a start */
	LEAST_MODELLED = 12   /* fewer than that many configurations are all modelled */
};

/* The noise is never believed to be nothing at all: a share of the spread of the losses. */
static const double least_noise = 1e-6;

hpo_status_t hpo__leaders_init(struct hpo_leaders *l, const hpo_space_t *space, hpo_error_t *error)
{
	const size_t dims = hpo_space_dims(space);
	hpo_axis_t *axes = hpo__calloc(dims, sizeof *axes);
	hpo_status_t status = axes == NULL ? hpo__fail_memory(error) : HPO_OK;

	for (size_t i = 0; status == HPO_OK && i < dims; i++)
		hpo_space_axis(space, i, &axes[i]);
	if (status == HPO_OK)
		status = hpo__gp_frame_init(&l->frame, axes, dims, error);
	if (status == HPO_OK)
		status = hpo__gp_init(&l->gp, &l->frame, HPO__LEADERS_MOST, error);
	hpo__free(axes);
	if (status < 0)
		return status;

	l->modelled = hpo__calloc(HPO__LEADERS_MOST, sizeof *l->modelled);
	l->inverse = hpo__calloc(HPO__LEADERS_MOST * l->gp.stride, sizeof *l->inverse);
	l->theta = hpo__calloc(hpo__gp_parameters(&l->frame), sizeof *l->theta);
	if (l->modelled == NULL || l->inverse == NULL || l->theta == NULL)
		return hpo__fail_memory(error);
	return HPO_OK;
}

void hpo__leaders_release(struct hpo_leaders *l)
{
	hpo__gp_release(&l->gp);
	hpo__gp_frame_release(&l->frame);
	hpo__free(l->list);
	hpo__free(l->places);
	hpo__free(l->modelled);
	hpo__free(l->inverse);
	hpo__free(l->theta);
}

/* The objective that is to be made small: the first that is no bound. */
static size_t goal_of(const hpo_history_t *history)
{
	const double *bounds = hpo_history_bounds(history);
	size_t j = 0;

	while (j + 1 < hpo_history_objectives(history) && !isnan(bounds[j]))
		j++;
	return j;
}

static int is_usable(const hpo_history_t *history, size_t index)
{
	const size_t m = hpo_history_objectives(history);
	const double *losses = hpo_history_losses(history) + index * m;
	const double *bounds = hpo_history_bounds(history);

	if (hpo_history_states(history)[index] != HPO_TRIAL_COMPLETED ||
	    !isfinite(losses[goal_of(history)]))
		return 0;
	for (size_t j = 0; j < m; j++) {
		if (!isnan(bounds[j]) && !(losses[j] <= bounds[j]))
			return 0;
	}
	return 1;
}

static uint64_t hash_point(const double *point, const uint8_t *active, size_t dims)
{
	uint64_t hash = 0x9e3779b97f4a7c15u;

	for (size_t i = 0; i < dims; i++) {
		uint64_t bits = 0;

		if (active[i])
			memcpy(&bits, &point[i], sizeof bits);
		hash = (hash ^ bits) * 0xff51afd7ed558ccdu;
		hash ^= hash >> 32;
	}
	return hash;
}

/* Inactive axes are 0.5 in both, so bytes compare. */
static int is_same(const hpo_history_t *history, size_t index, const double *point,
		   const uint8_t *active)
{
	const size_t d = hpo_history_dims(history);

	return memcmp(hpo_history_points(history) + index * d, point, d * sizeof *point) == 0 &&
	       memcmp(hpo_history_active(history) + index * d, active, d) == 0;
}

/* The place of a point: taken by its configuration, or empty. */
static size_t *place_of(const struct hpo_leaders *l, const hpo_history_t *history,
			const double *point, const uint8_t *active)
{
	const uint64_t hash = hash_point(point, active, hpo_history_dims(history));
	size_t i = (size_t)hash & (l->size - 1);

	while (l->places[i] != 0 &&
	       !is_same(history, l->list[l->places[i] - 1].index, point, active))
		i = (i + 1) & (l->size - 1);
	return &l->places[i];
}

/* Room for one more configuration, at most half of the places taken. */
static hpo_status_t reserve(struct hpo_leaders *l, const hpo_history_t *history, hpo_error_t *error)
{
	const size_t d = hpo_history_dims(history);
	struct hpo_leader *list;
	size_t *old = l->places;
	size_t *places;

	list = hpo__grow(l->list, &l->capacity, l->count + 1, sizeof *list);
	if (list == NULL)
		return hpo__fail_memory(error);
	l->list = list;
	if (2 * (l->count + 1) <= l->size)
		return HPO_OK;

	places = hpo__calloc(l->size > 0 ? 2 * l->size : 64, sizeof *places);
	if (places == NULL)
		return hpo__fail_memory(error);
	l->places = places;
	l->size = l->size > 0 ? 2 * l->size : 64;
	for (size_t k = 0; k < l->count; k++) {
		const size_t index = l->list[k].index;

		*place_of(l, history, hpo_history_points(history) + index * d,
			  hpo_history_active(history) + index * d) = k + 1;
	}
	hpo__free(old);
	return HPO_OK;
}

static void note_lost(struct hpo_leaders *l, const hpo_history_t *history, size_t index)
{
	const size_t d = hpo_history_dims(history);
	const size_t found = hpo__leaders_find(l, history, hpo_history_points(history) + index * d,
					       hpo_history_active(history) + index * d);

	if (found < l->count) {
		l->list[found].lost++;
		l->lost++;
	}
}

hpo_status_t hpo__leaders_fold(struct hpo_leaders *l, const hpo_history_t *history, size_t index,
			       hpo_error_t *error)
{
	const size_t d = hpo_history_dims(history);
	struct hpo_leader *leader;
	hpo_status_t status;
	size_t *place;
	double loss;
	double step;

	if (!is_usable(history, index)) {
		note_lost(l, history, index);
		return HPO_OK;
	}
	status = reserve(l, history, error);
	if (status < 0)
		return status;

	loss = hpo_history_losses(history)[index * hpo_history_objectives(history) +
					   goal_of(history)];
	place = place_of(l, history, hpo_history_points(history) + index * d,
			 hpo_history_active(history) + index * d);
	if (*place == 0) {
		l->list[l->count++] = (struct hpo_leader){ .index = index, .readings = 1,
							   .mean = loss, .belief = NAN };
		*place = l->count;
		return HPO_OK;
	}
	/* B. P. Welford, Technometrics 4 (1962). */
	leader = &l->list[*place - 1];
	leader->readings++;
	step = loss - leader->mean;
	leader->mean += step / (double)leader->readings;
	leader->squares += step * (loss - leader->mean);
	l->squares += step * (loss - leader->mean);
	l->repeats++;
	return HPO_OK;
}

double hpo__leaders_noise(const struct hpo_leaders *l)
{
	return l->repeats > 0 ? sqrt(l->squares / (double)l->repeats) : (double)NAN;
}

size_t hpo__leaders_find(const struct hpo_leaders *l, const hpo_history_t *history,
			 const double *point, const uint8_t *active)
{
	size_t place = l->size > 0 ? *place_of(l, history, point, active) : 0;

	return place > 0 ? place - 1 : l->count;
}

/* Sorts numbers of the list by what they are ranked by; ties by age. */
struct ranked {
	double key;
	size_t number;
};

static int compare_ranked(const void *a, const void *b)
{
	const struct ranked *x = a;
	const struct ranked *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

/* The better half by their readings, and at most MOST: the others say little of the best. */
static void choose(struct hpo_leaders *l)
{
	struct ranked best[HPO__LEADERS_MOST + 1];
	size_t most = (l->count + 1) / 2;
	size_t count = 0;

	if (most < LEAST_MODELLED)
		most = LEAST_MODELLED;
	if (most > HPO__LEADERS_MOST)
		most = HPO__LEADERS_MOST;
	for (size_t k = 0; k < l->count; k++) {
		struct ranked next = { l->list[k].mean, k };
		size_t at = count;

		while (at > 0 && compare_ranked(&next, &best[at - 1]) < 0)
			at--;
		if (at >= most)
			continue;
		memmove(best + at + 1, best + at, (count - at) * sizeof *best);
		best[at] = next;
		count = count < most ? count + 1 : most;
	}
	l->modelled_count = count;
	for (size_t k = 0; k < count; k++)
		l->modelled[k] = best[k].number;
}

/* How the process counts: loss = centre + scale * value, and the noise of a reading in values. */
struct units {
	double centre, scale, noise;
};

/* Mean 0 and variance 1; the scale is 0 if all losses are the same, or too large to tell. */
static struct units standardise(const struct hpo_leaders *l)
{
	const double n = (double)l->modelled_count;
	struct units units = { 0, 0, 0 };
	double squares = 0;

	for (size_t k = 0; k < l->modelled_count; k++)
		units.centre += l->list[l->modelled[k]].mean / n;
	for (size_t k = 0; k < l->modelled_count; k++) {
		double off = l->list[l->modelled[k]].mean - units.centre;

		squares += off * off / n;
	}
	units.scale = isfinite(squares) ? sqrt(squares) : 0;
	if (units.scale > 0)
		units.noise = fmax(hpo__leaders_noise(l) / units.scale, least_noise);
	return units;
}

/*
 * With K the covariance of the true losses, their own part included, and D the variances of the
 * means of the readings: E = y - D (K + D)^-1 (y - level), Var = D - D (K + D)^-1 D.
 */
static void believe(struct hpo_leaders *l, const struct units *units)
{
	const struct hpo_gp *gp = &l->gp;

	hpo__cholesky_inverse(gp->factor, gp->count, gp->stride, l->inverse);
	for (size_t k = 0; k < l->modelled_count; k++) {
		struct hpo_leader *leader = &l->list[l->modelled[k]];
		const double own = units->noise * units->noise / (double)leader->readings;
		const double left = own - own * own * l->inverse[k * gp->stride + k];

		leader->belief = units->centre +
				 units->scale * (gp->y[k] - own * gp->alpha[k]);
		leader->sd = units->scale * sqrt(left > 0 ? left : 0);
	}
}

static void sort_by_belief(struct hpo_leaders *l)
{
	struct ranked order[HPO__LEADERS_MOST];

	for (size_t k = 0; k < l->modelled_count; k++)
		order[k] = (struct ranked){ l->list[l->modelled[k]].belief, l->modelled[k] };
	qsort(order, l->modelled_count, sizeof *order, compare_ranked);
	for (size_t k = 0; k < l->modelled_count; k++)
		l->modelled[k] = order[k].number;
}

/*
 * The rows of the process: the chosen configurations, standardised. 0 if there is nothing to
 * model: losses that are all the same, or noise that is not known.
 */
static int set_rows(struct hpo_leaders *l, const hpo_history_t *history, struct units *units)
{
	const size_t d = hpo_history_dims(history);

	choose(l);
	*units = standardise(l);
	if (!(units->scale > 0) || l->repeats == 0)
		return 0;
	hpo__gp_clear(&l->gp);
	for (size_t k = 0; k < l->modelled_count; k++) {
		const struct hpo_leader *leader = &l->list[l->modelled[k]];

		hpo__gp_add(&l->gp, hpo_history_points(history) + leader->index * d,
			    hpo_history_active(history) + leader->index * d,
			    (leader->mean - units->centre) / units->scale, 1);
		hpo__gp_set_extra(&l->gp, k,
				  units->noise * units->noise / (double)leader->readings);
	}
	return 1;
}

void hpo__leaders_learn(struct hpo_leaders *l, const hpo_history_t *history)
{
	struct units units;

	if (!set_rows(l, history, &units))
		return;
	hpo__gp_fit(&l->gp, l->has_learned ? l->theta : NULL, FIT_EVALUATIONS);
	memcpy(l->theta, l->gp.theta, hpo__gp_parameters(&l->frame) * sizeof *l->theta);
	l->has_learned = 1;
}

void hpo__leaders_believe(struct hpo_leaders *l, const hpo_history_t *history)
{
	struct units units;

	if (set_rows(l, history, &units) && l->has_learned &&
	    hpo__gp_set(&l->gp, l->theta) > -INFINITY) {
		believe(l, &units);
	} else {
		for (size_t k = 0; k < l->modelled_count; k++) {
			struct hpo_leader *leader = &l->list[l->modelled[k]];

			leader->belief = leader->mean;
			leader->sd = l->repeats > 0 ? hpo__leaders_noise(l) : 0;
		}
	}
	sort_by_belief(l);
}
