/*
 * The short notation of the command line: name=kind(arguments).
 */
#include "base/alloc.h"
#include "space/inside.h"

#include <math.h>
#include <string.h>

/* A text that is read from left to right. */
struct scan {
	const char *text;
	size_t at;
	hpo_error_t *error;
};

/* What may stand beside the values: "log", "step=16", "default=3". */
struct extras {
	hpo_scale_t scale;
	char *step;
	char *preset;
};

static hpo_status_t refuse(const struct scan *scan, const char *wanted)
{
	const char *rest = scan->text + scan->at;

	if (*rest == '\0')
		return hpo__fail(scan->error, HPO_EINVAL,
				 "'%.200s', column %zu: %s is expected, and the text ends",
				 scan->text, scan->at + 1, wanted);
	return hpo__fail(scan->error, HPO_EINVAL,
			 "'%.200s', column %zu: %s is expected, not '%.40s'", scan->text,
			 scan->at + 1, wanted, rest);
}

static void skip_blanks(struct scan *scan)
{
	while (scan->text[scan->at] == ' ' || scan->text[scan->at] == '\t')
		scan->at++;
}

static bool accept(struct scan *scan, char c)
{
	skip_blanks(scan);
	if (scan->text[scan->at] != c)
		return false;
	scan->at++;
	return true;
}

/* The text up to one of `ends`, without blanks around; *out is the caller's. */
static hpo_status_t read_word(struct scan *scan, const char *ends, char **out)
{
	size_t length;
	size_t trimmed;

	skip_blanks(scan);
	length = strcspn(scan->text + scan->at, ends);
	trimmed = length;
	while (trimmed > 0 && strchr(" \t", scan->text[scan->at + trimmed - 1]) != NULL)
		trimmed--;
	*out = hpo__strndup(scan->text + scan->at, trimmed);
	if (*out == NULL)
		return hpo__fail_memory(scan->error);
	scan->at += length;
	return HPO_OK;
}

/* A text in quotes, where a backslash keeps the next character as it is. */
static hpo_status_t read_quoted(struct scan *scan, char **out)
{
	struct hpo_buffer buffer = HPO__BUFFER_INIT;
	char quote = scan->text[scan->at++];

	*out = NULL;
	while (scan->text[scan->at] != quote) {
		if (scan->text[scan->at] == '\\' && scan->text[scan->at + 1] != '\0')
			scan->at++;
		if (scan->text[scan->at] == '\0') {
			hpo__buffer_release(&buffer);
			return refuse(scan, "the closing quote");
		}
		hpo__buffer_char(&buffer, scan->text[scan->at++]);
	}
	scan->at++;
	*out = hpo__buffer_take(&buffer);
	hpo__buffer_release(&buffer);
	return *out != NULL ? HPO_OK : hpo__fail_memory(scan->error);
}

static bool is_quote(char c)
{
	return c == '"' || c == '\'';
}

/* Keep "step=…" and its like; false when the word is a value. */
static bool take_extra(char **word, struct extras *extras, bool is_number)
{
	static const char step[] = "step=";
	static const char preset[] = "default=";
	char **place = NULL;
	size_t skip = 0;

	if (is_number && strncmp(*word, step, sizeof step - 1) == 0) {
		place = &extras->step;
		skip = sizeof step - 1;
	} else if (strncmp(*word, preset, sizeof preset - 1) == 0) {
		place = &extras->preset;
		skip = sizeof preset - 1;
	} else if (is_number && (strcmp(*word, "log") == 0 || strcmp(*word, "linear") == 0)) {
		extras->scale =
			**word == 'l' && (*word)[1] == 'o' ? HPO_SCALE_LOG : HPO_SCALE_LINEAR;
		return true;
	}
	if (place == NULL)
		return false;
	memmove(*word, *word + skip, strlen(*word) - skip + 1);
	hpo__free(*place);
	*place = *word;
	*word = NULL;
	return true;
}

/* An unquoted choice is a number or truth value where JSON would take it as one. */
static enum hpo_choice_type guess_type(const char *word)
{
	double number;

	if (strcmp(word, "true") == 0 || strcmp(word, "false") == 0)
		return HPO__CHOICE_LITERAL;
	if (strspn(word, "+-.0123456789eE") != strlen(word) || *word == '+' || *word == '.')
		return HPO__CHOICE_TEXT;
	if (!hpo__parse_real(word, &number) || !isfinite(number))
		return HPO__CHOICE_TEXT;
	/* JSON has no leading zeros and no bare point: "007" and "1." are texts. */
	word += *word == '-';
	if ((*word == '0' && word[1] >= '0' && word[1] <= '9') || *word == '.')
		return HPO__CHOICE_TEXT;
	word = strchr(word, '.');
	if (word != NULL && !(word[1] >= '0' && word[1] <= '9'))
		return HPO__CHOICE_TEXT;
	return HPO__CHOICE_NUMBER;
}

/* A number as JSON writes it, so that it is the same when it comes back from a store. */
static hpo_status_t rewrite_number(char **word, hpo_error_t *error)
{
	struct hpo_buffer out = HPO__BUFFER_INIT;
	int64_t integer;
	double real = 0;
	char *text;

	if (hpo__parse_integer(*word, &integer)) {
		hpo__buffer_json_integer(&out, integer);
	} else {
		hpo__parse_real(*word, &real);
		hpo__buffer_json_real(&out, real);
	}
	text = hpo__buffer_take(&out);
	hpo__buffer_release(&out);
	if (text == NULL)
		return hpo__fail_memory(error);
	hpo__free(*word);
	*word = text;
	return HPO_OK;
}

static hpo_status_t fail_choice(const struct scan *scan, const struct hpo_fault *fault)
{
	if (fault->key == NULL)
		return hpo__fail_memory(scan->error);
	return hpo__fail(scan->error, HPO_EINVAL, "'%.200s', column %zu: the choices %s",
			 scan->text, scan->at + 1, fault->text);
}

static hpo_status_t read_choice(struct scan *scan, struct hpo_param *param, struct extras *extras)
{
	enum hpo_choice_type type = HPO__CHOICE_TEXT;
	struct hpo_fault fault;
	char *word = NULL;
	hpo_status_t status;

	skip_blanks(scan);
	if (is_quote(scan->text[scan->at])) {
		status = read_quoted(scan, &word);
	} else {
		status = read_word(scan, ",)", &word);
		if (status == HPO_OK && take_extra(&word, extras, false))
			goto done;
		if (status == HPO_OK && *word == '\0')
			status = refuse(scan, "a choice");
		if (status == HPO_OK)
			type = guess_type(word);
		if (status == HPO_OK && type == HPO__CHOICE_NUMBER)
			status = rewrite_number(&word, scan->error);
	}
	if (status == HPO_OK) {
		status = hpo__param_add_choice(param, type, word, &fault);
		if (status < 0)
			fail_choice(scan, &fault);
	}
done:
	hpo__free(word);
	return status;
}

static hpo_status_t read_choices(struct scan *scan, struct hpo_param *param, hpo_param_kind_t kind,
				 struct extras *extras)
{
	struct hpo_fault fault;
	hpo_status_t status;

	if (!accept(scan, '('))
		return refuse(scan, "'('");
	do {
		status = read_choice(scan, param, extras);
		if (status < 0)
			return status;
	} while (accept(scan, ','));
	if (!accept(scan, ')'))
		return refuse(scan, "',' or ')'");
	status = hpo__param_set_choices(param, kind, &fault);
	return status < 0 ? fail_choice(scan, &fault) : HPO_OK;
}

/* Two bounds and the extras, in any order among themselves. */
static hpo_status_t read_bounds(struct scan *scan, char *bounds[2], struct extras *extras)
{
	size_t count = 0;

	if (!accept(scan, '('))
		return refuse(scan, "'('");
	do {
		size_t begin;
		char *word;
		hpo_status_t status;

		skip_blanks(scan);
		begin = scan->at;
		status = read_word(scan, ",)", &word);
		if (status < 0)
			return status;
		if (!take_extra(&word, extras, true)) {
			if (count == 2 || *word == '\0') {
				hpo__free(word);
				scan->at = begin;
				return refuse(scan,
					      count == 2 ? "log, step=… or default=…" : "a bound");
			}
			bounds[count++] = word;
			word = NULL;
		}
		hpo__free(word);
	} while (accept(scan, ','));
	if (count < 2)
		return refuse(scan, "a second bound");
	return accept(scan, ')') ? HPO_OK : refuse(scan, "',' or ')'");
}

static hpo_status_t fail_number(const struct scan *scan, const char *word, const char *wanted)
{
	return hpo__fail(scan->error, HPO_EINVAL, "'%.200s': '%.100s' is not %s", scan->text, word,
			 wanted);
}

static hpo_status_t build_real(const struct scan *scan, struct hpo_param *param,
			       char *const bounds[2], const struct extras *extras, const char *name)
{
	struct hpo_fault fault;
	double number[3] = {0, 0, 0};
	const char *words[3] = {bounds[0], bounds[1], extras->step};
	hpo_status_t status;

	for (size_t i = 0; i < 3; i++)
		if (words[i] != NULL && !hpo__parse_real(words[i], &number[i]))
			return fail_number(scan, words[i], "a number");
	status = hpo__param_set_real(param, number[0], number[1], extras->scale, &fault);
	if (status == HPO_OK && extras->step != NULL)
		status = hpo__param_set_step(param, number[2], &fault);
	return status < 0 ? hpo__fail_fault(scan->error, name, &fault) : HPO_OK;
}

static hpo_status_t build_integer(const struct scan *scan, struct hpo_param *param,
				  char *const bounds[2], const struct extras *extras,
				  const char *name)
{
	struct hpo_fault fault;
	int64_t number[3] = {0, 0, 0};
	const char *words[3] = {bounds[0], bounds[1], extras->step};
	hpo_status_t status;

	for (size_t i = 0; i < 3; i++)
		if (words[i] != NULL && !hpo__parse_whole(words[i], &number[i]))
			return fail_number(scan, words[i], "an integer");
	status = hpo__param_set_integer(param, number[0], number[1], extras->scale, &fault);
	if (status == HPO_OK && extras->step != NULL)
		status = hpo__param_set_stride(param, number[2], &fault);
	return status < 0 ? hpo__fail_fault(scan->error, name, &fault) : HPO_OK;
}

static hpo_status_t read_numeric(struct scan *scan, struct hpo_param *param, bool whole,
				 struct extras *extras, const char *name)
{
	char *bounds[2] = {NULL, NULL};
	hpo_status_t status = read_bounds(scan, bounds, extras);

	if (status == HPO_OK)
		status = whole ? build_integer(scan, param, bounds, extras, name)
			       : build_real(scan, param, bounds, extras, name);
	hpo__free(bounds[0]);
	hpo__free(bounds[1]);
	return status;
}

/* "bool", "bool()" or "bool(default=true)". */
static hpo_status_t read_bool(struct scan *scan, struct hpo_param *param, struct extras *extras)
{
	struct hpo_fault fault;
	char *word = NULL;
	hpo_status_t status = HPO_OK;

	if (accept(scan, '(')) {
		status = read_word(scan, ")", &word);
		if (status == HPO_OK && *word != '\0' && !take_extra(&word, extras, false))
			status = refuse(scan, "default=true or default=false before ')'");
		if (status == HPO_OK && !accept(scan, ')'))
			status = refuse(scan, "')'");
		hpo__free(word);
	}
	if (status < 0)
		return status;
	status = hpo__param_set_bool(param, &fault);
	return status < 0 ? hpo__fail_memory(scan->error) : HPO_OK;
}

static hpo_status_t read_kind(struct scan *scan, struct hpo_param *param, struct extras *extras,
			      const char *name)
{
	static const char *const kinds[] = {"float", "int", "choice", "ordinal", "bool", NULL};
	size_t begin;
	char *kind = NULL;
	const char *nearest;
	hpo_status_t status;

	skip_blanks(scan);
	begin = scan->at;
	status = read_word(scan, "(", &kind);
	if (status < 0)
		return status;
	if (strcmp(kind, "float") == 0 || strcmp(kind, "int") == 0) {
		status = read_numeric(scan, param, *kind == 'i', extras, name);
	} else if (strcmp(kind, "choice") == 0 || strcmp(kind, "categorical") == 0) {
		status = read_choices(scan, param, HPO_PARAM_CATEGORICAL, extras);
	} else if (strcmp(kind, "ordinal") == 0) {
		status = read_choices(scan, param, HPO_PARAM_ORDINAL, extras);
	} else if (strcmp(kind, "bool") == 0) {
		status = read_bool(scan, param, extras);
	} else {
		nearest = hpo__nearest(kind, kinds);
		scan->at = begin;
		status = nearest != NULL ? hpo__fail(scan->error, HPO_EINVAL,
						     "'%.200s', column %zu: '%.40s' is unknown; "
						     "did you mean '%s'?",
						     scan->text, begin + 1, kind, nearest)
					 : refuse(scan, "float, int, choice, ordinal or bool");
	}
	hpo__free(kind);
	return status;
}

static hpo_status_t set_preset(struct hpo_param *param, const struct extras *extras,
			       const char *name, hpo_error_t *error)
{
	struct hpo_fault fault;
	hpo_status_t status;

	if (extras->preset == NULL)
		return HPO_OK;
	status = hpo__param_from_text(param, extras->preset, &param->preset, &fault);
	param->has_preset = status == HPO_OK;
	fault.key = "default";
	return status < 0 ? hpo__fail_fault(error, name, &fault) : HPO_OK;
}

hpo_status_t hpo_space_add_text(hpo_space_t *space, const char *text, hpo_error_t *error)
{
	struct scan scan = {text, 0, error};
	struct extras extras = {HPO_SCALE_LINEAR, NULL, NULL};
	struct hpo_param param = {0};
	struct hpo_fault fault;
	hpo_status_t status;

	hpo__error_clear(error);
	status = read_word(&scan, "=", &param.name);
	if (status == HPO_OK && *param.name == '\0')
		status = refuse(&scan, "a name");
	if (status == HPO_OK && !accept(&scan, '='))
		status = refuse(&scan, "'='");
	if (status == HPO_OK)
		status = read_kind(&scan, &param, &extras, param.name);
	skip_blanks(&scan);
	if (status == HPO_OK && text[scan.at] != '\0')
		status = refuse(&scan, "the end");
	if (status == HPO_OK)
		status = set_preset(&param, &extras, param.name, error);
	if (status == HPO_OK) {
		status = hpo__space_add(space, &param, &fault);
		if (status < 0)
			hpo__fail_fault(error, param.name, &fault);
	}
	hpo__free(extras.step);
	hpo__free(extras.preset);
	hpo__param_release(&param);
	return status;
}
