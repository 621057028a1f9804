/* forward_inside: what the parts of forward see of each other. Nobody else includes this. The worker's thread only. */
#pragma once

#include "client/exchange.h"
#include "proxy/forward.h"
#include "proxy/tunnel.h"

enum {
	/* For a tunnel to come to the end of a frame, and for both ends to answer ours. */
	FORWARD_CLOSE_MS = 250,
};

struct forward {
	struct stream *stream;
	const struct forward_app *app;
	struct exchange exchange;
	struct loop_deadlines *closes, *silences;
	struct loop_deadline go_on, close;
	int64_t began_ms, origin_ms;
	struct http_head *response; /* that the app is asked about */
	struct body_plan plan;
	struct trailer *trailer; /* the client gets some if there are some */
	struct view held_run;    /* that on_request_end holds back */
	bool request_held, response_held;
	bool begun; /* something of the response went out */
	bool over;
	bool event_stream;
	bool tunnel;
	struct tunnel_frames from_origin, from_client;
	bool client_waits, origin_waits; /* a run has not left for it yet */
	bool client_ended, origin_ended; /* it says no more */
	unsigned close_code;             /* 0: nobody wants it closed */
	bool told_client;                /* that it is */
	bool owes_origin;                /* the same: it is between two of the client's frames */
	bool ending;                     /* whatever comes changes nothing any more */
	char to_client[TUNNEL_CLOSE_BYTES];
	char to_origin[TUNNEL_CLOSE_BYTES + TUNNEL_MASK_BYTES];
};

/* Runs of a tunnel; false as on_body and on_run. */
bool forward_pass_to_origin(struct forward *f, struct view run, bool last);
bool forward_pass_to_client(struct forward *f, struct view run, bool last);
/* A tunnel, or an event stream, begins: whoever is silent for too long ends it. */
void forward_expect_sounds(struct forward *f);
/* Something changed while a tunnel is being closed (RFC 6455 §7.1.7). */
void forward_go_on_closing(struct forward *f);
/* Both ends know, or had their time. The client can still read what it was told. */
void forward_end_tunnel(struct forward *f);
void forward_on_close_end(struct loop_deadline *d);
