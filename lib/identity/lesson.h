/* lesson: what the origin's response teaches about accounts and sessions, as plain data. Looks
 * nothing up, binds nothing, changes nothing but the head (lesson_consume,
 * lesson_withhold_cookies). Pure.
 *
 * Which values a taught account is bound to is for the reader to say, from the source that
 * answered:
 * - login_form: those of `set` that are new, never one that the client brought; with `sets_cookie:
 *   none` also those that the request carried (identity.keys, less `deleted`) and those of `set`
 *   that are not new;
 * - response_header, set_cookie: `set`, and those that the request carried, less `deleted`.
 * `located` joins them where nobody has it yet. A Location may repeat what the client asked for, so it never proves a login,
 * and never takes a value from somebody.
 *
 * Whatever a request carried counts only if it was forwarded, and as far as the origin could read it (identity.cookie). */
#pragma once

#include "identity/identity.h"
#include "identity/login.h"

enum lesson_logout {
	LESSON_STAYS, /* always so when an account is taught */
	/* Evidence: the cookie of set_cookie was deleted, or the response_header was empty. */
	LESSON_LOGGED_OUT,
	/* A named cookie that the request carried was deleted and not set anew. What it says of the session depends on
	 * who had made its value. */
	LESSON_DELETED,
	LESSON_MAYBE_OUT, /* a logout path answered with 3xx but without any of that */
};
enum lesson_event { LESSON_NO_EVENT, LESSON_SIGN_UP, LESSON_TRIAL_STARTED, LESSON_UPGRADE };

/* Why a form that looked like a login (`when` holds, and the user's field or a password came) was
 * none, by the first condition that failed; a row: enumerator, metric label, words for the log. */
/* clang-format off */
#define LESSON_MISS_TABLE(X)                                                     \
	X(NO_USER, "user", "without the user field")                             \
	X(NO_PASSWORD, "password", "without a password field, or with an empty one") \
	X(STATUS, "status", "answered with another status")                      \
	X(LOCATION, "location", "answered with another location")                \
	X(NO_COOKIE, "cookie", "but set no new session cookie: if the application keeps " \
			       "its session id, write `sets_cookie: none`")      \
	X(BAD_NAME, "name", "with a name that is not valid UTF-8 or has control characters")
/* clang-format on */
enum lesson_miss {
	LESSON_NO_MISS,
/* clang-format off */
#define LESSON_MISS_ENUM(id, label, words) LESSON_MISS_##id,
	LESSON_MISS_TABLE(LESSON_MISS_ENUM)
#undef LESSON_MISS_ENUM
	/* clang-format on */
	LESSON_MISSES
};

struct lesson {
	struct view account; /* canonical: folded, hashed when long. VIEW_NONE: nobody is taught */
	uint8_t source;      /* index of the source that answered, when account.at */
	enum lesson_logout logout;
	bool maybe_out; /* LESSON_DELETED, and LESSON_MAYBE_OUT but for that */
	/* Values that the response sets in named session cookies, at most IDENTITY_MAX_KEYS: first
	 * those that a browser keeps, then those that a later line replaces or deletes: the origin
	 * may take them all the same. */
	struct session_key set[IDENTITY_MAX_KEYS];
	bool set_is_new[IDENTITY_MAX_KEYS];  /* the request did not carry this value */
	bool set_is_gone[IDENTITY_MAX_KEYS]; /* the response deletes it after having set it */
	uint8_t set_in[IDENTITY_MAX_KEYS];   /* its cookie's index in settings.identity.cookies */
	unsigned n_set;
	/* Values that the request carried and whose cookie the response deletes without setting it
	 * anew. */
	struct session_key deleted[IDENTITY_MAX_KEYS];
	unsigned n_deleted;
	/* Bit i: of the cookies that settings.identity.cookies[i] names one is left out of the browser, carried or not. */
	uint32_t deletes;
	/* A session parameter of its Location, with a value that the request did not carry. */
	bool has_located;
	struct session_key located;
	/* VIEW_NONE: not said, or not in its form. Groups are "a,b"; empty: none. */
	struct view email, phone, groups, metadata;
	int32_t device_limit; /* ACCOUNT_NO_LIMIT: not said */
	bool bad_limit;       /* it was said, but is no number: not said */
	enum lesson_event event;
	enum lesson_miss miss; /* LESSON_NO_MISS when an account was taught, by whichever source */
};

/* After identity_clean: `request` is what the origin was sent. Sources stand in their order, the
 * first that answers wins; an account that a trusted proxy asserts (who->asserted) has answered at
 * its place, and is known already: it is not repeated here. `login` may be NULL, and tells nothing
 * before it is finished. False when the arena is full. */
bool lesson_read(const struct rules *r, const struct http_head *request, const struct identity *who,
		 const struct login *login, const struct http_head *response, int64_t now_ms,
		 struct arena *arena, struct lesson *ret_lesson);
/* Drops every Latch-* response header, and those of response_header sources. */
void lesson_consume(const struct rules *r, struct http_head *response);
/* Calls back for every named session cookie that the response sets (not deletes), with name, path
 * and domain as in struct set_cookie. */
void lesson_each_scope(const struct rules *r, const struct http_head *response, int64_t now_ms,
		       void (*fn)(void *ctx, struct view name, struct view path,
				  struct view domain),
		       void *ctx);
/* Drops every Set-Cookie of a named session cookie (the session was revoked while the request was
 * under way). */
void lesson_withhold_cookies(const struct rules *r, struct http_head *response);
/* Last of all: gives their seals to the named session cookies that have one and that the response sets; what deletes
 * stays as it is. Nothing else of a line is touched. *ret_too_long, unless NULL, becomes the name of a cookie that no
 * browser takes because of its seal; otherwise untouched. False when the arena is full. */
bool lesson_seal_cookies(const struct rules *r, struct http_head *response, int64_t now_ms,
			 struct arena *arena, struct view *ret_too_long);
