/*
 * How much each parameter decides whether a trial is among the best.
 */
#ifndef HPO_REPORT_IMPORTANCE_H
#define HPO_REPORT_IMPORTANCE_H

#include "report/order.h"

/*
 * The shares of the axes, in [0, 1], which sum to 1: shares [d]. All are 0 where too few
 * trials have ended for an answer, or where nothing matters. A hidden axis has none.
 */
hpo_status_t hpo__importance(const hpo_records_t *records, const struct hpo_order *order,
			     double *shares, hpo_error_t *error);

#endif
