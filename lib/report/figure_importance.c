/*
 * The importance of parameters as bars.
 */
#include "report/figure.h"

enum { BARS = 30, LABEL = 80 };

/* What stands where the bars would be. */
static const char nothing_known[] =
	",\"annotations\":[{\"text\":\"The trials so far do not tell<br>that any parameter matters.\","
	"\"showarrow\":false,\"xref\":\"paper\",\"yref\":\"paper\",\"x\":0.5,\"y\":0.5}]";

static hpo_status_t draw(const struct hpo_frame *frame, size_t objective, struct hpo_buffer *out,
			 size_t *points, hpo_error_t *error)
{
	const size_t count = frame->column_count < BARS ? frame->column_count : BARS;

	(void)objective;
	(void)error;
	*points = 0;
	for (size_t i = 0; i < count; i++)
		*points += frame->by_share[i]->share > 0;
	/* Plotly draws the first bar lowest: the most important one comes last. */
	hpo__buffer_text(out, "{\"data\":[{\"type\":\"bar\",\"orientation\":\"h\",\"x\":[");
	for (size_t i = count; i-- > 0;) {
		hpo__figure_real(out, frame->by_share[i]->share);
		hpo__buffer_text(out, i > 0 ? "," : "");
	}
	hpo__buffer_text(out, "],\"y\":[");
	for (size_t i = count; i-- > 0;) {
		hpo__figure_text(out, frame->by_share[i]->name, LABEL);
		hpo__buffer_text(out, i > 0 ? "," : "");
	}
	hpo__buffer_text(out, "]}],\"layout\":{\"title\":{\"text\":\"Importance\"},"
			      "\"xaxis\":{\"title\":{\"text\":\"share of being among the best\"},"
			      "\"rangemode\":\"nonnegative\"},"
			      "\"yaxis\":{\"automargin\":true,\"type\":\"category\"}");
	if (*points == 0)
		hpo__buffer_text(out, nothing_known);
	hpo__buffer_text(out, "}}");
	return HPO_OK;
}

const struct hpo_figure hpo__figure_importance = {
	.name = "importance",
	.title = "Importance",
	.is_published = true,
	.draw = draw,
};
