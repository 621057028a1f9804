/* clock: where time comes from. Pure code takes `now_ms`; only loops and threads
 * call these. Any thread. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Milliseconds since 1970 UTC: for what is stored, signed or shown. */
int64_t clock_wall_ms(void);
/* Milliseconds that never jump: for deadlines. */
int64_t clock_steady_ms(void);

enum { CLOCK_RFC3339_BYTES = 25, CLOCK_HTTP_BYTES = 30 };
/* "2026-11-23T05:59:20.123Z", NUL-terminated (RFC 3339, UTC, three decimals). */
void clock_rfc3339(int64_t wall_ms, char ret_text[CLOCK_RFC3339_BYTES]);
/* "Mon, 23 Nov 2026 05:59:20 GMT", NUL-terminated (RFC 9110 §5.6.7). */
void clock_http_date(int64_t wall_ms, char ret_text[CLOCK_HTTP_BYTES]);
