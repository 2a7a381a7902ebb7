/*
 * JSON text as tokens (RFC 8259).
 */
#ifndef HPO_BASE_TOKEN_H
#define HPO_BASE_TOKEN_H

#include "base/buffer.h"

typedef enum hpo_token {
	HPO__TOKEN_END,
	HPO__TOKEN_MARK, /* one of {}[]:, */
	HPO__TOKEN_NULL,
	HPO__TOKEN_TRUE,
	HPO__TOKEN_FALSE,
	HPO__TOKEN_INTEGER,
	HPO__TOKEN_REAL,
	HPO__TOKEN_TEXT,
	HPO__TOKEN_BAD /* `problem` says why; memory ran out when it is NULL */
} hpo_token_t;

struct hpo_scanner {
	const char *start; /* of the whole text */
	const char *at;    /* what is read next */
	const char *end;
	const char *token_start; /* of the token at hand, for the place in a sentence */

	hpo_token_t token; /* the token at hand, and what it holds: */
	char mark;
	int64_t integer;
	double real;
	struct hpo_buffer text; /* decoded UTF-8 without a zero byte */
	const char *problem;
};

/* `text` is borrowed until the release, and need not end in a zero byte. */
void hpo__scanner_init(struct hpo_scanner *scanner, const char *text, size_t size);

/* Go to the next token, the first at first. After END and BAD it stays there. */
void hpo__scanner_next(struct hpo_scanner *scanner);

/* Where the token at hand begins, counted from 1; columns are bytes. */
void hpo__scanner_place(const struct hpo_scanner *scanner, size_t *line, size_t *column);

void hpo__scanner_release(struct hpo_scanner *scanner);

#endif
