/*
 * What a run came to, for people and as JSON.
 */
#include "result.h"
#include "command_line.h"

#include <stdlib.h>
#include <string.h>

bool result_init(struct result *result, hpo_optimizer_t *optimizer, hpo_error_t *error)
{
	char *study;

	*result = (struct result){ .progress = { .struct_size = sizeof(hpo_progress_t) } };
	study = hpo_optimizer_study_json(optimizer, error);
	if (study == NULL)
		return false;
	result->study = must(json_loads(study, 0, NULL));
	hpo_free(study);
	if (hpo_optimizer_progress(optimizer, &result->progress, error) < 0)
		return false;
	result->best_text = hpo_optimizer_best_json(optimizer, error);
	if (result->best_text == NULL)
		return error->code == HPO_ENOTFOUND;
	result->best = must(json_loads(result->best_text, 0, NULL));
	return true;
}

void result_release(struct result *result)
{
	json_decref(result->study);
	json_decref(result->best);
	hpo_free(result->best_text);
}

static void write_values(FILE *out, const json_t *values)
{
	for (size_t i = 0; i < json_array_size(values); i++) {
		const json_t *value = json_array_get(values, i);

		if (i > 0)
			fputs(", ", out);
		if (json_is_number(value))
			fprintf(out, "%.6g", json_number_value(value));
		else
			fputs("-", out);
	}
}

static void write_params(FILE *out, const json_t *params)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)params, name, value) {
		char *text = scalar_text(value);

		fprintf(out, " %s=%s", name, text);
		free(text);
	}
}

char *trial_line(const json_t *trial, bool is_best)
{
	const char *state = json_string_value(json_object_get(trial, "state"));
	const char *reason = json_string_value(json_object_get(trial, "reason"));
	const json_t *values = json_object_get(trial, "values");
	char *text = NULL;
	size_t size;
	FILE *out = must(open_memstream(&text, &size));

	fprintf(out, "trial %lld %s ",
		(long long)json_integer_value(json_object_get(trial, "number")),
		state != NULL ? state : "ended");
	if (json_array_size(values) > 0)
		write_values(out, values);
	else
		fputs("-", out);
	if (is_best)
		fputs(" (best)", out);
	write_params(out, json_object_get(trial, "params"));
	if (reason != NULL && state != NULL &&
	    (strcmp(state, "failed") == 0 || strcmp(state, "waiting") == 0))
		fprintf(out, ": %s", reason);
	fclose(out);
	return must(text);
}

static char *seconds_text(double seconds)
{
	long long whole = (long long)(seconds + 0.5);

	if (seconds < 59.95)
		return make_text("%.1f s", seconds);
	if (whole < 3600)
		return make_text("%lld min %02lld s", whole / 60, whole % 60);
	return make_text("%lld h %02lld min", whole / 3600, whole / 60 % 60);
}

static void print_plain(const char *text)
{
	char *harmless = plain(text);

	fputs(harmless, stdout);
	hpo_free(harmless);
}

/* "validation/accuracy 0.981 (trial 17)" and below it what gives it. */
static void print_best(const struct result *result, const json_t *trial)
{
	const json_t *params = json_object_get(trial, "params");
	char *line = command_line(result->study, params);
	char *text = NULL;
	size_t size;
	FILE *out = must(open_memstream(&text, &size));
	const char *name;
	json_t *value;

	write_values(out, json_object_get(trial, "values"));
	fclose(out);
	must(text);
	printf("best: %s (trial %lld)\n", text,
	       (long long)json_integer_value(json_object_get(trial, "number")));
	free(text);
	json_object_foreach((json_t *)params, name, value) {
		char *shown = scalar_text(value);

		fputs("  ", stdout);
		print_plain(name);
		fputs(" = ", stdout);
		print_plain(shown);
		putchar('\n');
		free(shown);
	}
	if (line != NULL) {
		fputs("  ", stdout);
		print_plain(line);
		putchar('\n');
	}
	free(line);
}

static void print_counts(const hpo_progress_t *progress)
{
	const struct {
		int64_t count;
		const char *state;
	} counts[] = {
		{ progress->completed, "completed" }, { progress->pruned, "pruned" },
		{ progress->failed, "failed" },       { progress->running, "running" },
		{ progress->waiting - progress->paused, "waiting" },
		{ progress->paused, "paused" },
	};
	const char *before = "";

	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
		if (counts[i].count == 0)
			continue;
		printf("%s%lld %s", before, (long long)counts[i].count, counts[i].state);
		before = ", ";
	}
	if (before[0] == '\0')
		fputs("no trials", stdout);
}

void result_print(const struct result *result)
{
	const char *name = json_string_value(json_object_get(result->study, "name"));
	char *elapsed = seconds_text(result->progress.elapsed_s);
	char *computed = seconds_text(result->progress.compute_s);

	fputs("study ", stdout);
	print_plain(name != NULL ? name : "");
	fputs(": ", stdout);
	print_counts(&result->progress);
	printf("; %s, trials ran for %s\n", elapsed, computed);
	if (result->progress.ended[0] != '\0')
		printf("ended: %s\n", result->progress.ended);
	if (json_is_array(result->best)) {
		for (size_t i = 0; i < json_array_size(result->best); i++)
			print_best(result, json_array_get(result->best, i));
	} else if (json_is_object(result->best)) {
		print_best(result, result->best);
	} else {
		puts("no trial completed");
	}
	free(computed);
	free(elapsed);
}

static json_t *counts_json(const hpo_progress_t *p)
{
	return must(json_pack("{sI sI sI sI sI sI}", "total",
			      (json_int_t)(p->waiting + p->running + p->completed + p->pruned +
					   p->failed),
			      "waiting", (json_int_t)p->waiting, "running", (json_int_t)p->running,
			      "completed", (json_int_t)p->completed, "pruned",
			      (json_int_t)p->pruned, "failed", (json_int_t)p->failed));
}

/*
 * The best trial is printed as the library wrote it, whose numbers are the
 * shortest that read back the same; jansson's have all seventeen digits.
 */
void result_print_json(const struct result *result)
{
	bool is_list = json_array_size(json_object_get(result->study, "objectives")) > 1;
	char *name = must(json_dumps(json_object_get(result->study, "name"), JSON_ENCODE_ANY));
	json_t *rest = must(json_pack("{ss}", "ended", result->ended));
	char *text;

	if (result->progress.ended[0] != '\0')
		json_object_set_new(rest, "reason", json_string(result->progress.ended));
	if (result->error != NULL)
		json_object_set_new(rest, "error", json_string(result->error->message));
	json_object_set_new(rest, "trials", counts_json(&result->progress));
	json_object_set_new(rest, "seconds", json_real(result->progress.elapsed_s));
	json_object_set_new(rest, "compute_seconds", json_real(result->progress.compute_s));
	json_object_set(rest, "store", json_object_get(result->study, "store"));
	text = must(json_dumps(rest, JSON_COMPACT | JSON_REAL_PRECISION(6)));
	printf("{\"study\":%s,\"best\":%s,%s\n", name,
	       result->best_text != NULL ? result->best_text : is_list ? "[]" : "null", text + 1);
	free(text);
	json_decref(rest);
	free(name);
}
