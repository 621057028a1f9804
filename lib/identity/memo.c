#include "identity/memo.h"

#include "base/mem.h"

/* A browser has two of them while it changes from one scheme to the other. */
enum { DEVICES = 2 };

struct known_device {
	uint64_t rules_id;
	struct memo_device device;
	uint8_t len; /* 0: none */
	char value[DEVICE_COOKIE_MAX_BYTES];
};

struct identity_memo {
	struct memo_meaning meaning;
	struct known_device devices[DEVICES];
	uint8_t next_device; /* to be replaced */
	bool fits;           /* there is room for the lines that are being read */
	bool has_lines;
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

	if (!m || !m->has_lines || m->meaning.rules_id != rules_id || m->meaning.https != https)
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

/* What is known of devices stays. */
static void grow(struct identity_memo **m, size_t room)
{
	bool is_new = !*m;

	if (!is_new && (*m)->room >= room)
		return;
	*m = mem_resize(*m, sizeof(**m) + room);
	if (is_new)
		memset(*m, 0, sizeof(**m));
	(*m)->room = (uint16_t)room;
}

void memo_make_room(struct identity_memo **m, const struct http_head *request)
{
	size_t len = measure(request);
	size_t room = (len + STEP_BYTES - 1) / STEP_BYTES * STEP_BYTES;

	if (room > MAX_ROOM)
		room = MAX_ROOM;
	grow(m, len <= room ? room : 0);
	(*m)->has_lines = false;
	(*m)->fits = len <= room;
	(*m)->len = (uint16_t)(len <= room ? len : 0);
}

void memo_keep(struct identity_memo *m, const struct http_head *request,
	       const struct memo_meaning *meaning)
{
	if (!m->fits)
		return;
	m->meaning = *meaning;
	m->has_lines = true;
	copy_lines(m, request);
}

const struct memo_device *memo_find_device(const struct identity_memo *m, uint64_t rules_id,
					   struct view value)
{
	for (unsigned i = 0; m && i < DEVICES; i++) {
		const struct known_device *known = &m->devices[i];

		if (known->len && known->rules_id == rules_id &&
		    hmac_equal(known->value, known->len, value.at, value.len))
			return &known->device;
	}
	return NULL;
}

void memo_keep_device(struct identity_memo *m, uint64_t rules_id, struct view value,
		      const struct memo_device *device)
{
	struct known_device *known = &m->devices[m->next_device];

	if (!value.len || value.len > DEVICE_COOKIE_MAX_BYTES)
		return;
	m->next_device = (uint8_t)((m->next_device + 1) % DEVICES);
	*known = (struct known_device){ .rules_id = rules_id,
					.device = *device,
					.len = (uint8_t)value.len };
	memcpy(known->value, value.at, value.len);
}

void memo_forget(struct identity_memo **m)
{
	mem_free(*m);
	*m = NULL;
}
