#include "wire.h"

#include "http/param.h"

static struct view all_of(struct view rest)
{
	struct view name, value;
	struct text t;

	text_init(&t, arena_alloc(&wire_arena, 500), 500);
	while (param_next(&rest, &name, &value)) {
		text_putc(&t, '[');
		text_put(&t, name);
		text_putc(&t, '|');
		text_put(&t, value.at ? value : VIEW("none"));
		text_putc(&t, ']');
	}
	return text_view(&t);
}

static void parameters_are_cut_outside_of_quotes(void)
{
	wire_assert(all_of(VIEW("; a=b;c = \"d;\\\";e\" ;; F ;g=;h=i=j")),
		    "[a|b][c|\"d;\\\";e\"][F|none][g|][h|i=j]");
	wire_assert(all_of(VIEW("")), "");
	wire_assert(all_of(VIEW(" ; ")), "");
	wire_assert(all_of(VIEW(";a=\"b;c=d")), "[a|\"b;c=d]");
	wire_assert(all_of(VIEW(";a=\"b\\")), "[a|\"b\\]");
}

static void quotes_and_escapes_are_removed(void)
{
	char room[4];

	wire_assert(param_unquote(VIEW("abcdef"), room, 4), "abcd");
	wire_assert(param_unquote(VIEW("\"a\\\"b\""), room, 4), "a\"b");
	wire_assert(param_unquote(VIEW("\"abcdef\""), room, 4), "abcd");
	wire_assert(param_unquote(VIEW("\"ab"), room, 4), "ab");
	wire_assert(param_unquote(VIEW("\"\\"), room, 4), "\\");
	wire_assert(param_unquote(VIEW("\"\""), room, 4), "");
}

SUITE_MAIN_WITH("param", wire_setup, wire_teardown, parameters_are_cut_outside_of_quotes,
		quotes_and_escapes_are_removed)
