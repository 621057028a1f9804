#include "http/urlform.h"

#include "http/percent.h"

void urlform_init(struct urlform *u)
{
	*u = (struct urlform){ 0 };
}

static void put(const struct urlform *u, struct gather *g, struct view bytes)
{
	if (u->in_value)
		gather_value(g, bytes);
	else
		gather_name(g, bytes);
}

/* What looked like an escape was none. */
static void let_go(struct urlform *u, struct gather *g)
{
	put(u, g, view_make(u->held, u->n_held));
	u->n_held = 0;
}

static void end_pair(struct urlform *u, struct gather *g, bool is_certain)
{
	let_go(u, g);
	if (!u->in_value)
		gather_name_end(g);
	gather_end(g, is_certain);
	u->in_value = false;
}

static void on_plain(struct urlform *u, struct gather *g, char c)
{
	if (c == '&' || c == ';') {
		end_pair(u, g, c == '&');
	} else if (c == '=' && !u->in_value) {
		gather_name_end(g);
		u->in_value = true;
	} else if (c == '%') {
		u->held[u->n_held++] = c;
	} else {
		put(u, g, c == '+' ? VIEW(" ") : view_make(&c, 1));
	}
}

static void on_byte(struct urlform *u, struct gather *g, char c)
{
	if (u->n_held && percent_digit(c) < 0)
		let_go(u, g);
	if (!u->n_held) {
		on_plain(u, g, c);
	} else if (u->n_held == 1) {
		u->held[u->n_held++] = c;
	} else {
		char byte = (char)(percent_digit(u->held[1]) << 4 | percent_digit(c));

		u->n_held = 0;
		put(u, g, view_make(&byte, 1));
	}
}

/* Bytes that stand for themselves, in one piece: most of a large body. */
static size_t plain_run(struct view v)
{
	size_t i = 0;

	while (i < v.len && v.at[i] != '&' && v.at[i] != ';' && v.at[i] != '=' && v.at[i] != '%' &&
	       v.at[i] != '+')
		i++;
	return i;
}

void urlform_feed(struct urlform *u, struct gather *g, struct view bytes)
{
	while (bytes.len) {
		size_t run = u->n_held ? 0 : plain_run(bytes);

		if (run)
			put(u, g, view_head(bytes, run));
		else
			on_byte(u, g, bytes.at[0]);
		bytes = view_from(bytes, run ? run : 1);
	}
}

void urlform_finish(struct urlform *u, struct gather *g)
{
	end_pair(u, g, true);
}
