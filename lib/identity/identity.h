/* identity: who a request says it is: the keys of its session values, its device cookie, what its
 * agent is like, the account that a trusted proxy asserts. Looks nothing up and decides nothing.
 * Also cleans the head of what the origin must not see. Pure but for the memo, which belongs to
 * one connection. One thread at a time per request. */
#pragma once

#include "identity/device.h"
#include "route/peer.h"

enum { IDENTITY_MAX_KEYS = 8, IDENTITY_NO_COOKIE = 255, IDENTITY_ECHO = 254 };

struct identity {
	/* Of the distinct values of named session cookies, in order, then of session parameters. */
	struct session_key keys[IDENTITY_MAX_KEYS];
	/* Index into settings.identity.cookies, of the cookie that it stood in or that is called like its parameter of the target;
	 * or IDENTITY_NO_COOKIE: no cookie is called like that; or IDENTITY_ECHO: no value that reaches the origin as it stands,
	 * but one that some readers take another for, or that came second under its name and goes. It is looked up and never
	 * learnt. Of one that came in several places, the first that the origin reads. */
	uint8_t cookie[IDENTITY_MAX_KEYS];
	unsigned n_keys;
	enum device_seen device_seen; /* of several device cookies the first valid one counts */
	struct device_id device;      /* when DEVICE_VALID */
	bool device_reissue;  /* valid, but older than 30 days or under the other scheme's name */
	unsigned look_alikes; /* cookies that identity_clean will remove, besides the device's */
	unsigned unsealed;    /* and those for want of their seal, which have no key */
	bool has_sealed;      /* cookies that it will strip of their seal */
	bool has_parameters;  /* session ids in the target */
	unsigned surplus_parameters; /* of these, those that identity_clean will remove */
	struct device_facts facts;   /* with the network */
	struct view asserted;    /* canonical account, as a trusted proxy has it; or VIEW_NONE */
	uint8_t asserted_source; /* its source's index in settings.identity.sources */
	/* Some request_header of a trusted proxy came in lines that differ: whoever reads one of them reads another name than
	 * whoever reads the other. The request must be refused. */
	bool asserted_twice;
};

/* Remembers, per connection, the lines that say who somebody is and what they meant, so that they
 * cost one comparison on the next request; and of device cookies the last two, whose MAC is not worked out
 * again when other lines or cookies change. Belongs to one set of rules: under others it is made
 * anew. At most IDENTITY_MEMO_MAX_BYTES; lines that do not fit are not remembered. Start with
 * NULL; free with identity_forget, which accepts NULL. */
struct identity_memo;
enum { IDENTITY_MEMO_MAX_BYTES = 4096 };
void identity_forget(struct identity_memo **memo);

/* Before identity_clean. `memo` may be NULL. False when the arena is full. */
bool identity_read(const struct rules *r, const struct http_head *request, const struct peer *peer,
		   int64_t now_ms, struct identity_memo **memo, struct arena *arena,
		   struct identity *ret_identity);

/* Before forwarding, always: removes the device cookie, every Latch-* header in every spelling,
 * the headers of request_header sources (of a trusted peer only other spellings), look-alikes of
 * named cookies (`.`, space or `[` for `_`, percent-encoding, other case, after a comma), second
 * occurrences with another value, and values beyond IDENTITY_MAX_KEYS; cookies to be sealed that
 * lack their seal; and the seals. From the target: session parameters with a second value, and those
 * beyond IDENTITY_MAX_KEYS. Once for a head, of which `who` is what identity_read said. What
 * follows here reads the head after it, with bare values. False when the arena is full. */
bool identity_clean(const struct rules *r, struct http_head *request, const struct peer *peer,
		    const struct identity *who, struct arena *arena);
/* Before forwarding somebody who is not allowed: removes all named session cookies, all session
 * parameters, and credentials that are a source. */
bool identity_estrange(const struct rules *r, struct http_head *request, struct arena *arena);
/* Removes the cookies and parameters whose key is one of these (sessions that the origin has ended). */
bool identity_remove_keys(const struct rules *r, struct http_head *request,
			  const struct session_key *keys, unsigned n, struct arena *arena);
/* The names of the session cookies that the request carries, each once, at most `max`: for
 * expiring them. */
unsigned identity_cookie_names(const struct rules *r, const struct http_head *request,
			       struct view *ret_names, unsigned max);
