/*
 * A training program in C as a task of a ClearML server: its settings come from
 * there, its metrics go there, and it ends when somebody stops it there. An
 * agent starts it, or `hpo search --local`, or you, by
 *
 *	CLEARML_TASK_ID=<id of a draft> ./clearml_task
 *
 * Without a task it has its defaults, and prints what it would report.
 */
#include <hpo.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static hpo_error_t error;

static void check(hpo_status_t status)
{
	if (status < 0) {
		fprintf(stderr, "%s\n", error.message);
		exit(EXIT_FAILURE);
	}
}

static void wait_for(double seconds)
{
	struct timespec time = { (time_t)seconds, (long)(1e9 * (seconds - floor(seconds))) };

	nanosleep(&time, NULL);
}

int main(void)
{
	hpo_task_t *task;
	int64_t epochs, is_nesterov;
	double lr, pause;
	double x = 4, v = 0;
	hpo_status_t status = HPO_OK;

	/* "lr" is Args/lr, or General/lr, or whatever section the task has it in. */
	check(hpo_task_current(&task, &error));
	epochs = hpo_task_get_int(task, "epochs", 5);
	lr = hpo_task_get_float(task, "lr", 0.1);
	is_nesterov = hpo_task_get_int(task, "nesterov", 0);
	pause = hpo_task_get_float(task, "pause", 0);
	if (strcmp(hpo_task_get_text(task, "optimizer", "sgd"), "sgd") != 0) {
		fprintf(stderr, "optimizer: only sgd is known\n");
		return EXIT_FAILURE;
	}

	/* Descent with momentum on x² / 2. */
	for (int64_t epoch = 1; epoch <= epochs && status != HPO_DONE; epoch++) {
		double ahead = is_nesterov ? x + 0.5 * v : x;

		v = 0.5 * v - lr * ahead;
		x += v;
		wait_for(pause);
		status = hpo_task_report(task, "validation/loss", epoch, x * x / 2, &error);
		check(status);
	}

	/* What was reported last is sent; a task that we started is completed. */
	hpo_task_free(task);
	return EXIT_SUCCESS;
}
