#include "proxy/tunnel.h"
#include "suite.h"

#include <stdlib.h>

/* A frame of the origin's into `at`, with its length said in the form for 7, 16 or 64 bits; returns how long it is. */
static size_t put_frame(char *at, unsigned opcode, unsigned bits, size_t len, bool masked)
{
	size_t n = 2;

	at[0] = (char)(0x80 | opcode);
	at[1] = (char)((bits == 7 ? len : bits == 16 ? 126 : 127) | (masked ? 0x80 : 0));
	if (bits > 7)
		for (unsigned i = bits / 8; i-- > 0;)
			at[n++] = (char)(len >> 8 * i);
	if (masked)
		n += 4;
	memset(at + n, 0x81, len); /* that would look like a head */
	return n + len;
}

/* Four frames in every form; ends[i] is where the i-th ends. */
static size_t put_frames(char *at, size_t ends[4])
{
	size_t n = 0;

	ends[0] = n += put_frame(at + n, 1, 7, 5, false);
	ends[1] = n += put_frame(at + n, 2, 16, 300, false);
	ends[2] = n += put_frame(at + n, 9, 7, 0, false);
	ends[3] = n += put_frame(at + n, 2, 64, 700, true);
	return n;
}

static void places_between_frames_are_found_in_every_split(void)
{
	char bytes[2048];
	size_t ends[4], n = put_frames(bytes, ends);

	for (size_t first = 0; first <= n; first++) {
		struct tunnel_frames f = { 0 };
		bool between = first == 0;

		for (unsigned i = 0; i < 4; i++)
			between |= first == ends[i];
		tunnel_follow(&f, view_make(bytes, first));
		ck_assert_int_eq(tunnel_is_between(&f), between);
		tunnel_follow(&f, view_make(bytes + first, n - first));
		ck_assert(tunnel_is_between(&f));
	}
}

static void the_rest_of_a_frame_is_found_in_what_follows(void)
{
	char bytes[2048];
	size_t ends[4], n = put_frames(bytes, ends);

	for (size_t first = 0; first < n; first++) {
		struct tunnel_frames f = { 0 };
		size_t next = 0;

		for (unsigned i = 0; i < 4 && next < first; i++)
			next = ends[i];
		tunnel_follow(&f, view_make(bytes, first));
		ck_assert_uint_eq(tunnel_follow_frame(&f, view_make(bytes + first, n - first)),
				  next - first);
		ck_assert(tunnel_is_between(&f));
	}
}

static void nothing_fits_behind_a_closing_frame(void)
{
	struct tunnel_frames f = { 0 };
	char bytes[64];
	size_t n = put_frame(bytes, 8, 7, 2, false);

	tunnel_follow(&f, view_make(bytes, n));
	ck_assert(!tunnel_is_between(&f));
}

static void a_length_that_no_frame_has_is_followed_no_further(void)
{
	struct tunnel_frames f = { 0 };

	tunnel_follow(&f, VIEW("\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff"
			       "abc"));
	ck_assert(!tunnel_is_between(&f));
	ck_assert_uint_eq(tunnel_follow_frame(&f, VIEW("abc")), 3);
	ck_assert(!tunnel_is_between(&f));
}

static void a_closing_frame_carries_its_code(void)
{
	char room[TUNNEL_CLOSE_BYTES];

	ck_assert(view_is(tunnel_close_frame(TUNNEL_POLICY, room), VIEW("\x88\x02\x03\xf0")));
}

static void a_clients_closing_frame_is_masked(void)
{
	char room[TUNNEL_CLOSE_BYTES + TUNNEL_MASK_BYTES];
	struct tunnel_frames f = { 0 };
	struct view frame =
		tunnel_close_masked(TUNNEL_GOING_AWAY, (const uint8_t *)"\x0f\xf0\x33\xcc", room);

	ck_assert(view_is(frame, VIEW("\x88\x82\x0f\xf0\x33\xcc\x0c\x19")));
	tunnel_follow(&f, frame);
	ck_assert(f.closed && !f.left && !f.len);
}

SUITE_MAIN("tunnel", places_between_frames_are_found_in_every_split,
	   the_rest_of_a_frame_is_found_in_what_follows, nothing_fits_behind_a_closing_frame,
	   a_length_that_no_frame_has_is_followed_no_further, a_closing_frame_carries_its_code,
	   a_clients_closing_frame_is_masked)
