/*
 * Which trial is recommended where readings are noisy.
 */
#ifndef HPO_OPTIMIZER_RECOMMEND_H
#define HPO_OPTIMIZER_RECOMMEND_H

#include "optimizer/optimizer.h"

struct hpo_recommendation {
	int64_t number;  /* of the first trial of its configuration; -1: the best reading is as good */
	size_t readings; /* of the configuration */
	double loss;     /* what is believed of its loss */
	double sd;       /* standard deviation of that belief */
};

/*
 * Believe, for a study with one objective to be made small (bounds aside), if configurations were
 * read again. O(n) and one fit of a small model.
 */
hpo_status_t hpo__recommend(hpo_optimizer_t *optimizer, struct hpo_recommendation *out,
			    hpo_error_t *error);

#endif
