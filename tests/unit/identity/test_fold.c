#include "stage.h"

#include "base/err.h"
#include "identity/fold.h"

#include <locale.h>
#include <stdlib.h>

static struct view folded(struct view name)
{
	struct view account = VIEW_NONE;

	ck_assert_int_eq(fold_account(name, true, &stage.arena, &account), 0);
	return account;
}

static int refused(struct view name, bool fold)
{
	struct view account = VIEW_NONE;
	int err = fold_account(name, fold, &stage.arena, &account);

	ck_assert_ptr_null(account.at);
	return err;
}

static void spellings_of_one_name_are_one_account(void)
{
	stage_assert_text(folded(VIEW("BOB")), "bob");
	stage_assert_text(folded(VIEW(" bob")), "bob");
	stage_assert_text(folded(VIEW("\t\r\n bob\v\f\0")), "bob");
	stage_assert_text(folded(VIEW("\xc2\xa0\xe3\x80\x80"
				      "Bob\xe2\x80\xa8")),
			  "bob");
	stage_assert_text(folded(VIEW("J\xc3\x9cRGEN")), "j\xc3\xbcrgen");
	stage_assert_text(folded(VIEW("Ju\xcc\x88rgen")), "j\xc3\xbcrgen");
	stage_assert_text(folded(VIEW("\xce\x9f\xce\x94\xce\x9f\xce\xa3")),
			  "\xce\xbf\xce\xb4\xce\xbf\xcf\x82");
	stage_assert_text(folded(VIEW("bob smith")), "bob smith");
}

static void folding_does_not_depend_on_the_locale(void)
{
	setlocale(LC_ALL, "tr_TR.UTF-8");
	setenv("LC_ALL", "tr_TR.UTF-8", 1);
	stage_assert_text(folded(VIEW("ISTANBUL")), "istanbul");
}

static void folding_twice_changes_nothing(void)
{
	struct view once = folded(VIEW("  \xc4\xb0"
				       "A\xcc\x8a\xce\xa3 "));

	ck_assert(view_is(folded(once), once));
}

static void without_folding_a_name_stays_as_it_is(void)
{
	struct view account;

	ck_assert_int_eq(fold_account(VIEW(" Bob"), false, &stage.arena, &account), 0);
	stage_assert_text(account, " Bob");
}

static void what_is_no_text_is_no_account(void)
{
	for (int fold = 0; fold < 2; fold++) {
		ck_assert_int_eq(refused(VIEW(""), fold), ERR_SYNTAX);
		ck_assert_int_eq(refused(VIEW_NONE, fold), ERR_SYNTAX);
		ck_assert_int_eq(refused(VIEW("bo\xff"
					      "b"),
					 fold),
				 ERR_SYNTAX);
		ck_assert_int_eq(refused(VIEW("bob\xc3"), fold), ERR_SYNTAX);
		ck_assert_int_eq(refused(VIEW("\xc0\xaf"
					      "bob"),
					 fold),
				 ERR_SYNTAX);
		ck_assert_int_eq(refused(VIEW("\xed\xa0\x80"), fold), ERR_SYNTAX);
		ck_assert_int_eq(refused(VIEW("bo\nb"), fold), ERR_SYNTAX);
		ck_assert_int_eq(refused(VIEW("bo\0b"), fold), ERR_SYNTAX);
		ck_assert_int_eq(refused(VIEW("bo\x7f"
					      "b"),
					 fold),
				 ERR_SYNTAX);
		ck_assert_int_eq(refused(VIEW("bo\xc2\x85"
					      "b"),
					 fold),
				 ERR_SYNTAX);
	}
	ck_assert_int_eq(refused(VIEW(" \t "), true), ERR_SYNTAX);
}

static void a_long_name_becomes_its_hash(void)
{
	char name[FOLD_MAX_BYTES + 1];
	struct view account;

	memset(name, 'a', sizeof(name));
	ck_assert_int_eq(
		fold_account(view_make(name, FOLD_MAX_BYTES), false, &stage.arena, &account), 0);
	ck_assert_uint_eq(account.len, FOLD_MAX_BYTES);
	ck_assert_int_eq(fold_account(view_make(name, sizeof(name)), false, &stage.arena, &account),
			 0);
	/* printf 'a%.0s' $(seq 257) | sha256sum */
	stage_assert_text(account,
			  "e8d95cc2b4bc198c54b40bd214df958afb65f5e73d2c2eafe0593cf5c635c1f0");
	memset(name, 'A', sizeof(name));
	stage_assert_text(folded(view_make(name, sizeof(name))),
			  "e8d95cc2b4bc198c54b40bd214df958afb65f5e73d2c2eafe0593cf5c635c1f0");
}

/* Some letters grow: the length that counts is that of the folded name. */
static void the_length_is_that_of_the_folded_name(void)
{
	char name[FOLD_MAX_BYTES + 2];

	memset(name, ' ', sizeof(name));
	name[0] = 'B';
	stage_assert_text(folded(view_make(name, sizeof(name))), "b");
	for (size_t i = 0; i < 129; i++)
		memcpy(name + 2 * i, "\xc8\xba",
		       2); /* U+023A, two bytes; lower case U+2C65, three */
	ck_assert_uint_eq(folded(view_make(name, 86 * 2)).len, 64);
	ck_assert_uint_eq(folded(view_make(name, 85 * 2)).len, 255);
}

static void a_full_arena_is_said(void)
{
	struct arena full;
	struct view account;

	arena_init(&full, NULL, 0, 1);
	ck_assert_int_eq(fold_account(VIEW("BOB"), true, &full, &account), ERR_NOMEM);
	arena_fini(&full);
}

/* Whatever bytes come: an account is text of at most FOLD_MAX_BYTES, or there is none. */
static void any_bytes_are_an_account_or_none(void)
{
	uint8_t bytes[400];
	struct view account;

	for (int round = 0; round < 20000; round++) {
		size_t len;

		hmac_random(bytes, sizeof(bytes));
		len = (size_t)bytes[0] + bytes[1] % 100;
		for (size_t i = 0; i < len; i++)
			if (bytes[2] & 1)
				bytes[i] &= 0x7f;
		arena_reset(&stage.arena);
		if (fold_account(view_make(bytes, len), bytes[2] & 2, &stage.arena, &account))
			continue;
		ck_assert(account.len > 0 && account.len <= FOLD_MAX_BYTES);
		ck_assert(fold_is_text(account));
	}
}

SUITE_MAIN_WITH("fold", stage_setup, stage_teardown, spellings_of_one_name_are_one_account,
		folding_does_not_depend_on_the_locale, folding_twice_changes_nothing,
		without_folding_a_name_stays_as_it_is, what_is_no_text_is_no_account,
		a_long_name_becomes_its_hash, the_length_is_that_of_the_folded_name,
		a_full_arena_is_said, any_bytes_are_an_account_or_none)
