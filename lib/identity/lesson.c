#include "identity/lesson.h"

#include "base/err.h"
#include "identity/claims.h"
#include "identity/fold.h"
#include "identity/granted.h"
#include "identity/named.h"
#include "identity/rules_inside.h"
#include "identity/seal.h"
#include "identity/sid.h"
#include "identity/success.h"
#include "identity/unwrap.h"

struct reading {
	const struct rules *rules;
	const struct http_head *request, *response;
	const struct identity *who;
	const struct login *login;
	struct arena *arena;
	struct granted granted;
	struct lesson lesson;
};

/* What a source says: the account's name went to the lesson, or nobody is logged in, or it does
 * not know. */
enum answer { ANSWER_NONE, ANSWER_ACCOUNT, ANSWER_NOBODY, ANSWER_FULL };

static enum answer name_account(struct reading *rd, struct view name, bool fold)
{
	switch (fold_account(name, fold, rd->arena, &rd->lesson.account)) {
	case ERR_OK:
		return ANSWER_ACCOUNT;
	case ERR_NOMEM:
		return ANSWER_FULL;
	default:
		return ANSWER_NONE;
	}
}

static enum answer ask_header(struct reading *rd, const struct settings_source *source)
{
	struct http_field *f = head_find_text(rd->response, view_of(source->name), NULL);

	if (!f)
		return ANSWER_NONE;
	return f->value.len ? name_account(rd, f->value, false) : ANSWER_NOBODY;
}

static enum lesson_miss check_attempt(const struct reading *rd,
				      const struct settings_source *source,
				      const struct login_attempt *attempt)
{
	if (!attempt->has_user)
		return LESSON_MISS_NO_USER;
	if (!attempt->has_password)
		return LESSON_MISS_NO_PASSWORD;
	return success_check(&source->success, rd->request, rd->response, &rd->granted);
}

static enum answer ask_login(struct reading *rd, const struct settings_source *source, size_t index)
{
	struct login_attempt attempt;
	enum lesson_miss miss;
	enum answer answer;

	if (!rd->login || !login_attempt_at(rd->login, index, &attempt))
		return ANSWER_NONE;
	if (!attempt.has_user && !attempt.has_password)
		return ANSWER_NONE;
	miss = check_attempt(rd, source, &attempt);
	answer = miss ? ANSWER_NONE : name_account(rd, attempt.user, source->fold);
	if (!miss && answer == ANSWER_NONE)
		miss = LESSON_MISS_BAD_NAME;
	if (!rd->lesson.miss)
		rd->lesson.miss = miss;
	return answer;
}

static bool is_naming(const struct settings_source *source, struct view cookie)
{
	struct view name = view_of(source->name);

	return source->kind == SOURCE_SET_COOKIE &&
	       (source->name_is_prefix ? view_starts(cookie, name) : view_is(cookie, name));
}

static enum answer ask_cookie(struct reading *rd, const struct settings_source *source)
{
	for (size_t i = 0; i < rd->granted.n; i++) {
		const struct granted_cookie *c = &rd->granted.at[i];
		enum answer answer = ANSWER_NONE;
		struct view name;
		int err;

		if (!c->stays || c->is_gone || !is_naming(source, c->cookie.name))
			continue;
		err = unwrap_value(source, c->cookie.value, rd->arena, &name);
		if (!err)
			answer = name_account(rd, name, false);
		if (err == ERR_NOMEM)
			return ANSWER_FULL;
		if (answer != ANSWER_NONE)
			return answer;
	}
	return ANSWER_NONE;
}

static enum answer ask(struct reading *rd, size_t index)
{
	const struct settings_source *source = &rd->rules->settings->identity.sources[index];

	switch (source->kind) {
	case SOURCE_RESPONSE_HEADER:
		return ask_header(rd, source);
	case SOURCE_LOGIN_FORM:
		return ask_login(rd, source, index);
	case SOURCE_SET_COOKIE:
		return ask_cookie(rd, source);
	case SOURCE_REQUEST_HEADER:
		break;
	}
	return ANSWER_NONE;
}

static enum answer ask_sources(struct reading *rd)
{
	size_t n = rd->rules->settings->identity.n_sources;

	if (rd->who->asserted.at)
		n = rd->who->asserted_source;
	for (size_t i = 0; i < n; i++) {
		enum answer answer = ask(rd, i);

		if (answer == ANSWER_NONE)
			continue;
		rd->lesson.source = (uint8_t)i;
		return answer;
	}
	return ANSWER_NONE;
}

/* -- cookies -- */

static bool is_among(const struct session_key *keys, unsigned n, const struct session_key *key)
{
	for (unsigned i = 0; i < n; i++)
		if (memcmp(&keys[i], key, sizeof(*key)) == 0)
			return true;
	return false;
}

static void note_key(struct lesson *lesson, const struct granted_cookie *c)
{
	if (lesson->n_set == IDENTITY_MAX_KEYS || is_among(lesson->set, lesson->n_set, &c->key))
		return;
	lesson->set[lesson->n_set] = c->key;
	lesson->set_is_new[lesson->n_set] = c->is_new;
	lesson->set_in[lesson->n_set] = (uint8_t)c->named;
	lesson->set_is_gone[lesson->n_set++] = c->is_gone;
}

/* What stays goes first: it must not be crowded out, and is not gone if it is also what goes. */
static void note_set(struct lesson *lesson, const struct granted *granted)
{
	for (size_t i = 0; i < granted->n; i++)
		if (granted->at[i].has_key && granted->at[i].stays)
			note_key(lesson, &granted->at[i]);
	for (size_t i = 0; i < granted->n; i++)
		if (granted->at[i].has_key && !granted->at[i].stays)
			note_key(lesson, &granted->at[i]);
}

static void add_deleted(struct lesson *lesson, const struct session_key *key)
{
	if (lesson->n_deleted < IDENTITY_MAX_KEYS &&
	    !is_among(lesson->deleted, lesson->n_deleted, key))
		lesson->deleted[lesson->n_deleted++] = *key;
}

static void note_deletions(struct lesson *lesson, const struct granted *granted)
{
	for (size_t i = 0; i < granted->n; i++)
		if (granted->at[i].named != NAMED_NONE &&
		    granted_is_deleted(granted, granted->at[i].cookie.name))
			lesson->deletes |= UINT32_C(1) << granted->at[i].named;
}

static bool is_deleted_beside(const struct reading *rd, const struct sid *sid)
{
	for (size_t i = 0; i < rd->granted.n; i++) {
		struct view name = rd->granted.at[i].cookie.name;

		if (rd->granted.at[i].named != NAMED_NONE && sid_is_called(rd->rules, sid, name) &&
		    granted_is_deleted(&rd->granted, name))
			return true;
	}
	return false;
}

/* What ends the cookie ends the parameter. */
static bool note_deleted_parameters(struct reading *rd, bool *ret_carried)
{
	struct sid_cursor cursor = { .params = { .target = rd->request->target } };
	struct sid sid;

	while (rd->lesson.deletes && sid_next(rd->rules, &cursor, rd->arena, &sid)) {
		if (!is_deleted_beside(rd, &sid))
			continue;
		*ret_carried = true;
		if (sid.has_key)
			add_deleted(&rd->lesson, &sid.key);
	}
	return !cursor.full;
}

/* *ret_carried: the request had such a cookie, whether or not its value is one that keys. False
 * when the arena is full. */
static bool note_deleted(struct reading *rd, bool *ret_carried)
{
	struct cookie_cursor cursor = { 0 };
	struct cookie_pair pair;
	struct session_key key;

	*ret_carried = false;
	while (rd->lesson.deletes && cookie_next(rd->request, &cursor, &pair)) {
		struct view canonical;

		if (named_find(rd->rules, pair.name) == NAMED_NONE ||
		    !granted_is_deleted(&rd->granted, pair.name))
			continue;
		*ret_carried = true;
		canonical = named_canonical(pair.value, rd->arena);
		if (!canonical.at)
			return false;
		if (named_key(rd->rules, canonical, &key))
			add_deleted(&rd->lesson, &key);
	}
	return note_deleted_parameters(rd, ret_carried);
}

static bool carries(const struct identity *who, const struct session_key *key)
{
	return is_among(who->keys, who->n_keys, key);
}

/* Who keeps no cookies is sent on with the id in the address. False when the arena is full. */
static bool note_located(struct reading *rd)
{
	struct sid_cursor cursor = { .params = {
					     .target = head_value(rd->response, HTTP_LOCATION) } };
	struct sid sid;

	while (!rd->lesson.has_located && sid_next(rd->rules, &cursor, rd->arena, &sid))
		if (sid.has_key && !carries(rd->who, &sid.key)) {
			rd->lesson.has_located = true;
			rd->lesson.located = sid.key;
		}
	return !cursor.full;
}

/* -- logout -- */

static bool deletes_naming_cookie(const struct reading *rd)
{
	const struct settings_identity *identity = &rd->rules->settings->identity;

	for (size_t i = 0; i < rd->granted.n; i++)
		for (size_t k = 0; k < identity->n_sources; k++)
			if (is_naming(&identity->sources[k], rd->granted.at[i].cookie.name) &&
			    granted_is_deleted(&rd->granted, rd->granted.at[i].cookie.name))
				return true;
	return false;
}

static bool is_logout_path(const struct reading *rd)
{
	const struct settings_identity *identity = &rd->rules->settings->identity;

	for (size_t i = 0; i < identity->n_logout_paths; i++)
		if (url_matches_generously(&identity->logout_paths[i], rd->request->path,
					   rd->request->query, rd->arena))
			return true;
	return rd->login && login_is_logout(rd->login);
}

static enum lesson_logout judge_logout(struct reading *rd, enum answer answer,
				       bool carried_is_deleted)
{
	bool maybe_out;

	if (answer == ANSWER_ACCOUNT)
		return LESSON_STAYS;
	if (answer == ANSWER_NOBODY || deletes_naming_cookie(rd))
		return LESSON_LOGGED_OUT;
	maybe_out = rd->response->status / 100 == 3 && is_logout_path(rd);
	rd->lesson.maybe_out = maybe_out && carried_is_deleted;
	if (carried_is_deleted)
		return LESSON_DELETED;
	return maybe_out ? LESSON_MAYBE_OUT : LESSON_STAYS;
}

bool lesson_read(const struct rules *r, const struct http_head *request, const struct identity *who,
		 const struct login *login, const struct http_head *response, int64_t now_ms,
		 struct arena *arena, struct lesson *ret_lesson)
{
	struct reading rd = { .rules = r,
			      .request = request,
			      .response = response,
			      .who = who,
			      .login = login,
			      .arena = arena,
			      .lesson = { .device_limit = ACCOUNT_NO_LIMIT } };
	bool carried_is_deleted;
	enum answer answer;

	if (!granted_read(r, response, who, now_ms, arena, &rd.granted) ||
	    !claims_read(response, arena, &rd.lesson))
		return false;
	note_set(&rd.lesson, &rd.granted);
	note_deletions(&rd.lesson, &rd.granted);
	answer = ask_sources(&rd);
	if (answer == ANSWER_FULL || !note_deleted(&rd, &carried_is_deleted) || !note_located(&rd))
		return false;
	if (answer == ANSWER_ACCOUNT)
		rd.lesson.miss = LESSON_NO_MISS;
	rd.lesson.logout = judge_logout(&rd, answer, carried_is_deleted);
	*ret_lesson = rd.lesson;
	return true;
}

/* -- the head -- */

void lesson_consume(const struct rules *r, struct http_head *response)
{
	const struct settings_identity *identity = &r->settings->identity;

	for (size_t i = 0; i < response->n_fields; i++)
		if (response->fields[i].known >= HTTP_LATCH_ACCOUNT &&
		    response->fields[i].known <= HTTP_LATCH_OTHER)
			response->fields[i].dropped = true;
	for (size_t i = 0; i < identity->n_sources; i++)
		if (identity->sources[i].kind == SOURCE_RESPONSE_HEADER)
			head_drop_alike(response, view_of(identity->sources[i].name));
}

void lesson_each_scope(const struct rules *r, const struct http_head *response, int64_t now_ms,
		       void (*fn)(void *ctx, struct view name, struct view path,
				  struct view domain),
		       void *ctx)
{
	const struct http_field *f;
	struct set_cookie cookie;
	size_t from = 0;

	while ((f = head_find(response, HTTP_SET_COOKIE, &from)))
		if (cookie_parse_set(f->value, now_ms, &cookie) && !cookie.deletes &&
		    named_find(r, cookie.name) != NAMED_NONE)
			fn(ctx, cookie.name, cookie.path, cookie.domain);
}

void lesson_withhold_cookies(const struct rules *r, struct http_head *response)
{
	struct http_field *f;
	struct set_cookie cookie;
	size_t from = 0;

	while ((f = head_find(response, HTTP_SET_COOKIE, &from)))
		if (cookie_parse_set(f->value, 0, &cookie) &&
		    named_find(r, cookie.name) != NAMED_NONE)
			f->dropped = true;
}

static bool seal_line(const struct rules *r, struct http_field *f, const struct set_cookie *cookie,
		      struct arena *arena)
{
	const char *end = cookie->value.at + cookie->value.len;
	struct view value = seal_close(r, cookie->name, cookie->value, arena), whole;

	if (!value.at)
		return false;
	whole = arena_format(arena, "%.*s%.*s%.*s", (int)(cookie->value.at - f->value.at),
			     f->value.at, VIEW_ARG(value), (int)(f->value.at + f->value.len - end),
			     end);
	if (whole.at)
		f->value = whole;
	return whole.at != NULL;
}

static bool is_too_long(const struct set_cookie *cookie)
{
	size_t len = cookie->name.len + 1 + cookie->value.len;

	return len <= SEAL_MAX_COOKIE_BYTES && len + SEAL_BYTES > SEAL_MAX_COOKIE_BYTES;
}

bool lesson_seal_cookies(const struct rules *r, struct http_head *response, int64_t now_ms,
			 struct arena *arena, struct view *ret_too_long)
{
	struct set_cookie cookie;
	struct http_field *f;
	size_t from = 0;

	while (r->has_seals && (f = head_find(response, HTTP_SET_COOKIE, &from))) {
		if (!cookie_parse_set(f->value, now_ms, &cookie) || cookie.deletes ||
		    !named_is_sealed(r, named_find(r, cookie.name)))
			continue;
		if (is_too_long(&cookie) && ret_too_long)
			*ret_too_long = cookie.name;
		if (!seal_line(r, f, &cookie, arena))
			return false;
	}
	return true;
}
