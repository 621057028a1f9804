#include "row.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* The beginnings of messages, as most rows need them. */
#define HOST "Host: a\r\n"
#define GET "GET / HTTP/1.1\r\n" HOST
#define POST "POST / HTTP/1.1\r\n" HOST
#define OK "HTTP/1.1 200 OK\r\n"
#define END "\r\n"
#define SMUGGLED "GET /smuggled HTTP/1.1\r\n" HOST END

static const struct row lengths[] = {
#include "length_table.h"
};
static const struct row codings[] = {
#include "coding_table.h"
};

const struct theme themes[] = {
	{ "Content-Length", lengths, COUNT(lengths) },
	{ "Transfer-Encoding", codings, COUNT(codings) },
};
const size_t n_themes = COUNT(themes);
