/* load: reads the whole state, once, before anybody else is there, and deletes what was not used for 400 days.
 * Every value is checked: a file may be damaged or tampered with. What the callbacks get lives until they return. */
#pragma once

#include "registry/outbox.h"

struct sqlite3;

struct load_listener {
	void *arg;
	void (*on_meta)(void *arg, struct view name, int64_t number, struct view bytes);
	/* In the order of rows. */
	void (*on_account)(void *arg, uint32_t row, struct account *a);
	/* Of the account that came last. */
	void (*on_ended)(void *arg, const uint8_t key[ID_BYTES], uint32_t row);
	/* In the order of seq. */
	void (*on_event)(void *arg, uint64_t seq, struct view account, unsigned attempts,
			 int64_t next_ms, uint32_t data_bytes);
	void (*on_trial)(void *arg, const uint8_t device[ID_BYTES], const uint8_t account[ID_BYTES],
			 int64_t started_ms);
	void (*on_scope)(void *arg, struct view name, struct view path, struct view domain);
};

/* Secrets, dates, the last number of an event ("last_seq"), how many are dead letters ("dead_events"): what the rest may need.
 * Results as load_all. */
int load_meta(struct sqlite3 *db, const struct load_listener *listener, const char **ret_table);
/* 0; or ERR_IO: sqlite3_errmsg says why; or ERR_SYNTAX: a value cannot be, *ret_table says where. */
int load_all(struct sqlite3 *db, int64_t now_ms, const struct load_listener *listener,
	     const char **ret_table);
