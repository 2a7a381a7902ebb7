/*
 * What evolutionary strategies of several objectives share: a population that is
 * folded from the history, its order by constrained domination, and children.
 *
 * The population is steady: each trial that ends enters it, and one member leaves,
 * chosen by the strategy. It begins small and grows with the history, as few trials that are
 * good lead farther at first than many that are not. So nothing waits for a generation to end, however many
 * trials run at once. A trial without a value for each goal, one that failed or was
 * pruned, never enters.
 */
#ifndef HPO_STRATEGY_EVOLUTION_H
#define HPO_STRATEGY_EVOLUTION_H

#include "strategy/candidate.h"

/*
 * Members are slots 0 … count - 1; count is at most population + 1. Fronts and
 * comforts are of use from hpo__evolution_start() members on.
 */
struct hpo_evolution {
	struct hpo_ground ground;
	size_t population;
	double crossover, crossover_eta, mutation_eta, mutation;
	size_t goals;	   /* k, objectives without a bound; 0 until the first trial */
	size_t objectives; /* m */
	size_t count;
	size_t known;	   /* trials that have entered so far */
	size_t entered;	   /* the slot of the newest member */
	size_t free;	   /* the slot that the next one gets */
	size_t *index;	   /* [population + 1], in the history */
	double *violation; /* [population + 1], 0 when all bounds are kept */
	double *comfort;   /* [population + 1], of two in one front the one with more has children */
	uint32_t *front;   /* [population + 1] */
	double *losses;	   /* [population + 1][k], of the goals */
	double *feasible;  /* [population + 1][k], scratch */
	uint32_t *found;   /* [population + 1], scratch */
	struct hpo_candidate child;
};

/* The options that each of them has; `crossover` and the like by their names here. */
#define HPO__EVOLUTION_OPTIONS                                                                     \
	{ "population", HPO_OPTION_INT, 50, 4, 1000, "trials that may have children, at most" },            \
	{ "crossover", HPO_OPTION_FLOAT, 0.9, 0, 1,                                                \
	  "share of the children that have two parents rather than one" },                         \
	{ "crossover_eta", HPO_OPTION_FLOAT, 5, 0.1, 1000,                                        \
	  "how near a child is to a parent on a numeric axis; more is nearer" },                   \
	{ "mutation_eta", HPO_OPTION_FLOAT, 5, 0.1, 1000,                                         \
	  "how small a mutation is on a numeric axis; more is smaller" },                          \
	{ "mutation", HPO_OPTION_FLOAT, 1, 0, 1000, "axes that mutate in a child, on average" }

/* Release it also when this fails. */
hpo_status_t hpo__evolution_init(struct hpo_evolution *e, const hpo_space_t *space,
				 hpo_error_t *error);
void hpo__evolution_configure(struct hpo_evolution *e, const hpo_settings_t *settings);
void hpo__evolution_release(struct hpo_evolution *e);

/* Make room for the members, whose goals the first trial tells. Before the first observe(), and in it. */
hpo_status_t hpo__evolution_prepare(struct hpo_evolution *e, const hpo_history_t *history,
				    hpo_error_t *error);

/*
 * Take in the ended trial at `index`; *entered says whether it became a member, which is
 * `entered` of the struct. Where the population is full then, one is to be removed.
 */
hpo_status_t hpo__evolution_observe(struct hpo_evolution *e, const hpo_history_t *history,
				    size_t index, bool *entered, hpo_error_t *error);
/* How many members there must be before they have children. */
size_t hpo__evolution_start(const struct hpo_evolution *e);

/* Whether there is a member too many. */
bool hpo__evolution_is_full(const struct hpo_evolution *e);
void hpo__evolution_remove(struct hpo_evolution *e, size_t slot);

/* Propose a child, or while there are too few members a point to begin with. */
hpo_status_t hpo__evolution_suggest(struct hpo_evolution *e, const hpo_history_t *history,
				    hpo_rng_t *rng, hpo_proposal_t *out, hpo_error_t *error);

#endif
