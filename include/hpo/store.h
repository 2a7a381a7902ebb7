/**
 * @file
 * Looking into a store: its studies and their trials, without driving them.
 */
#ifndef HPO_STORE_H
#define HPO_STORE_H

#include "hpo/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** An open store. One handle is for one thread at a time. */
typedef struct hpo_store hpo_store_t;

/** What is known of one study at one moment; immutable, for any number of readers. */
typedef struct hpo_records hpo_records_t;

/**
 * Open a store that exists: "sqlite:PATH", "postgresql://…".
 *
 * @param out  yours: hpo_store_close(). NULL unless HPO_OK.
 * @return HPO_OK; HPO_EINVAL for a URL that no store knows; HPO_EUNSUPPORTED
 *         for a store that was left out of this build; HPO_ESTORE; HPO_ENOMEM.
 *
 * Threads: any. Since 0.1.
 */
HPO_API hpo_status_t hpo_store_open(hpo_store_t **out, const char *url, hpo_error_t *error);

/** Close it; NULL is fine. */
HPO_API void hpo_store_close(hpo_store_t *store);

/**
 * The studies by name, as a JSON array: name, state (running, stopped, done,
 * idle), trials by state, best value, created. Yours, hpo_free(). NULL on failure.
 */
HPO_API char *hpo_store_studies_json(hpo_store_t *store, hpo_error_t *error);

/** The definition of a study, as JSON; yours, hpo_free(). NULL with HPO_ENOTFOUND. */
HPO_API char *hpo_store_study_json(hpo_store_t *store, const char *name, hpo_error_t *error);

/** Tell every driver of the study to stop, or (0) that it may run again. HPO_ENOTFOUND. */
HPO_API hpo_status_t hpo_store_set_stopped(hpo_store_t *store, const char *name, int stopped,
					   hpo_error_t *error);

/** Remove a study and all that belongs to it. HPO_ENOTFOUND. */
HPO_API hpo_status_t hpo_store_delete_study(hpo_store_t *store, const char *name,
					    hpo_error_t *error);

/** Which parts of a study to read. */
typedef enum hpo_records_parts {
	HPO_RECORDS_TRIALS = 0, /**< definition and trials */
	HPO_RECORDS_REPORTS = 1 /**< every report as well */
} hpo_records_parts_t;

/** Read a study. `out` is yours: hpo_records_free(). HPO_ENOTFOUND, HPO_ESTORE, HPO_ENOMEM. */
HPO_API hpo_status_t hpo_store_records(hpo_store_t *store, const char *name,
				       hpo_records_parts_t parts, hpo_records_t **out,
				       hpo_error_t *error);

/** Free them; NULL is fine. */
HPO_API void hpo_records_free(hpo_records_t *records);

#ifdef __cplusplus
}
#endif
#endif
