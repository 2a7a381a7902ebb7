/*
 * From the records of a study to the importance of its parameters, by either method.
 */
#include "report/verdict.h"

#include "base/alloc.h"
#include "base/error.h"
#include "report/fanova.h"
#include "report/importance.h"
#include "space/space.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What is computed, by axis. */
struct scratch {
	double *shares, *deviations;	  /* [d] the sums over objectives */
	double *part, *part_deviations;	  /* [d] of one objective */
	struct hpo_anova_pair pairs[HPO__PAIRS];
	double pair_shares[HPO__PAIRS];
	size_t pair_count;
};

static hpo_status_t read_options(hpo_importance_options_t *out,
				 const hpo_importance_options_t *given,
				 const hpo_records_t *records, hpo_error_t *error)
{
	const hpo_importance_options_t whole = HPO_IMPORTANCE_OPTIONS_INIT;
	const size_t objectives = records->study->objectives.count;

	*out = whole;
	if (given != NULL)
		memcpy(out, given,
		       given->struct_size < sizeof whole ? given->struct_size : sizeof whole);
	if (out->objective < -1 || out->objective >= (int64_t)objectives)
		return hpo__fail(error, HPO_EINVAL,
				 "there is no objective %lld: the study has %zu, counted from 0",
				 (long long)out->objective, objectives);
	if (!(out->top_quantile >= 0 && out->top_quantile <= 1))
		return hpo__fail(error, HPO_EINVAL,
				 "top quantile %g is not above 0 and at most 1", out->top_quantile);
	if (out->method != HPO_IMPORTANCE_PED_ANOVA && out->method != HPO_IMPORTANCE_FANOVA)
		return hpo__fail(error, HPO_EINVAL, "there is no importance method %d",
				 (int)out->method);
	if (out->objective < 0 && hpo__order_goals(&records->study->objectives) == 1) {
		out->objective = 0;
		while (records->study->objectives.list[out->objective].is_bound)
			out->objective++;
	}
	return HPO_OK;
}

/* A trial and one loss of it. */
struct placed {
	double loss;
	size_t trial;
};

static int by_loss(const void *left, const void *right)
{
	const struct placed *a = left;
	const struct placed *b = right;

	if (a->loss != b->loss)
		return a->loss < b->loss ? -1 : 1;
	return (a->trial > b->trial) - (a->trial < b->trial);
}

/* Put the completed trials in the order of one objective. */
static hpo_status_t order_by(struct hpo_order *order, const hpo_records_t *records,
			     size_t objective, hpo_error_t *error)
{
	const struct hpo_objective_spec *spec = &records->study->objectives.list[objective];
	struct placed *placed = hpo__calloc(order->completed + 1, sizeof *placed);

	if (placed == NULL)
		return hpo__fail_memory(error);
	for (size_t i = 0; i < order->completed; i++) {
		const double value = records->trials[order->list[i]].values[objective];

		placed[i] = (struct placed){ hpo__objective_loss(spec, value), order->list[i] };
	}
	qsort(placed, order->completed, sizeof *placed, by_loss);
	for (size_t i = 0; i < order->completed; i++)
		order->list[i] = placed[i].trial;
	hpo__free(placed);
	return HPO_OK;
}

static hpo_status_t weigh_by_rank(const hpo_records_t *records,
				  const hpo_importance_options_t *options, struct scratch *scratch,
				  struct hpo_verdict *verdict, hpo_error_t *error)
{
	const double top = options->top_quantile > 0 ? options->top_quantile : HPO__IMPORTANCE_TOP;
	struct hpo_order order = { 0 };
	hpo_status_t status = hpo__order_init(&order, records, error);

	if (status >= 0 && records->study->objectives.count > 1 && options->objective >= 0)
		status = order_by(&order, records, (size_t)options->objective, error);
	if (status >= 0)
		status = hpo__importance(records, &order, top, scratch->shares, error);
	verdict->trials = order.count;
	hpo__order_release(&order);
	return status;
}

/* The axes with the largest shares, which are then paired. */
static void choose_pairs(const hpo_space_t *space, struct scratch *scratch)
{
	size_t best[HPO__PAIRED];
	size_t count = 0;

	for (size_t i = 0; i < hpo_space_dims(space); i++) {
		size_t at = count;

		if (hpo__space_is_hidden(space, i))
			continue;
		while (at > 0 && scratch->shares[best[at - 1]] < scratch->shares[i])
			at--;
		if (at == HPO__PAIRED)
			continue;
		count += count < HPO__PAIRED;
		memmove(best + at + 1, best + at, (count - at - 1) * sizeof *best);
		best[at] = i;
	}
	scratch->pair_count = 0;
	for (size_t a = 0; a < count; a++) {
		for (size_t b = a + 1; b < count; b++)
			scratch->pairs[scratch->pair_count++] = (struct hpo_anova_pair){
				best[a] < best[b] ? best[a] : best[b],
				best[a] < best[b] ? best[b] : best[a], 0 };
	}
}

/* The mean over the objectives asked for; with pairs once they are chosen. */
static hpo_status_t weigh_goals(const hpo_records_t *records,
				const hpo_importance_options_t *options, struct scratch *scratch,
				hpo_error_t *error)
{
	const struct hpo_objectives *objectives = &records->study->objectives;
	const size_t dims = hpo_space_dims(records->study->space);
	const double top = options->top_quantile > 0 ? options->top_quantile : 1;
	const double goals = options->objective >= 0 ? 1 : (double)hpo__order_goals(objectives);
	struct hpo_anova anova = { scratch->part, scratch->part_deviations, scratch->pairs,
				   scratch->pair_count, 0 };
	hpo_status_t status = HPO_OK;

	memset(scratch->shares, 0, dims * sizeof *scratch->shares);
	memset(scratch->deviations, 0, dims * sizeof *scratch->deviations);
	memset(scratch->pair_shares, 0, sizeof scratch->pair_shares);
	for (size_t j = 0; status >= 0 && j < objectives->count; j++) {
		if (options->objective >= 0 ? j != (size_t)options->objective
					    : objectives->list[j].is_bound)
			continue;
		status = hpo__fanova(records, j, top, &anova, error);
		for (size_t i = 0; status >= 0 && i < dims; i++) {
			scratch->shares[i] += anova.shares[i] / goals;
			scratch->deviations[i] += anova.deviations[i] / goals;
		}
		for (size_t p = 0; status >= 0 && p < anova.pair_count; p++)
			scratch->pair_shares[p] += anova.pairs[p].share / goals;
	}
	return status;
}

static size_t count_completed(const hpo_records_t *records)
{
	size_t count = 0;

	for (size_t i = 0; i < records->count; i++)
		count += records->trials[i].row.state == HPO_TRIAL_COMPLETED;
	return count;
}

static int by_share(const void *left, const void *right)
{
	const struct hpo_weighed *a = left;
	const struct hpo_weighed *b = right;

	if (a->share != b->share)
		return a->share > b->share ? -1 : 1;
	return strcmp(a->name, b->name);
}

static int pairs_by_share(const void *left, const void *right)
{
	const struct hpo_weighed_pair *a = left;
	const struct hpo_weighed_pair *b = right;
	const int first = strcmp(a->names[0], b->names[0]);

	if (a->share != b->share)
		return a->share > b->share ? -1 : 1;
	return first != 0 ? first : strcmp(a->names[1], b->names[1]);
}

/* Axes of one name, of which one is active at most, are one parameter. */
static void join_names(const hpo_space_t *space, const struct scratch *scratch,
		       struct hpo_verdict *verdict)
{
	for (size_t i = 0; i < hpo_space_dims(space); i++) {
		const char *name = hpo_space_name(space, i);
		size_t at = 0;

		if (hpo__space_is_hidden(space, i))
			continue;
		while (at < verdict->count && strcmp(verdict->rows[at].name, name) != 0)
			at++;
		verdict->count += at == verdict->count;
		verdict->rows[at].name = name;
		verdict->rows[at].share += scratch->shares[i];
		verdict->rows[at].deviation += scratch->deviations[i];
	}
	qsort(verdict->rows, verdict->count, sizeof *verdict->rows, by_share);
}

static void join_pairs(const hpo_space_t *space, const struct scratch *scratch,
		       struct hpo_verdict *verdict)
{
	double sum = 0;

	for (size_t p = 0; p < scratch->pair_count; p++) {
		const struct hpo_anova_pair *pair = &scratch->pairs[p];

		sum += scratch->pair_shares[p];
		if (!(scratch->pair_shares[p] > 0))
			continue;
		verdict->pairs[verdict->pair_count++] = (struct hpo_weighed_pair){
			{ hpo_space_name(space, pair->first), hpo_space_name(space, pair->second) },
			scratch->pair_shares[p] };
	}
	for (size_t i = 0; i < verdict->count; i++)
		sum += verdict->rows[i].share;
	verdict->rest = sum > 0 ? fmax(1 - sum, 0) : 0;
	if (verdict->pair_count > 1)
		qsort(verdict->pairs, verdict->pair_count, sizeof *verdict->pairs, pairs_by_share);
}

static hpo_status_t compute(const hpo_records_t *records, const hpo_importance_options_t *options,
			    struct scratch *scratch, struct hpo_verdict *verdict, hpo_error_t *error)
{
	const hpo_space_t *space = records->study->space;
	hpo_status_t status;

	if (!verdict->is_fanova) {
		status = weigh_by_rank(records, options, scratch, verdict, error);
	} else {
		verdict->trials = count_completed(records);
		status = weigh_goals(records, options, scratch, error);
		if (status >= 0) {
			choose_pairs(space, scratch);
			status = weigh_goals(records, options, scratch, error);
		}
	}
	if (status < 0)
		return status;
	join_names(space, scratch, verdict);
	if (verdict->is_fanova)
		join_pairs(space, scratch, verdict);
	return HPO_OK;
}

hpo_status_t hpo__verdict(struct hpo_verdict *verdict, const hpo_records_t *records,
			  const hpo_importance_options_t *given, hpo_error_t *error)
{
	const size_t dims = hpo_space_dims(records->study->space);
	hpo_importance_options_t options;
	struct scratch scratch = { 0 };
	hpo_status_t status = read_options(&options, given, records, error);

	*verdict = (struct hpo_verdict){ 0 };
	if (status < 0)
		return status;
	verdict->is_fanova = options.method == HPO_IMPORTANCE_FANOVA;
	if (options.objective >= 0)
		verdict->objective = records->study->objectives.list[options.objective].key;
	scratch.shares = hpo__calloc(dims + 1, sizeof *scratch.shares);
	scratch.deviations = hpo__calloc(dims + 1, sizeof *scratch.deviations);
	scratch.part = hpo__calloc(dims + 1, sizeof *scratch.part);
	scratch.part_deviations = hpo__calloc(dims + 1, sizeof *scratch.part_deviations);
	verdict->rows = hpo__calloc(dims + 1, sizeof *verdict->rows);
	if (scratch.shares == NULL || scratch.deviations == NULL || scratch.part == NULL ||
	    scratch.part_deviations == NULL || verdict->rows == NULL)
		status = hpo__fail_memory(error);
	if (status >= 0)
		status = compute(records, &options, &scratch, verdict, error);
	hpo__free(scratch.shares);
	hpo__free(scratch.deviations);
	hpo__free(scratch.part);
	hpo__free(scratch.part_deviations);
	return status;
}
