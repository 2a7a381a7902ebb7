/*
 * The joint Parzen estimator on the unit cube, for mixed and conditional axes.
 *
 * A mixture has one component an observation and one that is uniform. A
 * component is a product of kernels over the axes that were active in its
 * observation; on the others, and in the uniform component everywhere, it has
 * the uniform density. Densities are relative to the uniform one, so that an
 * axis without information contributes a factor of 1.
 *
 * With `separate` axes the density is the product of one mixture an axis: what is good on one
 * axis is believed to be good whatever the others are.
 *
 * Kernels: a normal truncated to [0, 1] for a continuum; its mass in the cell
 * for ordered cells that are few, its density at the cell's centre for those
 * that are many; for a category, its own value or, with probability `blur`,
 * any. All components share the width of an axis, so what normalises them is
 * tabulated once a width, not computed once a component.
 */
#ifndef HPO_MODEL_PARZEN_H
#define HPO_MODEL_PARZEN_H

#include "space/space.h"

struct hpo_parzen_axis; /* private */

/* The axes, shared by the mixtures over them, which it must outlive. */
struct hpo_parzen_frame {
	const hpo_space_t *space;
	size_t dims;
	struct hpo_parzen_axis *axes; /* [d] */
};

hpo_status_t hpo__parzen_frame_init(struct hpo_parzen_frame *frame, const hpo_space_t *space,
				    hpo_error_t *error);
void hpo__parzen_frame_release(struct hpo_parzen_frame *frame);

struct hpo_parzen_column; /* private */

/* As many points are asked about at once: what is read of the components then serves all. */
enum { HPO__PARZEN_POINTS = 8 };

/* A point [d], its cells [d] (ignored for a continuum), and which axes are active [d] in it. */
struct hpo_parzen_point {
	const double *point;
	const uint64_t *cells;
	const uint8_t *active;
};

struct hpo_parzen {
	const struct hpo_parzen_frame *frame;
	size_t capacity;                   /* components that fit, a multiple of the padding */
	size_t count;                      /* observations added */
	int separate;                      /* axes are independent, a mixture each; 0 at first */
	size_t padded;                     /* components with the uniform one, rounded up */
	double *weight;                    /* [capacity], then its running sums */
	double *start;                     /* [capacity], log weights */
	double *terms;                     /* [HPO__PARZEN_POINTS + 1][capacity], scratch */
	struct hpo_parzen_column *columns; /* [d] */
};

/* A mixture of at most `most` observations. */
hpo_status_t hpo__parzen_init(struct hpo_parzen *mixture, const struct hpo_parzen_frame *frame,
			      size_t most, hpo_error_t *error);
void hpo__parzen_release(struct hpo_parzen *mixture);

/* Begin again without observations. */
void hpo__parzen_clear(struct hpo_parzen *mixture);

/* Add an observation, point [d] and active [d], of a weight above 0; at most `most` of them. */
void hpo__parzen_add(struct hpo_parzen *mixture, const double *point, const uint8_t *active,
		     double weight);

/* How wide kernels are. */
struct hpo_parzen_widths {
	double prior;           /* weight of the uniform component, above 0 */
	const double *sigma;    /* [d] standard deviation, of the unit; rounded to a ladder of widths */
	const double *blur;     /* [d] for categories: 0 … 1 */
};

/* Normalise, after the last observation and before the two below. */
hpo_status_t hpo__parzen_finish(struct hpo_parzen *mixture, const struct hpo_parzen_widths *widths,
				hpo_error_t *error);

/* Draw a point [d] of the cube; it is not snapped to cells. */
void hpo__parzen_sample(const struct hpo_parzen *mixture, hpo_rng_t *rng, double *point);

/*
 * The log densities at 1 to HPO__PARZEN_POINTS points, each over the axes that are
 * active in it, and each the same whatever the others are. The exponential inside
 * has a relative error below 1e-10.
 */
void hpo__parzen_log_densities(struct hpo_parzen *mixture, const struct hpo_parzen_point *points,
			       size_t count, double *log_density);

#endif
