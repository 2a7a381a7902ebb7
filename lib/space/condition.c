/*
 * Conditions: which parameter is active when, and in which order they must be
 * decided.
 */
#include "space/inside.h"

#include "base/alloc.h"

#include <stdio.h>
#include <string.h>

void hpo__condition_release(struct hpo_condition *condition)
{
	hpo__free(condition->values);
	memset(condition, 0, sizeof *condition);
}

hpo_status_t hpo__condition_append(struct hpo_param *child, struct hpo_condition *condition)
{
	struct hpo_condition *grown =
		hpo__resize(child->conditions, child->condition_count + 1, sizeof *grown);

	if (grown == NULL)
		return HPO_ENOMEM;
	child->conditions = grown;
	child->conditions[child->condition_count++] = *condition;
	memset(condition, 0, sizeof *condition);
	return HPO_OK;
}

/* Where a value is, or would have to be put. */
static size_t locate(const struct hpo_condition *condition, int64_t value)
{
	size_t low = 0;
	size_t high = condition->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (condition->values[middle] < value)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool hpo__condition_has(const struct hpo_condition *condition, int64_t value)
{
	size_t at = locate(condition, value);

	return at < condition->count && condition->values[at] == value;
}

hpo_status_t hpo__condition_add_value(struct hpo_condition *condition, int64_t value)
{
	size_t at = locate(condition, value);
	int64_t *grown;

	if (at < condition->count && condition->values[at] == value)
		return HPO_OK;
	grown = hpo__resize(condition->values, condition->count + 1, sizeof *grown);
	if (grown == NULL)
		return HPO_ENOMEM;
	memmove(grown + at + 1, grown + at, (condition->count - at) * sizeof *grown);
	grown[at] = value;
	condition->values = grown;
	condition->count++;
	return HPO_OK;
}

/* A depth-first walk: which axes are done, and which are on the way down to here. */
struct walk {
	enum { UNSEEN, ENTERED, DONE } * state; /* [count] */
	size_t *path;				/* [count]: from the first axis to this one */
	size_t *next;				/* [count]: the condition to look at next */
	size_t depth;
	size_t *order;
	size_t ordered;
};

static hpo_status_t walk_init(struct walk *walk, size_t count)
{
	memset(walk, 0, sizeof *walk);
	walk->state = hpo__calloc(count, sizeof *walk->state);
	walk->path = hpo__calloc(count, sizeof *walk->path);
	walk->next = hpo__calloc(count, sizeof *walk->next);
	walk->order = hpo__calloc(count, sizeof *walk->order);
	return walk->state != NULL && walk->path != NULL && walk->next != NULL &&
			       walk->order != NULL
		       ? HPO_OK
		       : HPO_ENOMEM;
}

static void walk_release(struct walk *walk)
{
	hpo__free(walk->state);
	hpo__free(walk->path);
	hpo__free(walk->next);
	hpo__free(walk->order);
}

static void enter(struct walk *walk, size_t axis)
{
	walk->state[axis] = ENTERED;
	walk->path[walk->depth++] = axis;
}

static hpo_status_t refuse_circle(const hpo_space_t *space, const struct walk *walk, size_t axis,
				  hpo_error_t *error)
{
	size_t last = walk->path[walk->depth - 1];

	if (last == axis)
		return hpo__fail(error, HPO_EINVAL, "'%.100s' is a condition of itself",
				 space->params[axis].name);
	return hpo__fail(error, HPO_EINVAL,
			 "the conditions run in a circle: '%.100s' depends on '%.100s', which in "
			 "the end depends on '%.100s'",
			 space->params[last].name, space->params[axis].name,
			 space->params[last].name);
}

/* Put an axis in order after all that it depends on. */
static hpo_status_t visit(const hpo_space_t *space, struct walk *walk, size_t root, size_t *guilty,
			  hpo_error_t *error)
{
	enter(walk, root);
	while (walk->depth > 0) {
		size_t axis = walk->path[walk->depth - 1];
		const struct hpo_param *param = &space->params[axis];

		if (walk->next[axis] < param->condition_count) {
			size_t parent = param->conditions[walk->next[axis]++].parent;

			if (walk->state[parent] == ENTERED) {
				if (guilty != NULL)
					*guilty = axis;
				return refuse_circle(space, walk, parent, error);
			}
			if (walk->state[parent] == UNSEEN)
				enter(walk, parent);
			continue;
		}
		walk->state[axis] = DONE;
		walk->order[walk->ordered++] = axis;
		walk->depth--;
	}
	return HPO_OK;
}

hpo_status_t hpo__condition_sort(hpo_space_t *space, size_t *guilty, hpo_error_t *error)
{
	struct walk walk;
	bool conditional = false;
	hpo_status_t status;

	if (space->count == 0)
		return HPO_OK;
	status = walk_init(&walk, space->count);
	if (status < 0) {
		hpo__fail_memory(error);
		goto done;
	}
	for (size_t i = 0; i < space->count; i++) {
		conditional |= space->params[i].condition_count > 0;
		if (walk.state[i] != UNSEEN)
			continue;
		status = visit(space, &walk, i, guilty, error);
		if (status < 0)
			goto done;
	}
	memcpy(space->order, walk.order, space->count * sizeof *space->order);
	space->is_conditional = conditional;
done:
	walk_release(&walk);
	return status;
}

static bool disjoint(const struct hpo_condition *a, const struct hpo_condition *b)
{
	for (size_t i = 0; i < a->count; i++)
		if (hpo__condition_has(b, a->values[i]))
			return false;
	return true;
}

/*
 * Only the branches of ParameterSets are asked about, whose axes have one
 * condition each: two chains upwards exclude each other where they part.
 */
bool hpo__condition_exclude(const hpo_space_t *space, size_t a, size_t b)
{
	for (size_t i = a; space->params[i].condition_count > 0;) {
		const struct hpo_condition *above = &space->params[i].conditions[0];

		for (size_t k = b; space->params[k].condition_count > 0;) {
			const struct hpo_condition *other = &space->params[k].conditions[0];

			if (other->parent == above->parent)
				return disjoint(above, other);
			k = other->parent;
		}
		i = above->parent;
	}
	return false;
}

bool hpo__condition_holds(const struct hpo_param *param, const union hpo_value *values,
			  const uint8_t *active)
{
	for (size_t i = 0; i < param->condition_count; i++) {
		const struct hpo_condition *condition = &param->conditions[i];

		if (!active[condition->parent] ||
		    !hpo__condition_has(condition, values[condition->parent].integer))
			return false;
	}
	return true;
}

void hpo__condition_at_point(const hpo_space_t *space, const double *point, struct hpo_axes *out)
{
	hpo__axes_clear(out, space->count);
	for (size_t t = 0; t < space->count; t++) {
		size_t axis = space->order[t];
		const struct hpo_param *param = &space->params[axis];
		bool holds = true;

		for (size_t i = 0; i < param->condition_count && holds; i++) {
			const struct hpo_condition *condition = &param->conditions[i];
			size_t parent = condition->parent;

			holds = hpo__axes_has(out, parent) &&
				hpo__condition_has(
					condition,
					hpo__scale_decode(&space->params[parent], point[parent])
						.integer);
		}
		if (holds)
			hpo__axes_add(out, axis);
	}
}

/* One value of a parent, for a sentence. */
static size_t describe_value(const struct hpo_param *parent, int64_t value, char *text, size_t size)
{
	int written;

	if (parent->choice_count > 0)
		written = snprintf(text, size, "%.*s", HPO__TEXT_MAX / 4,
				   parent->choices[value].text);
	else
		written = snprintf(text, size, "%lld", (long long)value);
	return written < (int)size ? (size_t)written : size - 1;
}

void hpo__condition_describe(const hpo_space_t *space, size_t axis, char *text, size_t size)
{
	const struct hpo_param *param = &space->params[axis];
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < param->condition_count && used + 48 < size; i++) {
		const struct hpo_condition *condition = &param->conditions[i];
		const struct hpo_param *parent = &space->params[condition->parent];

		if (parent->hidden) {
			snprintf(text, size, "another combination of its ParameterSet");
			return;
		}
		used += (size_t)snprintf(text + used, size - used, "%s'%.24s' to be ",
					 i > 0 ? " and " : "", parent->name);
		for (size_t k = 0; k < condition->count && used + 48 < size; k++) {
			used += (size_t)snprintf(text + used, size - used, "%s",
						 k > 0 ? " or " : "");
			used += describe_value(parent, condition->values[k], text + used,
					       size - used);
		}
	}
}
