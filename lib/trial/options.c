/*
 * A study from the options that a program gives, without JSON.
 */
#include "base/alloc.h"
#include "trial/definition.h"
#include "trial/limits.h"

#include <string.h>

void hpo_optimizer_options_init(hpo_optimizer_options_t *options)
{
	static const hpo_optimizer_options_t start = HPO_OPTIMIZER_OPTIONS_INIT;

	*options = start;
}

static hpo_status_t copy_text(char **out, const char *text, const char *fallback,
			      hpo_error_t *error)
{
	const char *source = text != NULL && *text != '\0' ? text : fallback;

	if (source == NULL)
		return HPO_OK;
	*out = hpo__strdup(source);
	return *out == NULL ? hpo__fail_memory(error) : HPO_OK;
}

static hpo_status_t copy_task(struct hpo_study *study, const char *json, hpo_error_t *error)
{
	hpo_json_t *tree = NULL;
	struct hpo_json_at root;
	struct hpo_json_at at;
	hpo_status_t status;

	if (json == NULL)
		return HPO_OK;
	status = hpo__json_parse(&tree, json, strlen(json), "task_json", error);
	if (status < 0)
		return status;
	root = hpo__json_root(tree);
	at = root;
	at.key = "task";
	status = hpo__study_read_task(study, &at, error);
	hpo__json_free(tree);
	return status;
}

static hpo_status_t copy_choices(struct hpo_study *study, const hpo_optimizer_options_t *options,
				 hpo_error_t *error)
{
	hpo_status_t status;

	status = copy_text(&study->strategy, options->strategy, "auto", error);
	if (status >= 0)
		status = copy_text(&study->pruner, options->pruner, "none", error);
	if (status < 0)
		return status;
	study->names_pruner = options->pruner != NULL;
	study->seed = options->seed;
	study->strategy_json = hpo__study_choice_json(study->strategy, &study->seed, NULL);
	study->pruner_json = hpo__study_choice_json(study->pruner, NULL, NULL);
	if (study->strategy_json == NULL || study->pruner_json == NULL)
		return hpo__fail_memory(error);
	return HPO_OK;
}

static hpo_status_t copy_options(struct hpo_study *study, const hpo_optimizer_options_t *options,
				 hpo_error_t *error)
{
	const char *fault;
	hpo_status_t status;

	status = copy_text(&study->name, options->name, "study", error);
	if (status < 0)
		return status;
	fault = hpo__study_name_fault(study->name);
	if (fault != NULL)
		return hpo__fail(error, HPO_EINVAL, "name: %s", fault);
	if (options->space == NULL || hpo_space_dims(options->space) == 0)
		return hpo__fail(error, HPO_EINVAL,
				 "space: a study needs a space with at least one parameter");
	study->space = hpo__space_clone(options->space);
	if (study->space == NULL)
		return hpo__fail_memory(error);
	status = hpo__objectives_copy(&study->objectives, options->objectives,
				      options->objectives == NULL ? 0 : options->objective_count,
				      error);
	if (status >= 0)
		status = copy_choices(study, options, error);
	study->limits = options->limits;
	if (status >= 0)
		status = hpo__limits_complete(&study->limits, error);
	if (status >= 0)
		status = copy_task(study, options->task_json, error);
	if (status >= 0)
		status = copy_text(&study->store, options->store, NULL, error);
	return status;
}

hpo_status_t hpo__study_from_options(struct hpo_study **out, const hpo_optimizer_options_t *options,
				     hpo_error_t *error)
{
	hpo_optimizer_options_t whole;
	struct hpo_study *study;
	hpo_status_t status;

	*out = NULL;
	if (options == NULL || options->struct_size < sizeof options->struct_size)
		return hpo__fail(
			error, HPO_EINVAL,
			"the options are not there: start from HPO_OPTIMIZER_OPTIONS_INIT");
	/* A caller of an earlier version has a shorter struct: what it lacks has its default. */
	hpo_optimizer_options_init(&whole);
	memcpy(&whole, options,
	       options->struct_size < sizeof whole ? options->struct_size : sizeof whole);

	study = hpo__calloc(1, sizeof *study);
	if (study == NULL)
		return hpo__fail_memory(error);
	status = copy_options(study, &whole, error);
	if (status < 0) {
		hpo__study_free(study);
		return status;
	}
	*out = study;
	return HPO_OK;
}
