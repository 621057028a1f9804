#include "http/proxy_protocol.h"

#include "base/err.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <sys/un.h>

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"

enum {
	LINE_MAX_BYTES = 107, /* version 1, with CRLF */
	BLOCK_HEAD_BYTES = 16,
	UNIX_PATH_BYTES = 108,
	TLV_HEAD_BYTES = 3,
	TLV_CRC32C = 0x03,
	CRC_BYTES = 4,
	COMMAND_LOCAL = 0x20,
	COMMAND_PROXY = 0x21,
};

/* The families of version 2: the byte that names them (always with a stream), and what one address takes with its port. */
enum { BLOCK_UNSPEC = 0x00, BLOCK_INET = 0x11, BLOCK_INET6 = 0x21, BLOCK_UNIX = 0x31 };

static const char UNKNOWN_LINE[] = "PROXY UNKNOWN\r\n";

/* --- version 1 --------------------------------------------------------------------------- */

static bool read_port(struct view v, in_port_t *ret_port)
{
	uint64_t port;

	if ((v.len > 1 && v.at[0] == '0') || !view_number(v, UINT16_MAX, &port))
		return false;
	*ret_port = htons((uint16_t)port);
	return true;
}

/* One address without its port. inet_pton takes no zero in front of a number, no blank and no scope. */
static bool read_host(int family, struct view v, void *ret_address)
{
	char host[INET6_ADDRSTRLEN];

	if (!v.len || v.len >= sizeof(host) || memchr(v.at, '\0', v.len))
		return false;
	memcpy(host, v.at, v.len);
	host[v.len] = '\0';
	return inet_pton(family, host, ret_address) == 1;
}

static bool read_end(int family, struct view host, struct view port, struct sockaddr_storage *ret)
{
	struct sockaddr_in *in = (struct sockaddr_in *)ret;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ret;

	ret->ss_family = (sa_family_t)family;
	if (family == AF_INET)
		return read_host(family, host, &in->sin_addr) && read_port(port, &in->sin_port);
	return read_host(family, host, &in6->sin6_addr) && read_port(port, &in6->sin6_port);
}

/* "TCP4 source destination port port": five words with one space between each two. */
static bool read_words(struct view line, struct proxy_protocol *h)
{
	struct view word[5];
	int family;

	for (size_t i = 0; i < 5; i++)
		if (!view_split(&line, ' ', &word[i]))
			return false;
	if (line.at)
		return false;
	family = view_is(word[0], VIEW("TCP4")) ? AF_INET : AF_INET6;
	if (family == AF_INET6 && !view_is(word[0], VIEW("TCP6")))
		return false;
	return read_end(family, word[1], word[3], &h->source) &&
	       read_end(family, word[2], word[4], &h->destination);
}

/* What follows UNKNOWN is to be ignored, up to the end of the line. */
static bool is_unknown(struct view line)
{
	return view_is(line, VIEW("UNKNOWN")) || view_starts(line, VIEW("UNKNOWN "));
}

static int parse_line(struct view bytes, struct proxy_protocol *h)
{
	struct view start = VIEW("PROXY ");
	size_t end = view_find(view_head(bytes, LINE_MAX_BYTES), '\n');
	struct view line;

	if (end == bytes.len && end < LINE_MAX_BYTES)
		return 0;
	if (end >= LINE_MAX_BYTES || bytes.at[end - 1] != '\r')
		return ERR_SYNTAX;
	line = view_from(view_head(bytes, end - 1), start.len);
	h->version = 1;
	if (!is_unknown(line) && !read_words(line, h))
		return ERR_SYNTAX;
	return (int)end + 1;
}

/* --- version 2 --------------------------------------------------------------------------- */

static uint16_t read16(const char *at)
{
	return (uint16_t)((uint8_t)at[0] << 8 | (uint8_t)at[1]);
}

static uint32_t read32(const char *at)
{
	return (uint32_t)read16(at) << 16 | read16(at + 2);
}

/* CRC-32C (RFC 3720 appendix B.4), continued from `crc`. */
static uint32_t crc32c(uint32_t crc, struct view v)
{
	static const uint32_t NIBBLES[16] = {
		0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3,
		0x61c69362, 0x7198540d, 0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
		0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
	};

	for (size_t i = 0; i < v.len; i++) {
		crc ^= (uint8_t)v.at[i];
		crc = crc >> 4 ^ NIBBLES[crc & 15];
		crc = crc >> 4 ^ NIBBLES[crc & 15];
	}
	return crc;
}

/* The sum is over the whole header, with zeros where the sum itself stands. */
static bool crc_fits(struct view header, size_t at)
{
	uint32_t crc = crc32c(UINT32_MAX, view_head(header, at));

	crc = crc32c(crc, VIEW("\0\0\0\0"));
	crc = ~crc32c(crc, view_from(header, at + CRC_BYTES));
	return crc == read32(header.at + at);
}

/* Each TLV lies within the header, from `at` to its end; there is one sum at most. */
static int check_tlvs(struct view header, size_t at)
{
	size_t crc_at = 0;

	while (at < header.len) {
		size_t value = at + TLV_HEAD_BYTES, len;

		if (value > header.len)
			return ERR_SYNTAX;
		len = read16(header.at + at + 1);
		if (len > header.len - value)
			return ERR_SYNTAX;
		if (header.at[at] == TLV_CRC32C) {
			if (len != CRC_BYTES || crc_at)
				return ERR_SYNTAX;
			crc_at = value;
		}
		at = value + len;
	}
	return !crc_at || crc_fits(header, crc_at) ? 0 : ERR_FORGED;
}

static void copy_inet(const char *host, const char *port, struct sockaddr_storage *ret)
{
	struct sockaddr_in *in = (struct sockaddr_in *)ret;

	in->sin_family = AF_INET;
	memcpy(&in->sin_addr, host, 4);
	memcpy(&in->sin_port, port, 2);
}

static void copy_inet6(const char *host, const char *port, struct sockaddr_storage *ret)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ret;

	in6->sin6_family = AF_INET6;
	memcpy(&in6->sin6_addr, host, 16);
	memcpy(&in6->sin6_port, port, 2);
}

static void copy_unix(const char *path, struct sockaddr_storage *ret)
{
	struct sockaddr_un *un = (struct sockaddr_un *)ret;

	_Static_assert(sizeof(un->sun_path) == UNIX_PATH_BYTES, "the protocol's length is Linux's");
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path, path, UNIX_PATH_BYTES);
}

/* Takes the addresses of `family` from `at`, of which `len` bytes are there. Returns how many it took, or ERR_SYNTAX. */
static int read_addresses(uint8_t family, const char *at, size_t len, struct proxy_protocol *h)
{
	switch (family) {
	case BLOCK_UNSPEC:
		return 0;
	case BLOCK_INET:
		if (len < 12)
			return ERR_SYNTAX;
		copy_inet(at, at + 8, &h->source);
		copy_inet(at + 4, at + 10, &h->destination);
		return 12;
	case BLOCK_INET6:
		if (len < 36)
			return ERR_SYNTAX;
		copy_inet6(at, at + 32, &h->source);
		copy_inet6(at + 16, at + 34, &h->destination);
		return 36;
	case BLOCK_UNIX:
		if (len < 2 * UNIX_PATH_BYTES)
			return ERR_SYNTAX;
		copy_unix(at, &h->source);
		copy_unix(at + UNIX_PATH_BYTES, &h->destination);
		return 2 * UNIX_PATH_BYTES;
	default: /* datagrams do not come over a stream, the rest is not defined */
		return ERR_SYNTAX;
	}
}

static int parse_block(struct view bytes, struct proxy_protocol *h)
{
	size_t len;
	uint8_t command;
	int taken, rc;

	if (bytes.len < BLOCK_HEAD_BYTES)
		return 0;
	command = (uint8_t)bytes.at[12];
	if (command != COMMAND_LOCAL && command != COMMAND_PROXY)
		return ERR_SYNTAX;
	len = BLOCK_HEAD_BYTES + read16(bytes.at + 14);
	if (len > PROXY_PROTOCOL_MAX_BYTES)
		return ERR_TOO_LARGE;
	if (bytes.len < len)
		return 0;
	h->version = 2;
	h->is_local = command == COMMAND_LOCAL;
	if (h->is_local) /* whatever follows is to be discarded, the family too */
		return (int)len;
	taken = read_addresses((uint8_t)bytes.at[13], bytes.at + BLOCK_HEAD_BYTES,
			       len - BLOCK_HEAD_BYTES, h);
	if (taken < 0)
		return taken;
	rc = check_tlvs(view_head(bytes, len), BLOCK_HEAD_BYTES + (size_t)taken);
	return rc < 0 ? rc : (int)len;
}

/* Whether `bytes` are the beginning of `start`, or begin with it. */
static bool is_begun(struct view bytes, struct view start)
{
	return view_is(view_head(bytes, start.len), view_head(start, bytes.len));
}

int proxy_protocol_parse(struct view bytes, struct proxy_protocol *ret_header)
{
	struct view line = VIEW("PROXY "), block = VIEW(SIGNATURE);
	struct proxy_protocol h = { 0 };
	int rc = 0;

	if (!is_begun(bytes, line) && !is_begun(bytes, block))
		return ERR_SYNTAX;
	if (view_starts(bytes, line))
		rc = parse_line(bytes, &h);
	else if (view_starts(bytes, block))
		rc = parse_block(bytes, &h);
	if (rc > 0)
		*ret_header = h;
	return rc;
}

/* --- writing ----------------------------------------------------------------------------- */

static const uint8_t MAPPED[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

/* An address and its port as bytes in network order; `family` is one of the BLOCK_ numbers. */
struct end {
	uint8_t family;
	uint8_t host[16];
	uint8_t port[2];
	const char *path; /* BLOCK_UNIX */
};

static struct end end_of(const struct sockaddr_storage *address)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)address;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)address;
	struct end e = { .family = BLOCK_UNSPEC };

	if (address->ss_family == AF_INET) {
		e.family = BLOCK_INET;
		memcpy(e.host, &in->sin_addr, 4);
		memcpy(e.port, &in->sin_port, 2);
	} else if (address->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
		e.family = BLOCK_INET;
		memcpy(e.host, in6->sin6_addr.s6_addr + sizeof(MAPPED), 4);
		memcpy(e.port, &in6->sin6_port, 2);
	} else if (address->ss_family == AF_INET6) {
		e.family = BLOCK_INET6;
		memcpy(e.host, &in6->sin6_addr, 16);
		memcpy(e.port, &in6->sin6_port, 2);
	} else if (address->ss_family == AF_UNIX) {
		e.family = BLOCK_UNIX;
		e.path = ((const struct sockaddr_un *)address)->sun_path;
	}
	return e;
}

static void widen(struct end *e)
{
	if (e->family != BLOCK_INET)
		return;
	memcpy(e->host + sizeof(MAPPED), e->host, 4);
	memcpy(e->host, MAPPED, sizeof(MAPPED));
	e->family = BLOCK_INET6;
}

static bool is_internet(const struct end *e)
{
	return e->family == BLOCK_INET || e->family == BLOCK_INET6;
}

/* Both ends in one family, or in none. */
static void agree(struct end *a, struct end *b)
{
	if (a->family == b->family)
		return;
	if (is_internet(a) && is_internet(b)) {
		widen(a);
		widen(b);
	} else {
		a->family = b->family = BLOCK_UNSPEC;
	}
}

static void write_line(const struct end *source, const struct end *destination, struct text *t)
{
	int family = source->family == BLOCK_INET ? AF_INET : AF_INET6;
	char from[INET6_ADDRSTRLEN], to[INET6_ADDRSTRLEN];

	if (!is_internet(source)) {
		text_puts(t, UNKNOWN_LINE);
		return;
	}
	inet_ntop(family, source->host, from, sizeof(from));
	inet_ntop(family, destination->host, to, sizeof(to));
	text_printf(t, "PROXY %s %s %s %u %u\r\n", family == AF_INET ? "TCP4" : "TCP6", from, to,
		    (unsigned)(source->port[0] << 8 | source->port[1]),
		    (unsigned)(destination->port[0] << 8 | destination->port[1]));
}

static void write_block_head(uint8_t command, uint8_t family, size_t len, struct text *t)
{
	text_put(t, VIEW(SIGNATURE));
	text_putc(t, (char)command);
	text_putc(t, (char)family);
	text_putc(t, (char)(len >> 8));
	text_putc(t, (char)(len & 0xff));
}

static void write_block(const struct end *source, const struct end *destination, struct text *t)
{
	size_t host = source->family == BLOCK_INET ? 4 : 16;

	switch (source->family) {
	case BLOCK_UNIX:
		write_block_head(COMMAND_PROXY, BLOCK_UNIX, 2 * (size_t)UNIX_PATH_BYTES, t);
		text_put(t, view_make(source->path, UNIX_PATH_BYTES));
		text_put(t, view_make(destination->path, UNIX_PATH_BYTES));
		return;
	case BLOCK_UNSPEC:
		write_block_head(COMMAND_PROXY, BLOCK_UNSPEC, 0, t);
		return;
	default:
		write_block_head(COMMAND_PROXY, source->family, 2 * (host + 2), t);
		text_put(t, view_make(source->host, host));
		text_put(t, view_make(destination->host, host));
		text_put(t, view_make(source->port, 2));
		text_put(t, view_make(destination->port, 2));
	}
}

void proxy_protocol_write(unsigned version, const struct sockaddr_storage *source,
			  const struct sockaddr_storage *destination, struct text *t)
{
	struct end from, to;

	assert(version == 1 || version == 2);
	if (!source || !destination) {
		if (version == 1)
			text_puts(t, UNKNOWN_LINE);
		else
			write_block_head(COMMAND_LOCAL, BLOCK_UNSPEC, 0, t);
		return;
	}
	from = end_of(source);
	to = end_of(destination);
	agree(&from, &to);
	if (version == 1)
		write_line(&from, &to, t);
	else
		write_block(&from, &to, t);
}
