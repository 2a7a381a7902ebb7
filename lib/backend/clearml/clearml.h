/*
 * The backend that runs trials as tasks of a ClearML server: what its parts
 * share. One state a run; everything but `waker` is for the driving thread.
 */
#ifndef HPO_BACKEND_CLEARML_CLEARML_H
#define HPO_BACKEND_CLEARML_CLEARML_H

#include "backend/clearml/events.h"
#include "backend/clearml/session.h"
#include "hpo/plugin/backend.h"
#include "os/thread.h"

/* The `task` object of a study file, as this backend reads it. Texts are the settings' own. */
struct hpo_clearml_settings {
	char *base_task;        /* id; or NULL where `script` makes one */
	char *script;           /* a Python file to make a base task from; or NULL */
	char **args;            /* [arg_count], NAME=VALUE in its section Args */
	size_t arg_count;
	char *queue;            /* name; NULL where clones run here */
	char *project;          /* of the clones, by name; NULL: the base task's */
	char *name;             /* template of a clone's name; NULL: ClearML's scheme */
	char *optimizer_project; /* by name; NULL: the base task's */
	char *optimizer_name;   /* NULL: "Optimizing: <base name>" */
	char **tags;            /* [tag_count], of the clones, beside ours */
	size_t tag_count;
	char *overrides_json;   /* task fields, {"script.branch": "x"}; or NULL */
	char *configuration_json; /* texts of configuration objects; or NULL */
	char *server;           /* address; or NULL: what the configuration says */
	char *config_file;      /* or NULL */
	char *log_dir;          /* of clones that run here; or NULL */
	bool is_local;          /* clones run on this machine */
	bool allow_unknown;     /* parameters that the base task does not have are fine */
	double poll_s;          /* seconds between two looks at the live clones */
	double grace_s;         /* of clones that run here */
};

/* What is known of the base task. */
struct hpo_clearml_base {
	char *id, *name, *project; /* project is an id, or NULL */
	hpo_json_t *reply;         /* owns: */
	const hpo_json_t *task;    /* all of it, as tasks.get_by_id gave it */
};

/* The task that stands for the study itself; parent of every clone. */
struct hpo_clearml_optimizer {
	char *id, *project; /* project is an id, or NULL */
	bool taken_over;    /* this process runs as it: CLEARML_TASK_ID */
	bool read_only;     /* its status allows no writing: nothing is reported */
	bool ended;         /* its end was told to the server */
	double next_ping;   /* monotonic */
	struct hpo_clearml_events events; /* that wait for the server */
};

struct hpo_clearml_clones; /* clones.h */
struct hpo_clearml_local;  /* local.h */

struct hpo_clearml {
	struct hpo_log log;
	struct hpo_waker waker; /* set: give up what is under way */
	struct hpo_clearml_settings settings;
	struct hpo_clearml_config config;
	hpo_clearml_session_t *session;
	char *study_name, *study_id, *study_json;
	hpo_json_t *study;      /* the same, parsed */
	int concurrent;
	bool is_local;          /* the clones run on this machine */
	char *queue_id;         /* NULL when local */
	char *driver_id;        /* names this process among the drivers of the study */
	struct hpo_clearml_base base;
	struct hpo_clearml_optimizer optimizer;
	struct hpo_clearml_clones *clones;
	struct hpo_clearml_local *local;
};

/* The properties by which a clone is known again: section "properties" of its parameters. */
#define HPO__CLEARML_STUDY "hpo_study"     /* study_id */
#define HPO__CLEARML_TRIAL "hpo_trial"     /* the trial's number */
#define HPO__CLEARML_ATTEMPT "hpo_attempt" /* 0, 1, … */
#define HPO__CLEARML_DRIVER "hpo_driver"   /* driver_id of who cloned it */

/* settings.c: read the `task` object. HPO_EINVAL names the member. */
hpo_status_t hpo__clearml_settings_read(struct hpo_clearml_settings *settings,
					const char *task_json, bool is_local, hpo_error_t *error);
void hpo__clearml_settings_release(struct hpo_clearml_settings *settings);

#endif
