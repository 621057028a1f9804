#include "registry/pack.h"

#include "base/mem.h"

#include <assert.h>
#include <string.h>

enum { MORE = 0x80, BITS = 7, NUMBER_BYTES = 10 };

void pack_init(struct pack *p, void *first, size_t size)
{
	*p = (struct pack){ .at = first, .size = size };
}

void pack_fini(struct pack *p)
{
	if (p->owned)
		mem_free(p->at);
	*p = (struct pack){ 0 };
}

static void move_to_heap(struct pack *p, size_t size)
{
	uint8_t *at = mem_resize(p->owned ? p->at : NULL, size);

	if (!p->owned && p->len)
		memcpy(at, p->at, p->len);
	p->at = at;
	p->size = size;
	p->owned = true;
}

static void make_room(struct pack *p, size_t len)
{
	if (p->size - p->len < len)
		move_to_heap(p, (p->len + len) * 2);
}

void pack_byte(struct pack *p, uint8_t byte)
{
	make_room(p, 1);
	p->at[p->len++] = byte;
}

void pack_bytes(struct pack *p, const void *at, size_t len)
{
	make_room(p, len);
	if (len)
		memcpy(p->at + p->len, at, len);
	p->len += len;
}

void pack_number(struct pack *p, uint64_t number)
{
	make_room(p, NUMBER_BYTES);
	for (; number >= MORE; number >>= BITS)
		p->at[p->len++] = (uint8_t)(number | MORE);
	p->at[p->len++] = (uint8_t)number;
}

/* Zigzag: small numbers of either sign stay short. */
void pack_signed(struct pack *p, int64_t number)
{
	pack_number(p, ((uint64_t)number << 1) ^ (number < 0 ? UINT64_MAX : 0));
}

void pack_text(struct pack *p, const char *text)
{
	size_t len = text ? strlen(text) : 0;

	pack_number(p, text ? len + 1 : 0);
	if (text)
		pack_bytes(p, text, len + 1);
}

uint8_t pack_read_byte(struct pack_reader *r)
{
	assert(r->at < r->end);
	return *r->at++;
}

uint8_t *pack_read_bytes(struct pack_reader *r, size_t len)
{
	uint8_t *at = r->at;

	assert(len <= (size_t)(r->end - r->at));
	r->at += len;
	return at;
}

uint64_t pack_read_number(struct pack_reader *r)
{
	uint64_t number = 0;
	unsigned shift = 0;
	uint8_t byte;

	do {
		byte = pack_read_byte(r);
		assert(shift < 64);
		number |= (uint64_t)(byte & (MORE - 1)) << shift;
		shift += BITS;
	} while (byte & MORE);
	return number;
}

int64_t pack_read_signed(struct pack_reader *r)
{
	uint64_t number = pack_read_number(r);

	return (int64_t)((number >> 1) ^ (number & 1 ? UINT64_MAX : 0));
}

char *pack_read_text(struct pack_reader *r)
{
	size_t size = pack_read_number(r);

	return size ? (char *)pack_read_bytes(r, size) : NULL;
}
