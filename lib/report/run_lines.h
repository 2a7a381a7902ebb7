/*
 * What a run says on a console since it last did.
 */
#ifndef HPO_REPORT_RUN_LINES_H
#define HPO_REPORT_RUN_LINES_H

#include "report/figure.h"
#include "report/run.h"

/*
 * Append ,"lines":[…]: those of the view, a line for each trial that ended since, how far the
 * run is, and how it ended.
 */
hpo_status_t hpo__run_lines(const struct hpo_frame *frame, const struct hpo_run_view *view,
			    struct hpo_buffer *out, hpo_error_t *error);

#endif
