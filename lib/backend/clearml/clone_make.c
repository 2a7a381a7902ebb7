/*
 * Making a clone: one call with everything in it, the properties too by which it
 * is known again, so that an answer that was lost costs no clone and doubles
 * none.
 */
#include "backend/clearml/clones.h"

#include "backend/clearml/values.h"
#include "base/alloc.h"

#include <stdio.h>
#include <string.h>

static void write_tags(const struct hpo_clearml *clearml, struct hpo_buffer *out)
{
	struct hpo_buffer tag = HPO__BUFFER_INIT;

	hpo__buffer_text(out, ",\"new_task_tags\":[\"optimization\",");
	hpo__buffer_format(&tag, "opt: %s", clearml->optimizer.id);
	out->failed = out->failed || tag.failed;
	if (!tag.failed)
		hpo__buffer_json_text(out, tag.text);
	hpo__buffer_release(&tag);
	for (size_t i = 0; i < clearml->settings.tag_count; i++) {
		hpo__buffer_char(out, ',');
		hpo__buffer_json_text(out, clearml->settings.tags[i]);
	}
	hpo__buffer_char(out, ']');
}

static void write_place(const struct hpo_clearml *clearml, struct hpo_buffer *out)
{
	hpo__buffer_text(out, ",\"new_task_parent\":");
	hpo__buffer_json_text(out, clearml->optimizer.id);
	if (clearml->settings.project != NULL) {
		hpo__buffer_text(out, ",\"new_project_name\":");
		hpo__buffer_json_text(out, clearml->settings.project);
	} else if (clearml->base.project != NULL) {
		hpo__buffer_text(out, ",\"new_task_project\":");
		hpo__buffer_json_text(out, clearml->base.project);
	}
}

/* The properties by which the clone is known again, and its values, into the base task's own. */
static hpo_status_t write_values(const struct hpo_clearml *clearml, hpo_trial_t *trial,
				 const hpo_json_t *params, struct hpo_buffer *out,
				 hpo_error_t *error)
{
	char number[24], attempt[24];
	const struct hpo_clearml_item marks[] = {
		{"properties", HPO__CLEARML_STUDY, clearml->study_id, "str"},
		{"properties", HPO__CLEARML_TRIAL, number, "int"},
		{"properties", HPO__CLEARML_ATTEMPT, attempt, "int"},
		{"properties", HPO__CLEARML_DRIVER, clearml->driver_id, "str"},
	};
	hpo_status_t status;

	snprintf(number, sizeof number, "%lld", (long long)hpo_trial_number(trial));
	snprintf(attempt, sizeof attempt, "%d", (int)hpo_trial_attempt(trial));
	hpo__buffer_text(out, ",\"new_task_hyperparams\":");
	status = hpo__clearml_hyperparams(clearml->base.task, params, marks,
					  sizeof marks / sizeof *marks, out, error);
	if (status >= 0 && clearml->settings.configuration_json != NULL) {
		hpo__buffer_text(out, ",\"new_task_configuration\":");
		status = hpo__clearml_configuration(clearml->base.task,
						    clearml->settings.configuration_json, params,
						    out, error);
	}
	return status;
}

static hpo_status_t write_clone(const struct hpo_clearml *clearml, hpo_trial_t *trial,
				struct hpo_buffer *out, hpo_error_t *error)
{
	struct hpo_buffer name = HPO__BUFFER_INIT, comment = HPO__BUFFER_INIT;
	char *text = hpo_trial_params_json(trial);
	hpo_json_t *params = NULL;
	hpo_status_t status;

	if (text == NULL)
		return hpo__fail_memory(error);
	status = hpo__json_parse(&params, text, strlen(text), "the trial's values", error);
	if (status >= 0)
		status = hpo__clearml_name(clearml->base.name, clearml->settings.name,
					   hpo_trial_number(trial), params, &name, &comment, error);
	if (status >= 0) {
		hpo__buffer_text(out, "{\"task\":");
		hpo__buffer_json_text(out, clearml->base.id);
		hpo__buffer_text(out, ",\"new_task_name\":");
		hpo__buffer_json_text(out, name.text != NULL ? name.text : "");
		hpo__buffer_text(out, ",\"new_task_comment\":");
		hpo__buffer_json_text(out, comment.text != NULL ? comment.text : "");
		write_place(clearml, out);
		write_tags(clearml, out);
		status = write_values(clearml, trial, params, out, error);
		hpo__buffer_char(out, '}');
	}
	if (status >= 0 && (out->failed || name.failed || comment.failed))
		status = hpo__fail_memory(error);
	hpo__buffer_release(&comment);
	hpo__buffer_release(&name);
	hpo__json_free(params);
	hpo__free(text);
	return status;
}

/* Fields of the task that the study overrides (script.branch, container.image). */
static hpo_status_t override_fields(struct hpo_clearml *clearml, const char *id, int limit_ms,
				    hpo_error_t *error)
{
	struct hpo_buffer body = HPO__BUFFER_INIT;
	hpo_status_t status;

	if (clearml->settings.overrides_json == NULL)
		return HPO_OK;
	status = hpo__clearml_overrides(clearml->base.task, clearml->settings.overrides_json, id,
					&body, error);
	if (status >= 0 && body.failed)
		status = hpo__fail_memory(error);
	if (status >= 0)
		status = hpo__clearml_call(clearml->session, "tasks.edit", &body, HPO__HTTP_REPEAT,
					   limit_ms, NULL, NULL, error);
	hpo__buffer_release(&body);
	return status;
}

hpo_status_t hpo__clearml_clone(struct hpo_clearml *clearml, hpo_trial_t *trial, int limit_ms,
				hpo_task_id_t *id, hpo_error_t *error)
{
	struct hpo_buffer body = HPO__BUFFER_INIT;
	struct hpo_clearml_outcome outcome = {0, 0, false};
	hpo_json_t *data = NULL;
	const hpo_json_t *name;
	hpo_status_t status;

	status = write_clone(clearml, trial, &body, error);
	if (status < 0)
		goto done;
	status = hpo__clearml_call(clearml->session, "tasks.clone", &body, HPO__HTTP_ONCE, limit_ms,
				   &data, &outcome, error);
	/* One whose answer was lost is found by its properties when the trial comes again. */
	if (outcome.uncertain)
		clearml->clones->strays = true;
	if (status != HPO_OK)
		goto done;

	name = hpo__json_get(data, "id");
	if (!hpo__clearml_has_id(name)) {
		clearml->clones->strays = true;
		status = hpo__fail(error, HPO_EBACKEND,
				   "the server's answer to tasks.clone has no id");
		goto done;
	}
	snprintf(id->text, sizeof id->text, "%s", hpo__json_text(name));
	status = override_fields(clearml, id->text, limit_ms, error);
	if (status == HPO_OK && hpo__clearml_clone_enter(clearml, id->text, hpo_trial_number(trial),
							 hpo_trial_slot(trial)) == NULL)
		status = hpo__fail_memory(error);
	if (status != HPO_OK)
		hpo__clearml_doom(clearml, id->text);
done:
	hpo__json_free(data);
	hpo__buffer_release(&body);
	return status;
}
