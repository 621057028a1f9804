/* gather: the wanted fields of a form, filled in as names and values come by, in constant
 * memory. What a reader of some format (urlform, multipart, JSON) hands in are decoded bytes;
 * this knows when a name is wanted, what of a value is kept, and when two readers could
 * disagree. One thread at a time. */
#pragma once

#include "http/form.h"

enum { GATHER_NAME_BYTES = 256 };

struct gather {
	struct form_field *fields; /* the caller's */
	size_t n;
	struct arena *arena;
	uint32_t wanted;   /* bit i: the value being read is that of fields[i] */
	uint32_t element;  /* bit i: or of an element of it */
	bool is_name_over; /* too long to be wanted, or cut at a NUL */
	size_t name_len;
	size_t value_len; /* may exceed what is kept */
	uint64_t mark;    /* of the whole value */
	char name[GATHER_NAME_BYTES];
	char value[FORM_MAX_VALUE_BYTES];
};

void gather_init(struct gather *g, struct form_field *fields, size_t n, struct arena *arena);
/* A field: begin, its name in pieces, name_end, its value in pieces, end. */
void gather_begin(struct gather *g);
void gather_name(struct gather *g, struct view bytes);
/* True when anybody wants the value. */
bool gather_name_end(struct gather *g);
void gather_value(struct gather *g, struct view bytes);
/* `is_certain` is false when another reader could see another value. */
void gather_end(struct gather *g, bool is_certain);
/* The form as a whole can be read in two ways: every wanted field is conflicting. */
void gather_doubt(struct gather *g);
/* Forgets the bytes of what was read last. */
void gather_fini(struct gather *g);
