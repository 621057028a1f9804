/* log: what the operator reads. Threads write lines into a bounded ring; one writer
 * thread carries them to the file, so a full disk or a slow reader never stalls a
 * worker: lines that find no room are dropped and counted. Control characters are
 * escaped. Never give it a query, cookie, token, code or secret.
 * The only mutable static state in lib/. Any thread. */
#pragma once

#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };
enum log_format { LOG_TEXT, LOG_JSON };

struct log_options {
	enum log_level level;
	enum log_format format;
	const char *path; /* "-": standard error */
};

/* Before start, and after stop, lines go to standard error directly. ERR_IO when the
 * file cannot be opened (the old one stays). */
int log_start(const struct log_options *options);
/* From the next line on; the file stays. */
void log_adjust(enum log_level level, enum log_format format);
/* Opens the file anew, for rotation. */
int log_reopen(void);
/* Writes out what is left, joins the writer. */
void log_stop(void);
uint64_t log_dropped(void);
bool log_is_on(enum log_level level);

/* One line: level, time, room, message. `room` is a literal. */
void log_line(enum log_level level, const char *room, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
#define log_error(room, ...) log_line(LOG_ERROR, room, __VA_ARGS__)
#define log_warn(room, ...) log_line(LOG_WARN, room, __VA_ARGS__)
#define log_info(room, ...) log_line(LOG_INFO, room, __VA_ARGS__)
#define log_debug(room, ...) \
	(log_is_on(LOG_DEBUG) ? log_line(LOG_DEBUG, room, __VA_ARGS__) : (void)0)

/* The access line of one request; every view may be empty. */
struct log_access {
	const char *request_id; /* NUL-terminated */
	const char *client;     /* address, as text */
	struct view method;
	struct view path;  /* without the query */
	int status;        /* what the client got; 0: nothing */
	int origin_status; /* 0: the origin was not asked, or did not answer */
	uint64_t bytes_out;
	int64_t duration_ms;
	int64_t origin_ms;     /* -1: not asked */
	const char *verdict;   /* the reason table's word, or NULL */
	uint64_t account_hash; /* keyed; 0: unknown */
	uint64_t device_hash;  /* keyed; 0: unknown */
};
void log_request(const struct log_access *line);
