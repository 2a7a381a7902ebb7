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

#include <stdatomic.h>
#include <string.h>

struct hpo_columns {
	atomic_size_t references;
	size_t capacity;
	double *points;	     /* [capacity][d] */
	double *losses;	     /* [capacity][m] */
	int64_t *numbers;    /* [capacity] */
	int64_t *iterations; /* [capacity] */
	int64_t *told;	     /* [capacity] */
	uint8_t *active;     /* [capacity][d] */
	uint8_t *states;     /* [capacity] */
	double block[];	     /* the memory of them all */
};

struct hpo_history {
	struct hpo_columns *columns; /* a reference of its own */
	size_t count;
	size_t dims;
	size_t objectives;
	size_t pending;
	int64_t budget;
	uint8_t *active; /* [pending][d], in the same block as this struct */
	double points[]; /* [pending][d] */
};

/* Enough for a short study; few enough that a thousand studies are cheap. */
enum { FIRST_CAPACITY = 64 };

static void drop(struct hpo_columns *columns)
{
	if (columns != NULL && atomic_fetch_sub(&columns->references, 1) == 1)
		hpo__free(columns);
}

/* Bytes of the block for `capacity` trials; 0 when that does not fit a size_t. */
static size_t block_bytes(size_t capacity, size_t dims, size_t objectives)
{
	size_t words;
	size_t bytes;
	size_t each;

	if (__builtin_add_overflow(dims, objectives, &words) ||
	    __builtin_add_overflow(words, (size_t)3, &words) ||
	    __builtin_mul_overflow(words, sizeof(double), &each) ||
	    __builtin_add_overflow(each, dims, &each) ||
	    __builtin_add_overflow(each, (size_t)1, &each) ||
	    __builtin_mul_overflow(each, capacity, &bytes) ||
	    __builtin_add_overflow(bytes, sizeof(struct hpo_columns), &bytes))
		return 0;
	return bytes;
}

static struct hpo_columns *make_columns(size_t capacity, size_t dims, size_t objectives)
{
	size_t bytes = block_bytes(capacity, dims, objectives);
	struct hpo_columns *c = bytes == 0 ? NULL : hpo__alloc(bytes);

	if (c == NULL)
		return NULL;
	atomic_init(&c->references, 1);
	c->capacity = capacity;
	c->points = c->block;
	c->losses = c->points + capacity * dims;
	c->numbers = (int64_t *)(void *)(c->losses + capacity * objectives);
	c->iterations = c->numbers + capacity;
	c->told = c->iterations + capacity;
	c->active = (uint8_t *)(c->told + capacity);
	c->states = c->active + capacity * dims;
	return c;
}

static void copy_columns(struct hpo_columns *to, const struct hpo_columns *from, size_t n,
			 size_t dims, size_t objectives)
{
	memcpy(to->points, from->points, n * dims * sizeof(double));
	memcpy(to->losses, from->losses, n * objectives * sizeof(double));
	memcpy(to->numbers, from->numbers, n * sizeof(int64_t));
	memcpy(to->iterations, from->iterations, n * sizeof(int64_t));
	memcpy(to->told, from->told, n * sizeof(int64_t));
	memcpy(to->active, from->active, n * dims);
	memcpy(to->states, from->states, n);
}

hpo_status_t hpo__history_init(struct hpo_log_of_trials *log, size_t dims, size_t objectives)
{
	memset(log, 0, sizeof *log);
	log->columns = make_columns(FIRST_CAPACITY, dims, objectives);
	if (log->columns == NULL)
		return HPO_ENOMEM;
	log->dims = dims;
	log->objectives = objectives;
	return HPO_OK;
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
	larger = make_columns(capacity + capacity / 4 + FIRST_CAPACITY, log->dims, log->objectives);
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

	if (make_room(log) < 0)
		return HPO_ENOMEM;
	c = log->columns;
	memcpy(c->points + n * log->dims, trial->point, log->dims * sizeof(double));
	memcpy(c->active + n * log->dims, trial->active, log->dims);
	memcpy(c->losses + n * log->objectives, trial->losses, log->objectives * sizeof(double));
	c->numbers[n] = trial->number;
	c->iterations[n] = trial->iteration;
	c->told[n] = trial->told;
	c->states[n] = (uint8_t)trial->state;
	log->count = n + 1;
	return HPO_OK;
}

hpo_status_t hpo__history_snapshot(hpo_history_t **out, const struct hpo_log_of_trials *log,
				   const double *points, const uint8_t *active, size_t pending,
				   int64_t budget)
{
	size_t cells = pending * log->dims;
	size_t bytes;
	hpo_history_t *h;

	*out = NULL;
	if (__builtin_mul_overflow(cells, sizeof(double) + 1, &bytes) ||
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
	h->active = (uint8_t *)(h->points + cells);
	if (cells > 0) {
		memcpy(h->points, points, cells * sizeof(double));
		memcpy(h->active, active, cells);
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

size_t hpo_history_pending(const hpo_history_t *history)
{
	return history->pending;
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
