/* scan: how far a token and a text reach: the two loops in which a head's bytes are spent. Says yes to just what byte-wise loops
 * would, 16 bytes at a time where the processor can. Pure. Any thread. */
#pragma once

/* Both read nothing at or beyond `end`. */

/* Behind the last byte of the token (RFC 9110 §5.6.2) that begins at `at`; `at` when there is none. */
const char *scan_token(const char *at, const char *end);
/* The first control character other than HTAB, or `end`. */
const char *scan_text(const char *at, const char *end);
