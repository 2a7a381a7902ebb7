/*
 * What was seen when a trial was proposed, as JSON:
 *
 *   {"stage":"repair","try":2,"settings":"9f86d081884c7d65","running":[3,[5,9]]}
 *
 * What is usual is left out: the stage "strategy", the try 0, nothing running.
 * Runs of numbers are pairs, so a thousand workers make a short text.
 */
#include "optimizer/search.h"

#include "base/alloc.h"
#include "base/json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char *const stages[] = {"strategy", "repair", "chance", "draw", "walk"};

enum { STAGES = sizeof stages / sizeof *stages };

uint64_t hpo__search_settings(const struct hpo_study *study, bool *failed)
{
	struct hpo_buffer text = HPO__BUFFER_INIT;
	uint64_t hash = 14695981039346656037u; /* FNV-1a, 64 bits */

	hpo__buffer_format(&text, "%s %" PRIu64 " %" PRId64 " %s", study->strategy, study->seed,
			   study->limits.trials, study->strategy_json);
	*failed = text.failed;
	for (size_t i = 0; i < text.size; i++)
		hash = (hash ^ (unsigned char)text.text[i]) * 1099511628211u;
	hpo__buffer_release(&text);
	return hash;
}

static void write_running(const struct hpo_note *note, struct hpo_buffer *out)
{
	const int64_t *running = note->running;

	hpo__buffer_text(out, ",\"running\":[");
	for (size_t i = 0; i < note->running_count;) {
		size_t end = i + 1;

		while (end < note->running_count && running[end] == running[end - 1] + 1)
			end++;
		if (i > 0)
			hpo__buffer_char(out, ',');
		if (end - i == 1)
			hpo__buffer_format(out, "%" PRId64, running[i]);
		else
			hpo__buffer_format(out, "[%" PRId64 ",%" PRId64 "]", running[i],
					   running[end - 1]);
		i = end;
	}
	hpo__buffer_char(out, ']');
}

void hpo__note_write(const struct hpo_note *note, struct hpo_buffer *out)
{
	hpo__buffer_format(out, "{\"settings\":\"%016" PRIx64 "\"", note->settings);
	if (note->stage != HPO__STAGE_STRATEGY)
		hpo__buffer_format(out, ",\"stage\":\"%s\"", stages[note->stage]);
	if (note->attempt > 0)
		hpo__buffer_format(out, ",\"try\":%" PRIu32, note->attempt);
	if (note->running_count > 0)
		write_running(note, out);
	if (note->replicates > 0)
		hpo__buffer_format(out, ",\"replicates\":%" PRId64, note->replicates - 1);
	if (note->resumes > 0)
		hpo__buffer_format(out, ",\"resumes\":%" PRId64, note->resumes - 1);
	hpo__buffer_char(out, '}');
}

static hpo_status_t read_stage(const struct hpo_json_at *at, hpo_stage_t *out, hpo_error_t *error)
{
	const char *text = NULL;
	hpo_status_t status = hpo__json_read_text(at, &text, error);

	if (status < 0 || text == NULL)
		return status;
	for (int i = 0; i < STAGES; i++) {
		if (strcmp(stages[i], text) == 0) {
			*out = (hpo_stage_t)i;
			return HPO_OK;
		}
	}
	return hpo__json_refuse(at, error, "'%s' is no stage of a proposal", text);
}

static hpo_status_t read_settings(const struct hpo_json_at *at, uint64_t *out, hpo_error_t *error)
{
	const char *text = NULL;
	hpo_status_t status = hpo__json_read_text(at, &text, error);

	if (status >= 0 && text != NULL)
		*out = strtoull(text, NULL, 16);
	return status;
}

/* The number of a trial, kept one higher. */
static hpo_status_t read_number(const struct hpo_json_at *at, int64_t *out, hpo_error_t *error)
{
	hpo_status_t status = HPO_OK;

	if (at->node == NULL)
		return HPO_OK;
	status = hpo__json_read_integer(at, out, error);
	*out += status >= 0;
	return status;
}

/* One number, or the first and the last of a run. */
static hpo_status_t read_run(const struct hpo_json_at *at, int64_t *first, int64_t *last,
			     hpo_error_t *error)
{
	struct hpo_json_at from = *at;
	struct hpo_json_at to = *at;
	hpo_status_t status;

	if (hpo__json_kind(at->node) == HPO__JSON_ARRAY) {
		if (hpo__json_size(at->node) != 2)
			return hpo__json_refuse(at, error, "expected the two ends of a run");
		from = hpo__json_element(at, 0);
		to = hpo__json_element(at, 1);
	}
	status = hpo__json_read_integer(&from, first, error);
	if (status >= 0)
		status = hpo__json_read_integer(&to, last, error);
	if (status >= 0 && (*first < 0 || *last < *first || *last - *first > INT32_MAX))
		return hpo__json_refuse(at, error, "this is no run of trials");
	return status;
}

static hpo_status_t read_running(struct hpo_note *out, const struct hpo_json_at *at,
				 hpo_error_t *error)
{
	size_t capacity = 0;
	hpo_status_t status = HPO_OK;

	if (at->node == NULL)
		return HPO_OK;
	status = hpo__json_expect(at, HPO__JSON_ARRAY, error);
	for (size_t i = 0; status >= 0 && i < hpo__json_size(at->node); i++) {
		struct hpo_json_at one = hpo__json_element(at, i);
		int64_t first = 0;
		int64_t last = -1;

		status = read_run(&one, &first, &last, error);
		for (; status >= 0 && first <= last; first++) {
			int64_t *grown = hpo__grow(out->running, &capacity, out->running_count + 1,
						   sizeof *grown);

			if (grown == NULL)
				return hpo__fail_memory(error);
			out->running = grown;
			grown[out->running_count++] = first;
		}
	}
	return status;
}

static hpo_status_t read_members(struct hpo_note *out, const struct hpo_json_at *at,
				 hpo_error_t *error)
{
	struct hpo_json_at stage = hpo__json_member(at, "stage");
	struct hpo_json_at settings = hpo__json_member(at, "settings");
	struct hpo_json_at attempt = hpo__json_member(at, "try");
	struct hpo_json_at running = hpo__json_member(at, "running");
	struct hpo_json_at replicates = hpo__json_member(at, "replicates");
	struct hpo_json_at resumes = hpo__json_member(at, "resumes");
	int64_t tries = 0;
	hpo_status_t status;

	status = hpo__json_expect(at, HPO__JSON_OBJECT, error);
	if (status >= 0)
		status = read_stage(&stage, &out->stage, error);
	if (status >= 0)
		status = read_settings(&settings, &out->settings, error);
	if (status >= 0 && attempt.node != NULL)
		status = hpo__json_read_integer(&attempt, &tries, error);
	if (status >= 0 && (tries < 0 || tries > INT32_MAX))
		status = hpo__json_refuse(&attempt, error, "expected a small whole number");
	out->attempt = (uint32_t)tries;
	if (status >= 0)
		status = read_number(&replicates, &out->replicates, error);
	if (status >= 0)
		status = read_number(&resumes, &out->resumes, error);
	if (status >= 0)
		status = read_running(out, &running, error);
	return status;
}

hpo_status_t hpo__note_read(struct hpo_note *out, const char *json, hpo_error_t *error)
{
	hpo_json_t *tree = NULL;
	struct hpo_json_at at;
	hpo_status_t status;

	*out = (struct hpo_note){.stage = HPO__STAGE_STRATEGY};
	status = hpo__json_parse(&tree, json, strlen(json), "proposal", error);
	if (status < 0)
		return status;
	at = hpo__json_root(tree);
	at.key = "proposal";
	status = read_members(out, &at, error);
	hpo__json_free(tree);
	if (status < 0) {
		hpo__free(out->running);
		out->running = NULL;
	}
	return status;
}
