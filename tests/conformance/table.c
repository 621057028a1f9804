#include "row.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* The beginnings of messages, as most rows need them. */
#define HOST "Host: a\r\n"
#define GET "GET / HTTP/1.1\r\n" HOST
#define POST "POST / HTTP/1.1\r\n" HOST
#define OK "HTTP/1.1 200 OK\r\n"
#define END "\r\n"
#define SMUGGLED "GET /smuggled HTTP/1.1\r\n" HOST END
#define POISON OK "Content-Length: 6\r\n\r\npoison"

/* This text, so many times. */
#define X4(text) text text text text
#define X16(text) X4(X4(text))
#define X64(text) X4(X16(text))
#define X256(text) X4(X64(text))
#define X1024(text) X4(X256(text))

static const struct row lines[] = {
#include "line_table.h"
};
static const struct row targets[] = {
#include "target_table.h"
};
static const struct row fields[] = {
#include "field_table.h"
};
static const struct row lengths[] = {
#include "length_table.h"
};
static const struct row codings[] = {
#include "coding_table.h"
};
static const struct row chunks[] = {
#include "chunk_table.h"
};
static const struct row hops[] = {
#include "hop_table.h"
};
static const struct row turns[] = {
#include "turn_table.h"
};
static const struct row answer_heads[] = {
#include "answer_head_table.h"
};
static const struct row answer_bodies[] = {
#include "answer_body_table.h"
};
static const struct row answer_turns[] = {
#include "answer_turn_table.h"
};
static const struct row passing[] = {
#include "passing_table.h"
};

const struct theme themes[] = {
	{ "request lines", lines, COUNT(lines) },
	{ "targets and hosts", targets, COUNT(targets) },
	{ "fields", fields, COUNT(fields) },
	{ "Content-Length", lengths, COUNT(lengths) },
	{ "Transfer-Encoding", codings, COUNT(codings) },
	{ "chunks", chunks, COUNT(chunks) },
	{ "hop by hop", hops, COUNT(hops) },
	{ "taking turns", turns, COUNT(turns) },
	{ "heads of answers", answer_heads, COUNT(answer_heads) },
	{ "bodies of answers", answer_bodies, COUNT(answer_bodies) },
	{ "answers in turn", answer_turns, COUNT(answer_turns) },
	{ "what passes untouched", passing, COUNT(passing) },
};
const size_t n_themes = COUNT(themes);
