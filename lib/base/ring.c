#include "base/ring.h"

#include <assert.h>

/* A record is a word and its bytes, rounded up to 8. The word is zero until the bytes are
 * there: the consumer zeroes what it gives back. A record never wraps; what is left
 * before the end of the ring becomes a record of its own that is only skipped. */
enum { WORD_BYTES = 8 };
#define READY (UINT64_C(1) << 63)
#define SKIP (UINT64_C(1) << 62)

static size_t room_of(size_t len)
{
	return WORD_BYTES + ((len + WORD_BYTES - 1) & ~(size_t)(WORD_BYTES - 1));
}

static char *bytes_at(const struct ring *r, uint64_t position)
{
	return r->at + (position & (r->size - 1));
}

static _Atomic uint64_t *word_at(const struct ring *r, uint64_t position)
{
	return (_Atomic uint64_t *)(void *)bytes_at(r, position);
}

void ring_init(struct ring *r, void *at, size_t size)
{
	assert(size && !(size & (size - 1)) && !((uintptr_t)at % WORD_BYTES));
	r->at = at;
	r->size = size;
	atomic_init(&r->reserved, 0);
	atomic_init(&r->consumed, 0);
}

/* Takes `need` bytes, and before them whatever is left up to the end if they do not fit there. */
static bool reserve(struct ring *r, size_t need, uint64_t *ret_position, size_t *ret_skipped)
{
	uint64_t position = atomic_load_explicit(&r->reserved, memory_order_relaxed);

	for (;;) {
		uint64_t used = position - atomic_load_explicit(&r->consumed, memory_order_acquire);
		size_t to_end = r->size - (position & (r->size - 1));
		size_t skipped = need > to_end ? to_end : 0;
		uint64_t seen = position;

		/* A position older than `consumed` makes `used` huge; then it is read again. */
		if (used > r->size || need + skipped > r->size - used) {
			position = atomic_load_explicit(&r->reserved, memory_order_relaxed);
			if (position == seen)
				return false;
		} else if (atomic_compare_exchange_weak_explicit(
				   &r->reserved, &position, position + skipped + need,
				   memory_order_relaxed, memory_order_relaxed)) {
			*ret_position = seen;
			*ret_skipped = skipped;
			return true;
		}
	}
}

bool ring_put(struct ring *r, struct view record)
{
	size_t need = room_of(record.len);
	uint64_t position;
	size_t skipped;

	if (!record.len || need > r->size / 4 || !reserve(r, need, &position, &skipped))
		return false;
	if (skipped)
		atomic_store_explicit(word_at(r, position), READY | SKIP | skipped,
				      memory_order_release);
	position += skipped;
	memcpy(bytes_at(r, position) + WORD_BYTES, record.at, record.len);
	atomic_store_explicit(word_at(r, position), READY | record.len, memory_order_release);
	return true;
}

static void give_back(struct ring *r, uint64_t position, size_t len)
{
	memset(bytes_at(r, position), 0, len);
	atomic_store_explicit(&r->consumed, position + len, memory_order_release);
}

bool ring_peek(struct ring *r, struct view *ret_record)
{
	for (;;) {
		uint64_t position = atomic_load_explicit(&r->consumed, memory_order_relaxed);
		uint64_t word = atomic_load_explicit(word_at(r, position), memory_order_acquire);

		if (!(word & READY))
			return false;
		if (!(word & SKIP)) {
			*ret_record = view_make(bytes_at(r, position) + WORD_BYTES,
						(size_t)(word & ~READY));
			return true;
		}
		give_back(r, position, (size_t)(word & ~(READY | SKIP)));
	}
}

void ring_advance(struct ring *r)
{
	uint64_t position = atomic_load_explicit(&r->consumed, memory_order_relaxed);
	uint64_t word = atomic_load_explicit(word_at(r, position), memory_order_relaxed);

	assert((word & READY) && !(word & SKIP));
	give_back(r, position, room_of((size_t)(word & ~READY)));
}

size_t ring_used(const struct ring *r)
{
	uint64_t consumed = atomic_load_explicit(&r->consumed, memory_order_relaxed);

	return (size_t)(atomic_load_explicit(&r->reserved, memory_order_relaxed) - consumed);
}
