/*
 * What a point promises: the logarithm of the expected improvement.
 *
 * S. Ament, S. Daulton, D. Eriksson, M. Balandat and E. Bakshy, "Unexpected
 * improvements to expected improvement for Bayesian optimization", NeurIPS
 * (2023): the logarithm has slopes where the value itself is 0 to rounding.
 */
#include "math/normal.h"
#include "strategy/gp.h"

double hpo__gp_acquisition(struct gp_state *s, const double *point, const uint8_t *active)
{
	double mean;
	double sd;

	hpo__gp_embed(&s->frame, point, active, s->feature);
	hpo__gp_predict(&s->model.process, s->feature, &mean, &sd);
	return hpo__log_ei(mean, sd, s->best);
}

double hpo__gp_acquisition_bound(struct gp_state *s, const double *point, const uint8_t *active)
{
	double mean;
	double bound;

	hpo__gp_embed(&s->frame, point, active, s->feature);
	mean = hpo__gp_predict_mean(&s->model.process, s->feature, &bound);
	return hpo__log_ei(mean, bound, s->best);
}

double hpo__gp_acquisition_slope(struct gp_state *s, const double *point, const uint8_t *active,
				 double *slope)
{
	struct hpo_gp_slope at = { 0, 0, s->d_mean, s->d_sd };
	double by_mean;
	double by_sd;
	double value;

	hpo__gp_predict_slope(&s->model.process, point, active, &at);
	value = hpo__log_ei_gradient(at.mean, at.sd, s->best, &by_mean, &by_sd);
	for (size_t i = 0; i < s->dims; i++)
		slope[i] = by_mean * at.d_mean[i] + by_sd * at.d_sd[i];
	return value;
}
