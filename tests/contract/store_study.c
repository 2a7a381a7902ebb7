/*
 * Studies in a store: their definitions, what is filed under them, and what changed in them.
 */
#include "contract/store.h"

START_TEST(a_study_is_created_once)
{
	int created = 1;

	ck_assert_int_eq(ops->create(state, "s", "{\"other\":1}", &created, NULL), HPO_OK);

	ck_assert_int_eq(created, 0);
	ck_assert_str_eq(study_row().definition, DEFINITION);
}
END_TEST

static hpo_status_t append_name(const hpo_study_row_t *row, void *user)
{
	strcat(user, row->name);
	return HPO_OK;
}

START_TEST(studies_come_by_name)
{
	char names[32] = "";
	int created;

	ops->create(state, "z", DEFINITION, &created, NULL);
	ops->create(state, "a", DEFINITION, &created, NULL);

	ck_assert_int_eq(ops->studies(state, append_name, names, NULL), HPO_OK);

	ck_assert_str_eq(names, "asz");
}
END_TEST

START_TEST(a_removed_study_is_not_found)
{
	hpo_study_row_t row;
	struct seen seen = {0};
	hpo_trial_row_t waiting = {.struct_size = sizeof waiting, .params = "{}"};
	int64_t id;
	int64_t inserted;
	int64_t revision;
	int stopped;

	start(join());

	ck_assert_int_eq(ops->remove(state, study, NULL), HPO_OK);

	ck_assert_int_eq(ops->study(state, "s", see_study, &row, NULL), HPO_ENOTFOUND);
	ck_assert_int_eq(ops->remove(state, study, NULL), HPO_ENOTFOUND);
	ck_assert_int_eq(ops->join(state, study, &id, NULL), HPO_ENOTFOUND);
	ck_assert_int_eq(ops->claim(state, study, 1, 0, 1, see_trial, &seen, NULL), HPO_ENOTFOUND);
	ck_assert_int_eq(ops->insert(state, study, &waiting, 1, &inserted, NULL), HPO_ENOTFOUND);
	ck_assert_int_eq(ops->redefine(state, study, "{}", NULL), HPO_ENOTFOUND);
	ck_assert_int_eq(ops->mark_stopped(state, study, 1, NULL), HPO_ENOTFOUND);
	ck_assert_int_eq(ops->revision(state, study, &revision, &stopped, NULL), HPO_ENOTFOUND);
}
END_TEST

START_TEST(attributes_of_a_study_are_kept)
{
	int64_t revision;

	ck_assert_ptr_null(study_row().attributes);
	revision = study_row().revision;

	ck_assert_int_eq(ops->describe(state, study, "{\"note\":\"n\"}", NULL), HPO_OK);

	ck_assert_str_eq(study_row().attributes, "{\"note\":\"n\"}");
	ck_assert_int_gt(study_row().revision, revision);
	ck_assert_int_eq(ops->describe(state, study + 99, "{}", NULL), HPO_ENOTFOUND);
}
END_TEST

START_TEST(a_definition_that_changed_is_seen_since_a_revision)
{
	hpo_study_row_t row = {0};
	int64_t revision;

	revision = study_row().revision;
	ck_assert_int_eq(ops->redefined(state, study, revision, see_study, &row, NULL), HPO_OK);
	ck_assert_ptr_null(row.definition);

	ck_assert_int_eq(ops->redefine(state, study, "{\"name\":\"s\",\"a\":1}", NULL), HPO_OK);
	ck_assert_int_eq(ops->redefined(state, study, revision, see_study, &row, NULL), HPO_OK);
	ck_assert_str_eq(row.definition, "{\"name\":\"s\",\"a\":1}");

	row = (hpo_study_row_t){0};
	revision = study_row().revision;
	ck_assert_int_eq(ops->redefined(state, study, revision, see_study, &row, NULL), HPO_OK);
	ck_assert_ptr_null(row.definition);
}
END_TEST

/* "{}{\"b\":2}": what was given, one after the other. */
static hpo_status_t join_definition(const char *definition, void *user)
{
	char *text = user;

	ck_assert_uint_lt(strlen(text) + strlen(definition), 256);
	strcat(text, definition);
	return HPO_OK;
}

START_TEST(former_definitions_are_kept_or_none)
{
	char all[256] = "";

	ck_assert_int_eq(ops->redefine(state, study, "{\"b\":2}", NULL), HPO_OK);
	ck_assert_int_eq(ops->redefine(state, study, "{\"b\":2}", NULL), HPO_OK);
	ck_assert_int_eq(ops->redefine(state, study, "{\"c\":3}", NULL), HPO_OK);

	ck_assert_int_eq(ops->definitions(state, study, join_definition, all, NULL), HPO_OK);

	if (all[0] != '\0') {
		size_t size = strlen(all);

		ck_assert_uint_gt(size, 14);
		ck_assert_str_eq(all + size - 14, "{\"b\":2}{\"c\":3}");
	}
}
END_TEST

START_TEST(only_what_changed_is_read_again)
{
	struct seen seen = {0};
	hpo_trial_row_t trial;
	int64_t revision = 0;
	int64_t worker = join();
	int stopped = 1;

	trial = start(worker);
	start(worker);
	start(worker);
	ck_assert_int_eq(ops->revision(state, study, &revision, &stopped, NULL), HPO_OK);
	ck_assert_int_eq(stopped, 0);
	ops->changes(state, study, revision, see_trial, &seen, NULL);
	ck_assert_int_eq(seen.count, 0);

	finish(0, trial.epoch, HPO_TRIAL_COMPLETED, "[1]");
	ops->changes(state, study, revision, see_trial, &seen, NULL);
	ck_assert_int_eq(seen.count, 1);
	ck_assert_int_eq(seen.row.number, 0);
	ck_assert_int_gt(seen.row.revision, revision);
	memset(&seen, 0, sizeof seen);
	ops->changes(state, study, 0, see_trial, &seen, NULL);

	ck_assert_int_eq(seen.count, 3);
	ck_assert_int_eq(seen.numbers[0], 1);
	ck_assert_int_eq(seen.numbers[1], 2);
	ck_assert_int_eq(seen.numbers[2], 0);
}
END_TEST

START_TEST(every_change_shows_in_the_revision)
{
	const hpo_report_row_t row = {.iteration = 1, .metric = "loss", .value = 1};
	hpo_trial_row_t note = {.struct_size = sizeof note, .task = "t1"};
	int64_t was = 0;
	int64_t is = 0;
	int stopped = 0;

	start(join());
	ops->revision(state, study, &was, &stopped, NULL);

	ck_assert_int_eq(ops->report(state, study, &row, 1, NULL), HPO_OK);
	ops->revision(state, study, &is, &stopped, NULL);
	ck_assert_int_gt(is, was);
	was = is;
	ck_assert_int_eq(ops->annotate(state, study, &note, NULL), HPO_OK);
	ops->revision(state, study, &is, &stopped, NULL);
	ck_assert_int_gt(is, was);
	was = is;
	ck_assert_int_eq(ops->redefine(state, study, "{\"b\":2}", NULL), HPO_OK);
	ops->revision(state, study, &is, &stopped, NULL);
	ck_assert_int_gt(is, was);
	ck_assert_str_eq(study_row().definition, "{\"b\":2}");
	was = is;
	ck_assert_int_eq(ops->mark_stopped(state, study, 1, NULL), HPO_OK);
	ops->revision(state, study, &is, &stopped, NULL);

	ck_assert_int_gt(is, was);
	ck_assert_int_eq(stopped, 1);
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, a_study_is_created_once);
	tcase_add_test(tests, studies_come_by_name);
	tcase_add_test(tests, a_removed_study_is_not_found);
	tcase_add_test(tests, attributes_of_a_study_are_kept);
	tcase_add_test(tests, a_definition_that_changed_is_seen_since_a_revision);
	tcase_add_test(tests, former_definitions_are_kept_or_none);
	tcase_add_test(tests, only_what_changed_is_read_again);
	tcase_add_test(tests, every_change_shows_in_the_revision);
}

Suite *contract_store_study(void);
Suite *contract_store_study(void)
{
	return make_suite("contract/store_study", add_tests);
}
