/*
 * Studies of several goals: the Pareto front, and the volume that it dominates
 * as it grew.
 */
#include "report/figure.h"

#include "base/alloc.h"
#include "math/hypervolume.h"
#include "math/pareto.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Points drawn, steps of the history, and points of a front that are measured. */
enum { POINTS = 1000, STEPS = 100, FRONT = 400, GOALS = 3 };

/* The objectives that are goals and not bounds. */
struct goals {
	size_t index[GOALS];
	size_t count; /* those shown, at most GOALS */
};

static struct goals find_goals(const hpo_records_t *records)
{
	const struct hpo_objectives *objectives = &records->study->objectives;
	struct goals goals = {.count = 0};

	for (size_t i = 0; i < objectives->count && goals.count < GOALS; i++) {
		if (!objectives->list[i].is_bound)
			goals.index[goals.count++] = i;
	}
	return goals;
}

static bool has_goals(const hpo_records_t *records)
{
	return hpo__order_goals(&records->study->objectives) > 1;
}

/* A trace of trials; what begins it ends before its arrays. */
static void write_points(const struct hpo_frame *frame, const struct goals *goals,
			 const size_t *trials, size_t count, const char *head,
			 struct hpo_buffer *out)
{
	static const char *const axes[] = {"x", "y", "z"};

	hpo__buffer_format(out, "{\"type\":\"%s\",%s", goals->count > 2 ? "scatter3d" : "scatter",
			   head);
	for (size_t j = 0; j < goals->count; j++) {
		hpo__buffer_format(out, ",\"%s\":[", axes[j]);
		for (size_t i = 0; i < count; i++) {
			if (i > 0)
				hpo__buffer_char(out, ',');
			hpo__figure_real(out, frame->records->trials[trials[i]]
						      .values[goals->index[j]]);
		}
		hpo__buffer_char(out, ']');
	}
	hpo__figure_trials(out, trials, NULL, count);
	hpo__buffer_char(out, '}');
}

static void write_axes(const struct hpo_frame *frame, const struct goals *goals,
		       struct hpo_buffer *out)
{
	static const char *const axes[] = {"xaxis", "yaxis", "zaxis"};

	hpo__buffer_text(out, goals->count > 2 ? ",\"scene\":{" : "");
	for (size_t j = 0; j < goals->count; j++) {
		hpo__buffer_text(out, j == 0 && goals->count > 2 ? "" : ",");
		hpo__buffer_format(out, "\"%s\":{\"title\":{\"text\":", axes[j]);
		hpo__figure_text(out,
				 frame->records->study->objectives.list[goals->index[j]].key, 48);
		hpo__buffer_text(out, "}}");
	}
	hpo__buffer_text(out, goals->count > 2 ? "}" : "");
}

struct member {
	double value; /* of the first goal */
	size_t trial;
};

static int by_first_goal(const void *left, const void *right)
{
	const struct member *a = left;
	const struct member *b = right;

	if (a->value != b->value)
		return a->value < b->value ? -1 : 1;
	return a->trial < b->trial ? -1 : a->trial > b->trial;
}

/* The front along the first goal, so that a line through it is a stair; trials [front]. */
static hpo_status_t sort_front(const struct hpo_frame *frame, const struct goals *goals,
			       size_t *trials, size_t front, hpo_error_t *error)
{
	struct member *members = hpo__calloc(front + 1, sizeof *members);

	if (members == NULL)
		return hpo__fail_memory(error);
	for (size_t i = 0; i < front; i++) {
		const size_t trial = frame->order.list[i];

		members[i] = (struct member){
			frame->records->trials[trial].values[goals->index[0]], trial};
	}
	if (front > 1)
		qsort(members, front, sizeof *members, by_first_goal);
	for (size_t i = 0; i < front; i++)
		trials[i] = members[i].trial;
	hpo__free(members);
	return HPO_OK;
}

static hpo_status_t draw_pareto(const struct hpo_frame *frame, size_t objective,
				struct hpo_buffer *out, size_t *points, hpo_error_t *error)
{
	const struct goals goals = find_goals(frame->records);
	const size_t front = frame->order.front < POINTS ? frame->order.front : POINTS;
	size_t *members = hpo__calloc(front + 1, sizeof *members);
	size_t *picks = NULL;
	size_t count = 0;
	hpo_status_t status;

	(void)objective;
	*points = front;
	status = members == NULL ? hpo__fail_memory(error)
				 : hpo__frame_pick(frame, POINTS, &picks, &count, error);
	if (status >= 0)
		status = sort_front(frame, &goals, members, front, error);
	if (status >= 0) {
		hpo__buffer_text(out, "{\"data\":[");
		write_points(frame, &goals, picks, count,
			     "\"mode\":\"markers\",\"name\":\"trials\","
			     "\"marker\":{\"size\":4,\"color\":\"#9aa5b1\"}",
			     out);
		hpo__buffer_char(out, ',');
		write_points(frame, &goals, members, front,
			     goals.count > 2
				     ? "\"mode\":\"markers\",\"name\":\"Pareto front\","
				       "\"marker\":{\"size\":5,\"color\":\"#d1495b\"}"
				     : "\"mode\":\"lines+markers\",\"name\":\"Pareto front\","
				       "\"line\":{\"shape\":\"hv\"},\"marker\":{\"size\":7,"
				       "\"color\":\"#d1495b\"}",
			     out);
		hpo__buffer_text(out, "],\"layout\":{\"title\":{\"text\":\"Pareto front\"}");
		write_axes(frame, &goals, out);
		hpo__buffer_text(out, "}}");
	}
	hpo__free(members);
	hpo__free(picks);
	return status;
}

/* Hypervolume -------------------------------------------------------------------------- */

struct growth {
	const struct hpo_frame *frame;
	size_t m;
	size_t *trials;   /* [count] completed, in the order in which they ended */
	double *losses;   /* [count][m] */
	double *reference; /* [m] */
	double *front;    /* [members][m]: what nothing dominates so far */
	size_t members;
	size_t count;
};

struct ended {
	int64_t told;
	size_t trial;
};

static int by_told(const void *left, const void *right)
{
	const struct ended *a = left;
	const struct ended *b = right;

	return a->told < b->told ? -1 : a->told > b->told;
}

static void release(struct growth *growth)
{
	hpo__free(growth->trials);
	hpo__free(growth->losses);
	hpo__free(growth->reference);
	hpo__free(growth->front);
}

/* Losses of all goals; the reference is the worst value of each. */
static void fill(struct growth *growth, const struct ended *order)
{
	const struct hpo_objectives *objectives = &growth->frame->records->study->objectives;
	size_t j = 0;

	for (size_t k = 0; k < objectives->count; k++) {
		if (objectives->list[k].is_bound)
			continue;
		growth->reference[j] = -INFINITY;
		for (size_t i = 0; i < growth->count; i++) {
			const double loss = hpo__objective_loss(
				&objectives->list[k],
				growth->frame->records->trials[order[i].trial].values[k]);

			growth->losses[i * growth->m + j] = loss;
			growth->reference[j] = fmax(growth->reference[j], loss);
		}
		j++;
	}
}

static hpo_status_t collect(const struct hpo_frame *frame, struct growth *growth,
			    hpo_error_t *error)
{
	const size_t n = frame->order.completed;
	struct ended *order = hpo__calloc(n + 1, sizeof *order);

	*growth = (struct growth){.frame = frame, .count = n};
	growth->m = hpo__order_goals(&frame->records->study->objectives);
	growth->trials = hpo__calloc(n + 1, sizeof *growth->trials);
	growth->losses = hpo__calloc(n + 1, growth->m * sizeof *growth->losses);
	growth->front = hpo__calloc(n + 1, growth->m * sizeof *growth->front);
	growth->reference = hpo__calloc(growth->m + 1, sizeof *growth->reference);
	if (order == NULL || growth->trials == NULL || growth->losses == NULL ||
	    growth->front == NULL || growth->reference == NULL) {
		hpo__free(order);
		return hpo__fail_memory(error);
	}
	for (size_t i = 0; i < n; i++)
		order[i] = (struct ended){frame->records->trials[frame->order.list[i]].row.told,
					  frame->order.list[i]};
	if (n > 1)
		qsort(order, n, sizeof *order, by_told);
	for (size_t i = 0; i < n; i++)
		growth->trials[i] = order[i].trial;
	fill(growth, order);
	hpo__free(order);
	return HPO_OK;
}

/* Put a point into the front; what it dominates leaves. */
static void add_point(struct growth *growth, const double *point)
{
	const size_t m = growth->m;
	size_t kept = 0;

	for (size_t i = 0; i < growth->members; i++) {
		const double *member = &growth->front[i * m];

		if (hpo__pareto_dominates(member, point, m) ||
		    memcmp(member, point, m * sizeof *point) == 0)
			return;
	}
	for (size_t i = 0; i < growth->members; i++) {
		const double *member = &growth->front[i * m];

		if (hpo__pareto_dominates(point, member, m))
			continue;
		if (kept != i)
			memcpy(&growth->front[kept * m], member, m * sizeof *member);
		kept++;
	}
	memcpy(&growth->front[kept * m], point, m * sizeof *point);
	growth->members = kept + 1;
}

/* The next trial: a point of the front only where it keeps the bounds. */
static void add_next(struct growth *growth, size_t next)
{
	const hpo_records_t *records = growth->frame->records;
	const struct hpo_record *trial = &records->trials[growth->trials[next]];

	if (hpo__order_may_lead(&records->study->objectives, trial,
				find_goals(records).index[0]))
		add_point(growth, &growth->losses[next * growth->m]);
}

/* The volume after so many ends; a long front is measured by its first points. */
static hpo_status_t measure(const struct growth *growth, double *volume)
{
	const size_t members = growth->m > 2 && growth->members > FRONT ? FRONT : growth->members;

	return hpo__hypervolume(growth->front, members, growth->m, growth->reference, volume);
}

static hpo_status_t write_growth(struct growth *growth, struct hpo_buffer *out, size_t *steps,
				 hpo_error_t *error)
{
	struct hpo_buffer values = HPO__BUFFER_INIT;
	hpo_status_t status = HPO_OK;
	size_t next = 0;

	*steps = growth->count < STEPS ? growth->count : STEPS;
	hpo__buffer_text(out, ",\"x\":[");
	for (size_t step = 0; step < *steps && status >= 0; step++) {
		const size_t until = (step + 1) * growth->count / *steps;
		double volume = 0;

		while (next < until)
			add_next(growth, next++);
		status = measure(growth, &volume);
		hpo__buffer_format(out, "%s%zu", step > 0 ? "," : "", until);
		hpo__buffer_text(&values, step > 0 ? "," : "");
		hpo__figure_real(&values, volume);
	}
	hpo__buffer_text(out, "],\"y\":[");
	hpo__buffer_text(out, values.text != NULL ? values.text : "");
	hpo__buffer_char(out, ']');
	out->failed = out->failed || values.failed;
	hpo__buffer_release(&values);
	return status < 0 ? hpo__fail_memory(error) : HPO_OK;
}

static hpo_status_t draw_hypervolume(const struct hpo_frame *frame, size_t objective,
				     struct hpo_buffer *out, size_t *points, hpo_error_t *error)
{
	struct growth growth;
	hpo_status_t status = collect(frame, &growth, error);

	(void)objective;
	*points = 0;
	if (status >= 0) {
		hpo__buffer_text(out, "{\"data\":[{\"type\":\"scatter\",\"mode\":\"lines\","
				      "\"name\":\"hypervolume\",\"line\":{\"shape\":\"hv\"}");
		status = write_growth(&growth, out, points, error);
		hpo__buffer_text(out, "}],\"layout\":{\"title\":{\"text\":\"Hypervolume\"},"
				      "\"xaxis\":{\"title\":{\"text\":\"completed trials\"}},"
				      "\"yaxis\":{\"title\":{\"text\":\"volume up to the worst "
				      "values\"}}}}");
	}
	release(&growth);
	return status;
}

const struct hpo_figure hpo__figure_pareto = {
	.name = "pareto",
	.title = "Pareto front",
	.fits = has_goals,
	.draw = draw_pareto,
};

const struct hpo_figure hpo__figure_hypervolume = {
	.name = "hypervolume",
	.title = "Hypervolume",
	.fits = has_goals,
	.draw = draw_hypervolume,
};
