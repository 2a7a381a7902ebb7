/*
 * Spaces from study files: every folder of tests/cases/space is a case.
 *
 * refused/<case>/: `input.json` holds `parameters` and perhaps `constraints`,
 * `error` the sentence. accepted/<case>/: `expected.json` holds what is written
 * again, the number of axes and that of points. HPO_TEST_WRITE=1 writes the
 * expectations anew, for a person to read.
 */
#include "unit/space/make.h"

#include "base/alloc.h"
#include "support/alloc.h"

#include <dirent.h>

Suite *unit_space_json(void);

/* A whole file in memory, terminated; NULL if there is none. */
static char *load(const char *path)
{
	FILE *file = fopen(path, "rb");
	char *text;
	size_t size;

	if (file == NULL)
		return NULL;
	text = calloc(1, 1 << 16);
	size = fread(text, 1, (1 << 16) - 1, file);
	fclose(file);
	ck_assert_uint_lt(size, (1 << 16) - 1);
	return text;
}

static void save(const char *path, const char *text)
{
	FILE *file = fopen(path, "wb");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
}

/* Compare with a file, but for the end of its last line; or write it. */
static void check_file(const char *name, const char *path, const char *text)
{
	char *expected = load(path);

	if (getenv("HPO_TEST_WRITE") != NULL) {
		save(path, text);
	} else {
		ck_assert_msg(expected != NULL, "%s: no expectation", name);
		ck_assert_msg(strcmp(expected, text) == 0, "%s: expected %s got %s", name, expected,
			      text);
	}
	free(expected);
}

static hpo_status_t read_space(hpo_space_t **out, const char *json, hpo_error_t *error)
{
	struct hpo_json_at root, parameters, constraints;
	hpo_json_t *tree;
	hpo_status_t status;

	*out = NULL;
	hpo__error_clear(error);
	status = hpo__json_parse(&tree, json, strlen(json), "the case", error);
	if (status < 0)
		return status;
	root = hpo__json_root(tree);
	parameters = hpo__json_member(&root, "parameters");
	constraints = hpo__json_member(&root, "constraints");
	status = hpo__space_read(out, &parameters, &constraints, error);
	hpo__json_free(tree);
	return status;
}

static void write_space(const hpo_space_t *space, struct hpo_buffer *out)
{
	hpo__buffer_text(out, "{\"parameters\":");
	hpo__space_write(space, out);
	hpo__buffer_text(out, ",\n\"constraints\":");
	hpo__space_write_constraints(space, out);
	hpo__buffer_format(out, ",\n\"dims\":%zu,\n\"points\":", hpo_space_dims(space));
	hpo__buffer_json_real(out, hpo_space_cardinality(space));
	hpo__buffer_text(out, "}\n");
}

static void check_refused(const char *name, const char *folder)
{
	char path[512];
	char sentence[600];
	hpo_space_t *space;
	hpo_error_t error;
	hpo_status_t status;
	char *json;

	snprintf(path, sizeof path, "%s/%s/input.json", folder, name);
	json = load(path);
	ck_assert_ptr_nonnull(json);

	status = read_space(&space, json, &error);

	ck_assert_msg(status == HPO_EINVAL, "%s was not refused", name);
	ck_assert_ptr_null(space);
	snprintf(path, sizeof path, "%s/%s/error", folder, name);
	snprintf(sentence, sizeof sentence, "%s\n", error.message);
	check_file(name, path, sentence);
	free(json);
}

static void check_accepted(const char *name, const char *folder)
{
	struct hpo_buffer first = HPO__BUFFER_INIT;
	struct hpo_buffer second = HPO__BUFFER_INIT;
	char path[512];
	hpo_space_t *space;
	hpo_space_t *again;
	hpo_error_t error;
	char *json;

	snprintf(path, sizeof path, "%s/%s/input.json", folder, name);
	json = load(path);
	ck_assert_ptr_nonnull(json);

	ck_assert_msg(read_space(&space, json, &error) == HPO_OK, "%s: %s", name, error.message);
	write_space(space, &first);
	ck_assert_msg(read_space(&again, first.text, &error) == HPO_OK, "%s: %s", name,
		      error.message);
	write_space(again, &second);

	ck_assert_str_eq(first.text, second.text);
	ck_assert_msg(hpo__space_compare(space, again, &error) == HPO_OK, "%s: %s", name,
		      error.message);
	snprintf(path, sizeof path, "%s/%s/expected.json", folder, name);
	check_file(name, path, first.text);
	hpo__buffer_release(&first);
	hpo__buffer_release(&second);
	hpo_space_free(space);
	hpo_space_free(again);
	free(json);
}

static size_t each_case(const char *folder, void (*check)(const char *name, const char *folder))
{
	DIR *entries = opendir(folder);
	struct dirent *entry;
	size_t count = 0;

	ck_assert_msg(entries != NULL, "%s: tests run from the top of the checkout", folder);
	while ((entry = readdir(entries)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		check(entry->d_name, folder);
		count++;
	}
	closedir(entries);
	return count;
}

START_TEST(what_a_study_file_may_not_say_is_refused_with_its_path)
{
	ck_assert_uint_gt(each_case("tests/cases/space/refused", check_refused), 90);
}
END_TEST

START_TEST(what_a_study_file_may_say_is_read_and_written_alike)
{
	ck_assert_uint_gt(each_case("tests/cases/space/accepted", check_accepted), 20);
}
END_TEST

START_TEST(a_text_that_is_no_json_is_refused)
{
	hpo_space_t *space;
	hpo_error_t error;

	ck_assert_int_eq(hpo_space_from_json(&space, "[{\"name\":", &error), HPO_EINVAL);
	ck_assert_ptr_null(space);
	ck_assert_ptr_nonnull(strstr(error.message, "the parameters: line 1"));
	ck_assert_int_eq(hpo_space_from_json(&space, "[{\"name\":1,\"name\":2}]", NULL),
			 HPO_EINVAL);
}
END_TEST

static const char everything[] =
	"{\"parameters\":[{\"name\":\"x\",\"type\":\"float\",\"low\":0.1,\"high\":0.3,\"step\":0.1,"
	"\"default\":0.2,\"when\":{\"o\":[\"a\",\"b\"],\"k\":[1,2]}},"
	"{\"name\":\"o\",\"type\":\"categorical\",\"choices\":[\"a\",\"b\",3]},"
	"{\"name\":\"k\",\"type\":\"int\",\"low\":1,\"high\":3},"
	"{\"type\":\"ParameterSet\",\"values\":[{\"p\":1,\"q\":{\"type\":"
	"\"LogUniformParameterRange\",\"name\":\"q\",\"min_value\":-2,\"max_value\":0}},"
	"{\"p\":[1,2]}]}],\"constraints\":[\"x * k <= 2\"]}";

static hpo_status_t read_write_clone(void *user)
{
	struct hpo_buffer out = HPO__BUFFER_INIT;
	hpo_space_t *space = NULL;
	hpo_space_t *clone = NULL;
	hpo_error_t error;
	hpo_status_t status = read_space(&space, everything, &error);

	(void)user;
	if (status < 0) {
		ck_assert_msg(status == HPO_ENOMEM, "%s", error.message);
		goto done;
	}
	clone = hpo__space_clone(space);
	status = HPO_ENOMEM;
	if (clone == NULL)
		goto done;
	ck_assert_int_eq(hpo__space_compare(space, clone, &error), HPO_OK);
	hpo__space_write(clone, &out);
	status = out.failed ? HPO_ENOMEM : HPO_OK;
done:
	hpo__buffer_release(&out);
	hpo_space_free(space);
	hpo_space_free(clone);
	return status;
}

START_TEST(reading_survives_every_failed_allocation)
{
	hpo_test_each_allocation(read_write_clone, NULL);
}
END_TEST

Suite *unit_space_json(void)
{
	Suite *suite = suite_create("space/json");
	TCase *tests = tcase_create("json");

	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, what_a_study_file_may_not_say_is_refused_with_its_path);
	tcase_add_test(tests, what_a_study_file_may_say_is_read_and_written_alike);
	tcase_add_test(tests, a_text_that_is_no_json_is_refused);
	tcase_add_test(tests, reading_survives_every_failed_allocation);
	suite_add_tcase(suite, tests);
	return suite;
}
