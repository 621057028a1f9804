#include "parrot.h"

#include "base/base64.h"
#include "base/sha1.h"

#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
	FIN = 0x80,
	RSV1 = 0x40,
	RSV23 = 0x30,
	OPCODE = 0x0f,
	MASKED = 0x80,
	LENGTH = 0x7f,
	CONTINUATION = 0,
	TEXT = 1,
	CLOSE = 8,
	PING = 9,
	PONG = 10,
	MAX_CONTROL_BYTES = 125,
	MAX_MESSAGE_BYTES = 64 << 20,
	NORMAL = 1000,
	PROTOCOL_ERROR = 1002,
	NO_STATUS = 1005,
	BAD_PAYLOAD = 1007,
	TOO_BIG = 1009,
	GONE = -1,
};

struct parrot {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned talking;
	char *heard;
	size_t len, room;
};

struct parrot *parrot_create(void)
{
	struct parrot *p = calloc(1, sizeof(*p));

	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->changed, NULL);
	return p;
}

void parrot_destroy(struct parrot **p)
{
	free((*p)->heard);
	free(*p);
	*p = NULL;
}

static void keep(struct parrot *p, const char *at, size_t n)
{
	pthread_mutex_lock(&p->lock);
	while (p->room - p->len < n) {
		p->room = p->room ? 2 * p->room : 65536;
		p->heard = realloc(p->heard, p->room);
	}
	memcpy(p->heard + p->len, at, n);
	p->len += n;
	pthread_mutex_unlock(&p->lock);
}

static void note(struct parrot *p, int more)
{
	pthread_mutex_lock(&p->lock);
	p->talking += (unsigned)more;
	pthread_cond_broadcast(&p->changed);
	pthread_mutex_unlock(&p->lock);
}

char *parrot_heard(struct parrot *p, size_t *ret_len)
{
	char *heard;

	pthread_mutex_lock(&p->lock);
	while (p->talking)
		pthread_cond_wait(&p->changed, &p->lock);
	heard = p->heard;
	*ret_len = p->len;
	p->heard = NULL;
	p->len = p->room = 0;
	pthread_mutex_unlock(&p->lock);
	return heard;
}

/* The wire */

struct talk {
	struct parrot *parrot;
	int fd;
	bool deflate;
	char in[65536];
	size_t start, end;
	char *message;
	size_t len, room;
	unsigned kind; /* first byte of the message that is under way, without FIN; 0: none is */
	unsigned missing, low, high; /* UTF-8: bytes, and what the next one may be */
};

static bool hear_more(struct talk *t)
{
	ssize_t n = recv(t->fd, t->in, sizeof(t->in), 0);

	if (n <= 0)
		return false;
	keep(t->parrot, t->in, (size_t)n);
	t->start = 0;
	t->end = (size_t)n;
	return true;
}

static bool hear(struct talk *t, void *ret_bytes, size_t len)
{
	for (char *at = ret_bytes; len;) {
		size_t n = t->end - t->start < len ? t->end - t->start : len;

		if (!n && !hear_more(t))
			return false;
		memcpy(at, t->in + t->start, n);
		t->start += n;
		at += n;
		len -= n;
	}
	return true;
}

static void say(struct talk *t, unsigned first, const char *payload, size_t len)
{
	unsigned char head[10] = { (unsigned char)first };
	size_t bytes = len > 65535 ? 8 : len > 125 ? 2 : 0;

	head[1] = (unsigned char)(bytes == 8 ? 127 : bytes ? 126 : len);
	for (size_t i = 0; i < bytes; i++)
		head[2 + i] = (unsigned char)((uint64_t)len >> 8 * (bytes - 1 - i));
	wirework_send(t->fd, head, 2 + bytes);
	wirework_send(t->fd, payload, len);
}

/* Frames: functions return 0, a code to fail with, or GONE */

struct frame {
	unsigned first, opcode;
	uint64_t len;
	unsigned char mask[4];
};

/* The fewest bytes must be used (§5.2). */
static int read_length(struct talk *t, struct frame *f, unsigned bytes)
{
	unsigned char at[8];

	f->len = 0;
	if (!hear(t, at, bytes))
		return GONE;
	for (unsigned i = 0; i < bytes; i++)
		f->len = f->len << 8 | at[i];
	return f->len > (bytes == 2 ? 125u : 65535u) && !(f->len >> 63) ? 0 : PROTOCOL_ERROR;
}

static int read_head(struct talk *t, struct frame *f)
{
	unsigned char head[2];
	int err = 0;

	if (!hear(t, head, 2))
		return GONE;
	f->first = head[0];
	f->opcode = head[0] & OPCODE;
	f->len = head[1] & LENGTH;
	if (f->len > MAX_CONTROL_BYTES && !(f->opcode & CLOSE))
		err = read_length(t, f, f->len == 126 ? 2 : 8);
	if (err)
		return err;
	if (!(head[1] & MASKED))
		return PROTOCOL_ERROR;
	return hear(t, f->mask, 4) ? 0 : GONE;
}

static bool is_data(const struct frame *f)
{
	return !(f->opcode & CLOSE);
}

static bool is_in_place(const struct talk *t, const struct frame *f)
{
	bool compressed = f->first & RSV1;

	if (f->first & RSV23)
		return false;
	if (!is_data(f))
		return f->opcode <= PONG && f->first & FIN && f->len <= MAX_CONTROL_BYTES &&
		       !compressed;
	if (f->opcode == CONTINUATION)
		return t->kind && !compressed;
	return f->opcode <= 2 && !t->kind && (!compressed || t->deflate);
}

static bool read_payload(struct talk *t, const struct frame *f, char *ret_payload)
{
	if (!hear(t, ret_payload, f->len))
		return false;
	for (uint64_t i = 0; i < f->len; i++)
		ret_payload[i] = (char)(ret_payload[i] ^ f->mask[i % 4]);
	return true;
}

/* What may follow the first byte of a character (RFC 3629 §4). */
static bool begin_character(struct talk *t, unsigned c)
{
	t->low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
	t->high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
	t->missing = c < 0x80 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
	return c < 0x80 || (c >= 0xc2 && c <= 0xf4);
}

static bool is_text(struct talk *t, const char *at, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned c = (unsigned char)at[i];

		if (!t->missing) {
			if (!begin_character(t, c))
				return false;
			continue;
		}
		if (c < t->low || c > t->high)
			return false;
		t->low = 0x80;
		t->high = 0xbf;
		t->missing--;
	}
	return true;
}

static int take_data(struct talk *t, const struct frame *f)
{
	char *payload;

	if (f->len + t->len > MAX_MESSAGE_BYTES)
		return TOO_BIG;
	if (f->opcode != CONTINUATION) {
		t->kind = f->first & ~(unsigned)FIN;
		t->missing = 0;
	}
	if (t->room < t->len + f->len) {
		t->room = 2 * (t->len + (size_t)f->len);
		t->message = realloc(t->message, t->room);
	}
	payload = t->message + t->len;
	if (f->len && !read_payload(t, f, payload))
		return GONE;
	t->len += f->len;
	if (t->kind == TEXT && (!is_text(t, payload, f->len) || (f->first & FIN && t->missing)))
		return BAD_PAYLOAD;
	if (!(f->first & FIN))
		return 0;
	say(t, FIN | t->kind, t->message, t->len);
	t->kind = 0;
	t->len = 0;
	return 0;
}

static bool is_code(unsigned code)
{
	return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1011) ||
	       (code >= 3000 && code <= 4999);
}

/* Returns what to say back. */
static int take_close(struct talk *t, const char *payload, size_t len)
{
	unsigned code;

	if (!len)
		return NO_STATUS;
	code = (unsigned)(unsigned char)payload[0] << 8 | (unsigned char)payload[1];
	if (len == 1 || !is_code(code))
		return PROTOCOL_ERROR;
	t->missing = 0;
	return is_text(t, payload + 2, len - 2) && !t->missing ? (int)code : BAD_PAYLOAD;
}

static int take_control(struct talk *t, const struct frame *f)
{
	unsigned missing = t->missing, low = t->low, high = t->high;
	char payload[MAX_CONTROL_BYTES];

	if (!read_payload(t, f, payload))
		return GONE;
	if (f->opcode == PING)
		say(t, FIN | PONG, payload, f->len);
	if (f->opcode == CLOSE)
		return take_close(t, payload, f->len);
	t->missing = missing;
	t->low = low;
	t->high = high;
	return 0;
}

static int take_frame(struct talk *t)
{
	struct frame f;
	int err = read_head(t, &f);

	if (err)
		return err;
	if (!is_in_place(t, &f))
		return PROTOCOL_ERROR;
	return is_data(&f) ? take_data(t, &f) : take_control(t, &f);
}

static void talk(struct talk *t)
{
	int code = 0;

	while (!code)
		code = take_frame(t);
	if (code != GONE)
		say(t, FIN | CLOSE, (const char[]){ (char)(code >> 8), (char)code },
		    code == NO_STATUS ? 0 : 2);
	shutdown(t->fd, SHUT_WR);
	while (hear_more(t))
		;
	free(t->message);
}

/* The handshake */

static bool grant(struct origin_call *call, const char *key)
{
	const char *offer = message_field(call->request, "Sec-WebSocket-Extensions", 0);
	bool deflate = offer && strstr(offer, "permessage-deflate");
	const char *protocols = message_field(call->request, "Sec-WebSocket-Protocol", 0);
	struct view parts[] = { view_of(key), VIEW("258EAFA5-E914-47DA-95CA-C5AB0DC85B11") };
	uint8_t digest[SHA1_BYTES];
	char accept[BASE64_ROOM(SHA1_BYTES)], head[1024];
	int len;

	sha1_digest(parts, 2, digest);
	base64_encode(digest, sizeof(digest), accept);
	len = snprintf(head, sizeof(head),
		       "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
		       "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n%s%s%.*s%s\r\n",
		       accept,
		       deflate ? "Sec-WebSocket-Extensions: permessage-deflate; "
				 "server_no_context_takeover; client_no_context_takeover\r\n"
			       : "",
		       protocols ? "Sec-WebSocket-Protocol: " : "",
		       protocols ? (int)strcspn(protocols, ", ") : 0, protocols ? protocols : "",
		       protocols ? "\r\n" : "");
	wirework_send(call->fd, head, (size_t)len);
	return deflate;
}

bool parrot_script(struct origin_call *call)
{
	const char *version = message_field(call->request, "Sec-WebSocket-Version", 0);
	bool is_ours = version && strcmp(version, "13") == 0;
	const char *key = message_field(call->request, "Sec-WebSocket-Key", 0);
	char copy[64] = "";
	struct talk *t;

	if (key)
		snprintf(copy, sizeof(copy), "%s", key);
	if (!key || !is_ours || !message_field(call->request, "Upgrade", 0))
		return origin_answer(call, 426, "Sec-WebSocket-Version: 13\r\n", "speak RFC 6455");
	t = calloc(1, sizeof(*t));
	t->parrot = call->ctx;
	t->fd = call->fd;
	note(t->parrot, 1);
	t->deflate = grant(call, copy);
	talk(t);
	note(t->parrot, -1);
	free(t);
	return false;
}
