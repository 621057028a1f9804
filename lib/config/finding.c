#include "config/finding.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { FINDING_MAX = 1000, FINDING_TEXT_BYTES = 1024 };

struct finding {
	struct finding_place place;
	size_t order; /* of arrival, among findings of one place */
	char *text;
};

struct finding_list {
	struct finding *at;
	size_t n, size;
	size_t dropped;
	bool has_errors;
};

struct finding_list *finding_list_create(void)
{
	return MEM_NEW(struct finding_list);
}

void finding_list_destroy(struct finding_list **list)
{
	if (!*list)
		return;
	for (size_t i = 0; i < (*list)->n; i++)
		mem_free((*list)->at[i].text);
	mem_free((*list)->at);
	MEM_FREE(*list);
}

static void make_room(struct finding_list *list)
{
	if (list->n < list->size)
		return;
	list->size = list->size ? list->size * 2 : 16;
	list->at = mem_resize(list->at, list->size * sizeof(*list->at));
}

void finding_add(struct finding_list *list, bool is_warning, struct finding_place place,
		 const char *path, const char *format, va_list args)
{
	char buffer[FINDING_TEXT_BYTES];
	struct text t;
	char what[FINDING_TEXT_BYTES / 2];

	list->has_errors |= !is_warning;
	if (list->n >= FINDING_MAX) {
		list->dropped++;
		return;
	}
	vsnprintf(what, sizeof(what), format, args);
	text_init(&t, buffer, sizeof(buffer));
	text_printf(&t, "%s%s%s%s", is_warning ? "warning: " : "", path, *path ? ": " : "", what);
	make_room(list);
	list->at[list->n] = (struct finding){ place, list->n, mem_copy(t.at, t.len) };
	list->n++;
}

void finding_error(struct finding_list *list, struct finding_place place, const char *path,
		   const char *format, ...)
{
	va_list args;

	va_start(args, format);
	finding_add(list, false, place, path, format, args);
	va_end(args);
}

void finding_warning(struct finding_list *list, struct finding_place place, const char *path,
		     const char *format, ...)
{
	va_list args;

	va_start(args, format);
	finding_add(list, true, place, path, format, args);
	va_end(args);
}

bool finding_has_errors(const struct finding_list *list)
{
	return list->has_errors;
}

static int by_place(const void *left, const void *right)
{
	const struct finding *a = left, *b = right;

	if (a->place.line != b->place.line)
		return a->place.line < b->place.line ? -1 : 1;
	if (a->place.column != b->place.column)
		return a->place.column < b->place.column ? -1 : 1;
	return a->order < b->order ? -1 : 1;
}

void finding_write(struct finding_list *list, const char *name, struct text *t)
{
	if (list->n)
		qsort(list->at, list->n, sizeof(*list->at), by_place);
	for (size_t i = 0; i < list->n; i++) {
		const struct finding *f = &list->at[i];

		if (f->place.line)
			text_printf(t, "%s:%u:%u: ", name, f->place.line, f->place.column);
		else
			text_printf(t, "%s: ", name);
		text_puts(t, f->text);
		text_putc(t, '\n');
	}
	if (list->dropped)
		text_printf(t, "%s: and %zu more\n", name, list->dropped);
}

/* Where a copy of at most `max` bytes may end without cutting a UTF-8 character. */
static size_t whole_characters(struct view bytes, size_t max)
{
	size_t end = bytes.len < max ? bytes.len : max;

	while (end < bytes.len && end > 0 && ((unsigned char)bytes.at[end] & 0xc0) == 0x80)
		end--;
	return end;
}

const char *finding_shown(struct view bytes, char ret_shown[FINDING_SHOWN_BYTES])
{
	size_t n = whole_characters(bytes, FINDING_SHOWN_BYTES - 4);

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)bytes.at[i];

		ret_shown[i] = c < 0x20 || c == 0x7f ? '?' : (char)c;
	}
	memcpy(ret_shown + n, n < bytes.len ? "..." : "", n < bytes.len ? 4 : 1);
	return ret_shown;
}
