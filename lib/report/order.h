/*
 * The trials of a study in the order in which they are recommended.
 */
#ifndef HPO_REPORT_ORDER_H
#define HPO_REPORT_ORDER_H

#include "trial/record.h"

struct hpo_order {
	size_t *list;     /* [count]: indices into records->trials, best first */
	size_t count;     /* trials with values: `completed` completed ones, then pruned ones */
	size_t completed;
	size_t front;     /* how many of the first are the answer: the Pareto front, or one */
};

/* Rank them. Release also after a failure. */
hpo_status_t hpo__order_init(struct hpo_order *order, const hpo_records_t *records,
			     hpo_error_t *error);
void hpo__order_release(struct hpo_order *order);

/* Whether a trial may be the best: completed, with a value of that goal, within all bounds. */
bool hpo__order_may_lead(const struct hpo_objectives *objectives, const struct hpo_record *trial,
			 size_t goal);

/* How many objectives are to be made good, bounds not counted. */
size_t hpo__order_goals(const struct hpo_objectives *objectives);

#endif
