/*
 * Fuzzes the reader of clearml.conf. What is read is written in quotes and reads
 * as the same; what is refused is refused with its line.
 */
#include "backend/clearml/hocon.h"

#include "base/buffer.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Beyond this, looking each path up takes longer than it finds. */
enum { LARGEST = 1 << 14 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool truth)
{
	if (!truth)
		abort();
}

static const char *find_variable(const char *name)
{
	return strcmp(name, "HOME") == 0 ? "/home/me" : NULL;
}

/* A text in quotes, byte by byte. */
static void write_quoted(struct hpo_buffer *out, const char *text)
{
	hpo__buffer_char(out, '"');
	for (; *text != '\0'; text++) {
		if (*text == '\n') {
			hpo__buffer_text(out, "\\n");
			continue;
		}
		if (*text == '"' || *text == '\\')
			hpo__buffer_char(out, '\\');
		hpo__buffer_char(out, *text);
	}
	hpo__buffer_char(out, '"');
}

static void check_again(const struct hpo_hocon *hocon)
{
	struct hpo_hocon again = {NULL, 0, 0};
	struct hpo_buffer out = HPO__BUFFER_INIT;
	hpo_error_t error = {0, ""};

	hpo__buffer_text(&out, "{");
	for (size_t i = 0; i < hocon->count; i++) {
		write_quoted(&out, hocon->entries[i].path);
		hpo__buffer_text(&out, " = ");
		if (hocon->entries[i].value != NULL)
			write_quoted(&out, hocon->entries[i].value);
		else
			hpo__buffer_text(&out, "null");
		hpo__buffer_text(&out, i % 2 == 0 ? ",\n" : "\n");
	}
	hpo__buffer_text(&out, "}");

	demand(hpo__hocon_read(&again, out.text, out.size, "again", find_variable, &error) ==
	       HPO_OK);
	demand(again.count == hocon->count);
	for (size_t i = 0; i < hocon->count; i++) {
		const char *was = hpo__hocon_get(hocon, hocon->entries[i].path);
		const char *is = hpo__hocon_get(&again, hocon->entries[i].path);

		demand(strcmp(again.entries[i].path, hocon->entries[i].path) == 0);
		demand((was == NULL) == (is == NULL));
		demand(was == NULL || strcmp(was, is) == 0);
	}
	hpo__buffer_release(&out);
	hpo__hocon_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hpo_hocon hocon = {NULL, 0, 0};
	hpo_error_t error = {0, ""};

	if (size > LARGEST)
		return 0;
	if (hpo__hocon_read(&hocon, (const char *)data, size, "x.conf", find_variable, &error) ==
	    HPO_OK)
		check_again(&hocon);
	else
		demand(error.code == HPO_EINVAL && strncmp(error.message, "x.conf:", 7) == 0);
	hpo__hocon_release(&hocon);
	return 0;
}
