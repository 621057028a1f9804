#include "identity/fold.h"

#include "base/err.h"
#include "base/hmac.h"
#include "base/text.h"

#include <stdlib.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

static const uint8_t *utf8(struct view v)
{
	return (const uint8_t *)v.at;
}

static bool is_blank(ucs4_t c)
{
	return c == 0 || uc_is_property_white_space(c);
}

/* What is not UTF-8 stays, for fold_is_text to refuse. */
static struct view trim(struct view v)
{
	ucs4_t c;
	int n;

	while (v.len && (n = u8_mbtoucr(&c, utf8(v), v.len)) > 0 && is_blank(c))
		v = view_from(v, (size_t)n);
	while (v.len) {
		const uint8_t *last = u8_prev(&c, utf8(v) + v.len, utf8(v));

		if (!last || !is_blank(c))
			break;
		v.len = (size_t)(last - utf8(v));
	}
	return v;
}

bool fold_is_text(struct view v)
{
	ucs4_t c;
	int n;

	for (; v.len; v = view_from(v, (size_t)n)) {
		n = u8_mbtoucr(&c, utf8(v), v.len);
		if (n <= 0 || c < 0x20 || (c >= 0x7f && c < 0xa0))
			return false;
	}
	return true;
}

bool fold_has_control(struct view name, bool fold)
{
	struct view rest = fold ? trim(name) : name;
	ucs4_t c;
	int n;

	for (; rest.len; rest = view_from(rest, n > 0 ? (size_t)n : 1)) {
		n = u8_mbtoucr(&c, utf8(rest), rest.len);
		if (n > 0 && (c < 0x20 || (c >= 0x7f && c < 0xa0)))
			return true;
	}
	return false;
}

/* The root locale's rules: no language is given, and none is asked from the environment. */
static struct view lower(struct view v, struct arena *arena)
{
	uint8_t first[1024];
	size_t len = sizeof(first);
	uint8_t *folded = u8_tolower(utf8(v), v.len, "", UNINORM_NFC, first, &len);
	struct view copy = folded ? arena_copy(arena, view_make(folded, len)) : VIEW_NONE;

	if (folded != first)
		free(folded);
	return copy;
}

static struct view hash_hex(struct view v, struct arena *arena)
{
	uint8_t digest[DIGEST_BYTES];
	struct text t;
	char *hex = arena_alloc(arena, DIGEST_BYTES * 2);

	if (!hex)
		return VIEW_NONE;
	hmac_sha256(v, digest);
	text_init(&t, hex, DIGEST_BYTES * 2);
	text_hex(&t, digest, sizeof(digest));
	return text_view(&t);
}

int fold_account(struct view name, bool fold, struct arena *arena, struct view *ret_account)
{
	struct view account = fold ? trim(name) : name;

	if (!account.len || !fold_is_text(account))
		return ERR_SYNTAX;
	if (fold)
		account = lower(account, arena);
	if (account.at && account.len > FOLD_MAX_BYTES)
		account = hash_hex(account, arena);
	if (!account.at)
		return ERR_NOMEM;
	*ret_account = account;
	return 0;
}
