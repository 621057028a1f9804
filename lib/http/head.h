/* head: the start line and fields of one HTTP/1.x message, strictly parsed, mutable, and
 * written again. Rewriting is done on the parsed fields: drop one, give one another value,
 * add one at the end; order, case and duplicates of all others stay as they came.
 * Does not read sockets and decides nothing about connections: see body.h and hop.h.
 * Pure. Any thread. */
#pragma once

#include "base/arena.h"
#include "base/text.h"
#include "base/view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Fields that somebody asks for by name. A row: enumerator, canonical spelling. */
#define HTTP_NAME_TABLE(X)                                        \
	X(ACCEPT, "Accept")                                       \
	X(ACCEPT_LANGUAGE, "Accept-Language")                     \
	X(AUTHORIZATION, "Authorization")                         \
	X(CACHE_CONTROL, "Cache-Control")                         \
	X(CDN_CACHE_CONTROL, "CDN-Cache-Control")                 \
	X(CONNECTION, "Connection")                               \
	X(CONTENT_LENGTH, "Content-Length")                       \
	X(CONTENT_TYPE, "Content-Type")                           \
	X(COOKIE, "Cookie")                                       \
	X(DATE, "Date")                                           \
	X(EXPECT, "Expect")                                       \
	X(FORWARDED, "Forwarded")                                 \
	X(HOST, "Host")                                           \
	X(HTTP2_SETTINGS, "HTTP2-Settings")                       \
	X(KEEP_ALIVE, "Keep-Alive")                               \
	X(LOCATION, "Location")                                   \
	X(ORIGIN, "Origin")                                       \
	X(PROXY_AUTHENTICATE, "Proxy-Authenticate")               \
	X(PROXY_AUTHORIZATION, "Proxy-Authorization")             \
	X(PROXY_CONNECTION, "Proxy-Connection")                   \
	X(REFERER, "Referer")                                     \
	X(SEC_CH_UA, "Sec-CH-UA")                                 \
	X(SEC_CH_UA_MOBILE, "Sec-CH-UA-Mobile")                   \
	X(SEC_CH_UA_PLATFORM, "Sec-CH-UA-Platform")               \
	X(SEC_FETCH_DEST, "Sec-Fetch-Dest")                       \
	X(SEC_FETCH_MODE, "Sec-Fetch-Mode")                       \
	X(SEC_FETCH_SITE, "Sec-Fetch-Site")                       \
	X(SET_COOKIE, "Set-Cookie")                               \
	X(SURROGATE_CONTROL, "Surrogate-Control")                 \
	X(TE, "TE")                                               \
	X(TRAILER, "Trailer")                                     \
	X(TRANSFER_ENCODING, "Transfer-Encoding")                 \
	X(UPGRADE, "Upgrade")                                     \
	X(USER_AGENT, "User-Agent")                               \
	X(X_FORWARDED_FOR, "X-Forwarded-For")                     \
	X(X_FORWARDED_HOST, "X-Forwarded-Host")                   \
	X(X_FORWARDED_PROTO, "X-Forwarded-Proto")                 \
	X(X_REAL_IP, "X-Real-IP")                                 \
	X(X_REQUEST_ID, "X-Request-Id")                           \
	X(X_REQUESTED_WITH, "X-Requested-With")                   \
	X(LATCH_ACCOUNT, "Latch-Account")                         \
	X(LATCH_EMAIL, "Latch-Email")                             \
	X(LATCH_PHONE, "Latch-Phone")                             \
	X(LATCH_DEVICE_LIMIT, "Latch-Device-Limit")               \
	X(LATCH_GROUPS, "Latch-Groups")                           \
	X(LATCH_METADATA, "Latch-Metadata")                       \
	X(LATCH_EVENT, "Latch-Event")                             \
	X(LATCH_OTHER, "Latch-*") /* any other name that begins with latch- or latch_ */

enum http_name {
	HTTP_UNKNOWN,
#define HTTP_NAME_ENUM(id, spelling) HTTP_##id,
	HTTP_NAME_TABLE(HTTP_NAME_ENUM)
#undef HTTP_NAME_ENUM
	HTTP_NAME_COUNT
};

enum http_method { HTTP_METHOD_OTHER, HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_PUT, HTTP_DELETE, HTTP_OPTIONS,
		   HTTP_PATCH, HTTP_TRACE, HTTP_CONNECT };

struct http_field {
	struct view name;  /* as it came */
	struct view value; /* without white space around it */
	uint8_t known;     /* enum http_name. `_` counts as `-` for Latch-* and X-Forwarded-* look-alikes only */
	bool dropped;      /* not written, not found */
};

struct http_head {
	/* request */
	struct view method;
	enum http_method method_id;
	struct view target; /* as it came; for absolute-form: what is forwarded, in origin-form */
	struct view path;   /* the part of target before '?', never empty ("*" for OPTIONS *) */
	struct view query;  /* after '?'; at == NULL when there is none */
	struct view host;   /* Host, or the authority of an absolute-form target, which replaces it */
	/* response */
	int status;
	struct view reason;
	/* both */
	unsigned minor;     /* HTTP/1.minor: 0 or 1 */
	struct http_field *fields;
	size_t n_fields;
	size_t room;        /* for how many there is room at `fields` */
	uint64_t present;   /* bit k: a known field k came; a quick no */
};

struct http_limits {
	size_t max_head_bytes;
	size_t max_target_bytes;
	unsigned max_fields;
};

/* A request head: from the first byte of the request line (one CRLF before it is skipped) to the
 * empty line. `bytes` must hold the whole head; find its end with http_head_end. Views of
 * *ret_head point into `bytes` and the arena.
 * Returns 0, or the status to answer with before closing: 400, 405 (CONNECT), 414, 417, 431, 501,
 * 505, 503 (arena full). *ret_head is unchanged then. RFC 9112 §§2-5, 9110 §7.2. */
int head_parse_request(struct view bytes, const struct http_limits *limits, struct arena *arena,
		       struct http_head *ret_head);
/* A response head, equally strict. 0 or ERR_SYNTAX, ERR_TOO_LARGE, ERR_TOO_MANY, ERR_NOMEM. */
int head_parse_response(struct view bytes, const struct http_limits *limits, struct arena *arena,
			struct http_head *ret_head);
/* Looks for the end of a head in bytes that arrive bit by bit: returns the length of the head with
 * its empty line, or 0 when it is not complete. `*scanned` (start with 0) remembers how far it
 * looked. A bare LF ends a line here (the parser then refuses it), so that nothing waits forever. */
size_t head_end(struct view bytes, size_t *scanned);

/* The first field with this name that is not dropped, at or after index `*from`; NULL when there is
 * none. *from becomes the index after it; `from` may be NULL: the first of all. */
struct http_field *head_find(const struct http_head *h, enum http_name name, size_t *from);
/* By spelling, for configured names; case-insensitive, `_` not equal to `-`. */
struct http_field *head_find_text(const struct http_head *h, struct view name, size_t *from);
/* Value of the first such field, or VIEW_NONE. */
struct view head_value(const struct http_head *h, enum http_name name);
/* Drops every field of that name; returns how many. */
unsigned head_drop(struct http_head *h, enum http_name name);
/* Appends; the views must live as long as the head. False when the arena is full. */
bool head_add(struct http_head *h, struct arena *arena, struct view name, struct view value);
/* Drops all of that name, then appends. */
bool head_set(struct http_head *h, struct arena *arena, enum http_name name, struct view value);
/* The canonical spelling of a known name. */
struct view head_spelling(enum http_name name);
enum http_name head_known(struct view name);

/* Writes start line, fields and the empty line, HTTP/1.1. A dropped field is left out.
 * Values were checked when parsed; what was added is asserted to be free of CR, LF and NUL. */
void head_write_request(const struct http_head *h, struct text *t);
void head_write_response(const struct http_head *h, struct text *t);
