/* raw: blocking sockets for tests that speak HTTP by hand, on either side. Every wait ends after RAW_WAIT_S with a
 * failed assertion, so that no test hangs. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RAW_WAIT_S = 30 };

/* On a port that is kept (wirework_port). */
int raw_listen(uint16_t *ret_port);
int raw_accept(int listener);
int raw_connect(uint16_t port);
/* From this address, an IPv4 one of the loopback net. */
int raw_connect_from(uint32_t address, uint16_t port);
/* To a unix socket; -1, with errno, when nobody listens there or we may not. */
int raw_connect_path(const char *path);
/* False when nobody listens there. */
bool raw_may_connect(int fd, uint16_t port);
/* `text` up to its NUL. */
void raw_send(int fd, const char *text);
void raw_send_bytes(int fd, const void *at, size_t len);
/* Reads until what was read ends with `end`; the text is NUL-terminated, static and valid until the next call. */
const char *raw_read_until(int fd, const char *end);
/* Reads exactly n bytes. */
const char *raw_read_bytes(int fd, size_t n);
/* Reads to the end of the stream; *ret_reset (may be NULL) tells whether that was an error. */
const char *raw_read_all(int fd, bool *ret_reset);
/* A head: up to and with the empty line. */
const char *raw_read_head(int fd);
/* Nothing arrives within a moment, and the other side has not closed. For what must not happen only. */
bool raw_is_silent(int fd, int for_ms);
/* The other side has closed: waits for it. */
void raw_expect_end(int fd);
void raw_close(int *fd);
/* Closes so that the other side sees a reset. */
void raw_reset(int *fd);
/* Threads other than the test's read by this instead of raw_read_head. False at the end. */
bool raw_head_into(int fd, char *at, size_t size);
