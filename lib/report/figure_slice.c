/*
 * The objective over each parameter alone: a small plot for each of the most
 * important ones, points coloured by number, so that one sees where the search
 * went.
 */
#include "report/figure.h"

#include "base/alloc.h"

#include <math.h>

/* Plots at most, side by side; what a point takes; characters of a name. */
enum { PLOTS = 12, ACROSS = 3, POINT_BYTES = 33, LABEL = 32 };

/* "x", "x2", "x3", …: how Plotly names the axes of the plots. */
static void write_axis_name(struct hpo_buffer *out, const char *axis, size_t plot)
{
	hpo__buffer_text(out, axis);
	if (plot > 0)
		hpo__buffer_format(out, "%zu", plot + 1);
}

enum member { MEMBER_X, MEMBER_Y, MEMBER_NUMBER };

/* One array of a trace: over the trials in which the parameter is active. */
static void write_array(const struct hpo_frame *frame, const struct hpo_column *column,
			size_t objective, enum member member, const size_t *picks, size_t count,
			struct hpo_buffer *out)
{
	bool first = true;

	hpo__buffer_char(out, '[');
	for (size_t i = 0; i < count; i++) {
		const struct hpo_record *trial = &frame->records->trials[picks[i]];

		if (hpo__frame_axis(frame, column, trial) < 0)
			continue;
		if (!first)
			hpo__buffer_char(out, ',');
		first = false;
		if (member == MEMBER_X)
			hpo__figure_value(frame, column, trial, out);
		else if (member == MEMBER_Y)
			hpo__figure_real(out, trial->values[objective]);
		else
			hpo__buffer_format(out, "%zu", picks[i]);
	}
	hpo__buffer_char(out, ']');
}

static void write_trace(const struct hpo_frame *frame, size_t plot, size_t objective,
			const size_t *picks, size_t count, struct hpo_buffer *out)
{
	const struct hpo_column *column = frame->by_share[plot];

	hpo__buffer_text(out, plot > 0 ? ",{" : "{");
	hpo__buffer_text(out, "\"type\":\"scatter\",\"mode\":\"markers\",\"showlegend\":false,"
			      "\"name\":");
	hpo__figure_text(out, column->name, LABEL);
	hpo__buffer_text(out, ",\"xaxis\":\"");
	write_axis_name(out, "x", plot);
	hpo__buffer_text(out, "\",\"yaxis\":\"");
	write_axis_name(out, "y", plot);
	hpo__buffer_text(out, "\",\"x\":");
	write_array(frame, column, objective, MEMBER_X, picks, count, out);
	hpo__buffer_text(out, ",\"y\":");
	write_array(frame, column, objective, MEMBER_Y, picks, count, out);
	hpo__buffer_text(out, ",\"marker\":{\"colorscale\":\"Blues\",\"reversescale\":true,"
			      "\"size\":5,\"color\":");
	write_array(frame, column, objective, MEMBER_NUMBER, picks, count, out);
	hpo__buffer_text(out, "},\"customdata\":");
	write_array(frame, column, objective, MEMBER_NUMBER, picks, count, out);
	hpo__buffer_char(out, '}');
}

static void write_layout(const struct hpo_frame *frame, size_t plots, size_t objective,
			 struct hpo_buffer *out)
{
	const size_t across = plots < ACROSS ? plots : ACROSS;
	const size_t down = across > 0 ? (plots + across - 1) / across : 0;

	hpo__buffer_text(out, "{\"title\":{\"text\":\"Slice\"}");
	if (plots > 0)
		hpo__buffer_format(out,
				   ",\"grid\":{\"rows\":%zu,\"columns\":%zu,"
				   "\"pattern\":\"independent\"}",
				   down, across);
	for (size_t i = 0; i < plots; i++) {
		const struct hpo_column *column = frame->by_share[i];

		hpo__buffer_text(out, ",\"");
		write_axis_name(out, "xaxis", i);
		hpo__buffer_text(out, "\":{\"title\":{\"text\":");
		hpo__figure_text(out, column->name, LABEL);
		hpo__buffer_text(out, "},");
		hpo__figure_axis_type(frame, column, out);
		hpo__buffer_text(out, "},\"");
		write_axis_name(out, "yaxis", i);
		hpo__buffer_text(out, "\":{");
		if (i % across == 0) {
			hpo__buffer_text(out, "\"title\":{\"text\":");
			hpo__figure_text(
				out, frame->records->study->objectives.list[objective].key, LABEL);
			hpo__buffer_char(out, '}');
		}
		hpo__buffer_char(out, '}');
	}
	hpo__buffer_char(out, '}');
}

static hpo_status_t draw(const struct hpo_frame *frame, size_t objective, struct hpo_buffer *out,
			 size_t *points, hpo_error_t *error)
{
	const size_t plots = frame->column_count < PLOTS ? frame->column_count : PLOTS;
	const size_t fits = HPO__FIGURE_BYTES / POINT_BYTES / (plots + 1);
	const size_t most = fits < HPO__FIGURE_POINTS ? fits : HPO__FIGURE_POINTS;
	size_t *picks = NULL;
	hpo_status_t status;

	*points = 0;
	status = hpo__frame_pick(frame, most, &picks, points, error);
	if (status < 0)
		return status;
	hpo__buffer_text(out, "{\"data\":[");
	for (size_t i = 0; i < plots; i++)
		write_trace(frame, i, objective, picks, *points, out);
	hpo__buffer_text(out, "],\"layout\":");
	write_layout(frame, plots, objective, out);
	hpo__buffer_char(out, '}');
	hpo__free(picks);
	return HPO_OK;
}

const struct hpo_figure hpo__figure_slice = {
	.name = "slice",
	.title = "Slice",
	.per_objective = true,
	.is_published = true,
	.draw = draw,
};
