/*
 * How much each parameter decides whether a trial is among the best.
 */
#ifndef HPO_REPORT_IMPORTANCE_H
#define HPO_REPORT_IMPORTANCE_H

#include "report/order.h"

/* Which trials are good, as a share of all, where nobody says otherwise. */
#define HPO__IMPORTANCE_TOP 0.1

/*
 * The shares of the axes, in [0, 1], which sum to 1: shares [d]. `top` of the trials
 * count as good. All are 0 where too few trials have ended for an answer, or where
 * nothing matters. A hidden axis has none.
 */
hpo_status_t hpo__importance(const hpo_records_t *records, const struct hpo_order *order,
			     double top, double *shares, hpo_error_t *error);

#endif
