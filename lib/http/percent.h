/* percent: percent-encoded text read one byte at a time (RFC 3986 §2.1). Pure. Any thread. */
#pragma once

#include "base/view.h"

/* 0 to 15, or -1 for what is no hex digit. */
static inline int percent_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = view_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Takes the first byte off *rest (not empty), decoded. An escape that is none yields its `%` and
 * sets *is_bad, which is left alone otherwise. */
static inline char percent_take(struct view *rest, bool *is_bad)
{
	char c = rest->at[0];
	int high = c == '%' && rest->len > 2 ? percent_digit(rest->at[1]) : -1;
	int low = high >= 0 ? percent_digit(rest->at[2]) : -1;

	*is_bad |= c == '%' && low < 0;
	*rest = view_from(*rest, low < 0 ? 1 : 3);
	return low < 0 ? c : (char)(high << 4 | low);
}
