/*
 * Where a ClearML task keeps the last value of a metric.
 */
#ifndef HPO_BACKEND_CLEARML_METRIC_PATH_H
#define HPO_BACKEND_CLEARML_METRIC_PATH_H

enum { HPO__MD5_SIZE = 33 }; /* of the text of a sum, terminated */

/* The MD5 of a text's bytes, in lower-case hexadecimal. */
void hpo__clearml_md5(const char *text, char sum[HPO__MD5_SIZE]);

/* "last_metrics.<md5 of the title>.<md5 of the series>"; the caller's, NULL without memory. */
char *hpo__clearml_metric_path(const char *title, const char *series);

#endif
