/*
 * The settings of a study as a ClearML task keeps them, so that a clone of it
 * can be run again from the web page with other values. Each setting has one
 * place: the items General/opt/… and the configuration object General are
 * ClearML's own; what they cannot express is in the configuration object study.
 */
#ifndef HPO_BACKEND_CLEARML_STUDY_SETTINGS_H
#define HPO_BACKEND_CLEARML_STUDY_SETTINGS_H

#include "base/json.h"

/* The items of section General, as members of an object or as a list; without the brackets. */
void hpo__clearml_settings_items(const hpo_json_t *study, bool as_list, struct hpo_buffer *out);
/* The configuration objects General and study; so too. */
void hpo__clearml_settings_objects(const hpo_json_t *study, bool as_list, struct hpo_buffer *out);

/* Whether a task has settings of a study. */
bool hpo__clearml_settings_there(const hpo_json_t *task);

/*
 * The study file that a task's settings make of the program's own, `study`: the task's win. What
 * is empty or "None" there is not set. HPO_EINVAL names the setting and what would be right.
 */
hpo_status_t hpo__clearml_settings_apply(const hpo_json_t *task, const hpo_json_t *study,
					 struct hpo_buffer *out, hpo_error_t *error);

#endif
