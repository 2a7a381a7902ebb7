/* Finds the settings at which a function is smallest, by ask and tell. */
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

/* Stands for your training program: the loss that these settings lead to. */
static double train(double lr, int64_t layers)
{
	double distance = (lr - 0.01) * 100;

	return distance * distance + (double)((layers - 3) * (layers - 3));
}

int main(void)
{
	hpo_optimizer_options_t options = HPO_OPTIMIZER_OPTIONS_INIT;
	hpo_optimizer_t *optimizer;
	hpo_space_t *space;
	hpo_trial_t *trial;
	hpo_status_t status;
	char *best;

	check(hpo_space_new(&space, &error));
	check(hpo_space_add_float(space, "lr", 1e-5, 1e-1, HPO_SCALE_LOG, &error));
	check(hpo_space_add_int(space, "layers", 1, 4, HPO_SCALE_LINEAR, &error));

	options.space = space;
	options.limits.trials = 60;
	options.seed = 1;
	check(hpo_optimizer_new(&optimizer, &options, &error));

	while ((status = hpo_optimizer_ask(optimizer, &trial, &error)) == HPO_OK) {
		double lr, loss;
		int64_t layers;

		check(hpo_trial_get_float(trial, "lr", &lr, &error));
		check(hpo_trial_get_int(trial, "layers", &layers, &error));
		loss = train(lr, layers);
		check(hpo_trial_tell(trial, &loss, 1, &error));
		hpo_trial_free(trial);
	}
	check(status); /* HPO_DONE: all 60 were told */

	best = hpo_optimizer_best_json(optimizer, &error);
	check((hpo_status_t)error.code);
	printf("%s\n", best);

	hpo_free(best);
	hpo_optimizer_free(optimizer);
	hpo_space_free(space);
	return EXIT_SUCCESS;
}
