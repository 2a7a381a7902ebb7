/*
 * The loop: requests, signals, and one look at the store a second for all who
 * watch.
 */
#include "server/inside.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

/* How often the store is looked at while somebody listens, and while nobody does. */
static const double look_s = 1.0;
static const double idle_look_s = 10.0;

double now_monotonic(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double now_wall(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void *web_must(void *memory)
{
	if (memory == NULL) {
		fputs("hpo: out of memory\n", stderr);
		_exit(4);
	}
	return memory;
}

char *web_copy(const char *text)
{
	return web_must(strdup(text));
}

char *web_format(const char *format, ...)
{
	char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	return web_must(text);
}

static hpo_status_t fail(hpo_error_t *error, hpo_status_t status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static hpo_status_t fail(hpo_error_t *error, hpo_status_t status, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	error->code = status;
	vsnprintf(error->message, sizeof error->message, format, arguments);
	va_end(arguments);
	return status;
}

/* Paths and arguments are decoded by us, segment by segment: a "%2F" is no slash. */
static size_t leave_escaped(void *user, struct MHD_Connection *connection, char *text)
{
	(void)user;
	(void)connection;
	return strlen(text);
}

/* The library below us prints about clients that vanish; that is nobody's concern. */
static void say_nothing(void *user, const char *format, va_list arguments)
{
	(void)user;
	(void)format;
	(void)arguments;
}

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static bool parse_address(const char *text, int port, union address *out)
{
	memset(out, 0, sizeof *out);
	if (inet_pton(AF_INET, text, &out->v4.sin_addr) == 1) {
		out->v4.sin_family = AF_INET;
		out->v4.sin_port = htons((uint16_t)port);
		return true;
	}
	if (inet_pton(AF_INET6, text, &out->v6.sin6_addr) == 1) {
		out->v6.sin6_family = AF_INET6;
		out->v6.sin6_port = htons((uint16_t)port);
		return true;
	}
	return false;
}

static hpo_status_t listen_on(struct web *web, hpo_error_t *error)
{
	const struct web_options *options = web->options;
	unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
	const union MHD_DaemonInfo *info;
	union address address;

	if (!parse_address(options->address, options->port, &address))
		return fail(error, HPO_EINVAL,
			    "'%s' is not an address to listen on: write 127.0.0.1, ::1 or an "
			    "address of this machine",
			    options->address);
	if (address.any.sa_family == AF_INET6)
		flags |= MHD_USE_IPv6;
	web->daemon = MHD_start_daemon(
		flags, (uint16_t)options->port, NULL, NULL, on_request, web,
		MHD_OPTION_EXTERNAL_LOGGER, say_nothing, NULL, MHD_OPTION_SOCK_ADDR, &address,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS,
		MHD_OPTION_CONNECTION_TIMEOUT, 60u, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		(size_t)16384, MHD_OPTION_NOTIFY_CONNECTION, on_connection, web,
		MHD_OPTION_NOTIFY_COMPLETED, on_request_ended, web, MHD_OPTION_UNESCAPE_CALLBACK,
		leave_escaped, NULL, MHD_OPTION_URI_LOG_CALLBACK, on_target, NULL, MHD_OPTION_END);
	if (web->daemon == NULL)
		return fail(error, HPO_EINVAL, "cannot listen on %s, port %d: %s%s",
			    options->address, options->port, strerror(errno),
			    errno == EADDRINUSE ? "; --port 0 takes one that is free" : "");
	info = MHD_get_daemon_info(web->daemon, MHD_DAEMON_INFO_BIND_PORT);
	web->port = info != NULL && info->port != 0 ? info->port : options->port;
	return HPO_OK;
}

/* As many descriptors as connections need, and a few more. */
static void raise_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= 2 * CONNECTIONS)
		return;
	limit.rlim_cur = limit.rlim_max < 2 * CONNECTIONS ? limit.rlim_max : 2 * CONNECTIONS;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static bool read_choices(struct web *web, hpo_error_t *error)
{
	char *text = hpo_choices_json(error);

	if (text == NULL)
		return false;
	web->choices = json_loads(text, 0, NULL);
	hpo_free(text);
	return web->choices != NULL;
}

static bool make_secrets(struct web *web, hpo_error_t *error)
{
	char token[SECRET_TEXT];

	if (!make_secret(token) || !make_secret(web->session) || !make_secret(web->birth)) {
		fail(error, HPO_EINVAL, "the system gives no random numbers: %s", strerror(errno));
		return false;
	}
	web->birth[12] = '\0';
	snprintf(web->token, sizeof web->token, "%s",
		 web->options->token != NULL ? web->options->token : token);
	return true;
}

static void say_ready(const struct web *web)
{
	const bool v6 = strchr(web->options->address, ':') != NULL;
	char *url = web_format("http://%s%s%s:%d/?token=%s", v6 ? "[" : "", web->options->address,
			      v6 ? "]" : "", web->port, web->token);

	if (web->options->ready != NULL)
		web->options->ready(url, web->options->user);
	free(url);
}

static void read_signals(struct web *web, int fd)
{
	struct signalfd_siginfo info;

	while (read(fd, &info, sizeof info) == (ssize_t)sizeof info) {
		if (info.ssi_signo == SIGCHLD)
			reap_runs(web);
		else
			web->over = true;
	}
}

static int wait_ms(const struct web *web)
{
	const double next = web->looked + (web->listeners != NULL ? look_s : idle_look_s);
	double wait = (next - now_monotonic()) * 1000;
	MHD_UNSIGNED_LONG_LONG limit;

	wait = wait < 0 ? 0 : wait > 1000 ? 1000 : wait;
	if (MHD_get_timeout(web->daemon, &limit) == MHD_YES && (double)limit < wait)
		wait = (double)limit;
	return (int)wait;
}

/* A store that cannot be looked at now is looked at again later; requests tell why. */
static void look_if_due(struct web *web)
{
	const double due = web->looked + (web->listeners != NULL ? look_s : idle_look_s);
	hpo_error_t error;

	if (now_monotonic() < due)
		return;
	look(web, &error);
	let_go(web);
	wake_listeners(web);
}

static void loop(struct web *web, int signals)
{
	const union MHD_DaemonInfo *info =
		MHD_get_daemon_info(web->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	struct pollfd fds[] = {{info->epoll_fd, POLLIN, 0}, {signals, POLLIN, 0}};

	while (!web->over) {
		poll(fds, 2, wait_ms(web));
		read_signals(web, signals);
		look_if_due(web);
		cut_overdue(web);
		MHD_run(web->daemon);
	}
}

static void release(struct web *web)
{
	end_listeners(web);
	if (web->daemon != NULL)
		MHD_stop_daemon(web->daemon);
	release_runs(web);
	release_studies(web);
	json_decref(web->choices);
	hpo_store_close(web->store);
}

hpo_status_t web_serve(const struct web_options *options, hpo_error_t *error)
{
	struct web web = {.options = options, .loopback = is_loopback(options->address)};
	sigset_t mask, before;
	hpo_status_t status;
	int signals = -1;

	*error = (hpo_error_t){0};
	sigemptyset(&mask);
	sigaddset(&mask, SIGINT);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGHUP);
	sigaddset(&mask, SIGCHLD);
	sigprocmask(SIG_BLOCK, &mask, &before);
	signals = signalfd(-1, &mask, SFD_NONBLOCK | SFD_CLOEXEC);
	raise_descriptors();

	/* The first study of a folder may be launched from the page. */
	status = hpo_store_create(&web.store, options->store, error);
	note_place(&web);
	if (status >= 0 && (!make_secrets(&web, error) || !read_choices(&web, error)))
		status = error->code < 0 ? (hpo_status_t)error->code : HPO_ENOMEM;
	if (status >= 0)
		status = listen_on(&web, error);
	if (status >= 0) {
		say_ready(&web);
		loop(&web, signals);
	}
	release(&web);
	close(signals);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return status;
}
