/*
 * What figures of points share: which of many are drawn, and their arrays.
 */
#include "report/figure.h"

#include <math.h>
#include <time.h>

/* The least and the greatest of values [first, last), in their order; SIZE_MAX for none. */
static void find_extremes(const double *values, size_t first, size_t last, size_t pair[2])
{
	size_t least = SIZE_MAX;
	size_t greatest = SIZE_MAX;

	for (size_t i = first; i < last; i++) {
		if (!isfinite(values[i]))
			continue;
		if (least == SIZE_MAX || values[i] < values[least])
			least = i;
		if (greatest == SIZE_MAX || values[i] > values[greatest])
			greatest = i;
	}
	pair[0] = least < greatest ? least : greatest;
	pair[1] = least < greatest ? greatest : least;
}

static void add_pick(size_t *picks, size_t *count, size_t index)
{
	if (index != SIZE_MAX && (*count == 0 || picks[*count - 1] < index))
		picks[(*count)++] = index;
}

void hpo__figure_thin(const double *values, size_t n, size_t most, size_t *picks, size_t *count)
{
	const size_t stretches = (most - 2) / 2;

	*count = 0;
	if (n <= most) {
		while (*count < n) {
			picks[*count] = *count;
			++*count;
		}
		return;
	}
	add_pick(picks, count, 0);
	for (size_t i = 0; i < stretches; i++) {
		size_t pair[2];

		find_extremes(values, 1 + i * (n - 2) / stretches, 1 + (i + 1) * (n - 2) / stretches,
			      pair);
		add_pick(picks, count, pair[0]);
		add_pick(picks, count, pair[1]);
	}
	add_pick(picks, count, n - 1);
}

void hpo__figure_numbers(struct hpo_buffer *out, const char *key, const double *values,
			 const size_t *picks, size_t count)
{
	hpo__buffer_format(out, ",\"%s\":[", key);
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			hpo__buffer_char(out, ',');
		hpo__figure_real(out, values[picks != NULL ? picks[i] : i]);
	}
	hpo__buffer_char(out, ']');
}

void hpo__figure_trials(struct hpo_buffer *out, const size_t *trials, const size_t *picks,
			size_t count)
{
	hpo__buffer_text(out, ",\"customdata\":[");
	for (size_t i = 0; i < count; i++)
		hpo__buffer_format(out, "%s%zu", i > 0 ? "," : "",
				   trials[picks != NULL ? picks[i] : i]);
	hpo__buffer_char(out, ']');
}

/* Characters of a choice: as a value and on its axis, which must be the same text. */
enum { CHOICE = 24 };

void hpo__figure_value(const struct hpo_frame *frame, const struct hpo_column *column,
		       const struct hpo_record *trial, struct hpo_buffer *out)
{
	struct hpo_buffer text = HPO__BUFFER_INIT;

	if (column->is_number) {
		hpo__figure_real(out, hpo__frame_number(frame, column, trial));
		return;
	}
	hpo__frame_choice_text(frame, column, hpo__frame_choice(frame, column, trial), &text);
	hpo__figure_text(out, text.text != NULL ? text.text : "", CHOICE);
	out->failed = out->failed || text.failed;
	hpo__buffer_release(&text);
}

/* Without them Plotly orders choices as they come: an ordinal would be out of order. */
static void write_choices(const struct hpo_frame *frame, const struct hpo_column *column,
			  struct hpo_buffer *out)
{
	enum { MOST = 50 }; /* of the bytes of a figure they must not take many */
	struct hpo_buffer text = HPO__BUFFER_INIT;

	if (column->choices > MOST)
		return;
	hpo__buffer_text(out, ",\"categoryorder\":\"array\",\"categoryarray\":[");
	for (size_t i = 0; i < column->choices; i++) {
		hpo__buffer_clear(&text);
		hpo__frame_choice_text(frame, column, (int64_t)i, &text);
		hpo__buffer_text(out, i > 0 ? "," : "");
		hpo__figure_text(out, text.text != NULL ? text.text : "", CHOICE);
		out->failed = out->failed || text.failed;
	}
	hpo__buffer_char(out, ']');
	hpo__buffer_release(&text);
}

void hpo__figure_axis_type(const struct hpo_frame *frame, const struct hpo_column *column,
			   struct hpo_buffer *out)
{
	hpo__buffer_format(out, "\"type\":\"%s\"",
			   !column->is_number ? "category"
			   : column->is_log   ? "log"
					      : "linear");
	if (!column->is_number)
		write_choices(frame, column, out);
}

void hpo__figure_axis(const struct hpo_frame *frame, const struct hpo_column *column,
		      struct hpo_buffer *out)
{
	enum { LABEL = 48 };

	hpo__buffer_text(out, "\"title\":{\"text\":");
	hpo__figure_text(out, column->name, LABEL);
	hpo__buffer_text(out, "},");
	hpo__figure_axis_type(frame, column, out);
}

void hpo__figure_moment(struct hpo_buffer *out, double seconds)
{
	const double year_10000 = 253402300800.0;
	const double whole = seconds > 0 && seconds < year_10000 ? floor(seconds) : 0;
	const time_t clock = (time_t)whole;
	char text[32];
	struct tm parts;

	gmtime_r(&clock, &parts);
	strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
	hpo__buffer_format(out, "\"%s.%03dZ\"", text,
			   whole > 0 ? (int)((seconds - whole) * 1000) : 0);
}
