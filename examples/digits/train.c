/*
 * Trains a small neural network to read handwritten digits, and says after
 * each epoch how well it does on images that it has not seen: five of them are
 * trained side by side, each without a fifth of the images, and judged by that.
 *
 * It is an ordinary training program that knows nothing of libhpo: settings
 * come as flags, and each epoch prints one line such as
 *
 *	iteration=3 validation/accuracy=0.93
 *
 * A multilayer perceptron with ReLU units and a softmax, cross-entropy loss,
 * SGD with momentum or Adam, weight decay. One thread, and the same seed gives
 * the same numbers.
 */
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PIXELS = 64, CLASSES = 10, IMAGES = 1797, FOLDS = 5, FOLD = 280, KNOWN = FOLDS * FOLD };
enum { MAX_LAYERS = 3, MAX_WIDTH = 256 };

struct settings {
	double lr, momentum, weight_decay;
	int layers, width, batch, epochs, seed;
	int adam, test;
	const char *data;
	const char *checkpoint; /* folder, NULL for none */
};

struct image {
	float pixels[PIXELS]; /* 0 … 1 */
	int digit;
};

/* One layer: weights [in][out] and biases [out], flat, with what training keeps of each. */
struct layer {
	int in, out;
	size_t count;                 /* in * out + out: the biases come last */
	float *weights;               /* [count] */
	float *gradient;              /* [count], of the batch so far */
	float *velocity;              /* [count], SGD's momentum or Adam's first moment */
	float *square;                /* [count], Adam's second moment */
	float output[MAX_WIDTH];      /* of the last image shown */
	float delta[MAX_WIDTH];       /* loss by output before the ReLU */
};

struct network {
	struct layer layers[MAX_LAYERS + 1];
	int count;
	int steps; /* updates made so far */
};

static uint64_t random_state;

/* SplitMix64 of G. Steele, D. Lea and C. Flood (2014), as a number in [0, 1). */
static double uniform(void)
{
	uint64_t z = (random_state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

static void shuffle(int *order, int count)
{
	for (int i = count - 1; i > 0; i--) {
		int j = (int)(uniform() * (i + 1));
		int kept = order[i];

		order[i] = order[j];
		order[j] = kept;
	}
}

static void die(const char *what, const char *which)
{
	fprintf(stderr, "train: %s%s\n", what, which);
	exit(2);
}

/* Read the images and deal them out: always the same five folds of 280, and 397 to test. */
static void read_images(struct image *images, const char *path)
{
	static struct image as_read[IMAGES];
	static int order[IMAGES];
	FILE *file = fopen(path, "r");

	if (file == NULL)
		die("cannot read ", path);
	for (int i = 0; i < IMAGES; i++) {
		for (int p = 0; p < PIXELS; p++) {
			int value;

			if (fscanf(file, "%d,", &value) != 1 || value < 0 || value > 16)
				die("this is not the digits file: ", path);
			as_read[i].pixels[p] = (float)value / 16;
		}
		if (fscanf(file, "%d", &as_read[i].digit) != 1)
			die("this is not the digits file: ", path);
		order[i] = i;
	}
	fclose(file);

	random_state = 1;
	shuffle(order, IMAGES);
	for (int i = 0; i < IMAGES; i++)
		images[i] = as_read[order[i]];
}

static float *zeros(size_t count)
{
	float *block = calloc(count, sizeof *block);

	if (block == NULL)
		die("out of memory", "");
	return block;
}

/* Initial weights of K. He and others (2015): normal, variance 2 / inputs. */
static void network_init(struct network *net, const struct settings *settings)
{
	memset(net, 0, sizeof *net);
	net->count = settings->layers + 1;
	for (int l = 0; l < net->count; l++) {
		struct layer *layer = &net->layers[l];

		layer->in = l == 0 ? PIXELS : settings->width;
		layer->out = l == settings->layers ? CLASSES : settings->width;
		layer->count = (size_t)layer->in * (size_t)layer->out + (size_t)layer->out;
		layer->weights = zeros(layer->count);
		layer->gradient = zeros(layer->count);
		layer->velocity = zeros(layer->count);
		layer->square = zeros(layer->count);
		for (int i = 0; i < layer->in * layer->out; i++) {
			double normal = sqrt(-2 * log(1 - uniform())) * cos(6.283185307179586 * uniform());

			layer->weights[i] = (float)(normal * sqrt(2.0 / layer->in));
		}
	}
}

static void network_release(struct network *net)
{
	for (int l = 0; l < net->count; l++) {
		free(net->layers[l].weights);
		free(net->layers[l].gradient);
		free(net->layers[l].velocity);
		free(net->layers[l].square);
	}
}

/* Show it an image; the last layer's output is then the probability of each digit. */
static void forward(struct network *net, const float *pixels)
{
	const float *input = pixels;

	for (int l = 0; l < net->count; l++) {
		struct layer *layer = &net->layers[l];

		memcpy(layer->output, layer->weights + (size_t)layer->in * (size_t)layer->out,
		       sizeof(float) * (size_t)layer->out);
		for (int i = 0; i < layer->in; i++) {
			const float *row = layer->weights + (size_t)i * (size_t)layer->out;
			float x = input[i];

			if (x == 0)
				continue;
			for (int o = 0; o < layer->out; o++)
				layer->output[o] += x * row[o];
		}
		for (int o = 0; l < net->count - 1 && o < layer->out; o++)
			layer->output[o] = layer->output[o] > 0 ? layer->output[o] : 0;
		input = layer->output;
	}
}

static void softmax(float *scores)
{
	float top = scores[0];
	float sum = 0;

	for (int c = 1; c < CLASSES; c++)
		top = scores[c] > top ? scores[c] : top;
	for (int c = 0; c < CLASSES; c++)
		sum += scores[c] = expf(scores[c] - top);
	for (int c = 0; c < CLASSES; c++)
		scores[c] /= sum;
}

/* Add the gradient of one image's loss, after forward(). */
static void backward(struct network *net, const struct image *image)
{
	struct layer *last = &net->layers[net->count - 1];

	softmax(last->output);
	for (int c = 0; c < CLASSES; c++)
		last->delta[c] = last->output[c] - (c == image->digit ? 1 : 0);

	for (int l = net->count; l-- > 0;) {
		struct layer *layer = &net->layers[l];
		const float *input = l == 0 ? image->pixels : net->layers[l - 1].output;
		float *bias = layer->gradient + (size_t)layer->in * (size_t)layer->out;

		for (int o = 0; o < layer->out; o++)
			bias[o] += layer->delta[o];
		for (int i = 0; i < layer->in; i++) {
			float *row = layer->gradient + (size_t)i * (size_t)layer->out;
			const float *weights = layer->weights + (size_t)i * (size_t)layer->out;
			float back = 0;

			/* A zero output sits on the flat side of its ReLU: nothing passes it. */
			if (input[i] == 0) {
				if (l > 0)
					net->layers[l - 1].delta[i] = 0;
				continue;
			}
			for (int o = 0; o < layer->out; o++)
				row[o] += input[i] * layer->delta[o];
			if (l == 0)
				continue;
			for (int o = 0; o < layer->out; o++)
				back += weights[o] * layer->delta[o];
			net->layers[l - 1].delta[i] = back;
		}
	}
}

/* One step of SGD with momentum, or of Adam (D. Kingma and J. Ba, 2015), on `shown` images. */
static void update(struct network *net, const struct settings *settings, int shown)
{
	double first = 1 - pow(0.9, ++net->steps);
	double second = 1 - pow(0.999, net->steps);

	for (int l = 0; l < net->count; l++) {
		struct layer *layer = &net->layers[l];

		for (size_t i = 0; i < layer->count; i++) {
			float g = layer->gradient[i] / (float)shown +
				  (float)settings->weight_decay * layer->weights[i];
			float *v = &layer->velocity[i];
			float *s = &layer->square[i];

			if (settings->adam) {
				*v = 0.9f * *v + 0.1f * g;
				*s = 0.999f * *s + 0.001f * g * g;
				layer->weights[i] -= (float)settings->lr * (*v / (float)first) /
						     (sqrtf(*s / (float)second) + 1e-8f);
			} else {
				*v = (float)settings->momentum * *v + g;
				layer->weights[i] -= (float)settings->lr * *v;
			}
			layer->gradient[i] = 0;
		}
	}
}

/* Show it every image of the other folds once. */
static void train_epoch(struct network *net, const struct image *images, int fold,
			const struct settings *settings)
{
	int order[KNOWN];
	int count = 0;
	int shown = 0;

	for (int i = 0; i < KNOWN; i++)
		if (i / FOLD != fold)
			order[count++] = i;
	shuffle(order, count);
	for (int i = 0; i < count; i++) {
		forward(net, images[order[i]].pixels);
		backward(net, &images[order[i]]);
		if (++shown == settings->batch || i == count - 1) {
			update(net, settings, shown);
			shown = 0;
		}
	}
}

static double accuracy(struct network *net, const struct image *images, int count)
{
	const float *scores = net->layers[net->count - 1].output;
	int right = 0;

	for (int i = 0; i < count; i++) {
		int best = 0;

		forward(net, images[i].pixels);
		for (int c = 1; c < CLASSES; c++)
			best = scores[c] > scores[best] ? c : best;
		right += best == images[i].digit;
	}
	return (double)right / count;
}

static double number(const char *flag, const char *text, double low, double high)
{
	char *end;
	double value;

	errno = 0;
	value = strtod(text, &end);
	if (end == text || *end != '\0' || errno != 0 || !(value >= low && value <= high)) {
		fprintf(stderr, "train: %s takes a number from %g to %g, not '%s'\n", flag, low, high,
			text);
		exit(2);
	}
	return value;
}

static int whole(const char *flag, const char *text, int low, int high)
{
	double value = number(flag, text, low, high);

	if (value != floor(value))
		die("a whole number is needed after ", flag);
	return (int)value;
}

static int read_optimizer(const char *text)
{
	if (strcmp(text, "sgd") != 0 && strcmp(text, "adam") != 0)
		die("--optimizer is sgd or adam, not ", text);
	return strcmp(text, "adam") == 0;
}

static void read_flag(struct settings *s, const char *flag, const char *text)
{
	if (strcmp(flag, "--lr") == 0)
		s->lr = number(flag, text, 0, 100);
	else if (strcmp(flag, "--layers") == 0)
		s->layers = whole(flag, text, 1, MAX_LAYERS);
	else if (strcmp(flag, "--width") == 0)
		s->width = whole(flag, text, 1, MAX_WIDTH);
	else if (strcmp(flag, "--optimizer") == 0)
		s->adam = read_optimizer(text);
	else if (strcmp(flag, "--momentum") == 0)
		s->momentum = number(flag, text, 0, 1);
	else if (strcmp(flag, "--batch") == 0)
		s->batch = whole(flag, text, 1, KNOWN);
	else if (strcmp(flag, "--weight-decay") == 0)
		s->weight_decay = number(flag, text, 0, 1);
	else if (strcmp(flag, "--epochs") == 0)
		s->epochs = whole(flag, text, 1, 100000);
	else if (strcmp(flag, "--seed") == 0)
		s->seed = whole(flag, text, 0, 1000000000);
	else if (strcmp(flag, "--data") == 0)
		s->data = text;
	else if (strcmp(flag, "--checkpoint") == 0)
		s->checkpoint = text;
	else
		die("there is no flag ", flag);
}

static void read_flags(struct settings *settings, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--test") == 0) {
			settings->test = 1;
			continue;
		}
		if (i + 1 == argc)
			die("a value, or a flag that there is, is missing at ", argv[i]);
		read_flag(settings, argv[i], argv[i + 1]);
		i++;
	}
	if (settings->adam && settings->momentum > 0)
		die("--momentum is for --optimizer sgd", "");
}

/* Write, or read, all that a network has learned; false if the file is not whole. */
static int exchange(FILE *file, struct network *net, int writing)
{
	int whole = 1;

	for (int l = 0; l < net->count; l++) {
		float *const parts[] = { net->layers[l].weights, net->layers[l].velocity,
					 net->layers[l].square };
		const size_t n = net->layers[l].count;

		for (int k = 0; k < 3; k++)
			whole &= (writing ? fwrite(parts[k], sizeof(float), n, file)
					  : fread(parts[k], sizeof(float), n, file)) == n;
	}
	return whole & ((writing ? fwrite(&net->steps, sizeof net->steps, 1, file)
				 : fread(&net->steps, sizeof net->steps, 1, file)) == 1);
}

/* What is trained is in place at once or not at all, whenever it is killed. */
static void save(const char *folder, struct network *nets, int epoch)
{
	char path[4096];
	char fresh[4096];
	FILE *file;
	int whole;

	snprintf(path, sizeof path, "%s/networks", folder);
	snprintf(fresh, sizeof fresh, "%s/networks.new", folder);
	file = fopen(fresh, "wb");
	if (file == NULL)
		die("cannot write a checkpoint in ", folder);
	whole = fwrite(&epoch, sizeof epoch, 1, file) == 1 &&
		fwrite(&random_state, sizeof random_state, 1, file) == 1;
	for (int fold = 0; fold < FOLDS; fold++)
		whole &= exchange(file, &nets[fold], 1);
	if (fclose(file) != 0 || !whole || rename(fresh, path) != 0)
		die("cannot write a checkpoint in ", folder);
}

/* The epochs that a checkpoint has; 0 when there is none. */
static int load(const char *folder, struct network *nets)
{
	char path[4096];
	FILE *file;
	int epoch = 0;
	int whole;

	snprintf(path, sizeof path, "%s/networks", folder);
	file = fopen(path, "rb");
	if (file == NULL)
		return 0;
	whole = fread(&epoch, sizeof epoch, 1, file) == 1 &&
		fread(&random_state, sizeof random_state, 1, file) == 1;
	for (int fold = 0; fold < FOLDS; fold++)
		whole &= exchange(file, &nets[fold], 0);
	fclose(file);
	if (!whole)
		die("this is no checkpoint of the same network: ", path);
	return epoch;
}

int main(int argc, char **argv)
{
	static struct image images[IMAGES];
	static struct network nets[FOLDS];
	struct settings settings = {
		.lr = 0.01, .layers = 1, .width = 32, .batch = 32, .epochs = 81, .seed = 1,
		.data = "data/digits.csv",
	};
	double sum = 0;
	int done = 0;

	settings.checkpoint = getenv("HPO_CHECKPOINT");
	read_flags(&settings, argc, argv);
	read_images(images, settings.data);
	random_state = (uint64_t)settings.seed;
	for (int fold = 0; fold < FOLDS; fold++)
		network_init(&nets[fold], &settings);

	if (settings.checkpoint != NULL)
		done = load(settings.checkpoint, nets);

	for (int epoch = done + 1; epoch <= settings.epochs; epoch++) {
		sum = 0;
		for (int fold = 0; fold < FOLDS; fold++) {
			train_epoch(&nets[fold], images, fold, &settings);
			sum += accuracy(&nets[fold], images + fold * FOLD, FOLD);
		}
		if (settings.checkpoint != NULL)
			save(settings.checkpoint, nets, epoch);
		printf("iteration=%d validation/accuracy=%.4f\n", epoch, sum / FOLDS);
		if (fflush(stdout) != 0)
			die("nobody reads what it prints", "");
	}

	sum = 0;
	for (int fold = 0; fold < FOLDS; fold++) {
		sum += accuracy(&nets[fold], images + KNOWN, IMAGES - KNOWN);
		network_release(&nets[fold]);
	}
	if (settings.test)
		printf("test/accuracy=%.4f\n", sum / FOLDS);
	return 0;
}
