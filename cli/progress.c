/*
 * How a run shows itself on standard error.
 */
#include "progress.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	PART_SIZE = 256, /* bytes of one part; the widest is a bar of 30 blocks */
	BAR_LEAST = 8,   /* cells, brackets included, below which a bar says nothing */
	BAR_MOST = 32,
	GAP = 2
};

static const double redraw_s = 0.1;

/* A part of the line, in the order in which they are shown. */
enum part { BAR, DONE, RUNNING, BEST, TRIAL, LEFT, PARTS };

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

void progress_init(struct progress *progress, bool is_quiet)
{
	const char *terminal = getenv("TERM");

	*progress = (struct progress){ .is_quiet = is_quiet };
	pthread_mutex_init(&progress->lock, NULL);
	progress->is_terminal = isatty(STDERR_FILENO) &&
				(terminal == NULL || strcmp(terminal, "dumb") != 0);
	progress->is_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

static size_t cells(const char *text)
{
	size_t count = 0;

	for (; *text != '\0'; text++)
		count += ((unsigned char)*text & 0xc0) != 0x80;
	return count;
}

static void format_time(char out[PART_SIZE], double seconds)
{
	long long whole = (long long)(seconds + 0.5);

	if (whole < 3600)
		snprintf(out, PART_SIZE, "%lld:%02lld left", whole / 60, whole % 60);
	else
		snprintf(out, PART_SIZE, "%lld:%02lld:%02lld left", whole / 3600,
			 whole / 60 % 60, whole % 60);
}

/* A bar of `width` cells, brackets included. */
static void format_bar(char out[PART_SIZE], double share, int width, bool is_utf8)
{
	const char *full = is_utf8 ? "\xe2\x96\x88" : "#";
	const char *empty = is_utf8 ? "\xe2\x96\x91" : "-";
	int inside = width - 2;
	int filled = (int)(share * inside + 0.5);
	size_t used = 0;

	out[used++] = '[';
	for (int i = 0; i < inside; i++) {
		const char *block = i < filled ? full : empty;

		memcpy(out + used, block, strlen(block));
		used += strlen(block);
	}
	out[used++] = ']';
	out[used] = '\0';
}

static int64_t ended_trials(const hpo_progress_t *state)
{
	return state->completed + state->pruned + state->failed;
}

static void format_parts(char parts[PARTS][PART_SIZE], const hpo_progress_t *state)
{
	long long done = (long long)ended_trials(state);

	for (int i = 0; i < PARTS; i++)
		parts[i][0] = '\0';
	if (state->total > 0)
		snprintf(parts[DONE], PART_SIZE, "%lld/%lld", done, (long long)state->total);
	else
		snprintf(parts[DONE], PART_SIZE, "%lld done", done);
	snprintf(parts[RUNNING], PART_SIZE, "%lld running", (long long)state->running);
	if (state->has_best) {
		snprintf(parts[BEST], PART_SIZE, "best %.5g", state->best_value);
		snprintf(parts[TRIAL], PART_SIZE, "(trial %lld)", (long long)state->best_number);
	}
	if (state->remaining_s >= 0 && state->remaining_s < 1e9)
		format_time(parts[LEFT], state->remaining_s);
}

/* Leave the less important parts out until the others fit; returns the cells that are left. */
static int fit_parts(char parts[PARTS][PART_SIZE], int width)
{
	static const enum part by_weight[] = { DONE, BEST, LEFT, RUNNING, TRIAL };
	int room = width;

	for (size_t i = 0; i < sizeof by_weight / sizeof *by_weight; i++) {
		char *part = parts[by_weight[i]];
		int need = (int)cells(part) + (i > 0 ? GAP : 0);

		if (part[0] == '\0')
			continue;
		if (need <= room) {
			room -= need;
		} else if (by_weight[i] == DONE) {
			part[room] = '\0'; /* digits: one byte a cell */
			room = 0;
		} else {
			part[0] = '\0';
		}
	}
	return room;
}

void progress_format(char *out, size_t size, const hpo_progress_t *state, int width, bool is_utf8)
{
	char parts[PARTS][PART_SIZE];
	size_t used = 0;
	int room;

	format_parts(parts, state);
	room = fit_parts(parts, width) - GAP;
	if (state->total > 0 && room >= BAR_LEAST) {
		double share = (double)ended_trials(state) / (double)state->total;

		format_bar(parts[BAR], share < 1 ? share : 1, room < BAR_MOST ? room : BAR_MOST,
			   is_utf8);
	}
	out[0] = '\0';
	for (int i = 0; i < PARTS && used < size; i++) {
		const char *gap = used == 0 ? "" : i == TRIAL ? " " : "  ";

		if (parts[i][0] != '\0')
			used += (size_t)snprintf(out + used, size - used, "%s%s", gap, parts[i]);
	}
}

bool progress_is_due(const struct progress *progress)
{
	return progress->is_terminal && !progress->is_quiet && now() - progress->drawn >= redraw_s;
}

void progress_draw(struct progress *progress, hpo_optimizer_t *optimizer)
{
	hpo_progress_t state = { .struct_size = sizeof state };
	char line[1024];
	int width;

	if (!progress_is_due(progress) || hpo_optimizer_progress(optimizer, &state, NULL) < 0)
		return;

	pthread_mutex_lock(&progress->lock);
	/* The last column stays free: some terminals wrap as soon as it is written. */
	width = terminal_width(STDERR_FILENO) - 1;
	progress_format(line, sizeof line, &state, width > 0 ? width : 1, progress->is_utf8);
	fprintf(stderr, "\r%s\033[K", line);
	fflush(stderr);
	progress->is_shown = true;
	progress->drawn = now();
	pthread_mutex_unlock(&progress->lock);
}

static void take_away(struct progress *progress)
{
	if (progress->is_shown)
		fputs("\r\033[K", stderr);
	progress->is_shown = false;
}

void progress_clear(struct progress *progress)
{
	pthread_mutex_lock(&progress->lock);
	take_away(progress);
	fflush(stderr);
	pthread_mutex_unlock(&progress->lock);
}

void progress_line(struct progress *progress, const char *text)
{
	char *harmless = plain(text);

	pthread_mutex_lock(&progress->lock);
	take_away(progress);
	fprintf(stderr, "%s\n", harmless);
	pthread_mutex_unlock(&progress->lock);
	hpo_free(harmless);
}
