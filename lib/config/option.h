/* option: the schema. One row per configuration option says where it stands in the file, what kind of value
 * it takes, its range, default and description, where it is kept and whether a reload picks it up. Reading,
 * printing, freeing and the reference file all walk these rows; none of them knows an option by name.
 *
 * A path names keys from the top; `name[]` stands for each entry of a list of mappings, and rows below it keep
 * their values in that entry's own struct. Rows of one mapping follow each other. A new option is a new row.
 * Everything here is constant. Any thread. */
#pragma once

#include "base/text.h"
#include "base/view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct document_node;
struct option;
struct reader;

enum { OPTION_NOWHERE = -1 }; /* an offset: the value is checked and not kept */

enum option_flag {
	OPTION_REQUIRED = 1 << 0,
	OPTION_LIST = 1 << 1,  /* a list; `second` counts its entries */
	OPTION_ALONE = 1 << 2, /* a list of one may be written without brackets */
	/* The mapping that holds this option may be written as this option's value. */
	OPTION_SHORTHAND = 1 << 3,
	OPTION_APPENDS = 1 << 4, /* a single value that joins the list kept at the same place */
	OPTION_SILENT = 1 << 5,  /* another row prints what this one fills */
	OPTION_RESTART = 1 << 6, /* a reload does not pick it up */
	OPTION_LIVE = 1 << 7,    /* not commented out in the reference, though not required */
	/* Each entry of this list has exactly one of the keys with a `choice`. */
	OPTION_CHOICE = 1 << 8,
	OPTION_RELOAD = 1 << 9, /* a reload picks it up, though not the list that it is in */
	OPTION_TACIT = 1 << 10, /* not printed where it is false, 0 or empty, as by default */
};

/* A kind of value. */
struct option_type {
	const char *name;     /* for the reference: "duration" */
	const char *expected; /* for messages: "a duration such as 5s" */
	bool is_map;          /* takes a mapping and not a single value */
	/* Reads `n` into the struct at `base`. False after complaining; what was kept is freed by `drop`. */
	bool (*parse)(struct reader *r, const struct option *o, struct document_node *n,
		      void *base);
	/* NULL: it always has a value to print. */
	bool (*is_set)(const struct option *o, const void *base);
	/* As YAML, on the key's own line. */
	void (*print)(const struct option *o, const void *base, struct text *t);
	/* NULL: nothing to free. Leaves the place empty. */
	void (*drop)(const struct option *o, void *base);
	/* NULL: no range. A text for `min` or `max`. */
	void (*print_bound)(int64_t bound, struct text *t);
};

struct option_word {
	const char *word;
	int64_t value;
};

struct option {
	const char *path;
	/* NULL: a list of mappings, described by the rows below it. */
	const struct option_type *type;
	ptrdiff_t offset;  /* in the struct that the mapping fills */
	size_t size;       /* of the member there */
	ptrdiff_t second;  /* a companion member; of a list: its count */
	size_t entry_size; /* of a list */
	size_t max_entries;
	int64_t min, max;                /* of a number; of the length of a text */
	const struct option_word *words; /* allowed, or allowed besides a number; ends in {0} */
	const char *fallback;            /* in the words of the file; NULL: not set */
	const char *example;             /* for the reference, where no default says enough */
	const char *expected;            /* instead of the type's */
	/* Mappings of which exactly one of several keys must be there: which key this is (from 1), and, on the
	 * list's row, the member that keeps the chosen one (from 0). */
	int choice;
	ptrdiff_t choice_offset;
	unsigned flags;
	const char *about; /* a sentence or more for the reference */
};

/* Walks the keys of one mapping, given by its path with a dot at the end ("" for the file itself,
 * "origin.", "listen[]."), in the order of the rows. Start with {prefix}. */
struct option_cursor {
	const char *prefix;
	size_t index;
	struct view key;          /* what was returned */
	const struct option *row; /* NULL: a mapping of its own */
	int choice;               /* of the row, or of the rows of the mapping */
};
bool option_next(struct option_cursor *cursor);
/* The key's cursor, or false. */
bool option_find(const char *prefix, struct view key, struct option_cursor *ret_cursor);
/* The row whose value may stand for the whole mapping, or NULL. */
const struct option *option_shorthand(const char *prefix);

/* The key of the mapping nearest to a misspelt one, or the path of an option of that very name elsewhere.
 * at == NULL: none is near. Constant memory. */
struct view option_nearest(const char *prefix, struct view key);

static inline bool option_has(const struct option *o, enum option_flag flag)
{
	return o->flags & flag;
}

/* Members by their rows. */
static inline void *option_at(const struct option *o, void *base)
{
	return (char *)base + o->offset;
}

static inline const void *option_at_const(const struct option *o, const void *base)
{
	return (const char *)base + o->offset;
}

static inline void *option_second(const struct option *o, void *base)
{
	return (char *)base + o->second;
}

static inline const void *option_second_const(const struct option *o, const void *base)
{
	return (const char *)base + o->second;
}

/* Integers of any width: enums, bools, counts, sizes. Does nothing, and gives 0, for OPTION_NOWHERE. */
void option_store(const struct option *o, void *base, int64_t value);
int64_t option_load(const struct option *o, const void *base);
/* The row of a list as the row of one of its entries, whose base is the entry. */
struct option option_of_entry(const struct option *o);
/* Entries of a list. */
void *option_entry(const struct option *o, void *base, size_t index);
const void *option_entry_const(const struct option *o, const void *base, size_t index);
size_t option_count(const struct option *o, const void *base);
/* Makes room for `n` zeroed entries more; returns the first of them. */
void *option_grow(const struct option *o, void *base, size_t n);

/* Whether anything in the mapping has a value to print. */
bool option_any_set(const char *prefix, const void *base, int choice);
bool option_is_set(const struct option *o, const void *base);
/* Frees everything that the rows below `prefix` keep in `base`. */
void option_drop(const char *prefix, void *base);

/* Paths joined: "origin." from "" and "origin". The buffer is large enough for every row. */
enum { OPTION_PATH_BYTES = 128 };
const char *option_below(const char *prefix, struct view key, bool is_list,
			 char ret_path[OPTION_PATH_BYTES]);
