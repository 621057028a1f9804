/* journey: what a challenged person sees and may do: landing, devices, done; one step of it per request. Checks that the link is
 * this device's, that the form is ours (csrf) and that the action is one the page offers; changes the account through the
 * registry, in one change per step. Renders nothing: it returns a model for the page room or an address to go to. Any thread.
 *
 * The step reached is kept with the challenge's state:
 *	initiated                 landing, or the trial's page
 *	pending                   claimed, but the owner cannot be verified (verification: always)
 *	verified                  devices
 *	admin_notified            the administrator was told; may not be told again
 *	postponed                 as initiated; the gateway lets the device through meanwhile
 * A challenge in any other state is over: a GET goes on to the page that was wanted, where the gateway judges anew, and a POST
 * is NOT_FOUND, so that a completed challenge does nothing twice. */
#pragma once

#include "base/hmac.h"
#include "decision/decide.h"

enum { JOURNEY_MAX_DEVICES = ACCOUNT_MAX_DEVICES, JOURNEY_CSRF_BYTES = 44 };
/* How long `upgrade` postpones a challenge, and how often within a day. */
enum {
	JOURNEY_POSTPONE_MS = 30 * 60 * 1000,
	JOURNEY_POSTPONE_TIMES = 3,
	JOURNEY_POSTPONE_WITHIN_MS = 24 * 3600 * 1000
};

/* A person's actions and their words in the form. */
#define JOURNEY_ACTION_TABLE(X)       \
	X(NEW_ACCOUNT, "new_account") \
	X(LOGOUT, "logout")           \
	X(CLAIM, "claim")             \
	X(KICK, "kick")               \
	X(UPGRADE, "upgrade")         \
	X(APPROVAL, "approval")       \
	X(ADMIN, "admin")

enum journey_action {
#define JOURNEY_ENUM(id, word) JOURNEY_ACTION_##id,
	JOURNEY_ACTION_TABLE(JOURNEY_ENUM)
#undef JOURNEY_ENUM
		JOURNEY_ACTIONS
};
/* The word of an action, as a form says it. */
const char *journey_action_word(enum journey_action action);

enum journey_step { JOURNEY_LANDING, JOURNEY_DEVICES, JOURNEY_CANNOT_VERIFY, JOURNEY_TRIAL };

/* What was wrong with the last POST; the page has a sentence for each. */
enum journey_error {
	JOURNEY_NO_ERROR,
	JOURNEY_NOT_OFFERED,   /* an action that this page does not offer */
	JOURNEY_TOO_FEW,       /* more devices have to be chosen */
	JOURNEY_TOO_FEW_ALIKE, /* more devices of this one's type have to be chosen */
	JOURNEY_UNKNOWN,       /* a device that holds no place (any more) */
};

/* One line of the devices page. Texts live in the arena. */
struct journey_device {
	char id[ID_TEXT_BYTES];
	struct view label;
	enum device_type type;
	int64_t last_seen_ms;
	bool is_this;
	bool chosen; /* in the POST that this page answers */
};

struct journey_page {
	enum journey_step step;
	char challenge[ID_TEXT_BYTES];
	char csrf[JOURNEY_CSRF_BYTES]; /* base64url, NUL-terminated */
	uint32_t reasons;              /* REASON_BIT_* */
	uint32_t actions;              /* offered: bit 1 << enum journey_action */
	/* The last seen first, this device last. */
	struct journey_device devices[JOURNEY_MAX_DEVICES];
	unsigned n_devices;
	unsigned to_remove;       /* at least so many */
	unsigned to_remove_alike; /* at least so many of them of this device's type */
	unsigned limit; /* the account's, or the type's when only that is exceeded; 0: unlimited */
	enum device_type type;    /* of this device */
	struct view device_label; /* of this device */
	bool offers_upgrade;
	bool notified;            /* the administrator has been told, or asked for approval */
	enum journey_error error; /* to be said above the form */
};

enum journey_kind {
	JOURNEY_SHOW,      /* page, with `status` */
	JOURNEY_GO,        /* 303 to `url` */
	JOURNEY_NOT_FOUND, /* 404: no such challenge, not this device's, or a POST to one that is over */
	JOURNEY_FORBIDDEN,  /* 403: csrf */
	JOURNEY_SUSPENDED,  /* the suspended page; nothing was done */
	JOURNEY_LOGGED_OUT, /* the logout verdict: its sessions were revoked; nothing was done */
};

struct journey_request {
	struct registry *registry;
	const struct settings *settings;
	const struct hmac_key *csrf_key;
	const struct identity *who;
	const struct decide_account *account; /* whose request it is, as decide found it */
	struct view challenge;                /* the parameter, as it came */
	bool post;
	/* of a POST: */
	struct view csrf, action;
	const struct view *devices; /* the values of `device` */
	unsigned n_devices;
	int64_t now_ms; /* wall */
	struct arena *arena;
};

struct journey_answer {
	enum journey_kind kind;
	int status;                /* of a page: 200 or 422 */
	struct journey_page *page; /* JOURNEY_SHOW; in the arena */
	/* JOURNEY_GO; absolute, or a path of this site that begins with exactly one slash. */
	struct view url;
	/* Which redirect URL that is, as the redirect event says it ("new_account", …). NULL: the wanted page, or the
	 * challenge's again. */
	const char *to;
	bool expire_sessions; /* the response expires the session cookies that the request carried */
	uint64_t number;      /* to be committed before the answer is sent; 0: nothing */
};

/* 0, or ERR_NOMEM when the arena is full: nothing was done then. */
int journey_step(const struct journey_request *request, struct journey_answer *ret_answer);

/* csrf: HMAC of challenge and device, base64url: the same after a restart. */
void journey_csrf(const struct hmac_key *key, const struct challenge_id *challenge,
		  const struct device_id *device, char ret_csrf[JOURNEY_CSRF_BYTES]);
