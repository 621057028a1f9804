/* err: the one table of error codes. Functions that can fail in several ways
 * return 0 or a negative `enum err`; the text says what went wrong, not where.
 * Any thread. */
#pragma once

#define ERR_TABLE(X)                                      \
	X(OK, 0, "no error")                              \
	X(NOMEM, -1, "out of room")                       \
	X(SYNTAX, -2, "not well-formed")                  \
	X(TOO_LARGE, -3, "larger than its limit")         \
	X(TOO_MANY, -4, "more of them than its limit")    \
	X(NOT_FOUND, -5, "not found")                     \
	X(CONFLICT, -6, "in conflict with what is there") \
	X(IO, -7, "input or output failed")               \
	X(CLOSED, -8, "closed by the other side")         \
	X(TIMEOUT, -9, "not in time")                     \
	X(UNSUPPORTED, -10, "not supported")              \
	X(FORGED, -11, "signature does not fit")          \
	X(RANGE, -12, "out of its range")                 \
	X(BUSY, -13, "busy")                              \
	X(DENIED, -14, "not permitted")

#define ERR_ENUM(name, code, text) ERR_##name = code,
enum err { ERR_TABLE(ERR_ENUM) };
#undef ERR_ENUM

/* The text of a code; "unknown error" for a number that is none. Never NULL. */
const char *err_text(int code);
