/*
 * Tunes a task of a ClearML server: clones it, enqueues the clones for agents,
 * stops the bad ones early. Where the server is, and who we are, it finds in
 * clearml.conf or the environment, as ClearML's own programs do.
 *
 *	clearml BASE_TASK QUEUE [TRIALS]
 */
#include <hpo.h>
#include <stdio.h>
#include <stdlib.h>

static hpo_error_t error;

static void check(hpo_status_t status)
{
	if (status < 0) {
		fprintf(stderr, "%s\n", error.message);
		exit(EXIT_FAILURE);
	}
}

static void say(hpo_log_level_t level, const char *message, void *user)
{
	(void)user;
	if (level >= HPO_LOG_WARNING)
		fprintf(stderr, "%s\n", message);
}

static hpo_status_t on_ended(int64_t number, const char *trial_json, int is_best, void *user)
{
	(void)number;
	(void)user;
	printf("%s%s\n", trial_json, is_best ? " is the best so far" : "");
	return HPO_OK;
}

int main(int argc, char **argv)
{
	const hpo_objective_t loss = {"validation", "loss", HPO_GOAL_MIN_GLOBAL};
	hpo_optimizer_options_t options = HPO_OPTIMIZER_OPTIONS_INIT;
	hpo_optimizer_t *optimizer;
	hpo_space_t *space;
	char task[300];
	char *best;

	if (argc < 3) {
		printf("usage: clearml BASE_TASK QUEUE [TRIALS]\n");
		return EXIT_SUCCESS;
	}
	snprintf(task, sizeof task,
		 "{\"backend\":\"clearml\",\"base_task\":\"%s\",\"queue\":\"%s\","
		 "\"poll_seconds\":1}", argv[1], argv[2]);

	check(hpo_space_new(&space, &error));
	check(hpo_space_add_float(space, "Args/lr", 1e-3, 1, HPO_SCALE_LOG, &error));
	check(hpo_space_add_int(space, "Args/layers", 1, 3, HPO_SCALE_LINEAR, &error));
	check(hpo_space_add_float(space, "General/momentum", 0, 0.95, HPO_SCALE_LINEAR, &error));

	options.name = "from C";
	options.space = space;
	options.objectives = &loss;
	options.objective_count = 1;
	options.pruner = "asha";
	options.limits.trials = argc > 3 ? atoi(argv[3]) : 40;
	options.limits.concurrent = 4;
	options.limits.min_iterations = 2;
	options.limits.keep_top = 10;
	options.task_json = task;
	options.log = say;
	check(hpo_optimizer_new(&optimizer, &options, &error));
	hpo_optimizer_set_ended(optimizer, on_ended, NULL);
	check(hpo_optimizer_start(optimizer, &error));
	check(hpo_optimizer_wait(optimizer, -1, &error));

	best = hpo_optimizer_best_json(optimizer, &error);
	check((hpo_status_t)error.code);
	printf("%s\n", best);

	hpo_free(best);
	hpo_optimizer_free(optimizer);
	hpo_space_free(space);
	return EXIT_SUCCESS;
}
