/*
 * Tables of trials and of any cells.
 */
#include "unit/report/make.h"

#include "support/alloc.h"

START_TEST(trials_are_listed_by_number)
{
	hpo_records_t *records = plain_records();
	char *table = hpo_report_table(records, HPO_REPORT_BY_NUMBER, 0, 0, NULL);

	hpo_records_free(records);
	check_text(table, "trial  state       loss        x  k   n  reason\n"
			  "    0  completed    0.5      0.1  a   3\n"
			  "    1  failed         -       -2  =b  -  exit status 3\n"
			  "    2  pruned     0.125        1  a   1  iteration 1\n"
			  "    3  completed   0.25  0.12346      -\n"
			  "    4  running        -        5  =b  -\n");
}
END_TEST

START_TEST(best_first_puts_the_pruned_behind_the_completed)
{
	hpo_records_t *records = plain_records();
	char *table = hpo_report_table(records, HPO_REPORT_BEST_FIRST, 0, 0, NULL);

	hpo_records_free(records);
	check_text(table, "trial  state       loss        x  k  n  reason\n"
			  "    3  completed   0.25  0.12346     -\n"
			  "    0  completed    0.5      0.1  a  3\n"
			  "    2  pruned     0.125        1  a  1  iteration 1\n");
}
END_TEST

START_TEST(a_limit_keeps_the_first_rows)
{
	hpo_records_t *records = plain_records();
	char *table = hpo_report_table(records, HPO_REPORT_BEST_FIRST, 1, 0, NULL);

	hpo_records_free(records);
	check_text(table, "trial  state      loss        x  k  n  reason\n"
			  "    3  completed  0.25  0.12346     -\n");
}
END_TEST

START_TEST(no_line_is_wider_than_the_terminal)
{
	hpo_records_t *records = plain_records();

	for (int width = 1; width < 60; width++) {
		char *table = hpo_report_table(records, HPO_REPORT_BY_NUMBER, 0, width, NULL);

		for (char *line = strtok(table, "\n"); line != NULL; line = strtok(NULL, "\n")) {
			size_t cells = 0;

			for (char *c = line; *c != '\0'; c++)
				cells += ((unsigned char)*c & 0xc0) != 0x80;
			ck_assert_uint_le(cells, (size_t)width);
		}
		hpo__free(table);
	}
	hpo_records_free(records);
}
END_TEST

START_TEST(a_study_without_trials_is_a_header)
{
	hpo_records_t *records = make_records(PLAIN_STUDY, NULL, 0);
	char *by_number = hpo_report_table(records, HPO_REPORT_BY_NUMBER, 0, 0, NULL);
	char *best = hpo_report_table(records, HPO_REPORT_BEST_FIRST, 5, 0, NULL);

	hpo_records_free(records);
	check_text(by_number, "trial  state  loss  x  k  n\n");
	check_text(best, "trial  state  loss  x  k  n\n");
}
END_TEST

START_TEST(any_cells_become_a_table)
{
	static const char *const cells[] = { "name", "n", "b\xc3\xbc", "10", "\x1b", NULL };
	char *table = hpo_report_grid(cells, 3, 2, 0, NULL);

	check_text(table, "name   n\nb\xc3\xbc    10\n\\x1b\n");
}
END_TEST

START_TEST(a_long_cell_leaves_room_for_the_next_columns)
{
	static const char *const cells[] = {
		"text", "n", "qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq", "7"
	};
	char *table = hpo_report_grid(cells, 2, 2, 60, NULL);

	check_text(table, "text                              n\n"
			  "qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq\xe2\x80\xa6  7\n");
}
END_TEST

static hpo_status_t make_table(void *user)
{
	hpo_error_t error;
	char *table = hpo_report_table(user, HPO_REPORT_BEST_FIRST, 0, 40, &error);

	hpo__free(table);
	return table != NULL ? HPO_OK : (hpo_status_t)error.code;
}

static hpo_status_t make_grid(void *user)
{
	static const char *const cells[] = { "a", "b", "c", "d" };
	hpo_error_t error;
	char *table = hpo_report_grid(cells, 2, 2, 0, &error);

	(void)user;
	hpo__free(table);
	return table != NULL ? HPO_OK : (hpo_status_t)error.code;
}

START_TEST(a_table_without_memory_is_an_error_and_no_leak)
{
	hpo_records_t *records;

	hpo_test_alloc_install();
	records = plain_records();
	hpo_test_each_allocation(make_table, records);
	hpo_test_each_allocation(make_grid, NULL);
	hpo_records_free(records);
	hpo_test_alloc_remove();
}
END_TEST

Suite *unit_report_table(void);

Suite *unit_report_table(void)
{
	Suite *suite = suite_create("report/table");
	TCase *tests = tcase_create("table");

	tcase_add_test(tests, trials_are_listed_by_number);
	tcase_add_test(tests, best_first_puts_the_pruned_behind_the_completed);
	tcase_add_test(tests, a_limit_keeps_the_first_rows);
	tcase_add_test(tests, no_line_is_wider_than_the_terminal);
	tcase_add_test(tests, a_study_without_trials_is_a_header);
	tcase_add_test(tests, any_cells_become_a_table);
	tcase_add_test(tests, a_long_cell_leaves_room_for_the_next_columns);
	tcase_add_test(tests, a_table_without_memory_is_an_error_and_no_leak);
	suite_add_tcase(suite, tests);
	return suite;
}
