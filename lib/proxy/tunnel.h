/* tunnel: follows the frames of a WebSocket in one direction (RFC 6455 §5.2) as they stream past, so that a closing frame of our own
 * can be put between two of them. Looks at nothing but opcodes and lengths, keeps nothing of what they carry.
 * Pure. One thread at a time. */
#pragma once

#include "base/view.h"

#include <stdint.h>

/* Zeroed: between two frames. */
struct tunnel_frames {
	uint64_t left;    /* payload of the current frame, once its head is known */
	uint8_t head[14]; /* of the frame whose head is not complete */
	uint8_t len;      /* of `head` */
	bool lost;        /* not frames: no place can be told any more */
	bool closed;      /* a closing frame has passed: nothing may follow it */
};

/* Follows the whole run. */
void tunnel_follow(struct tunnel_frames *f, struct view run);
/* Follows the run up to the first place between two frames, and no further than its end; returns how much of it that is. */
size_t tunnel_follow_frame(struct tunnel_frames *f, struct view run);
/* Whether a frame may be put here. */
bool tunnel_is_between(const struct tunnel_frames *f);

/* Closing frames with one of these codes (RFC 6455 §7.4.1): as a server sends it, and as a client does, masked. */
enum {
	TUNNEL_CLOSE_BYTES = 4,
	TUNNEL_MASK_BYTES = 4,
	TUNNEL_GOING_AWAY = 1001,
	TUNNEL_POLICY = 1008
};
struct view tunnel_close_frame(unsigned code, char ret_frame[TUNNEL_CLOSE_BYTES]);
struct view tunnel_close_masked(unsigned code, const uint8_t mask[TUNNEL_MASK_BYTES],
				char ret_frame[TUNNEL_CLOSE_BYTES + TUNNEL_MASK_BYTES]);
