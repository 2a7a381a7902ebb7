/*
 * What is known of a study, as JSON: the best, the top, the running, and how
 * far it is.
 */
#include "optimizer/recommend.h"

#include "base/alloc.h"
#include "os/clock.h"
#include "space/codec.h"
#include "trial/ranking.h"

#include <math.h>
#include <string.h>

/* A member whose value is JSON from the store, or null. */
static void write_stored(struct hpo_buffer *out, const char *key, const char *json)
{
	hpo_json_t *tree = NULL;
	hpo_status_t status = HPO_OK;

	hpo__buffer_format(out, ",\"%s\":", key);
	if (json != NULL)
		status = hpo__json_parse(&tree, json, strlen(json), key, NULL);
	out->failed = out->failed || status == HPO_ENOMEM;
	if (tree == NULL)
		hpo__buffer_text(out, "null");
	else
		hpo__json_write(tree, out);
	hpo__json_free(tree);
}

static void write_text(struct hpo_buffer *out, const char *key, const char *text)
{
	hpo__buffer_format(out, ",\"%s\":", key);
	if (text == NULL)
		hpo__buffer_text(out, "null");
	else
		hpo__buffer_json_text(out, text);
}

/* {"number":17,"values":[…],"params":{…}: the beginning that all share. */
static void write_head(struct hpo_buffer *out, const hpo_trial_row_t *row)
{
	hpo__buffer_format(out, "{\"number\":%lld", (long long)row->number);
	write_stored(out, "values", row->values);
	write_stored(out, "params", row->params);
}

static hpo_status_t write_short(const hpo_trial_row_t *row, void *user)
{
	struct hpo_buffer *out = user;

	write_head(out, row);
	hpo__buffer_char(out, '}');
	return out->failed ? HPO_ENOMEM : HPO_OK;
}

/* All but the closing brace, so that metrics can follow. */
static hpo_status_t write_long(const hpo_trial_row_t *row, void *user)
{
	struct hpo_buffer *out = user;

	write_head(out, row);
	write_text(out, "state", hpo_trial_state_text((hpo_trial_state_t)row->state));
	hpo__buffer_format(out, ",\"attempt\":%d,\"iteration\":", (int)row->attempt);
	if (row->iteration < 0)
		hpo__buffer_text(out, "null");
	else
		hpo__buffer_json_integer(out, row->iteration);
	hpo__buffer_text(out, ",\"seconds\":");
	hpo__buffer_json_real(out, row->compute_s);
	write_text(out, "task", row->task);
	write_text(out, "reason", row->reason);
	write_text(out, "strategy", row->arm);
	write_stored(out, "attributes", row->attributes);
	return out->failed ? HPO_ENOMEM : HPO_OK;
}

static hpo_status_t note_report(const hpo_report_row_t *row, void *user)
{
	return hpo__metrics_note(user, row->metric, row->iteration, row->value, NULL);
}

hpo_status_t hpo__trial_write(hpo_optimizer_t *opt, int64_t number, bool with_metrics,
			      struct hpo_buffer *out, hpo_error_t *error)
{
	struct hpo_metrics metrics = {NULL, 0, 0};
	const size_t before = out->size;
	const hpo_store_ops_t *ops;
	hpo_status_t status;
	void *state;

	ops = hpo__store_lock(opt->store, &state);
	status = ops->trials(state, opt->study_id, number, number, write_long, out, error);
	if (status >= 0 && with_metrics)
		status = ops->reports_of(state, opt->study_id, number, note_report, &metrics,
					 error);
	hpo__store_unlock(opt->store);
	if (status >= 0 && out->size == before)
		status = hpo__fail(error, HPO_ENOTFOUND, "study '%s' has no trial %lld",
				   opt->study->name, (long long)number);
	if (status >= 0 && with_metrics) {
		hpo__buffer_text(out, ",\"metrics\":");
		hpo__metrics_write(&metrics, out);
	}
	hpo__buffer_char(out, '}');
	hpo__metrics_release(&metrics);
	if (status == HPO_ENOMEM || (status >= 0 && out->failed))
		return hpo__fail_memory(error);
	return status;
}

static hpo_status_t write_best(hpo_optimizer_t *opt, int64_t number, struct hpo_buffer *out,
			       hpo_error_t *error)
{
	void *state;
	const hpo_store_ops_t *ops = hpo__store_lock(opt->store, &state);
	hpo_status_t status;

	status = ops->trials(state, opt->study_id, number, number, write_short, out, error);
	hpo__store_unlock(opt->store);
	return status == HPO_ENOMEM ? hpo__fail_memory(error) : status;
}

/* The one that is recommended: the best reading, or what is believed to be best, saying so. */
static hpo_status_t write_recommended(hpo_optimizer_t *opt, int64_t best, struct hpo_buffer *out,
				      hpo_error_t *error)
{
	struct hpo_recommendation found;
	hpo_status_t status = hpo__recommend(opt, &found, error);

	if (status < 0)
		return status;
	if (found.number < 0)
		return write_best(opt, best, out, error);
	status = write_best(opt, found.number, out, error);
	if (status < 0 || out->failed)
		return status;
	out->size--; /* its closing brace */
	hpo__buffer_text(out, ",\"by\":\"belief\",\"estimate\":");
	hpo__buffer_json_real(out, hpo__objective_value(&opt->study->objectives.list[opt->first_goal],
						       found.loss));
	hpo__buffer_text(out, ",\"error\":");
	hpo__buffer_json_real(out, found.sd);
	hpo__buffer_format(out, ",\"readings\":%zu}", found.readings);
	return HPO_OK;
}

/* Trial numbers in some order; *out is the caller's. */
struct ranked {
	int64_t *numbers; /* [count] */
	uint32_t *fronts; /* [count] */
	size_t count;
};

static void release_ranked(struct ranked *ranked)
{
	hpo__free(ranked->numbers);
	hpo__free(ranked->fronts);
}

/* The ended trials in `state` of a view, best first. */
static hpo_status_t rank_view(hpo_optimizer_t *opt, const hpo_history_t *view,
			      hpo_trial_state_t state, struct ranked *out)
{
	const size_t n = hpo_history_count(view);
	const size_t m = opt->objectives;
	double *losses = hpo__calloc(n * m + 1, sizeof *losses);
	size_t *index = hpo__calloc(n + 1, sizeof *index);
	size_t *order = hpo__calloc(n + 1, sizeof *order);
	uint32_t *fronts = hpo__calloc(n + 1, sizeof *fronts);
	hpo_status_t status = HPO_ENOMEM;

	out->numbers = hpo__calloc(n + 1, sizeof *out->numbers);
	out->fronts = hpo__calloc(n + 1, sizeof *out->fronts);
	if (losses == NULL || index == NULL || order == NULL || fronts == NULL ||
	    out->numbers == NULL || out->fronts == NULL)
		goto done;
	for (size_t i = 0; i < n; i++) {
		if (hpo_history_states(view)[i] != (uint8_t)state)
			continue;
		memcpy(losses + out->count * m, hpo_history_losses(view) + i * m,
		       m * sizeof *losses);
		index[out->count++] = i;
	}
	status = hpo__rank(&opt->study->objectives, losses, out->count, order, fronts);
	for (size_t i = 0; status >= 0 && i < out->count; i++) {
		out->numbers[i] = hpo_history_numbers(view)[index[order[i]]];
		out->fronts[i] = fronts[order[i]];
	}
done:
	hpo__free(fronts);
	hpo__free(order);
	hpo__free(index);
	hpo__free(losses);
	return status;
}

static hpo_status_t rank_trials(hpo_optimizer_t *opt, hpo_trial_state_t state, struct ranked *out,
				hpo_error_t *error)
{
	hpo_history_t *view = NULL;
	hpo_status_t status;

	*out = (struct ranked){NULL, NULL, 0};
	hpo__lock_take(&opt->lock);
	status = hpo__history_snapshot(&view, &opt->history, NULL, 0);
	hpo__lock_drop(&opt->lock);
	if (status >= 0)
		status = rank_view(opt, view, state, out);
	hpo__history_free(view);
	if (status < 0) {
		release_ranked(out);
		return hpo__fail_memory(error);
	}
	return HPO_OK;
}

/* The trials that are to be recommended, copied; *out is the caller's. */
static hpo_status_t list_best(hpo_optimizer_t *opt, int64_t **out, size_t *count, bool *completed)
{
	hpo_status_t status = HPO_OK;

	hpo__lock_take(&opt->lock);
	*completed = opt->counts[HPO_TRIAL_COMPLETED] > 0;
	*count = opt->goals > 1 ? opt->front_count : opt->best_number >= 0;
	*out = hpo__calloc(*count + 1, sizeof **out);
	if (*out == NULL)
		status = HPO_ENOMEM;
	else if (opt->goals > 1 && *count > 0)
		memcpy(*out, opt->front, *count * sizeof **out);
	else
		(*out)[0] = opt->best_number;
	hpo__lock_drop(&opt->lock);
	return status;
}

static hpo_status_t write_list(hpo_optimizer_t *opt, const int64_t *numbers, size_t count,
			       struct hpo_buffer *out, hpo_error_t *error)
{
	hpo_status_t status = HPO_OK;

	hpo__buffer_char(out, '[');
	for (size_t i = 0; i < count && status >= 0; i++) {
		if (i > 0)
			hpo__buffer_char(out, ',');
		status = write_best(opt, numbers[i], out, error);
	}
	hpo__buffer_char(out, ']');
	return status;
}

char *hpo_optimizer_best_json(hpo_optimizer_t *opt, hpo_error_t *error)
{
	struct hpo_buffer out = HPO__BUFFER_INIT;
	int64_t *numbers = NULL;
	size_t count = 0;
	bool completed = false;
	hpo_status_t status;

	hpo__error_clear(error);
	status = hpo__optimizer_sync(opt, error);
	if (status >= 0 && list_best(opt, &numbers, &count, &completed) < 0)
		status = hpo__fail_memory(error);
	if (status >= 0 && count == 0)
		status = hpo__fail(error, HPO_ENOTFOUND,
				   completed ? "no completed trial of study '%s' keeps its bounds"
					     : "no trial of study '%s' has completed",
				   opt->study->name);
	else if (status >= 0 && opt->goals > 1)
		status = write_list(opt, numbers, count, &out, error);
	else if (status >= 0)
		status = write_recommended(opt, numbers[0], &out, error);
	hpo__free(numbers);
	return hpo__buffer_finish(&out, status, error);
}

/* Append up to `left` trials in `state`, best first. */
static hpo_status_t write_ranked(hpo_optimizer_t *opt, hpo_trial_state_t state, size_t *left,
				 struct hpo_buffer *out, hpo_error_t *error)
{
	struct ranked ranked;
	hpo_status_t status = rank_trials(opt, state, &ranked, error);

	if (status < 0)
		return status;
	for (size_t i = 0; i < ranked.count && *left > 0 && status >= 0; i++, --*left) {
		if (out->size > 1)
			hpo__buffer_char(out, ',');
		status = hpo__trial_write(opt, ranked.numbers[i], true, out, error);
	}
	release_ranked(&ranked);
	return status;
}

/* Append up to `left` running trials, by number. */
static hpo_status_t write_running(hpo_optimizer_t *opt, size_t left, struct hpo_buffer *out,
				  hpo_error_t *error)
{
	hpo_status_t status = HPO_OK;
	bool running;

	for (size_t i = 0; left > 0 && status >= 0; i++) {
		hpo__lock_take(&opt->lock);
		if (i >= opt->entry_count) {
			hpo__lock_drop(&opt->lock);
			break;
		}
		running = opt->entries[i].state == HPO_TRIAL_RUNNING;
		hpo__lock_drop(&opt->lock);
		if (!running)
			continue;
		if (out->size > 1)
			hpo__buffer_char(out, ',');
		status = hpo__trial_write(opt, (int64_t)i, true, out, error);
		left--;
	}
	return status;
}

char *hpo_optimizer_top_json(hpo_optimizer_t *opt, size_t count, int completed_only,
			     hpo_error_t *error)
{
	struct hpo_buffer out = HPO__BUFFER_INIT;
	hpo_status_t status;

	hpo__error_clear(error);
	status = hpo__optimizer_sync(opt, error);
	hpo__buffer_char(&out, '[');
	if (status >= 0)
		status = write_ranked(opt, HPO_TRIAL_COMPLETED, &count, &out, error);
	if (status >= 0 && !completed_only)
		status = write_ranked(opt, HPO_TRIAL_PRUNED, &count, &out, error);
	if (status >= 0 && !completed_only)
		status = write_running(opt, count, &out, error);
	hpo__buffer_char(&out, ']');
	return hpo__buffer_finish(&out, status, error);
}

/* One of our own running trials; the lock is held. */
static void write_live(const hpo_optimizer_t *opt, const hpo_trial_t *trial,
		       struct hpo_buffer *out)
{
	const struct hpo_objective_spec *objective = &opt->study->objectives.list[0];
	const struct hpo_metric *metric = NULL;

	hpo__buffer_format(out, "{\"number\":%lld,\"params\":", (long long)trial->number);
	hpo__codec_write(opt->study->space, trial->values, trial->active, out);
	hpo__buffer_text(out, ",\"iteration\":");
	if (trial->iteration < 0)
		hpo__buffer_text(out, "null");
	else
		hpo__buffer_json_integer(out, trial->iteration);
	hpo__metrics_match(&trial->metrics, objective, &metric, NULL);
	hpo__buffer_text(out, ",\"value\":");
	hpo__buffer_json_real(out, metric == NULL ? (double)NAN
						  : hpo__metric_value(metric, objective));
	hpo__buffer_text(out, ",\"seconds\":");
	hpo__buffer_json_real(out, hpo__trial_elapsed(trial));
	hpo__buffer_char(out, '}');
}

char *hpo_optimizer_running_json(hpo_optimizer_t *opt, hpo_error_t *error)
{
	struct hpo_buffer out = HPO__BUFFER_INIT;

	hpo__error_clear(error);
	hpo__buffer_char(&out, '[');
	hpo__lock_take(&opt->lock);
	for (const hpo_trial_t *trial = opt->live; trial != NULL; trial = trial->next) {
		if (out.size > 1)
			hpo__buffer_char(&out, ',');
		write_live(opt, trial, &out);
	}
	hpo__lock_drop(&opt->lock);
	hpo__buffer_char(&out, ']');
	return hpo__buffer_finish(&out, HPO_OK, error);
}

/* Seconds until the first limit, by what trials took so far; negative: unknown. */
static double estimate_remaining(const hpo_optimizer_t *opt, const hpo_progress_t *progress)
{
	const hpo_limits_t *limits = &opt->study->limits;
	const double ended = (double)(progress->completed + progress->pruned + progress->failed);
	const double wide = limits->concurrent > 0 ? (double)limits->concurrent : 1.0;
	double remaining = INFINITY;

	if (progress->total > 0 && ended > 0)
		remaining = ((double)progress->total - ended) * progress->compute_s / ended / wide;
	if (opt->run_minutes > 0)
		remaining = fmin(remaining, 60.0 * opt->run_minutes - progress->elapsed_s);
	if (limits->compute_minutes > 0)
		remaining = fmin(remaining,
				 (60.0 * limits->compute_minutes - progress->compute_s) / wide);
	return isinf(remaining) ? -1.0 : fmax(remaining, 0.0);
}

hpo_status_t hpo_optimizer_progress(hpo_optimizer_t *opt, hpo_progress_t *out, hpo_error_t *error)
{
	hpo_status_t status;

	hpo__error_clear(error);
	if (out->struct_size != sizeof *out)
		return hpo__fail(error, HPO_EINVAL,
				 "hpo_progress_t.struct_size is %u, it should be %zu",
				 (unsigned)out->struct_size, sizeof *out);
	status = hpo__optimizer_sync(opt, error);
	if (status < 0)
		return status;

	hpo__lock_take(&opt->lock);
	out->waiting = opt->counts[HPO_TRIAL_WAITING];
	out->running = opt->counts[HPO_TRIAL_RUNNING];
	out->completed = opt->counts[HPO_TRIAL_COMPLETED];
	out->pruned = opt->counts[HPO_TRIAL_PRUNED];
	out->failed = opt->counts[HPO_TRIAL_FAILED];
	out->paused = opt->paused;
	out->total = opt->study->limits.trials;
	out->active = 0;
	for (const hpo_trial_t *trial = opt->live; trial != NULL; trial = trial->next)
		out->active++;
	out->has_best = opt->best_number >= 0;
	out->best_number = opt->best_number;
	out->best_value = out->has_best ? hpo__objective_value(&opt->study->objectives.list[opt->first_goal],
							       opt->best_loss)
					: (double)NAN;
	out->elapsed_s = opt->began > 0 ? hpo__clock_monotonic() - opt->began : 0.0;
	out->compute_s = opt->compute_s;
	out->remaining_s = estimate_remaining(opt, out);
	status = hpo__limits_look(opt);
	memcpy(out->ended, opt->goal[0] != '\0' ? opt->goal : opt->reason, sizeof out->ended);
	hpo__lock_drop(&opt->lock);
	return status < 0 ? hpo__fail_memory(error) : HPO_OK;
}
