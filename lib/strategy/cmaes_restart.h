/*
 * When a run of an evolution strategy has ended, and how the next one begins.
 */
#ifndef HPO_STRATEGY_CMAES_RESTART_H
#define HPO_STRATEGY_CMAES_RESTART_H

#include "strategy/cmaes_gaussian.h"
#include "strategy/cmaes_rank.h"

struct hpo_cmaes_restart {
	size_t base;          /* lambda of the first run */
	double base_sigma;    /* sigma of the first run */
	uint64_t runs;        /* ended ones */
	size_t large;         /* lambda of the last run of the large regime */
	bool small;           /* this run is of the small regime */
	double spent;         /* trials of this run */
	double spent_large, spent_small;
	size_t lambda;        /* of this run */
	double sigma;         /* at the start of this run */
	struct hpo_cmaes_rank best; /* of this run */
	uint64_t generations, improved; /* of this run; when `best` came */
	double reference, spread;   /* loss about which the last generations lie; of the first one */
	uint64_t since;             /* the generation from which on they do */
};

void hpo__cmaes_restart_init(struct hpo_cmaes_restart *r, size_t lambda, double sigma);

/* Note a generation: its best and its worst valued rank. */
void hpo__cmaes_restart_note(struct hpo_cmaes_restart *r, const struct hpo_cmaes_rank *best,
			     const struct hpo_cmaes_rank *worst);

/* Whether this run has nothing more to give. */
bool hpo__cmaes_restart_is_due(const struct hpo_cmaes_restart *r,
			       const struct hpo_cmaes_gaussian *g);

/* Choose lambda and sigma of the next run. */
void hpo__cmaes_restart_next(struct hpo_cmaes_restart *r, hpo_rng_t *rng);

#endif
