/* finding: what is wrong with a configuration, gathered while it is read and written out in the order of the
 * file, so that the operator sees all of it at once. Knows neither YAML nor options.
 * One thread at a time. Everything given is copied. */
#pragma once

#include "base/text.h"
#include "base/view.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct finding_place { /* counted from 1; line 0: the file as a whole */
	unsigned line, column;
};

struct finding_list; /* opaque */

/* Never NULL. */
struct finding_list *finding_list_create(void);
/* Accepts NULL. */
void finding_list_destroy(struct finding_list **list);

/* `path` is the key that is meant (identity.account[0].set_cookie); empty: none. Beyond a thousand, findings
 * are counted and not kept. */
void finding_error(struct finding_list *list, struct finding_place place, const char *path,
		   const char *format, ...) __attribute__((format(printf, 4, 5)));
void finding_warning(struct finding_list *list, struct finding_place place, const char *path,
		     const char *format, ...) __attribute__((format(printf, 4, 5)));
void finding_add(struct finding_list *list, bool is_warning, struct finding_place place,
		 const char *path, const char *format, va_list args)
	__attribute__((format(printf, 5, 0)));
bool finding_has_errors(const struct finding_list *list);

/* A line each: NAME:LINE:COLUMN: path: what. Sorted by place. */
void finding_write(struct finding_list *list, const char *name, struct text *t);

/* Bytes from a file made fit to be shown: control characters become `?`, what is long is cut at a
 * character's end. Returns `ret_shown`. */
enum { FINDING_SHOWN_BYTES = 72 };
const char *finding_shown(struct view bytes, char ret_shown[FINDING_SHOWN_BYTES]);
