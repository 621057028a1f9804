/* A line of Content-Type, then a body: any split finds the same, and a query reads as a body does that looks like no
 * object. */
#include "http/form.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t size);

enum { WANTED = 4 };

static void ask(struct form_field fields[WANTED])
{
	fields[0] = (struct form_field){ .name = VIEW("u") };
	fields[1] = (struct form_field){ .name = VIEW("p"), .secret = true };
	fields[2] = (struct form_field){ .name = VIEW("/a/0") };
	fields[3] = (struct form_field){ .name = VIEW("a_b") };
}

static void check_same(const struct form_field *a, const struct form_field *b)
{
	for (int i = 0; i < WANTED; i++) {
		assert(a[i].present == b[i].present && a[i].not_empty == b[i].not_empty);
		assert(a[i].conflicting == b[i].conflicting && a[i].too_long == b[i].too_long);
		assert(!a[i].value.at == !b[i].value.at && view_is(a[i].value, b[i].value));
		assert(!a[i].key.at == !b[i].key.at && view_is(a[i].key, b[i].key));
		assert(!a[i].value.at || (a[i].present && !a[i].secret && !a[i].too_long));
	}
}

static bool read_form(struct view type, struct view body, size_t cut, struct form_field *fields,
		      struct arena *arena)
{
	bool is_full, is_open;
	struct form *f;

	ask(fields);
	f = form_open(type, fields, WANTED, arena, &is_full);
	is_open = f != NULL;
	for (; f && body.len; body = view_from(body, cut))
		form_feed(f, view_head(body, cut));
	form_finish(f);
	form_close(&f);
	return is_open;
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t size)
{
	struct view rest = view_make(at, size), type;
	struct form_field whole[WANTED], other[WANTED];
	struct arena arena;

	arena_init(&arena, NULL, 0, 1 << 22);
	if (view_split(&rest, '\n', &type) && rest.at &&
	    read_form(type, rest, SIZE_MAX, whole, &arena)) {
		for (size_t cut = 1; cut < 6; cut++) {
			read_form(type, rest, cut, other, &arena);
			check_same(whole, other);
		}
	}
	if (view_find(rest, '{') == rest.len) {
		read_form(VIEW("application/x-www-form-urlencoded"), rest, SIZE_MAX, whole, &arena);
		ask(other);
		form_take_query(other, WANTED, rest, &arena);
		check_same(whole, other);
	}
	arena_fini(&arena);
	return 0;
}
