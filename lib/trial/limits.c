/*
 * The limits of a study.
 */
#include "trial/limits.h"

#include <limits.h>
#include <math.h>

static const char *const known[] = {
	"trials",
	"concurrent",
	"minutes",
	"compute_minutes",
	"trial_minutes",
	"min_iterations",
	"max_iterations",
	"keep_top",
	"retries",
	"failure_rate",
	"target",
	"patience",
	"min_gain",
	NULL,
};

void hpo__limits_init(hpo_limits_t *limits)
{
	*limits = (hpo_limits_t){.concurrent = 1, .failure_rate = 1.0};
}

static hpo_status_t read_count(const struct hpo_json_at *limits, const char *key, int64_t low,
			       int64_t high, int64_t *out, hpo_error_t *error)
{
	struct hpo_json_at at = hpo__json_member(limits, key);
	hpo_status_t status = hpo__json_read_integer(&at, out, error);

	if (status < 0 || at.node == NULL)
		return status;
	if (*out < low)
		return hpo__json_refuse(&at, error, "%lld is too low: expected %lld or more",
					(long long)*out, (long long)low);
	if (*out > high)
		return hpo__json_refuse(&at, error, "%lld is too high: expected at most %lld",
					(long long)*out, (long long)high);
	return HPO_OK;
}

static hpo_status_t read_small(const struct hpo_json_at *limits, const char *key, int low, int *out,
			       hpo_error_t *error)
{
	int64_t value = *out;
	hpo_status_t status = read_count(limits, key, low, INT_MAX, &value, error);

	*out = (int)value;
	return status;
}

static hpo_status_t read_minutes(const struct hpo_json_at *limits, const char *key, double *out,
				 hpo_error_t *error)
{
	struct hpo_json_at at = hpo__json_member(limits, key);
	hpo_status_t status = hpo__json_read_real(&at, out, error);

	if (status < 0)
		return status;
	if (!(*out >= 0) || !isfinite(*out))
		return hpo__json_refuse(&at, error,
					"%g is not a number of minutes: expected 0 (no limit) or "
					"more",
					*out);
	return HPO_OK;
}

static hpo_status_t read_rate(const struct hpo_json_at *limits, double *out, hpo_error_t *error)
{
	struct hpo_json_at at = hpo__json_member(limits, "failure_rate");
	hpo_status_t status = hpo__json_read_real(&at, out, error);

	if (status < 0)
		return status;
	if (!(*out > 0 && *out <= 1))
		return hpo__json_refuse(&at, error,
					"%g is not a share of the trials: expected above 0 and at "
					"most 1",
					*out);
	return HPO_OK;
}

/* A target may be any number: null, rather than 0, takes it away. */
static hpo_status_t read_goal(hpo_limits_t *limits, const struct hpo_json_at *at,
			      hpo_error_t *error)
{
	struct hpo_json_at target = hpo__json_member(at, "target");
	struct hpo_json_at gain = hpo__json_member(at, "min_gain");
	const bool is_none = hpo__json_kind(target.node) == HPO__JSON_NULL;
	hpo_status_t status =
		is_none ? HPO_OK : hpo__json_read_real(&target, &limits->target, error);

	if (target.node != NULL)
		limits->has_target = !is_none;
	if (status >= 0)
		status = read_count(at, "patience", 0, INT64_MAX, &limits->patience, error);
	if (status >= 0)
		status = hpo__json_read_real(&gain, &limits->min_gain, error);
	if (status < 0)
		return status;
	if (!(limits->min_gain >= 0 && limits->min_gain < 1))
		return hpo__json_refuse(&gain, error,
					"%g is not a share of what was gained: expected 0 or more "
					"and below 1",
					limits->min_gain);
	if (limits->min_gain > 0 && limits->patience == 0)
		return hpo__json_refuse(&gain, error,
					"needs `patience`: over how many trials it is measured");
	return HPO_OK;
}

static hpo_status_t read_iterations(hpo_limits_t *limits, const struct hpo_json_at *at,
				    hpo_error_t *error)
{
	struct hpo_json_at lowest = hpo__json_member(at, "min_iterations");
	hpo_status_t status;

	status = read_count(at, "min_iterations", 0, INT64_MAX, &limits->min_iterations, error);
	if (status >= 0)
		status = read_count(at, "max_iterations", 0, INT64_MAX, &limits->max_iterations,
				    error);
	if (status < 0)
		return status;
	if (limits->max_iterations > 0 && limits->min_iterations > limits->max_iterations)
		return hpo__json_refuse(&lowest, error, "%lld is above max_iterations, %lld",
					(long long)limits->min_iterations,
					(long long)limits->max_iterations);
	return HPO_OK;
}

hpo_status_t hpo__limits_read(hpo_limits_t *limits, const struct hpo_json_at *at,
			      hpo_error_t *error)
{
	hpo_status_t status;

	if (at->node == NULL)
		return HPO_OK;
	status = hpo__json_expect(at, HPO__JSON_OBJECT, error);
	if (status >= 0)
		status = hpo__json_only(at, known, error);
	if (status >= 0)
		status = read_count(at, "trials", 0, INT64_MAX, &limits->trials, error);
	if (status >= 0)
		status = read_small(at, "concurrent", 1, &limits->concurrent, error);
	if (status >= 0)
		status = read_minutes(at, "minutes", &limits->minutes, error);
	if (status >= 0)
		status = read_minutes(at, "compute_minutes", &limits->compute_minutes, error);
	if (status >= 0)
		status = read_minutes(at, "trial_minutes", &limits->trial_minutes, error);
	if (status >= 0)
		status = read_iterations(limits, at, error);
	if (status >= 0)
		status = read_count(at, "keep_top", 0, INT64_MAX, &limits->keep_top, error);
	if (status >= 0)
		status = read_small(at, "retries", 0, &limits->retries, error);
	if (status >= 0)
		status = read_rate(at, &limits->failure_rate, error);
	if (status >= 0)
		status = read_goal(limits, at, error);
	return status;
}

static bool is_span(double minutes)
{
	return minutes >= 0 && isfinite(minutes);
}

hpo_status_t hpo__limits_complete(hpo_limits_t *limits, hpo_error_t *error)
{
	if (limits->concurrent == 0)
		limits->concurrent = 1;
	if (limits->failure_rate == 0)
		limits->failure_rate = 1.0;
	if (limits->trials < 0 || limits->concurrent < 0 || limits->min_iterations < 0 ||
	    limits->max_iterations < 0 || limits->keep_top < 0 || limits->retries < 0 ||
	    limits->patience < 0)
		return hpo__fail(error, HPO_EINVAL,
				 "limits: a count is below 0: give 0 for no limit");
	if (!is_span(limits->minutes) || !is_span(limits->compute_minutes) ||
	    !is_span(limits->trial_minutes))
		return hpo__fail(error, HPO_EINVAL,
				 "limits: minutes are a finite number of 0 (no limit) or more");
	if (limits->has_target && !isfinite(limits->target))
		return hpo__fail(error, HPO_EINVAL, "limits: the target is not a finite number");
	if (!(limits->min_gain >= 0 && limits->min_gain < 1))
		return hpo__fail(error, HPO_EINVAL,
				 "limits: min_gain %g is not from 0 to below 1", limits->min_gain);
	if (!(limits->failure_rate > 0 && limits->failure_rate <= 1))
		return hpo__fail(error, HPO_EINVAL,
				 "limits: failure_rate %g is not above 0 and at most 1",
				 limits->failure_rate);
	if (limits->max_iterations > 0 && limits->min_iterations > limits->max_iterations)
		return hpo__fail(error, HPO_EINVAL,
				 "limits: min_iterations %lld is above max_iterations %lld",
				 (long long)limits->min_iterations,
				 (long long)limits->max_iterations);
	return HPO_OK;
}

static void write_integer(struct hpo_buffer *out, const char *key, int64_t value)
{
	hpo__buffer_text(out, key);
	hpo__buffer_json_integer(out, value);
}

static void write_real(struct hpo_buffer *out, const char *key, double value)
{
	hpo__buffer_text(out, key);
	hpo__buffer_json_real(out, value);
}

void hpo__limits_write(const hpo_limits_t *limits, struct hpo_buffer *out)
{
	write_integer(out, "{\"trials\":", limits->trials);
	write_integer(out, ",\"concurrent\":", limits->concurrent);
	write_real(out, ",\"minutes\":", limits->minutes);
	write_real(out, ",\"compute_minutes\":", limits->compute_minutes);
	write_real(out, ",\"trial_minutes\":", limits->trial_minutes);
	write_integer(out, ",\"min_iterations\":", limits->min_iterations);
	write_integer(out, ",\"max_iterations\":", limits->max_iterations);
	write_integer(out, ",\"keep_top\":", limits->keep_top);
	write_integer(out, ",\"retries\":", limits->retries);
	write_real(out, ",\"failure_rate\":", limits->failure_rate);
	if (limits->has_target)
		write_real(out, ",\"target\":", limits->target);
	if (limits->patience > 0)
		write_integer(out, ",\"patience\":", limits->patience);
	if (limits->min_gain > 0)
		write_real(out, ",\"min_gain\":", limits->min_gain);
	hpo__buffer_char(out, '}');
}
