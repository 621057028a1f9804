/* form: named fields taken from a body as it streams past, in constant memory and without a length limit:
 * urlencoded and multipart/form-data; JSON objects up to 64 KiB. Never alters or keeps the body.
 * Pure. One thread at a time per reader. */
#pragma once

#include "base/arena.h"
#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

enum { FORM_MAX_FIELDS = 32, FORM_MAX_VALUE_BYTES = 1024, FORM_MAX_JSON_BYTES = 65536 };

struct form_field {
	struct view name;    /* wanted; the caller's, outlives the reader */
	bool secret;         /* its value is not kept, only whether it was there and not empty */
	/* found: */
	bool present;
	bool not_empty;
	bool conflicting;    /* came twice with different values */
	bool too_long;       /* value beyond FORM_MAX_VALUE_BYTES: not kept */
	struct view value;   /* decoded; at == NULL while absent, secret or too long */
};

struct form;

/* A reader for a body of this Content-Type, or NULL when the type is none of the three (or the arena is full,
 * which *ret_full tells). `fields` (n <= FORM_MAX_FIELDS) is the caller's and filled in. Memory comes from the
 * arena, except a JSON body's, which is malloc'd: always call form_close. */
struct form *form_open(struct view content_type, struct form_field *fields, size_t n,
		       struct arena *arena, bool *ret_full);
/* In any split. Malformed input never fails: what was not found is absent. */
void form_feed(struct form *f, struct view bytes);
/* After the last byte: fields are final. Accepts NULL. */
void form_finish(struct form *f);
/* Frees. Accepts NULL. */
void form_close(struct form **f);
/* Query parameters into the same fields (call before or after the body; a differing double is conflicting). */
void form_take_query(struct form_field *fields, size_t n, struct view query, struct arena *arena);
