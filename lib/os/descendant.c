/*
 * Descendants, read from /proc with system calls alone: this runs in a process
 * that was forked from one with threads, where nothing else is safe.
 */
#include "os/descendant.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	MOST_PIDS = 4096, /* at one time; what is beyond is found when the call is repeated */
	PATH_ROOM = 80
};

struct pid_list {
	pid_t pids[MOST_PIDS]; /* [count] */
	size_t count;
};

/* What getdents64() gives; glibc declares it nowhere. */
struct entry {
	uint64_t inode;
	int64_t offset;
	uint16_t size;
	uint8_t type;
	char name[];
};

typedef void (*pid_fn)(pid_t pid, void *user);

static void append_text(char *path, const char *text)
{
	strcat(path, text);
}

static void append_number(char *path, pid_t number)
{
	char digits[16];
	size_t at = sizeof digits;

	digits[--at] = '\0';
	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	strcat(path, digits + at);
}

/* The number that a text is, 0 if it is none. */
static pid_t read_pid(const char *text)
{
	pid_t pid = 0;

	for (; *text >= '0' && *text <= '9'; text++)
		pid = pid * 10 + (*text - '0');
	return *text == '\0' ? pid : 0;
}

static void add_pid(pid_t pid, void *user)
{
	struct pid_list *list = user;

	if (list->count < MOST_PIDS)
		list->pids[list->count++] = pid;
}

/* Call fn for each entry of a folder that is named by a number. */
static void each_number_in(const char *folder, pid_fn fn, void *user)
{
	_Alignas(struct entry) char buffer[2048];
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	long got;

	if (fd < 0)
		return;
	while ((got = syscall(SYS_getdents64, fd, buffer, sizeof buffer)) > 0) {
		for (long at = 0; at < got;) {
			const struct entry *entry =
				(const struct entry *)(const void *)(buffer + at);
			pid_t pid = read_pid(entry->name);

			if (pid > 0)
				fn(pid, user);
			at += entry->size;
		}
	}
	close(fd);
}

/* Add the numbers in a file to a list; false if it cannot be read. */
static bool each_number_of(const char *path, struct pid_list *list)
{
	char buffer[512];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	pid_t pid = 0;
	ssize_t got;

	if (fd < 0)
		return false;
	while ((got = read(fd, buffer, sizeof buffer)) > 0) {
		for (ssize_t i = 0; i < got; i++) {
			if (buffer[i] >= '0' && buffer[i] <= '9') {
				pid = pid * 10 + (buffer[i] - '0');
			} else if (pid > 0) {
				add_pid(pid, list);
				pid = 0;
			}
		}
	}
	close(fd);
	if (pid > 0)
		add_pid(pid, list);
	return true;
}

struct search {
	struct pid_list *found;
	pid_t parent;
	bool has_lists; /* the kernel keeps /proc/PID/task/TID/children */
};

static void add_children_of_thread(pid_t thread, void *user)
{
	struct search *search = user;
	char path[PATH_ROOM] = "/proc/";

	append_number(path, search->parent);
	append_text(path, "/task/");
	append_number(path, thread);
	append_text(path, "/children");
	if (each_number_of(path, search->found))
		search->has_lists = true;
}

/* Add a process if it is a child of the one that is searched for. */
static void add_if_child(pid_t pid, void *user)
{
	struct search *search = user;
	char path[PATH_ROOM] = "/proc/";
	char text[512];
	const char *field;
	pid_t parent = 0;
	ssize_t got;
	int fd;

	append_number(path, pid);
	append_text(path, "/stat");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	got = read(fd, text, sizeof text - 1);
	close(fd);
	text[got > 0 ? got : 0] = '\0';

	field = strrchr(text, ')'); /* ") S 123 …": state, then parent */
	if (field == NULL || strlen(field) < 5)
		return;
	for (field += 4; *field >= '0' && *field <= '9'; field++)
		parent = parent * 10 + (*field - '0');
	if (parent == search->parent)
		add_pid(pid, search->found);
}

static void add_children(pid_t parent, struct pid_list *found)
{
	struct search search = {found, parent, false};
	char path[PATH_ROOM] = "/proc/";

	append_number(path, parent);
	append_text(path, "/task");
	each_number_in(path, add_children_of_thread, &search);

	/*
	 * Without the lists, our own children are enough: what they leave behind
	 * becomes ours when they are gone.
	 */
	if (!search.has_lists && parent == getpid())
		each_number_in("/proc", add_if_child, &search);
}

void hpo__descendants_signal(int signal, pid_t skip_group)
{
	struct pid_list found;

	/* The list is also the queue of those whose children are still to be found. */
	found.count = 0;
	add_children(getpid(), &found);
	for (size_t i = 0; i < found.count; i++) {
		add_children(found.pids[i], &found);
		if (skip_group == 0 || getpgid(found.pids[i]) != skip_group)
			kill(found.pids[i], signal);
	}
}
