/* text: bytes being written, into a buffer of fixed or of bounded, growing size.
 * A write that does not fit sets `overflow`, writes nothing more, and is looked
 * at once, at the end. One thread at a time. */
#pragma once

#include "base/view.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
	char *at;
	size_t len;
	size_t size; /* room at `at` */
	size_t max;  /* may grow up to here; == size for a fixed buffer */
	bool owned;  /* `at` came from malloc */
	bool overflow;
};

/* Fixed: the caller's memory. */
void text_init(struct text *t, void *at, size_t size);
/* Growing up to `max` bytes; allocates on first use. */
void text_init_growing(struct text *t, size_t max);
void text_fini(struct text *t);
/* Empties; keeps the room. */
void text_clear(struct text *t);

/* Room for `len` more bytes, or overflow is set; text_grow makes it where there is none yet. */
bool text_grow(struct text *t, size_t len);
static inline bool text_reserve(struct text *t, size_t len)
{
	return (len <= t->size - t->len && !t->overflow) || text_grow(t, len);
}

static inline void text_put(struct text *t, struct view v)
{
	if (!v.len || !text_reserve(t, v.len))
		return;
	memcpy(t->at + t->len, v.at, v.len);
	t->len += v.len;
}

static inline void text_putc(struct text *t, char c)
{
	if (text_reserve(t, 1))
		t->at[t->len++] = c;
}

void text_puts(struct text *t, const char *s);
void text_number(struct text *t, uint64_t n);
void text_printf(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* For <&>"' and control characters: HTML text and attribute values. */
void text_html(struct text *t, struct view v);
/* Percent-encodes all but RFC 3986 §2.3 unreserved characters. */
void text_percent(struct text *t, struct view v);
/* Lower-case hex. */
void text_hex(struct text *t, const void *at, size_t len);

static inline struct view text_view(const struct text *t)
{
	return (struct view){ t->at, t->len };
}
