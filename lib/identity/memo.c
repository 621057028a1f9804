#include "identity/memo.h"

#include "base/mem.h"

struct identity_memo {
	struct memo_meaning meaning;
	uint16_t n_lines;
	uint16_t len; /* of the lines */
	uint16_t room;
	char lines[]; /* each: name, length, bytes */
};

struct line {
	uint16_t len;
	uint8_t known;
};

enum { STEP_BYTES = 512, MAX_ROOM = IDENTITY_MEMO_MAX_BYTES - sizeof(struct identity_memo) };

_Static_assert(sizeof(struct identity_memo) < IDENTITY_MEMO_MAX_BYTES / 4,
	       "most of a memo is for lines");

static bool is_telling(const struct http_field *f)
{
	const uint64_t telling =
		UINT64_C(1) << HTTP_COOKIE | UINT64_C(1) << HTTP_USER_AGENT |
		UINT64_C(1) << HTTP_ACCEPT_LANGUAGE | UINT64_C(1) << HTTP_SEC_CH_UA |
		UINT64_C(1) << HTTP_SEC_CH_UA_MOBILE | UINT64_C(1) << HTTP_SEC_CH_UA_PLATFORM;

	return (telling >> f->known & 1) && !f->dropped && !f->alike;
}

static bool is_line(const char **at, const char *end, const struct http_field *f)
{
	struct line line;

	if ((size_t)(end - *at) < sizeof(line))
		return false;
	memcpy(&line, *at, sizeof(line));
	*at += sizeof(line);
	if (line.known != f->known || line.len != f->value.len ||
	    memcmp(*at, f->value.at, line.len) != 0)
		return false;
	*at += line.len;
	return true;
}

const struct memo_meaning *memo_find(const struct identity_memo *m, const struct http_head *request,
				     uint64_t rules_id, bool https)
{
	const char *at, *end;

	if (!m || m->meaning.rules_id != rules_id || m->meaning.https != https)
		return NULL;
	at = m->lines;
	end = m->lines + m->len;
	for (size_t i = 0; i < request->n_fields; i++)
		if (is_telling(&request->fields[i]) && !is_line(&at, end, &request->fields[i]))
			return NULL;
	return at == end ? &m->meaning : NULL;
}

static size_t measure(const struct http_head *request)
{
	size_t len = 0;

	for (size_t i = 0; i < request->n_fields; i++)
		if (is_telling(&request->fields[i]))
			len += sizeof(struct line) + request->fields[i].value.len;
	return len;
}

static void copy_lines(struct identity_memo *m, const struct http_head *request)
{
	char *at = m->lines;

	for (size_t i = 0; i < request->n_fields; i++) {
		const struct http_field *f = &request->fields[i];
		struct line line = { .len = (uint16_t)f->value.len, .known = f->known };

		if (!is_telling(f))
			continue;
		memcpy(at, &line, sizeof(line));
		memcpy(at + sizeof(line), f->value.at, f->value.len);
		at += sizeof(line) + f->value.len;
	}
}

void memo_keep(struct identity_memo **m, const struct http_head *request,
	       const struct memo_meaning *meaning)
{
	size_t len = measure(request);
	size_t room = (len + STEP_BYTES - 1) / STEP_BYTES * STEP_BYTES;

	if (room > MAX_ROOM)
		room = MAX_ROOM;
	if (len > room) {
		memo_forget(m);
		return;
	}
	if (!*m || (*m)->room < len) {
		memo_forget(m);
		*m = mem_new(sizeof(**m) + room);
		(*m)->room = (uint16_t)room;
	}
	(*m)->meaning = *meaning;
	(*m)->len = (uint16_t)len;
	copy_lines(*m, request);
}

void memo_forget(struct identity_memo **m)
{
	mem_free(*m);
	*m = NULL;
}
