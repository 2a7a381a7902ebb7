/*
 * What is to be said of the importance of parameters, by name.
 */
#ifndef HPO_REPORT_VERDICT_H
#define HPO_REPORT_VERDICT_H

#include "hpo/report.h"

#include <stdbool.h>

/* So many of the most important parameters are looked at in pairs. */
enum { HPO__PAIRED = 8, HPO__PAIRS = HPO__PAIRED * (HPO__PAIRED - 1) / 2 };

/* A parameter as people know it: the axes that bear its name together. */
struct hpo_weighed {
	const char *name;
	double share, deviation;
};

/* Two parameters together, beyond what either explains alone. */
struct hpo_weighed_pair {
	const char *names[2];
	double share;
};

/* Both lists have the most important first. */
struct hpo_verdict {
	const char *objective; /* its key; NULL for all */
	bool is_fanova;
	size_t trials;
	struct hpo_weighed *rows; /* [count] */
	size_t count;
	struct hpo_weighed_pair pairs[HPO__PAIRS]; /* [pair_count] */
	size_t pair_count;
	double rest; /* what larger groups explain */
};

/* options NULL: all defaults. Free what is in rows, also after a failure. */
hpo_status_t hpo__verdict(struct hpo_verdict *verdict, const hpo_records_t *records,
			  const hpo_importance_options_t *options, hpo_error_t *error);

#endif
