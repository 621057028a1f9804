#include "config/credential.h"

#include "base/base64.h"
#include "base/mem.h"
#include "config/reader.h"
#include "config/scalar.h"
#include "config/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Standard Webhooks asks for keys of 24 to 64 bytes. */
enum {
	KEY_MIN_BYTES = 24,
	KEY_MAX_BYTES = 64,
	TOKEN_MIN_BYTES = 16,
	TOKEN_MAX_BYTES = 512,
	FILE_MAX_BYTES = 16384,
	FILE_MAX_KEYS = 8
};

#define KEY_EXPECTED "a key of 24 to 64 bytes in base64, with or without whsec_ before it"

static void keep(struct view *at, const void *bytes, size_t len)
{
	*at = view_make(mem_copy(bytes, len), len);
}

static void wipe(struct view *at)
{
	union {
		const char *read_only;
		void *at;
	} owned = { at->at };

	mem_free_secret(owned.at, at->len);
	*at = VIEW_NONE;
}

static void view_drop(const struct option *o, void *base)
{
	wipe(option_at(o, base));
}

static bool view_is_set(const struct option *o, const void *base)
{
	const struct view *at = option_at_const(o, base);

	return at->at != NULL;
}

static void print_masked(const struct option *o, const void *base, struct text *t)
{
	(void)o;
	(void)base;
	text_puts(t, "\"********\"");
}

/* Silent: the caller knows where the text stood. */
static bool decode_key(struct view text, struct view *ret_key)
{
	uint8_t key[KEY_MAX_BYTES];
	int len;

	if (view_starts(text, VIEW("whsec_")))
		text = view_from(text, 6);
	len = base64_decode(text, key, sizeof(key));
	if (len >= KEY_MIN_BYTES)
		keep(ret_key, key, (size_t)len);
	explicit_bzero(key, sizeof(key));
	return len >= KEY_MIN_BYTES;
}

static bool key_parse(struct reader *r, const struct option *o, struct document_node *n, void *base)
{
	view_drop(o, base);
	if (decode_key(n->text, option_at(o, base)))
		return true;
	reader_complain(r, n, "not " KEY_EXPECTED);
	return false;
}

const struct option_type credential_key = {
	.name = "key",
	.expected = KEY_EXPECTED,
	.parse = key_parse,
	.is_set = view_is_set,
	.print = print_masked,
	.drop = view_drop,
};

static void warn_of_readers(struct reader *r, const struct document_node *n, mode_t mode)
{
	if (mode & S_IROTH)
		reader_warn(r, n, "everybody on this machine can read the file (its mode is %04o)",
			    (unsigned)(mode & 07777));
}

/* Opens a regular file and nothing that could block or act when opened. -1 after complaining. */
static int open_file(struct reader *r, const struct document_node *n, const char *path,
		     bool is_secret)
{
	struct stat st;
	int fd;

	if (stat(path, &st) != 0) {
		reader_complain(r, n, "the file cannot be read: %s", strerror(errno));
		return -1;
	}
	if (!S_ISREG(st.st_mode)) {
		reader_complain(r, n, "not a regular file");
		return -1;
	}
	if (is_secret)
		warn_of_readers(r, n, st.st_mode);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		reader_complain(r, n, "the file cannot be read: %s", strerror(errno));
	return fd;
}

/* The bytes of a small file without the white space at its end. False after complaining. */
static bool read_file(struct reader *r, const struct document_node *n,
		      char ret_bytes[FILE_MAX_BYTES], struct view *ret_text)
{
	char *path = mem_copy(n->text.at, n->text.len);
	int fd = open_file(r, n, path, true);
	ssize_t len;

	mem_free(path);
	if (fd < 0)
		return false;
	len = read(fd, ret_bytes, FILE_MAX_BYTES);
	if (len < 0)
		reader_complain(r, n, "the file cannot be read: %s", strerror(errno));
	else if (len == FILE_MAX_BYTES)
		reader_complain(r, n, "the file is larger than 16 KiB");
	close(fd);
	while (len > 0 && strchr(" \t\r\n", ret_bytes[len - 1]))
		len--;
	*ret_text = view_make(ret_bytes, len > 0 ? (size_t)len : 0);
	return len >= 0 && len < FILE_MAX_BYTES;
}

static struct view without_return(struct view line)
{
	return view_head(line, line.len - view_ends(line, VIEW("\r")));
}

/* A key in each line. */
static bool keep_keys(struct reader *r, const struct option *o, const struct document_node *n,
		      struct view text, void *base)
{
	struct view line, key;

	for (unsigned i = 1; view_split(&text, '\n', &line); i++) {
		if (i > FILE_MAX_KEYS) {
			reader_complain(r, n, "more than %d lines in the file", FILE_MAX_KEYS);
			return false;
		}
		if (!decode_key(view_trim(without_return(line)), &key)) {
			reader_complain(r, n, "line %u of the file is not " KEY_EXPECTED, i);
			return false;
		}
		*(struct view *)option_grow(o, base, 1) = key;
	}
	return true;
}

static bool key_file_parse(struct reader *r, const struct option *o, struct document_node *n,
			   void *base)
{
	char bytes[FILE_MAX_BYTES];
	struct view text;
	bool is_good = read_file(r, n, bytes, &text) && keep_keys(r, o, n, text, base);

	explicit_bzero(bytes, sizeof(bytes));
	return is_good;
}

const struct option_type credential_key_file = {
	.name = "file",
	.expected = "a file's path",
	.parse = key_file_parse,
	.print = print_masked,
};

static void device_file_drop(const struct option *o, void *base)
{
	struct settings_keys *keys = option_second(o, base);

	for (size_t i = 0; i < keys->n; i++)
		wipe(&keys->at[i]);
	MEM_FREE(keys->at);
	keys->n = 0;
	scalar_text_drop(o, base);
}

/* Empty lines are none. */
static bool keep_device_keys(struct reader *r, const struct document_node *n, struct view text,
			     struct settings_keys *keys)
{
	struct view line;

	keys->at = mem_array(SETTINGS_MAX_DEVICE_KEYS, sizeof(*keys->at));
	for (unsigned i = 1; view_split(&text, '\n', &line); i++) {
		line = view_trim(without_return(line));
		if (!line.len)
			continue;
		if (line.len < SETTINGS_MIN_DEVICE_KEY_BYTES) {
			reader_complain(r, n, "line %u of the file has fewer than %d bytes", i,
					SETTINGS_MIN_DEVICE_KEY_BYTES);
			return false;
		}
		if (keys->n == SETTINGS_MAX_DEVICE_KEYS) {
			reader_complain(r, n, "more than %d keys in the file",
					SETTINGS_MAX_DEVICE_KEYS);
			return false;
		}
		keep(&keys->at[keys->n++], line.at, line.len);
	}
	if (!keys->n)
		reader_complain(r, n, "the file holds no key");
	return keys->n > 0;
}

static bool device_file_parse(struct reader *r, const struct option *o, struct document_node *n,
			      void *base)
{
	char bytes[FILE_MAX_BYTES];
	struct view text;
	bool is_good;

	device_file_drop(o, base);
	is_good = scalar_file.parse(r, o, n, base) && read_file(r, n, bytes, &text) &&
		  keep_device_keys(r, n, text, option_second(o, base));
	explicit_bzero(bytes, sizeof(bytes));
	return is_good;
}

const struct option_type credential_device_key_file = {
	.name = "file",
	.expected = "a file's path",
	.parse = device_file_parse,
	.is_set = scalar_text_is_set,
	.print = scalar_text_print,
	.drop = device_file_drop,
};

/* RFC 6750's b64token is a part of this; whatever is visible can stand in a header. */
static bool keep_token(struct reader *r, const struct option *o, const struct document_node *n,
		       struct view token, void *base)
{
	bool is_visible = true;

	for (size_t i = 0; i < token.len; i++)
		is_visible &= token.at[i] > 0x20 && token.at[i] < 0x7f;
	if (!is_visible || token.len < TOKEN_MIN_BYTES || token.len > TOKEN_MAX_BYTES) {
		reader_complain(r, n, "not a token of 16 to 512 visible ASCII characters");
		return false;
	}
	view_drop(o, base);
	keep(option_at(o, base), token.at, token.len);
	return true;
}

static bool token_parse(struct reader *r, const struct option *o, struct document_node *n,
			void *base)
{
	return keep_token(r, o, n, n->text, base);
}

const struct option_type credential_token = {
	.name = "token",
	.expected = "a token of 16 to 512 visible ASCII characters",
	.parse = token_parse,
	.is_set = view_is_set,
	.print = print_masked,
	.drop = view_drop,
};

static bool token_file_parse(struct reader *r, const struct option *o, struct document_node *n,
			     void *base)
{
	char bytes[FILE_MAX_BYTES];
	struct view text;
	bool is_good = read_file(r, n, bytes, &text) && keep_token(r, o, n, text, base);

	explicit_bzero(bytes, sizeof(bytes));
	return is_good;
}

const struct option_type credential_token_file = {
	.name = "file",
	.expected = "a file's path",
	.parse = token_file_parse,
	.print = print_masked,
};

static bool look_at_file(struct reader *r, const struct option *o, struct document_node *n,
			 void *base, bool is_secret)
{
	int fd;

	if (!scalar_file.parse(r, o, n, base))
		return false;
	fd = open_file(r, n, *(char **)option_at(o, base), is_secret);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static bool later_file_parse(struct reader *r, const struct option *o, struct document_node *n,
			     void *base)
{
	return look_at_file(r, o, n, base, true);
}

const struct option_type credential_later_file = {
	.name = "file",
	.expected = "a file's path",
	.parse = later_file_parse,
	.is_set = scalar_text_is_set,
	.print = scalar_text_print,
	.drop = scalar_text_drop,
};

static bool public_file_parse(struct reader *r, const struct option *o, struct document_node *n,
			      void *base)
{
	return look_at_file(r, o, n, base, false);
}

const struct option_type credential_public_file = {
	.name = "file",
	.expected = "a file's path",
	.parse = public_file_parse,
	.is_set = scalar_text_is_set,
	.print = scalar_text_print,
	.drop = scalar_text_drop,
};
