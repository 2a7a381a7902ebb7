/*
 * A trial's values as the parameters of a ClearML task.
 */
#include "unit/backend/clearml_values.h"

#include "support/alloc.h"

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

Suite *unit_backend_clearml_values(void);
Suite *unit_backend_clearml_values(void)
{
	Suite *suite = suite_create("backend/clearml_values");
	TCase *cases = tcase_create("values");

	tcase_add_loop_test(cases, a_value_is_written_as_its_type_wants_it, 0,
			    sizeof texts / sizeof *texts);
	tcase_add_loop_test(cases, a_value_that_its_type_cannot_hold_is_refused, 0,
			    sizeof misfits / sizeof *misfits);
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
	tcase_add_test(cases, every_failing_allocation_is_survived);
	suite_add_tcase(suite, cases);
	return suite;
}
