#include "suite.h"

#include "base/mem.h"
#include "registry/backlog.h"
#include "registry/condense.h"

enum { LAST_USED_MS = 12 /* its place among a session's values */ };

static struct row_batch *list, **list_end;
static uint64_t lost;

static void setup(void)
{
	list = NULL;
	list_end = &list;
	lost = 0;
}

static void add(struct pack *p, uint64_t number, struct backlog_entry *events)
{
	struct row_batch *b = row_batch_create(p, events);

	pack_fini(p);
	b->number = number;
	*list_end = b;
	list_end = &b->next;
}

static void add_session(uint32_t account, char key, int64_t used_ms, uint64_t number)
{
	struct session s = { .last_used_ms = used_ms };
	struct pack p;

	memset(s.key.bytes, key, ID_BYTES);
	pack_init(&p, NULL, 0);
	row_session(&p, account, &s);
	add(&p, number, NULL);
}

static void add_gone(uint32_t account, char key, uint64_t number)
{
	uint8_t id[ID_BYTES];
	struct pack p;

	memset(id, key, ID_BYTES);
	pack_init(&p, NULL, 0);
	row_gone(&p, ROW_SESSION_GONE, account, id);
	add(&p, number, NULL);
}

static void add_event(uint64_t seq)
{
	struct backlog_entry *e = MEM_NEW(struct backlog_entry);
	uint8_t id[ID_BYTES] = { 0 };
	struct pack p;

	e->seq = seq;
	pack_init(&p, NULL, 0);
	row_event(&p, id, "redirect", "alice", 1, "{}");
	add(&p, seq, e);
}

/* The kinds of the rows that are left, a letter each. */
static const char *kinds(struct row_batch *b)
{
	static const char letters[ROW_KINDS] = { [ROW_SESSION] = 'S',
						 [ROW_SESSION_GONE] = 'g',
						 [ROW_EVENT] = 'E',
						 [ROW_EVENT_DONE] = 'd' };
	static char text[64];
	struct pack_reader r = row_reader(b);
	enum row_kind kind;
	size_t n = 0;

	while (row_next(&r, &kind)) {
		text[n++] = letters[kind];
		while (row_next_value(&r).type != ROW_END)
			;
	}
	text[n] = '\0';
	return text;
}

static struct row_batch *condensed(uint64_t max_event_bytes)
{
	return condense_batches(list, max_event_bytes, &lost);
}

static void of_what_was_written_again_the_last_is_kept(void)
{
	struct row_batch *b;
	struct pack_reader r;
	enum row_kind kind;
	int64_t last_used = 0;

	for (int64_t i = 1; i <= 50; i++)
		add_session(1, 'a', i, (uint64_t)i);
	b = condensed(0);
	ck_assert_str_eq(kinds(b), "S");
	ck_assert_uint_eq(b->number, 50);
	ck_assert_uint_eq(b->changes, 50);
	ck_assert_ptr_null(b->next);
	r = row_reader(b);
	row_next(&r, &kind);
	for (unsigned i = 0; i <= LAST_USED_MS; i++)
		last_used = row_next_value(&r).number;
	ck_assert_int_eq(last_used, 50);
	mem_free(b);
}

static void what_another_has_is_not_mistaken_for_it(void)
{
	struct row_batch *b;

	add_session(1, 'a', 1, 1);
	add_session(2, 'a', 2, 2);
	add_session(1, 'b', 3, 3);
	b = condensed(0);
	ck_assert_str_eq(kinds(b), "SSS");
	mem_free(b);
}

static void the_order_decides_between_there_and_gone(void)
{
	struct row_batch *b;

	add_session(1, 'a', 1, 1);
	add_gone(1, 'a', 2);
	add_gone(1, 'b', 3);
	add_session(1, 'b', 4, 0);
	b = condensed(0);
	ck_assert_str_eq(kinds(b), "gS");
	ck_assert_uint_eq(b->number, 3);
	mem_free(b);
}

static void a_condensed_batch_can_be_condensed_again(void)
{
	struct row_batch *b;

	add_session(1, 'a', 1, 1);
	add_session(1, 'a', 2, 2);
	list = condensed(0);
	list_end = &list->next;
	add_session(1, 'a', 3, 3);
	b = condensed(0);
	ck_assert_str_eq(kinds(b), "S");
	ck_assert_uint_eq(b->changes, 3);
	mem_free(b);
}

static void expect_events(const struct row_batch *b, uint64_t first, uint64_t last)
{
	const struct backlog_entry *e = b->events;

	for (uint64_t seq = first; seq <= last; seq++, e = e->next)
		ck_assert_uint_eq(e->seq, seq);
	ck_assert_ptr_null(e);
}

static void free_with_events(struct row_batch *b)
{
	while (b->events) {
		struct backlog_entry *next = b->events->next;

		mem_free(b->events);
		b->events = next;
	}
	mem_free(b);
}

static void events_are_all_kept_in_order(void)
{
	struct row_batch *b;

	for (uint64_t seq = 1; seq <= 3; seq++) {
		add_session(1, 'a', 1, 0);
		add_event(seq);
	}
	b = condensed(1 << 20);
	ck_assert_str_eq(kinds(b), "EESE");
	expect_events(b, 1, 3);
	ck_assert_uint_eq(lost, 0);
	free_with_events(b);
}

static void beyond_the_limit_the_oldest_events_are_lost(void)
{
	struct row_batch *b;
	size_t each;

	add_event(1);
	each = list->len;
	for (uint64_t seq = 2; seq <= 9; seq++)
		add_event(seq);
	add_session(1, 'a', 1, 10);
	b = condensed(3 * each);
	ck_assert_str_eq(kinds(b), "EEES");
	expect_events(b, 7, 9);
	ck_assert_uint_eq(lost, 6);
	ck_assert_uint_eq(b->number, 10);
	free_with_events(b);
}

SUITE_MAIN_WITH("condense", setup, NULL, of_what_was_written_again_the_last_is_kept,
		what_another_has_is_not_mistaken_for_it, the_order_decides_between_there_and_gone,
		a_condensed_batch_can_be_condensed_again, events_are_all_kept_in_order,
		beyond_the_limit_the_oldest_events_are_lost)
