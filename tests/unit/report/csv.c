/*
 * Trials as comma-separated values.
 */
#include "unit/report/make.h"

#include "support/alloc.h"

START_TEST(a_study_is_a_header_and_a_line_a_trial)
{
	hpo_records_t *records = plain_records();
	char *csv = hpo_report_csv(records, NULL);

	hpo_records_free(records);
	/* 1e9 seconds after 1970 is 2001-09-09T01:46:40Z, by `date -u -d @1000000000`. */
	check_text(csv,
		   "number,state,loss,x,k,n,iteration,seconds,attempt,started,ended,arm,reason\r\n"
		   "0,completed,0.5,0.1,a,3,,0.5,0,2001-09-09T01:46:40Z,2001-09-09T01:46:41Z,,\r\n"
		   "1,failed,,-2,\"=b\",,,0.5,0,2001-09-09T01:46:40Z,2001-09-09T01:46:41Z,,"
		   "exit status 3\r\n"
		   "2,pruned,0.125,1,a,1,,0.5,0,2001-09-09T01:46:40Z,2001-09-09T01:46:41Z,,"
		   "iteration 1\r\n"
		   "3,completed,0.25,0.123456789,\"\",,,0.5,0,2001-09-09T01:46:40Z,"
		   "2001-09-09T01:46:41Z,,\r\n"
		   "4,running,,5,\"=b\",,,0.5,0,2001-09-09T01:46:40Z,,,\r\n");
}
END_TEST

START_TEST(texts_are_quoted_where_rfc_4180_says_so)
{
	static const struct made trials[] = {
		{ HPO_TRIAL_FAILED, "{'x':0,'k':'a','n':1}", NULL, "a \"b\", c\r\nd" }
	};
	hpo_records_t *records = make_records(PLAIN_STUDY, trials, 1);
	char *csv = hpo_report_csv(records, NULL);

	hpo_records_free(records);
	ck_assert_ptr_nonnull(strstr(csv, ",\"a \"\"b\"\", c\r\nd\"\r\n"));
	hpo__free(csv);
}
END_TEST

START_TEST(names_that_clash_with_our_columns_are_prefixed)
{
	hpo_records_t *records = make_records(
		"{'name':'s','objectives':[{'series':'seconds','goal':'min'}],'parameters':["
		"{'name':'state','type':'bool'},{'name':'seconds','type':'bool'}]}", NULL, 0);
	char *csv = hpo_report_csv(records, NULL);

	hpo_records_free(records);
	check_text(csv, "number,state,value:seconds,param:state,param:seconds,iteration,seconds,"
			"attempt,started,ended,arm,reason\r\n");
}
END_TEST

static hpo_status_t make_csv(void *user)
{
	hpo_error_t error;
	char *csv = hpo_report_csv(user, &error);

	hpo__free(csv);
	return csv != NULL ? HPO_OK : (hpo_status_t)error.code;
}

START_TEST(a_file_without_memory_is_an_error_and_no_leak)
{
	hpo_records_t *records;

	hpo_test_alloc_install();
	records = plain_records();
	hpo_test_each_allocation(make_csv, records);
	hpo_records_free(records);
	hpo_test_alloc_remove();
}
END_TEST

Suite *unit_report_csv(void);

Suite *unit_report_csv(void)
{
	Suite *suite = suite_create("report/csv");
	TCase *tests = tcase_create("csv");

	tcase_add_test(tests, a_study_is_a_header_and_a_line_a_trial);
	tcase_add_test(tests, texts_are_quoted_where_rfc_4180_says_so);
	tcase_add_test(tests, names_that_clash_with_our_columns_are_prefixed);
	tcase_add_test(tests, a_file_without_memory_is_an_error_and_no_leak);
	suite_add_tcase(suite, tests);
	return suite;
}
