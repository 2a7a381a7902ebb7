/* Drives a search of other programs from an event loop that also does other work. */
#include <errno.h>
#include <hpo.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

static const char study[] =
	"{ 'name': 'event-loop',"
	"  'objectives': [{'series': 'loss', 'goal': 'min'}],"
	"  'parameters': [{'name': 'x', 'type': 'float', 'low': -5, 'high': 5}],"
	"  'strategy': {'name': 'sobol', 'seed': 1},"
	"  'limits': {'trials': 12, 'concurrent': 2},"
	"  'task': {'backend': 'process', 'command':"
	"           ['awk', '-v', 'x={x}', 'BEGIN { print \\\"loss=\\\" (x - 2) ^ 2 }']} }";

static hpo_error_t error;

static void check(hpo_status_t status)
{
	if (status < 0) {
		fprintf(stderr, "%s\n", error.message);
		exit(EXIT_FAILURE);
	}
}

/* JSON with the quotes that C makes hard to write. */
static void double_quotes(char *to, const char *from)
{
	for (; *from != '\0'; from++)
		*to++ = *from == '\'' ? '"' : *from;
	*to = '\0';
}

/* Called on the thread that steps: this one. */
static hpo_status_t on_ended(int64_t number, const char *trial_json, int is_best, void *user)
{
	int *ended = user;

	(void)number;
	(void)trial_json;
	(void)is_best;
	++*ended;
	return HPO_OK;
}

int main(void)
{
	char json[sizeof study];
	hpo_optimizer_t *optimizer;
	hpo_progress_t progress = {.struct_size = sizeof progress};
	hpo_status_t status;
	int ended = 0;

	double_quotes(json, study);
	check(hpo_optimizer_from_json(&optimizer, json, &error));
	hpo_optimizer_set_ended(optimizer, on_ended, &ended);

	/* step() never waits here: poll() does, for this and for all else the program hears. */
	while ((status = hpo_optimizer_step(optimizer, 0, &error)) == HPO_OK) {
		struct pollfd heard[1] = {
			{.fd = hpo_optimizer_descriptor(optimizer), .events = POLLIN},
			/* … the sockets of your program */
		};

		if (poll(heard, 1, hpo_optimizer_timeout_ms(optimizer)) < 0 && errno != EINTR) {
			perror("poll");
			return EXIT_FAILURE;
		}
	}
	check(status);

	check(hpo_optimizer_progress(optimizer, &progress, &error));
	printf("%d trials ended, the best is number %d with %.4f\n", ended,
	       (int)progress.best_number, progress.best_value);

	hpo_optimizer_free(optimizer);
	return EXIT_SUCCESS;
}
