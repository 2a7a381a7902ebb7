/*
 * Settings, read against an option table.
 */
#ifndef HPO_BASE_OPTION_H
#define HPO_BASE_OPTION_H

#include "base/json.h"
#include "hpo/plugin/option.h"

/*
 * Read the members of an object against `table` (NULL: no options). Members
 * named in `skip` (ended by NULL, or NULL) are left alone; any other that is
 * not in the table, of the wrong type or out of range is refused, naming the
 * path. An absent node gives the fallbacks. *out is the caller's.
 */
hpo_status_t hpo__settings_new(hpo_settings_t **out, const hpo_option_t *table,
			       const struct hpo_json_at *at, const char *const *skip,
			       hpo_error_t *error);
/*
 * The settings of a part of something that has settings itself: each option of
 * `table` has the value that `from` has under its name, else its fallback; one
 * that is out of the part's range is brought into it. *out is the caller's.
 */
hpo_status_t hpo__settings_inherit(hpo_settings_t **out, const hpo_option_t *table,
				   const hpo_settings_t *from, hpo_error_t *error);
void hpo__settings_free(hpo_settings_t *settings);

#endif
