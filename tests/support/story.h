/* story: the usual cast of an integration test: a legacy application, a sink for events, the daemon between, visitors. */
#pragma once

#include "daemon.h"
#include "legacy.h"
#include "visitor.h"

enum { STORY_MAX_VISITORS = 128 };

struct story {
	struct legacy *legacy;
	struct origin *origin;
	struct origin *sink; /* answers 200 with `sink_answer` */
	struct daemon *daemon;
	struct visitor *visitors[STORY_MAX_VISITORS];
	unsigned n_visitors;
};

/* `yaml` is added to the usual settings and those of the legacy application. */
struct story story_begin(const char *yaml);
/* With other identity settings, or another script for the origin (ctx: the legacy). */
struct story story_begin_with(const char *yaml, const char *identity, origin_script *script,
			      origin_script *sink);
void story_end(struct story *s);

struct visitor *story_visitor(struct story *s);
/* Posts the login form; the status. */
int story_log_in(struct visitor *v, const char *user);
/* Logs in and opens a members' page; expects both to pass. */
void story_arrive(struct visitor *v, const char *user);
/* Posts an action of the page that is open (the visitor's last answer); `device` may be NULL. */
int story_act(struct visitor *v, const char *action, const char *device);

/* How many devices the admin API lists as attached, and how many of them are counted. */
void story_expect_devices(struct story *s, const char *account, unsigned listed, unsigned counted);
/* The id of the n-th device that the admin API lists; free it. */
char *story_device(struct story *s, const char *account, unsigned n);
/* Waits until an event of this type came; its body (the n-th, from 0); free it. */
char *story_event(struct story *s, const char *type, unsigned n);
/* How many events of this type came so far. */
unsigned story_events(struct story *s, const char *type);
