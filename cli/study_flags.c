/*
 * Flags that describe a study, put over a study file. What the values of a
 * study must be, the library knows; here only the flags are checked, so that a
 * sentence can name them.
 */
#include "study_flags.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct option study_options[] = {
	{ "study", 0, OPTION_VALUE, "FILE", "the study file (JSON); flags override it" },
	{ "name", 0, OPTION_VALUE, "NAME",
	  "name of the study; default: the command's base name" },
	{ "param", 'p', OPTION_VALUE, "'NAME=KIND'",
	  "a parameter, repeatable: lr=float(1e-5,0.1,log), n=int(1,4), act=choice(relu,tanh), "
	  "b=bool" },
	{ "params-search", 0, OPTION_MANY, "JSON",
	  "parameters as JSON objects, or arrays of them" },
	{ "params-override", 0, OPTION_MANY, "JSON",
	  "{\"name\":…,\"value\":…}: a parameter that has this one value" },
	{ "constraint", 0, OPTION_VALUE, "EXPR",
	  "a relation that holds, as 'layers * units <= 2048'; repeatable" },
	{ "minimize", 0, OPTION_VALUE, "METRIC",
	  "an objective: SERIES or TITLE/SERIES; repeatable" },
	{ "maximize", 0, OPTION_VALUE, "METRIC", "the same, large is good; repeatable" },
	{ "bound", 0, OPTION_VALUE, "METRIC<=VALUE",
	  "a measured constraint: no trial above it is the best; repeatable" },
	{ "objective-metric-title", 0, OPTION_MANY, "TITLE", "the objective's title" },
	{ "objective-metric-series", 0, OPTION_MANY, "SERIES", "the objective's series" },
	{ "objective-metric-sign", 0, OPTION_MANY, "SIGN", "min, max, min_global or max_global" },
	{ "strategy", 0, OPTION_VALUE, "NAME",
	  "what proposes values: auto, random, grid, sobol, tpe, gp, forest" },
	{ "optimizer-class", 0, OPTION_VALUE, "CLASS",
	  "the same by ClearML's names: OptimizerOptuna, OptimizerBOHB, GridSearch, RandomSearch" },
	{ "pruner", 0, OPTION_VALUE, "NAME", "what stops trials early: none, median, percentile, asha, hyperband, …" },
	{ "seed", 0, OPTION_VALUE, "N", "of everything random" },
	{ "warm-start", 0, OPTION_MAYBE, "STUDY",
	  "begin a new study with the best points of past ones of the same parameters in the store: "
	  "of this one (repeatable), or of all" },
	{ "total-max-jobs", 0, OPTION_VALUE, "N", "trials in all; also --trials" },
	{ "trials", 0, OPTION_VALUE, "N", NULL },
	{ "max-number-of-concurrent-tasks", 0, OPTION_VALUE, "N",
	  "trials at once; also --concurrent; default 1, and 10 on a server" },
	{ "concurrent", 0, OPTION_VALUE, "N", NULL },
	{ "optimization-time-limit", 0, OPTION_VALUE, "MINUTES", "of this run; also --minutes" },
	{ "minutes", 0, OPTION_VALUE, "MINUTES", NULL },
	{ "compute-time-limit", 0, OPTION_VALUE, "MINUTES",
	  "of all trials together; also --compute-minutes" },
	{ "compute-minutes", 0, OPTION_VALUE, "MINUTES", NULL },
	{ "time-limit-per-job", 0, OPTION_VALUE, "MINUTES", "of one trial; also --trial-minutes" },
	{ "trial-minutes", 0, OPTION_VALUE, "MINUTES", NULL },
	{ "min-iteration-per-job", 0, OPTION_VALUE, "N",
	  "no trial is pruned before; also --min-iterations" },
	{ "min-iterations", 0, OPTION_VALUE, "N", NULL },
	{ "max-iteration-per-job", 0, OPTION_VALUE, "N",
	  "a trial that reports it is complete; also --max-iterations" },
	{ "max-iterations", 0, OPTION_VALUE, "N", NULL },
	{ "save-top-k-tasks-only", 0, OPTION_VALUE, "N",
	  "archive all tasks but the best; -1 keeps all, as a local run does; 10 on a server" },
	{ "retries", 0, OPTION_VALUE, "N", "of a trial that failed by itself; default 0" },
	{ "failure-rate", 0, OPTION_VALUE, "RATE",
	  "give up when more than this share has failed; default 1, never" },
	{ "target", 0, OPTION_VALUE, "VALUE",
	  "end once a trial has reached this value of the first goal" },
	{ "patience", 0, OPTION_VALUE, "N", "end after so many trials that gained nothing" },
	{ "min-gain", 0, OPTION_VALUE, "SHARE",
	  "what --patience trials must gain, of the best's distance from the median; default 0" },
	{ "pool-period-min", 0, OPTION_VALUE, "MINUTES",
	  "between two looks at a server, default 0.2; a local run is driven by events" },
	{ "backend", 0, OPTION_VALUE, "NAME", "what runs trials: process (the default), clearml" },
	{ "script", 0, OPTION_VALUE, "FILE", "run this script rather than a command after --" },
	{ "args", 0, OPTION_MANY, "K=V", "fixed arguments of the script, given as --K=V" },
	{ "env", 0, OPTION_VALUE, "K=V", "environment of every trial; repeatable" },
	{ "log-dir", 0, OPTION_VALUE, "DIR", "where each trial's output is kept" },
	{ "checkpoint-dir", 0, OPTION_VALUE, "DIR", "where trials may keep checkpoints" },
	{ "grace-seconds", 0, OPTION_VALUE, "SECONDS",
	  "from SIGTERM to SIGKILL for a trial that must stop; default 1" },
	{ "task-id", 0, OPTION_VALUE, "ID",
	  "the base task on a ClearML server; implies --backend clearml" },
	{ "queue", 0, OPTION_VALUE, "NAME", "where the clones of the base task wait for agents" },
	{ "project-name", 0, OPTION_VALUE, "NAME", "of the optimizer task on the server" },
	{ "task-name", 0, OPTION_VALUE, "NAME",
	  "of the optimizer task; names the study if there is no --name" },
	{ "allow-unknown-parameters", 0, OPTION_SWITCH, NULL,
	  "add parameters to the clones that the base task does not have" },
	{ "local", 0, OPTION_SWITCH, NULL,
	  "run the clones on this machine; implied without a server" },
	{ NULL, 0, OPTION_SWITCH, NULL, NULL }
};

enum quantity { COUNT, AMOUNT, SHARE, KEEP, VALUE };

/* A flag that sets a member of `limits`. */
struct limit_flag {
	const char *flag;
	const char *key;
	enum quantity quantity;
	int least;
};

static const struct limit_flag limit_flags[] = {
	{ "total-max-jobs", "trials", COUNT, 1 },
	{ "trials", "trials", COUNT, 1 },
	{ "max-number-of-concurrent-tasks", "concurrent", COUNT, 1 },
	{ "concurrent", "concurrent", COUNT, 1 },
	{ "optimization-time-limit", "minutes", AMOUNT, 0 },
	{ "minutes", "minutes", AMOUNT, 0 },
	{ "compute-time-limit", "compute_minutes", AMOUNT, 0 },
	{ "compute-minutes", "compute_minutes", AMOUNT, 0 },
	{ "time-limit-per-job", "trial_minutes", AMOUNT, 0 },
	{ "trial-minutes", "trial_minutes", AMOUNT, 0 },
	{ "min-iteration-per-job", "min_iterations", COUNT, 0 },
	{ "min-iterations", "min_iterations", COUNT, 0 },
	{ "max-iteration-per-job", "max_iterations", COUNT, 1 },
	{ "max-iterations", "max_iterations", COUNT, 1 },
	{ "save-top-k-tasks-only", "keep_top", KEEP, 1 },
	{ "retries", "retries", COUNT, 0 },
	{ "failure-rate", "failure_rate", SHARE, 0 },
	{ "target", "target", VALUE, 0 },
	{ "patience", "patience", COUNT, 1 },
	{ "min-gain", "min_gain", SHARE, 0 },
};

json_t *object_in(json_t *object, const char *key)
{
	json_t *member = json_object_get(object, key);

	if (member == NULL) {
		member = must(json_object());
		json_object_set_new(object, key, member);
	}
	return json_is_object(member) ? member : NULL;
}

json_t *array_in(json_t *object, const char *key)
{
	json_t *member = json_object_get(object, key);

	if (member == NULL) {
		member = must(json_array());
		json_object_set_new(object, key, member);
	}
	return json_is_array(member) ? member : NULL;
}

/* The value of a limit's flag as JSON; NULL when refused, JSON null for "no limit". */
static json_t *limit_value(const struct limit_flag *flag, const struct option_use *use,
			   hpo_error_t *error)
{
	int64_t whole;
	double real;

	if (flag->quantity == KEEP && strcmp(use->first, "-1") == 0)
		return json_null();
	if (flag->quantity == COUNT || flag->quantity == KEEP)
		return option_integer(use, flag->least, &whole, error) ? json_integer(whole) : NULL;
	if (flag->quantity == VALUE)
		return option_real(use, -HUGE_VAL, HUGE_VAL, &real, error) ? json_real(real) : NULL;
	if (!option_real(use, 0, flag->quantity == SHARE ? 1 : HUGE_VAL, &real, error))
		return NULL;
	if (real > 0)
		return json_real(real);
	refuse(error, "--%s '%s': expected a number above 0", flag->flag, use->first);
	return NULL;
}

static bool apply_limits(json_t *study, const struct arguments *arguments, hpo_error_t *error)
{
	for (size_t i = 0; i < sizeof limit_flags / sizeof *limit_flags; i++) {
		const struct option_use *use = arguments_last(arguments, limit_flags[i].flag);
		json_t *limits;
		json_t *value;

		if (use == NULL)
			continue;
		value = limit_value(&limit_flags[i], use, error);
		if (value == NULL)
			return false;
		limits = object_in(study, "limits");
		if (json_is_null(value))
			json_object_del(limits, limit_flags[i].key);
		else if (limits != NULL)
			json_object_set(limits, limit_flags[i].key, value);
		json_decref(value);
	}
	return true;
}

/* Put `name` into the object `key`; another name forgets the settings of the old one. */
static void set_named(json_t *study, const char *key, const char *name)
{
	json_t *old = json_object_get(study, key);
	const char *old_name = json_string_value(json_object_get(old, "name"));
	json_t *seed = json_object_get(old, "seed");
	json_t *fresh;

	if (old_name != NULL && strcmp(old_name, name) == 0)
		return;
	fresh = must(json_pack("{ss}", "name", name));
	if (seed != NULL)
		json_object_set(fresh, "seed", seed);
	json_object_set_new(study, key, fresh);
}

/* ClearML's Optuna search is TPE with Optuna's default pruner, the median. */
static bool apply_class(json_t *study, const char *class, hpo_error_t *error)
{
	static const char *const classes[] = { "OptimizerOptuna", "OptimizerBOHB", "GridSearch",
					       "RandomSearch", NULL };
	static const char *const names[] = { "tpe", "bohb", "grid", "random" };

	for (size_t i = 0; classes[i] != NULL; i++) {
		if (strcmp(classes[i], class) != 0)
			continue;
		set_named(study, "strategy", names[i]);
		if (i == 0 && json_object_get(study, "pruner") == NULL)
			set_named(study, "pruner", "median");
		return true;
	}
	return refuse(error,
		      "--optimizer-class '%s': expected OptimizerOptuna, OptimizerBOHB, "
		      "GridSearch or RandomSearch",
		      class);
}

/* A name adds to the list of the file; no name means all. */
static void apply_warm_start(json_t *study, const struct arguments *arguments)
{
	const struct option_use *use;
	size_t index = 0;

	while ((use = arguments_next(arguments, "warm-start", &index)) != NULL) {
		if (use->first == NULL) {
			json_object_set_new(study, "warm_start", json_true());
			continue;
		}
		if (!json_is_array(json_object_get(study, "warm_start")))
			json_object_set_new(study, "warm_start", must(json_array()));
		json_array_append_new(json_object_get(study, "warm_start"),
				      must(json_string(use->first)));
	}
}

static bool apply_strategy(json_t *study, const struct arguments *arguments, hpo_error_t *error)
{
	const char *strategy = arguments_text(arguments, "strategy", NULL);
	const char *class = arguments_text(arguments, "optimizer-class", NULL);
	const struct option_use *seed_use = arguments_last(arguments, "seed");
	const char *pruner = arguments_text(arguments, "pruner", NULL);
	json_t *object;
	int64_t seed;

	if (strategy != NULL && class != NULL)
		return refuse(error, "--strategy %s and --optimizer-class %s both name a strategy: "
			      "give one of them", strategy, class);
	apply_warm_start(study, arguments);
	if (pruner != NULL)
		set_named(study, "pruner", pruner);
	if (strategy != NULL)
		set_named(study, "strategy", strategy);
	if (class != NULL && !apply_class(study, class, error))
		return false;
	if (seed_use == NULL)
		return true;
	if (!option_integer(seed_use, 0, &seed, error))
		return false;
	object = object_in(study, "strategy");
	if (object != NULL) {
		if (json_object_get(object, "name") == NULL)
			json_object_set_new(object, "name", json_string("auto"));
		json_object_set_new(object, "seed", json_integer(seed));
	}
	return true;
}

/* "--pool-period-min" has no member in a local study, but must be right all the same. */
static bool check_ignored(const struct arguments *arguments, hpo_error_t *error)
{
	const struct option_use *use = arguments_last(arguments, "pool-period-min");
	double ignored;

	return use == NULL || option_real(use, 0, HUGE_VAL, &ignored, error);
}

static json_t *parse_study(const char *path, const char *text, size_t size, hpo_error_t *error)
{
	json_error_t why;
	json_t *study = json_loadb(text, size, JSON_REJECT_DUPLICATES, &why);

	if (study == NULL) {
		refuse(error, "study file '%s', line %d, column %d: %s", path, why.line,
		       why.column, why.text);
	} else if (!json_is_object(study)) {
		refuse(error, "study file '%s': expected an object, {\"parameters\": …}", path);
		json_decref(study);
		study = NULL;
	}
	return study;
}

static json_t *read_study(const char *path, hpo_error_t *error)
{
	size_t size = 0;
	char *text = read_file(path, &size, error);
	json_t *study = text != NULL ? parse_study(path, text, size, error) : NULL;

	free(text);
	return study;
}

/*
 * The definition in the store of the study that --name names: so that a run can
 * be taken up again by its name alone. NULL if there is none.
 */
static json_t *stored_study(const struct arguments *arguments)
{
	const char *name = arguments_text(arguments, "name", NULL);
	hpo_store_t *store = NULL;
	json_t *study = NULL;
	char *text = NULL;

	if (name == NULL || arguments_has(arguments, "param") ||
	    arguments_has(arguments, "params-search"))
		return NULL;
	if (hpo_store_open(&store, store_url(arguments), NULL) >= 0)
		text = hpo_store_study_json(store, name, NULL);
	if (text != NULL)
		study = json_loads(text, 0, NULL);
	hpo_free(text);
	hpo_store_close(store);
	return study;
}

static json_t *base_study(const struct arguments *arguments, hpo_error_t *error)
{
	const char *path = arguments_text(arguments, "study", NULL);
	json_t *study = path != NULL ? NULL : stored_study(arguments);

	if (path != NULL)
		return read_study(path, error);
	return study != NULL ? study : must(json_object());
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

static void apply_name(json_t *study, const struct arguments *arguments)
{
	const char *name = arguments_text(arguments, "name",
					  arguments_text(arguments, "task-name", NULL));
	const char *script = arguments_text(arguments, "script", NULL);
	json_t *command = json_object_get(json_object_get(study, "task"), "command");
	const char *first = json_string_value(json_array_get(command, 0));
	const char *base = json_string_value(
		json_object_get(json_object_get(study, "task"), "base_task"));

	if (name == NULL && json_object_get(study, "name") == NULL) {
		if (script != NULL)
			name = base_name(script);
		else if (first != NULL)
			name = base_name(first);
		else
			name = base;
	}
	if (name != NULL)
		json_object_set_new(study, "name", json_string(name));
}

static void apply_store(json_t *study, const struct arguments *arguments)
{
	if (arguments_has(arguments, "store") || json_object_get(study, "store") == NULL)
		json_object_set_new(study, "store", json_string(store_url(arguments)));
}

/* Text from the shell may be any bytes; JSON holds UTF-8 only. */
static bool check_utf8(const struct arguments *arguments, hpo_error_t *error)
{
	for (size_t i = 0; i < arguments->use_count; i++) {
		const struct option_use *use = &arguments->uses[i];
		json_t *text = use->first != NULL ? json_string(use->first) : json_null();

		if (text == NULL)
			return refuse(error, "--%s '%s' is not valid UTF-8", use->option->name,
				      use->first);
		json_decref(text);
	}
	for (size_t i = 0; i < arguments->command_count; i++) {
		json_t *text = json_string(arguments->command[i]);

		if (text == NULL)
			return refuse(error, "argument %zu of the command, '%s', is not "
				      "valid UTF-8", i, arguments->command[i]);
		json_decref(text);
	}
	return true;
}

bool study_from_arguments(json_t **out, const struct arguments *arguments, bool needs_command,
			  hpo_error_t *error)
{
	json_t *study = NULL;

	*out = NULL;
	if (arguments->word_count > 0)
		return refuse(error, "unexpected argument '%s': the command to run goes after --",
			      arguments->words[0]);
	if (!check_utf8(arguments, error))
		return false;

	study = base_study(arguments, error);
	if (study == NULL)
		return false;
	if (!parameters_from_arguments(study, arguments, error) ||
	    !objectives_from_arguments(study, arguments, error) ||
	    !apply_limits(study, arguments, error) || !apply_strategy(study, arguments, error) ||
	    !check_ignored(arguments, error) ||
	    !task_from_arguments(study, arguments, needs_command, error)) {
		json_decref(study);
		return false;
	}
	apply_name(study, arguments);
	apply_store(study, arguments);
	*out = study;
	return true;
}
