/*
 * A study's settings onto a ClearML task and back.
 */
#include "backend/clearml/study_settings.h"

#include <check.h>
#include <string.h>

Suite *unit_backend_clearml_study_settings(void);

static const char plain[] =
	"{\"name\":\"s\",\"objectives\":[{\"title\":\"validation\",\"series\":\"loss\",\"goal\":"
	"\"min\"}],\"parameters\":[{\"name\":\"Args/lr\",\"type\":\"float\",\"low\":0.001,\"high\":1,"
	"\"scale\":\"log\"},{\"name\":\"Args/n\",\"type\":\"int\",\"low\":1,\"high\":4}],\"strategy\":"
	"{\"name\":\"tpe\",\"seed\":7},\"pruner\":{\"name\":\"asha\",\"eta\":4},\"limits\":{\"trials\":"
	"40,\"concurrent\":4,\"minutes\":0,\"keep_top\":10},\"task\":{\"backend\":\"clearml\","
	"\"base_task\":\"b\",\"queue\":\"q\",\"poll_seconds\":12}}";

static hpo_json_t *parse(const char *text)
{
	hpo_json_t *json = NULL;
	hpo_error_t error = {0, ""};

	ck_assert_msg(hpo__json_parse(&json, text, strlen(text), "text", &error) == HPO_OK,
		      "%s in %s", error.message, text);
	return json;
}

/* The task that a study makes; the caller's. */
static hpo_json_t *task_of(const char *study_text)
{
	struct hpo_buffer text = HPO__BUFFER_INIT;
	hpo_json_t *study = parse(study_text);
	hpo_json_t *task;

	hpo__buffer_text(&text, "{\"id\":\"1f0c\",\"hyperparams\":{\"General\":{");
	hpo__clearml_settings_items(study, false, &text);
	hpo__buffer_text(&text, "}},\"configuration\":{");
	hpo__clearml_settings_objects(study, false, &text);
	hpo__buffer_text(&text, "}}");
	task = parse(text.text);
	hpo__buffer_release(&text);
	hpo__json_free(study);
	return task;
}

/* The study that a task makes of a program's own; the caller's. */
static hpo_json_t *apply(const hpo_json_t *task, const char *own)
{
	struct hpo_buffer out = HPO__BUFFER_INIT;
	hpo_error_t error = {0, ""};
	hpo_json_t *study = parse(own);
	hpo_json_t *result;

	ck_assert_msg(hpo__clearml_settings_apply(task, study, &out, &error) == HPO_OK, "%s",
		      error.message);
	result = parse(out.text);
	hpo__buffer_release(&out);
	hpo__json_free(study);
	return result;
}

static const hpo_json_t *at(const hpo_json_t *json, const char *first, const char *second)
{
	return hpo__json_get(hpo__json_get(json, first), second);
}

START_TEST(a_study_comes_back_as_it_went)
{
	hpo_json_t *task = task_of(plain);
	hpo_json_t *study = apply(task, "{\"task\":{\"backend\":\"clearml\"}}");
	const hpo_json_t *objective = hpo__json_item(hpo__json_get(study, "objectives"), 0);
	const hpo_json_t *lr = hpo__json_item(hpo__json_get(study, "parameters"), 0);

	ck_assert(hpo__clearml_settings_there(task));
	ck_assert_str_eq(hpo__json_text(hpo__json_get(objective, "title")), "validation");
	ck_assert_str_eq(hpo__json_text(hpo__json_get(objective, "goal")), "min");
	ck_assert_str_eq(hpo__json_text(hpo__json_get(lr, "type")), "LogUniformParameterRange");
	ck_assert_double_eq(hpo__json_real(hpo__json_get(lr, "min_value")), -3);
	ck_assert_double_eq(hpo__json_real(hpo__json_get(lr, "max_value")), 0);
	ck_assert_int_eq(hpo__json_integer(at(study, "limits", "trials")), 40);
	ck_assert_int_eq(hpo__json_integer(at(study, "limits", "concurrent")), 4);
	ck_assert_int_eq(hpo__json_integer(at(study, "strategy", "seed")), 7);
	ck_assert_str_eq(hpo__json_text(at(study, "strategy", "name")), "tpe");
	ck_assert_str_eq(hpo__json_text(at(study, "pruner", "name")), "asha");
	ck_assert_int_eq(hpo__json_integer(at(study, "pruner", "eta")), 4);
	ck_assert_str_eq(hpo__json_text(at(study, "task", "base_task")), "b");
	ck_assert_double_eq(hpo__json_real(at(study, "task", "poll_seconds")), 12);
	ck_assert_ptr_null(at(study, "limits", "minutes")); /* 0 was no limit */

	hpo__json_free(study);
	hpo__json_free(task);
}
END_TEST

START_TEST(a_study_is_named_by_its_program_or_by_its_task)
{
	hpo_json_t *task = task_of(plain); /* of a study "s", of which it may be a clone */
	hpo_json_t *nameless = apply(task, "{}");
	hpo_json_t *named = apply(task, "{\"name\":\"mine\"}");

	ck_assert_str_eq(hpo__json_text(hpo__json_get(nameless, "name")), "1f0c");
	ck_assert_str_eq(hpo__json_text(hpo__json_get(named, "name")), "mine");

	hpo__json_free(named);
	hpo__json_free(nameless);
	hpo__json_free(task);
}
END_TEST

START_TEST(what_the_classes_of_ClearML_cannot_say_is_kept_whole)
{
	hpo_json_t *task = task_of(
		"{\"objectives\":[{\"series\":\"loss\",\"goal\":\"min\"}],\"parameters\":[{\"name\":"
		"\"n\",\"type\":\"int\",\"low\":1,\"high\":64,\"scale\":\"log\"}]}");
	hpo_json_t *study = apply(task, "{}");
	const hpo_json_t *n = hpo__json_item(hpo__json_get(study, "parameters"), 0);

	ck_assert_ptr_null(at(task, "configuration", "General"));
	ck_assert_str_eq(hpo__json_text(hpo__json_get(n, "scale")), "log");
	ck_assert_ptr_null(hpo__json_get(
		hpo__json_item(hpo__json_get(study, "objectives"), 0), "title"));

	hpo__json_free(study);
	hpo__json_free(task);
}
END_TEST

/* A task with one item of section General. */
static hpo_json_t *task_with(const char *name, const char *value)
{
	struct hpo_buffer text = HPO__BUFFER_INIT;
	hpo_json_t *task;

	hpo__buffer_format(&text, "{\"hyperparams\":{\"General\":{\"%s\":{\"value\":", name);
	hpo__buffer_json_text(&text, value);
	hpo__buffer_text(&text, "}}}}");
	task = parse(text.text);
	hpo__buffer_release(&text);
	return task;
}

START_TEST(what_somebody_set_on_the_page_wins_over_the_program)
{
	hpo_json_t *task = task_with("opt/optimizer_kwargs/total_max_jobs", "5");
	hpo_json_t *study = apply(task, plain);

	ck_assert_int_eq(hpo__json_integer(at(study, "limits", "trials")), 5);
	ck_assert_int_eq(hpo__json_integer(at(study, "limits", "concurrent")), 4);
	ck_assert_str_eq(hpo__json_text(at(study, "task", "queue")), "q");

	hpo__json_free(study);
	hpo__json_free(task);
}
END_TEST

static const char *const nothing[] = {"", "None", "null"};

START_TEST(an_empty_field_leaves_the_program_its_own)
{
	hpo_json_t *task = task_with("opt/base_task_id", nothing[_i]);
	hpo_json_t *study = apply(task, plain);

	ck_assert_str_eq(hpo__json_text(at(study, "task", "base_task")), "b");
	ck_assert(!hpo__clearml_settings_there(task));

	hpo__json_free(study);
	hpo__json_free(task);
}
END_TEST

START_TEST(minus_one_keeps_all_tasks)
{
	hpo_json_t *task = task_with("opt/save_top_k_tasks_only", "-1");
	hpo_json_t *study = apply(task, plain);

	ck_assert_int_eq(hpo__json_integer(at(study, "limits", "keep_top")), 0);

	hpo__json_free(study);
	hpo__json_free(task);
}
END_TEST

START_TEST(a_class_of_ClearML_names_a_strategy)
{
	hpo_json_t *task = task_with("opt/optimizer_class", "clearml.automation.GridSearch");
	hpo_json_t *study = apply(task, plain);

	ck_assert_str_eq(hpo__json_text(at(study, "strategy", "name")), "GridSearch");

	hpo__json_free(study);
	hpo__json_free(task);
}
END_TEST

START_TEST(lists_are_read_as_Python_prints_them)
{
	hpo_json_t *task = parse(
		"{\"hyperparams\":{\"General\":{\"opt/objective_metric_title\":{\"value\":\"['a', "
		"'b']\"},\"opt/objective_metric_series\":{\"value\":\"['x', 'y']\"},"
		"\"opt/objective_metric_sign\":{\"value\":\"['min', 'max']\"}}}}");
	hpo_json_t *study = apply(task, plain);
	const hpo_json_t *second = hpo__json_item(hpo__json_get(study, "objectives"), 1);

	ck_assert_uint_eq(hpo__json_size(hpo__json_get(study, "objectives")), 2);
	ck_assert_str_eq(hpo__json_text(hpo__json_get(second, "title")), "b");
	ck_assert_str_eq(hpo__json_text(hpo__json_get(second, "series")), "y");
	ck_assert_str_eq(hpo__json_text(hpo__json_get(second, "goal")), "max");

	hpo__json_free(study);
	hpo__json_free(task);
}
END_TEST

static const struct {
	const char *item, *value, *named;
} malformed[] = {
	{"opt/optimizer_kwargs/total_max_jobs", "many", "General/opt/optimizer_kwargs/total_max_jobs"},
	{"opt/seed", "1e999", "General/opt/seed"},
	{"opt/objective_metric_series", "[loss", "General/opt/objective_metric_series"},
	{"opt/objective_metric_series", "loss", "General/opt/objective_metric_title"},
};

START_TEST(what_cannot_be_read_is_named)
{
	hpo_json_t *task = task_with(malformed[_i].item, malformed[_i].value);
	struct hpo_buffer out = HPO__BUFFER_INIT;
	hpo_error_t error = {0, ""};
	hpo_json_t *study = parse(plain);

	ck_assert_int_eq(hpo__clearml_settings_apply(task, study, &out, &error), HPO_EINVAL);
	ck_assert_msg(strstr(error.message, malformed[_i].named) != NULL, "%s", error.message);

	hpo__buffer_release(&out);
	hpo__json_free(study);
	hpo__json_free(task);
}
END_TEST

Suite *unit_backend_clearml_study_settings(void)
{
	Suite *suite = suite_create("backend/clearml_study_settings");
	TCase *tests = tcase_create("study_settings");

	tcase_add_test(tests, a_study_comes_back_as_it_went);
	tcase_add_test(tests, a_study_is_named_by_its_program_or_by_its_task);
	tcase_add_test(tests, what_the_classes_of_ClearML_cannot_say_is_kept_whole);
	tcase_add_test(tests, what_somebody_set_on_the_page_wins_over_the_program);
	tcase_add_loop_test(tests, an_empty_field_leaves_the_program_its_own, 0,
			    sizeof nothing / sizeof *nothing);
	tcase_add_test(tests, minus_one_keeps_all_tasks);
	tcase_add_test(tests, a_class_of_ClearML_names_a_strategy);
	tcase_add_test(tests, lists_are_read_as_Python_prints_them);
	tcase_add_loop_test(tests, what_cannot_be_read_is_named, 0,
			    sizeof malformed / sizeof *malformed);
	suite_add_tcase(suite, tests);
	return suite;
}
