/*
 * Finding or making a project, also beside others who make the same one.
 */
#include "backend/clearml/project.h"

#include "base/alloc.h"
#include "os/clock.h"

#include <string.h>

enum { PAGE = 500, NOT_UNIQUE = 801, AGAIN_MS = 500 };

/* A name as the server keeps it: no empty parts, no spaces around the slashes. */
static void tidy(const char *name, struct hpo_buffer *out)
{
	while (*name != '\0') {
		const size_t part = strcspn(name, "/");
		size_t from = 0, to = part;

		while (from < to && name[from] == ' ')
			from++;
		while (to > from && name[to - 1] == ' ')
			to--;
		if (to > from && out->size > 0)
			hpo__buffer_char(out, '/');
		hpo__buffer_append(out, name + from, to - from);
		name += part + (name[part] == '/' ? 1 : 0);
	}
}

static hpo_status_t find(hpo_clearml_session_t *session, const char *name, int limit_ms, char **id,
			 hpo_error_t *error)
{
	size_t count = PAGE;

	for (int page = 0; count == PAGE && *id == NULL; page++) {
		struct hpo_buffer body = HPO__BUFFER_INIT;
		hpo_json_t *data = NULL;
		const hpo_json_t *projects;
		hpo_status_t status = HPO_ENOMEM;

		/* Compared here: a name is a regular expression to the server. */
		hpo__buffer_format(&body,
				   "{\"page\":%d,\"page_size\":%d,\"order_by\":[\"name\"],"
				   "\"search_hidden\":true,\"only_fields\":[\"id\",\"name\"]}",
				   page, (int)PAGE);
		if (!body.failed)
			status = hpo__clearml_call(session, "projects.get_all", &body,
						   HPO__HTTP_REPEAT, limit_ms, &data, NULL, error);
		hpo__buffer_release(&body);
		projects = hpo__json_get(data, "projects");
		count = hpo__json_size(projects);
		for (size_t i = 0; status == HPO_OK && i < count && *id == NULL; i++) {
			const hpo_json_t *project = hpo__json_item(projects, i);
			const char *is = hpo__json_text(hpo__json_get(project, "name"));

			if (is != NULL && strcmp(is, name) == 0)
				*id = hpo__strdup(hpo__json_text(hpo__json_get(project, "id")));
		}
		hpo__json_free(data);
		if (status != HPO_OK)
			return status == HPO_ENOMEM ? hpo__fail_memory(error) : status;
	}
	return *id != NULL ? HPO_OK : HPO_ENOTFOUND;
}

static hpo_status_t make(hpo_clearml_session_t *session, const char *name, int limit_ms, char **id,
			 struct hpo_clearml_outcome *outcome, hpo_error_t *error)
{
	struct hpo_buffer body = HPO__BUFFER_INIT;
	hpo_json_t *data = NULL;
	hpo_status_t status;

	hpo__buffer_text(&body, "{\"description\":\"\",\"name\":");
	hpo__buffer_json_text(&body, name);
	hpo__buffer_char(&body, '}');
	status = hpo__clearml_ask(session, "projects.create", &body, HPO__HTTP_ONCE, limit_ms,
				  &data, outcome, error);
	if (status == HPO_OK)
		*id = hpo__strdup(hpo__json_text(hpo__json_get(data, "id")));
	hpo__json_free(data);
	if (status == HPO_OK && *id == NULL)
		status = hpo__fail(error, HPO_EBACKEND,
				   "the server's answer to projects.create has no id");
	return status;
}

hpo_status_t hpo__clearml_project(hpo_clearml_session_t *session, const char *name, int limit_ms,
				  char **id, hpo_error_t *error)
{
	const double end = hpo__clock_monotonic() + limit_ms / 1000.0;
	struct hpo_clearml_outcome outcome;
	struct hpo_buffer tidied = HPO__BUFFER_INIT;
	hpo_error_t why;
	hpo_status_t status;

	*id = NULL;
	tidy(name, &tidied);
	if (tidied.failed || tidied.text == NULL) {
		status = tidied.failed
				 ? hpo__fail_memory(error)
				 : hpo__fail(error, HPO_EINVAL, "'%s' names no project", name);
		hpo__buffer_release(&tidied);
		return status;
	}
	/* Somebody else may make it at the same moment, or the answer to us is lost: look again. */
	do {
		outcome = (struct hpo_clearml_outcome){0, 0, false};
		why = (hpo_error_t){0, ""};
		status = find(session, tidied.text, hpo__clearml_left_ms(end), id, &why);
		if (status == HPO_ENOTFOUND)
			status = make(session, tidied.text, hpo__clearml_left_ms(end), id, &outcome, &why);
	} while (status != HPO_OK &&
		 (outcome.uncertain || (outcome.code == 400 && outcome.subcode == NOT_UNIQUE)) &&
		 hpo__clearml_left_ms(end) > AGAIN_MS && hpo__clearml_pause(session, AGAIN_MS));
	if (status != HPO_OK)
		hpo__fail(error, status, "%s", why.message);
	hpo__buffer_release(&tidied);
	return status;
}
