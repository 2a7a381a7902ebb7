/*
 * Adds a backend of its own, and runs trials on it. Start yours from this file.
 *
 * A backend runs clones of a base task somewhere. Here that is a table of jobs
 * in this process, each done when poll() looks; a real one talks to a cluster
 * or a device. What else stands under `task` in the study is the backend's own
 * business: this one reads nothing from it.
 */
#include <hpo.h>
#include <hpo/plugin/backend.h>
#include <stdio.h>
#include <stdlib.h>

enum { JOBS = 8 };

struct job {
	double x;
	int queued;
};

struct table_state {
	struct job jobs[JOBS]; /* one for each of the places that trials run in */
};

static hpo_status_t table_open(void *state, const hpo_backend_setup_t *setup, hpo_error_t *error)
{
	(void)state;
	if (setup->concurrent <= JOBS)
		return HPO_OK;
	if (error != NULL) {
		error->code = HPO_EINVAL;
		snprintf(error->message, sizeof error->message,
			 "limits.concurrent: the table has %d places, not %d", JOBS, setup->concurrent);
	}
	return HPO_EINVAL;
}

static struct job *find(struct table_state *s, const hpo_task_id_t *id)
{
	return &s->jobs[strtoul(id->text, NULL, 10) % JOBS];
}

static hpo_status_t table_clone(void *state, hpo_trial_t *trial, int limit_ms, hpo_task_id_t *id,
				hpo_error_t *error)
{
	struct job *job;

	(void)limit_ms;
	snprintf(id->text, sizeof id->text, "%d", hpo_trial_slot(trial));
	job = find(state, id);
	job->queued = 0;
	return hpo_trial_get_float(trial, "x", &job->x, error);
}

static hpo_status_t table_enqueue(void *state, const hpo_task_id_t *id, int limit_ms,
				  hpo_error_t *error)
{
	(void)limit_ms;
	(void)error;
	find(state, id)->queued = 1;
	return HPO_OK;
}

/* Tell of each job what it reported, then how it ended. */
static hpo_status_t table_poll(void *state, const hpo_task_id_t *ids, size_t count, int limit_ms,
			       const hpo_task_sink_t *sink, hpo_error_t *error)
{
	(void)limit_ms;
	(void)error;
	for (size_t i = 0; i < count; i++) {
		const struct job *job = find(state, &ids[i]);
		hpo_task_status_t status = {.state = HPO_TASK_QUEUED, .running_s = -1};

		if (job->queued) {
			status.state = HPO_TASK_COMPLETED;
			sink->report(sink->user, i, 1, "loss", (job->x - 3) * (job->x - 3));
		}
		sink->state(sink->user, i, &status);
	}
	return HPO_OK;
}

static const hpo_backend_ops_t table = {
	.struct_size = sizeof table,
	.name = "table",
	.state_size = sizeof(struct table_state),
	.open = table_open,
	.clone = table_clone,
	.enqueue = table_enqueue,
	.poll = table_poll,
};

int main(void)
{
	hpo_optimizer_t *optimizer = NULL;
	hpo_progress_t progress = {.struct_size = sizeof progress};
	hpo_error_t error;

	if (hpo_register_backend(&table, &error) < 0 ||
	    hpo_optimizer_from_json(&optimizer,
		"{\"objectives\": [{\"series\": \"loss\", \"goal\": \"min\"}],"
		" \"parameters\": [{\"name\": \"x\", \"type\": \"float\", \"low\": 0, \"high\": 10}],"
		" \"strategy\": {\"name\": \"sobol\", \"seed\": 1},"
		" \"limits\": {\"trials\": 64, \"concurrent\": 4},"
		" \"task\": {\"backend\": \"table\"}}", &error) < 0 ||
	    hpo_optimizer_start(optimizer, &error) < 0 ||
	    hpo_optimizer_wait(optimizer, -1, &error) < 0 ||
	    hpo_optimizer_progress(optimizer, &progress, &error) < 0) {
		fprintf(stderr, "%s\n", error.message);
		return EXIT_FAILURE;
	}
	printf("%d jobs done, the best loss is %.4f\n", (int)progress.completed, progress.best_value);
	hpo_optimizer_free(optimizer);
	return EXIT_SUCCESS;
}
