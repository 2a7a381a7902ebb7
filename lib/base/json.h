/*
 * JSON trees, over jansson, which nobody else in lib/ includes. Reading goes
 * through a cursor that knows its path, so that every refusal can name it:
 * "parameters[3].low: expected a number, got a string".
 */
#ifndef HPO_BASE_JSON_H
#define HPO_BASE_JSON_H

#include "base/buffer.h"

/* A tree or a part of one; borrowed unless said otherwise. */
typedef struct hpo_json hpo_json_t;

typedef enum hpo_json_kind {
	HPO__JSON_NULL,
	HPO__JSON_BOOL,
	HPO__JSON_INTEGER,
	HPO__JSON_REAL,
	HPO__JSON_TEXT,
	HPO__JSON_ARRAY,
	HPO__JSON_OBJECT
} hpo_json_kind_t;

/*
 * Parse all of `text`, any value. Duplicate keys, trailing text, nesting beyond
 * 200 levels, integers beyond 64 bits, zero bytes and what is not UTF-8 are
 * refused; `what` names the text in the sentence, before line and column. *out
 * is the caller's: hpo__json_free().
 */
hpo_status_t hpo__json_parse(hpo_json_t **out, const char *text, size_t size, const char *what,
			     hpo_error_t *error);
void hpo__json_free(hpo_json_t *json);
/* A part of a tree, kept when the whole is freed; the caller's. */
hpo_json_t *hpo__json_keep(const hpo_json_t *json);

hpo_json_kind_t hpo__json_kind(const hpo_json_t *json); /* of NULL: null */
/* "a number", "an object", … for sentences. */
const char *hpo__json_kind_name(hpo_json_kind_t kind);
const char *hpo__json_kind_text(const hpo_json_t *json); /* of NULL: nothing */
size_t hpo__json_size(const hpo_json_t *json); /* of an array or object, else 0 */
const hpo_json_t *hpo__json_get(const hpo_json_t *object, const char *key); /* NULL when absent */
const hpo_json_t *hpo__json_item(const hpo_json_t *array, size_t index);
const char *hpo__json_text(const hpo_json_t *json); /* NULL unless a text; it has no zero byte */
double hpo__json_real(const hpo_json_t *json);      /* of any number, else NaN */
int64_t hpo__json_integer(const hpo_json_t *json);  /* of an integer, else 0 */
bool hpo__json_is_true(const hpo_json_t *json);
bool hpo__json_is_number(const hpo_json_t *json);
/* Call fn for each member of an object, in the order of the text, until it fails. */
hpo_status_t hpo__json_each(const hpo_json_t *object,
			    hpo_status_t (*fn)(const char *key, const hpo_json_t *value, void *user),
			    void *user);
/* Append the tree as compact JSON, members in their order. */
void hpo__json_write(const hpo_json_t *json, struct hpo_buffer *out);

/*
 * A cursor: a node and the way to it. Cheap to copy; `up` must outlive it.
 */
struct hpo_json_at {
	const hpo_json_t *node;        /* NULL: absent */
	const struct hpo_json_at *up;  /* NULL at the root */
	const char *key;               /* in an object; NULL in an array or at the root */
	size_t index;                  /* in an array */
};

struct hpo_json_at hpo__json_root(const hpo_json_t *json);
struct hpo_json_at hpo__json_member(const struct hpo_json_at *at, const char *key);
struct hpo_json_at hpo__json_element(const struct hpo_json_at *at, size_t index);

/*
 * Fail with HPO_EINVAL and "<path>: <sentence>". At the root, which has no path,
 * its `key` is what the text is called: "the study file" while that is NULL.
 */
hpo_status_t hpo__json_refuse(const struct hpo_json_at *at, hpo_error_t *error,
			      const char *format, ...) HPO__PRINTF(3, 4);

/*
 * Typed reads. An absent node leaves *out as it is (that is the default) and is
 * HPO_OK; a node of another kind is refused, naming path, kind and what would be
 * right. An integer may be written as a real, 1e3, of up to 2^53.
 */
hpo_status_t hpo__json_read_text(const struct hpo_json_at *at, const char **out,
				 hpo_error_t *error);
hpo_status_t hpo__json_read_real(const struct hpo_json_at *at, double *out, hpo_error_t *error);
hpo_status_t hpo__json_read_integer(const struct hpo_json_at *at, int64_t *out, hpo_error_t *error);
hpo_status_t hpo__json_read_bool(const struct hpo_json_at *at, bool *out, hpo_error_t *error);
/* Refuse any kind but the given one (an absent node too). */
hpo_status_t hpo__json_expect(const struct hpo_json_at *at, hpo_json_kind_t kind,
			      hpo_error_t *error);
/* Refuse a member whose key is not in `known` (ended by NULL), suggesting the nearest. */
hpo_status_t hpo__json_only(const struct hpo_json_at *at, const char *const *known,
			    hpo_error_t *error);

/* The entry of `known` (ended by NULL) that is nearest to `text`; NULL when none is near. */
const char *hpo__nearest(const char *text, const char *const *known);

#endif
