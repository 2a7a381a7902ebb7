/*
 * What the tests of a trial's values on their way to a ClearML task start from.
 */
#ifndef HPO_TESTS_UNIT_BACKEND_CLEARML_VALUES_H
#define HPO_TESTS_UNIT_BACKEND_CLEARML_VALUES_H

#include "backend/clearml/values.h"

#include <check.h>
#include <string.h>

/* A base task as tasks.get_by_id gives it. */
static const char base_task[] =
	"{\"id\":\"b1\",\"name\":\"train\",\"hyperparams\":{"
	"\"General\":{\"lr\":{\"section\":\"General\",\"name\":\"lr\",\"value\":\"0.1\","
	"\"type\":\"float\",\"description\":\"rate\"},"
	"\"net/depth\":{\"section\":\"General\",\"name\":\"net/depth\",\"value\":\"3\","
	"\"type\":\"int\"}},"
	"\"Args\":{\"epochs\":{\"section\":\"Args\",\"name\":\"epochs\",\"value\":\"10\","
	"\"type\":\"int\",\"description\":\"\"},"
	"\"use_bn\":{\"section\":\"Args\",\"name\":\"use_bn\",\"value\":\"False\","
	"\"type\":\"bool\"},"
	"\"momentum\":{\"section\":\"Args\",\"name\":\"momentum\",\"value\":\"0.9\","
	"\"type\":\"float\"},"
	"\"act\":{\"section\":\"Args\",\"name\":\"act\",\"value\":\"relu\",\"type\":\"str\"},"
	"\"old\":{\"section\":\"Args\",\"name\":\"old\",\"value\":\"1\",\"type\":\"legacy\"},"
	"\"TF_DEFINE/x\":{\"section\":\"Args\",\"name\":\"TF_DEFINE/x\",\"value\":\"1\","
	"\"type\":\"legacy\"}},"
	"\"Hydra\":{\"_allow_omegaconf_edit_\":{\"section\":\"Hydra\","
	"\"name\":\"_allow_omegaconf_edit_\",\"value\":\"False\",\"type\":\"bool\"}}},"
	"\"configuration\":{\"OmegaConf\":{\"name\":\"OmegaConf\",\"type\":\"OmegaConf YAML\","
	"\"description\":\"d\",\"value\":\"lr: 1\"},\"other\":{\"name\":\"other\","
	"\"value\":\"o\"}},"
	"\"script\":{\"branch\":\"main\",\"version_num\":\"abc\",\"tag\":null,"
	"\"requirements\":{\"pip\":\"numpy\",\"conda\":\"x\"}},"
	"\"container\":{\"image\":\"python:3\",\"arguments\":\"-e A=1\","
	"\"setup_shell_script\":null}}";

static inline hpo_json_t *parse(const char *text)
{
	hpo_json_t *json = NULL;
	hpo_error_t error = {0, ""};

	ck_assert_msg(hpo__json_parse(&json, text, strlen(text), "json", &error) == HPO_OK,
		      "%s: %s", error.message, text);
	return json;
}

#endif
