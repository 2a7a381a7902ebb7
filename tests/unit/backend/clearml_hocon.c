/*
 * The subset of HOCON that clearml.conf is written in.
 */
#include "backend/clearml/hocon.h"

#include "support/alloc.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *find_variable(const char *name)
{
	if (strcmp(name, "HOST") == 0)
		return "example.org";
	return strcmp(name, "EMPTY") == 0 ? "" : NULL;
}

static hpo_status_t read_text(struct hpo_hocon *hocon, const char *text, hpo_error_t *error)
{
	*hocon = (struct hpo_hocon){NULL, 0, 0};
	return hpo__hocon_read(hocon, text, strlen(text), "x.conf", find_variable, error);
}

/* What a text says at a path; NULL: nothing. */
static const struct {
	const char *text, *path, *value;
} cases[] = {
	{"a: 1", "a", "1"},
	{"a = x", "a", "x"},
	{"a { b = x }", "a.b", "x"},
	{"a: { b: x }", "a.b", "x"},
	{"a\n{\n b = x\n}", "a.b", "x"},
	{"a =\n {\n b = x }", "a.b", "x"},
	{"{ a: x }", "a", "x"},
	{" # c\n// d\n{ a: x, }\n# e\n", "a", "x"},
	{"\xef\xbb\xbf" "a: x", "a", "x"},
	{"a.b.c = x", "a.b.c", "x"},
	{"a { b.c { d: x } }", "a.b.c.d", "x"},
	{"\"a\" : \"x\"", "a", "x"},
	{"\"a b\".c : \"x\"", "a b.c", "x"},
	{"a { \"b\" = \"x\", \"c\" = \"y\" }", "a.c", "y"},
	{"a: 1, b: 2", "b", "2"},
	{"a: 1,\n b: 2,\n", "b", "2"},
	{"a: 1\r\nb: 2\r\n", "a", "1"},
	{"a { b: 1 }\na { c: 2 }", "a.b", "1"},
	{"a { b: 1 } { c: 2 }", "a.c", "2"},
	{"a { b: 1 }\na { b: 2 }", "a.b", "2"},
	{"a { b: 1 }\na.b = 2", "a.b", "2"},
	{"a { b: 1 }\na = 2", "a.b", NULL},
	{"a { b: 1 }\na = null\na { c: 2 }", "a.b", NULL},
	{"a { b: 1 }\na = null\na { c: 2 }", "a.c", "2"},
	{"a: 1\na: null", "a", NULL},
	{"a: \"null\"", "a", "null"},
	{"a: true", "a", "true"},
	{"a: http://host:8008", "a", "http://host:8008"},
	{"a: http://host:8008/ # c", "a", "http://host:8008/"},
	{"a: http://host // c", "a", "http://host"},
	{"a: x y  z  ", "a", "x y  z"},
	{"a: \"x\" y \"z\"", "a", "x y z"},
	{"a: \"x // y # z, {}\"", "a", "x // y # z, {}"},
	{"a: \"\"", "a", ""},
	{"a: \" x \"", "a", " x "},
	{"a: \"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "a", "\"\\/\b\f\n\r\t"},
	{"a: \"C:\\data\"", "a", "C:\\data"},
	{"a: \"\\u00e4\\ud83d\\ude00\"", "a", "\xc3\xa4\xf0\x9f\x98\x80"},
	{"a: \"\"\"x \"y\" \\n\nz\"\"\"", "a", "x \"y\" \\n\nz"},
	{"a: \"\"\"x\"\"\"\"", "a", "x\""},
	{"a: \"\"\"\"\"\"", "a", ""},
	{"a: ${HOST}", "a", "example.org"},
	{"a: http://${HOST}:8008", "a", "http://example.org:8008"},
	{"a: \"http://\"${HOST}\":8008\"", "a", "http://example.org:8008"},
	{"a: \"${HOST}\"", "a", "${HOST}"},
	{"a: ${?HOST}", "a", "example.org"},
	{"a: 1\na: ${?NOWHERE}", "a", "1"},
	{"a: x${?NOWHERE}y", "a", "xy"},
	{"a: ${EMPTY}", "a", ""},
	{"b.c: 7\na: ${b.c}", "a", "7"},
	{"HOST: mine\na: ${HOST}", "a", "mine"},
	{"a: [1, \"]\", {b: [2]}] \nc: 3", "c", "3"},
	{"a: [1]", "a", NULL},
	{"a: [\n# ]\n http://x ]\nc: 3", "c", "3"},
	{"a: [1] [2]\nc: 3", "c", "3"},
	{"a += 1\nc: 3", "c", "3"},
	{"include \"other.conf\"\nc: 3", "c", "3"},
	{"include required(file(\"o\"))\nc: 3", "c", "3"},
	{"include: 3", "include", "3"},
	{"includes = 3", "includes", "3"},
	{"a: {}\nc: 3", "c", "3"},
	{"", "a", NULL},
	{"# nothing", "a", NULL},
	{"a: 1", "b", NULL},
	{"ab: 1", "a", NULL},
};

START_TEST(a_text_says_what_it_says)
{
	struct hpo_hocon hocon;
	hpo_error_t error = {0, ""};
	const char *value;

	ck_assert_msg(read_text(&hocon, cases[_i].text, &error) == HPO_OK, "%s: %s",
		      cases[_i].text, error.message);

	value = hpo__hocon_get(&hocon, cases[_i].path);
	if (cases[_i].value == NULL)
		ck_assert_ptr_null(value);
	else
		ck_assert_pstr_eq(value, cases[_i].value);
	hpo__hocon_release(&hocon);
}
END_TEST

static const struct {
	const char *text, *sentence;
} refusals[] = {
	{"a: 1\nb c\n", "x.conf:2: expected ':', '=' or '{' after a key"},
	{"a:\nb: 1\n", "x.conf:1: expected a value"},
	{"a: ,\n", "x.conf:1: expected a value"},
	{": 1", "x.conf:1: expected a key"},
	{"a. : 1", "x.conf:1: expected a key"},
	{"a: \"x\nb: 1", "x.conf:1: a string does not end on its line: close it with \""},
	{"\n\na: \"\"\"x\n\n", "x.conf:3: a string does not end: close it with \"\"\""},
	{"\na {\n b: 1\n", "x.conf:2: an object does not end: close it with }"},
	{"{ a: 1 }\nb: 2", "x.conf:2: something stands after the closing }"},
	{"a: [1, 2\n", "x.conf:2: an array does not end: close it with ]"},
	{"a: x { b: 1 }", "x.conf:1: an object or array after a value: expected a new line or a "
			  "comma"},
	{"a: ${NOWHERE}", "x.conf:1: ${NOWHERE} is not set: set it, or write ${?NOWHERE}"},
	{"a: ${NOWHERE", "x.conf:1: expected ${NAME}"},
	{"a: ${}", "x.conf:1: expected ${NAME}"},
	{"a: \"\\u12\"", "x.conf:1: expected four hexadecimal digits after \\u"},
	{"a: \"\\u0000\"", "x.conf:1: \\u0000 and half characters are not allowed"},
	{"a: \"\\udc00\"", "x.conf:1: \\u0000 and half characters are not allowed"},
	{"a: \"\\ud800\\u0041\"", "x.conf:1: half a character: expected \\uDC00 to \\uDFFF"},
	{"a: 1\n}", "x.conf:2: expected a key"},
};

START_TEST(what_is_wrong_is_told_with_its_line)
{
	struct hpo_hocon hocon;
	hpo_error_t error = {0, ""};

	ck_assert_int_eq(read_text(&hocon, refusals[_i].text, &error), HPO_EINVAL);

	ck_assert_str_eq(error.message, refusals[_i].sentence);
	hpo__hocon_release(&hocon);
}
END_TEST

START_TEST(a_value_is_in_no_sentence)
{
	static const char *const texts[] = {
		"secret_key: SECRET { x",	"secret_key: \"SECRET\n",
		"secret_key: \"\"\"SECRET\n",	"secret_key SECRET",
		"secret_key: SECRET ${NOWHERE}", "secret_key: \"SECRET\\u\"",
		"secret_key: [\"SECRET\"",
	};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct hpo_hocon hocon;
		hpo_error_t error = {0, ""};

		ck_assert_int_eq(read_text(&hocon, texts[i], &error), HPO_EINVAL);
		ck_assert_ptr_null(strstr(error.message, "SECRET"));
		hpo__hocon_release(&hocon);
	}
}
END_TEST

START_TEST(a_zero_byte_is_refused)
{
	struct hpo_hocon hocon = {NULL, 0, 0};
	hpo_error_t error = {0, ""};

	ck_assert_int_eq(hpo__hocon_read(&hocon, "a: x\0y", 6, "x.conf", find_variable, &error),
			 HPO_EINVAL);
	ck_assert_str_eq(error.message, "x.conf:1: the text has a zero byte");
	hpo__hocon_release(&hocon);
}
END_TEST

/* A text of `count` times `open` around nothing, closed again. */
static char *nest(const char *open, const char *close, size_t count)
{
	char *text = calloc(count * (strlen(open) + strlen(close)) + 8, 1);

	for (size_t i = 0; i < count; i++)
		strcat(text, open);
	for (size_t i = 0; i < count; i++)
		strcat(text, close);
	return text;
}

START_TEST(objects_are_nested_no_deeper_than_64)
{
	struct hpo_hocon hocon;
	hpo_error_t error = {0, ""};
	char *fine = nest("a{", "}", 64);
	char *deep = nest("a{", "}", 65);

	ck_assert_int_eq(read_text(&hocon, fine, &error), HPO_OK);
	hpo__hocon_release(&hocon);
	ck_assert_int_eq(read_text(&hocon, deep, &error), HPO_EINVAL);

	ck_assert_str_eq(error.message, "x.conf:1: nested too deep");
	hpo__hocon_release(&hocon);
	free(fine);
	free(deep);
}
END_TEST

START_TEST(arrays_are_nested_no_deeper_than_64)
{
	struct hpo_hocon hocon;
	hpo_error_t error = {0, ""};
	char *text = nest("[", "]", 65);
	char whole[200];

	snprintf(whole, sizeof whole, "a: %s", text);
	ck_assert_int_eq(read_text(&hocon, whole, &error), HPO_EINVAL);

	ck_assert_str_eq(error.message, "x.conf:1: nested too deep");
	hpo__hocon_release(&hocon);
	free(text);
}
END_TEST

START_TEST(values_made_of_values_do_not_grow_without_end)
{
	struct hpo_hocon hocon;
	hpo_error_t error = {0, ""};
	char text[2000] = "v0: 0123456789\n";

	for (int i = 1; i < 40; i++)
		snprintf(text + strlen(text), sizeof text - strlen(text), "v%d: ${v%d}${v%d}\n", i,
			 i - 1, i - 1);

	ck_assert_int_eq(read_text(&hocon, text, &error), HPO_EINVAL);

	ck_assert_str_eq(error.message, "x.conf:14: a value is longer than 64 KiB");
	hpo__hocon_release(&hocon);
}
END_TEST

START_TEST(a_path_is_no_longer_than_1024)
{
	struct hpo_hocon hocon;
	hpo_error_t error = {0, ""};
	char text[1100];

	memset(text, 'k', sizeof text);
	strcpy(text + 1025, ": 1");

	ck_assert_int_eq(read_text(&hocon, text, &error), HPO_EINVAL);

	ck_assert_str_eq(error.message, "x.conf:1: a key is too long");
	hpo__hocon_release(&hocon);
}
END_TEST

START_TEST(a_later_text_overrides_an_earlier_one)
{
	struct hpo_hocon hocon = {NULL, 0, 0};
	hpo_error_t error = {0, ""};

	hpo__hocon_read(&hocon, "a: 1\nb: 2", 9, "x", find_variable, &error);
	hpo__hocon_read(&hocon, "a: 3", 4, "y", find_variable, &error);

	ck_assert_str_eq(hpo__hocon_get(&hocon, "a"), "3");
	ck_assert_str_eq(hpo__hocon_get(&hocon, "b"), "2");
	hpo__hocon_release(&hocon);
}
END_TEST

static hpo_status_t read_some(void *user)
{
	struct hpo_hocon hocon;
	hpo_error_t error = {0, ""};
	hpo_status_t status =
		read_text(&hocon, "a { b: \"x\", c: null }\nd: [1]\ne: ${HOST}", &error);

	(void)user;
	hpo__hocon_release(&hocon);
	return status;
}

START_TEST(every_failing_allocation_is_survived)
{
	hpo_test_each_allocation(read_some, NULL);
}
END_TEST

Suite *unit_backend_clearml_hocon(void);
Suite *unit_backend_clearml_hocon(void)
{
	Suite *suite = suite_create("backend/clearml_hocon");
	TCase *all = tcase_create("hocon");

	tcase_add_loop_test(all, a_text_says_what_it_says, 0, sizeof cases / sizeof *cases);
	tcase_add_loop_test(all, what_is_wrong_is_told_with_its_line, 0,
			    sizeof refusals / sizeof *refusals);
	tcase_add_test(all, a_value_is_in_no_sentence);
	tcase_add_test(all, a_zero_byte_is_refused);
	tcase_add_test(all, objects_are_nested_no_deeper_than_64);
	tcase_add_test(all, arrays_are_nested_no_deeper_than_64);
	tcase_add_test(all, values_made_of_values_do_not_grow_without_end);
	tcase_add_test(all, a_path_is_no_longer_than_1024);
	tcase_add_test(all, a_later_text_overrides_an_earlier_one);
	tcase_add_test(all, every_failing_allocation_is_survived);
	suite_add_tcase(suite, all);
	return suite;
}
