#include "base/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *whole(void *at)
{
	if (!at) {
		fputs("latchd: out of memory\n", stderr);
		abort();
	}
	return at;
}

void *mem_new(size_t size)
{
	return whole(calloc(1, size ? size : 1));
}

void *mem_array(size_t count, size_t size)
{
	return whole(calloc(count ? count : 1, size ? size : 1));
}

void *mem_resize(void *at, size_t size)
{
	return whole(realloc(at, size ? size : 1));
}

char *mem_copy(const void *at, size_t len)
{
	char *copy = whole(malloc(len + 1));

	if (len)
		memcpy(copy, at, len);
	copy[len] = '\0';
	return copy;
}

char *mem_text(const char *text)
{
	return mem_copy(text, strlen(text));
}

void mem_free(void *at)
{
	free(at);
}

void mem_free_secret(void *at, size_t len)
{
	if (at)
		explicit_bzero(at, len);
	free(at);
}
