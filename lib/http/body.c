#include "http/body.h"

#include "base/err.h"
#include "http/percent.h"

/* A line's extensions are of no use to us, so few bytes of them are put up with. */
enum { MAX_SIZE_DIGITS = 16, MAX_LINE_BYTES = 1024, MAX_LENGTH_DIGITS = 18 };

/* -- what the head says -- */

struct framing {
	bool has_length, is_chunked;
	uint64_t length;
};

/* RFC 9110 §8.6. Of a client a repeated or list value is refused even when its members agree; lines of an
 * origin that agree are one, as old applications have it (RFC 9112 §6.3). */
static bool read_length(const struct http_head *h, struct framing *f)
{
	size_t from = 0;
	uint64_t length;

	for (const struct http_field *field; (field = head_find(h, HTTP_CONTENT_LENGTH, &from));) {
		if (field->value.len > MAX_LENGTH_DIGITS ||
		    !view_number(field->value, UINT64_MAX, &length))
			return false;
		if (f->has_length && (!h->status || length != f->length))
			return false;
		f->has_length = true;
		f->length = length;
	}
	return true;
}

static bool is_coding_name(struct view v)
{
	for (size_t i = 0; i < v.len; i++)
		if (!((view_lower(v.at[i]) >= 'a' && view_lower(v.at[i]) <= 'z') || v.at[i] == '-'))
			return false;
	return v.len > 0;
}

/* Exactly `chunked`, once: 0; another coding, which we do not know: 501; anything else: 400. */
static int read_codings(const struct http_head *h, struct framing *f)
{
	size_t from = 0;
	bool is_foreign = false;

	for (const struct http_field *field;
	     (field = head_find(h, HTTP_TRANSFER_ENCODING, &from));) {
		struct view rest = field->value, coding;

		while (view_split(&rest, ',', &coding)) {
			coding = view_trim(coding);
			if (!is_coding_name(coding) || f->is_chunked)
				return 400;
			if (view_is_nocase(coding, VIEW("chunked")))
				f->is_chunked = true;
			else
				is_foreign = true;
		}
	}
	return is_foreign ? 501 : 0;
}

static int read_framing(const struct http_head *h, struct framing *f)
{
	int status;

	*f = (struct framing){ 0 };
	if (!read_length(h, f))
		return 400;
	status = read_codings(h, f);
	if (status != 400 && (f->is_chunked || status) && (f->has_length || h->minor == 0))
		return 400;
	return status;
}

int body_plan_request(const struct http_head *h, struct body_plan *ret_plan)
{
	struct framing f;
	int status = read_framing(h, &f);

	if (status)
		return status;
	*ret_plan = (struct body_plan){ BODY_NONE, 0 };
	if (f.is_chunked)
		*ret_plan = (struct body_plan){ BODY_CHUNKED, 0 };
	else if (f.has_length && f.length)
		*ret_plan = (struct body_plan){ BODY_LENGTH, f.length };
	return 0;
}

int body_plan_response(const struct http_head *h, enum http_method method,
		       struct body_plan *ret_plan)
{
	struct framing f;
	bool is_bare = h->status < 200 || h->status == 204;

	if (read_framing(h, &f))
		return ERR_SYNTAX;
	if (is_bare && (f.is_chunked || f.length))
		return ERR_SYNTAX;
	if (is_bare || h->status == 304 || method == HTTP_HEAD)
		*ret_plan = (struct body_plan){ BODY_NONE, 0 };
	else if (f.is_chunked)
		*ret_plan = (struct body_plan){ BODY_CHUNKED, 0 };
	else if (f.has_length)
		*ret_plan = (struct body_plan){ f.length ? BODY_LENGTH : BODY_NONE, f.length };
	else
		*ret_plan = (struct body_plan){ BODY_CLOSE, 0 };
	return 0;
}

/* -- chunked coding -- */

enum {
	SIZE,       /* 1 to 16 hex digits */
	SIZE_BLANK, /* blanks after them or after an extension; only an extension may follow */
	EXTENSION,  /* blanks before its name */
	EXTENSION_NAME,
	EXTENSION_NAME_BLANK,
	EXTENSION_EQUALS, /* blanks before its value */
	EXTENSION_TOKEN,
	EXTENSION_QUOTED,
	EXTENSION_ESCAPE,
	EXTENSION_CLOSED,
	SIZE_LF,
	PAYLOAD,
	PAYLOAD_CR,
	PAYLOAD_LF,
	TRAILER, /* at the start of a line */
	TRAILER_NAME,
	TRAILER_VALUE,
	TRAILER_LF,
	LAST_LF,
	OVER,
	BROKEN,
};

void body_chunks_init(struct body_chunks *c)
{
	*c = (struct body_chunks){ .state = SIZE };
}

static bool is_text(char c)
{
	return c == '\t' || ((uint8_t)c >= 0x20 && c != 0x7f);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Behind the size, and behind each extension. */
static uint8_t after_word(char byte, uint8_t blank)
{
	if (byte == ';')
		return EXTENSION;
	if (is_blank(byte))
		return blank;
	return byte == '\r' ? SIZE_LF : BROKEN;
}

/* Behind blanks nothing but `;` goes on, or `=` where a value may come; the line does not end there. */
static uint8_t after_blank(const struct body_chunks *c, char byte)
{
	if (byte == '=' && c->state == EXTENSION_NAME_BLANK)
		return EXTENSION_EQUALS;
	return byte == '\r' ? BROKEN : after_word(byte, c->state);
}

static uint8_t on_value_start(char byte)
{
	if (byte == '"')
		return EXTENSION_QUOTED;
	if (is_blank(byte))
		return EXTENSION_EQUALS;
	return name_is_token_byte(byte) ? EXTENSION_TOKEN : BROKEN;
}

static uint8_t on_quoted(char byte)
{
	if (byte == '"')
		return EXTENSION_CLOSED;
	if (byte == '\\')
		return EXTENSION_ESCAPE;
	return is_text(byte) ? EXTENSION_QUOTED : BROKEN;
}

/* RFC 9112 §7.1.1. What they say is of no interest; that others would read them in the same way is. */
static uint8_t on_extension(const struct body_chunks *c, char byte)
{
	switch (c->state) {
	case EXTENSION:
		if (is_blank(byte))
			return EXTENSION;
		return name_is_token_byte(byte) ? EXTENSION_NAME : BROKEN;
	case EXTENSION_NAME:
		if (byte == '=')
			return EXTENSION_EQUALS;
		return name_is_token_byte(byte) ? EXTENSION_NAME
						: after_word(byte, EXTENSION_NAME_BLANK);
	case EXTENSION_EQUALS:
		return on_value_start(byte);
	case EXTENSION_TOKEN:
		return name_is_token_byte(byte) ? EXTENSION_TOKEN : after_word(byte, SIZE_BLANK);
	case EXTENSION_QUOTED:
		return on_quoted(byte);
	case EXTENSION_ESCAPE:
		return is_text(byte) ? EXTENSION_QUOTED : BROKEN;
	case EXTENSION_CLOSED:
		return after_word(byte, SIZE_BLANK);
	default: /* SIZE_BLANK, EXTENSION_NAME_BLANK */
		return after_blank(c, byte);
	}
}

static uint8_t on_size(struct body_chunks *c, char byte)
{
	int digit = percent_digit(byte);

	if (digit < 0)
		return c->digits ? after_word(byte, SIZE_BLANK) : BROKEN;
	if (c->digits == MAX_SIZE_DIGITS)
		return BROKEN;
	c->digits++;
	c->left = c->left << 4 | (uint64_t)digit;
	return SIZE;
}

static uint8_t on_line_end(struct body_chunks *c)
{
	c->digits = 0;
	c->line_bytes = 0;
	return c->left ? PAYLOAD : TRAILER;
}

/* A field behind the body that says where bodies end: somebody further on might believe it. */
static bool is_framing_field(const struct body_chunks *c)
{
	struct view name = view_make(c->name, c->name_bytes);

	return view_is_nocase(name, VIEW("Content-Length")) ||
	       view_is_nocase(name, VIEW("Transfer-Encoding"));
}

static uint8_t on_trailer_name(struct body_chunks *c, char byte)
{
	if (byte == ':' && c->name_bytes)
		return is_framing_field(c) ? BROKEN : TRAILER_VALUE;
	if (!name_is_token_byte(byte))
		return BROKEN;
	if (c->name_bytes < sizeof(c->name))
		c->name[c->name_bytes++] = byte;
	return TRAILER_NAME;
}

static uint8_t on_trailer_start(struct body_chunks *c, const struct http_limits *limits, char byte)
{
	if (byte == '\r')
		return LAST_LF;
	if (c->trailer_fields == limits->max_fields)
		return BROKEN;
	c->trailer_fields++;
	c->name_bytes = 0;
	return on_trailer_name(c, byte);
}

static uint8_t on_trailer(struct body_chunks *c, const struct http_limits *limits, char byte)
{
	if (++c->trailer_bytes > limits->max_head_bytes)
		return BROKEN;
	switch (c->state) {
	case TRAILER:
		return on_trailer_start(c, limits, byte);
	case TRAILER_NAME:
		return on_trailer_name(c, byte);
	case TRAILER_VALUE:
		if (byte == '\r')
			return TRAILER_LF;
		return is_text(byte) ? TRAILER_VALUE : BROKEN;
	case TRAILER_LF:
		return byte == '\n' ? TRAILER : BROKEN;
	default: /* LAST_LF */
		return byte == '\n' ? OVER : BROKEN;
	}
}

static uint8_t keep_trailer(struct body_chunks *c, uint8_t next, char byte)
{
	if (c->trailer && next < LAST_LF)
		trailer_put(c->trailer, byte);
	return next;
}

/* Everything but payload goes byte by byte through here. */
static uint8_t on_byte(struct body_chunks *c, const struct http_limits *limits, char byte)
{
	if (c->state < PAYLOAD && ++c->line_bytes > MAX_LINE_BYTES)
		return BROKEN;
	switch (c->state) {
	case SIZE:
		return on_size(c, byte);
	case SIZE_LF:
		return byte == '\n' ? on_line_end(c) : BROKEN;
	case PAYLOAD_CR:
		return byte == '\r' ? PAYLOAD_LF : BROKEN;
	case PAYLOAD_LF:
		return byte == '\n' ? SIZE : BROKEN;
	default:
		if (c->state < SIZE_LF)
			return on_extension(c, byte);
		return keep_trailer(c, on_trailer(c, limits, byte), byte);
	}
}

static struct view take_payload(struct body_chunks *c, struct view *input)
{
	size_t len = input->len < c->left ? input->len : (size_t)c->left;
	struct view run = view_head(*input, len);

	*input = view_from(*input, len);
	c->left -= len;
	if (c->left == 0)
		c->state = PAYLOAD_CR;
	return run;
}

enum body_step body_chunks_next(struct body_chunks *c, const struct http_limits *limits,
				struct view *input, struct view *ret_data)
{
	while (c->state != OVER && c->state != BROKEN) {
		if (input->len == 0)
			return BODY_MORE;
		if (c->state == PAYLOAD) {
			*ret_data = take_payload(c, input);
			return BODY_DATA;
		}
		c->state = on_byte(c, limits, input->at[0]);
		*input = view_from(*input, 1);
	}
	return c->state == OVER ? BODY_END : BODY_BAD;
}

size_t body_chunk_head(uint64_t len, char ret_line[20])
{
	static const char HEX[] = "0123456789abcdef";
	size_t digits = 1, at;

	while (digits < MAX_SIZE_DIGITS && len >> (4 * digits))
		digits++;
	for (at = digits; at > 0; len >>= 4)
		ret_line[--at] = HEX[len & 15];
	ret_line[digits] = '\r';
	ret_line[digits + 1] = '\n';
	return digits + 2;
}
