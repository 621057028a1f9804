#include "stuff.h"

#include "dice.h"

#include <stdlib.h>
#include <string.h>

/* A prime, so that no power of two is a period. */
enum { CIRCLE_BYTES = 65521 };

struct stuff {
	uint64_t seed;
	char circle[CIRCLE_BYTES];
};

struct stuff *stuff_create(uint64_t seed)
{
	struct stuff *s = malloc(sizeof(*s));
	struct dice d = dice_of(seed, 0, 0);

	s->seed = seed;
	for (size_t i = 0; i < CIRCLE_BYTES; i++)
		s->circle[i] = (char)dice_roll(&d);
	return s;
}

void stuff_destroy(struct stuff **s)
{
	free(*s);
	*s = NULL;
}

static size_t place(const struct stuff *s, uint64_t id, enum stuff_side side, uint64_t offset)
{
	struct dice d = dice_of(s->seed, id, side);

	return (size_t)((dice_roll(&d) % CIRCLE_BYTES + offset) % CIRCLE_BYTES);
}

static size_t arc(size_t from, size_t len)
{
	return len < CIRCLE_BYTES - from ? len : CIRCLE_BYTES - from;
}

void stuff_write(const struct stuff *s, uint64_t id, enum stuff_side side, uint64_t offset,
		 char *at, size_t len)
{
	size_t from = place(s, id, side, offset);

	while (len) {
		size_t n = arc(from, len);

		memcpy(at, s->circle + from, n);
		at += n;
		len -= n;
		from = 0;
	}
}

bool stuff_is(const struct stuff *s, uint64_t id, enum stuff_side side, uint64_t offset,
	      const char *at, size_t len)
{
	size_t from = place(s, id, side, offset);

	while (len) {
		size_t n = arc(from, len);

		if (memcmp(at, s->circle + from, n) != 0)
			return false;
		at += n;
		len -= n;
		from = 0;
	}
	return true;
}
