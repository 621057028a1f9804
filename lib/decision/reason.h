/* reason: why a verdict is what it is. Each row of the table says everything about one reason: its enumerator, what is done
 * (act), the word in the access log, the JSON error code for API clients ("" where the request goes on). */
#pragma once

enum act {
	ACT_ALLOW,
	ACT_STRANGER, /* goes on without its session cookies */
	ACT_CHALLENGE,
	ACT_LOGOUT,
	ACT_SUSPENDED,
	ACT_DENY,
};

#define REASON_TABLE(X)                                                    \
	X(ANONYMOUS, ACT_ALLOW, "anonymous", "")                           \
	X(ATTACHED, ACT_ALLOW, "allow", "")                                \
	X(PENDING, ACT_ALLOW, "pending", "")                               \
	X(EXEMPT, ACT_ALLOW, "exempt", "")                                 \
	X(MONITORED, ACT_ALLOW, "monitored", "")                           \
	X(WARMUP, ACT_ALLOW, "warmup", "")                                 \
	X(POSTPONED, ACT_ALLOW, "postponed", "")                           \
	X(VETOED_CHALLENGE, ACT_ALLOW, "vetoed_challenge", "")             \
	X(VETOED_LOGOUT, ACT_ALLOW, "vetoed_logout", "")                   \
	X(ENDED, ACT_STRANGER, "ended", "")                                \
	X(OVER_LIMIT, ACT_CHALLENGE, "challenge", "device_challenge")      \
	X(REPEAT_TRIAL, ACT_CHALLENGE, "repeat_trial", "device_challenge") \
	X(REVOKED, ACT_LOGOUT, "logout", "device_logged_out")              \
	X(SUSPENDED, ACT_SUSPENDED, "suspended", "account_suspended")      \
	X(DENIED_LIMIT, ACT_DENY, "deny", "device_limit")                  \
	X(DENIED_TRIAL, ACT_DENY, "deny_trial", "device_limit")

enum reason {
#define REASON_ENUM(id, act, word, code) REASON_##id,
	REASON_TABLE(REASON_ENUM)
#undef REASON_ENUM
		REASON_COUNT
};

enum act reason_act(enum reason reason);
const char *reason_word(enum reason reason);
const char *reason_code(enum reason reason);
