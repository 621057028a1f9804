/* visitor: a person's browser as far as HTTP goes: keeps cookies (paths respected, expiry honoured), sends what a browser sends
 * on a navigation or a fetch, does not follow redirects by itself. */
#pragma once

#include "wirework.h"

struct visitor;

struct visitor *visitor_create(uint16_t port);
void visitor_destroy(struct visitor **v);
/* The gateway was started anew. */
void visitor_move(struct visitor *v, uint16_t port);

/* Each returns the status; the answer stays until the next request. Names: navigate = a click, fetch = a script's request. */
int visitor_navigate(struct visitor *v, const char *target);
int visitor_fetch(struct visitor *v, const char *target);
/* An urlencoded form, posted as a navigation. */
int visitor_post(struct visitor *v, const char *target, const char *form);
/* Anything: the request line's method and target, extra fields (each with CRLF), a body or NULL. */
int visitor_request(struct visitor *v, const char *method, const char *target, const char *fields,
		    const char *body);
/* The same in two steps, so that several visitors can have requests under way. */
void visitor_send(struct visitor *v, const char *method, const char *target, const char *fields,
		  const char *body);
int visitor_receive(struct visitor *v);

const struct message *visitor_answer(const struct visitor *v);
const char *visitor_location(const struct visitor *v); /* "" without one */
/* What the jar holds; NULL: none. Valid until the next request. */
const char *visitor_cookie(const struct visitor *v, const char *name);
void visitor_set_cookie(struct visitor *v, const char *name, const char *value);
void visitor_forget_cookie(struct visitor *v, const char *name);
void visitor_copy_cookies(struct visitor *v, const struct visitor *from);
void visitor_set_agent(struct visitor *v, const char *user_agent);
