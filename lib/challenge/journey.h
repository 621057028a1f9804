/* journey: what a challenged person sees and may do: landing, devices, done; one step of it per request. Checks that the link is
 * this device's, that the form is ours (csrf) and that the action is one the page offers; changes the account through the
 * registry. Renders nothing: it returns a model for the page room or an address to go to. Any thread. */
#pragma once

#include "base/hmac.h"
#include "decision/decide.h"

enum { JOURNEY_MAX_DEVICES = ACCOUNT_MAX_DEVICES, JOURNEY_CSRF_BYTES = 44 };

enum journey_step { JOURNEY_LANDING, JOURNEY_DEVICES, JOURNEY_CANNOT_VERIFY, JOURNEY_TRIAL };

/* One line of the devices page. Texts live in the arena. */
struct journey_device {
	char id[ID_TEXT_BYTES];
	struct view label;
	enum device_type type;
	int64_t last_seen_ms;
	bool is_this;
};

struct journey_page {
	enum journey_step step;
	char challenge[ID_TEXT_BYTES];
	char csrf[JOURNEY_CSRF_BYTES]; /* base64url, NUL-terminated */
	uint32_t reasons;              /* REASON_BIT_* */
	struct journey_device devices[JOURNEY_MAX_DEVICES];
	unsigned n_devices;
	unsigned to_remove;            /* at least so many */
	struct view device_label;      /* of this device */
	bool offers_upgrade;
	const char *error;             /* a sentence to show above the form, or NULL */
};

enum journey_kind {
	JOURNEY_SHOW,        /* page, with `status` */
	JOURNEY_GO,          /* 303 to `url` */
	JOURNEY_NOT_FOUND,   /* 404: no such challenge, or not this device's */
	JOURNEY_FORBIDDEN,   /* 403: csrf */
	JOURNEY_SUSPENDED,   /* the suspended page */
	JOURNEY_LOGGED_OUT,  /* the logout verdict: the device was detached */
};

struct journey_request {
	struct registry *registry;
	const struct settings *settings;
	const struct hmac_key *csrf_key;
	const struct identity *who;
	const struct decide_account *account; /* whose request it is, as decide found it */
	struct view challenge;       /* the parameter, as it came */
	bool post;
	/* of a POST: */
	struct view csrf, action;
	const struct view *devices;  /* the values of `device` */
	unsigned n_devices;
	int64_t now_ms;              /* wall */
	struct arena *arena;
};

struct journey_answer {
	enum journey_kind kind;
	int status;                  /* of a page: 200 or 422 */
	struct journey_page *page;   /* JOURNEY_SHOW; in the arena */
	struct view url;             /* JOURNEY_GO; absolute, or a path of this site */
	const char *to;              /* which redirect URL it is, for the log and the redirect event ("new_account", …); NULL: the wanted page */
	bool expire_sessions;        /* the response expires the session cookies that the request carried */
	uint64_t number;             /* to be committed before the answer is sent; 0: nothing */
};

/* 0, or ERR_NOMEM when the arena is full. */
int journey_step(const struct journey_request *request, struct journey_answer *ret_answer);

/* csrf: HMAC of challenge and device, base64url: the same after a restart. */
void journey_csrf(const struct hmac_key *key, const struct challenge_id *challenge, const struct device_id *device,
		  char ret_csrf[JOURNEY_CSRF_BYTES]);
