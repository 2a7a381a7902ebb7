/*
 * JSON: what is refused and how it is said, what is kept exactly.
 */
#include "base/json.h"

#include "base/alloc.h"
#include "support/alloc.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static hpo_json_t *parse(const char *text)
{
	hpo_error_t error = { 0 };
	hpo_json_t *json = NULL;

	hpo__json_parse(&json, text, strlen(text), "the text", &error);
	ck_assert_msg(json != NULL, "%s", error.message);
	return json;
}

/* What the tree looks like when it is written again. */
static void check_rewritten(const char *text, const char *wanted)
{
	struct hpo_buffer out = HPO__BUFFER_INIT;
	hpo_json_t *json = parse(text);
	char *got;

	hpo__json_write(json, &out);
	got = hpo__buffer_take(&out);

	ck_assert_str_eq(got, wanted);
	hpo__free(got);
	hpo__json_free(json);
}

START_TEST(a_tree_is_written_as_it_was_read)
{
	check_rewritten("{\"z\": 1, \"a\": [true, false, null, {}], \"m\": {\"k\": \"v\"}}",
			"{\"z\":1,\"a\":[true,false,null,{}],\"m\":{\"k\":\"v\"}}");
	check_rewritten("[ ]", "[]");
	check_rewritten("\"\\u20ac\\n\\u00E9\\/\"", "\"\xE2\x82\xAC\\n\xC3\xA9/\"");
	check_rewritten("\"\\uD83D\\ude00\"", "\"\xF0\x9F\x98\x80\"");
	check_rewritten(" \t\r\n[1 , 2] \n", "[1,2]");
	check_rewritten("[-0,-0.0,1E2]", "[0,-0.0,100.0]");
}
END_TEST

START_TEST(numbers_keep_their_kind_and_every_digit)
{
	check_rewritten("[9223372036854775807,-9223372036854775808]",
			"[9223372036854775807,-9223372036854775808]");
	check_rewritten("[0.1,1e-5,64.0,1e2,0.30000000000000004]",
			"[0.1,1e-05,64.0,100.0,0.30000000000000004]");
}
END_TEST

static void check_refused(const char *text, size_t size, const char *words)
{
	hpo_error_t error = { 0 };
	hpo_json_t *json = (hpo_json_t *)&error;

	ck_assert_int_eq(hpo__json_parse(&json, text, size, "the file", &error), HPO_EINVAL);
	ck_assert_ptr_null(json);
	ck_assert_msg(strstr(error.message, words) != NULL, "%s", error.message);
	ck_assert_msg(strncmp(error.message, "the file: line ", 15) == 0, "%s", error.message);
}

START_TEST(text_that_is_not_json_is_refused_with_its_place)
{
	static const struct {
		const char *text;
		const char *words;
	} cases[] = {
		{ "", "ends before a value" },
		{ "{\"a\":1,\"a\":2}", "duplicate" },
		{ "{\"a\":1} {}", "expected the end" },
		{ "{\"a\":1,}", "line 1" },
		{ "{\"a\":\n1,\n!}", "line 3" },
		{ "[1,2", "',' or ']'" },
		{ "[9223372036854775808]", "beyond 64 bits" },
		{ "[1e999]", "too large" },
		{ "[NaN]", "not null, true or false" },
		{ "[truex]", "not null, true or false" },
		{ "[01]", "not a number" },
		{ "[-]", "not a number" },
		{ "[1.]", "not a number" },
		{ "[1e+]", "not a number" },
		{ "[.5]", "expected a value" },
		{ "[,1]", "expected a value" },
		{ "{1:2}", "expected a key" },
		{ "{\"a\" 1}", "expected ':'" },
		{ "{\"a\":1 \"b\":2}", "',' or '}'" },
		{ "\"a", "closing quote" },
		{ "\"a\\\"", "closing quote" },
		{ "\"\\x\"", "escape" },
		{ "\"\\u12g4\"", "hexadecimal" },
		{ "\"\\ud800\"", "surrogate" },
		{ "\"\\udc00\\ud800\"", "surrogate" },
		{ "\"\n\"", "control character" },
		{ "\"\\u0000\"", "\\u0000" },
		{ "\"\xff\"", "UTF-8" },
		{ "'a'", "expected a value" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		check_refused(cases[i].text, strlen(cases[i].text), cases[i].words);
}
END_TEST

START_TEST(a_zero_byte_is_refused)
{
	check_refused("[\"a\0b\"]", 7, "zero byte");
	check_refused("[1]\0", 4, "expected a value");
}
END_TEST

START_TEST(nesting_has_a_limit)
{
	enum { DEPTH = 100000 };
	char *text = malloc(DEPTH);

	memset(text, '[', DEPTH);
	check_refused(text, DEPTH, "too deep");
	free(text);
}
END_TEST

START_TEST(reading_goes_by_kind)
{
	hpo_json_t *json = parse("{\"n\":null,\"b\":true,\"i\":-3,\"r\":2.5,\"t\":\"x\",\"a\":[7,8]}");
	const hpo_json_t *array = hpo__json_get(json, "a");

	ck_assert_int_eq(hpo__json_kind(json), HPO__JSON_OBJECT);
	ck_assert_uint_eq(hpo__json_size(json), 6);
	ck_assert_int_eq(hpo__json_kind(hpo__json_get(json, "n")), HPO__JSON_NULL);
	ck_assert(hpo__json_is_true(hpo__json_get(json, "b")));
	ck_assert_int_eq(hpo__json_integer(hpo__json_get(json, "i")), -3);
	ck_assert_double_eq(hpo__json_real(hpo__json_get(json, "i")), -3);
	ck_assert_double_eq(hpo__json_real(hpo__json_get(json, "r")), 2.5);
	ck_assert(isnan(hpo__json_real(hpo__json_get(json, "t"))));
	ck_assert_str_eq(hpo__json_text(hpo__json_get(json, "t")), "x");
	ck_assert_ptr_null(hpo__json_text(array));
	ck_assert_uint_eq(hpo__json_size(array), 2);
	ck_assert_int_eq(hpo__json_integer(hpo__json_item(array, 1)), 8);
	ck_assert_ptr_null(hpo__json_item(array, 2));
	ck_assert_ptr_null(hpo__json_get(json, "absent"));
	ck_assert(!hpo__json_is_number(hpo__json_get(json, "b")));

	hpo__json_free(json);
}
END_TEST

struct visit {
	char keys[16];
	hpo_status_t last;
};

static hpo_status_t note_key(const char *key, const hpo_json_t *value, void *user)
{
	struct visit *visit = user;

	(void)value;
	strcat(visit->keys, key);
	return strcmp(key, "c") == 0 ? visit->last : HPO_OK;
}

START_TEST(members_are_visited_in_order_until_one_fails)
{
	hpo_json_t *json = parse("{\"d\":1,\"c\":2,\"b\":3}");
	struct visit whole = { "", HPO_OK };
	struct visit cut = { "", HPO_EUSER };

	ck_assert_int_eq(hpo__json_each(json, note_key, &whole), HPO_OK);
	ck_assert_int_eq(hpo__json_each(json, note_key, &cut), HPO_EUSER);

	ck_assert_str_eq(whole.keys, "dcb");
	ck_assert_str_eq(cut.keys, "dc");
	hpo__json_free(json);
}
END_TEST

START_TEST(a_refusal_names_the_path)
{
	hpo_json_t *json = parse("{\"parameters\":[{},{\"low\":\"x\"}]}");
	struct hpo_json_at root = hpo__json_root(json);
	struct hpo_json_at list = hpo__json_member(&root, "parameters");
	struct hpo_json_at second = hpo__json_element(&list, 1);
	struct hpo_json_at low = hpo__json_member(&second, "low");
	hpo_error_t error = { 0 };
	double out = 7;

	ck_assert_int_eq(hpo__json_read_real(&low, &out, &error), HPO_EINVAL);

	ck_assert_str_eq(error.message, "parameters[1].low: expected a number, got a string");
	ck_assert_double_eq(out, 7);
	hpo__error_clear(&error);
	hpo__json_refuse(&root, &error, "is empty");
	ck_assert_str_eq(error.message, "the study file: is empty");
	hpo__error_clear(&error);
	root.key = "the parameters";
	hpo__json_refuse(&root, &error, "is empty");
	ck_assert_str_eq(error.message, "the parameters: is empty");
	hpo__json_free(json);
}
END_TEST

START_TEST(a_path_longer_than_its_room_is_cut)
{
	enum { DEPTH = 300 };
	struct hpo_json_at steps[DEPTH];
	hpo_error_t error = { 0 };

	steps[0] = hpo__json_root(NULL);
	for (int i = 1; i < DEPTH; i++)
		steps[i] = hpo__json_member(&steps[i - 1], "key");
	hpo__json_refuse(&steps[DEPTH - 1], &error, "deep");

	ck_assert_ptr_nonnull(strstr(error.message, "key.key"));
	ck_assert_ptr_nonnull(strstr(error.message, ": deep"));
}
END_TEST

START_TEST(an_absent_node_leaves_the_default)
{
	struct hpo_json_at absent = hpo__json_root(NULL);
	const char *text = "kept";
	double real = 1.5;
	int64_t integer = 9;
	bool truth = true;

	ck_assert_int_eq(hpo__json_read_text(&absent, &text, NULL), HPO_OK);
	ck_assert_int_eq(hpo__json_read_real(&absent, &real, NULL), HPO_OK);
	ck_assert_int_eq(hpo__json_read_integer(&absent, &integer, NULL), HPO_OK);
	ck_assert_int_eq(hpo__json_read_bool(&absent, &truth, NULL), HPO_OK);

	ck_assert_str_eq(text, "kept");
	ck_assert_double_eq(real, 1.5);
	ck_assert_int_eq(integer, 9);
	ck_assert(truth);
	ck_assert_int_eq(hpo__json_expect(&absent, HPO__JSON_OBJECT, NULL), HPO_EINVAL);
}
END_TEST

START_TEST(an_integer_may_be_written_as_a_whole_real)
{
	hpo_json_t *json = parse("[1e3, 2.5, 9007199254740994.0, \"4\"]");
	struct hpo_json_at root = hpo__json_root(json);
	int64_t out = -1;

	for (size_t i = 1; i < 4; i++) {
		struct hpo_json_at at = hpo__json_element(&root, i);

		ck_assert_int_eq(hpo__json_read_integer(&at, &out, NULL), HPO_EINVAL);
		ck_assert_int_eq(out, -1);
	}
	struct hpo_json_at first = hpo__json_element(&root, 0);

	ck_assert_int_eq(hpo__json_read_integer(&first, &out, NULL), HPO_OK);
	ck_assert_int_eq(out, 1000);
	hpo__json_free(json);
}
END_TEST

START_TEST(an_unknown_key_is_refused_with_the_nearest)
{
	static const char *const known[] = { "name", "low", "high", NULL };
	hpo_json_t *json = parse("{\"name\":1,\"hihg\":2}");
	hpo_json_t *far = parse("{\"entirely\":2}");
	hpo_json_t *good = parse("{\"low\":2}");
	struct hpo_json_at at = hpo__json_root(json);
	hpo_error_t error = { 0 };

	ck_assert_int_eq(hpo__json_only(&at, known, &error), HPO_EINVAL);
	ck_assert_str_eq(error.message, "hihg: unknown key; did you mean 'high'?");
	hpo__error_clear(&error);
	at = hpo__json_root(far);
	ck_assert_int_eq(hpo__json_only(&at, known, &error), HPO_EINVAL);
	ck_assert_str_eq(error.message, "entirely: unknown key");
	at = hpo__json_root(good);
	ck_assert_int_eq(hpo__json_only(&at, known, &error), HPO_OK);

	hpo__json_free(json);
	hpo__json_free(far);
	hpo__json_free(good);
}
END_TEST

START_TEST(the_nearest_word_is_the_one_with_fewest_edits)
{
	static const char *const known[] = { "tpe", "random", "sobol", "grid", NULL };
	char longer[200];

	memset(longer, 'a', sizeof longer - 1);
	longer[sizeof longer - 1] = '\0';

	ck_assert_str_eq(hpo__nearest("TPE", known), "tpe");
	ck_assert_str_eq(hpo__nearest("randon", known), "random");
	ck_assert_str_eq(hpo__nearest("sobo", known), "sobol");
	ck_assert_ptr_null(hpo__nearest("bayesian", known));
	ck_assert_ptr_null(hpo__nearest("", known));
	ck_assert_ptr_null(hpo__nearest(longer, known));
}
END_TEST

static const char long_text[] =
	"{\"a name that is longer than any first buffer of a reader would be, surely\":"
	"[1,2.5,\"another text that is quite long, longer than thirty-two bytes or sixty-four\","
	"{\"k\":null,\"l\":[true,false],\"m\":0.3000000000000000444089209850062616169452667236328}],"
	"\"z\":-9223372036854775807,\"y\":{\"x\":{\"w\":[[[]]]}}}";

/* Parse and write; both must be whole or say that memory ran out. */
static hpo_status_t copy_tree(void *user)
{
	struct hpo_buffer out = HPO__BUFFER_INIT;
	hpo_error_t error = { 0 };
	hpo_json_t *json = NULL;
	hpo_status_t status;
	char *text;

	status = hpo__json_parse(&json, long_text, strlen(long_text), "the text", &error);
	ck_assert_int_eq(error.code, status);
	if (status < 0)
		return status;
	hpo__json_write(json, &out);
	hpo__json_free(json);
	text = hpo__buffer_take(&out);
	if (text == NULL)
		return HPO_ENOMEM;

	if (*(char **)user == NULL)
		*(char **)user = strdup(text);
	ck_assert_str_eq(text, *(char **)user);
	hpo__free(text);
	return HPO_OK;
}

START_TEST(a_tree_survives_every_failing_allocation)
{
	char *whole = NULL;

	hpo_test_each_allocation(copy_tree, &whole);
	ck_assert_ptr_nonnull(strstr(whole, "\"m\":0.30000000000000004}"));
	free(whole);
}
END_TEST

Suite *unit_base_json(void);

Suite *unit_base_json(void)
{
	Suite *suite = suite_create("base/json");
	TCase *tests = tcase_create("json");

	tcase_add_test(tests, a_tree_is_written_as_it_was_read);
	tcase_add_test(tests, numbers_keep_their_kind_and_every_digit);
	tcase_add_test(tests, text_that_is_not_json_is_refused_with_its_place);
	tcase_add_test(tests, a_zero_byte_is_refused);
	tcase_add_test(tests, nesting_has_a_limit);
	tcase_add_test(tests, reading_goes_by_kind);
	tcase_add_test(tests, members_are_visited_in_order_until_one_fails);
	tcase_add_test(tests, a_refusal_names_the_path);
	tcase_add_test(tests, a_path_longer_than_its_room_is_cut);
	tcase_add_test(tests, an_absent_node_leaves_the_default);
	tcase_add_test(tests, an_integer_may_be_written_as_a_whole_real);
	tcase_add_test(tests, an_unknown_key_is_refused_with_the_nearest);
	tcase_add_test(tests, the_nearest_word_is_the_one_with_fewest_edits);
	tcase_add_test(tests, a_tree_survives_every_failing_allocation);
	suite_add_tcase(suite, tests);
	return suite;
}
