/* form: named fields taken from a body as it streams past, in constant memory and without a length limit: urlencoded
 * (also without a type, or with one that says something else), multipart of any kind; JSON objects up to 64 KiB,
 * whatever their type says. Never alters or keeps the body. A field is found under its own name and under those that
 * PHP or ASP.NET read as it (" user", "USER", "user.id" for "user_id", "user[]"), so that nobody logs in past us as
 * somebody else. What two readers could read in two ways is conflicting, and the caller refuses the exchange: a value
 * that comes twice and differs, one that ends at a bare `;`, a multipart body that strays from what browsers write,
 * JSON with doubled names or not well-formed. Values are bytes: their charset is not looked at, but one in which
 * letters are not their ASCII bytes makes the form conflicting. Does not undo a Content-Encoding. Pure. One thread at
 * a time per reader. */
#pragma once

#include "base/arena.h"
#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

enum { FORM_MAX_FIELDS = 32, FORM_MAX_VALUE_BYTES = 1024, FORM_MAX_JSON_BYTES = 65536 };

struct form_field {
	/* Wanted; the caller's, outlives the reader. In JSON a name of the top-level object, or,
	 * when it begins with `/`, a pointer (RFC 6901). */
	struct view name;
	bool secret; /* its value is not kept, only whether it was there and not empty */
	/* found: */
	bool present;
	bool not_empty;
	/* Came twice with different values, or can be read in two ways; may be set while absent. */
	bool conflicting;
	bool too_long; /* beyond FORM_MAX_VALUE_BYTES, or what the arena holds: not kept */
	/* Decoded, in the arena; of the first occurrence. at == NULL while absent, secret or too
	 * long. A JSON number is its decimal text. */
	struct view value;
	/* The letters between the brackets where it came as `field[key]`, which is what counts to some applications
	 * of `do[login]=1`; at == NULL otherwise. Numbers are none. */
	struct view key;
	/* Of a secret: what tells its first value from others. Whoever has the field forgets it in time. */
	uint64_t mark;
};

struct form;

/* A reader for a body of this Content-Type; NULL when the arena is full, which *ret_full tells too. `fields` (n <=
 * FORM_MAX_FIELDS) is the caller's, zero but for its first two members and what form_take_query found, and filled in.
 * Memory comes from the arena, except a JSON body's, which is allocated: always call form_close. */
struct form *form_open(struct view content_type, struct form_field *fields, size_t n,
		       struct arena *arena, bool *ret_full);
/* In any split; all splits have the same result. Malformed input never fails: what was not found
 * is absent. */
void form_feed(struct form *f, struct view bytes);
/* After the last byte: fields are final. Accepts NULL. */
void form_finish(struct form *f);
/* The type is none of the three: it is read as a form or an object in case the application does not ask for it. */
bool form_is_guess(const struct form *f);
/* There was more JSON than is read: nothing of it was found. Accepts NULL. */
bool form_is_unread(const struct form *f);
/* Frees, and forgets what secrets it has seen. Accepts NULL. */
void form_close(struct form **f);
/* Query parameters into the same fields (call before or after the body; a differing double is
 * conflicting). */
void form_take_query(struct form_field *fields, size_t n, struct view query, struct arena *arena);
