/*
 * What a run tells while it goes on: each trial that ends, and now and then
 * how far it is.
 *
 * A report is made of the study's records, which are read once a period, and
 * only if something changed and the backend shows reports or hides clones.
 */
#include "optimizer/driver.h"

#include "backend/registry.h"
#include "base/alloc.h"
#include "base/number.h"
#include "os/clock.h"
#include "report/run.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { CALL_MS = 10000 };
/* Lines kept for a report that cannot be given; a sentence for an end. */
enum { LINES = 200, LINE_BYTES = 1000, REASON_BYTES = 600 };
static const double default_period_s = 300.0;
/* The last report waits so long for a backend that does not answer, asking so often. */
static const double last_s = 30.0;
static const double ask_again_s = 0.25;

static bool has_watchers(const struct hpo_driver *driver)
{
	return driver->ops->publish != hpo__backend_default_publish;
}

static void drop_lines(struct hpo_published *published)
{
	for (size_t i = 0; i < published->line_count; i++)
		hpo__free(published->lines[i]);
	published->line_count = 0;
}

void hpo__publish_release(struct hpo_driver *driver)
{
	drop_lines(&driver->published);
	hpo__free(driver->published.lines);
	driver->published.lines = NULL;
	driver->published.line_capacity = 0;
}

/* Keep a line for the next report; one for which there is no room is only not shown. */
static void keep_line(struct hpo_driver *driver, const char *text)
{
	struct hpo_published *published = &driver->published;
	char **lines;
	char *copy;

	if (!has_watchers(driver) || published->line_count >= LINES)
		return;
	lines = hpo__grow(published->lines, &published->line_capacity, published->line_count + 1,
			  sizeof *lines);
	if (lines == NULL)
		return;
	published->lines = lines;
	copy = hpo__strdup(text);
	if (copy != NULL)
		lines[published->line_count++] = copy;
}

void hpo__publish_warning(struct hpo_driver *driver, const char *format, ...)
{
	char text[LINE_BYTES];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	hpo__log(&driver->optimizer->log, HPO_LOG_WARNING, "%s", text);
	keep_line(driver, text);
}

static hpo_status_t note_end(const hpo_trial_row_t *row, void *user)
{
	struct hpo_driver *driver = user;
	char text[LINE_BYTES];

	if (row->state != HPO_TRIAL_WAITING) {
		driver->published.ends++;
		return HPO_OK;
	}
	snprintf(text, sizeof text, "Trial %lld is to be tried again: %s", (long long)row->number,
		 row->reason != NULL ? row->reason : "");
	keep_line(driver, text);
	return HPO_OK;
}

/* An attempt after which the trial waits again has no line in the records. */
static void watch_ended(struct hpo_driver *driver, int64_t number)
{
	hpo_optimizer_t *opt = driver->optimizer;
	const hpo_store_ops_t *ops;
	void *state;

	if (!has_watchers(driver))
		return;
	ops = hpo__store_lock(opt->store, &state);
	ops->trials(state, opt->study_id, number, number, note_end, driver, NULL);
	hpo__store_unlock(opt->store);
}

hpo_status_t hpo__publish_ended(struct hpo_driver *driver, int64_t number, hpo_error_t *error)
{
	hpo_optimizer_t *opt = driver->optimizer;
	struct hpo_buffer json = HPO__BUFFER_INIT;
	hpo_status_t status;
	bool is_best;

	watch_ended(driver, number);
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

/* The end of a trial that this run began with is no news. */
static void begin(struct hpo_driver *driver)
{
	hpo_optimizer_t *opt = driver->optimizer;
	struct hpo_published *published = &driver->published;
	hpo_error_t ignored = {0, ""};

	if (published->begun)
		return;
	published->begun = true;
	published->revision = -1;
	hpo__optimizer_sync(opt, &ignored);
	hpo__lock_take(&opt->lock);
	published->told = opt->counts[HPO_TRIAL_COMPLETED] + opt->counts[HPO_TRIAL_PRUNED] +
			  opt->counts[HPO_TRIAL_FAILED] - published->ends;
	hpo__lock_drop(&opt->lock);
	if (published->told < 0)
		published->told = 0;
}

static void describe_minutes(char *text, double minutes, const char *of)
{
	char number[HPO__NUMBER_SIZE];

	hpo__format_real(minutes, number);
	snprintf(text, REASON_BYTES, "the limit of %s minutes%s is reached", number, of);
}

/* How the run ended: the word, and the reason in text [REASON_BYTES]. */
static const char *describe_end(struct hpo_driver *driver, char *text)
{
	hpo_optimizer_t *opt = driver->optimizer;
	const hpo_limits_t *limits = &opt->study->limits;
	const char *word = "completed";
	int64_t ended;

	hpo__lock_take(&opt->lock);
	ended = opt->counts[HPO_TRIAL_COMPLETED] + opt->counts[HPO_TRIAL_PRUNED] +
		opt->counts[HPO_TRIAL_FAILED];
	if (driver->over < 0) {
		word = "failed";
		snprintf(text, REASON_BYTES, "%s", driver->why.message);
	} else if (driver->over == HPO_EXHAUSTED) {
		snprintf(text, REASON_BYTES, "%s", opt->reason);
	} else if (opt->goal[0] != '\0') {
		snprintf(text, REASON_BYTES, "%s", opt->goal);
	} else if (limits->trials > 0 && ended >= limits->trials) {
		snprintf(text, REASON_BYTES, "the limit of %lld trials is reached",
			 (long long)limits->trials);
	} else if (limits->compute_minutes > 0 &&
		   opt->compute_s >= 60.0 * limits->compute_minutes) {
		describe_minutes(text, limits->compute_minutes, " of computing");
	} else if (opt->run_minutes > 0 &&
		   hpo__clock_monotonic() - opt->began >= 60.0 * opt->run_minutes) {
		describe_minutes(text, opt->run_minutes, "");
	} else {
		word = "stopped";
		snprintf(text, REASON_BYTES, "somebody asked it to stop");
	}
	hpo__lock_drop(&opt->lock);
	return word;
}

static char *build_report(struct hpo_driver *driver, const hpo_records_t *records, bool last,
			  hpo_error_t *error)
{
	hpo_optimizer_t *opt = driver->optimizer;
	char reason[REASON_BYTES] = "";
	struct hpo_run_view view = {
		.report = driver->published.reports + 1,
		.limits = &opt->study->limits,
		.now_s = hpo__clock_wall(),
		.told = driver->published.told,
		.lines = (const char *const *)driver->published.lines,
		.line_count = driver->published.line_count,
	};

	if (last) {
		view.ended = describe_end(driver, reason);
		view.reason = reason;
	}
	hpo__lock_take(&opt->lock);
	view.run_minutes = opt->run_minutes;
	view.elapsed_s = hpo__clock_monotonic() - opt->began;
	hpo__lock_drop(&opt->lock);
	return hpo__run_report(records, &view, error);
}

/* The last report is worth some patience, unless there has been silence for long already. */
static hpo_status_t give_report(struct hpo_driver *driver, const char *report, bool last,
				hpo_error_t *error)
{
	const bool patient = last && driver->away_since == 0;
	const double end = hpo__clock_monotonic() + last_s;
	hpo_status_t status;

	for (;;) {
		status = driver->ops->publish(driver->state, report, CALL_MS, error);
		if (status != HPO_WAIT || !patient || hpo__clock_monotonic() >= end)
			return status;
		hpo__lock_take(&driver->lock);
		hpo__event_wait(&driver->finished, &driver->lock, ask_again_s);
		hpo__lock_drop(&driver->lock);
	}
}

/* Remember what is shown now. */
static void note_shown(struct hpo_driver *driver, const hpo_records_t *records, int64_t revision)
{
	struct hpo_published *published = &driver->published;

	published->reports++;
	published->revision = revision;
	for (size_t i = 0; i < records->count; i++) {
		if (records->trials[i].row.told > published->told)
			published->told = records->trials[i].row.told;
	}
	drop_lines(published);
}

static hpo_status_t show(struct hpo_driver *driver, bool last, int64_t revision,
			 hpo_error_t *error)
{
	hpo_optimizer_t *opt = driver->optimizer;
	hpo_records_t *records = NULL;
	char *report = NULL;
	hpo_status_t status;

	status = hpo_store_records(opt->store, opt->study->name, HPO_RECORDS_TRIALS, &records,
				   error);
	if (status >= 0 && hpo__publish_hides(driver))
		status = hpo__publish_top(driver, records, error);
	if (status < 0)
		goto done;
	if (!has_watchers(driver)) {
		driver->published.revision = revision;
		goto done;
	}
	report = build_report(driver, records, last, error);
	if (report == NULL) {
		status = error->code < 0 ? (hpo_status_t)error->code : HPO_ENOMEM;
		goto done;
	}
	status = give_report(driver, report, last, error);
	if (status == HPO_OK)
		note_shown(driver, records, revision);
done:
	hpo__free(report);
	hpo_records_free(records);
	return status;
}

/* Show the state of the study if it is another than the one that was shown. */
static void show_changes(struct hpo_driver *driver, bool last)
{
	hpo_optimizer_t *opt = driver->optimizer;
	struct hpo_published *published = &driver->published;
	hpo_error_t why = {0, ""}, ignored = {0, ""};
	const hpo_store_ops_t *ops;
	hpo_status_t status;
	int64_t revision = -1;
	int stopped = 0;
	void *state;

	if (published->over || (!has_watchers(driver) && !hpo__publish_hides(driver)))
		return;
	begin(driver);
	if (last)
		hpo__optimizer_sync(opt, &ignored);
	ops = hpo__store_lock(opt->store, &state);
	status = ops->revision(state, opt->study_id, &revision, &stopped, &why);
	hpo__store_unlock(opt->store);
	if (!last && status >= 0 && revision == published->revision && published->line_count == 0)
		return;
	if (status >= 0)
		status = show(driver, last, revision, &why);
	if (status < 0)
		hpo__publish_warning(driver, "the state of the study could not be published: %s",
				     why.message);
	published->over = last;
}

void hpo__publish_last(struct hpo_driver *driver)
{
	show_changes(driver, true);
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
	show_changes(driver, last);
	if (opt->report == NULL)
		return HPO_OK;
	status = hpo_optimizer_progress(opt, &progress, error);
	if (status >= 0) {
		status = opt->report(&progress, opt->report_user);
		if (status < 0)
			hpo__fail(error, status, "the callback for reports asked to stop");
	}
	return status < 0 ? status : HPO_OK;
}
