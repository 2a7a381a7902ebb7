/*
 * The records of a study, as read from a store at one moment: what tables,
 * exports and figures are made of.
 */
#ifndef HPO_TRIAL_RECORD_H
#define HPO_TRIAL_RECORD_H

#include "hpo/plugin/store.h"
#include "hpo/store.h"
#include "trial/study.h"

/* One trial, decoded. Text fields live in the records' arena; NULL when absent. */
struct hpo_record {
	struct hpo_trial_row row;      /* its strings are the record's own */
	const union hpo_value *params; /* [d], NULL while none were proposed */
	const uint8_t *active;         /* [d], with params */
	const double *values;          /* [m] as measured, NaN for null; NULL until told */
	size_t first_report;           /* into hpo_records.reports */
	size_t report_count;
};

struct hpo_records {
	struct hpo_study *study;
	struct hpo_record *trials; /* [count], by number: trials[i].row.number == i */
	size_t count, capacity;
	hpo_report_row_t *reports; /* [report_count], by trial, then in order; metric is interned */
	size_t report_count, report_capacity;
	bool has_reports;     /* they were read: set by hpo__records_finish() */
	const char **metrics; /* [metric_count], the interned names */
	size_t metric_count, metric_capacity;
	int stopped;
	double created_s;
	int64_t study_id;
	int64_t revision;       /* of the study, up to which these are */
	int64_t sequence;       /* of the last report */
	const char *attributes; /* of the study, JSON; NULL for none */
	size_t arena_bytes;     /* taken from the arena */
	size_t stale_bytes;     /* of it, what earlier versions of trials took */
	void *arena; /* owner of all the memory that the above point into */
};

hpo_status_t hpo__records_new(hpo_records_t **out, const hpo_study_row_t *row, hpo_error_t *error);
/* Add one trial, numbers in order. What cannot be understood is HPO_ESTORE, naming the trial. */
hpo_status_t hpo__records_add(hpo_records_t *records, const hpo_trial_row_t *row,
			      hpo_error_t *error);
/*
 * Put in a trial that changed, or is new: any order, and then hpo__records_is_whole() says
 * whether no number is missing.
 */
hpo_status_t hpo__records_put(hpo_records_t *records, const hpo_trial_row_t *row,
			      hpo_error_t *error);
bool hpo__records_is_whole(const hpo_records_t *records);
/* Keep the attributes of the study, if they changed. */
hpo_status_t hpo__records_note_attributes(hpo_records_t *records, const char *attributes,
					  hpo_error_t *error);
/* Forget the trials from number `count` on. */
void hpo__records_truncate(hpo_records_t *records, size_t count);
/* Add one report; any order of trials, grouped by hpo__records_finish(). */
hpo_status_t hpo__records_add_report(hpo_records_t *records, const hpo_report_row_t *row,
				     hpo_error_t *error);
/* Group the reports that were added, also again after more were. Only where reports were read, even if there were none. */
hpo_status_t hpo__records_finish(hpo_records_t *records, hpo_error_t *error);

/* Whether it waits with a checkpoint, until it is promoted. */
bool hpo__record_is_paused(const struct hpo_record *record);

/* {"number":…,"state":…,"params":{…},"values":[…],…}: the object of `hpo trials --json`. */
void hpo__record_write(const hpo_records_t *records, const struct hpo_record *record,
		       struct hpo_buffer *out);

/*
 * Rows as they go over the wire of a store, decoded for one study: used by
 * records and by the optimizer alike. values [d], active [d], losses [m].
 * *has_params says whether there were any. HPO_ESTORE names the trial and what is wrong.
 */
hpo_status_t hpo__row_params(const struct hpo_study *study, const hpo_trial_row_t *row,
			     union hpo_value *values, uint8_t *active, bool *has_params,
			     hpo_error_t *error);
hpo_status_t hpo__row_values(const struct hpo_study *study, const hpo_trial_row_t *row,
			     double *values /* [m], NaN for null */, bool *has_values,
			     hpo_error_t *error);

#endif
