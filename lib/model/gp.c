/*
 * The rows of a Gaussian process, and its factor for one set of
 * hyperparameters.
 */
#include "base/alloc.h"
#include "base/error.h"
#include "math/cholesky.h"
#include "model/gp_inside.h"

#include <math.h>
#include <string.h>

const struct hpo_gp_prior hpo__gp_usual_prior = { -4, 0, 0 };

enum { SCRATCH_ROWS = 6 };

size_t hpo__gp_parameters(const struct hpo_gp_frame *frame)
{
	return frame->groups + 2 + frame->lines;
}

static int allocate(struct hpo_gp *gp)
{
	const size_t p = gp->frame->features + 1;
	const size_t b = gp->frame->lines + 1;
	const size_t t = hpo__gp_parameters(gp->frame);

	gp->x = hpo__calloc(gp->stride, p * sizeof(double));
	gp->straight = hpo__calloc(gp->stride, b * sizeof(double));
	gp->by_bend = hpo__calloc(gp->stride, b * sizeof(double));
	gp->y = hpo__calloc(gp->stride, sizeof(double));
	gp->share = hpo__calloc(gp->stride, sizeof(double));
	gp->extra = hpo__calloc(gp->stride, sizeof(double));
	gp->alpha = hpo__calloc(gp->stride, sizeof(double));
	gp->factor = hpo__calloc(gp->stride, gp->capacity * sizeof(double));
	gp->inverse = hpo__calloc(gp->stride, gp->capacity * sizeof(double));
	gp->scratch = hpo__calloc(gp->stride, SCRATCH_ROWS * sizeof(double));
	gp->scale = hpo__calloc(p, sizeof(double));
	gp->feature = hpo__calloc(p, 4 * sizeof(double));
	gp->theta = hpo__calloc(t, sizeof(double));
	gp->low = hpo__calloc(t, 4 * sizeof(double));
	gp->work = hpo__calloc(hpo__lbfgsb_work(t, HPO__GP_MEMORY), sizeof(double));
	return gp->x != NULL && gp->straight != NULL && gp->by_bend != NULL && gp->y != NULL &&
	       gp->share != NULL && gp->extra != NULL && gp->alpha != NULL &&
	       gp->factor != NULL && gp->inverse != NULL && gp->scratch != NULL &&
	       gp->scale != NULL && gp->feature != NULL && gp->theta != NULL &&
	       gp->low != NULL && gp->work != NULL;
}

hpo_status_t hpo__gp_init(struct hpo_gp *gp, const struct hpo_gp_frame *frame, size_t capacity,
			  hpo_error_t *error)
{
	memset(gp, 0, sizeof *gp);
	gp->frame = frame;
	gp->capacity = capacity;
	gp->stride = (capacity + HPO__GP_LANES - 1) / HPO__GP_LANES * HPO__GP_LANES;
	if (!allocate(gp))
		return hpo__fail_memory(error);
	gp->at = gp->feature + 3 * (frame->features + 1);
	gp->free = hpo__gp_parameters(frame);
	gp->high = gp->low + gp->free;
	gp->start = gp->high + gp->free;
	gp->found = gp->start + gp->free;
	gp->prior = hpo__gp_usual_prior;
	return HPO_OK;
}

void hpo__gp_release(struct hpo_gp *gp)
{
	hpo__free(gp->x);
	hpo__free(gp->straight);
	hpo__free(gp->by_bend);
	hpo__free(gp->y);
	hpo__free(gp->share);
	hpo__free(gp->extra);
	hpo__free(gp->alpha);
	hpo__free(gp->factor);
	hpo__free(gp->inverse);
	hpo__free(gp->scratch);
	hpo__free(gp->scale);
	hpo__free(gp->feature);
	hpo__free(gp->theta);
	hpo__free(gp->low);
	hpo__free(gp->work);
	memset(gp, 0, sizeof *gp);
}

double *hpo__gp_scratch(const struct hpo_gp *gp, size_t index)
{
	return gp->scratch + index * gp->stride;
}

void hpo__gp_clear(struct hpo_gp *gp)
{
	gp->count = 0;
	gp->believed = 0;
	gp->active = 0;
}

/* Put a point behind the last row. */
static void place_row(struct hpo_gp *gp, const double *feature)
{
	for (size_t f = 0; f < gp->frame->features; f++)
		gp->x[f * gp->stride + gp->count + gp->believed] = feature[f];
}

void hpo__gp_add(struct hpo_gp *gp, const double *point, const uint8_t *active, double value,
		 double readings)
{
	double axes = 0;

	for (size_t i = 0; i < gp->frame->dims; i++)
		axes += active[i] && gp->frame->axes[i].form != HPO__GP_FIXED;
	hpo__gp_embed(gp->frame, point, active, gp->feature);
	place_row(gp, gp->feature);
	for (size_t f = 0; f < gp->frame->lines; f++)
		gp->straight[f * gp->stride + gp->count] = gp->feature[f];
	gp->y[gp->count] = value;
	gp->share[gp->count] = 1 / readings;
	gp->extra[gp->count] = 0;
	gp->count++;
	gp->active += (axes - gp->active) / (double)gp->count;
}

void hpo__gp_set_extra(struct hpo_gp *gp, size_t index, double variance)
{
	gp->extra[index] = variance;
}

/* theta as the kernel wants it. */
static void take_theta(struct hpo_gp *gp, const double *theta)
{
	const size_t groups = gp->frame->groups;

	if (theta != gp->theta)
		memcpy(gp->theta, theta, hpo__gp_parameters(gp->frame) * sizeof *theta);
	for (size_t f = 0; f < gp->frame->features; f++)
		gp->scale[f] = exp(-2 * theta[gp->frame->group[f]]);
	gp->signal = exp(theta[groups]);
	gp->noise = exp(theta[groups + 1]);
	hpo__gp_bend_rows(gp);
}

/* The features [p] of a row, side by side. */
static const double *row_features(const struct hpo_gp *gp, size_t row)
{
	for (size_t f = 0; f < gp->frame->features; f++)
		gp->feature[f] = gp->x[f * gp->stride + row];
	return gp->feature;
}

static void fill_covariance(struct hpo_gp *gp, double jitter)
{
	double *k = hpo__gp_scratch(gp, 0);

	for (size_t i = 0; i < gp->count; i++) {
		hpo__gp_kernel(gp, row_features(gp, i), i + 1, k, NULL);
		k[i] = gp->signal + gp->noise * gp->share[i] + gp->extra[i] + jitter;
		memcpy(gp->factor + i * gp->stride, k, (i + 1) * sizeof *k);
	}
}

/*
 * Factor the covariance. A jitter is added only if it fails as it is, and
 * remembered; it starts where the rounding errors of the sums are.
 */
static int factor(struct hpo_gp *gp)
{
	gp->jitter = 0;
	for (int tries = 0; tries < 6; tries++) {
		fill_covariance(gp, gp->jitter);
		if (hpo__cholesky_factor(gp->factor, gp->count, gp->stride) == 0)
			return 1;
		gp->jitter = gp->jitter == 0 ? 1e-10 * gp->signal : gp->jitter * 100;
	}
	return 0;
}

/*
 * alpha = K^-1 (y - level), where the level has the prior N(0, 1) and its
 * value is the most likely one. Returns (y - level)' alpha + level^2.
 */
static double solve(struct hpo_gp *gp)
{
	double *ones = hpo__gp_scratch(gp, 0);
	double ty = 0;
	double tt = 0;
	double sum = 0;

	for (size_t i = 0; i < gp->count; i++) {
		ones[i] = 1;
		gp->alpha[i] = gp->y[i];
	}
	hpo__solve_lower(gp->factor, gp->count, gp->stride, ones);
	hpo__solve_lower(gp->factor, gp->count, gp->stride, gp->alpha);
	for (size_t i = 0; i < gp->count; i++) {
		ty += ones[i] * gp->alpha[i];
		tt += ones[i] * ones[i];
	}
	gp->level = ty / (tt + 1);
	for (size_t i = 0; i < gp->count; i++) {
		gp->alpha[i] -= gp->level * ones[i];
		sum += gp->alpha[i] * gp->alpha[i];
	}
	hpo__solve_lower_transposed(gp->factor, gp->count, gp->stride, gp->alpha);
	return sum + gp->level * gp->level;
}

double hpo__gp_set(struct hpo_gp *gp, const double *theta)
{
	double fit;

	gp->believed = 0;
	take_theta(gp, theta);
	if (!factor(gp))
		return -INFINITY;
	fit = solve(gp);
	return -0.5 * fit - 0.5 * hpo__cholesky_log_determinant(gp->factor, gp->count, gp->stride) +
	       hpo__gp_log_prior(gp, NULL);
}

int hpo__gp_believe(struct hpo_gp *gp, const double *point, const uint8_t *active)
{
	const size_t rows = gp->count + gp->believed;
	double *k = hpo__gp_scratch(gp, 0);

	if (rows == gp->capacity)
		return 0;
	hpo__gp_embed(gp->frame, point, active, gp->feature);
	hpo__gp_bend_features(gp, gp->feature, gp->at);
	place_row(gp, gp->at);
	hpo__gp_kernel(gp, gp->at, rows, k, NULL);
	k[rows] = gp->signal + gp->noise + gp->jitter;
	if (hpo__cholesky_append(gp->factor, rows, gp->stride, k) != 0)
		return 0;
	gp->alpha[rows] = 0;
	gp->believed++;
	return 1;
}

double hpo__gp_noise(const struct hpo_gp *gp)
{
	return sqrt(gp->noise);
}
