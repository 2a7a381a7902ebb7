/*
 * Fuzzes what is made of a base task, as a server gave it, and of what a study
 * says beside it. What comes out is JSON that a server takes.
 *
 * The input is an object: `task` the base task, and maybe `params`, `study`,
 * `overrides`, `configuration` and `name` (a template) in place of those below.
 */
#include "backend/clearml/values.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

static const char default_params[] =
	"{\"lr\":1e-5,\"Args/epochs\":64.0,\"Args/use_bn\":true,\"act\":\"relu\",\"old\":3}";
static const char default_study[] =
	"{\"parameters\":[{\"name\":\"lr\",\"type\":\"float\",\"low\":0,\"high\":1},"
	"{\"name\":\"Args/epochs\",\"type\":\"int\",\"low\":1,\"high\":9},"
	"{\"name\":\"Args/use_bn\",\"type\":\"bool\"},"
	"{\"name\":\"act\",\"type\":\"categorical\",\"choices\":[\"relu\",1.5]},"
	"{\"name\":\"Hydra/a.b\",\"type\":\"float\",\"low\":0,\"high\":1,\"step\":0.25}]}";
static const char default_texts[] = "{\"OmegaConf\":\"lr: {lr} {Args/old} {Args/use_bn} {x\"}";
static const char default_fields[] =
	"{\"script\":{\"branch\":\"b\"},\"script.requirements.pip\":\"x\","
	"\"container.image\":\"i\",\"runtime.a\":1}";
static const char default_name[] = "{base} #{trial} {lr}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool truth)
{
	if (!truth)
		abort();
}

/* A member of the input as text, or what stands for it. The caller frees. */
static char *choose(const hpo_json_t *input, const char *key, const char *otherwise)
{
	const hpo_json_t *own = hpo__json_get(input, key);
	struct hpo_buffer text = HPO__BUFFER_INIT;

	if (own != NULL && hpo__json_kind(own) == HPO__JSON_TEXT)
		hpo__buffer_text(&text, hpo__json_text(own));
	else if (own != NULL)
		hpo__json_write(own, &text);
	else
		hpo__buffer_text(&text, otherwise);
	return hpo__buffer_take(&text);
}

static hpo_json_t *parse(const char *text)
{
	hpo_json_t *json = NULL;

	hpo__json_parse(&json, text, strlen(text), "a member", NULL);
	return json;
}

static void judge_refusal(const hpo_error_t *error)
{
	demand(error->code == HPO_EINVAL && error->message[0] != '\0');
}

static hpo_status_t check_item(const char *name, const hpo_json_t *item, void *user)
{
	static const char *const members[] = {"section", "name", "value"};

	for (size_t i = 0; i < sizeof members / sizeof *members; i++)
		demand(hpo__json_text(hpo__json_get(item, members[i])) != NULL);
	demand(strcmp(hpo__json_text(hpo__json_get(item, "name")), name) == 0);
	demand(strcmp(hpo__json_text(hpo__json_get(item, "section")), user) == 0);
	return HPO_OK;
}

static hpo_status_t check_section(const char *section, const hpo_json_t *items, void *user)
{
	(void)user;
	return hpo__json_each(items, check_item, (void *)(uintptr_t)section);
}

/* Parse what was written: a key that is there twice is refused by the parser. */
static hpo_json_t *read_back(const struct hpo_buffer *out)
{
	hpo_json_t *json = NULL;

	demand(hpo__json_parse(&json, out->text, out->size, "the output", NULL) == HPO_OK);
	demand(hpo__json_kind(json) == HPO__JSON_OBJECT);
	return json;
}

static void try_hyperparams(const hpo_json_t *task, const hpo_json_t *params)
{
	static const struct hpo_clearml_item extra[] = {
		{"properties", "hpo_trial", "7", "int"},
		{"properties", "hpo_study", "s", NULL},
	};
	struct hpo_buffer out = HPO__BUFFER_INIT;
	hpo_error_t error = {0, ""};
	const hpo_json_t *item;
	hpo_json_t *merged;

	if (hpo__clearml_hyperparams(task, params, extra, 2, &out, &error) == HPO_OK) {
		merged = read_back(&out);
		hpo__json_each(merged, check_section, NULL);
		item = hpo__json_get(hpo__json_get(merged, "properties"), "hpo_trial");
		demand(strcmp(hpo__json_text(hpo__json_get(item, "value")), "7") == 0);
		hpo__json_free(merged);
	} else {
		judge_refusal(&error);
	}
	hpo__buffer_release(&out);
}

static void try_texts(const hpo_json_t *task, const hpo_json_t *params, const char *texts)
{
	struct hpo_buffer out = HPO__BUFFER_INIT;
	hpo_error_t error = {0, ""};

	if (hpo__clearml_configuration(task, texts, params, &out, &error) == HPO_OK)
		hpo__json_free(read_back(&out));
	else
		judge_refusal(&error);
	hpo__buffer_release(&out);
}

static void try_fields(const hpo_json_t *task, const char *fields)
{
	struct hpo_buffer out = HPO__BUFFER_INIT;
	hpo_error_t error = {0, ""};

	if (hpo__clearml_overrides(task, fields, "c1", &out, &error) == HPO_OK)
		hpo__json_free(read_back(&out));
	else
		judge_refusal(&error);
	hpo__buffer_release(&out);
}

static void try_name(const hpo_json_t *task, const hpo_json_t *params, const char *template)
{
	const char *base = hpo__json_text(hpo__json_get(task, "name"));
	struct hpo_buffer name = HPO__BUFFER_INIT, comment = HPO__BUFFER_INIT;
	hpo_error_t error = {0, ""};

	if (hpo__clearml_name(base != NULL ? base : "train", template, 7, params, &name, &comment,
			      &error) == HPO_OK) {
		demand(name.size >= 3 && name.size <= 200 && strlen(name.text) == name.size);
		demand(strchr(name.text, '\n') == NULL);
	} else {
		judge_refusal(&error);
	}
	hpo__buffer_release(&name);
	hpo__buffer_release(&comment);
}

static void try_check(const hpo_json_t *task, const hpo_json_t *study)
{
	const struct hpo_log log = {NULL, NULL};

	for (int allow = 0; allow < 2; allow++) {
		hpo_error_t error = {0, ""};

		if (hpo__clearml_check(task, study, allow != 0, &log, &error) < 0)
			judge_refusal(&error);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	hpo_json_t *input, *params, *study;
	const hpo_json_t *task;
	char *texts[5];

	if (hpo__json_parse(&input, (const char *)data, size, "the input", NULL) < 0)
		return 0;
	texts[0] = choose(input, "params", default_params);
	texts[1] = choose(input, "study", default_study);
	texts[2] = choose(input, "configuration", default_texts);
	texts[3] = choose(input, "overrides", default_fields);
	texts[4] = choose(input, "name", default_name);
	params = parse(texts[0]);
	study = parse(texts[1]);
	task = hpo__json_get(input, "task");

	if (params != NULL) {
		try_hyperparams(task, params);
		try_texts(task, params, texts[2]);
		try_name(task, params, texts[4]);
		try_name(task, params, NULL);
	}
	if (study != NULL)
		try_check(task, study);
	try_fields(task, texts[3]);

	for (size_t i = 0; i < 5; i++)
		hpo__free(texts[i]);
	hpo__json_free(study);
	hpo__json_free(params);
	hpo__json_free(input);
	return 0;
}
