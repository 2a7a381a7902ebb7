/*
 * The bookkeeping of arms: who is paid, who proposes next, who stands in.
 */
#include "strategy/portfolio.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/option.h"

#include <math.h>
#include <string.h>

/*
 * A trial is worth one pay among the best few, half a pay in the best quarter.
 * What is twenty trials old counts a third.
 */
enum { BEST_FEW = 3 };
static const double best_share = 0.25;
static const double fade = 0.95;

/* The draws of an arm come from a stream apart from that in which it proposes. */
enum { PURPOSE_ARM = 2000000 };

hpo_status_t hpo__portfolio_init(struct hpo_portfolio *p, const struct hpo_member *members,
				 size_t count, const hpo_space_t *space, hpo_error_t *error)
{
	p->members = members;
	for (size_t i = 0; i < count; i++) {
		hpo_status_t status;

		p->arms[i].state = hpo__calloc(1, members[i].ops->state_size + 1);
		if (p->arms[i].state == NULL)
			return hpo__fail_memory(error);
		p->count = i + 1;
		status = members[i].ops->init(p->arms[i].state, space, error);
		if (status < 0)
			return status;
	}
	return HPO_OK;
}

hpo_status_t hpo__portfolio_configure(struct hpo_portfolio *p, const hpo_settings_t *settings,
				      hpo_error_t *error)
{
	hpo_status_t status = HPO_OK;

	for (size_t i = 0; status == HPO_OK && i < p->count; i++) {
		const hpo_strategy_ops_t *ops = p->members[i].ops;

		if (ops->configure == NULL)
			continue;
		status = hpo__settings_inherit(&p->arms[i].settings, ops->options, settings, error);
		if (status == HPO_OK)
			status = ops->configure(p->arms[i].state, p->arms[i].settings, error);
	}
	return status;
}

void hpo__portfolio_release(struct hpo_portfolio *p)
{
	for (size_t i = 0; i < p->count; i++) {
		if (p->members[i].ops->release != NULL)
			p->members[i].ops->release(p->arms[i].state);
		hpo__free(p->arms[i].state);
		hpo__settings_free(p->arms[i].settings);
	}
	hpo__ranks_release(&p->ranks);
}

/* The arm that proposed the trial at `index`; the count when none of ours did. */
static size_t arm_of(const struct hpo_portfolio *p, const hpo_history_t *history, size_t index)
{
	const char *name = hpo_history_arm(history, index);
	size_t i;

	for (i = 0; i < p->count; i++) {
		if (strcmp(name, p->members[i].ops->name) == 0 ||
		    strcmp(name, p->members[i].instead) == 0)
			break;
	}
	return i;
}

/*
 * What the trial at `index`, the last of the ranks, is worth to its arm. With several objectives:
 * whether nothing before dominates it.
 */
static double pay_of(const struct hpo_portfolio *p, size_t index)
{
	const size_t few = (size_t)ceil(best_share * (double)p->ranks.valued);
	const size_t look = few > BEST_FEW ? few : BEST_FEW;

	if (p->ranks.objectives > 1)
		return !isnan(p->ranks.losses[index * p->ranks.objectives]) &&
			       p->ranks.dominated[index] == 0;
	for (size_t place = 0; place < look && place < p->ranks.valued; place++) {
		if (hpo__ranks_at(&p->ranks, place) == index)
			return place < BEST_FEW ? 1.0 : 0.5;
	}
	return 0.0;
}

static hpo_status_t observe_arms(struct hpo_portfolio *p, const hpo_history_t *history,
				 size_t index, hpo_error_t *error)
{
	for (size_t i = 0; i < p->count; i++) {
		const hpo_strategy_ops_t *ops = p->members[i].ops;
		hpo_status_t status = HPO_OK;

		if (ops->observe != NULL && !p->arms[i].broken)
			status = ops->observe(p->arms[i].state, history, index, NULL);
		if (status == HPO_ENOMEM)
			return hpo__fail_memory(error);
		if (status < 0)
			p->arms[i].broken = 1;
	}
	return HPO_OK;
}

hpo_status_t hpo__portfolio_observe(struct hpo_portfolio *p, const hpo_history_t *history,
				    size_t index, hpo_error_t *error)
{
	const size_t arm = arm_of(p, history, index);
	hpo_status_t status;
	double pay;

	status = observe_arms(p, history, index, error);
	if (status < 0)
		return status;
	status = hpo__ranks_fold(&p->ranks, history, index, error);
	if (status < 0 || arm == p->count)
		return status;

	pay = pay_of(p, index);
	for (size_t i = 0; i < p->count; i++) {
		p->arms[i].paid *= fade;
		p->arms[i].unpaid *= fade;
	}
	p->arms[arm].paid += pay;
	p->arms[arm].unpaid += 1.0 - pay;
	return HPO_OK;
}

/*
 * A draw from Beta(a, b) by the normal approximation, kept inside [0.05, 0.95], and squared, so
 * that an arm which is paid twice as often proposes four times as much. Of an arm that has
 * proposed nothing a third of the trials are expected to pay.
 */
static double draw_worth(const struct hpo_portfolio_arm *arm, hpo_rng_t *rng)
{
	const double a = 1.0 + arm->paid;
	const double b = 2.0 + arm->unpaid;
	const double mean = a / (a + b);
	const double sd = sqrt(mean * (1.0 - mean) / (a + b + 1.0));

	const double worth = fmin(fmax(mean + sd * hpo_rng_normal(rng), 0.05), 0.95);

	return worth * worth;
}

/* Which arm is next among those with a weight; the count when there is none. */
static size_t draw_arm(const double *weights, size_t count, hpo_rng_t *rng)
{
	double total = 0.0;
	double level;
	size_t last = count;

	for (size_t i = 0; i < count; i++)
		total += weights[i];
	level = hpo_rng_uniform(rng) * total;
	for (size_t i = 0; i < count; i++) {
		if (weights[i] <= 0)
			continue;
		last = i;
		level -= weights[i];
		if (level < 0)
			break;
	}
	return last;
}

hpo_status_t hpo__portfolio_suggest(struct hpo_portfolio *p, const double *shares,
				    const hpo_history_t *history, hpo_rng_t *rng,
				    hpo_proposal_t *out, hpo_error_t *error)
{
	double weights[HPO__PORTFOLIO_MOST];
	hpo_status_t status = HPO_EINVAL;
	hpo_rng_t choice;
	int failed = 0;

	hpo_rng_init(&choice, out->seed, (uint64_t)out->number, PURPOSE_ARM + out->attempt);
	for (size_t i = 0; i < p->count; i++)
		weights[i] = p->arms[i].broken ? 0.0 : shares[i] * draw_worth(&p->arms[i], &choice);

	for (size_t tries = 0; tries < p->count; tries++) {
		const size_t arm = draw_arm(weights, p->count, &choice);

		if (arm == p->count)
			break;
		out->arm = NULL;
		status = p->members[arm].ops->suggest(p->arms[arm].state, history, rng, out,
						      failed ? NULL : error);
		if (status >= 0) {
			if (out->arm == NULL)
				out->arm = failed ? p->members[arm].instead
						  : p->members[arm].ops->name;
			hpo__error_clear(error);
			return status;
		}
		if (status == HPO_ENOMEM)
			break;
		weights[arm] = 0.0;
		failed = 1;
	}
	if (status == HPO_EINVAL)
		hpo__fail(error, status, "no part of the strategy can propose a point");
	return status == HPO_ENOMEM ? hpo__fail_memory(error) : status;
}
