/* head: the start line and fields of one HTTP/1.x message, strictly parsed, mutable, and
 * written again. Rewriting is done on the parsed fields: drop one, give one another value,
 * add one at the end; order, case and duplicates of all others stay as they came.
 * Does not read sockets and decides nothing about connections: see body.h and hop.h.
 * Pure. Any thread. */
#pragma once

#include "base/arena.h"
#include "base/text.h"
#include "base/view.h"
#include "http/name.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum http_method {
	HTTP_METHOD_OTHER,
	HTTP_GET,
	HTTP_HEAD,
	HTTP_POST,
	HTTP_PUT,
	HTTP_DELETE,
	HTTP_OPTIONS,
	HTTP_PATCH,
	HTTP_TRACE,
	HTTP_CONNECT
};

struct http_field {
	struct view name;  /* as it came */
	struct view value; /* without white space around it */
	uint8_t known;     /* enum http_name */
	/* X_Forwarded_For, Latch.Account: a CGI-like origin reads the known name, so head_drop
	 * drops it; head_find does not find it, so that it cannot stand in for the real one. For names
	 * that say where a body ends and what it is, by which an origin may go instead of the request
	 * line, or that only we or a trusted proxy may set: GUARDED in name.c lists them. */
	bool alike;
	bool dropped; /* not written, not found */
	bool on_wire; /* name, colon and value stand in one line of the bytes that were parsed */
};

struct http_head {
	/* request */
	struct view method;
	enum http_method method_id;
	struct view target; /* as it came; for absolute-form: what is forwarded, in origin-form */
	struct view path;   /* the part of target before '?', never empty ("*" for OPTIONS *) */
	struct view query;  /* after '?'; at == NULL when there is none */
	struct view host; /* Host, or the authority of an absolute-form target, which replaces it */
	/* response */
	int status;
	struct view reason;
	/* both */
	unsigned minor; /* HTTP/1.minor: 0 or 1 */
	struct http_field *fields;
	size_t n_fields;
	size_t room;        /* for how many there is room at `fields` */
	uint64_t present;   /* bit k: a known field k came; a quick no */
	uint64_t disguised; /* bit k: a look-alike of one did */
};

struct http_limits {
	size_t max_head_bytes;
	size_t max_target_bytes;
	unsigned max_fields;
};

/* A request head: from the first byte of the request line (one CRLF before it is skipped) to the
 * empty line. `bytes` must be the whole head and no more; find its end with head_end. Views of
 * *ret_head point into `bytes` and the arena. Stricter than the grammar: a Host of
 * registered-name characters that no host has (`,`, `%`, `!` ...) and a fragment in the target
 * are 400. More lenient: other bytes above 0x20 that a target may not hold bare (`|`, `"`, UTF-8
 * ...) pass, because browsers send them. Returns 0, or the status to answer with before closing:
 * 400, 405 (CONNECT), 414, 417 (an expectation other than 100-continue), 431, 505, 503 (arena
 * full). *ret_head is unchanged then. Framing is judged by body_plan_request. RFC 9112 §§2-5,
 * 9110 §§5.5, 7.2, 10.1.1. */
int head_parse_request(struct view bytes, const struct http_limits *limits, struct arena *arena,
		       struct http_head *ret_head);
/* A response head, equally strict. 0 or ERR_SYNTAX, ERR_TOO_LARGE, ERR_TOO_MANY, ERR_NOMEM. */
int head_parse_response(struct view bytes, const struct http_limits *limits, struct arena *arena,
			struct http_head *ret_head);
/* Looks for the end of a head in bytes that arrive bit by bit: returns the length of the head
 * with its empty line, or 0 when it is not complete. `*scanned` (start with 0) remembers how far
 * it looked. A bare LF ends a line here (the parser then refuses it), so that nothing waits
 * forever. */
size_t head_end(struct view bytes, size_t *scanned);
/* What to answer when no more bytes of an unfinished request head fit: 414 when its target is
 * what is too long, else 431. */
int head_oversized(struct view bytes, const struct http_limits *limits);

/* The first field with this name that is not dropped and no look-alike, at or after index
 * `*from`; NULL when there is none. *from becomes the index after it; `from` may be NULL: the
 * first of all. */
static inline struct http_field *head_find(const struct http_head *h, enum http_name name,
					   size_t *from);
/* By spelling, for configured names; case-insensitive, `_` not equal to `-`. */
struct http_field *head_find_text(const struct http_head *h, struct view name, size_t *from);
/* Value of the first such field, or VIEW_NONE. */
struct view head_value(const struct http_head *h, enum http_name name);
/* Drops every field of that name, look-alikes too; returns how many. */
unsigned head_drop(struct http_head *h, enum http_name name);
/* Drops every field whose name is this one once letters are folded and whatever is no letter or
 * digit counts as `-`: for configured names that nobody else may set. Returns how many. */
unsigned head_drop_alike(struct http_head *h, struct view name);
/* Drops every look-alike, whatever it looks like; returns how many. What a trusted proxy may set, a
 * client behind it may not set in disguise. */
unsigned head_drop_look_alikes(struct http_head *h);
/* Appends; the views must live as long as the head. False when the arena is full. */
bool head_add(struct http_head *h, struct arena *arena, struct view name, struct view value);
/* Drops all of that name, then appends. */
bool head_set(struct http_head *h, struct arena *arena, enum http_name name, struct view value);
/* The canonical spelling of a known name. */
struct view head_spelling(enum http_name name);
/* HTTP_UNKNOWN for a name that is none of the table's, look-alikes included. */
enum http_name head_known(struct view name);

/* What head_find does when the field did come. */
struct http_field *head_find_present(const struct http_head *h, enum http_name name, size_t *from);
static inline struct http_field *head_find(const struct http_head *h, enum http_name name,
					   size_t *from)
{
	if (h->present >> name & 1)
		return head_find_present(h, name, from);
	if (from)
		*from = h->n_fields;
	return NULL;
}

/* How many bytes head_write_request and head_write_response write at most. */
size_t head_room(const struct http_head *h);
/* Writes start line, fields and the empty line, HTTP/1.1. A dropped field is left out; lines
 * that are as they came keep every byte. What is added (head_add, head_set) is asserted to be a
 * token and a value free of CR, LF and NUL: check what came from outside before. */
void head_write_request(const struct http_head *h, struct text *t);
void head_write_response(const struct http_head *h, struct text *t);
