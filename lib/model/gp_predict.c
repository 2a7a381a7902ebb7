/*
 * Predictions of a Gaussian process.
 *
 * C. E. Rasmussen and C. K. I. Williams, "Gaussian processes for machine
 * learning" (2006), eqs. (2.25), (2.26), and (5.12) for leave-one-out.
 */
#include "math/cholesky.h"
#include "model/gp_inside.h"

#include <math.h>
#include <string.h>

/* A share of the signal's variance below which rounding speaks, not the data. */
static const double least_share = 1e-12;

static double deviation(const struct hpo_gp *gp, double explained)
{
	double variance = gp->signal - explained;

	return sqrt(variance > least_share * gp->signal ? variance : least_share * gp->signal);
}

/* A sum in LANES parts, in a fixed order; both arrays are padded. */
static double dot(const double *a, const double *b, size_t n)
{
	double sums[HPO__GP_LANES] = { 0 };
	double sum = 0;
	size_t i = 0;

	for (; i + HPO__GP_LANES <= n; i += HPO__GP_LANES) {
		for (size_t l = 0; l < HPO__GP_LANES; l++)
			sums[l] += a[i + l] * b[i + l];
	}
	for (; i < n; i++)
		sum += a[i] * b[i];
	for (size_t l = 0; l < HPO__GP_LANES; l++)
		sum += sums[l];
	return sum;
}

double hpo__gp_predict_mean(struct hpo_gp *gp, const double *feature, double *bound)
{
	const size_t rows = gp->count + gp->believed;
	double *k = hpo__gp_scratch(gp, 0);
	double nearest = 0;

	hpo__gp_bend_features(gp, feature, gp->at);
	hpo__gp_kernel(gp, gp->at, rows, k, NULL);
	for (size_t i = 0; i < rows; i++)
		nearest = k[i] > nearest ? k[i] : nearest;
	*bound = deviation(gp, nearest * nearest / (gp->signal + gp->noise));
	return gp->level + dot(k, gp->alpha, gp->count);
}

void hpo__gp_predict(struct hpo_gp *gp, const double *feature, double *mean, double *sd)
{
	const size_t rows = gp->count + gp->believed;
	double *k = hpo__gp_scratch(gp, 0);

	hpo__gp_bend_features(gp, feature, gp->at);
	hpo__gp_kernel(gp, gp->at, rows, k, NULL);
	*mean = gp->level + dot(k, gp->alpha, gp->count);
	hpo__solve_lower(gp->factor, rows, gp->stride, k);
	*sd = deviation(gp, dot(k, k, rows));
}

/* -sum of weight_j slope_j (x_f - X_jf) / l_f^2, for all numeric features. */
static void derive(const struct hpo_gp *gp, const double *feature, const double *weight,
		   const double *slope, double *out)
{
	const size_t rows = gp->count + gp->believed;
	double *product = hpo__gp_scratch(gp, 3);
	double all = 0;

	for (size_t j = 0; j < rows; j++) {
		product[j] = weight[j] * slope[j];
		all += product[j];
	}
	for (size_t f = 0; f < gp->frame->numeric; f++)
		out[f] = -gp->scale[f] * (feature[f] * all - dot(product, gp->x + f * gp->stride, rows));
}

/* From derivatives by features, which are bent, to those by coordinates. */
static void to_axes(const struct hpo_gp *gp, const double *point, const double *feature,
		    const uint8_t *active, const double *by_feature, double *out)
{
	const double *bends = gp->theta + gp->frame->groups + 2;

	for (size_t i = 0; i < gp->frame->dims; i++) {
		const struct hpo_gp_axis *axis = &gp->frame->axes[i];
		const double *d = by_feature + axis->feature;
		const double *at = feature + axis->feature;

		out[i] = 0;
		if (axis->form == HPO__GP_LINE)
			out[i] = d[0] * hpo__gp_bend_by_x(point[i], bends[axis->feature]);
		else if (axis->form == HPO__GP_ARC && active[i]) /* the arc's own derivative */
			out[i] = (d[1] * at[0] - d[0] * at[1]) * HPO__GP_CURVATURE;
	}
}

void hpo__gp_predict_slope(struct hpo_gp *gp, const double *point, const uint8_t *active,
			   struct hpo_gp_slope *out)
{
	const size_t rows = gp->count + gp->believed;
	double *k = hpo__gp_scratch(gp, 0);
	double *slope = hpo__gp_scratch(gp, 2);
	double *feature = gp->at;
	double *by_feature = gp->feature + gp->frame->features + 1;

	hpo__gp_embed(gp->frame, point, active, gp->feature);
	hpo__gp_bend_features(gp, gp->feature, feature);
	hpo__gp_kernel(gp, feature, rows, k, slope);
	out->mean = gp->level + dot(k, gp->alpha, gp->count);
	derive(gp, feature, gp->alpha, slope, by_feature);
	to_axes(gp, point, feature, active, by_feature, out->d_mean);

	hpo__solve_lower(gp->factor, rows, gp->stride, k);
	out->sd = deviation(gp, dot(k, k, rows));
	hpo__solve_lower_transposed(gp->factor, rows, gp->stride, k);
	derive(gp, feature, k, slope, by_feature);
	to_axes(gp, point, feature, active, by_feature, out->d_sd);
	for (size_t i = 0; i < gp->frame->dims; i++)
		out->d_sd[i] /= -out->sd;
}

void hpo__gp_leave_one_out(struct hpo_gp *gp, double *mean, double *sd)
{
	hpo__cholesky_inverse(gp->factor, gp->count, gp->stride, gp->inverse);
	for (size_t i = 0; i < gp->count; i++) {
		double precision = gp->inverse[i * gp->stride + i];
		double variance = 1 / precision - gp->noise * gp->share[i];

		mean[i] = gp->y[i] - gp->alpha[i] / precision;
		sd[i] = sqrt(variance > least_share * gp->signal ? variance
								  : least_share * gp->signal);
	}
}
