/*
 * Learning how the clones are: one call for all that live, the optimizer task
 * among them, however many trials ended before. A second one, for curves, only
 * where iterations matter and the tasks count them otherwise than the server.
 */
#include "backend/clearml/clones.h"

#include "backend/clearml/dates.h"
#include "backend/clearml/local.h"
#include "backend/clearml/optimizer_task.h"
#include "base/alloc.h"
#include "os/clock.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <string.h>

enum {
	PAGE = 500,	   /* rows of one answer at most */
	CURVES_PAGE = 100, /* tasks of one question for curves at most */
	CALL_MS = 10000,   /* one round trip at most; wake() cuts it short */
	ENOUGH_AGREEMENTS = 3,
	NO_SUCH_TASK = 101
};

/* The iteration that stands for "a single value, not a curve". */
static const int64_t single_value = INT32_MIN;

/* A server that is away is asked again after so long at most. */
static const double longest_silence_s = 30.0;

/* One poll under way. */
struct round {
	struct hpo_clearml *clearml;
	const hpo_task_id_t *ids;
	size_t count;
	const hpo_task_sink_t *sink;
	bool *found; /* [count] */
	bool optimizer_found;
	bool stop;	 /* somebody stopped the optimizer task */
	size_t *curious; /* [curious_count], clones whose curve is wanted */
	size_t curious_count;
	int64_t *ends; /* [count], last iteration of the first objective's curve; -1: unknown */
	int refusal;   /* code of the last refusal */
};

/* The first question asks for the watched ones too. */
static void write_ids(const struct round *round, size_t first, size_t last, struct hpo_buffer *out)
{
	const struct hpo_clearml_clones *clones = round->clearml->clones;

	hpo__buffer_text(out, "{\"id\":[");
	hpo__buffer_json_text(out, round->clearml->optimizer.id);
	for (size_t i = 0; first == 0 && i < clones->watched_count; i++) {
		hpo__buffer_char(out, ',');
		hpo__buffer_json_text(out, clones->watched[i].id);
	}
	for (size_t i = first; i < last; i++) {
		hpo__buffer_char(out, ',');
		hpo__buffer_json_text(out, round->ids[i].text);
	}
	hpo__buffer_format(out, "],\"page\":0,\"page_size\":%d,\"search_hidden\":true,", (int)PAGE);
}

static void write_fields(const struct hpo_clearml_clones *clones, struct hpo_buffer *out)
{
	bool whole = false;

	hpo__buffer_text(out, "\"only_fields\":[\"id\",\"status\",\"status_reason\","
			      "\"status_message\",\"started\",\"completed\",\"last_iteration\"");
	for (size_t i = 0; i < clones->metric_count; i++)
		whole = whole || clones->metrics[i].path == NULL;
	for (size_t i = 0; i < clones->metric_count && !whole; i++)
		hpo__buffer_format(out, ",\"%s\"", clones->metrics[i].path);
	hpo__buffer_text(out, whole ? ",\"last_metrics\"]}" : "]}");
}

static void report(struct round *round, size_t index, struct hpo_clearml_seen *seen,
		   int64_t iteration, const char *key, double value)
{
	if (seen->any && seen->iteration == iteration &&
	    (seen->value == value || (isnan(seen->value) && isnan(value))))
		return;
	*seen = (struct hpo_clearml_seen){true, value, iteration};
	round->sink->report(round->sink->user, index, iteration, key, value);
}

static int64_t whole_number(const hpo_json_t *entry, const char *key, int64_t otherwise)
{
	const double value = hpo__json_real(hpo__json_get(entry, key));

	return isfinite(value) && fabs(value) < 9e15 ? (int64_t)value : otherwise;
}

/* Where the last value of a metric stands, as far as the task's record tells. -1: no curve. */
static int64_t last_iteration(const hpo_json_t *task, const hpo_json_t *entry, int64_t exact)
{
	if (whole_number(entry, "min_value_iteration", 0) == single_value ||
	    whole_number(entry, "first_value_iteration", 0) == single_value)
		return -1;
	if (exact >= 0)
		return exact;
	if (whole_number(entry, "count", 0) == 1)
		return whole_number(entry, "first_value_iteration",
				    whole_number(entry, "min_value_iteration", 0));
	return whole_number(task, "last_iteration", 0);
}

/*
 * Whether what was told of the first objective still stands. Without its curve, the task's own
 * count is no better where it is known to count something else.
 */
static bool stands(const struct round *round, size_t index, const hpo_json_t *task, double value,
		   const struct hpo_clearml_seen *seen)
{
	const struct hpo_clearml_clones *clones = round->clearml->clones;
	const struct hpo_clearml_clone *clone =
		hpo__clearml_clone_find(round->clearml->clones, round->ids[index].text);
	const char *status = hpo__json_text(hpo__json_get(task, "status"));

	if (round->ends[index] >= 0 || !clones->iterations_matter || clone == NULL)
		return false;
	if (seen->any && seen->value == value)
		return clones->use_curves ||
		       clone->iteration == whole_number(task, "last_iteration", 0);
	return clones->use_curves && hpo__clearml_status(status) == HPO__CLEARML_RUNNING;
}

static void tell_metric(struct round *round, size_t index, const hpo_json_t *task,
			const hpo_json_t *entry, const struct hpo_clearml_metric *metric,
			const char *key, struct hpo_clearml_seen *seen)
{
	const bool is_first = metric == round->clearml->clones->metrics;
	const char *extreme = metric->is_minimum ? "min_value" : "max_value";
	const char *where = metric->is_minimum ? "min_value_iteration" : "max_value_iteration";
	int64_t at;

	if (hpo__json_get(entry, "value") == NULL)
		return;
	if (metric->is_minimum || metric->is_maximum) {
		at = whole_number(entry, where, -1);
		report(round, index, &seen[1], at < 0 ? -1 : at, key,
		       hpo__json_real(hpo__json_get(entry, extreme)));
	}
	at = last_iteration(task, entry, is_first ? round->ends[index] : -1);
	if (is_first && whole_number(entry, "count", 0) > 1 &&
	    stands(round, index, task, hpo__json_real(hpo__json_get(entry, "value")), &seen[0]))
		return;
	/* The value is the newest whatever its iteration: a later report must not look earlier. */
	if (at >= 0 && seen[0].any && at < seen[0].iteration)
		at = seen[0].iteration;
	report(round, index, &seen[0], at, key, hpo__json_real(hpo__json_get(entry, "value")));
}

/* All metrics of a task whose series is that of an objective without a title. */
struct untitled {
	struct round *round;
	size_t index;
	const hpo_json_t *task;
	const struct hpo_clearml_metric *metric;
	struct hpo_clearml_seen *seen;
};

static hpo_status_t tell_variant(const char *hash, const hpo_json_t *entry, void *user)
{
	const struct untitled *untitled = user;
	const char *title = hpo__json_text(hpo__json_get(entry, "metric"));
	const char *series = hpo__json_text(hpo__json_get(entry, "variant"));
	struct hpo_buffer key = HPO__BUFFER_INIT;

	(void)hash;
	if (series == NULL || strcmp(series, untitled->metric->series) != 0)
		return HPO_OK;
	if (title != NULL && *title != '\0' && strcmp(title, series) != 0)
		hpo__buffer_format(&key, "%s/", title);
	hpo__buffer_text(&key, series);
	if (!key.failed)
		tell_metric(untitled->round, untitled->index, untitled->task, entry,
			    untitled->metric, key.text, untitled->seen);
	hpo__buffer_release(&key);
	return HPO_OK;
}

static hpo_status_t tell_variants(const char *hash, const hpo_json_t *variants, void *user)
{
	(void)hash;
	if (hpo__json_kind(variants) != HPO__JSON_OBJECT)
		return HPO_OK;
	return hpo__json_each(variants, tell_variant, user);
}

static void tell_metrics(struct round *round, size_t index, const hpo_json_t *task,
			 struct hpo_clearml_clone *clone)
{
	const struct hpo_clearml_clones *clones = round->clearml->clones;
	const hpo_json_t *all = hpo__json_get(task, "last_metrics");

	for (size_t i = 0; i < clones->metric_count; i++) {
		const struct hpo_clearml_metric *metric = &clones->metrics[i];
		struct untitled untitled = {round, index, task, metric, &clone->seen[2 * i]};

		if (metric->title != NULL)
			tell_metric(round, index, task, hpo__clearml_metric_entry(task, metric),
				    metric, metric->key, &clone->seen[2 * i]);
		else if (hpo__json_kind(all) == HPO__JSON_OBJECT)
			hpo__json_each(all, tell_variants, &untitled);
	}
}

static double running_seconds(const struct hpo_clearml *clearml, const hpo_json_t *task,
			      enum hpo_clearml_status status)
{
	const char *started = hpo__json_text(hpo__json_get(task, "started"));
	const char *completed = hpo__json_text(hpo__json_get(task, "completed"));
	double from, to;

	if (status == HPO__CLEARML_QUEUED || started == NULL || !hpo__clearml_date(started, &from))
		return -1.0;
	if (status == HPO__CLEARML_RUNNING || completed == NULL ||
	    !hpo__clearml_date(completed, &to))
		to = hpo__clearml_now(clearml->session);
	return to > from ? to - from : 0.0;
}

static void tell_state(struct round *round, size_t index, hpo_task_state_t state, double running_s,
		       const char *reason)
{
	const hpo_task_status_t told = {.state = state, .running_s = running_s, .reason = reason};

	round->sink->state(round->sink->user, index, &told);
}

/* Why the server says that a task failed. */
static const char *failure(const hpo_json_t *task)
{
	const char *reason = hpo__json_text(hpo__json_get(task, "status_reason"));
	const char *message = hpo__json_text(hpo__json_get(task, "status_message"));

	if (reason != NULL && *reason != '\0')
		return reason;
	return message != NULL && *message != '\0' ? message : "the task failed";
}

/*
 * A clone that was stopped: by us, or by somebody else; the server itself stops one that has
 * said nothing for two hours.
 */
static void tell_stopped(struct round *round, size_t index, const hpo_json_t *task,
			 const struct hpo_clearml_clone *clone, double running_s)
{
	const char *message = hpo__json_text(hpo__json_get(task, "status_message"));

	if (!clone->stopping && message != NULL && strstr(message, "non-responsive") != NULL)
		tell_state(round, index, HPO_TASK_FAILED, running_s,
			   "the server stopped it: it had not answered for too long");
	else
		tell_state(round, index, HPO_TASK_ABORTED, running_s, NULL);
}

/* One that goes on after it was told to stop had been taken out of its queue a moment before. */
static void stop_again(struct round *round, struct hpo_clearml_clone *clone)
{
	if (!clone->stopping || clone->removed)
		return;
	hpo__clearml_abort(round->clearml, clone->id, CALL_MS, NULL);
}

static void tell_draft(struct round *round, size_t index, struct hpo_clearml_clone *clone,
		       double running_s)
{
	if (clone->stopping) {
		clone->removed = true;
		tell_state(round, index, HPO_TASK_ABORTED, running_s, NULL);
	} else {
		tell_state(round, index, HPO_TASK_FAILED, running_s,
			   "somebody took it out of its queue or reset it: it is a draft");
	}
}

/* Whether an ended task has an objective whose last value is no number. */
static bool is_unmeasured(const struct hpo_clearml_clones *clones, const hpo_json_t *task)
{
	const char *status = hpo__json_text(hpo__json_get(task, "status"));

	if (hpo__clearml_status(status) != HPO__CLEARML_DONE)
		return false;
	for (size_t i = 0; i < clones->metric_count; i++) {
		const hpo_json_t *entry = hpo__clearml_metric_entry(task, &clones->metrics[i]);

		if (entry != NULL && !isfinite(hpo__json_real(hpo__json_get(entry, "value"))))
			return true;
	}
	return false;
}

static void tell_task(struct round *round, size_t index, const hpo_json_t *task,
		      struct hpo_clearml_clone *clone)
{
	struct hpo_clearml_clones *clones = round->clearml->clones;
	const enum hpo_clearml_status status =
		hpo__clearml_status(hpo__json_text(hpo__json_get(task, "status")));
	const double running_s = running_seconds(round->clearml, task, status);

	clone->status = status;
	if (!clone->removed)
		tell_metrics(round, index, task, clone);
	clone->iteration = whole_number(task, "last_iteration", 0);
	switch (status) {
	case HPO__CLEARML_DRAFT:
		tell_draft(round, index, clone, running_s);
		break;
	case HPO__CLEARML_QUEUED:
		clones->pending++;
		tell_state(round, index, clone->removed ? HPO_TASK_ABORTED : HPO_TASK_QUEUED, -1.0,
			   NULL);
		break;
	case HPO__CLEARML_RUNNING:
		clones->running++;
		tell_state(round, index, HPO_TASK_RUNNING, running_s, NULL);
		stop_again(round, clone);
		break;
	case HPO__CLEARML_STOPPED:
		tell_stopped(round, index, task, clone, running_s);
		break;
	case HPO__CLEARML_FAILED:
		tell_state(round, index, HPO_TASK_FAILED, running_s, failure(task));
		break;
	case HPO__CLEARML_DONE:
		if (is_unmeasured(clones, task))
			tell_state(round, index, HPO_TASK_FAILED, running_s,
				   "its last value of an objective is no number (nan)");
		else
			tell_state(round, index, HPO_TASK_COMPLETED, running_s, NULL);
		break;
	}
}

/* Whether a value of the first objective is new: then its iteration is worth a question. */
static bool is_news(const struct round *round, const hpo_json_t *task,
		    const struct hpo_clearml_clone *clone)
{
	const struct hpo_clearml_metric *metric = &round->clearml->clones->metrics[0];
	const hpo_json_t *entry = hpo__clearml_metric_entry(task, metric);
	const double value = hpo__json_real(hpo__json_get(entry, "value"));

	if (entry == NULL || whole_number(entry, "count", 0) < 2 ||
	    whole_number(entry, "first_value_iteration", 0) == single_value)
		return false;
	return !clone->seen[0].any || clone->seen[0].value != value ||
	       clone->iteration != whole_number(task, "last_iteration", 0);
}

static size_t index_of(const struct round *round, const char *id)
{
	for (size_t i = 0; i < round->count; i++)
		if (strcmp(round->ids[i].text, id) == 0)
			return i;
	return round->count;
}

/* Somebody who stops the optimizer task, or deletes it, stops the search. */
static void look_at_optimizer(struct round *round, const hpo_json_t *task)
{
	const char *status = hpo__json_text(hpo__json_get(task, "status"));
	const char *message = hpo__json_text(hpo__json_get(task, "status_message"));
	const enum hpo_clearml_status is = hpo__clearml_status(status);

	round->optimizer_found = true;
	if (round->clearml->optimizer.read_only)
		return;
	if (is == HPO__CLEARML_STOPPED || is == HPO__CLEARML_FAILED || is == HPO__CLEARML_DONE ||
	    (is == HPO__CLEARML_RUNNING && message != NULL && strstr(message, "stopping") != NULL))
		round->stop = true;
}

/* Which clones' curves are wanted; [count] of the ids. */
static void note_curious(struct round *round, const hpo_json_t *tasks)
{
	const struct hpo_clearml_clones *clones = round->clearml->clones;

	round->curious_count = 0;
	if (!clones->iterations_matter || clones->metrics[0].title == NULL ||
	    (!clones->use_curves && clones->agreements >= ENOUGH_AGREEMENTS))
		return;
	for (size_t i = 0; i < hpo__json_size(tasks); i++) {
		const hpo_json_t *task = hpo__json_item(tasks, i);
		const char *id = hpo__json_text(hpo__json_get(task, "id"));
		const size_t index = id != NULL ? index_of(round, id) : round->count;
		const struct hpo_clearml_clone *clone =
			index < round->count ? hpo__clearml_clone_find(round->clearml->clones, id)
					     : NULL;

		if (clone != NULL && !clone->removed && is_news(round, task, clone))
			round->curious[round->curious_count++] = index;
	}
}

/* last_iteration counts every metric of a task: hold it against the objective's own curve. */
static void compare_counts(struct round *round, const hpo_json_t *tasks)
{
	struct hpo_clearml_clones *clones = round->clearml->clones;

	for (size_t i = 0; i < hpo__json_size(tasks) && !clones->use_curves; i++) {
		const hpo_json_t *task = hpo__json_item(tasks, i);
		const char *id = hpo__json_text(hpo__json_get(task, "id"));
		const size_t index = id != NULL ? index_of(round, id) : round->count;

		if (index == round->count || round->ends[index] < 0)
			continue;
		if (whole_number(task, "last_iteration", 0) > round->ends[index] + 1)
			clones->use_curves = true;
		else
			clones->agreements++;
	}
}

/* {"metrics":{metric:{variant:{task:{"x":[…]}}}}}: where each curve ends. */
static void take_curves(struct round *round, size_t first, size_t last, const hpo_json_t *data)
{
	const struct hpo_clearml_metric *metric = &round->clearml->clones->metrics[0];
	const hpo_json_t *variants = hpo__json_get(hpo__json_get(data, "metrics"), metric->title);
	const hpo_json_t *tasks = hpo__json_get(variants, metric->series);

	for (size_t i = first; i < last; i++) {
		const size_t index = round->curious[i];
		const hpo_json_t *curve = hpo__json_get(tasks, round->ids[index].text);
		const hpo_json_t *x = hpo__json_get(curve, "x");
		const size_t size = hpo__json_size(x);
		const double end = size > 0 ? hpo__json_real(hpo__json_item(x, size - 1)) : -1.0;

		round->ends[index] = end >= 0 && end < 9e15 ? (int64_t)end : -1;
	}
}

/* What cannot be had now is told with the task's own count, which is never too small. */
static void fetch_curves(struct round *round, size_t first, size_t last)
{
	struct hpo_clearml_clones *clones = round->clearml->clones;
	const struct hpo_clearml_metric *metric = &clones->metrics[0];
	struct hpo_buffer body = HPO__BUFFER_INIT;
	hpo_json_t *data = NULL;

	hpo__buffer_text(&body, "{\"tasks\":[");
	for (size_t i = first; i < last; i++) {
		if (i > first)
			hpo__buffer_char(&body, ',');
		hpo__buffer_json_text(&body, round->ids[round->curious[i]].text);
	}
	hpo__buffer_text(&body, "],\"samples\":2000,\"key\":\"iter\",\"metrics\":[{\"metric\":");
	hpo__buffer_json_text(&body, metric->title);
	hpo__buffer_text(&body, ",\"variants\":[");
	hpo__buffer_json_text(&body, metric->series);
	hpo__buffer_text(&body, "]}]}");
	clones->curves++;
	if (!body.failed &&
	    hpo__clearml_call(round->clearml->session,
			      "events.multi_task_scalar_metrics_iter_histogram", &body,
			      HPO__HTTP_REPEAT, CALL_MS, &data, NULL, NULL) == HPO_OK)
		take_curves(round, first, last, data);
	hpo__json_free(data);
	hpo__buffer_release(&body);
}

static void tell_rows(struct round *round, const hpo_json_t *tasks)
{
	for (size_t i = 0; i < hpo__json_size(tasks); i++) {
		const hpo_json_t *task = hpo__json_item(tasks, i);
		const char *id = hpo__json_text(hpo__json_get(task, "id"));
		struct hpo_clearml_clone *clone;
		size_t index;

		if (id == NULL)
			continue;
		if (strcmp(id, round->clearml->optimizer.id) == 0) {
			look_at_optimizer(round, task);
			continue;
		}
		index = index_of(round, id);
		clone = hpo__clearml_clone_find(round->clearml->clones, id);
		if (index == round->count || clone == NULL)
			hpo__clearml_watch_row(round->clearml, task, CALL_MS);
		if (index == round->count || clone == NULL || round->found[index])
			continue;
		/* What decides how a trial ends is read a second time before it is believed. */
		if (is_unmeasured(round->clearml->clones, task))
			continue;
		round->found[index] = true;
		tell_task(round, index, task, clone);
	}
}

static void tell_answer(struct round *round, const hpo_json_t *tasks)
{
	note_curious(round, tasks);
	for (size_t first = 0; first < round->curious_count; first += CURVES_PAGE)
		fetch_curves(round, first,
			     first + CURVES_PAGE < round->curious_count ? first + CURVES_PAGE
									: round->curious_count);
	compare_counts(round, tasks);
	tell_rows(round, tasks);
}

static hpo_status_t ask_rows(struct round *round, size_t first, size_t last, hpo_error_t *error)
{
	struct hpo_clearml_outcome outcome = {0, 0, false};
	struct hpo_buffer body = HPO__BUFFER_INIT;
	hpo_json_t *data = NULL;
	hpo_status_t status;

	write_ids(round, first, last, &body);
	write_fields(round->clearml->clones, &body);
	status = hpo__clearml_ask(round->clearml->session, "tasks.get_all", &body, HPO__HTTP_REPEAT,
				  CALL_MS, &data, &outcome, error);
	round->refusal = outcome.code;
	round->clearml->clones->polls++;
	if (status == HPO_OK)
		tell_answer(round, hpo__json_get(data, "tasks"));
	hpo__json_free(data);
	return status;
}

/* A clone that was not among the rows: gone, or the answer was short. */
static hpo_status_t ask_missing(struct round *round, size_t index, hpo_error_t *error)
{
	struct hpo_clearml_clone *clone =
		hpo__clearml_clone_find(round->clearml->clones, round->ids[index].text);
	struct hpo_clearml_outcome outcome = {0, 0, false};
	struct hpo_buffer body = HPO__BUFFER_INIT;
	hpo_json_t *data = NULL;
	hpo_status_t status;

	if (clone == NULL) {
		tell_state(round, index, HPO_TASK_LOST, -1.0, "it is not a task of this run");
		return HPO_OK;
	}
	hpo__buffer_text(&body, "{\"task\":");
	hpo__buffer_json_text(&body, clone->id);
	hpo__buffer_char(&body, '}');
	status = hpo__clearml_ask(round->clearml->session, "tasks.get_by_id", &body,
				  HPO__HTTP_REPEAT, CALL_MS, &data, &outcome, error);
	if (status == HPO_OK) {
		tell_task(round, index, hpo__json_get(data, "task"), clone);
	} else if (status == HPO_EBACKEND && outcome.code == 400 &&
		   outcome.subcode == NO_SUCH_TASK) {
		clone->released = true; /* there is nothing to delete */
		clone->removed = false;
		tell_state(round, index, clone->stopping ? HPO_TASK_ABORTED : HPO_TASK_FAILED, -1.0,
			   "somebody deleted the task on the server");
		status = HPO_OK;
	}
	hpo__json_free(data);
	return status;
}

static hpo_status_t go_round(struct round *round, hpo_error_t *error)
{
	struct hpo_clearml_clones *clones = round->clearml->clones;
	hpo_status_t status = HPO_OK;
	size_t first = 0;

	clones->running = clones->pending = 0;
	do {
		const size_t room = PAGE - 1 - (first == 0 ? clones->watched_count : 0);
		const size_t last = first + room < round->count ? first + room : round->count;

		status = ask_rows(round, first, last, error);
		first = last;
	} while (status == HPO_OK && first < round->count);
	for (size_t i = 0; i < round->count && status == HPO_OK; i++)
		if (!round->found[i])
			status = ask_missing(round, i, error);
	if (status != HPO_OK)
		return status;
	/* One short answer is no proof that the optimizer task is gone. */
	clones->optimizer_missed = round->optimizer_found ? 0 : clones->optimizer_missed + 1;
	return round->stop || clones->optimizer_missed > 1 ? HPO_DONE : HPO_OK;
}

/* Silence is told once, and is asked into less and less often. */
static hpo_status_t note_silence(struct hpo_clearml *clearml, hpo_status_t status,
				 const hpo_error_t *why)
{
	struct hpo_clearml_clones *clones = clearml->clones;
	double pause_s = clearml->settings.poll_s;

	if (status != HPO_WAIT) {
		if (clones->is_away)
			hpo__log(&clearml->log, HPO_LOG_INFO, "the server answers again");
		clones->is_away = false;
		clones->silences = 0;
	} else {
		if (!clones->is_away)
			hpo__log(&clearml->log, HPO_LOG_WARNING,
				 "%s; the run goes on when it answers", why->message);
		clones->is_away = true;
		pause_s = fmin(longest_silence_s, 0.5 * ldexp(1.0, clones->silences));
		clones->silences += clones->silences < 10;
	}
	clones->next_poll = hpo__clock_monotonic() + pause_s;
	return status;
}

static hpo_status_t look(struct hpo_clearml *clearml, const hpo_task_id_t *ids, size_t count,
			 const hpo_task_sink_t *sink, hpo_error_t *error)
{
	struct round round = {.clearml = clearml, .ids = ids, .count = count, .sink = sink};
	hpo_error_t why = {0, ""};
	hpo_status_t status;

	round.found = hpo__calloc(count + 1, sizeof *round.found);
	round.curious = hpo__calloc(count + 1, sizeof *round.curious);
	round.ends = hpo__calloc(count + 1, sizeof *round.ends);
	for (size_t i = 0; round.ends != NULL && i < count; i++)
		round.ends[i] = -1;
	if (round.found == NULL || round.curious == NULL || round.ends == NULL)
		status = hpo__fail_memory(&why);
	else
		status = go_round(&round, &why);
	hpo__free(round.ends);
	hpo__free(round.curious);
	hpo__free(round.found);
	/* A refusal says something about the server, not about the trials; but one of our
	   credentials will not pass. */
	if (status == HPO_EBACKEND && round.refusal != 401 && round.refusal != 403)
		status = HPO_WAIT;
	/* What was cancelled is asked again at once: the server may be well. */
	if (status == HPO_WAIT && !hpo__clearml_pause(clearml->session, 0))
		clearml->clones->next_poll = 0;
	else
		note_silence(clearml, status, &why);
	return status < 0 ? hpo__fail(error, status, "%s", why.message) : status;
}

/* Wait until the next look is due, news of a process here, or wake(). */
static hpo_status_t wait_for_news(struct hpo_clearml *clearml, int limit_ms, hpo_error_t *error)
{
	const double left_ms = ceil((clearml->clones->next_poll - hpo__clock_monotonic()) * 1000.0);
	struct pollfd waker = {.fd = clearml->waker.read_fd, .events = POLLIN};

	if (left_ms < limit_ms)
		limit_ms = left_ms > 0 ? (int)left_ms : 0;
	if (clearml->is_local)
		return hpo__clearml_local_attend(clearml, limit_ms, error);
	while (poll(&waker, 1, limit_ms) < 0 && errno == EINTR)
		;
	return HPO_OK;
}

hpo_status_t hpo__clearml_poll(struct hpo_clearml *clearml, const hpo_task_id_t *ids, size_t count,
			       int limit_ms, const hpo_task_sink_t *sink, hpo_error_t *error)
{
	struct hpo_clearml_clones *clones = clearml->clones;
	hpo_status_t status;

	status = wait_for_news(clearml, limit_ms, error);
	hpo__waker_clear(&clearml->waker);
	if (status < 0)
		return status;
	if (hpo__clock_monotonic() < clones->next_poll)
		return clones->is_away ? HPO_WAIT : HPO_OK;
	status = look(clearml, ids, count, sink, error);
	if (status == HPO_OK) {
		hpo__clearml_watch_sweep(clones);
		hpo__clearml_sweep(clearml, CALL_MS);
		hpo__clearml_optimizer_tick(clearml, CALL_MS);
	}
	return status;
}
