/*
 * Opening and closing a study.
 */
#include "optimizer/optimizer.h"
#include "optimizer/warm.h"

#include "base/alloc.h"
#include "base/option.h"
#include "os/clock.h"
#include "pruner/registry.h"

#include <math.h>
#include <string.h>

hpo_status_t hpo__read_settings(hpo_settings_t **out, const char *json, const char *what,
				const hpo_option_t *options, hpo_error_t *error)
{
	static const char *const own[] = {"name", "seed", NULL};
	hpo_json_t *tree = NULL;
	struct hpo_json_at up = {NULL, NULL, NULL, 0};
	struct hpo_json_at at;
	hpo_status_t status;

	status = hpo__json_parse(&tree, json, strlen(json), what, error);
	if (status < 0)
		return status;

	at = hpo__json_root(tree);
	at.up = &up;
	at.key = what;
	status = hpo__settings_new(out, options, &at, own, error);
	hpo__json_free(tree);
	return status;
}

/* A pruner looks at one objective: with several, and with "none", there is nobody to ask. */
static hpo_status_t open_pruner(hpo_optimizer_t *opt, hpo_error_t *error)
{
	const struct hpo_study *study = opt->study;
	const hpo_fidelity_t fidelity = {
		.min_iteration = study->limits.min_iterations,
		.max_iteration = study->limits.max_iterations,
		.maximize = hpo__objective_loss(&study->objectives.list[0], 1.0) < 0,
		.resumable = hpo__tasks_resume(study),
	};
	const hpo_pruner_ops_t *ops;
	hpo_settings_t *settings = NULL;
	hpo_status_t status;

	status = hpo__pruner_find(&ops, study->pruner, error);
	if (status < 0)
		return status;
	status = hpo__read_settings(&settings, study->pruner_json, "pruner", ops->options, error);
	if (status < 0 || strcmp(ops->name, "none") == 0 || opt->objectives > 1)
		goto done;

	opt->pruner_state = hpo__calloc(1, ops->state_size);
	if (opt->pruner_state == NULL) {
		status = hpo__fail_memory(error);
		goto done;
	}
	opt->pruner = ops;
	status = ops->init(opt->pruner_state, &fidelity, error);
	if (status >= 0)
		status = ops->configure(opt->pruner_state, settings, error);
done:
	hpo__settings_free(settings);
	return status;
}

static hpo_status_t make_locks(hpo_optimizer_t *opt)
{
	if (hpo__lock_init(&opt->thinking) < 0)
		return HPO_ENOMEM;
	if (hpo__lock_init(&opt->syncing) < 0)
		goto without_syncing;
	if (hpo__lock_init(&opt->lock) < 0)
		goto without_lock;
	return HPO_OK;
without_lock:
	hpo__lock_release(&opt->syncing);
without_syncing:
	hpo__lock_release(&opt->thinking);
	return HPO_ENOMEM;
}

/* An optimizer that takes over `study` and `store`, also when it fails. */
static hpo_status_t make_optimizer(hpo_optimizer_t **out, struct hpo_study *study,
				   hpo_store_t *store, hpo_error_t *error)
{
	hpo_optimizer_t *opt = hpo__calloc(1, sizeof *opt);

	if (opt == NULL || make_locks(opt) < 0) {
		hpo__free(opt);
		hpo__study_free(study);
		hpo_store_close(store);
		return hpo__fail_memory(error);
	}
	atomic_init(&opt->references, 1);
	atomic_init(&opt->stopping, false);
	opt->study = study;
	opt->store = store;
	opt->dims = hpo_space_dims(study->space);
	opt->objectives = study->objectives.count;
	opt->best_number = -1;
	opt->first_goal = opt->objectives;
	for (size_t j = opt->objectives; j-- > 0;) {
		if (!study->objectives.list[j].is_bound) {
			opt->first_goal = j;
			opt->goals++;
		}
	}
	opt->run_minutes = study->limits.minutes;
	hpo__limits_begin(opt);
	*out = opt;
	return HPO_OK;
}

/* Below this share of points that keep the constraints, proposals are repaired at once. */
static const double tight_share = 0.05;
enum { TIGHT_DRAWS = 200 };

/* The stream is the same for all, so that every process sees the space alike. */
static hpo_status_t look_at_constraints(hpo_optimizer_t *opt, hpo_error_t *error)
{
	double *point;
	hpo_rng_t rng;

	if (hpo__space_constraints(opt->study->space) == 0)
		return HPO_OK;
	point = hpo__calloc(opt->dims + 1, sizeof *point);
	if (point == NULL)
		return hpo__fail_memory(error);
	hpo_rng_init(&rng, 0, 0, 0);
	opt->is_tight = hpo__space_feasible_share(opt->study->space, TIGHT_DRAWS, &rng, point) <
			tight_share;
	hpo__free(point);
	return HPO_OK;
}

/* Everything that must be there before the first ask, the study in the store aside. */
static hpo_status_t equip(hpo_optimizer_t *opt, hpo_error_t *error)
{
	hpo_status_t status;
	bool failed;

	opt->settings = hpo__search_settings(opt->study, &failed);
	opt->cardinality = hpo_space_cardinality(opt->study->space);
	if (failed || isnan(opt->cardinality) ||
	    hpo__history_init(&opt->history, opt->dims, opt->objectives) < 0)
		return hpo__fail_memory(error);
	for (size_t j = 0; j < opt->objectives; j++) {
		const struct hpo_objective_spec *spec = &opt->study->objectives.list[j];

		if (spec->is_bound)
			hpo__history_set_bound(&opt->history, j,
					       hpo__objective_loss(spec, spec->bound));
	}
	status = look_at_constraints(opt, error);
	if (status >= 0)
		status = hpo__thinker_open(&opt->thinker, opt->study, error);
	if (status >= 0)
		status = open_pruner(opt, error);
	return status;
}

struct found_study {
	int64_t id;
	double created_s;
	char *definition;
};

static hpo_status_t keep_study(const hpo_study_row_t *row, void *user)
{
	struct found_study *found = user;

	found->id = row->id;
	found->created_s = row->created_s;
	found->definition = hpo__strdup(row->definition);
	return found->definition == NULL ? HPO_ENOMEM : HPO_OK;
}

static hpo_status_t find_study(hpo_store_t *store, const char *name, struct found_study *found,
			       hpo_error_t *error)
{
	void *state;
	const hpo_store_ops_t *ops = hpo__store_lock(store, &state);
	hpo_status_t status = ops->study(state, name, keep_study, found, error);

	hpo__store_unlock(store);
	return status == HPO_ENOMEM ? hpo__fail_memory(error) : status;
}

/* Hold the definition in the store against ours; take over what may change. */
static hpo_status_t reconcile(hpo_optimizer_t *opt, const struct found_study *found,
			      const char *definition, hpo_error_t *error)
{
	struct hpo_study *was = NULL;
	const hpo_store_ops_t *ops;
	void *state;
	hpo_status_t status;

	if (strcmp(found->definition, definition) == 0)
		return HPO_OK;
	status = hpo__study_parse(&was, found->definition, error);
	if (status < 0)
		return hpo__fail_within(error, "the definition of study '%s' in its store",
					opt->study->name);
	status = hpo__study_compare(was, opt->study, error);
	hpo__study_free(was);
	if (status < 0)
		return status;

	ops = hpo__store_lock(opt->store, &state);
	status = ops->redefine(state, found->id, definition, error);
	hpo__store_unlock(opt->store);
	return status;
}

static hpo_status_t insert_warm(hpo_optimizer_t *opt, const struct hpo_warm *warm,
				hpo_error_t *error)
{
	const hpo_store_ops_t *ops;
	hpo_status_t status;
	int64_t first;
	void *state;

	if (warm->count == 0)
		return HPO_OK;
	ops = hpo__store_lock(opt->store, &state);
	status = ops->insert(state, opt->study_id, warm->rows, warm->count, &first, error);
	hpo__store_unlock(opt->store);
	return status;
}

/*
 * Find the study in its store, or make it. What is wrong with a warm start is
 * known before it is made; the process that makes it is the one that enqueues.
 */
static hpo_status_t enter_study(hpo_optimizer_t *opt, hpo_error_t *error)
{
	struct hpo_buffer text = HPO__BUFFER_INIT;
	struct found_study found = {0, 0, NULL};
	char *definition = NULL;
	const hpo_store_ops_t *ops;
	void *state;
	struct hpo_warm warm;
	int created = 0;
	hpo_status_t status;

	hpo__study_write(opt->study, &text);
	definition = hpo__buffer_take(&text);
	if (definition == NULL)
		return hpo__fail_memory(error);

	status = hpo__warm_choose(&warm, opt, error);
	if (status >= 0) {
		ops = hpo__store_lock(opt->store, &state);
		status = ops->create(state, opt->study->name, definition, &created, error);
		hpo__store_unlock(opt->store);
	}
	if (status >= 0)
		status = find_study(opt->store, opt->study->name, &found, error);
	if (status >= 0 && !created)
		status = reconcile(opt, &found, definition, error);
	opt->study_id = found.id;
	opt->created_s = found.created_s;
	if (status >= 0 && created)
		status = insert_warm(opt, &warm, error);
	hpo__warm_release(&warm);
	hpo__free(found.definition);
	hpo__free(definition);
	return status;
}

/* What follows once the study is entered, and whichever way it was: give it out, or drop it. */
static hpo_status_t finish_opening(hpo_optimizer_t **out, hpo_optimizer_t *opt,
				   hpo_status_t status, hpo_error_t *error)
{
	if (status >= 0)
		status = hpo__checkpoints_open(opt, error);
	if (status >= 0)
		status = hpo__optimizer_sync(opt, error);
	if (status < 0) {
		hpo__optimizer_drop(opt);
		return status;
	}
	*out = opt;
	return HPO_OK;
}

/* Open a study whose definition we bring; takes `study` over. */
static hpo_status_t open_with(hpo_optimizer_t **out, struct hpo_study *study, hpo_error_t *error)
{
	const char *url = study->store != NULL ? study->store : "memory:";
	hpo_optimizer_t *opt = NULL;
	hpo_store_t *store = NULL;
	hpo_status_t status;

	status = hpo__preset_apply(study, error);
	if (status >= 0)
		status = hpo__store_open(&store, url, 1, error);
	if (status < 0) {
		hpo__study_free(study);
		return status;
	}
	status = make_optimizer(&opt, study, store, error);
	if (status < 0)
		return status;

	status = equip(opt, error);
	if (status >= 0)
		status = enter_study(opt, error);
	return finish_opening(out, opt, status, error);
}

hpo_status_t hpo_optimizer_new(hpo_optimizer_t **out, const hpo_optimizer_options_t *options,
			       hpo_error_t *error)
{
	struct hpo_study *study = NULL;
	hpo_status_t status;

	hpo__error_clear(error);
	*out = NULL;
	status = hpo__study_from_options(&study, options, error);
	if (status >= 0)
		status = hpo__configure_parsed(&study, error);
	if (status < 0)
		return status;
	status = open_with(out, study, error);
	if (status >= 0)
		hpo_optimizer_set_log(*out, options->log, options->log_user);
	return status;
}

hpo_status_t hpo_optimizer_from_json(hpo_optimizer_t **out, const char *study_json,
				     hpo_error_t *error)
{
	struct hpo_study *study = NULL;
	char *configured = NULL;
	hpo_status_t status;

	hpo__error_clear(error);
	*out = NULL;
	status = hpo__configure(study_json, &configured, error);
	if (status >= 0)
		status = hpo__study_parse(&study, configured != NULL ? configured : study_json,
					  error);
	hpo__free(configured);
	if (status < 0)
		return status;
	return open_with(out, study, error);
}

hpo_status_t hpo_optimizer_open(hpo_optimizer_t **out, const char *store_url, const char *name,
				hpo_error_t *error)
{
	struct found_study found = {0, 0, NULL};
	struct hpo_study *study = NULL;
	hpo_optimizer_t *opt = NULL;
	hpo_store_t *store = NULL;
	hpo_status_t status;

	hpo__error_clear(error);
	*out = NULL;
	status = hpo__store_open(&store, store_url, 0, error);
	if (status >= 0)
		status = find_study(store, name, &found, error);
	if (status >= 0) {
		status = hpo__study_parse(&study, found.definition, error);
		if (status < 0)
			hpo__fail_within(error, "the definition of study '%s'", name);
	}
	hpo__free(found.definition);
	if (status < 0) {
		hpo_store_close(store);
		return status;
	}

	status = make_optimizer(&opt, study, store, error);
	if (status < 0)
		return status;
	opt->study_id = found.id;
	opt->created_s = found.created_s;
	status = equip(opt, error);
	return finish_opening(out, opt, status, error);
}

void hpo__optimizer_hold(hpo_optimizer_t *opt)
{
	atomic_fetch_add_explicit(&opt->references, 1, memory_order_relaxed);
}

/* The last one out gives what still runs back to the store. */
static void leave_store(hpo_optimizer_t *opt)
{
	const hpo_store_ops_t *ops;
	void *state;

	if (opt->worker == 0)
		return;
	ops = hpo__store_lock(opt->store, &state);
	if (ops->leave(state, opt->study_id, opt->worker, NULL) < 0)
		hpo__log(&opt->log, HPO_LOG_WARNING,
			 "study '%s': its store could not be left in order; the lease runs out "
			 "with this process",
			 opt->study->name);
	hpo__store_unlock(opt->store);
}

void hpo__optimizer_drop(hpo_optimizer_t *opt)
{
	if (atomic_fetch_sub_explicit(&opt->references, 1, memory_order_acq_rel) != 1)
		return;

	leave_store(opt);
	hpo_store_close(opt->store);
	hpo__thinker_close(&opt->thinker);
	if (opt->pruner != NULL)
		opt->pruner->release(opt->pruner_state);
	hpo__free(opt->pruner_state);
	hpo__goal_release(&opt->aim);
	hpo__history_release(&opt->history);
	hpo__fold_release(opt);
	hpo__reports_release(opt);
	hpo__study_free(opt->study);
	hpo__free(opt->checkpoints);
	hpo__lock_release(&opt->lock);
	hpo__lock_release(&opt->syncing);
	hpo__lock_release(&opt->thinking);
	hpo__free(opt);
}

void hpo_optimizer_free(hpo_optimizer_t *opt)
{
	if (opt == NULL)
		return;
	hpo__driver_close(opt);
	hpo__optimizer_drop(opt);
}

void hpo_optimizer_set_log(hpo_optimizer_t *opt, hpo_log_fn log, void *user)
{
	opt->log.fn = log;
	opt->log.user = user;
}

char *hpo_optimizer_study_json(hpo_optimizer_t *opt, hpo_error_t *error)
{
	struct hpo_buffer text = HPO__BUFFER_INIT;

	hpo__error_clear(error);
	hpo__study_write(opt->study, &text);
	return hpo__buffer_finish(&text, HPO_OK, error);
}
