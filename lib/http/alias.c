#include "http/alias.h"

char alias_take(struct view *rest)
{
	struct view long_s = VIEW("\xc5\xbf"), kelvin = VIEW("\xe2\x84\xaa");
	char c = view_lower(rest->at[0]);
	size_t len = 1;

	if (view_starts(*rest, long_s)) {
		c = 's';
		len = long_s.len;
	} else if (view_starts(*rest, kelvin)) {
		c = 'k';
		len = kelvin.len;
	}
	*rest = view_from(*rest, len);
	return c;
}

static struct view bare(struct view name)
{
	while (name.len && name.at[0] == ' ')
		name = view_from(name, 1);
	return view_head(name, view_find(name, '\0'));
}

static char read_as(char c, bool is_closed)
{
	return c == '.' || c == ' ' || (c == '[' && !is_closed) ? '_' : view_lower(c);
}

/* Both are bare already. */
static bool begins(struct view name, struct view wanted)
{
	bool is_closed = view_find(name, ']') < name.len,
	     is_wanted_closed = view_find(wanted, ']') < wanted.len;

	if (name.len < wanted.len)
		return false;
	for (size_t i = 0; i < wanted.len; i++)
		if (read_as(name.at[i], is_closed) != read_as(wanted.at[i], is_wanted_closed))
			return false;
	return true;
}

bool alias_is(struct view name, struct view wanted)
{
	name = bare(name);
	wanted = bare(wanted);
	return name.len == wanted.len && begins(name, wanted);
}

bool alias_is_element(struct view name, struct view wanted)
{
	name = bare(name);
	wanted = bare(wanted);
	return begins(name, wanted) && (name.len == wanted.len || name.at[wanted.len] == '[');
}
