/*
 * An objective over two parameters: as a contour between the trials, and as the
 * rank of each trial among all.
 *
 * The contour is Shepard's: at each knot of a grid the mean of the trials' values,
 * weighted by their inverse squared distance in the unit square (D. Shepard, "A
 * two-dimensional interpolation function for irregularly-spaced data", 1968).
 */
#include "report/figure.h"

#include "base/alloc.h"

#include <math.h>
#include <stdlib.h>

enum { KNOTS = 30, POINTS = 800 };

/* Trials in which both parameters are active. */
struct pair {
	const struct hpo_frame *frame;
	size_t *trials; /* [count] */
	double *x, *y;  /* [count], in the unit square */
	size_t count;
	double low[2], high[2]; /* of what the axes show: logarithms on a log axis */
};

/* Where a trial stands on the axis of a column: a number, its logarithm, or a choice's place. */
static double place_of(const struct hpo_frame *frame, const struct hpo_column *column,
		       const struct hpo_record *trial)
{
	double value;

	if (!column->is_number)
		return (double)hpo__frame_choice(frame, column, trial);
	value = hpo__frame_number(frame, column, trial);
	return column->is_log ? log10(value) : value;
}

static void scale(double *places, size_t count, double *low, double *high)
{
	*low = INFINITY;
	*high = -INFINITY;
	for (size_t i = 0; i < count; i++) {
		*low = fmin(*low, places[i]);
		*high = fmax(*high, places[i]);
	}
	for (size_t i = 0; i < count; i++)
		places[i] = *high > *low ? (places[i] / 2 - *low / 2) / (*high / 2 - *low / 2) : 0.5;
}

static void release(struct pair *pair)
{
	hpo__free(pair->trials);
	hpo__free(pair->x);
	hpo__free(pair->y);
}

static hpo_status_t collect(const struct hpo_frame *frame, struct pair *pair, hpo_error_t *error)
{
	size_t *picks = NULL;
	size_t count = 0;
	hpo_status_t status;

	*pair = (struct pair){.frame = frame};
	if (frame->x == NULL || frame->y == NULL)
		return HPO_OK;
	status = hpo__frame_pick(frame, POINTS, &picks, &count, error);
	if (status < 0)
		return status;
	pair->trials = hpo__calloc(count + 1, sizeof *pair->trials);
	pair->x = hpo__calloc(count + 1, sizeof *pair->x);
	pair->y = hpo__calloc(count + 1, sizeof *pair->y);
	if (pair->trials == NULL || pair->x == NULL || pair->y == NULL) {
		hpo__free(picks);
		return hpo__fail_memory(error);
	}
	for (size_t i = 0; i < count; i++) {
		const struct hpo_record *trial = &frame->records->trials[picks[i]];

		if (hpo__frame_axis(frame, frame->x, trial) < 0 ||
		    hpo__frame_axis(frame, frame->y, trial) < 0)
			continue;
		pair->trials[pair->count] = picks[i];
		pair->x[pair->count] = place_of(frame, frame->x, trial);
		pair->y[pair->count++] = place_of(frame, frame->y, trial);
	}
	hpo__free(picks);
	scale(pair->x, pair->count, &pair->low[0], &pair->high[0]);
	scale(pair->y, pair->count, &pair->low[1], &pair->high[1]);
	return HPO_OK;
}

/* How many knots an axis has: one a choice where it has choices. */
static size_t knots_of(const struct hpo_column *column)
{
	if (column->is_number)
		return KNOTS;
	return column->choices < KNOTS ? column->choices : KNOTS;
}

/* A knot in the unit interval of the axis. */
static double knot_at(const struct pair *pair, const struct hpo_column *column, int axis, size_t i)
{
	const double low = pair->low[axis];
	const double high = pair->high[axis];

	if (column->is_number)
		return (double)i / (KNOTS - 1);
	return high > low ? ((double)i - low) / (high - low) : (double)i - low + 0.5;
}

static void write_knots(const struct pair *pair, const struct hpo_column *column, int axis,
			struct hpo_buffer *out)
{
	struct hpo_buffer text = HPO__BUFFER_INIT;

	hpo__buffer_text(out, axis == 0 ? ",\"x\":[" : ",\"y\":[");
	for (size_t i = 0; i < knots_of(column); i++) {
		const double at = pair->low[axis] +
				  (double)i / (KNOTS - 1) * (pair->high[axis] - pair->low[axis]);

		if (i > 0)
			hpo__buffer_char(out, ',');
		if (column->is_number) {
			hpo__figure_real(out, column->is_log ? pow(10, at) : at);
			continue;
		}
		hpo__buffer_clear(&text);
		hpo__frame_choice_text(pair->frame, column, (int64_t)i, &text);
		hpo__figure_text(out, text.text != NULL ? text.text : "", 24);
		out->failed = out->failed || text.failed;
	}
	hpo__buffer_release(&text);
	hpo__buffer_char(out, ']');
}

static double mean_at(const struct pair *pair, size_t objective, double x, double y)
{
	const double near = 1e-6;
	double weights = 0;
	double sum = 0;

	for (size_t i = 0; i < pair->count; i++) {
		const double dx = pair->x[i] - x;
		const double dy = pair->y[i] - y;
		const double weight = 1 / (dx * dx + dy * dy + near);

		weights += weight;
		sum += weight * pair->frame->records->trials[pair->trials[i]].values[objective];
	}
	return sum / weights;
}

static void write_contour(const struct pair *pair, size_t objective, struct hpo_buffer *out)
{
	const struct hpo_frame *frame = pair->frame;

	hpo__buffer_text(out, "{\"type\":\"contour\",\"colorscale\":\"Blues\",\"reversescale\":");
	hpo__buffer_text(out, hpo__objective_loss(
				      &frame->records->study->objectives.list[objective], 1) > 0
				      ? "true"
				      : "false");
	hpo__buffer_text(out, ",\"contours\":{\"coloring\":\"heatmap\"},\"hoverinfo\":\"skip\"");
	write_knots(pair, frame->x, 0, out);
	write_knots(pair, frame->y, 1, out);
	hpo__buffer_text(out, ",\"z\":[");
	for (size_t j = 0; j < knots_of(frame->y); j++) {
		hpo__buffer_text(out, j > 0 ? ",[" : "[");
		for (size_t i = 0; i < knots_of(frame->x); i++) {
			if (i > 0)
				hpo__buffer_char(out, ',');
			hpo__figure_real(out, mean_at(pair, objective,
						      knot_at(pair, frame->x, 0, i),
						      knot_at(pair, frame->y, 1, j)));
		}
		hpo__buffer_char(out, ']');
	}
	hpo__buffer_text(out, "]},");
}

/* The points themselves; the caller closes the trace. */
static void write_points(const struct pair *pair, struct hpo_buffer *out)
{
	const struct hpo_frame *frame = pair->frame;
	const struct hpo_column *const columns[] = {frame->x, frame->y};

	hpo__buffer_text(out, "{\"type\":\"scatter\",\"mode\":\"markers\",\"showlegend\":false,"
			      "\"name\":\"trials\"");
	for (int axis = 0; axis < 2; axis++) {
		hpo__buffer_text(out, axis == 0 ? ",\"x\":[" : ",\"y\":[");
		for (size_t i = 0; i < pair->count; i++) {
			if (i > 0)
				hpo__buffer_char(out, ',');
			hpo__figure_value(frame, columns[axis],
					  &frame->records->trials[pair->trials[i]], out);
		}
		hpo__buffer_char(out, ']');
	}
	hpo__figure_trials(out, pair->trials, NULL, pair->count);
}

static void write_layout(const struct pair *pair, const char *title, size_t objective,
			 struct hpo_buffer *out)
{
	const struct hpo_frame *frame = pair->frame;

	hpo__buffer_format(out, "],\"layout\":{\"title\":{\"text\":\"%s\"}", title);
	if (pair->count > 0) {
		hpo__buffer_text(out, ",\"xaxis\":{");
		hpo__figure_axis(frame, frame->x, out);
		hpo__buffer_text(out, "},\"yaxis\":{");
		hpo__figure_axis(frame, frame->y, out);
		hpo__buffer_text(out, "},\"meta\":{\"objective\":");
		hpo__figure_text(out, frame->records->study->objectives.list[objective].key, 64);
		hpo__buffer_char(out, '}');
	}
	hpo__buffer_text(out, "}}");
}

static hpo_status_t draw_contour(const struct hpo_frame *frame, size_t objective,
				 struct hpo_buffer *out, size_t *points, hpo_error_t *error)
{
	struct pair pair;
	hpo_status_t status = collect(frame, &pair, error);

	*points = pair.count;
	hpo__buffer_text(out, "{\"data\":[");
	if (status >= 0 && pair.count > 0) {
		write_contour(&pair, objective, out);
		write_points(&pair, out);
		hpo__buffer_text(out, ",\"marker\":{\"size\":5,\"color\":\"#333333\"}}");
	}
	write_layout(&pair, "Contour", objective, out);
	release(&pair);
	return status;
}

struct ranked {
	double loss;
	size_t index;
};

static int by_loss(const void *left, const void *right)
{
	const struct ranked *a = left;
	const struct ranked *b = right;

	if (a->loss != b->loss)
		return a->loss < b->loss ? -1 : 1;
	return a->index < b->index ? -1 : a->index > b->index;
}

/* Ranks from 0, the best, to 1. */
static hpo_status_t write_ranks(const struct pair *pair, size_t objective, struct hpo_buffer *out,
				hpo_error_t *error)
{
	const hpo_records_t *records = pair->frame->records;
	const struct hpo_objective_spec *spec = &records->study->objectives.list[objective];
	struct ranked *order = hpo__calloc(pair->count + 1, sizeof *order);
	double *ranks = hpo__calloc(pair->count + 1, sizeof *ranks);
	hpo_status_t status = HPO_OK;

	if (order == NULL || ranks == NULL) {
		status = hpo__fail_memory(error);
	} else {
		for (size_t i = 0; i < pair->count; i++)
			order[i] = (struct ranked){
				hpo__objective_loss(
					spec, records->trials[pair->trials[i]].values[objective]),
				i};
		if (pair->count > 1)
			qsort(order, pair->count, sizeof *order, by_loss);
		for (size_t i = 0; i < pair->count; i++)
			ranks[order[i].index] =
				pair->count > 1 ? (double)i / (double)(pair->count - 1) : 0;
		hpo__buffer_text(out, ",\"marker\":{\"size\":7,\"cmin\":0,\"cmax\":1,"
				      "\"colorscale\":\"RdYlBu\",\"reversescale\":true,"
				      "\"colorbar\":{\"title\":{\"text\":\"rank\"}}");
		hpo__figure_numbers(out, "color", ranks, NULL, pair->count);
		hpo__buffer_text(out, "}}");
	}
	hpo__free(ranks);
	hpo__free(order);
	return status;
}

static hpo_status_t draw_rank(const struct hpo_frame *frame, size_t objective,
			      struct hpo_buffer *out, size_t *points, hpo_error_t *error)
{
	struct pair pair;
	hpo_status_t status = collect(frame, &pair, error);

	*points = pair.count;
	hpo__buffer_text(out, "{\"data\":[");
	if (status >= 0 && pair.count > 0) {
		write_points(&pair, out);
		status = write_ranks(&pair, objective, out, error);
	}
	write_layout(&pair, "Rank", objective, out);
	release(&pair);
	return status;
}

static bool has_two(const hpo_records_t *records)
{
	const hpo_space_t *space = records->study->space;
	size_t visible = 0;

	for (size_t i = 0; i < hpo_space_dims(space); i++)
		visible += !hpo__space_is_hidden(space, i);
	return visible > 1;
}

const struct hpo_figure hpo__figure_contour = {
	.name = "contour",
	.title = "Contour",
	.per_objective = true,
	.pair = true,
	.fits = has_two,
	.draw = draw_contour,
};

const struct hpo_figure hpo__figure_rank = {
	.name = "rank",
	.title = "Rank",
	.per_objective = true,
	.pair = true,
	.fits = has_two,
	.draw = draw_rank,
};
