/* volume: bodies that no memory holds, sent through something and checked at its other end. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct volume {
	uint64_t bytes;    /* a multiple of 64 KiB */
	bool chunked;      /* how they are sent; they are expected without */
	unsigned pause_us; /* of the receiver, between its first pieces */
};

/* Sends into one socket and receives from the other, at the same time. False when what came was not what went. */
bool volume_pass(const struct volume *v, int from, int to);
/* The most memory a process ever had resident; 0: this one. */
long volume_peak_kib(pid_t pid);
