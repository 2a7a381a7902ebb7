/*
 * A command as a task: the base task that a study file names, and the command
 * lines of its clones.
 */
#ifndef HPO_BACKEND_BASE_TASK_H
#define HPO_BACKEND_BASE_TASK_H

#include "backend/environment.h"
#include "hpo/trial.h"

struct hpo_base_task {
	char **command; /* [count], ended by NULL */
	size_t count;
	struct hpo_environment environment; /* ours with that of the task */
	char *folder;			    /* where it runs, absolute */
	char *here;	  /* where the study was opened, absolute: relative names start there */
	char *log_folder; /* absolute */
	double grace_s;
};

#define HPO__BASE_TASK_INIT                                                                        \
	{                                                                                          \
		NULL, 0, HPO__ENVIRONMENT_INIT, NULL, NULL, NULL, 1.0                              \
	}

/* Read the `task` object; HPO_EINVAL if it is wrong or its program cannot be executed. */
hpo_status_t hpo__base_task_read(struct hpo_base_task *base, const char *task_json,
				 const char *study, hpo_error_t *error);
void hpo__base_task_release(struct hpo_base_task *base);

/* What it takes to run one clone. */
struct hpo_clone {
	char *path;
	char **argv;
	struct hpo_environment environment;
};

#define HPO__CLONE_INIT                                                                            \
	{                                                                                          \
		NULL, NULL, HPO__ENVIRONMENT_INIT                                                  \
	}

hpo_status_t hpo__clone_make(struct hpo_clone *clone, const struct hpo_base_task *base,
			     const hpo_trial_t *trial, hpo_error_t *error);
void hpo__clone_release(struct hpo_clone *clone);

#endif
