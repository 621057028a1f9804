/* pack: values in a row of bytes, for what is kept by the million or waits to be written.
 * Numbers are short when they are small. The reader reads what pack wrote and nothing else: bytes
 * that do not fit are our own mistake and end the program. One thread at a time per value. */
#pragma once

#include "base/view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pack {
	uint8_t *at;
	size_t len;
	size_t size;
	bool owned; /* `at` outgrew the caller's memory */
};

/* Starts in the caller's memory and moves to the heap when that is full. */
void pack_init(struct pack *p, void *first, size_t size);
void pack_fini(struct pack *p);

void pack_byte(struct pack *p, uint8_t byte);
void pack_bytes(struct pack *p, const void *at, size_t len);
void pack_number(struct pack *p, uint64_t number);
void pack_signed(struct pack *p, int64_t number);
/* NUL-terminated or NULL; the NUL is kept, so that a reader can point to it. */
void pack_text(struct pack *p, const char *text);

struct pack_reader {
	uint8_t *at;
	uint8_t *end;
};

uint8_t pack_read_byte(struct pack_reader *r);
/* Points into what is read. */
uint8_t *pack_read_bytes(struct pack_reader *r, size_t len);
uint64_t pack_read_number(struct pack_reader *r);
int64_t pack_read_signed(struct pack_reader *r);
/* NUL-terminated, in what is read; or NULL. */
char *pack_read_text(struct pack_reader *r);
