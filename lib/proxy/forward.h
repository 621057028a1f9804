/* forward: sends a stream's request to the origin and the origin's response back: both bodies
 * streamed with backpressure, hop-by-hop and X-Forwarded-* rules, retry of idempotent requests on a
 * stale connection, 100-continue, early answers. What the request or response means is the app's
 * business: it edits the heads. One instance per worker; its thread only.
 *
 * The happy path: forward_start sends the head as the app left it, plus what a proxy adds; request
 * bytes are shown to the app as they pass; on_response shows the final response head, which the app edits
 * and lets go (or holds, then forward_resume); the body follows; serve's on_end ends it.
 * It can fail by the origin: on_failure, after which the app replies.
 *
 * Alt-Svc, in which the origin names other addresses of its own, becomes "clear", unless origin.alt_svc is true.
 *
 * An upgrade to WebSocket that the origin grants makes a tunnel, and no other upgrade gets through: after on_response has
 * seen the 101, bytes pass both ways as they are until both ends have said that no more will come, or forward_close.
 *
 * An event stream (text/event-stream, of no length) is a response like any other that may last for ever: it ends
 * when it was silent for http.tunnel_idle, or by forward_close. */
#pragma once

#include "route/peer.h"
#include "serve/stream.h"

enum forward_failure {
	FORWARD_CONNECT,   /* 502: no connection */
	FORWARD_TIMEOUT,   /* 504: connect, write or first byte took too long */
	FORWARD_MALFORMED, /* 502: not HTTP, contradictory, oversized */
	FORWARD_TRUNCATED, /* 502: closed before the head was complete */
	FORWARD_DOWN,      /* 503: no server is up */
	FORWARD_BUSY       /* 503: no server had room in time */
};

struct forward_app {
	/* Request body payload as it streams past, unaltered and not kept. May be NULL. */
	void (*on_request_bytes)(struct stream *s, struct view bytes);
	/* The body is complete (also when there was none). May be NULL. Returning WAIT holds the last bytes back
	 * from the origin until forward_resume_request; stream_reply is allowed from here (and cuts the origin off). */
	enum progress (*on_request_end)(struct stream *s);
	/* The final response head (1xx are passed by themselves). The app edits it; its views and the arena's live as
	 * long as the stream. WAIT: held until forward_resume. The app may call stream_reply instead (then return WAIT):
	 * the origin's response is thrown away. */
	enum progress (*on_response)(struct stream *s, struct http_head *response);
	/* The 101 was let go, and the stream is a tunnel until its end; or the head of an event stream was. May be NULL. */
	void (*on_tunnel)(struct stream *s);
	/* The origin has no response that on_response could let go: the app replies. (Where one that was let go fails
	 * before its head has left, forward answers 502 by itself; later the client is cut.) Never for what the
	 * client did: where it broke its body or its framing off, serve answers by itself. */
	void (*on_failure)(struct stream *s, enum forward_failure why);
};

struct forward_pool; /* one worker's connections to the origin */

struct forward_pool *forward_pool_create(struct loop *loop, struct settings *settings,
					 struct metrics *metrics, unsigned metric_shard);
void forward_pool_destroy(struct forward_pool **p);
void forward_pool_use_settings(struct forward_pool *p, struct settings *settings);

/* A TRACE or OPTIONS that is to go no further (Max-Forwards: 0) is answered here and now, and so is a head that has too much in
 * it (431). `request_id` goes out as X-Request-Id; the strings live as long as the stream. */
void forward_start(struct forward_pool *p, struct stream *s, const struct peer *peer,
		   const char *request_id, const struct forward_app *app);
void forward_resume(struct stream *s);
void forward_resume_request(struct stream *s);
/* Closes what on_tunnel was told of. From now on nothing that a client sends through a tunnel reaches the origin. The client gets a
 * closing frame with this code (see tunnel.h) as soon as it fits between two of the origin's frames, and is cut in any
 * case within a second; the origin gets one with TUNNEL_GOING_AWAY, unless the client was in the middle of a frame. An event
 * stream is cut so that the client notices. Again: nothing. */
void forward_close(struct stream *s, unsigned code);
/* When the origin's response head came; -1 while it has not. Milliseconds since forward_start. */
int64_t forward_origin_ms(const struct stream *s);
