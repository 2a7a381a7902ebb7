/*
 * A training program that takes its settings from whoever started it, and
 * reports to them: `hpo search`, or nobody.
 *
 *	hpo search --param 'lr=float(1e-4,1,log)' --param 'momentum=float(0,0.99)' \
 *		--minimize loss --total-max-jobs 20 -- ./task
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

int main(void)
{
	hpo_task_t *task;
	double lr, momentum;
	double x = 4, y = 3, vx = 0, vy = 0;

	check(hpo_task_current(&task, &error));
	lr = hpo_task_get_float(task, "lr", 0.01);
	momentum = hpo_task_get_float(task, "momentum", 0);

	/* Gradient descent with momentum in a long valley: f(x, y) = x² / 2 + 10 y². */
	for (int step = 1; step <= 10; step++) {
		vx = momentum * vx - lr * x;
		vy = momentum * vy - lr * 20 * y;
		x += vx;
		y += vy;
		check(hpo_task_report(task, "loss", step, x * x / 2 + 10 * y * y, &error));
	}

	hpo_task_free(task);
	return EXIT_SUCCESS;
}
