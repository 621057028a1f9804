#include "serve/request.h"

#include "http/hop.h"
#include "http/websocket.h"
#include "serve/connection.h"

enum { ARENA_LIMIT_BYTES = 1024 * 1024 };

struct serve_request *request_open(struct serve_connection *c)
{
	struct serve *s = c->serve;
	struct block *block = block_get(s->shelf, BLOCK_SMALL_BYTES);
	struct serve_request *r = (struct serve_request *)(void *)block->bytes;

	*r = (struct serve_request){ .block = block, .era = serve_era_ref(s) };
	r->stream = (struct stream){
		.connection = c,
		.loop = s->loop,
		.settings = r->era->settings,
		.remote = &c->remote,
		.https = c->wire.tls != NULL,
		.memo = &c->memo,
		.began_ms = loop_now_ms(s->loop),
	};
	arena_init(&r->stream.arena, block->bytes + sizeof(*r), block->size - sizeof(*r),
		   ARENA_LIMIT_BYTES);
	return r;
}

bool request_is_oversized(const struct serve_request *r)
{
	uint64_t max_bytes = r->stream.settings->http.max_body_bytes;
	const struct body_plan *plan = &r->stream.body;

	return max_bytes && !r->tunnel &&
	       (r->body.taken > max_bytes ||
		(plan->framing == BODY_LENGTH && plan->length > max_bytes));
}

/* The application takes silence for a client without a certificate: who cannot be told is let nowhere. */
static bool is_told(struct stream *s)
{
	return !s->https || !s->settings->http.client_subject ||
	       connection_subject(s->connection, &s->client_subject);
}

int request_read(struct serve_request *r, struct view head)
{
	struct stream *s = &r->stream;
	int status = head_parse_request(head, &r->era->limits, &s->arena, &s->request);

	if (status)
		return status;
	r->is_head = s->request.method_id == HTTP_HEAD;
	r->old_client = s->request.minor == 0;
	status = body_plan_request(&s->request, &s->body);
	if (status)
		return status;
	payload_init(&r->body, &s->body);
	if (request_is_oversized(r))
		return 413;
	if (!is_told(s))
		return 400;
	r->body_ended = s->body.framing != BODY_CHUNKED && !s->body.length;
	r->client_keeps = hop_keeps_alive(&s->request);
	s->upgrades = websocket_is_asked(&s->request);
	r->expects_continue =
		!r->old_client && !r->body_ended && head_find(&s->request, HTTP_EXPECT, NULL);
	return 0;
}

bool request_awaits_body(const struct serve_request *r)
{
	return r->carrier && !r->held && !r->body_ended && (!r->whole || r->tunnel);
}

bool request_is_half_open(const struct serve_request *r)
{
	return r->tunnel && (!r->told_last || r->held);
}

static void tell(struct serve_request *r, bool aborted)
{
	struct stream *stream = &r->stream;
	struct serve *s = stream->connection->serve;

	if (r->carrier)
		r->carrier->on_detach(stream);
	r->carrier = NULL;
	if (r->announced)
		s->callbacks->on_end(s->app, stream, aborted || r->refused);
	else
		s->callbacks->on_refused(s->app, stream->remote, stream->request.method,
					 stream->request.path, stream->status);
}

void request_close(struct serve_request *r, bool aborted)
{
	struct block_shelf *shelf = r->stream.connection->serve->shelf;
	struct block *block = r->block;

	tell(r, aborted);
	while (r->kept) {
		struct block *kept = r->kept;

		r->kept = kept->next;
		block_put(shelf, &kept);
	}
	block_put(shelf, &r->head);
	arena_fini(&r->stream.arena);
	serve_era_unref(&r->era);
	block_put(shelf, &block);
}
