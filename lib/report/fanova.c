/*
 * Importance by the functional analysis of variance of a random forest.
 *
 * F. Hutter, H. H. Hoos and K. Leyton-Brown, "An efficient approach for assessing
 * hyperparameter importance", ICML (2014). The forest learns the objective of the
 * completed trials over the whole space, so that where a strategy has looked
 * often does not matter, and what it has learned is analysed exactly.
 */
#include "report/fanova.h"

#include "base/alloc.h"
#include "base/error.h"
#include "report/scenario.h"
#include "space/codec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* So many trials are learned from at most: an even choice of them. */
enum { ROWS_MOST = 1000 };

static const struct hpo_forest_options growth = { 24, 3, 16, 1, true };

struct table {
	double *points;	 /* [count][d] */
	uint8_t *active; /* [count][d] */
	double *losses;	 /* [count] */
	double *sorted;	 /* [count], scratch */
	size_t count;
};

static bool is_usable(const struct hpo_record *trial, size_t objective)
{
	return trial->row.state == HPO_TRIAL_COMPLETED && trial->params != NULL &&
	       trial->values != NULL && isfinite(trial->values[objective]);
}

static size_t count_usable(const hpo_records_t *records, size_t objective)
{
	size_t count = 0;

	for (size_t i = 0; i < records->count; i++)
		count += is_usable(&records->trials[i], objective);
	return count;
}

static void fill_table(struct table *table, const hpo_records_t *records, size_t objective,
		       size_t usable)
{
	const hpo_space_t *space = records->study->space;
	const size_t dims = hpo_space_dims(space);
	const size_t wanted = usable < ROWS_MOST ? usable : ROWS_MOST;
	size_t passed = 0;

	for (size_t i = 0; i < records->count; i++) {
		const struct hpo_record *trial = &records->trials[i];
		const size_t row = table->count;

		if (!is_usable(trial, objective))
			continue;
		passed++;
		if (passed * wanted / usable == (passed - 1) * wanted / usable)
			continue;
		hpo__codec_encode(space, trial->params, trial->active, table->points + row * dims);
		memcpy(table->active + row * dims, trial->active, dims);
		table->losses[row] = hpo__objective_loss(
			&records->study->objectives.list[objective], trial->values[objective]);
		table->count++;
	}
}

static int compare_reals(const void *left, const void *right)
{
	const double a = *(const double *)left;
	const double b = *(const double *)right;

	return (a > b) - (a < b);
}

/* Cut what is not among the best, and bring the rest to unit size, so that sums are tame. */
static void tame(struct table *table, double top)
{
	const size_t edge = (size_t)ceil(top * (double)table->count);
	double low;
	double span;

	memcpy(table->sorted, table->losses, table->count * sizeof *table->sorted);
	qsort(table->sorted, table->count, sizeof *table->sorted, compare_reals);
	low = table->sorted[0] / 2;
	span = table->sorted[edge > 0 ? edge - 1 : 0] / 2 - low;
	for (size_t i = 0; i < table->count; i++)
		table->losses[i] = span > 0 ? fmin((table->losses[i] / 2 - low) / span, 1) : 0;
}

static hpo_status_t analyse(const struct table *table, const struct hpo_scenes *scenes,
			    size_t dims, struct hpo_anova *out, hpo_error_t *error)
{
	const struct hpo_forest_data data = { table->points, table->active, table->losses,
					      table->count };
	struct hpo_forest_options options = growth;
	struct hpo_forest forest;
	hpo_rng_t rng;
	hpo_status_t status;

	options.axes_most = (5 * dims + 5) / 6;
	hpo_rng_init(&rng, table->count, 0, 0);
	status = hpo__forest_init(&forest, scenes->kinds, dims, &options, error);
	if (status == HPO_OK)
		status = hpo__forest_fit(&forest, &data, &rng, error);
	if (status == HPO_OK)
		status = hpo__anova(&forest, scenes->axes, &scenes->set, out, error);
	hpo__forest_release(&forest);
	return status;
}

hpo_status_t hpo__fanova(const hpo_records_t *records, size_t objective, double top,
			 struct hpo_anova *out, hpo_error_t *error)
{
	const hpo_space_t *space = records->study->space;
	const size_t dims = hpo_space_dims(space);
	const size_t usable = count_usable(records, objective);
	struct table table = { NULL, NULL, NULL, NULL, 0 };
	struct hpo_scenes scenes = { 0 };
	hpo_status_t status;

	out->trees = 0;
	memset(out->shares, 0, dims * sizeof *out->shares);
	memset(out->deviations, 0, dims * sizeof *out->deviations);
	for (size_t p = 0; p < out->pair_count; p++)
		out->pairs[p].share = 0;
	if (usable < HPO__FANOVA_LEAST || dims == 0)
		return HPO_OK;

	status = hpo__scenes_init(&scenes, space, error);
	if (status < 0)
		goto done;
	table.points = hpo__calloc(usable, dims * sizeof *table.points);
	table.active = hpo__calloc(usable, dims);
	table.losses = hpo__calloc(usable, sizeof *table.losses);
	table.sorted = hpo__calloc(usable, sizeof *table.sorted);
	if (table.points == NULL || table.active == NULL || table.losses == NULL ||
	    table.sorted == NULL) {
		status = hpo__fail_memory(error);
		goto done;
	}
	fill_table(&table, records, objective, usable);
	tame(&table, top);
	status = analyse(&table, &scenes, dims, out, error);
done:
	hpo__scenes_release(&scenes);
	hpo__free(table.points);
	hpo__free(table.active);
	hpo__free(table.losses);
	hpo__free(table.sorted);
	return status;
}
