/*
 * NSGA-II, steady: of the members of the last front, the one in the thickest crowd leaves.
 *
 * K. Deb, A. Pratap, S. Agarwal and T. Meyarivan, "A fast and elitist multiobjective
 * genetic algorithm: NSGA-II", IEEE Trans. Evolutionary Computation 6 (2002). That
 * one leaves for each that enters, rather than half of all once a generation, is J. J.
 * Durillo, A. J. Nebro, F. Luna and E. Alba, "On the effect of the steady-state
 * selection scheme in multi-objective genetic algorithms", EMO (2009): crowds are
 * measured again after each, and no worker waits.
 *
 * Between two trials only one member differs, so its orders by each goal are kept
 * and all crowding distances come from one pass over each.
 */
#include "base/alloc.h"
#include "base/error.h"
#include "strategy/evolution.h"
#include "strategy/registry.h"

#include <math.h>
#include <string.h>

static const uint32_t NONE = UINT32_MAX;

/* What is known of a front while a pass goes along one goal. */
struct extent {
	double least, most;
	double before; /* the loss before the last one */
	uint32_t last; /* the slot that came last */
};

struct nsga2_state {
	struct hpo_evolution e;
	uint32_t *order;	/* [k][population + 1], slots by each goal */
	struct extent *extents; /* [population + 1], of each front */
};

static const hpo_option_t nsga2_options[] = {
	HPO__EVOLUTION_OPTIONS,
	{ NULL, HPO_OPTION_INT, 0, 0, 0, NULL },
};

static hpo_status_t nsga2_init(void *state, const hpo_space_t *space, hpo_error_t *error)
{
	struct nsga2_state *s = state;

	return hpo__evolution_init(&s->e, space, error);
}

static hpo_status_t nsga2_configure(void *state, const hpo_settings_t *settings, hpo_error_t *error)
{
	struct nsga2_state *s = state;

	(void)error;
	hpo__evolution_configure(&s->e, settings);
	return HPO_OK;
}

static void nsga2_release(void *state)
{
	struct nsga2_state *s = state;

	hpo__evolution_release(&s->e);
	hpo__free(s->order);
	hpo__free(s->extents);
}

static hpo_status_t make_orders(struct nsga2_state *s, const hpo_history_t *history,
				hpo_error_t *error)
{
	const size_t slots = s->e.population + 1;

	if (s->extents != NULL)
		return HPO_OK;
	if (s->order == NULL)
		s->order = hpo__calloc(slots, hpo_history_objectives(history) * sizeof *s->order);
	if (s->order == NULL)
		return hpo__fail_memory(error);
	s->extents = hpo__calloc(slots, sizeof *s->extents);
	return s->extents != NULL ? HPO_OK : hpo__fail_memory(error);
}

static double loss_of(const struct nsga2_state *s, uint32_t slot, size_t goal)
{
	return s->e.losses[slot * s->e.goals + goal];
}

/* Put the newest member into its place in each order, which had one less. */
static void insert(struct nsga2_state *s)
{
	for (size_t j = 0; j < s->e.goals; j++) {
		uint32_t *order = s->order + j * (s->e.population + 1);
		double loss = loss_of(s, (uint32_t)s->e.entered, j);
		size_t at = s->e.count - 1;

		for (; at > 0 && loss_of(s, order[at - 1], j) > loss; at--)
			order[at] = order[at - 1];
		order[at] = (uint32_t)s->e.entered;
	}
}

static void take_out(struct nsga2_state *s, uint32_t slot)
{
	for (size_t j = 0; j < s->e.goals; j++) {
		uint32_t *order = s->order + j * (s->e.population + 1);
		size_t at = 0;

		while (order[at] != slot)
			at++;
		memmove(order + at, order + at + 1, (s->e.count - at - 1) * sizeof *order);
	}
}

static void measure_extents(struct nsga2_state *s, const uint32_t *order, size_t goal)
{
	for (size_t f = 0; f < s->e.count; f++)
		s->extents[f].last = NONE;
	for (size_t i = 0; i < s->e.count; i++) {
		struct extent *x = &s->extents[s->e.front[order[i]]];

		x->most = loss_of(s, order[i], goal);
		if (x->last == NONE)
			x->least = x->before = x->most;
		x->last = order[i];
	}
}

/* Add the distances along one goal: as a member comes, the one before it has both neighbours. */
static void add_distances(struct nsga2_state *s, size_t goal)
{
	const uint32_t *order = s->order + goal * (s->e.population + 1);

	measure_extents(s, order, goal);
	for (size_t f = 0; f < s->e.count; f++) {
		if (s->extents[f].last != NONE)
			s->e.comfort[s->extents[f].last] = (double)INFINITY;
		s->extents[f].last = NONE;
	}
	for (size_t i = 0; i < s->e.count; i++) {
		struct extent *x = &s->extents[s->e.front[order[i]]];
		double width = x->most - x->least;
		double loss = loss_of(s, order[i], goal);

		if (x->last == NONE)
			s->e.comfort[order[i]] = (double)INFINITY;
		else if (width > 0 && isfinite(width))
			s->e.comfort[x->last] += (loss - x->before) / width;
		x->before = x->last == NONE ? loss : loss_of(s, x->last, goal);
		x->last = order[i];
	}
}

/* Of the last front, the member with the least room; of equals the one in the first slot. */
static uint32_t choose_loser(const struct hpo_evolution *e)
{
	uint32_t loser = 0;

	for (uint32_t i = 1; i < e->count; i++) {
		if (e->front[i] > e->front[loser] ||
		    (e->front[i] == e->front[loser] && e->comfort[i] < e->comfort[loser]))
			loser = i;
	}
	return loser;
}

static hpo_status_t nsga2_observe(void *state, const hpo_history_t *history, size_t index,
				  hpo_error_t *error)
{
	struct nsga2_state *s = state;
	hpo_status_t status = make_orders(s, history, error);
	bool entered = false;

	if (status == HPO_OK)
		status = hpo__evolution_observe(&s->e, history, index, &entered, error);
	if (status < 0 || !entered)
		return status;
	insert(s);
	if (s->e.count < hpo__evolution_start(&s->e))
		return HPO_OK;

	memset(s->e.comfort, 0, s->e.count * sizeof *s->e.comfort);
	for (size_t j = 0; j < s->e.goals; j++)
		add_distances(s, j);
	if (hpo__evolution_is_full(&s->e)) {
		uint32_t loser = choose_loser(&s->e);

		take_out(s, loser);
		hpo__evolution_remove(&s->e, loser);
	}
	return HPO_OK;
}

static hpo_status_t nsga2_suggest(void *state, const hpo_history_t *history, hpo_rng_t *rng,
				  hpo_proposal_t *out, hpo_error_t *error)
{
	struct nsga2_state *s = state;

	return hpo__evolution_suggest(&s->e, history, rng, out, error);
}

const hpo_strategy_ops_t hpo__strategy_nsga2 = {
	.struct_size = sizeof(hpo_strategy_ops_t),
	.name = "nsga2",
	.state_size = sizeof(struct nsga2_state),
	.options = nsga2_options,
	.init = nsga2_init,
	.suggest = nsga2_suggest,
	.configure = nsga2_configure,
	.observe = nsga2_observe,
	.release = nsga2_release,
};
