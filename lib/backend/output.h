/*
 * The log of a trial: what its task prints, in <folder>/<number>.log. Trouble
 * with it never stops a trial.
 */
#ifndef HPO_BACKEND_OUTPUT_H
#define HPO_BACKEND_OUTPUT_H

#include <stddef.h>
#include <stdint.h>

/* What a log holds at most, all attempts of its trial together. */
enum { HPO__OUTPUT_LIMIT_BYTES = 16 * 1024 * 1024 };

struct hpo_output {
	int fd;	      /* -1: nothing is kept, or not any more */
	int64_t size; /* bytes in the file */
	int failure;  /* an errno, once it could not be opened or written; else 0 */
};

#define HPO__OUTPUT_INIT                                                                           \
	{                                                                                          \
		-1, 0, 0                                                                           \
	}

/* Open the log; what an earlier attempt left stays, with a line between. Makes the folder. */
void hpo__output_open(struct hpo_output *output, const char *folder, int64_t trial,
		      int32_t attempt);
void hpo__output_write(struct hpo_output *output, const char *bytes, size_t size);
void hpo__output_close(struct hpo_output *output);

#endif
