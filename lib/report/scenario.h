/*
 * A space as scenarios: the values of the parameters on which others depend, how
 * likely they are together, and what is active then.
 */
#ifndef HPO_REPORT_SCENARIO_H
#define HPO_REPORT_SCENARIO_H

#include "model/anova.h"
#include "space/space.h"

/* The memory behind what hpo__anova() borrows. */
struct hpo_scenes {
	hpo_axis_t *kinds;		/* [d] */
	struct hpo_anova_axis *axes;	/* [d] */
	double *values;			/* centres and weights of all axes */
	struct hpo_anova_scenarios set;
	double *weights, *pinned;
	uint8_t *active;
};

/*
 * All combinations of the values of those parameters, or where these are too many,
 * an even sample. Release it also after a failure.
 */
hpo_status_t hpo__scenes_init(struct hpo_scenes *scenes, const hpo_space_t *space,
			      hpo_error_t *error);
void hpo__scenes_release(struct hpo_scenes *scenes);

#endif
