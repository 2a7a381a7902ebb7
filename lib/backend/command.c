/*
 * Arguments with placeholders. No shell is involved: a value is one argument or
 * a part of one, whatever it contains.
 */
#include "backend/command.h"

#include "base/alloc.h"
#include "base/buffer.h"

#include <string.h>

/* What stands at a brace. */
enum found {
	NOTHING, /* no placeholder: the brace is a brace */
	ACTIVE,
	INACTIVE
};

hpo_status_t hpo__command_values_add(struct hpo_command_values *values, const char *name,
				     const char *text)
{
	struct hpo_command_value *list =
		hpo__grow(values->list, &values->capacity, values->count + 1, sizeof *list);
	struct hpo_command_value *value;

	if (list == NULL)
		return HPO_ENOMEM;
	values->list = list;
	value = &list[values->count];
	value->name = hpo__strdup(name);
	value->text = hpo__strdup(text);
	if (value->name == NULL || value->text == NULL) {
		hpo__free(value->name);
		hpo__free(value->text);
		return HPO_ENOMEM;
	}
	values->count++;
	return HPO_OK;
}

void hpo__command_values_release(struct hpo_command_values *values)
{
	for (size_t i = 0; i < values->count; i++) {
		hpo__free(values->list[i].name);
		hpo__free(values->list[i].text);
	}
	hpo__free(values->list);
	values->list = NULL;
	values->count = 0;
	values->capacity = 0;
}

const char *hpo__command_short_name(const char *name)
{
	const char *slash = strchr(name, '/');

	return slash != NULL && slash[1] != '\0' ? slash + 1 : name;
}

/* The value of a parameter named in full, or else by its short name. */
static const char *find_value(const struct hpo_command_values *values, const char *name)
{
	for (size_t i = 0; i < values->count; i++)
		if (strcmp(values->list[i].name, name) == 0)
			return values->list[i].text;
	for (size_t i = 0; i < values->count; i++)
		if (strcmp(hpo__command_short_name(values->list[i].name), name) == 0)
			return values->list[i].text;
	return NULL;
}

/* What the brace at `at` opens; for a placeholder *text is its value and *size its length. */
static enum found look(const char *at, const struct hpo_command_values *values, const char **text,
		       size_t *size)
{
	enum { LONGEST_NAME = 256 };
	char name[LONGEST_NAME];
	size_t length = strcspn(at + 1, "{}");

	if (at[1 + length] != '}' || length == 0 || length >= sizeof name)
		return NOTHING;
	memcpy(name, at + 1, length);
	name[length] = '\0';
	*size = length + 2;
	*text = find_value(values, name);
	if (*text != NULL)
		return ACTIVE;
	return values->knows != NULL && values->knows(name, values->user) ? INACTIVE : NOTHING;
}

/*
 * Append an argument with its values in place of the placeholders. INACTIVE if
 * one of them has none, ACTIVE if all have, NOTHING if there are none.
 */
static enum found fill(struct hpo_buffer *out, const char *argument,
		       const struct hpo_command_values *values)
{
	enum found worst = NOTHING;

	while (*argument != '\0') {
		const char *text = NULL;
		size_t size = 1;
		enum found found = NOTHING;

		if (*argument == '{')
			found = look(argument, values, &text, &size);
		if (found == NOTHING)
			hpo__buffer_char(out, *argument);
		else if (found == ACTIVE)
			hpo__buffer_text(out, text);
		if (found > worst)
			worst = found;
		argument += found == NOTHING ? 1 : size;
	}
	return worst;
}

/* Whether an argument is an option that takes the next one: -m or --momentum, not -3 or --m=3. */
static bool is_option(const char *argument)
{
	if (argument[0] != '-' || strchr(argument, '=') != NULL)
		return false;
	if (argument[1] == '-')
		return argument[2] != '\0';
	return argument[1] != '\0' && strchr("0123456789.", argument[1]) == NULL;
}

struct arguments {
	char **list; /* [capacity], NULL behind the last */
	size_t count;
	bool failed; /* memory ran out */
};

static void add_argument(struct arguments *arguments, struct hpo_buffer *text)
{
	char *argument = hpo__buffer_take(text);

	if (argument == NULL)
		arguments->failed = true;
	else
		arguments->list[arguments->count++] = argument;
}

static void append_values(struct arguments *arguments, const struct hpo_command_values *values)
{
	struct hpo_buffer text = HPO__BUFFER_INIT;

	for (size_t i = 0; i < values->count && !arguments->failed; i++) {
		hpo__buffer_format(&text, "--%s=", hpo__command_short_name(values->list[i].name));
		hpo__buffer_text(&text, values->list[i].text);
		add_argument(arguments, &text);
	}
	hpo__buffer_release(&text);
}

hpo_status_t hpo__command_fill(char ***out, char *const *arguments, size_t count,
			       const struct hpo_command_values *values, hpo_error_t *error)
{
	struct arguments made = {NULL, 0, false};
	struct hpo_buffer text = HPO__BUFFER_INIT;
	enum found before = ACTIVE; /* what the argument before was: the first follows no option */
	bool has_placeholder = false;

	*out = NULL;
	made.list = hpo__calloc(count + values->count + 1, sizeof *made.list);
	if (made.list == NULL)
		return hpo__fail_memory(error);

	for (size_t i = 0; i < count && !made.failed; i++) {
		enum found found = fill(&text, arguments[i], values);

		has_placeholder = has_placeholder || found != NOTHING;
		if (found != INACTIVE) {
			add_argument(&made, &text);
		} else {
			hpo__buffer_clear(&text);
			/* The program itself, made.list[0], is no option. */
			if (before == NOTHING && i > 1 && is_option(arguments[i - 1])) {
				hpo__free(made.list[--made.count]);
				made.list[made.count] = NULL;
			}
		}
		before = found;
	}
	hpo__buffer_release(&text);
	if (!has_placeholder)
		append_values(&made, values);

	if (made.failed || made.count == 0) {
		hpo__command_free(made.list);
		if (made.failed)
			return hpo__fail_memory(error);
		return hpo__fail(error, HPO_EINVAL,
				 "the command is empty when the inactive "
				 "parameters are left out; name a program");
	}
	*out = made.list;
	return HPO_OK;
}

void hpo__command_free(char **argv)
{
	if (argv == NULL)
		return;
	for (size_t i = 0; argv[i] != NULL; i++)
		hpo__free(argv[i]);
	hpo__free(argv);
}
