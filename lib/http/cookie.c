#include "http/cookie.h"

#include "http/blank.h"
#include "http/percent.h"

#include <assert.h>

/* -- Cookie -- */

static void read_pair(struct view text, struct cookie_pair *pair)
{
	size_t equals = view_find(text, '=');

	pair->name = view_trim(view_head(text, equals < text.len ? equals : 0));
	pair->value = view_trim(view_from(text, equals < text.len ? equals + 1 : 0));
}

bool cookie_next(const struct http_head *h, struct cookie_cursor *cursor,
		 struct cookie_pair *ret_pair)
{
	const struct http_field *f;
	size_t from = cursor->field;

	while ((f = head_find(h, HTTP_COOKIE, &from))) {
		size_t index = (size_t)(f - h->fields);

		if (index != cursor->field)
			*cursor = (struct cookie_cursor){ index, 0 };
		while (cursor->offset < f->value.len) {
			struct view rest = view_from(f->value, cursor->offset);
			size_t len = view_find(rest, ';');
			struct cookie_pair pair = { .field = index, .start = cursor->offset };

			pair.end = cursor->offset += len + (len < rest.len);
			if (!view_trim(view_head(rest, len)).len)
				continue;
			read_pair(view_head(rest, len), &pair);
			*ret_pair = pair;
			return true;
		}
	}
	return false;
}

/* A line being rewritten: nothing is copied before the first pair that changes. */
struct rewrite {
	char *at;
	size_t len;
	size_t done;   /* how far the old line was dealt with */
	bool has_lost; /* a whole pair */
};

static void copy_until(struct rewrite *w, struct view line, size_t end)
{
	memcpy(w->at + w->len, line.at + w->done, end - w->done);
	w->len += end - w->done;
	w->done = end;
}

static void end_line(struct rewrite *w, struct http_field *f)
{
	struct view left;

	if (!w->at)
		return;
	copy_until(w, f->value, f->value.len);
	left = view_make(w->at, w->len);
	if (w->has_lost)
		left = view_trim(left);
	while (w->has_lost && left.len && left.at[left.len - 1] == ';')
		left = view_trim(view_head(left, left.len - 1));
	f->value = left;
	f->dropped = left.len == 0;
	*w = (struct rewrite){ 0 };
}

/* False when the arena is full. */
static bool change_pair(struct rewrite *w, struct view line, const struct cookie_pair *pair,
			bool goes, struct view value, struct arena *arena)
{
	size_t start = (size_t)(pair->value.at - line.at);

	if (!w->at)
		w->at = arena_alloc(arena, line.len);
	if (!w->at)
		return false;
	if (goes) {
		copy_until(w, line, pair->start);
		w->done = pair->end;
		w->has_lost = true;
		return true;
	}
	assert(value.len <= pair->value.len);
	copy_until(w, line, start);
	memcpy(w->at + w->len, value.at, value.len);
	w->len += value.len;
	w->done = start + pair->value.len;
	return true;
}

bool cookie_edit(struct http_head *h, struct arena *arena,
		 enum cookie_fate (*judge)(void *ctx, const struct cookie_pair *pair,
					   struct view *ret_value),
		 void *ctx)
{
	struct cookie_cursor cursor = { 0 };
	struct cookie_pair pair;
	struct rewrite w = { 0 };
	struct http_field *line = NULL;

	while (cookie_next(h, &cursor, &pair)) {
		struct view value = VIEW_NONE;
		enum cookie_fate fate;

		if (line && line != &h->fields[pair.field])
			end_line(&w, line);
		line = &h->fields[pair.field];
		fate = judge(ctx, &pair, &value);
		if (fate != COOKIE_STAYS &&
		    !change_pair(&w, line->value, &pair, fate == COOKIE_GOES, value, arena))
			return false;
	}
	if (line)
		end_line(&w, line);
	return true;
}

struct removal {
	bool (*drop)(void *ctx, const struct cookie_pair *pair);
	void *ctx;
};

static enum cookie_fate judge_removal(void *ctx, const struct cookie_pair *pair,
				      struct view *ret_value)
{
	const struct removal *removal = ctx;

	(void)ret_value;
	return removal->drop(removal->ctx, pair) ? COOKIE_GOES : COOKIE_STAYS;
}

bool cookie_remove(struct http_head *h, struct arena *arena,
		   bool (*drop)(void *ctx, const struct cookie_pair *pair), void *ctx)
{
	struct removal removal = { drop, ctx };

	return cookie_edit(h, arena, judge_removal, &removal);
}

/* -- one value, one spelling -- */

static bool is_octal(struct view v)
{
	return v.len >= 3 && v.at[0] >= '0' && v.at[0] <= '3' && v.at[1] >= '0' && v.at[1] <= '7' &&
	       v.at[2] >= '0' && v.at[2] <= '7';
}

/* As percent_take, and `%u0061` as CGI.pm and ASP have it, where it is ASCII. */
static char take_escaped(struct view *rest)
{
	bool is_bad = false;
	struct view hex;

	if (rest->len < 6 || rest->at[0] != '%' || view_lower(rest->at[1]) != 'u' ||
	    rest->at[2] != '0' || rest->at[3] != '0' || percent_digit(rest->at[4]) < 0 ||
	    percent_digit(rest->at[4]) > 7 || percent_digit(rest->at[5]) < 0)
		return percent_take(rest, &is_bad);
	hex = view_make(rest->at + 4, 2);
	*rest = view_from(*rest, 6);
	return (char)(percent_digit(hex.at[0]) << 4 | percent_digit(hex.at[1]));
}

/* Takes one character of a quoted string, its escape resolved. */
static char take_quoted(struct view *rest)
{
	char c = rest->at[0];

	*rest = view_from(*rest, 1);
	if (c != '\\' || !rest->len)
		return c;
	if (is_octal(*rest)) {
		c = (char)((rest->at[0] - '0') << 6 | (rest->at[1] - '0') << 3 |
			   (rest->at[2] - '0'));
		*rest = view_from(*rest, 3);
		return c;
	}
	c = rest->at[0];
	*rest = view_from(*rest, 1);
	return c;
}

struct view cookie_canonical(struct view value, struct arena *arena)
{
	bool quoted = value.len >= 2 && value.at[0] == '"' && value.at[value.len - 1] == '"';
	struct view rest = quoted ? view_make(value.at + 1, value.len - 2) : value;
	size_t len = 0;
	char *at;

	if (view_find(rest, '%') == rest.len && (!quoted || view_find(rest, '\\') == rest.len))
		return rest;
	at = arena_alloc(arena, rest.len);
	if (!at)
		return VIEW_NONE;
	while (quoted && rest.len)
		at[len++] = take_quoted(&rest);
	if (quoted)
		rest = view_make(at, len);
	for (len = 0; rest.len;)
		at[len++] = take_escaped(&rest);
	return view_make(at, len);
}

/* -- values that end early -- */

static bool ends_value(char c)
{
	return c == ' ' || c == '\t' || c == ',' || c == '"' || c == '\\' || c == '&';
}

/* Behind a quote in front: a quoted string and more, or one that does not end. */
static struct view cut_quoted(struct view value)
{
	size_t end = 1 + view_find(view_from(value, 1), '"');

	if (end + 1 == value.len || value.len < 2)
		return VIEW_NONE;
	return end < value.len ? view_make(value.at + 1, end - 1)
			       : view_make(value.at + 1, value.len - 2);
}

struct view cookie_cut(struct view value)
{
	size_t end = 0;

	if (value.len && value.at[0] == '"')
		return cut_quoted(value);
	while (end < value.len && !ends_value(value.at[end]))
		end++;
	return end < value.len ? view_head(value, end) : VIEW_NONE;
}

/* -- names that mean another -- */

static char name_byte(char c)
{
	return c == '.' || c == ' ' || c == '+' || c == '[' || c == '\t' ? '_' : view_lower(c);
}

/* Some readers leave blanks before a name out, encoded ones too. */
static bool is_blank(struct view text)
{
	char c = take_escaped(&text);

	return c == ' ' || c == '\t' || c == '+';
}

/* Does this name read as `name` to somebody? */
static bool reads_as(struct view text, struct view name, bool is_prefix)
{
	char next;

	text = blank_trim(text);
	while (text.len && is_blank(text))
		take_escaped(&text);
	for (size_t i = 0; i < name.len; i++)
		if (!text.len || name_byte(take_escaped(&text)) != name_byte(name.at[i]))
			return false;
	text = blank_trim(text);
	if (is_prefix || !text.len)
		return true;
	next = take_escaped(&text);
	return next == '[' || next == '\0';
}

static bool is_separator(char c)
{
	return c == ',' || c == ' ' || c == '\t' || c == '"';
}

/* What stands behind the last place where some reader begins another cookie. */
static struct view last_word(struct view v)
{
	size_t start = v.len;

	while (start > 0 && !is_separator(v.at[start - 1]))
		start--;
	return view_from(v, start);
}

/* Does name=value stand in this pair's value, where some reader begins another cookie? */
static bool hides(const struct cookie_pair *pair, struct view name, bool is_prefix)
{
	struct view value = pair->value;
	bool may_begin = pair->name.len == 0;
	size_t equals;

	while ((equals = view_find(value, '=')) < value.len) {
		struct view before = view_trim(view_head(value, equals)), word = last_word(before);

		if ((word.len < before.len || may_begin) && reads_as(word, name, is_prefix))
			return true;
		value = view_from(value, equals + 1);
		may_begin = false;
	}
	return false;
}

bool cookie_could_be(const struct cookie_pair *pair, struct view name, bool is_prefix)
{
	bool is_so_named = is_prefix ? view_starts(pair->name, name) : view_is(pair->name, name);
	struct view word = last_word(pair->name);

	if (!is_so_named && pair->name.len && reads_as(pair->name, name, is_prefix))
		return true;
	if (word.len < pair->name.len && reads_as(word, name, is_prefix))
		return true;
	return hides(pair, name, is_prefix);
}

/* -- dates (RFC 6265 §5.1.1) -- */

struct date {
	int hour, minute, second, day, month, year; /* -1: not found yet */
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_date_delimiter(char c)
{
	uint8_t u = (uint8_t)c;

	return u == 0x09 || (u >= 0x20 && u <= 0x2f) || (u >= 0x3b && u <= 0x40) ||
	       (u >= 0x5b && u <= 0x60) || (u >= 0x7b && u <= 0x7e);
}

/* Takes a number of `least` to `most` digits off the front; what follows it is no digit. */
static bool take_number(struct view *rest, size_t least, size_t most, int *ret_number)
{
	size_t len = 0;
	int number = 0;

	for (; len < rest->len && len < most && is_digit(rest->at[len]); len++)
		number = number * 10 + (rest->at[len] - '0');
	if (len < least || (len < rest->len && is_digit(rest->at[len])))
		return false;
	*rest = view_from(*rest, len);
	*ret_number = number;
	return true;
}

static bool take_colon(struct view *rest)
{
	if (!rest->len || rest->at[0] != ':')
		return false;
	*rest = view_from(*rest, 1);
	return true;
}

static bool read_time(struct view token, struct date *d)
{
	int hour, minute, second;

	if (!take_number(&token, 1, 2, &hour) || !take_colon(&token) ||
	    !take_number(&token, 1, 2, &minute) || !take_colon(&token) ||
	    !take_number(&token, 1, 2, &second))
		return false;
	d->hour = hour;
	d->minute = minute;
	d->second = second;
	return true;
}

static bool read_month(struct view token, struct date *d)
{
	static const char MONTHS[] = "janfebmaraprmayjunjulaugsepoctnovdec";

	for (int month = 0; token.len >= 3 && month < 12; month++)
		if (view_is_nocase(view_head(token, 3), view_make(MONTHS + 3 * month, 3))) {
			d->month = month + 1;
			return true;
		}
	return false;
}

static void read_date_token(struct view token, struct date *d)
{
	if (d->hour < 0 && read_time(token, d))
		return;
	if (d->day < 0 && take_number(&token, 1, 2, &d->day))
		return;
	if (d->month < 0 && read_month(token, d))
		return;
	if (d->year < 0 && take_number(&token, 2, 4, &d->year))
		d->year += d->year < 70 ? 2000 : d->year < 100 ? 1900 : 0;
}

static bool is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static bool is_date(const struct date *d)
{
	static const int DAYS[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return d->hour >= 0 && d->hour <= 23 && d->minute <= 59 && d->second <= 59 &&
	       d->month >= 1 && d->year >= 1601 && d->day >= 1 &&
	       d->day <= DAYS[d->month - 1] + (d->month == 2 && is_leap(d->year));
}

/* Days from 1970-01-01 in the Gregorian calendar; the year is taken to begin in March. */
static int64_t days_of(const struct date *d)
{
	int year = d->year - (d->month <= 2);
	int month = (d->month + 9) % 12;

	return 365 * (int64_t)year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 +
	       d->day - 1 - 719468;
}

static bool parse_date(struct view text, int64_t *ret_ms)
{
	struct date d = { -1, -1, -1, -1, -1, -1 };

	for (size_t start = 0, end; start < text.len; start = end + 1) {
		for (end = start; end < text.len && !is_date_delimiter(text.at[end]);)
			end++;
		read_date_token(view_head(view_from(text, start), end - start), &d);
	}
	if (!is_date(&d))
		return false;
	*ret_ms = (((days_of(&d) * 24 + d.hour) * 60 + d.minute) * 60 + d.second) * 1000;
	return true;
}

/* -- Set-Cookie -- */

struct lifetime {
	bool has_max_age;
	bool is_over_by_age, is_over_by_date;
};

/* Digits, perhaps with a minus before; how many seconds does not matter, only whether there are
 * any. */
static void read_max_age(struct view v, struct lifetime *life)
{
	bool is_negative = v.len && v.at[0] == '-', is_zero = true;
	struct view digits = view_from(v, is_negative ? 1 : 0);

	for (size_t i = 0; i < digits.len; i++) {
		if (!is_digit(digits.at[i]))
			return;
		is_zero &= digits.at[i] == '0';
	}
	if (!digits.len)
		return;
	life->has_max_age = true;
	life->is_over_by_age = is_negative || is_zero;
}

static void read_expires(struct view v, int64_t now_ms, struct lifetime *life)
{
	int64_t expires_ms;

	if (parse_date(v, &expires_ms))
		life->is_over_by_date = expires_ms <= now_ms;
}

static void read_domain(struct view v, struct set_cookie *c)
{
	if (v.len)
		c->domain = v.at[0] == '.' ? view_from(v, 1) : v;
	if (!c->domain.len)
		c->domain = VIEW_NONE;
}

static void read_attribute(struct view text, int64_t now_ms, struct set_cookie *c,
			   struct lifetime *life)
{
	size_t equals = view_find(text, '=');
	struct view name = view_trim(view_head(text, equals));
	struct view value = view_trim(view_from(text, equals + 1));

	if (view_is_nocase(name, VIEW("expires")))
		read_expires(value, now_ms, life);
	else if (view_is_nocase(name, VIEW("max-age")))
		read_max_age(value, life);
	else if (view_is_nocase(name, VIEW("domain")))
		read_domain(value, c);
	else if (view_is_nocase(name, VIEW("path")))
		c->path = value.len && value.at[0] == '/' ? value : VIEW_NONE;
	else if (view_is_nocase(name, VIEW("secure")))
		c->secure = true;
	else if (view_is_nocase(name, VIEW("httponly")))
		c->http_only = true;
}

bool cookie_parse_set(struct view field_value, int64_t now_ms, struct set_cookie *ret_cookie)
{
	struct set_cookie c = { 0 };
	struct lifetime life = { 0 };
	struct view rest = field_value, part;
	size_t equals;

	if (!view_split(&rest, ';', &part))
		return false;
	equals = view_find(part, '=');
	c.name = view_trim(view_head(part, equals));
	c.value = view_trim(view_from(part, equals + 1));
	if (equals == part.len || !c.name.len)
		return false;
	while (view_split(&rest, ';', &part))
		read_attribute(part, now_ms, &c, &life);
	c.deletes = life.has_max_age ? life.is_over_by_age : life.is_over_by_date;
	*ret_cookie = c;
	return true;
}
