/*
 * Wilcoxon's test: for objectives that are a mean over folds, instances or
 * seeds, each reported as one iteration. A trial stops when it is worse than the
 * best trial on the steps that both have, beyond what chance would give.
 *
 * F. Wilcoxon, "Individual comparisons by ranking methods", Biometrics Bulletin
 * 1 (1945), used as Optuna does: one-sided, p below 0.1, zero differences split,
 * and never against a trial whose own mean is the better one. Best is the whole
 * trial with the least mean report.
 */
#include "base/alloc.h"
#include "base/error.h"
#include "math/wilcoxon.h"
#include "pruner/registry.h"
#include "pruner/roster.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct step {
	int64_t iteration;
	double loss;
};

/* The reports of a trial, by iteration. Begins as a roster's item. */
struct series {
	int64_t trial;
	struct step *steps; /* [count] */
	size_t count, capacity;
	int64_t latest; /* the iteration that was reported last */
};

struct wilcoxon_state {
	hpo_fidelity_t fidelity;
	double threshold;
	size_t least; /* common steps below which nothing is said */
	struct hpo_roster running;
	struct series best; /* steps NULL: no whole trial yet */
	double best_mean;
	double *work; /* [work_count]: differences, then what the test needs */
	size_t work_count;
};

static const hpo_option_t wilcoxon_options[] = {
	{ "p_threshold", HPO_OPTION_FLOAT, 0.1, 1e-6, 0.5,
	  "the chance of being wrong below which a trial is stopped" },
	{ "min_steps", HPO_OPTION_INT, 2, 2, 1e9,
	  "steps that a trial must have in common with the best before it can be stopped" },
	{ NULL, HPO_OPTION_INT, 0, 0, 0, NULL },
};

static hpo_status_t wilcoxon_init(void *state, const hpo_fidelity_t *fidelity, hpo_error_t *error)
{
	struct wilcoxon_state *s = state;

	(void)error;
	s->fidelity = *fidelity;
	s->threshold = 0.1;
	s->least = 2;
	s->running.item_size = sizeof(struct series);
	return HPO_OK;
}

static hpo_status_t wilcoxon_configure(void *state, const hpo_settings_t *settings,
				       hpo_error_t *error)
{
	struct wilcoxon_state *s = state;

	(void)error;
	s->threshold = hpo_settings_number(settings, "p_threshold");
	s->least = (size_t)hpo_settings_number(settings, "min_steps");
	return HPO_OK;
}

/* The place of an iteration among the steps. */
static size_t find_step(const struct series *series, int64_t iteration)
{
	size_t low = 0;
	size_t high = series->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (series->steps[middle].iteration < iteration)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* A step that is reported again has its latest value. */
static hpo_status_t add_step(struct series *series, int64_t iteration, double loss)
{
	const struct step step = { iteration, loss };
	const size_t at = find_step(series, iteration);
	struct step *steps;

	series->latest = iteration;
	if (at < series->count && series->steps[at].iteration == iteration) {
		series->steps[at] = step;
		return HPO_OK;
	}
	steps = hpo__grow(series->steps, &series->capacity, series->count + 1, sizeof *steps);
	if (steps == NULL)
		return HPO_ENOMEM;
	series->steps = steps;
	memmove(&steps[at + 1], &steps[at], (series->count - at) * sizeof *steps);
	steps[at] = step;
	series->count++;
	return HPO_OK;
}

/* Room for the test of a series, before it is judged: that must not need memory. */
static hpo_status_t make_room(struct wilcoxon_state *s, size_t count)
{
	const size_t need = count + hpo__wilcoxon_work(count);
	double *work;

	if (need <= s->work_count)
		return HPO_OK;
	work = hpo__resize(s->work, 2 * need, sizeof *work);
	if (work == NULL)
		return HPO_ENOMEM;
	s->work = work;
	s->work_count = 2 * need;
	return HPO_OK;
}

static hpo_status_t wilcoxon_observe(void *state, int64_t trial, int64_t iteration, double loss,
				     hpo_error_t *error)
{
	struct wilcoxon_state *s = state;
	struct series *series;

	if (!isfinite(loss))
		return HPO_OK;
	series = hpo__roster_add(&s->running, trial);
	if (series == NULL || add_step(series, iteration, loss) < 0 ||
	    make_room(s, series->count) < 0)
		return hpo__fail_memory(error);
	return HPO_OK;
}

/* Steps are weighted before they are summed, so that the largest doubles do not overflow. */
static double mean_of(const struct series *series)
{
	double mean = 0;

	for (size_t i = 0; i < series->count; i++)
		mean += series->steps[i].loss / (double)series->count;
	return mean;
}

static void wilcoxon_forget(void *state, int64_t trial)
{
	struct wilcoxon_state *s = state;
	struct series *series = hpo__roster_find(&s->running, trial);

	if (series == NULL)
		return;
	hpo__free(series->steps);
	hpo__roster_remove(&s->running, trial);
}

static void wilcoxon_finish(void *state, int64_t trial)
{
	struct wilcoxon_state *s = state;
	struct series *series = hpo__roster_find(&s->running, trial);
	double mean;

	if (series == NULL)
		return;
	mean = mean_of(series);
	if (series->count > 0 && (s->best.steps == NULL || mean < s->best_mean)) {
		hpo__free(s->best.steps);
		s->best = *series;
		s->best_mean = mean;
		series->steps = NULL; /* the best's now */
	}
	wilcoxon_forget(s, trial);
}

/* Differences on the common steps, trial less best; *mean is theirs. */
static size_t pair(const struct series *a, const struct series *b, double *differences,
		   double *mean)
{
	size_t count = 0;
	size_t j = 0;

	*mean = 0;
	for (size_t i = 0; i < a->count; i++) {
		while (j < b->count && b->steps[j].iteration < a->steps[i].iteration)
			j++;
		if (j < b->count && b->steps[j].iteration == a->steps[i].iteration)
			differences[count++] = a->steps[i].loss - b->steps[j].loss;
	}
	for (size_t i = 0; i < count; i++)
		*mean += differences[i] / (double)count;
	return count;
}

static hpo_status_t wilcoxon_judge(void *state, int64_t trial, hpo_verdict_t *verdict,
				   hpo_error_t *error)
{
	struct wilcoxon_state *s = state;
	const struct series *series = hpo__roster_find(&s->running, trial);
	double mean;
	size_t count;
	double p;

	(void)error;
	if (series == NULL || s->best.steps == NULL || series->count == 0 ||
	    series->latest < s->fidelity.min_iteration)
		return HPO_OK;
	count = pair(series, &s->best, s->work, &mean);
	if (count < s->least || !(mean > 0))
		return HPO_OK;
	p = hpo__wilcoxon_greater(s->work, count, s->work + count);
	if (!(p < s->threshold))
		return HPO_OK;

	verdict->stop = 1;
	verdict->iteration = series->latest;
	verdict->loss = mean_of(series); /* what it would have ended with */
	snprintf(verdict->reason, sizeof verdict->reason,
		 "worse than trial %lld on %zu common steps, p = %.2g", (long long)s->best.trial,
		 count, p);
	return HPO_OK;
}

static void wilcoxon_release(void *state)
{
	struct wilcoxon_state *s = state;

	for (size_t i = 0; i < s->running.count; i++)
		hpo__free(((struct series *)hpo__roster_item(&s->running, i))->steps);
	hpo__roster_release(&s->running);
	hpo__free(s->best.steps);
	hpo__free(s->work);
}

const hpo_pruner_ops_t hpo__pruner_wilcoxon = {
	.struct_size = sizeof(hpo_pruner_ops_t),
	.name = "wilcoxon",
	.state_size = sizeof(struct wilcoxon_state),
	.options = wilcoxon_options,
	.init = wilcoxon_init,
	.judge = wilcoxon_judge,
	.configure = wilcoxon_configure,
	.observe = wilcoxon_observe,
	.finish = wilcoxon_finish,
	.forget = wilcoxon_forget,
	.release = wilcoxon_release,
};
