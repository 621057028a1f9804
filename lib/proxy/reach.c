#include "proxy/reach.h"

bool reach_ends_here(struct stream *s)
{
	struct http_head *h = &s->request;
	size_t from = 0;
	uint64_t hops;

	if (h->method_id != HTTP_TRACE && h->method_id != HTTP_OPTIONS)
		return false;
	for (struct http_field *f; (f = head_find_text(h, VIEW("Max-Forwards"), &from));) {
		if (!view_number(f->value, UINT32_MAX, &hops))
			continue;
		if (hops == 0)
			return true;
		f->value = arena_format(&s->arena, "%u", (unsigned)hops - 1);
		f->on_wire = false;
		f->dropped = !f->value.at;
	}
	return false;
}

/* A TRACE shows what it was sent with, cookies and all: nobody needs to see that here. */
void reach_answer(struct stream *s)
{
	const struct http_field fields[] = {
		{ .name = VIEW("Allow"),
		  .value = VIEW("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS") },
		{ .name = VIEW("Cache-Control"), .value = VIEW("no-store") },
	};

	stream_reply(s, s->request.method_id == HTTP_TRACE ? 405 : 204, fields, 2, VIEW_NONE);
}
