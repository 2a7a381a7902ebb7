/*
 * What a run shows to those who watch its backend: a backend of the test's own
 * keeps all that it is given. Time stands still until a test moves it.
 */
#include "hpo.h"
#include "hpo/plugin/backend.h"

#include "base/alloc.h"
#include "base/json.h"
#include "optimizer/driver.h"
#include "support/clock.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

Suite *unit_optimizer_publish(void);

enum { REPORTS = 64, CALLS = 16, IDS = 32 };

/* One call of archive(): the trials of its clones. */
struct call {
	int hidden;
	size_t count;
	long trials[IDS];
};

/* What the backend was told, and how it is to behave. */
static struct {
	hpo_json_t *reports[REPORTS];
	size_t report_count;
	struct call calls[CALLS];
	size_t call_count;
	int held;                 /* clones do not end */
	int fails;                /* clones end badly */
	hpo_status_t answer;      /* of publish(), so many times: */
	int answers;
	double away_s;            /* how long each of these takes */
	hpo_status_t archives;    /* what archive() returns */
	hpo_status_t polls;       /* what poll() returns */
	double (*loss)(long trial);
	char warning[512];        /* the latest */
} seen;

static hpo_error_t error;

static hpo_status_t watched_open(void *state, const hpo_backend_setup_t *setup, hpo_error_t *why)
{
	(void)state;
	(void)setup;
	(void)why;
	return HPO_OK;
}

static hpo_status_t watched_clone(void *state, hpo_trial_t *trial, int limit_ms, hpo_task_id_t *id,
				  hpo_error_t *why)
{
	(void)state;
	(void)limit_ms;
	(void)why;
	snprintf(id->text, sizeof id->text, "%ld", (long)hpo_trial_number(trial));
	return HPO_OK;
}

static hpo_status_t watched_enqueue(void *state, const hpo_task_id_t *id, int limit_ms,
				    hpo_error_t *why)
{
	(void)state;
	(void)id;
	(void)limit_ms;
	(void)why;
	return HPO_OK;
}

static hpo_status_t watched_poll(void *state, const hpo_task_id_t *ids, size_t count, int limit_ms,
				 const hpo_task_sink_t *sink, hpo_error_t *why)
{
	(void)state;
	(void)limit_ms;
	if (seen.polls < 0)
		return hpo__fail(why, seen.polls, "the server has burnt down");
	for (size_t i = 0; i < count && !seen.held; i++) {
		hpo_task_status_t status = { .state = HPO_TASK_COMPLETED, .running_s = 1 };

		if (seen.fails) {
			status.state = HPO_TASK_FAILED;
			status.reason = "exit status 3";
		}
		sink->report(sink->user, i, 1, "loss", seen.loss(strtol(ids[i].text, NULL, 10)));
		sink->state(sink->user, i, &status);
	}
	return seen.polls;
}

static hpo_status_t watched_abort(void *state, const hpo_task_id_t *id, int limit_ms,
				  hpo_error_t *why)
{
	(void)state;
	(void)id;
	(void)limit_ms;
	(void)why;
	seen.held = 0;
	return HPO_OK;
}

static hpo_status_t watched_archive(void *state, const hpo_task_id_t *ids, size_t count, int hidden,
				    int limit_ms, hpo_error_t *why)
{
	struct call *call = &seen.calls[seen.call_count];

	(void)state;
	(void)limit_ms;
	ck_assert_uint_lt(seen.call_count, CALLS);
	ck_assert_uint_le(count, IDS);
	seen.call_count++;
	call->hidden = hidden;
	call->count = count;
	for (size_t i = 0; i < count; i++)
		call->trials[i] = strtol(ids[i].text, NULL, 10);
	if (seen.archives < 0)
		return hpo__fail(why, seen.archives, "not today");
	return seen.archives;
}

static hpo_status_t watched_publish(void *state, const char *report_json, int limit_ms,
				    hpo_error_t *why)
{
	(void)state;
	(void)limit_ms;
	if (seen.answers > 0) {
		seen.answers--;
		hpo_test_clock_advance(seen.away_s);
		return seen.answer < 0 ? hpo__fail(why, seen.answer, "no room") : seen.answer;
	}
	ck_assert_uint_lt(seen.report_count, REPORTS);
	ck_assert_int_eq(hpo__json_parse(&seen.reports[seen.report_count++], report_json,
					 strlen(report_json), "report", NULL),
			 HPO_OK);
	return HPO_OK;
}

static const hpo_backend_ops_t watched = {
	.struct_size = sizeof watched,
	.name = "test-watched",
	.state_size = 8,
	.open = watched_open,
	.clone = watched_clone,
	.enqueue = watched_enqueue,
	.poll = watched_poll,
	.abort = watched_abort,
	.archive = watched_archive,
	.publish = watched_publish,
};

static double by_number(long trial)
{
	return (double)trial;
}

static double falling(long trial)
{
	return (double)-trial;
}

static void keep_warning(hpo_log_level_t level, const char *message, void *user)
{
	(void)user;
	if (level == HPO_LOG_WARNING)
		snprintf(seen.warning, sizeof seen.warning, "%s", message);
}

/* All tests share the registry, in which a name is taken only once. */
static void set_up(void)
{
	static int registered;

	memset(&seen, 0, sizeof seen);
	seen.loss = by_number;
	if (!registered)
		ck_assert_int_eq(hpo_register_backend(&watched, &error), HPO_OK);
	registered = 1;
	hpo_test_clock_install(1e6);
}

static void tear_down(void)
{
	for (size_t i = 0; i < seen.report_count; i++)
		hpo__json_free(seen.reports[i]);
	hpo_test_clock_remove();
}

static hpo_optimizer_t *open_study(const char *limits, const char *store)
{
	static const char form[] =
		"{\"name\":\"watched\",\"store\":\"%s\","
		"\"objectives\":[{\"series\":\"loss\",\"goal\":\"min\"}],"
		"\"parameters\":[{\"name\":\"x\",\"type\":\"int\",\"low\":1,\"high\":3},"
		"{\"name\":\"y\",\"type\":\"float\",\"low\":0,\"high\":1}],"
		"\"strategy\":{\"name\":\"random\",\"seed\":1},\"limits\":%s,"
		"\"task\":{\"backend\":\"test-watched\"}}";
	hpo_optimizer_t *opt = NULL;
	char json[1024];

	snprintf(json, sizeof json, form, store, limits);
	ck_assert_msg(hpo_optimizer_from_json(&opt, json, &error) == HPO_OK, "%s", error.message);
	hpo_optimizer_set_log(opt, keep_warning, NULL);
	hpo_optimizer_set_report(opt, 1.0, NULL, NULL);
	return opt;
}

static hpo_status_t run(hpo_optimizer_t *opt)
{
	hpo_status_t status = HPO_OK;

	for (int i = 0; i < 1000 && status == HPO_OK; i++) {
		status = hpo_optimizer_step(opt, 0, &error);
		hpo_test_clock_advance(0.5);
	}
	return status;
}

static void step(hpo_optimizer_t *opt, int times)
{
	for (int i = 0; i < times; i++)
		ck_assert_int_eq(hpo_optimizer_step(opt, 0, &error), HPO_OK);
}

static const hpo_json_t *last_report(void)
{
	ck_assert_uint_gt(seen.report_count, 0);
	return seen.reports[seen.report_count - 1];
}

static const char *ended(const hpo_json_t *report, const char *member)
{
	return hpo__json_text(hpo__json_get(hpo__json_get(report, "ended"), member));
}

/* In how many lines of all reports a text occurs. */
static int count_lines(const char *text)
{
	int count = 0;

	for (size_t i = 0; i < seen.report_count; i++) {
		const hpo_json_t *lines = hpo__json_get(seen.reports[i], "lines");

		for (size_t j = 0; j < hpo__json_size(lines); j++)
			count += strstr(hpo__json_text(hpo__json_item(lines, j)), text) != NULL;
	}
	return count;
}

START_TEST(a_report_is_given_once_a_period)
{
	hpo_optimizer_t *opt = open_study("{\"trials\":100}", "memory:");

	step(opt, 3);
	ck_assert_uint_eq(seen.report_count, 0);

	hpo_test_clock_advance(61);
	step(opt, 3);
	ck_assert_uint_eq(seen.report_count, 1);
	ck_assert_int_eq(hpo__json_integer(hpo__json_get(seen.reports[0], "report")), 1);
	ck_assert_int_eq(hpo__json_kind(hpo__json_get(seen.reports[0], "ended")), HPO__JSON_NULL);

	hpo_test_clock_advance(61);
	step(opt, 1);
	ck_assert_uint_eq(seen.report_count, 2);
	ck_assert_int_eq(hpo__json_integer(hpo__json_get(seen.reports[1], "report")), 2);
	hpo_optimizer_free(opt);
}
END_TEST

START_TEST(what_has_not_changed_is_not_shown_again)
{
	hpo_optimizer_t *opt = open_study("{\"trials\":100}", "memory:");

	seen.held = 1;
	step(opt, 2);
	hpo_test_clock_advance(61);
	step(opt, 1);
	ck_assert_uint_eq(seen.report_count, 1);

	for (int i = 0; i < 5; i++) {
		hpo_test_clock_advance(61);
		step(opt, 1);
	}
	ck_assert_uint_eq(seen.report_count, 1);

	seen.held = 0;
	hpo_test_clock_advance(61);
	step(opt, 2);
	ck_assert_uint_eq(seen.report_count, 2);
	hpo_optimizer_free(opt);
}
END_TEST

START_TEST(the_last_report_names_the_limit_that_was_reached)
{
	hpo_optimizer_t *opt = open_study("{\"trials\":6,\"concurrent\":2}", "memory:");
	const hpo_json_t *report;

	ck_assert_int_eq(run(opt), HPO_DONE);

	report = last_report();
	ck_assert_str_eq(ended(report, "status"), "completed");
	ck_assert_str_eq(ended(report, "reason"), "the limit of 6 trials is reached");
	ck_assert_int_eq(hpo__json_integer(hpo__json_get(hpo__json_get(report, "counts"),
							 "completed")),
			 6);
	ck_assert_int_eq(count_lines("The run is completed"), 1);
	hpo_optimizer_free(opt);
}
END_TEST

START_TEST(the_last_report_names_the_target_that_was_reached)
{
	hpo_optimizer_t *opt = open_study("{\"trials\":600,\"target\":1e9}", "memory:");

	ck_assert_int_eq(run(opt), HPO_DONE);

	ck_assert_str_eq(ended(last_report(), "status"), "completed");
	ck_assert_ptr_nonnull(strstr(ended(last_report(), "reason"), "the target 1000000000"));
	hpo_optimizer_free(opt);
}
END_TEST

START_TEST(a_run_that_is_stopped_says_so)
{
	hpo_optimizer_t *opt = open_study("{\"trials\":600}", "memory:");

	step(opt, 5);
	hpo_optimizer_stop(opt);
	ck_assert_int_eq(run(opt), HPO_DONE);

	ck_assert_str_eq(ended(last_report(), "status"), "stopped");
	hpo_optimizer_free(opt);
}
END_TEST

START_TEST(a_run_that_fails_says_why)
{
	hpo_optimizer_t *opt = open_study("{\"trials\":600}", "memory:");

	step(opt, 5);
	seen.polls = HPO_EBACKEND;
	ck_assert_int_eq(run(opt), HPO_EBACKEND);

	ck_assert_str_eq(ended(last_report(), "status"), "failed");
	ck_assert_str_eq(ended(last_report(), "reason"), "the server has burnt down");
	hpo_optimizer_free(opt);
}
END_TEST

START_TEST(a_limit_of_minutes_is_a_budget_and_an_end)
{
	hpo_optimizer_t *opt = open_study("{\"trials\":600,\"minutes\":2.5}", "memory:");
	const hpo_json_t *budget;

	step(opt, 1);
	hpo_test_clock_advance(75);
	step(opt, 1);
	budget = hpo__json_get(last_report(), "budget");
	ck_assert_double_eq(hpo__json_real(hpo__json_get(budget, "time %")), 50);

	ck_assert_int_eq(run(opt), HPO_DONE);
	ck_assert_str_eq(ended(last_report(), "status"), "completed");
	ck_assert_str_eq(ended(last_report(), "reason"), "the limit of 2.5 minutes is reached");
	hpo_optimizer_free(opt);
}
END_TEST

START_TEST(a_run_has_one_last_report)
{
	hpo_optimizer_t *opt = open_study("{\"trials\":3}", "memory:");
	size_t count;

	ck_assert_int_eq(run(opt), HPO_DONE);
	count = seen.report_count;
	hpo__publish_last(atomic_load(&opt->driver));
	ck_assert_int_eq(hpo_optimizer_step(opt, 0, &error), HPO_DONE);

	ck_assert_uint_eq(seen.report_count, count);
	hpo_optimizer_free(opt);
}
END_TEST

START_TEST(the_end_of_each_trial_is_told_once)
{
	hpo_optimizer_t *opt = open_study("{\"trials\":30,\"concurrent\":3}", "memory:");
	char text[64];

	hpo_optimizer_set_report(opt, 0.02, NULL, NULL);
	ck_assert_int_eq(run(opt), HPO_DONE);

	ck_assert_uint_gt(seen.report_count, 2);
	for (int i = 0; i < 30; i++) {
		snprintf(text, sizeof text, "Trial %d completed: %d", i, i);
		ck_assert_int_eq(count_lines(text), 1);
	}
	hpo_optimizer_free(opt);
}
END_TEST

START_TEST(an_attempt_that_is_repeated_is_told_too)
{
	hpo_optimizer_t *opt = open_study("{\"trials\":1,\"retries\":2}", "memory:");

	seen.fails = 1;
	ck_assert_int_eq(run(opt), HPO_DONE);

	ck_assert_int_eq(count_lines("Trial 0 is to be tried again: exit status 3"), 2);
	ck_assert_int_eq(count_lines("Trial 0 failed: exit status 3"), 1);
	hpo_optimizer_free(opt);
}
END_TEST

START_TEST(a_report_that_is_not_taken_is_given_again)
{
	hpo_optimizer_t *opt = open_study("{\"trials\":100}", "memory:");

	seen.answer = HPO_WAIT;
	seen.answers = 2;
	step(opt, 2);
	seen.held = 1;
	for (int i = 0; i < 4; i++) {
		hpo_test_clock_advance(61);
		step(opt, 1);
	}

	ck_assert_int_eq(seen.answers, 0);
	ck_assert_uint_eq(seen.report_count, 1);
	ck_assert_int_eq(hpo__json_integer(hpo__json_get(seen.reports[0], "report")), 1);
	ck_assert_int_eq(count_lines("Trial 0 completed"), 1);
	hpo_optimizer_free(opt);
}
END_TEST

START_TEST(a_report_that_is_refused_is_no_failure_of_the_run)
{
	hpo_optimizer_t *opt = open_study("{\"trials\":300}", "memory:");

	seen.answer = HPO_EBACKEND;
	seen.answers = 1;
	ck_assert_int_eq(run(opt), HPO_DONE);

	ck_assert_str_eq(seen.warning, "the state of the study could not be published: no room");
	ck_assert_int_eq(count_lines("could not be published: no room"), 1);
	ck_assert_int_eq(count_lines("Trial 0 completed"), 1);
	hpo_optimizer_free(opt);
}
END_TEST

/* The backend is silent for 20 seconds at each of two calls, and half a minute is the limit. */
START_TEST(the_last_report_does_not_wait_for_ever)
{
	hpo_optimizer_t *opt = open_study("{\"trials\":3}", "memory:");

	seen.answer = HPO_WAIT;
	seen.answers = 1000;
	seen.away_s = 20;
	ck_assert_int_eq(run(opt), HPO_DONE);

	ck_assert_int_eq(seen.answers, 998);
	hpo_optimizer_free(opt);
}
END_TEST

START_TEST(the_last_report_waits_for_a_backend_that_comes_back)
{
	hpo_optimizer_t *opt = open_study("{\"trials\":3}", "memory:");

	seen.answer = HPO_WAIT;
	seen.answers = 1;
	seen.away_s = 20;
	ck_assert_int_eq(run(opt), HPO_DONE);

	ck_assert_uint_eq(seen.report_count, 1);
	ck_assert_str_eq(ended(last_report(), "status"), "completed");
	hpo_optimizer_free(opt);
}
END_TEST

/* Which trials are hidden after all the calls, as bits. */
static unsigned hidden_trials(void)
{
	unsigned hidden = 0;

	for (size_t i = 0; i < seen.call_count; i++) {
		for (size_t k = 0; k < seen.calls[i].count; k++) {
			if (seen.calls[i].hidden)
				hidden |= 1u << seen.calls[i].trials[k];
			else
				hidden &= ~(1u << seen.calls[i].trials[k]);
		}
	}
	return hidden;
}

START_TEST(losers_are_hidden_in_one_call)
{
	hpo_optimizer_t *opt = open_study("{\"trials\":10,\"keep_top\":3}", "memory:");

	ck_assert_int_eq(run(opt), HPO_DONE);

	ck_assert_uint_eq(seen.call_count, 1);
	ck_assert_int_eq(seen.calls[0].hidden, 1);
	ck_assert_uint_eq(seen.calls[0].count, 7);
	ck_assert_uint_eq(hidden_trials(), 0x3f8);
	hpo_optimizer_free(opt);
}
END_TEST

START_TEST(what_falls_out_of_the_top_is_hidden_once)
{
	hpo_optimizer_t *opt = open_study("{\"trials\":10,\"keep_top\":3}", "memory:");
	size_t calls = 0;

	seen.loss = falling;
	hpo_optimizer_set_report(opt, 0.02, NULL, NULL);
	ck_assert_int_eq(run(opt), HPO_DONE);

	ck_assert_uint_gt(seen.call_count, 1);
	for (size_t i = 0; i < seen.call_count; i++)
		calls += seen.calls[i].count;
	ck_assert_uint_eq(calls, 7);
	ck_assert_uint_eq(hidden_trials(), 0x07f);
	hpo_optimizer_free(opt);
}
END_TEST

START_TEST(clones_that_could_not_be_hidden_are_tried_again)
{
	hpo_optimizer_t *opt = open_study("{\"trials\":6,\"keep_top\":3}", "memory:");

	seen.archives = HPO_EBACKEND;
	step(opt, 5);
	seen.held = 1;
	hpo_test_clock_advance(61);
	step(opt, 1);
	ck_assert_uint_eq(seen.call_count, 1);
	ck_assert_ptr_nonnull(strstr(seen.warning, "could not be archived: not today"));

	seen.archives = HPO_OK;
	seen.held = 0;
	ck_assert_int_eq(run(opt), HPO_DONE);

	ck_assert_uint_eq(seen.call_count, 2);
	ck_assert_uint_eq(hidden_trials(), 0x38);
	hpo_optimizer_free(opt);
}
END_TEST

static char folder[32];
static char store[72];

static void make_store(void)
{
	strcpy(folder, "/tmp/hpo-publish-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(store, sizeof store, "sqlite:%s/t.db", folder);
}

static void remove_store(void)
{
	char command[64];

	snprintf(command, sizeof command, "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

/* The first run keeps trial 0 alone, the second one the best two of four. */
START_TEST(what_an_earlier_run_hid_comes_back_to_the_top)
{
	hpo_optimizer_t *opt;

	make_store();
	opt = open_study("{\"trials\":3,\"keep_top\":1}", store);
	ck_assert_int_eq(run(opt), HPO_DONE);
	hpo_optimizer_free(opt);
	ck_assert_uint_eq(hidden_trials(), 0x6);

	opt = open_study("{\"trials\":4,\"keep_top\":2}", store);
	ck_assert_int_eq(run(opt), HPO_DONE);
	hpo_optimizer_free(opt);

	ck_assert_uint_eq(hidden_trials(), 0xc);
	remove_store();
}
END_TEST

START_TEST(ends_of_earlier_runs_are_no_news)
{
	hpo_optimizer_t *opt;

	make_store();
	opt = open_study("{\"trials\":3}", store);
	ck_assert_int_eq(run(opt), HPO_DONE);
	hpo_optimizer_free(opt);

	opt = open_study("{\"trials\":5}", store);
	ck_assert_int_eq(run(opt), HPO_DONE);
	hpo_optimizer_free(opt);

	ck_assert_int_eq(count_lines("Trial 0 completed"), 1);
	ck_assert_int_eq(count_lines("Trial 2 completed"), 1);
	ck_assert_int_eq(count_lines("Trial 3 completed"), 1);
	ck_assert_int_eq(count_lines("Trial 4 completed"), 1);
	/* Its reports are counted from 1 again. */
	ck_assert_int_eq(hpo__json_integer(hpo__json_get(last_report(), "report")), 1);
	remove_store();
}
END_TEST

START_TEST(a_warning_is_logged_and_shown)
{
	hpo_optimizer_t *opt = open_study("{\"trials\":3}", "memory:");

	step(opt, 1);
	hpo__publish_warning(atomic_load(&opt->driver), "trial %d is %s", 7, "odd");
	ck_assert_int_eq(run(opt), HPO_DONE);

	ck_assert_str_eq(seen.warning, "trial 7 is odd");
	ck_assert_int_eq(count_lines("trial 7 is odd"), 1);
	hpo_optimizer_free(opt);
}
END_TEST

static hpo_status_t objective(hpo_trial_t *trial, double *values, void *user)
{
	(void)user;
	values[0] = (double)hpo_trial_number(trial);
	return HPO_OK;
}

START_TEST(a_backend_that_shows_nothing_is_given_nothing)
{
	hpo_optimizer_t *opt = open_study("{\"trials\":3,\"keep_top\":1}", "memory:");

	ck_assert_int_eq(hpo_optimizer_run(opt, objective, NULL, 1, &error), HPO_DONE);

	ck_assert_uint_eq(seen.report_count, 0);
	ck_assert_uint_eq(seen.call_count, 0);
	hpo_optimizer_free(opt);
}
END_TEST

Suite *unit_optimizer_publish(void)
{
	Suite *suite = suite_create("optimizer/publish");
	TCase *tests = tcase_create("publish");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, a_report_is_given_once_a_period);
	tcase_add_test(tests, what_has_not_changed_is_not_shown_again);
	tcase_add_test(tests, the_last_report_names_the_limit_that_was_reached);
	tcase_add_test(tests, the_last_report_names_the_target_that_was_reached);
	tcase_add_test(tests, a_run_that_is_stopped_says_so);
	tcase_add_test(tests, a_run_that_fails_says_why);
	tcase_add_test(tests, a_limit_of_minutes_is_a_budget_and_an_end);
	tcase_add_test(tests, a_run_has_one_last_report);
	tcase_add_test(tests, the_end_of_each_trial_is_told_once);
	tcase_add_test(tests, an_attempt_that_is_repeated_is_told_too);
	tcase_add_test(tests, a_report_that_is_not_taken_is_given_again);
	tcase_add_test(tests, a_report_that_is_refused_is_no_failure_of_the_run);
	tcase_add_test(tests, the_last_report_does_not_wait_for_ever);
	tcase_add_test(tests, the_last_report_waits_for_a_backend_that_comes_back);
	tcase_add_test(tests, losers_are_hidden_in_one_call);
	tcase_add_test(tests, what_falls_out_of_the_top_is_hidden_once);
	tcase_add_test(tests, clones_that_could_not_be_hidden_are_tried_again);
	tcase_add_test(tests, what_an_earlier_run_hid_comes_back_to_the_top);
	tcase_add_test(tests, ends_of_earlier_runs_are_no_news);
	tcase_add_test(tests, a_warning_is_logged_and_shown);
	tcase_add_test(tests, a_backend_that_shows_nothing_is_given_nothing);
	suite_add_tcase(suite, tests);
	return suite;
}
