#include "http/param.h"

/* Up to the `;` that is in no quoted string, or the end. */
static size_t find_end(struct view v)
{
	bool is_quoted = false;
	size_t i = 0;

	for (; i < v.len && (is_quoted || v.at[i] != ';'); i++) {
		if (v.at[i] == '"')
			is_quoted = !is_quoted;
		else if (is_quoted && v.at[i] == '\\' && i + 1 < v.len)
			i++;
	}
	return i;
}

bool param_next(struct view *rest, struct view *ret_name, struct view *ret_value)
{
	while (rest->len) {
		size_t end = find_end(*rest);
		struct view part = view_trim(view_head(*rest, end));
		size_t equals = view_find(part, '=');

		*rest = view_from(*rest, end + 1);
		if (!part.len)
			continue;
		*ret_name = view_trim(view_head(part, equals));
		*ret_value = equals < part.len ? view_trim(view_from(part, equals + 1)) : VIEW_NONE;
		return true;
	}
	return false;
}

struct view param_unquote(struct view raw, char *room, size_t size)
{
	size_t len = 0;

	if (!raw.len || raw.at[0] != '"')
		return view_head(raw, size);
	for (size_t i = 1; i < raw.len && raw.at[i] != '"' && len < size; i++) {
		if (raw.at[i] == '\\' && i + 1 < raw.len)
			i++;
		room[len++] = raw.at[i];
	}
	return view_make(room, len);
}
