/*
 * Study files: every folder of tests/cases/study is a case.
 */
#include "trial/study.h"
#include "support/alloc.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *unit_trial_study(void);

static char *load(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = calloc(1, 1 << 16);
	size_t size;

	ck_assert_msg(file != NULL, "%s cannot be read", path);
	size = fread(text, 1, (1 << 16) - 1, file);
	text[size] = '\0';
	fclose(file);
	return text;
}

static void check_file(const char *folder, const char *name, const char *file, const char *got)
{
	char path[512];
	char *expected;

	snprintf(path, sizeof path, "%s/%s/%s", folder, name, file);
	expected = load(path);
	expected[strcspn(expected, "\n")] = '\0';
	ck_assert_msg(strcmp(expected, got) == 0, "%s: expected '%s', got '%s'", name, expected,
		      got);
	free(expected);
}

static char *load_input(const char *folder, const char *name)
{
	char path[512];

	snprintf(path, sizeof path, "%s/%s/input.json", folder, name);
	return load(path);
}

static void check_refused(const char *folder, const char *name)
{
	char *json = load_input(folder, name);
	hpo_error_t error = {0, ""};
	struct hpo_study *study = NULL;

	ck_assert_msg(hpo__study_parse(&study, json, &error) == HPO_EINVAL, "%s was not refused",
		      name);

	ck_assert_ptr_null(study);
	ck_assert_int_eq(error.code, HPO_EINVAL);
	check_file(folder, name, "error", error.message);
	free(json);
}

static char *write_study(const struct hpo_study *study)
{
	struct hpo_buffer out = HPO__BUFFER_INIT;

	hpo__study_write(study, &out);
	return hpo__buffer_take(&out);
}

static void check_accepted(const char *folder, const char *name)
{
	char *json = load_input(folder, name);
	hpo_error_t error = {0, ""};
	struct hpo_study *first = NULL;
	struct hpo_study *second = NULL;
	char *once;
	char *twice;

	ck_assert_msg(hpo__study_parse(&first, json, &error) == HPO_OK, "%s: %s", name,
		      error.message);
	once = write_study(first);
	ck_assert_msg(hpo__study_parse(&second, once, &error) == HPO_OK, "%s: %s", name,
		      error.message);
	twice = write_study(second);

	ck_assert_str_eq(once, twice);
	ck_assert_int_eq(hpo__study_compare(first, second, &error), HPO_OK);
	ck_assert_uint_eq(first->seed, second->seed);
	check_file(folder, name, "expected.json", once);
	hpo_free(once);
	hpo_free(twice);
	hpo__study_free(first);
	hpo__study_free(second);
	free(json);
}

static size_t each_case(const char *folder, void (*check)(const char *folder, const char *name))
{
	DIR *entries = opendir(folder);
	struct dirent *entry;
	size_t count = 0;

	ck_assert_msg(entries != NULL, "%s: tests run from the top of the checkout", folder);
	while ((entry = readdir(entries)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		check(folder, entry->d_name);
		count++;
	}
	closedir(entries);
	return count;
}

START_TEST(what_a_study_file_may_not_say_is_refused_with_its_path)
{
	ck_assert_uint_gt(each_case("tests/cases/study/refused", check_refused), 90);
}
END_TEST

START_TEST(what_a_study_file_may_say_is_read_and_written_alike)
{
	ck_assert_uint_gt(each_case("tests/cases/study/accepted", check_accepted), 10);
}
END_TEST

static struct hpo_study *parse(const char *json)
{
	struct hpo_study *study = NULL;
	hpo_error_t error = {0, ""};

	ck_assert_msg(hpo__study_parse(&study, json, &error) == HPO_OK, "%s", error.message);
	return study;
}

#define X "{\"name\":\"x\",\"type\":\"float\",\"low\":0,\"high\":1}"

START_TEST(what_is_left_out_has_its_default)
{
	struct hpo_study *study;

	study = parse("{\"objectives\":[{\"series\":\"a\"}],\"parameters\":[" X "]}");

	ck_assert_str_eq(study->name, "study");
	ck_assert_str_eq(study->strategy, "auto");
	ck_assert_str_eq(study->pruner, "none");
	ck_assert_uint_eq(study->seed, 0);
	ck_assert_int_eq(study->limits.trials, 0);
	ck_assert_int_eq(study->limits.concurrent, 1);
	ck_assert_double_eq(study->limits.failure_rate, 1);
	ck_assert_ptr_null(study->task_json);
	ck_assert_ptr_null(study->store);
	ck_assert_int_eq(study->objectives.list[0].goal, HPO_GOAL_MIN);
	hpo__study_free(study);
}
END_TEST

static const struct {
	const char *objectives;
	const char *words; /* NULL: no difference */
} differences[] = {
	{"[{\"title\":\"t\",\"series\":\"a\",\"goal\":\"max\"},{\"series\":\"b\",\"bound\":1}]",
	 NULL},
	{"[{\"title\":\"t\",\"series\":\"a\",\"goal\":\"max\"}]", "objectives: "},
	{"[{\"title\":\"t\",\"series\":\"a\",\"goal\":\"min\"},{\"series\":\"b\",\"bound\":1}]",
	 "objectives[0].goal"},
	{"[{\"series\":\"a\",\"goal\":\"max\"},{\"series\":\"b\",\"bound\":1}]", "'t/a'"},
	{"[{\"title\":\"t\",\"series\":\"a\",\"goal\":\"max\"},{\"series\":\"b\",\"bound\":2}]",
	 "objectives[1].bound"},
	{"[{\"title\":\"t\",\"series\":\"a\",\"goal\":\"max\"},{\"series\":\"b\"}]",
	 "objectives[1]"},
};

START_TEST(other_objectives_are_a_mismatch_that_is_named)
{
	hpo_error_t error = {0, ""};
	char json[400];
	struct hpo_study *was;
	struct hpo_study *is;
	hpo_status_t status;

	snprintf(json, sizeof json, "{\"objectives\":%s,\"parameters\":[" X "]}",
		 differences[0].objectives);
	was = parse(json);
	snprintf(json, sizeof json,
		 "{\"objectives\":%s,\"parameters\":[" X "],\"limits\":{\"trials\":9},"
		 "\"strategy\":\"grid\"}",
		 differences[_i].objectives);
	is = parse(json);

	status = hpo__study_compare(was, is, &error);

	ck_assert_int_eq(status, differences[_i].words == NULL ? HPO_OK : HPO_EMISMATCH);
	if (differences[_i].words != NULL)
		ck_assert_msg(strstr(error.message, differences[_i].words) != NULL, "%s",
			      error.message);
	hpo__study_free(was);
	hpo__study_free(is);
}
END_TEST

static hpo_space_t *make_space(void)
{
	hpo_space_t *space;

	ck_assert_int_eq(hpo_space_new(&space, NULL), HPO_OK);
	ck_assert_int_eq(hpo_space_add_float(space, "x", 0, 1, HPO_SCALE_LINEAR, NULL), HPO_OK);
	return space;
}

START_TEST(options_give_the_study_that_their_file_would)
{
	hpo_optimizer_options_t options = HPO_OPTIMIZER_OPTIONS_INIT;
	hpo_objective_t objective = {"t", "a", HPO_GOAL_MAX_GLOBAL};
	hpo_space_t *space = make_space();
	struct hpo_study *study = NULL;
	struct hpo_study *again;
	hpo_error_t error = {0, ""};
	char *text;
	char *twice;

	options.space = space;
	options.objectives = &objective;
	options.objective_count = 1;
	options.strategy = "tpe";
	options.seed = UINT64_MAX;
	options.pruner = "median";
	options.limits.trials = 12;
	options.task_json = "{\"command\":[\"./a\"]}";
	options.store = "sqlite:t.db";
	ck_assert_msg(hpo__study_from_options(&study, &options, &error) == HPO_OK, "%s",
		      error.message);
	hpo_space_free(space);

	text = write_study(study);
	again = parse(text);
	twice = write_study(again);

	ck_assert_str_eq(text, twice);
	ck_assert_uint_eq(again->seed, UINT64_MAX);
	ck_assert_str_eq(again->task_json, "{\"command\":[\"./a\"]}");
	ck_assert_int_eq(hpo__study_compare(study, again, NULL), HPO_OK);
	hpo_free(text);
	hpo_free(twice);
	hpo__study_free(study);
	hpo__study_free(again);
}
END_TEST

START_TEST(options_have_one_objective_by_default)
{
	hpo_optimizer_options_t options;
	hpo_space_t *space = make_space();
	struct hpo_study *study = NULL;

	hpo_optimizer_options_init(&options);
	options.space = space;

	ck_assert_int_eq(hpo__study_from_options(&study, &options, NULL), HPO_OK);

	ck_assert_uint_eq(study->objectives.count, 1);
	ck_assert_str_eq(study->objectives.list[0].key, "objective");
	hpo__study_free(study);
	hpo_space_free(space);
}
END_TEST

START_TEST(the_initialisers_of_options_give_the_same)
{
	hpo_optimizer_options_t macro = HPO_OPTIMIZER_OPTIONS_INIT;
	hpo_optimizer_options_t function;

	hpo_optimizer_options_init(&function);

	ck_assert_uint_eq(macro.struct_size, function.struct_size);
	ck_assert_ptr_eq(macro.space, function.space);
	ck_assert_int_eq(macro.limits.concurrent, function.limits.concurrent);
	ck_assert_ptr_eq(macro.log_user, function.log_user);
}
END_TEST

static void spoil(hpo_optimizer_options_t *o, int which)
{
	static const hpo_objective_t nameless = {NULL, "", HPO_GOAL_MIN};
	static const hpo_objective_t goalless = {NULL, "a", (hpo_goal_t)9};

	switch (which) {
	case 0:
		o->space = NULL;
		break;
	case 1:
		o->name = "a\tb";
		break;
	case 2:
		o->objectives = &nameless;
		o->objective_count = 1;
		break;
	case 3:
		o->objectives = &goalless;
		o->objective_count = 1;
		break;
	case 4:
		o->limits.trials = -1;
		break;
	case 5:
		o->limits.failure_rate = 1.5;
		break;
	case 6:
		o->limits.minutes = -1;
		break;
	case 7:
		o->task_json = "{\"command\":3}";
		break;
	case 8:
		o->task_json = "nonsense";
		break;
	case 9:
		o->limits.min_iterations = 2;
		o->limits.max_iterations = 1;
		break;
	default:
		o->struct_size = 0;
		break;
	}
}

START_TEST(options_that_cannot_be_are_refused)
{
	hpo_optimizer_options_t options = HPO_OPTIMIZER_OPTIONS_INIT;
	hpo_space_t *space = make_space();
	struct hpo_study *study = NULL;
	hpo_error_t error = {0, ""};

	options.space = space;
	spoil(&options, _i);

	ck_assert_int_eq(hpo__study_from_options(&study, &options, &error), HPO_EINVAL);

	ck_assert_ptr_null(study);
	ck_assert_int_gt((int)strlen(error.message), 10);
	hpo_space_free(space);
}
END_TEST

START_TEST(a_shorter_options_struct_of_an_earlier_version_is_taken)
{
	hpo_optimizer_options_t options = HPO_OPTIMIZER_OPTIONS_INIT;
	hpo_space_t *space = make_space();
	struct hpo_study *study = NULL;

	options.space = space;
	options.struct_size = offsetof(hpo_optimizer_options_t, strategy);
	options.strategy = "beyond the end";

	ck_assert_int_eq(hpo__study_from_options(&study, &options, NULL), HPO_OK);

	ck_assert_str_eq(study->strategy, "auto");
	hpo__study_free(study);
	hpo_space_free(space);
}
END_TEST

static hpo_status_t parse_and_write(void *user)
{
	struct hpo_buffer out = HPO__BUFFER_INIT;
	struct hpo_study *study = NULL;
	hpo_error_t error = {0, ""};
	hpo_status_t status = hpo__study_parse(&study, user, &error);

	if (status >= 0) {
		hpo__study_write(study, &out);
		status = out.failed ? HPO_ENOMEM : HPO_OK;
	}
	hpo__buffer_release(&out);
	hpo__study_free(study);
	return status;
}

START_TEST(no_allocation_that_fails_leaks_or_passes_for_success)
{
	char *json = load("tests/cases/study/accepted/of_the_design/input.json");

	hpo_test_alloc_install();

	hpo_test_each_allocation(parse_and_write, json);

	hpo_test_alloc_remove();
	free(json);
}
END_TEST

static hpo_status_t from_options(void *user)
{
	struct hpo_study *study = NULL;
	hpo_status_t status = hpo__study_from_options(&study, user, NULL);

	hpo__study_free(study);
	return status;
}

START_TEST(no_allocation_that_fails_while_options_are_copied_leaks)
{
	hpo_optimizer_options_t options = HPO_OPTIMIZER_OPTIONS_INIT;
	hpo_space_t *space = make_space();

	options.space = space;
	options.task_json = "{\"command\":[\"./a\"]}";
	hpo_test_alloc_install();

	hpo_test_each_allocation(from_options, &options);

	hpo_test_alloc_remove();
	hpo_space_free(space);
}
END_TEST

Suite *unit_trial_study(void)
{
	Suite *suite = suite_create("trial/study");
	TCase *all = tcase_create("all");

	tcase_set_timeout(all, 60);
	tcase_add_test(all, what_a_study_file_may_not_say_is_refused_with_its_path);
	tcase_add_test(all, what_a_study_file_may_say_is_read_and_written_alike);
	tcase_add_test(all, what_is_left_out_has_its_default);
	tcase_add_loop_test(all, other_objectives_are_a_mismatch_that_is_named, 0,
			    (int)(sizeof differences / sizeof *differences));
	tcase_add_test(all, options_give_the_study_that_their_file_would);
	tcase_add_test(all, options_have_one_objective_by_default);
	tcase_add_test(all, the_initialisers_of_options_give_the_same);
	tcase_add_loop_test(all, options_that_cannot_be_are_refused, 0, 11);
	tcase_add_test(all, a_shorter_options_struct_of_an_earlier_version_is_taken);
	tcase_add_test(all, no_allocation_that_fails_leaks_or_passes_for_success);
	tcase_add_test(all, no_allocation_that_fails_while_options_are_copied_leaks);
	suite_add_tcase(suite, all);
	return suite;
}
