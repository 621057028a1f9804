/* form_words: a login form's fields, taken from a body that comes in every split. */
#pragma once

#include "wire.h"

#include "http/form.h"

enum { FORM_USER, FORM_PASS, FORM_DO, FORM_COUNT };

static struct form_field form_got[FORM_COUNT];

/* Of the values in form_got; a body that a test made lives in wire_arena. */
static struct arena form_arena;

static inline void form_setup(void)
{
	wire_setup();
	arena_init(&form_arena, NULL, 0, 1 << 20);
}

static inline void form_teardown(void)
{
	arena_fini(&form_arena);
	wire_teardown();
}

static inline void form_ask(struct view user)
{
	form_got[FORM_USER] = (struct form_field){ .name = user };
	form_got[FORM_PASS] = (struct form_field){ .name = VIEW("pass"), .secret = true };
	form_got[FORM_DO] = (struct form_field){ .name = VIEW("do") };
}

/* `piece` bytes at a time after the first `cut`. */
static inline bool form_read(struct view type, struct view body, size_t cut, size_t piece)
{
	bool is_full;
	struct form *f = form_open(type, form_got, FORM_COUNT, &form_arena, &is_full);

	ck_assert(!is_full);
	if (!f)
		return false;
	for (size_t at = 0; at < body.len;) {
		struct view exact =
			wire_exact(view_head(view_from(body, at), at == 0 && cut ? cut : piece));

		form_feed(f, exact);
		at += exact.len;
		wire_free(exact);
	}
	form_finish(f);
	form_close(&f);
	ck_assert_ptr_null(f);
	return true;
}

static inline void form_same(const struct form_field *a, const struct form_field *b)
{
	ck_assert(a->present == b->present && a->not_empty == b->not_empty &&
		  a->too_long == b->too_long);
	ck_assert(a->conflicting == b->conflicting);
	ck_assert(!a->value.at == !b->value.at && view_is(a->value, b->value));
}

/* Whole, byte by byte and cut in two everywhere; the result is in form_got. */
static inline void form_take_as(struct view user, struct view type, struct view body)
{
	struct form_field whole[FORM_COUNT];

	arena_fini(&form_arena);
	arena_init(&form_arena, NULL, 0, (size_t)1 << 30);
	form_ask(user);
	ck_assert(form_read(type, body, 0, body.len));
	memcpy(whole, form_got, sizeof(whole));
	for (size_t cut = 0; cut < body.len; cut++) {
		form_ask(user);
		form_read(type, body, cut, cut ? body.len : 1);
		for (int i = 0; i < FORM_COUNT; i++)
			form_same(&form_got[i], &whole[i]);
	}
}

static inline void form_take(struct view type, struct view body)
{
	form_take_as(VIEW("user"), type, body);
}

#define form_assert_user(literal)                                \
	do {                                                     \
		ck_assert(form_got[FORM_USER].present);          \
		wire_assert(form_got[FORM_USER].value, literal); \
	} while (0)

static inline bool form_is_clear(void)
{
	return !form_got[FORM_USER].conflicting && !form_got[FORM_PASS].conflicting &&
	       !form_got[FORM_DO].conflicting;
}
