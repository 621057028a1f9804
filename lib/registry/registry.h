/* registry: remembers accounts, sessions, challenges, trials and events to send, and makes them durable.
 * One interface; the embedded engine keeps its working set in memory and its truth in SQLite, written by one thread
 * that commits in groups. Decides nothing.
 * Any thread, except where said. Answers come at once (embedded), so nothing here waits for a disk but
 * open, close and the first use of a secret. */
#pragma once

#include "base/hmac.h"
#include "base/metric.h"
#include "loop/loop.h"
#include "registry/change.h"

struct registry;

struct registry_options {
	const char *path; /* directory of the state */
	struct metrics *metrics;
	const char *vfs;          /* SQLite VFS; NULL: the system's. For tests that lose power */
	int64_t (*wall_ms)(void); /* clock_wall_ms, or a test's */
};

/* Opens or creates the state (the directory 0700, its files 0600), reads it, starts the writer.
 * With a sentence for operators in *ret_why (free with mem_free): ERR_IO when directory or file
 * cannot be used, are in use by another process, are damaged or somebody else's; ERR_UNSUPPORTED for a
 * state of a newer version. Forgets what was not used for 400 days. */
int registry_open(const struct registry_options *options, struct registry **ret_registry,
		  char **ret_why);
/* Commits what is left, or gives up after three tries and says so in the log; answers all waits, whose
 * loops must still be there. Nobody else may use it any more. */
void registry_close(struct registry **r);

/* Whether the state was empty when it was opened (warmup), and since when it exists (wall). */
bool registry_was_empty(const struct registry *r);
int64_t registry_born_ms(const struct registry *r);
/* Key of session HMACs, kept with the state. Lives as long as the registry. */
const struct hmac_key *registry_state_key(const struct registry *r);
/* A named secret kept with the state (e.g. "device"), 32 random bytes made on first use, which waits
 * until they are durable (at most 1 s): for the start. */
void registry_secret(struct registry *r, const char *name, uint8_t ret_secret[DIGEST_BYTES]);

/* What is known of session keys. A key that its account had no more room for is ENDED: the account
 * itself does not list it any more. */
struct registry_found {
	bool known;
	uint8_t state; /* enum session_state */
	uint8_t source;
	uint8_t given;           /* enum session_given */
	struct device_id device; /* zero when none */
	int64_t bound_ms;        /* wall */
	uint64_t account_hash;
	char account[257]; /* NUL-terminated */
};
void registry_find(struct registry *r, const struct session_key *key,
		   struct registry_found *ret_found);
/* False when no challenge has this id. */
bool registry_find_challenge(struct registry *r, const struct challenge_id *id,
			     char ret_account[257]);

/* Runs `fn` (change.h says what it may do) on the account alone, perhaps more than once. `create`:
 * makes the account when it is not there (and keeps it when anything was changed), else returns 0
 * without calling. Ids have 1 to 256 bytes. Returns the number that must be committed before anybody sees what
 * rests on the account's present state (its own change, or an earlier one); 0: nothing to wait for. */
uint64_t registry_change(struct registry *r, struct view account, bool create,
			 void (*fn)(struct account *a, struct change *c, void *arg), void *arg);
/* The same for looking only: `fn` keeps nothing and asks the registry nothing. False when the account
 * is not there. */
bool registry_look(struct registry *r, struct view account,
		   void (*fn)(const struct account *a, void *arg), void *arg);
/* Every account, in no order, each under its lock; `fn` returns false to stop. */
void registry_each(struct registry *r, bool (*fn)(const struct account *a, void *arg), void *arg);

/* Durability. */
bool registry_is_committed(const struct registry *r, uint64_t number); /* one atomic load */
/* Whether commits work: false after one failed, true again after one went through. */
bool registry_is_writing(const struct registry *r);
struct registry_wait {
	struct loop_letter letter; /* internal; delivered on `loop` */
	struct loop *loop;
	uint64_t number;
	void (*on_committed)(struct registry_wait *w,
			     bool committed); /* false: cannot be written */
	struct registry_wait *next;           /* internal, as the deadline */
	int64_t deadline_ms;
};
/* Fill in loop, number and on_committed. The callback always comes, on the loop's thread, in a later
 * turn: when the number is committed, or with false after 1 s, at once while commits are known to
 * fail, and when the registry is closed. The wait cannot be taken back: give it memory that outlives it. */
void registry_wait(struct registry *r, struct registry_wait *w);

/* Generations: a striped table of counters, bumped by everything that can change a verdict. A verdict made under
 * a sum of generations holds as long as the sum is the same. Read the sum BEFORE looking. */
uint64_t registry_generation(const struct registry *r, uint64_t hash);
uint64_t registry_account_hash(const struct registry *r, struct view account);
uint64_t registry_key_hash(const struct session_key *key);

/* Trials: notes that `account` started a trial on `device`; true when another account's trial was there
 * before. Kept as HMACs for 400 days; durable with the number in *ret_number (0: it is already). */
bool registry_trial(struct registry *r, const struct device_id *device, struct view account,
		    uint64_t *ret_number);

/* Scopes: path and domain under which the origin has set a named cookie, the first 8 of a name and the
 * first 1024 names; what a logout expires. Learning a known one costs a look-up. Under `fn` nothing
 * may be learnt. */
struct registry_scope {
	char *name, *path, *domain; /* domain NULL: host-only; path NULL: the default */
};
void registry_learn_scope(struct registry *r, struct view name, struct view path,
			  struct view domain);
void registry_each_scope(struct registry *r, struct view name,
			 void (*fn)(const struct registry_scope *scope, void *arg), void *arg);
