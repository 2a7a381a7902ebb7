/**
 * @file
 * The settings of a strategy or pruner: a static table, from which the JSON
 * reader, the command line and the documentation are derived.
 */
#ifndef HPO_PLUGIN_OPTION_H
#define HPO_PLUGIN_OPTION_H

#include "hpo/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What kind of value an option takes. */
typedef enum hpo_option_type {
	HPO_OPTION_FLOAT = 0,
	HPO_OPTION_INT = 1,
	HPO_OPTION_BOOL = 2,
	HPO_OPTION_CHOICE = 3 /**< one of the words with which its help begins, "stop|pause: …";
	                           its number is the word's place, from 0 to `high` */
} hpo_option_type_t;

/** One option. A table of them ends with a NULL name. */
typedef struct hpo_option {
	const char *name;       /**< lower case, static storage */
	hpo_option_type_t type; /**< what it takes */
	double fallback;        /**< its value when it is not given */
	double low;             /**< the lowest legal value, included */
	double high;            /**< the highest legal value, included */
	const char *help;       /**< one sentence, with the unit */
} hpo_option_t;

/** The settings that a study gives, checked against the table. */
typedef struct hpo_settings hpo_settings_t;

/**
 * The value of an option, its fallback when it was not given. Bool is 0 or 1, a
 * choice the place of its word.
 *
 * @param settings  as passed to configure().
 * @param name      a name of the table.
 * @return the value; NaN for a name that is not in the table.
 *
 * Threads: any. Since 0.1.
 */
HPO_API double hpo_settings_number(const hpo_settings_t *settings, const char *name);

#ifdef __cplusplus
}
#endif
#endif
