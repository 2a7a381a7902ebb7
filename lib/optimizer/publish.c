/*
 * What a run tells while it goes on: each trial that ends, and now and then
 * how far it is; and which clones are put out of sight.
 */
#include "optimizer/driver.h"

#include "base/alloc.h"
#include "os/clock.h"
#include "trial/ranking.h"

enum { CALL_MS = 10000 };
static const double default_period_s = 300.0;

hpo_status_t hpo__publish_ended(struct hpo_driver *driver, int64_t number, hpo_error_t *error)
{
	hpo_optimizer_t *opt = driver->optimizer;
	struct hpo_buffer json = HPO__BUFFER_INIT;
	hpo_status_t status;
	bool is_best;

	if (opt->ended == NULL)
		return HPO_OK;
	status = hpo__optimizer_sync(opt, error);
	if (status >= 0)
		status = hpo__trial_write(opt, number, false, &json, error);
	if (status < 0)
		goto done;

	hpo__lock_take(&opt->lock);
	is_best = opt->best_number == number;
	hpo__lock_drop(&opt->lock);
	status = opt->ended(number, json.text, is_best, opt->ended_user);
	if (status < 0)
		hpo__fail(error, status, "the callback for ended trials asked to stop");
done:
	hpo__buffer_release(&json);
	return status < 0 ? status : HPO_OK;
}

/* One clone of the study's history, as archiving looks at it. */
struct seen_clone {
	int64_t number;
	hpo_task_id_t id;
	bool found;
};

static hpo_status_t take_task(const hpo_trial_row_t *row, void *user)
{
	struct seen_clone *clone = user;
	size_t i = 0;

	for (; row->task != NULL && row->task[i] != '\0' && i + 1 < sizeof clone->id.text; i++)
		clone->id.text[i] = row->task[i];
	clone->id.text[i] = '\0';
	clone->found = i > 0;
	return HPO_OK;
}

/* Hide or show one clone, if that is not how it is already. */
static void set_hidden(struct hpo_driver *driver, int64_t number, bool hidden)
{
	hpo_optimizer_t *opt = driver->optimizer;
	struct seen_clone clone = {.number = number};
	const hpo_store_ops_t *ops;
	hpo_error_t why = {0, ""};
	void *state;

	if (opt->entries[number].archived == hidden)
		return;
	ops = hpo__store_lock(opt->store, &state);
	ops->trials(state, opt->study_id, number, number, take_task, &clone, NULL);
	hpo__store_unlock(opt->store);
	if (clone.found &&
	    driver->ops->archive(driver->state, &clone.id, 1, hidden, CALL_MS, &why) != HPO_OK) {
		hpo__log(&opt->log, HPO_LOG_WARNING, "trial %lld could not be archived: %s",
			 (long long)number, why.message);
		return;
	}
	opt->entries[number].archived = hidden;
}

/* Archive what is not among the best, bring back what came to be. */
static hpo_status_t keep_top(struct hpo_driver *driver, hpo_error_t *error)
{
	hpo_optimizer_t *opt = driver->optimizer;
	const size_t keep = (size_t)opt->study->limits.keep_top;
	hpo_history_t *view = NULL;
	size_t *order = NULL;
	hpo_status_t status;
	size_t n;

	if (keep == 0 || driver->in_process)
		return HPO_OK;
	hpo__lock_take(&opt->lock);
	status = hpo__history_snapshot(&view, &opt->history, NULL, NULL, 0, 0);
	hpo__lock_drop(&opt->lock);
	if (status < 0)
		return hpo__fail_memory(error);

	n = hpo_history_count(view);
	order = hpo__calloc(n + 1, sizeof *order);
	if (order == NULL)
		status = hpo__fail_memory(error);
	else
		status = hpo__rank(&opt->study->objectives, hpo_history_losses(view), n, order,
				   NULL);
	for (size_t i = 0; status >= 0 && i < n; i++)
		set_hidden(driver, hpo_history_numbers(view)[order[i]], i >= keep);
	hpo__free(order);
	hpo__history_free(view);
	return status;
}

static hpo_status_t publish_summary(struct hpo_driver *driver, hpo_error_t *error)
{
	hpo_error_t why = {0, ""};
	char *summary = hpo_optimizer_top_json(driver->optimizer, 10, 0, error);

	if (summary == NULL)
		return error->code < 0 ? (hpo_status_t)error->code : HPO_ENOMEM;
	if (driver->ops->publish(driver->state, summary, CALL_MS, &why) < 0)
		hpo__log(&driver->optimizer->log, HPO_LOG_WARNING,
			 "the state of the study could not be published: %s", why.message);
	hpo__free(summary);
	return HPO_OK;
}

hpo_status_t hpo__publish_if_due(struct hpo_driver *driver, bool last, hpo_error_t *error)
{
	hpo_optimizer_t *opt = driver->optimizer;
	const double period = opt->report_minutes > 0 ? 60.0 * opt->report_minutes
						      : default_period_s;
	const double now = hpo__clock_monotonic();
	hpo_progress_t progress = {.struct_size = sizeof progress};
	hpo_status_t status;

	if (!last && now < driver->next_report)
		return HPO_OK;
	driver->next_report = now + period;
	status = keep_top(driver, error);
	if (status >= 0)
		status = publish_summary(driver, error);
	if (status < 0 || opt->report == NULL)
		return status;
	status = hpo_optimizer_progress(opt, &progress, error);
	if (status >= 0) {
		status = opt->report(&progress, opt->report_user);
		if (status < 0)
			hpo__fail(error, status, "the callback for reports asked to stop");
	}
	return status < 0 ? status : HPO_OK;
}
