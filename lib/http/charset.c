#include "http/charset.h"

#include "http/param.h"

#define WORD VIEW("charset")

/* A star stands for digits. */
static const char *const PLAIN[] = {
	"",          "utf-8",      "utf8",      "us-ascii",     "ascii",   "iso-8859-*",
	"iso8859-*", "iso_8859-*", "latin*",    "windows-125*", "cp125*",  "koi8-r",
	"koi8-u",    "shift_jis",  "shift-jis", "sjis",         "euc-jp",  "euc-kr",
	"gb2312",    "gbk",        "gb18030",   "big5",         "tis-620",
};

enum { MAX_BYTES = 16 };

static bool is_digits(struct view v)
{
	uint64_t number;

	return v.len <= 2 && view_number(v, 99, &number);
}

static bool fits(struct view charset, struct view plain)
{
	if (!view_ends(plain, VIEW("*")))
		return view_is_nocase(charset, plain);
	plain.len--;
	return view_starts_nocase(charset, plain) && is_digits(view_from(charset, plain.len));
}

static bool is_plain(struct view charset)
{
	for (size_t i = 0; i < sizeof(PLAIN) / sizeof(PLAIN[0]); i++)
		if (fits(charset, view_of(PLAIN[i])))
			return true;
	return false;
}

/* Some look for the word wherever it stands, and not for parameters. */
static size_t count_words(struct view v)
{
	size_t n = 0;

	for (; v.len; v = view_from(v, 1))
		n += view_starts_nocase(v, WORD);
	return n;
}

bool charset_is_foreign(struct view content_type)
{
	struct view rest = view_from(content_type, view_find(content_type, ';')), name, raw;
	size_t n_plain = 0;
	char room[MAX_BYTES + 1];

	while (param_next(&rest, &name, &raw))
		if (view_is_nocase(name, WORD) && raw.at &&
		    is_plain(param_unquote(raw, room, sizeof(room))))
			n_plain++;
	return n_plain != count_words(content_type);
}
