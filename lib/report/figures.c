/*
 * The figures by name.
 */
#include "report/figure.h"

#include "base/json.h"
#include "hpo/report.h"

#include <string.h>

const struct hpo_figure *const hpo__figures[] = {
	&hpo__figure_objective, &hpo__figure_parallel, &hpo__figure_importance,
	&hpo__figure_slice,	&hpo__figure_timeline,	   &hpo__figure_history,
	&hpo__figure_contour,	&hpo__figure_rank,	   &hpo__figure_edf,
	&hpo__figure_intermediate, &hpo__figure_pareto,	   &hpo__figure_hypervolume,
	NULL,
};

static bool fits(const struct hpo_figure *figure, const hpo_records_t *records)
{
	return figure->fits == NULL || figure->fits(records);
}

static hpo_status_t refuse_name(const char *name, const char *const *known, hpo_error_t *error)
{
	const char *nearest = name != NULL ? hpo__nearest(name, known) : NULL;
	struct hpo_buffer list = HPO__BUFFER_INIT;
	hpo_status_t status;

	for (size_t i = 0; known[i] != NULL; i++)
		hpo__buffer_format(&list, "%s%s",
				   i == 0 ? "" : known[i + 1] == NULL ? " and " : ", ", known[i]);
	status = hpo__fail(error, HPO_EINVAL, "there is no figure '%s'%s%s%s; there are %s",
			   name != NULL ? name : "NULL", nearest != NULL ? ", did you mean '" : "",
			   nearest != NULL ? nearest : "", nearest != NULL ? "'?" : "",
			   list.text != NULL ? list.text : "");
	hpo__buffer_release(&list);
	return status;
}

static const struct hpo_figure *find_figure(const char *name, hpo_error_t *error)
{
	const char *known[sizeof hpo__figures / sizeof *hpo__figures] = {NULL};

	for (size_t i = 0; hpo__figures[i] != NULL; i++) {
		known[i] = hpo__figures[i]->name;
		if (name != NULL && strcmp(name, known[i]) == 0)
			return hpo__figures[i];
	}
	refuse_name(name, known, error);
	return NULL;
}

/* A parameter by the name that the caller gave; NULL, and no failure, for none. */
static hpo_status_t find_column(const struct hpo_frame *frame, const char *name,
				const struct hpo_column **out, hpo_error_t *error)
{
	*out = NULL;
	if (name == NULL || name[0] == '\0')
		return HPO_OK;
	for (size_t i = 0; i < frame->column_count; i++) {
		if (strcmp(frame->columns[i].name, name) == 0) {
			*out = &frame->columns[i];
			return HPO_OK;
		}
	}
	return hpo__fail(error, HPO_EINVAL, "the study has no parameter '%.200s'", name);
}

/* The parameters that were asked for, the most important ones where none was. */
static hpo_status_t choose_columns(struct hpo_frame *frame, const hpo_figure_options_t *options,
				   hpo_error_t *error)
{
	hpo_status_t status = find_column(frame, options->x, &frame->x, error);

	if (status >= 0)
		status = find_column(frame, options->y, &frame->y, error);
	for (size_t i = 0; i < frame->column_count && frame->x == NULL; i++) {
		if (frame->by_share[i] != frame->y)
			frame->x = frame->by_share[i];
	}
	for (size_t i = 0; i < frame->column_count && frame->y == NULL; i++) {
		if (frame->by_share[i] != frame->x)
			frame->y = frame->by_share[i];
	}
	return status;
}

static hpo_status_t check(const struct hpo_figure *figure, const hpo_records_t *records,
			  size_t objective, hpo_error_t *error)
{
	if (objective >= records->study->objectives.count)
		return hpo__fail(error, HPO_EINVAL,
				 "the study has no objective %zu, it has %zu of them", objective,
				 records->study->objectives.count);
	if (!fits(figure, records))
		return hpo__fail(error, HPO_EINVAL, "this study can have no figure '%s'",
				 figure->name);
	return HPO_OK;
}

char *hpo_report_figure_with(const hpo_records_t *records, const char *name,
			     const hpo_figure_options_t *options, hpo_error_t *error)
{
	static const hpo_figure_options_t standard = {.struct_size = sizeof standard};
	const struct hpo_figure *figure;
	struct hpo_buffer out = HPO__BUFFER_INIT;
	struct hpo_frame frame;
	char *text = NULL;
	hpo_status_t status;
	size_t points;

	hpo__error_clear(error);
	if (options == NULL)
		options = &standard;
	figure = find_figure(name, error);
	if (figure == NULL || check(figure, records, options->objective, error) < 0)
		return NULL;
	status = hpo__frame_init(&frame, records, 0, error);
	if (status >= 0)
		status = choose_columns(&frame, options, error);
	if (status >= 0)
		status = figure->draw(&frame, options->objective, &out, &points, error);
	if (status >= 0)
		text = hpo__buffer_take(&out);
	if (status >= 0 && text == NULL)
		hpo__fail_memory(error);
	hpo__buffer_release(&out);
	hpo__frame_release(&frame);
	return text;
}

char *hpo_report_figure(const hpo_records_t *records, const char *name, size_t objective,
			hpo_error_t *error)
{
	const hpo_figure_options_t options = {.struct_size = sizeof options,
					      .objective = objective};

	return hpo_report_figure_with(records, name, &options, error);
}

static void write_figure(const struct hpo_figure *figure, size_t objectives, struct hpo_buffer *out)
{
	hpo__buffer_format(out,
			   "{\"name\":\"%s\",\"title\":\"%s\",\"per_objective\":%s,\"pair\":%s,"
			   "\"objectives\":[",
			   figure->name, figure->title, figure->per_objective ? "true" : "false",
			   figure->pair ? "true" : "false");
	for (size_t j = 0; figure->per_objective && j < objectives; j++)
		hpo__buffer_format(out, "%s%zu", j > 0 ? "," : "", j);
	hpo__buffer_text(out, "]}");
}

char *hpo_report_figures_json(const hpo_records_t *records, hpo_error_t *error)
{
	struct hpo_buffer out = HPO__BUFFER_INIT;
	bool is_first = true;

	hpo__error_clear(error);
	hpo__buffer_char(&out, '[');
	for (size_t i = 0; hpo__figures[i] != NULL; i++) {
		if (!fits(hpo__figures[i], records))
			continue;
		if (!is_first)
			hpo__buffer_char(&out, ',');
		is_first = false;
		write_figure(hpo__figures[i], records->study->objectives.count, &out);
	}
	hpo__buffer_char(&out, ']');
	return hpo__buffer_finish(&out, HPO_OK, error);
}
