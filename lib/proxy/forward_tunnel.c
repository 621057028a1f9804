/* The tunnels' part of forward: bytes both ways, and how a tunnel that is silent, or unwanted, is closed such that both ends
 * know why. Event streams end here as well. */
#include "base/hmac.h"
#include "proxy/forward_inside.h"

#include <assert.h>
#include <stddef.h>

void forward_end_tunnel(struct forward *f)
{
	f->ending = true;
	stream_keep(f->stream, exchange_end(&f->exchange));
	stream_stop_tunnel(f->stream);
	stream_write(f->stream, VIEW_NONE, true);
}

/* An origin that has said its own closing frame has said it for us. */
static void tell_client(struct forward *f)
{
	f->told_client = f->from_origin.closed && !f->from_origin.left;
	if (f->told_client || !tunnel_is_between(&f->from_origin))
		return;
	f->told_client = true;
	f->client_waits =
		!stream_write(f->stream, tunnel_close_frame(f->close_code, f->to_client), false);
}

/* For the origin it is the client that goes away, whyever. */
static void tell_origin(struct forward *f)
{
	uint8_t mask[TUNNEL_MASK_BYTES];

	f->owes_origin = false;
	hmac_random(mask, sizeof(mask));
	exchange_send(&f->exchange, tunnel_close_masked(TUNNEL_GOING_AWAY, mask, f->to_origin),
		      true);
}

void forward_go_on_closing(struct forward *f)
{
	bool answered = f->client_ended || f->from_client.closed || f->origin_ended;

	if (f->ending)
		return;
	if (f->owes_origin && !f->origin_waits && !f->origin_ended)
		tell_origin(f);
	if (!f->told_client && !f->client_waits)
		tell_client(f);
	if (f->told_client && !f->client_waits && answered)
		forward_end_tunnel(f);
}

void forward_close(struct stream *s, unsigned code)
{
	struct forward *f = s->carried;

	assert(f->tunnel || f->event_stream);
	if (f->over || f->close_code)
		return;
	f->close_code = code;
	if (f->event_stream || f->origin_ended) {
		stream_cut(s);
		return;
	}
	f->owes_origin = tunnel_is_between(&f->from_client) && !f->client_ended;
	loop_deadline_set(f->closes, &f->close);
	forward_go_on_closing(f);
}

bool forward_pass_to_origin(struct forward *f, struct view run, bool last)
{
	tunnel_follow(&f->from_client, run);
	f->client_ended = last;
	if (f->close_code) {
		forward_go_on_closing(f);
		return true;
	}
	loop_deadline_set(f->silences, &f->close);
	f->origin_waits = !exchange_send(&f->exchange, run, last);
	return !f->origin_waits;
}

bool forward_pass_to_client(struct forward *f, struct view run, bool last)
{
	f->origin_ended = last;
	if (f->close_code)
		run = view_head(run,
				f->told_client ? 0 : tunnel_follow_frame(&f->from_origin, run));
	else
		tunnel_follow(&f->from_origin, run);
	if (run.len || !f->close_code)
		f->client_waits = !stream_write(f->stream, run, last && !f->close_code);
	if (f->close_code)
		forward_go_on_closing(f);
	else
		loop_deadline_set(f->silences, &f->close);
	return !f->client_waits;
}

/* For a tunnel a little less than what makes serve reset it, so that it can be closed instead. */
void forward_expect_sounds(struct forward *f)
{
	int64_t idle_ms = f->stream->settings->http.tunnel_idle_ms, spare_ms = idle_ms / 4;

	if (f->tunnel)
		idle_ms -= spare_ms < FORWARD_CLOSE_MS ? spare_ms : FORWARD_CLOSE_MS;
	f->silences = loop_deadlines(f->stream->loop, idle_ms);
	loop_deadline_set(f->silences, &f->close);
}

static void on_silence(struct forward *f)
{
	/* A client that takes its time with a run is serve's concern, which sees how much of it has left. */
	if (f->client_waits)
		loop_deadline_set(f->silences, &f->close);
	else
		forward_close(f->stream, TUNNEL_GOING_AWAY);
}

void forward_on_close_end(struct loop_deadline *d)
{
	struct forward *f = (struct forward *)((char *)d - offsetof(struct forward, close));

	if (!f->close_code)
		on_silence(f);
	else if (f->told_client && !f->client_waits && !f->ending)
		forward_end_tunnel(f);
	else
		stream_cut(f->stream);
}
