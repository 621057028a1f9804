#include "frames.h"

#include <check.h>
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIN = 0x80, MASKED = 0x80, STORED_BYTES = 65535, CLOSE = 8, COMPRESSED = 4 };

struct writer {
	const char *words;
	FILE *out;
	bool masked;
	uint32_t mask;
	unsigned kind;   /* opcode of the message that fragments belong to */
	size_t position; /* in its pattern */
};

struct word {
	bool more, unmasked, compressed;
	unsigned reserved, opcode, length_bytes;
	char *payload;
	size_t len, fragment, times;
};

/* Reading */

static bool takes(struct writer *w, char c)
{
	if (*w->words != c)
		return false;
	w->words++;
	return true;
}

static size_t number(struct writer *w)
{
	char *end;
	size_t n = strtoul(w->words, &end, 10);

	ck_assert_msg(end != w->words, "no number at \"%s\"", w->words);
	w->words = end;
	return n;
}

static unsigned hex_digit(struct writer *w)
{
	const char *digits = "0123456789abcdef", *at = strchr(digits, *w->words);

	ck_assert_msg(*w->words && at, "no digit at \"%s\"", w->words);
	w->words++;
	return (unsigned)(at - digits);
}

static void read_kind(struct writer *w, struct word *f)
{
	static const char kinds[] = "+tbzy...cpq";
	char kind = *w->words++;
	const char *at = strchr(kinds, kind);

	if (kind == 'o') {
		f->opcode = hex_digit(w);
		return;
	}
	ck_assert_msg(at && kind && kind != '.', "no kind before \"%s\"", w->words);
	f->opcode = (unsigned)(at - kinds);
	f->compressed = kind == 'z' || kind == 'y';
	if (f->compressed) {
		f->opcode -= 2;
		f->reserved |= COMPRESSED;
	}
}

static void add(struct word *f, const void *bytes, size_t n)
{
	f->payload = realloc(f->payload, f->len + n + 1);
	memcpy(f->payload + f->len, bytes, n);
	f->len += n;
}

static void add_pattern(struct writer *w, struct word *f, size_t n)
{
	f->payload = realloc(f->payload, n + 1);
	for (size_t i = 0; i < n; i++, w->position++)
		f->payload[f->len++] = w->kind == 1
					       ? (char)('a' + (w->position + w->position / 97) % 26)
					       : (char)(w->position * 31 + (w->position >> 8));
}

static void read_payload(struct writer *w, struct word *f)
{
	if (isdigit((unsigned char)*w->words)) {
		size_t n = number(w);

		if (f->opcode == CLOSE)
			add(f, (const char[]){ (char)(n >> 8), (char)n }, 2);
		else
			add_pattern(w, f, n);
	}
	if (takes(w, '\'')) {
		add(f, w->words, strcspn(w->words, "'"));
		w->words += strcspn(w->words, "'") + 1;
	}
	if (takes(w, 'x'))
		while (isxdigit((unsigned char)*w->words)) {
			unsigned high = hex_digit(w);

			add(f, (const char[]){ (char)(high << 4 | hex_digit(w)) }, 1);
		}
}

/* Each block: not the last one, stored, its length, the complement. What a message ends with is left out (RFC 7692 §7.2.1). */
static void store(struct word *f)
{
	struct word stored = { 0 };

	for (size_t at = 0, n; at < f->len; at += n) {
		n = f->len - at < STORED_BYTES ? f->len - at : STORED_BYTES;
		add(&stored,
		    (const char[]){ 0, (char)n, (char)(n >> 8), (char)~n, (char)(~n >> 8) }, 5);
		add(&stored, f->payload + at, n);
	}
	add(&stored, "", 1);
	free(f->payload);
	f->payload = stored.payload;
	f->len = stored.len;
}

static void read_word(struct writer *w, struct word *f)
{
	*f = (struct word){ .times = 1 };
	f->more = takes(w, '-');
	if (takes(w, 'r'))
		f->reserved = (unsigned)number(w);
	read_kind(w, f);
	if (f->opcode && f->opcode < CLOSE) {
		w->kind = f->opcode;
		w->position = 0;
	}
	f->unmasked = takes(w, 'u');
	if (takes(w, '~'))
		f->length_bytes = (unsigned)number(w);
	read_payload(w, f);
	if (f->compressed)
		store(f);
	if (takes(w, '/'))
		f->fragment = number(w);
	if (takes(w, '*'))
		f->times = number(w);
	ck_assert_msg(!*w->words || *w->words == ' ', "what is \"%s\"?", w->words);
}

/* Writing */

static void put_length(struct writer *w, const struct word *f, size_t len, bool masked)
{
	unsigned bytes = f->length_bytes ? f->length_bytes : len > 65535 ? 8 : len > 125 ? 2 : 0;

	fputc((int)(bytes == 8 ? 127 : bytes ? 126 : len) | (masked ? MASKED : 0), w->out);
	for (unsigned i = bytes; i-- > 0;)
		fputc((int)((uint64_t)len >> 8 * i & 0xff), w->out);
}

static void put_frame(struct writer *w, const struct word *f, unsigned first, const char *payload,
		      size_t len)
{
	bool masked = w->masked && !f->unmasked;
	unsigned char mask[4] = { 0 };

	fputc((int)first, w->out);
	put_length(w, f, len, masked);
	if (masked) {
		w->mask = w->mask * 1664525 + 1013904223;
		memcpy(mask, &w->mask, 4);
		fwrite(mask, 1, 4, w->out);
	}
	for (size_t i = 0; i < len; i++)
		putc_unlocked(payload[i] ^ mask[i % 4], w->out);
}

static void put_word(struct writer *w, const struct word *f)
{
	size_t step = f->fragment ? f->fragment : f->len, at = 0, n;

	do {
		bool last = f->len - at <= step;
		unsigned first = at ? 0 : f->reserved << 4 | f->opcode;

		n = last ? f->len - at : step;
		put_frame(w, f, first | (last && !f->more ? FIN : 0),
			  f->payload ? f->payload + at : "", n);
		at += n;
	} while (at < f->len);
}

char *frames_write(const char *words, bool masked, size_t *ret_len)
{
	char *bytes = NULL;
	struct writer w = {
		.words = words, .out = open_memstream(&bytes, ret_len), .masked = masked, .mask = 1
	};
	struct word f;

	while (*(w.words += strspn(w.words, " "))) {
		read_word(&w, &f);
		while (f.times--)
			put_word(&w, &f);
		free(f.payload);
	}
	fclose(w.out);
	return bytes;
}
