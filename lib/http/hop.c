#include "http/hop.h"

/* Names of Connection that name no field, as "close" does. */
enum { MAX_ABSENT_NAMES = 32 };

/* What RFC 9110 §7.6.1 names, and its kin. */
static const uint64_t HOP_FIELDS =
	UINT64_C(1) << HTTP_CONNECTION | UINT64_C(1) << HTTP_KEEP_ALIVE |
	UINT64_C(1) << HTTP_HTTP2_SETTINGS | UINT64_C(1) << HTTP_PROXY_AUTHENTICATE |
	UINT64_C(1) << HTTP_PROXY_AUTHORIZATION | UINT64_C(1) << HTTP_PROXY_CONNECTION |
	UINT64_C(1) << HTTP_TE | UINT64_C(1) << HTTP_TRAILER |
	UINT64_C(1) << HTTP_TRANSFER_ENCODING;

bool hop_has_token(const struct http_head *h, enum http_name name, struct view token)
{
	size_t from = 0;

	for (const struct http_field *f; (f = head_find(h, name, &from));) {
		struct view rest = f->value, part;

		while (view_split(&rest, ',', &part))
			if (view_is_nocase(view_trim(part), token))
				return true;
	}
	return false;
}

bool hop_keeps_alive(const struct http_head *h)
{
	if (hop_has_token(h, HTTP_CONNECTION, VIEW("close")))
		return false;
	return h->minor >= 1 || hop_has_token(h, HTTP_CONNECTION, VIEW("keep-alive"));
}

int64_t hop_keep_alive_ms(const struct http_head *h)
{
	struct view rest = head_value(h, HTTP_KEEP_ALIVE), part;
	uint64_t seconds;

	while (view_split(&rest, ',', &part)) {
		part = view_trim(part);
		if (view_starts_nocase(part, VIEW("timeout=")) &&
		    view_number(view_from(part, 8), UINT32_MAX, &seconds))
			return (int64_t)seconds * 1000;
	}
	return INT64_MAX;
}

bool hop_takes_trailers(const struct http_head *h)
{
	return h->method.len && h->minor >= 1 && hop_has_token(h, HTTP_TE, VIEW("trailers"));
}

/* A name that we know is either a hop's own, and goes anyway, or one that somebody relies on: a
 * sender that could have it dropped would be rid of its cookies or of the address it comes from. */
static bool may_be_nominated(struct view name)
{
	return name.len && head_known(name) == HTTP_UNKNOWN;
}

static void drop_nominated(struct http_head *h, struct view name)
{
	size_t from = 0;

	for (struct http_field *f; (f = head_find_text(h, name, &from));)
		f->dropped = true;
}

/* Each name is looked for among all fields: whoever names many more than there are wants nothing but our time. False. */
static bool drop_all_nominated(struct http_head *h)
{
	size_t from = 0, most = h->n_fields + MAX_ABSENT_NAMES;

	for (const struct http_field *f; (f = head_find(h, HTTP_CONNECTION, &from));) {
		struct view rest = f->value, part;

		while (view_split(&rest, ',', &part)) {
			part = view_trim(part);
			if (!may_be_nominated(part))
				continue;
			if (most-- == 0)
				return false;
			drop_nominated(h, part);
		}
	}
	return true;
}

/* Who reads on may take a leading zero for octal, odd blanks for anything, and a look-alike or a second line for the length
 * itself (RFC 9110 §8.6). */
static void settle_length(struct http_field *f, bool *had_one)
{
	const char *usual = f->name.at + f->name.len + 2;

	f->dropped |= f->alike || *had_one;
	*had_one |= !f->alike;
	while (f->value.len > 1 && f->value.at[0] == '0')
		f->value = view_from(f->value, 1);
	f->on_wire = f->on_wire && f->value.at == usual && usual[-1] == ' ';
}

bool hop_drop(struct http_head *h, struct arena *arena, bool keep_upgrade)
{
	bool takes_trailers = hop_takes_trailers(h);
	bool upgrades = keep_upgrade && h->present >> HTTP_UPGRADE & 1;
	uint64_t hops = HOP_FIELDS | (keep_upgrade ? 0 : UINT64_C(1) << HTTP_UPGRADE);
	bool has_length = false;

	if (!drop_all_nominated(h))
		return false;
	for (size_t i = 0; i < h->n_fields; i++) {
		struct http_field *f = &h->fields[i];

		if (hops >> f->known & 1)
			f->dropped = true;
		else if (f->known == HTTP_CONTENT_LENGTH)
			settle_length(f, &has_length);
	}
	if (takes_trailers && !(head_add(h, arena, VIEW("TE"), VIEW("trailers")) &&
				head_add(h, arena, VIEW("Connection"), VIEW("TE"))))
		return false;
	return !upgrades || head_add(h, arena, VIEW("Connection"), VIEW("Upgrade"));
}
