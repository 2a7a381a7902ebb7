/*
 * The handle of a trial: birth, values, death.
 */
#include "optimizer/optimizer.h"

#include "base/alloc.h"
#include "base/number.h"
#include "os/clock.h"
#include "space/codec.h"

#include <math.h>
#include <string.h>

hpo_trial_t *hpo__trial_new(hpo_optimizer_t *opt)
{
	hpo_trial_t *trial = hpo__calloc(1, sizeof *trial);

	if (trial == NULL)
		return NULL;
	trial->values = hpo__calloc(opt->dims + 1, sizeof *trial->values);
	trial->active = hpo__calloc(opt->dims + 1, 1);
	if (trial->values == NULL || trial->active == NULL) {
		hpo__free(trial->values);
		hpo__free(trial->active);
		hpo__free(trial);
		return NULL;
	}
	trial->iteration = -1;
	trial->started = hpo__clock_monotonic();
	trial->optimizer = opt;
	hpo__optimizer_hold(opt);
	return trial;
}

static void leave_live(hpo_trial_t *trial)
{
	hpo_optimizer_t *opt = trial->optimizer;

	hpo__lock_take(&opt->lock);
	for (hpo_trial_t **at = &opt->live; *at != NULL; at = &(*at)->next) {
		if (*at == trial) {
			*at = trial->next;
			break;
		}
	}
	hpo__lock_drop(&opt->lock);
}

void hpo__trial_destroy(hpo_trial_t *trial)
{
	if (trial == NULL)
		return;
	leave_live(trial);
	for (size_t i = 0; i < trial->attribute_count; i++) {
		hpo__free(trial->attributes[i].key);
		hpo__free(trial->attributes[i].json);
	}
	hpo__free(trial->attributes);
	hpo__metrics_release(&trial->metrics);
	hpo__free(trial->checkpoint);
	hpo__free(trial->task);
	hpo__free(trial->values);
	hpo__free(trial->active);
	hpo__optimizer_drop(trial->optimizer);
	hpo__free(trial);
}

void hpo_trial_free(hpo_trial_t *trial)
{
	hpo_error_t error = {0, ""};

	if (trial == NULL)
		return;
	if (!trial->ended && trial->detached) {
		hpo__reports_flush(trial->optimizer, NULL);
	} else if (!trial->ended && hpo__trial_failed(trial, "abandoned", &error) < 0) {
		hpo__log(&trial->optimizer->log, HPO_LOG_ERROR,
			 "trial %lld was freed before its end, and that could not be recorded: %s",
			 (long long)trial->number, error.message);
	}
	hpo__trial_destroy(trial);
}

int64_t hpo_trial_number(const hpo_trial_t *trial)
{
	return trial->number;
}

int32_t hpo_trial_attempt(const hpo_trial_t *trial)
{
	return trial->attempt;
}

int hpo_trial_slot(const hpo_trial_t *trial)
{
	return trial->slot;
}

const char *hpo_trial_study(const hpo_trial_t *trial)
{
	return trial->optimizer->study->name;
}

const char *hpo_trial_checkpoint(const hpo_trial_t *trial)
{
	return trial->checkpoint;
}

int64_t hpo_trial_resume_iteration(const hpo_trial_t *trial)
{
	return trial->resume_iteration;
}

char *hpo_trial_params_json(const hpo_trial_t *trial)
{
	struct hpo_buffer text = HPO__BUFFER_INIT;

	hpo__codec_write(trial->optimizer->study->space, trial->values, trial->active, &text);
	return hpo__buffer_take(&text);
}

/* The axis that bears `name` in this trial. */
static hpo_status_t find_axis(const hpo_trial_t *trial, const char *name, size_t *axis,
			      hpo_error_t *error)
{
	bool known = false;
	const ptrdiff_t found =
		hpo__space_find(trial->optimizer->study->space, name, trial->active, &known);

	if (!known)
		return hpo__fail(error, HPO_ENOTFOUND, "the space has no parameter '%s'", name);
	if (found < 0)
		return hpo__fail(error, HPO_EINVAL, "parameter '%s' is not active in trial %lld",
				 name, (long long)trial->number);
	*axis = (size_t)found;
	return HPO_OK;
}

hpo_status_t hpo_trial_get_float(const hpo_trial_t *trial, const char *name, double *out,
				 hpo_error_t *error)
{
	size_t axis;
	hpo_status_t status;
	double value;

	hpo__error_clear(error);
	status = find_axis(trial, name, &axis, error);
	if (status < 0)
		return status;
	value = hpo__codec_real(trial->optimizer->study->space, axis, trial->values[axis]);
	if (isnan(value))
		return hpo__fail(error, HPO_EINVAL, "parameter '%s' is not a number but the choice '%s'",
				 name,
				 hpo__codec_choice(trial->optimizer->study->space, axis,
						   trial->values[axis]));
	*out = value;
	return HPO_OK;
}

hpo_status_t hpo_trial_get_int(const hpo_trial_t *trial, const char *name, int64_t *out,
			       hpo_error_t *error)
{
	const hpo_space_t *space = trial->optimizer->study->space;
	hpo_param_kind_t kind;
	const char *choice;
	size_t axis;
	hpo_status_t status;

	hpo__error_clear(error);
	status = find_axis(trial, name, &axis, error);
	if (status < 0)
		return status;

	kind = hpo_space_kind(space, axis);
	if (kind == HPO_PARAM_INT || kind == HPO_PARAM_BOOL) {
		*out = trial->values[axis].integer;
		return HPO_OK;
	}
	choice = hpo__codec_choice(space, axis, trial->values[axis]);
	if (choice == NULL || !hpo__parse_integer(choice, out))
		return hpo__fail(error, HPO_EINVAL, "parameter '%s' is not an integer in trial %lld",
				 name, (long long)trial->number);
	return HPO_OK;
}

hpo_status_t hpo_trial_get_choice(const hpo_trial_t *trial, const char *name, const char **out,
				  hpo_error_t *error)
{
	const char *choice;
	size_t axis;
	hpo_status_t status;

	hpo__error_clear(error);
	status = find_axis(trial, name, &axis, error);
	if (status < 0)
		return status;
	choice = hpo__codec_choice(trial->optimizer->study->space, axis, trial->values[axis]);
	if (choice == NULL)
		return hpo__fail(error, HPO_EINVAL,
				 "parameter '%s' is a number, not a choice; get it as one", name);
	*out = choice;
	return HPO_OK;
}

int hpo_trial_has_param(const hpo_trial_t *trial, const char *name)
{
	const hpo_space_t *space = trial->optimizer->study->space;

	for (size_t i = 0; i < trial->optimizer->dims; i++) {
		const char *full = hpo_space_name(space, i);
		const char *slash = strchr(full, '/');

		if (hpo__space_is_hidden(space, i))
			continue;
		if (strcmp(full, name) == 0 || (slash != NULL && strcmp(slash + 1, name) == 0))
			return 1;
	}
	return 0;
}

hpo_status_t hpo_trial_each_param(const hpo_trial_t *trial,
				  hpo_status_t (*fn)(const char *name, const char *value,
						     void *user),
				  void *user, hpo_error_t *error)
{
	const hpo_space_t *space = trial->optimizer->study->space;
	struct hpo_buffer text = HPO__BUFFER_INIT;
	hpo_status_t status = HPO_OK;

	hpo__error_clear(error);
	for (size_t i = 0; i < trial->optimizer->dims && status >= 0; i++) {
		if (!trial->active[i] || hpo__space_is_hidden(space, i))
			continue;
		hpo__buffer_clear(&text);
		hpo__codec_text(space, i, trial->values[i], &text);
		status = text.failed ? hpo__fail_memory(error)
				     : fn(hpo_space_name(space, i),
					  text.text != NULL ? text.text : "", user);
	}
	hpo__buffer_release(&text);
	return status;
}

/* Refuse what is no JSON value. */
static hpo_status_t check_json(const char *key, const char *json, hpo_error_t *error)
{
	struct hpo_buffer wrapped = HPO__BUFFER_INIT;
	hpo_json_t *tree = NULL;
	hpo_status_t status = HPO_OK;

	hpo__buffer_format(&wrapped, "[%s]", json);
	if (wrapped.failed)
		status = hpo__fail_memory(error);
	else
		status = hpo__json_parse(&tree, wrapped.text, wrapped.size, "the attribute", error);
	if (status >= 0 && hpo__json_size(tree) != 1)
		status = hpo__fail(error, HPO_EINVAL, "attribute '%s': expected one JSON value", key);
	hpo__json_free(tree);
	hpo__buffer_release(&wrapped);
	return status;
}

hpo_status_t hpo_trial_set_attribute(hpo_trial_t *trial, const char *key, const char *json,
				     hpo_error_t *error)
{
	struct hpo_attribute fresh = {NULL, NULL};
	struct hpo_attribute *grown;
	hpo_status_t status;

	hpo__error_clear(error);
	status = check_json(key, json, error);
	if (status < 0)
		return status;

	grown = hpo__grow(trial->attributes, &trial->attribute_capacity,
			  trial->attribute_count + 1, sizeof *grown);
	if (grown != NULL)
		trial->attributes = grown;
	fresh.json = hpo__strdup(json);
	fresh.key = hpo__strdup(key);
	if (grown == NULL || fresh.json == NULL || fresh.key == NULL) {
		hpo__free(fresh.json);
		hpo__free(fresh.key);
		return hpo__fail_memory(error);
	}
	for (size_t i = 0; i < trial->attribute_count; i++) {
		if (strcmp(grown[i].key, key) == 0) {
			hpo__free(grown[i].json);
			grown[i].json = fresh.json;
			hpo__free(fresh.key);
			return HPO_OK;
		}
	}
	grown[trial->attribute_count++] = fresh;
	return HPO_OK;
}
