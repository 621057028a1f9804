/* dice: numbers that look random and follow from a seed, so that both sides of an exchange throw the same ones, and a
 * failure can be played again. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dice {
	uint64_t state;
};

static inline uint64_t dice_roll(struct dice *d)
{
	uint64_t z = d->state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

/* What this purpose throws for this number is independent of what others do. */
static inline struct dice dice_of(uint64_t seed, uint64_t number, uint64_t purpose)
{
	struct dice d = { seed };

	d.state = dice_roll(&d) ^ number;
	d.state = dice_roll(&d) ^ purpose;
	d.state = dice_roll(&d);
	return d;
}

/* 0 … n - 1 */
static inline size_t dice_below(struct dice *d, size_t n)
{
	return (size_t)(dice_roll(d) % n);
}

/* True in so many of a thousand cases. */
static inline bool dice_permille(struct dice *d, unsigned n)
{
	return dice_below(d, 1000) < n;
}
