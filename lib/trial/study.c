/*
 * Reading a study file, and writing it again with all defaults filled in.
 */
#include "trial/study.h"

#include "base/alloc.h"
#include "trial/definition.h"
#include "trial/limits.h"
#include "trial/task.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void hpo__study_free(struct hpo_study *study)
{
	if (study == NULL)
		return;
	hpo__free(study->name);
	hpo_space_free(study->space);
	hpo__objectives_release(&study->objectives);
	hpo__free(study->strategy);
	hpo__free(study->strategy_json);
	hpo__free(study->pruner);
	hpo__free(study->pruner_json);
	hpo__free(study->task_json);
	hpo__free(study->store);
	for (size_t i = 0; i < study->warm_count; i++)
		hpo__free(study->warm_names[i]);
	hpo__free(study->warm_names);
	hpo__free(study);
}

const char *hpo__study_name_fault(const char *name)
{
	size_t length = strlen(name);

	if (length == 0)
		return "the name of a study cannot be empty";
	if (length > 255)
		return "the name of a study has at most 255 bytes";
	for (size_t i = 0; i < length; i++) {
		if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f)
			return "the name of a study cannot hold control characters";
	}
	return NULL;
}

/* Set a text of the study from an optional member, or from what it is by default. */
static hpo_status_t read_text(char **out, const struct hpo_json_at *at, const char *fallback,
			      hpo_error_t *error)
{
	const char *text = fallback;
	hpo_status_t status = hpo__json_read_text(at, &text, error);

	if (status < 0 || text == NULL)
		return status;
	if (*text == '\0')
		return hpo__json_refuse(at, error, "is empty: give a value, or leave it out");
	*out = hpo__strdup(text);
	return *out == NULL ? hpo__fail_memory(error) : HPO_OK;
}

static hpo_status_t read_name(struct hpo_study *study, const struct hpo_json_at *root,
			      hpo_error_t *error)
{
	struct hpo_json_at at = hpo__json_member(root, "name");
	const char *name = "study";
	const char *fault;
	hpo_status_t status = hpo__json_read_text(&at, &name, error);

	if (status < 0)
		return status;
	fault = hpo__study_name_fault(name);
	if (fault != NULL)
		return hpo__json_refuse(&at, error, "%s", fault);
	study->name = hpo__strdup(name);
	return study->name == NULL ? hpo__fail_memory(error) : HPO_OK;
}

/*
 * A whole number of 0 or more. Above 2^63 - 1, where JSON integers end for many
 * readers, it is a text of digits.
 */
static hpo_status_t read_seed(uint64_t *out, const struct hpo_json_at *at, hpo_error_t *error)
{
	int64_t seed = 0;
	hpo_status_t status;

	if (at->node != NULL && hpo__json_kind(at->node) == HPO__JSON_TEXT) {
		const char *text = hpo__json_text(at->node);
		size_t digits = strspn(text, "0123456789");

		errno = 0;
		*out = strtoull(text, NULL, 10);
		if (digits == 0 || text[digits] != '\0' || errno == ERANGE)
			return hpo__json_refuse(at, error,
						"'%s' is not a seed: expected a whole number from "
						"0 to 2^64 - 1",
						text);
		return HPO_OK;
	}
	status = hpo__json_read_integer(at, &seed, error);
	if (status >= 0 && seed < 0)
		status = hpo__json_refuse(at, error, "%lld is below 0: a seed is 0 or more",
					  (long long)seed);
	*out = (uint64_t)seed;
	return status;
}

struct settings_copy {
	struct hpo_buffer *out;
	bool is_strategy;
};

static hpo_status_t copy_setting(const char *key, const hpo_json_t *value, void *user)
{
	const struct settings_copy *copy = user;

	if (strcmp(key, "name") == 0 || (copy->is_strategy && strcmp(key, "seed") == 0))
		return HPO_OK;
	hpo__buffer_char(copy->out, ',');
	hpo__buffer_json_text(copy->out, key);
	hpo__buffer_char(copy->out, ':');
	hpo__json_write(value, copy->out);
	return HPO_OK;
}

char *hpo__study_choice_json(const char *name, const uint64_t *seed, const hpo_json_t *settings)
{
	struct hpo_buffer out = HPO__BUFFER_INIT;
	struct settings_copy copy = {&out, seed != NULL};
	char *text;

	hpo__buffer_text(&out, "{\"name\":");
	hpo__buffer_json_text(&out, name);
	if (seed != NULL && *seed <= INT64_MAX)
		hpo__buffer_format(&out, ",\"seed\":%" PRIu64, *seed);
	else if (seed != NULL)
		hpo__buffer_format(&out, ",\"seed\":\"%" PRIu64 "\"", *seed);
	if (settings != NULL)
		hpo__json_each(settings, copy_setting, &copy);
	hpo__buffer_char(&out, '}');
	text = hpo__buffer_take(&out);
	hpo__buffer_release(&out);
	return text;
}

/*
 * `strategy` or `pruner`: a name, or an object with a name and settings, which
 * are checked later against the table of who bears the name.
 */
static hpo_status_t read_choice(const struct hpo_json_at *at, const char *fallback, char **name,
				uint64_t *seed, char **json, hpo_error_t *error)
{
	struct hpo_json_at name_at = *at;
	const hpo_json_t *settings = NULL;
	hpo_status_t status = HPO_OK;

	if (at->node != NULL && hpo__json_kind(at->node) == HPO__JSON_OBJECT) {
		struct hpo_json_at seed_at = hpo__json_member(at, "seed");

		settings = at->node;
		name_at = hpo__json_member(at, "name");
		if (seed != NULL)
			status = read_seed(seed, &seed_at, error);
	} else if (at->node != NULL && hpo__json_kind(at->node) != HPO__JSON_TEXT) {
		return hpo__json_refuse(at, error, "expected a name or an object, got %s",
					hpo__json_kind_text(at->node));
	}
	if (status >= 0)
		status = read_text(name, &name_at, fallback, error);
	if (status < 0)
		return status;
	*json = hpo__study_choice_json(*name, seed, settings);
	return *json == NULL ? hpo__fail_memory(error) : HPO_OK;
}

hpo_status_t hpo__study_read_task(struct hpo_study *study, const struct hpo_json_at *at,
				  hpo_error_t *error)
{
	struct hpo_buffer text = HPO__BUFFER_INIT;
	hpo_status_t status;

	if (at->node == NULL)
		return HPO_OK;
	status = hpo__task_check(at, error);
	if (status < 0)
		return status;
	hpo__json_write(at->node, &text);
	study->task_json = hpo__buffer_take(&text);
	hpo__buffer_release(&text);
	return study->task_json == NULL ? hpo__fail_memory(error) : HPO_OK;
}

static hpo_status_t read_space(struct hpo_study *study, const struct hpo_json_at *root,
			       hpo_error_t *error)
{
	struct hpo_json_at parameters = hpo__json_member(root, "parameters");
	struct hpo_json_at constraints = hpo__json_member(root, "constraints");
	hpo_status_t status;

	if (parameters.node == NULL)
		return hpo__json_refuse(&parameters, error,
					"is missing: a study needs at least one parameter");
	status = hpo__json_expect(&parameters, HPO__JSON_ARRAY, error);
	if (status < 0)
		return status;
	if (hpo__json_size(parameters.node) == 0)
		return hpo__json_refuse(&parameters, error, "expected at least one parameter");
	return hpo__space_read(&study->space, &parameters, &constraints, error);
}

static hpo_status_t read_objectives(struct hpo_study *study, const struct hpo_json_at *root,
				    hpo_error_t *error)
{
	struct hpo_json_at at = hpo__json_member(root, "objectives");

	if (at.node == NULL)
		return hpo__json_refuse(&at, error,
					"is missing: a study needs at least one objective");
	return hpo__objectives_read(&study->objectives, &at, error);
}

/* true: of all past studies that fit; or their names; false, or absent: none. */
static hpo_status_t read_warm_start(struct hpo_study *study, const struct hpo_json_at *at,
				    hpo_error_t *error)
{
	const size_t count = at->node != NULL && hpo__json_kind(at->node) == HPO__JSON_ARRAY
				     ? hpo__json_size(at->node)
				     : 0;
	hpo_status_t status = HPO_OK;

	if (at->node == NULL)
		return HPO_OK;
	if (hpo__json_kind(at->node) != HPO__JSON_ARRAY)
		return hpo__json_read_bool(at, &study->warm_start, error);
	if (count == 0)
		return hpo__json_refuse(at, error, "names no study: give a name, or true for all");
	study->warm_start = true;
	study->warm_names = hpo__calloc(count, sizeof *study->warm_names);
	if (study->warm_names == NULL)
		return hpo__fail_memory(error);
	for (size_t i = 0; status >= 0 && i < count; i++) {
		struct hpo_json_at name = hpo__json_element(at, i);

		status = read_text(&study->warm_names[i], &name, NULL, error);
		study->warm_count += study->warm_names[i] != NULL;
	}
	return status;
}

static void write_warm_start(const struct hpo_study *study, struct hpo_buffer *out)
{
	if (!study->warm_start)
		return;
	hpo__buffer_text(out, ",\"warm_start\":");
	if (study->warm_count == 0)
		hpo__buffer_text(out, "true");
	for (size_t i = 0; i < study->warm_count; i++) {
		hpo__buffer_char(out, i == 0 ? '[' : ',');
		hpo__buffer_json_text(out, study->warm_names[i]);
	}
	if (study->warm_count > 0)
		hpo__buffer_char(out, ']');
}

static hpo_status_t read_study(struct hpo_study *study, const struct hpo_json_at *root,
			       hpo_error_t *error)
{
	static const char *const known[] = {
		"name",	  "objectives", "parameters", "constraints", "strategy",
		"pruner", "limits",	"task",	      "store",	     "warm_start", NULL,
	};
	struct hpo_json_at strategy = hpo__json_member(root, "strategy");
	struct hpo_json_at pruner = hpo__json_member(root, "pruner");
	struct hpo_json_at limits = hpo__json_member(root, "limits");
	struct hpo_json_at task = hpo__json_member(root, "task");
	struct hpo_json_at store = hpo__json_member(root, "store");
	struct hpo_json_at warm = hpo__json_member(root, "warm_start");
	hpo_status_t status;

	status = hpo__json_expect(root, HPO__JSON_OBJECT, error);
	if (status >= 0)
		status = hpo__json_only(root, known, error);
	if (status >= 0)
		status = read_name(study, root, error);
	if (status >= 0)
		status = read_space(study, root, error);
	if (status >= 0)
		status = read_objectives(study, root, error);
	if (status >= 0)
		status = read_choice(&strategy, "auto", &study->strategy, &study->seed,
				     &study->strategy_json, error);
	if (status >= 0)
		status = read_choice(&pruner, "none", &study->pruner, NULL, &study->pruner_json,
				     error);
	study->names_pruner = pruner.node != NULL;
	if (status >= 0)
		status = hpo__limits_read(&study->limits, &limits, error);
	if (status >= 0)
		status = hpo__study_read_task(study, &task, error);
	if (status >= 0)
		status = read_text(&study->store, &store, NULL, error);
	if (status >= 0)
		status = read_warm_start(study, &warm, error);
	return status;
}

hpo_status_t hpo__study_parse(struct hpo_study **out, const char *json, hpo_error_t *error)
{
	struct hpo_study *study = NULL;
	hpo_json_t *tree = NULL;
	struct hpo_json_at root;
	hpo_status_t status;

	*out = NULL;
	status = hpo__json_parse(&tree, json, strlen(json), "the study file", error);
	if (status < 0)
		return status;
	study = hpo__calloc(1, sizeof *study);
	if (study == NULL) {
		status = hpo__fail_memory(error);
		goto done;
	}
	hpo__limits_init(&study->limits);
	root = hpo__json_root(tree);
	status = read_study(study, &root, error);
	if (status < 0)
		goto done;
	*out = study;
	study = NULL;
done:
	hpo__study_free(study);
	hpo__json_free(tree);
	return status;
}

void hpo__study_write(const struct hpo_study *study, struct hpo_buffer *out)
{
	hpo__buffer_text(out, "{\"name\":");
	hpo__buffer_json_text(out, study->name);
	hpo__buffer_text(out, ",\"objectives\":");
	hpo__objectives_write(&study->objectives, out);
	hpo__buffer_text(out, ",\"parameters\":");
	hpo__space_write(study->space, out);
	if (hpo__space_constraints(study->space) > 0) {
		hpo__buffer_text(out, ",\"constraints\":");
		hpo__space_write_constraints(study->space, out);
	}
	hpo__buffer_text(out, ",\"strategy\":");
	hpo__buffer_text(out, study->strategy_json);
	hpo__buffer_text(out, ",\"pruner\":");
	hpo__buffer_text(out, study->pruner_json);
	hpo__buffer_text(out, ",\"limits\":");
	hpo__limits_write(&study->limits, out);
	if (study->task_json != NULL) {
		hpo__buffer_text(out, ",\"task\":");
		hpo__buffer_text(out, study->task_json);
	}
	if (study->store != NULL) {
		hpo__buffer_text(out, ",\"store\":");
		hpo__buffer_json_text(out, study->store);
	}
	write_warm_start(study, out);
	hpo__buffer_char(out, '}');
}

hpo_status_t hpo__study_compare(const struct hpo_study *was, const struct hpo_study *is,
				hpo_error_t *error)
{
	hpo_status_t status = hpo__space_compare(was->space, is->space, error);

	if (status >= 0)
		status = hpo__objectives_compare(&was->objectives, &is->objectives, error);
	return status;
}
