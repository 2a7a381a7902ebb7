/*
 * Opening the envelope of an answer.
 */
#include "backend/clearml/envelope.h"

#include <string.h>

/* The length of a word at `text` that stands for a number JSON does not know; 0: none. */
static size_t bare_word(const char *text, size_t size)
{
	static const char *const words[] = {"-Infinity", "Infinity", "NaN"};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		const size_t length = strlen(words[i]);

		if (size >= length && memcmp(text, words[i], length) == 0)
			return length;
	}
	return 0;
}

/* The text with null for such words, where they are outside of strings. */
static void replace_words(const char *text, size_t size, struct hpo_buffer *out)
{
	bool is_inside = false;
	size_t from = 0;

	for (size_t i = 0; i < size; i++) {
		size_t length;

		if (text[i] == '\\' && is_inside) {
			i++;
		} else if (text[i] == '"') {
			is_inside = !is_inside;
		} else if (!is_inside && (length = bare_word(text + i, size - i)) > 0) {
			hpo__buffer_append(out, text + from, i - from);
			hpo__buffer_text(out, "null");
			from = i + length;
			i = from - 1;
		}
	}
	if (size > from)
		hpo__buffer_append(out, text + from, size - from);
}

static bool has_words(const char *text, size_t size)
{
	return memmem(text, size, "NaN", 3) != NULL || memmem(text, size, "Infinity", 8) != NULL;
}

static int small_number(const hpo_json_t *json)
{
	const int64_t number = hpo__json_integer(json);

	return number >= 0 && number < 100000 ? (int)number : 0;
}

static hpo_status_t parse(hpo_json_t **out, const char *text, size_t size)
{
	struct hpo_buffer clean = HPO__BUFFER_INIT;
	hpo_status_t status;

	*out = NULL;
	if (!has_words(text, size))
		return hpo__json_parse(out, text, size, "answer", NULL);
	replace_words(text, size, &clean);
	status = clean.failed ? HPO_ENOMEM
			      : hpo__json_parse(out, clean.text, clean.size, "answer", NULL);
	hpo__buffer_release(&clean);
	return status;
}

hpo_status_t hpo__clearml_envelope_open(struct hpo_clearml_envelope *envelope, const char *text,
					size_t size)
{
	const hpo_json_t *meta;
	hpo_status_t status;

	*envelope = (struct hpo_clearml_envelope){.message = ""};
	if (text == NULL || size == 0)
		return HPO_OK;
	status = parse(&envelope->json, text, size);
	if (status < 0)
		return status == HPO_ENOMEM ? status : HPO_OK;
	meta = hpo__json_get(envelope->json, "meta");
	if (hpo__json_get(meta, "result_code") == NULL) {
		hpo__clearml_envelope_release(envelope);
		return HPO_OK;
	}
	envelope->code = small_number(hpo__json_get(meta, "result_code"));
	envelope->subcode = small_number(hpo__json_get(meta, "result_subcode"));
	envelope->data = hpo__json_get(envelope->json, "data");
	if (hpo__json_text(hpo__json_get(meta, "result_msg")) != NULL)
		envelope->message = hpo__json_text(hpo__json_get(meta, "result_msg"));
	return HPO_OK;
}

void hpo__clearml_envelope_release(struct hpo_clearml_envelope *envelope)
{
	hpo__json_free(envelope->json);
	*envelope = (struct hpo_clearml_envelope){.message = ""};
}
