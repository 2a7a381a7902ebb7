/*
 * Parameters and the task object, held against the base task.
 */
#include "unit/backend/clearml_values.h"

#include "support/alloc.h"

#include <stdio.h>

/* The last line that was logged. */
static char logged[1200];

static void keep_line(hpo_log_level_t level, const char *message, void *user)
{
	(void)user;
	if (level >= HPO_LOG_WARNING)
		snprintf(logged, sizeof logged, "%s", message);
}

static hpo_status_t check(const char *task_text, const char *study_text, bool allow_unknown,
			  hpo_error_t *error)
{
	const struct hpo_log log = {keep_line, NULL};
	hpo_json_t *task = parse(task_text);
	hpo_json_t *study = parse(study_text);
	hpo_status_t status;

	logged[0] = '\0';
	*error = (hpo_error_t){0, ""};
	status = hpo__clearml_check(task, study, allow_unknown, &log, error);
	hpo__json_free(study);
	hpo__json_free(task);
	return status;
}

/* A study of one parameter, and what the check says of it; "" for nothing. */
static const struct {
	const char *parameter, *sentence;
} checks[] = {
	{"\"name\":\"lr\",\"type\":\"float\",\"low\":0,\"high\":1", ""},
	{"\"name\":\"General/lr\",\"type\":\"float\",\"low\":0,\"high\":1", ""},
	{"\"name\":\"Args/epochs\",\"type\":\"int\",\"low\":1,\"high\":9", ""},
	{"\"name\":\"Args/epochs\",\"type\":\"float\",\"low\":0,\"high\":64,\"step\":8", ""},
	{"\"name\":\"Args/use_bn\",\"type\":\"bool\"", ""},
	{"\"name\":\"Args/use_bn\",\"type\":\"categorical\",\"choices\":[\"True\",\"false\"]", ""},
	{"\"name\":\"Args/use_bn\",\"type\":\"categorical\",\"choices\":[0,1]", ""},
	{"\"name\":\"old\",\"type\":\"int\",\"low\":1,\"high\":9", ""},
	{"\"name\":\"Hydra/a.b.c\",\"type\":\"int\",\"low\":1,\"high\":9", ""},
	{"\"name\":\"properties/mine\",\"type\":\"int\",\"low\":1,\"high\":9", ""},
	{"\"name\":\"Args/lr\",\"type\":\"float\",\"low\":0,\"high\":1",
	 "parameter 'Args/lr': base task 'train' has no 'Args/lr'; did you mean 'General/lr'?"},
	{"\"name\":\"epochs\",\"type\":\"int\",\"low\":1,\"high\":9",
	 "parameter 'epochs': base task 'train' has no 'General/epochs'; did you mean "
	 "'Args/epochs'?"},
	{"\"name\":\"Args/epoch\",\"type\":\"int\",\"low\":1,\"high\":9",
	 "parameter 'Args/epoch': base task 'train' has no 'Args/epoch'; did you mean "
	 "'Args/epochs'?"},
	{"\"name\":\"General/momentun\",\"type\":\"float\",\"low\":0,\"high\":1",
	 "parameter 'General/momentun': base task 'train' has no 'General/momentun'; did you mean "
	 "'Args/momentum'?"},
	{"\"name\":\"General/zzzzzzz\",\"type\":\"float\",\"low\":0,\"high\":1",
	 "parameter 'General/zzzzzzz': base task 'train' has no 'General/zzzzzzz', but "
	 "'General/lr', 'General/net/depth', 'Args/epochs', 'Args/use_bn' and 5 more; "
	 "task.allow_unknown adds what is not there"},
	{"\"name\":\"Args/epochs\",\"type\":\"float\",\"low\":1,\"high\":9",
	 "parameter 'Args/epochs': the base task has it as an int: make it an int parameter, or "
	 "change its type in the base task"},
	{"\"name\":\"Args/epochs\",\"type\":\"float\",\"low\":1,\"high\":2,\"step\":0.5",
	 "parameter 'Args/epochs': the base task has it as an int, which cannot be '1.5'; make it "
	 "an int parameter, or change its type in the base task"},
	{"\"name\":\"Args/epochs\",\"type\":\"categorical\",\"choices\":[1,2.5]",
	 "parameter 'Args/epochs': the base task has it as an int, which cannot be '2.5'; make it "
	 "an int parameter, or change its type in the base task"},
	{"\"name\":\"Args/use_bn\",\"type\":\"categorical\",\"choices\":[\"auto\",true]",
	 "parameter 'Args/use_bn': the base task has it as a bool, which cannot be 'auto'; give it "
	 "true and false, or change its type in the base task"},
	{"\"name\":\"Args/use_bn\",\"type\":\"int\",\"low\":0,\"high\":1",
	 "parameter 'Args/use_bn': the base task has it as a bool: make it a bool parameter, or "
	 "change its type in the base task"},
	{"\"name\":\"Args/\",\"type\":\"int\",\"low\":0,\"high\":1",
	 "parameter 'Args/': expected 'section/name', both not empty"},
	{"\"name\":\"/lr\",\"type\":\"int\",\"low\":0,\"high\":1",
	 "parameter '/lr': expected 'section/name', both not empty"},
	{"\"name\":\"properties/hpo_trial\",\"type\":\"int\",\"low\":0,\"high\":1",
	 "parameter 'properties/hpo_trial': properties that begin with hpo_ are the optimizer's "
	 "own: choose another name"},
};

START_TEST(a_parameter_is_held_against_the_base_task)
{
	hpo_error_t error;
	char study[600];
	hpo_status_t status;

	snprintf(study, sizeof study, "{\"parameters\":[{%s}]}", checks[_i].parameter);
	status = check(base_task, study, false, &error);

	ck_assert_str_eq(error.message, checks[_i].sentence);
	ck_assert_int_eq(status, checks[_i].sentence[0] == '\0' ? HPO_OK : HPO_EINVAL);
	ck_assert_str_eq(logged, "");
}
END_TEST

START_TEST(unknown_parameters_can_be_allowed_and_are_told)
{
	hpo_error_t error;

	ck_assert_int_eq(check(base_task,
			       "{\"parameters\":[{\"name\":\"new\",\"type\":\"bool\"}]}", true,
			       &error),
			 HPO_OK);

	ck_assert_str_eq(logged, "parameter 'new': base task 'train' has no 'General/new'; it is "
				 "added to each clone");
}
END_TEST

START_TEST(a_task_that_never_ran_is_told_to_run)
{
	hpo_error_t error;

	ck_assert_int_eq(check("{\"id\":\"b9\"}",
			       "{\"parameters\":[{\"name\":\"x\",\"type\":\"bool\"}]}", false,
			       &error),
			 HPO_EINVAL);

	ck_assert_str_eq(error.message,
			 "parameter 'x': base task 'b9' has no parameters: run it once so that it "
			 "notes them, or set task.allow_unknown to add them to its clones");
}
END_TEST

START_TEST(two_names_of_one_item_are_refused)
{
	hpo_error_t error;

	ck_assert_int_eq(check(base_task,
			       "{\"parameters\":[{\"name\":\"lr\",\"type\":\"float\",\"low\":0,"
			       "\"high\":1},{\"name\":\"General/lr\",\"type\":\"float\",\"low\":0,"
			       "\"high\":1}]}",
			       false, &error),
			 HPO_EINVAL);

	ck_assert_str_eq(error.message, "parameters 'lr' and 'General/lr' are both 'General/lr' of "
					"the base task: drop one");
}
END_TEST

START_TEST(a_name_may_be_in_several_combinations_of_a_set)
{
	hpo_error_t error;

	ck_assert_int_eq(check(base_task,
			       "{\"parameters\":[{\"type\":\"ParameterSet\",\"values\":["
			       "{\"Args/epochs\":1,\"lr\":0.5},{\"Args/epochs\":2}]}]}",
			       false, &error),
			 HPO_OK);
	ck_assert_int_eq(check(base_task,
			       "{\"parameters\":[{\"type\":\"ParameterSet\",\"values\":["
			       "{\"Args/epochs\":1},{\"Args/epochs\":2.5}]}]}",
			       false, &error),
			 HPO_EINVAL);
}
END_TEST

START_TEST(hydra_that_takes_no_parameters_is_warned_of)
{
	hpo_error_t error;

	ck_assert_int_eq(
		check("{\"name\":\"h\",\"hyperparams\":{\"Hydra\":{\"_allow_omegaconf_edit_\":"
		      "{\"value\":\"True\",\"type\":\"bool\"}}}}",
		      "{\"parameters\":[{\"name\":\"Hydra/a.b\",\"type\":\"bool\"}]}", false,
		      &error),
		HPO_OK);

	ck_assert_ptr_nonnull(strstr(logged, "Hydra/_allow_omegaconf_edit_ is True"));
}
END_TEST

START_TEST(a_base_task_without_hydra_takes_no_overrides_of_it)
{
	hpo_error_t error;

	ck_assert_int_eq(check("{\"name\":\"h\",\"hyperparams\":{\"Args\":{\"x\":{\"value\":\"1\"}}"
			       "}}",
			       "{\"parameters\":[{\"name\":\"Hydra/a.b\",\"type\":\"bool\"}]}",
			       false, &error),
			 HPO_EINVAL);

	ck_assert_str_eq(error.message, "parameter 'Hydra/a.b': base task 'h' has no 'Hydra/a.b', "
					"but 'Args/x'; task.allow_unknown adds what is not there");
}
END_TEST

/* The `task` object of a study, and what the check says of it. */
static const struct {
	const char *settings, *sentence;
} settings[] = {
	{"\"configuration\":{\"OmegaConf\":\"lr: {lr}\"}", ""},
	{"\"overrides\":{\"script.branch\":\"x\"}", ""},
	{"\"configuration\":{\"OmegaConv\":\"x\"}",
	 "task.configuration: base task 'train' has no configuration object 'OmegaConv'; did you "
	 "mean 'OmegaConf'?"},
	{"\"configuration\":{\"zzz\":\"x\"}",
	 "task.configuration: base task 'train' has no configuration object 'zzz'; "
	 "task.allow_unknown adds what is not there"},
	{"\"configuration\":{\"OmegaConf\":{}}",
	 "OmegaConf: expected a string, got an object"},
	{"\"overrides\":{\"script.branhc\":\"x\"}",
	 "task.overrides: 'script.branhc' is no field that can be overridden; did you mean "
	 "'script.branch'?"},
	{"\"overrides\":{\"script\":{\"zzzzzzzz\":1}}",
	 "task.overrides: 'script.zzzzzzzz' is no field that can be overridden: expected script.…, "
	 "container.…, execution.…, output_dest, type or runtime.…"},
	{"\"overrides\":{\"script.branch\":1}",
	 "task.overrides: 'script.branch': expected a string, got an integer"},
	{"\"overrides\":{\"hyperparams.Args.x\":\"1\"}",
	 "task.overrides: 'hyperparams.Args.x': a parameter is set by the study's parameters: give "
	 "it one choice"},
	{"\"overrides\":{\"configuration\":{}}",
	 "task.overrides: 'configuration': set it by task.configuration"},
};

START_TEST(the_task_object_is_held_against_the_base_task)
{
	hpo_error_t error;
	char study[600];

	snprintf(study, sizeof study,
		 "{\"parameters\":[{\"name\":\"lr\",\"type\":\"float\",\"low\":0,\"high\":1}],"
		 "\"task\":{%s}}",
		 settings[_i].settings);
	check(base_task, study, false, &error);

	ck_assert_str_eq(error.message, settings[_i].sentence);
}
END_TEST

struct held {
	hpo_json_t *task, *study;
};

static hpo_status_t refuse_unknown(void *user)
{
	const struct held *held = user;
	const struct hpo_log log = {NULL, NULL};
	hpo_error_t error = {0, ""};
	hpo_status_t status = hpo__clearml_check(held->task, held->study, false, &log, &error);

	return status == HPO_EINVAL ? HPO_OK : status;
}

START_TEST(every_failing_allocation_of_a_suggestion_is_survived)
{
	struct held held = {
		parse(base_task),
		parse("{\"parameters\":[{\"name\":\"Args/lr\",\"type\":\"float\",\"low\":0,"
		      "\"high\":1}]}")};

	hpo_test_each_allocation(refuse_unknown, &held);

	hpo__json_free(held.task);
	hpo__json_free(held.study);
}
END_TEST

Suite *unit_backend_clearml_values_check(void);
Suite *unit_backend_clearml_values_check(void)
{
	Suite *suite = suite_create("backend/clearml_values_check");
	TCase *cases = tcase_create("check");

	tcase_add_loop_test(cases, a_parameter_is_held_against_the_base_task, 0,
			    sizeof checks / sizeof *checks);
	tcase_add_test(cases, unknown_parameters_can_be_allowed_and_are_told);
	tcase_add_test(cases, a_task_that_never_ran_is_told_to_run);
	tcase_add_test(cases, two_names_of_one_item_are_refused);
	tcase_add_test(cases, a_name_may_be_in_several_combinations_of_a_set);
	tcase_add_test(cases, hydra_that_takes_no_parameters_is_warned_of);
	tcase_add_test(cases, a_base_task_without_hydra_takes_no_overrides_of_it);
	tcase_add_loop_test(cases, the_task_object_is_held_against_the_base_task, 0,
			    sizeof settings / sizeof *settings);
	tcase_add_test(cases, every_failing_allocation_of_a_suggestion_is_survived);
	suite_add_tcase(suite, cases);
	return suite;
}
