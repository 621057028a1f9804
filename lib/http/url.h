/* url: targets, queries and addresses as strings: decoding, the two kinds of matching of
 * configured addresses, parameters appended. Knows nothing of heads or settings. Pure. Any
 * thread. RFC 3986. */
#pragma once

#include "base/arena.h"
#include "base/text.h"
#include "base/view.h"

/* Percent-decodes once (`+` becomes a space only if plus_is_space). Points into the arena, or is
 * `v` itself when there is nothing to decode. at == NULL: arena full or a bad escape. */
struct view url_decode(struct view v, bool plus_is_space, struct arena *arena);
/* The same, but an escape that is none stays as it is: for what browsers and PHP take. at ==
 * NULL: arena full. */
struct view url_decode_leniently(struct view v, bool plus_is_space, struct arena *arena);

struct url_query_cursor {
	struct view rest;
};
/* Pairs of a query or urlencoded body; raw views, not decoded. Start with {query}. `&` only;
 * what is empty between two of them is skipped; without `=` the value is empty. */
bool url_query_next(struct url_query_cursor *cursor, struct view *ret_name, struct view *ret_value);

/* A configured address: a path and the query parameters it names. Parsed once from e.g.
 * "/doku.php?do=logout", "/static/", "/a/b*", or a full URL. Immutable. */
struct url_param {
	char *name, *value; /* decoded, NUL-terminated */
};
struct url_address {
	char *text;        /* as configured */
	char *scheme;      /* "http" or "https"; NULL for a path */
	char *authority;   /* host[:port], lower case, no default port; NULL for a path */
	char *path;        /* decoded; without the final `*` */
	char *folded_path; /* for generous matching: decoded, cleaned, lower case */
	bool prefix;       /* the entry is a path that ended in `/` or `*`; never for a full URL */
	struct url_param *params;
	size_t n_params;
};
/* A fragment is left out. 0 or ERR_SYNTAX: neither a path nor an http(s) URL, a bad escape, a
 * bad host, a control character. The result owns its strings; nothing to finish on error. */
int url_address_parse(const char *text, struct url_address *ret_address);
void url_address_fini(struct url_address *a);
/* Is the address on the site that goes by this Host (with or without the scheme's own port)? A
 * path always is. */
bool url_is_on(const struct url_address *a, struct view host);

/* A path that could mean two things: an encoded slash, backslash, NUL, percent sign, `?`, `#`, `;` or control
 * character; a backslash or `;`; `..` after decoding, also with a blank or a stream behind it; UTF-8 in more bytes
 * than it needs; an escape that is none. */
bool url_is_ambiguous(struct view path);
/* Narrow, for exemptions: an unambiguous path, decoded, equal (or prefixed where the entry is a
 * prefix); each named parameter exactly once, with that value and in no other spelling that PHP
 * or ASP.NET would take for it (`do[]`, `DO`), and no `;` in the query; with `only_params`, no
 * other parameter than those and `challenge`. False when in doubt. Looks at the query only: a
 * body that names the same parameter is the caller's to think of. */
bool url_matches_narrowly(const struct url_address *a, struct view path, struct view query,
			  bool only_params, struct arena *arena);
/* Generous, for logins and logouts: decoded; `//`, `/./`, `/../`, `;...`, a trailing slash and
 * path info removed, and what Windows leaves out at the end of a name (dots, blanks, `::$DATA`) or C behind a NUL; letters
 * folded. Parameters are looked for in the query only (those in a
 * body are the caller's): any occurrence counts, in any case, also `do[]=login` and `do[login]=`
 * for `do=login`. False when the arena is full. */
bool url_matches_generously(const struct url_address *a, struct view path, struct view query,
			    struct arena *arena);
/* A path as generous matching reads it: with `;` as the beginning of parameters and as a byte like others, and decoded once
 * more. Read once for a request, it takes no more room however many addresses it is held against. Points into `path` or the
 * arena. */
enum { URL_READINGS = 3 };
struct url_path {
	struct view readings[URL_READINGS];
};
/* False when the arena is full. */
bool url_path_read(struct view path, struct arena *arena, struct url_path *ret_path);
/* The same as below of a path that was read. */
bool url_path_is_at(const struct url_address *a, const struct url_path *path);
bool url_is_at(const struct url_address *a, const struct url_path *path, struct view query,
	       struct arena *arena);
/* The path part of url_matches_generously alone. */
bool url_path_matches_generously(const struct url_address *a, struct view path,
				 struct arena *arena);

/* Writes `url` with name=value appended: the right `?` or `&`, before a fragment; a parameter of
 * that name that is already there is left out, so that it never comes twice. Name and value are
 * percent-encoded. */
void url_append(struct text *t, struct view url, struct view name, struct view value);
