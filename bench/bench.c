/*
 * What the library costs: a suggestion, a durable result, a report, memory,
 * the first ask, the load of a large study, a whole search. Public API only, 10
 * mixed parameters, and 40 reals in whole searches. Prints lines of "what<TAB>unit<TAB>value", which
 * bench/run.sh puts beside those of other libraries.
 *
 *   bench FOLDER   FOLDER is for databases, which are removed again
 */
#include "hpo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	LARGE = 10000,
	WINDOW = 50, /* trials on either side of n that a mean is taken over */
	REALS = 40   /* parameters of whole searches */
};

static const char *const parameters[] = {
	"lr=float(1e-5,0.1,log)",  "decay=float(1e-8,0.01,log)", "drop=float(0,0.9)",
	"momentum=float(0,0.99)",  "layers=int(1,8)",            "units=int(16,1024,log)",
	"batch=int(16,512,step=16)", "act=choice(relu,tanh,gelu,silu)", "opt=choice(adam,sgd,rmsprop)",
	"bias=bool",               NULL,
};

/*
 * What is computed in memory is measured in processor time, in which the load of
 * others does not count; what waits for a disk or a process, by the wall.
 */
static clockid_t clock_used = CLOCK_MONOTONIC;

static double now_s(void)
{
	struct timespec t;

	clock_gettime(clock_used, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void print_line(const char *what, const char *unit, double value)
{
	printf("%s\t%s\t%.6g\n", what, unit, value);
	fflush(stdout);
}

/* A benchmark that cannot measure has nothing to go on with. */
static void must(hpo_status_t status, const hpo_error_t *error)
{
	if (status == HPO_OK)
		return;
	fprintf(stderr, "bench: %s: %s\n", hpo_status_text(status), error->message);
	exit(EXIT_FAILURE);
}

static hpo_optimizer_t *open_study(const char *strategy, const char *store)
{
	hpo_optimizer_options_t options = HPO_OPTIMIZER_OPTIONS_INIT;
	hpo_optimizer_t *optimizer = NULL;
	hpo_space_t *space = NULL;
	hpo_error_t error;

	must(hpo_space_new(&space, &error), &error);
	for (size_t i = 0; parameters[i] != NULL; i++)
		must(hpo_space_add_text(space, parameters[i], &error), &error);
	options.name = "bench";
	options.space = space;
	options.strategy = strategy;
	options.seed = 1;
	options.store = store;
	must(hpo_optimizer_new(&optimizer, &options, &error), &error);
	hpo_space_free(space);
	return optimizer;
}

static double objective(const hpo_trial_t *trial)
{
	hpo_error_t error;
	double lr;
	double drop;
	int64_t layers;

	must(hpo_trial_get_float(trial, "lr", &lr, &error), &error);
	must(hpo_trial_get_float(trial, "drop", &drop, &error), &error);
	must(hpo_trial_get_int(trial, "layers", &layers, &error), &error);
	return (lr - 0.01) * (lr - 0.01) * 1e3 + (drop - 0.3) * (drop - 0.3) +
	       (double)((layers - 3) * (layers - 3)) / 50;
}

/* One trial from ask to end; adds what the library took to *asked and *told. */
static void run_trial(hpo_optimizer_t *optimizer, double *asked, double *told)
{
	hpo_trial_t *trial = NULL;
	hpo_error_t error;
	double begin = now_s();
	double value;

	must(hpo_optimizer_ask(optimizer, &trial, &error), &error);
	*asked += now_s() - begin;
	value = objective(trial);

	begin = now_s();
	must(hpo_trial_tell(trial, &value, 1, &error), &error);
	hpo_trial_free(trial);
	*told += now_s() - begin;
}

/* Numbers of trials around which means are taken, ascending, ended by 0. */
static const int decades[] = { 100, 1000, LARGE, 0 };
static const int of_models[] = { 100, 200, 400, 1000, 0 };

/* Run trials up to `most`, and print the means around each of `centres`. */
static void measure_cost(const char *strategy, const char *store, const char *label,
			 const int *centres, int most)
{
	hpo_optimizer_t *optimizer = open_study(strategy, store);
	double asked = 0;
	double told = 0;

	for (int n = 0; *centres != 0 && *centres <= most; n++) {
		char what[128];

		if (n == *centres - WINDOW)
			asked = told = 0;
		run_trial(optimizer, &asked, &told);
		if (n != *centres + WINDOW - 1)
			continue;
		snprintf(what, sizeof what, "ask+tell, %s, %s, n = %d", strategy, label, *centres);
		print_line(what, "ms", (asked + told) / (2 * WINDOW) * 1e3);
		centres++;
	}
	hpo_optimizer_free(optimizer);
}

static hpo_optimizer_t *open_reals(const char *strategy)
{
	hpo_optimizer_options_t options = HPO_OPTIMIZER_OPTIONS_INIT;
	hpo_optimizer_t *optimizer = NULL;
	hpo_space_t *space = NULL;
	hpo_error_t error;

	must(hpo_space_new(&space, &error), &error);
	for (int i = 0; i < REALS; i++) {
		char text[64];

		snprintf(text, sizeof text, "x%d=float(-5,5)", i);
		must(hpo_space_add_text(space, text, &error), &error);
	}
	options.name = "reals";
	options.space = space;
	options.strategy = strategy;
	options.seed = 1;
	must(hpo_optimizer_new(&optimizer, &options, &error), &error);
	hpo_space_free(space);
	return optimizer;
}

static double sphere(const hpo_trial_t *trial)
{
	hpo_error_t error;
	double sum = 0;

	for (int i = 0; i < REALS; i++) {
		char name[32];
		double x;

		snprintf(name, sizeof name, "x%d", i);
		must(hpo_trial_get_float(trial, name, &x, &error), &error);
		sum += (x - 1) * (x - 1);
	}
	return sum;
}

/* A whole search over 40 reals, reading the values and the objective included. */
static void measure_whole(const char *strategy, int trials, const char *label)
{
	hpo_optimizer_t *optimizer = open_reals(strategy);
	double begin = now_s();
	char what[128];

	for (int n = 0; n < trials; n++) {
		hpo_trial_t *trial = NULL;
		hpo_error_t error;
		double value;

		must(hpo_optimizer_ask(optimizer, &trial, &error), &error);
		value = sphere(trial);
		must(hpo_trial_tell(trial, &value, 1, &error), &error);
		hpo_trial_free(trial);
	}
	snprintf(what, sizeof what, "%s trials in 40 dimensions, %s", label, strategy);
	print_line(what, "s", now_s() - begin);
	hpo_optimizer_free(optimizer);
}

static double resident_mb(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	long pages = 0;

	if (file == NULL || fscanf(file, "%*s %ld", &pages) != 1)
		pages = 0;
	if (file != NULL)
		fclose(file);
	return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1e6;
}

/* In a process of its own, so that what others freed does not count. */
static int memory(void)
{
	hpo_optimizer_t *optimizer = open_study("tpe", "memory:");
	double before = resident_mb();
	double spent = 0;

	for (int n = 0; n < LARGE; n++)
		run_trial(optimizer, &spent, &spent);
	print_line("resident memory, 10,000 trials, memory store", "MB", resident_mb());
	print_line("  of which the trials", "MB", resident_mb() - before);
	hpo_optimizer_free(optimizer);
	return EXIT_SUCCESS;
}

/* Fill a database with 10,000 trials, then open it anew until the first ask. */
static void measure_database(const char *url)
{
	hpo_optimizer_t *optimizer = open_study("random", url);
	hpo_trial_t *trial = NULL;
	hpo_error_t error;
	double asked = 0;
	double told = 0;
	double begin;

	for (int n = 0; n < LARGE; n++)
		run_trial(optimizer, &asked, &told);
	print_line("durable tells, sqlite", "1/s", LARGE / told);
	hpo_optimizer_free(optimizer);

	begin = now_s();
	optimizer = open_study("tpe", url);
	must(hpo_optimizer_ask(optimizer, &trial, &error), &error);
	print_line("open 10,000 trials and ask, sqlite", "ms", (now_s() - begin) * 1e3);
	hpo_trial_free(trial);
	hpo_optimizer_free(optimizer);
}

static void measure_reports(const char *url, const char *label, int count)
{
	hpo_optimizer_t *optimizer = open_study("random", url);
	hpo_trial_t *trial = NULL;
	hpo_error_t error;
	double value = 1;
	double begin;
	char what[64];

	must(hpo_optimizer_ask(optimizer, &trial, &error), &error);
	begin = now_s();
	for (int i = 0; i < count; i++)
		must(hpo_trial_report(trial, i, 1.0 / (i + 1), &error), &error);
	must(hpo_trial_tell(trial, &value, 1, &error), &error);
	snprintf(what, sizeof what, "reports, %s", label);
	print_line(what, "1/s", count / (now_s() - begin));
	hpo_trial_free(trial);
	hpo_optimizer_free(optimizer);
}

/* `begun` is the parent's clock before this process was started. */
static int first_ask(const char *begun)
{
	hpo_optimizer_t *optimizer = open_study("auto", "memory:");
	hpo_trial_t *trial = NULL;
	hpo_error_t error;

	must(hpo_optimizer_ask(optimizer, &trial, &error), &error);
	print_line("first ask since the process was started", "ms",
		   (now_s() - strtod(begun, NULL)) * 1e3);
	print_line("resident memory at the first ask", "MB", resident_mb());
	hpo_trial_free(trial);
	hpo_optimizer_free(optimizer);
	return EXIT_SUCCESS;
}

/* Measure in a new process of this program. */
static void measure_apart(const char *self, const char *what)
{
	char begun[64];
	pid_t child;

	snprintf(begun, sizeof begun, "%.9f", now_s());
	child = fork();
	if (child == 0) {
		execl(self, self, what, begun, (char *)NULL);
		_exit(127);
	}
	waitpid(child, NULL, 0);
}

/* A URL for a fresh database in the folder. */
static const char *fresh(const char *folder, char *url, size_t size)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	char path[512];

	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof path, "%s/bench.db%s", folder, suffixes[i]);
		unlink(path);
	}
	snprintf(url, size, "sqlite:%s/bench.db", folder);
	return url;
}

int main(int argc, char **argv)
{
	static const char *const strategies[] = { "random", "grid", "sobol", "tpe", "cmaes" };
	static const char *const models[] = { "gp", "forest", "auto" };
	const char *folder = argc > 1 ? argv[1] : ".";
	char url[512];

	if (argc > 2 && strcmp(argv[1], "--first-ask") == 0)
		return first_ask(argv[2]);
	if (argc > 2 && strcmp(argv[1], "--memory") == 0)
		return memory();

	measure_apart(argv[0], "--first-ask");
	measure_apart(argv[0], "--memory");
	clock_used = CLOCK_PROCESS_CPUTIME_ID;
	for (size_t i = 0; i < sizeof strategies / sizeof *strategies; i++)
		measure_cost(strategies[i], "memory:", "memory", decades, LARGE);
	for (size_t i = 0; i < sizeof models / sizeof *models; i++)
		measure_cost(models[i], "memory:", "memory", of_models, 1000);
	measure_whole("tpe", 1000, "1,000");
	measure_whole("cmaes", 1000, "1,000");
	measure_whole("cmaes", 100000, "100,000");
	measure_whole("nsga2", 1000, "1,000");
	measure_whole("nsga2", 100000, "100,000");
	clock_used = CLOCK_MONOTONIC;
	for (size_t i = 0; i < sizeof strategies / sizeof *strategies; i++)
		measure_cost(strategies[i], fresh(folder, url, sizeof url), "sqlite", decades,
			     1000);
	measure_database(fresh(folder, url, sizeof url));
	measure_reports("memory:", "memory", 100000);
	measure_reports(fresh(folder, url, sizeof url), "sqlite", 100000);
	fresh(folder, url, sizeof url);
	return EXIT_SUCCESS;
}
