/* Tunes XGBoost in process through its C API; trials that lag behind end early. */
#include <hpo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xgboost/c_api.h>

enum { ROWS = 569, COLUMNS = 30, ROUNDS = 81 };

static hpo_error_t error;
static DMatrixHandle train, validation;

static void die_if(int failed, const char *sentence)
{
	if (!failed)
		return;
	fprintf(stderr, "%s\n", sentence);
	exit(EXIT_FAILURE);
}

static void check(hpo_status_t status) { die_if(status < 0, error.message); }
static void xgb(int status) { die_if(status != 0, XGBGetLastError()); }

/* Every third tumour validates, the others train. */
static void read_data(const char *path)
{
	static float x[2][ROWS * COLUMNS], y[2][ROWS];
	DMatrixHandle *matrix[2] = {&train, &validation};
	size_t count[2] = {0, 0};
	FILE *file = fopen(path, "r");

	die_if(file == NULL || fscanf(file, "%*[^\n]") != 0, "the data is not there");
	for (size_t row = 0; row < ROWS; row++) {
		int part = row % 3 == 0;
		size_t to = count[part]++;

		for (size_t c = 0; c <= COLUMNS; c++)
			die_if(fscanf(file, "%f,", c < COLUMNS ? &x[part][to * COLUMNS + c]
							       : &y[part][to]) != 1,
			       "a number is missing in the data");
	}
	fclose(file);
	for (int part = 0; part < 2; part++) {
		xgb(XGDMatrixCreateFromMat(x[part], count[part], COLUMNS, -1, matrix[part]));
		xgb(XGDMatrixSetFloatInfo(*matrix[part], "label", y[part], count[part]));
	}
}

/* Names and texts come just as XGBoost takes them. */
static hpo_status_t set_param(const char *name, const char *value, void *booster)
{
	xgb(XGBoosterSetParam(booster, name, value));
	return HPO_OK;
}

/* Train with the trial's settings, or XGBoost's own for NULL. *stopped: the trial lagged behind. */
static double boost(hpo_trial_t *trial, int *stopped)
{
	const char *name = "validation";
	BoosterHandle booster;
	double loss = 0;

	xgb(XGBoosterCreate(&train, 1, &booster));
	set_param("objective", "binary:logistic", booster);
	set_param("eval_metric", "logloss", booster);
	set_param("nthread", "1", booster);
	if (trial != NULL)
		check(hpo_trial_each_param(trial, set_param, booster, &error));
	*stopped = 0;
	for (int round = 0; round < ROUNDS && !*stopped; round++) {
		const char *line; /* "[7]	validation-logloss:0.123" */

		xgb(XGBoosterUpdateOneIter(booster, round, train));
		xgb(XGBoosterEvalOneIter(booster, round, &validation, &name, 1, &line));
		loss = strtod(strrchr(line, ':') + 1, NULL);
		if (trial != NULL) {
			check(hpo_trial_report(trial, round + 1, loss, &error));
			*stopped = round + 1 < ROUNDS && hpo_trial_should_stop(trial);
		}
	}
	xgb(XGBoosterFree(booster));
	return loss;
}

int main(int argc, char **argv)
{
	static const char study[] =
		"{\"objectives\": [{\"series\": \"logloss\", \"goal\": \"min\"}], \"parameters\": ["
		" {\"name\": \"eta\", \"type\": \"float\", \"low\": 0.01, \"high\": 1, \"scale\": \"log\"},"
		" {\"name\": \"max_depth\", \"type\": \"int\", \"low\": 1, \"high\": 8},"
		" {\"name\": \"subsample\", \"type\": \"float\", \"low\": 0.3, \"high\": 1},"
		" {\"name\": \"lambda\", \"type\": \"float\", \"low\": 0.01, \"high\": 10, \"scale\": \"log\"}],"
		" \"strategy\": {\"name\": \"tpe\", \"seed\": 1}, \"pruner\": {\"name\": \"asha\"},"
		" \"limits\": {\"trials\": 30, \"min_iterations\": 3, \"max_iterations\": 81}}";
	hpo_progress_t progress = {.struct_size = sizeof progress};
	hpo_optimizer_t *optimizer;
	hpo_trial_t *trial;
	hpo_status_t status;
	double defaults, loss;
	int stopped;

	read_data(argc > 1 ? argv[1] : "examples/data/breast_cancer.csv");
	defaults = boost(NULL, &stopped);
	check(hpo_optimizer_from_json(&optimizer, study, &error));
	while ((status = hpo_optimizer_ask(optimizer, &trial, &error)) == HPO_OK) {
		loss = boost(trial, &stopped);
		check(stopped ? hpo_trial_prune(trial, &error) : hpo_trial_tell(trial, &loss, 1, &error));
		hpo_trial_free(trial);
	}
	check(status);
	check(hpo_optimizer_progress(optimizer, &progress, &error));
	printf("logloss %.3f with the defaults, %.3f with the best; %d of 30 trials ended early\n",
	       defaults, progress.best_value, (int)progress.pruned);
	hpo_optimizer_free(optimizer);
	xgb(XGDMatrixFree(train) + XGDMatrixFree(validation));
	return progress.best_value < defaults ? EXIT_SUCCESS : EXIT_FAILURE;
}
