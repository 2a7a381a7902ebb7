/*
 * Reading a JWT's middle part, and the choice of the API's version.
 */
#include "backend/clearml/token.h"

#include "base/json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The value of a letter of base64url; -1: it is none. */
static int letter(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '-' || c == '+')
		return 62;
	return c == '_' || c == '/' ? 63 : -1;
}

static void decode(const char *text, size_t size, struct hpo_buffer *out)
{
	unsigned bits = 0;
	int count = 0;

	for (size_t i = 0; i < size; i++) {
		const int value = letter(text[i]);

		if (value < 0)
			return;
		bits = (bits << 6 | (unsigned)value) & 0xffffu;
		count += 6;
		if (count >= 8) {
			count -= 8;
			hpo__buffer_char(out, (char)(bits >> count & 0xffu));
		}
	}
}

static double moment(const hpo_json_t *json)
{
	const double seconds = hpo__json_real(json);

	return isfinite(seconds) && seconds > 0 ? seconds : 0.0;
}

static void read_version(struct hpo_clearml_token *out, const char *text)
{
	int major, minor;

	if (text == NULL || sscanf(text, "%3d.%3d", &major, &minor) != 2 || major < 2)
		return;
	out->major = major;
	out->minor = minor;
}

hpo_status_t hpo__clearml_token_read(struct hpo_clearml_token *out, const char *token)
{
	const char *first = strchr(token, '.');
	const char *second = first != NULL ? strchr(first + 1, '.') : NULL;
	struct hpo_buffer text = HPO__BUFFER_INIT;
	hpo_json_t *json = NULL;
	hpo_status_t status = HPO_OK;

	*out = (struct hpo_clearml_token){.major = 2, .minor = 9};
	if (second == NULL)
		return HPO_OK;
	decode(first + 1, (size_t)(second - first - 1), &text);
	if (text.failed)
		status = HPO_ENOMEM;
	else if (text.text != NULL)
		status = hpo__json_parse(&json, text.text, text.size, "token", NULL);
	if (status >= 0 && json != NULL) {
		out->expires = moment(hpo__json_get(json, "exp"));
		out->issued = moment(hpo__json_get(json, "iat"));
		read_version(out, hpo__json_text(hpo__json_get(json, "api_version")));
	}
	hpo__json_free(json);
	hpo__buffer_release(&text);
	return status == HPO_ENOMEM ? status : HPO_OK;
}

const char *hpo__clearml_choose_version(const struct hpo_clearml_token *token, double highest)
{
	static const struct {
		const char *text;
		int minor;
	} known[] = {{"2.23", 23}, {"2.20", 20}, {"2.13", 13}};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		/* Versions count: 2.9 is below 2.13. */
		const double whole = floor(highest);
		const double part = round((highest - whole) * 100.0);
		const bool is_allowed =
			highest <= 0 || whole > 2 || (whole == 2 && part >= known[i].minor);

		if (is_allowed && (token->major > 2 || token->minor >= known[i].minor))
			return known[i].text;
	}
	return "2.9";
}
