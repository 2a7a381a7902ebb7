/*
 * Who a process is: machine, boot, process number and the time at which it
 * began, which tells it from a later process of the same number.
 *
 * Machines in a cluster may share a name and containers a boot, so the host's
 * name is followed by what tells these apart: the start of the machine id, and
 * the process namespace if it is not the machine's first.
 */
#include "os/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* PROC_PID_INIT_INO of the kernel: the namespace that a machine boots with. */
static const uint64_t first_namespace = 0xEFFFFFFCu;

/* The start of a small file as text without its newline; empty when it cannot be read. */
static void read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	text[0] = '\0';
	if (fd < 0)
		return;
	do {
		got = read(fd, text, size - 1);
	} while (got < 0 && errno == EINTR);
	text[got > 0 ? got : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	close(fd);
}

static void name_host(char *text, size_t size)
{
	enum { MACHINE_DIGITS = 8, ROOM = 64 };
	char machine[ROOM];
	struct stat namespace_of;
	size_t used;

	if (gethostname(text, size) != 0)
		strcpy(text, "localhost");
	text[size - ROOM] = '\0'; /* room for what follows */

	read_text("/etc/machine-id", machine, sizeof machine);
	used = strlen(text);
	if (machine[0] != '\0')
		snprintf(text + used, size - used, "#%.*s", (int)MACHINE_DIGITS, machine);

	used = strlen(text);
	if (stat("/proc/self/ns/pid", &namespace_of) == 0 && namespace_of.st_ino != first_namespace)
		snprintf(text + used, size - used, "#%" PRIu64, (uint64_t)namespace_of.st_ino);
}

/* When process `pid` began, in ticks since boot; -1 when there is none or it is a zombie. */
static int64_t start_of(int64_t pid)
{
	enum { STATE = 3, START = 22 }; /* fields of /proc/PID/stat, from 1; see proc(5) */
	char path[64];
	char text[1024];
	const char *field;

	snprintf(path, sizeof path, "/proc/%" PRId64 "/stat", pid);
	read_text(path, text, sizeof text);

	/* The name, in parentheses, may hold anything; what follows holds no parenthesis. */
	field = strrchr(text, ')');
	if (field == NULL || field[1] != ' ')
		return -1;
	field += 2;
	if (*field == 'Z' || *field == 'X')
		return -1;
	for (int i = STATE; i < START; i++) {
		field = strchr(field, ' ');
		if (field == NULL)
			return -1;
		field++;
	}
	return strtoll(field, NULL, 10);
}

void hpo__identity_self(struct hpo_identity *out)
{
	memset(out, 0, sizeof *out);
	name_host(out->host, sizeof out->host);
	read_text("/proc/sys/kernel/random/boot_id", out->boot, sizeof out->boot);
	out->pid = getpid();
	out->started = start_of(out->pid);
}

void hpo__identity_name(char *text, size_t size)
{
	enum { LONGEST = 64 };
	char host[LONGEST + 1] = "";

	if (gethostname(host, LONGEST) != 0)
		strcpy(host, "localhost");
	snprintf(text, size, "%s:%" PRId64, host, (int64_t)getpid());
}

enum hpo_liveness hpo__identity_check(const struct hpo_identity *who)
{
	struct hpo_identity self;
	int64_t started;

	hpo__identity_self(&self);
	if (strcmp(self.host, who->host) != 0)
		return HPO__UNKNOWN;
	if (strcmp(self.boot, who->boot) != 0)
		return HPO__DEAD;
	if (who->pid <= 0)
		return HPO__DEAD;

	started = start_of(who->pid);
	if (started == who->started && started >= 0)
		return HPO__LIVES;
	/* Where /proc hides the processes of others, a signal still finds them. */
	if (started < 0 && who->started < 0 && kill((pid_t)who->pid, 0) == 0)
		return HPO__LIVES;
	if (started < 0 && kill((pid_t)who->pid, 0) != 0 && errno == EPERM)
		return HPO__UNKNOWN;
	return HPO__DEAD;
}
