/*
 * Flags that describe objectives: --minimize, --maximize, --bound, --objective-metric-*.
 */
#include "clearml.h"
#include "study_flags.h"

#include <stdlib.h>
#include <string.h>

enum { MOST = 64 /* objectives of one command line */ };

static size_t collect(const struct arguments *arguments, const char *name, const char *values[MOST])
{
	const struct option_use *use;
	size_t index = 0;
	size_t count = 0;

	while ((use = arguments_next(arguments, name, &index)) != NULL && count < MOST)
		values[count++] = use->first;
	return count;
}

static bool is_sign(const char *text)
{
	static const char *const signs[] = { "min", "max", "min_global", "max_global" };

	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
		if (strcmp(signs[i], text) == 0)
			return true;
	}
	return false;
}

static void append(json_t *list, const char *title, size_t title_length, const char *series,
		   const char *goal)
{
	json_t *objective = must(json_pack("{ss ss}", "series", series, "goal", goal));

	if (title_length > 0)
		json_object_set_new(objective, "title", json_stringn(title, title_length));
	json_array_append_new(list, objective);
}

static bool append_metrics(json_t *list, const struct arguments *arguments, hpo_error_t *error)
{
	const char *titles[MOST];
	const char *series[MOST];
	const char *signs[MOST];
	size_t title_count = collect(arguments, "objective-metric-title", titles);
	size_t series_count = collect(arguments, "objective-metric-series", series);
	size_t sign_count = collect(arguments, "objective-metric-sign", signs);

	if (title_count == 0 && series_count == 0 && sign_count == 0)
		return true;
	if (series_count == 0)
		return refuse(error, "--objective-metric-series is missing: it names the metric");
	if (title_count > 0 && title_count != series_count)
		return refuse(error, "--objective-metric-title has %zu values and "
			      "--objective-metric-series has %zu: give one of each an objective",
			      title_count, series_count);
	if (sign_count != series_count)
		return refuse(error, "--objective-metric-sign has %zu values for %zu objectives: "
			      "give min, max, min_global or max_global for each",
			      sign_count, series_count);
	for (size_t i = 0; i < series_count; i++) {
		const char *title = title_count > 0 ? titles[i] : "";

		if (!is_sign(signs[i]))
			return refuse(error, "--objective-metric-sign '%s': expected min, max, "
				      "min_global or max_global", signs[i]);
		append(list, title, strlen(title), series[i], signs[i]);
	}
	return true;
}

static bool append_goal(json_t *list, const struct option_use *use, const char *goal,
			hpo_error_t *error)
{
	const char *slash = strrchr(use->first, '/');
	const char *series = slash != NULL ? slash + 1 : use->first;

	if (series[0] == '\0')
		return refuse(error, "--%s '%s': expected SERIES or TITLE/SERIES",
			      use->option->name, use->first);
	append(list, use->first, slash != NULL ? (size_t)(slash - use->first) : 0, series, goal);
	return true;
}

/* "METRIC<=VALUE": a metric that must stay at most so high. */
static bool append_bound(json_t *list, const struct option_use *use, hpo_error_t *error)
{
	const char *relation = strstr(use->first, "<=");
	struct option_use metric = *use;
	size_t length = relation != NULL ? (size_t)(relation - use->first) : 0;
	json_t *objective;
	double bound;
	char *name;
	bool is_fine;

	while (length > 0 && use->first[length - 1] == ' ')
		length--;
	if (length == 0 || !read_real(relation + 2 + strspn(relation + 2, " "), &bound))
		return refuse(error, "--bound '%s': expected METRIC<=VALUE, as in 'latency_ms<=20'",
			      use->first);
	name = make_text("%.*s", (int)length, use->first);
	metric.first = name;
	is_fine = append_goal(list, &metric, "min", error);
	if (is_fine) {
		objective = json_array_get(list, json_array_size(list) - 1);
		json_object_del(objective, "goal");
		json_object_set_new(objective, "bound", must(json_real(bound)));
	}
	free(name);
	return is_fine;
}

bool objectives_from_arguments(json_t *study, const struct arguments *arguments,
			       hpo_error_t *error)
{
	json_t *list = must(json_array());
	bool is_fine = append_metrics(list, arguments, error);

	for (size_t i = 0; i < arguments->use_count && is_fine; i++) {
		const struct option_use *use = &arguments->uses[i];

		if (strcmp(use->option->name, "minimize") == 0)
			is_fine = append_goal(list, use, "min", error);
		else if (strcmp(use->option->name, "maximize") == 0)
			is_fine = append_goal(list, use, "max", error);
		else if (strcmp(use->option->name, "bound") == 0)
			is_fine = append_bound(list, use, error);
	}
	if (is_fine && json_array_size(list) > 0)
		json_object_set(study, "objectives", list);
	json_decref(list);
	if (is_fine && json_object_get(study, "objectives") == NULL && !runs_as_task(arguments))
		return refuse(error, "no objective: give --minimize METRIC or --maximize METRIC");
	return is_fine;
}
