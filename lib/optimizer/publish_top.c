/*
 * Which clones are put out of sight: all but the best, and who comes to be one
 * of them comes back.
 */
#include "optimizer/driver.h"

#include "backend/registry.h"
#include "base/alloc.h"
#include "os/clock.h"
#include "report/order.h"
#include "trial/record.h"

#include <stdio.h>

enum { CALL_MS = 10000 };

bool hpo__publish_hides(const struct hpo_driver *driver)
{
	return driver->optimizer->study->limits.keep_top > 0 && !driver->in_process &&
	       driver->ops->archive != hpo__backend_default_archive;
}

/* Clones that are to be hidden or shown, with the numbers of their trials. */
struct change {
	hpo_task_id_t *ids; /* [count] */
	int64_t *numbers;   /* [count] */
	size_t count;
};

static hpo_status_t change_init(struct change *change, size_t most)
{
	change->ids = hpo__calloc(most + 1, sizeof *change->ids);
	change->numbers = hpo__calloc(most + 1, sizeof *change->numbers);
	change->count = 0;
	return change->ids == NULL || change->numbers == NULL ? HPO_ENOMEM : HPO_OK;
}

static void change_release(struct change *change)
{
	hpo__free(change->ids);
	hpo__free(change->numbers);
}

static void change_add(struct change *change, const hpo_trial_row_t *row)
{
	snprintf(change->ids[change->count].text, sizeof change->ids->text, "%s", row->task);
	change->numbers[change->count++] = row->number;
}

/* One call for all; they are asked for again with the next report if it does not succeed. */
static bool change_apply(struct hpo_driver *driver, const struct change *change, bool hide)
{
	hpo_optimizer_t *opt = driver->optimizer;
	hpo_error_t why = {0, ""};
	hpo_status_t status;

	if (change->count == 0)
		return true;
	status = driver->ops->archive(driver->state, change->ids, change->count, hide, CALL_MS,
				      &why);
	if (status < 0)
		hpo__publish_warning(driver, "%zu trials could not be %s: %s", change->count,
				     hide ? "archived" : "brought back", why.message);
	if (status != HPO_OK)
		return false;
	hpo__lock_take(&opt->lock);
	for (size_t i = 0; i < change->count; i++)
		opt->entries[change->numbers[i]].archived = hide;
	hpo__lock_drop(&opt->lock);
	return true;
}

/*
 * Sort the ended trials into those to hide and those to show, if that is not how they are. What
 * ended before this run may have been hidden by an earlier one.
 */
static void sort_clones(struct hpo_driver *driver, const hpo_records_t *records,
			const uint8_t *kept, struct change *hide, struct change *show)
{
	hpo_optimizer_t *opt = driver->optimizer;
	double began;

	hpo__lock_take(&opt->lock);
	began = hpo__clock_wall() - (hpo__clock_monotonic() - opt->began);
	for (size_t i = 0; i < records->count && i < opt->entry_count; i++) {
		const hpo_trial_row_t *row = &records->trials[i].row;
		const bool hidden = opt->entries[i].archived;
		const bool unknown = !driver->published.top_shown && row->ended_s < began;

		if (row->state <= HPO_TRIAL_RUNNING || row->task == NULL || row->task[0] == '\0')
			continue;
		if (!kept[i] && !hidden)
			change_add(hide, row);
		else if (kept[i] && (hidden || unknown))
			change_add(show, row);
	}
	hpo__lock_drop(&opt->lock);
}

hpo_status_t hpo__publish_top(struct hpo_driver *driver, const hpo_records_t *records,
			      hpo_error_t *error)
{
	const size_t keep = (size_t)driver->optimizer->study->limits.keep_top;
	struct change hide = {NULL, NULL, 0}, show = {NULL, NULL, 0};
	struct hpo_order order = {0};
	uint8_t *kept = hpo__calloc(records->count + 1, sizeof *kept);
	hpo_status_t status = HPO_OK;

	if (kept == NULL || change_init(&hide, records->count) < 0 ||
	    change_init(&show, records->count) < 0)
		status = hpo__fail_memory(error);
	if (status >= 0)
		status = hpo__order_init(&order, records, error);
	if (status < 0)
		goto done;

	for (size_t i = 0; i < keep && i < order.count; i++)
		kept[order.list[i]] = 1;
	sort_clones(driver, records, kept, &hide, &show);
	change_apply(driver, &hide, true);
	if (change_apply(driver, &show, false))
		driver->published.top_shown = true;
done:
	hpo__order_release(&order);
	change_release(&show);
	change_release(&hide);
	hpo__free(kept);
	return status;
}
