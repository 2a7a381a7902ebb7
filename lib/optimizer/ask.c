/*
 * Asking for a trial: a number is claimed in the store, then a point is found
 * for it, then the point is recorded. A crash between two of these leaves a
 * number that the next ask takes up.
 */
#include "optimizer/optimizer.h"

#include "base/alloc.h"
#include "os/clock.h"
#include "trial/record.h"

#include <string.h>

/* What a claim hands over. */
struct claim {
	hpo_trial_t *trial;
	bool has_params;
	hpo_error_t *error;
};

static hpo_status_t copy_optional(char **out, const char *text)
{
	*out = hpo__strdup(text);
	return text != NULL && *out == NULL ? HPO_ENOMEM : HPO_OK;
}

static hpo_status_t fill(hpo_trial_t *trial, const hpo_trial_row_t *row, bool *has_params,
			 hpo_error_t *error)
{
	trial->number = row->number;
	trial->epoch = row->epoch;
	trial->attempt = row->attempt;
	trial->failures = row->failures;
	if (copy_optional(&trial->task, row->task) < 0 ||
	    copy_optional(&trial->checkpoint, row->checkpoint) < 0)
		return hpo__fail_memory(error);
	/* Without a checkpoint it begins again, whatever it had reported. */
	trial->resume_iteration = row->checkpoint != NULL && row->iteration > 0 ? row->iteration : 0;
	return hpo__row_params(trial->optimizer->study, row, trial->values, trial->active,
			       has_params, error);
}

hpo_status_t hpo__trial_take_row(hpo_trial_t *trial, const hpo_trial_row_t *row, hpo_error_t *error)
{
	bool has_params;

	return fill(trial, row, &has_params, error);
}

static hpo_status_t take_row(const hpo_trial_row_t *row, void *user)
{
	struct claim *claim = user;

	return fill(claim->trial, row, &claim->has_params, claim->error);
}

static hpo_status_t claim_number(hpo_optimizer_t *opt, bool detached, double lease_s,
				 struct claim *claim, hpo_error_t *error)
{
	void *state;
	const hpo_store_ops_t *ops = hpo__store_lock(opt->store, &state);
	hpo_status_t status;

	status = ops->claim(state, opt->study_id, detached ? 0 : opt->worker,
			    opt->study->limits.trials, lease_s, take_row, claim, error);
	hpo__store_unlock(opt->store);
	return status;
}

static void give_back(hpo_optimizer_t *opt, const hpo_trial_t *trial)
{
	void *state;
	const hpo_store_ops_t *ops = hpo__store_lock(opt->store, &state);

	ops->unclaim(state, opt->study_id, trial->number, trial->epoch, NULL);
	hpo__store_unlock(opt->store);
}

void hpo__trial_begin(hpo_trial_t *trial)
{
	hpo_optimizer_t *opt = trial->optimizer;

	trial->started = hpo__clock_monotonic();
	hpo__lock_take(&opt->lock);
	trial->next = opt->live;
	opt->live = trial;
	if ((size_t)trial->number < opt->entry_count)
		opt->entries[trial->number].observed = trial->attempt + 1;
	hpo__lock_drop(&opt->lock);
}

hpo_status_t hpo__trial_ask(hpo_optimizer_t *opt, bool detached, double lease_s, hpo_trial_t **out,
			    hpo_error_t *error)
{
	const struct hpo_paused_wish wish = {.detached = detached, .lease_s = lease_s};
	struct claim claim = {NULL, false, error};
	hpo_status_t status;

	*out = NULL;
	status = hpo__optimizer_attend(opt, error);
	if (status >= 0)
		status = hpo__optimizer_sync(opt, error);
	if (status >= 0)
		status = hpo__limits_check(opt, error);
	if (status != HPO_OK)
		return status;
	status = hpo__paused_take(opt, &wish, out, error);
	if (status != HPO_DONE)
		return status;

	claim.trial = hpo__trial_new(opt);
	if (claim.trial == NULL)
		return hpo__fail_memory(error);
	claim.trial->detached = detached;
	status = claim_number(opt, detached, lease_s, &claim, error);
	if (status == HPO_DONE)
		hpo__limits_note_trials(opt);
	if (status != HPO_OK)
		goto done;

	if (!claim.has_params)
		status = hpo__suggest(opt, claim.trial, error);
	if (status == HPO_OK)
		status = hpo__checkpoint_give(claim.trial, error);
	/* Sync makes the entry of a claimed number, which hpo__trial_begin() marks. */
	if (status == HPO_OK)
		status = hpo__optimizer_sync(opt, error);
	if (status != HPO_OK) {
		give_back(opt, claim.trial);
		goto done;
	}
	hpo__trial_begin(claim.trial);
	*out = claim.trial;
	claim.trial = NULL;
done:
	hpo__trial_destroy(claim.trial);
	return status;
}

hpo_status_t hpo_optimizer_ask(hpo_optimizer_t *opt, hpo_trial_t **out, hpo_error_t *error)
{
	hpo__error_clear(error);
	return hpo__trial_ask(opt, false, 0.0, out, error);
}

hpo_status_t hpo_optimizer_ask_detached(hpo_optimizer_t *opt, double lease_minutes,
					hpo_trial_t **out, hpo_error_t *error)
{
	hpo__error_clear(error);
	*out = NULL;
	if (!(lease_minutes > 0))
		return hpo__fail(error, HPO_EINVAL,
				 "a lease of %g minutes is no lease; give more than 0",
				 lease_minutes);
	return hpo__trial_ask(opt, true, 60.0 * lease_minutes, out, error);
}

/* What the store has of a running trial, and whether it may be taken up. */
static hpo_status_t take_detached(const hpo_trial_row_t *row, void *user)
{
	struct claim *claim = user;
	const double now = hpo__clock_wall();

	if (row->state != HPO_TRIAL_RUNNING)
		return hpo__fail(claim->error, HPO_EINVAL, "trial %lld is %s, not running",
				 (long long)row->number,
				 hpo_trial_state_text((hpo_trial_state_t)row->state));
	if (row->worker != 0)
		return hpo__fail(claim->error, HPO_EINVAL,
				 "trial %lld is run by a process; only a trial that was asked "
				 "detached (hpo ask) can be told from here",
				 (long long)row->number);
	claim->trial->earlier_s = now > row->started_s ? now - row->started_s : 0.0;
	return take_row(row, claim);
}

/* Remember what the trial reported before. */
static hpo_status_t take_report(const hpo_report_row_t *row, void *user)
{
	hpo_trial_t *trial = user;

	if (row->attempt != trial->attempt)
		return HPO_OK;
	return hpo__metrics_note(&trial->metrics, row->metric, row->iteration, row->value, NULL);
}

static hpo_status_t read_detached(hpo_optimizer_t *opt, int64_t number, struct claim *claim,
				  hpo_error_t *error)
{
	void *state;
	const hpo_store_ops_t *ops = hpo__store_lock(opt->store, &state);
	hpo_status_t status;

	claim->trial->number = -1;
	status = ops->trials(state, opt->study_id, number, number, take_detached, claim, error);
	if (status >= 0 && claim->trial->number < 0)
		status = hpo__fail(error, HPO_ENOTFOUND, "study '%s' has no trial %lld",
				   opt->study->name, (long long)number);
	if (status >= 0)
		status = ops->reports_of(state, opt->study_id, number, take_report, claim->trial,
					 error);
	hpo__store_unlock(opt->store);
	return status == HPO_ENOMEM ? hpo__fail_memory(error) : status;
}

hpo_status_t hpo_optimizer_open_trial(hpo_optimizer_t *opt, int64_t number, hpo_trial_t **out,
				      hpo_error_t *error)
{
	struct claim claim = {NULL, false, error};
	const struct hpo_metric *metric = NULL;
	hpo_status_t status;

	hpo__error_clear(error);
	*out = NULL;
	status = hpo__optimizer_sync(opt, error);
	if (status < 0)
		return status;
	claim.trial = hpo__trial_new(opt);
	if (claim.trial == NULL)
		return hpo__fail_memory(error);
	claim.trial->detached = true;
	status = read_detached(opt, number, &claim, error);
	if (status >= 0 && !claim.has_params)
		status = hpo__fail(error, HPO_EINVAL, "trial %lld has no values yet",
				   (long long)number);
	if (status >= 0 &&
	    hpo__metrics_match(&claim.trial->metrics, &opt->study->objectives.list[0], &metric,
			       NULL) >= 0 &&
	    metric != NULL)
		claim.trial->iteration = metric->last_iteration;
	if (status >= 0) {
		hpo__trial_begin(claim.trial);
		*out = claim.trial;
		claim.trial = NULL;
	}
	hpo__trial_destroy(claim.trial);
	return status;
}
