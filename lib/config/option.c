#include "config/option.h"

#include "base/mem.h"
#include "config/option_rows.h"

#include <assert.h>
#include <stdio.h>

const char *option_below(const char *prefix, struct view key, bool is_list,
			 char ret_path[OPTION_PATH_BYTES])
{
	int n = snprintf(ret_path, OPTION_PATH_BYTES, "%s%.*s%s.", prefix, VIEW_ARG(key),
			 is_list ? "[]" : "");

	assert(n > 0 && n < OPTION_PATH_BYTES);
	return ret_path;
}

static struct view first_key(const char *path)
{
	return view_make(path, strcspn(path, ".["));
}

bool option_next(struct option_cursor *cursor)
{
	size_t prefix_len = strlen(cursor->prefix);

	for (; cursor->index < option_rows_count; cursor->index++) {
		const struct option *row = &option_rows_all[cursor->index];
		struct view key;

		if (strncmp(row->path, cursor->prefix, prefix_len) != 0)
			continue;
		key = first_key(row->path + prefix_len);
		if (cursor->key.at && view_is(key, cursor->key))
			continue;
		cursor->index++;
		cursor->key = key;
		cursor->row = row->path[prefix_len + key.len] ? NULL : row;
		cursor->choice = row->choice;
		return true;
	}
	return false;
}

bool option_find(const char *prefix, struct view key, struct option_cursor *ret_cursor)
{
	struct option_cursor cursor = { .prefix = prefix };

	while (option_next(&cursor))
		if (view_is(cursor.key, key)) {
			*ret_cursor = cursor;
			return true;
		}
	return false;
}

const struct option *option_shorthand(const char *prefix)
{
	struct option_cursor cursor = { .prefix = prefix };

	while (option_next(&cursor))
		if (cursor.row && option_has(cursor.row, OPTION_SHORTHAND))
			return cursor.row;
	return NULL;
}

enum { KEY_MAX = 32 };

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Edits between two keys: letters inserted, left out, changed, or two neighbours swapped. */
static unsigned distance(struct view a, struct view b)
{
	unsigned d[KEY_MAX + 1][KEY_MAX + 1];

	for (unsigned i = 0; i <= a.len; i++)
		d[i][0] = i;
	for (unsigned j = 0; j <= b.len; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= a.len; i++)
		for (size_t j = 1; j <= b.len; j++) {
			unsigned change = view_lower(a.at[i - 1]) != view_lower(b.at[j - 1]);

			d[i][j] = least(d[i - 1][j - 1] + change,
					least(d[i - 1][j], d[i][j - 1]) + 1);
			if (i > 1 && j > 1 && a.at[i - 1] == b.at[j - 2] &&
			    a.at[i - 2] == b.at[j - 1])
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
		}
	return d[a.len][b.len];
}

/* The path of the only option whose last key is this one. */
static struct view elsewhere(struct view key)
{
	struct view found = VIEW_NONE;

	for (size_t i = 0; i < option_rows_count; i++) {
		struct view path = view_of(option_rows_all[i].path);

		if (path.len <= key.len || !view_ends(path, key) ||
		    path.at[path.len - key.len - 1] != '.')
			continue;
		if (found.at)
			return VIEW_NONE;
		found = path;
	}
	return found;
}

struct view option_nearest(const char *prefix, struct view key)
{
	struct option_cursor cursor = { .prefix = prefix };
	struct view nearest = VIEW_NONE;
	unsigned least_edits = (unsigned)(key.len / 3 > 2 ? key.len / 3 : 2) + 1;

	if (key.len == 0 || key.len > KEY_MAX)
		return VIEW_NONE;
	while (option_next(&cursor)) {
		unsigned edits = cursor.key.len > KEY_MAX ? KEY_MAX : distance(key, cursor.key);

		if (edits < least_edits && edits < key.len) {
			least_edits = edits;
			nearest = cursor.key;
		}
	}
	return nearest.at ? nearest : elsewhere(key);
}

void option_store(const struct option *o, void *base, int64_t value)
{
	void *at = option_at(o, base);

	if (o->offset == OPTION_NOWHERE)
		return;
	switch (o->size) {
	case 1:
		*(bool *)at = value != 0;
		break;
	case 4:
		*(uint32_t *)at = (uint32_t)value;
		break;
	default:
		assert(o->size == 8);
		*(int64_t *)at = value;
	}
}

int64_t option_load(const struct option *o, const void *base)
{
	const void *at = option_at_const(o, base);

	if (o->offset == OPTION_NOWHERE)
		return 0;
	switch (o->size) {
	case 1:
		return *(const bool *)at;
	case 4:
		return *(const uint32_t *)at;
	default:
		assert(o->size == 8);
		return *(const int64_t *)at;
	}
}

struct option option_of_entry(const struct option *o)
{
	struct option entry = *o;

	entry.offset = 0;
	entry.size = o->entry_size;
	entry.flags &= ~(unsigned)(OPTION_LIST | OPTION_ALONE | OPTION_APPENDS);
	return entry;
}

void *option_entry(const struct option *o, void *base, size_t index)
{
	return *(char **)option_at(o, base) + index * o->entry_size;
}

const void *option_entry_const(const struct option *o, const void *base, size_t index)
{
	return *(char *const *)option_at_const(o, base) + index * o->entry_size;
}

size_t option_count(const struct option *o, const void *base)
{
	return *(const size_t *)option_second_const(o, base);
}

void *option_grow(const struct option *o, void *base, size_t n)
{
	void **at = option_at(o, base);
	size_t *count = option_second(o, base);
	char *fresh;

	*at = mem_resize(*at, (*count + n) * o->entry_size);
	fresh = (char *)*at + *count * o->entry_size;
	memset(fresh, 0, n * o->entry_size);
	*count += n;
	return fresh;
}

bool option_is_set(const struct option *o, const void *base)
{
	bool tacit = option_has(o, OPTION_TACIT);

	if (option_has(o, OPTION_SILENT))
		return false;
	if (option_has(o, OPTION_LIST))
		return (o->fallback && !tacit) || option_count(o, base) > 0;
	if (tacit && !option_load(o, base))
		return false;
	return !o->type->is_set || o->type->is_set(o, base);
}

bool option_any_set(const char *prefix, const void *base, int choice)
{
	struct option_cursor cursor = { .prefix = prefix };
	char below[OPTION_PATH_BYTES];

	while (option_next(&cursor)) {
		if (cursor.choice && cursor.choice != choice)
			continue;
		if (cursor.row ? option_is_set(cursor.row, base)
			       : option_any_set(option_below(prefix, cursor.key, false, below),
						base, choice))
			return true;
	}
	return false;
}

static void drop_list(const struct option *o, const char *below, void *base)
{
	struct option entry = option_of_entry(o);
	void **at = option_at(o, base);

	for (size_t i = 0; i < option_count(o, base); i++) {
		if (!o->type)
			option_drop(below, option_entry(o, base, i));
		else if (o->type->drop)
			o->type->drop(&entry, option_entry(o, base, i));
	}
	MEM_FREE(*at);
	*(size_t *)option_second(o, base) = 0;
}

void option_drop(const char *prefix, void *base)
{
	struct option_cursor cursor = { .prefix = prefix };
	char below[OPTION_PATH_BYTES];

	while (option_next(&cursor)) {
		const struct option *row = cursor.row;

		if (!row)
			option_drop(option_below(prefix, cursor.key, false, below), base);
		else if (option_has(row, OPTION_LIST))
			drop_list(row, option_below(prefix, cursor.key, true, below), base);
		else if (row->type->drop && !option_has(row, OPTION_SILENT))
			row->type->drop(row, base);
	}
}
