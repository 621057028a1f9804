/* view: a run of bytes that somebody else owns. It lives as long as its owner
 * (for bytes off the wire: as long as the request); copying is explicit.
 * Bytes are never assumed to end in NUL. All comparisons are ASCII and do not
 * depend on the locale. Any thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct view {
	const char *at;
	size_t len;
};

#define VIEW(literal) ((struct view){ "" literal, sizeof(literal) - 1 })
#define VIEW_NONE ((struct view){ NULL, 0 })
/* For printf's %.*s */
#define VIEW_ARG(v) (int)(v).len, (v).at

static inline struct view view_make(const void *at, size_t len)
{
	return (struct view){ (const char *)at, len };
}

/* `text` may be NULL: an empty view. */
static inline struct view view_of(const char *text)
{
	return (struct view){ text, text ? strlen(text) : 0 };
}

static inline bool view_is(struct view a, struct view b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

/* The part of `v` from `start` on; empty when `start` lies beyond the end. */
static inline struct view view_from(struct view v, size_t start)
{
	return start >= v.len ? (struct view){ v.at + v.len, 0 }
			      : (struct view){ v.at + start, v.len - start };
}

/* The first `len` bytes at most. */
static inline struct view view_head(struct view v, size_t len)
{
	return (struct view){ v.at, len < v.len ? len : v.len };
}

static inline char view_lower(char c)
{
	return (c >= 'A' && c <= 'Z') ? (char)(c | 0x20) : c;
}

bool view_is_nocase(struct view a, struct view b);
bool view_starts(struct view v, struct view prefix);
bool view_starts_nocase(struct view v, struct view prefix);
bool view_ends(struct view v, struct view suffix);

/* Offset of the first `c`, or v.len. */
size_t view_find(struct view v, char c);
/* Offset of the first occurrence of `needle` (not empty), or v.len. */
size_t view_find_view(struct view v, struct view needle);

/* Without spaces and tabs at both ends (RFC 9110 §5.6.3, OWS). */
struct view view_trim(struct view v);

/* Takes what stands before the first `separator` off the front of *rest and
 * returns it; *rest becomes what follows, or VIEW_NONE (at == NULL) after the last part.
 * Returns false when *rest was VIEW_NONE already. */
bool view_split(struct view *rest, char separator, struct view *ret_part);

/* Decimal digits only, no sign, no space, at most `max`. False otherwise. */
bool view_number(struct view v, uint64_t max, uint64_t *ret_number);
