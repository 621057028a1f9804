#include "registry/frozen.h"

#include "base/mem.h"
#include "registry/pack.h"

#include <assert.h>
#include <endian.h>
#include <stddef.h>

/* In `bytes`: the id and a NUL, the devices, the session keys, a mark for each session, the rest. */
struct frozen {
	uint32_t len;
	uint16_t id_len;
	uint16_t n_sessions;
	uint8_t n_attachments;
	uint8_t bytes[];
};

enum { NO_ATTACHMENT = 0xff, NO_NETWORK = 0xff };

enum { MS_BYTES = 6 }; /* enough for wall time until the year 10889 */

struct mark {
	uint8_t attachment; /* its place, or NO_ATTACHMENT */
	uint8_t state;      /* in the lowest bits; behind them how it was given */
	uint8_t source;
	uint8_t flags;
	uint8_t bound_ms[MS_BYTES];
};

enum { /* of a session: cause in the lowest bits, veto above */
       MARK_VETO = 3,
       MARK_REDIRECT_TOLD = 1 << 5,
       MARK_COOKIE_CAME_BACK = 1 << 6,
       MARK_HAS_CHALLENGE = 1 << 7,
       /* in `state` */
       MARK_STATE = 7,
       MARK_GIVEN = 3,
       MARK_HAS_REVOCATION = 1 << 7,
};
_Static_assert((int)SESSION_SHARED <= (int)MARK_STATE, "a state fits");
_Static_assert((int)SESSION_GIVEN << MARK_GIVEN < (int)MARK_HAS_REVOCATION,
	       "how it was given fits");

enum { /* of an attachment, the first byte: status in the lowest bits */
       FLAG_STATUS = 7,
       FLAG_COUNTED = 1 << 3,
       FLAG_SUSPENDED = 1 << 4,
       FLAG_REPEAT_TRIAL = 1 << 5,
       FLAG_COOKIE_CAME_BACK = 1 << 6,
       FLAG_CHALLENGE = 1 << 7,
};

enum { /* of an attachment, the second byte */
       FLAG_RIDES = 1 << 0,
       FLAG_PLACE = 1 << 1,
       FLAG_SEEN_WRITTEN = 1 << 2,
};

static const uint8_t nothing[ID_BYTES];

static const uint8_t *devices_of(const struct frozen *f)
{
	return f->bytes + f->id_len + 1;
}

static const uint8_t *keys_of(const struct frozen *f)
{
	return devices_of(f) + (size_t)ID_BYTES * f->n_attachments;
}

static struct mark mark_of(const struct frozen *f, unsigned i)
{
	struct mark m;

	memcpy(&m, keys_of(f) + (size_t)ID_BYTES * f->n_sessions + i * sizeof(m), sizeof(m));
	return m;
}

static int64_t ms_of(const uint8_t bytes[MS_BYTES])
{
	uint64_t ms = 0;

	memcpy(&ms, bytes, MS_BYTES);
	return (int64_t)le64toh(ms);
}

static void put_ms(uint8_t bytes[MS_BYTES], int64_t ms)
{
	uint64_t number = htole64(ms > 0 ? (uint64_t)ms : 0);

	memcpy(bytes, &number, MS_BYTES);
}

struct view frozen_id(const struct frozen *f)
{
	return view_make(f->bytes, f->id_len);
}

unsigned frozen_sessions(const struct frozen *f)
{
	return f->n_sessions;
}

static uint8_t state_of(struct mark m)
{
	return m.state & MARK_STATE;
}

static uint8_t given_of(struct mark m)
{
	return (m.state & ~MARK_HAS_REVOCATION) >> MARK_GIVEN;
}

bool frozen_find(const struct frozen *f, const struct session_key *key,
		 struct frozen_session *ret_session)
{
	const uint8_t *keys = keys_of(f);
	struct mark m;

	for (unsigned i = 0; i < f->n_sessions; i++) {
		if (memcmp(keys + (size_t)ID_BYTES * i, key->bytes, ID_BYTES) != 0)
			continue;
		m = mark_of(f, i);
		*ret_session = (struct frozen_session){
			.state = state_of(m),
			.source = m.source,
			.given = given_of(m),
			.bound_ms = ms_of(m.bound_ms),
		};
		if (m.attachment != NO_ATTACHMENT)
			memcpy(ret_session->device.bytes,
			       devices_of(f) + (size_t)ID_BYTES * m.attachment, ID_BYTES);
		return true;
	}
	return false;
}

static uint8_t place_of(const struct account *a, const struct attachment *t)
{
	for (unsigned i = 0; i < a->n_attachments; i++)
		if (a->attachments[i] == t)
			return (uint8_t)i;
	assert(!t);
	return NO_ATTACHMENT;
}

static bool has_revocation(const struct session *s)
{
	return memcmp(s->revocation.bytes, nothing, ID_BYTES) != 0;
}

static void pack_mark(struct pack *p, const struct account *a, const struct session *s)
{
	struct mark m = {
		.attachment = place_of(a, s->attachment),
		.state = (uint8_t)(s->state | s->given << MARK_GIVEN |
				   (has_revocation(s) ? MARK_HAS_REVOCATION : 0)),
		.source = s->source,
		.flags = (uint8_t)(s->cause | s->veto << MARK_VETO |
				   (s->redirect_told ? MARK_REDIRECT_TOLD : 0) |
				   (s->cookie_came_back ? MARK_COOKIE_CAME_BACK : 0) |
				   (s->has_challenge ? MARK_HAS_CHALLENGE : 0)),
	};

	put_ms(m.bound_ms, s->bound_ms);
	pack_bytes(p, &m, sizeof(m));
}

static void pack_session(struct pack *p, const struct session *s)
{
	pack_signed(p, s->last_used_ms - s->bound_ms);
	pack_byte(p, s->redirects);
	if (s->redirects)
		pack_signed(p, s->redirects_ms - s->bound_ms);
	if (s->has_challenge)
		pack_bytes(p, s->challenge.bytes, ID_BYTES);
	if (has_revocation(s))
		pack_bytes(p, s->revocation.bytes, ID_BYTES);
}

static void read_session(struct pack_reader *r, struct session *s, bool revocation)
{
	s->last_used_ms = s->bound_ms + pack_read_signed(r);
	s->redirects = pack_read_byte(r);
	if (s->redirects)
		s->redirects_ms = s->bound_ms + pack_read_signed(r);
	if (s->has_challenge)
		memcpy(s->challenge.bytes, pack_read_bytes(r, ID_BYTES), ID_BYTES);
	if (revocation)
		memcpy(s->revocation.bytes, pack_read_bytes(r, ID_BYTES), ID_BYTES);
}

/* A prefix is mostly zeros, in front (a mapped IPv4 address) and behind. */
static void pack_network(struct pack *p, const uint8_t network[NETWORK_BYTES])
{
	unsigned start = 0, end = NETWORK_BYTES;

	while (end > 0 && network[end - 1] == 0)
		end--;
	if (end == 0) {
		pack_byte(p, NO_NETWORK);
		return;
	}
	while (network[start] == 0)
		start++;
	pack_byte(p, (uint8_t)(start << 4 | (end - start - 1)));
	pack_bytes(p, network + start, end - start);
}

static void read_network(struct pack_reader *r, uint8_t network[NETWORK_BYTES])
{
	uint8_t shape = pack_read_byte(r);
	unsigned start = shape >> 4, len = (shape & 15) + 1u;

	if (shape == NO_NETWORK)
		return;
	assert(start + len <= NETWORK_BYTES);
	memcpy(network + start, pack_read_bytes(r, len), len);
}

static void pack_facts(struct pack *p, const struct device_facts *facts)
{
	size_t language = strnlen(facts->language, sizeof(facts->language));

	pack_byte(p, facts->type);
	pack_byte(p, facts->os);
	pack_byte(p, facts->browser);
	pack_byte(p, (uint8_t)language);
	pack_bytes(p, facts->language, language);
	pack_network(p, facts->network);
}

static void read_facts(struct pack_reader *r, struct device_facts *facts)
{
	size_t language;

	facts->type = pack_read_byte(r);
	facts->os = pack_read_byte(r);
	facts->browser = pack_read_byte(r);
	language = pack_read_byte(r);
	assert(language <= sizeof(facts->language));
	memcpy(facts->language, pack_read_bytes(r, language), language);
	read_network(r, facts->network);
}

static void pack_challenge(struct pack *p, const struct challenge *c)
{
	pack_bytes(p, c->id.bytes, ID_BYTES);
	pack_number(p, c->reasons);
	pack_byte(p, c->state);
	pack_byte(p, c->veto);
	pack_signed(p, c->created_ms);
	pack_signed(p, c->changed_ms - c->created_ms);
	pack_signed(p, c->postponed_until_ms);
	pack_byte(p, c->postponed_count);
	pack_signed(p, c->postponed_day_ms);
	pack_text(p, c->wanted);
}

static struct challenge *read_challenge(struct pack_reader *r, struct arena *arena)
{
	struct challenge *c = frozen_room(arena, sizeof(*c));

	memcpy(c->id.bytes, pack_read_bytes(r, ID_BYTES), ID_BYTES);
	c->reasons = (uint32_t)pack_read_number(r);
	c->state = pack_read_byte(r);
	c->veto = pack_read_byte(r);
	c->created_ms = pack_read_signed(r);
	c->changed_ms = c->created_ms + pack_read_signed(r);
	c->postponed_until_ms = pack_read_signed(r);
	c->postponed_count = pack_read_byte(r);
	c->postponed_day_ms = pack_read_signed(r);
	c->wanted = pack_read_text(r);
	return c;
}

static void pack_attachment(struct pack *p, const struct attachment *t, int64_t since_ms)
{
	pack_byte(p, (uint8_t)(t->status | (t->counted ? FLAG_COUNTED : 0) |
			       (t->suspended ? FLAG_SUSPENDED : 0) |
			       (t->repeat_trial ? FLAG_REPEAT_TRIAL : 0) |
			       (t->cookie_came_back ? FLAG_COOKIE_CAME_BACK : 0) |
			       (t->challenge ? FLAG_CHALLENGE : 0)));
	pack_byte(p, (uint8_t)((t->rides ? FLAG_RIDES : 0) | (t->place_ms ? FLAG_PLACE : 0) |
			       (t->seen_written_ms ? FLAG_SEEN_WRITTEN : 0)));
	pack_facts(p, &t->facts);
	pack_text(p, t->label);
	pack_signed(p, t->first_seen_ms - since_ms);
	pack_signed(p, t->last_seen_ms - t->first_seen_ms);
	if (t->place_ms)
		pack_signed(p, t->place_ms - t->first_seen_ms);
	if (t->seen_written_ms)
		pack_signed(p, t->seen_written_ms - t->last_seen_ms);
	if (t->rides)
		pack_bytes(p, t->ridden.bytes, ID_BYTES);
	pack_number(p, t->excess_told);
	pack_signed(p, t->excess_told_ms);
	if (t->challenge)
		pack_challenge(p, t->challenge);
}

static void read_flags(struct attachment *t, uint8_t flags)
{
	t->status = flags & FLAG_STATUS;
	t->counted = flags & FLAG_COUNTED;
	t->suspended = flags & FLAG_SUSPENDED;
	t->repeat_trial = flags & FLAG_REPEAT_TRIAL;
	t->cookie_came_back = flags & FLAG_COOKIE_CAME_BACK;
}

static void read_attachment(struct pack_reader *r, struct arena *arena, int64_t since_ms,
			    struct attachment *t)
{
	uint8_t flags = pack_read_byte(r), more = pack_read_byte(r);

	read_flags(t, flags);
	read_facts(r, &t->facts);
	t->label = pack_read_text(r);
	t->first_seen_ms = since_ms + pack_read_signed(r);
	t->last_seen_ms = t->first_seen_ms + pack_read_signed(r);
	if (more & FLAG_PLACE)
		t->place_ms = t->first_seen_ms + pack_read_signed(r);
	if (more & FLAG_SEEN_WRITTEN)
		t->seen_written_ms = t->last_seen_ms + pack_read_signed(r);
	t->rides = more & FLAG_RIDES;
	if (t->rides)
		memcpy(t->ridden.bytes, pack_read_bytes(r, ID_BYTES), ID_BYTES);
	t->excess_told = (uint32_t)pack_read_number(r);
	t->excess_told_ms = pack_read_signed(r);
	if (flags & FLAG_CHALLENGE)
		t->challenge = read_challenge(r, arena);
}

static void pack_account(struct pack *p, const struct account *a)
{
	pack_byte(p, a->suspended);
	pack_signed(p, a->admin_limit);
	pack_signed(p, a->origin_limit);
	pack_text(p, a->email);
	pack_text(p, a->phone);
	pack_text(p, a->groups);
	pack_text(p, a->metadata);
	pack_signed(p, a->created_ms);
	pack_signed(p, a->new_devices_hour_ms);
	pack_number(p, a->new_devices);
}

static void read_account(struct pack_reader *r, struct account *a)
{
	a->suspended = pack_read_byte(r);
	a->admin_limit = (int32_t)pack_read_signed(r);
	a->origin_limit = (int32_t)pack_read_signed(r);
	a->email = pack_read_text(r);
	a->phone = pack_read_text(r);
	a->groups = pack_read_text(r);
	a->metadata = pack_read_text(r);
	a->created_ms = pack_read_signed(r);
	a->new_devices_hour_ms = pack_read_signed(r);
	a->new_devices = (uint32_t)pack_read_number(r);
}

static void pack_whole(struct pack *p, const struct account *a, size_t id_len)
{
	pack_bytes(p, a->id, id_len + 1);
	for (unsigned i = 0; i < a->n_attachments; i++)
		pack_bytes(p, a->attachments[i]->device.bytes, ID_BYTES);
	for (unsigned i = 0; i < a->n_sessions; i++)
		pack_bytes(p, a->sessions[i]->key.bytes, ID_BYTES);
	for (unsigned i = 0; i < a->n_sessions; i++)
		pack_mark(p, a, a->sessions[i]);
	pack_account(p, a);
	for (unsigned i = 0; i < a->n_attachments; i++)
		pack_attachment(p, a->attachments[i], a->created_ms);
	for (unsigned i = 0; i < a->n_sessions; i++)
		pack_session(p, a->sessions[i]);
}

struct frozen *frozen_make(const struct account *a)
{
	uint8_t first[4096];
	size_t id_len = strlen(a->id);
	struct frozen *f;
	struct pack p;

	assert(a->n_attachments <= ACCOUNT_MAX_DEVICES && a->n_sessions <= ACCOUNT_MAX_SESSIONS);
	pack_init(&p, first, sizeof(first));
	pack_whole(&p, a, id_len);
	f = mem_resize(NULL, offsetof(struct frozen, bytes) + p.len);
	f->len = (uint32_t)p.len;
	f->id_len = (uint16_t)id_len;
	f->n_sessions = (uint16_t)a->n_sessions;
	f->n_attachments = (uint8_t)a->n_attachments;
	memcpy(f->bytes, p.at, p.len);
	pack_fini(&p);
	return f;
}

void *frozen_room(struct arena *arena, size_t size)
{
	void *at = arena_zalloc(arena, size);

	assert(at);
	return at;
}

static void thaw_arrays(const struct frozen *f, struct arena *arena, struct account *a)
{
	struct attachment *attachments =
		frozen_room(arena, f->n_attachments * sizeof(*attachments));
	struct session *sessions = frozen_room(arena, f->n_sessions * sizeof(*sessions));

	a->attachments = arena_alloc(arena, ACCOUNT_MAX_DEVICES * sizeof(struct attachment *));
	a->sessions = arena_alloc(arena, ACCOUNT_MAX_SESSIONS * sizeof(struct session *));
	assert(a->attachments && a->sessions);
	a->n_attachments = f->n_attachments;
	a->n_sessions = f->n_sessions;
	for (unsigned i = 0; i < a->n_attachments; i++)
		a->attachments[i] = attachments + i;
	for (unsigned i = 0; i < a->n_sessions; i++)
		a->sessions[i] = sessions + i;
}

static void thaw_mark(const struct account *a, struct session *s, struct mark m)
{
	s->attachment = m.attachment == NO_ATTACHMENT ? NULL : a->attachments[m.attachment];
	s->state = state_of(m);
	s->source = m.source;
	s->given = given_of(m);
	s->cause = m.flags & ((1 << MARK_VETO) - 1);
	s->veto = (m.flags >> MARK_VETO) & 3;
	s->redirect_told = m.flags & MARK_REDIRECT_TOLD;
	s->cookie_came_back = m.flags & MARK_COOKIE_CAME_BACK;
	s->has_challenge = m.flags & MARK_HAS_CHALLENGE;
	s->bound_ms = ms_of(m.bound_ms);
}

void frozen_thaw(struct frozen *f, struct arena *arena, struct account *ret_account)
{
	struct account *a = ret_account;
	struct pack_reader r = { f->bytes + f->id_len + 1, f->bytes + f->len };

	a->id = (char *)f->bytes;
	thaw_arrays(f, arena, a);
	for (unsigned i = 0; i < a->n_attachments; i++)
		memcpy(a->attachments[i]->device.bytes, pack_read_bytes(&r, ID_BYTES), ID_BYTES);
	for (unsigned i = 0; i < a->n_sessions; i++)
		memcpy(a->sessions[i]->key.bytes, pack_read_bytes(&r, ID_BYTES), ID_BYTES);
	for (unsigned i = 0; i < a->n_sessions; i++)
		thaw_mark(a, a->sessions[i], mark_of(f, i));
	pack_read_bytes(&r, a->n_sessions * sizeof(struct mark));
	read_account(&r, a);
	for (unsigned i = 0; i < a->n_attachments; i++)
		read_attachment(&r, arena, a->created_ms, a->attachments[i]);
	for (unsigned i = 0; i < a->n_sessions; i++)
		read_session(&r, a->sessions[i], mark_of(f, i).state & MARK_HAS_REVOCATION);
}
