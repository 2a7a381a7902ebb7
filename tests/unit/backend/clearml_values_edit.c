/*
 * A trial's values in the configuration, the fields and the name of a clone.
 */
#include "unit/backend/clearml_values.h"

#include <stdio.h>

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

Suite *unit_backend_clearml_values_edit(void);
Suite *unit_backend_clearml_values_edit(void)
{
	Suite *suite = suite_create("backend/clearml_values_edit");
	TCase *cases = tcase_create("edit");

	tcase_add_loop_test(cases, values_are_filled_into_configuration_objects, 0,
			    sizeof fills / sizeof *fills);
	tcase_add_test(cases, a_configuration_object_can_be_new);
	tcase_add_test(cases, a_configuration_object_keeps_its_type);
	tcase_add_loop_test(cases, fields_are_overridden_by_an_edit, 0,
			    sizeof edits / sizeof *edits);
	tcase_add_loop_test(cases, a_clone_has_a_name_and_a_comment, 0,
			    sizeof clone_names / sizeof *clone_names);
	tcase_add_test(cases, a_name_is_cut_between_characters_at_200_bytes);
	tcase_add_test(cases, a_name_that_a_server_would_refuse_is_refused);
	suite_add_tcase(suite, cases);
	return suite;
}
