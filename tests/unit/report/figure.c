/*
 * Figures: their shape, what is in them, and how large they get.
 */
#include "unit/report/draw.h"

#include "base/utf8.h"

#include <math.h>

Suite *unit_report_figure(void);

static const char *const names[] = { "objective", "parallel", "importance", "slice", "timeline",
				     NULL };

static const hpo_json_t *dimension(const hpo_json_t *figure, size_t index)
{
	return hpo__json_item(hpo__json_get(trace(figure, 0), "dimensions"), index);
}

START_TEST(the_objective_is_drawn_over_the_trials_that_have_one)
{
	hpo_records_t *records = plain_records();
	hpo_json_t *figure = draw(records, "objective", 0);

	check_member(trace(figure, 0), "type", "'scatter'");
	check_member(trace(figure, 0), "mode", "'markers'");
	check_member(trace(figure, 0), "name", "'loss'");
	check_member(trace(figure, 0), "x", "[0,2,3]");
	check_member(trace(figure, 0), "y", "[0.5,0.125,0.25]");
	ck_assert_str_eq(hpo__json_text(hpo__json_item(hpo__json_get(trace(figure, 0), "text"), 0)),
			 "'k': a<br>'n': 3<br>'x': 0.1<br>completed");
	hpo__json_free(figure);
	hpo_records_free(records);
}
END_TEST

START_TEST(the_best_so_far_is_a_stair_over_the_completed)
{
	hpo_records_t *records = plain_records();
	hpo_json_t *figure = draw(records, "objective", 0);

	check_member(trace(figure, 1), "x", "[0,3,3]");
	check_member(trace(figure, 1), "y", "[0.5,0.25,0.25]");
	check_member(trace(figure, 1), "line", "{'shape':'hv'}");
	hpo__json_free(figure);
	hpo_records_free(records);
}
END_TEST

#define BOUNDED                                                                                   \
	"{'name':'s','objectives':[{'series':'loss','goal':'min'},{'series':'ms','bound':20}],"    \
	"'parameters':[{'name':'x','type':'float','low':0,'high':1}]}"

START_TEST(what_breaks_a_bound_is_no_best_so_far)
{
	static const struct made trials[] = {
		{ HPO_TRIAL_COMPLETED, "{'x':0.1}", "[0.1,21]", NULL },
		{ HPO_TRIAL_COMPLETED, "{'x':0.5}", "[0.5,20]", NULL },
		{ HPO_TRIAL_COMPLETED, "{'x':0.2}", "[0.2,30]", NULL },
		{ HPO_TRIAL_COMPLETED, "{'x':0.4}", "[0.4,10]", NULL },
	};
	hpo_records_t *records = make_records(BOUNDED, trials, 4);
	hpo_records_t *broken = make_records(BOUNDED, trials, 1);
	hpo_json_t *figure = draw(records, "objective", 0);
	hpo_json_t *history = draw(records, "history", 0);
	hpo_json_t *none = draw(broken, "objective", 0);

	check_member(trace(figure, 1), "y", "[0.5,0.4,0.4]");
	check_member(trace(history, 1), "y", "[null,0.5,0.5,0.4]");
	ck_assert_uint_eq(hpo__json_size(hpo__json_get(none, "data")), 1);
	hpo__json_free(figure);
	hpo__json_free(history);
	hpo__json_free(none);
	hpo_records_free(records);
	hpo_records_free(broken);
}
END_TEST

START_TEST(choices_stand_in_the_order_of_the_space)
{
	static const struct made trials[] = {
		{ HPO_TRIAL_COMPLETED, "{'size':'m'}", "[1]", NULL },
		{ HPO_TRIAL_COMPLETED, "{'size':'s'}", "[2]", NULL },
	};
	static const char *const drawn[] = { "slice", "rank" };
	hpo_records_t *records = make_records(
		"{'name':'s','objectives':[{'series':'loss','goal':'min'}],'parameters':["
		"{'name':'size','type':'ordinal','choices':['s','m','l']},"
		"{'name':'x','type':'float','low':0,'high':1,'when':{'size':['l']}}]}",
		trials, 2);

	for (size_t i = 0; i < 2; i++) {
		const hpo_figure_options_t options = { .struct_size = sizeof options,
						       .x = "size",
						       .y = "size" };
		hpo_json_t *figure = draw_with(records, drawn[i], i == 0 ? NULL : &options);
		const hpo_json_t *axis =
			hpo__json_get(hpo__json_get(figure, "layout"), "xaxis");

		check_member(axis, "categoryorder", "'array'");
		check_member(axis, "categoryarray", "['s','m','l']");
		hpo__json_free(figure);
	}
	hpo_records_free(records);
}
END_TEST

#define MAXIMISED                                                                                 \
	"{'name':'s','objectives':[{'title':'v','series':'a','goal':'max'},"                      \
	"{'series':'b','goal':'min'}],'parameters':["                                             \
	"{'name':'lr','type':'float','low':1e-4,'high':1,'scale':'log'}]}"

static const struct made maximised[] = {
	{ HPO_TRIAL_COMPLETED, "{'lr':0.01}", "[0.5,3]", NULL },
	{ HPO_TRIAL_COMPLETED, "{'lr':0.0001}", "[0.4,2]", NULL },
	{ HPO_TRIAL_COMPLETED, "{'lr':1}", "[0.9,1]", NULL },
};

START_TEST(each_objective_has_its_figure_and_its_own_best)
{
	hpo_records_t *records = make_records(MAXIMISED, maximised, 3);
	hpo_json_t *first = draw(records, "objective", 0);
	hpo_json_t *second = draw(records, "objective", 1);

	check_member(trace(first, 0), "name", "'v/a'");
	check_member(trace(first, 1), "y", "[0.5,0.9,0.9]");
	check_member(trace(second, 0), "name", "'b'");
	check_member(trace(second, 1), "y", "[3,2,1,1]");
	hpo__json_free(first);
	hpo__json_free(second);
	hpo_records_free(records);
}
END_TEST

START_TEST(parallel_coordinates_end_with_the_objectives)
{
	hpo_records_t *records = make_records(MAXIMISED, maximised, 3);
	hpo_json_t *figure = draw(records, "parallel", 0);

	check_member(trace(figure, 0), "type", "'parcoords'");
	check_member(dimension(figure, 1), "label", "'v/a'");
	check_member(dimension(figure, 1), "values", "[0.5,0.4,0.9]");
	check_member(dimension(figure, 2), "label", "'b'");
	ck_assert_ptr_null(dimension(figure, 3));
	hpo__json_free(figure);
	hpo_records_free(records);
}
END_TEST

START_TEST(the_best_line_is_bright_whichever_way_is_good)
{
	hpo_records_t *up = make_records(MAXIMISED, maximised, 3);
	hpo_records_t *down = plain_records();
	hpo_json_t *up_figure = draw(up, "parallel", 0);
	hpo_json_t *down_figure = draw(down, "parallel", 0);

	check_member(trace(up_figure, 0), "line",
		     "{'color':[0.5,0.4,0.9],'colorscale':'Viridis','reversescale':false,"
		     "'showscale':true}");
	check_member(hpo__json_get(trace(down_figure, 0), "line"), "reversescale", "true");
	hpo__json_free(up_figure);
	hpo__json_free(down_figure);
	hpo_records_free(up);
	hpo_records_free(down);
}
END_TEST

START_TEST(a_log_scale_has_its_logarithm_and_ticks_of_values)
{
	hpo_records_t *records = make_records(MAXIMISED, maximised, 3);
	hpo_json_t *figure = draw(records, "parallel", 0);

	check_member(dimension(figure, 0), "values", "[-2,-4,0]");
	check_member(dimension(figure, 0), "tickvals", "[-4,-3,-2,-1,0]");
	check_member(dimension(figure, 0), "ticktext", "['0.0001','0.001','0.01','0.1','1']");
	hpo__json_free(figure);
	hpo_records_free(records);
}
END_TEST

/* Columns stand by name: k, n (active only where k is a), x. */
START_TEST(what_a_trial_does_not_have_has_a_place_below)
{
	hpo_records_t *records = plain_records();
	hpo_json_t *figure = draw(records, "parallel", 0);

	check_member(dimension(figure, 0), "label", "'k'");
	check_member(dimension(figure, 0), "values", "[0,0,4]");
	check_member(dimension(figure, 0), "tickvals", "[0,4]");
	check_member(dimension(figure, 0), "ticktext", "['a','']");
	check_member(dimension(figure, 1), "label", "'n'");
	check_member(dimension(figure, 1), "values", "[3,1,0.8]");
	check_member(dimension(figure, 1), "tickvals", "[0.8,1,1.5,2,2.5,3]");
	check_member(dimension(figure, 1), "ticktext", "['-','1','1.5','2','2.5','3']");
	check_member(dimension(figure, 2), "label", "'x'");
	ck_assert_ptr_null(hpo__json_get(dimension(figure, 2), "tickvals"));
	hpo__json_free(figure);
	hpo_records_free(records);
}
END_TEST

#define TWO_BRANCHES                                                                              \
	"{'name':'s','objectives':[{'series':'loss','goal':'min'}],'parameters':["                \
	"{'type':'ParameterSet','parameter_combinations':["                                       \
	"{'m':{'type':'UniformParameterRange','min_value':0,'max_value':1},"                       \
	"'k':{'type':'DiscreteParameterRange','values':['a','b']}},"                               \
	"{'m':{'type':'UniformParameterRange','min_value':5,'max_value':9},"                       \
	"'k':{'type':'DiscreteParameterRange','values':['c']}}]}]}"

START_TEST(branches_of_one_name_are_one_parameter)
{
	static const struct made trials[] = {
		{ HPO_TRIAL_COMPLETED, "{'m':0.5,'k':'b'}", "[1]", NULL },
		{ HPO_TRIAL_COMPLETED, "{'m':7,'k':'c'}", "[2]", NULL },
	};
	hpo_records_t *records = make_records(TWO_BRANCHES, trials, 2);
	hpo_json_t *figure = draw(records, "parallel", 0);

	check_member(dimension(figure, 0), "label", "'k'");
	check_member(dimension(figure, 0), "values", "[1,2]");
	check_member(dimension(figure, 0), "ticktext", "['b','c']");
	check_member(dimension(figure, 1), "label", "'m'");
	check_member(dimension(figure, 1), "values", "[0.5,7]");
	check_member(dimension(figure, 2), "label", "'loss'");
	hpo__json_free(figure);
	hpo_records_free(records);
}
END_TEST

#define LONG_NAMES                                                                                \
	"{'name':'s','objectives':[{'series':'loss','goal':'min'}],'parameters':[{'name':"        \
	"'\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"       \
	"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"        \
	"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4','type':'int','low':0,'high':9},"       \
	"{'name':'<b>&','type':'categorical','choices':['<script>']}]}"

START_TEST(long_labels_are_cut_between_characters)
{
	static const struct made trial = { HPO_TRIAL_COMPLETED,
					   "{'\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3"
					   "\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
					   "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3"
					   "\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4'"
					   ":3,'<b>&':'<script>'}",
					   "[1]", NULL };
	hpo_records_t *records = make_records(LONG_NAMES, &trial, 1);
	hpo_json_t *figure = draw(records, "parallel", 0);
	const char *label = hpo__json_text(hpo__json_get(dimension(figure, 1), "label"));

	/* 24 characters of two bytes, and an ellipsis of three. */
	ck_assert_uint_eq(strlen(label), 24 * 2 + 3);
	for (size_t at = 0; at < strlen(label);) {
		const size_t length = hpo__utf8_measure(label + at, strlen(label + at));

		ck_assert_uint_gt(length, 0);
		at += length;
	}
	hpo__json_free(figure);
	hpo_records_free(records);
}
END_TEST

START_TEST(what_looks_like_html_is_escaped)
{
	static const struct made trial = { HPO_TRIAL_COMPLETED, "{'x':1,'<b>&':'<script>'}", "[1]",
					   NULL };
	hpo_records_t *records = make_records(
		"{'name':'s','objectives':[{'series':'<i>','goal':'min'}],'parameters':["
		"{'name':'x','type':'int','low':0,'high':9},"
		"{'name':'<b>&','type':'categorical','choices':['<script>']}]}",
		&trial, 1);

	for (size_t i = 0; names[i] != NULL; i++) {
		char *text = hpo_report_figure(records, names[i], 0, NULL);

		ck_assert_ptr_null(strstr(text, "<b>"));
		ck_assert_ptr_null(strstr(text, "<i>"));
		ck_assert_ptr_null(strstr(text, "<script>"));
		hpo__free(text);
	}
	hpo_records_free(records);
}
END_TEST

START_TEST(a_slice_has_a_plot_for_each_parameter_where_it_is_active)
{
	hpo_records_t *records = plain_records();
	hpo_json_t *figure = draw(records, "slice", 0);

	/* Nothing is known of importance: by name. */
	check_member(trace(figure, 0), "x", "['a','a','']");
	check_member(trace(figure, 1), "name", "'n'");
	check_member(trace(figure, 1), "x", "[3,1]");
	check_member(trace(figure, 1), "y", "[0.5,0.125]");
	check_member(trace(figure, 1), "xaxis", "'x2'");
	check_member(trace(figure, 2), "x", "[0.1,1,0.1234568]");
	check_member(hpo__json_get(hpo__json_get(figure, "layout"), "xaxis"), "type", "'category'");
	check_member(hpo__json_get(hpo__json_get(figure, "layout"), "xaxis3"), "type", "'linear'");
	hpo__json_free(figure);
	hpo_records_free(records);
}
END_TEST

START_TEST(a_slice_of_a_log_scale_has_a_log_axis)
{
	hpo_records_t *records = make_records(MAXIMISED, maximised, 3);
	hpo_json_t *figure = draw(records, "slice", 1);

	check_member(trace(figure, 0), "x", "[0.01,0.0001,1]");
	check_member(trace(figure, 0), "y", "[3,2,1]");
	check_member(hpo__json_get(hpo__json_get(figure, "layout"), "xaxis"), "type", "'log'");
	hpo__json_free(figure);
	hpo_records_free(records);
}
END_TEST

/* Records of trials that ran at given times; state and seconds after the first. */
struct timed {
	hpo_trial_state_t state;
	double started, ended;
	int32_t attempt;
};

static hpo_records_t *make_timed(const struct timed *trials, size_t count)
{
	hpo_records_t *records = make_records(PLAIN_STUDY, NULL, 0);

	for (size_t i = 0; i < count; i++) {
		const struct timed *t = &trials[i];
		hpo_trial_row_t row = { .struct_size = sizeof row, .number = (int64_t)i,
					.state = t->state, .iteration = -1,
					.attempt = t->attempt, .created_s = 1e9,
					.started_s = t->started < 0 ? 0 : 1e9 + t->started,
					.ended_s = t->ended < 0 ? 0 : 1e9 + t->ended };

		ck_assert_int_eq(hpo__records_add(records, &row, NULL), HPO_OK);
	}
	return records;
}

START_TEST(trials_that_ran_at_once_stand_in_different_rows)
{
	static const struct timed trials[] = {
		{ HPO_TRIAL_FAILED, 0, 4, 0 },	 { HPO_TRIAL_FAILED, 1, 2.5, 1 },
		{ HPO_TRIAL_FAILED, 3, 5, 0 },	 { HPO_TRIAL_RUNNING, 5, -1, 0 },
		{ HPO_TRIAL_WAITING, -1, -1, 0 }, { HPO_TRIAL_FAILED, 5, 9.25, 0 },
	};
	hpo_records_t *records = make_timed(trials, 6);
	hpo_json_t *figure = draw(records, "timeline", 0);

	check_member(trace(figure, 0), "name", "'running'");
	check_member(trace(figure, 0), "base", "['2001-09-09T01:46:45.000Z']");
	check_member(trace(figure, 0), "x", "[4250]");
	check_member(trace(figure, 0), "y", "[0]");
	check_member(trace(figure, 3), "name", "'failed'");
	check_member(trace(figure, 3), "y", "[0,1,1,1]");
	check_member(trace(figure, 3), "x", "[4000,1500,2000,4250]");
	check_member(trace(figure, 3), "text",
		     "['trial 0','trial 1, attempt 2','trial 2','trial 5']");
	hpo__json_free(figure);
	hpo_records_free(records);
}
END_TEST

START_TEST(times_that_no_calendar_holds_are_left_out)
{
	static const struct timed trials[] = {
		{ HPO_TRIAL_FAILED, 1e300, 1e301, 0 },
		{ HPO_TRIAL_FAILED, 10, 5, 0 },
		{ HPO_TRIAL_FAILED, 10, 1e15, 0 },
	};
	hpo_records_t *records = make_timed(trials, 3);
	hpo_json_t *figure = draw(records, "timeline", 0);

	check_member(trace(figure, 3), "text", "['trial 1']");
	check_member(trace(figure, 3), "x", "[0]");
	hpo__json_free(figure);
	hpo_records_free(records);
}
END_TEST

enum { MANY = 10000, MANY_AXES = 16 };

/* Ten thousand trials over sixteen parameters; the value falls slowly, trial 5,123 is best. */
static hpo_records_t *make_many(void)
{
	struct hpo_buffer definition = HPO__BUFFER_INIT;
	hpo_study_row_t study = { .struct_size = sizeof study, .name = "s", .id = 1,
				  .created_s = 1e9 };
	hpo_records_t *records = NULL;

	hpo__buffer_text(&definition, "{\"name\":\"s\",\"objectives\":[{\"title\":\"validation\","
				      "\"series\":\"loss\",\"goal\":\"min\"}],\"parameters\":[");
	for (int k = 0; k < MANY_AXES; k++)
		hpo__buffer_format(&definition,
				   "%s{\"name\":\"General/parameter_%d\",\"type\":\"float\","
				   "\"low\":0,\"high\":1}",
				   k > 0 ? "," : "", k);
	hpo__buffer_text(&definition, "]}");
	study.definition = definition.text;
	ck_assert_int_eq(hpo__records_new(&records, &study, NULL), HPO_OK);
	hpo__buffer_release(&definition);

	for (int i = 0; i < MANY; i++) {
		struct hpo_buffer params = HPO__BUFFER_INIT;
		char values[64];
		hpo_trial_row_t row = { .struct_size = sizeof row, .number = i,
					.state = HPO_TRIAL_COMPLETED, .iteration = 9,
					.started_s = 1e9 + i / 4 * 10,
					.ended_s = 1e9 + i / 4 * 10 + 8.125, .told = i + 1 };

		hpo__buffer_char(&params, '{');
		for (int k = 0; k < MANY_AXES; k++) {
			hpo__buffer_format(&params, "%s\"General/parameter_%d\":", k > 0 ? "," : "",
					   k);
			hpo__buffer_json_real(&params, fmod((i + 1) * sqrt(k + 2.0), 1.0));
		}
		hpo__buffer_char(&params, '}');
		snprintf(values, sizeof values, "[%s%d]", i == 5123 ? "-" : "", 99000007 - i);
		row.params = params.text;
		row.values = values;
		ck_assert_int_eq(hpo__records_add(records, &row, NULL), HPO_OK);
		hpo__buffer_release(&params);
	}
	return records;
}

START_TEST(ten_thousand_trials_stay_below_200_kilobytes_a_figure)
{
	hpo_records_t *records = make_many();

	for (size_t i = 0; names[i] != NULL; i++) {
		char *text = hpo_report_figure(records, names[i], 0, NULL);

		ck_assert_ptr_nonnull(text);
		ck_assert_msg(strlen(text) < 200000, "%s: %zu bytes", names[i], strlen(text));
		hpo__free(text);
	}
	hpo_records_free(records);
}
END_TEST

START_TEST(of_many_trials_the_best_first_and_last_are_shown)
{
	hpo_records_t *records = make_many();
	hpo_json_t *figure = draw(records, "objective", 0);
	const hpo_json_t *x = hpo__json_get(trace(figure, 0), "x");
	bool has_best = false;
	bool ascends = true;

	for (size_t i = 0; i < hpo__json_size(x); i++) {
		const int64_t number = hpo__json_integer(hpo__json_item(x, i));

		has_best = has_best || number == 5123;
		ascends = ascends &&
			  (i == 0 || number > hpo__json_integer(hpo__json_item(x, i - 1)));
	}

	ck_assert_uint_eq(hpo__json_size(x), 1000);
	ck_assert(has_best);
	ck_assert(ascends);
	ck_assert_int_eq(hpo__json_integer(hpo__json_item(x, 0)), 0);
	/* The value falls, so that the last ones are among the best. */
	ck_assert_int_eq(hpo__json_integer(hpo__json_item(x, 999)), MANY - 1);
	hpo__json_free(figure);
	hpo_records_free(records);
}
END_TEST

START_TEST(a_slice_shows_twelve_parameters_at_most)
{
	hpo_records_t *records = make_many();
	hpo_json_t *figure = draw(records, "slice", 0);

	ck_assert_uint_eq(hpo__json_size(hpo__json_get(figure, "data")), 12);
	check_member(hpo__json_get(hpo__json_get(figure, "layout"), "grid"), "rows", "4");
	hpo__json_free(figure);
	hpo_records_free(records);
}
END_TEST

START_TEST(the_most_important_bar_is_the_last)
{
	hpo_records_t *records = make_many();
	hpo_json_t *figure = draw(records, "importance", 0);
	const hpo_json_t *x = hpo__json_get(trace(figure, 0), "x");

	ck_assert_uint_eq(hpo__json_size(x), MANY_AXES);
	for (size_t i = 1; i < MANY_AXES; i++)
		ck_assert_double_ge(hpo__json_real(hpo__json_item(x, i)),
				    hpo__json_real(hpo__json_item(x, i - 1)));
	hpo__json_free(figure);
	hpo_records_free(records);
}
END_TEST

START_TEST(bars_of_no_importance_are_explained)
{
	hpo_records_t *records = plain_records();
	hpo_json_t *figure = draw(records, "importance", 0);
	const hpo_json_t *notes = hpo__json_get(hpo__json_get(figure, "layout"), "annotations");

	ck_assert_uint_eq(hpo__json_size(notes), 1);
	ck_assert_ptr_nonnull(strstr(hpo__json_text(hpo__json_get(hpo__json_item(notes, 0), "text")),
				     "do not tell"));
	hpo__json_free(figure);
	hpo_records_free(records);
	records = make_many();
	figure = draw(records, "importance", 0);
	ck_assert_ptr_null(hpo__json_get(hpo__json_get(figure, "layout"), "annotations"));
	hpo__json_free(figure);
	hpo_records_free(records);
}
END_TEST

START_TEST(a_study_without_trials_has_empty_figures)
{
	hpo_records_t *records = make_records(PLAIN_STUDY, NULL, 0);

	for (size_t i = 0; names[i] != NULL; i++)
		hpo__json_free(draw(records, names[i], 0));
	hpo_records_free(records);
}
END_TEST

START_TEST(a_figure_that_there_is_not_is_refused_with_the_nearest)
{
	hpo_records_t *records = plain_records();
	hpo_error_t error;

	ck_assert_ptr_null(hpo_report_figure(records, "slices", 0, &error));
	ck_assert_int_eq(error.code, HPO_EINVAL);
	ck_assert_str_eq(error.message,
			 "there is no figure 'slices', did you mean 'slice'?; there are objective, "
			 "parallel, importance, slice, timeline, history, contour, rank, edf, "
			 "intermediate, pareto and hypervolume");

	ck_assert_ptr_null(hpo_report_figure(records, NULL, 0, &error));
	ck_assert_int_eq(error.code, HPO_EINVAL);
	hpo_records_free(records);
}
END_TEST

START_TEST(an_objective_that_there_is_not_is_refused)
{
	hpo_records_t *records = plain_records();
	hpo_error_t error;

	ck_assert_ptr_null(hpo_report_figure(records, "objective", 1, &error));
	ck_assert_int_eq(error.code, HPO_EINVAL);
	ck_assert_ptr_nonnull(strstr(error.message, "no objective 1"));
	hpo_records_free(records);
}
END_TEST

START_TEST(drawing_without_memory_is_an_error_and_no_leak)
{
	check_without_memory(names, plain_records);
}
END_TEST

Suite *unit_report_figure(void)
{
	Suite *suite = suite_create("report/figure");
	TCase *tests = tcase_create("figure");

	tcase_add_test(tests, the_objective_is_drawn_over_the_trials_that_have_one);
	tcase_add_test(tests, the_best_so_far_is_a_stair_over_the_completed);
	tcase_add_test(tests, what_breaks_a_bound_is_no_best_so_far);
	tcase_add_test(tests, choices_stand_in_the_order_of_the_space);
	tcase_add_test(tests, each_objective_has_its_figure_and_its_own_best);
	tcase_add_test(tests, parallel_coordinates_end_with_the_objectives);
	tcase_add_test(tests, the_best_line_is_bright_whichever_way_is_good);
	tcase_add_test(tests, a_log_scale_has_its_logarithm_and_ticks_of_values);
	tcase_add_test(tests, what_a_trial_does_not_have_has_a_place_below);
	tcase_add_test(tests, branches_of_one_name_are_one_parameter);
	tcase_add_test(tests, long_labels_are_cut_between_characters);
	tcase_add_test(tests, what_looks_like_html_is_escaped);
	tcase_add_test(tests, a_slice_has_a_plot_for_each_parameter_where_it_is_active);
	tcase_add_test(tests, a_slice_of_a_log_scale_has_a_log_axis);
	tcase_add_test(tests, trials_that_ran_at_once_stand_in_different_rows);
	tcase_add_test(tests, times_that_no_calendar_holds_are_left_out);
	tcase_add_test(tests, ten_thousand_trials_stay_below_200_kilobytes_a_figure);
	tcase_add_test(tests, of_many_trials_the_best_first_and_last_are_shown);
	tcase_add_test(tests, a_slice_shows_twelve_parameters_at_most);
	tcase_add_test(tests, the_most_important_bar_is_the_last);
	tcase_add_test(tests, bars_of_no_importance_are_explained);
	tcase_add_test(tests, a_study_without_trials_has_empty_figures);
	tcase_add_test(tests, a_figure_that_there_is_not_is_refused_with_the_nearest);
	tcase_add_test(tests, an_objective_that_there_is_not_is_refused);
	tcase_add_test(tests, drawing_without_memory_is_an_error_and_no_leak);
	suite_add_tcase(suite, tests);
	return suite;
}
