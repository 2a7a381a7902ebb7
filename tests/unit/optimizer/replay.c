/*
 * Proposing recorded trials again: whoever ran them, in whatever order they
 * ended, each comes out to the bit as it was.
 */
#include "hpo.h"
#include "optimizer/search.h"
#include "strategy/registry.h"
#include "base/alloc.h"
#include "support/alloc.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

Suite *unit_optimizer_replay(void);

static hpo_error_t error;
static char folder[] = "/tmp/hpo-replay-XXXXXX";

/* Mixed parameters, a condition, a constraint that four points in five keep. */
static const char form[] =
	"{\"name\":\"t\",\"objectives\":[{\"series\":\"loss\",\"goal\":\"min\"}],\"parameters\":["
	"{\"name\":\"x\",\"type\":\"float\",\"low\":-2,\"high\":3},"
	"{\"name\":\"n\",\"type\":\"int\",\"low\":1,\"high\":8},"
	"{\"name\":\"m\",\"type\":\"int\",\"low\":1,\"high\":100,\"scale\":\"log\"},"
	"{\"name\":\"c\",\"type\":\"categorical\",\"choices\":[\"a\",\"b\",\"d\"]},"
	"{\"name\":\"y\",\"type\":\"float\",\"low\":1e-4,\"high\":1,\"scale\":\"log\","
	"\"when\":{\"c\":[\"b\"]}}],"
	"\"constraints\":[\"n * m <= 400\"],%s"
	"\"strategy\":{\"name\":\"%s\",\"seed\":5},\"limits\":{\"trials\":%d}%s}";

static hpo_optimizer_t *open_form(const char *more, const char *strategy, int trials,
				  const char *store)
{
	hpo_optimizer_t *opt = NULL;
	char json[2048];

	snprintf(json, sizeof json, form, more, strategy, trials, store);
	ck_assert_msg(hpo_optimizer_from_json(&opt, json, &error) == HPO_OK, "%s", error.message);
	return opt;
}

static double loss_of(hpo_trial_t *trial)
{
	double x = 0;
	double y = 0.5;
	int64_t n = 0;

	hpo_trial_get_float(trial, "x", &x, NULL);
	hpo_trial_get_int(trial, "n", &n, NULL);
	hpo_trial_get_float(trial, "y", &y, NULL);
	return x * x + fabs((double)n - 3) + y;
}

/* Slow and fast trials, so that threads overtake each other; some fail. */
static hpo_status_t objective(hpo_trial_t *trial, double *values, void *user)
{
	(void)user;
	if (hpo_trial_number(trial) % 3 == 0)
		usleep(1000);
	if (hpo_trial_number(trial) % 11 == 7)
		return HPO_EINVAL;
	values[0] = loss_of(trial);
	return HPO_OK;
}

static void check_all_same(hpo_optimizer_t *opt, const char *strategy, int expected)
{
	char *json = hpo_optimizer_replay_json(opt, 0, -1, &error);
	char wanted[64];

	ck_assert_msg(json != NULL, "%s: %s", strategy, error.message);
	snprintf(wanted, sizeof wanted, "\"same\":%d,\"different\":0,", expected);
	ck_assert_msg(strstr(json, wanted) != NULL, "%s: %s", strategy, json);
	hpo_free(json);
}

START_TEST(trials_of_four_threads_come_out_the_same)
{
	for (size_t i = 0; hpo__strategy_name(i) != NULL; i++) {
		hpo_optimizer_t *opt = open_form("", hpo__strategy_name(i), 36, "");

		ck_assert_int_eq(hpo_optimizer_run(opt, objective, NULL, 4, &error), HPO_DONE);
		check_all_same(opt, hpo__strategy_name(i), 36);
		hpo_optimizer_free(opt);
	}
}
END_TEST

static _Noreturn void work(const char *strategy, const char *store)
{
	hpo_optimizer_t *opt = open_form("", strategy, 16, store);
	hpo_status_t status = hpo_optimizer_run(opt, objective, NULL, 1, &error);

	hpo_optimizer_free(opt);
	_exit(status == HPO_DONE ? 0 : 1);
}

START_TEST(trials_of_three_processes_come_out_the_same)
{
	char path[128];
	char store[160];

	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/r.db", folder);
	snprintf(store, sizeof store, ",\"store\":\"sqlite:%s\"", path);
	for (size_t i = 0; hpo__strategy_name(i) != NULL; i++) {
		const char *strategy = hpo__strategy_name(i);
		hpo_optimizer_t *opt = open_form("", strategy, 16, store);

		hpo_optimizer_free(opt); /* made before, so that nobody waits for the other */
		for (int k = 0; k < 3; k++) {
			if (fork() == 0)
				work(strategy, store);
		}
		for (int k = 0; k < 3; k++) {
			int how = 0;

			ck_assert_int_gt(wait(&how), 0);
			ck_assert_int_eq(how, 0);
		}
		opt = open_form("", strategy, 16, store);
		check_all_same(opt, strategy, 16);
		hpo_optimizer_free(opt);
		ck_assert_int_eq(unlink(path), 0);
	}
	ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

static void ask_and_tell(hpo_optimizer_t *opt, int count)
{
	for (int i = 0; i < count; i++) {
		hpo_trial_t *trial = NULL;
		double loss;

		ck_assert_msg(hpo_optimizer_ask(opt, &trial, &error) == HPO_OK, "%s",
			      error.message);
		loss = loss_of(trial);
		ck_assert_int_eq(hpo_trial_tell(trial, &loss, 1, &error), HPO_OK);
		hpo_trial_free(trial);
	}
}

static const char *replay(hpo_optimizer_t *opt, int64_t first, int64_t last)
{
	static char copy[65536];
	char *json = hpo_optimizer_replay_json(opt, first, last, &error);

	ck_assert_msg(json != NULL, "%s", error.message);
	snprintf(copy, sizeof copy, "%s", json);
	hpo_free(json);
	return copy;
}

START_TEST(enqueued_and_imported_trials_are_told_apart)
{
	hpo_optimizer_t *opt = open_form("", "random", 0, "");

	ck_assert_int_eq(hpo_optimizer_enqueue_trial(
				 opt, "{\"x\":0.5,\"n\":2,\"m\":3,\"c\":\"a\"}", &error),
			 HPO_OK);
	ck_assert_int_eq(hpo_optimizer_import_trial(
				 opt,
				 "{\"params\":{\"x\":1,\"n\":2,\"m\":3,\"c\":\"a\"},\"values\":[1]}",
				 &error),
			 HPO_OK);
	ask_and_tell(opt, 3);

	ck_assert_ptr_nonnull(strstr(replay(opt, 0, -1), "\"same\":2,\"different\":0,"
							 "\"not_replayed\":2}"));
	ck_assert_ptr_nonnull(strstr(replay(opt, 0, 0), "\"not proposed\""));
	ck_assert_ptr_nonnull(strstr(replay(opt, 1, 1), "\"not proposed\""));
	ck_assert_ptr_nonnull(strstr(replay(opt, 2, 2), "\"same\",\"arm\":\"random\""));
	ck_assert_ptr_null(hpo_optimizer_replay_json(opt, 4, -1, &error));
	ck_assert_int_eq(error.code, HPO_ENOTFOUND);
	hpo_optimizer_free(opt);
}
END_TEST

/* 400 points; random search repeats itself soon, and the walk finds what is left. */
START_TEST(points_of_chance_and_of_the_walk_come_out_the_same)
{
	static const char json[] =
		"{\"name\":\"t\",\"objectives\":[{\"series\":\"loss\",\"goal\":\"min\"}],"
		"\"parameters\":[{\"name\":\"n\",\"type\":\"int\",\"low\":1,\"high\":40000},"
		"{\"name\":\"x\",\"type\":\"int\",\"low\":0,\"high\":1}],"
		"\"constraints\":[\"n <= 200\"],\"strategy\":{\"name\":\"random\"}}";
	hpo_optimizer_t *opt = NULL;
	hpo_trial_t *trial = NULL;
	const char *text;

	ck_assert_int_eq(hpo_optimizer_from_json(&opt, json, &error), HPO_OK);
	ask_and_tell(opt, 400);
	ck_assert_int_eq(hpo_optimizer_ask(opt, &trial, &error), HPO_EXHAUSTED);

	text = replay(opt, 0, -1);
	ck_assert_ptr_nonnull(strstr(text, "\"same\":400,\"different\":0,"));
	ck_assert_ptr_nonnull(strstr(text, "\"stage\":\"repair\""));
	ck_assert_ptr_nonnull(strstr(text, "\"stage\":\"walk\""));
	ck_assert_ptr_nonnull(strstr(text, "\"arm\":\"walk\""));
	hpo_optimizer_free(opt);
}
END_TEST

/* Trials of before are replayed with the settings of before. */
START_TEST(a_change_of_settings_is_remembered)
{
	char path[128];
	char store[160];
	hpo_optimizer_t *opt;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/r.db", folder);
	snprintf(store, sizeof store, ",\"store\":\"sqlite:%s\"", path);
	opt = open_form("", "random", 30, store);
	ask_and_tell(opt, 4);
	hpo_optimizer_free(opt);
	opt = open_form("", "tpe", 30, store);
	ask_and_tell(opt, 12);

	check_all_same(opt, "random, then tpe", 16);
	hpo_optimizer_free(opt);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

START_TEST(a_note_reads_back_as_it_was)
{
	int64_t running[] = {2, 4, 5, 6, 9, 10};
	const struct hpo_note note = {HPO__STAGE_REPAIR, 3, 0xfedcba9876543210u, 8, 0, running, 6};
	struct hpo_buffer text = HPO__BUFFER_INIT;
	struct hpo_note back;

	hpo__note_write(&note, &text);
	ck_assert_str_eq(text.text,
			 "{\"settings\":\"fedcba9876543210\",\"stage\":\"repair\",\"try\":3,"
			 "\"running\":[2,[4,6],[9,10]],\"replicates\":7}");
	ck_assert_int_eq(hpo__note_read(&back, text.text, &error), HPO_OK);

	ck_assert_int_eq(back.stage, HPO__STAGE_REPAIR);
	ck_assert_uint_eq(back.attempt, 3);
	ck_assert_uint_eq(back.settings, note.settings);
	ck_assert_int_eq(back.replicates, 8);
	ck_assert_uint_eq(back.running_count, 6);
	ck_assert_mem_eq(back.running, running, sizeof running);
	hpo__free(back.running);
	hpo__buffer_release(&text);
}
END_TEST

static const char *const bad_notes[] = {
	"[]", "{\"stage\":\"dream\"}", "{\"try\":-1}", "{\"running\":[[5,4]]}",
	"{\"running\":[[1,2,3]]}", "{\"running\":[[0,9007199254740992]]}", "{\"running\":[-3]}",
	"{\"settings\":7}",
};

START_TEST(a_note_that_is_none_is_refused)
{
	struct hpo_note note;

	ck_assert_int_eq(hpo__note_read(&note, bad_notes[_i], &error), HPO_EINVAL);
	ck_assert_ptr_null(note.running);
}
END_TEST

static hpo_status_t search_and_replay(void *user)
{
	static const char json[] =
		"{\"name\":\"t\",\"objectives\":[{\"series\":\"loss\",\"goal\":\"min\"}],"
		"\"parameters\":[{\"name\":\"n\",\"type\":\"int\",\"low\":1,\"high\":500}],"
		"\"constraints\":[\"n <= 4\"],\"strategy\":{\"name\":\"random\"}}";
	hpo_optimizer_t *opt = NULL;
	hpo_trial_t *trial = NULL;
	char *text = NULL;
	hpo_status_t status = hpo_optimizer_from_json(&opt, json, NULL);

	(void)user;
	for (int i = 0; i < 5 && status == HPO_OK; i++) {
		double loss = i;

		status = hpo_optimizer_ask(opt, &trial, NULL);
		if (status == HPO_OK)
			status = hpo_trial_tell(trial, &loss, 1, NULL);
		hpo_trial_free(trial);
		trial = NULL;
	}
	if (status == HPO_EXHAUSTED) {
		text = hpo_optimizer_replay_json(opt, 0, -1, NULL);
		status = text == NULL ? HPO_ENOMEM : HPO_OK;
	}
	hpo_free(text);
	hpo_optimizer_free(opt);
	return status;
}

START_TEST(every_failing_allocation_is_survived)
{
	hpo_test_alloc_install();

	hpo_test_each_allocation(search_and_replay, NULL);

	hpo_test_alloc_remove();
}
END_TEST

Suite *unit_optimizer_replay(void)
{
	Suite *suite = suite_create("optimizer/replay");
	TCase *tests = tcase_create("tests");

	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, trials_of_four_threads_come_out_the_same);
	tcase_add_test(tests, trials_of_three_processes_come_out_the_same);
	tcase_add_test(tests, enqueued_and_imported_trials_are_told_apart);
	tcase_add_test(tests, points_of_chance_and_of_the_walk_come_out_the_same);
	tcase_add_test(tests, a_change_of_settings_is_remembered);
	tcase_add_test(tests, a_note_reads_back_as_it_was);
	tcase_add_loop_test(tests, a_note_that_is_none_is_refused, 0,
			    (int)(sizeof bad_notes / sizeof *bad_notes));
	tcase_add_test(tests, every_failing_allocation_is_survived);
	suite_add_tcase(suite, tests);
	return suite;
}
