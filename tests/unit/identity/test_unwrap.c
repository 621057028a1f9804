#include "stage.h"

#include "base/base64.h"
#include "base/err.h"
#include "identity/unwrap.h"

static enum settings_decode percent[] = { DECODE_PERCENT }, base64[] = { DECODE_BASE64 },
			    both[] = { DECODE_PERCENT, DECODE_BASE64 };

static struct settings_source source(enum settings_decode *decode, size_t n,
				     enum settings_take take, char *mark)
{
	return (struct settings_source){
		.decode = decode, .n_decode = n, .take = take, .take_at = mark
	};
}

static int unwrap(struct settings_source s, struct view value, struct view *ret_name)
{
	*ret_name = VIEW_NONE;
	return unwrap_value(&s, value, &stage.arena, ret_name);
}

#define assert_name(s, value, wanted)                          \
	do {                                                   \
		struct view name_;                             \
		ck_assert_int_eq(unwrap(s, value, &name_), 0); \
		stage_assert_text(name_, wanted);              \
	} while (0)
#define assert_none(s, value)                                           \
	do {                                                            \
		struct view name_;                                      \
		ck_assert_int_eq(unwrap(s, value, &name_), ERR_SYNTAX); \
	} while (0)

static void a_bare_name_is_itself(void)
{
	assert_name(source(NULL, 0, TAKE_ALL, NULL), VIEW("bob"), "bob");
}

static void mediawiki_wordpress_and_dokuwiki_are_understood(void)
{
	assert_name(source(percent, 1, TAKE_ALL, NULL), VIEW("Bob%20Smith"), "Bob Smith");
	assert_name(source(percent, 1, TAKE_BEFORE, (char[]){ "|" }),
		    VIEW("bob%7C1700000000%7Ctoken%7Cmac"), "bob");
	/* base64 of the name, a flag, base64 of the encrypted password; as PHP's setcookie encodes it */
	assert_name(source(both, 2, TAKE_BEFORE, (char[]){ "|" }), VIEW("Ym9i%7C0%7CZW5jcnlwdGVk"),
		    "bob");
	assert_name(source(both, 2, TAKE_BEFORE, (char[]){ "|" }), VIEW("Ym9iYg%3D%3D%7C0%7CZW5j"),
		    "bobb");
}

static void the_separator_may_show_after_the_last_step(void)
{
	assert_name(source(base64, 1, TAKE_BEFORE, (char[]){ ":" }), VIEW("Ym9iOnNlY3JldA=="),
		    "bob");
	assert_name(source(base64, 1, TAKE_AFTER, (char[]){ ":" }), VIEW("Ym9iOnNlY3JldA"),
		    "secret");
}

static void it_is_acted_on_once_and_where_it_first_shows(void)
{
	assert_name(source(percent, 1, TAKE_BEFORE, (char[]){ "|" }), VIEW("a%7Cb|c"), "a|b");
	assert_name(source(NULL, 0, TAKE_AFTER, (char[]){ "--" }), VIEW("x--y--z"), "y--z");
	assert_name(source(NULL, 0, TAKE_BEFORE, (char[]){ "--" }), VIEW("x--y--z"), "x");
}

static void what_does_not_fit_names_nobody(void)
{
	assert_none(source(NULL, 0, TAKE_BEFORE, (char[]){ "|" }), VIEW("bob"));
	assert_none(source(percent, 1, TAKE_BEFORE, (char[]){ "|" }), VIEW("bob%7"));
	assert_none(source(percent, 1, TAKE_ALL, NULL), VIEW("%zz"));
	assert_none(source(base64, 1, TAKE_ALL, NULL), VIEW("!!!"));
	assert_none(source(base64, 1, TAKE_ALL, NULL), VIEW("a"));
}

static void a_full_arena_is_said(void)
{
	struct settings_source s = source(base64, 1, TAKE_ALL, NULL),
			       p = source(percent, 1, TAKE_ALL, NULL);
	struct arena full;
	struct view name;

	arena_init(&full, NULL, 0, 4);
	ck_assert_int_eq(unwrap_value(&s, VIEW("Ym9iYm9iYm9i"), &full, &name), ERR_NOMEM);
	ck_assert_int_eq(unwrap_value(&p, VIEW("bob%20bobbobbob"), &full, &name), ERR_NOMEM);
	arena_fini(&full);
}

SUITE_MAIN_WITH("unwrap", stage_setup, stage_teardown, a_bare_name_is_itself,
		mediawiki_wordpress_and_dokuwiki_are_understood,
		the_separator_may_show_after_the_last_step,
		it_is_acted_on_once_and_where_it_first_shows, what_does_not_fit_names_nobody,
		a_full_arena_is_said)
