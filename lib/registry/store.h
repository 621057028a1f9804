/* store: the file that holds the truth, in SQLite. Opens, checks and locks it, applies batches in transactions, reads
 * events. One thread for everything but store_read_event and store_read_dead, which any thread may call (they have a
 * connection and a lock of their own). */
#pragma once

#include "base/hmac.h"
#include "registry/outbox.h"
#include "registry/row.h"

struct sqlite3;
struct store;

/* Creates directory (0700) and file (0600) where they are not there. ERR_IO, ERR_UNSUPPORTED (a newer version) or
 * ERR_CONFLICT (in use, or not ours) with a sentence in *ret_why, for mem_free. */
int store_open(const char *path, const char *vfs, int64_t now_ms, struct store **ret_store,
	       char **ret_why);
void store_close(struct store **s);

/* All batches in one transaction: 0, or ERR_IO (out of disk, too) and nothing was written. */
int store_commit(struct store *s, struct row_batch *batches);
/* What went wrong last, for the log. */
const char *store_why(const struct store *s);

/* Everything but attempts and next_ms, which the outbox knows better. ERR_NOT_FOUND, ERR_IO. */
int store_read_event(struct store *s, uint64_t seq, struct outbox_event *ret_event);

/* Up to `n` committed dead letters behind the number `after`, in order, whole. How many, or ERR_IO; `data` is for mem_free. */
int store_read_dead(struct store *s, uint64_t after, struct outbox_event *ret_events, unsigned n);

/* For load. */
struct sqlite3 *store_handle(struct store *s);
/* What was opened was read, once and in order, which needs no room. From here on pages come back. */
void store_expect_writes(struct store *s);
