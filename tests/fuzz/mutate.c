#include "mutate.h"

#include <string.h>

size_t LLVMFuzzerMutate(uint8_t *at, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *at, size_t size, size_t max_size, unsigned seed);

enum { MAX_LINES = 128 };

struct input {
	uint8_t *at;
	size_t size, max_size;
	unsigned seed;
	size_t starts[MAX_LINES + 1]; /* of lines; the last one is the end */
	size_t n;
};

static size_t any(struct input *in, size_t n)
{
	in->seed = in->seed * 1103515245 + 12345;
	return n ? (in->seed >> 8) % n : 0;
}

static void find_lines(struct input *in)
{
	in->n = 0;
	in->starts[0] = 0;
	for (size_t i = 0; i < in->size && in->n < MAX_LINES - 1; i++)
		if (in->at[i] == '\n')
			in->starts[++in->n] = i + 1;
	if (in->starts[in->n] < in->size)
		in->starts[++in->n] = in->size;
}

/* `cut` bytes at `place` become others, if they fit. */
static void splice(struct input *in, size_t place, size_t cut, const void *bytes, size_t len)
{
	if (place + cut > in->size || in->size - cut + len > in->max_size)
		return;
	memmove(in->at + place + len, in->at + place + cut, in->size - place - cut);
	memcpy(in->at + place, bytes, len);
	in->size += len - cut;
}

static void put_line(struct input *in, bool replaces)
{
	size_t k = any(in, in->n + !replaces);
	struct view line = mutate_lines[any(in, mutate_lines_count)];
	size_t start = in->starts[k];

	splice(in, start, replaces ? in->starts[k + 1] - start : 0, line.at, line.len);
}

static void drop_line(struct input *in)
{
	size_t k = any(in, in->n);

	splice(in, in->starts[k], in->starts[k + 1] - in->starts[k], "", 0);
}

static void copy_line(struct input *in)
{
	uint8_t line[512];
	size_t from = any(in, in->n), len = in->starts[from + 1] - in->starts[from];

	if (len > sizeof(line))
		return;
	memcpy(line, in->at + in->starts[from], len);
	splice(in, in->starts[any(in, in->n + 1)], 0, line, len);
}

/* Something that parsers stumble over, at a place where they look. */
static void put_oddity(struct input *in)
{
	static const struct view oddities[] = {
		{ " ", 1 },  { "\t", 1 }, { "\r", 1 },   { "\n", 1 }, { "\0", 1 },   { ",", 1 },
		{ ";", 1 },  { ":", 1 },  { "\x7f", 1 }, { "0", 1 },  { "\x80", 1 }, { "\"", 1 },
		{ "\\", 1 }, { "=", 1 },  { "\v", 1 },   { "+", 1 },  { "-", 1 },    { "\r\n ", 3 },
	};
	struct view odd = oddities[any(in, sizeof(oddities) / sizeof(oddities[0]))];
	size_t tries = 16, place;

	do
		place = any(in, in->size + 1);
	while (--tries && place && place < in->size && !strchr(": \r\n;=,", in->at[place]) &&
	       !strchr(": \r\n;=,", in->at[place - 1]));
	splice(in, place, any(in, 4) == 0 && place < in->size, odd.at, odd.len);
}

static size_t format_hex(size_t n, char ret_digits[16])
{
	size_t len = 1;

	while (len < 16 && n >> (4 * len))
		len++;
	for (size_t i = 0; i < len; i++)
		ret_digits[i] = "0123456789abcdef"[n >> (4 * (len - 1 - i)) & 15];
	return len;
}

/* How many digits line k begins with. */
static size_t count_digits(const struct input *in, size_t k)
{
	size_t i = in->starts[k];

	while (i < in->starts[k + 1] && in->at[i] && strchr("0123456789abcdefABCDEF", in->at[i]))
		i++;
	return i - in->starts[k];
}

/* Makes the number that begins line k the distance from its end to the CRLF before line `later`. */
static void fit_size(struct input *in, size_t k, size_t later)
{
	size_t digits = count_digits(in, k), start = in->starts[k + 1], len;
	char number[16];

	if (later > in->n || in->starts[later] < start + 3 || in->at[in->starts[later] - 2] != '\r')
		return;
	len = format_hex(in->starts[later] - 2 - start, number);
	splice(in, in->starts[k], digits, number, len);
	find_lines(in);
}

static void fit_any_size(struct input *in)
{
	size_t k = any(in, in->n);

	if (count_digits(in, k))
		fit_size(in, k, k + 2 + any(in, in->n - k));
}

/* Line k becomes a size and perhaps an extension, with a CRLF. */
static void mend_size_line(struct input *in, size_t k)
{
	size_t digits = count_digits(in, k), len = in->starts[k + 1] - in->starts[k];

	if (!digits || in->at[in->starts[k] + digits] != ';' || !any(in, 6))
		splice(in, in->starts[k], len, "1\r\n", 3);
	else if (in->at[in->starts[k + 1] - 2] != '\r')
		splice(in, in->starts[k + 1] - 1, 1, "\r\n", 2);
	find_lines(in);
}

/* A size, a line of payload, a size ... up to a size of 0. */
static void mend_chunks(struct input *in)
{
	struct view line;
	size_t k, place;

	for (k = 0; k + 1 < in->n; k += 2) {
		if (in->at[in->starts[k]] == '0' && count_digits(in, k) == 1)
			break;
		mend_size_line(in, k);
		fit_size(in, k, k + 2);
	}
	if (k + 1 < in->n && any(in, 4))
		return;
	place = k < in->n ? in->starts[k] : in->size - 1;
	splice(in, place, 0, "0\r\n\r\n", 5);
	line = mutate_lines[any(in, mutate_lines_count)];
	if (any(in, 2))
		splice(in, place + 3, 0, line.at, line.len);
}

static void swap_case(struct input *in)
{
	size_t place = any(in, in->size);

	if (in->size && ((in->at[place] | 0x20) >= 'a' && (in->at[place] | 0x20) <= 'z'))
		in->at[place] ^= 0x20;
}

size_t LLVMFuzzerCustomMutator(uint8_t *at, size_t size, size_t max_size, unsigned seed)
{
	struct input in = { .at = at, .size = size, .max_size = max_size, .seed = seed };

	find_lines(&in);
	if (!in.n)
		return LLVMFuzzerMutate(at, size, max_size);
	switch (any(&in, 12)) {
	case 0:
	case 1:
		put_line(&in, false);
		break;
	case 2:
		put_line(&in, true);
		break;
	case 3:
		drop_line(&in);
		break;
	case 4:
		copy_line(&in);
		break;
	case 5:
	case 6:
		put_oddity(&in);
		break;
	case 7:
	case 8:
		fit_any_size(&in);
		break;
	case 9:
		swap_case(&in);
		break;
	default:
		return LLVMFuzzerMutate(at, size, max_size);
	}
	find_lines(&in);
	if (mutate_chunks && in.n && any(&in, 4))
		mend_chunks(&in);
	return in.size ? in.size : LLVMFuzzerMutate(at, size, max_size);
}
