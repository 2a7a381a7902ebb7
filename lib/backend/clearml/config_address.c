/*
 * The addresses of a ClearML installation: of its API server as somebody gives
 * it, of the others as they are given or follow from it.
 */
#include "backend/clearml/config_inside.h"

#include "base/alloc.h"
#include "base/buffer.h"

#include <string.h>
#include <strings.h>

static const char hosted_api[] = "https://api.clear.ml";

static const char *skip_scheme(const char *address)
{
	if (strncasecmp(address, "http://", 7) == 0)
		return address + 7;
	return strncasecmp(address, "https://", 8) == 0 ? address + 8 : NULL;
}

/* An address with a user in it may have a password too, and is not repeated. */
static hpo_status_t check_address(struct hpo_clearml_reader *reader, char *address,
				  const char *where)
{
	const char *host = skip_scheme(address);
	size_t length = strlen(address);

	if (strchr(address, '@') != NULL)
		return hpo__fail(reader->error, HPO_EINVAL,
				 "%s: the address has a user name or an @ in it: give keys by "
				 "CLEARML_API_ACCESS_KEY and CLEARML_API_SECRET_KEY",
				 where);
	if (host == NULL || strchr("/:?#", *host) != NULL || !hpo__clearml_is_plain(address) ||
	    strpbrk(host, "?#\"<>\\") != NULL)
		return hpo__fail(reader->error, HPO_EINVAL,
				 "%s: '%.80s' is no address: expected http://host:port or "
				 "https://host",
				 where, address);
	while (address[length - 1] == '/')
		address[--length] = '\0';
	return HPO_OK;
}

/* A copy of an address with its first `was` replaced; `was` is in it. */
static char *replace(const char *address, const char *was, const char *is)
{
	const char *at = strstr(address, was);
	struct hpo_buffer out = HPO__BUFFER_INIT;

	hpo__buffer_append(&out, address, (size_t)(at - address));
	hpo__buffer_text(&out, is);
	hpo__buffer_text(&out, at + strlen(was));
	return hpo__buffer_take(&out);
}

/* A port at the end of the host, with its colon; NULL for none. */
static const char *find_port(const char *address)
{
	const char *host = skip_scheme(address);
	const char *stop = host + strcspn(host, "/");

	for (const char *c = stop; c > host; c--) {
		if (c[-1] == ':' && c < stop)
			return c - 1;
		if (c[-1] < '0' || c[-1] > '9')
			break;
	}
	return NULL;
}

/* The address with another port, or with one. */
static char *set_port(const char *address, const char *port)
{
	const char *host = skip_scheme(address);
	const char *old = find_port(address);
	const char *rest = host + strcspn(host, "/");
	struct hpo_buffer out = HPO__BUFFER_INIT;

	hpo__buffer_append(&out, address, (size_t)((old != NULL ? old : rest) - address));
	hpo__buffer_text(&out, port);
	hpo__buffer_text(&out, rest);
	return hpo__buffer_take(&out);
}

static bool has_port(const char *address, const char *port)
{
	const char *at = find_port(address);

	return at != NULL && strncmp(at, port, strlen(port)) == 0 &&
	       (at[strlen(port)] == '\0' || at[strlen(port)] == '/');
}

static char *derive_web(const char *api)
{
	const size_t length = strlen(api);

	if (strstr(api, "://api.") != NULL)
		return replace(api, "://api.", "://app.");
	if (has_port(api, ":8008"))
		return set_port(api, ":8080");
	/* The API is also there through the web server, below /api. */
	if (length > 4 && strcmp(api + length - 4, "/api") == 0)
		return hpo__strndup(api, length - 4);
	return hpo__strdup(api);
}

static char *derive_files(const char *web)
{
	if (strstr(web, "://app.") != NULL)
		return replace(web, "://app.", "://files.");
	return set_port(web, ":8081");
}

/*
 * The address of a server beside the API server. What a file says of it counts only if the API
 * server is the file's too: it would be another installation's.
 */
static hpo_status_t read_beside(struct hpo_clearml_reader *reader,
				const struct hpo_clearml_setting *setting, bool trust_file,
				char *derived, char **out)
{
	struct hpo_clearml_found found;
	hpo_status_t status;

	*out = derived;
	if (derived == NULL)
		return hpo__fail_memory(reader->error);
	status = hpo__clearml_find_setting(reader, setting, &found);
	if (status >= 0 && found.value != NULL && (trust_file || !found.in_file)) {
		status = check_address(reader, found.value, found.where);
		if (status >= 0) {
			hpo__free(derived);
			*out = found.value;
			found.value = NULL;
		}
	}
	hpo__free(found.value);
	return status;
}

static const struct hpo_clearml_setting api_setting = {"API_HOST", "api.api_server", "api.host"};
static const struct hpo_clearml_setting web_setting = {"WEB_HOST", "api.web_server", NULL};
static const struct hpo_clearml_setting files_setting = {"FILES_HOST", "api.files_server", NULL};

/* Whether a file's API server, if it names one, is the one that was chosen. */
static hpo_status_t compare_file(struct hpo_clearml_reader *reader, bool *same)
{
	struct hpo_clearml_found found = {.value = NULL};
	hpo_status_t status = hpo__clearml_find_in_file(reader, &api_setting, &found);

	*same = true;
	if (status >= 0 && found.value != NULL)
		*same = check_address(&(struct hpo_clearml_reader){.error = NULL}, found.value,
				      "") >= 0 &&
			strcmp(found.value, reader->config->api) == 0;
	hpo__free(found.value);
	return status;
}

hpo_status_t hpo__clearml_read_addresses(struct hpo_clearml_reader *reader, const char *api)
{
	struct hpo_clearml_config *config = reader->config;
	struct hpo_clearml_found found = {.where = "task.server"};
	bool trust_file = true;
	hpo_status_t status;

	status = api != NULL ? hpo__clearml_take(reader, &found, api)
			     : hpo__clearml_find_setting(reader, &api_setting, &found);
	if (status >= 0 && found.value == NULL)
		status = hpo__clearml_take(reader, &found, hosted_api);
	config->api = found.value;
	if (status >= 0)
		status = check_address(reader, config->api, found.where);
	if (status >= 0)
		status = compare_file(reader, &trust_file);
	if (status >= 0)
		status = read_beside(reader, &web_setting, trust_file, derive_web(config->api),
				     &config->web);
	if (status >= 0)
		status = read_beside(reader, &files_setting, trust_file, derive_files(config->web),
				     &config->files);
	return status;
}
