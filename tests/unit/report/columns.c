/*
 * Trials as columns: what changed since, notes, and what was filed.
 */
#include "unit/report/draw.h"

START_TEST(columns_hold_what_changed_since)
{
	hpo_records_t *records = plain_records();
	hpo_json_t *json = NULL;
	char *text;

	records->study_id = 7;
	for (size_t i = 0; i < records->count; i++)
		records->trials[i].row.revision = i < 2 ? 10 : 20 - (int64_t)i;
	records->revision = 20;
	text = hpo_report_columns_json(records, "7.10.0", 3, NULL);
	ck_assert_int_eq(hpo__json_parse(&json, text, strlen(text), "columns", NULL), HPO_OK);
	hpo__free(text);

	/* 1 has the revision 10 too, and comes after 0; 4 has 16, 3 has 17, 2 has 18. */
	check_member(json, "number", "[1,4,3]");
	check_member(json, "state", "['failed','running','completed']");
	check_member(json, "values", "[[null,null,0.25]]");
	check_member(json, "params", "{'x':[-2.0,5.0,0.123456789],'k':['=b','=b',''],'n':[null,null,null]}");
	check_member(json, "next", "'7.17.3'");
	check_member(json, "more", "true");
	check_member(json, "reset", "false");
	hpo__json_free(json);
	json = NULL;

	text = hpo_report_columns_json(records, "8.10.0", 0, NULL);
	ck_assert_int_eq(hpo__json_parse(&json, text, strlen(text), "columns", NULL), HPO_OK);
	hpo__free(text);
	check_member(json, "number", "[0,1,4,3,2]");
	check_member(json, "reset", "true");
	hpo__json_free(json);
	ck_assert_ptr_null(hpo_report_columns_json(records, "7.1", 0, NULL));
	hpo_records_free(records);
}
END_TEST

START_TEST(columns_tell_notes_and_what_was_filed)
{
	hpo_records_t *records = plain_records();
	char *text;

	records->trials[1].row.attributes = "{\"note\":\"odd\",\"archived\":true}";
	text = hpo_report_columns_json(records, NULL, 0, NULL);

	ck_assert_ptr_nonnull(strstr(text, "\"archived\":[false,true,false,false,false]"));
	ck_assert_ptr_nonnull(strstr(text, "\"note\":[\"\",\"odd\",\"\",\"\",\"\"]"));
	hpo__free(text);
	hpo_records_free(records);
}
END_TEST

Suite *unit_report_columns(void);
Suite *unit_report_columns(void)
{
	Suite *suite = suite_create("report/columns");
	TCase *tests = tcase_create("columns");

	tcase_add_test(tests, columns_hold_what_changed_since);
	tcase_add_test(tests, columns_tell_notes_and_what_was_filed);
	suite_add_tcase(suite, tests);
	return suite;
}
