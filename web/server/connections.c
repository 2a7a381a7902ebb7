/*
 * Open connections, oldest first, each with a time by which it must have moved
 * on: a client that sends a byte now and then is as silent as one that sends
 * none. Where there are too many, the oldest of those that never sent a whole
 * request make room for others.
 */
#include "server/inside.h"

#include <stdlib.h>
#include <sys/socket.h>

/* Between requests, and before the first byte of one. */
static const double idle_s = 20;
enum { CROWDED = CONNECTIONS * 3 / 4 };

static void append(struct web *web, struct connection *connection)
{
	connection->older = web->newest;
	connection->newer = NULL;
	if (web->newest != NULL)
		web->newest->newer = connection;
	else
		web->oldest = connection;
	web->newest = connection;
	web->connection_count++;
}

static void detach(struct web *web, struct connection *connection)
{
	if (connection->older != NULL)
		connection->older->newer = connection->newer;
	else
		web->oldest = connection->newer;
	if (connection->newer != NULL)
		connection->newer->older = connection->older;
	else
		web->newest = connection->older;
	web->connection_count--;
}

/* End it; MHD sees that and tells us, in its own time. */
static void cut(struct connection *connection)
{
	if (connection->fd >= 0)
		shutdown(connection->fd, SHUT_RDWR);
	connection->fd = -1;
}

static void make_room(struct web *web)
{
	if (web->connection_count < CROWDED)
		return;
	for (struct connection *c = web->oldest; c != NULL; c = c->newer) {
		if (!c->proven && c->fd >= 0) {
			cut(c);
			return;
		}
	}
}

void on_connection(void *user, struct MHD_Connection *connection, void **state,
		   enum MHD_ConnectionNotificationCode code)
{
	const union MHD_ConnectionInfo *info;
	struct web *web = user;
	struct connection *mine = *state;

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		make_room(web);
		mine = web_must(calloc(1, sizeof *mine));
		info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
		mine->fd = info != NULL ? info->connect_fd : -1;
		mine->deadline = now_monotonic() + idle_s;
		append(web, mine);
		*state = mine;
	} else if (mine != NULL) {
		detach(web, mine);
		free(mine);
		*state = NULL;
	}
}

void allow_time(struct MHD_Connection *connection, double seconds, bool proven)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct connection *mine = info != NULL ? info->socket_context : NULL;

	if (mine == NULL)
		return;
	mine->deadline = seconds > 0 ? now_monotonic() + seconds : 0;
	mine->proven = mine->proven || proven;
}

void cut_overdue(struct web *web)
{
	const double now = now_monotonic();

	for (struct connection *c = web->oldest; c != NULL; c = c->newer) {
		if (c->deadline > 0 && now > c->deadline)
			cut(c);
	}
}
