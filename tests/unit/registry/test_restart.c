/* A long random life, then a restart: what is in memory before and what is read back are written down as
 * text and compared, account by account. */
#include "ground.h"

#include "base/map.h"
#include "base/text.h"

enum { ACCOUNTS = 12, DEVICES = 90, KEYS = 900 };

static struct ground g;
static uint64_t dice;

static void setup(void)
{
	ground_init(&g, NULL);
	dice = 42;
}

static void teardown(void)
{
	ground_fini(&g);
}

static unsigned draw(unsigned n)
{
	dice = dice * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(dice >> 33) % n;
}

static void write_challenge(struct text *t, const struct challenge *c)
{
	text_puts(t, " challenge ");
	text_hex(t, c->id.bytes, ID_BYTES);
	text_printf(t, " %u %u %u %ld %ld %ld %u %ld %s", c->reasons, c->state, c->veto,
		    (long)c->created_ms, (long)c->changed_ms, (long)c->postponed_until_ms,
		    c->postponed_count, (long)c->postponed_day_ms, c->wanted ? c->wanted : "-");
}

static void write_attachment(struct text *t, const struct attachment *a)
{
	text_puts(t, "\n device ");
	text_hex(t, a->device.bytes, ID_BYTES);
	text_printf(t, " %u %d%d%d%d %u %u %u %s ", a->status, a->counted, a->suspended,
		    a->repeat_trial, a->cookie_came_back, a->facts.type, a->facts.os,
		    a->facts.browser, a->facts.language);
	text_hex(t, a->facts.network, NETWORK_BYTES);
	text_hex(t, a->ridden.bytes, ID_BYTES);
	text_printf(t, " %s %ld %ld %ld %u %ld", a->label ? a->label : "-", (long)a->first_seen_ms,
		    (long)a->last_seen_ms, (long)a->place_ms, a->excess_told,
		    (long)a->excess_told_ms);
	if (a->challenge)
		write_challenge(t, a->challenge);
}

static void write_session(struct text *t, const struct session *s)
{
	text_puts(t, "\n session ");
	text_hex(t, s->key.bytes, ID_BYTES);
	text_hex(t,
		 s->attachment ? s->attachment->device.bytes : (const uint8_t *)"nobody's device.",
		 ID_BYTES);
	text_printf(t, " %u %u %u %u %u %d%d%d %ld %ld ", s->state, s->source, s->given, s->cause,
		    s->veto, s->redirect_told, s->cookie_came_back, s->has_challenge,
		    (long)s->bound_ms, (long)s->last_used_ms);
	text_hex(t, s->challenge.bytes, ID_BYTES);
	text_hex(t, s->revocation.bytes, ID_BYTES);
}

static int by_key(const void *a, const void *b)
{
	const struct session *const *x = a, *const *y = b;

	return memcmp((*x)->key.bytes, (*y)->key.bytes, ID_BYTES);
}

static char *written(const struct account *a)
{
	const struct session *sessions[ACCOUNT_MAX_SESSIONS];
	struct text t;
	char *copy;

	text_init_growing(&t, 1 << 20);
	text_printf(&t, "%s %d %d %d %s %s %ld %u", a->id, a->suspended, a->admin_limit,
		    a->origin_limit, a->email ? a->email : "-", a->metadata ? a->metadata : "-",
		    (long)a->created_ms, a->new_devices);
	for (unsigned i = 0; i < a->n_attachments; i++)
		write_attachment(&t, a->attachments[i]);
	for (unsigned i = 0; i < a->n_sessions; i++)
		sessions[i] = a->sessions[i];
	qsort(sessions, a->n_sessions, sizeof(sessions[0]), by_key);
	for (unsigned i = 0; i < a->n_sessions; i++)
		write_session(&t, sessions[i]);
	ck_assert(!t.overflow);
	copy = mem_copy(t.at, t.len);
	text_fini(&t);
	return copy;
}

static bool keep_written(const struct account *a, void *arg)
{
	mem_free(map_put(arg, view_of(a->id), written(a)));
	return true;
}

static bool compare_written(const struct account *a, void *arg)
{
	char *before = map_drop(arg, view_of(a->id)), *after = written(a);

	ck_assert_ptr_nonnull(before);
	ck_assert_str_eq(after, before);
	mem_free(before);
	mem_free(after);
	return true;
}

/* Comes, or comes back. */
static struct attachment *visit(struct account *a, struct change *c, unsigned device)
{
	struct attachment *t = ground_attachment(a, c, device);

	if (!t)
		return NULL;
	if (t->status == ATTACHMENT_PENDING)
		t->status = ATTACHMENT_ATTACHED;
	t->facts.type = (uint8_t)draw(DEVICE_TYPES);
	t->facts.network[draw(NETWORK_BYTES)] = (uint8_t)draw(256);
	t->counted = draw(4) == 0 && a->n_attachments < ACCOUNT_MAX_DEVICES;
	t->last_seen_ms = change_now_ms(c);
	t->place_ms = t->counted ? change_now_ms(c) : 0;
	t->rides = draw(5) == 0;
	memset(t->ridden.bytes, t->rides ? 7 : 0, ID_BYTES);
	change_label(c, t, draw(2) ? VIEW("Safari on iOS") : VIEW("Firefox on Linux"));
	change_attachment(c, t);
	return t;
}

static void ask(struct change *c, struct attachment *t)
{
	if (!t->challenge || draw(2))
		change_challenge_open(c, t, REASON_BIT_LIMIT << draw(3));
	else
		change_challenge_state(c, t, (enum challenge_state)draw(CHALLENGE_STATES));
	t->challenge->postponed_count = (uint8_t)draw(4);
	change_challenge_wanted(c, t, draw(2) ? VIEW("/wiki?id=start") : VIEW_NONE);
	change_challenge(c, t);
}

static void fn_live(struct account *a, struct change *c, void *arg)
{
	uint64_t before = *(uint64_t *)arg;
	struct session_key key;
	struct attachment *t;

	dice = before; /* may run twice */
	t = visit(a, c, draw(DEVICES));
	if (!t)
		return;
	key = ground_key(draw(KEYS));
	switch (draw(8)) {
	case 0:
		change_revoke(c, t, REVOKE_KICKED + draw(4),
			      draw(2) && t->challenge ? &t->challenge->id : NULL);
		break;
	case 1:
		ask(c, t);
		break;
	case 2:
		change_bind(c, &key, NULL, draw(3));
		break;
	case 3:
		change_text(c, draw(2) ? &a->email : &a->metadata,
			    draw(2) ? VIEW("one") : VIEW("two"));
		break;
	case 4:
		a->admin_limit = (int32_t)draw(9) - 1;
		change_account(c);
		break;
	default:
		change_bind_given(c, &key, t, draw(3), draw(SESSION_GIVEN + 1))->cookie_came_back =
			true;
	}
	if (draw(9) == 0)
		t->status = draw(2) ? ATTACHMENT_DETACHED : ATTACHMENT_DORMANT;
}

static void live(unsigned steps)
{
	char name[16];

	for (unsigned i = 0; i < steps; i++) {
		uint64_t seed;

		snprintf(name, sizeof(name), "user%u", draw(ACCOUNTS));
		seed = dice;
		registry_change(g.r, view_of(name), true, fn_live, &seed);
		ground_pass(draw(1000));
	}
}

static void look_up_keys(struct registry_found found[KEYS])
{
	for (unsigned i = 0; i < KEYS; i++)
		found[i] = ground_find(&g, i);
}

static void nobody_can_tell_that_it_was_restarted(void)
{
	static struct registry_found before[KEYS], after[KEYS];

	for (unsigned round = 0; round < 8; round++) {
		struct map *texts = map_create();

		live(1500);
		registry_each(g.r, keep_written, texts);
		ck_assert_uint_eq(map_count(texts), ACCOUNTS);
		look_up_keys(before);
		ground_reopen(&g);
		registry_each(g.r, compare_written, texts);
		ck_assert_uint_eq(map_count(texts), 0);
		look_up_keys(after);
		ck_assert_mem_eq(before, after, sizeof(before));
		map_destroy(&texts);
	}
}

static void expect_found(unsigned n)
{
	struct registry_found found = ground_find(&g, n);
	char name[16];

	snprintf(name, sizeof(name), "user%u", n);
	ck_assert_str_eq(found.account, name);
	ck_assert_uint_eq(found.account_hash, registry_account_hash(g.r, view_of(name)));
}

/* However many fit into what was made for them: those that were read are found, and those that come later. */
static void each_of_many_is_found_again(void)
{
	unsigned n = 0;
	char name[16];

	for (unsigned step = 1; step < 12000; step *= 3) {
		for (unsigned i = 0; i < step; i++, n++) {
			snprintf(name, sizeof(name), "user%u", n);
			ground_login(&g, name, n, n);
		}
		ground_reopen(&g);
		for (unsigned i = 0; i < n; i++)
			expect_found(i);
	}
}

SUITE_MAIN_WITH("restart", setup, teardown, nobody_can_tell_that_it_was_restarted,
		each_of_many_is_found_again)
