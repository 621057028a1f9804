#include "http/targetparam.h"

#include "http/percent.h"

/* Whether the byte at `at`, encoded or not, is `c`. */
static bool is_at(struct view v, size_t at, char c)
{
	struct view rest = view_from(v, at);
	bool is_bad = false;

	return rest.len &&
	       (rest.at[0] == c || (rest.at[0] == '%' && percent_take(&rest, &is_bad) == c));
}

/* How many bytes it takes there. */
static size_t width(struct view v, size_t at)
{
	return v.at[at] == '%' ? 3 : 1;
}

static size_t find_end(struct view target, size_t at, bool in_query)
{
	for (; at < target.len && target.at[at] != '#'; at++) {
		char c = target.at[at];

		if (in_query ? c == '&' || c == ';'
			     : c == '?' || c == '/' || is_at(target, at, ';'))
			break;
	}
	return at;
}

/* The name ends at the first `=`. */
static void split(struct view text, struct targetparam *param)
{
	size_t at = 0;

	while (at < text.len && !is_at(text, at, '='))
		at++;
	param->name = view_head(text, at);
	param->value = at < text.len ? view_from(text, at + width(text, at)) : view_from(text, at);
}

/* To the next byte that a parameter may stand behind; false at the end. */
static bool seek(struct targetparam_cursor *c)
{
	for (; c->at < c->target.len && c->target.at[c->at] != '#'; c->at++) {
		if (c->target.at[c->at] == '?' && !c->in_query) {
			c->in_query = true;
			return true;
		}
		if (c->in_query || is_at(c->target, c->at, ';'))
			return true;
	}
	return false;
}

bool targetparam_next(struct targetparam_cursor *cursor, struct targetparam *ret_param)
{
	struct targetparam param;
	size_t from;

	if (!seek(cursor))
		return false;
	param.start = cursor->at;
	param.in_query = cursor->in_query;
	from = cursor->at + width(cursor->target, cursor->at);
	param.end = find_end(cursor->target, from, param.in_query);
	split(view_make(cursor->target.at + from, param.end - from), &param);
	cursor->at = param.end;
	*ret_param = param;
	return true;
}

/* A target being written anew. */
struct rewrite {
	struct view target;
	char *at;
	size_t len;
	size_t done;    /* how far the old one was dealt with */
	bool has_query; /* some of it was written */
};

static void copy_until(struct rewrite *w, size_t end)
{
	memcpy(w->at + w->len, w->target.at + w->done, end - w->done);
	w->len += end - w->done;
	w->done = end;
}

static void keep(struct rewrite *w, const struct targetparam *param)
{
	copy_until(w, param->end);
	if (param->in_query && !w->has_query) {
		w->at[w->len - (param->end - param->start)] = '?';
		w->has_query = true;
	}
}

static void finish(struct rewrite *w, struct http_head *h)
{
	size_t mark;

	copy_until(w, w->target.len);
	h->target = view_make(w->at, w->len);
	mark = view_find(h->target, '?');
	h->path = view_head(h->target, mark);
	h->query = mark < w->len ? view_from(h->target, mark + 1) : VIEW_NONE;
}

bool targetparam_remove(struct http_head *h, struct arena *arena,
			bool (*drop)(void *ctx, const struct targetparam *param), void *ctx)
{
	struct targetparam_cursor cursor = { .target = h->target };
	struct rewrite w = { .target = h->target, .at = arena_alloc(arena, h->target.len) };
	struct targetparam param;

	if (!w.at)
		return false;
	while (targetparam_next(&cursor, &param)) {
		if (!drop(ctx, &param)) {
			keep(&w, &param);
			continue;
		}
		copy_until(&w, param.start);
		w.done = param.end;
	}
	finish(&w, h);
	return true;
}
