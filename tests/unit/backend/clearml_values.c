/*
 * A trial's values on their way to a ClearML task.
 */
#include "backend/clearml/values.h"

#include "base/alloc.h"
#include "support/alloc.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* A base task as tasks.get_by_id gives it. */
static const char base_task[] =
	"{\"id\":\"b1\",\"name\":\"train\",\"hyperparams\":{"
	"\"General\":{\"lr\":{\"section\":\"General\",\"name\":\"lr\",\"value\":\"0.1\","
	"\"type\":\"float\",\"description\":\"rate\"},"
	"\"net/depth\":{\"section\":\"General\",\"name\":\"net/depth\",\"value\":\"3\","
	"\"type\":\"int\"}},"
	"\"Args\":{\"epochs\":{\"section\":\"Args\",\"name\":\"epochs\",\"value\":\"10\","
	"\"type\":\"int\",\"description\":\"\"},"
	"\"use_bn\":{\"section\":\"Args\",\"name\":\"use_bn\",\"value\":\"False\","
	"\"type\":\"bool\"},"
	"\"momentum\":{\"section\":\"Args\",\"name\":\"momentum\",\"value\":\"0.9\","
	"\"type\":\"float\"},"
	"\"act\":{\"section\":\"Args\",\"name\":\"act\",\"value\":\"relu\",\"type\":\"str\"},"
	"\"old\":{\"section\":\"Args\",\"name\":\"old\",\"value\":\"1\",\"type\":\"legacy\"},"
	"\"TF_DEFINE/x\":{\"section\":\"Args\",\"name\":\"TF_DEFINE/x\",\"value\":\"1\","
	"\"type\":\"legacy\"}},"
	"\"Hydra\":{\"_allow_omegaconf_edit_\":{\"section\":\"Hydra\","
	"\"name\":\"_allow_omegaconf_edit_\",\"value\":\"False\",\"type\":\"bool\"}}},"
	"\"configuration\":{\"OmegaConf\":{\"name\":\"OmegaConf\",\"type\":\"OmegaConf YAML\","
	"\"description\":\"d\",\"value\":\"lr: 1\"},\"other\":{\"name\":\"other\","
	"\"value\":\"o\"}},"
	"\"script\":{\"branch\":\"main\",\"version_num\":\"abc\",\"tag\":null,"
	"\"requirements\":{\"pip\":\"numpy\",\"conda\":\"x\"}},"
	"\"container\":{\"image\":\"python:3\",\"arguments\":\"-e A=1\","
	"\"setup_shell_script\":null}}";

static hpo_json_t *parse(const char *text)
{
	hpo_json_t *json = NULL;
	hpo_error_t error = {0, ""};

	ck_assert_msg(hpo__json_parse(&json, text, strlen(text), "json", &error) == HPO_OK,
		      "%s: %s", error.message, text);
	return json;
}

/* Types and texts: what str() of Python 3.11 gives for the value, made to fit the type. */
static const struct {
	const char *json, *type, *text;
} texts[] = {
	{"0.1", "float", "0.1"},
	{"1e-5", "float", "1e-05"},
	{"1.5e-5", "float", "1.5e-05"},
	{"0.0001", "float", "0.0001"},
	{"0.00012345", "float", "0.00012345"},
	{"2.0", "float", "2.0"},
	{"64.0", "float", "64.0"},
	{"-0.5", "float", "-0.5"},
	{"0.0", "float", "0.0"},
	{"-0.0", "float", "-0.0"},
	{"123456.789", "float", "123456.789"},
	{"1e15", "float", "1000000000000000.0"},
	{"1234567890123456.0", "float", "1234567890123456.0"},
	{"9007199254740993.0", "float", "9007199254740992.0"},
	{"1e16", "float", "1e+16"},
	{"1.2345678901234567e17", "float", "1.2345678901234566e+17"},
	{"1e100", "float", "1e+100"},
	{"5e-324", "float", "5e-324"},
	{"1.7976931348623157e308", "float", "1.7976931348623157e+308"},
	{"0.30000000000000004", "float", "0.30000000000000004"},
	{"64", "float", "64"},
	{"64", "int", "64"},
	{"64.0", "int", "64"},
	{"-3.0", "int", "-3"},
	{"-0.0", "int", "0"},
	{"1e3", "int", "1000"},
	{"1e20", "int", "100000000000000000000"},
	{"9223372036854775807", "int", "9223372036854775807"},
	{"\"64.0\"", "int", "64"},
	{"\"64\"", "int", "64"},
	{"\"auto\"", "int", "auto"},
	{"true", "int", "1"},
	{"false", "float", "0.0"},
	{"true", "bool", "True"},
	{"false", "bool", "False"},
	{"\"true\"", "bool", "True"},
	{"\"False\"", "bool", "False"},
	{"1", "bool", "True"},
	{"0", "bool", "False"},
	{"0.0", "bool", "False"},
	{"\"1\"", "bool", "True"},
	{"true", "str", "True"},
	{"true", NULL, "True"},
	{"\"relu\"", "str", "relu"},
	{"\"\"", "str", ""},
	{"\"a\\nb\"", "str", "a\nb"},
	{"64", "str", "64"},
	{"0.5", "legacy", "0.5"},
	{"2.0", NULL, "2.0"},
	{"2.0", "", "2.0"},
	{"null", "str", ""},
	{"null", "bool", ""},
	{"[1,\"a\"]", "list", "[1,\"a\"]"},
	{"64.0", "INT", "64"},
	{"true", "Boolean", "True"},
};

START_TEST(a_value_is_written_as_its_type_wants_it)
{
	hpo_json_t *json = parse(texts[_i].json);
	struct hpo_buffer out = HPO__BUFFER_INIT;
	hpo_error_t error = {0, ""};

	ck_assert_msg(hpo__clearml_value("x", json, texts[_i].type, &out, &error) == HPO_OK, "%s",
		      error.message);

	ck_assert_str_eq(out.text != NULL ? out.text : "", texts[_i].text);
	hpo__buffer_release(&out);
	hpo__json_free(json);
}
END_TEST

static const struct {
	const char *json, *type, *sentence;
} misfits[] = {
	{"0.5", "int",
	 "parameter 'Args/x': the base task has it as an int, which cannot be '0.5'; make it an "
	 "int parameter, or change its type in the base task"},
	{"\"auto\"", "bool",
	 "parameter 'Args/x': the base task has it as a bool, which cannot be 'auto'; give it true "
	 "and false, or change its type in the base task"},
	{"2", "bool",
	 "parameter 'Args/x': the base task has it as a bool, which cannot be '2'; give it true "
	 "and false, or change its type in the base task"},
	{"[]", "bool",
	 "parameter 'Args/x': the base task has it as a bool, which cannot be '[]'; give it true "
	 "and false, or change its type in the base task"},
};

START_TEST(a_value_that_its_type_cannot_hold_is_refused)
{
	hpo_json_t *json = parse(misfits[_i].json);
	struct hpo_buffer out = HPO__BUFFER_INIT;
	hpo_error_t error = {0, ""};

	ck_assert_int_eq(hpo__clearml_value("Args/x", json, misfits[_i].type, &out, &error),
			 HPO_EINVAL);

	ck_assert_str_eq(error.message, misfits[_i].sentence);
	hpo__buffer_release(&out);
	hpo__json_free(json);
}
END_TEST

/* The parameters of a clone with these values. The caller frees. */
static hpo_json_t *merge(const char *task_text, const char *params_text,
			 const struct hpo_clearml_item *extra, size_t count)
{
	hpo_json_t *task = parse(task_text);
	hpo_json_t *params = parse(params_text);
	struct hpo_buffer out = HPO__BUFFER_INIT;
	hpo_error_t error = {0, ""};
	hpo_json_t *merged;

	ck_assert_msg(hpo__clearml_hyperparams(task, params, extra, count, &out, &error) == HPO_OK,
		      "%s", error.message);
	merged = parse(out.text);
	hpo__buffer_release(&out);
	hpo__json_free(params);
	hpo__json_free(task);
	return merged;
}

static const char *member_of(const hpo_json_t *merged, const char *section, const char *name,
			     const char *member)
{
	const hpo_json_t *item = hpo__json_get(hpo__json_get(merged, section), name);
	const char *own_section = hpo__json_text(hpo__json_get(item, "section"));
	const char *own_name = hpo__json_text(hpo__json_get(item, "name"));

	if (item == NULL)
		return "absent";
	ck_assert_str_eq(own_section, section);
	ck_assert_str_eq(own_name, name);
	return hpo__json_text(hpo__json_get(item, member));
}

static const char *value_of(const hpo_json_t *merged, const char *section, const char *name)
{
	return member_of(merged, section, name, "value");
}

START_TEST(values_are_put_into_the_base_tasks_parameters)
{
	hpo_json_t *merged = merge(base_task,
				   "{\"Args/epochs\":64.0,\"lr\":1e-5,\"Args/use_bn\":true,"
				   "\"General/net/depth\":4,\"Args/act\":\"gelu\"}",
				   NULL, 0);

	ck_assert_str_eq(value_of(merged, "Args", "epochs"), "64");
	ck_assert_str_eq(value_of(merged, "General", "lr"), "1e-05");
	ck_assert_str_eq(value_of(merged, "Args", "use_bn"), "True");
	ck_assert_str_eq(value_of(merged, "General", "net/depth"), "4");
	ck_assert_str_eq(value_of(merged, "Args", "act"), "gelu");
	hpo__json_free(merged);
}
END_TEST

START_TEST(types_and_descriptions_are_kept)
{
	hpo_json_t *merged = merge(base_task, "{\"lr\":1,\"Args/act\":true}", NULL, 0);

	ck_assert_str_eq(member_of(merged, "General", "lr", "type"), "float");
	ck_assert_str_eq(member_of(merged, "General", "lr", "description"), "rate");
	ck_assert_str_eq(member_of(merged, "Args", "act", "type"), "str");
	ck_assert_ptr_null(member_of(merged, "Args", "act", "description"));
	hpo__json_free(merged);
}
END_TEST

START_TEST(what_is_not_active_keeps_the_base_tasks_value)
{
	hpo_json_t *merged = merge(base_task, "{\"lr\":1}", NULL, 0);

	ck_assert_str_eq(value_of(merged, "Args", "momentum"), "0.9");
	ck_assert_str_eq(value_of(merged, "Args", "epochs"), "10");
	ck_assert_str_eq(value_of(merged, "Hydra", "_allow_omegaconf_edit_"), "False");
	ck_assert_uint_eq(hpo__json_size(hpo__json_get(merged, "Args")), 6);
	ck_assert_uint_eq(hpo__json_size(merged), 3);
	hpo__json_free(merged);
}
END_TEST

START_TEST(what_is_new_gets_the_type_of_its_value)
{
	hpo_json_t *merged = merge(base_task,
				   "{\"a\":1,\"b\":1.5,\"Args/c\":true,\"New/d/e\":\"x\"}", NULL,
				   0);

	ck_assert_str_eq(member_of(merged, "General", "a", "type"), "int");
	ck_assert_str_eq(member_of(merged, "General", "b", "type"), "float");
	ck_assert_str_eq(member_of(merged, "Args", "c", "type"), "bool");
	ck_assert_str_eq(member_of(merged, "New", "d/e", "type"), "str");
	ck_assert_str_eq(value_of(merged, "New", "d/e"), "x");
	hpo__json_free(merged);
}
END_TEST

START_TEST(legacy_items_are_found_without_their_section)
{
	hpo_json_t *merged = merge(base_task, "{\"old\":2,\"TF_DEFINE/x\":3}", NULL, 0);

	ck_assert_str_eq(value_of(merged, "Args", "old"), "2");
	ck_assert_str_eq(member_of(merged, "Args", "old", "type"), "legacy");
	ck_assert_str_eq(value_of(merged, "Args", "TF_DEFINE/x"), "3");
	ck_assert_str_eq(value_of(merged, "General", "old"), "absent");
	ck_assert_ptr_null(hpo__json_get(merged, "TF_DEFINE"));
	hpo__json_free(merged);
}
END_TEST

START_TEST(a_legacy_item_comes_before_one_in_general)
{
	hpo_json_t *merged = merge("{\"hyperparams\":{\"General\":{\"a\":{\"value\":\"1\"}},"
				   "\"Args\":{\"a\":{\"value\":\"2\",\"type\":\"legacy\"}}}}",
				   "{\"a\":3}", NULL, 0);

	ck_assert_str_eq(value_of(merged, "Args", "a"), "3");
	ck_assert_str_eq(value_of(merged, "General", "a"), "1");
	hpo__json_free(merged);
}
END_TEST

START_TEST(extra_items_win_over_values)
{
	static const struct hpo_clearml_item extra[] = {
		{"properties", "hpo_trial", "7", "int"},
		{"properties", "note", "mine", NULL},
		{"General", "lr", "9", "float"},
	};
	hpo_json_t *merged = merge(base_task, "{\"lr\":1,\"properties/note\":\"theirs\"}", extra, 3);

	ck_assert_str_eq(value_of(merged, "properties", "hpo_trial"), "7");
	ck_assert_str_eq(member_of(merged, "properties", "hpo_trial", "type"), "int");
	ck_assert_str_eq(value_of(merged, "properties", "note"), "mine");
	ck_assert_str_eq(member_of(merged, "properties", "note", "type"), "str");
	ck_assert_str_eq(value_of(merged, "General", "lr"), "9");
	hpo__json_free(merged);
}
END_TEST

START_TEST(a_task_without_parameters_gets_some)
{
	hpo_json_t *merged = merge("{}", "{\"lr\":1}", NULL, 0);

	ck_assert_str_eq(value_of(merged, "General", "lr"), "1");
	hpo__json_free(merged);
}
END_TEST

START_TEST(what_a_server_would_refuse_is_mended)
{
	hpo_json_t *merged = merge("{\"hyperparams\":{\"A\":{\"n\":{\"value\":null},\"i\":"
				   "{\"value\":5,\"type\":null},\"bad\":7,\"v\":{}},\"B\":null,"
				   "\"C\":[1]}}",
				   "{\"B/x\":1}", NULL, 0);

	ck_assert_str_eq(value_of(merged, "A", "n"), "");
	ck_assert_str_eq(value_of(merged, "A", "i"), "5");
	ck_assert_ptr_null(member_of(merged, "A", "i", "type"));
	ck_assert_str_eq(value_of(merged, "A", "v"), "");
	ck_assert_str_eq(value_of(merged, "A", "bad"), "absent");
	ck_assert_str_eq(value_of(merged, "B", "x"), "1");
	ck_assert_ptr_null(hpo__json_get(merged, "C"));
	hpo__json_free(merged);
}
END_TEST

START_TEST(spaces_around_section_and_name_are_nothing)
{
	hpo_json_t *merged = merge(base_task, "{\" Args / epochs \":5}", NULL, 0);

	ck_assert_str_eq(value_of(merged, "Args", "epochs"), "5");
	hpo__json_free(merged);
}
END_TEST

START_TEST(a_value_that_does_not_fit_is_no_clone)
{
	hpo_json_t *task = parse(base_task);
	hpo_json_t *params = parse("{\"Args/epochs\":2.5}");
	struct hpo_buffer out = HPO__BUFFER_INIT;
	hpo_error_t error = {0, ""};

	ck_assert_int_eq(hpo__clearml_hyperparams(task, params, NULL, 0, &out, &error),
			 HPO_EINVAL);

	ck_assert_ptr_nonnull(strstr(error.message, "parameter 'Args/epochs'"));
	hpo__buffer_release(&out);
	hpo__json_free(params);
	hpo__json_free(task);
}
END_TEST

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

static void expect_configuration(const char *texts_json, const char *params_text,
				 const char *name, const char *value)
{
	hpo_json_t *task = parse(base_task);
	hpo_json_t *params = parse(params_text);
	struct hpo_buffer out = HPO__BUFFER_INIT;
	hpo_error_t error = {0, ""};
	hpo_json_t *merged;
	const hpo_json_t *object;

	ck_assert_msg(hpo__clearml_configuration(task, texts_json, params, &out, &error) == HPO_OK,
		      "%s", error.message);

	merged = parse(out.text);
	object = hpo__json_get(merged, name);
	ck_assert_str_eq(hpo__json_text(hpo__json_get(object, "value")), value);
	ck_assert_str_eq(hpo__json_text(hpo__json_get(object, "name")), name);
	object = hpo__json_get(merged, "other");
	ck_assert_ptr_nonnull(object);
	hpo__json_free(merged);
	hpo__buffer_release(&out);
	hpo__json_free(params);
	hpo__json_free(task);
}

static const struct {
	const char *text, *params, *value;
} fills[] = {
	{"lr: {Args/lr}", "{\"Args/lr\":0.01}", "lr: 0.01"},
	{"lr: {lr}", "{\"Args/lr\":0.01}", "lr: 0.01"},
	{"lr: {lr}", "{\"lr\":1e-5}", "lr: 1.0e-05"},
	{"lr: {lr}", "{\"lr\":1.5e-5}", "lr: 1.5e-05"},
	{"lr: {lr}", "{\"lr\":2.0}", "lr: 2.0"},
	{"n: {n}", "{\"n\":64}", "n: 64"},
	{"b: {b}", "{\"b\":true}", "b: true"},
	{"{a: {x}, b: {x}}", "{\"x\":1}", "{a: 1, b: 1}"},
	{"{x{x}x}", "{\"x\":1}", "{x1x}"},
	{"{", "{\"x\":1}", "{"},
	{"{}", "{\"x\":1}", "{}"},
	{"{nobody} {x", "{\"x\":1}", "{nobody} {x"},
	{"{${HOME}}", "{\"x\":1}", "{${HOME}}"},
	{"m: {Args/momentum}", "{\"x\":1}", "m: 0.9"},
	{"b: {Args/use_bn}", "{\"x\":1}", "b: false"},
	{"", "{\"x\":1}", ""},
};

START_TEST(values_are_filled_into_configuration_objects)
{
	char texts_json[200];

	snprintf(texts_json, sizeof texts_json, "{\"OmegaConf\":\"%s\"}", fills[_i].text);

	expect_configuration(texts_json, fills[_i].params, "OmegaConf", fills[_i].value);
}
END_TEST

START_TEST(a_configuration_object_can_be_new)
{
	expect_configuration("{\"mine\":\"x\"}", "{}", "mine", "x");
}
END_TEST

START_TEST(a_configuration_object_keeps_its_type)
{
	hpo_json_t *task = parse(base_task);
	struct hpo_buffer out = HPO__BUFFER_INIT;

	ck_assert_int_eq(
		hpo__clearml_configuration(task, "{\"OmegaConf\":\"x\"}", NULL, &out, NULL),
		HPO_OK);

	ck_assert_str_eq(out.text, "{\"other\":{\"name\":\"other\",\"value\":\"o\"},"
				   "\"OmegaConf\":{\"name\":\"OmegaConf\",\"value\":\"x\","
				   "\"type\":\"OmegaConf YAML\",\"description\":\"d\"}}");
	hpo__buffer_release(&out);
	hpo__json_free(task);
}
END_TEST

static const struct {
	const char *overrides, *body;
} edits[] = {
	{"{}", "{\"task\":\"c1\"}"},
	{"{\"script.branch\":\"x\"}",
	 "{\"task\":\"c1\",\"script\":{\"branch\":\"x\",\"version_num\":\"\",\"tag\":\"\"}}"},
	{"{\"script\":{\"branch\":\"x\"}}",
	 "{\"task\":\"c1\",\"script\":{\"branch\":\"x\",\"version_num\":\"\",\"tag\":\"\"}}"},
	{"{\"script.branch\":\"x\",\"script.version_num\":\"f00\"}",
	 "{\"task\":\"c1\",\"script\":{\"branch\":\"x\",\"version_num\":\"f00\",\"tag\":\"\"}}"},
	{"{\"script.tag\":\"v1\"}",
	 "{\"task\":\"c1\",\"script\":{\"tag\":\"v1\",\"version_num\":\"\"}}"},
	{"{\"script.version_num\":null}", "{\"task\":\"c1\",\"script\":{\"version_num\":\"\"}}"},
	{"{\"script.repository\":\"r\",\"script.requirements.pip\":\"torch\"}",
	 "{\"task\":\"c1\",\"script\":{\"repository\":\"r\",\"requirements\":{\"conda\":\"x\","
	 "\"pip\":\"torch\"}}}"},
	{"{\"container.image\":\"python:4\"}",
	 "{\"task\":\"c1\",\"container\":{\"arguments\":\"-e A=1\",\"image\":\"python:4\"}}"},
	{"{\"container\":{\"image\":\"a\",\"arguments\":null}}",
	 "{\"task\":\"c1\",\"container\":{\"image\":\"a\",\"arguments\":\"\"}}"},
	{"{\"output.destination\":\"s3://b\"}", "{\"task\":\"c1\",\"output_dest\":\"s3://b\"}"},
	{"{\"type\":\"testing\",\"output_dest\":\"d\"}",
	 "{\"task\":\"c1\",\"type\":\"testing\",\"output_dest\":\"d\"}"},
	{"{\"runtime\":{\"a\":1},\"execution.framework\":\"f\"}",
	 "{\"task\":\"c1\",\"execution\":{\"framework\":\"f\"},\"runtime\":{\"a\":1}}"},
	{"{\"script.branch\":\"x\",\"script\":{\"branch\":\"y\",\"version_num\":\"\",\"tag\":\"\"}}",
	 "{\"task\":\"c1\",\"script\":{\"branch\":\"y\",\"version_num\":\"\",\"tag\":\"\"}}"},
};

START_TEST(fields_are_overridden_by_an_edit)
{
	hpo_json_t *task = parse(base_task);
	struct hpo_buffer out = HPO__BUFFER_INIT;
	hpo_error_t error = {0, ""};

	ck_assert_msg(hpo__clearml_overrides(task, edits[_i].overrides, "c1", &out, &error) ==
			      HPO_OK,
		      "%s", error.message);

	ck_assert_str_eq(out.text, edits[_i].body);
	hpo__buffer_release(&out);
	hpo__json_free(task);
}
END_TEST

static const struct {
	const char *base, *name_template, *params, *name, *comment;
} clone_names[] = {
	{"train", NULL, "{\"General/lr\":0.01}", "train: General/lr=0.01", "General/lr=0.01"},
	{"train", NULL, "{\"b\":1,\"Args/a\":1e-5,\"c\":true}", "train: Args/a=1e-05 b=1 c=True",
	 "Args/a=1e-05\nb=1\nc=True"},
	{"train", NULL, "{}", "train", ""},
	{"train", "{base} #{trial}", "{\"a\":1}", "train #7", "a=1"},
	{"train", "run {trial}: {Args/a} {a} {nobody}", "{\"Args/a\":0.5}", "run 7: 0.5 0.5 {nobody}",
	 "Args/a=0.5"},
	{"train", NULL, "{\"t\":\"x\\ny\"}", "train: t=x y", "t=x\ny"},
};

START_TEST(a_clone_has_a_name_and_a_comment)
{
	hpo_json_t *params = parse(clone_names[_i].params);
	struct hpo_buffer name = HPO__BUFFER_INIT, comment = HPO__BUFFER_INIT;
	hpo_error_t error = {0, ""};

	ck_assert_msg(hpo__clearml_name(clone_names[_i].base, clone_names[_i].name_template, 7,
					params, &name, &comment, &error) == HPO_OK,
		      "%s", error.message);

	ck_assert_str_eq(name.text, clone_names[_i].name);
	ck_assert_str_eq(comment.text != NULL ? comment.text : "", clone_names[_i].comment);
	hpo__buffer_release(&name);
	hpo__buffer_release(&comment);
	hpo__json_free(params);
}
END_TEST

START_TEST(a_name_is_cut_between_characters_at_200_bytes)
{
	hpo_json_t *params = parse("{}");
	struct hpo_buffer name = HPO__BUFFER_INIT, comment = HPO__BUFFER_INIT;
	char base[400] = "x";

	for (int i = 0; i < 150; i++)
		strcat(base, "\xc3\xa4");

	ck_assert_int_eq(hpo__clearml_name(base, NULL, 1, params, &name, &comment, NULL), HPO_OK);

	ck_assert_uint_eq(name.size, 199);
	ck_assert_uint_eq(strlen(name.text), 199);
	ck_assert_int_eq(strncmp(name.text, base, 199), 0);
	hpo__buffer_release(&name);
	hpo__buffer_release(&comment);
	hpo__json_free(params);
}
END_TEST

START_TEST(a_name_that_a_server_would_refuse_is_refused)
{
	static const char *const templates[] = {"ab", "", "  {a}  ", "\xc3\xa4\xc3\xa4"};
	hpo_json_t *params = parse("{\"a\":1}");

	for (size_t i = 0; i < sizeof templates / sizeof *templates; i++) {
		struct hpo_buffer name = HPO__BUFFER_INIT, comment = HPO__BUFFER_INIT;
		hpo_error_t error = {0, ""};

		ck_assert_int_eq(hpo__clearml_name("train", templates[i], 1, params, &name,
						   &comment, &error),
				 HPO_EINVAL);
		ck_assert_ptr_nonnull(strstr(error.message, "at least 3 characters"));
		hpo__buffer_release(&name);
		hpo__buffer_release(&comment);
	}
	hpo__json_free(params);
}
END_TEST

/* All of it at once, for failing allocations. */
struct everything {
	hpo_json_t *task, *params, *study;
};

static hpo_status_t do_everything(void *user)
{
	static const struct hpo_clearml_item extra[] = {{"properties", "p", "1", NULL}};
	const struct everything *all = user;
	struct hpo_buffer out[5] = {HPO__BUFFER_INIT, HPO__BUFFER_INIT, HPO__BUFFER_INIT,
				    HPO__BUFFER_INIT, HPO__BUFFER_INIT};
	const struct hpo_log log = {NULL, NULL};
	hpo_error_t error = {0, ""};
	hpo_status_t status;

	status = hpo__clearml_check(all->task, all->study, false, &log, &error);
	if (status >= 0)
		status = hpo__clearml_hyperparams(all->task, all->params, extra, 1, &out[0],
						  &error);
	if (status >= 0)
		status = hpo__clearml_configuration(all->task, "{\"OmegaConf\":\"{lr} {Args/old}\"}",
						    all->params, &out[1], &error);
	if (status >= 0)
		status = hpo__clearml_overrides(
			all->task, "{\"script\":{\"branch\":\"b\"},\"container.image\":\"i\"}", "c",
			&out[2], &error);
	if (status >= 0)
		status = hpo__clearml_name("train", "{base} {lr} {x}", 1, all->params, &out[3],
					   &out[4], &error);
	for (size_t i = 0; i < 5; i++)
		hpo__buffer_release(&out[i]);
	return status;
}

START_TEST(every_failing_allocation_is_survived)
{
	struct everything all = {
		parse(base_task), parse("{\"lr\":0.5,\"old\":1,\"Args/use_bn\":true}"),
		parse("{\"parameters\":[{\"name\":\"lr\",\"type\":\"float\",\"low\":0,\"high\":1},"
		      "{\"name\":\"Args/use_bn\",\"type\":\"bool\"},{\"name\":\"old\",\"type\":"
		      "\"int\",\"low\":0,\"high\":1}],\"task\":{\"configuration\":{\"OmegaConf\":"
		      "\"{lr}\"},\"overrides\":{\"script.branch\":\"x\"}}}")};

	hpo_test_each_allocation(do_everything, &all);

	hpo__json_free(all.task);
	hpo__json_free(all.params);
	hpo__json_free(all.study);
}
END_TEST

static hpo_status_t refuse_unknown(void *user)
{
	const struct everything *all = user;
	const struct hpo_log log = {NULL, NULL};
	hpo_error_t error = {0, ""};
	hpo_status_t status = hpo__clearml_check(all->task, all->study, false, &log, &error);

	return status == HPO_EINVAL ? HPO_OK : status;
}

START_TEST(every_failing_allocation_of_a_suggestion_is_survived)
{
	struct everything all = {
		parse(base_task), NULL,
		parse("{\"parameters\":[{\"name\":\"Args/lr\",\"type\":\"float\",\"low\":0,"
		      "\"high\":1}]}")};

	hpo_test_each_allocation(refuse_unknown, &all);

	hpo__json_free(all.task);
	hpo__json_free(all.study);
}
END_TEST

Suite *unit_backend_clearml_values(void);
Suite *unit_backend_clearml_values(void)
{
	Suite *suite = suite_create("backend/clearml_values");
	TCase *cases = tcase_create("values");

#define LOOP(test, list) tcase_add_loop_test(cases, test, 0, sizeof(list) / sizeof *(list))
	LOOP(a_value_is_written_as_its_type_wants_it, texts);
	LOOP(a_value_that_its_type_cannot_hold_is_refused, misfits);
	tcase_add_test(cases, values_are_put_into_the_base_tasks_parameters);
	tcase_add_test(cases, types_and_descriptions_are_kept);
	tcase_add_test(cases, what_is_not_active_keeps_the_base_tasks_value);
	tcase_add_test(cases, what_is_new_gets_the_type_of_its_value);
	tcase_add_test(cases, legacy_items_are_found_without_their_section);
	tcase_add_test(cases, a_legacy_item_comes_before_one_in_general);
	tcase_add_test(cases, extra_items_win_over_values);
	tcase_add_test(cases, a_task_without_parameters_gets_some);
	tcase_add_test(cases, what_a_server_would_refuse_is_mended);
	tcase_add_test(cases, spaces_around_section_and_name_are_nothing);
	tcase_add_test(cases, a_value_that_does_not_fit_is_no_clone);
	LOOP(a_parameter_is_held_against_the_base_task, checks);
	tcase_add_test(cases, unknown_parameters_can_be_allowed_and_are_told);
	tcase_add_test(cases, a_task_that_never_ran_is_told_to_run);
	tcase_add_test(cases, two_names_of_one_item_are_refused);
	tcase_add_test(cases, a_name_may_be_in_several_combinations_of_a_set);
	tcase_add_test(cases, hydra_that_takes_no_parameters_is_warned_of);
	tcase_add_test(cases, a_base_task_without_hydra_takes_no_overrides_of_it);
	LOOP(the_task_object_is_held_against_the_base_task, settings);
	LOOP(values_are_filled_into_configuration_objects, fills);
	tcase_add_test(cases, a_configuration_object_can_be_new);
	tcase_add_test(cases, a_configuration_object_keeps_its_type);
	LOOP(fields_are_overridden_by_an_edit, edits);
	LOOP(a_clone_has_a_name_and_a_comment, clone_names);
	tcase_add_test(cases, a_name_is_cut_between_characters_at_200_bytes);
	tcase_add_test(cases, a_name_that_a_server_would_refuse_is_refused);
	tcase_add_test(cases, every_failing_allocation_is_survived);
	tcase_add_test(cases, every_failing_allocation_of_a_suggestion_is_survived);
#undef LOOP
	suite_add_tcase(suite, cases);
	return suite;
}
