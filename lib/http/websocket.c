#include "http/websocket.h"

#include "base/base64.h"
#include "base/sha1.h"
#include "http/hop.h"

enum {
	KEY_BYTES = 24,    /* 16 random ones in base64 */
	ACCEPT_BYTES = 28, /* a SHA-1 in base64 */
	VERSION_BYTES = 3,
};

static const struct view key_field = VIEW("Sec-WebSocket-Key");
static const struct view accept_field = VIEW("Sec-WebSocket-Accept");

/* The value of a field that comes exactly once; VIEW_NONE otherwise. */
static struct view only(const struct http_head *h, struct view name)
{
	size_t from = 0;
	const struct http_field *f = head_find_text(h, name, &from);

	return f && !head_find_text(h, name, &from) ? f->value : VIEW_NONE;
}

static bool is_base64(struct view v, size_t len, size_t padding)
{
	if (v.len != len)
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = view_lower(v.at[i]);
		bool digit =
			(c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';

		if (i < len - padding ? !digit : c != '=')
			return false;
	}
	return true;
}

static bool is_version(struct view v)
{
	for (size_t i = 0; i < v.len; i++)
		if (v.at[i] < '0' || v.at[i] > '9')
			return false;
	return v.len && v.len <= VERSION_BYTES;
}

static bool has_body(const struct http_head *h)
{
	return head_find(h, HTTP_CONTENT_LENGTH, NULL) ||
	       head_find(h, HTTP_TRANSFER_ENCODING, NULL);
}

bool websocket_is_asked(const struct http_head *request)
{
	return head_find(request, HTTP_UPGRADE, NULL) && request->method_id == HTTP_GET &&
	       request->minor == 1 && !has_body(request) &&
	       hop_has_token(request, HTTP_UPGRADE, VIEW("websocket")) &&
	       hop_has_token(request, HTTP_CONNECTION, VIEW("upgrade")) &&
	       is_base64(only(request, key_field), KEY_BYTES, 2) &&
	       is_version(only(request, VIEW("Sec-WebSocket-Version")));
}

/* One field with one protocol. */
static bool is_narrow(const struct http_head *h)
{
	size_t from = 0;
	const struct http_field *f = head_find(h, HTTP_UPGRADE, &from);

	return f && view_is_nocase(f->value, VIEW("websocket")) &&
	       !head_find(h, HTTP_UPGRADE, &from);
}

bool websocket_narrow(struct http_head *request, struct arena *arena)
{
	head_drop(request, HTTP_TE);
	return is_narrow(request) || head_set(request, arena, HTTP_UPGRADE, VIEW("websocket"));
}

bool websocket_is_granted(const struct http_head *response)
{
	return response->status == 101 && response->minor == 1 && is_narrow(response) &&
	       hop_has_token(response, HTTP_CONNECTION, VIEW("upgrade")) &&
	       is_base64(only(response, accept_field), ACCEPT_BYTES, 1);
}

bool websocket_answers(const struct http_head *response, const struct http_head *request)
{
	const struct view parts[] = { only(request, key_field),
				      VIEW("258EAFA5-E914-47DA-95CA-C5AB0DC85B11") };
	uint8_t digest[SHA1_BYTES];
	char accept[BASE64_ROOM(SHA1_BYTES)];

	sha1_digest(parts, 2, digest);
	base64_encode(digest, sizeof(digest), accept);
	return view_is(only(response, accept_field), view_of(accept));
}
