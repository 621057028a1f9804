/* scopes: under which path and domain the origin has set each named cookie: what a logout expires. Learnt from
 * responses, kept with the state, at most 8 for a name. Any thread; many may read at once. */
#pragma once

#include "registry/writer.h"

struct scopes;

enum { SCOPES_PER_NAME = 8, SCOPES_NAMES = 1024 };

struct scopes *scopes_create(void);
void scopes_destroy(struct scopes **s);

/* True when it is new and there was room. Empty path or domain: none. */
bool scopes_put(struct scopes *s, struct view name, struct view path, struct view domain);
/* The same, and writes it when it is new. */
void scopes_learn(struct scopes *s, struct writer *w, struct view name, struct view path,
		  struct view domain);
void scopes_each(struct scopes *s, struct view name,
		 void (*fn)(const struct registry_scope *scope, void *arg), void *arg);
