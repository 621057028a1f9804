/* crowd: how many connections each address has, on all workers together. Remembers an address only while it has one, so it
 * is as large as what it counts. IPv6 is counted by /64, which is what one subscriber has. Any thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct crowd;

struct crowd *crowd_create(void);
/* Accepts a pointer to NULL. */
void crowd_destroy(struct crowd **c);

/* `address` as in settings_cidr. False when it has `most` connections already. */
bool crowd_enter(struct crowd *c, const uint8_t address[16], unsigned most);
/* Once for each crowd_enter that was true. */
void crowd_leave(struct crowd *c, const uint8_t address[16]);
