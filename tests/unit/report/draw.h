/*
 * Figures as trees, for the tests of what is drawn.
 */
#ifndef HPO_TESTS_UNIT_REPORT_DRAW_H
#define HPO_TESTS_UNIT_REPORT_DRAW_H

#include "unit/report/make.h"

#include "base/json.h"
#include "support/alloc.h"

static inline hpo_json_t *draw_with(const hpo_records_t *records, const char *name,
				    const hpo_figure_options_t *options)
{
	hpo_error_t error = { 0 };
	char *text = hpo_report_figure_with(records, name, options, &error);
	hpo_json_t *json = NULL;

	ck_assert_msg(text != NULL, "%s: %s", name, error.message);
	ck_assert_msg(hpo__json_parse(&json, text, strlen(text), name, &error) == HPO_OK, "%s",
		      error.message);
	hpo__free(text);
	ck_assert_int_eq(hpo__json_kind(hpo__json_get(json, "data")), HPO__JSON_ARRAY);
	ck_assert_int_eq(hpo__json_kind(hpo__json_get(json, "layout")), HPO__JSON_OBJECT);
	return json;
}

/* A figure of one objective; its text is JSON, which neither NaN nor infinity is. */
static inline hpo_json_t *draw(const hpo_records_t *records, const char *name, size_t objective)
{
	const hpo_figure_options_t options = { .struct_size = sizeof options,
					       .objective = objective };

	return draw_with(records, name, &options);
}

static inline const hpo_json_t *trace(const hpo_json_t *figure, size_t index)
{
	const hpo_json_t *found = hpo__json_item(hpo__json_get(figure, "data"), index);

	ck_assert_ptr_nonnull(found);
	return found;
}

/* The member as compact JSON, compared with text in which ' stands for ". */
static inline void check_member(const hpo_json_t *object, const char *key, const char *wanted)
{
	struct hpo_buffer out = HPO__BUFFER_INIT;
	char space[512];

	ck_assert_msg(hpo__json_get(object, key) != NULL, "no '%s'", key);
	hpo__json_write(hpo__json_get(object, key), &out);
	ck_assert_str_eq(out.text, unquote(wanted, space, sizeof space));
	hpo__buffer_release(&out);
}

/* The figures of some names, the last one NULL. */
struct figures {
	hpo_records_t *records;
	const char *const *names;
};

static inline hpo_status_t draw_each(void *user)
{
	const struct figures *figures = user;
	hpo_error_t error = { 0 };

	for (size_t i = 0; figures->names[i] != NULL; i++) {
		char *text = hpo_report_figure(figures->records, figures->names[i], 0, &error);

		if (text == NULL)
			return (hpo_status_t)error.code;
		hpo__free(text);
	}
	return HPO_OK;
}

/* Draw figures of the records that `make` makes, with each allocation failing in turn. */
static inline void check_without_memory(const char *const *names, hpo_records_t *(*make)(void))
{
	struct figures figures = { NULL, names };

	hpo_test_alloc_install();
	figures.records = make();
	hpo_test_each_allocation(draw_each, &figures);
	hpo_records_free(figures.records);
	hpo_test_alloc_remove();
}

#endif
