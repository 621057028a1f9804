#include "http/gather.h"

#include "http/alias.h"

#include <assert.h>
#include <string.h>

/* FNV-1a: the same however the value is cut up. */
static const uint64_t FNV_BASIS = UINT64_C(0xcbf29ce484222325), FNV_PRIME = UINT64_C(0x100000001b3);

void gather_init(struct gather *g, struct form_field *fields, size_t n, struct arena *arena)
{
	assert(n <= FORM_MAX_FIELDS);
	g->fields = fields;
	g->n = n;
	g->arena = arena;
	gather_begin(g);
}

void gather_begin(struct gather *g)
{
	g->wanted = g->element = 0;
	g->is_name_over = false;
	g->name_len = 0;
	g->value_len = 0;
	g->mark = FNV_BASIS;
}

/* Leading spaces and what stands behind a NUL do not count to PHP, so they must not fill our
 * room either. */
void gather_name(struct gather *g, struct view bytes)
{
	for (size_t i = 0; i < bytes.len && !g->is_name_over; i++) {
		char c = bytes.at[i];

		if (c == ' ' && g->name_len == 0)
			continue;
		if (c == '\0') {
			g->is_name_over = true;
		} else if (g->name_len == GATHER_NAME_BYTES) {
			g->is_name_over = true;
			g->name_len = 0;
		} else {
			g->name[g->name_len++] = c;
		}
	}
}

static void fold_name(struct gather *g)
{
	struct view rest = view_make(g->name, g->name_len);

	for (g->name_len = 0; rest.len;)
		g->name[g->name_len++] = alias_take(&rest);
}

bool gather_name_end(struct gather *g)
{
	struct view name;

	fold_name(g);
	name = view_make(g->name, g->name_len);
	for (size_t i = 0; name.len && i < g->n; i++) {
		if (!alias_is_element(name, g->fields[i].name))
			continue;
		g->wanted |= UINT32_C(1) << i;
		if (!alias_is(name, g->fields[i].name))
			g->element |= UINT32_C(1) << i;
	}
	return g->wanted != 0;
}

void gather_value(struct gather *g, struct view bytes)
{
	size_t room = g->value_len < FORM_MAX_VALUE_BYTES ? FORM_MAX_VALUE_BYTES - g->value_len : 0;

	if (!g->wanted)
		return;
	if (bytes.len && room)
		memcpy(g->value + g->value_len, bytes.at, bytes.len < room ? bytes.len : room);
	g->value_len += bytes.len;
	for (size_t i = 0; i < bytes.len; i++)
		g->mark = (g->mark ^ (uint8_t)bytes.at[i]) * FNV_PRIME;
}

/* A value that was there before, another time, or in the query, or in another spelling of the
 * name. */
static bool is_conflict(const struct gather *g, const struct form_field *f)
{
	if (f->secret)
		return f->mark != g->mark;
	return !f->value.at || !view_is(f->value, view_make(g->value, g->value_len));
}

static void keep(const struct gather *g, struct form_field *f)
{
	f->mark = f->secret ? g->mark : 0;
	if (f->secret)
		return;
	if (g->value_len <= FORM_MAX_VALUE_BYTES)
		f->value = arena_copy(g->arena, view_make(g->value, g->value_len));
	f->too_long = !f->value.at;
}

static void record(const struct gather *g, struct form_field *f, bool is_certain)
{
	if (!is_certain || (f->present && is_conflict(g, f)))
		f->conflicting = true;
	if (!f->present)
		keep(g, f);
	f->present = true;
	f->not_empty |= g->value_len > 0;
}

/* Of `do[login]`: login. Of `do[]` and `do[0]` nothing: a list, whose only member may count as the field itself. */
static struct view key_of(const struct gather *g)
{
	struct view name = view_make(g->name, g->name_len),
		    key = view_from(name, view_find(name, '[') + 1);
	uint64_t index;

	key = view_head(key, view_find(key, ']'));
	return view_number(key, UINT64_MAX, &index) ? VIEW("") : key;
}

static void record_key(const struct gather *g, struct form_field *f, struct view key)
{
	f->conflicting |= f->present;
	f->present = f->not_empty = true;
	f->key = arena_copy(g->arena, key);
	f->too_long |= !f->key.at;
}

void gather_end(struct gather *g, bool is_certain)
{
	for (size_t i = 0; i < g->n; i++) {
		struct view key = g->element >> i & 1 ? key_of(g) : VIEW("");

		if (key.len)
			record_key(g, &g->fields[i], key);
		else if (g->wanted >> i & 1)
			record(g, &g->fields[i], is_certain);
	}
	gather_begin(g);
}

void gather_doubt(struct gather *g)
{
	for (size_t i = 0; i < g->n; i++)
		g->fields[i].conflicting = true;
}

void gather_fini(struct gather *g)
{
	explicit_bzero(g->value, sizeof(g->value));
	explicit_bzero(&g->mark, sizeof(g->mark));
}
