/*
 * How many points a space has.
 *
 * Parameters that do not depend on each other multiply. Where some do, one
 * that others depend on is decided: for each of its values that they tell
 * apart, those whose condition fails are gone, the rest is counted alone, and
 * the counts are added. After each decision what remains falls apart into
 * independent groups again, as in the counting of models of a formula.
 */
#include "space/inside.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

/*
 * Looks at an axis before the count is given up as too long. Only conditions
 * on many parents at once, tangled with each other, come near.
 */
static const uint64_t patience = 1 << 24;

enum {
	DECIDED = -1,
	GONE = -2,
	DEPTH_MAX = 512 /* decisions below each other, for the sake of the stack */
};

struct counter {
	const hpo_space_t *space;
	ptrdiff_t *group; /* [d]: the group of an open axis, or one of the above */
	uint64_t looks;
	int depth;    /* decisions made above this one */
	bool failed;  /* out of depth or patience, or of memory: give up */
	bool starved; /* out of memory */
};

static double count_open(struct counter *counter, const size_t *axes, size_t count);

/* The number of values, infinite for a continuum. */
static double values_of(const struct hpo_param *param)
{
	return param->cells > 0 ? (double)param->cells : INFINITY;
}

/* Whether a value of `parent` leaves the axis open, as far as it is concerned. */
static bool allows(const struct hpo_param *param, size_t parent, const int64_t *value)
{
	for (size_t i = 0; i < param->condition_count; i++) {
		if (param->conditions[i].parent != parent)
			continue;
		if (value == NULL || !hpo__condition_has(&param->conditions[i], *value))
			return false;
	}
	return true;
}

/*
 * Count the axes of a group but its root, with the root at `value` (NULL: any
 * that no condition names). `axes` are in order, so parents are gone before
 * their children are looked at.
 */
static double count_below(struct counter *counter, size_t root, const int64_t *value,
			  const size_t *axes, size_t count)
{
	size_t *left = hpo__calloc(count, sizeof *left);
	size_t left_count = 0;
	double result;

	counter->starved |= left == NULL;
	if (left == NULL || counter->depth == DEPTH_MAX) {
		hpo__free(left);
		counter->failed = true;
		return INFINITY;
	}
	counter->depth++;
	counter->group[root] = DECIDED;
	for (size_t i = 0; i < count; i++) {
		const struct hpo_param *param = &counter->space->params[axes[i]];
		bool gone = !allows(param, root, value);

		if (axes[i] == root)
			continue;
		for (size_t k = 0; k < param->condition_count && !gone; k++)
			gone = counter->group[param->conditions[k].parent] == GONE;
		counter->group[axes[i]] = gone ? GONE : 0;
		if (!gone)
			left[left_count++] = axes[i];
	}
	result = count_open(counter, left, left_count);
	counter->depth--;
	hpo__free(left);
	return result;
}

/* The values of the root that some condition of the group names. */
static hpo_status_t name_values(const struct counter *counter, size_t root, const size_t *axes,
				size_t count, struct hpo_condition *named)
{
	for (size_t i = 0; i < count; i++) {
		const struct hpo_param *param = &counter->space->params[axes[i]];

		for (size_t k = 0; k < param->condition_count; k++) {
			const struct hpo_condition *condition = &param->conditions[k];

			if (condition->parent != root)
				continue;
			for (size_t v = 0; v < condition->count; v++)
				if (hpo__condition_add_value(named, condition->values[v]) < 0)
					return HPO_ENOMEM;
		}
	}
	return HPO_OK;
}

/* Count a group of axes that hang together, in order: the first waits for none. */
static double count_group(struct counter *counter, const size_t *axes, size_t count)
{
	size_t root = axes[0];
	struct hpo_condition named = {0, NULL, 0};
	double total = 0;
	double rest;

	counter->looks += count;
	if (counter->looks > patience)
		counter->failed = true;
	if (counter->failed)
		return INFINITY;
	if (count == 1)
		return values_of(&counter->space->params[root]);
	if (name_values(counter, root, axes, count, &named) < 0)
		counter->failed = counter->starved = true;
	for (size_t v = 0; v < named.count && !counter->failed; v++)
		total += count_below(counter, root, &named.values[v], axes, count);
	rest = values_of(&counter->space->params[root]) - (double)named.count;
	if (rest > 0 && !counter->failed)
		total += rest * count_below(counter, root, NULL, axes, count);
	hpo__condition_release(&named);
	return total;
}

static size_t find_group(size_t *up, size_t i)
{
	while (up[i] != i) {
		up[i] = up[up[i]];
		i = up[i];
	}
	return i;
}

/* Join each axis with its open parents. */
static void join(const struct counter *counter, const size_t *axes, size_t count, size_t *up)
{
	for (size_t i = 0; i < count; i++) {
		const struct hpo_param *param = &counter->space->params[axes[i]];

		for (size_t k = 0; k < param->condition_count; k++) {
			ptrdiff_t place = counter->group[param->conditions[k].parent];
			size_t a = find_group(up, i);
			size_t b;

			if (place < 0)
				continue;
			b = find_group(up, (size_t)place);
			up[a > b ? a : b] = a > b ? b : a;
		}
	}
}

/*
 * The product over independent groups. Inside, counter->group serves as the
 * place of an open axis in `axes`; a group is handed down as its own list.
 */
static double count_open(struct counter *counter, const size_t *axes, size_t count)
{
	size_t *up = hpo__calloc(count, sizeof *up);
	size_t *group = hpo__calloc(count, sizeof *group);
	double product = 1;

	if (up == NULL || group == NULL) {
		counter->failed = counter->starved = true;
		goto done;
	}
	for (size_t i = 0; i < count; i++) {
		counter->group[axes[i]] = (ptrdiff_t)i;
		up[i] = i;
	}
	join(counter, axes, count, up);
	for (size_t i = 0; i < count && !counter->failed; i++) {
		size_t size = 0;

		if (find_group(up, i) != i)
			continue;
		for (size_t k = i; k < count; k++)
			if (find_group(up, k) == i)
				group[size++] = axes[k];
		counter->looks += count - i;
		product *= count_group(counter, group, size);
	}
done:
	hpo__free(up);
	hpo__free(group);
	return product;
}

double hpo_space_cardinality(const hpo_space_t *space)
{
	struct counter counter = {space, NULL, 0, 0, false, false};
	double product = 1;

	if (!space->is_conditional) {
		for (size_t i = 0; i < space->count; i++)
			product *= values_of(&space->params[i]);
		return product;
	}
	counter.group = hpo__calloc(space->count, sizeof *counter.group);
	if (counter.group == NULL)
		return NAN;
	product = count_open(&counter, space->order, space->count);
	hpo__free(counter.group);
	return counter.failed ? (double)NAN : product;
}
