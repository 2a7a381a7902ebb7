/*
 * The history of a study as columns, and snapshots of it.
 *
 * All columns of one capacity lie in one block, so that growing is one
 * allocation that either succeeds or changes nothing. A snapshot never looks
 * beyond the count it was made with, and the growing side never writes below
 * it: so no lock is needed between a strategy that reads and a tell.
 */
#include "trial/history.h"

#include "base/alloc.h"

#include <assert.h>
#include <math.h>
#include <stdatomic.h>
#include <string.h>

/*
 * Slot 0 is "" and never changes. A slot is written before the first row that
 * names it and never after, so a reader of that row needs no lock.
 */
enum { MOST_ARMS = 256 };

struct hpo_arms {
	atomic_size_t references;
	size_t count;
	char *names[MOST_ARMS]; /* [count] */
};

struct hpo_columns {
	atomic_size_t references;
	size_t capacity;
	struct hpo_arms *arms; /* a reference of its own */
	double *bounds;	     /* [m] */
	double *points;	     /* [capacity][d] */
	double *losses;	     /* [capacity][m] */
	int64_t *numbers;    /* [capacity] */
	int64_t *iterations; /* [capacity] */
	int64_t *told;	     /* [capacity] */
	uint8_t *active;     /* [capacity][d] */
	uint8_t *states;     /* [capacity] */
	uint8_t *arm;	     /* [capacity], slots of `arms` */
	double block[];	     /* the memory of them all */
};

struct hpo_history {
	struct hpo_columns *columns; /* a reference of its own */
	size_t count;
	size_t dims;
	size_t objectives;
	size_t pending;
	int64_t budget;
	int64_t *numbers; /* [pending], in the same block as this struct */
	uint8_t *active;  /* [pending][d], as well */
	double points[];  /* [pending][d] */
};

/* Enough for a short study; few enough that a thousand studies are cheap. */
enum { FIRST_CAPACITY = 64 };

static struct hpo_arms *make_arms(void)
{
	struct hpo_arms *arms = hpo__calloc(1, sizeof *arms);

	if (arms == NULL)
		return NULL;
	atomic_init(&arms->references, 1);
	arms->count = 1;
	return arms;
}

static void drop_arms(struct hpo_arms *arms)
{
	if (atomic_fetch_sub(&arms->references, 1) != 1)
		return;
	for (size_t i = 1; i < arms->count; i++)
		hpo__free(arms->names[i]);
	hpo__free(arms);
}

/* The slot of a name, 0 for none and for one too many. */
static hpo_status_t find_arm(struct hpo_arms *arms, const char *name, uint8_t *out)
{
	size_t i = 1;

	*out = 0;
	if (name == NULL || *name == '\0')
		return HPO_OK;
	while (i < arms->count && strcmp(arms->names[i], name) != 0)
		i++;
	if (i == MOST_ARMS)
		return HPO_OK;
	if (i == arms->count) {
		arms->names[i] = hpo__strdup(name);
		if (arms->names[i] == NULL)
			return HPO_ENOMEM;
		arms->count++;
	}
	*out = (uint8_t)i;
	return HPO_OK;
}

static void drop(struct hpo_columns *columns)
{
	if (columns == NULL || atomic_fetch_sub(&columns->references, 1) != 1)
		return;
	drop_arms(columns->arms);
	hpo__free(columns);
}

/* Bytes of the block for `capacity` trials; 0 when that does not fit a size_t. */
static size_t block_bytes(size_t capacity, size_t dims, size_t objectives)
{
	size_t words;
	size_t bytes;
	size_t each;
	size_t fixed;

	if (__builtin_add_overflow(dims, objectives, &words) ||
	    __builtin_add_overflow(words, (size_t)3, &words) ||
	    __builtin_mul_overflow(words, sizeof(double), &each) ||
	    __builtin_add_overflow(each, dims, &each) ||
	    __builtin_add_overflow(each, (size_t)2, &each) ||
	    __builtin_mul_overflow(each, capacity, &bytes) ||
	    __builtin_mul_overflow(objectives, sizeof(double), &fixed) ||
	    __builtin_add_overflow(fixed, sizeof(struct hpo_columns), &fixed) ||
	    __builtin_add_overflow(bytes, fixed, &bytes))
		return 0;
	return bytes;
}

/* Takes a reference to `arms`. */
static struct hpo_columns *make_columns(size_t capacity, size_t dims, size_t objectives,
					struct hpo_arms *arms)
{
	size_t bytes = block_bytes(capacity, dims, objectives);
	struct hpo_columns *c = bytes == 0 ? NULL : hpo__alloc(bytes);

	if (c == NULL)
		return NULL;
	atomic_init(&c->references, 1);
	c->capacity = capacity;
	atomic_fetch_add(&arms->references, 1);
	c->arms = arms;
	c->bounds = c->block;
	c->points = c->bounds + objectives;
	c->losses = c->points + capacity * dims;
	c->numbers = (int64_t *)(void *)(c->losses + capacity * objectives);
	c->iterations = c->numbers + capacity;
	c->told = c->iterations + capacity;
	c->active = (uint8_t *)(c->told + capacity);
	c->states = c->active + capacity * dims;
	c->arm = c->states + capacity;
	return c;
}

static void copy_columns(struct hpo_columns *to, const struct hpo_columns *from, size_t n,
			 size_t dims, size_t objectives)
{
	memcpy(to->bounds, from->bounds, objectives * sizeof(double));
	memcpy(to->points, from->points, n * dims * sizeof(double));
	memcpy(to->losses, from->losses, n * objectives * sizeof(double));
	memcpy(to->numbers, from->numbers, n * sizeof(int64_t));
	memcpy(to->iterations, from->iterations, n * sizeof(int64_t));
	memcpy(to->told, from->told, n * sizeof(int64_t));
	memcpy(to->active, from->active, n * dims);
	memcpy(to->states, from->states, n);
	memcpy(to->arm, from->arm, n);
}

hpo_status_t hpo__history_init(struct hpo_log_of_trials *log, size_t dims, size_t objectives)
{
	struct hpo_arms *arms = make_arms();

	memset(log, 0, sizeof *log);
	if (arms == NULL)
		return HPO_ENOMEM;
	log->columns = make_columns(FIRST_CAPACITY, dims, objectives, arms);
	drop_arms(arms);
	if (log->columns == NULL)
		return HPO_ENOMEM;
	log->dims = dims;
	log->objectives = objectives;
	for (size_t j = 0; j < objectives; j++)
		log->columns->bounds[j] = NAN;
	return HPO_OK;
}

void hpo__history_set_bound(struct hpo_log_of_trials *log, size_t objective, double bound)
{
	assert(log->count == 0 && objective < log->objectives);
	log->columns->bounds[objective] = bound;
}

void hpo__history_release(struct hpo_log_of_trials *log)
{
	drop(log->columns);
	memset(log, 0, sizeof *log);
}

/*
 * Growing by a quarter keeps what is reserved and not used below a quarter:
 * memory counts for more here than the few copies that doubling would save.
 */
static hpo_status_t make_room(struct hpo_log_of_trials *log)
{
	size_t capacity = log->columns->capacity;
	struct hpo_columns *larger;

	if (log->count < capacity)
		return HPO_OK;
	larger = make_columns(capacity + capacity / 4 + FIRST_CAPACITY, log->dims, log->objectives,
			      log->columns->arms);
	if (larger == NULL)
		return HPO_ENOMEM;
	copy_columns(larger, log->columns, log->count, log->dims, log->objectives);
	drop(log->columns);
	log->columns = larger;
	return HPO_OK;
}

hpo_status_t hpo__history_append(struct hpo_log_of_trials *log, const struct hpo_ended *trial)
{
	struct hpo_columns *c;
	size_t n = log->count;
	uint8_t arm;

	if (make_room(log) < 0 || find_arm(log->columns->arms, trial->arm, &arm) < 0)
		return HPO_ENOMEM;
	c = log->columns;
	memcpy(c->points + n * log->dims, trial->point, log->dims * sizeof(double));
	memcpy(c->active + n * log->dims, trial->active, log->dims);
	memcpy(c->losses + n * log->objectives, trial->losses, log->objectives * sizeof(double));
	c->numbers[n] = trial->number;
	c->iterations[n] = trial->iteration;
	c->told[n] = trial->told;
	c->states[n] = (uint8_t)trial->state;
	c->arm[n] = arm;
	log->count = n + 1;
	return HPO_OK;
}

hpo_status_t hpo__history_snapshot(hpo_history_t **out, const struct hpo_log_of_trials *log,
				   const struct hpo_running *running, int64_t budget)
{
	const size_t pending = running != NULL ? running->count : 0;
	size_t cells;
	size_t bytes;
	hpo_history_t *h;

	*out = NULL;
	if (__builtin_mul_overflow(pending, log->dims, &cells) ||
	    __builtin_mul_overflow(cells, sizeof(double) + 1, &bytes) ||
	    __builtin_add_overflow(bytes, pending * sizeof(int64_t), &bytes) ||
	    __builtin_add_overflow(bytes, sizeof *h, &bytes))
		return HPO_ENOMEM;
	h = hpo__alloc(bytes);
	if (h == NULL)
		return HPO_ENOMEM;

	atomic_fetch_add(&log->columns->references, 1);
	h->columns = log->columns;
	h->count = log->count;
	h->dims = log->dims;
	h->objectives = log->objectives;
	h->pending = pending;
	h->budget = budget;
	h->numbers = (int64_t *)(void *)(h->points + cells);
	h->active = (uint8_t *)(h->numbers + pending);
	if (pending > 0) {
		memcpy(h->points, running->points, cells * sizeof(double));
		memcpy(h->numbers, running->numbers, pending * sizeof(int64_t));
		memcpy(h->active, running->active, cells);
	}
	*out = h;
	return HPO_OK;
}

void hpo__history_free(hpo_history_t *history)
{
	if (history == NULL)
		return;
	drop(history->columns);
	hpo__free(history);
}

int64_t hpo__history_seen(const hpo_history_t *history)
{
	return history->count == 0 ? 0 : history->columns->told[history->count - 1];
}

size_t hpo_history_count(const hpo_history_t *history)
{
	return history->count;
}

size_t hpo_history_dims(const hpo_history_t *history)
{
	return history->dims;
}

size_t hpo_history_objectives(const hpo_history_t *history)
{
	return history->objectives;
}

const double *hpo_history_points(const hpo_history_t *history)
{
	return history->columns->points;
}

const uint8_t *hpo_history_active(const hpo_history_t *history)
{
	return history->columns->active;
}

const double *hpo_history_losses(const hpo_history_t *history)
{
	return history->columns->losses;
}

const int64_t *hpo_history_numbers(const hpo_history_t *history)
{
	return history->columns->numbers;
}

const uint8_t *hpo_history_states(const hpo_history_t *history)
{
	return history->columns->states;
}

const int64_t *hpo_history_iterations(const hpo_history_t *history)
{
	return history->columns->iterations;
}

const double *hpo_history_bounds(const hpo_history_t *history)
{
	return history->columns->bounds;
}

const char *hpo_history_arm(const hpo_history_t *history, size_t index)
{
	const uint8_t arm = history->columns->arm[index];

	return arm == 0 ? "" : history->columns->arms->names[arm];
}

size_t hpo_history_pending(const hpo_history_t *history)
{
	return history->pending;
}

const int64_t *hpo_history_pending_numbers(const hpo_history_t *history)
{
	return history->numbers;
}

const double *hpo_history_pending_points(const hpo_history_t *history)
{
	return history->points;
}

const uint8_t *hpo_history_pending_active(const hpo_history_t *history)
{
	return history->active;
}

int64_t hpo_history_budget(const hpo_history_t *history)
{
	return history->budget;
}
