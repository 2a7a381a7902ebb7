/*
 * What a point with several uncertain losses promises: the logarithm of the
 * expected growth of the volume that the front dominates.
 *
 * The losses are independent and normal. Then the expected growth is the integral of the
 * product of their distribution functions over the region that the front does not
 * dominate: in a box of it a product of differences of expected improvements.
 */
#ifndef HPO_MODEL_GP_FRONT_H
#define HPO_MODEL_GP_FRONT_H

#include "hpo/status.h"
#include "math/boxes.h"

#include <stdint.h>

enum {
	HPO__FRONT_MOST = 128, /* points that count: of more, those that lie farthest apart */
	HPO__FRONT_RAYS = 48,  /* above three losses: directions that are looked along, */
	HPO__FRONT_DEPTHS = 3, /* and places on each */
	HPO__FRONT_TARGETS = HPO__FRONT_RAYS * HPO__FRONT_DEPTHS,
	HPO__FRONT_EDGES = HPO__FRONT_MOST + 1
};

struct hpo_gp_front {
	size_t goals;      /* k */
	size_t count;      /* n: points */
	size_t *member;    /* [n], their rows among the losses */
	double *points;    /* [n][k], a little better than they are: a gain counts from there on */
	double *reference; /* [k]; the largest of each loss over the front before it is closed */
	double *ideal;     /* [k], the least */
	double *worst;     /* [k], of all losses that the front was taken of */
	size_t box_count;  /* for k up to 3 */
	struct hpo_box *boxes;
	struct hpo_box_strip *strips;
	uint32_t *order;
	double *gain, *by_mean, *by_sd, *weight; /* [k][EDGES] */
	double *share;     /* [boxes or targets] */
	double *targets;   /* [TARGETS][k], for more */
	double *volume;    /* [TARGETS], the logarithm of what a target stands for */
};

hpo_status_t hpo__gp_front_init(struct hpo_gp_front *front, size_t goals, hpo_error_t *error);
void hpo__gp_front_release(struct hpo_gp_front *front);

/*
 * Take the front of losses [n][k], finite, n at least 1, but for members that differ by less than
 * counts. It is of use once it is closed.
 */
hpo_status_t hpo__gp_front_set(struct hpo_gp_front *front, const double *losses, size_t n,
			       hpo_error_t *error);

/*
 * Say how far it may reach yet: chances [n][k] are losses that some points may have. The
 * reference lies a tenth of the extent beyond the worst of the front and of those chances that
 * nothing dominates; without chances, beyond the worst of all losses. `seed` chooses the
 * directions above three losses.
 */
hpo_status_t hpo__gp_front_close(struct hpo_gp_front *front, const double *chances, size_t n,
				 uint64_t seed, hpo_error_t *error);

/*
 * The logarithm of the expected growth for means [k] and deviations [k], and unless NULL
 * its slopes by them. Exact up to three losses; above, a sum over the targets.
 */
double hpo__gp_front_promise(struct hpo_gp_front *front, const double *mean, const double *sd,
			     double *d_mean, double *d_sd);

#endif
