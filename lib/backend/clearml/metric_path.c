/*
 * Where a ClearML task keeps the last value of a metric: by the MD5 of its title
 * and of its series, since names may hold what a path may not.
 */
#include "backend/clearml/metric_path.h"

#include "base/buffer.h"

#include <md5.h>
#include <string.h>

void hpo__clearml_md5(const char *text, char sum[HPO__MD5_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	uint8_t digest[MD5_DIGEST_LENGTH];
	MD5_CTX context;

	MD5Init(&context);
	MD5Update(&context, (const uint8_t *)text, strlen(text));
	MD5Final(digest, &context);
	for (size_t i = 0; i < MD5_DIGEST_LENGTH; i++) {
		sum[2 * i] = digits[digest[i] >> 4];
		sum[2 * i + 1] = digits[digest[i] & 15];
	}
	sum[HPO__MD5_SIZE - 1] = '\0';
}

char *hpo__clearml_metric_path(const char *title, const char *series)
{
	struct hpo_buffer path = HPO__BUFFER_INIT;
	char sums[2][HPO__MD5_SIZE];

	hpo__clearml_md5(title, sums[0]);
	hpo__clearml_md5(series, sums[1]);
	hpo__buffer_format(&path, "last_metrics.%s.%s", sums[0], sums[1]);
	return hpo__buffer_take(&path);
}
