/* story: the usual cast of an integration test: a legacy application, a sink for events, the daemon between, visitors. */
#pragma once

#include "daemon.h"
#include "legacy.h"
#include "visitor.h"

enum { STORY_MAX_VISITORS = 128 };

struct story_sink;

struct story {
	struct legacy *legacy;
	struct origin *origin;
	struct story_sink *answers;
	struct origin *sink;
	struct daemon *daemon;
	struct look *look; /* since the beginning, or the last story_moved */
	struct visitor *visitors[STORY_MAX_VISITORS];
	unsigned n_visitors;
};

/* `yaml` is added to the usual settings and those of the legacy application. The sink answers 200 and nothing more. */
struct story story_begin(const char *yaml);
/* With these settings instead of the legacy application's. */
struct story story_begin_as(const char *identity, const char *yaml);
/* With other identity settings, or another script for the origin (ctx: the legacy) or for the sink (ctx: a struct story_sink). */
struct story story_begin_with(const char *yaml, const char *identity, origin_script *script,
			      origin_script *sink);
/* Stops everybody; expects a clean end of the daemon, and no secret in its log: no cookie, password, token or key. */
void story_end(struct story *s);
/* The daemon is killed and started again on its state; visitors find it. Looks anew. */
void story_kill_and_restart(struct story *s);

/* Expects exactly these to have moved since the beginning or the last call: "verdicts allow=2", … (moves.h). */
#define STORY_MOVED(s, ...) story_moved(s, (const char *const[]){ __VA_ARGS__, NULL })
void story_moved(struct story *s, const char *const *expected);

struct visitor *story_visitor(struct story *s);
/* Posts the login form; the status. */
int story_log_in(struct visitor *v, const char *user);
/* Logs in and opens a members' page; expects both to pass. */
void story_arrive(struct visitor *v, const char *user);
/* A GET as a script sends it, whose answer the visitor asks for: `please` as in legacy.h, each line with CRLF. */
int story_please(struct visitor *v, const char *target, const char *please);
/* Opens a members' page, expects the redirect to the challenge page and opens that; its address, to be freed. */
char *story_meet_challenge(struct visitor *v, const char *wanted);
/* The same up to the list of devices. */
char *story_claim(struct visitor *v, const char *wanted);
/* Posts an action of the page that is open (the visitor's last answer); `device` may be NULL. */
int story_act(struct visitor *v, const char *action, const char *device);
/* The value of a hidden input of the page that is open; free it. */
char *story_hidden(const struct visitor *v, const char *name);

/* How many devices the admin API lists as attached, and how many of them are counted. */
void story_expect_devices(struct story *s, const char *account, unsigned listed, unsigned counted);
/* The id of the n-th device that the admin API lists; free it. */
char *story_device(struct story *s, const char *account, unsigned n);
/* The same for any member: "label", "type", "status". */
char *story_device_member(struct story *s, const char *account, unsigned n, const char *member);
/* POST /v1/accounts/<account>/<action>, expects 200. */
void story_order(struct story *s, const char *account, const char *action, const char *json);

/* The sink's usual script: answers as it was told to (ctx: the story's `answers`). */
origin_script story_sink_script;
/* From now on the sink answers events of this type so. */
void story_sink_says(struct story *s, const char *type, int status, const char *body);
/* From now on such events wait for their answer until the test no longer wants that. */
void story_sink_holds(struct story *s, const char *type, bool holds);
/* Waits until an event of this type came; its body (the n-th, from 0); free it. */
char *story_event(struct story *s, const char *type, unsigned n);
/* How many events of this type came so far. */
unsigned story_events(struct story *s, const char *type);
/* Waits until exactly these have come since the beginning: "device.attached=2", …; anything else fails. */
#define STORY_TOLD(s, ...) story_told(s, (const char *const[]){ __VA_ARGS__, NULL })
void story_told(struct story *s, const char *const *expected);
/* Expects that member of that event ("data.device.type") to be this, as JSON without quotes around texts. */
void story_expect_said(struct story *s, const char *type, unsigned n, const char *path,
		       const char *want);
/* The member; free it. */
char *story_said(struct story *s, const char *type, unsigned n, const char *path);
