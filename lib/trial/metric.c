/*
 * The metrics of a running trial, and which of them feeds an objective.
 */
#include "trial/objective.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

static struct hpo_metric *find(const struct hpo_metrics *metrics, const char *key)
{
	for (size_t i = 0; i < metrics->count; i++) {
		if (strcmp(metrics->list[i].key, key) == 0)
			return &metrics->list[i];
	}
	return NULL;
}

static struct hpo_metric *add(struct hpo_metrics *metrics, const char *key)
{
	struct hpo_metric *list;
	struct hpo_metric *metric;
	char *copy;

	list = hpo__grow(metrics->list, &metrics->capacity, metrics->count + 1, sizeof *list);
	if (list == NULL)
		return NULL;
	metrics->list = list;
	copy = hpo__strdup(key);
	if (copy == NULL)
		return NULL;
	metric = &list[metrics->count++];
	*metric = (struct hpo_metric){
		.key = copy,
		.last = NAN,
		.low = NAN,
		.high = NAN,
		.last_iteration = -1,
		.low_iteration = -1,
		.high_iteration = -1,
	};
	return metric;
}

hpo_status_t hpo__metrics_note(struct hpo_metrics *metrics, const char *key, int64_t iteration,
			       double value, struct hpo_metric **out)
{
	struct hpo_metric *metric = find(metrics, key);

	if (metric == NULL)
		metric = add(metrics, key);
	if (out != NULL)
		*out = metric;
	if (metric == NULL)
		return HPO_ENOMEM;

	metric->reports++;
	if (!isfinite(value))
		return HPO_OK;
	metric->last = value;
	metric->last_iteration = iteration;
	if (isnan(metric->low) || value < metric->low) {
		metric->low = value;
		metric->low_iteration = iteration;
	}
	if (isnan(metric->high) || value > metric->high) {
		metric->high = value;
		metric->high_iteration = iteration;
	}
	return HPO_OK;
}

/* Whether a key is the series itself, or a title before it. */
static bool bears_series(const char *key, const char *series)
{
	size_t length = strlen(key);
	size_t tail = strlen(series);

	if (length < tail || strcmp(key + length - tail, series) != 0)
		return false;
	return length == tail || key[length - tail - 1] == '/';
}

static hpo_status_t refuse_ambiguous(const struct hpo_metrics *metrics,
				     const struct hpo_objective_spec *objective, hpo_error_t *error)
{
	struct hpo_buffer names = HPO__BUFFER_INIT;
	hpo_status_t status;

	for (size_t i = 0; i < metrics->count; i++) {
		if (!bears_series(metrics->list[i].key, objective->series))
			continue;
		hpo__buffer_text(&names, names.size == 0 ? "'" : ", '");
		hpo__buffer_text(&names, metrics->list[i].key);
		hpo__buffer_char(&names, '\'');
	}
	if (names.failed)
		status = hpo__fail_memory(error);
	else
		status = hpo__fail(error, HPO_EINVAL,
				   "the objective '%s' could be any of %s: report it as '%s', or "
				   "give the objective the title that is meant",
				   objective->key, names.text, objective->key);
	hpo__buffer_release(&names);
	return status;
}

hpo_status_t hpo__metrics_match(const struct hpo_metrics *metrics,
				const struct hpo_objective_spec *objective,
				const struct hpo_metric **out, hpo_error_t *error)
{
	const struct hpo_metric *candidate = NULL;

	*out = find(metrics, objective->key);
	if (*out != NULL)
		return HPO_OK;
	for (size_t i = 0; i < metrics->count; i++) {
		if (!bears_series(metrics->list[i].key, objective->series))
			continue;
		if (candidate != NULL)
			return refuse_ambiguous(metrics, objective, error);
		candidate = &metrics->list[i];
	}
	*out = candidate;
	return HPO_OK;
}

double hpo__metric_value(const struct hpo_metric *metric,
			 const struct hpo_objective_spec *objective)
{
	switch (objective->goal) {
	case HPO_GOAL_MIN_GLOBAL:
		return metric->low;
	case HPO_GOAL_MAX_GLOBAL:
		return metric->high;
	case HPO_GOAL_MIN:
	case HPO_GOAL_MAX:
		break;
	}
	return metric->last;
}

void hpo__metrics_write(const struct hpo_metrics *metrics, struct hpo_buffer *out)
{
	hpo__buffer_char(out, '[');
	for (size_t i = 0; i < metrics->count; i++) {
		const struct hpo_metric *metric = &metrics->list[i];

		hpo__buffer_text(out, i == 0 ? "{\"metric\":" : ",{\"metric\":");
		hpo__buffer_json_text(out, metric->key);
		hpo__buffer_text(out, ",\"last\":");
		hpo__buffer_json_real(out, metric->last);
		hpo__buffer_text(out, ",\"min\":");
		hpo__buffer_json_real(out, metric->low);
		hpo__buffer_text(out, ",\"max\":");
		hpo__buffer_json_real(out, metric->high);
		hpo__buffer_text(out, ",\"iteration\":");
		if (metric->last_iteration < 0)
			hpo__buffer_text(out, "null");
		else
			hpo__buffer_json_integer(out, metric->last_iteration);
		hpo__buffer_char(out, '}');
	}
	hpo__buffer_char(out, ']');
}

void hpo__metrics_release(struct hpo_metrics *metrics)
{
	for (size_t i = 0; i < metrics->count; i++)
		hpo__free(metrics->list[i].key);
	hpo__free(metrics->list);
	memset(metrics, 0, sizeof *metrics);
}
