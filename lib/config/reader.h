/* reader: walks a document by the schema and fills a struct: values parsed by their types, defaults filled in,
 * everything that is wrong complained of. Knows no option by name. What the types use to do their part is
 * here too. One thread at a time per reader. */
#pragma once

#include "base/arena.h"
#include "config/document.h"
#include "config/finding.h"
#include "config/option.h"

#include <stdbool.h>

enum { READER_PATH_BYTES = 256 };

struct reader {
	struct finding_list *findings;
	struct arena *arena;
	/* Of the innermost mapping that is there: where what is missing belongs. */
	struct finding_place place;
	char path[READER_PATH_BYTES]; /* of the value being read, for messages */
	size_t path_len;
	int choice; /* of the entry being read; 0: none */
};

/* Fills the zeroed `base`; to be freed with option_drop("", base) whatever came of it. */
void reader_read(struct document_node *root, struct arena *arena, struct finding_list *findings,
		 void *base);

/* For types. An error, or a warning, at this value (NULL: where the innermost mapping stands). */
void reader_complain(struct reader *r, const struct document_node *n, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void reader_warn(struct reader *r, const struct document_node *n, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* "`value` is not EXPECTED", without the value where it must not be shown. Returns false. */
bool reader_reject(struct reader *r, const struct option *o, const struct document_node *n);
/* A number within the row's range? Complains if not. */
bool reader_in_range(struct reader *r, const struct option *o, const struct document_node *n,
		     int64_t value);
/* A scalar with its variables filled in; complains of anything else. For entries of mappings that a type
 * reads by itself. */
bool reader_expand(struct reader *r, const char *expected, struct document_node *n);
/* Goes down to a key, and up again with what the first returned. */
size_t reader_enter(struct reader *r, struct view key);
size_t reader_enter_entry(struct reader *r, size_t index);
void reader_leave(struct reader *r, size_t path_len);
