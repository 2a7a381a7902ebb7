/*
 * Settings: one value for each line of an option table.
 */
#include "base/option.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

struct hpo_settings {
	const hpo_option_t *table; /* NULL: no options */
	size_t count;
	double values[]; /* [count], in the table's order */
};

static size_t count_options(const hpo_option_t *table)
{
	size_t count = 0;

	while (table != NULL && table[count].name != NULL)
		count++;
	return count;
}

/* `known`, ended by NULL, are the names of the table and then those of `skip`. */
static hpo_status_t check_names(const hpo_option_t *table, size_t count,
				const struct hpo_json_at *at, const char *const *skip,
				hpo_error_t *error)
{
	const char **known;
	size_t skipped = 0;
	hpo_status_t status;

	while (skip != NULL && skip[skipped] != NULL)
		skipped++;
	known = hpo__calloc(count + skipped + 1, sizeof *known);
	if (known == NULL)
		return hpo__fail_memory(error);

	for (size_t i = 0; i < count; i++)
		known[i] = table[i].name;
	for (size_t i = 0; i < skipped; i++)
		known[count + i] = skip[i];
	status = hpo__json_only(at, known, error);

	hpo__free(known);
	return status;
}

/* The place of a word among those that a choice's help begins with; -1 for none of them. */
static int find_word(const char *help, const char *word)
{
	const size_t length = strlen(word);
	int place = 0;

	for (;; place++) {
		const size_t size = strcspn(help, "|:");

		if (size == length && memcmp(help, word, length) == 0)
			return place;
		if (help[size] != '|')
			return -1;
		help += size + 1;
	}
}

static hpo_status_t read_choice(const hpo_option_t *option, const struct hpo_json_at *at,
				double *out, hpo_error_t *error)
{
	const char *word = NULL;
	hpo_status_t status = hpo__json_read_text(at, &word, error);
	int place;

	if (status < 0)
		return status;
	place = find_word(option->help, word);
	if (place < 0)
		return hpo__json_refuse(at, error, "'%s' is not one of %.*s", word,
					(int)strcspn(option->help, ":"), option->help);
	*out = place;
	return HPO_OK;
}

static hpo_status_t read_option(const hpo_option_t *option, const struct hpo_json_at *at,
				double *out, hpo_error_t *error)
{
	hpo_status_t status = HPO_OK;
	bool truth = option->fallback != 0;
	int64_t integer = 0;

	*out = option->fallback;
	if (at->node == NULL)
		return HPO_OK;

	switch (option->type) {
	case HPO_OPTION_FLOAT:
		status = hpo__json_read_real(at, out, error);
		break;
	case HPO_OPTION_INT:
		status = hpo__json_read_integer(at, &integer, error);
		*out = (double)integer;
		break;
	case HPO_OPTION_BOOL:
		status = hpo__json_read_bool(at, &truth, error);
		*out = truth ? 1 : 0;
		return status;
	case HPO_OPTION_CHOICE:
		return read_choice(option, at, out, error);
	}
	if (status < 0)
		return status;
	if (*out < option->low || *out > option->high)
		return hpo__json_refuse(at, error, "%.15g is not from %.15g to %.15g", *out,
					option->low, option->high);
	return HPO_OK;
}

hpo_status_t hpo__settings_new(hpo_settings_t **out, const hpo_option_t *table,
			       const struct hpo_json_at *at, const char *const *skip,
			       hpo_error_t *error)
{
	size_t count = count_options(table);
	hpo_settings_t *settings = NULL;
	hpo_status_t status = HPO_OK;

	*out = NULL;

	if (at->node != NULL)
		status = hpo__json_expect(at, HPO__JSON_OBJECT, error);
	if (status < 0)
		goto done;
	status = check_names(table, count, at, skip, error);
	if (status < 0)
		goto done;

	settings = hpo__calloc(1, sizeof *settings + count * sizeof *settings->values);
	if (settings == NULL) {
		status = hpo__fail_memory(error);
		goto done;
	}
	settings->table = table;
	settings->count = count;
	for (size_t i = 0; i < count; i++) {
		struct hpo_json_at member = hpo__json_member(at, table[i].name);

		status = read_option(&table[i], &member, &settings->values[i], error);
		if (status < 0)
			goto done;
	}

	*out = settings;
	settings = NULL; /* the caller's now */
done:
	hpo__settings_free(settings);
	return status;
}

hpo_status_t hpo__settings_inherit(hpo_settings_t **out, const hpo_option_t *table,
				   const hpo_settings_t *from, hpo_error_t *error)
{
	static const struct hpo_json_at absent = {0};
	hpo_status_t status = hpo__settings_new(out, table, &absent, NULL, error);

	for (size_t i = 0; status == HPO_OK && i < (*out)->count; i++) {
		const double value = hpo_settings_number(from, table[i].name);

		if (!isnan(value))
			(*out)->values[i] = fmin(fmax(value, table[i].low), table[i].high);
	}
	return status;
}

void hpo__settings_free(hpo_settings_t *settings)
{
	hpo__free(settings);
}

double hpo_settings_number(const hpo_settings_t *settings, const char *name)
{
	for (size_t i = 0; i < settings->count; i++) {
		if (strcmp(settings->table[i].name, name) == 0)
			return settings->values[i];
	}
	return (double)NAN;
}
