/*
 * Trials as a CSV file gives them. Pure.
 */
#ifndef CLI_CSV_TRIALS_H
#define CLI_CSV_TRIALS_H

#include "csv.h"

/*
 * The rows as trials of `study`, each an object with params, values, state and
 * reason. Columns are known by the names of parameters and the keys of
 * objectives; others, but for those that an export has, are named in *ignored,
 * a text to be freed, NULL for none. NULL with the sentence on failure.
 */
json_t *csv_trials(const struct csv *csv, const json_t *study, char **ignored, hpo_error_t *error);

#endif
