/*
 * How much each parameter, and each pair, explains of an objective's variance.
 */
#ifndef HPO_REPORT_FANOVA_H
#define HPO_REPORT_FANOVA_H

#include "model/anova.h"
#include "report/order.h"

enum { HPO__FANOVA_LEAST = 10 }; /* completed trials for an answer */

/*
 * Analyse one objective: `shares`, `deviations` [d] and `pairs` of `out` are the
 * caller's, the axes of the pairs set. Losses beyond the best `top` of the trials count
 * as the one at its edge; 1 takes all as they are. out->trees is 0, and all shares are,
 * where too few trials completed or nothing varies.
 */
hpo_status_t hpo__fanova(const hpo_records_t *records, size_t objective, double top,
			 struct hpo_anova *out, hpo_error_t *error);

#endif
