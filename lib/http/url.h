/* url: targets, queries and addresses as strings: decoding, the two kinds of matching of
 * configured addresses, parameters appended. Pure. */
#pragma once

#include "base/arena.h"
#include "base/text.h"
#include "base/view.h"

/* Percent-decodes once (`+` becomes a space only if plus_is_space). at == NULL: arena full or a bad escape. */
struct view url_decode(struct view v, bool plus_is_space, struct arena *arena);

struct url_query_cursor {
	struct view rest;
};
/* Pairs of a query or urlencoded body; raw views, not decoded. Start with {query}. `&` only. */
bool url_query_next(struct url_query_cursor *cursor, struct view *ret_name, struct view *ret_value);

/* A configured address: a path and the query parameters it names. Parsed once from e.g.
 * "/doku.php?do=logout", "/static/", "/a/b*", or a full URL. Immutable. */
struct url_param {
	char *name, *value; /* decoded, NUL-terminated */
};
struct url_address {
	char *text;        /* as configured */
	char *scheme;      /* NULL for a path */
	char *authority;   /* host[:port], lower case; NULL for a path */
	char *path;        /* decoded; without the final `*` */
	bool prefix;       /* the entry ended in `/` or `*` */
	struct url_param *params;
	size_t n_params;
};
/* 0 or ERR_SYNTAX. The result owns its strings. */
int url_address_parse(const char *text, struct url_address *ret_address);
void url_address_fini(struct url_address *a);

/* A path that could mean two things: encoded slash, backslash or NUL, a backslash, `..` after decoding,
 * double encoding, `;` parameters, an escape that is none. */
bool url_is_ambiguous(struct view path);
/* Narrow, for exemptions: an unambiguous path, decoded, equal (or prefixed where the entry is a
 * prefix); each named parameter exactly once and with that value; with `only_params`, no other parameter
 * than those and `challenge`. False when in doubt. */
bool url_matches_narrowly(const struct url_address *a, struct view path, struct view query,
			  bool only_params, struct arena *arena);
/* Generous, for logins and logouts: decoded; `//`, `/./`, `/../`, `;…`, a trailing slash and path info
 * removed; letters folded; the parameters are looked for in the query only, any occurrence counts
 * (those in a body are the caller's). */
bool url_matches_generously(const struct url_address *a, struct view path, struct view query,
			    struct arena *arena);
/* The path part of url_matches_generously alone. */
bool url_path_matches_generously(const struct url_address *a, struct view path, struct arena *arena);

/* Writes `url` with name=value appended: the right `?` or `&`, before a fragment; a parameter of that name
 * that is already there is replaced, never doubled. Value is percent-encoded. */
void url_append(struct text *t, struct view url, struct view name, struct view value);
