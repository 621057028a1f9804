#include "suite.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"

#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[64];
static char path[80];

static void set_up(void)
{
	strcpy(dir, "/tmp/latchd-log-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/log", dir);
}

static void tear_down(void)
{
	char rotated[96];

	log_stop();
	snprintf(rotated, sizeof(rotated), "%s.1", path);
	unlink(path);
	unlink(rotated);
	rmdir(dir);
}

static void start(enum log_level level, enum log_format format)
{
	struct log_options options = { level, format, path };

	ck_assert_int_eq(log_start(&options), 0);
}

static char *contents_of(const char *name)
{
	FILE *file = fopen(name, "r");
	char *text = mem_new(64 << 20);

	ck_assert_ptr_nonnull(file);
	text[fread(text, 1, (64 << 20) - 1, file)] = '\0';
	fclose(file);
	return text;
}

static size_t count(const char *text, const char *needle)
{
	size_t n = 0;

	for (; (text = strstr(text, needle)); text++)
		n++;
	return n;
}

static void a_line_reaches_the_file(void)
{
	char *text;

	start(LOG_INFO, LOG_TEXT);
	log_info("serve", "listening on %s", "127.0.0.1:80");
	log_stop();
	text = contents_of(path);
	ck_assert_ptr_nonnull(strstr(text, "Z info serve: listening on 127.0.0.1:80\n"));
	mem_free(text);
}

static void levels_above_the_chosen_one_are_silent(void)
{
	char *text;

	start(LOG_WARN, LOG_TEXT);
	ck_assert(log_is_on(LOG_WARN));
	ck_assert(!log_is_on(LOG_INFO));
	log_info("room", "quiet");
	log_debug("room", "quieter");
	log_warn("room", "loud");
	log_stop();
	text = contents_of(path);
	ck_assert_uint_eq(count(text, "\n"), 1);
	ck_assert_uint_eq(count(text, "loud"), 1);
	mem_free(text);
}

static void no_byte_can_forge_a_line(void)
{
	char *text;

	start(LOG_INFO, LOG_TEXT);
	log_info("room", "%s", "a\nb\r\x1b[2J\x7f \xc2\x9b \xff \xe2\x80\xae end \xc3\xa9");
	log_stop();
	text = contents_of(path);
	ck_assert_ptr_nonnull(strstr(text, "a\\x0ab\\x0d\\x1b[2J\\x7f \\xc2\\x9b \\xff "
					   "\\xe2\\x80\\xae end \xc3\xa9\n"));
	mem_free(text);
}

static void a_json_line_is_json_whatever_it_carries(void)
{
	char *text, hostile[256];
	json_t *line;

	for (int i = 0; i < 255; i++)
		hostile[i] = (char)(i + 1);
	hostile[255] = '\0';
	start(LOG_INFO, LOG_JSON);
	log_error("room", "%s", hostile);
	log_stop();
	text = contents_of(path);
	ck_assert_uint_eq(count(text, "\n"), 1);
	line = json_loads(text, 0, NULL);
	ck_assert_ptr_nonnull(line);
	ck_assert_str_eq(json_string_value(json_object_get(line, "level")), "error");
	ck_assert_str_eq(json_string_value(json_object_get(line, "room")), "room");
	json_decref(line);
	mem_free(text);
}

static const struct log_access example = {
	.request_id = "r-1",
	.client = "192.0.2.7",
	.method = { "GET", 3 },
	.path = { "/a \"b\"", 6 },
	.status = 303,
	.origin_status = 0,
	.bytes_out = 512,
	.duration_ms = 4,
	.origin_ms = -1,
	.verdict = "limit",
	.account_hash = 0x1f,
};

static void a_request_is_one_line_of_text(void)
{
	char *text;

	start(LOG_INFO, LOG_TEXT);
	log_request(&example);
	log_stop();
	text = contents_of(path);
	ck_assert_ptr_nonnull(strstr(text,
				     "Z info access: client=\"192.0.2.7\" method=\"GET\" "
				     "path=\"/a \\\"b\\\"\" status=303 bytes=512 ms=4 "
				     "verdict=\"limit\" account=000000000000001f id=\"r-1\"\n"));
	mem_free(text);
}

static void a_request_is_one_line_of_json(void)
{
	json_t *line;
	char *text;

	start(LOG_INFO, LOG_JSON);
	log_request(&example);
	log_stop();
	text = contents_of(path);
	line = json_loads(text, 0, NULL);
	ck_assert_ptr_nonnull(line);
	ck_assert_str_eq(json_string_value(json_object_get(line, "path")), "/a \"b\"");
	ck_assert_int_eq(json_integer_value(json_object_get(line, "status")), 303);
	ck_assert_str_eq(json_string_value(json_object_get(line, "account")), "000000000000001f");
	ck_assert_ptr_null(json_object_get(line, "device"));
	ck_assert_ptr_null(json_object_get(line, "origin_ms"));
	json_decref(line);
	mem_free(text);
}

static void a_long_line_is_cut(void)
{
	char *text, *message = mem_new(5001);

	memset(message, 0x01, 5000);
	start(LOG_INFO, LOG_JSON);
	log_info("room", "%s", message);
	log_stop();
	text = contents_of(path);
	ck_assert_uint_eq(count(text, "\\\\x01"), 2000);
	ck_assert_ptr_nonnull(strstr(text, "...\"}\n"));
	mem_free(text);
	mem_free(message);
}

static void reopening_follows_a_rotation(void)
{
	char rotated[96], *old, *new;

	snprintf(rotated, sizeof(rotated), "%s.1", path);
	start(LOG_INFO, LOG_TEXT);
	ck_assert_int_eq(rename(path, rotated), 0);
	ck_assert_int_eq(log_reopen(), 0);
	log_info("room", "after");
	log_stop();
	old = contents_of(rotated);
	new = contents_of(path);
	ck_assert_ptr_null(strstr(old, "after"));
	ck_assert_ptr_nonnull(strstr(new, "after"));
	mem_free(old);
	mem_free(new);
}

static void a_file_that_cannot_be_opened_leaves_the_old_one(void)
{
	struct log_options options = { LOG_DEBUG, LOG_JSON, "/nonexistent/log" };
	char *text;

	start(LOG_INFO, LOG_TEXT);
	ck_assert_int_eq(log_start(&options), ERR_IO);
	ck_assert(!log_is_on(LOG_DEBUG));
	log_info("room", "still here");
	log_stop();
	text = contents_of(path);
	ck_assert_ptr_nonnull(strstr(text, "info room: still here\n"));
	mem_free(text);
}

static void it_can_be_made_louder_and_speak_otherwise(void)
{
	char *text;

	start(LOG_WARN, LOG_TEXT);
	log_info("room", "too quiet");
	log_adjust(LOG_INFO, LOG_JSON);
	log_info("room", "loud enough");
	log_stop();
	text = contents_of(path);
	ck_assert_ptr_null(strstr(text, "too quiet"));
	ck_assert_ptr_nonnull(
		strstr(text, "\"level\":\"info\",\"room\":\"room\",\"message\":\"loud enough\"}"));
	mem_free(text);
}

enum { WRITERS = 4, LINES = 2000 };

static void *write_lines(void *name)
{
	for (int i = 0; i < LINES; i++)
		log_info("room", "%s %d", (const char *)name, i);
	return NULL;
}

/* Lines that are neither written nor counted as dropped, or come in pieces, are lost. */
static void many_threads_lose_no_line_unnoticed(void)
{
	static char names[WRITERS][4] = { "a", "b", "c", "d" };
	uint64_t dropped = log_dropped();
	pthread_t threads[WRITERS];
	char *text;

	start(LOG_INFO, LOG_TEXT);
	for (int i = 0; i < WRITERS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, write_lines, names[i]), 0);
	for (int i = 0; i < WRITERS; i++)
		pthread_join(threads[i], NULL);
	log_stop();
	text = contents_of(path);
	ck_assert_uint_eq(count(text, " info room: ") + log_dropped() - dropped, WRITERS * LINES);
	mem_free(text);
}

/* A pipe that nobody reads stands for a full disk. */
static void a_reader_that_stopped_stalls_nobody_and_is_counted(void)
{
	uint64_t dropped = log_dropped();
	int saved = dup(STDERR_FILENO), ends[2];
	struct log_options options = { LOG_INFO, LOG_TEXT, "-" };
	int64_t began_ms;

	ck_assert_int_eq(pipe(ends), 0);
	dup2(ends[1], STDERR_FILENO);
	ck_assert_int_eq(log_start(&options), 0);
	dup2(saved, STDERR_FILENO);
	for (int i = 0; i < 40000; i++)
		log_info("room", "a line of fair length that fills the pipe and then the ring %d",
			 i);
	began_ms = clock_steady_ms();
	log_stop();
	/* Its patience was for each batch of lines: the end took a quarter of a minute. */
	ck_assert_int_lt(clock_steady_ms() - began_ms, 12000);
	ck_assert_uint_gt(log_dropped(), dropped);
	close(saved);
	close(ends[0]);
	close(ends[1]);
}

static void starting_again_changes_level_and_format(void)
{
	char *text;

	start(LOG_INFO, LOG_TEXT);
	start(LOG_DEBUG, LOG_JSON);
	log_debug("room", "now heard");
	log_stop();
	text = contents_of(path);
	ck_assert_ptr_nonnull(strstr(text, "\"level\":\"debug\""));
	mem_free(text);
}

SUITE_MAIN_WITH("log", set_up, tear_down, a_line_reaches_the_file,
		levels_above_the_chosen_one_are_silent, no_byte_can_forge_a_line,
		a_json_line_is_json_whatever_it_carries, a_request_is_one_line_of_text,
		a_request_is_one_line_of_json, a_long_line_is_cut, reopening_follows_a_rotation,
		a_file_that_cannot_be_opened_leaves_the_old_one,
		many_threads_lose_no_line_unnoticed,
		a_reader_that_stopped_stalls_nobody_and_is_counted,
		starting_again_changes_level_and_format, it_can_be_made_louder_and_speak_otherwise)
