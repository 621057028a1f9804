/* powerloss_vfs: an SQLite VFS over the system's that forgets what was not synced. The test decides when the
 * power goes; from then on nothing can be changed, and when all files are closed powerloss_restore puts them
 * into the state in which a disk could have kept them. Syncs are cheap: they only draw the line.
 * It also plays a disk that fails or is full. Any thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct powerloss;

/* Registers the VFS under this name. Several may live. */
struct powerloss *powerloss_create(const char *name);
/* All files must be closed. */
void powerloss_destroy(struct powerloss **p);

/* The power goes at the n-th write, sync, truncation or deletion from now, which is not done any more; 0: it stays. */
void powerloss_cut_at(struct powerloss *p, unsigned n);
bool powerloss_is_cut(struct powerloss *p);
/* Writes, syncs, truncations and deletions so far. */
uint64_t powerloss_operations(struct powerloss *p);

/* Everything that would change a file fails with this SQLite code, until it is 0 again. */
void powerloss_fail_with(struct powerloss *p, int code);
/* Only the n-th from now fails so. */
void powerloss_fail_once(struct powerloss *p, unsigned n, int code);

/* Power is back. Of what was not synced nothing is there (seed 0), or some of it, whole or torn, as the seed wills. */
void powerloss_restore(struct powerloss *p, unsigned seed);
