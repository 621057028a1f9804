/* document: YAML text -> a tree of mappings, lists and scalars that know where they stood. Owns libyaml.
 * Does not know what any key means. Refuses what makes YAML dangerous or two-faced: aliases and anchors,
 * tags, NUL, anything but UTF-8, more than DOCUMENT_MAX_BYTES, deep nesting, more than one document.
 * Duplicate keys are kept: whoever knows the path complains. Any thread, one at a time per arena. */
#pragma once

#include "base/arena.h"
#include "base/view.h"
#include "config/finding.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	DOCUMENT_MAX_BYTES = 1 << 20,
	DOCUMENT_MAX_DEPTH = 16,
	DOCUMENT_MAX_KEYS = 256,          /* of one mapping */
	DOCUMENT_ARENA_BYTES = 128 << 20, /* what the largest document can need */
};

enum document_kind {
	DOCUMENT_NOTHING, /* no value, ~ or null */
	DOCUMENT_SCALAR,
	DOCUMENT_LIST,
	DOCUMENT_MAP,
};

struct document_node {
	enum document_kind kind;
	struct finding_place place;
	struct view text;  /* of a scalar; the bytes are in the arena */
	bool from_outside; /* holds something from the environment: not to be shown */
	struct view key;   /* of a mapping's entry */
	struct finding_place key_place;
	struct document_node *first, *last; /* entries of a mapping or list, in order */
	struct document_node *next;
	size_t n;
};

/* The root, in the arena; NOTHING for an empty text. NULL after complaining: the text as a whole is unusable. */
struct document_node *document_parse(struct view yaml, struct arena *arena,
				     struct finding_list *findings);
/* A scalar that stands nowhere. NULL when the arena is full. */
struct document_node *document_scalar(struct view text, struct arena *arena);

/* The first entry of that name; NULL when there is none or `map` is no mapping (NULL among them). */
struct document_node *document_find(const struct document_node *map, struct view key);
/* Where a path (origin.url, listen[0].address) stands, or the innermost part of it that is there. */
struct finding_place document_place(const struct document_node *root, const char *path);
/* NULL unless the whole path is there. */
struct document_node *document_reach(struct document_node *root, const char *path);
/* Entries of `extra` that `map` lacks are moved into it, and stand where `place` says. */
void document_complete(struct document_node *map, struct document_node *extra,
		       struct finding_place place);
/* Overwrites all scalars: some are secrets. Accepts NULL. */
void document_wipe(struct document_node *root);
/* "a list", "a mapping" … for messages. */
const char *document_kind_text(enum document_kind kind);
