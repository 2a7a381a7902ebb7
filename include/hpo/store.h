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

/** The same for a store that may not exist yet: it is made then. */
HPO_API hpo_status_t hpo_store_create(hpo_store_t **out, const char *url, hpo_error_t *error);

/** Close it; NULL is fine. */
HPO_API void hpo_store_close(hpo_store_t *store);

/**
 * The studies by name, as a JSON array: name, state (running; stopped; done: its target or
 * a limit is reached, or it gains no more; idle), trials by state, best value, created.
 * Yours, hpo_free(). NULL on failure.
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

/**
 * What changes, in one cheap question: [{"name","id","revision","created_s",
 * "stopped","trials":{"waiting":…},"attributes":{…}}] by name; yours, hpo_free().
 */
HPO_API char *hpo_store_pulse_json(hpo_store_t *store, hpo_error_t *error);

/** Who works on a study: [{"id","name","alive","running"}]; yours, hpo_free(). HPO_EUNSUPPORTED. */
HPO_API char *hpo_store_workers_json(hpo_store_t *store, const char *name, hpo_error_t *error);

/**
 * Ask whoever runs a trial to stop it. It is seen within a poll, and the trial
 * ends as pruned with its value so far, or failed when it has none.
 *
 * @return HPO_OK; HPO_ENOTFOUND; HPO_EINVAL if it does not run; HPO_EUNSUPPORTED; HPO_ESTORE.
 */
HPO_API hpo_status_t hpo_store_stop_trial(hpo_store_t *store, const char *name, int64_t number,
					  hpo_error_t *error);

/**
 * Change limits of a study, running or not: `limits_json` is the `limits`
 * object of a study file; what it leaves out stays, 0 takes a limit away, and
 * null a target. A run takes them up within a poll.
 */
HPO_API hpo_status_t hpo_store_set_limits(hpo_store_t *store, const char *name,
					  const char *limits_json, hpo_error_t *error);

/**
 * Change attributes of a study: `json` is an object, merged into those that
 * it has; null removes one. HPO_EINVAL, HPO_ENOTFOUND, HPO_EUNSUPPORTED.
 */
HPO_API hpo_status_t hpo_store_annotate(hpo_store_t *store, const char *name, const char *json,
					hpo_error_t *error);

/** The same for one trial's attributes, beside which those that its program sets are kept. */
HPO_API hpo_status_t hpo_store_annotate_trial(hpo_store_t *store, const char *name, int64_t number,
					      const char *json, hpo_error_t *error);

/** Which parts of a study to read. */
typedef enum hpo_records_parts {
	HPO_RECORDS_TRIALS = 0, /**< definition and trials */
	HPO_RECORDS_REPORTS = 1 /**< every report as well */
} hpo_records_parts_t;

/** Read a study. `out` is yours: hpo_records_free(). HPO_ENOTFOUND, HPO_ESTORE, HPO_ENOMEM. */
HPO_API hpo_status_t hpo_store_records(hpo_store_t *store, const char *name,
				       hpo_records_parts_t parts, hpo_records_t **out,
				       hpo_error_t *error);

/**
 * Bring records up to date, reading only what changed since they were read:
 * for whoever shows a study while it runs. Nobody else may read them meanwhile.
 *
 * @param records  in: what an earlier call gave, or NULL for a first reading;
 *                 out: the same or new ones, yours: hpo_records_free(). After a
 *                 failure they are freed and NULL.
 * @return HPO_OK; HPO_DONE if nothing had changed; HPO_ENOTFOUND; HPO_ESTORE; HPO_ENOMEM.
 */
HPO_API hpo_status_t hpo_store_refresh(hpo_store_t *store, const char *name,
				       hpo_records_parts_t parts, hpo_records_t **records,
				       hpo_error_t *error);

/** The study's revision at which the records were read: it grows with every change. */
HPO_API int64_t hpo_records_revision(const hpo_records_t *records);

/** The store's key of the study: another one where a study was deleted and made again. */
HPO_API int64_t hpo_records_study_id(const hpo_records_t *records);

/** How many trials there are. */
HPO_API size_t hpo_records_count(const hpo_records_t *records);

/** Free them; NULL is fine. */
HPO_API void hpo_records_free(hpo_records_t *records);

#ifdef __cplusplus
}
#endif
#endif
