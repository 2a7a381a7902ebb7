/*
 * Several strategies as the arms of one: each proposal comes from one arm, and
 * those whose proposals do well get more of them.
 *
 * A finished trial pays its arm by the rank of its loss among all before it; pay
 * and proposals fade by a factor a trial, and the next arm is drawn in
 * proportion to its share times the square of a draw from the posterior of its pay
 * (W. R. Thompson, Biometrika 25 (1933); discounted as in V. Raj and S. Kalyani,
 * "Taming non-stationary bandits", arXiv:1707.09727). Everything is a fold over
 * the history, whose trials name their arms.
 */
#ifndef HPO_STRATEGY_PORTFOLIO_H
#define HPO_STRATEGY_PORTFOLIO_H

#include "hpo/plugin/strategy.h"
#include "strategy/ranks.h"

/* One strategy that may propose, and the name of a trial that it proposed for another that failed. */
struct hpo_member {
	const hpo_strategy_ops_t *ops;
	const char *instead; /* static: "tpe, in place of another" */
};

enum { HPO__PORTFOLIO_MOST = 8 };

struct hpo_portfolio_arm {
	void *state;
	hpo_settings_t *settings;
	double paid, unpaid; /* discounted */
	int broken;          /* it could not fold a trial: it is out */
};

struct hpo_portfolio {
	const struct hpo_member *members; /* [count], static */
	size_t count;
	struct hpo_portfolio_arm arms[HPO__PORTFOLIO_MOST];
	struct hpo_ranks ranks;
};

/* Zeroed before. Each arm takes those of `settings` that it knows, by name. */
hpo_status_t hpo__portfolio_init(struct hpo_portfolio *portfolio, const struct hpo_member *members,
				 size_t count, const hpo_space_t *space, hpo_error_t *error);
hpo_status_t hpo__portfolio_configure(struct hpo_portfolio *portfolio,
				      const hpo_settings_t *settings, hpo_error_t *error);
void hpo__portfolio_release(struct hpo_portfolio *portfolio);

/* Fold in the ended trial at `index`. An arm that cannot is out; without memory it is HPO_ENOMEM. */
hpo_status_t hpo__portfolio_observe(struct hpo_portfolio *portfolio, const hpo_history_t *history,
				    size_t index, hpo_error_t *error);

/*
 * Let one arm propose. shares [count] say how much each is to have when all do
 * equally well; 0: nothing. An arm that fails is passed over for the next, and
 * the trial's arm says so; when all fail, the first failure is returned.
 */
hpo_status_t hpo__portfolio_suggest(struct hpo_portfolio *portfolio, const double *shares,
				    const hpo_history_t *history, hpo_rng_t *rng,
				    hpo_proposal_t *out, hpo_error_t *error);

#endif
