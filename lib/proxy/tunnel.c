#include "proxy/tunnel.h"

enum {
	OPCODE = 0x0f,
	OPCODE_CLOSE = 0x8,
	MASKED = 0x80,
	LENGTH = 0x7f,
	LENGTH_16 = 126,
	LENGTH_64 = 127,
};

static size_t length_bytes(uint8_t second)
{
	switch (second & LENGTH) {
	case LENGTH_16:
		return 2;
	case LENGTH_64:
		return 8;
	default:
		return 0;
	}
}

/* By its first two bytes. */
static size_t head_bytes(const uint8_t *head)
{
	return 2 + length_bytes(head[1]) + (head[1] & MASKED ? TUNNEL_MASK_BYTES : 0);
}

static uint64_t payload_bytes(const uint8_t *head)
{
	size_t n = length_bytes(head[1]);
	uint64_t length = 0;

	if (!n)
		return head[1] & LENGTH;
	for (size_t i = 0; i < n; i++)
		length = length << 8 | head[2 + i];
	return length;
}

/* Returns how long it is. */
static size_t take_head(struct tunnel_frames *f, const uint8_t *head)
{
	f->left = payload_bytes(head);
	f->lost = f->left >> 63; /* §5.2: the most significant bit is 0 */
	f->closed |= (head[0] & OPCODE) == OPCODE_CLOSE;
	f->len = 0;
	return head_bytes(head);
}

static void gather(struct tunnel_frames *f, struct view *rest)
{
	f->head[f->len++] = (uint8_t)rest->at[0];
	*rest = view_from(*rest, 1);
	if (f->len >= 2 && f->len == head_bytes(f->head))
		take_head(f, f->head);
}

/* True when a frame has ended. Heads are mostly whole, and then read where they are. */
static bool step(struct tunnel_frames *f, struct view *rest)
{
	if (f->left) {
		size_t n = f->left < rest->len ? (size_t)f->left : rest->len;

		f->left -= n;
		*rest = view_from(*rest, n);
		return !f->left;
	}
	if (!f->len && rest->len >= sizeof(f->head))
		*rest = view_from(*rest, take_head(f, (const uint8_t *)rest->at));
	else
		gather(f, rest);
	return !f->left && !f->len;
}

void tunnel_follow(struct tunnel_frames *f, struct view run)
{
	while (run.len && !f->lost)
		step(f, &run);
}

size_t tunnel_follow_frame(struct tunnel_frames *f, struct view run)
{
	struct view rest = run;

	while (rest.len && !f->lost && !tunnel_is_between(f))
		if (step(f, &rest))
			break;
	return f->lost ? run.len : run.len - rest.len;
}

bool tunnel_is_between(const struct tunnel_frames *f)
{
	return !f->left && !f->len && !f->lost && !f->closed;
}

struct view tunnel_close_frame(unsigned code, char ret_frame[TUNNEL_CLOSE_BYTES])
{
	ret_frame[0] = (char)(0x80 | OPCODE_CLOSE);
	ret_frame[1] = 2;
	ret_frame[2] = (char)(code >> 8);
	ret_frame[3] = (char)(code & 0xff);
	return view_make(ret_frame, TUNNEL_CLOSE_BYTES);
}

struct view tunnel_close_masked(unsigned code, const uint8_t mask[TUNNEL_MASK_BYTES],
				char ret_frame[TUNNEL_CLOSE_BYTES + TUNNEL_MASK_BYTES])
{
	ret_frame[0] = (char)(0x80 | OPCODE_CLOSE);
	ret_frame[1] = (char)(MASKED | 2);
	memcpy(ret_frame + 2, mask, TUNNEL_MASK_BYTES);
	ret_frame[6] = (char)(mask[0] ^ code >> 8);
	ret_frame[7] = (char)(mask[1] ^ (code & 0xff));
	return view_make(ret_frame, TUNNEL_CLOSE_BYTES + TUNNEL_MASK_BYTES);
}
