/*
 * Hyperband: several ladders of successive halving side by side, which differ
 * in the iterations before the first decision, so that no single guess of how
 * early a curve can be judged has to be right.
 *
 * L. Li, K. Jamieson, G. DeSalvo, A. Rostamizadeh and A. Talwalkar, "Hyperband:
 * a novel bandit-based approach to hyperparameter optimization", JMLR 18 (2018),
 * algorithm 1. A bracket here is an asynchronous ladder, as in its successor
 * (MLSys 2020), and trials do not come in rounds: each belongs to the bracket
 * that its number says, in the shares n of line 3 of the algorithm.
 */
#include "base/error.h"
#include "pruner/ladder.h"
#include "pruner/registry.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
	MOST_BRACKETS = 16,
	/* Where nobody says how long a whole trial is, from r_min to r_min k^3. */
	UNLIMITED_BRACKETS = 4
};

struct hyperband_state {
	hpo_fidelity_t fidelity;
	size_t bracket_count; /* s_max + 1 */
	double ends[MOST_BRACKETS]; /* shares of the trials, summed; the last is 1 */
	struct hpo_ladder brackets[MOST_BRACKETS]; /* the first has the earliest rung */
};

static const hpo_option_t hyperband_options[] = {
	{ "reduction", HPO_OPTION_INT, 3, 2, 1000,
	  "one in this many trials goes on from a rung to the next" },
	{ "min_resource", HPO_OPTION_INT, 0, 0, 1e15,
	  "iterations before the first decision of the first bracket; 0: the study's "
	  "min_iterations, at least 1" },
	{ "brackets", HPO_OPTION_INT, 0, 0, MOST_BRACKETS,
	  "how many; 0: as many as there are rungs below max_iterations, and one without" },
	{ NULL, HPO_OPTION_INT, 0, 0, 0, NULL },
};

/* The largest s with first * reduction^s <= limit, plus 1. */
static size_t fitting_brackets(int64_t reduction, int64_t first, int64_t limit)
{
	size_t count = 1;

	if (limit <= 0)
		return UNLIMITED_BRACKETS;
	while (count < MOST_BRACKETS && first <= limit / reduction) {
		first *= reduction;
		count++;
	}
	return count;
}

/* n = ceil((s_max + 1) / (s + 1) * k^s) trials of the bracket with s decisions before the end. */
static void share_out(struct hyperband_state *s, int64_t reduction)
{
	const size_t count = s->bracket_count;
	double total = 0;

	for (size_t b = 0; b < count; b++) {
		const double left = (double)(count - 1 - b);

		total += ceil((double)count / (left + 1) * pow((double)reduction, left));
		s->ends[b] = total;
	}
	for (size_t b = 0; b < count; b++)
		s->ends[b] /= total;
}

static void lay_brackets(struct hyperband_state *s, int64_t reduction, int64_t first, size_t wanted)
{
	const int64_t limit = s->fidelity.max_iteration;
	size_t fitting;

	if (first < s->fidelity.min_iteration)
		first = s->fidelity.min_iteration;
	first = first > 1 ? first : 1;
	fitting = fitting_brackets(reduction, first, limit);
	s->bracket_count = wanted == 0 || (limit > 0 && wanted > fitting) ? fitting : wanted;
	for (size_t b = 0; b < s->bracket_count; b++) {
		hpo__ladder_lay(&s->brackets[b], reduction, first, limit);
		first = first > INT64_MAX / reduction ? INT64_MAX : first * reduction;
	}
	share_out(s, reduction);
}

static hpo_status_t hyperband_init(void *state, const hpo_fidelity_t *fidelity, hpo_error_t *error)
{
	struct hyperband_state *s = state;

	(void)error;
	s->fidelity = *fidelity;
	lay_brackets(s, 3, 0, 0);
	return HPO_OK;
}

static hpo_status_t hyperband_configure(void *state, const hpo_settings_t *settings,
					hpo_error_t *error)
{
	(void)error;
	lay_brackets(state, (int64_t)hpo_settings_number(settings, "reduction"),
		     (int64_t)hpo_settings_number(settings, "min_resource"),
		     (size_t)hpo_settings_number(settings, "brackets"));
	return HPO_OK;
}

/*
 * Multiples of the golden ratio fill the unit interval evenly, so that any run of
 * trials is shared out almost exactly, whoever of them runs where. 2^64 over the
 * golden ratio, in wrapping arithmetic, is the same on every machine.
 */
static size_t bracket_of(const struct hyperband_state *s, int64_t trial)
{
	const uint64_t turn = (uint64_t)trial * 0x9e3779b97f4a7c15u;
	const double place = (double)(turn >> 11) * 0x1p-53;
	size_t b = 0;

	while (b + 1 < s->bracket_count && place >= s->ends[b])
		b++;
	return b;
}

static hpo_status_t hyperband_observe(void *state, int64_t trial, int64_t iteration, double loss,
				      hpo_error_t *error)
{
	struct hyperband_state *s = state;

	return hpo__ladder_observe(&s->brackets[bracket_of(s, trial)], trial, iteration, loss,
				   error);
}

static hpo_status_t hyperband_judge(void *state, int64_t trial, hpo_verdict_t *verdict,
				    hpo_error_t *error)
{
	const struct hyperband_state *s = state;
	const size_t b = bracket_of(s, trial);
	char reason[sizeof verdict->reason];

	(void)error;
	hpo__ladder_judge(&s->brackets[b], trial, verdict);
	if (!verdict->stop)
		return HPO_OK;
	memcpy(reason, verdict->reason, sizeof reason);
	snprintf(verdict->reason, sizeof verdict->reason, "bracket %zu, %.140s", b + 1, reason);
	return HPO_OK;
}

static void hyperband_forget(void *state, int64_t trial)
{
	struct hyperband_state *s = state;

	hpo__ladder_forget(&s->brackets[bracket_of(s, trial)], trial);
}

static void hyperband_release(void *state)
{
	struct hyperband_state *s = state;

	for (size_t b = 0; b < MOST_BRACKETS; b++)
		hpo__ladder_release(&s->brackets[b]);
}

const hpo_pruner_ops_t hpo__pruner_hyperband = {
	.struct_size = sizeof(hpo_pruner_ops_t),
	.name = "hyperband",
	.state_size = sizeof(struct hyperband_state),
	.options = hyperband_options,
	.init = hyperband_init,
	.judge = hyperband_judge,
	.configure = hyperband_configure,
	.observe = hyperband_observe,
	.forget = hyperband_forget,
	.release = hyperband_release,
};
