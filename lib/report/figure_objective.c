/*
 * The objective over the trials, and the best so far.
 */
#include "report/figure.h"

#include "base/alloc.h"

#include <math.h>

/* What the cursor shows: cut, so that a thousand of them stay small. */
enum { HOVER_BYTES = 120, HOVER_NAME = 32, HOVER_VALUE = 24 };
/* Steps of the stair, of which some are left out where there are more. */
enum { STEPS = 500 };

/* "'lr': 0.01<br>'opt': adam<br>completed" */
static void write_hover(const struct hpo_frame *frame, const struct hpo_record *trial,
			struct hpo_buffer *out)
{
	const hpo_space_t *space = frame->records->study->space;
	struct hpo_buffer text = HPO__BUFFER_INIT;
	struct hpo_buffer value = HPO__BUFFER_INIT;

	for (size_t i = 0; i < frame->column_count; i++) {
		const ptrdiff_t axis = hpo__frame_axis(frame, &frame->columns[i], trial);

		if (axis < 0)
			continue;
		if (text.size > HOVER_BYTES) {
			hpo__buffer_text(&text, "\xe2\x80\xa6<br>");
			break;
		}
		hpo__buffer_char(&text, '\'');
		hpo__figure_escape(&text, frame->columns[i].name, HOVER_NAME);
		hpo__buffer_text(&text, "': ");
		hpo__buffer_clear(&value);
		if (hpo_space_kind(space, (size_t)axis) == HPO_PARAM_FLOAT)
			hpo__figure_real(&value, trial->params[axis].real);
		else
			hpo__codec_text(space, (size_t)axis, trial->params[axis], &value);
		hpo__figure_escape(&text, value.text != NULL ? value.text : "", HOVER_VALUE);
		hpo__buffer_text(&text, "<br>");
		text.failed = text.failed || value.failed;
	}
	hpo__buffer_text(&text, hpo_trial_state_text((hpo_trial_state_t)trial->row.state));
	hpo__buffer_json_text(out, text.text != NULL ? text.text : "");
	out->failed = out->failed || text.failed;
	hpo__buffer_release(&value);
	hpo__buffer_release(&text);
}

static void write_points(const struct hpo_frame *frame, size_t objective, const size_t *picks,
			 size_t count, struct hpo_buffer *out)
{
	const struct hpo_record *trials = frame->records->trials;

	hpo__buffer_text(out, "{\"type\":\"scatter\",\"mode\":\"markers\",\"name\":");
	hpo__figure_text(out, frame->records->study->objectives.list[objective].key, 64);
	hpo__buffer_text(out, ",\"x\":[");
	for (size_t i = 0; i < count; i++)
		hpo__buffer_format(out, "%s%zu", i > 0 ? "," : "", picks[i]);
	hpo__buffer_text(out, "],\"y\":[");
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			hpo__buffer_char(out, ',');
		hpo__figure_real(out, trials[picks[i]].values[objective]);
	}
	hpo__buffer_text(out, "],\"text\":[");
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			hpo__buffer_char(out, ',');
		write_hover(frame, &trials[picks[i]], out);
	}
	hpo__buffer_char(out, ']');
	hpo__figure_trials(out, picks, NULL, count);
	hpo__buffer_char(out, '}');
}

/* Whether a completed trial is better than all before it; *best is a loss. */
static bool improves(const struct hpo_frame *frame, size_t trial, size_t objective, double *best)
{
	const struct hpo_objectives *objectives = &frame->records->study->objectives;
	const struct hpo_record *record = &frame->records->trials[trial];
	double loss;

	if (!hpo__order_may_lead(objectives, record, objective))
		return false;
	loss = hpo__objective_loss(&objectives->list[objective], record->values[objective]);
	if (loss >= *best)
		return false;
	*best = loss;
	return true;
}

static size_t count_steps(const struct hpo_frame *frame, size_t objective)
{
	double best = INFINITY;
	size_t steps = 0;

	for (size_t i = 0; i < frame->records->count; i++)
		steps += improves(frame, i, objective, &best);
	return steps;
}

/* One array of the stair: the trials, or the values that they brought. */
static void write_steps(const struct hpo_frame *frame, size_t objective, bool values,
			struct hpo_buffer *out)
{
	const struct hpo_objective_spec *spec =
		&frame->records->study->objectives.list[objective];
	const size_t steps = count_steps(frame, objective);
	const size_t every = steps / STEPS + 1;
	double best = INFINITY;

	for (size_t i = 0, step = 0; i < frame->records->count; i++) {
		if (!improves(frame, i, objective, &best))
			continue;
		step++;
		if (step % every != 0 && step > 1 && step < steps)
			continue;
		if (values)
			hpo__figure_real(out, hpo__objective_value(spec, best));
		else
			hpo__buffer_format(out, "%zu", i);
		hpo__buffer_char(out, ',');
	}
	if (values)
		hpo__figure_real(out, hpo__objective_value(spec, best));
}

/* A stair: each trial that was the best so far, up to the last trial that is shown. */
static void write_best(const struct hpo_frame *frame, size_t objective, size_t last,
		       struct hpo_buffer *out)
{
	hpo__buffer_text(out, ",{\"type\":\"scatter\",\"mode\":\"lines\",\"name\":\"best so far\","
			      "\"line\":{\"shape\":\"hv\"},\"hoverinfo\":\"skip\",\"x\":[");
	write_steps(frame, objective, false, out);
	hpo__buffer_format(out, "%zu],\"y\":[", last);
	write_steps(frame, objective, true, out);
	hpo__buffer_text(out, "]}");
}

/*
 * The points of at most `most` trials into *out, and which they are. What is shown under the
 * cursor is as long as names are, so where they took too many bytes there are fewer of them.
 */
static hpo_status_t draw_points(const struct hpo_frame *frame, size_t objective, size_t **picks,
				size_t *count, struct hpo_buffer *out, hpo_error_t *error)
{
	const size_t start = out->size;
	size_t most = HPO__FIGURE_POINTS;
	hpo_status_t status = hpo__frame_pick(frame, most, picks, count, error);

	if (status < 0)
		return status;
	write_points(frame, objective, *picks, *count, out);
	if (out->failed || out->size - start <= HPO__FIGURE_BYTES)
		return HPO_OK;

	most = *count * HPO__FIGURE_BYTES / (out->size - start) + 1;
	out->size = start;
	hpo__free(*picks);
	*picks = NULL;
	status = hpo__frame_pick(frame, most, picks, count, error);
	if (status >= 0)
		write_points(frame, objective, *picks, *count, out);
	return status;
}

static hpo_status_t draw(const struct hpo_frame *frame, size_t objective, struct hpo_buffer *out,
			 size_t *points, hpo_error_t *error)
{
	const struct hpo_objective_spec *spec =
		&frame->records->study->objectives.list[objective];
	size_t *picks = NULL;
	hpo_status_t status;

	*points = 0;
	hpo__buffer_text(out, "{\"data\":[");
	status = draw_points(frame, objective, &picks, points, out, error);
	if (status < 0)
		goto done;
	if (!spec->is_bound && count_steps(frame, objective) > 0)
		write_best(frame, objective, picks[*points - 1], out);
	hpo__buffer_text(out, "],\"layout\":{\"title\":{\"text\":\"Optimization Objective\"},"
			      "\"xaxis\":{\"title\":{\"text\":\"job #\"}},"
			      "\"yaxis\":{\"title\":{\"text\":");
	hpo__figure_text(out, spec->key, 64);
	hpo__buffer_text(out, "}}}}");
done:
	hpo__free(picks);
	return status;
}

const struct hpo_figure hpo__figure_objective = {
	.name = "objective",
	.title = "Optimization Objective",
	.per_objective = true,
	.is_published = true,
	.draw = draw,
};
