/*
 * The importance of parameters as JSON and as a table.
 */
#include "report/fanova.h"
#include "report/grid.h"
#include "report/verdict.h"

#include "base/alloc.h"
#include "base/error.h"

static void write_rows(const struct hpo_verdict *verdict, struct hpo_buffer *out)
{
	hpo__buffer_text(out, ",\"parameters\":[");
	for (size_t i = 0; i < verdict->count; i++) {
		hpo__buffer_text(out, i > 0 ? ",{\"name\":" : "{\"name\":");
		hpo__buffer_json_text(out, verdict->rows[i].name);
		hpo__buffer_text(out, ",\"share\":");
		hpo__buffer_json_real(out, verdict->rows[i].share);
		if (verdict->is_fanova) {
			hpo__buffer_text(out, ",\"deviation\":");
			hpo__buffer_json_real(out, verdict->rows[i].deviation);
		}
		hpo__buffer_char(out, '}');
	}
	hpo__buffer_char(out, ']');
}

static void write_pairs(const struct hpo_verdict *verdict, struct hpo_buffer *out)
{
	hpo__buffer_text(out, ",\"pairs\":[");
	for (size_t p = 0; p < verdict->pair_count; p++) {
		hpo__buffer_text(out, p > 0 ? ",{\"names\":[" : "{\"names\":[");
		hpo__buffer_json_text(out, verdict->pairs[p].names[0]);
		hpo__buffer_char(out, ',');
		hpo__buffer_json_text(out, verdict->pairs[p].names[1]);
		hpo__buffer_text(out, "],\"share\":");
		hpo__buffer_json_real(out, verdict->pairs[p].share);
		hpo__buffer_char(out, '}');
	}
	hpo__buffer_text(out, "],\"rest\":");
	hpo__buffer_json_real(out, verdict->rest);
}

char *hpo_report_importance_json(const hpo_records_t *records,
				 const hpo_importance_options_t *options, hpo_error_t *error)
{
	struct hpo_buffer out = HPO__BUFFER_INIT;
	struct hpo_verdict verdict;
	hpo_status_t status;

	hpo__error_clear(error);
	status = hpo__verdict(&verdict, records, options, error);
	if (status >= 0) {
		hpo__buffer_text(&out, "{\"study\":");
		hpo__buffer_json_text(&out, records->study->name);
		hpo__buffer_format(&out, ",\"method\":\"%s\",\"objective\":",
				   verdict.is_fanova ? "fanova" : "ped-anova");
		if (verdict.objective != NULL)
			hpo__buffer_json_text(&out, verdict.objective);
		else
			hpo__buffer_text(&out, "null");
		hpo__buffer_format(&out, ",\"trials\":%zu", verdict.trials);
		write_rows(&verdict, &out);
		if (verdict.is_fanova)
			write_pairs(&verdict, &out);
		hpo__buffer_char(&out, '}');
	}
	hpo__free(verdict.rows);
	return hpo__buffer_finish(&out, status, error);
}

static void add_share(struct hpo_grid *grid, double share)
{
	hpo__buffer_format(hpo__grid_cell(grid), "%.3f", share);
}

/* A deviation is shown beside a parameter, by fANOVA only. */
static void fill_grid(struct hpo_grid *grid, const struct hpo_verdict *verdict)
{
	enum { PAIRS_SHOWN = 10 };

	hpo__buffer_text(hpo__grid_cell(grid), "parameter");
	hpo__buffer_text(hpo__grid_cell(grid), "share");
	if (verdict->is_fanova)
		hpo__buffer_text(hpo__grid_cell(grid), "deviation");
	for (size_t i = 0; i < verdict->count; i++) {
		hpo__plain_text(hpo__grid_cell(grid), verdict->rows[i].name);
		add_share(grid, verdict->rows[i].share);
		if (verdict->is_fanova)
			add_share(grid, verdict->rows[i].deviation);
	}
	for (size_t p = 0; p < verdict->pair_count && p < PAIRS_SHOWN; p++) {
		struct hpo_buffer *cell;

		if (verdict->pairs[p].share < 0.0005) /* it would read 0.000 */
			break;
		cell = hpo__grid_cell(grid);
		hpo__plain_text(cell, verdict->pairs[p].names[0]);
		hpo__buffer_text(cell, " x ");
		hpo__plain_text(cell, verdict->pairs[p].names[1]);
		add_share(grid, verdict->pairs[p].share);
		hpo__grid_cell(grid);
	}
	if (verdict->is_fanova) {
		hpo__buffer_text(hpo__grid_cell(grid), "(larger groups)");
		add_share(grid, verdict->rest);
		hpo__grid_cell(grid);
	}
}

/* Whether there is an answer at all. */
static bool has_answer(const struct hpo_verdict *verdict)
{
	double sum = verdict->rest;

	for (size_t i = 0; i < verdict->count; i++)
		sum += verdict->rows[i].share;
	for (size_t p = 0; p < verdict->pair_count; p++)
		sum += verdict->pairs[p].share;
	return sum > 0;
}

char *hpo_report_importance(const hpo_records_t *records, const hpo_importance_options_t *options,
			    int columns, hpo_error_t *error)
{
	struct hpo_buffer out = HPO__BUFFER_INIT;
	struct hpo_verdict verdict;
	struct hpo_grid grid;
	hpo_status_t status;

	hpo__error_clear(error);
	status = hpo__verdict(&verdict, records, options, error);
	hpo__grid_init(&grid, verdict.is_fanova ? 3 : 2);
	if (status >= 0 && has_answer(&verdict)) {
		fill_grid(&grid, &verdict);
		status = hpo__grid_write(&grid, columns, &out, error);
	} else if (status >= 0 && verdict.trials < HPO__FANOVA_LEAST) {
		hpo__buffer_format(&out, "Of %zu trials nothing is known yet: %d must end.\n",
				   verdict.trials, HPO__FANOVA_LEAST);
	} else if (status >= 0) {
		hpo__buffer_format(&out, "%zu trials do not tell that any parameter matters.\n",
				   verdict.trials);
	}
	hpo__grid_release(&grid);
	hpo__free(verdict.rows);
	return hpo__buffer_finish(&out, status, error);
}
