/*
 * Objectives: read from a study file or from options, written back, compared.
 */
#include "trial/objective.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

/* The words of a study file, by hpo_goal_t; ClearML's signs are the same. */
static const char *const goal_words[] = {"min", "max", "min_global", "max_global", NULL};

static bool is_max(hpo_goal_t goal)
{
	return goal == HPO_GOAL_MAX || goal == HPO_GOAL_MAX_GLOBAL;
}

static void release_spec(struct hpo_objective_spec *spec)
{
	hpo__free(spec->title);
	hpo__free(spec->series);
	hpo__free(spec->key);
	memset(spec, 0, sizeof *spec);
}

void hpo__objectives_release(struct hpo_objectives *objectives)
{
	for (size_t i = 0; i < objectives->count; i++)
		release_spec(&objectives->list[i]);
	hpo__free(objectives->list);
	memset(objectives, 0, sizeof *objectives);
}

static hpo_status_t fill_names(struct hpo_objective_spec *spec, const char *title,
			       const char *series)
{
	struct hpo_buffer key = HPO__BUFFER_INIT;

	if (title != NULL && *title != '\0') {
		spec->title = hpo__strdup(title);
		hpo__buffer_text(&key, title);
		hpo__buffer_char(&key, '/');
		if (spec->title == NULL)
			key.failed = true;
	}
	hpo__buffer_text(&key, series);
	spec->series = hpo__strdup(series);
	if (key.failed || spec->series == NULL)
		goto done;
	spec->key = hpo__buffer_take(&key);
done:
	hpo__buffer_release(&key);
	return spec->key == NULL ? HPO_ENOMEM : HPO_OK;
}

/* The index of an earlier objective with the key of the one at `index`; `index` when there is none.
 */
static size_t find_same(const struct hpo_objectives *objectives, size_t index)
{
	for (size_t i = 0; i < index; i++) {
		if (strcmp(objectives->list[i].key, objectives->list[index].key) == 0)
			return i;
	}
	return index;
}

static hpo_status_t read_goal(hpo_goal_t *out, const struct hpo_json_at *at, hpo_error_t *error)
{
	const char *word = NULL;
	hpo_status_t status = hpo__json_read_text(at, &word, error);

	if (status < 0 || word == NULL)
		return status;
	for (int i = 0; goal_words[i] != NULL; i++) {
		if (strcmp(goal_words[i], word) == 0) {
			*out = (hpo_goal_t)i;
			return HPO_OK;
		}
	}
	return hpo__json_refuse(
		at, error, "'%s' is not a goal: expected min, max, min_global or max_global", word);
}

/* The goal, or the bound that stands in its place. */
static hpo_status_t read_direction(struct hpo_objective_spec *spec, const struct hpo_json_at *at,
				   hpo_error_t *error)
{
	struct hpo_json_at goal = hpo__json_member(at, "goal");
	struct hpo_json_at bound = hpo__json_member(at, "bound");
	hpo_status_t status;

	if (bound.node == NULL)
		return read_goal(&spec->goal, &goal, error);
	if (goal.node != NULL)
		return hpo__json_refuse(&bound, error,
					"an objective has a goal or a bound, not both");
	status = hpo__json_read_real(&bound, &spec->bound, error);
	if (status >= 0 && !isfinite(spec->bound))
		status = hpo__json_refuse(&bound, error, "expected a finite number");
	spec->is_bound = true;
	return status;
}

static hpo_status_t read_spec(struct hpo_objective_spec *spec, const struct hpo_json_at *at,
			      hpo_error_t *error)
{
	static const char *const known[] = {"title", "series", "goal", "bound", NULL};
	struct hpo_json_at title_at = hpo__json_member(at, "title");
	struct hpo_json_at series_at = hpo__json_member(at, "series");
	const char *title = NULL;
	const char *series = NULL;
	hpo_status_t status;

	status = hpo__json_expect(at, HPO__JSON_OBJECT, error);
	if (status >= 0)
		status = hpo__json_only(at, known, error);
	if (status >= 0)
		status = hpo__json_read_text(&title_at, &title, error);
	if (status >= 0)
		status = hpo__json_expect(&series_at, HPO__JSON_TEXT, error);
	if (status >= 0)
		status = hpo__json_read_text(&series_at, &series, error);
	if (status < 0)
		return status;
	if (series == NULL || *series == '\0')
		return hpo__json_refuse(&series_at, error,
					"expected the name of a metric, got an empty text");
	status = read_direction(spec, at, error);
	if (status < 0)
		return status;
	if (fill_names(spec, title, series) < 0)
		return hpo__fail_memory(error);
	return HPO_OK;
}

size_t hpo__objectives_first_goal(const struct hpo_objectives *objectives)
{
	size_t j = 0;

	while (j + 1 < objectives->count && objectives->list[j].is_bound)
		j++;
	return j;
}

static size_t count_goals(const struct hpo_objectives *objectives)
{
	size_t goals = 0;

	for (size_t i = 0; i < objectives->count; i++)
		goals += !objectives->list[i].is_bound;
	return goals;
}

static hpo_status_t read_list(struct hpo_objectives *list, const struct hpo_json_at *at,
			      hpo_error_t *error)
{
	for (size_t i = 0; i < list->count; i++) {
		struct hpo_json_at element = hpo__json_element(at, i);
		hpo_status_t status = read_spec(&list->list[i], &element, error);

		if (status < 0)
			return status;
		if (find_same(list, i) != i)
			return hpo__json_refuse(&element, error,
						"'%s' is an objective already: objectives[%zu]",
						list->list[i].key, find_same(list, i));
	}
	if (count_goals(list) == 0)
		return hpo__json_refuse(at, error,
					"every objective is a bound: at least one needs a goal");
	return HPO_OK;
}

hpo_status_t hpo__objectives_read(struct hpo_objectives *out, const struct hpo_json_at *at,
				  hpo_error_t *error)
{
	hpo_status_t status;

	memset(out, 0, sizeof *out);
	status = hpo__json_expect(at, HPO__JSON_ARRAY, error);
	if (status < 0)
		return status;
	if (hpo__json_size(at->node) == 0)
		return hpo__json_refuse(at, error, "expected at least one objective");
	out->list = hpo__calloc(hpo__json_size(at->node), sizeof *out->list);
	if (out->list == NULL)
		return hpo__fail_memory(error);
	out->count = hpo__json_size(at->node);
	status = read_list(out, at, error);
	if (status < 0)
		hpo__objectives_release(out);
	return status;
}

static hpo_status_t copy_spec(struct hpo_objective_spec *spec, const hpo_objective_t *from,
			      size_t index, hpo_error_t *error)
{
	int goal = (int)from->goal;

	if (from->series == NULL || *from->series == '\0')
		return hpo__fail(error, HPO_EINVAL,
				 "objectives[%zu]: series is empty, it must name a metric", index);
	if (goal < HPO_GOAL_MIN || goal > HPO_GOAL_MAX_GLOBAL)
		return hpo__fail(error, HPO_EINVAL, "objectives[%zu]: %d is not an hpo_goal_t",
				 index, goal);
	spec->goal = from->goal;
	if (fill_names(spec, from->title, from->series) < 0)
		return hpo__fail_memory(error);
	return HPO_OK;
}

hpo_status_t hpo__objectives_copy(struct hpo_objectives *out, const hpo_objective_t *list,
				  size_t count, hpo_error_t *error)
{
	static const hpo_objective_t fallback = {NULL, "objective", HPO_GOAL_MIN};
	hpo_status_t status = HPO_OK;

	memset(out, 0, sizeof *out);
	if (count == 0) {
		list = &fallback;
		count = 1;
	}
	out->list = hpo__calloc(count, sizeof *out->list);
	if (out->list == NULL)
		return hpo__fail_memory(error);
	out->count = count;
	for (size_t i = 0; i < count && status >= 0; i++) {
		status = copy_spec(&out->list[i], &list[i], i, error);
		if (status >= 0 && find_same(out, i) != i)
			status = hpo__fail(error, HPO_EINVAL,
					   "objectives[%zu]: '%s' is an objective already", i,
					   out->list[i].key);
	}
	if (status < 0)
		hpo__objectives_release(out);
	return status;
}

void hpo__objectives_write(const struct hpo_objectives *objectives, struct hpo_buffer *out)
{
	hpo__buffer_char(out, '[');
	for (size_t i = 0; i < objectives->count; i++) {
		const struct hpo_objective_spec *spec = &objectives->list[i];

		hpo__buffer_text(out, i == 0 ? "{" : ",{");
		if (spec->title != NULL) {
			hpo__buffer_text(out, "\"title\":");
			hpo__buffer_json_text(out, spec->title);
			hpo__buffer_char(out, ',');
		}
		hpo__buffer_text(out, "\"series\":");
		hpo__buffer_json_text(out, spec->series);
		if (spec->is_bound) {
			hpo__buffer_text(out, ",\"bound\":");
			hpo__buffer_json_real(out, spec->bound);
		} else {
			hpo__buffer_text(out, ",\"goal\":");
			hpo__buffer_json_text(out, goal_words[spec->goal]);
		}
		hpo__buffer_char(out, '}');
	}
	hpo__buffer_char(out, ']');
}

static hpo_status_t compare_specs(const struct hpo_objective_spec *was,
				  const struct hpo_objective_spec *is, size_t index,
				  hpo_error_t *error)
{
	if (strcmp(was->key, is->key) != 0)
		return hpo__fail(error, HPO_EMISMATCH,
				 "objectives[%zu]: the study has '%s', not '%s'", index, was->key,
				 is->key);
	if (was->is_bound != is->is_bound)
		return hpo__fail(error, HPO_EMISMATCH,
				 "objectives[%zu]: in the study it is a %s, not a %s", index,
				 was->is_bound ? "bound" : "goal", is->is_bound ? "bound" : "goal");
	if (was->is_bound && was->bound != is->bound)
		return hpo__fail(error, HPO_EMISMATCH,
				 "objectives[%zu].bound: the study has %g, not %g", index,
				 was->bound, is->bound);
	if (was->goal != is->goal)
		return hpo__fail(error, HPO_EMISMATCH,
				 "objectives[%zu].goal: the study has %s, not %s", index,
				 goal_words[was->goal], goal_words[is->goal]);
	return HPO_OK;
}

hpo_status_t hpo__objectives_compare(const struct hpo_objectives *was,
				     const struct hpo_objectives *is, hpo_error_t *error)
{
	if (was->count != is->count)
		return hpo__fail(error, HPO_EMISMATCH,
				 "objectives: the study has %zu of them, not %zu", was->count,
				 is->count);
	for (size_t i = 0; i < was->count; i++) {
		hpo_status_t status = compare_specs(&was->list[i], &is->list[i], i, error);

		if (status < 0)
			return status;
	}
	return HPO_OK;
}

double hpo__objective_loss(const struct hpo_objective_spec *objective, double value)
{
	return is_max(objective->goal) ? -value : value;
}

double hpo__objective_value(const struct hpo_objective_spec *objective, double loss)
{
	return is_max(objective->goal) ? -loss : loss;
}
