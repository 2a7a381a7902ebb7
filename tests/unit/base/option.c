/*
 * Settings read against an option table.
 */
#include "base/option.h"

#include "support/alloc.h"

#include <check.h>
#include <math.h>
#include <string.h>

static const hpo_option_t table[] = {
	{ "rate", HPO_OPTION_FLOAT, 0.25, 0, 1, "A share." },
	{ "count", HPO_OPTION_INT, 24, 1, 1000, "How many." },
	{ "deep", HPO_OPTION_BOOL, 1, 0, 1, "Whether." },
	{ "mode", HPO_OPTION_CHOICE, 1, 0, 2, "stop|pause|go: what then." },
	{ NULL, HPO_OPTION_FLOAT, 0, 0, 0, NULL },
};

static const char *const skip[] = { "name", "seed", NULL };

static hpo_status_t read_settings(hpo_settings_t **out, const char *text, hpo_error_t *error)
{
	hpo_json_t *json = NULL;
	struct hpo_json_at root;
	struct hpo_json_at at;
	hpo_status_t status;

	*out = NULL;
	status = hpo__json_parse(&json, text, strlen(text), "the text", error);
	if (status < 0)
		return status;
	root = hpo__json_root(json);
	at = hpo__json_member(&root, "strategy");
	status = hpo__settings_new(out, table, &at, skip, error);
	hpo__json_free(json);
	return status;
}

START_TEST(what_is_not_given_has_its_fallback)
{
	hpo_settings_t *settings;

	ck_assert_int_eq(read_settings(&settings, "{}", NULL), HPO_OK);

	ck_assert_double_eq(hpo_settings_number(settings, "rate"), 0.25);
	ck_assert_double_eq(hpo_settings_number(settings, "count"), 24);
	ck_assert_double_eq(hpo_settings_number(settings, "deep"), 1);
	ck_assert_double_eq(hpo_settings_number(settings, "mode"), 1);
	ck_assert(isnan(hpo_settings_number(settings, "other")));
	hpo__settings_free(settings);
}
END_TEST

START_TEST(a_part_inherits_by_name_within_its_own_range)
{
	static const hpo_option_t part[] = {
		{ "count", HPO_OPTION_INT, 3, 1, 500, "How many." },
		{ "own", HPO_OPTION_FLOAT, 0.5, 0, 1, "Only here." },
		{ NULL, HPO_OPTION_FLOAT, 0, 0, 0, NULL },
	};
	hpo_settings_t *whole;
	hpo_settings_t *inherited;

	ck_assert_int_eq(read_settings(&whole, "{\"strategy\":{\"count\":900}}", NULL), HPO_OK);

	ck_assert_int_eq(hpo__settings_inherit(&inherited, part, whole, NULL), HPO_OK);

	ck_assert_double_eq(hpo_settings_number(inherited, "count"), 500);
	ck_assert_double_eq(hpo_settings_number(inherited, "own"), 0.5);
	hpo__settings_free(inherited);
	hpo__settings_free(whole);
}
END_TEST

START_TEST(what_is_given_is_taken)
{
	const char *text = "{\"strategy\":{\"name\":\"x\",\"seed\":[],\"rate\":1,\"count\":7,"
			   "\"deep\":false,\"mode\":\"go\"}}";
	hpo_settings_t *settings;

	ck_assert_int_eq(read_settings(&settings, text, NULL), HPO_OK);

	ck_assert_double_eq(hpo_settings_number(settings, "rate"), 1);
	ck_assert_double_eq(hpo_settings_number(settings, "count"), 7);
	ck_assert_double_eq(hpo_settings_number(settings, "deep"), 0);
	ck_assert_double_eq(hpo_settings_number(settings, "mode"), 2);
	hpo__settings_free(settings);
}
END_TEST

START_TEST(what_is_wrong_is_refused_by_its_path)
{
	static const struct {
		const char *text;
		const char *sentence;
	} cases[] = {
		{ "{\"strategy\":{\"rat\":1}}",
		  "strategy.rat: unknown key; did you mean 'rate'?" },
		{ "{\"strategy\":{\"rate\":true}}",
		  "strategy.rate: expected a number, got true or false" },
		{ "{\"strategy\":{\"mode\":\"sto\"}}",
		  "strategy.mode: 'sto' is not one of stop|pause|go" },
		{ "{\"strategy\":{\"mode\":1}}", "strategy.mode: expected a string, got an integer" },
		{ "{\"strategy\":{\"rate\":1.5}}", "strategy.rate: 1.5 is not from 0 to 1" },
		{ "{\"strategy\":{\"count\":0}}", "strategy.count: 0 is not from 1 to 1000" },
		{ "{\"strategy\":{\"count\":2.5}}",
		  "strategy.count: expected an integer, got 2.5" },
		{ "{\"strategy\":{\"deep\":1}}",
		  "strategy.deep: expected true or false, got an integer" },
		{ "{\"strategy\":\"tpe\"}", "strategy: expected an object, got a string" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		hpo_error_t error = { 0 };
		hpo_settings_t *settings;

		ck_assert_int_eq(read_settings(&settings, cases[i].text, &error), HPO_EINVAL);
		ck_assert_str_eq(error.message, cases[i].sentence);
		ck_assert_ptr_null(settings);
	}
}
END_TEST

START_TEST(without_a_table_nothing_is_an_option)
{
	struct hpo_json_at absent = hpo__json_root(NULL);
	hpo_settings_t *settings;

	ck_assert_int_eq(hpo__settings_new(&settings, NULL, &absent, NULL, NULL), HPO_OK);

	ck_assert(isnan(hpo_settings_number(settings, "rate")));
	hpo__settings_free(settings);
}
END_TEST

static hpo_status_t read_and_free(void *user)
{
	hpo_settings_t *settings;
	hpo_status_t status;

	status = read_settings(&settings, user, NULL);
	ck_assert((settings != NULL) == (status == HPO_OK));
	hpo__settings_free(settings);
	return status;
}

START_TEST(settings_survive_every_failing_allocation)
{
	char text[] = "{\"strategy\":{\"name\":\"x\",\"rate\":0.5,\"count\":3}}";

	hpo_test_each_allocation(read_and_free, text);
}
END_TEST

Suite *unit_base_option(void);

Suite *unit_base_option(void)
{
	Suite *suite = suite_create("base/option");
	TCase *tests = tcase_create("option");

	tcase_add_test(tests, what_is_not_given_has_its_fallback);
	tcase_add_test(tests, a_part_inherits_by_name_within_its_own_range);
	tcase_add_test(tests, what_is_given_is_taken);
	tcase_add_test(tests, what_is_wrong_is_refused_by_its_path);
	tcase_add_test(tests, without_a_table_nothing_is_an_option);
	tcase_add_test(tests, settings_survive_every_failing_allocation);
	suite_add_tcase(suite, tests);
	return suite;
}
