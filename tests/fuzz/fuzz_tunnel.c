/* In every split, the places between two frames are those that a plain reading of RFC 6455 §5.2 finds. */
#include "proxy/tunnel.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t size);

/* Where the frame at `from` ends; SIZE_MAX: beyond the bytes. */
static size_t end_of(const uint8_t *at, size_t size, size_t from)
{
	static const unsigned wide[128] = { [126] = 2, [127] = 8 };
	unsigned n = size - from < 2 ? 0 : wide[at[from + 1] & 127];
	size_t head = from + 2 + n, bytes = 0;

	if (size - from < 2)
		return SIZE_MAX;
	head += at[from + 1] >> 7 ? 4 : 0;
	if (head > size)
		return SIZE_MAX;
	for (unsigned i = 0; i < n; i++)
		bytes = bytes << 8 | at[from + 2 + i];
	bytes = n ? bytes : at[from + 1] & 127;
	return bytes <= size - head ? head + bytes : SIZE_MAX;
}

/* Behind a closing frame there is no place. */
static size_t next_place(const uint8_t *at, size_t size, size_t from)
{
	return (at[from] & 15) == 8 ? SIZE_MAX : end_of(at, size, from);
}

static void follow(const uint8_t *at, size_t size, size_t cut)
{
	struct tunnel_frames f = { 0 };
	size_t place = 0;

	for (size_t from = 0, n; from < size; from += n) {
		n = cut < size - from ? cut : size - from;
		tunnel_follow(&f, view_make(at + from, n));
		while (place < from + n)
			place = next_place(at, size, place);
		assert(tunnel_is_between(&f) == (place == from + n));
		if (place == SIZE_MAX || place == from + n)
			continue;
		struct tunnel_frames ahead = f;
		struct view rest = view_make(at + from + n, size - from - n);

		assert(tunnel_follow_frame(&ahead, rest) == place - from - n);
		assert(tunnel_is_between(&ahead));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t size)
{
	for (size_t cut = 1; cut < 20; cut++)
		follow(at, size, cut);
	follow(at, size, size ? size : 1);
	return 0;
}
