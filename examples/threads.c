/* Minimises an objective function of this program on four threads at once. */
#include <hpo.h>
#include <math.h>
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

/*
 * Simulates a training of 20 epochs. It runs on a thread of the library, up to
 * four times at once, so it touches nothing but its own trial.
 */
static hpo_status_t objective(hpo_trial_t *trial, double *values, void *user)
{
	hpo_error_t why; /* the global one would be shared by all threads */
	hpo_status_t status;
	double x, y;

	(void)user;
	status = hpo_trial_get_float(trial, "x", &x, &why);
	if (status < 0)
		return status;
	status = hpo_trial_get_float(trial, "y", &y, &why);
	if (status < 0)
		return status;

	for (int epoch = 1; epoch <= 20; epoch++) {
		values[0] = pow(1 - x, 2) + 100 * pow(y - x * x, 2) + 1.0 / epoch;
		status = hpo_trial_report(trial, epoch, values[0], &why);
		if (status < 0)
			return status;
		if (hpo_trial_should_stop(trial))
			return HPO_DONE;
	}
	return HPO_OK;
}

int main(void)
{
	hpo_optimizer_options_t options = HPO_OPTIMIZER_OPTIONS_INIT;
	hpo_progress_t progress = {.struct_size = sizeof progress};
	hpo_optimizer_t *optimizer;
	hpo_space_t *space;

	check(hpo_space_new(&space, &error));
	check(hpo_space_add_text(space, "x=float(-2,2)", &error));
	check(hpo_space_add_text(space, "y=float(-1,3)", &error));

	/* A Sobol point depends on the trial's number alone, so four threads change nothing. */
	options.space = space;
	options.strategy = "sobol";
	options.seed = 1;
	options.limits.trials = 200;
	options.limits.concurrent = 4;
	check(hpo_optimizer_new(&optimizer, &options, &error));
	hpo_space_free(space);

	check(hpo_optimizer_run(optimizer, objective, NULL, 4, &error));

	check(hpo_optimizer_progress(optimizer, &progress, &error));
	printf("%d trials completed on 4 threads, the best is number %d with %.4f\n",
	       (int)progress.completed, (int)progress.best_number, progress.best_value);

	hpo_optimizer_free(optimizer);
	return EXIT_SUCCESS;
}
