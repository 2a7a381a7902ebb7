/*
 * Where ClearML's server and our credentials are found.
 */
#include "backend/clearml/config.h"

#include "base/alloc.h"
#include "support/alloc.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* All that is looked at. */
static const char *const names[] = {
	"API_HOST",	       "WEB_HOST",	  "FILES_HOST",
	"API_ACCESS_KEY",      "API_SECRET_KEY",  "AUTH_TOKEN",
	"CONFIG_FILE",	       "API_HOST_VERIFY_CERT", "API_EXTRA_RETRY_CODES",
	"FORCE_MAX_API_VERSION", "TASK_ID",	  "WORKER_NAME",
	"WORKER_ID",	       "OFFLINE_MODE",
};

enum { NAMES = sizeof names / sizeof *names };

static char *kept[2][NAMES + 1]; /* the environment of the host: CLEARML_…, TRAINS_…, HOME */
static char home[] = "/tmp/hpo-config-XXXXXX";
static struct hpo_clearml_config config;
static hpo_error_t error;

static const char *full_name(size_t prefix, size_t i)
{
	static char name[64];

	if (i == NAMES)
		return "HOME";
	snprintf(name, sizeof name, "%s%s", prefix == 0 ? "CLEARML_" : "TRAINS_", names[i]);
	return name;
}

static void set_up(void)
{
	for (size_t p = 0; p < 2; p++) {
		for (size_t i = 0; i <= NAMES; i++) {
			const char *value = getenv(full_name(p, i));

			kept[p][i] = value != NULL ? strdup(value) : NULL;
			if (i < NAMES)
				unsetenv(full_name(p, i));
		}
	}
	strcpy(home, "/tmp/hpo-config-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(home));
	setenv("HOME", home, 1);
	memset(&config, 0, sizeof config);
	error = (hpo_error_t){0, ""};
}

static void tear_down(void)
{
	char path[100];

	hpo__clearml_config_release(&config);
	snprintf(path, sizeof path, "%s/trains.conf", home);
	unlink(path);
	snprintf(path, sizeof path, "%s/clearml.conf", home);
	unlink(path);
	snprintf(path, sizeof path, "%s/other.conf", home);
	unlink(path);
	rmdir(home);
	for (size_t p = 0; p < 2; p++) {
		for (size_t i = 0; i <= NAMES; i++) {
			if (kept[p][i] != NULL)
				setenv(full_name(p, i), kept[p][i], 1);
			else
				unsetenv(full_name(p, i));
			free(kept[p][i]);
			kept[p][i] = NULL;
		}
	}
}

static void write_file(const char *name, const char *text)
{
	char path[100];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", home, name);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
}

static void set_keys(void)
{
	setenv("CLEARML_API_ACCESS_KEY", "ACCESS", 1);
	setenv("CLEARML_API_SECRET_KEY", "S3CR3T", 1);
}

static void must_read(const char *api, const char *file)
{
	ck_assert_msg(hpo__clearml_config_read(&config, api, file, &error) == HPO_OK, "%s",
		      error.message);
}

static void must_refuse(const char *sentence)
{
	ck_assert_int_eq(hpo__clearml_config_read(&config, NULL, NULL, &error), HPO_EINVAL);
	ck_assert_msg(strstr(error.message, sentence) != NULL, "'%s' is not in '%s'", sentence,
		      error.message);
	ck_assert_ptr_null(strstr(error.message, "S3CR3T"));
}

START_TEST(keys_alone_mean_the_hosted_service)
{
	set_keys();

	must_read(NULL, NULL);

	ck_assert_str_eq(config.api, "https://api.clear.ml");
	ck_assert_str_eq(config.web, "https://app.clear.ml");
	ck_assert_str_eq(config.files, "https://files.clear.ml");
	ck_assert_str_eq(config.access_key, "ACCESS");
	ck_assert_str_eq(config.secret_key, "S3CR3T");
	ck_assert_str_eq(config.from, "CLEARML_API_ACCESS_KEY");
	ck_assert_ptr_null(config.token);
	ck_assert_ptr_null(config.ca_bundle);
	ck_assert_ptr_null(config.task);
	ck_assert(!config.skip_verification);
	ck_assert_double_eq(config.highest_version, 0);
	ck_assert_double_eq(config.expiration_threshold_s, 360);
	ck_assert_int_eq(config.token_lifetime_s, 0);
	ck_assert_ptr_nonnull(config.worker);
}
END_TEST

static const char whole[] =
	"# as clearml-init writes it\n"
	"api {\n"
	"  web_server: \"http://host:8080/\"\n"
	"  api_server: http://host:8008\n"
	"  files_server = \"http://host:8081\"\n"
	"  credentials { \"access_key\" = \"AK\", \"secret_key\" = \"SK\" }\n"
	"  verify_certificate: false\n"
	"  http { max_req_size: 15728640, default_method: \"post\" }\n"
	"  auth { token_expiration_threshold_sec: 500, request_token_expiration_sec: 7200 }\n"
	"}\n"
	"sdk { storage { cache { default_base_dir: \"~/.clearml/cache\" } }, aws: [1] }\n";

START_TEST(all_can_stand_in_clearml_conf)
{
	char path[100];

	write_file("clearml.conf", whole);

	must_read(NULL, NULL);

	snprintf(path, sizeof path, "%s/clearml.conf", home);
	ck_assert_str_eq(config.api, "http://host:8008");
	ck_assert_str_eq(config.web, "http://host:8080");
	ck_assert_str_eq(config.files, "http://host:8081");
	ck_assert_str_eq(config.access_key, "AK");
	ck_assert_str_eq(config.secret_key, "SK");
	ck_assert_str_eq(config.from, path);
	ck_assert(config.skip_verification);
	ck_assert_double_eq(config.expiration_threshold_s, 500);
	ck_assert_int_eq(config.token_lifetime_s, 7200);
}
END_TEST

START_TEST(the_environment_wins_over_the_file)
{
	write_file("clearml.conf", whole);
	set_keys();
	setenv("CLEARML_API_HOST", " http://other:8008/ ", 1);
	setenv("CLEARML_WEB_HOST", "http://web", 1);
	setenv("CLEARML_API_HOST_VERIFY_CERT", "true", 1);

	must_read(NULL, NULL);

	ck_assert_str_eq(config.api, "http://other:8008");
	ck_assert_str_eq(config.web, "http://web");
	ck_assert_str_eq(config.access_key, "ACCESS");
	ck_assert(!config.skip_verification);
}
END_TEST

START_TEST(an_argument_wins_over_all)
{
	write_file("clearml.conf", whole);
	setenv("CLEARML_API_HOST", "http://other:8008", 1);

	must_read("https://mine.example.org:8008/", NULL);

	ck_assert_str_eq(config.api, "https://mine.example.org:8008");
}
END_TEST

START_TEST(the_web_server_of_another_installation_is_not_taken)
{
	write_file("clearml.conf", whole);
	setenv("CLEARML_API_HOST", "http://other:8008", 1);

	must_read(NULL, NULL);

	ck_assert_str_eq(config.web, "http://other:8080");
	ck_assert_str_eq(config.files, "http://other:8081");
}
END_TEST

START_TEST(an_empty_variable_is_unset)
{
	write_file("clearml.conf", whole);
	setenv("CLEARML_API_HOST", "", 1);
	setenv("CLEARML_API_ACCESS_KEY", "  ", 1);
	setenv("CLEARML_AUTH_TOKEN", "", 1);

	must_read(NULL, NULL);

	ck_assert_str_eq(config.api, "http://host:8008");
	ck_assert_str_eq(config.access_key, "AK");
	ck_assert_ptr_null(config.token);
}
END_TEST

START_TEST(old_names_of_variables_are_known)
{
	setenv("TRAINS_API_HOST", "http://old:8008", 1);
	setenv("TRAINS_API_ACCESS_KEY", "A", 1);
	setenv("TRAINS_API_SECRET_KEY", "S", 1);
	setenv("TRAINS_TASK_ID", "t1", 1);

	must_read(NULL, NULL);

	ck_assert_str_eq(config.api, "http://old:8008");
	ck_assert_str_eq(config.access_key, "A");
	ck_assert_str_eq(config.task, "t1");
	ck_assert_str_eq(config.from, "TRAINS_API_ACCESS_KEY");
}
END_TEST

START_TEST(a_new_name_wins_over_an_old_one)
{
	set_keys();
	setenv("TRAINS_API_ACCESS_KEY", "A", 1);

	must_read(NULL, NULL);

	ck_assert_str_eq(config.access_key, "ACCESS");
}
END_TEST

START_TEST(old_names_in_a_file_are_known)
{
	write_file("clearml.conf", "api.host = http://h:8008\n"
				   "api.credentials.access_key = A\n"
				   "api.credentials.secret_key = S\n"
				   "api.auth.req_token_expiration_sec = 60\n");

	must_read(NULL, NULL);

	ck_assert_str_eq(config.api, "http://h:8008");
	ck_assert_int_eq(config.token_lifetime_s, 60);
}
END_TEST

START_TEST(clearml_conf_overrides_trains_conf)
{
	write_file("trains.conf", "api { api_server: http://a, credentials { access_key: T, "
				  "secret_key: TS } }");
	write_file("clearml.conf", "api { api_server: http://b }");

	must_read(NULL, NULL);

	ck_assert_str_eq(config.api, "http://b");
	ck_assert_str_eq(config.access_key, "T");
}
END_TEST

START_TEST(a_named_file_stands_for_the_default_ones)
{
	write_file("clearml.conf", whole);
	write_file("other.conf", "api { credentials { access_key: O, secret_key: OS } }");
	setenv("CLEARML_CONFIG_FILE", "~/other.conf", 1);

	must_read(NULL, NULL);

	ck_assert_str_eq(config.api, "https://api.clear.ml");
	ck_assert_str_eq(config.access_key, "O");
}
END_TEST

START_TEST(a_file_given_as_an_argument_wins_over_the_variable)
{
	write_file("other.conf", "api { credentials { access_key: O, secret_key: OS } }");
	setenv("CLEARML_CONFIG_FILE", "/nowhere/at/all.conf", 1);

	must_read(NULL, "~/other.conf");

	ck_assert_str_eq(config.access_key, "O");
}
END_TEST

START_TEST(a_named_file_must_be_there)
{
	setenv("CLEARML_CONFIG_FILE", "/nowhere/at/all.conf", 1);
	set_keys();

	must_refuse("'/nowhere/at/all.conf' cannot be read: No such file or directory");
}
END_TEST

START_TEST(a_folder_is_no_file)
{
	setenv("CLEARML_CONFIG_FILE", "/tmp", 1);
	set_keys();

	must_refuse("'/tmp' cannot be read: Is a directory");
}
END_TEST

START_TEST(a_device_without_content_is_an_empty_file)
{
	write_file("clearml.conf", whole);
	setenv("CLEARML_CONFIG_FILE", "/dev/null", 1);
	set_keys();

	must_read(NULL, NULL);

	ck_assert_str_eq(config.api, "https://api.clear.ml");
}
END_TEST

START_TEST(a_device_without_end_is_refused)
{
	setenv("CLEARML_CONFIG_FILE", "/dev/zero", 1);
	set_keys();

	must_refuse("'/dev/zero' cannot be read: File too large");
}
END_TEST

START_TEST(a_wrong_file_is_named_with_its_line)
{
	write_file("clearml.conf", "api {\n  credentials { access_key \"S3CR3T\" }\n}\n");

	must_refuse("/clearml.conf:2: expected ':', '=' or '{' after a key");
}
END_TEST

START_TEST(a_token_comes_before_keys)
{
	set_keys();
	setenv("CLEARML_AUTH_TOKEN", " a.b.c\n", 1);

	must_read(NULL, NULL);

	ck_assert_str_eq(config.token, "a.b.c");
	ck_assert_ptr_null(config.access_key);
	ck_assert_ptr_null(config.secret_key);
	ck_assert_str_eq(config.from, "CLEARML_AUTH_TOKEN");
	ck_assert_double_eq(config.expiration_threshold_s, 3600);
}
END_TEST

START_TEST(a_token_that_cannot_stand_in_a_header_is_refused)
{
	setenv("CLEARML_AUTH_TOKEN", "S3CR3T\r\nX-Evil: 1", 1);

	must_refuse("CLEARML_AUTH_TOKEN: has spaces or line ends in it");
}
END_TEST

START_TEST(no_credentials_are_refused_with_what_to_set)
{
	must_refuse("no credentials for ClearML: set CLEARML_API_ACCESS_KEY and "
		    "CLEARML_API_SECRET_KEY, or api.credentials in /tmp/hpo-config-");
	ck_assert_ptr_null(config.api);
}
END_TEST

START_TEST(half_of_the_credentials_is_refused_with_the_other_half)
{
	setenv("CLEARML_API_ACCESS_KEY", "ACCESS", 1);
	must_refuse("have an access key and no secret key: set CLEARML_API_SECRET_KEY");

	unsetenv("CLEARML_API_ACCESS_KEY");
	setenv("CLEARML_API_SECRET_KEY", "S3CR3T", 1);
	error = (hpo_error_t){0, ""};
	must_refuse("have a secret key and no access key: set CLEARML_API_ACCESS_KEY");
}
END_TEST

/* Addresses that follow from that of the API server. */
static const struct {
	const char *api, *web, *files;
} derived[] = {
	{"http://host:8008", "http://host:8080", "http://host:8081"},
	{"http://host:8008/", "http://host:8080", "http://host:8081"},
	{"https://api.example.org", "https://app.example.org", "https://files.example.org"},
	{"https://api.example.org:443", "https://app.example.org:443",
	 "https://files.example.org:443"},
	{"https://ml.example.org/api", "https://ml.example.org", "https://ml.example.org:8081"},
	{"http://host:8080/api", "http://host:8080", "http://host:8081"},
	{"http://host:1234", "http://host:1234", "http://host:8081"},
	{"http://[::1]:8008", "http://[::1]:8080", "http://[::1]:8081"},
	{"http://[::1]", "http://[::1]", "http://[::1]:8081"},
};

START_TEST(other_addresses_follow_from_that_of_the_api)
{
	set_keys();

	must_read(derived[_i].api, NULL);

	ck_assert_str_eq(config.web, derived[_i].web);
	ck_assert_str_eq(config.files, derived[_i].files);
}
END_TEST

static const char *const no_addresses[] = {
	"host:8008", "ftp://host", "http://", "http:///x", "http://:8008", "http://a b",
	"http://a\nb", "http://host?x=1", "http://host#x",
};

START_TEST(what_is_no_address_is_refused)
{
	set_keys();
	setenv("CLEARML_API_HOST", no_addresses[_i], 1);

	must_refuse("is no address: expected http://host:port or https://host");
}
END_TEST

START_TEST(a_password_in_an_address_is_refused_and_not_repeated)
{
	set_keys();
	setenv("CLEARML_API_HOST", "http://me:PASSWORD@host:8008", 1);

	must_refuse("CLEARML_API_HOST: the address has a user name or an @ in it");
	ck_assert_ptr_null(strstr(error.message, "PASSWORD"));
	setenv("CLEARML_API_HOST", "me:PASSWORD@host:8008", 1);
	error = (hpo_error_t){0, ""};
	must_refuse("CLEARML_API_HOST: the address has a user name or an @ in it");
	ck_assert_ptr_null(strstr(error.message, "PASSWORD"));
}
END_TEST

START_TEST(a_wrong_address_in_a_file_is_named_with_file_and_path)
{
	set_keys();
	write_file("clearml.conf", "api.web_server: nonsense");

	must_refuse("/clearml.conf: api.web_server: 'nonsense' is no address");
}
END_TEST

static const struct {
	const char *text;
	bool skip;
} flags[] = {
	{"false", true}, {"0", true},	{"No", true},	{"off", true},
	{"true", false}, {"1", false}, {"YES", false}, {"on", false},
};

START_TEST(verification_is_a_flag)
{
	set_keys();
	setenv("CLEARML_API_HOST_VERIFY_CERT", flags[_i].text, 1);

	must_read(NULL, NULL);

	ck_assert(config.skip_verification == flags[_i].skip);
	ck_assert_ptr_null(config.ca_bundle);
}
END_TEST

START_TEST(verification_is_a_bundle_of_certificates)
{
	char path[100];

	set_keys();
	write_file("other.conf", "certificates");
	setenv("CLEARML_API_HOST_VERIFY_CERT", "~/other.conf", 1);

	must_read(NULL, NULL);

	snprintf(path, sizeof path, "%s/other.conf", home);
	ck_assert(!config.skip_verification);
	ck_assert_str_eq(config.ca_bundle, path);
}
END_TEST

START_TEST(verification_is_not_turned_off_by_a_slip)
{
	set_keys();
	setenv("CLEARML_API_HOST_VERIFY_CERT", "flase", 1);

	must_refuse("CLEARML_API_HOST_VERIFY_CERT: 'flase' is neither true nor false nor a file of "
		    "certificates that can be read");
}
END_TEST

START_TEST(versions_compare_by_their_parts)
{
	ck_assert(hpo__clearml_version("2.9") < hpo__clearml_version("2.13"));
	ck_assert(hpo__clearml_version("2.13") < hpo__clearml_version("2.20"));
	ck_assert_double_eq_tol(hpo__clearml_version("2.9"), 2.09, 1e-12);
	ck_assert_double_eq(hpo__clearml_version("3"), 3);
	ck_assert_double_eq(hpo__clearml_version(""), 0);
	ck_assert_double_eq(hpo__clearml_version("x"), 0);
	ck_assert_double_eq(hpo__clearml_version("2.x"), 0);
	ck_assert_double_eq(hpo__clearml_version("2.-1"), 0);
	ck_assert_double_eq(hpo__clearml_version("2.100"), 0);
	ck_assert_double_eq(hpo__clearml_version("999999999999999999.1"), 0);
}
END_TEST

START_TEST(the_version_can_be_limited)
{
	set_keys();
	setenv("CLEARML_FORCE_MAX_API_VERSION", "2.9", 1);

	must_read(NULL, NULL);

	ck_assert_double_eq_tol(config.highest_version, 2.09, 1e-12);
}
END_TEST

START_TEST(more_statuses_can_be_tried_again_after)
{
	set_keys();
	setenv("CLEARML_API_EXTRA_RETRY_CODES", "520, 521,404", 1);

	must_read(NULL, NULL);

	ck_assert_uint_eq(config.retry_count, 3);
	ck_assert_int_eq(config.retry[0], 520);
	ck_assert_int_eq(config.retry[1], 521);
	ck_assert_int_eq(config.retry[2], 404);
}
END_TEST

static const struct {
	const char *name, *value, *sentence;
} slips[] = {
	{"CLEARML_FORCE_MAX_API_VERSION", "new",
	 "CLEARML_FORCE_MAX_API_VERSION: 'new' is no version"},
	{"CLEARML_API_EXTRA_RETRY_CODES", "520,x",
	 "CLEARML_API_EXTRA_RETRY_CODES: 'x' is no status to try again after"},
	{"CLEARML_API_EXTRA_RETRY_CODES", "200", "'200' is no status to try again after"},
	{"CLEARML_OFFLINE_MODE", "1", "CLEARML_OFFLINE_MODE is set"},
};

START_TEST(a_slip_in_a_variable_is_named)
{
	set_keys();
	setenv(slips[_i].name, slips[_i].value, 1);

	must_refuse(slips[_i].sentence);
}
END_TEST

START_TEST(seconds_that_are_none_are_named)
{
	set_keys();
	write_file("clearml.conf", "api.auth.token_expiration_threshold_sec: soon");

	must_refuse("api.auth.token_expiration_threshold_sec: 'soon' is no number of seconds");
}
END_TEST

START_TEST(a_token_lives_at_most_a_year)
{
	set_keys();
	write_file("clearml.conf", "api.auth.request_token_expiration_sec: 99999999");

	must_read(NULL, NULL);

	ck_assert_int_eq(config.token_lifetime_s, 31536000);
}
END_TEST

START_TEST(the_worker_has_a_name_that_can_stand_in_a_header)
{
	set_keys();
	setenv("CLEARML_WORKER_ID", "host:\n0", 1);
	must_read(NULL, NULL);
	ck_assert_str_eq(config.worker, "host:_0");

	hpo__clearml_config_release(&config);
	setenv("CLEARML_WORKER_NAME", "me", 1);
	must_read(NULL, NULL);
	ck_assert_str_eq(config.worker, "me");
}
END_TEST

static hpo_status_t read_config(void *user)
{
	struct hpo_clearml_config own;
	hpo_error_t own_error = {0, ""};
	hpo_status_t status = hpo__clearml_config_read(&own, NULL, NULL, &own_error);

	(void)user;
	hpo__clearml_config_release(&own);
	return status;
}

START_TEST(every_failing_allocation_is_survived)
{
	write_file("clearml.conf", whole);
	setenv("CLEARML_API_EXTRA_RETRY_CODES", "520", 1);
	setenv("CLEARML_FORCE_MAX_API_VERSION", "2.13", 1);
	setenv("CLEARML_TASK_ID", "t", 1);

	hpo_test_each_allocation(read_config, NULL);
}
END_TEST

Suite *unit_backend_clearml_config(void);
Suite *unit_backend_clearml_config(void)
{
	Suite *suite = suite_create("backend/clearml_config");
	TCase *cases = tcase_create("config");

	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_add_test(cases, keys_alone_mean_the_hosted_service);
	tcase_add_test(cases, all_can_stand_in_clearml_conf);
	tcase_add_test(cases, the_environment_wins_over_the_file);
	tcase_add_test(cases, an_argument_wins_over_all);
	tcase_add_test(cases, the_web_server_of_another_installation_is_not_taken);
	tcase_add_test(cases, an_empty_variable_is_unset);
	tcase_add_test(cases, old_names_of_variables_are_known);
	tcase_add_test(cases, a_new_name_wins_over_an_old_one);
	tcase_add_test(cases, old_names_in_a_file_are_known);
	tcase_add_test(cases, clearml_conf_overrides_trains_conf);
	tcase_add_test(cases, a_named_file_stands_for_the_default_ones);
	tcase_add_test(cases, a_file_given_as_an_argument_wins_over_the_variable);
	tcase_add_test(cases, a_named_file_must_be_there);
	tcase_add_test(cases, a_folder_is_no_file);
	tcase_add_test(cases, a_device_without_content_is_an_empty_file);
	tcase_add_test(cases, a_device_without_end_is_refused);
	tcase_add_test(cases, a_wrong_file_is_named_with_its_line);
	tcase_add_test(cases, a_token_comes_before_keys);
	tcase_add_test(cases, a_token_that_cannot_stand_in_a_header_is_refused);
	tcase_add_test(cases, no_credentials_are_refused_with_what_to_set);
	tcase_add_test(cases, half_of_the_credentials_is_refused_with_the_other_half);
	tcase_add_loop_test(cases, other_addresses_follow_from_that_of_the_api, 0,
			    sizeof derived / sizeof *derived);
	tcase_add_loop_test(cases, what_is_no_address_is_refused, 0,
			    sizeof no_addresses / sizeof *no_addresses);
	tcase_add_test(cases, a_password_in_an_address_is_refused_and_not_repeated);
	tcase_add_test(cases, a_wrong_address_in_a_file_is_named_with_file_and_path);
	tcase_add_loop_test(cases, verification_is_a_flag, 0, sizeof flags / sizeof *flags);
	tcase_add_test(cases, verification_is_a_bundle_of_certificates);
	tcase_add_test(cases, verification_is_not_turned_off_by_a_slip);
	tcase_add_test(cases, versions_compare_by_their_parts);
	tcase_add_test(cases, the_version_can_be_limited);
	tcase_add_test(cases, more_statuses_can_be_tried_again_after);
	tcase_add_loop_test(cases, a_slip_in_a_variable_is_named, 0, sizeof slips / sizeof *slips);
	tcase_add_test(cases, seconds_that_are_none_are_named);
	tcase_add_test(cases, a_token_lives_at_most_a_year);
	tcase_add_test(cases, the_worker_has_a_name_that_can_stand_in_a_header);
	tcase_add_test(cases, every_failing_allocation_is_survived);
	suite_add_tcase(suite, cases);
	return suite;
}
