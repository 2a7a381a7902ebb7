/*
 * Proposing recorded trials again, and comparing: what a trial saw is recorded
 * with it, so its point follows from the store alone, whichever process found it.
 */
#include "optimizer/optimizer.h"

#include "base/alloc.h"
#include "space/codec.h"
#include "trial/record.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One definition that the study has had. */
struct setting {
	struct hpo_study *study;
	uint64_t hash;
};

/* One recorded trial, on its way to being proposed again. */
struct task {
	const struct hpo_record *record;
	struct hpo_note note;
	size_t known; /* ended trials that it saw */
	const char *outcome;
	char *params; /* what came out when it differs */
};

struct replay {
	hpo_records_t *records;
	struct setting *settings; /* [setting_count], oldest first */
	size_t setting_count, setting_capacity;
	struct hpo_log_of_trials log; /* the whole history */
	int64_t *told;                /* [log.count], of its rows */
	struct hpo_thinker thinker;
	const struct setting *thinks_by; /* the settings of the thinker */
	struct task *tasks;              /* [task_count] */
	size_t task_count;
	double *point;            /* [d], scratch */
	union hpo_value *values;  /* [d], scratch */
	uint8_t *active;          /* [d], scratch */
};

static const char same[] = "same";
static const char different[] = "different";
static const char not_proposed[] = "not proposed"; /* enqueued, imported, or without params */
static const char not_recorded[] = "not recorded"; /* by a version that did not note what it saw */
static const char other_settings[] = "other settings";

static void release(struct replay *replay)
{
	for (size_t i = 0; i < replay->task_count; i++) {
		hpo__free(replay->tasks[i].note.running);
		hpo__free(replay->tasks[i].params);
	}
	hpo__thinker_close(&replay->thinker);
	for (size_t i = 0; i < replay->setting_count; i++)
		hpo__study_free(replay->settings[i].study);
	if (replay->log.columns != NULL)
		hpo__history_release(&replay->log);
	hpo_records_free(replay->records);
	hpo__free(replay->settings);
	hpo__free(replay->tasks);
	hpo__free(replay->told);
	hpo__free(replay->point);
	hpo__free(replay->values);
	hpo__free(replay->active);
}

/* Reading the store ----------------------------------------------------------------- */

struct reading {
	struct replay *replay;
	hpo_error_t *error;
};

static hpo_status_t keep_trial(const hpo_trial_row_t *row, void *user)
{
	const struct reading *reading = user;

	return hpo__records_add(reading->replay->records, row, reading->error);
}

static hpo_status_t keep_study(const hpo_study_row_t *row, void *user)
{
	const struct reading *reading = user;

	return hpo__records_new(&reading->replay->records, row, reading->error);
}

/* Add a definition; one that no longer can be read is of no use. */
static hpo_status_t keep_definition(const char *definition, void *user)
{
	struct replay *replay = ((const struct reading *)user)->replay;
	struct hpo_study *study = NULL;
	hpo_status_t status = hpo__study_parse(&study, definition, NULL);
	struct setting *grown;
	bool failed;

	if (status < 0)
		return status == HPO_ENOMEM ? status : HPO_OK;
	grown = hpo__grow(replay->settings, &replay->setting_capacity, replay->setting_count + 1,
			  sizeof *grown);
	if (grown == NULL) {
		hpo__study_free(study);
		return HPO_ENOMEM;
	}
	replay->settings = grown;
	grown += replay->setting_count++;
	grown->study = study;
	grown->hash = hpo__search_settings(study, &failed);
	return failed ? HPO_ENOMEM : HPO_OK;
}

static hpo_status_t read_store(struct replay *replay, hpo_optimizer_t *opt, hpo_error_t *error)
{
	struct reading reading = {replay, error};
	struct hpo_buffer definition = HPO__BUFFER_INIT;
	const hpo_store_ops_t *ops;
	hpo_status_t status;
	void *state;

	/* The present one is ours: it may not have been written by the store's own text. */
	hpo__study_write(opt->study, &definition);
	ops = hpo__store_lock(opt->store, &state);
	status = ops->study(state, opt->study->name, keep_study, &reading, error);
	if (status >= 0)
		status = ops->definitions(state, opt->study_id, keep_definition, &reading, error);
	if (status >= 0)
		status = ops->trials(state, opt->study_id, 0, INT64_MAX, keep_trial, &reading,
				     error);
	hpo__store_unlock(opt->store);
	if (status >= 0)
		status = definition.failed ? HPO_ENOMEM
					   : keep_definition(definition.text, &reading);
	hpo__buffer_release(&definition);
	return status == HPO_ENOMEM ? hpo__fail_memory(error) : status;
}

/* The history ------------------------------------------------------------------------ */

static int by_told(const void *left, const void *right)
{
	const struct hpo_record *a = *(const struct hpo_record *const *)left;
	const struct hpo_record *b = *(const struct hpo_record *const *)right;

	return (a->row.told > b->row.told) - (a->row.told < b->row.told);
}

static hpo_status_t append(struct replay *replay, const struct hpo_record *record, double *losses)
{
	const struct hpo_study *study = replay->records->study;
	const struct hpo_ended ended = {
		.number = record->row.number,
		.iteration = record->row.iteration,
		.told = record->row.told,
		.state = (hpo_trial_state_t)record->row.state,
		.point = replay->point,
		.active = record->active,
		.losses = losses,
		.arm = record->row.arm,
	};

	for (size_t j = 0; j < study->objectives.count; j++)
		losses[j] = record->values == NULL
				    ? (double)NAN
				    : hpo__objective_loss(&study->objectives.list[j],
							  record->values[j]);
	hpo__codec_encode(study->space, record->params, record->active, replay->point);
	replay->told[replay->log.count] = record->row.told;
	return hpo__history_append(&replay->log, &ended);
}

static void set_bounds(struct replay *replay)
{
	const struct hpo_objectives *objectives = &replay->records->study->objectives;

	for (size_t j = 0; j < objectives->count; j++) {
		if (objectives->list[j].is_bound)
			hpo__history_set_bound(&replay->log, j,
					       hpo__objective_loss(&objectives->list[j],
								   objectives->list[j].bound));
	}
}

/* Every ended trial with a point, in the order in which they were told. */
static hpo_status_t make_history(struct replay *replay)
{
	const hpo_records_t *records = replay->records;
	const size_t d = hpo_space_dims(records->study->space);
	const size_t m = records->study->objectives.count;
	const struct hpo_record **ended = hpo__calloc(records->count + 1, sizeof *ended);
	double *losses = hpo__calloc(m, sizeof *losses);
	size_t count = 0;
	hpo_status_t status = HPO_ENOMEM;

	replay->told = hpo__calloc(records->count + 1, sizeof *replay->told);
	replay->point = hpo__calloc(d + 1, sizeof *replay->point);
	replay->values = hpo__calloc(d + 1, sizeof *replay->values);
	replay->active = hpo__calloc(d + 1, 1);
	if (ended == NULL || losses == NULL || replay->told == NULL || replay->point == NULL ||
	    replay->values == NULL || replay->active == NULL)
		goto done;
	status = hpo__history_init(&replay->log, d, m);
	if (status < 0)
		goto done;
	set_bounds(replay);
	for (size_t i = 0; i < records->count; i++) {
		if (records->trials[i].row.told > 0 && records->trials[i].params != NULL)
			ended[count++] = &records->trials[i];
	}
	qsort(ended, count, sizeof *ended, by_told);
	for (size_t i = 0; i < count && status >= 0; i++)
		status = append(replay, ended[i], losses);
done:
	hpo__free(losses);
	hpo__free(ended);
	return status;
}

/* How many trials had ended when `seen` was the last of them. */
static size_t count_known(const struct replay *replay, int64_t seen)
{
	size_t low = 0;
	size_t high = replay->log.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (replay->told[middle] <= seen)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The trials that ran, as arrays of the caller's. HPO_ESTORE: the store has no such trial. */
static hpo_status_t encode_running(const struct replay *replay, const struct task *task,
				   double *points, uint8_t *active, hpo_error_t *error)
{
	const hpo_records_t *records = replay->records;
	const size_t d = hpo_space_dims(records->study->space);

	for (size_t i = 0; i < task->note.running_count; i++) {
		const int64_t number = task->note.running[i];

		if ((uint64_t)number >= records->count || records->trials[number].params == NULL)
			return hpo__fail(error, HPO_ESTORE,
					 "trial %" PRId64 " saw trial %" PRId64
					 " running, of which there are no parameters",
					 task->record->row.number, number);
		hpo__codec_encode(records->study->space, records->trials[number].params,
				  records->trials[number].active, points + i * d);
		memcpy(active + i * d, records->trials[number].active, d);
	}
	return HPO_OK;
}

/* The history as the trial saw it; *out is the caller's. */
static hpo_status_t see_again(const struct replay *replay, const struct task *task, int64_t budget,
			      hpo_history_t **out, hpo_error_t *error)
{
	struct hpo_log_of_trials known = replay->log;
	const size_t cells = task->note.running_count * known.dims;
	double *points = hpo__calloc(cells + 1, sizeof *points);
	uint8_t *active = hpo__calloc(cells + 1, 1);
	const struct hpo_running running = {task->note.running_count, task->note.running, points,
					    active};
	hpo_status_t status = HPO_ENOMEM;

	*out = NULL;
	known.count = task->known;
	if (points != NULL && active != NULL)
		status = encode_running(replay, task, points, active, error);
	if (status >= 0)
		status = hpo__history_snapshot(out, &known, &running, budget);
	hpo__free(points);
	hpo__free(active);
	return status == HPO_ENOMEM ? hpo__fail_memory(error) : status;
}

/* Proposing again ---------------------------------------------------------------------- */

static const struct setting *find_setting(const struct replay *replay, uint64_t hash)
{
	for (size_t i = 0; i < replay->setting_count; i++) {
		if (replay->settings[i].hash == hash)
			return &replay->settings[i];
	}
	return NULL;
}

/* A strategy by these settings that has folded no more than the trial saw. */
static hpo_status_t ready_thinker(struct replay *replay, const struct setting *setting,
				  size_t known, hpo_error_t *error)
{
	if (replay->thinks_by == setting && replay->thinker.folded <= known)
		return HPO_OK;
	replay->thinks_by = NULL;
	hpo__thinker_close(&replay->thinker);
	replay->thinks_by = setting;
	return hpo__thinker_open(&replay->thinker, setting->study, error);
}

static hpo_status_t walk_again(const struct hpo_question *question, double *point,
			       hpo_error_t *error)
{
	struct hpo_walk walk;
	bool found = true;
	hpo_status_t status = hpo__search_walk(question, &walk, error);

	if (status < 0)
		return status;
	for (uint32_t i = 0; found && i <= question->attempt; i++)
		found = hpo__walk_next(&walk, UINT64_MAX, point);
	hpo__walk_release(&walk);
	return found ? HPO_OK : HPO_EXHAUSTED;
}

/* Leave in replay->point what the stage that found the trial's point finds. */
static hpo_status_t find_again(struct replay *replay, const struct task *task,
			       const struct setting *setting, hpo_error_t *error)
{
	const struct hpo_question question = {setting->study->space, setting->study->seed,
					      task->record->row.number, task->note.stage,
					      task->note.attempt};
	hpo_proposal_t proposal = {.point = replay->point};
	hpo_history_t *history = NULL;
	hpo_status_t status;

	if (question.stage == HPO__STAGE_WALK)
		return walk_again(&question, replay->point, error);
	if (question.stage == HPO__STAGE_CHANCE || question.stage == HPO__STAGE_DRAW)
		return hpo__search_draw(&question, replay->point, error);

	status = ready_thinker(replay, setting, task->known, error);
	if (status >= 0)
		status = see_again(replay, task, setting->study->limits.trials, &history, error);
	if (status >= 0)
		status = hpo__search_think(&replay->thinker, &question, history, &proposal, error);
	if (status == HPO_OK && question.stage == HPO__STAGE_REPAIR) {
		hpo__codec_decode(question.space, replay->point, replay->values, replay->active);
		hpo__codec_encode(question.space, replay->values, replay->active, replay->point);
		status = hpo__search_repair(&question, history, replay->point, error);
	}
	hpo__history_free(history);
	return status;
}

static char *write_params(const struct replay *replay, const union hpo_value *values,
			  const uint8_t *active)
{
	struct hpo_buffer out = HPO__BUFFER_INIT;

	hpo__codec_write(replay->records->study->space, values, active, &out);
	return hpo__buffer_take(&out);
}

static hpo_status_t compare(struct replay *replay, struct task *task)
{
	char *was = write_params(replay, task->record->params, task->record->active);

	hpo__codec_decode(replay->records->study->space, replay->point, replay->values,
			  replay->active);
	task->params = write_params(replay, replay->values, replay->active);
	if (was != NULL && task->params != NULL)
		task->outcome = strcmp(was, task->params) == 0 ? same : different;
	hpo__free(was);
	return task->outcome == NULL ? HPO_ENOMEM : HPO_OK;
}

static hpo_status_t replay_task(struct replay *replay, struct task *task, hpo_error_t *error)
{
	const struct setting *setting = find_setting(replay, task->note.settings);
	hpo_status_t status;

	if (setting == NULL) {
		task->outcome = other_settings;
		return HPO_OK;
	}
	status = find_again(replay, task, setting, error);
	if (status < 0)
		return status;
	if (status != HPO_OK) { /* what was found then is not found now */
		task->outcome = different;
		return HPO_OK;
	}
	return compare(replay, task) < 0 ? hpo__fail_memory(error) : HPO_OK;
}

static int by_known(const void *left, const void *right)
{
	const struct task *a = *(const struct task *const *)left;
	const struct task *b = *(const struct task *const *)right;

	if (a->note.settings != b->note.settings)
		return a->note.settings < b->note.settings ? -1 : 1;
	if (a->known != b->known)
		return a->known < b->known ? -1 : 1;
	return a->record->row.number < b->record->row.number ? -1 : 1;
}

/* In the order in which the strategy learnt, so that it need not forget. */
static hpo_status_t replay_tasks(struct replay *replay, hpo_error_t *error)
{
	struct task **order = hpo__calloc(replay->task_count + 1, sizeof *order);
	size_t count = 0;
	hpo_status_t status = HPO_OK;

	if (order == NULL)
		return hpo__fail_memory(error);
	for (size_t i = 0; i < replay->task_count; i++) {
		if (replay->tasks[i].outcome == NULL)
			order[count++] = &replay->tasks[i];
	}
	qsort(order, count, sizeof *order, by_known);
	for (size_t i = 0; i < count && status >= 0; i++)
		status = replay_task(replay, order[i], error);
	hpo__free(order);
	return status;
}

static hpo_status_t read_note(struct task *task, hpo_error_t *error)
{
	hpo_status_t status = hpo__note_read(&task->note, task->record->row.proposal, error);

	return status < 0 ? hpo__fail_within(error, "trial %" PRId64, task->record->row.number)
			  : HPO_OK;
}

static hpo_status_t list_tasks(struct replay *replay, int64_t first, int64_t last,
			       hpo_error_t *error)
{
	const hpo_records_t *records = replay->records;
	hpo_status_t status = HPO_OK;

	if (last < 0 || (uint64_t)last >= records->count)
		last = (int64_t)records->count - 1;
	if (first < 0 || first > last)
		return first <= 0 ? HPO_OK
				  : hpo__fail(error, HPO_ENOTFOUND,
					      "study '%s' has no trial %" PRId64,
					      records->study->name, first);
	replay->tasks = hpo__calloc((size_t)(last - first) + 1, sizeof *replay->tasks);
	if (replay->tasks == NULL)
		return hpo__fail_memory(error);
	for (; first <= last && status >= 0; first++) {
		struct task *task = &replay->tasks[replay->task_count++];

		task->record = &records->trials[first];
		if (task->record->row.source != HPO_SOURCE_STRATEGY || task->record->params == NULL)
			task->outcome = not_proposed;
		else if (task->record->row.proposal == NULL)
			task->outcome = not_recorded;
		else
			status = read_note(task, error);
		task->known = count_known(replay, task->record->row.seen);
	}
	return status;
}

static void write_task(const struct task *task, struct hpo_buffer *out)
{
	const hpo_trial_row_t *row = &task->record->row;

	hpo__buffer_format(out, "{\"number\":%" PRId64 ",\"outcome\":\"%s\",\"arm\":", row->number,
			   task->outcome);
	if (row->arm == NULL)
		hpo__buffer_text(out, "null");
	else
		hpo__buffer_json_text(out, row->arm);
	hpo__buffer_format(out, ",\"seen\":%" PRId64 ",\"proposal\":%s", row->seen,
			   row->proposal == NULL ? "null" : row->proposal);
	if (task->outcome == different) {
		hpo__buffer_format(out, ",\"params\":%s,\"replayed\":%s",
				   row->params == NULL ? "null" : row->params,
				   task->params == NULL ? "null" : task->params);
	}
	hpo__buffer_char(out, '}');
}

static char *write_replay(const struct replay *replay, hpo_error_t *error)
{
	struct hpo_buffer out = HPO__BUFFER_INIT;
	size_t equal = 0;
	size_t unequal = 0;

	hpo__buffer_text(&out, "{\"study\":");
	hpo__buffer_json_text(&out, replay->records->study->name);
	hpo__buffer_text(&out, ",\"trials\":[");
	for (size_t i = 0; i < replay->task_count; i++) {
		if (i > 0)
			hpo__buffer_char(&out, ',');
		write_task(&replay->tasks[i], &out);
		equal += replay->tasks[i].outcome == same;
		unequal += replay->tasks[i].outcome == different;
	}
	hpo__buffer_format(&out, "],\"same\":%zu,\"different\":%zu,\"not_replayed\":%zu}", equal,
			   unequal, replay->task_count - equal - unequal);
	return hpo__buffer_finish(&out, HPO_OK, error);
}

char *hpo_optimizer_replay_json(hpo_optimizer_t *opt, int64_t first, int64_t last,
				hpo_error_t *error)
{
	struct replay replay = {.records = NULL};
	char *json = NULL;
	hpo_status_t status;

	hpo__error_clear(error);
	status = read_store(&replay, opt, error);
	if (status >= 0 && make_history(&replay) < 0)
		status = hpo__fail_memory(error);
	if (status >= 0)
		status = list_tasks(&replay, first, last, error);
	if (status >= 0)
		status = replay_tasks(&replay, error);
	if (status >= 0)
		json = write_replay(&replay, error);
	release(&replay);
	return json;
}
