/* target: what a request is for: its target in the forms that HTTP has, and its Host.
 * head_parse_request calls it; nobody else needs target_read. Pure. Any thread. */
#pragma once

#include "http/head.h"

/* Judges target and Host of a head whose fields are read, and sets target, path, query and host.
 * 0, or the status to refuse with: 400, 503 (arena full). RFC 9112 §3.2. */
int target_read(struct http_head *h, struct arena *arena);
/* host [":" port], narrowed to the names that hosts have: letters, digits, `-._~`, or an IPv6
 * address in brackets. For Host, and for what a proxy in front says in its place. RFC 9110 §7.2. */
bool target_is_host(struct view v);
