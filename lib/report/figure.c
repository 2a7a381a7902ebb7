/*
 * What all figures share: the frame that they are drawn from.
 */
#include "report/figure.h"

#include "base/alloc.h"
#include "base/number.h"
#include "base/utf8.h"
#include "report/importance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_number_axis(const hpo_space_t *space, size_t axis)
{
	const hpo_param_kind_t kind = hpo_space_kind(space, axis);

	return kind == HPO_PARAM_FLOAT || kind == HPO_PARAM_INT;
}

static size_t choices_of(const hpo_space_t *space, size_t axis)
{
	hpo_axis_t described;

	if (is_number_axis(space, axis))
		return 1;
	hpo_space_axis(space, axis, &described);
	return (size_t)described.cells;
}

static int by_name(const void *left, const void *right)
{
	const struct hpo_column *a = left;
	const struct hpo_column *b = right;
	const int order = strcmp(a->name, b->name);

	if (order != 0)
		return order;
	return a->axis < b->axis ? -1 : a->axis > b->axis;
}

static int by_share(const void *left, const void *right)
{
	const struct hpo_column *a = *(const struct hpo_column *const *)left;
	const struct hpo_column *b = *(const struct hpo_column *const *)right;

	if (a->share != b->share)
		return a->share > b->share ? -1 : 1;
	return strcmp(a->name, b->name);
}

/* Sorted by name, the axes of one name stand side by side: join them. */
static void join_columns(struct hpo_frame *frame)
{
	const hpo_space_t *space = frame->records->study->space;
	struct hpo_column *last = NULL;
	size_t count = 0;
	size_t tail = 0;

	for (size_t i = 0; i < frame->column_count; i++) {
		const struct hpo_column *column = &frame->columns[i];
		const size_t axis = column->axis;

		if (last == NULL || strcmp(last->name, column->name) != 0) {
			last = &frame->columns[count++];
			*last = *column;
			tail = axis;
			continue;
		}
		frame->next[tail] = axis;
		tail = axis;
		last->share += column->share;
		last->is_number = last->is_number && is_number_axis(space, axis);
		last->is_log = last->is_log && column->is_log;
		last->choices += column->choices;
	}
	frame->column_count = count;
}

static void sort_columns(struct hpo_frame *frame)
{
	if (frame->column_count > 1)
		qsort(frame->columns, frame->column_count, sizeof *frame->columns, by_name);
	join_columns(frame);
	for (size_t i = 0; i < frame->column_count; i++)
		frame->by_share[i] = &frame->columns[i];
	if (frame->column_count > 1)
		qsort(frame->by_share, frame->column_count, sizeof *frame->by_share, by_share);
}

static hpo_status_t make_columns(struct hpo_frame *frame, hpo_error_t *error)
{
	const hpo_space_t *space = frame->records->study->space;
	const size_t dims = hpo_space_dims(space);
	double *shares = hpo__calloc(dims + 1, sizeof *shares);
	hpo_status_t status = HPO_OK;

	frame->columns = hpo__calloc(dims + 1, sizeof *frame->columns);
	frame->by_share = hpo__calloc(dims + 1, sizeof *frame->by_share);
	frame->next = hpo__calloc(dims + 1, sizeof *frame->next);
	if (shares == NULL || frame->columns == NULL || frame->by_share == NULL ||
	    frame->next == NULL)
		status = hpo__fail_memory(error);
	if (status >= 0)
		status = hpo__importance(frame->records, &frame->order, HPO__IMPORTANCE_TOP, shares,
					 error);
	for (size_t i = 0; status >= 0 && i < dims; i++) {
		frame->next[i] = i;
		if (hpo__space_is_hidden(space, i))
			continue;
		frame->columns[frame->column_count++] = (struct hpo_column){
			.name = hpo_space_name(space, i),
			.axis = i,
			.share = shares[i],
			.is_number = is_number_axis(space, i),
			.is_log = hpo__codec_is_log(space, i),
			.choices = choices_of(space, i),
		};
	}
	if (status >= 0)
		sort_columns(frame);
	hpo__free(shares);
	return status;
}

static double last_moment(const hpo_records_t *records)
{
	double last = records->created_s;

	for (size_t i = 0; i < records->count; i++) {
		last = fmax(last, records->trials[i].row.started_s);
		last = fmax(last, records->trials[i].row.ended_s);
	}
	return last;
}

hpo_status_t hpo__frame_init(struct hpo_frame *frame, const hpo_records_t *records, double now_s,
			     hpo_error_t *error)
{
	hpo_status_t status;

	*frame = (struct hpo_frame){.records = records,
				    .now_s = now_s > 0 ? now_s : last_moment(records)};
	status = hpo__order_init(&frame->order, records, error);
	if (status >= 0)
		status = make_columns(frame, error);
	return status;
}

void hpo__frame_release(struct hpo_frame *frame)
{
	hpo__order_release(&frame->order);
	hpo__free(frame->columns);
	hpo__free(frame->by_share);
	hpo__free(frame->next);
	frame->columns = NULL;
	frame->by_share = NULL;
	frame->next = NULL;
}

ptrdiff_t hpo__frame_axis(const struct hpo_frame *frame, const struct hpo_column *column,
			  const struct hpo_record *trial)
{
	size_t axis = column->axis;

	if (trial->params == NULL)
		return -1;
	while (!trial->active[axis]) {
		if (frame->next[axis] == axis)
			return -1;
		axis = frame->next[axis];
	}
	return (ptrdiff_t)axis;
}

int64_t hpo__frame_choice(const struct hpo_frame *frame, const struct hpo_column *column,
			  const struct hpo_record *trial)
{
	const hpo_space_t *space = frame->records->study->space;
	const ptrdiff_t active = hpo__frame_axis(frame, column, trial);
	int64_t before = 0;

	if (active < 0)
		return -1;
	for (size_t axis = column->axis; axis != (size_t)active; axis = frame->next[axis])
		before += (int64_t)choices_of(space, axis);
	if (is_number_axis(space, (size_t)active))
		return before;
	return before + trial->params[active].integer;
}

double hpo__frame_number(const struct hpo_frame *frame, const struct hpo_column *column,
			 const struct hpo_record *trial)
{
	const ptrdiff_t axis = hpo__frame_axis(frame, column, trial);

	if (axis < 0)
		return NAN;
	return hpo__codec_real(frame->records->study->space, (size_t)axis, trial->params[axis]);
}

void hpo__frame_choice_text(const struct hpo_frame *frame, const struct hpo_column *column,
			    int64_t choice, struct hpo_buffer *out)
{
	const hpo_space_t *space = frame->records->study->space;
	size_t axis = column->axis;

	while (choice >= (int64_t)choices_of(space, axis) && frame->next[axis] != axis) {
		choice -= (int64_t)choices_of(space, axis);
		axis = frame->next[axis];
	}
	if (is_number_axis(space, axis))
		hpo__buffer_text(out, "a number");
	else
		hpo__codec_text(space, axis, (union hpo_value){.integer = choice}, out);
}

const struct hpo_record *hpo__frame_best(const struct hpo_frame *frame, size_t objective)
{
	const hpo_records_t *records = frame->records;
	const struct hpo_objectives *objectives = &records->study->objectives;
	const struct hpo_objective_spec *spec = &objectives->list[objective];
	const bool is_goal = !spec->is_bound && hpo__order_goals(objectives) == 1;
	const struct hpo_record *best = NULL;

	for (size_t i = 0; i < frame->order.completed; i++) {
		const struct hpo_record *trial = &records->trials[frame->order.list[i]];

		if (best == NULL || hpo__objective_loss(spec, trial->values[objective]) <
					    hpo__objective_loss(spec, best->values[objective]))
			best = trial;
		if (is_goal)
			break;
	}
	return best;
}

/* Mark the best quarter, then go through the others in even steps. */
static void mark(const struct hpo_frame *frame, size_t most, uint8_t *taken)
{
	const size_t *list = frame->order.list;
	const size_t count = frame->order.count;
	const size_t best = most / 4;

	if (count <= most) {
		for (size_t i = 0; i < count; i++)
			taken[list[i]] = 2;
		return;
	}
	for (size_t i = 0; i < count; i++)
		taken[list[i]] = i < best ? 2 : 1;
	for (size_t i = 0, seen = 0, used = 0; i < frame->records->count; i++) {
		if (taken[i] != 1)
			continue;
		if (used * (count - best) <= seen * (most - best) && used < most - best) {
			taken[i] = 2;
			used++;
		}
		seen++;
	}
}

hpo_status_t hpo__frame_pick(const struct hpo_frame *frame, size_t most, size_t **list,
			     size_t *count, hpo_error_t *error)
{
	uint8_t *taken = hpo__calloc(frame->records->count + 1, sizeof *taken);
	size_t *picked = hpo__calloc(most + 1, sizeof *picked);
	size_t n = 0;

	if (taken == NULL || picked == NULL) {
		hpo__free(taken);
		hpo__free(picked);
		return hpo__fail_memory(error);
	}
	mark(frame, most, taken);
	for (size_t i = 0; i < frame->records->count; i++) {
		if (taken[i] == 2)
			picked[n++] = i;
	}
	hpo__free(taken);
	*list = picked;
	*count = n;
	return HPO_OK;
}

void hpo__figure_real(struct hpo_buffer *out, double value)
{
	const int digits = 7;
	char text[HPO__NUMBER_SIZE];
	double power;
	int shift;

	if (!isfinite(value) || (value == floor(value) && fabs(value) < 1e15)) {
		if (isfinite(value))
			hpo__buffer_json_integer(out, (int64_t)value);
		else
			hpo__buffer_text(out, "null");
		return;
	}
	/* Multiplied or divided by a whole power of ten, so that the shortest decimal is short. */
	shift = digits - 1 - (int)floor(log10(fabs(value)));
	power = pow(10, abs(shift));
	if (isfinite(power) && isfinite(value * power))
		value = shift >= 0 ? round(value * power) / power : round(value / power) * power;
	hpo__format_real(value, text);
	hpo__buffer_text(out, text);
}

void hpo__figure_escape(struct hpo_buffer *out, const char *text, size_t most)
{
	size_t size = strlen(text);

	for (size_t used = 0; size > 0; used++) {
		const size_t length = hpo__utf8_measure(text, size);

		if (used == most) {
			hpo__buffer_text(out, "\xe2\x80\xa6");
			return;
		}
		if (*text == '<')
			hpo__buffer_text(out, "&lt;");
		else if (*text == '>')
			hpo__buffer_text(out, "&gt;");
		else if (*text == '&')
			hpo__buffer_text(out, "&amp;");
		else if (length == 0)
			hpo__buffer_char(out, '?');
		else
			hpo__buffer_append(out, text, length);
		text += length > 0 ? length : 1;
		size -= length > 0 ? length : 1;
	}
}

void hpo__figure_text(struct hpo_buffer *out, const char *text, size_t most)
{
	struct hpo_buffer escaped = HPO__BUFFER_INIT;

	hpo__figure_escape(&escaped, text, most);
	hpo__buffer_json_text(out, escaped.text != NULL ? escaped.text : "");
	out->failed = out->failed || escaped.failed;
	hpo__buffer_release(&escaped);
}
