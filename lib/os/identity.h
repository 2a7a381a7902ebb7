/*
 * Who this process is, so that another can tell whether it still lives.
 */
#ifndef HPO_OS_IDENTITY_H
#define HPO_OS_IDENTITY_H

#include <stddef.h>
#include <stdint.h>

struct hpo_identity {
	char host[256];   /* name of the machine */
	char boot[64];    /* id of its boot */
	int64_t pid;      /* process */
	int64_t started;  /* of the process, in clock ticks since boot */
};

/* This process, now (after a fork too). */
void hpo__identity_self(struct hpo_identity *out);

/* This process for people, "host:pid", into text [HPO__IDENTITY_NAME]. */
enum { HPO__IDENTITY_NAME = 96 };
void hpo__identity_name(char *text, size_t size);

enum hpo_liveness {
	HPO__LIVES,   /* it certainly runs */
	HPO__DEAD,    /* it certainly does not: same machine, other boot or no such process */
	HPO__UNKNOWN  /* it is on another machine */
};

enum hpo_liveness hpo__identity_check(const struct hpo_identity *who);

#endif
