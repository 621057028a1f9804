/* The happy path is: a thread makes its line on its own stack and puts it into the ring; the
 * writer wakes, naps a moment so that one write carries many lines, and empties the ring. It can
 * fail by a full ring (the line is dropped and counted), and by a file that takes nothing (the
 * writer waits, the ring fills). */
#include "base/log.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/logline.h"
#include "base/mem.h"
#include "base/ring.h"
#include "base/thread.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	RING_BYTES = 1 << 20,
	BATCH_BYTES = 64 << 10,
	PIPE_BYTES = 4096, /* what a pipe takes whole once poll says that it is writable */
	NAP_MS = 50,
	PATIENCE_MS = 1000, /* in all, for a reader that does not read, once we are stopping */
};

static struct {
	_Atomic int level;
	_Atomic int format;
	_Atomic uint64_t dropped;
	atomic_bool running; /* lines go to the ring */
	atomic_bool stopping;
	_Atomic int parked;  /* the writer waits for the first line */
	atomic_bool hurried; /* the writer was told not to nap */
	sem_t wake;
	pthread_t writer;
	int64_t patience_ms; /* the writer's: what is left of it */
	int fd;              /* the writer's; dup3 replaces what it names */
	char *path;          /* NULL: standard error */
	struct ring ring;
} log_ = { .level = LOG_INFO, .fd = -1 };

static _Alignas(64) char log_bytes[RING_BYTES];

/* Waits until the file takes bytes. False when it is time to give up. */
static bool is_writable(void)
{
	struct pollfd pollfd = { .fd = log_.fd, .events = POLLOUT };

	while (!(poll(&pollfd, 1, log_.patience_ms > 0 ? NAP_MS : 0) > 0)) {
		if (atomic_load(&log_.stopping) && (log_.patience_ms -= NAP_MS) <= 0)
			return false;
	}
	return true;
}

/* Never blocks in write, or a reader that has stopped would keep the program from ending. */
static bool write_out(const char *at, size_t len)
{
	struct stat status;
	bool is_file = fstat(log_.fd, &status) == 0 && S_ISREG(status.st_mode);

	while (len) {
		ssize_t n;

		if (!is_file && !is_writable())
			return false;
		n = write(log_.fd, at, is_file || len < PIPE_BYTES ? len : PIPE_BYTES);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

static void count_dropped(uint64_t lines)
{
	atomic_fetch_add_explicit(&log_.dropped, lines, memory_order_relaxed);
}

static void flush(struct text *batch, uint64_t *lines)
{
	if (batch->len && !write_out(batch->at, batch->len))
		count_dropped(*lines);
	text_clear(batch);
	*lines = 0;
}

static void tell_dropped(struct text *batch, uint64_t *told)
{
	uint64_t dropped = atomic_load_explicit(&log_.dropped, memory_order_relaxed);
	char message[64];
	int len;

	if (dropped == *told)
		return;
	len = snprintf(message, sizeof(message), "%llu lines found no room and were dropped",
		       (unsigned long long)(dropped - *told));
	logline_message(batch, (enum log_format)log_.format, clock_wall_ms(), LOG_WARN, "log",
			view_make(message, (size_t)len));
	*told = dropped;
}

static void drain(struct text *batch, uint64_t *told)
{
	struct view line;
	uint64_t lines = 0;

	while (ring_peek(&log_.ring, &line)) {
		if (line.len > batch->size - batch->len)
			flush(batch, &lines);
		text_put(batch, line);
		lines++;
		ring_advance(&log_.ring);
	}
	if (LOGLINE_BYTES > batch->size - batch->len)
		flush(batch, &lines);
	tell_dropped(batch, told);
	flush(batch, &lines);
}

static void nap(void)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += NAP_MS * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000L;
	}
	while (!atomic_load(&log_.hurried) && sem_timedwait(&log_.wake, &until) < 0 &&
	       errno == EINTR)
		;
}

static void *run_writer(void *unused)
{
	struct text batch;
	uint64_t told = atomic_load(&log_.dropped);

	(void)unused;
	text_init(&batch, mem_new(BATCH_BYTES), BATCH_BYTES);
	while (!atomic_load(&log_.stopping)) {
		atomic_exchange(&log_.parked, 1);
		if (!ring_used(&log_.ring))
			while (sem_wait(&log_.wake) < 0 && errno == EINTR)
				;
		atomic_store(&log_.parked, 0);
		if (!atomic_load(&log_.stopping))
			nap();
		atomic_store(&log_.hurried, false);
		drain(&batch, &told);
	}
	drain(&batch, &told);
	mem_free(batch.at);
	return NULL;
}

/* A duplicate of standard error, or the file; -1 when it cannot be had. */
static int open_path(const char *path)
{
	return path ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640)
		    : fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
}

/* The writer goes on with the same number, which names another file from now on. */
static int adopt(int fd)
{
	if (fd < 0)
		return ERR_IO;
	if (log_.fd < 0) {
		log_.fd = fd;
		return 0;
	}
	if (dup3(fd, log_.fd, O_CLOEXEC) < 0) {
		close(fd);
		return ERR_IO;
	}
	close(fd);
	return 0;
}

static int start_writer(void)
{
	ring_init(&log_.ring, log_bytes, sizeof(log_bytes));
	sem_init(&log_.wake, 0, 0);
	atomic_store(&log_.stopping, false);
	log_.patience_ms = PATIENCE_MS;
	if (!thread_start("log", run_writer, NULL, &log_.writer))
		return ERR_IO;
	atomic_store(&log_.running, true);
	return 0;
}

int log_start(const struct log_options *options)
{
	const char *path = view_is(view_of(options->path), VIEW("-")) ? NULL : options->path;
	int err = adopt(open_path(path));

	if (err)
		return err;
	mem_free(log_.path);
	log_.path = path ? mem_text(path) : NULL;
	atomic_store(&log_.level, (int)options->level);
	atomic_store(&log_.format, (int)options->format);
	return atomic_load(&log_.running) ? 0 : start_writer();
}

int log_reopen(void)
{
	return log_.path ? adopt(open_path(log_.path)) : 0;
}

void log_stop(void)
{
	if (!atomic_load(&log_.running))
		return;
	atomic_store(&log_.running, false);
	atomic_store(&log_.stopping, true);
	sem_post(&log_.wake);
	pthread_join(log_.writer, NULL);
	sem_destroy(&log_.wake);
	close(log_.fd);
	log_.fd = -1;
	MEM_FREE(log_.path);
}

uint64_t log_dropped(void)
{
	return atomic_load_explicit(&log_.dropped, memory_order_relaxed);
}

bool log_is_on(enum log_level level)
{
	return (int)level <= atomic_load_explicit(&log_.level, memory_order_relaxed);
}

/* A parked writer is woken once, by the first line; one that naps only by haste. Reading
 * `parked` by a read-modify-write orders it with the writer's own: either we see that it has
 * parked, or it sees our line before it does. */
static void wake_writer(bool hurry)
{
	if (hurry && !atomic_exchange(&log_.hurried, true))
		sem_post(&log_.wake);
	else if (atomic_fetch_or(&log_.parked, 0) && atomic_exchange(&log_.parked, 0))
		sem_post(&log_.wake);
}

static void submit(const struct text *line, bool urgent)
{
	if (!atomic_load_explicit(&log_.running, memory_order_acquire)) {
		if (write(STDERR_FILENO, line->at, line->len) < 0)
			count_dropped(1);
		return;
	}
	if (!ring_put(&log_.ring, text_view(line)))
		count_dropped(1);
	wake_writer(urgent || ring_used(&log_.ring) > RING_BYTES / 2);
}

void log_line(enum log_level level, const char *room, const char *format, ...)
{
	char bytes[LOGLINE_BYTES], message[4096];
	struct text line;
	va_list args;
	int len;

	if (!log_is_on(level))
		return;
	va_start(args, format);
	len = vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	assert(len >= 0);
	text_init(&line, bytes, sizeof(bytes));
	logline_message(&line, (enum log_format)log_.format, clock_wall_ms(), level, room,
			view_of(message));
	submit(&line, level <= LOG_WARN);
}

void log_request(const struct log_access *access)
{
	char bytes[LOGLINE_BYTES];
	struct text line;

	text_init(&line, bytes, sizeof(bytes));
	logline_request(&line, (enum log_format)log_.format, clock_wall_ms(), access);
	submit(&line, false);
}
