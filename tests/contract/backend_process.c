/*
 * What a task of the process backend is given, and what is heard of it.
 */
#include "contract/backend.h"

#include <math.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

START_TEST(process_reports_before_it_tells_the_end)
{
	struct rig rig;
	struct heard *heard = run_script(&rig, "echo iteration=1 loss=0.5; echo hello; "
					       "echo iteration=2 loss=0.25; printf loss=0.125");

	ck_assert_int_eq(heard->state, HPO_TASK_COMPLETED);
	ck_assert_uint_eq(heard->report_count, 3);
	ck_assert_int_eq(heard->reports[0].iteration, 1);
	ck_assert_str_eq(heard->reports[0].metric, "loss");
	ck_assert_double_eq(heard->reports[1].value, 0.25);
	ck_assert_int_eq(heard->reports[2].iteration, -1);
	ck_assert_double_eq(heard->reports[2].value, 0.125);
	ck_assert(!heard->reported_after_end);
	close_rig(&rig);
}
END_TEST

START_TEST(process_gives_the_values_as_arguments_and_in_the_environment)
{
	char wanted[64];
	struct rig rig;
	struct heard *heard = run_script(&rig, "echo loss=$1; echo $HPO_PARAMS $HPO_TRIAL "
					       "$HPO_STUDY $HPO_SLOT $HPO_ATTEMPT "
					       "$PYTHONUNBUFFERED");
	char log[512];
	int64_t x;

	ck_assert_int_eq(hpo_trial_get_int(rig.trials[0], "x", &x, NULL), HPO_OK);
	ck_assert_double_eq(heard->reports[0].value, (double)x);
	read_log(&rig, 0, log, sizeof log);
	snprintf(wanted, sizeof wanted, "{\"x\":%d} 0 contract 0 0 1\n", (int)x);
	ck_assert_msg(strstr(log, wanted) != NULL, "%s", log);
	close_rig(&rig);
}
END_TEST

START_TEST(process_sets_the_variables_of_the_task)
{
	struct rig rig;
	char log[512];

	open_process(&rig, "echo $A/$B/$C",
		     ", \"env\": {\"A\": \"one two\", \"B\": 2, \"C\": true}");
	start_clone(&rig);
	run_to_end(&rig);

	read_log(&rig, 0, log, sizeof log);
	ck_assert_str_eq(log, "one two/2/true\n");
	close_rig(&rig);
}
END_TEST

START_TEST(process_works_in_the_folder_that_is_given)
{
	struct rig rig;
	char log[512];

	open_process(&rig, "pwd", ", \"cwd\": \"/usr\"");
	start_clone(&rig);
	run_to_end(&rig);

	read_log(&rig, 0, log, sizeof log);
	ck_assert_str_eq(log, "/usr\n");
	close_rig(&rig);
}
END_TEST

START_TEST(process_hears_the_report_channel)
{
	struct rig rig;
	struct heard *heard = run_script(&rig, "echo loss=0.5 >&$HPO_REPORT_FD");
	char log[64];

	ck_assert_uint_eq(heard->report_count, 1);
	ck_assert_double_eq(heard->reports[0].value, 0.5);
	read_log(&rig, 0, log, sizeof log);
	ck_assert_str_eq(log, "");
	close_rig(&rig);
}
END_TEST

START_TEST(process_logs_output_and_errors)
{
	struct rig rig;
	char log[512];

	run_script(&rig, "echo out; echo err >&2");

	read_log(&rig, 0, log, sizeof log);
	ck_assert_ptr_nonnull(strstr(log, "out\n"));
	ck_assert_ptr_nonnull(strstr(log, "err\n"));
	close_rig(&rig);
}
END_TEST

START_TEST(process_appends_to_the_log_of_an_earlier_attempt)
{
	struct rig rig;
	char log[512];
	hpo_error_t error;

	open_process(&rig, "echo once", "");
	start_clone(&rig);
	run_to_end(&rig);
	rig.ops->forget(rig.state, &rig.ids[0]);
	ck_assert_int_eq(rig.ops->clone(rig.state, rig.trials[0], LIMIT_MS, &rig.ids[0], &error),
			 HPO_OK);
	ck_assert_int_eq(rig.ops->enqueue(rig.state, &rig.ids[0], LIMIT_MS, &error), HPO_OK);
	memset(rig.heard, 0, sizeof rig.heard);
	run_to_end(&rig);

	read_log(&rig, 0, log, sizeof log);
	ck_assert_str_eq(log, "once\n\n# trial 0 again, attempt 0\nonce\n");
	close_rig(&rig);
}
END_TEST

START_TEST(process_goes_on_when_its_log_cannot_be_written)
{
	struct rig rig;
	hpo_error_t error;
	char script[] = "[\"/bin/sh\", \"-c\", \"echo loss=1\"]";
	char task[256];

	open_study(&rig);
	snprintf(task, sizeof task, "{\"command\": %s, \"log_dir\": \"/dev/null/logs\"}", script);
	ck_assert_int_eq(open_backend(&rig, &hpo__backend_process,
				      calloc(1, hpo__backend_process.state_size), task, 2, &error),
			 HPO_OK);
	start_clone(&rig);
	start_clone(&rig);
	run_to_end(&rig);

	ck_assert_int_eq(rig.heard[0].state, HPO_TASK_COMPLETED);
	ck_assert_uint_eq(rig.heard[1].report_count, 1);
	ck_assert_int_eq(rig.warnings, 1);
	close_rig(&rig);
}
END_TEST

START_TEST(process_passes_on_values_that_are_not_finite)
{
	struct rig rig;
	struct heard *heard = run_script(&rig, "echo loss=nan; echo '{\\\"loss\\\": NaN}'; "
					       "echo loss=-inf");

	ck_assert_uint_eq(heard->report_count, 3);
	ck_assert(isnan(heard->reports[0].value));
	ck_assert(isnan(heard->reports[1].value));
	ck_assert(isinf(heard->reports[2].value) && heard->reports[2].value < 0);
	close_rig(&rig);
}
END_TEST

START_TEST(process_tells_the_exit_status)
{
	struct rig rig;
	struct heard *heard = run_script(&rig, "exit 3");

	ck_assert_int_eq(heard->state, HPO_TASK_FAILED);
	ck_assert_str_eq(heard->reason, "exit status 3");
	close_rig(&rig);
}
END_TEST

START_TEST(process_tells_the_signal_that_killed_it)
{
	struct rig rig;
	struct heard *heard = run_script(&rig, "kill -KILL $$");

	ck_assert_int_eq(heard->state, HPO_TASK_FAILED);
	ck_assert_str_eq(heard->reason, "killed by signal 9 (SIGKILL)");
	close_rig(&rig);
}
END_TEST

START_TEST(process_refuses_a_command_that_does_not_exist)
{
	hpo_error_t error = {0};
	struct rig rig;

	open_study(&rig);
	ck_assert_int_eq(try_process(&rig, "[\"./no-such-program\"]", "", &error), HPO_EINVAL);
	ck_assert_str_eq(error.message, "task.command[0]: './no-such-program' cannot be executed: "
					"No such file or directory");
	free(rig.state);

	memset(&error, 0, sizeof error);
	ck_assert_int_eq(try_process(&rig, "[\"no-such-program\"]", "", &error), HPO_EINVAL);
	ck_assert_ptr_nonnull(strstr(error.message, "no program 'no-such-program' in PATH"));
	close_rig(&rig);
}
END_TEST

START_TEST(process_refuses_a_file_that_is_not_executable)
{
	hpo_error_t error = {0};
	struct rig rig;

	open_study(&rig);
	ck_assert_int_eq(try_process(&rig, "[\"/etc/passwd\"]", "", &error), HPO_EINVAL);

	ck_assert_str_eq(error.message, "task.command[0]: '/etc/passwd' cannot be executed; allow "
					"it with 'chmod +x /etc/passwd'");
	close_rig(&rig);
}
END_TEST

static void write_program(const struct rig *rig, const char *name, const char *text, char *command,
			  size_t size)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", rig->folder, name);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
	ck_assert_int_eq(chmod(path, 0755), 0);
	snprintf(command, size, "[\"%s\", \"a b\"]", path);
}

START_TEST(process_runs_a_script_without_an_interpreter_line)
{
	hpo_error_t error;
	char command[160];
	char log[64];
	struct rig rig;

	open_study(&rig);
	write_program(&rig, "bare", "echo \"$1\"\n", command, sizeof command);
	ck_assert_int_eq(try_process(&rig, command, "", &error), HPO_OK);
	start_clone(&rig);
	run_to_end(&rig);

	ck_assert_int_eq(rig.heard[0].state, HPO_TASK_COMPLETED);
	read_log(&rig, 0, log, sizeof log);
	ck_assert_str_eq(log, "a b\n");
	close_rig(&rig);
}
END_TEST

START_TEST(process_fails_a_trial_whose_interpreter_is_missing)
{
	hpo_error_t error;
	char command[160];
	struct rig rig;

	open_study(&rig);
	write_program(&rig, "lost", "#!/no/such/interpreter\n", command, sizeof command);
	ck_assert_int_eq(try_process(&rig, command, "", &error), HPO_OK);
	start_clone(&rig);
	run_to_end(&rig);

	/* Where a tool stands in for execve(), it words this differently. */
	ck_assert_int_eq(rig.heard[0].state, HPO_TASK_FAILED);
	ck_assert_str_ne(rig.heard[0].reason, "");
	close_rig(&rig);
}
END_TEST

START_TEST(process_fails_a_trial_whose_folder_is_gone)
{
	hpo_error_t error;
	char more[128];
	char path[96];
	struct rig rig;

	open_study(&rig);
	snprintf(path, sizeof path, "%s/work", rig.folder);
	snprintf(more, sizeof more, ", \"cwd\": \"%s\"", path);
	ck_assert_int_eq(mkdir(path, 0755), 0);
	ck_assert_int_eq(try_process(&rig, "exit 0", more, &error), HPO_OK);
	ck_assert_int_eq(rmdir(path), 0);
	start_clone(&rig);
	run_to_end(&rig);

	ck_assert_int_eq(rig.heard[0].state, HPO_TASK_FAILED);
	ck_assert_str_eq(rig.heard[0].reason, "cannot be executed: No such file or directory");
	close_rig(&rig);
}
END_TEST

START_TEST(process_survives_100_megabytes_of_garbage)
{
	struct rusage before, after;
	struct rig rig;
	struct stat log;
	char path[128];

	open_process(&rig, "head -c 104857600 /dev/zero | tr '\\\\0' '{'; echo; echo loss=1", "");
	getrusage(RUSAGE_SELF, &before);
	start_clone(&rig);
	run_to_end(&rig);
	getrusage(RUSAGE_SELF, &after);

	ck_assert_uint_eq(rig.heard[0].report_count, 1);
	ck_assert_int_lt(after.ru_utime.tv_sec - before.ru_utime.tv_sec, 60); /* one pass */
	ck_assert_int_lt(after.ru_maxrss - before.ru_maxrss, 20 * 1024); /* KiB */
	snprintf(path, sizeof path, "%s/logs/0.log", rig.folder);
	ck_assert_int_eq(stat(path, &log), 0);
	ck_assert_int_lt(log.st_size, 17 * 1024 * 1024);
	close_rig(&rig);
}
END_TEST

START_TEST(process_hears_others_while_one_prints_without_end)
{
	struct rig rig;
	char log[64];

	open_process(&rig, "if [ $HPO_TRIAL = 0 ]; then yes 'y=not a report'; fi; echo loss=1", "");
	start_clone(&rig);
	start_clone(&rig);
	run_to_report(&rig, 1, 1);
	ck_assert_int_eq(rig.ops->abort(rig.state, &rig.ids[0], LIMIT_MS, NULL), HPO_OK);
	run_to_end(&rig);

	ck_assert_int_eq(rig.heard[0].state, HPO_TASK_ABORTED);
	ck_assert_int_eq(rig.heard[1].state, HPO_TASK_COMPLETED);
	read_log(&rig, 1, log, sizeof log);
	ck_assert_str_eq(log, "loss=1\n");
	close_rig(&rig);
}
END_TEST

START_TEST(process_takes_whatever_comes_on_standard_error)
{
	struct rig rig;
	struct heard *heard = run_script(&rig, "head -c 3000000 /dev/zero >&2; echo loss=1 >&2; "
					       "echo loss=2");

	ck_assert_int_eq(heard->state, HPO_TASK_COMPLETED);
	ck_assert_uint_eq(heard->report_count, 1);
	ck_assert_double_eq(heard->reports[0].value, 2);
	close_rig(&rig);
}
END_TEST

START_TEST(process_waits_for_a_task_that_closed_its_output)
{
	struct rig rig;
	struct heard *heard = run_script(&rig, "echo loss=1; exec >&- 2>&-; sleep 0.2; exit 4");

	ck_assert_uint_eq(heard->report_count, 1);
	ck_assert_str_eq(heard->reason, "exit status 4");
	close_rig(&rig);
}
END_TEST

Suite *contract_backend_process(void);
Suite *contract_backend_process(void)
{
	Suite *suite = suite_create("contract/backend_process");
	TCase *tests = tcase_create("process");

	tcase_set_timeout(tests, 60); /* times the multiplier: more than HANGS_S */
	tcase_add_test(tests, process_reports_before_it_tells_the_end);
	tcase_add_test(tests, process_gives_the_values_as_arguments_and_in_the_environment);
	tcase_add_test(tests, process_sets_the_variables_of_the_task);
	tcase_add_test(tests, process_works_in_the_folder_that_is_given);
	tcase_add_test(tests, process_hears_the_report_channel);
	tcase_add_test(tests, process_logs_output_and_errors);
	tcase_add_test(tests, process_appends_to_the_log_of_an_earlier_attempt);
	tcase_add_test(tests, process_goes_on_when_its_log_cannot_be_written);
	tcase_add_test(tests, process_passes_on_values_that_are_not_finite);
	tcase_add_test(tests, process_tells_the_exit_status);
	tcase_add_test(tests, process_tells_the_signal_that_killed_it);
	tcase_add_test(tests, process_refuses_a_command_that_does_not_exist);
	tcase_add_test(tests, process_refuses_a_file_that_is_not_executable);
	tcase_add_test(tests, process_runs_a_script_without_an_interpreter_line);
	tcase_add_test(tests, process_fails_a_trial_whose_interpreter_is_missing);
	tcase_add_test(tests, process_fails_a_trial_whose_folder_is_gone);
	tcase_add_test(tests, process_survives_100_megabytes_of_garbage);
	tcase_add_test(tests, process_hears_others_while_one_prints_without_end);
	tcase_add_test(tests, process_takes_whatever_comes_on_standard_error);
	tcase_add_test(tests, process_waits_for_a_task_that_closed_its_output);
	suite_add_tcase(suite, tests);
	return suite;
}
