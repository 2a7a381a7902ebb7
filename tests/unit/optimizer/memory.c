/*
 * Memory that runs out at every allocation of a study's life: an error, no
 * leak, and nothing half done.
 */
#include "hpo.h"
#include "support/alloc.h"

#include <check.h>

Suite *unit_optimizer_memory(void);

static const char study[] =
	"{\"name\":\"t\",\"objectives\":[{\"series\":\"loss\",\"goal\":\"min\"}],"
	"\"parameters\":[{\"name\":\"x\",\"type\":\"float\",\"low\":-2,\"high\":3},"
	"{\"name\":\"o\",\"type\":\"categorical\",\"choices\":[\"sgd\",\"adam\"]},"
	"{\"name\":\"m\",\"type\":\"float\",\"low\":0,\"high\":1,\"when\":{\"o\":[\"sgd\"]}}],"
	"\"strategy\":{\"name\":\"tpe\",\"seed\":4,\"startup_trials\":2},"
	"\"pruner\":{\"name\":\"asha\"},\"limits\":{\"max_iterations\":9}}";

/* What one call of a char * gives, turned into a status and freed. */
static hpo_status_t taken(char *text, const hpo_error_t *error)
{
	const int missing = text == NULL;

	hpo_free(text);
	return missing ? (hpo_status_t)error->code : HPO_OK;
}

static hpo_status_t one_trial(hpo_optimizer_t *opt, int number, hpo_error_t *error)
{
	hpo_trial_t *trial = NULL;
	hpo_status_t status = hpo_optimizer_ask(opt, &trial, error);
	const double value = 2.385 - number;

	if (status == HPO_OK)
		status = hpo_trial_report(trial, 1, value, error);
	if (status == HPO_OK)
		status = hpo_trial_set_attribute(trial, "host", "\"a\"", error);
	if (status == HPO_OK)
		status = taken(hpo_trial_params_json(trial), &(hpo_error_t){HPO_ENOMEM, ""});
	if (status == HPO_OK)
		status = number == 3 ? hpo_trial_prune(trial, error)
				     : hpo_trial_tell(trial, &value, 1, error);
	hpo_trial_free(trial);
	return status;
}

static hpo_status_t live_a_study(void *user)
{
	hpo_progress_t progress = {.struct_size = sizeof progress};
	hpo_optimizer_t *opt = NULL;
	hpo_error_t error = {0, ""};
	hpo_status_t status;

	(void)user;
	status = hpo_optimizer_from_json(&opt, study, &error);
	if (status == HPO_OK)
		status = hpo_optimizer_enqueue_trial(opt, "{\"x\":1,\"o\":\"adam\"}", &error);
	if (status == HPO_OK)
		status = hpo_optimizer_import_trial(
			opt, "{\"params\":{\"x\":2,\"o\":\"sgd\",\"m\":0.5},\"values\":[1.5]}",
			&error);
	for (int i = 0; i < 6 && status == HPO_OK; i++)
		status = one_trial(opt, i, &error);
	if (status == HPO_OK)
		status = hpo_optimizer_progress(opt, &progress, &error);
	if (status == HPO_OK)
		status = taken(hpo_optimizer_best_json(opt, &error), &error);
	if (status == HPO_OK)
		status = taken(hpo_optimizer_top_json(opt, 5, 0, &error), &error);
	if (status == HPO_OK)
		status = taken(hpo_optimizer_study_json(opt, &error), &error);
	hpo_optimizer_free(opt);
	return status;
}

START_TEST(a_study_survives_memory_that_runs_out_anywhere)
{
	hpo_test_each_allocation(live_a_study, NULL);
}
END_TEST

static hpo_status_t check_task(void *user)
{
	(void)user;
	return hpo_optimizer_check_task(
		"{\"name\":\"t\",\"objectives\":[{\"series\":\"loss\",\"goal\":\"min\"}],"
		"\"parameters\":[{\"name\":\"x\",\"type\":\"float\",\"low\":0,\"high\":1}],"
		"\"task\":{\"command\":[\"sh\",\"{x}\"],\"env\":{\"A\":\"1\"}}}",
		NULL);
}

START_TEST(a_task_is_checked_where_memory_runs_out_anywhere)
{
	hpo_test_each_allocation(check_task, NULL);
}
END_TEST

Suite *unit_optimizer_memory(void)
{
	Suite *suite = suite_create("optimizer/memory");
	TCase *tests = tcase_create("memory");

	tcase_add_test(tests, a_study_survives_memory_that_runs_out_anywhere);
	tcase_add_test(tests, a_task_is_checked_where_memory_runs_out_anywhere);
	tcase_set_timeout(tests, 300);
	suite_add_tcase(suite, tests);
	return suite;
}
