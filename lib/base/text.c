#include "base/text.h"

#include "base/mem.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { FIRST_BYTES = 256 };

void text_init(struct text *t, void *at, size_t size)
{
	*t = (struct text){ .at = at, .size = size, .max = size };
}

void text_init_growing(struct text *t, size_t max)
{
	*t = (struct text){ .max = max, .owned = true };
}

void text_fini(struct text *t)
{
	if (t->owned)
		mem_free(t->at);
	*t = (struct text){ 0 };
}

void text_clear(struct text *t)
{
	t->len = 0;
	t->overflow = false;
}

bool text_grow(struct text *t, size_t len)
{
	size_t size = t->size ? t->size : FIRST_BYTES;

	if (t->overflow || len > t->max - t->len) {
		t->overflow = true;
		return false;
	}
	assert(t->owned);
	while (size < t->len + len)
		size = size > t->max / 2 ? t->max : size * 2;
	t->at = mem_resize(t->at, size);
	t->size = size;
	return true;
}

void text_puts(struct text *t, const char *s)
{
	text_put(t, view_of(s));
}

void text_number(struct text *t, uint64_t n)
{
	char digits[20];
	size_t start = sizeof(digits);

	do {
		digits[--start] = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	text_put(t, view_make(digits + start, sizeof(digits) - start));
}

void text_printf(struct text *t, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	assert(len >= 0);
	if (!len || !text_reserve(t, (size_t)len))
		return;
	va_start(args, format);
	/* vsnprintf wants room for a NUL, which a text that is just full does not have. */
	if (t->size - t->len > (size_t)len) {
		vsnprintf(t->at + t->len, (size_t)len + 1, format, args);
	} else {
		char *whole = mem_new((size_t)len + 1);

		vsnprintf(whole, (size_t)len + 1, format, args);
		memcpy(t->at + t->len, whole, (size_t)len);
		mem_free(whole);
	}
	va_end(args);
	t->len += (size_t)len;
}

/* What stands for a byte in HTML; an empty view when it stands for itself. */
static struct view html_entity(char c)
{
	switch (c) {
	case '&':
		return VIEW("&amp;");
	case '<':
		return VIEW("&lt;");
	case '>':
		return VIEW("&gt;");
	case '"':
		return VIEW("&quot;");
	case '\'':
		return VIEW("&#39;");
	case '\t':
		return VIEW("&#9;");
	case '\n':
		return VIEW("&#10;");
	case '\r':
		return VIEW("&#13;");
	default: /* other control characters have no reference that HTML allows */
		return (unsigned char)c < 0x20 || c == 0x7f ? VIEW("\xef\xbf\xbd") : VIEW_NONE;
	}
}

void text_html(struct text *t, struct view v)
{
	for (size_t i = 0; i < v.len; i++) {
		struct view entity = html_entity(v.at[i]);

		if (entity.len)
			text_put(t, entity);
		else
			text_putc(t, v.at[i]);
	}
}

static bool is_unreserved(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~';
}

void text_percent(struct text *t, struct view v)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < v.len; i++) {
		unsigned char c = (unsigned char)v.at[i];

		if (is_unreserved(v.at[i]))
			text_putc(t, v.at[i]);
		else
			text_put(t, view_make((char[]){ '%', digits[c >> 4], digits[c & 15] }, 3));
	}
}

void text_hex(struct text *t, const void *at, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *bytes = at;

	if (!text_reserve(t, 2 * len))
		return;
	for (size_t i = 0; i < len; i++) {
		t->at[t->len++] = digits[bytes[i] >> 4];
		t->at[t->len++] = digits[bytes[i] & 15];
	}
}
