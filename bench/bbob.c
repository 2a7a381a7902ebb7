/*
 * How good strategies are on the 24 functions of bench/functions/bbob.h, through the
 * public API. For each number of dimensions it prints, for each strategy,
 *
 *   mean       the mean over functions of (the strategy's mean regret / the mean
 *              regret of random search), both over the same seeds; a regret is
 *              the best value found minus the optimum's
 *   geometric  the geometric mean of the same ratios, each at least 1e-8
 *   f1-5 …     the mean over each group of functions
 *   ms         milliseconds that the library took a trial
 *
 * Each seed is an instance of its own. 0 is the optimum, 1 as good as random.
 */
#include "functions/bbob.h"

#include "hpo.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_STRATEGIES = 32, MOST_DIMENSIONS = 16, GROUPS = 5 };

/* The last function of each group, as the report groups them. */
static const int group_ends[GROUPS] = { 5, 9, 14, 19, 24 };

static const char usage[] =
	"usage: bbob [--strategies NAME,…] [--dims D,…] [--budget N] [--seeds N] [--functions F,…]\n"
	"            [--each]\n"
	"\n"
	"  --strategies  default tpe; settings as in a study file after a slash, separated by\n"
	"                semicolons: 'cmaes/\"sigma\":0.2;\"population\":6'\n"
	"  --dims        default 2,5,10,20; 2 to 40\n"
	"  --budget      trials a run; default 100 in 2 dimensions, 200 in more\n"
	"  --seeds       runs of each strategy on each function; default 5\n"
	"  --functions   default all, 1 to 24\n"
	"  --each        print the ratio of each function too\n";

struct plan {
	char *strategies[MOST_STRATEGIES]; /* the first is random */
	size_t strategy_count;
	long dims[MOST_DIMENSIONS];
	size_t dims_count;
	long functions[BBOB_FUNCTIONS];
	size_t function_count;
	long budget, seeds;
	int each;
	int chosen; /* strategies were named */
};

/* What one strategy reached in one number of dimensions. */
struct result {
	double regret[BBOB_FUNCTIONS + 1]; /* mean over seeds */
	double spent_s;
};

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* A benchmark that cannot measure has nothing to go on with. */
static void must(hpo_status_t status, const hpo_error_t *error)
{
	if (status == HPO_OK)
		return;
	fprintf(stderr, "bbob: %s: %s\n", hpo_status_text(status), error->message);
	exit(EXIT_FAILURE);
}

static void append(char *text, size_t size, const char *more)
{
	size_t used = strlen(text);

	snprintf(text + used, size - used, "%s", more);
}

/* The study file of one run. */
static void write_study(char *text, size_t size, const char *strategy, size_t dims, long budget,
			long seed)
{
	const char *settings = strchr(strategy, '/');
	int name = settings != NULL ? (int)(settings - strategy) : (int)strlen(strategy);
	char part[512];

	snprintf(part, sizeof part, "{\"strategy\":{\"name\":\"%.*s\",\"seed\":%ld", name, strategy,
		 seed);
	*text = '\0';
	append(text, size, part);
	if (settings != NULL) {
		snprintf(part, sizeof part, ",%s", settings + 1);
		for (char *c = part; *c != '\0'; c++)
			*c = *c == ';' ? ',' : *c;
		append(text, size, part);
	}
	append(text, size, "},\"objectives\":[{\"series\":\"value\",\"goal\":\"min\"}],\"parameters\":[");
	for (size_t i = 0; i < dims; i++) {
		snprintf(part, sizeof part,
			 "%s{\"name\":\"x%zu\",\"type\":\"float\",\"low\":-5,\"high\":5}",
			 i > 0 ? "," : "", i);
		append(text, size, part);
	}
	snprintf(part, sizeof part, "],\"limits\":{\"trials\":%ld}}", budget);
	append(text, size, part);
}

static double evaluate(const struct bbob *problem, const hpo_trial_t *trial)
{
	double x[BBOB_DIMS];
	hpo_error_t error;

	for (size_t i = 0; i < problem->dims; i++) {
		char name[32];

		snprintf(name, sizeof name, "x%zu", i);
		must(hpo_trial_get_float(trial, name, &x[i], &error), &error);
	}
	return bbob_value(problem, x);
}

/* The regret after `budget` trials. */
static double run(const char *strategy, const struct bbob *problem, long budget, long seed,
		  double *spent_s)
{
	static char study[8192];
	hpo_optimizer_t *optimizer = NULL;
	hpo_error_t error;
	double best = INFINITY;

	write_study(study, sizeof study, strategy, problem->dims, budget, seed);
	must(hpo_optimizer_from_json(&optimizer, study, &error), &error);
	for (long n = 0; n < budget; n++) {
		hpo_trial_t *trial = NULL;
		double begin = now_s();
		double value;

		must(hpo_optimizer_ask(optimizer, &trial, &error), &error);
		*spent_s += now_s() - begin;
		value = evaluate(problem, trial);
		best = value < best ? value : best;
		begin = now_s();
		must(hpo_trial_tell(trial, &value, 1, &error), &error);
		hpo_trial_free(trial);
		*spent_s += now_s() - begin;
	}
	hpo_optimizer_free(optimizer);
	return best;
}

static long budget_of(const struct plan *plan, size_t dims)
{
	return plan->budget > 0 ? plan->budget : dims <= 2 ? 100 : 200;
}

/* The definitions are held to what they promise. */
static void check_optimum(const struct bbob *problem)
{
	double regret = bbob_value(problem, problem->optimum);

	if (fabs(regret) < 1e-9)
		return;
	fprintf(stderr, "bbob: f%d is %g at its optimum\n", problem->function, regret);
	exit(EXIT_FAILURE);
}

static struct result measure(const struct plan *plan, const char *strategy, size_t dims)
{
	static struct bbob problem;
	struct result result = { .spent_s = 0 };

	for (size_t k = 0; k < plan->function_count; k++) {
		int function = (int)plan->functions[k];
		double sum = 0;

		for (long seed = 1; seed <= plan->seeds; seed++) {
			bbob_init(&problem, function, dims, (uint64_t)seed);
			check_optimum(&problem);
			sum += run(strategy, &problem, budget_of(plan, dims), seed,
				   &result.spent_s);
		}
		result.regret[function] = sum / (double)plan->seeds;
	}
	return result;
}

static double ratio(const struct result *result, const struct result *random, int function)
{
	return result->regret[function] / random->regret[function];
}

/* The mean ratio over the chosen functions from `first` to `last`; NaN if none was chosen. */
static double mean_ratio(const struct plan *plan, const struct result *result,
			 const struct result *random, int first, int last)
{
	double sum = 0;
	int count = 0;

	for (size_t k = 0; k < plan->function_count; k++) {
		if (plan->functions[k] < first || plan->functions[k] > last)
			continue;
		sum += ratio(result, random, (int)plan->functions[k]);
		count++;
	}
	return count > 0 ? sum / count : NAN;
}

static double geometric_ratio(const struct plan *plan, const struct result *result,
			      const struct result *random)
{
	double sum = 0;

	for (size_t k = 0; k < plan->function_count; k++)
		sum += log(fmax(1e-8, ratio(result, random, (int)plan->functions[k])));
	return exp(sum / (double)plan->function_count);
}

static void print_row(const struct plan *plan, const char *strategy, size_t dims,
		      const struct result *result, const struct result *random)
{
	double trials = (double)plan->function_count * (double)plan->seeds *
			(double)budget_of(plan, dims);
	int first = 1;

	printf("%-16s %9.4f %9.4f", strategy,
	       mean_ratio(plan, result, random, 1, BBOB_FUNCTIONS),
	       geometric_ratio(plan, result, random));
	for (int g = 0; g < GROUPS; g++) {
		printf(" %8.4f", mean_ratio(plan, result, random, first, group_ends[g]));
		first = group_ends[g] + 1;
	}
	printf(" %8.3f\n", result->spent_s / trials * 1e3);
	fflush(stdout);
}

static void print_each(const struct plan *plan, const struct result *results)
{
	for (size_t k = 0; k < plan->function_count; k++) {
		int function = (int)plan->functions[k];

		printf("  f%-2d %-20s %10.4g", function, bbob_name(function),
		       results[0].regret[function]);
		for (size_t s = 1; s < plan->strategy_count; s++)
			printf(" %9.4f", ratio(&results[s], &results[0], function));
		printf("\n");
	}
}

static void measure_dimension(const struct plan *plan, size_t dims)
{
	static struct result results[MOST_STRATEGIES];

	printf("%zu dimensions, %ld trials, %ld seeds\n%-16s %9s %9s %8s %8s %8s %8s %8s %8s\n", dims,
	       budget_of(plan, dims), plan->seeds, "", "mean", "geometric", "f1-5", "f6-9", "f10-14",
	       "f15-19", "f20-24", "ms");
	for (size_t s = 0; s < plan->strategy_count; s++) {
		results[s] = measure(plan, plan->strategies[s], dims);
		print_row(plan, plan->strategies[s], dims, &results[s], &results[0]);
	}
	if (plan->each)
		print_each(plan, results);
	printf("\n");
}

static void refuse(const char *what)
{
	fprintf(stderr, "bbob: %s\n%s", what, usage);
	exit(2);
}

/* Numbers between commas, each from `low` to `high`. */
static size_t read_numbers(const char *text, long low, long high, long *out, size_t most)
{
	size_t count = 0;

	for (;;) {
		char *end = NULL;

		if (count == most)
			refuse("too many numbers");
		out[count] = strtol(text, &end, 10);
		if (end == text || out[count] < low || out[count] > high)
			refuse("a number is missing or out of range");
		count++;
		if (*end != ',')
			break;
		text = end + 1;
	}
	return count;
}

static void read_strategies(struct plan *plan, char *text)
{
	for (char *name = strtok(text, ","); name != NULL; name = strtok(NULL, ",")) {
		if (plan->strategy_count == MOST_STRATEGIES)
			refuse("too many strategies");
		if (strcmp(name, "random") != 0)
			plan->strategies[plan->strategy_count++] = name;
	}
	plan->chosen = 1;
}

static void read_option(struct plan *plan, const char *name, char *value)
{
	if (strcmp(name, "--strategies") == 0)
		read_strategies(plan, value);
	else if (strcmp(name, "--dims") == 0)
		plan->dims_count = read_numbers(value, 2, BBOB_DIMS, plan->dims, MOST_DIMENSIONS);
	else if (strcmp(name, "--budget") == 0)
		read_numbers(value, 1, 1000000, &plan->budget, 1);
	else if (strcmp(name, "--seeds") == 0)
		read_numbers(value, 1, 1000, &plan->seeds, 1);
	else if (strcmp(name, "--functions") == 0)
		plan->function_count = read_numbers(value, 1, BBOB_FUNCTIONS, plan->functions,
						    BBOB_FUNCTIONS);
	else
		refuse("unknown option");
}

int main(int argc, char **argv)
{
	static char random_name[] = "random";
	static char tpe_name[] = "tpe";
	struct plan plan = { .strategies = { random_name }, .strategy_count = 1,
			     .dims = { 2, 5, 10, 20 }, .dims_count = 4, .seeds = 5 };

	for (long f = 0; f < BBOB_FUNCTIONS; f++)
		plan.functions[plan.function_count++] = f + 1;
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0)
			return fputs(usage, stdout) < 0;
		if (strcmp(argv[i], "--each") == 0)
			plan.each = 1;
		else if (i + 1 < argc)
			read_option(&plan, argv[i], argv[i + 1]), i++;
		else
			refuse("an option without its value");
	}
	if (!plan.chosen)
		plan.strategies[plan.strategy_count++] = tpe_name;

	for (size_t k = 0; k < plan.dims_count; k++)
		measure_dimension(&plan, (size_t)plan.dims[k]);
	return EXIT_SUCCESS;
}
