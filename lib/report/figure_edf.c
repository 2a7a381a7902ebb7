/*
 * The empirical distribution of an objective: which share of the completed
 * trials was at most so large.
 */
#include "report/figure.h"

#include "base/alloc.h"

#include <stdlib.h>

enum { POINTS = 500 };

static int by_value(const void *left, const void *right)
{
	const double a = *(const double *)left;
	const double b = *(const double *)right;

	return a < b ? -1 : a > b;
}

static hpo_status_t draw(const struct hpo_frame *frame, size_t objective, struct hpo_buffer *out,
			 size_t *points, hpo_error_t *error)
{
	const size_t n = frame->order.completed;
	const size_t steps = n < POINTS ? n : POINTS;
	double *values = hpo__calloc(n + 1, sizeof *values);

	*points = n;
	if (values == NULL)
		return hpo__fail_memory(error);
	for (size_t i = 0; i < n; i++)
		values[i] = frame->records->trials[frame->order.list[i]].values[objective];
	if (n > 1)
		qsort(values, n, sizeof *values, by_value);
	hpo__buffer_text(out, "{\"data\":[{\"type\":\"scatter\",\"mode\":\"lines\","
			      "\"line\":{\"shape\":\"hv\"},\"name\":");
	hpo__figure_text(out, frame->records->study->name, 64);
	hpo__buffer_text(out, ",\"x\":[");
	for (size_t i = 0; i < steps; i++) {
		hpo__buffer_text(out, i > 0 ? "," : "");
		hpo__figure_real(out, values[(i + 1) * n / steps - 1]);
	}
	hpo__buffer_text(out, "],\"y\":[");
	for (size_t i = 0; i < steps; i++) {
		hpo__buffer_text(out, i > 0 ? "," : "");
		hpo__figure_real(out, (double)((i + 1) * n / steps) / (double)n);
	}
	hpo__buffer_text(out, "]}],\"layout\":{\"title\":{\"text\":\"Empirical distribution\"},"
			      "\"xaxis\":{\"title\":{\"text\":");
	hpo__figure_text(out, frame->records->study->objectives.list[objective].key, 64);
	hpo__buffer_text(out, "}},\"yaxis\":{\"range\":[0,1],\"title\":{\"text\":"
			      "\"share of the trials\"}}}}");
	hpo__free(values);
	return HPO_OK;
}

const struct hpo_figure hpo__figure_edf = {
	.name = "edf",
	.title = "Empirical distribution",
	.per_objective = true,
	.draw = draw,
};
