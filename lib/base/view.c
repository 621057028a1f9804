#include "base/view.h"

bool view_is_nocase(struct view a, struct view b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (view_lower(a.at[i]) != view_lower(b.at[i]))
			return false;
	return true;
}

bool view_starts(struct view v, struct view prefix)
{
	return view_is(view_head(v, prefix.len), prefix);
}

bool view_starts_nocase(struct view v, struct view prefix)
{
	return view_is_nocase(view_head(v, prefix.len), prefix);
}

bool view_ends(struct view v, struct view suffix)
{
	return v.len >= suffix.len && view_is(view_from(v, v.len - suffix.len), suffix);
}

size_t view_find(struct view v, char c)
{
	const char *hit = v.len ? memchr(v.at, c, v.len) : NULL;

	return hit ? (size_t)(hit - v.at) : v.len;
}

size_t view_find_view(struct view v, struct view needle)
{
	const char *hit = v.len ? memmem(v.at, v.len, needle.at, needle.len) : NULL;

	return hit ? (size_t)(hit - v.at) : v.len;
}

struct view view_trim(struct view v)
{
	while (v.len && (v.at[0] == ' ' || v.at[0] == '\t'))
		v = view_from(v, 1);
	while (v.len && (v.at[v.len - 1] == ' ' || v.at[v.len - 1] == '\t'))
		v.len--;
	return v;
}

bool view_split(struct view *rest, char separator, struct view *ret_part)
{
	size_t end;

	if (!rest->at)
		return false;
	end = view_find(*rest, separator);
	*ret_part = view_head(*rest, end);
	*rest = end < rest->len ? view_from(*rest, end + 1) : VIEW_NONE;
	return true;
}

bool view_number(struct view v, uint64_t max, uint64_t *ret_number)
{
	uint64_t n = 0;

	if (!v.len)
		return false;
	for (size_t i = 0; i < v.len; i++) {
		unsigned digit = (unsigned)(v.at[i] - '0');

		if (digit > 9 || n > (UINT64_MAX - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	if (n > max)
		return false;
	*ret_number = n;
	return true;
}
