#include "http/url.h"

#include "base/err.h"
#include "base/mem.h"
#include "http/alias.h"
#include "http/percent.h"
#include "http/target.h"

/* -- decoding -- */

static struct view decode(struct view v, bool plus_is_space, struct arena *arena, bool *is_bad)
{
	struct view rest = v;
	size_t len = 0;
	char *at;

	if (!v.at)
		return VIEW("");
	if (view_find(v, '%') == v.len && (!plus_is_space || view_find(v, '+') == v.len))
		return v;
	at = arena_alloc(arena, v.len);
	if (!at)
		return VIEW_NONE;
	while (rest.len) {
		bool is_plus = rest.at[0] == '+';
		char c = percent_take(&rest, is_bad);

		at[len++] = is_plus && plus_is_space ? ' ' : c;
	}
	return view_make(at, len);
}

struct view url_decode(struct view v, bool plus_is_space, struct arena *arena)
{
	bool is_bad = false;
	struct view decoded = decode(v, plus_is_space, arena, &is_bad);

	return is_bad ? VIEW_NONE : decoded;
}

struct view url_decode_leniently(struct view v, bool plus_is_space, struct arena *arena)
{
	bool is_bad = false;

	return decode(v, plus_is_space, arena, &is_bad);
}

bool url_query_next(struct url_query_cursor *cursor, struct view *ret_name, struct view *ret_value)
{
	struct view part;

	while (view_split(&cursor->rest, '&', &part)) {
		size_t equals = view_find(part, '=');

		if (!part.len)
			continue;
		*ret_name = view_head(part, equals);
		*ret_value = view_from(part, equals + 1);
		return true;
	}
	return false;
}

/* -- generous paths -- */

/* What cleaning may change, or what stands behind it. */
static const bool TELLING[256] = { ['%'] = true, [';'] = true, ['\\'] = true, [':'] = true,
				   [' '] = true, ['/'] = true, ['.'] = true };

static char byte_at(struct view v, size_t i)
{
	return i < v.len ? v.at[i] : '/';
}

/* Nothing in it that cleaning would change but the case of letters. */
static bool is_clean(struct view path)
{
	for (size_t i = 0; i < path.len; i++) {
		char c = path.at[i], next;

		if (!TELLING[(uint8_t)c])
			continue;
		next = byte_at(path, i + 1);
		if (c != '/' && (c != '.' || next == '/'))
			return false;
		if (c == '/' && i + 1 < path.len && (next == '/' || next == '.'))
			return false;
	}
	return path.len < 2 || path.at[path.len - 1] != '/';
}

static bool is_slash(char c)
{
	return c == '/' || c == '\\';
}

static struct view without_end(struct view segment, const char *bytes)
{
	while (segment.len && strchr(bytes, segment.at[segment.len - 1]))
		segment.len--;
	return segment;
}

/* As Windows opens files: without dots and blanks at the end of the name, without the name of a stream; and as C does, up to
 * a NUL. */
static struct view as_file(struct view segment)
{
	segment = view_head(segment, view_find(segment, '\0'));
	segment = without_end(view_head(segment, view_find_view(segment, VIEW("::$"))), " ");
	if (view_is(segment, VIEW("..")))
		return segment;
	return without_end(segment, ". ");
}

/* Adds one segment to a clean path of `len` bytes; returns its new length. */
static size_t add_segment(char *clean, size_t len, struct view segment)
{
	segment = as_file(segment);
	if (!segment.len)
		return len;
	if (view_is(segment, VIEW(".."))) {
		while (len > 0 && clean[--len] != '/')
			;
		return len;
	}
	clean[len++] = '/';
	for (size_t i = 0; i < segment.len; i++)
		clean[len++] = view_lower(segment.at[i]);
	return len;
}

/* Into `clean`, which has room for path.len + 1 bytes; returns its length. */
static size_t clean_path(struct view path, bool cut_params, char *clean)
{
	struct view segment;
	size_t len = 0;

	for (size_t start = 0, end; start < path.len; start = end + 1) {
		for (end = start; end < path.len && !is_slash(path.at[end]);)
			end++;
		segment = view_head(view_from(path, start), end - start);
		if (cut_params)
			segment = view_head(segment, view_find(segment, ';'));
		len = add_segment(clean, len, segment);
	}
	if (len == 0)
		clean[len++] = '/';
	return len;
}

static bool clean_matches(const struct url_address *a, struct view clean)
{
	struct view entry = view_of(a->folded_path);

	if (!view_starts_nocase(clean, entry))
		return false;
	if (clean.len == entry.len)
		return true;
	if (entry.len == 1)
		return a->prefix;
	return clean.at[entry.len] == '/' || (a->prefix && !view_ends(view_of(a->path), VIEW("/")));
}

static bool clean_into(struct view decoded, bool cut_params, struct arena *arena,
		       struct view *ret_clean)
{
	char *clean = arena_alloc(arena, decoded.len + 1);

	if (clean)
		*ret_clean = view_make(clean, clean_path(decoded, cut_params, clean));
	return clean != NULL;
}

/* Some decode twice. */
static bool read_twice(struct view decoded, struct arena *arena, struct url_path *read)
{
	read->readings[2] = read->readings[0];
	if (view_find(decoded, '%') == decoded.len)
		return true;
	decoded = url_decode_leniently(decoded, false, arena);
	return decoded.at && clean_into(decoded, true, arena, &read->readings[2]);
}

/* Whether `;` begins parameters or is a byte like others changes what `/login/..;/` is; either
 * reading counts. */
bool url_path_read(struct view path, struct arena *arena, struct url_path *ret_path)
{
	struct url_path read = { { path, path, path } };
	struct view decoded;

	if (!is_clean(path)) {
		decoded = url_decode_leniently(path, false, arena);
		if (!decoded.at || !clean_into(decoded, true, arena, &read.readings[0]))
			return false;
		read.readings[1] = read.readings[0];
		if (view_find(decoded, ';') < decoded.len &&
		    !clean_into(decoded, false, arena, &read.readings[1]))
			return false;
		if (!read_twice(decoded, arena, &read))
			return false;
	}
	*ret_path = read;
	return true;
}

bool url_path_is_at(const struct url_address *a, const struct url_path *path)
{
	for (size_t i = 0; i < URL_READINGS; i++)
		if ((i == 0 || path->readings[i].at != path->readings[0].at) &&
		    clean_matches(a, path->readings[i]))
			return true;
	return false;
}

bool url_path_matches_generously(const struct url_address *a, struct view path, struct arena *arena)
{
	struct url_path read;

	return url_path_read(path, arena, &read) && url_path_is_at(a, &read);
}

/* -- configured addresses -- */

static bool has_control(struct view v)
{
	for (size_t i = 0; i < v.len; i++)
		if ((uint8_t)v.at[i] <= 0x20 || v.at[i] == 0x7f)
			return true;
	return false;
}

/* The decoded bytes as a string of its own; NULL for a bad escape or a NUL among them. */
static char *decode_own(struct view v, bool plus_is_space)
{
	char *text = mem_copy(v.at, v.len);
	struct view rest = view_make(text, v.len);
	size_t len = 0;
	bool is_bad = false;

	while (rest.len) {
		bool is_plus = rest.at[0] == '+';
		char c = percent_take(&rest, &is_bad);

		is_bad |= c == '\0';
		text[len++] = is_plus && plus_is_space ? ' ' : c;
	}
	text[len] = '\0';
	if (is_bad)
		MEM_FREE(text);
	return text;
}

static char *fold_own(const char *path)
{
	struct view v = view_of(path);
	char *clean = mem_new(v.len + 2);

	clean[clean_path(v, true, clean)] = '\0';
	return clean;
}

static bool is_scheme_port(const char *scheme, struct view port)
{
	return port.len == 0 ||
	       view_is(port, strcmp(scheme, "https") == 0 ? VIEW("443") : VIEW("80"));
}

/* Where the port's colon stands, or v.len. */
static size_t find_port(struct view v)
{
	size_t from = v.len && v.at[0] == '[' ? view_find(v, ']') : 0;

	return from + view_find(view_from(v, from), ':');
}

/* Without the port that the scheme has anyway. */
static struct view bare_host(const char *scheme, struct view host)
{
	size_t colon = find_port(host);

	return is_scheme_port(scheme, view_from(host, colon + 1)) ? view_head(host, colon) : host;
}

static bool take_origin(struct view *rest, struct url_address *a)
{
	bool is_https = view_starts_nocase(*rest, VIEW("https://"));
	struct view host;
	size_t end = 0;

	if (!is_https && !view_starts_nocase(*rest, VIEW("http://")))
		return false;
	a->scheme = mem_text(is_https ? "https" : "http");
	*rest = view_from(*rest, is_https ? 8 : 7);
	while (end < rest->len && rest->at[end] != '/' && rest->at[end] != '?')
		end++;
	if (!target_is_host(view_head(*rest, end)))
		return false;
	host = bare_host(a->scheme, view_head(*rest, end));
	a->authority = mem_copy(host.at, host.len);
	for (char *c = a->authority; *c; c++)
		*c = view_lower(*c);
	*rest = view_from(*rest, end);
	return true;
}

static bool take_path(struct view path, struct url_address *a)
{
	if (a->scheme) {
		path = path.len ? path : VIEW("/");
	} else {
		a->prefix = view_ends(path, VIEW("/")) || view_ends(path, VIEW("*"));
		if (view_ends(path, VIEW("*")))
			path.len--;
	}
	a->path = decode_own(path, false);
	if (!a->path)
		return false;
	a->folded_path = fold_own(a->path);
	return true;
}

static bool take_params(struct view query, struct url_address *a)
{
	struct url_query_cursor cursor = { query };
	struct view name, value;

	while (url_query_next(&cursor, &name, &value)) {
		struct url_param *p;

		a->params = mem_resize(a->params, (a->n_params + 1) * sizeof(*a->params));
		p = &a->params[a->n_params++];
		p->name = decode_own(name, true);
		p->value = decode_own(value, true);
		if (!p->name || !p->value)
			return false;
	}
	return true;
}

int url_address_parse(const char *text, struct url_address *ret_address)
{
	struct url_address a = { .text = mem_text(text) };
	struct view rest = view_of(a.text), path;
	size_t mark;

	rest = view_head(rest, view_find(rest, '#'));
	if (has_control(rest) || (!view_starts(rest, VIEW("/")) && !take_origin(&rest, &a)))
		goto bad;
	mark = view_find(rest, '?');
	path = view_head(rest, mark);
	if (!take_path(path, &a) ||
	    (mark < rest.len && !take_params(view_from(rest, mark + 1), &a)))
		goto bad;
	*ret_address = a;
	return 0;
bad:
	url_address_fini(&a);
	return ERR_SYNTAX;
}

void url_address_fini(struct url_address *a)
{
	for (size_t i = 0; i < a->n_params; i++) {
		mem_free(a->params[i].name);
		mem_free(a->params[i].value);
	}
	mem_free(a->params);
	mem_free(a->text);
	mem_free(a->scheme);
	mem_free(a->authority);
	mem_free(a->path);
	mem_free(a->folded_path);
	*a = (struct url_address){ 0 };
}

bool url_is_on(const struct url_address *a, struct view host)
{
	return !a->authority || view_is_nocase(bare_host(a->scheme, host), view_of(a->authority));
}

/* -- narrow matching -- */

/* Bytes that lie where no UTF-8 needs them: "/" and "." hide there from whoever does not decode
 * them so. */
static bool is_overlong(uint8_t first, uint8_t second)
{
	return first == 0xc0 || first == 0xc1 || (first == 0xe0 && second < 0xa0) ||
	       (first == 0xf0 && second < 0x90);
}

static bool means_something(char c)
{
	return (uint8_t)c < 0x20 || c == 0x7f || strchr("/\\%?#;", c) != NULL;
}

bool url_is_ambiguous(struct view path)
{
	bool is_bad = false;
	unsigned dots = 0, others = 0; /* of this segment */

	while (path.len) {
		bool is_encoded = path.at[0] == '%', is_end;
		char c = percent_take(&path, &is_bad);
		struct view next = path;
		bool ignored = false;

		is_end = c == '/' && !is_encoded;
		if (is_bad || c == '\\' || c == ';' || (is_encoded && means_something(c)))
			return true;
		if (is_overlong((uint8_t)c, next.len ? (uint8_t)percent_take(&next, &ignored) : 0))
			return true;
		/* Windows takes `..` and a blank for `..`, too. */
		if ((is_end || c == ' ' || c == ':' || c == '\0') && dots == 2 && !others)
			return true;
		dots = is_end ? 0 : dots + (c == '.');
		others = is_end ? 0 : others + (c != '.');
	}
	return dots == 2 && !others;
}

/* One pair of a query, held against an entry's parameters: which it is, or n_params. False when
 * it may be one but is not surely. */
static bool judge_pair(const struct url_address *a, struct view name, struct view value,
		       size_t *ret_param)
{
	size_t found = a->n_params;

	for (size_t i = 0; i < a->n_params; i++) {
		struct view wanted = view_of(a->params[i].name);

		if (view_is(name, wanted) && view_is(value, view_of(a->params[i].value)))
			found = i;
		else if (alias_is_element(name, wanted))
			return false;
	}
	*ret_param = found;
	return true;
}

static bool params_match_narrowly(const struct url_address *a, struct view query, bool only_params,
				  struct arena *arena)
{
	struct url_query_cursor cursor = { query };
	struct view name, value;
	size_t param, found = 0;
	uint64_t seen = 0;

	if (a->n_params > 64 || view_find(query, ';') < query.len)
		return false;
	while (url_query_next(&cursor, &name, &value)) {
		name = url_decode(name, true, arena);
		value = url_decode(value, true, arena);
		if (!name.at || !value.at || !judge_pair(a, name, value, &param))
			return false;
		if (param == a->n_params) {
			if (only_params && !view_is(name, VIEW("challenge")))
				return false;
			continue;
		}
		if (seen >> param & 1)
			return false;
		seen |= UINT64_C(1) << param;
		found++;
	}
	return found == a->n_params;
}

/* Decoding takes no room: there may be many addresses, and the path may be long. */
static bool path_matches_narrowly(const struct url_address *a, struct view path)
{
	struct view entry = view_of(a->path);
	bool is_bad = false;

	for (size_t i = 0; i < entry.len; i++)
		if (!path.len || percent_take(&path, &is_bad) != entry.at[i])
			return false;
	return !is_bad && (a->prefix || !path.len);
}

bool url_matches_narrowly(const struct url_address *a, struct view path, struct view query,
			  bool only_params, struct arena *arena)
{
	if (!path_matches_narrowly(a, path) || url_is_ambiguous(path))
		return false;
	return (!a->n_params && !only_params) ||
	       params_match_narrowly(a, query, only_params, arena);
}

/* -- generous matching -- */

/* `do=login` for { do, login }, and what PHP makes an array of: `do[]=login`, `do[login]=`. */
static bool pair_matches(const struct url_param *p, struct view name, struct view value)
{
	struct view wanted = view_trim(view_of(p->value));
	size_t open = view_find(name, '[');
	struct view key = view_from(name, open + 1);

	if (!alias_is_element(name, view_of(p->name)))
		return false;
	key = view_head(key, view_find(key, ']'));
	return view_is_nocase(view_trim(value), wanted) ||
	       (open < name.len && view_is_nocase(view_trim(key), wanted));
}

static bool part_matches(const struct url_param *p, struct view part, struct arena *arena)
{
	size_t equals = view_find(part, '=');
	struct view name = url_decode_leniently(view_head(part, equals), true, arena);
	struct view value = url_decode_leniently(view_from(part, equals + 1), true, arena);

	return name.at && value.at && pair_matches(p, name, value);
}

/* Some applications cut at `;` as well. */
static bool param_occurs(const struct url_param *p, struct view query, struct arena *arena)
{
	struct view rest = query, part, piece;

	while (view_split(&rest, '&', &part)) {
		if (part_matches(p, part, arena))
			return true;
		if (view_find(part, ';') == part.len)
			continue;
		while (view_split(&part, ';', &piece))
			if (part_matches(p, piece, arena))
				return true;
	}
	return false;
}

bool url_is_at(const struct url_address *a, const struct url_path *path, struct view query,
	       struct arena *arena)
{
	if (!url_path_is_at(a, path))
		return false;
	for (size_t i = 0; i < a->n_params; i++)
		if (!param_occurs(&a->params[i], query, arena))
			return false;
	return true;
}

bool url_matches_generously(const struct url_address *a, struct view path, struct view query,
			    struct arena *arena)
{
	struct url_path read;

	return url_path_read(path, arena, &read) && url_is_at(a, &read, query, arena);
}

/* -- appending -- */

static bool is_called(struct view raw, struct view name)
{
	bool is_bad = false;
	size_t i = 0;

	for (; raw.len; i++)
		if (i == name.len || percent_take(&raw, &is_bad) != name.at[i])
			return false;
	return i == name.len;
}

void url_append(struct text *t, struct view url, struct view name, struct view value)
{
	size_t hash = view_find(url, '#');
	struct view fragment = view_from(url, hash), body = view_head(url, hash);
	size_t mark = view_find(body, '?');
	struct url_query_cursor cursor = { mark < body.len ? view_from(body, mark + 1)
							   : VIEW_NONE };
	struct view part_name, part_value;
	char separator = '?';

	text_put(t, view_head(body, mark));
	while (url_query_next(&cursor, &part_name, &part_value)) {
		if (is_called(part_name, name))
			continue;
		text_putc(t, separator);
		text_put(t, view_make(part_name.at,
				      (size_t)(part_value.at + part_value.len - part_name.at)));
		separator = '&';
	}
	text_putc(t, separator);
	text_percent(t, name);
	text_putc(t, '=');
	text_percent(t, value);
	text_put(t, fragment);
}
