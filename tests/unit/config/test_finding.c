#include "words.h"

#include "config/finding.h"

static const char *written(struct finding_list *list)
{
	static char buffer[1 << 20];
	struct text t;

	text_init(&t, buffer, sizeof(buffer) - 1);
	finding_write(list, "name", &t);
	buffer[t.len] = '\0';
	return buffer;
}

static void findings_come_in_the_order_of_the_file(void)
{
	struct finding_list *list = finding_list_create();

	finding_error(list, (struct finding_place){ 3, 1 }, "c", "third");
	finding_error(list, (struct finding_place){ 2, 9 }, "b", "second");
	finding_warning(list, (struct finding_place){ 2, 1 }, "", "first %d", 1);
	finding_error(list, (struct finding_place){ 3, 1 }, "a", "fourth");
	finding_error(list, (struct finding_place){ 0, 0 }, "", "of all");
	ck_assert_str_eq(written(list), "name: of all\n"
					"name:2:1: warning: first 1\n"
					"name:2:9: b: second\n"
					"name:3:1: c: third\n"
					"name:3:1: a: fourth\n");
	finding_list_destroy(&list);
	ck_assert_ptr_null(list);
}

static void warnings_are_no_errors(void)
{
	struct finding_list *list = finding_list_create();

	ck_assert_str_eq(written(list), "");
	finding_warning(list, (struct finding_place){ 1, 1 }, "a", "so-so");
	ck_assert(!finding_has_errors(list));
	finding_error(list, (struct finding_place){ 1, 1 }, "a", "bad");
	ck_assert(finding_has_errors(list));
	finding_list_destroy(&list);
}

static void beyond_a_thousand_they_are_counted(void)
{
	struct finding_list *list = finding_list_create();

	for (unsigned i = 1; i <= 1005; i++)
		finding_error(list, (struct finding_place){ i, 1 }, "a", "bad");
	ck_assert_has(written(list), "name:1000:1: a: bad\nname: and 5 more\n");
	ck_assert_lacks(written(list), "name:1001:");
	finding_list_destroy(&list);
}

static void hostile_bytes_are_not_shown(void)
{
	char shown[FINDING_SHOWN_BYTES];

	ck_assert_str_eq(finding_shown(VIEW("a\x1b[2J\n\0b"), shown), "a?[2J??b");
}

static void a_long_text_is_cut_between_characters(void)
{
	char shown[FINDING_SHOWN_BYTES], text[200];

	memset(text, 'x', sizeof(text));
	for (size_t at = 60; at < 70; at++) {
		memset(text, 'x', sizeof(text));
		memcpy(text + at, "\xe2\x82\xac", 3);
		finding_shown(view_make(text, sizeof(text)), shown);
		ck_assert_uint_lt(strlen(shown), FINDING_SHOWN_BYTES);
		ck_assert_has(shown, "...");
		ck_assert(!strchr(shown, '\xe2') == !strchr(shown, '\xac'));
	}
}

SUITE_MAIN("finding", findings_come_in_the_order_of_the_file, warnings_are_no_errors,
	   beyond_a_thousand_they_are_counted, hostile_bytes_are_not_shown,
	   a_long_text_is_cut_between_characters)
