#include "identity/identity.h"

#include "identity/agent.h"
#include "identity/fold.h"
#include "identity/memo.h"
#include "identity/rules_inside.h"
#include "identity/seal.h"
#include "identity/sid.h"
#include "identity/sift.h"

#include "base/err.h"

/* More device cookies than a browser can have are not worth a MAC each. */
enum { MAX_DEVICE_COOKIES = 4 };

void identity_forget(struct identity_memo **memo)
{
	memo_forget(memo);
}

/* -- reading -- */

/* The MAC is worked out once for a connection and a value, whatever else comes with it. */
static struct memo_device verify(const struct rules *r, struct view value,
				 struct identity_memo *memo)
{
	const struct memo_device *known = memo ? memo_find_device(memo, r->id, value) : NULL;
	struct memo_device fresh = { 0 };

	if (known)
		return *known;
	fresh.seen = device_cookie_verify(r, value, &fresh.device, &fresh.issued_ms);
	if (memo)
		memo_keep_device(memo, r->id, value, &fresh);
	return fresh;
}

/* Of two valid ones the one under this scheme's name counts; of two under one name, the first. */
static void read_device(const struct rules *r, const struct cookie_pair *pair,
			struct identity_memo *memo, struct memo_meaning *m)
{
	bool other_name = !view_is(pair->name, device_cookie_name(m->https));
	struct memo_device it;

	if (m->who.device_seen == DEVICE_VALID && (other_name || !m->other_name))
		return;
	it = verify(r, pair->value, memo);
	if (it.seen == DEVICE_VALID) {
		m->who.device_seen = DEVICE_VALID;
		m->who.device = it.device;
		m->issued_ms = it.issued_ms;
		m->other_name = other_name;
	} else if (m->who.device_seen == DEVICE_ABSENT) {
		m->who.device_seen = DEVICE_FORGED;
	}
}

static bool read_cookies(const struct rules *r, const struct http_head *request,
			 struct identity_memo *memo, struct arena *arena, struct memo_meaning *m)
{
	struct cookie_cursor cursor = { 0 };
	struct cookie_pair pair;
	unsigned device_cookies = 0;
	struct sift s;

	sift_init(&s, r, arena);
	while (!s.full && cookie_next(request, &cursor, &pair)) {
		enum sift_kind kind = sift_pair(&s, &pair);

		m->who.look_alikes += kind == SIFT_REMOVED;
		m->who.unsealed += kind == SIFT_UNSEALED;
		m->who.has_sealed |= kind == SIFT_SESSION && s.bare.at;
		if (kind == SIFT_DEVICE && device_cookies++ < MAX_DEVICE_COOKIES)
			read_device(r, &pair, memo, m);
	}
	memcpy(m->who.keys, s.keys, s.n_keys * sizeof(s.keys[0]));
	memcpy(m->who.cookie, s.cookie, s.n_keys);
	m->who.n_keys = s.n_keys;
	return !s.full;
}

static bool read_meaning(const struct rules *r, const struct http_head *request, bool https,
			 struct identity_memo *memo, struct arena *arena,
			 struct memo_meaning *ret_meaning)
{
	memset(ret_meaning, 0, sizeof(*ret_meaning));
	ret_meaning->rules_id = r->id;
	ret_meaning->https = https;
	agent_read(request, &ret_meaning->who.facts);
	return read_cookies(r, request, memo, arena, ret_meaning);
}

/* Lines of one asserted header that differ: the proxy has added its own to the client's. */
static struct view single_value(const struct http_head *request, struct view name, bool *ret_twice)
{
	size_t from = 0;
	struct http_field *first = head_find_text(request, name, &from), *next;

	while (first && (next = head_find_text(request, name, &from)))
		if (!view_is(next->value, first->value)) {
			*ret_twice = true;
			return VIEW_NONE;
		}
	return first ? first->value : VIEW_NONE;
}

static bool read_asserted(const struct rules *r, const struct http_head *request,
			  struct arena *arena, struct identity *who)
{
	const struct settings_identity *identity = &r->settings->identity;

	for (size_t i = 0; i < identity->n_sources; i++) {
		struct view value, account;
		int err;

		if (identity->sources[i].kind != SOURCE_REQUEST_HEADER)
			continue;
		value = single_value(request, view_of(identity->sources[i].name),
				     &who->asserted_twice);
		err = who->asserted.at ? ERR_SYNTAX : fold_account(value, false, arena, &account);
		if (err == ERR_NOMEM)
			return false;
		if (err)
			continue;
		who->asserted = account;
		who->asserted_source = (uint8_t)i;
	}
	return true;
}

static bool is_due(const struct memo_meaning *m, int64_t now_ms)
{
	return m->who.device_seen == DEVICE_VALID &&
	       (m->other_name || now_ms - m->issued_ms > (int64_t)DEVICE_RENEW_S * 1000);
}

bool identity_read(const struct rules *r, const struct http_head *request, const struct peer *peer,
		   int64_t now_ms, struct identity_memo **memo, struct arena *arena,
		   struct identity *ret_identity)
{
	const struct memo_meaning *meaning =
		memo ? memo_find(*memo, request, r->id, peer->https) : NULL;
	struct memo_meaning fresh;
	struct identity who;

	if (!meaning) {
		if (memo)
			memo_make_room(memo, request);
		if (!read_meaning(r, request, peer->https, memo ? *memo : NULL, arena, &fresh))
			return false;
		if (memo)
			memo_keep(*memo, request, &fresh);
		meaning = &fresh;
	}
	who = meaning->who;
	who.device_reissue = is_due(meaning, now_ms);
	peer_network(peer->address, who.facts.network);
	if ((peer->trusted && !read_asserted(r, request, arena, &who)) ||
	    !sid_read(r, request, arena, &who))
		return false;
	*ret_identity = who;
	return true;
}

/* -- cleaning -- */

static enum cookie_fate judge_pair(void *ctx, const struct cookie_pair *pair,
				   struct view *ret_value)
{
	struct sift *s = ctx;
	enum sift_kind kind = sift_pair(s, pair);

	*ret_value = s->bare;
	if (kind == SIFT_OTHER || (kind == SIFT_SESSION && !s->bare.at))
		return COOKIE_STAYS;
	return kind == SIFT_SESSION ? COOKIE_SHRINKS : COOKIE_GOES;
}

struct stripping {
	const struct rules *rules;
	struct arena *arena;
	bool has_sealed, full;
};

/* Of pairs that were found good, all of them: no MAC is worked out twice. */
static enum cookie_fate judge_good_pair(void *ctx, const struct cookie_pair *pair,
					struct view *ret_value)
{
	struct stripping *strip = ctx;

	if (device_is_cookie_name(pair->name))
		return COOKIE_GOES;
	if (!strip->has_sealed ||
	    !named_is_sealed(strip->rules, named_find(strip->rules, pair->name)))
		return COOKIE_STAYS;
	*ret_value = seal_strip(pair->value, strip->arena);
	strip->full |= !ret_value->at;
	return COOKIE_SHRINKS;
}

static bool strip_cookies(const struct rules *r, struct http_head *request,
			  const struct identity *who, struct arena *arena)
{
	struct stripping strip = { .rules = r, .arena = arena, .has_sealed = who->has_sealed };

	if (who->device_seen == DEVICE_ABSENT && !who->has_sealed)
		return true;
	return cookie_edit(request, arena, judge_good_pair, &strip) && !strip.full;
}

static bool clean_cookies(const struct rules *r, struct http_head *request,
			  const struct identity *who, struct arena *arena)
{
	struct sift s;

	if (!who->look_alikes && !who->unsealed)
		return strip_cookies(r, request, who, arena);
	sift_init(&s, r, arena);
	return cookie_edit(request, arena, judge_pair, &s) && !s.full;
}

static void drop_latch_headers(struct http_head *request)
{
	for (size_t i = 0; i < request->n_fields; i++)
		if (request->fields[i].known >= HTTP_LATCH_ACCOUNT &&
		    request->fields[i].known <= HTTP_LATCH_OTHER)
			request->fields[i].dropped = true;
}

/* A trusted proxy's own line stays; what a client may have sent past it in another spelling does
 * not. */
static void drop_other_spellings(struct http_head *request, struct view name)
{
	for (size_t i = 0; i < request->n_fields; i++)
		if (name_is_alike(request->fields[i].name, name) &&
		    !view_is_nocase(request->fields[i].name, name))
			request->fields[i].dropped = true;
}

static void drop_assertions(const struct rules *r, struct http_head *request, bool trusted)
{
	const struct settings_identity *identity = &r->settings->identity;

	for (size_t i = 0; i < identity->n_sources; i++) {
		if (identity->sources[i].kind != SOURCE_REQUEST_HEADER)
			continue;
		if (trusted)
			drop_other_spellings(request, view_of(identity->sources[i].name));
		else
			head_drop_alike(request, view_of(identity->sources[i].name));
	}
}

bool identity_clean(const struct rules *r, struct http_head *request, const struct peer *peer,
		    const struct identity *who, struct arena *arena)
{
	drop_latch_headers(request);
	drop_assertions(r, request, peer->trusted);
	return clean_cookies(r, request, who, arena) && sid_clean(r, request, who, arena);
}

struct removal {
	const struct rules *rules;
	struct arena *arena;
	const struct session_key *keys;
	unsigned n_keys;
	bool full;
};

static bool drop_named(void *ctx, const struct cookie_pair *pair)
{
	const struct removal *removal = ctx;

	return named_find(removal->rules, pair->name) != NAMED_NONE ||
	       named_is_look_alike(removal->rules, pair);
}

bool identity_estrange(const struct rules *r, struct http_head *request, struct arena *arena)
{
	struct removal removal = { .rules = r };

	drop_assertions(r, request, false);
	return cookie_remove(request, arena, drop_named, &removal) &&
	       sid_remove(r, request, NULL, 0, arena);
}

static bool is_to_go(const struct removal *removal, const struct session_key *key)
{
	for (unsigned i = 0; i < removal->n_keys; i++)
		if (memcmp(&removal->keys[i], key, sizeof(*key)) == 0)
			return true;
	return false;
}

static bool drop_keyed(void *ctx, const struct cookie_pair *pair)
{
	struct removal *removal = ctx;
	struct session_key key;
	struct view canonical;

	if (named_find(removal->rules, pair->name) == NAMED_NONE)
		return false;
	canonical = named_canonical(pair->value, removal->arena);
	removal->full = removal->full || !canonical.at;
	if (removal->full)
		return false;
	if (named_key(removal->rules, canonical, &key) && is_to_go(removal, &key))
		return true;
	return named_echo(removal->rules, pair->value, removal->arena, &removal->full, &key) &&
	       is_to_go(removal, &key);
}

bool identity_remove_keys(const struct rules *r, struct http_head *request,
			  const struct session_key *keys, unsigned n, struct arena *arena)
{
	struct removal removal = { .rules = r, .arena = arena, .keys = keys, .n_keys = n };

	return cookie_remove(request, arena, drop_keyed, &removal) && !removal.full &&
	       sid_remove(r, request, keys, n, arena);
}

unsigned identity_cookie_names(const struct rules *r, const struct http_head *request,
			       struct view *ret_names, unsigned max)
{
	struct cookie_cursor cursor = { 0 };
	struct cookie_pair pair;
	unsigned n = 0, i;

	while (n < max && cookie_next(request, &cursor, &pair)) {
		if (named_find(r, pair.name) == NAMED_NONE)
			continue;
		for (i = 0; i < n && !view_is(ret_names[i], pair.name); i++)
			;
		if (i == n)
			ret_names[n++] = pair.name;
	}
	return n;
}
