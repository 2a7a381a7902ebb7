/*
 * Axes of the unit cube as features of a kernel.
 *
 * F. Hutter and M. A. Osborne, "A kernel for hierarchical parameter spaces",
 * arXiv:1310.5738 (2013): an axis that may be inactive is laid on an arc round
 * a centre, which stands for "inactive". All distances are Euclidean in the
 * plane of the arc, so the kernel stays positive definite, which a constant
 * distance to "inactive" would not. Here the arc has length 1 and the radius
 * below, so that two active values are nearly as far apart as they would be
 * on an axis without conditions.
 */
#include "base/alloc.h"
#include "base/error.h"
#include "model/gp_inside.h"

#include <math.h>
#include <string.h>

/* Inactive is as far from every value as half of the axis. */
static const double radius = 1.0 / HPO__GP_CURVATURE;

static enum hpo_gp_form form_of(const hpo_axis_t *axis)
{
	if (axis->kind == HPO_AXIS_CATEGORICAL)
		return axis->cells == 1 && axis->parent < 0 ? HPO__GP_FIXED : HPO__GP_CATEGORY;
	if (axis->parent >= 0)
		return HPO__GP_ARC;
	return axis->cells == 1 ? HPO__GP_FIXED : HPO__GP_LINE;
}

/* Numeric features come first, so that the loops over either kind have no branch. */
static void place(struct hpo_gp_frame *frame, enum hpo_gp_form form, size_t width)
{
	for (size_t i = 0; i < frame->dims; i++) {
		if (frame->axes[i].form != form)
			continue;
		frame->axes[i].feature = frame->features;
		for (size_t f = 0; f < width; f++)
			frame->group[frame->features++] = frame->groups;
		frame->groups++;
	}
}

hpo_status_t hpo__gp_frame_init(struct hpo_gp_frame *frame, const hpo_axis_t *axes, size_t dims,
				hpo_error_t *error)
{
	memset(frame, 0, sizeof *frame);
	frame->dims = dims;
	frame->axes = hpo__calloc(dims, sizeof *frame->axes);
	frame->group = hpo__calloc(dims, 2 * sizeof *frame->group);
	if (frame->axes == NULL || frame->group == NULL)
		return hpo__fail_memory(error);

	for (size_t i = 0; i < dims; i++)
		frame->axes[i].form = form_of(&axes[i]);
	place(frame, HPO__GP_LINE, 1);
	frame->lines = frame->features;
	place(frame, HPO__GP_ARC, 2);
	frame->numeric = frame->features;
	place(frame, HPO__GP_CATEGORY, 1);
	return HPO_OK;
}

void hpo__gp_frame_release(struct hpo_gp_frame *frame)
{
	hpo__free(frame->axes);
	hpo__free(frame->group);
	memset(frame, 0, sizeof *frame);
}

void hpo__gp_embed(const struct hpo_gp_frame *frame, const double *point, const uint8_t *active,
		   double *features)
{
	for (size_t i = 0; i < frame->dims; i++) {
		const struct hpo_gp_axis *axis = &frame->axes[i];
		double *f = features + axis->feature;

		switch (axis->form) {
		case HPO__GP_FIXED:
			break;
		case HPO__GP_LINE:
			*f = point[i];
			break;
		case HPO__GP_ARC:
			f[0] = active[i] ? radius * cos((point[i] - 0.5) / radius) : 0;
			f[1] = active[i] ? radius * sin((point[i] - 0.5) / radius) : 0;
			break;
		case HPO__GP_CATEGORY:
			*f = active[i] ? point[i] : -1;
			break;
		}
	}
}
