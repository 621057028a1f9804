#include "suite.h"

#include "page/style.h"

#include <math.h>
#include <stdio.h>

static double light(unsigned byte)
{
	double c = byte / 255.0;

	return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

/* WCAG 2.1's contrast of a color with white, or with black. */
static double contrast(unsigned r, unsigned g, unsigned b, bool with_white)
{
	double l = 0.2126 * light(r) + 0.7152 * light(g) + 0.0722 * light(b);

	return with_white ? 1.05 / (l + 0.05) : (l + 0.05) / 0.05;
}

static void the_text_on_any_color_can_be_read(void)
{
	char color[32];

	for (unsigned r = 0; r < 256; r += 15)
		for (unsigned g = 0; g < 256; g += 15)
			for (unsigned b = 0; b < 256; b += 15) {
				snprintf(color, sizeof(color), "#%02x%02x%02x", r, g, b);
				ck_assert_msg(contrast(r, g, b,
						       strcmp(style_ink_on(color), "#fff") == 0) >=
						      4.5,
					      "%s", color);
			}
}

static void white_is_taken_where_it_can_be_read(void)
{
	ck_assert_str_eq(style_ink_on("#000000"), "#fff");
	ck_assert_str_eq(style_ink_on("#2b59d9"), "#fff");
	ck_assert_str_eq(style_ink_on("#767676"), "#fff");
	ck_assert_str_eq(style_ink_on("#777777"), "#000");
	ck_assert_str_eq(style_ink_on("#FFFFFF"), "#000");
}

static void a_color_is_six_hex_digits(void)
{
	ck_assert(style_is_color("#12abEF"));
	ck_assert(!style_is_color(NULL));
	ck_assert(!style_is_color(""));
	ck_assert(!style_is_color("12abef"));
	ck_assert(!style_is_color("#12abe"));
	ck_assert(!style_is_color("#12abeff"));
	ck_assert(!style_is_color("#12abeg"));
	ck_assert(!style_is_color("#12;}a{"));
}

static bool writes(char *color, const char *expected)
{
	struct settings_branding branding = { .color = color };
	char room[16384];
	struct text t;

	text_init(&t, room, sizeof(room));
	style_write(&t, &branding);
	ck_assert(!t.overflow);
	ck_assert_uint_eq(view_find(text_view(&t), '<'), t.len);
	return view_starts(text_view(&t), view_of(expected));
}

static void the_sites_color_is_used_when_it_is_one(void)
{
	char yellow[] = "#ffcc00", crooked[] = "red;}</style>";

	ck_assert(writes(yellow, ":root{--brand:#ffcc00;--on-brand:#000}"));
	ck_assert(writes(crooked, ":root{--brand:#2b59d9;--on-brand:#fff}"));
	ck_assert(writes(NULL, ":root{--brand:#2b59d9;--on-brand:#fff}"));
}

SUITE_MAIN("style", the_text_on_any_color_can_be_read, white_is_taken_where_it_can_be_read,
	   a_color_is_six_hex_digits, the_sites_color_is_used_when_it_is_one)
