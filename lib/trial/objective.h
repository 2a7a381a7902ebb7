/*
 * Objectives: what is measured, which way is good, and which report counts.
 */
#ifndef HPO_TRIAL_OBJECTIVE_H
#define HPO_TRIAL_OBJECTIVE_H

#include "base/json.h"
#include "hpo/optimizer.h"

struct hpo_objective_spec {
	char *title;  /* NULL: none */
	char *series;
	char *key;    /* "title/series", or the series alone */
	hpo_goal_t goal;
	bool is_bound; /* a measured constraint: goal is MIN, the value must be at most `bound` */
	double bound;
};

struct hpo_objectives {
	struct hpo_objective_spec *list; /* [count] */
	size_t count;                    /* at least 1 */
};

hpo_status_t hpo__objectives_read(struct hpo_objectives *out, const struct hpo_json_at *at,
				  hpo_error_t *error);
hpo_status_t hpo__objectives_copy(struct hpo_objectives *out, const hpo_objective_t *list,
				  size_t count, hpo_error_t *error);
void hpo__objectives_write(const struct hpo_objectives *objectives, struct hpo_buffer *out);
hpo_status_t hpo__objectives_compare(const struct hpo_objectives *was,
				     const struct hpo_objectives *is, hpo_error_t *error);
void hpo__objectives_release(struct hpo_objectives *objectives);
/* The first objective that is no bound: there is one. */
size_t hpo__objectives_first_goal(const struct hpo_objectives *objectives);

/* A measured value as a loss to be made small, and back: its sign is turned for max goals. */
double hpo__objective_loss(const struct hpo_objective_spec *objective, double value);
double hpo__objective_value(const struct hpo_objective_spec *objective, double loss);

/*
 * The metrics that one running trial has reported so far, and which of them
 * feed the objectives (design: exact key; or the series alone if the objective
 * has no title or no other metric of this trial bears that series).
 */
struct hpo_metric {
	char *key;              /* as reported */
	double last, low, high; /* of its finite reports; NaN before the first */
	int64_t last_iteration, low_iteration, high_iteration;
	int64_t reports;
};

struct hpo_metrics {
	struct hpo_metric *list; /* [count] */
	size_t count, capacity;
};

/* Note a report; *out (may be NULL) is the metric, valid until the next note. */
hpo_status_t hpo__metrics_note(struct hpo_metrics *metrics, const char *key, int64_t iteration,
			       double value, struct hpo_metric **out);
/*
 * The metric that feeds an objective, NULL while there is none. Two candidates:
 * HPO_EINVAL with a sentence that names them.
 */
hpo_status_t hpo__metrics_match(const struct hpo_metrics *metrics,
				const struct hpo_objective_spec *objective,
				const struct hpo_metric **out, hpo_error_t *error);
/* The objective's value from its metric: last, or the extremum for the _GLOBAL goals. NaN: none. */
double hpo__metric_value(const struct hpo_metric *metric,
			 const struct hpo_objective_spec *objective);
/* [{"metric":…,"last":…,"min":…,"max":…,"iteration":…},…] */
void hpo__metrics_write(const struct hpo_metrics *metrics, struct hpo_buffer *out);
void hpo__metrics_release(struct hpo_metrics *metrics);

#endif
