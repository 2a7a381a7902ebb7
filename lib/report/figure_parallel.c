/*
 * Parallel coordinates: a line a trial, through each of its parameters to its
 * objectives, coloured by the first of them.
 *
 * Plotly's axes here are linear, so a log scale is drawn on the logarithm with
 * ticks that say the value; and every line must pass every axis, so a
 * parameter that a trial does not have has a place of its own, "-", below all
 * values.
 */
#include "report/figure.h"

#include "base/alloc.h"

#include <math.h>

enum { LABEL = 24, TICKS = 40 };

struct lines {
	const struct hpo_frame *frame;
	const size_t *picks; /* [count] */
	size_t count;
	double *values;      /* [count], of the axis being written; NaN: absent */
};

static void write_values(const struct lines *lines, struct hpo_buffer *out)
{
	hpo__buffer_text(out, ",\"values\":[");
	for (size_t i = 0; i < lines->count; i++) {
		if (i > 0)
			hpo__buffer_char(out, ',');
		hpo__figure_real(out, lines->values[i]);
	}
	hpo__buffer_char(out, ']');
}

/* Put what is absent at `place`; whether there is any. */
static bool place_absent(const struct lines *lines, double place)
{
	bool any = false;

	for (size_t i = 0; i < lines->count; i++) {
		if (isnan(lines->values[i])) {
			lines->values[i] = place;
			any = true;
		}
	}
	return any;
}

static void write_tick(struct hpo_buffer *values, struct hpo_buffer *texts, double value,
		       const char *text)
{
	if (values->size > 0) {
		hpo__buffer_char(values, ',');
		hpo__buffer_char(texts, ',');
	}
	hpo__figure_real(values, value);
	hpo__figure_text(texts, text, LABEL);
}

static void write_ticks(struct hpo_buffer *values, struct hpo_buffer *texts,
			struct hpo_buffer *out)
{
	hpo__buffer_text(out, ",\"tickvals\":[");
	hpo__buffer_text(out, values->text != NULL ? values->text : "");
	hpo__buffer_text(out, "],\"ticktext\":[");
	hpo__buffer_text(out, texts->text != NULL ? texts->text : "");
	hpo__buffer_char(out, ']');
	out->failed = out->failed || values->failed || texts->failed;
	hpo__buffer_release(values);
	hpo__buffer_release(texts);
}

/* Choices that occur, as many as can be read; the place of the absent is -1. */
static void write_choices(const struct lines *lines, const struct hpo_column *column,
			  struct hpo_buffer *out)
{
	struct hpo_buffer values = HPO__BUFFER_INIT;
	struct hpo_buffer texts = HPO__BUFFER_INIT;
	struct hpo_buffer text = HPO__BUFFER_INIT;
	uint8_t *seen = hpo__calloc(column->choices + 1, sizeof *seen);
	size_t count = 0;
	size_t step;

	for (size_t i = 0; i < lines->count; i++) {
		const struct hpo_record *trial = &lines->frame->records->trials[lines->picks[i]];
		const int64_t choice = hpo__frame_choice(lines->frame, column, trial);

		lines->values[i] = choice >= 0 ? (double)choice : NAN;
		if (seen != NULL && choice >= 0 && (size_t)choice < column->choices) {
			count += seen[choice] == 0;
			seen[choice] = 1;
		}
	}
	if (place_absent(lines, -1))
		write_tick(&values, &texts, -1, "-");
	step = count / TICKS + 1;
	for (size_t c = 0, shown = 0; seen != NULL && c < column->choices; c++) {
		if (seen[c] == 0 || shown++ % step != 0)
			continue;
		hpo__buffer_clear(&text);
		hpo__frame_choice_text(lines->frame, column, (int64_t)c, &text);
		write_tick(&values, &texts, (double)c, text.text != NULL ? text.text : "");
		texts.failed = texts.failed || text.failed;
	}
	out->failed = out->failed || seen == NULL;
	write_ticks(&values, &texts, out);
	write_values(lines, out);
	hpo__buffer_release(&text);
	hpo__free(seen);
}

/* The least and the greatest value that is there; false where none is. */
static bool find_range(const struct lines *lines, double *low, double *high)
{
	*low = INFINITY;
	*high = -INFINITY;
	for (size_t i = 0; i < lines->count; i++) {
		*low = fmin(*low, lines->values[i]);
		*high = fmax(*high, lines->values[i]);
	}
	return *low <= *high;
}

static void write_number_tick(struct hpo_buffer *values, struct hpo_buffer *texts, double at,
			      bool is_log)
{
	struct hpo_buffer text = HPO__BUFFER_INIT;

	hpo__figure_real(&text, is_log ? pow(10, at) : at);
	write_tick(values, texts, at, text.text != NULL ? text.text : "");
	values->failed = values->failed || text.failed;
	hpo__buffer_release(&text);
}

/* Ticks at both ends and at three places between, or at the powers of ten. */
static void write_scale(double low, double high, bool is_log, struct hpo_buffer *values,
			struct hpo_buffer *texts)
{
	const double first = floor(low) + 1;
	const double step = fmax(1, floor((high - low) / 8));

	write_number_tick(values, texts, low, is_log);
	for (int i = 1; !is_log && i < 4 && high > low; i++)
		write_number_tick(values, texts, low + (high - low) * i / 4, is_log);
	for (double at = first; is_log && at < high; at += step)
		write_number_tick(values, texts, at, is_log);
	if (high > low)
		write_number_tick(values, texts, high, is_log);
}

static void write_numbers(const struct lines *lines, const struct hpo_column *column,
			  struct hpo_buffer *out)
{
	struct hpo_buffer values = HPO__BUFFER_INIT;
	struct hpo_buffer texts = HPO__BUFFER_INIT;
	double low;
	double high;
	double place;
	bool absent;

	for (size_t i = 0; i < lines->count; i++) {
		const struct hpo_record *trial = &lines->frame->records->trials[lines->picks[i]];
		const double value = hpo__frame_number(lines->frame, column, trial);

		lines->values[i] = column->is_log ? log10(value) : value;
		if (!isfinite(lines->values[i]))
			lines->values[i] = NAN;
	}
	if (!find_range(lines, &low, &high))
		low = high = 0;
	place = low - fmax(0.1 * (high - low), high > low ? 0 : 1);
	absent = place_absent(lines, place);
	if (absent)
		write_tick(&values, &texts, place, "-");
	if (absent || column->is_log) {
		write_scale(low, high, column->is_log, &values, &texts);
		write_ticks(&values, &texts, out);
	}
	write_values(lines, out);
}

static void write_color(const struct lines *lines, struct hpo_buffer *out)
{
	const struct hpo_record *trials = lines->frame->records->trials;
	const struct hpo_objective_spec *first = &lines->frame->records->study->objectives.list[0];

	hpo__buffer_text(out, "\"line\":{\"color\":[");
	for (size_t i = 0; i < lines->count; i++) {
		if (i > 0)
			hpo__buffer_char(out, ',');
		hpo__figure_real(out, trials[lines->picks[i]].values[0]);
	}
	/* The best is bright, whichever way is good. */
	hpo__buffer_format(out,
			   "],\"colorscale\":\"Viridis\",\"reversescale\":%s,\"showscale\":true}",
			   hpo__objective_loss(first, 1) > 0 ? "true" : "false");
}

static void write_dimensions(const struct lines *lines, struct hpo_buffer *out)
{
	const struct hpo_frame *frame = lines->frame;
	const struct hpo_objectives *objectives = &frame->records->study->objectives;

	hpo__buffer_text(out, ",\"dimensions\":[");
	for (size_t i = 0; i < frame->column_count; i++) {
		const struct hpo_column *column = &frame->columns[i];

		hpo__buffer_text(out, i > 0 ? ",{\"label\":" : "{\"label\":");
		hpo__figure_text(out, column->name, LABEL);
		if (column->is_number)
			write_numbers(lines, column, out);
		else
			write_choices(lines, column, out);
		hpo__buffer_char(out, '}');
	}
	for (size_t j = 0; j < objectives->count; j++) {
		hpo__buffer_text(out, j + frame->column_count > 0 ? ",{\"label\":"
								  : "{\"label\":");
		hpo__figure_text(out, objectives->list[j].key, LABEL);
		for (size_t i = 0; i < lines->count; i++)
			lines->values[i] = frame->records->trials[lines->picks[i]].values[j];
		write_values(lines, out);
		hpo__buffer_char(out, '}');
	}
	hpo__buffer_char(out, ']');
}

static hpo_status_t draw(const struct hpo_frame *frame, size_t objective, struct hpo_buffer *out,
			 size_t *points, hpo_error_t *error)
{
	/* A value takes some ten bytes, and there is one an axis and one for the colour. */
	const size_t axes = frame->column_count + frame->records->study->objectives.count + 1;
	const size_t fits = HPO__FIGURE_BYTES / 10 / axes + 1;
	const size_t most = fits < HPO__FIGURE_POINTS ? fits : HPO__FIGURE_POINTS;
	struct lines lines = {.frame = frame};
	size_t *picks = NULL;
	hpo_status_t status;

	(void)objective;
	*points = 0;
	status = hpo__frame_pick(frame, most, &picks, points, error);
	if (status < 0)
		return status;
	lines.picks = picks;
	lines.count = *points;
	lines.values = hpo__calloc(lines.count + 1, sizeof *lines.values);
	if (lines.values == NULL) {
		hpo__free(picks);
		return hpo__fail_memory(error);
	}
	hpo__buffer_text(out, "{\"data\":[{\"type\":\"parcoords\",");
	write_color(&lines, out);
	write_dimensions(&lines, out);
	hpo__buffer_text(out, "}],\"layout\":{\"title\":{\"text\":\"Parallel Coordinates\"}}}");
	hpo__free(lines.values);
	hpo__free(picks);
	return HPO_OK;
}

const struct hpo_figure hpo__figure_parallel = {
	.name = "parallel",
	.title = "Parallel Coordinates",
	.is_published = true,
	.draw = draw,
};
