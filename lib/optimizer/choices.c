/*
 * What this build and its plug-ins offer: strategies, pruners and backends, with
 * their settings.
 */
#include "backend/registry.h"
#include "base/buffer.h"
#include "hpo/optimizer.h"
#include "pruner/registry.h"
#include "strategy/registry.h"

#include <string.h>

/* "stop|pause: what to do" as ["stop","pause"]. */
static void write_words(const char *help, struct hpo_buffer *out)
{
	const char *end = help + strcspn(help, ":");
	bool is_first = true;

	hpo__buffer_text(out, ",\"choices\":[");
	while (help < end) {
		size_t length = strcspn(help, "|:");

		hpo__buffer_text(out, is_first ? "\"" : ",\"");
		hpo__buffer_append(out, help, length);
		hpo__buffer_char(out, '"');
		is_first = false;
		help += length + 1;
	}
	hpo__buffer_char(out, ']');
}

static void write_option(const hpo_option_t *option, struct hpo_buffer *out)
{
	static const char *const types[] = {"float", "int", "bool", "choice"};

	hpo__buffer_text(out, "{\"name\":");
	hpo__buffer_json_text(out, option->name);
	hpo__buffer_format(out, ",\"type\":\"%s\",\"default\":", types[option->type]);
	hpo__buffer_json_real(out, option->fallback);
	hpo__buffer_text(out, ",\"low\":");
	hpo__buffer_json_real(out, option->low);
	hpo__buffer_text(out, ",\"high\":");
	hpo__buffer_json_real(out, option->high);
	if (option->type == HPO_OPTION_CHOICE)
		write_words(option->help, out);
	hpo__buffer_text(out, ",\"summary\":");
	hpo__buffer_json_text(out, option->help != NULL ? option->help : "");
	hpo__buffer_char(out, '}');
}

static void write_choice(const char *name, const hpo_option_t *options, bool is_first,
			 struct hpo_buffer *out)
{
	hpo__buffer_text(out, is_first ? "{\"name\":" : ",{\"name\":");
	hpo__buffer_json_text(out, name);
	hpo__buffer_text(out, ",\"settings\":[");
	for (size_t i = 0; options != NULL && options[i].name != NULL; i++) {
		if (i > 0)
			hpo__buffer_char(out, ',');
		write_option(&options[i], out);
	}
	hpo__buffer_text(out, "]}");
}

static void write_strategies(struct hpo_buffer *out)
{
	const hpo_strategy_ops_t *ops;
	const char *name;

	/* The default is an alias, and the first that a form offers. */
	write_choice("auto", NULL, true, out);
	for (size_t i = 0; (name = hpo__strategy_name(i)) != NULL; i++) {
		if (hpo__strategy_find(&ops, name, NULL) >= 0)
			write_choice(name, ops->options, false, out);
	}
}

static void write_pruners(struct hpo_buffer *out)
{
	const hpo_pruner_ops_t *ops;
	const char *name;
	bool is_first = true;

	for (size_t i = 0; (name = hpo__pruner_name(i)) != NULL; i++) {
		if (hpo__pruner_find(&ops, name, NULL) < 0)
			continue;
		write_choice(name, ops->options, is_first, out);
		is_first = false;
	}
}

/* Our own that are modules count once they are found: looking for one makes it known. */
static void write_backends(struct hpo_buffer *out)
{
	const hpo_backend_ops_t *ops;
	const char *name;

	(void)hpo__backend_find(&ops, "clearml", NULL);
	for (size_t i = 0; (name = hpo__backend_name(i)) != NULL; i++) {
		if (i > 0)
			hpo__buffer_char(out, ',');
		hpo__buffer_json_text(out, name);
	}
}

char *hpo_choices_json(hpo_error_t *error)
{
	struct hpo_buffer out = HPO__BUFFER_INIT;

	hpo__error_clear(error);
	hpo__buffer_text(&out, "{\"strategies\":[");
	write_strategies(&out);
	hpo__buffer_text(&out, "],\"pruners\":[");
	write_pruners(&out);
	hpo__buffer_text(&out, "],\"backends\":[");
	write_backends(&out);
	hpo__buffer_text(&out, "]}");
	return hpo__buffer_finish(&out, HPO_OK, error);
}
