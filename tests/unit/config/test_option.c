#include "words.h"

#include "config/option.h"
#include "config/option_rows.h"

#include <ctype.h>

static bool says_sentences(const char *about)
{
	size_t len = strlen(about);

	return len > 10 && about[len - 1] == '.' && !strchr(about, '\n');
}

static void every_row_describes_itself(void)
{
	for (size_t i = 0; i < option_rows_count; i++) {
		const struct option *o = &option_rows_all[i];

		ck_assert_msg(o->about && says_sentences(o->about), "%s: %s", o->path, o->about);
		ck_assert_msg(o->fallback || o->example, "%s", o->path);
		ck_assert_msg(!(option_has(o, OPTION_REQUIRED) && o->fallback), "%s", o->path);
		ck_assert_msg(!option_has(o, OPTION_LIST) || (o->max_entries && o->entry_size),
			      "%s", o->path);
		ck_assert_msg(o->type || option_has(o, OPTION_LIST), "%s", o->path);
		ck_assert_msg(!o->type || !o->type->print_bound || o->min < o->max, "%s", o->path);
	}
}

static void paths_are_unique_and_in_lower_case(void)
{
	for (size_t i = 0; i < option_rows_count; i++) {
		for (const char *c = option_rows_all[i].path; *c; c++)
			ck_assert_msg(islower((unsigned char)*c) || strchr("_.[]", *c), "%s",
				      option_rows_all[i].path);
		for (size_t j = 0; j < i; j++)
			ck_assert_str_ne(option_rows_all[i].path, option_rows_all[j].path);
	}
}

/* Rows that a walk from the top reaches. */
static size_t reached(const char *prefix)
{
	struct option_cursor key = { .prefix = prefix };
	char below[OPTION_PATH_BYTES];
	size_t n = 0;

	while (option_next(&key)) {
		n += key.row != NULL;
		if (!key.row)
			n += reached(option_below(prefix, key.key, false, below));
		else if (!key.row->type)
			n += reached(option_below(prefix, key.key, true, below));
	}
	return n;
}

static void a_walk_from_the_top_reaches_each_row_once(void)
{
	ck_assert_uint_eq(reached(""), option_rows_count);
}

static void a_key_is_found_in_its_mapping_only(void)
{
	struct option_cursor found;

	ck_assert(option_find("http.", VIEW("drain"), &found));
	ck_assert_str_eq(found.row->path, "http.drain");
	ck_assert(option_find("", VIEW("http"), &found));
	ck_assert_ptr_null(found.row);
	ck_assert(!option_find("", VIEW("drain"), &found));
	ck_assert(!option_find("http.", VIEW("drai"), &found));
	ck_assert(!option_find("http.", VIEW(""), &found));
}

static void the_shorthand_of_a_mapping_is_known(void)
{
	ck_assert_str_eq(option_shorthand("listen[].")->path, "listen[].address");
	ck_assert_str_eq(option_shorthand("identity.account[].set_cookie.")->path,
			 "identity.account[].set_cookie.name");
	ck_assert_ptr_null(option_shorthand("http."));
}

static void assert_nearest(const char *prefix, const char *key, const char *nearest)
{
	struct view near = option_nearest(prefix, view_of(key));

	ck_assert_msg(view_is(near, view_of(nearest)), "%s: %.*s", key, VIEW_ARG(near));
}

static void the_nearest_key_is_few_edits_away(void)
{
	assert_nearest("", "lsiten", "listen");
	assert_nearest("", "Listen", "listen");
	assert_nearest("", "worker", "workers");
	assert_nearest("", "redirects_url", "redirect_urls");
	assert_nearest("http.", "max_haeders", "max_headers");
	assert_nearest("http.", "body_tiemout", "body_timeout");
	assert_nearest("", "zzzzzz", NULL);
	assert_nearest("", "x", NULL);
	assert_nearest("", "", NULL);
}

static void a_key_that_stands_elsewhere_is_told_if_it_is_one(void)
{
	assert_nearest("", "session_cookies", "identity.session_cookies");
	assert_nearest("http.", "new_account_url", "redirect_urls.new_account_url");
	assert_nearest("limits.", "url", NULL);
}

static void a_key_of_any_length_has_no_neighbour_or_one(void)
{
	char key[300];

	memset(key, 'l', sizeof(key));
	for (size_t len = 0; len < sizeof(key); len++)
		option_nearest("", view_make(key, len));
	ck_assert_ptr_null(option_nearest("", view_make(key, sizeof(key))).at);
}

SUITE_MAIN("option", every_row_describes_itself, paths_are_unique_and_in_lower_case,
	   a_walk_from_the_top_reaches_each_row_once, a_key_is_found_in_its_mapping_only,
	   the_shorthand_of_a_mapping_is_known, the_nearest_key_is_few_edits_away,
	   a_key_that_stands_elsewhere_is_told_if_it_is_one,
	   a_key_of_any_length_has_no_neighbour_or_one)
