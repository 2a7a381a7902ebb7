/*
 * Sentences, memory and output: what every subcommand needs.
 */
#include "command.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

bool refuse(hpo_error_t *error, const char *format, ...)
{
	va_list args;

	error->code = HPO_EINVAL;
	va_start(args, format);
	vsnprintf(error->message, sizeof error->message, format, args);
	va_end(args);
	return false;
}

void complain(const hpo_error_t *error)
{
	char *text = plain(error->message[0] != '\0'
				   ? error->message
				   : hpo_status_text((hpo_status_t)error->code));

	fprintf(stderr, "hpo: %s\n", text);
	hpo_free(text);
}

int give_up(const hpo_error_t *error)
{
	complain(error);
	switch (error->code) {
	case HPO_EINVAL:
	case HPO_ENOTFOUND:
	case HPO_EMISMATCH:
	case HPO_EUNSUPPORTED:
		return EXIT_USAGE;
	default:
		return EXIT_TROUBLE;
	}
}

int give_up_study(const json_t *study, const hpo_error_t *error)
{
	const char *name = json_string_value(json_object_get(study, "name"));
	hpo_error_t fuller;

	if (error->code != HPO_EMISMATCH || name == NULL)
		return give_up(error);
	refuse(&fuller, "study '%s' is in the store with another definition: %s; give another "
	       "--name, or delete it", name, error->message);
	return give_up(&fuller);
}

void *must(void *memory)
{
	if (memory == NULL) {
		fputs("hpo: out of memory\n", stderr);
		exit(EXIT_TROUBLE);
	}
	return memory;
}

void *grow_array(void *array, size_t count, size_t bytes)
{
	if ((count & (count - 1)) != 0)
		return array;
	return must(reallocarray(array, count > 0 ? count * 2 : 1, bytes));
}

char *copy_text(const char *text)
{
	return must(strdup(text));
}

char *make_text(const char *format, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	return must(text);
}

char *plain(const char *text)
{
	return must(hpo_report_plain(text, NULL));
}

int terminal_width(int descriptor)
{
	struct winsize size = { 0 };

	if (!isatty(descriptor))
		return 0;
	if (ioctl(descriptor, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return 80;
	return size.ws_col;
}

int print_and_free(char *text, const hpo_error_t *error)
{
	size_t length;

	if (text == NULL)
		return give_up(error);
	length = strlen(text);
	fputs(text, stdout);
	if (length > 0 && text[length - 1] != '\n')
		putchar('\n');
	hpo_free(text);
	return EXIT_FINE;
}

void print_json(json_t *json)
{
	char *text = must(json_dumps(must(json), JSON_COMPACT));

	puts(text);
	free(text);
	json_decref(json);
}

char *read_file(const char *path, size_t *size, hpo_error_t *error)
{
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
	char *text = NULL;
	size_t used = 0;
	size_t got;

	if (file == NULL) {
		refuse(error, "cannot read '%s': %s", path, strerror(errno));
		return NULL;
	}
	do {
		text = must(realloc(text, used + 65536));
		got = fread(text + used, 1, 65535, file);
		used += got;
	} while (got > 0);
	text[used] = '\0';
	if (ferror(file)) {
		refuse(error, "cannot read '%s': %s", path, strerror(errno));
		free(text);
		text = NULL;
	}
	if (file != stdin)
		fclose(file);
	if (size != NULL)
		*size = used;
	return text;
}

void format_real(double value, char text[32])
{
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, 32, "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			return;
	}
}

char *scalar_text(const json_t *json)
{
	char number[32];

	switch (json_typeof(json)) {
	case JSON_STRING:
		return copy_text(json_string_value(json));
	case JSON_INTEGER:
		return make_text("%lld", (long long)json_integer_value(json));
	case JSON_REAL:
		format_real(json_real_value(json), number);
		return copy_text(number);
	case JSON_TRUE:
		return copy_text("true");
	case JSON_FALSE:
		return copy_text("false");
	default:
		return copy_text("-");
	}
}
