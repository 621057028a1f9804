#include "suite.h"

#include "base/mem.h"
#include "base/text.h"

#include <stdlib.h>

static void ck_text(const struct text *t, const char *expected)
{
	ck_assert(!t->overflow);
	ck_assert_msg(view_is(text_view(t), view_of(expected)), "got \"%.*s\", not \"%s\"",
		      VIEW_ARG(text_view(t)), expected);
}

static void pieces_are_joined(void)
{
	char room[64];
	struct text t;

	text_init(&t, room, sizeof(room));
	text_put(&t, VIEW("a"));
	text_puts(&t, "bc");
	text_putc(&t, 'd');
	text_number(&t, 0);
	text_number(&t, UINT64_MAX);
	text_printf(&t, "<%s|%d>", "x", -5);
	text_put(&t, VIEW_NONE);
	ck_text(&t, "abcd018446744073709551615<x|-5>");
}

static void a_fixed_text_takes_exactly_its_size(void)
{
	char room[4];
	struct text t;

	text_init(&t, room, sizeof(room));
	text_puts(&t, "ab");
	text_printf(&t, "%d", 12);
	ck_text(&t, "ab12");
	text_putc(&t, 'x');
	ck_assert(t.overflow);
	ck_assert_uint_eq(t.len, 4);
}

/* Half a header would be worse than none. */
static void after_an_overflow_nothing_is_written(void)
{
	char room[4];
	struct text t;

	text_init(&t, room, sizeof(room));
	text_puts(&t, "abcde");
	text_putc(&t, 'x');
	ck_assert(t.overflow);
	ck_assert_uint_eq(t.len, 0);
	text_clear(&t);
	text_putc(&t, 'x');
	ck_text(&t, "x");
}

static void a_growing_text_grows_up_to_its_maximum(void)
{
	struct text t;

	text_init_growing(&t, 1000);
	for (int i = 0; i < 1000; i++)
		text_putc(&t, 'x');
	ck_assert(!t.overflow);
	ck_assert_uint_eq(t.len, 1000);
	ck_assert_uint_le(t.size, 1000);
	text_putc(&t, 'x');
	ck_assert(t.overflow);
	text_fini(&t);
}

static void one_large_piece_fits_a_growing_text(void)
{
	char *large = mem_new(100000);
	struct text t;

	text_init_growing(&t, 1 << 20);
	text_put(&t, view_make(large, 100000));
	ck_assert_uint_eq(t.len, 100000);
	text_fini(&t);
	mem_free(large);
}

static void html_is_harmless_in_text_and_attributes(void)
{
	char room[128];
	struct text t;

	text_init(&t, room, sizeof(room));
	text_html(&t, VIEW("<a href=\"x\">'&\n\x01\x7f \xc3\xa9"));
	ck_text(&t, "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#10;\xef\xbf\xbd\xef\xbf\xbd \xc3\xa9");
}

static void percent_keeps_only_unreserved_characters(void)
{
	char room[64];
	struct text t;

	text_init(&t, room, sizeof(room));
	text_percent(&t, VIEW("aZ0-._~ /?%\xff\0"));
	ck_text(&t, "aZ0-._~%20%2F%3F%25%FF%00");
}

static void hex_is_lower_case(void)
{
	char room[16];
	struct text t;

	text_init(&t, room, sizeof(room));
	text_hex(&t, "\x00\xab\xff", 3);
	ck_text(&t, "00abff");
}

SUITE_MAIN("text", pieces_are_joined, a_fixed_text_takes_exactly_its_size,
	   after_an_overflow_nothing_is_written, a_growing_text_grows_up_to_its_maximum,
	   one_large_piece_fits_a_growing_text, html_is_harmless_in_text_and_attributes,
	   percent_keeps_only_unreserved_characters, hex_is_lower_case)
