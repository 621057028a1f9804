#include "identity/unwrap.h"

#include "base/base64.h"
#include "base/err.h"

static bool take(const struct settings_source *source, struct view *v)
{
	struct view mark = view_of(source->take_at);
	size_t at = mark.len ? view_find_view(*v, mark) : v->len;

	if (at == v->len)
		return false;
	*v = source->take == TAKE_BEFORE ? view_head(*v, at) : view_from(*v, at + mark.len);
	return true;
}

static int decode_base64(struct view *v, struct arena *arena)
{
	size_t size = v->len / 4 * 3 + 3;
	char *bytes = arena_alloc(arena, size);
	int n;

	if (!bytes)
		return ERR_NOMEM;
	n = base64_decode(*v, bytes, size);
	if (n < 0)
		n = base64_decode_url(*v, bytes, size);
	if (n < 0)
		return ERR_SYNTAX;
	*v = view_make(bytes, (size_t)n);
	return 0;
}

/* A decoded text is never longer than the encoded one: with that much room, only the form can be
 * wrong. */
static int decode_percent(struct view *v, struct arena *arena)
{
	struct view decoded;

	if (!arena_alloc(arena, v->len))
		return ERR_NOMEM;
	decoded = url_decode(*v, false, arena);
	if (!decoded.at)
		return ERR_SYNTAX;
	*v = decoded;
	return 0;
}

int unwrap_value(const struct settings_source *source, struct view value, struct arena *arena,
		 struct view *ret_name)
{
	bool taken = source->take == TAKE_ALL || take(source, &value);

	for (size_t i = 0; i < source->n_decode; i++) {
		int err = source->decode[i] == DECODE_BASE64 ? decode_base64(&value, arena)
							     : decode_percent(&value, arena);

		if (err)
			return err;
		taken = taken || take(source, &value);
	}
	if (!taken)
		return ERR_SYNTAX;
	*ret_name = value;
	return 0;
}
