/*
 * Paused trials: they wait with a checkpoint until the pruner wants them to go
 * on. A paused trial is a waiting row with a place among the told ones, so that
 * every process knows it, and no crash loses it.
 */
#include "optimizer/optimizer.h"

#include "base/alloc.h"
#include "os/clock.h"
#include "os/path.h"
#include "trial/record.h"

#include <stdio.h>
#include <string.h>

/* Another process may take what we chose; then the choice is made anew. */
enum { TAKE_TRIES = 8 };

/* The `checkpoint_dir` of a study whose tasks run on this machine; NULL for none. The caller's. */
static char *read_folder(const struct hpo_study *study)
{
	hpo_json_t *task = NULL;
	const char *backend;
	const char *folder;
	char *copy = NULL;

	if (study->task_json == NULL ||
	    hpo__json_parse(&task, study->task_json, strlen(study->task_json), "task", NULL) < 0)
		return NULL;
	backend = hpo__json_text(hpo__json_get(task, "backend"));
	folder = hpo__json_text(hpo__json_get(task, "checkpoint_dir"));
	if (backend == NULL || strcmp(backend, "process") == 0)
		copy = hpo__strdup(folder);
	hpo__json_free(task);
	return copy;
}

bool hpo__tasks_resume(const struct hpo_study *study)
{
	char *folder = read_folder(study);
	const bool can = folder != NULL;

	hpo__free(folder);
	return can;
}

/* A folder of the study's own: one of its name may have been there before. */
hpo_status_t hpo__checkpoints_open(hpo_optimizer_t *opt, hpo_error_t *error)
{
	struct hpo_buffer name = HPO__BUFFER_INIT;
	char *folder = read_folder(opt->study);
	char *here = NULL;
	char *all = NULL;

	if (folder == NULL)
		return HPO_OK;
	hpo__buffer_format(&name, "%s-%llx", opt->study->name,
			   (unsigned long long)(opt->created_s * 1e6));
	for (char *at = name.text; at != NULL && *at != '\0'; at++)
		*at = *at == '/' ? '_' : *at;
	here = hpo__path_current();
	if (here != NULL)
		all = hpo__path_join(here, folder);
	if (all != NULL && !name.failed)
		opt->checkpoints = hpo__path_join(all, name.text);
	hpo__free(all);
	hpo__free(here);
	hpo__free(folder);
	hpo__buffer_release(&name);
	return opt->checkpoints == NULL ? hpo__fail_memory(error) : HPO_OK;
}

hpo_status_t hpo__checkpoint_give(hpo_trial_t *trial, hpo_error_t *error)
{
	hpo_optimizer_t *opt = trial->optimizer;
	hpo_trial_row_t row = {.struct_size = sizeof row, .number = trial->number,
			       .epoch = trial->epoch};
	const hpo_store_ops_t *ops;
	char number[32];
	hpo_status_t status;
	void *state;

	if (opt->checkpoints == NULL || trial->checkpoint != NULL)
		return HPO_OK;
	snprintf(number, sizeof number, "%lld", (long long)trial->number);
	trial->checkpoint = hpo__path_join(opt->checkpoints, number);
	if (trial->checkpoint == NULL)
		return hpo__fail_memory(error);
	row.checkpoint = trial->checkpoint;
	ops = hpo__store_lock(opt->store, &state);
	status = ops->annotate(state, opt->study_id, &row, error);
	hpo__store_unlock(opt->store);
	return status;
}

/* What a resumption hands over. */
struct taken {
	hpo_trial_t *trial;
	double *values; /* [objectives], of the pause; NULL where nobody asks */
	hpo_error_t *error;
};

static hpo_status_t take_paused(const hpo_trial_row_t *row, void *user)
{
	struct taken *taken = user;
	bool has_values = false;
	hpo_status_t status = hpo__trial_take_row(taken->trial, row, taken->error);

	taken->trial->iteration = row->iteration;
	if (status >= 0 && taken->values != NULL)
		status = hpo__row_values(taken->trial->optimizer->study, row, taken->values,
					 &has_values, taken->error);
	return status;
}

static hpo_status_t take_report(const hpo_report_row_t *row, void *user)
{
	hpo_trial_t *trial = user;

	if (row->attempt != trial->attempt)
		return HPO_OK;
	return hpo__metrics_note(&trial->metrics, row->metric, row->iteration, row->value, NULL);
}

/* Take a paused trial up. HPO_WAIT: it is not paused any more. */
static hpo_status_t take(hpo_optimizer_t *opt, int64_t number, int64_t worker, double lease_s,
			 struct taken *taken)
{
	const hpo_store_ops_t *ops;
	hpo_status_t status;
	void *state;

	ops = hpo__store_lock(opt->store, &state);
	status = ops->resume(state, opt->study_id, worker, number, lease_s, take_paused, taken,
			     taken->error);
	if (status == HPO_OK)
		status = ops->reports_of(state, opt->study_id, number, take_report, taken->trial,
					 taken->error);
	hpo__store_unlock(opt->store);
	return status == HPO_ENOMEM ? hpo__fail_memory(taken->error) : status;
}

/* The numbers of paused trials, ascending; the caller's. NULL with *count 0 for none. */
static hpo_status_t list_paused(hpo_optimizer_t *opt, int64_t **out, size_t *count)
{
	*out = NULL;
	*count = 0;
	if (opt->paused == 0)
		return HPO_OK;
	*out = hpo__calloc(opt->entry_count, sizeof **out);
	if (*out == NULL)
		return HPO_ENOMEM;
	for (size_t i = 0; i < opt->entry_count; i++) {
		if (opt->entries[i].paused)
			(*out)[(*count)++] = (int64_t)i;
	}
	return HPO_OK;
}

/* Who is to go on; -1 for nobody. At the `last`, somebody must have a chance to complete. */
static hpo_status_t choose(hpo_optimizer_t *opt, bool last, int64_t *number, hpo_error_t *error)
{
	int64_t *paused = NULL;
	size_t count = 0;
	hpo_status_t status;

	*number = -1;
	hpo__lock_take(&opt->lock);
	status = opt->pruner == NULL ? HPO_OK : list_paused(opt, &paused, &count);
	if (count > 0)
		*number = opt->pruner->promote(opt->pruner_state, paused, count,
					       last && opt->counts[HPO_TRIAL_COMPLETED] == 0);
	hpo__lock_drop(&opt->lock);
	hpo__free(paused);
	return status < 0 ? hpo__fail_memory(error) : HPO_OK;
}

static void begin_again(hpo_trial_t *trial)
{
	hpo_optimizer_t *opt = trial->optimizer;

	hpo__lock_take(&opt->lock);
	opt->pruner->resume(opt->pruner_state, trial->number);
	hpo__lock_drop(&opt->lock);
	hpo__trial_begin(trial);
}

hpo_status_t hpo__paused_take(hpo_optimizer_t *opt, const struct hpo_paused_wish *wish,
			      hpo_trial_t **out, hpo_error_t *error)
{
	hpo_status_t status = HPO_WAIT;

	for (int tries = 0; tries < TAKE_TRIES && status == HPO_WAIT; tries++) {
		struct taken taken = {NULL, NULL, error};
		int64_t number;

		status = choose(opt, wish->last, &number, error);
		if (status < 0 || number < 0)
			return status < 0 ? status : HPO_DONE;
		taken.trial = hpo__trial_new(opt);
		if (taken.trial == NULL)
			return hpo__fail_memory(error);
		taken.trial->detached = wish->detached;
		status = take(opt, number, wish->detached ? 0 : opt->worker, wish->lease_s, &taken);
		if (status >= 0 && hpo__optimizer_sync(opt, error) < 0)
			status = HPO_ESTORE;
		if (status != HPO_OK) {
			hpo__trial_destroy(taken.trial);
			continue;
		}
		begin_again(taken.trial);
		*out = taken.trial;
	}
	return status == HPO_WAIT ? HPO_DONE : status;
}

/* End a paused trial as pruned, with the values and for the reason of its pause. */
static hpo_status_t close_one(hpo_optimizer_t *opt, int64_t number, hpo_error_t *error)
{
	struct taken taken = {hpo__trial_new(opt), hpo__calloc(opt->objectives, sizeof(double)),
			      error};
	hpo_verdict_t verdict = {0};
	hpo_status_t status;

	if (taken.trial == NULL || taken.values == NULL) {
		status = hpo__fail_memory(error);
		goto done;
	}
	status = take(opt, number, opt->worker, 0, &taken);
	if (status != HPO_OK)
		goto done;
	taken.trial->started = hpo__clock_monotonic();
	hpo__lock_take(&opt->lock);
	opt->pruner->judge(opt->pruner_state, number, &verdict, NULL);
	hpo__lock_drop(&opt->lock);
	status = hpo__trial_finish(taken.trial, HPO_TRIAL_PRUNED, taken.values,
				   verdict.stop ? verdict.reason : "it was never promoted", false,
				   error);
done:
	hpo__trial_destroy(taken.trial);
	hpo__free(taken.values);
	return status < 0 ? status : HPO_OK;
}

hpo_status_t hpo__paused_close(hpo_optimizer_t *opt, hpo_error_t *error)
{
	int64_t *paused = NULL;
	size_t count = 0;
	hpo_status_t status;

	hpo__lock_take(&opt->lock);
	status = opt->pruner == NULL ? HPO_OK : list_paused(opt, &paused, &count);
	hpo__lock_drop(&opt->lock);
	if (status < 0)
		return hpo__fail_memory(error);
	for (size_t i = 0; i < count && status >= 0; i++)
		status = close_one(opt, paused[i], error);
	hpo__free(paused);
	return status >= 0 && count > 0 ? hpo__optimizer_sync(opt, error) : status;
}
