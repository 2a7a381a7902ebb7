/*
 * Figures of a study, as Plotly understands them: {"data":[…],"layout":{…}}.
 *
 * All are drawn from one frame: the records, the trials in their order, the
 * parameters as columns, and the trials that are shown where there are more
 * than a page can bear. A figure of 10,000 trials takes some 200 KB at most.
 * Text from elsewhere is escaped, because Plotly reads a little HTML; what is
 * not finite is null or absent.
 */
#ifndef HPO_REPORT_FIGURE_H
#define HPO_REPORT_FIGURE_H

#include "report/order.h"
#include "space/codec.h"

/* A figure takes so many bytes at most, as long as no name or choice is very long. */
enum { HPO__FIGURE_BYTES = 188000, HPO__FIGURE_POINTS = 1000 };

/* A parameter as people know it: the axes that bear its name, of which one is active at most. */
struct hpo_column {
	const char *name; /* the space's */
	size_t axis;      /* the first; the others follow by hpo_frame.next */
	double share;     /* of importance, 0 where nothing is known */
	bool is_number;   /* every axis is a float or an int */
	bool is_log;      /* and all of them are on a log scale */
	size_t choices;   /* else: of all axes, one after the other; 1 of an axis of numbers */
};

struct hpo_frame {
	const hpo_records_t *records;
	double now_s;               /* seconds since 1970, by which running trials are drawn */
	struct hpo_order order;
	size_t *next;               /* [d]: the next axis of the same name; itself at the end */
	struct hpo_column *columns; /* [column_count], by name */
	const struct hpo_column **by_share; /* [column_count], the most important first */
	size_t column_count;
	const struct hpo_column *x, *y; /* what a figure of two parameters shows; NULL: choose */
};

/* Release also after a failure. now_s 0: the last moment that the records know of. */
hpo_status_t hpo__frame_init(struct hpo_frame *frame, const hpo_records_t *records, double now_s,
			     hpo_error_t *error);
void hpo__frame_release(struct hpo_frame *frame);

/* The axis of a column that is active in a trial, -1 for none. */
ptrdiff_t hpo__frame_axis(const struct hpo_frame *frame, const struct hpo_column *column,
			  const struct hpo_record *trial);
/* Which of the column's choices a trial has; -1 for none. Not for a column of numbers. */
int64_t hpo__frame_choice(const struct hpo_frame *frame, const struct hpo_column *column,
			  const struct hpo_record *trial);
/* The value of a column of numbers; NaN for none. */
double hpo__frame_number(const struct hpo_frame *frame, const struct hpo_column *column,
			 const struct hpo_record *trial);
/* Append the text of one of the column's choices. */
void hpo__frame_choice_text(const struct hpo_frame *frame, const struct hpo_column *column,
			    int64_t choice, struct hpo_buffer *out);

/*
 * The best by one objective, NULL for none: the recommended trial where there is one goal, else
 * the extremum of the completed trials.
 */
const struct hpo_record *hpo__frame_best(const struct hpo_frame *frame, size_t objective);

/*
 * At most `most` of the trials that have values, indices ascending in list [most]: a quarter of
 * them the best, the others evenly from all.
 */
hpo_status_t hpo__frame_pick(const struct hpo_frame *frame, size_t most, size_t **list,
			     size_t *count, hpo_error_t *error);

/*
 * Indices into values [n], ascending, of at most `most` of them (4 or more) that
 * look as all do: the first, the last, and of each stretch between the least and
 * the greatest. *count says how many are in picks [most].
 */
void hpo__figure_thin(const double *values, size_t n, size_t most, size_t *picks, size_t *count);
/* Append ,"key":[…] of numbers, of which picks [count] are taken; picks NULL: the first. */
void hpo__figure_numbers(struct hpo_buffer *out, const char *key, const double *values,
			 const size_t *picks, size_t count);
/* Append ,"customdata":[…]: the numbers of the trials, so that a point knows whose it is. */
void hpo__figure_trials(struct hpo_buffer *out, const size_t *trials, const size_t *picks,
			size_t count);
/* Append one value of a column: a number, or the choice's text. */
void hpo__figure_value(const struct hpo_frame *frame, const struct hpo_column *column,
		       const struct hpo_record *trial, struct hpo_buffer *out);
/* Append "type":… of the axis of a column; choices stand in the order of the space. */
void hpo__figure_axis_type(const struct hpo_frame *frame, const struct hpo_column *column,
			   struct hpo_buffer *out);
/* Append "title":{"text":…}, and that. */
void hpo__figure_axis(const struct hpo_frame *frame, const struct hpo_column *column,
		      struct hpo_buffer *out);
/* "2026-03-01T12:00:00.250Z", quoted. */
void hpo__figure_moment(struct hpo_buffer *out, double seconds);

/* Append a number rounded to seven digits; integers whole, what is not finite as null. */
void hpo__figure_real(struct hpo_buffer *out, double value);
/* Append text for a place where Plotly reads HTML, cut after `most` characters; not quoted. */
void hpo__figure_escape(struct hpo_buffer *out, const char *text, size_t most);
/* The same as a JSON string. */
void hpo__figure_text(struct hpo_buffer *out, const char *text, size_t most);

/* What is known of a figure. */
struct hpo_figure {
	const char *name;   /* "objective" */
	const char *title;  /* "Optimization Objective" */
	bool per_objective; /* one for each; its series is the objective's key then, else "" */
	bool pair;          /* of two parameters */
	bool is_published;  /* a run shows it to those who watch its backend */
	/* Whether a study can have it; NULL: every study. */
	bool (*fits)(const struct hpo_records *records);
	/* Append the figure; *points is how much there is to see. */
	hpo_status_t (*draw)(const struct hpo_frame *frame, size_t objective,
			     struct hpo_buffer *out, size_t *points, hpo_error_t *error);
};

extern const struct hpo_figure hpo__figure_objective, hpo__figure_parallel,
	hpo__figure_importance, hpo__figure_slice, hpo__figure_timeline, hpo__figure_history,
	hpo__figure_contour, hpo__figure_rank, hpo__figure_edf, hpo__figure_intermediate,
	hpo__figure_pareto, hpo__figure_hypervolume;

/* All of them, ended by NULL. */
extern const struct hpo_figure *const hpo__figures[];

#endif
