/* stream: one request and its response on a client's connection, as the rooms above see it.
 * The connection itself (bytes, pipelining, keep-alive, lingering close) stays inside `serve`.
 * Only the worker's thread touches a stream.
 *
 * The happy path: serve calls on_request with a parsed head; the app calls exactly one of
 * stream_reply or, through the proxy room, stream_write_head … stream_finish; then on_end comes.
 * The app may take its time: the stream waits. It can fail by the client going away: on_end comes
 * at once with `aborted`, and nothing may be called on the stream after it.
 *
 * A client that has gone is one whose connection failed (a reset, or TLS without close_notify): noticed at once, or within a
 * second while nothing is read of it (it has sent too much, or has said all). One that has said that it will
 * send no more (a FIN, or close_notify) may be reading still, as HTTP/1.0 clients and `nc -N` do, and nothing tells it from one
 * that has closed. It gets its answer, also to what it had asked before, if that comes within http.idle_timeout: a long
 * poll that its client left may keep the origin busy for so long. An event stream ends with its client at once
 * (stream_end_with_client): browsers leave one by nothing but a FIN, and it would have no other end. A tunnel is half open then. */
#pragma once

#include "base/arena.h"
#include "base/metric.h"
#include "config/settings.h"
#include "http/body.h"
#include "http/head.h"
#include "loop/block.h"
#include "loop/loop.h"

#include <sys/socket.h>

enum progress { PROGRESS_GO, PROGRESS_WAIT };

struct serve_connection;

/* The public half of a stream. serve fills it in; the app reads, and edits `request` and `app`. */
struct stream {
	struct serve_connection *connection;
	struct loop *loop;
	struct settings *settings; /* those the request began with; a reference is held */
	struct arena arena;        /* freed when the stream ends */
	struct http_head request;
	struct body_plan body; /* of the request, as its head announced it */
	const struct sockaddr_storage *remote;
	bool https; /* the listener speaks TLS */
	struct view
		client_subject; /* whose certificate the client showed (RFC 4514); empty: none, or nobody asks */
	bool upgrades; /* the request asks for a WebSocket, in good form; where it gets none, the connection ends with the answer: what
			* follows may be no request (RFC 9110 §7.8), and clients connect anew for their next one */
	void *app;     /* the app's own, per stream */
	void **memo;   /* the app's own, per connection: see stream_app.on_connection_end */
	void *carried; /* the carrier's own, per stream */
	int64_t began_ms;   /* steady; when the head was complete */
	int status;         /* sent to the client; 0: none yet */
	uint64_t bytes_out; /* body bytes sent to the client */
	uint64_t bytes_in;  /* body bytes taken from it */
};

struct stream_app {
	void (*on_request)(void *app, struct stream *s);
	/* Last call for this stream. aborted: the response did not get out whole. */
	void (*on_end)(void *app, struct stream *s, bool aborted);
	/* A request that serve refused itself (400, 408, 413, 414, 431 …), for the access log: there is no stream.
	 * Method and path are empty when they were not understood. */
	void (*on_refused)(void *app, const struct sockaddr_storage *remote, struct view method,
			   struct view path, int status);
	/* `*memo` was not NULL when the connection ended: the app frees it. */
	void (*on_connection_end)(void *app, void *memo);
};

/* A whole response of our own, instead of whatever a carrier was about to bring (before its head went out).
 * Content-Length, Date and Connection are added; the body is copied; on HEAD it is left out. An unread request body
 * makes the connection close, lingering. `fields` need not outlive the call. */
void stream_reply(struct stream *s, int status, const struct http_field *fields, size_t n_fields,
		  struct view body);

/* Collects the request's body into the arena, at most max_bytes; answers Expect: 100-continue. on_body comes later,
 * never from within this call; on a larger body with ERR_TOO_LARGE, after which only stream_reply may follow. */
void stream_collect(struct stream *s, size_t max_bytes,
		    void (*on_body)(struct stream *s, int err, struct view body));

/* The address that the client connected to: ours, or what a proxy said of it. AF_UNSPEC when that is not known. Costs a system
 * call. */
void stream_local(const struct stream *s, struct sockaddr_storage *ret_local);

/* For rooms that carry bodies between the client and somebody else. Flow control has one rule: a run of bytes is
 * offered, and either it is taken whole at once, or it stays where it is, untouched, and nothing more is read from its
 * source until the taker says so. */
struct stream_carrier {
	/* The next run of the request's body, its framing removed. The first call comes even when nothing has arrived yet,
	 * so that the head can leave; exactly one call has `last`, also for requests without a body. False: held until
	 * stream_resume_body. Never comes from within a function of this header. */
	bool (*on_body)(struct stream *s, struct view run, bool last);
	/* All that was written has left, after stream_write had said false. Never from within a function of this header. */
	void (*on_room)(struct stream *s);
	/* Not needed any more: the stream ends, or stream_reply answered it. Once, perhaps from within stream_reply.
	 * Must call nobody back. */
	void (*on_detach)(struct stream *s);
};

/* Body and response are the carrier's from now on; `s->carried` is its own. */
void stream_attach(struct stream *s, const struct stream_carrier *carrier);
/* The carrier goes by itself, before stream_begin: somebody else has to answer. */
void stream_detach(struct stream *s);
/* A chain of blocks that are given back to the loop's shelf when the stream ends. Accepts NULL. */
void stream_keep(struct stream *s, struct block *chain);
/* The client asked to be told before it sends its body, and was not yet. */
bool stream_expects_continue(const struct stream *s);
/* The run that was held is taken now. */
void stream_resume_body(struct stream *s);
/* An interim response (1xx), for clients that know of them; left out when it would have to wait. */
void stream_inform(struct stream *s, const struct http_head *interim);
/* Begins the response. `plan` is how its body will come; how the client gets it is decided here, and Connection, Date
 * and Transfer-Encoding are written accordingly. The head leaves with the first stream_write. Where the arena has no room for it the
 * stream is cut, and whatever follows here is thrown away. */
void stream_begin(struct stream *s, struct http_head *response, const struct body_plan *plan);
/* Begins a tunnel: `response` is the 101 to the upgrade that the client asked for. From now on whatever the client sends
 * is its body, to on_body, with `last` when it says that no more will come; what stream_write is given goes out as it is,
 * and `last` is said to the client. The stream ends when both have ended, or when nothing has moved for http.tunnel_idle.
 * Never while a run of the body is held. */
void stream_begin_tunnel(struct stream *s, struct http_head *response);
/* What the client may still send through the tunnel is of no interest to anybody: after the last run its connection closes. */
void stream_stop_tunnel(struct stream *s);
/* Whether the client gets trailers if there are some: it asked for them, and knows of chunks. Before stream_begin. */
bool stream_takes_trailers(const struct stream *s);
/* From now on the stream ends, aborted, when the client says that it will send no more: it has gone, and nobody would hear what
 * still comes. For responses that have no end of their own; for all others see above. */
void stream_end_with_client(struct stream *s);
/* Lines, each with its CRLF, that follow a body that goes out in chunks, and no other; before its last run is written.
 * Whoever calls this has seen to it that each is a field which may stand there. They live as long as the stream. */
void stream_trail(struct stream *s, struct view lines);
/* The next run of the response's body; exactly one call has `last`. An empty run sends what waits. False: held until
 * on_room (or until the stream ends). */
bool stream_write(struct stream *s, struct view run, bool last);
/* The response cannot be completed: the client's connection is cut in a way that it notices. */
void stream_cut(struct stream *s);
