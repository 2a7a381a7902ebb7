/*
 * Choosing the first points of a study from past studies of the same space.
 *
 * M. Feurer, J. T. Springenberg and F. Hutter, "Initializing Bayesian hyperparameter
 * optimization via meta-learning", AAAI (2015); M. Wistuba, N. Schilling and
 * L. Schmidt-Thieme, "Sequential model-free hyperparameter tuning", ICDM (2015): the
 * points are chosen greedily from the best of all studies, so that for each study one
 * of them is good. How good a point would have been in another study is told by
 * a random forest on the ranks of that study's trials: ranks, because losses of
 * different tasks have no common scale.
 *
 * What is chosen is enqueued when the study is made, with an attribute that says
 * where it comes from. From then on they are trials as any other: a search
 * that is replayed or resumed need not look at past studies again.
 */
#include "optimizer/warm.h"

#include "base/alloc.h"
#include "base/error.h"
#include "model/forest.h"
#include "os/clock.h"
#include "report/order.h"
#include "space/codec.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum {
	POINTS_MOST = 5,   /* enqueued */
	BUDGET_SHARE = 4,  /* but no more than one in so many of a limited study's trials */
	BEST_OF_EACH = 5,  /* of a past study that may be chosen */
	DONORS_MOST = 64,  /* past studies, when not named: the last by name */
	ROWS_MOST = 500    /* best trials of one that its forest learns from */
};

/* A past study. */
struct donor {
	hpo_records_t *records;
	struct hpo_order order;
	struct hpo_forest forest; /* of ranks, 0 best … 1 worst */
};

/* Names of past studies. */
struct names {
	char **list; /* [count] */
	size_t count, capacity;
};

struct choice {
	hpo_optimizer_t *opt;
	struct names names;
	struct donor *donors; /* [count] */
	size_t count;
	hpo_axis_t *axes;     /* [d] */
	double *points;	      /* [ROWS_MOST][d] scratch, then the candidates' */
	uint8_t *active;
	double *targets;
	double *regrets;      /* [candidates][donors] */
	double *reached;      /* [donors]: the best so far in each */
};

void hpo__warm_release(struct hpo_warm *warm)
{
	for (size_t i = 0; i < warm->count; i++) {
		hpo__free((char *)warm->rows[i].params);
		hpo__free((char *)warm->rows[i].attributes);
	}
	hpo__free(warm->rows);
	*warm = (struct hpo_warm){ NULL, 0 };
}

static hpo_status_t keep_name(struct names *names, const char *name)
{
	char **list = hpo__grow(names->list, &names->capacity, names->count + 1, sizeof *list);

	if (list == NULL)
		return HPO_ENOMEM;
	names->list = list;
	list[names->count] = hpo__strdup(name);
	if (list[names->count] == NULL)
		return HPO_ENOMEM;
	names->count++;
	return HPO_OK;
}

static hpo_status_t keep_study(const hpo_study_row_t *row, void *user)
{
	return keep_name(user, row->name);
}

/* All studies of the store, or those that are named. */
static hpo_status_t list_names(struct choice *choice, hpo_error_t *error)
{
	const struct hpo_study *study = choice->opt->study;
	const hpo_store_ops_t *ops;
	hpo_status_t status = HPO_OK;
	void *state;

	if (study->warm_count == 0) {
		ops = hpo__store_lock(choice->opt->store, &state);
		status = ops->studies(state, keep_study, &choice->names, error);
		hpo__store_unlock(choice->opt->store);
	}
	for (size_t i = 0; status >= 0 && i < study->warm_count; i++)
		status = keep_name(&choice->names, study->warm_names[i]);
	return status == HPO_ENOMEM ? hpo__fail_memory(error) : status;
}

/* Take a past study in, if it fits; one that was named must have the same parameters. */
static hpo_status_t read_donor(struct choice *choice, const char *name, hpo_error_t *error)
{
	const struct hpo_study *study = choice->opt->study;
	const bool named = study->warm_count > 0;
	struct donor *donor = &choice->donors[choice->count];
	hpo_error_t why = { 0 };
	hpo_status_t status;

	*donor = (struct donor){ .records = NULL };
	status = hpo_store_records(choice->opt->store, name, HPO_RECORDS_TRIALS, &donor->records,
				   &why);
	if (status >= 0)
		status = hpo__space_compare(donor->records->study->space, study->space, &why);
	if (status >= 0 && !named)
		status = hpo__study_compare(donor->records->study, study, &why);
	if (status >= 0)
		status = hpo__order_init(&donor->order, donor->records, &why);
	if (status >= 0 && donor->order.completed > 0) {
		choice->count++;
		return HPO_OK;
	}
	hpo__order_release(&donor->order);
	hpo_records_free(donor->records);
	donor->records = NULL;
	if (status >= 0 || (!named && status != HPO_ENOMEM))
		return HPO_OK;
	return hpo__fail(error, status, "warm start from study '%.200s': %s", name, why.message);
}

static hpo_status_t read_donors(struct choice *choice, hpo_error_t *error)
{
	const size_t n = choice->names.count;
	const size_t first = choice->opt->study->warm_count == 0 && n > DONORS_MOST
				     ? n - DONORS_MOST
				     : 0;
	hpo_status_t status = HPO_OK;

	choice->donors = hpo__calloc(n - first + 1, sizeof *choice->donors);
	if (choice->donors == NULL)
		return hpo__fail_memory(error);
	for (size_t i = first; status >= 0 && i < n; i++) {
		if (strcmp(choice->names.list[i], choice->opt->study->name) != 0)
			status = read_donor(choice, choice->names.list[i], error);
	}
	return status;
}

static const struct hpo_record *trial_at(const struct donor *donor, size_t place)
{
	return &donor->records->trials[donor->order.list[place]];
}

/* Fit a forest to the ranks of the best trials that completed. */
static hpo_status_t learn(struct choice *choice, struct donor *donor, hpo_error_t *error)
{
	static const struct hpo_forest_options options = { 20, 2, 4, 64, true };
	const size_t d = choice->opt->dims;
	const size_t n = donor->order.completed;
	const size_t rows = n < ROWS_MOST ? n : ROWS_MOST;
	const struct hpo_forest_data data = { choice->points, choice->active, choice->targets,
					      rows };
	hpo_rng_t rng;
	hpo_status_t status;

	for (size_t i = 0; i < rows; i++) {
		const struct hpo_record *trial = trial_at(donor, i);

		hpo__codec_encode(choice->opt->study->space, trial->params, trial->active,
				  choice->points + i * d);
		memcpy(choice->active + i * d, trial->active, d);
		choice->targets[i] = rows > 1 ? (double)i / (double)(rows - 1) : 0;
	}
	hpo_rng_init(&rng, choice->opt->study->seed, 0, 0);
	status = hpo__forest_init(&donor->forest, choice->axes, d, &options, error);
	return status < 0 ? status : hpo__forest_fit(&donor->forest, &data, &rng, error);
}

/* The c-th candidate is the (c % BEST_OF_EACH)-th best trial of the donor c / BEST_OF_EACH. */
static const struct hpo_record *candidate(const struct choice *choice, size_t c)
{
	const struct donor *donor = &choice->donors[c / BEST_OF_EACH];
	const size_t place = c % BEST_OF_EACH;

	return place < donor->order.completed ? trial_at(donor, place) : NULL;
}

/* How bad each candidate would have been in each past study. */
static void judge(struct choice *choice)
{
	const size_t candidates = choice->count * BEST_OF_EACH;

	for (size_t c = 0; c < candidates; c++) {
		const struct hpo_record *trial = candidate(choice, c);

		for (size_t k = 0; k < choice->count; k++) {
			double *regret = &choice->regrets[c * choice->count + k];
			double variance;

			*regret = INFINITY;
			if (trial == NULL)
				continue;
			hpo__codec_encode(choice->opt->study->space, trial->params, trial->active,
					  choice->points);
			hpo__forest_predict(&choice->donors[k].forest, choice->points,
					    trial->active, regret, &variance);
		}
	}
}

/* The candidate after which the sum over studies of the best that was reached is least. */
static size_t pick(const struct choice *choice, double *sum)
{
	const size_t candidates = choice->count * BEST_OF_EACH;
	size_t best = candidates;

	*sum = INFINITY;
	for (size_t c = 0; c < candidates; c++) {
		double total = 0;

		for (size_t k = 0; k < choice->count; k++)
			total += fmin(choice->reached[k], choice->regrets[c * choice->count + k]);
		if (candidate(choice, c) != NULL && total < *sum) {
			*sum = total;
			best = c;
		}
	}
	return best;
}

/* {"warm_start": {"study": "s", "number": 3}} */
static char *write_origin(const struct donor *donor, const struct hpo_record *trial)
{
	struct hpo_buffer text = HPO__BUFFER_INIT;

	hpo__buffer_text(&text, "{\"warm_start\":{\"study\":");
	hpo__buffer_json_text(&text, donor->records->study->name);
	hpo__buffer_format(&text, ",\"number\":%" PRId64 "}}", trial->row.number);
	return hpo__buffer_take(&text);
}

/* Add a candidate, unless its values are there already. */
static hpo_status_t add(struct hpo_warm *warm, const struct choice *choice, size_t c,
			hpo_error_t *error)
{
	const struct hpo_record *trial = candidate(choice, c);
	struct hpo_buffer text = HPO__BUFFER_INIT;
	hpo_trial_row_t *row = &warm->rows[warm->count];
	char *params;

	hpo__codec_write(choice->opt->study->space, trial->params, trial->active, &text);
	params = hpo__buffer_take(&text);
	if (params == NULL)
		return hpo__fail_memory(error);
	for (size_t i = 0; i < warm->count; i++) {
		if (strcmp(warm->rows[i].params, params) == 0) {
			hpo__free(params);
			return HPO_OK;
		}
	}
	*row = (hpo_trial_row_t){ .struct_size = sizeof *row, .state = HPO_TRIAL_WAITING,
				  .source = HPO_SOURCE_ENQUEUED, .iteration = -1,
				  .created_s = hpo__clock_wall(), .params = params };
	row->attributes = write_origin(&choice->donors[c / BEST_OF_EACH], trial);
	warm->count++;
	return row->attributes == NULL ? hpo__fail_memory(error) : HPO_OK;
}

/* Greedily, until one more would improve none of the studies, or there are enough. */
static hpo_status_t choose(struct hpo_warm *warm, struct choice *choice, hpo_error_t *error)
{
	const int64_t budget = choice->opt->study->limits.trials;
	size_t most = POINTS_MOST;
	double before = INFINITY;
	hpo_status_t status = HPO_OK;

	if (budget > 0 && budget / BUDGET_SHARE < (int64_t)most)
		most = budget / BUDGET_SHARE > 1 ? (size_t)(budget / BUDGET_SHARE) : 1;
	for (size_t k = 0; k < choice->count; k++)
		choice->reached[k] = 1;
	while (status >= 0 && warm->count < most) {
		double sum;
		const size_t c = pick(choice, &sum);

		if (c == choice->count * BEST_OF_EACH || !(sum < before))
			break;
		before = sum;
		for (size_t k = 0; k < choice->count; k++)
			choice->reached[k] = fmin(choice->reached[k],
						  choice->regrets[c * choice->count + k]);
		status = add(warm, choice, c, error);
	}
	return status;
}

static hpo_status_t prepare(struct choice *choice, hpo_error_t *error)
{
	const size_t d = choice->opt->dims;
	const size_t n = choice->count;

	choice->axes = hpo__calloc(d + 1, sizeof *choice->axes);
	choice->points = hpo__calloc(ROWS_MOST, d * sizeof *choice->points);
	choice->active = hpo__calloc(ROWS_MOST, d);
	choice->targets = hpo__calloc(ROWS_MOST, sizeof *choice->targets);
	choice->regrets = hpo__calloc(n * BEST_OF_EACH, n * sizeof *choice->regrets);
	choice->reached = hpo__calloc(n, sizeof *choice->reached);
	if (choice->axes == NULL || choice->points == NULL || choice->active == NULL ||
	    choice->targets == NULL || choice->regrets == NULL || choice->reached == NULL)
		return hpo__fail_memory(error);
	for (size_t i = 0; i < d; i++)
		hpo_space_axis(choice->opt->study->space, i, &choice->axes[i]);
	return HPO_OK;
}

static void release(struct choice *choice)
{
	for (size_t k = 0; k < choice->count; k++) {
		hpo__forest_release(&choice->donors[k].forest);
		hpo__order_release(&choice->donors[k].order);
		hpo_records_free(choice->donors[k].records);
	}
	for (size_t i = 0; i < choice->names.count; i++)
		hpo__free(choice->names.list[i]);
	hpo__free(choice->names.list);
	hpo__free(choice->donors);
	hpo__free(choice->axes);
	hpo__free(choice->points);
	hpo__free(choice->active);
	hpo__free(choice->targets);
	hpo__free(choice->regrets);
	hpo__free(choice->reached);
}

static hpo_status_t note_nothing(const hpo_study_row_t *row, void *user)
{
	(void)row;
	(void)user;
	return HPO_OK;
}

/* Whether the study is in its store already. */
static bool is_there(hpo_optimizer_t *opt)
{
	void *state;
	const hpo_store_ops_t *ops = hpo__store_lock(opt->store, &state);
	const hpo_status_t status = ops->study(state, opt->study->name, note_nothing, NULL, NULL);

	hpo__store_unlock(opt->store);
	return status >= 0;
}

hpo_status_t hpo__warm_choose(struct hpo_warm *warm, hpo_optimizer_t *opt, hpo_error_t *error)
{
	struct choice choice = { .opt = opt };
	hpo_status_t status;

	*warm = (struct hpo_warm){ NULL, 0 };
	if (!opt->study->warm_start || is_there(opt))
		return HPO_OK;
	warm->rows = hpo__calloc(POINTS_MOST, sizeof *warm->rows);
	if (warm->rows == NULL)
		return hpo__fail_memory(error);
	status = list_names(&choice, error);
	if (status >= 0)
		status = read_donors(&choice, error);
	if (status >= 0 && choice.count > 0) {
		status = prepare(&choice, error);
		for (size_t k = 0; status >= 0 && k < choice.count; k++)
			status = learn(&choice, &choice.donors[k], error);
		if (status >= 0) {
			judge(&choice);
			status = choose(warm, &choice, error);
		}
	}
	release(&choice);
	return status;
}
