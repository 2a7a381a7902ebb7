/*
 * The joint Parzen estimator.
 *
 * J. Bergstra, R. Bardenet, Y. Bengio and B. Kégl, "Algorithms for
 * hyper-parameter optimization", NeurIPS (2011), section 4, for the mixtures;
 * S. Falkner, A. Klein and F. Hutter, "BOHB", ICML (2018), for one component
 * index over all axes. Columns are kept axis by axis and padded, so that the
 * loops over components have a fixed inner length and compile to vectors.
 */
#include "model/parzen.h"

#include "base/alloc.h"
#include "math/lanes.h"
#include "math/normal.h"

#include <math.h>
#include <string.h>

enum {
	LANES = 8,       /* components are handled in groups of this many */
	ABREAST = 4,     /* points for which a group of components is read once */
	FEW_CELLS = 32,  /* up to here, ordered cells have a table of masses */
	NODES = 256,     /* intervals of the table of normalisers */
	STEPS_OF_WIDTH = 8 /* widths on the ladder in each octave */
};

/* Stands for the logarithm of 0 where an infinity would turn into NaN. */
static const double log_of_nothing = -1e300;

enum form { FORM_SMOOTH, FORM_TABLE, FORM_CHOICE };

struct hpo_parzen_axis {
	enum form form;
	uint64_t cells;
	double *edges; /* [cells + 1], of FORM_TABLE */
};

/*
 * One axis of a mixture. FORM_SMOOTH: the log of the relative kernel is
 * shift - ((x - centre) scale)^2, both 0 where the axis is inactive.
 * FORM_TABLE: it is table[cell of x][cell of k], where the cell `cells` means
 * inactive. FORM_CHOICE: shift where the cells match, shift - scale where not.
 */
struct hpo_parzen_column {
	double *centre; /* [capacity]; the cell as a double for FORM_CHOICE */
	double *scale;  /* [capacity], but for FORM_TABLE; 0 where inactive */
	double *shift;  /* [capacity], but for FORM_TABLE; 0 where inactive */
	uint16_t *cell; /* [capacity], FORM_TABLE */
	int width;      /* on the ladder, for which the tables stand; 1 for none yet */
	double sigma;
	double *norm;   /* [NODES + 1], log normaliser by centre, FORM_SMOOTH in a large mixture */
	double *low;    /* [capacity], mass below the unit, FORM_SMOOTH in a small mixture */
	double *mass;   /* [capacity], mass in the unit, likewise */
	double *table;  /* [cells][cells + 1], FORM_TABLE */
	double blur;
};

static hpo_status_t init_axis(struct hpo_parzen_axis *axis, const hpo_space_t *space, size_t i,
			      hpo_error_t *error)
{
	hpo_axis_t about;

	hpo_space_axis(space, i, &about);
	axis->cells = about.cells;
	if (about.kind == HPO_AXIS_CATEGORICAL) {
		axis->form = FORM_CHOICE;
		return HPO_OK;
	}
	axis->form = about.cells == 0 || about.cells > FEW_CELLS ? FORM_SMOOTH : FORM_TABLE;
	if (axis->form == FORM_SMOOTH)
		return HPO_OK;

	axis->edges = hpo__calloc(axis->cells + 1, sizeof *axis->edges);
	if (axis->edges == NULL)
		return hpo__fail_memory(error);
	for (uint64_t c = 0; c < axis->cells; c++) {
		double centre = hpo_space_cell_centre(space, i, c);
		double high;

		hpo_space_cell(space, i, centre, &axis->edges[c], &centre, &high);
	}
	axis->edges[0] = 0;
	axis->edges[axis->cells] = 1;
	return HPO_OK;
}

hpo_status_t hpo__parzen_frame_init(struct hpo_parzen_frame *frame, const hpo_space_t *space,
				    hpo_error_t *error)
{
	frame->space = space;
	frame->dims = hpo_space_dims(space);
	frame->axes = hpo__calloc(frame->dims, sizeof *frame->axes);
	if (frame->axes == NULL)
		return hpo__fail_memory(error);
	for (size_t i = 0; i < frame->dims; i++) {
		hpo_status_t status = init_axis(&frame->axes[i], space, i, error);

		if (status < 0)
			return status;
	}
	return HPO_OK;
}

void hpo__parzen_frame_release(struct hpo_parzen_frame *frame)
{
	for (size_t i = 0; frame->axes != NULL && i < frame->dims; i++)
		hpo__free(frame->axes[i].edges);
	hpo__free(frame->axes);
	frame->axes = NULL;
}

/* A mixture of few components computes what it needs: a table would be larger. */
static int has_table(size_t capacity)
{
	return capacity > NODES / 4;
}

static hpo_status_t init_column(struct hpo_parzen_column *column,
				const struct hpo_parzen_axis *axis, size_t capacity)
{
	column->width = 1;
	if (axis->form == FORM_TABLE) {
		column->cell = hpo__calloc(capacity, sizeof *column->cell);
		column->table = hpo__calloc(axis->cells * (axis->cells + 1), sizeof *column->table);
		return column->cell != NULL && column->table != NULL ? HPO_OK : HPO_ENOMEM;
	}
	column->centre = hpo__calloc(capacity, sizeof *column->centre);
	column->scale = hpo__calloc(capacity, sizeof *column->scale);
	column->shift = hpo__calloc(capacity, sizeof *column->shift);
	if (column->centre == NULL || column->scale == NULL || column->shift == NULL)
		return HPO_ENOMEM;
	if (axis->form == FORM_CHOICE)
		return HPO_OK;
	if (has_table(capacity)) {
		column->norm = hpo__calloc(NODES + 1, sizeof *column->norm);
		return column->norm != NULL ? HPO_OK : HPO_ENOMEM;
	}
	column->low = hpo__calloc(capacity, sizeof *column->low);
	column->mass = hpo__calloc(capacity, sizeof *column->mass);
	return column->low != NULL && column->mass != NULL ? HPO_OK : HPO_ENOMEM;
}

hpo_status_t hpo__parzen_init(struct hpo_parzen *mixture, const struct hpo_parzen_frame *frame,
			      size_t most, hpo_error_t *error)
{
	mixture->frame = frame;
	mixture->separate = 0;
	mixture->count = 0;
	mixture->capacity = (most + 1 + LANES - 1) / LANES * LANES;
	mixture->weight = hpo__calloc(mixture->capacity, sizeof *mixture->weight);
	mixture->start = hpo__calloc(mixture->capacity, sizeof *mixture->start);
	mixture->terms = hpo__calloc((HPO__PARZEN_POINTS + 1) * mixture->capacity,
				     sizeof *mixture->terms);
	mixture->columns = hpo__calloc(frame->dims, sizeof *mixture->columns);
	if (mixture->weight == NULL || mixture->start == NULL || mixture->terms == NULL ||
	    mixture->columns == NULL)
		return hpo__fail_memory(error);
	for (size_t i = 0; i < frame->dims; i++) {
		if (init_column(&mixture->columns[i], &frame->axes[i], mixture->capacity) < 0)
			return hpo__fail_memory(error);
	}
	return HPO_OK;
}

void hpo__parzen_release(struct hpo_parzen *mixture)
{
	for (size_t i = 0; mixture->columns != NULL && i < mixture->frame->dims; i++) {
		hpo__free(mixture->columns[i].centre);
		hpo__free(mixture->columns[i].scale);
		hpo__free(mixture->columns[i].shift);
		hpo__free(mixture->columns[i].cell);
		hpo__free(mixture->columns[i].norm);
		hpo__free(mixture->columns[i].low);
		hpo__free(mixture->columns[i].mass);
		hpo__free(mixture->columns[i].table);
	}
	hpo__free(mixture->columns);
	hpo__free(mixture->weight);
	hpo__free(mixture->start);
	hpo__free(mixture->terms);
	memset(mixture, 0, sizeof *mixture);
}

void hpo__parzen_clear(struct hpo_parzen *mixture)
{
	mixture->count = 0;
}

/* Only the observation is noted here: what depends on the widths follows in finish(). */
void hpo__parzen_add(struct hpo_parzen *mixture, const double *point, const uint8_t *active,
		     double weight)
{
	const struct hpo_parzen_frame *frame = mixture->frame;
	size_t k = mixture->count++;

	mixture->weight[k] = weight;
	for (size_t i = 0; i < frame->dims; i++) {
		const struct hpo_parzen_axis *axis = &frame->axes[i];
		struct hpo_parzen_column *column = &mixture->columns[i];
		uint64_t cell = 0;

		if (axis->form != FORM_SMOOTH && active[i])
			cell = hpo_space_cell_index(frame->space, i, point[i]);
		if (axis->form == FORM_TABLE) {
			column->cell[k] = (uint16_t)(active[i] ? cell : axis->cells);
			continue;
		}
		column->centre[k] = axis->form == FORM_SMOOTH ? point[i] : (double)cell;
		column->scale[k] = active[i];
	}
}

/* The mass of the standard normal between two points, accurate in the tails. */
static double mass_between(double low, double high)
{
	if (low > 0)
		return hpo__normal_cdf(-low) - hpo__normal_cdf(-high);
	return hpo__normal_cdf(high) - hpo__normal_cdf(low);
}

/* log of 1 / (sigma sqrt(2 pi) Z), Z the mass in [0, 1] of a kernel. */
static double log_norm(double mass, double sigma)
{
	static const double log_sqrt_2_pi = 0.91893853320467274178;

	return -log(sigma * mass) - log_sqrt_2_pi;
}

/* The same for NODES + 1 centres. */
static void tabulate_norm(struct hpo_parzen_column *column)
{
	double sigma = column->sigma;

	for (size_t i = 0; i <= NODES; i++) {
		double centre = (double)i / NODES;
		double mass = mass_between(-centre / sigma, (1 - centre) / sigma);

		column->norm[i] = log_norm(mass, sigma);
	}
}

/* Between the nodes of the table it is linear. */
static double look_norm_up(const struct hpo_parzen_column *column, double centre)
{
	double at = centre * NODES;
	size_t node = at >= NODES ? NODES - 1 : (size_t)at;

	return column->norm[node] +
	       (at - (double)node) * (column->norm[node + 1] - column->norm[node]);
}

/* log of the kernel's mass in a cell over the cell's width, for every pair of cells. */
static void tabulate_masses(struct hpo_parzen_column *column, const hpo_space_t *space, size_t i,
			    const struct hpo_parzen_axis *axis)
{
	double sigma = column->sigma;
	size_t cells = (size_t)axis->cells;

	for (size_t k = 0; k < cells; k++) {
		double centre = hpo_space_cell_centre(space, i, k);
		double all = mass_between(-centre / sigma, (1 - centre) / sigma);

		for (size_t x = 0; x < cells; x++) {
			double mass = mass_between((axis->edges[x] - centre) / sigma,
						   (axis->edges[x + 1] - centre) / sigma);
			double width = axis->edges[x + 1] - axis->edges[x];
			double ratio = mass / (all * width);

			column->table[x * (cells + 1) + k] = ratio > 0 ? log(ratio)
								       : log_of_nothing / 1e3;
		}
	}
	for (size_t x = 0; x < cells; x++)
		column->table[x * (cells + 1) + cells] = 0;
}

/* Widths are rounded to a ladder so that tables last while a mixture grows. */
static int set_sigma(struct hpo_parzen_column *column, double sigma)
{
	int width = (int)floor(STEPS_OF_WIDTH * log2(sigma) + 0.5);

	if (width > 0)
		width = 0;
	if (column->width == width)
		return 0;
	column->width = width;
	column->sigma = exp2((double)width / STEPS_OF_WIDTH);
	return 1;
}

/* For what is drawn near a component: one side of the centre always holds half of all mass. */
static void measure_masses(struct hpo_parzen_column *column, size_t k)
{
	double centre = column->centre[k];

	column->low[k] = hpo__normal_cdf(-centre / column->sigma);
	column->mass[k] = hpo__normal_cdf((1 - centre) / column->sigma) - column->low[k];
}

static void finish_smooth(struct hpo_parzen *mixture, struct hpo_parzen_column *column)
{
	double scale = 0.70710678118654752440 / column->sigma;

	for (size_t k = 0; k < mixture->count; k++) {
		double norm = 0;

		if (column->scale[k] != 0 && column->norm != NULL)
			norm = look_norm_up(column, column->centre[k]);
		else if (column->scale[k] != 0) {
			measure_masses(column, k);
			norm = log_norm(column->mass[k], column->sigma);
		}
		column->shift[k] = column->scale[k] * norm;
		column->scale[k] *= scale;
	}
}

static void finish_choice(struct hpo_parzen *mixture, struct hpo_parzen_column *column,
			  const struct hpo_parzen_axis *axis, double blur)
{
	double match = log(blur + (1 - blur) * (double)axis->cells);
	double miss = blur > 0 ? log(blur) : log_of_nothing / 1e3;

	column->blur = blur;
	for (size_t k = 0; k < mixture->count; k++) {
		column->shift[k] = column->scale[k] * match;
		column->scale[k] *= match - miss;
	}
}

/* The uniform component and the padding: inactive on every axis. */
static void pad_column(struct hpo_parzen *mixture, struct hpo_parzen_column *column,
		       const struct hpo_parzen_axis *axis)
{
	for (size_t k = mixture->count; k < mixture->padded; k++) {
		if (axis->form == FORM_TABLE) {
			column->cell[k] = (uint16_t)axis->cells;
			continue;
		}
		column->centre[k] = 0;
		column->scale[k] = 0;
		column->shift[k] = 0;
	}
}

static void finish_column(struct hpo_parzen *mixture, size_t i,
			  const struct hpo_parzen_widths *widths)
{
	const struct hpo_parzen_axis *axis = &mixture->frame->axes[i];
	struct hpo_parzen_column *column = &mixture->columns[i];

	switch (axis->form) {
	case FORM_CHOICE:
		finish_choice(mixture, column, axis, widths->blur[i]);
		break;
	case FORM_TABLE:
		if (set_sigma(column, widths->sigma[i]))
			tabulate_masses(column, mixture->frame->space, i, axis);
		break;
	case FORM_SMOOTH:
		if (set_sigma(column, widths->sigma[i]) && column->norm != NULL)
			tabulate_norm(column);
		finish_smooth(mixture, column);
		break;
	}
	pad_column(mixture, column, axis);
}

hpo_status_t hpo__parzen_finish(struct hpo_parzen *mixture, const struct hpo_parzen_widths *widths,
				hpo_error_t *error)
{
	double sum = 0;

	(void)error;
	mixture->weight[mixture->count] = widths->prior;
	mixture->padded = (mixture->count + 1 + LANES - 1) / LANES * LANES;
	for (size_t k = 0; k <= mixture->count; k++)
		sum += mixture->weight[k];
	for (size_t k = 0; k < mixture->padded; k++)
		mixture->start[k] = k <= mixture->count ? log(mixture->weight[k] / sum)
							: log_of_nothing;
	for (size_t k = 0; k <= mixture->count; k++)
		mixture->weight[k] = mixture->weight[k] / sum + (k > 0 ? mixture->weight[k - 1] : 0);

	for (size_t i = 0; i < mixture->frame->dims; i++)
		finish_column(mixture, i, widths);
	return HPO_OK;
}

/* By inversion: `low` is the mass below the unit, `mass` that in it. */
static double sample_truncated(double centre, double sigma, double low, double mass,
			       hpo_rng_t *rng)
{
	double level = low + mass * hpo_rng_uniform(rng);
	double x = centre + sigma * hpo__normal_quantile(level);

	return x < 0 ? 0 : x > 1 ? 1 : x;
}

static double sample_about(double centre, double sigma, hpo_rng_t *rng)
{
	double low = hpo__normal_cdf(-centre / sigma);

	return sample_truncated(centre, sigma, low, hpo__normal_cdf((1 - centre) / sigma) - low,
				rng);
}

static double sample_axis(const struct hpo_parzen *mixture, size_t i, size_t k, hpo_rng_t *rng)
{
	const struct hpo_parzen_axis *axis = &mixture->frame->axes[i];
	const struct hpo_parzen_column *column = &mixture->columns[i];

	switch (axis->form) {
	case FORM_CHOICE:
		if (column->scale[k] == 0 || hpo_rng_uniform(rng) < column->blur)
			break;
		return hpo_space_cell_centre(mixture->frame->space, i,
					     (uint64_t)column->centre[k]);
	case FORM_TABLE:
		if (column->cell[k] == axis->cells)
			break;
		return sample_about(hpo_space_cell_centre(mixture->frame->space, i,
							  column->cell[k]),
				    column->sigma, rng);
	case FORM_SMOOTH:
		if (column->scale[k] == 0)
			break;
		if (column->norm != NULL)
			return sample_about(column->centre[k], column->sigma, rng);
		return sample_truncated(column->centre[k], column->sigma, column->low[k],
					column->mass[k], rng);
	}
	return hpo_rng_uniform(rng);
}

static size_t draw_component(const struct hpo_parzen *mixture, hpo_rng_t *rng)
{
	double level = hpo_rng_uniform(rng);
	size_t k = 0;

	while (k < mixture->count && mixture->weight[k] <= level)
		k++;
	return k;
}

void hpo__parzen_sample(const struct hpo_parzen *mixture, hpo_rng_t *rng, double *point)
{
	size_t k = draw_component(mixture, rng);

	for (size_t i = 0; i < mixture->frame->dims; i++) {
		if (mixture->separate && i > 0)
			k = draw_component(mixture, rng);
		point[i] = sample_axis(mixture, i, k, rng);
	}
}

/*
 * To the terms of four points, x their coordinates. Returns how many components it
 * read. Rows and coordinates have names, so that they stay in registers.
 */
HPO__LANES_INLINE size_t add_smooth_body(double *const terms[ABREAST],
					 const struct hpo_parzen_column *column,
					 const double x[ABREAST], size_t padded)
{
	double *const row0 = terms[0], *const row1 = terms[1];
	double *const row2 = terms[2], *const row3 = terms[3];
	const double x0 = x[0], x1 = x[1], x2 = x[2], x3 = x[3];
	const double *const centres = column->centre;
	const double *const scales = column->scale;
	const double *const shifts = column->shift;

	for (size_t k = 0; k < padded; k += HPO__LANES) {
		hpo_lanes_t centre = HPO__LANES_READ(centres + k);
		hpo_lanes_t scale = HPO__LANES_READ(scales + k);
		hpo_lanes_t shift = HPO__LANES_READ(shifts + k);
		hpo_lanes_t t0 = (x0 - centre) * scale;
		hpo_lanes_t t1 = (x1 - centre) * scale;
		hpo_lanes_t t2 = (x2 - centre) * scale;
		hpo_lanes_t t3 = (x3 - centre) * scale;

		HPO__LANES_AT(row0 + k) += shift - t0 * t0;
		HPO__LANES_AT(row1 + k) += shift - t1 * t1;
		HPO__LANES_AT(row2 + k) += shift - t2 * t2;
		HPO__LANES_AT(row3 + k) += shift - t3 * t3;
	}
	return padded;
}

HPO__LANES_FUNCTION(size_t, add_smooth,
		    (double *const *terms, const struct hpo_parzen_column *column, const double *x,
		     size_t padded),
		    (terms, column, x, padded))

static void add_table(double *restrict terms, const struct hpo_parzen_column *column,
		      const double *row, size_t padded)
{
	for (size_t k = 0; k < padded; k++)
		terms[k] += row[column->cell[k]];
}

/* Cells are whole numbers, so their distance, cut at 1, tells a match from a miss. */
static void add_choice(double *restrict terms, const struct hpo_parzen_column *column, double x,
		       size_t padded)
{
	for (size_t k = 0; k < padded; k += LANES) {
		for (size_t l = k; l < k + LANES; l++) {
			double t = fabs(x - column->centre[l]);

			t = t < 1 ? t : 1;
			terms[l] += column->shift[l] - t * column->scale[l];
		}
	}
}

/*
 * out[l] += exp(x[l] - most) for LANES of x <= most. With y = x - most, exp(y) =
 * 2^n exp(r), y = n log 2 + r and |r| at most log(2)/2: the Taylor polynomial of
 * degree 9 in r, whose remainder is below 1e-11, and n added to the exponent.
 * Below -700 it is about 1e-304, which is nothing beside the largest term. The
 * steps are loops of their own so that each compiles to vectors.
 */
static void add_exponentials(const double *x, double most, double *restrict out)
{
	static const double magic = 6755399441055744.0; /* 1.5 * 2^52: adding it rounds to an integer */
	double shifted[LANES];
	double p[LANES];
	double power[LANES];
	uint64_t bits[LANES];

	for (size_t l = 0; l < LANES; l++) {
		double y = x[l] - most;
		double r;

		y = y > -700 ? y : -700;
		shifted[l] = y * 1.44269504088896340736 + magic;
		r = y - (shifted[l] - magic) * 0.69314718055994530942;
		p[l] = 1 + r * (1 + r * (1.0 / 2 + r * (1.0 / 6 + r * (1.0 / 24 + r * (1.0 / 120 +
		       r * (1.0 / 720 + r * (1.0 / 5040 + r * (1.0 / 40320 + r * (1.0 / 362880)))))))));
	}
	memcpy(bits, shifted, sizeof bits);
	for (size_t l = 0; l < LANES; l++)
		bits[l] = (bits[l] + 1023) << 52;
	memcpy(power, bits, sizeof power);
	for (size_t l = 0; l < LANES; l++)
		out[l] += p[l] * power[l];
}

/* log of the sum of exponentials, in LANES partial sums: the order is fixed. */
static double log_sum(const double *terms, size_t padded)
{
	double sums[LANES] = { 0 };
	double most = terms[0];
	double sum = 0;

	for (size_t k = 1; k < padded; k++)
		most = terms[k] > most ? terms[k] : most;
	for (size_t k = 0; k < padded; k += LANES)
		add_exponentials(terms + k, most, sums);
	for (size_t l = 0; l < LANES; l++)
		sum += sums[l];
	return most + log(sum);
}

static double *terms_of(const struct hpo_parzen *mixture, size_t p)
{
	return mixture->terms + p * mixture->capacity;
}

/* Where fewer points than ABREAST are left, a row that nobody reads takes their place. */
static void add_smooth_axis(const struct hpo_parzen *mixture, size_t i,
			    const struct hpo_parzen_point *points, size_t count)
{
	double *terms[ABREAST];
	double x[ABREAST];
	size_t held = 0;

	for (size_t p = 0; p < count; p++) {
		if (!points[p].active[i])
			continue;
		terms[held] = terms_of(mixture, p);
		x[held++] = points[p].point[i];
		if (held == ABREAST) {
			add_smooth(terms, &mixture->columns[i], x, mixture->padded);
			held = 0;
		}
	}
	if (held == 0)
		return;
	for (; held < ABREAST; held++) {
		terms[held] = terms_of(mixture, HPO__PARZEN_POINTS);
		x[held] = 0;
	}
	add_smooth(terms, &mixture->columns[i], x, mixture->padded);
}

/* Add the logarithms of an axis' kernels to those of the components, for each point. */
static void add_axis(const struct hpo_parzen *mixture, size_t i,
		     const struct hpo_parzen_point *points, size_t count)
{
	const struct hpo_parzen_axis *axis = &mixture->frame->axes[i];
	const struct hpo_parzen_column *column = &mixture->columns[i];

	if (axis->form == FORM_SMOOTH) {
		add_smooth_axis(mixture, i, points, count);
		return;
	}
	for (size_t p = 0; p < count; p++) {
		uint64_t cell = points[p].cells[i];

		if (!points[p].active[i])
			continue;
		if (axis->form == FORM_TABLE)
			add_table(terms_of(mixture, p), column,
				  column->table + cell * (axis->cells + 1), mixture->padded);
		else
			add_choice(terms_of(mixture, p), column, (double)cell, mixture->padded);
	}
}

static void begin_terms(const struct hpo_parzen *mixture, size_t p)
{
	memcpy(terms_of(mixture, p), mixture->start, mixture->padded * sizeof *mixture->terms);
}

void hpo__parzen_log_densities(struct hpo_parzen *mixture, const struct hpo_parzen_point *points,
			       size_t count, double *log_density)
{
	for (size_t p = 0; p < count; p++) {
		begin_terms(mixture, p);
		log_density[p] = 0;
	}
	for (size_t i = 0; i < mixture->frame->dims; i++) {
		add_axis(mixture, i, points, count);
		for (size_t p = 0; mixture->separate && p < count; p++) {
			if (!points[p].active[i])
				continue;
			log_density[p] += log_sum(terms_of(mixture, p), mixture->padded);
			begin_terms(mixture, p);
		}
	}
	for (size_t p = 0; !mixture->separate && p < count; p++)
		log_density[p] = log_sum(terms_of(mixture, p), mixture->padded);
}
