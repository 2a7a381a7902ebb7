/*
 * The limits over a whole study, and why it ends by them. Whether it has what it
 * was begun for is a fold over its trials: all processes fold the same ones in
 * the same order, so all of them see the same.
 */
#include "optimizer/optimizer.h"

#include "os/clock.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

/* Fold what the history has beyond what was judged. */
static hpo_status_t fold(hpo_optimizer_t *opt, const hpo_history_t *history)
{
	const size_t m = hpo_history_objectives(history);
	const uint8_t *states = hpo_history_states(history);

	for (; opt->judged < hpo_history_count(history); opt->judged++) {
		const size_t i = opt->judged;
		double loss = (double)NAN;

		if (states[i] == HPO_TRIAL_FAILED)
			continue;
		if (states[i] == HPO_TRIAL_COMPLETED)
			loss = hpo__goal_loss(&opt->study->objectives,
					      hpo_history_losses(history) + i * m);
		if (hpo__goal_add(&opt->aim, hpo_history_numbers(history)[i], loss) < 0)
			return HPO_ENOMEM;
	}
	return HPO_OK;
}

hpo_status_t hpo__limits_look(hpo_optimizer_t *opt)
{
	hpo_history_t *history = NULL;
	hpo_status_t status;

	if (!hpo__goal_is_set(&opt->study->limits) || opt->judged == opt->history.count)
		return HPO_OK;
	status = hpo__history_snapshot(&history, &opt->history, NULL, 0);
	if (status >= 0)
		status = fold(opt, history);
	if (status >= 0)
		hpo__goal_judge(&opt->aim, opt->goal);
	hpo__history_free(history);
	return status;
}

void hpo__limits_begin(hpo_optimizer_t *opt)
{
	hpo__goal_release(&opt->aim);
	hpo__goal_begin(&opt->aim, &opt->study->limits, &opt->study->objectives);
	opt->judged = 0;
	opt->goal[0] = '\0';
}

/* The first reason stays: that a run was told to stop is a consequence of it. The lock is held. */
HPO__PRINTF(2, 3)
static void note(hpo_optimizer_t *opt, const char *format, ...)
{
	va_list arguments;

	if (opt->reason[0] != '\0')
		return;
	va_start(arguments, format);
	vsnprintf(opt->reason, sizeof opt->reason, format, arguments);
	va_end(arguments);
}

void hpo__limits_note_trials(hpo_optimizer_t *opt)
{
	hpo__lock_take(&opt->lock);
	note(opt, "all %lld trials have been started", (long long)opt->study->limits.trials);
	hpo__lock_drop(&opt->lock);
}

void hpo__limits_note_exhausted(hpo_optimizer_t *opt, bool whole)
{
	hpo__lock_take(&opt->lock);
	note(opt, "%s", whole ? "every point of the space has been tried"
			      : "no further point was found that keeps the constraints");
	hpo__lock_drop(&opt->lock);
}

void hpo__limits_note(hpo_optimizer_t *opt, const char *reason)
{
	hpo__lock_take(&opt->lock);
	note(opt, "%s", reason);
	hpo__lock_drop(&opt->lock);
}

/* Whether the share of failures is more than the study stands. The lock is held. */
static hpo_status_t check_failures(const hpo_optimizer_t *opt, hpo_error_t *error)
{
	const double rate = opt->study->limits.failure_rate;
	const int64_t failed = opt->counts[HPO_TRIAL_FAILED];
	const int64_t ended =
		opt->counts[HPO_TRIAL_COMPLETED] + opt->counts[HPO_TRIAL_PRUNED] + failed;

	if (!(rate > 0 && rate < 1) || ended < 10 || (double)failed <= rate * (double)ended)
		return HPO_OK;
	return hpo__fail(error, HPO_EBACKEND,
			 "%lld of %lld trials failed, more than the failure_rate of %g "
			 "allows; look at their reasons, or raise limits.failure_rate",
			 (long long)failed, (long long)ended, rate);
}

/* The lock is held. */
static hpo_status_t check_limits(hpo_optimizer_t *opt, hpo_error_t *error)
{
	const double compute_minutes = opt->study->limits.compute_minutes;
	hpo_status_t status = hpo__limits_look(opt);

	if (status < 0)
		return hpo__fail_memory(error);
	if (opt->goal[0] != '\0')
		note(opt, "%s", opt->goal);
	else if (opt->run_minutes > 0 &&
		 hpo__clock_monotonic() - opt->began >= 60.0 * opt->run_minutes)
		note(opt, "its %g minutes are over", opt->run_minutes);
	else if (compute_minutes > 0 && opt->compute_s >= 60.0 * compute_minutes)
		note(opt, "its %g minutes of computing are used up", compute_minutes);
	else if (atomic_load(&opt->stopping) || opt->stopped_in_store)
		note(opt, "it was stopped");
	else
		return check_failures(opt, error);
	return HPO_DONE;
}

hpo_status_t hpo__limits_check(hpo_optimizer_t *opt, hpo_error_t *error)
{
	hpo_status_t status;

	hpo__lock_take(&opt->lock);
	if (opt->began == 0)
		opt->began = hpo__clock_monotonic();
	status = check_limits(opt, error);
	if (status == HPO_OK)
		opt->reason[0] = '\0';
	hpo__lock_drop(&opt->lock);
	return status;
}
