/* account: one account with everything that belongs to it: attachments, sessions, challenges. It is
 * the unit of atomic change: whoever holds a `struct change` (change.h) holds the account alone.
 * Plain data, so that the policy is a pure function over it and a test writes literals.
 * Read and written only inside registry_change or registry_look. */
#pragma once

#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

enum { ID_BYTES = 16, NETWORK_BYTES = 16 };

struct device_id {
	uint8_t bytes[ID_BYTES];
};
struct challenge_id {
	uint8_t bytes[ID_BYTES];
};
/* HMAC-SHA256 of one canonical session value under the state key, truncated to 128 bits (RFC 2104 §5). */
struct session_key {
	uint8_t bytes[ID_BYTES];
};

enum device_type { DEVICE_OTHER, DEVICE_DESKTOP, DEVICE_MOBILE, DEVICE_TABLET, DEVICE_TYPES };

/* What the browser says about itself; compared, never trusted. */
struct device_facts {
	uint8_t type;                   /* enum device_type */
	uint8_t os;                     /* family, by identity's table; 0: unknown */
	uint8_t browser;                /* family, by identity's table; 0: unknown */
	char language[8];               /* primary, lower case, NUL-terminated; "" : unknown */
	uint8_t network[NETWORK_BYTES]; /* prefix of the client's address */
};

enum attachment_status {
	ATTACHMENT_PENDING, /* minted, has not come back yet: not written, not listed */
	ATTACHMENT_ATTACHED,
	ATTACHMENT_DETACHED,
	ATTACHMENT_DORMANT, /* superseded by a device that looks the same */
	ATTACHMENT_EXEMPT,
};

/* Why sessions were revoked. */
enum revoke_cause {
	REVOKE_NONE,
	REVOKE_KICKED, /* a challenge or the devices page */
	REVOKE_DETACH, /* one device, by an administrator */
	REVOKE_ADMIN,  /* all devices, by an administrator */
	REVOKE_IDLE,   /* log_out_idle, log_out_others */
	REVOKE_OWN,    /* logged out, or took new_account: no question, no redirect */
};

/* Told in spec order; the numbers are stored. */
enum challenge_state {
	CHALLENGE_INITIATED,
	CHALLENGE_PENDING,
	CHALLENGE_DELIVERED,
	CHALLENGE_DELIVERY_FAILED,
	CHALLENGE_VERIFIED,
	CHALLENGE_COMPLETED,
	CHALLENGE_FAILED,
	CHALLENGE_OVERRIDDEN,
	CHALLENGE_POSTPONED,
	CHALLENGE_SKIPPED,
	CHALLENGE_ADMIN_NOTIFIED,
	CHALLENGE_EXPIRED,
	CHALLENGE_STATES
};

/* An answer to an asked event, remembered. */
enum veto {
	VETO_UNASKED,
	VETO_NONE,  /* asked; go on */
	VETO_GIVEN, /* asked; do not interrupt */
};

/* Reasons of a challenge, bits. */
enum {
	REASON_BIT_LIMIT = 1 << 0, /* overall */
	REASON_BIT_LIMIT_MOBILE = 1 << 1,
	REASON_BIT_LIMIT_TABLET = 1 << 2,
	REASON_BIT_LIMIT_DESKTOP = 1 << 3,
	REASON_BIT_REPEAT_TRIAL = 1 << 4,
};

struct challenge {
	struct challenge_id id;
	uint32_t reasons;
	uint8_t state; /* enum challenge_state */
	uint8_t veto;  /* of on_challenge; enum veto */
	int64_t created_ms, changed_ms;
	int64_t postponed_until_ms;
	uint8_t postponed_count; /* in the day that began at postponed_day_ms */
	int64_t postponed_day_ms;
	char *wanted; /* path and query to return to, or NULL */
	bool dirty;
};

struct attachment {
	struct device_id device;
	uint8_t status; /* enum attachment_status */
	bool counted;   /* holds a place */
	bool suspended;
	bool repeat_trial;     /* hosted another account's trial and started one here */
	bool cookie_came_back; /* its device cookie has been seen at least once */
	bool rides;            /* it came with a session that is bound to another device, a copy: */
	struct session_key ridden; /* that session; revoked together with this attachment */
	struct device_facts facts;
	char *label; /* "Firefox on Windows" */
	int64_t first_seen_ms, last_seen_ms;
	int64_t seen_written_ms; /* when last_seen_ms was last given to the writer; in memory only */
	int64_t place_ms;        /* when it was first allowed: the order of places */
	uint32_t
		excess_told; /* reasons for which on_limit_exceeded was told; 0 when no longer in excess */
	int64_t excess_told_ms;
	struct challenge *challenge; /* open or the last one, or NULL */
	bool dirty;
};

enum session_state {
	SESSION_BOUND,
	SESSION_REVOKED,   /* by somebody else: refused, on every address, for good */
	SESSION_ENDED,     /* the origin deleted it: its cookie is removed, nobody is interrupted */
	SESSION_ANONYMOUS, /* logged out, kept by the origin: passes, may be bound again */
	SESSION_SHARED, /* a value that two accounts logged in under: names no session, never bound again */
};

/* How a bound value is known to be the account's. Stored, in four bits. */
enum session_given {
	SESSION_JOINED, /* it merely came along with one that was given: whoever sends it may have made it up */
	/* The application gave it (a login's answer, a cookie set on a bound session, the account named where nothing
	 * else came), in the cookie of this place: numbers up to SESSION_PLACES, which are decision's to say. */
	SESSION_PLACES = 13,
	SESSION_GIVEN_IN_TARGET, /* it stood in the address, under a name that no cookie has */
	SESSION_GIVEN,           /* it is not known where: an older state, or a proxy's word */
};

struct session {
	struct session_key key;
	struct attachment *attachment; /* of this account; NULL once anonymous or ended */
	uint8_t state;                 /* enum session_state */
	uint8_t source;                /* index of the account source that bound it */
	uint8_t given;                 /* enum session_given */
	uint8_t cause;                 /* enum revoke_cause, when revoked */
	uint8_t veto;                  /* of on_current_device_logout */
	bool redirect_told;            /* the redirect event of this revocation was told */
	bool cookie_came_back;         /* the device cookie came with this session at least once */
	bool has_challenge;
	struct challenge_id challenge; /* that caused the revocation */
	struct challenge_id
		revocation; /* random id of the kick or detach: what is asked about once */
	/* Wall time. What one change bound, and what was added to that later, has the same bound_ms; nothing else of the
	 * account has it. */
	int64_t bound_ms;
	int64_t last_used_ms;
	uint8_t redirects; /* how often it was redirected since redirects_ms; in memory only */
	int64_t redirects_ms;
	bool dirty;
};

/* Limits of one account; ACCOUNT_NO_LIMIT: not set, the site's holds. */
enum { ACCOUNT_NO_LIMIT = -1 };
/* 64 devices that may hold a place, and one more that can be told that there is none. */
enum {
	ACCOUNT_MAX_DEVICES = 64 + 1,
	ACCOUNT_MAX_SESSIONS = 256,
	ACCOUNT_NEW_DEVICES_PER_HOUR = 20
};

struct account {
	char *id;      /* NUL-terminated, UTF-8 without control characters, at most 256 bytes */
	uint64_t hash; /* keyed; stripe of the generations, and what logs show */
	bool suspended;
	int32_t admin_limit;  /* set by an administrator */
	int32_t origin_limit; /* Latch-Device-Limit */
	char *email, *phone, *groups,
		*metadata; /* NULL: unknown; groups comma-separated; metadata JSON */
	int64_t created_ms;
	int64_t new_devices_hour_ms; /* start of the hour that new_devices counts */
	uint32_t new_devices;
	uint64_t change;                 /* number of its last durable change */
	struct attachment **attachments; /* oldest first */
	unsigned n_attachments;
	struct session **sessions;
	unsigned n_sessions;
	bool dirty;
	void *engine; /* the registry engine's own */
};

static inline bool device_id_is(const struct device_id *a, const struct device_id *b)
{
	return memcmp(a->bytes, b->bytes, ID_BYTES) == 0;
}

/* Look-ups; NULL when absent. */
struct attachment *account_attachment(const struct account *a, const struct device_id *device);
struct session *account_session(const struct account *a, const struct session_key *key);
struct attachment *account_challenged(const struct account *a, const struct challenge_id *id);
/* Whether a challenge in this state still obstructs (or waits to). */
bool account_challenge_is_open(const struct challenge *c);
/* Its live (bound) sessions. */
unsigned account_live_sessions(const struct account *a, const struct attachment *t);

/* 32 lower-case hex digits and a NUL; parse is strict. */
enum { ID_TEXT_BYTES = 33 };
void account_id_format(const uint8_t id[ID_BYTES], char ret_text[ID_TEXT_BYTES]);
bool account_id_parse(struct view text, uint8_t ret_id[ID_BYTES]);
const char *account_status_text(enum attachment_status status);
const char *account_type_text(enum device_type type);
const char *account_challenge_state_text(enum challenge_state state);
