/*
 * Rows of a store, decoded for one study. A store is a file that anybody may
 * have written to: nothing in it is believed.
 */
#include "base/number.h"
#include "space/codec.h"
#include "trial/record.h"

#include <math.h>
#include <string.h>

static hpo_status_t check_row(const hpo_trial_row_t *row, hpo_error_t *error)
{
	if (row->state < HPO_TRIAL_WAITING || row->state > HPO_TRIAL_FAILED)
		return hpo__fail(error, HPO_ESTORE,
				 "trial %lld: its state %d is not one that we know",
				 (long long)row->number, row->state);
	if (row->params == NULL && row->state == HPO_TRIAL_COMPLETED)
		return hpo__fail(error, HPO_ESTORE,
				 "trial %lld: it is completed and has no parameters",
				 (long long)row->number);
	return HPO_OK;
}

/* Turn a refusal of the reader into one of the store that names the trial. */
static hpo_status_t blame_row(const hpo_trial_row_t *row, const hpo_error_t *cause,
			      hpo_error_t *error)
{
	if (cause->code == HPO_ENOMEM)
		return hpo__fail_memory(error);
	return hpo__fail(error, HPO_ESTORE, "trial %lld: %s", (long long)row->number,
			 cause->message);
}

hpo_status_t hpo__row_params(const struct hpo_study *study, const hpo_trial_row_t *row,
			     union hpo_value *values, uint8_t *active, bool *has_params,
			     hpo_error_t *error)
{
	hpo_error_t cause = {0, ""};
	hpo_json_t *tree = NULL;
	struct hpo_json_at root;
	hpo_status_t status = check_row(row, error);

	*has_params = false;
	if (status < 0 || row->params == NULL)
		return status;
	status = hpo__json_parse(&tree, row->params, strlen(row->params), "params", &cause);
	if (status < 0)
		return blame_row(row, &cause, error);
	root = hpo__json_root(tree);
	root.key = "params";
	status = hpo__json_expect(&root, HPO__JSON_OBJECT, &cause);
	if (status >= 0)
		status = hpo__codec_read(study->space, &root, 1, values, active, &cause);
	hpo__json_free(tree);
	if (status < 0)
		return blame_row(row, &cause, error);
	*has_params = true;
	return HPO_OK;
}

static const char *skip_blanks(const char *text)
{
	return text + strspn(text, " \t\r\n");
}

/* One number or null; NULL when it is neither. */
static const char *read_value(const char *text, double *out)
{
	size_t used = 0;

	if (strncmp(text, "null", 4) == 0) {
		*out = NAN;
		return text + 4;
	}
	if (*text != '-' && (*text < '0' || *text > '9'))
		return NULL;
	*out = hpo__scan_real(text, &used);
	return used > 0 && isfinite(*out) ? text + used : NULL;
}

/* "[0.5, null]" into values [m]. Read by hand: it is done once for each trial of a study. */
static bool read_array(const char *text, double *values, size_t m)
{
	text = skip_blanks(text);
	if (*text++ != '[')
		return false;
	for (size_t i = 0; i < m; i++) {
		text = skip_blanks(text);
		if (i > 0 && *text++ != ',')
			return false;
		text = read_value(skip_blanks(text), &values[i]);
		if (text == NULL)
			return false;
	}
	text = skip_blanks(text);
	if (*text++ != ']')
		return false;
	return *skip_blanks(text) == '\0';
}

hpo_status_t hpo__row_values(const struct hpo_study *study, const hpo_trial_row_t *row,
			     double *values, bool *has_values, hpo_error_t *error)
{
	size_t m = study->objectives.count;
	hpo_status_t status = check_row(row, error);

	*has_values = false;
	if (status < 0)
		return status;
	if (row->values == NULL && row->state == HPO_TRIAL_COMPLETED)
		return hpo__fail(error, HPO_ESTORE, "trial %lld: it is completed and has no values",
				 (long long)row->number);
	if (row->values == NULL)
		return HPO_OK;
	if (!read_array(row->values, values, m))
		return hpo__fail(error, HPO_ESTORE,
				 "trial %lld: its values '%.60s' are not an array of %zu number%s",
				 (long long)row->number, row->values, m, m == 1 ? "" : "s");
	*has_values = true;
	return HPO_OK;
}
