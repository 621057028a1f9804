/* contradiction_inside: what the parts of contradiction share: contradiction.c (addresses, servers, certificates, secrets),
 * contradiction_identity.c (what recognises accounts), contradiction_links.c (where people are sent, and what is exempt). Nobody
 * else includes this. */
#pragma once

#include "config/contradiction.h"

struct contradiction {
	struct document_node *root;
	const struct settings *s;
	struct finding_list *findings;
};

enum { CONTRADICTION_PATH_BYTES = 128 };

/* An error, or a warning, where that path stands, or the innermost part of it that was written. */
void contradiction_complain(const struct contradiction *c, const char *path, const char *format,
			    ...) __attribute__((format(printf, 3, 4)));
void contradiction_warn(const struct contradiction *c, const char *path, const char *what);
/* Whether both are there, and equal. */
bool contradiction_is_one(const char *a, const char *b);
/* Latch-* in any spelling: no client or proxy may say such a thing. Accepts NULL. */
bool contradiction_is_ours(const char *header);

void contradiction_check_identity(const struct contradiction *c);
void contradiction_check_links(const struct contradiction *c);
