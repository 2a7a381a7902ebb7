/*
 * The first distribution: round the best of a few trials, or warm, from the good
 * ones among many.
 *
 * M. Nomura, S. Watanabe, Y. Akimoto, Y. Ozaki and M. Onishi, "Warm starting
 * CMA-ES for hyperparameter optimization", AAAI (2021), whose constants these are.
 */
#include "strategy/cmaes_inside.h"

#include "base/alloc.h"
#include "base/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double gamma_of_past = 0.1; /* share of the past that is good */
static const double alpha_of_past = 0.1; /* deviation that smooths it */

enum { LEAST_GOOD = 4 }; /* a covariance of fewer says nothing */

struct past {
	struct hpo_cmaes_rank rank;
	size_t index;
};

static int compare_past(const void *left, const void *right)
{
	const struct past *a = left;
	const struct past *b = right;
	int order = hpo__cmaes_rank_compare(&a->rank, &b->rank);

	return order != 0 ? order : (a->index > b->index) - (a->index < b->index);
}

/* Completed trials from best to worst. */
static size_t collect(const hpo_history_t *history, size_t count, struct past *out)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++) {
		struct hpo_cmaes_rank rank = hpo__cmaes_rank(history, i);

		if (rank.grade == HPO_CMAES_COMPLETED)
			out[found++] = (struct past){ rank, i };
	}
	qsort(out, found, sizeof *out, compare_past);
	return found;
}

static const double *point_of(const struct hpo_cmaes_state *s, const hpo_history_t *history,
			      const struct past *past)
{
	return hpo_history_points(history) + past->index * s->dims;
}

/* s->mean := the mean of the best `good`, on axes that were not active their 0.5. */
static void average(struct hpo_cmaes_state *s, const hpo_history_t *history,
		    const struct past *past, size_t good)
{
	for (size_t i = 0; i < s->frame.n; i++) {
		s->mean[i] = 0;
		for (size_t k = 0; k < good; k++)
			s->mean[i] += point_of(s, history, &past[k])[s->frame.axis[i]];
		s->mean[i] /= (double)good;
	}
}

/* C := the covariance of the best, smoothed, with determinant 1; sigma takes what that leaves. */
static void spread(struct hpo_cmaes_state *s, const hpo_history_t *history, const struct past *past,
		   size_t good)
{
	struct hpo_cmaes_gaussian *g = &s->gaussian;
	size_t n = g->n;
	double log_det = 0;

	for (size_t i = 0; i < n; i++) {
		for (size_t j = g->separable ? i : 0; j <= i; j++) {
			double sum = i == j ? alpha_of_past * alpha_of_past : 0;

			for (size_t k = 0; k < good; k++) {
				const double *x = point_of(s, history, &past[k]);

				sum += (x[s->frame.axis[i]] - s->mean[i]) *
				       (x[s->frame.axis[j]] - s->mean[j]) / (double)good;
			}
			g->c[g->separable ? i : i * n + j] = sum;
		}
	}
	hpo__cmaes_gaussian_factor(g);
	for (size_t i = 0; i < n; i++)
		log_det += 2 * log(g->l[g->separable ? i : i * n + i]);
	g->sigma = exp(log_det / (2 * (double)n));
	for (size_t i = 0; i < (g->separable ? n : n * n); i++) {
		g->c[i] /= g->sigma * g->sigma;
		g->l[i] /= g->sigma;
	}
}

static void lean(struct hpo_cmaes_state *s, const hpo_history_t *history, const struct past *past,
		 size_t good)
{
	for (size_t k = 0; k < s->choice_count; k++) {
		size_t axis = s->choice_axis[k];

		for (size_t r = good; r-- > 0;) {
			uint64_t cell = hpo_space_cell_index(s->ground.space, axis,
							     point_of(s, history, &past[r])[axis]);

			if (hpo_history_active(history)[past[r].index * s->dims + axis])
				hpo__cmaes_choices_lean(&s->choices, k, (uint32_t)cell,
							0.5 / (double)good);
		}
	}
}

/* Where nothing is known: the defaults, or the middle. */
static void begin_at_defaults(struct hpo_cmaes_state *s)
{
	for (size_t i = 0; i < s->frame.n; i++) {
		double preferred = s->ground.axes[s->frame.axis[i]].preferred;

		s->mean[i] = isnan(preferred) ? 0.5 : preferred;
	}
	hpo__cmaes_gaussian_begin(&s->gaussian, s->mean, s->sigma);
}

hpo_status_t hpo__cmaes_start(struct hpo_cmaes_state *s, const hpo_history_t *history, size_t count,
			      hpo_error_t *error)
{
	struct past *past = hpo__calloc(count + 1, sizeof *past);
	size_t found;
	size_t good;

	if (past == NULL)
		return hpo__fail_memory(error);
	found = collect(history, count, past);
	good = (size_t)(gamma_of_past * (double)found);

	hpo__cmaes_choices_begin(&s->choices);
	if (found == 0) {
		begin_at_defaults(s);
	} else if (good < LEAST_GOOD) {
		average(s, history, past, 1);
		hpo__cmaes_gaussian_begin(&s->gaussian, s->mean, s->sigma);
		lean(s, history, past, 1);
	} else {
		average(s, history, past, good);
		hpo__cmaes_gaussian_begin(&s->gaussian, s->mean, s->sigma);
		if (s->frame.n > 0)
			spread(s, history, past, good);
		lean(s, history, past, good);
	}
	hpo__cmaes_margin_correct(&s->frame, &s->gaussian);
	hpo__free(past);
	return HPO_OK;
}
