#include "suite.h"

#include "base/mem.h"
#include "registry/frozen.h"

static char first[65536];
static struct arena arena;

static void setup(void)
{
	arena_init(&arena, first, sizeof(first), SIZE_MAX);
}

static void teardown(void)
{
	arena_fini(&arena);
}

static char id[] = "alice@example.com", label[] = "Firefox on Windows", wanted[] = "/wiki?id=start";
static char email[] = "a@example.com", metadata[] = "{\"plan\":\"pro\"}";

static struct challenge asked = {
	.id = { { 1, 2, 3 } },
	.reasons = REASON_BIT_LIMIT | REASON_BIT_REPEAT_TRIAL,
	.state = CHALLENGE_POSTPONED,
	.veto = VETO_GIVEN,
	.created_ms = INT64_C(1763900000000),
	.changed_ms = INT64_C(1763900000777),
	.postponed_until_ms = INT64_C(1763900900000),
	.postponed_count = 3,
	.postponed_day_ms = INT64_C(1763800000000),
	.wanted = wanted,
};

static struct attachment laptop = {
	.device = { { 9, 8, 7 } },
	.status = ATTACHMENT_EXEMPT,
	.counted = true,
	.suspended = true,
	.repeat_trial = true,
	.cookie_came_back = true,
	.rides = true,
	.ridden = { { 4, 5, 6 } },
	.facts = { .type = DEVICE_TABLET,
		   .os = 200,
		   .browser = 7,
		   .language = "de",
		   .network = { [10] = 0xff, [11] = 0xff, [12] = 192, [13] = 0, [14] = 2 } },
	.label = label,
	.first_seen_ms = INT64_C(1763900000001),
	.last_seen_ms = INT64_C(1763900000000), /* earlier: a clock was set back */
	.seen_written_ms = INT64_C(1763890000000),
	.place_ms = INT64_C(1763910000000),
	.excess_told = REASON_BIT_LIMIT_MOBILE,
	.excess_told_ms = 5,
	.challenge = &asked,
};

static struct attachment plain = { .device = { { 1 } } };

static struct session bound = {
	.key = { { 11 } },
	.attachment = &laptop,
	.state = SESSION_BOUND,
	.source = 255,
	.given = SESSION_GIVEN,
	.cookie_came_back = true,
	.bound_ms = INT64_C(1763900000003),
	.last_used_ms = INT64_C(1763900099999),
};
static struct session revoked = {
	.key = { { 12 } },
	.attachment = &plain,
	.state = SESSION_REVOKED,
	.cause = REVOKE_OWN,
	.veto = VETO_GIVEN,
	.given = 5,
	.redirect_told = true,
	.has_challenge = true,
	.challenge = { { 1, 2, 3 } },
	.revocation = { { 77 } },
	.bound_ms = 1,
};
static struct session shared = { .key = { { 13 } }, .state = SESSION_SHARED };

static struct attachment *attachments[] = { &laptop, &plain };
static struct session *sessions[] = { &bound, &revoked, &shared };

static struct account account = {
	.id = id,
	.suspended = true,
	.admin_limit = ACCOUNT_NO_LIMIT,
	.origin_limit = INT32_MAX,
	.email = email,
	.metadata = metadata,
	.created_ms = INT64_C(1763900000000),
	.new_devices_hour_ms = INT64_C(1763900000000),
	.new_devices = 19,
	.attachments = attachments,
	.n_attachments = 2,
	.sessions = sessions,
	.n_sessions = 3,
};

static void same_text(const char *a, const char *b)
{
	ck_assert(!a == !b);
	if (a)
		ck_assert_str_eq(a, b);
}

static void same_challenge(const struct challenge *a, const struct challenge *b)
{
	ck_assert(!a == !b);
	if (!a)
		return;
	ck_assert_mem_eq(a->id.bytes, b->id.bytes, ID_BYTES);
	ck_assert_uint_eq(a->reasons, b->reasons);
	ck_assert_uint_eq(a->state, b->state);
	ck_assert_uint_eq(a->veto, b->veto);
	ck_assert_int_eq(a->created_ms, b->created_ms);
	ck_assert_int_eq(a->changed_ms, b->changed_ms);
	ck_assert_int_eq(a->postponed_until_ms, b->postponed_until_ms);
	ck_assert_uint_eq(a->postponed_count, b->postponed_count);
	ck_assert_int_eq(a->postponed_day_ms, b->postponed_day_ms);
	same_text(a->wanted, b->wanted);
}

static void same_attachment(const struct attachment *a, const struct attachment *b)
{
	ck_assert(device_id_is(&a->device, &b->device));
	ck_assert_uint_eq(a->status, b->status);
	ck_assert(a->counted == b->counted && a->suspended == b->suspended &&
		  a->repeat_trial == b->repeat_trial);
	ck_assert(a->cookie_came_back == b->cookie_came_back && a->rides == b->rides);
	ck_assert_mem_eq(a->ridden.bytes, b->ridden.bytes, ID_BYTES);
	ck_assert_mem_eq(&a->facts, &b->facts, sizeof(a->facts));
	same_text(a->label, b->label);
	ck_assert_int_eq(a->first_seen_ms, b->first_seen_ms);
	ck_assert_int_eq(a->last_seen_ms, b->last_seen_ms);
	ck_assert_int_eq(a->seen_written_ms, b->seen_written_ms);
	ck_assert_int_eq(a->place_ms, b->place_ms);
	ck_assert_uint_eq(a->excess_told, b->excess_told);
	ck_assert_int_eq(a->excess_told_ms, b->excess_told_ms);
	same_challenge(a->challenge, b->challenge);
	ck_assert(!b->dirty);
}

static void same_session(const struct session *a, const struct session *b)
{
	ck_assert_mem_eq(a->key.bytes, b->key.bytes, ID_BYTES);
	ck_assert_uint_eq(a->state, b->state);
	ck_assert_uint_eq(a->source, b->source);
	ck_assert_uint_eq(a->given, b->given);
	ck_assert_uint_eq(a->cause, b->cause);
	ck_assert_uint_eq(a->veto, b->veto);
	ck_assert(a->redirect_told == b->redirect_told &&
		  a->cookie_came_back == b->cookie_came_back);
	ck_assert(a->has_challenge == b->has_challenge);
	ck_assert_mem_eq(a->challenge.bytes, b->challenge.bytes, ID_BYTES);
	ck_assert_mem_eq(a->revocation.bytes, b->revocation.bytes, ID_BYTES);
	ck_assert_int_eq(a->bound_ms, b->bound_ms);
	ck_assert_int_eq(a->last_used_ms, b->last_used_ms);
	ck_assert(!b->dirty);
}

static void thawing_gives_back_what_was_frozen(void)
{
	struct frozen *f = frozen_make(&account);
	struct account back = { 0 };

	frozen_thaw(f, &arena, &back);
	ck_assert_str_eq(back.id, account.id);
	ck_assert(back.suspended);
	ck_assert_int_eq(back.admin_limit, ACCOUNT_NO_LIMIT);
	ck_assert_int_eq(back.origin_limit, INT32_MAX);
	same_text(account.email, back.email);
	same_text(account.phone, back.phone);
	same_text(account.groups, back.groups);
	same_text(account.metadata, back.metadata);
	ck_assert_int_eq(back.created_ms, account.created_ms);
	ck_assert_int_eq(back.new_devices_hour_ms, account.new_devices_hour_ms);
	ck_assert_uint_eq(back.new_devices, 19);
	ck_assert_uint_eq(back.n_attachments, 2);
	ck_assert_uint_eq(back.n_sessions, 3);
	for (unsigned i = 0; i < 2; i++)
		same_attachment(account.attachments[i], back.attachments[i]);
	for (unsigned i = 0; i < 3; i++)
		same_session(account.sessions[i], back.sessions[i]);
	ck_assert_ptr_eq(back.sessions[0]->attachment, back.attachments[0]);
	ck_assert_ptr_eq(back.sessions[1]->attachment, back.attachments[1]);
	ck_assert_ptr_null(back.sessions[2]->attachment);
	mem_free(f);
}

static void networks_of_every_shape_come_back(void)
{
	struct attachment t = { .device = { { 1 } } }, *list[] = { &t };
	struct account a = { .id = id, .attachments = list, .n_attachments = 1 };

	for (unsigned start = 0; start <= NETWORK_BYTES; start++) {
		for (unsigned end = start; end <= NETWORK_BYTES; end++) {
			struct account back = { 0 };
			struct frozen *f;

			memset(t.facts.network, 0, NETWORK_BYTES);
			memset(t.facts.network + start, 0xab, end - start);
			f = frozen_make(&a);
			frozen_thaw(f, &arena, &back);
			ck_assert_mem_eq(back.attachments[0]->facts.network, t.facts.network,
					 NETWORK_BYTES);
			mem_free(f);
			arena_reset(&arena);
		}
	}
}

static void a_session_is_found_without_thawing(void)
{
	struct frozen *f = frozen_make(&account);
	struct frozen_session s;

	ck_assert(frozen_find(f, &bound.key, &s));
	ck_assert_uint_eq(s.state, SESSION_BOUND);
	ck_assert_uint_eq(s.source, 255);
	ck_assert_uint_eq(s.given, SESSION_GIVEN);
	ck_assert(device_id_is(&s.device, &laptop.device));
	ck_assert_int_eq(s.bound_ms, bound.bound_ms);
	ck_assert(frozen_find(f, &revoked.key, &s));
	ck_assert_uint_eq(s.state, SESSION_REVOKED);
	ck_assert_uint_eq(s.given, 5);
	ck_assert(frozen_find(f, &shared.key, &s));
	ck_assert(device_id_is(&s.device, &(struct device_id){ { 0 } }));
	ck_assert(!frozen_find(f, &(struct session_key){ { 14 } }, &s));
	ck_assert(view_is(frozen_id(f), view_of(id)));
	ck_assert_uint_eq(frozen_sessions(f), 3);
	mem_free(f);
}

static void an_account_of_full_size_fits(void)
{
	static struct attachment many[ACCOUNT_MAX_DEVICES], *many_at[ACCOUNT_MAX_DEVICES];
	static struct session keys[ACCOUNT_MAX_SESSIONS], *keys_at[ACCOUNT_MAX_SESSIONS];
	struct account a = { .id = id,
			     .attachments = many_at,
			     .n_attachments = ACCOUNT_MAX_DEVICES,
			     .sessions = keys_at,
			     .n_sessions = ACCOUNT_MAX_SESSIONS };
	struct account back = { 0 };
	struct frozen *f;

	for (unsigned i = 0; i < ACCOUNT_MAX_DEVICES; i++) {
		many[i] = laptop;
		many[i].device.bytes[15] = (uint8_t)i;
		many_at[i] = &many[i];
	}
	for (unsigned i = 0; i < ACCOUNT_MAX_SESSIONS; i++) {
		keys[i] = revoked;
		keys[i].key.bytes[15] = (uint8_t)i;
		keys[i].attachment = &many[i % ACCOUNT_MAX_DEVICES];
		keys_at[i] = &keys[i];
	}
	f = frozen_make(&a);
	frozen_thaw(f, &arena, &back);
	same_attachment(&many[ACCOUNT_MAX_DEVICES - 1], back.attachments[ACCOUNT_MAX_DEVICES - 1]);
	same_session(&keys[255], back.sessions[255]);
	ck_assert_ptr_eq(back.sessions[255]->attachment,
			 back.attachments[255 % ACCOUNT_MAX_DEVICES]);
	mem_free(f);
}

SUITE_MAIN_WITH("frozen", setup, teardown, thawing_gives_back_what_was_frozen,
		networks_of_every_shape_come_back, a_session_is_found_without_thawing,
		an_account_of_full_size_fits)
