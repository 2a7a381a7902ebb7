/*
 * From a history to the rows of a Gaussian process.
 */
#include "strategy/gp_rows.h"

#include "base/alloc.h"
#include "base/error.h"
#include "math/pareto.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * So many repetitions must agree: one may by chance, as two readings of an accuracy over a
 * small sample do.
 */
enum { CERTAIN = 2 };

/*
 * From so many trials on, noise is suspected where nobody looked for it. Suspected from the
 * beginning, it costs a tenth of the regret after 25 trials where there is none; never suspected,
 * two fifths of that after 100 where there is some.
 */
enum { SUSPECT = 40 };

/* Two losses that differ by no more than this share of them are the same. */
static const double rounding = 1e-9;

void hpo__gp_rows_release(struct hpo_gp_rows *rows)
{
	hpo__free(rows->first);
	hpo__free(rows->loss);
	hpo__free(rows->readings);
	hpo__free(rows->chosen);
	hpo__free(rows->key);
	hpo__free(rows->table);
	memset(rows, 0, sizeof *rows);
}

int hpo__gp_rows_is_usable(const hpo_history_t *history, size_t index)
{
	const size_t m = hpo_history_objectives(history);
	const double *losses = hpo_history_losses(history) + index * m;

	if (hpo_history_states(history)[index] == HPO_TRIAL_FAILED)
		return 0;
	for (size_t j = 0; j < m; j++) {
		if (!isfinite(losses[j]))
			return 0;
	}
	return 1;
}

size_t hpo__gp_rows_usable(const hpo_history_t *history, size_t count)
{
	size_t usable = 0;

	for (size_t i = 0; i < count; i++)
		usable += (size_t)hpo__gp_rows_is_usable(history, i);
	return usable;
}

/* Room for as many rows as there are trials; what was gathered is lost, the branch is kept. */
static hpo_status_t make_room(struct hpo_gp_rows *rows, size_t need, size_t objectives,
			      hpo_error_t *error)
{
	const struct hpo_gp_branch branch = rows->branch;
	size_t capacity = 64;

	if (need <= rows->capacity)
		return HPO_OK;
	while (capacity < need)
		capacity *= 2;
	hpo__gp_rows_release(rows);
	rows->branch = branch;
	rows->first = hpo__calloc(capacity, sizeof *rows->first);
	rows->loss = hpo__calloc(capacity, objectives * sizeof *rows->loss);
	rows->readings = hpo__calloc(capacity, sizeof *rows->readings);
	rows->chosen = hpo__calloc(capacity, sizeof *rows->chosen);
	rows->key = hpo__calloc(capacity, sizeof *rows->key);
	rows->table_size = 2 * capacity;
	rows->table = hpo__calloc(rows->table_size, sizeof *rows->table);
	if (rows->first == NULL || rows->loss == NULL || rows->readings == NULL ||
	    rows->chosen == NULL || rows->key == NULL || rows->table == NULL)
		return hpo__fail_memory(error);
	rows->capacity = capacity;
	return HPO_OK;
}

static uint64_t hash_point(const double *point, size_t dims)
{
	uint64_t hash = 0x9e3779b97f4a7c15u;

	for (size_t i = 0; i < dims; i++) {
		uint64_t bits;

		memcpy(&bits, &point[i], sizeof bits);
		hash = (hash ^ bits) * 0xff51afd7ed558ccdu;
		hash ^= hash >> 32;
	}
	return hash;
}

/* The place of the table where the row of a trial's point is, or belongs. */
static size_t *place_of(const struct hpo_gp_rows *rows, const hpo_history_t *history, size_t index)
{
	const size_t dims = hpo_history_dims(history);
	const double *points = hpo_history_points(history);
	const uint8_t *active = hpo_history_active(history);
	size_t i = (size_t)hash_point(points + index * dims, dims) & (rows->table_size - 1);

	for (; rows->table[i] != 0; i = (i + 1) & (rows->table_size - 1)) {
		size_t other = rows->first[rows->table[i] - 1];

		if (memcmp(points + other * dims, points + index * dims,
			   dims * sizeof *points) == 0 &&
		    memcmp(active + other * dims, active + index * dims, dims) == 0)
			break;
	}
	return &rows->table[i];
}

static int agree(const double *losses, const double *mean, size_t m)
{
	for (size_t j = 0; j < m; j++) {
		if (!(fabs(losses[j] - mean[j]) <= rounding * fabs(mean[j])))
			return 0;
	}
	return 1;
}

/* A trial's losses join the row of its point. */
static void pool(struct hpo_gp_rows *rows, const hpo_history_t *history, size_t index)
{
	const size_t m = hpo_history_objectives(history);
	const double *losses = hpo_history_losses(history) + index * m;
	size_t *place = place_of(rows, history, index);
	double *mean;

	if (*place == 0) {
		*place = ++rows->count;
		rows->first[*place - 1] = index;
		rows->readings[*place - 1] = 0;
		memset(rows->loss + (*place - 1) * m, 0, m * sizeof *rows->loss);
	}
	mean = rows->loss + (*place - 1) * m;
	if (rows->readings[*place - 1] > 0) {
		rows->repeats++;
		rows->agreeing += (size_t)agree(losses, mean, m);
	}
	rows->readings[*place - 1]++;
	for (size_t j = 0; j < m; j++)
		mean[j] += losses[j] / rows->readings[*place - 1] -
			   mean[j] / rows->readings[*place - 1];
}

double hpo__gp_rows_violation(const hpo_history_t *history, const double *losses)
{
	const double *bounds = hpo_history_bounds(history);
	double sum = 0;

	for (size_t j = 0; j < hpo_history_objectives(history); j++) {
		if (losses[j] > bounds[j])
			sum += losses[j] - bounds[j];
	}
	return sum;
}

struct keyed {
	double violation;
	double key;
	size_t row;
};

static int by_key(const void *left, const void *right)
{
	const struct keyed *a = left;
	const struct keyed *b = right;

	if (a->violation != b->violation)
		return a->violation > b->violation ? 1 : -1;
	if (a->key != b->key)
		return a->key > b->key ? 1 : -1;
	return (a->row > b->row) - (a->row < b->row);
}

static int by_row(const void *left, const void *right)
{
	size_t a = *(const size_t *)left;
	size_t b = *(const size_t *)right;

	return (a > b) - (a < b);
}

/* How far two trials are apart: by active coordinates, 1 for an axis active in one of them. */
static double distance(const hpo_history_t *history, size_t one, size_t other)
{
	const size_t dims = hpo_history_dims(history);
	const double *a = hpo_history_points(history) + one * dims;
	const double *b = hpo_history_points(history) + other * dims;
	const uint8_t *on_a = hpo_history_active(history) + one * dims;
	const uint8_t *on_b = hpo_history_active(history) + other * dims;
	double sum = 0;

	for (size_t i = 0; i < dims; i++)
		sum += on_a[i] != on_b[i] ? 1 : (a[i] - b[i]) * (a[i] - b[i]);
	return sum;
}

/* The losses of the goals alone, [count][goals]. Returns how many goals there are. */
static size_t copy_goals(const struct hpo_gp_rows *rows, const hpo_history_t *history, double *to)
{
	const size_t m = hpo_history_objectives(history);
	const double *bounds = hpo_history_bounds(history);
	size_t goals = 0;
	size_t filled = 0;

	for (size_t j = 0; j < m; j++)
		goals += isnan(bounds[j]);
	for (size_t i = 0; i < rows->count * m; i++) {
		if (isnan(bounds[i % m]))
			to[filled++] = rows->loss[i];
	}
	return goals;
}

/* Best first: by the loss, or by the front. Returns how many goals there are. */
static hpo_status_t sort(const struct hpo_gp_rows *rows, const hpo_history_t *history,
			 struct keyed *order, size_t *goals)
{
	const size_t m = hpo_history_objectives(history);
	double *losses = hpo__calloc(rows->count, m * sizeof *losses);
	uint32_t *front = hpo__calloc(rows->count, sizeof *front);
	hpo_status_t status = losses == NULL || front == NULL ? HPO_ENOMEM : HPO_OK;

	if (status == HPO_OK) {
		*goals = copy_goals(rows, history, losses);
		if (*goals > 1)
			status = hpo__pareto_fronts(losses, rows->count, *goals, front);
	}
	for (size_t i = 0; status == HPO_OK && i < rows->count; i++)
		order[i] = (struct keyed){ hpo__gp_rows_violation(history, rows->loss + i * m),
					   *goals > 1 ? front[i] : losses[i], i };
	if (status == HPO_OK)
		qsort(order, rows->count, sizeof *order, by_key);
	hpo__free(losses);
	hpo__free(front);
	return status;
}

static hpo_status_t choose(struct hpo_gp_rows *rows, const hpo_history_t *history,
			   hpo_error_t *error)
{
	const size_t most = GP_MOST_ROWS;
	struct keyed *order = hpo__calloc(rows->count + 1, sizeof *order);
	size_t goals = 0;
	size_t best;

	if (order == NULL || sort(rows, history, order, &goals) < 0) {
		hpo__free(order);
		return hpo__fail_memory(error);
	}
	best = rows->first[order[0].row];
	for (size_t i = most / 2; goals == 1 && i < rows->count; i++) {
		order[i].violation = 0;
		order[i].key = distance(history, best, rows->first[order[i].row]);
	}
	if (goals == 1)
		qsort(order + most / 2, rows->count - most / 2, sizeof *order, by_key);

	for (size_t i = 0; i < most; i++)
		rows->chosen[i] = order[i].row;
	qsort(rows->chosen, most, sizeof *rows->chosen, by_row);
	rows->chosen_count = most;
	hpo__free(order);
	return HPO_OK;
}

int hpo__gp_rows_are_exact(const struct hpo_gp_rows *rows)
{
	return rows->repeats >= CERTAIN && rows->agreeing == rows->repeats;
}

int hpo__gp_rows_are_noisy(const struct hpo_gp_rows *rows)
{
	return rows->agreeing < rows->repeats ||
	       (rows->repeats == 0 && rows->trials >= SUSPECT);
}

int hpo__gp_branch_has(const struct hpo_gp_branch *branch, const hpo_space_t *space,
		       const double *point)
{
	return !branch->is_on ||
	       hpo_space_cell_index(space, branch->axis, point[branch->axis]) == branch->cell;
}

hpo_status_t hpo__gp_rows_gather(struct hpo_gp_rows *rows, const hpo_space_t *space,
				 const hpo_history_t *history, size_t trials, hpo_error_t *error)
{
	const double *points = hpo_history_points(history);
	const size_t dims = hpo_history_dims(history);
	const size_t n = hpo_history_count(history);
	hpo_status_t status;

	status = make_room(rows, n, hpo_history_objectives(history), error);
	if (status < 0)
		return status;
	memset(rows->table, 0, rows->table_size * sizeof *rows->table);
	rows->count = 0;
	rows->trials = 0;
	rows->repeats = 0;
	rows->agreeing = 0;
	for (size_t i = 0; i < n && rows->trials < trials; i++) {
		if (!hpo__gp_rows_is_usable(history, i))
			continue;
		rows->trials++;
		if (hpo__gp_branch_has(&rows->branch, space, points + i * dims))
			pool(rows, history, i);
	}
	if (rows->count > GP_MOST_ROWS)
		return choose(rows, history, error);
	for (size_t i = 0; i < rows->count; i++)
		rows->chosen[i] = i;
	rows->chosen_count = rows->count;
	return HPO_OK;
}
