/*
 * Where a ClearML server is and who we are, found where ClearML's own programs
 * find it.
 */
#include "backend/clearml/config_inside.h"

#include "base/alloc.h"
#include "base/number.h"
#include "os/identity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static char *copy_trimmed(const char *text)
{
	size_t length;

	text += strspn(text, " \t\r\n");
	for (length = strlen(text); length > 0; length--)
		if (strchr(" \t\r\n", text[length - 1]) == NULL)
			break;
	return hpo__strndup(text, length);
}

static void wipe(char *secret)
{
	if (secret != NULL)
		explicit_bzero(secret, strlen(secret));
	hpo__free(secret);
}

/* A variable under its name or its old one; empty is unset. */
static const char *look_at_environment(const char *name, char *where, size_t size)
{
	static const char *const prefixes[] = {"CLEARML_", "TRAINS_"};

	for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
		const char *value;

		snprintf(where, size, "%s%s", prefixes[i], name);
		value = getenv(where);
		if (value != NULL && value[strspn(value, " \t\r\n")] != '\0')
			return value;
	}
	return NULL;
}

hpo_status_t hpo__clearml_take(struct hpo_clearml_reader *reader, struct hpo_clearml_found *found,
			       const char *value)
{
	found->value = copy_trimmed(value);
	if (found->value == NULL)
		return hpo__fail_memory(reader->error);
	if (*found->value == '\0') {
		hpo__free(found->value);
		found->value = NULL;
	}
	return HPO_OK;
}

hpo_status_t hpo__clearml_find_in_file(struct hpo_clearml_reader *reader,
				       const struct hpo_clearml_setting *setting,
				       struct hpo_clearml_found *found)
{
	const char *const paths[] = {setting->path, setting->old_path};
	hpo_status_t status = HPO_OK;

	for (size_t i = 0; i < 2 && status >= 0 && found->value == NULL; i++) {
		const char *value =
			paths[i] != NULL ? hpo__hocon_get(&reader->files.values, paths[i]) : NULL;

		if (value == NULL)
			continue;
		snprintf(found->where, sizeof found->where, "%s: %s", reader->files.name, paths[i]);
		found->in_file = true;
		status = hpo__clearml_take(reader, found, value);
	}
	return status;
}

hpo_status_t hpo__clearml_find_setting(struct hpo_clearml_reader *reader,
				       const struct hpo_clearml_setting *setting,
				       struct hpo_clearml_found *found)
{
	const char *value = NULL;
	hpo_status_t status = HPO_OK;

	*found = (struct hpo_clearml_found){.value = NULL};
	if (setting->variable != NULL)
		value = look_at_environment(setting->variable, found->where, sizeof found->where);
	if (value != NULL)
		status = hpo__clearml_take(reader, found, value);
	if (status >= 0 && found->value == NULL)
		status = hpo__clearml_find_in_file(reader, setting, found);
	return status;
}

bool hpo__clearml_is_plain(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x21 || *text == 0x7f)
			return false;
	return true;
}

static hpo_status_t refuse_half(struct hpo_clearml_reader *reader, const char *there,
				const char *missing)
{
	return hpo__fail(reader->error, HPO_EINVAL,
			 "ClearML's credentials have %s key and no %s key: set "
			 "CLEARML_API_%s_KEY, or api.credentials.%s_key in %s",
			 there, missing, strcmp(missing, "secret") == 0 ? "SECRET" : "ACCESS",
			 missing, reader->files.name);
}

static hpo_status_t read_keys(struct hpo_clearml_reader *reader)
{
	static const struct hpo_clearml_setting access = {"API_ACCESS_KEY",
							  "api.credentials.access_key", NULL};
	static const struct hpo_clearml_setting secret = {"API_SECRET_KEY",
							  "api.credentials.secret_key", NULL};
	struct hpo_clearml_config *config = reader->config;
	struct hpo_clearml_found found;
	hpo_status_t status;

	status = hpo__clearml_find_setting(reader, &secret, &found);
	config->secret_key = found.value;
	if (status < 0)
		return status;
	status = hpo__clearml_find_setting(reader, &access, &found);
	config->access_key = found.value;
	if (status < 0)
		return status;

	if (config->access_key == NULL && config->secret_key == NULL)
		return hpo__fail(reader->error, HPO_EINVAL,
				 "no credentials for ClearML: set CLEARML_API_ACCESS_KEY and "
				 "CLEARML_API_SECRET_KEY, or api.credentials in %s (make them in "
				 "ClearML's web page: Settings, Workspace)",
				 reader->files.name);
	if (config->access_key == NULL)
		return refuse_half(reader, "a secret", "access");
	if (config->secret_key == NULL)
		return refuse_half(reader, "an access", "secret");
	config->from = hpo__strdup(found.in_file ? reader->files.name : found.where);
	return config->from != NULL ? HPO_OK : hpo__fail_memory(reader->error);
}

/* A token that an agent gave us comes before keys. */
static hpo_status_t read_credentials(struct hpo_clearml_reader *reader)
{
	static const struct hpo_clearml_setting token = {"AUTH_TOKEN", NULL, NULL};
	struct hpo_clearml_config *config = reader->config;
	struct hpo_clearml_found found;
	hpo_status_t status = hpo__clearml_find_setting(reader, &token, &found);

	config->token = found.value;
	if (status < 0)
		return status;
	if (config->token == NULL)
		return read_keys(reader);
	if (!hpo__clearml_is_plain(config->token))
		return hpo__fail(reader->error, HPO_EINVAL,
				 "%s: has spaces or line ends in it, which no token has",
				 found.where);
	config->from = hpo__strdup(found.where);
	return config->from != NULL ? HPO_OK : hpo__fail_memory(reader->error);
}

static bool is_word_of(const char *text, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strcasecmp(text, *words) == 0)
			return true;
	return false;
}

/* Yes, no, or a bundle of certificates. What is none of them must not turn checking off. */
static hpo_status_t read_verification(struct hpo_clearml_reader *reader)
{
	static const struct hpo_clearml_setting setting = {"API_HOST_VERIFY_CERT",
							   "api.verify_certificate", NULL};
	static const char *const no[] = {"false", "0", "no", "n", "off", NULL};
	static const char *const yes[] = {"true", "1", "yes", "y", "on", NULL};
	struct hpo_clearml_config *config = reader->config;
	struct hpo_clearml_found found;
	hpo_status_t status = hpo__clearml_find_setting(reader, &setting, &found);

	if (status < 0 || found.value == NULL)
		return status;
	config->skip_verification = is_word_of(found.value, no);
	if (!config->skip_verification && !is_word_of(found.value, yes)) {
		config->ca_bundle = hpo__clearml_expand(found.value);
		if (config->ca_bundle == NULL)
			status = hpo__fail_memory(reader->error);
		else if (access(config->ca_bundle, R_OK) != 0)
			status = hpo__fail(reader->error, HPO_EINVAL,
					   "%s: '%.120s' is neither true nor false nor a file of "
					   "certificates that can be read",
					   found.where, config->ca_bundle);
	}
	hpo__free(found.value);
	return status;
}

double hpo__clearml_version(const char *text)
{
	const char *dot = strchr(text, '.');
	char major[8];
	int64_t high, low = 0;

	if (dot == NULL)
		dot = text + strlen(text);
	if ((size_t)(dot - text) >= sizeof major)
		return 0;
	memcpy(major, text, (size_t)(dot - text));
	major[dot - text] = '\0';
	if (!hpo__parse_integer(major, &high) || high < 1 || high > 99)
		return 0;
	if (*dot == '.' && (!hpo__parse_integer(dot + 1, &low) || low < 0 || low > 99))
		return 0;
	return (double)high + (double)low / 100.0;
}

static hpo_status_t read_version(struct hpo_clearml_reader *reader)
{
	static const struct hpo_clearml_setting setting = {"FORCE_MAX_API_VERSION", NULL, NULL};
	struct hpo_clearml_found found;
	hpo_status_t status = hpo__clearml_find_setting(reader, &setting, &found);

	if (status < 0 || found.value == NULL)
		return status;
	reader->config->highest_version = hpo__clearml_version(found.value);
	if (reader->config->highest_version <= 0)
		status = hpo__fail(reader->error, HPO_EINVAL,
				   "%s: '%.40s' is no version: expected a form of 2.13",
				   found.where, found.value);
	hpo__free(found.value);
	return status;
}

/* A number of seconds that is not negative, in the files only. */
static hpo_status_t read_seconds(struct hpo_clearml_reader *reader,
				 const struct hpo_clearml_setting *setting, double *out)
{
	struct hpo_clearml_found found;
	double value;
	hpo_status_t status = hpo__clearml_find_setting(reader, setting, &found);

	if (status < 0 || found.value == NULL)
		return status;
	if (!hpo__parse_real(found.value, &value) || !(value >= 0 && value <= 1e9))
		status = hpo__fail(reader->error, HPO_EINVAL, "%s: '%.40s' is no number of seconds",
				   found.where, found.value);
	else
		*out = value;
	hpo__free(found.value);
	return status;
}

static hpo_status_t read_times(struct hpo_clearml_reader *reader)
{
	static const struct hpo_clearml_setting threshold = {
		NULL, "api.auth.token_expiration_threshold_sec", NULL};
	static const struct hpo_clearml_setting lifetime = {
		NULL, "api.auth.request_token_expiration_sec", "api.auth.req_token_expiration_sec"};
	struct hpo_clearml_config *config = reader->config;
	double seconds = 0;
	hpo_status_t status;

	config->expiration_threshold_s = 360.0;
	status = read_seconds(reader, &threshold, &config->expiration_threshold_s);
	if (status >= 0)
		status = read_seconds(reader, &lifetime, &seconds);
	if (seconds > 31536000.0)
		seconds = 31536000.0; /* a year, beyond which the server refuses */
	config->token_lifetime_s = (int64_t)seconds;
	/* A token that cannot be replaced by keys is renewed well before its end. */
	if (config->token != NULL && config->expiration_threshold_s < 3600.0)
		config->expiration_threshold_s = 3600.0;
	return status;
}

/* "520, 521": more statuses of HTTP after which a call is tried again. */
static hpo_status_t read_retry(struct hpo_clearml_reader *reader)
{
	static const struct hpo_clearml_setting setting = {"API_EXTRA_RETRY_CODES", NULL, NULL};
	struct hpo_clearml_config *config = reader->config;
	struct hpo_clearml_found found;
	char *rest = NULL;
	hpo_status_t status = hpo__clearml_find_setting(reader, &setting, &found);

	if (status < 0 || found.value == NULL)
		return status;
	for (char *word = strtok_r(found.value, ", \t", &rest); word != NULL && status >= 0;
	     word = strtok_r(NULL, ", \t", &rest)) {
		int64_t code;

		if (!hpo__parse_integer(word, &code) || code < 400 || code > 599)
			status = hpo__fail(reader->error, HPO_EINVAL,
					   "%s: '%.20s' is no status to try again after: expected "
					   "numbers from 400 to 599 with commas between",
					   found.where, word);
		else if (config->retry_count < HPO__CLEARML_RETRY_MAX)
			config->retry[config->retry_count++] = (int)code;
	}
	hpo__free(found.value);
	return status;
}

/* Who calls; it stands in a header. */
static hpo_status_t read_worker(struct hpo_clearml_reader *reader)
{
	static const struct hpo_clearml_setting names[] = {{"WORKER_NAME", NULL, NULL},
							   {"WORKER_ID", NULL, NULL}};
	struct hpo_clearml_config *config = reader->config;
	struct hpo_identity identity;
	struct hpo_clearml_found found = {.value = NULL};
	hpo_status_t status = HPO_OK;

	for (size_t i = 0; i < 2 && status >= 0 && found.value == NULL; i++)
		status = hpo__clearml_find_setting(reader, &names[i], &found);
	if (status >= 0 && found.value == NULL) {
		hpo__identity_self(&identity);
		status = hpo__clearml_take(reader, &found,
					   *identity.host != '\0' ? identity.host : "localhost");
	}
	if (status >= 0 && found.value == NULL)
		status = hpo__clearml_take(reader, &found, "localhost");
	config->worker = found.value;
	for (char *c = config->worker; c != NULL && *c != '\0'; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '_';
	return status;
}

static hpo_status_t read_task(struct hpo_clearml_reader *reader)
{
	static const struct hpo_clearml_setting setting = {"TASK_ID", NULL, NULL};
	struct hpo_clearml_found found;
	hpo_status_t status = hpo__clearml_find_setting(reader, &setting, &found);

	reader->config->task = found.value;
	return status;
}

static hpo_status_t refuse_offline(struct hpo_clearml_reader *reader)
{
	static const struct hpo_clearml_setting setting = {"OFFLINE_MODE", NULL, NULL};
	static const char *const yes[] = {"true", "1", "yes", "y", "on", NULL};
	struct hpo_clearml_found found;
	hpo_status_t status = hpo__clearml_find_setting(reader, &setting, &found);

	if (status >= 0 && found.value != NULL && is_word_of(found.value, yes))
		status = hpo__fail(reader->error, HPO_EINVAL,
				   "%s is set: there is no server to clone tasks on; unset it",
				   found.where);
	hpo__free(found.value);
	return status;
}

hpo_status_t hpo__clearml_config_read(struct hpo_clearml_config *config, const char *api,
				      const char *config_file, hpo_error_t *error)
{
	static hpo_status_t (*const readers[])(struct hpo_clearml_reader *) = {
		refuse_offline, read_credentials, read_verification, read_version,
		read_times,	read_retry,	  read_worker,	     read_task,
	};
	struct hpo_clearml_reader reader = {.config = config, .error = error};
	hpo_status_t status;

	*config = (struct hpo_clearml_config){.api = NULL};
	if (config_file == NULL)
		config_file = look_at_environment("CONFIG_FILE", (char[40]){0}, 40);
	status = hpo__clearml_files_read(&reader.files, config_file, error);
	if (status >= 0)
		status = hpo__clearml_read_addresses(&reader, api);
	for (size_t i = 0; status >= 0 && i < sizeof readers / sizeof *readers; i++)
		status = readers[i](&reader);
	hpo__clearml_files_release(&reader.files);
	if (status < 0)
		hpo__clearml_config_release(config);
	return status;
}

void hpo__clearml_config_release(struct hpo_clearml_config *config)
{
	char *const secrets[] = {config->access_key, config->secret_key, config->token};
	char *const texts[] = {config->api,    config->web,  config->files, config->ca_bundle,
			       config->worker, config->task, config->from};

	for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
		wipe(secrets[i]);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		hpo__free(texts[i]);
	*config = (struct hpo_clearml_config){.api = NULL};
}
