/*
 * What a point promises: the logarithm of the expected improvement, and of the
 * probability that the bounds are kept.
 *
 * S. Ament, S. Daulton, D. Eriksson, M. Balandat and E. Bakshy, "Unexpected
 * improvements to expected improvement for Bayesian optimization", NeurIPS
 * (2023): the logarithm has slopes where the value itself is 0 to rounding.
 * J. R. Gardner and others, "Bayesian optimization with inequality
 * constraints", ICML (2014), for the product with the probabilities; M. A.
 * Gelbart, J. Snoek and R. P. Adams, "Bayesian optimization with unknown
 * constraints", UAI (2014), for these alone as long as nothing keeps the bounds.
 * D. Huang, T. T. Allen, W. I. Notz and N. Zeng, "Global optimization of
 * stochastic black-box systems via sequential kriging meta-models", J. Global
 * Optimization 34 (2006), for the augmented improvement, where readings are noisy.
 */
#include "math/normal.h"
#include "strategy/gp.h"

#include <math.h>

/* The log probability that a loss is within its limit; with slopes if they are wanted. */
static double keeps_limit(const struct gp_state *s, size_t model, int sloped)
{
	const struct gp_outlook *o = &s->outlook;
	const double sd = o->sd[model];
	const double blur = s->models[model].blur;
	const double wide = sqrt(sd * sd + blur * blur);
	const double z = (s->models[model].limit - o->mean[model]) / wide;
	const double value = hpo__normal_log_cdf(z);
	double by_z;

	if (!sloped)
		return value;
	by_z = exp(hpo__normal_log_pdf(z) - value);
	o->by_mean[model] = -by_z / wide;
	o->by_sd[model] = -by_z * z * sd / (wide * wide);
	return value;
}

/*
 * The share of an improvement that is left where a reading has noise: 1 - noise / hypot(sd, noise),
 * as a logarithm and without its cancellation. It is little where the model knows more than one
 * reading could tell it, so that no trials are spent on what is known.
 */
static double worth_of_reading(const struct gp_state *s, int sloped)
{
	const struct gp_outlook *o = &s->outlook;
	const double noise = hpo__gp_noise(&s->models[0].process);
	const double sd = o->sd[0];
	const double wide = hypot(sd, noise);

	if (sloped)
		o->by_sd[0] += 2 / sd - sd / wide * (1 / wide + 1 / (wide + noise));
	return 2 * log(sd) - log(wide) - log(wide + noise);
}

/* From what the models predict to the value. */
static double judge(struct gp_state *s, int sloped)
{
	struct gp_outlook *o = &s->outlook;
	double value = 0;

	for (size_t j = 0; sloped && j < s->goals; j++)
		o->by_mean[j] = o->by_sd[j] = 0;
	if (s->goals == 1 && !s->is_lost)
		value = sloped ? hpo__log_ei_gradient(o->mean[0], o->sd[0], s->best, o->by_mean,
						      o->by_sd)
			       : hpo__log_ei(o->mean[0], o->sd[0], s->best);
	else if (!s->is_lost)
		value = hpo__gp_front_promise(&s->front, o->mean, o->sd,
					      sloped ? o->by_mean : NULL, o->by_sd);
	if (s->is_noisy && s->goals == 1 && !s->is_lost)
		value += worth_of_reading(s, sloped);
	for (size_t k = s->goals; k < s->model_count; k++)
		value += keeps_limit(s, k, sloped);
	return value;
}

/* Models of goals are of no use while nothing keeps the bounds. */
static size_t first_model(const struct gp_state *s)
{
	return s->is_lost ? s->goals : 0;
}

double hpo__gp_acquisition(struct gp_state *s, const double *point, const uint8_t *active)
{
	hpo__gp_embed(&s->frame, point, active, s->feature);
	for (size_t k = first_model(s); k < s->model_count; k++)
		hpo__gp_predict(&s->models[k].process, s->feature, &s->outlook.mean[k],
				&s->outlook.sd[k]);
	return judge(s, 0);
}

double hpo__gp_acquisition_bound(struct gp_state *s, const double *point, const uint8_t *active)
{
	hpo__gp_embed(&s->frame, point, active, s->feature);
	for (size_t k = first_model(s); k < s->model_count; k++)
		s->outlook.mean[k] = hpo__gp_predict_mean(&s->models[k].process, s->feature,
							  &s->outlook.sd[k]);
	return judge(s, 0);
}

double hpo__gp_acquisition_slope(struct gp_state *s, const double *point, const uint8_t *active,
				 double *slope)
{
	const struct gp_outlook *o = &s->outlook;
	double value;

	for (size_t k = first_model(s); k < s->model_count; k++) {
		struct hpo_gp_slope at = { 0, 0, o->d_mean + k * s->dims, o->d_sd + k * s->dims };

		hpo__gp_predict_slope(&s->models[k].process, point, active, &at);
		o->mean[k] = at.mean;
		o->sd[k] = at.sd;
	}
	value = judge(s, 1);
	for (size_t i = 0; i < s->dims; i++) {
		slope[i] = 0;
		for (size_t k = first_model(s); k < s->model_count; k++)
			slope[i] += o->by_mean[k] * o->d_mean[k * s->dims + i] +
				    o->by_sd[k] * o->d_sd[k * s->dims + i];
	}
	return value;
}
