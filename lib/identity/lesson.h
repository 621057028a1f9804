/* lesson: what the origin's response teaches about accounts and sessions, as plain data. Looks nothing up, changes
 * nothing but the head (lesson_consume). Pure. */
#pragma once

#include "identity/identity.h"
#include "identity/login.h"

enum lesson_logout {
	LESSON_STAYS,
	LESSON_LOGGED_OUT,   /* evidence: a named cookie that the request carried was deleted, or set_cookie's, or Latch-Account was empty */
	LESSON_MAYBE_OUT,    /* a logout path answered with 3xx but without evidence */
};
enum lesson_event { LESSON_NO_EVENT, LESSON_SIGN_UP, LESSON_TRIAL_STARTED, LESSON_UPGRADE };

/* Why a form that looked like a login was none; a row: enumerator, metric label, words for the log. */
#define LESSON_MISS_TABLE(X)                                                              \
	X(NO_USER, "user", "without the user field")                                       \
	X(NO_PASSWORD, "password", "without a password field, or with an empty one")       \
	X(STATUS, "status", "answered with another status")                                \
	X(LOCATION, "location", "answered with another location")                          \
	X(NO_COOKIE, "cookie", "but set no new session cookie: if the application keeps its session id, write `sets_cookie: none`") \
	X(BAD_NAME, "name", "with a name that is not valid UTF-8 or has control characters")
enum lesson_miss {
	LESSON_NO_MISS,
#define LESSON_MISS_ENUM(id, label, words) LESSON_MISS_##id,
	LESSON_MISS_TABLE(LESSON_MISS_ENUM)
#undef LESSON_MISS_ENUM
	LESSON_MISSES
};

struct lesson {
	struct view account;        /* canonical account id (folded, hashed when long); VIEW_NONE: nothing learnt */
	uint8_t source;             /* index of the source that answered */
	enum lesson_logout logout;
	struct session_key set[IDENTITY_MAX_KEYS];     /* values that the response sets in named session cookies */
	bool set_is_new[IDENTITY_MAX_KEYS];            /* the request did not carry this value */
	unsigned n_set;
	struct session_key deleted[IDENTITY_MAX_KEYS]; /* values that the request carried and whose cookie the response deletes */
	unsigned n_deleted;
	struct view email, phone, groups, metadata;    /* VIEW_NONE: not said; checked for form */
	int32_t device_limit;       /* ACCOUNT_NO_LIMIT: not said. Not a number: not said, and bad_limit */
	bool bad_limit;
	enum lesson_event event;
	enum lesson_miss miss;
};

/* `login` may be NULL. False when the arena is full. */
bool lesson_read(const struct rules *r, const struct http_head *request, const struct identity *who,
		 const struct login *login, const struct http_head *response, int64_t now_ms, struct arena *arena,
		 struct lesson *ret_lesson);
/* Drops every Latch-* response header. */
void lesson_consume(const struct rules *r, struct http_head *response);
/* Calls back for every named session cookie that the response sets (not deletes), with name, path and domain. */
void lesson_each_scope(const struct rules *r, const struct http_head *response, int64_t now_ms,
		       void (*fn)(void *ctx, struct view name, struct view path, struct view domain), void *ctx);
/* Drops every Set-Cookie of a named session cookie (the session was revoked while the request was under way). */
void lesson_withhold_cookies(const struct rules *r, struct http_head *response);
