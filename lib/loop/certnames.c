#include "loop/certnames.h"

#include "base/map.h"
#include "base/mem.h"

#include <openssl/x509v3.h>

enum { MAX_BYTES = 253 }; /* of a name (RFC 1035 §2.3.4), without the dot at its end */

struct certnames {
	struct map *of; /* by name in small letters; a wildcard with its star */
};

struct certnames *certnames_create(void)
{
	struct certnames *n = MEM_NEW(struct certnames);

	n->of = map_create();
	return n;
}

void certnames_destroy(struct certnames **n)
{
	if (*n)
		map_destroy(&(*n)->of);
	MEM_FREE(*n);
}

/* Of a name, in small letters; nothing when it cannot be one. */
static struct view normal(struct view name, char room[MAX_BYTES])
{
	if (name.len > MAX_BYTES || view_find(name, '\0') < name.len)
		return VIEW_NONE;
	for (size_t i = 0; i < name.len; i++)
		room[i] = view_lower(name.at[i]);
	return view_make(room, name.len);
}

/* A star for all of a top-level domain is nobody's. */
static bool is_name(struct view name)
{
	struct view rest = view_from(name, 2);

	if (!name.len || view_find(name, '*') == name.len)
		return name.len && name.at[0] != '.';
	return view_starts(name, VIEW("*.")) && rest.len && rest.at[0] != '.' &&
	       view_find(rest, '*') == rest.len && view_find(rest, '.') < rest.len;
}

static void add(struct certnames *n, const ASN1_STRING *from, void *of)
{
	char room[MAX_BYTES];
	struct view name = normal(view_make((const char *)ASN1_STRING_get0_data(from),
					    (size_t)ASN1_STRING_length(from)),
				  room);

	if (is_name(name) && !map_get(n->of, name))
		map_put(n->of, name, of);
}

/* False when there is none: then the common name counts (RFC 6125 §6.4.4). */
static bool add_alternatives(struct certnames *n, X509 *certificate, void *of)
{
	GENERAL_NAMES *all = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	bool any = false;

	for (int i = 0; i < sk_GENERAL_NAME_num(all); i++) {
		const GENERAL_NAME *one = sk_GENERAL_NAME_value(all, i);

		if (one->type != GEN_DNS)
			continue;
		any = true;
		add(n, one->d.dNSName, of);
	}
	GENERAL_NAMES_free(all);
	return any;
}

static void add_common_names(struct certnames *n, X509 *certificate, void *of)
{
	const X509_NAME *subject = X509_get_subject_name(certificate);
	int at = -1;

	while ((at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >= 0)
		add(n, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)), of);
}

void certnames_add(struct certnames *n, X509 *certificate, void *of)
{
	if (!add_alternatives(n, certificate, of))
		add_common_names(n, certificate, of);
}

/* What a star stands for consists of letters, digits and hyphens (RFC 1034 §3.5). */
static bool is_label(struct view label)
{
	for (size_t i = 0; i < label.len; i++) {
		char c = label.at[i];

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'))
			return false;
	}
	return label.len > 0;
}

void *certnames_find(const struct certnames *n, struct view name)
{
	char room[MAX_BYTES + 1];
	struct view whole = normal(name, room + 1);
	size_t dot = view_find(whole, '.');
	void *of = whole.len && whole.at[0] != '*' ? map_get(n->of, whole) : NULL;

	if (of || dot == whole.len || !is_label(view_head(whole, dot)))
		return of;
	room[dot] = '*';
	return map_get(n->of, view_make(room + dot, whole.len + 1 - dot));
}
