#include "suite.h"

#include "base/text.h"
#include "http/targetparam.h"

#include <stdlib.h>

static struct arena arena;

static void set_up(void)
{
	arena_init(&arena, NULL, 0, 1 << 20);
}

static void tear_down(void)
{
	arena_fini(&arena);
}

/* "p:name=value" or "q:name=value" for each, with blanks between. */
static const char *found_in(const char *target)
{
	struct targetparam_cursor cursor = { .target = view_of(target) };
	struct targetparam param;
	struct text t;
	char *at = arena_alloc(&arena, 4096);

	text_init(&t, at, 4096);
	while (targetparam_next(&cursor, &param))
		text_printf(&t, "%s%s:%.*s=%.*s", t.len ? " " : "", param.in_query ? "q" : "p",
			    VIEW_ARG(param.name), VIEW_ARG(param.value));
	text_putc(&t, '\0');
	ck_assert(!t.overflow);
	return at;
}

static bool is_called_s(void *ctx, const struct targetparam *param)
{
	(void)ctx;
	return view_is_nocase(param->name, VIEW("s"));
}

static const char *left_of(const char *target)
{
	struct http_head h = { .target = view_of(target) };
	size_t mark = view_find(h.target, '?');
	struct view path, query;

	ck_assert(targetparam_remove(&h, &arena, is_called_s, NULL));
	mark = view_find(h.target, '?');
	path = view_head(h.target, mark);
	query = view_from(h.target, mark + 1);
	ck_assert(view_is(h.path, path));
	ck_assert(view_is(h.query, query));
	ck_assert((h.query.at != NULL) == (mark < h.target.len));
	return arena_format(&arena, "%.*s", VIEW_ARG(h.target)).at;
}

static void parameters_stand_in_every_segment_and_in_the_query(void)
{
	ck_assert_str_eq(found_in("/"), "");
	ck_assert_str_eq(found_in("*"), "");
	ck_assert_str_eq(found_in(""), "");
	ck_assert_str_eq(found_in("/a;b=1;c/d;e=2?f=3&g"), "p:b=1 p:c= p:e=2 q:f=3 q:g=");
	ck_assert_str_eq(found_in("/a?b;c=1&&d==2"), "q:b= q:c=1 q:= q:d==2");
	ck_assert_str_eq(found_in("/a;b?"), "p:b= q:=");
	ck_assert_str_eq(found_in("/a?b=/c;d?e=f"), "q:b=/c q:d?e=f");
	ck_assert_str_eq(found_in("http://h:1/a;b=1?c=2#;d=3"), "p:b=1 q:c=2");
	ck_assert_str_eq(found_in("/a;b=1#?c=2"), "p:b=1");
}

static void a_path_may_have_them_encoded(void)
{
	ck_assert_str_eq(found_in("/a%3bb%3D1%3Bc=2/d"), "p:b=1 p:c=2");
	ck_assert_str_eq(found_in("/a;b=%2f%3dx"), "p:b=%2f%3dx");
	ck_assert_str_eq(found_in("/a%253bb=1%3"), "");
	ck_assert_str_eq(found_in("/a;%"), "p:%=");
}

static void what_goes_takes_its_separator_and_nothing_else(void)
{
	static const char *const CASES[][2] = {
		{ "/a", "/a" },
		{ "/a;s=1", "/a" },
		{ "/a;s=1/b;t=2;S=3", "/a/b;t=2" },
		{ "/a%3bs%3d1/b", "/a/b" },
		{ "/;s=1", "/" },
		{ "/a?s=1", "/a" },
		{ "/a?s=1&t=2", "/a?t=2" },
		{ "/a?t=2&s=1", "/a?t=2" },
		{ "/a?t=2&s=1;u=3", "/a?t=2;u=3" },
		{ "/a?s=1;u=3", "/a?u=3" },
		{ "/a?s=1&s=2&s=3", "/a" },
		{ "/a?&s=1", "/a?" },
		{ "/a?s=1&", "/a?" },
		{ "/a?", "/a?" },
		{ "/a?x=%3bs=1", "/a?x=%3bs=1" },
		{ "//%2e%2E;x/..;/b?%zz=+&&", "//%2e%2E;x/..;/b?%zz=+&&" },
		{ "*", "*" },
	};

	for (size_t i = 0; i < sizeof(CASES) / sizeof(*CASES); i++)
		ck_assert_str_eq(left_of(CASES[i][0]), CASES[i][1]);
}

static void a_full_arena_is_said(void)
{
	struct http_head h = { .target = VIEW("/a;s=1") };
	struct arena none;

	arena_init(&none, NULL, 0, 0);
	ck_assert(!targetparam_remove(&h, &none, is_called_s, NULL));
	ck_assert(view_is(h.target, VIEW("/a;s=1")));
	arena_fini(&none);
}

/* Nothing goes but what was to go, and nothing that was to go is found again. */
static void any_target_is_free_of_them_afterwards(void)
{
	static const char ALPHABET[] = "/;s=?&%3bB3Dd#a.";
	char target[25];

	srand(7);
	for (int round = 0; round < 100000; round++) {
		struct targetparam_cursor cursor = { 0 };
		struct targetparam param;
		size_t len = 1 + (size_t)rand() % (sizeof(target) - 2);

		target[0] = '/';
		for (size_t i = 1; i < len; i++)
			target[i] = ALPHABET[(size_t)rand() % (sizeof(ALPHABET) - 1)];
		target[len] = '\0';
		cursor.target = view_of(left_of(target));
		while (targetparam_next(&cursor, &param))
			ck_assert_msg(!is_called_s(NULL, &param), "%s became %s", target,
				      cursor.target.at);
		if (!strchr(target, 's'))
			ck_assert_str_eq(cursor.target.at, target);
		arena_reset(&arena);
	}
}

SUITE_MAIN_WITH("targetparam", set_up, tear_down,
		parameters_stand_in_every_segment_and_in_the_query, a_path_may_have_them_encoded,
		what_goes_takes_its_separator_and_nothing_else, a_full_arena_is_said,
		any_target_is_free_of_them_afterwards)
