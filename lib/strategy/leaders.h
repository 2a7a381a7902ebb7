/*
 * The configurations of a study with all the readings of each, and what is to
 * be believed of the best of them where readings are noisy.
 *
 * The reading that made a configuration look best is biased by having been
 * chosen. So a true loss is taken to be a Gaussian process over configurations
 * plus a part of the configuration's own, and a reading that plus noise, whose
 * variance is known from repeated readings: the posterior shrinks what was read
 * once, and little what was read often (P. I. Frazier, "A tutorial on Bayesian
 * optimization", arXiv:1807.02811, on noisy evaluations).
 */
#ifndef HPO_STRATEGY_LEADERS_H
#define HPO_STRATEGY_LEADERS_H

#include "hpo/plugin/strategy.h"
#include "model/gp.h"

enum {
	HPO__LEADERS_MOST = 64,   /* configurations that are modelled */
	HPO__LEADERS_REPEATS = 3   /* repeated readings before the belief is worth more than a reading */
};

/* The arm of trials that read a configuration again on purpose. */
#define HPO__ARM_REPLICATE "replicate"

/* One configuration. */
struct hpo_leader {
	size_t index;     /* of its first trial in the history */
	size_t readings;
	size_t lost;      /* trials of it after its first reading that gave none */
	double mean;      /* of its readings */
	double squares;   /* sum of their squared deviations from it */
	double belief;    /* after a fit: the posterior mean of its true loss, NaN if not modelled */
	double sd;        /* and its standard deviation */
};

struct hpo_leaders {
	struct hpo_gp_frame frame;
	struct hpo_gp gp;
	struct hpo_leader *list; /* [count], in the order in which they were first read */
	size_t count, capacity;
	size_t *places;  /* [size] open addressing: 1 + a number in the list, 0 when empty */
	size_t size;     /* a power of two, or 0 */
	size_t repeats;  /* readings beyond the first of a configuration */
	size_t lost;     /* summed over all configurations */
	double squares;  /* summed over all configurations */
	size_t *modelled; /* [modelled_count] numbers in the list, best belief first, after a fit */
	size_t modelled_count;
	double *inverse; /* [MOST][stride], scratch */
	double *theta;   /* [g + 2 + b], what was learned of the process */
	int has_learned;
};

hpo_status_t hpo__leaders_init(struct hpo_leaders *leaders, const hpo_space_t *space,
			       hpo_error_t *error);
void hpo__leaders_release(struct hpo_leaders *leaders);

/*
 * Fold in the ended trial at `index`: it counts if it completed with a finite first loss that is
 * no bound, and keeps all bounds. Where it does not and its configuration was read before, that is
 * noted.
 */
hpo_status_t hpo__leaders_fold(struct hpo_leaders *leaders, const hpo_history_t *history,
			       size_t index, hpo_error_t *error);

/* The standard deviation of a reading round its configuration's loss; NaN without repeats. */
double hpo__leaders_noise(const struct hpo_leaders *leaders);

/* The number in the list of a point [d] of the history's own coordinates; `count` if it has none. */
size_t hpo__leaders_find(const struct hpo_leaders *leaders, const hpo_history_t *history,
			 const double *point, const uint8_t *active);

/*
 * Learn how losses vary over the configurations, from those that are known now; nothing without
 * repeats. O(MOST^3), some forty times over.
 */
void hpo__leaders_learn(struct hpo_leaders *leaders, const hpo_history_t *history);

/*
 * Believe: fill `belief` and `sd` of the best configurations, and `modelled`, by what was learned
 * last; by the readings alone where nothing was. O(MOST^3).
 */
void hpo__leaders_believe(struct hpo_leaders *leaders, const hpo_history_t *history);

#endif
