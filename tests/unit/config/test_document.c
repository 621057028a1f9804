#include "words.h"

#include "base/mem.h"
#include "config/document.h"

static struct arena arena;
static struct finding_list *findings;

static void set_up(void)
{
	arena_init(&arena, NULL, 0, DOCUMENT_ARENA_BYTES);
	findings = finding_list_create();
}

static void tear_down(void)
{
	arena_fini(&arena);
	finding_list_destroy(&findings);
}

static struct document_node *parsed(const char *yaml)
{
	struct document_node *root = document_parse(view_of(yaml), &arena, findings);

	ck_assert_ptr_nonnull(root);
	ck_assert(!finding_has_errors(findings));
	return root;
}

static const char *refused(struct view yaml)
{
	static char buffer[4096];
	struct text t;

	ck_assert_ptr_null(document_parse(yaml, &arena, findings));
	text_init(&t, buffer, sizeof(buffer) - 1);
	finding_write(findings, "f", &t);
	buffer[t.len] = '\0';
	return buffer;
}

static void nodes_know_where_they_stood(void)
{
	struct document_node *root = parsed("a: 1\nb:\n  - x\n  - y: z\n");
	struct finding_place place = document_place(root, "b[1].y");

	ck_assert_uint_eq(place.line, 4);
	ck_assert_uint_eq(place.column, 5);
	ck_assert_uint_eq(document_find(root, VIEW("b"))->key_place.line, 2);
	ck_assert_uint_eq(document_reach(root, "b[0]")->place.column, 5);
}

static void a_path_that_is_not_there_stands_at_its_nearest_part(void)
{
	struct document_node *root = parsed("a:\n  b: 1\n");

	ck_assert_uint_eq(document_place(root, "a.c.d").line, 1);
	ck_assert_uint_eq(document_place(root, "a.b[3]").line, 2);
	ck_assert_ptr_null(document_reach(root, "a.c"));
	ck_assert_ptr_null(document_reach(root, "a[0]"));
}

static void nothing_is_told_from_a_quoted_word(void)
{
	struct document_node *root = parsed("a:\nb: ~\nc: null\nd: 'null'\ne: ''\n");

	ck_assert_int_eq(document_find(root, VIEW("a"))->kind, DOCUMENT_NOTHING);
	ck_assert_int_eq(document_find(root, VIEW("b"))->kind, DOCUMENT_NOTHING);
	ck_assert_int_eq(document_find(root, VIEW("c"))->kind, DOCUMENT_NOTHING);
	ck_assert_int_eq(document_find(root, VIEW("d"))->kind, DOCUMENT_SCALAR);
	ck_assert_int_eq(document_find(root, VIEW("e"))->kind, DOCUMENT_SCALAR);
}

static void an_empty_text_is_nothing(void)
{
	ck_assert_int_eq(parsed("")->kind, DOCUMENT_NOTHING);
	ck_assert_int_eq(parsed("# only words\n")->kind, DOCUMENT_NOTHING);
}

static void aliases_are_refused(void)
{
	ck_assert_str_eq(refused(VIEW("a: 1\nb: *x\n")),
			 "f:2:4: anchors and aliases are not accepted\n");
}

static void anchors_are_refused_wherever_they_stand(void)
{
	ck_assert_has(refused(VIEW("a: &x 1\n")), "anchors");
	tear_down();
	set_up();
	ck_assert_has(refused(VIEW("a: &x [1]\n")), "anchors");
	tear_down();
	set_up();
	ck_assert_has(refused(VIEW("&x a: 1\n")), "anchors");
}

static void tags_are_refused(void)
{
	ck_assert_str_eq(refused(VIEW("a: !!str 1\n")), "f:1:4: tags are not accepted\n");
}

static void a_key_that_is_a_list_is_refused(void)
{
	ck_assert_has(refused(VIEW("? [a, b]\n: 1\n")), "f:1:3: a key that is not a plain word");
}

static void a_second_document_is_refused(void)
{
	ck_assert_has(refused(VIEW("a: 1\n---\nb: 1\n")), "f:2:1: more than one document");
}

static void broken_syntax_says_where(void)
{
	ck_assert_has(refused(VIEW("a: 1\n\tb: 2\n")), "f:2:1: ");
	tear_down();
	set_up();
	ck_assert_has(refused(VIEW("a: [1, 2\n")), "f:2:1: ");
}

static void a_nul_byte_is_refused(void)
{
	ck_assert_str_eq(refused(VIEW("a: 1\nb: \0\n")), "f:2:4: contains a NUL byte\n");
}

static void what_is_not_utf8_is_refused(void)
{
	ck_assert_str_eq(refused(VIEW("a: 1\nb: \xff\n")), "f:2:4: not UTF-8\n");
	tear_down();
	set_up();
	ck_assert_has(refused(VIEW("\xff\xfe"
				   "a\0")),
		      "f:1:4: contains a NUL byte");
}

static void nesting_is_bounded(void)
{
	char deep[64];

	memset(deep, '[', sizeof(deep));
	ck_assert_has(refused(view_make(deep, sizeof(deep))), "f:1:17: nested more than 16 deep");
}

static void the_size_is_bounded(void)
{
	char *large = mem_new(DOCUMENT_MAX_BYTES + 1);

	memset(large, '#', DOCUMENT_MAX_BYTES + 1);
	ck_assert_int_eq(
		document_parse(view_make(large, DOCUMENT_MAX_BYTES), &arena, findings)->kind,
		DOCUMENT_NOTHING);
	ck_assert_str_eq(refused(view_make(large, DOCUMENT_MAX_BYTES + 1)),
			 "f: larger than 1 MiB\n");
	mem_free(large);
}

static void the_keys_of_a_mapping_are_bounded(void)
{
	static char many[DOCUMENT_MAX_KEYS * 16];
	struct text t;

	text_init(&t, many, sizeof(many));
	for (int i = 0; i < DOCUMENT_MAX_KEYS; i++)
		text_printf(&t, "k%d: 1\n", i);
	ck_assert_ptr_nonnull(document_parse(text_view(&t), &arena, findings));
	text_puts(&t, "one: more\n");
	ck_assert_has(refused(text_view(&t)), "f:257:6: a mapping with more than 256 keys");
}

static void a_mapping_is_completed_by_what_it_lacks(void)
{
	struct document_node *map = parsed("a: 1\nb: 2\n"), *extra = parsed("b: 3\nc: [4]\n");

	document_complete(map, extra, (struct finding_place){ 9, 9 });
	ck_assert_uint_eq(map->n, 3);
	ck_assert(view_is(document_reach(map, "b")->text, VIEW("2")));
	ck_assert(view_is(document_reach(map, "c[0]")->text, VIEW("4")));
	ck_assert_uint_eq(document_place(map, "c[0]").line, 9);
}

static void wiping_leaves_no_scalar(void)
{
	struct document_node *root = parsed("a: secret\n");
	struct view text = document_find(root, VIEW("a"))->text;

	document_wipe(root);
	for (size_t i = 0; i < text.len; i++)
		ck_assert_int_eq(text.at[i], 0);
}

SUITE_MAIN_WITH("document", set_up, tear_down, nodes_know_where_they_stood,
		a_path_that_is_not_there_stands_at_its_nearest_part,
		nothing_is_told_from_a_quoted_word, an_empty_text_is_nothing, aliases_are_refused,
		anchors_are_refused_wherever_they_stand, tags_are_refused,
		a_key_that_is_a_list_is_refused, a_second_document_is_refused,
		broken_syntax_says_where, a_nul_byte_is_refused, what_is_not_utf8_is_refused,
		nesting_is_bounded, the_size_is_bounded, the_keys_of_a_mapping_are_bounded,
		a_mapping_is_completed_by_what_it_lacks, wiping_leaves_no_scalar)
