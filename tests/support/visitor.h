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
/* The answer's field, or "". */
const char *visitor_field(const struct visitor *v, const char *name);
/* Whether the answer's body holds this text. */
bool visitor_shows(const struct visitor *v, const char *text);
/* The Set-Cookie line of the answer for this cookie, or NULL. */
const char *visitor_set_cookie_line(const struct visitor *v, const char *name);
/* What the jar holds; NULL: none. Valid until the next request. */
const char *visitor_cookie(const struct visitor *v, const char *name);
void visitor_set_cookie(struct visitor *v, const char *name, const char *value);
void visitor_forget_cookie(struct visitor *v, const char *name);
void visitor_copy_cookies(struct visitor *v, const struct visitor *from);
void visitor_set_agent(struct visitor *v, const char *user_agent);
/* Fields (each with CRLF) that come with every request from now on; "" for none. */
void visitor_set_fields(struct visitor *v, const char *fields);
/* The next request goes over a new connection. */
void visitor_hang_up(struct visitor *v);
/* From now on a connection that is refused or cut is no failure of the test: the status is 0. */
void visitor_bear_with_it(struct visitor *v);
/* The value of the n-th cookie in the jar; NULL: there are no more. */
const char *visitor_jar(const struct visitor *v, unsigned n);
