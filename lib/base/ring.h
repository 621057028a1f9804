/* ring: records of bytes from many threads to one, in a buffer of fixed size. A
 * producer that finds no room is told so at once; nobody waits and nobody locks. It
 * does not wake anybody.
 * ring_put: any thread. ring_peek, ring_advance: the one consumer. */
#pragma once

#include "base/view.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring {
	char *at;    /* the caller's memory, zeroed, aligned to 8 bytes */
	size_t size; /* a power of two */
	_Alignas(64) _Atomic uint64_t reserved; /* bytes ever given to producers */
	_Alignas(64) _Atomic uint64_t consumed; /* bytes ever taken back */
};

void ring_init(struct ring *r, void *at, size_t size);
/* Copies the record in. False when there is no room (or it is empty or larger than a quarter of
 * the ring). */
bool ring_put(struct ring *r, struct view record);
/* The oldest record that is whole, in place; false when there is none. It stays
 * until ring_advance. */
bool ring_peek(struct ring *r, struct view *ret_record);
/* Gives the room of the record just peeked back. */
void ring_advance(struct ring *r);
/* Bytes in use, as a moment's impression. */
size_t ring_used(const struct ring *r);
