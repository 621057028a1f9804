/* row: what is to be written to the state, as copies that need nobody: the writer never touches an account.
 * A batch is what one change wrote, for one transaction. Rows are a statement of store.c and the values for its
 * parameters, in order. One thread at a time. */
#pragma once

#include "registry/account.h"
#include "registry/pack.h"

struct backlog_entry;

/* X(kind, SQL): the one place that knows the order of parameters besides the functions below. */
#define ROW_TABLE(X)                                                                                          \
	X(ACCOUNT, "INSERT OR REPLACE INTO accounts VALUES (?,?,?,?,?,?,?,?,?,?,?,?)")                        \
	X(ATTACHMENT,                                                                                         \
	  "INSERT OR REPLACE INTO attachments VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)")                \
	X(ATTACHMENT_GONE, "DELETE FROM attachments WHERE account = ? AND device = ?")                        \
	X(CHALLENGE, "INSERT OR REPLACE INTO challenges VALUES (?,?,?,?,?,?,?,?,?,?,?,?)")                    \
	X(CHALLENGE_GONE, "DELETE FROM challenges WHERE account = ? AND device = ?")                          \
	X(SESSION, "INSERT OR REPLACE INTO sessions VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)")                    \
	X(SESSION_GONE, "DELETE FROM sessions WHERE account = ? AND key = ?")                                 \
	X(ENDED, "INSERT OR REPLACE INTO ended VALUES (?,?,?)")                                               \
	X(ENDED_GONE, "DELETE FROM ended WHERE account = ? AND key = ?")                                      \
	X(EVENT,                                                                                              \
	  "INSERT OR REPLACE INTO events (seq, id, type, account, created_ms, attempts, next_ms, dead, data)" \
	  " VALUES (?,?,?,?,?,0,?,0,?)")                                                                      \
	X(EVENT_DONE, "DELETE FROM events WHERE seq = ?")                                                     \
	X(EVENT_RETRY, "UPDATE events SET attempts = ?, next_ms = ? WHERE seq = ?")                           \
	X(EVENT_DEAD, "UPDATE events SET dead = 1 WHERE seq = ?")                                             \
	X(EVENT_REVIVED,                                                                                      \
	  "UPDATE events SET seq = ?, next_ms = ?, attempts = 0, dead = 0 WHERE seq = ?")                     \
	X(DEAD_GONE,                                                                                          \
	  "DELETE FROM events WHERE seq IN (SELECT seq FROM events WHERE dead = 1 ORDER BY seq LIMIT ?)")     \
	X(TRIAL, "INSERT OR REPLACE INTO trials VALUES (?,?,?)")                                              \
	X(SCOPE, "INSERT OR REPLACE INTO scopes VALUES (?,?,?)")                                              \
	X(META, "INSERT OR REPLACE INTO meta VALUES (?,?)")

enum row_kind {
#define ROW_ENUM(kind, sql) ROW_##kind,
	ROW_TABLE(ROW_ENUM)
#undef ROW_ENUM
		ROW_KINDS
};

/* Values of a row. ROW_SEQ stands for the number of the batch's next event, which is not known yet. */
enum row_type { ROW_NULL, ROW_INT, ROW_BLOB, ROW_TEXT, ROW_SEQ, ROW_END };

struct row_batch {
	struct row_batch *next;
	uint64_t number;              /* 0: need not be durable before it is visible */
	uint64_t changes;             /* how many changes it writes: one, unless it was condensed */
	struct backlog_entry *events; /* told in it, linked; the outbox's once committed */
	size_t len;
	uint8_t rows[];
};

/* Takes what was packed; frees nothing. Free with mem_free. */
struct row_batch *row_batch_create(const struct pack *p, struct backlog_entry *events);

void row_begin(struct pack *p, enum row_kind kind);
void row_int(struct pack *p, int64_t number);
void row_blob(struct pack *p, const void *at, size_t len);
/* at == NULL: NULL. */
void row_text(struct pack *p, struct view text);
void row_seq(struct pack *p);
void row_end(struct pack *p);

void row_account(struct pack *p, uint32_t row, const struct account *a);
void row_attachment(struct pack *p, uint32_t row, const struct attachment *t);
void row_challenge(struct pack *p, uint32_t row, const struct attachment *t);
void row_session(struct pack *p, uint32_t row, const struct session *s);
/* ATTACHMENT_GONE, CHALLENGE_GONE, SESSION_GONE, ENDED_GONE */
void row_gone(struct pack *p, enum row_kind kind, uint32_t row, const uint8_t id[ID_BYTES]);
void row_ended(struct pack *p, uint32_t row, const uint8_t key[ID_BYTES], int64_t now_ms);
void row_event(struct pack *p, const uint8_t id[ID_BYTES], const char *type, const char *account,
	       int64_t now_ms, const char *data);

/* Reading a batch. */
struct row_value {
	enum row_type type;
	int64_t number;
	struct view bytes; /* ROW_BLOB, ROW_TEXT; in the batch */
};
static inline struct pack_reader row_reader(struct row_batch *b)
{
	return (struct pack_reader){ b->rows, b->rows + b->len };
}
/* The next row's kind; false at the end. */
bool row_next(struct pack_reader *r, enum row_kind *ret_kind);
/* The next value of the row; ROW_END after the last. */
struct row_value row_next_value(struct pack_reader *r);
