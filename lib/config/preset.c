#include "config/preset.h"

#include "config/reader.h"

struct preset {
	const char *name;
	const char *yaml;
};

static const struct preset presets[] = {
	/* DokuWiki logs in whoever sends it `u` and `p`, on any of its addresses; so the name is read from the cookie
	 * that comes with every way in: base64 of the name, | and more. It logs in by itself, in any spelling that PHP's
	 * base64 takes for it: so it has a seal. "DokuWiki" is PHP's session, which is nobody's without it. */
	{ "dokuwiki",
	  "session_cookies: [DokuWiki, { name: DW*, seal: true }]\n"
	  "account:\n"
	  "  - set_cookie: { name: DW*, decode: [percent, base64], take: \"before |\" }\n"
	  "logout_paths: [\"/doku.php?do=logout\"]\n" },
	/* wordpress_<hash> and wordpress_sec_<hash> open /wp-admin, wordpress_logged_in_<hash> the rest; its value
	 * is name|expiry|token|hmac. */
	{ "wordpress",
	  "session_cookies: [wordpress_*]\n"
	  "account:\n"
	  "  - set_cookie: { name: wordpress_logged_in_*, decode: percent, take: \"before |\" }\n"
	  "logout_paths: [\"/wp-login.php?action=logout\"]\n" },
};

/* The word may come from the environment like any other. What is wrong with it is told when it is read as an
 * option. */
static bool expand(struct document_node *chosen, struct arena *arena)
{
	struct reader reader = { .findings = finding_list_create(), .arena = arena };
	bool good = reader_expand(&reader, "a word", chosen);

	finding_list_destroy(&reader.findings);
	return good;
}

static void apply_identity(struct document_node *root, struct arena *arena,
			   struct finding_list *findings)
{
	struct document_node *chosen = document_reach(root, "identity.preset");

	if (!chosen || !expand(chosen, arena))
		return;
	for (size_t i = 0; i < sizeof(presets) / sizeof(*presets); i++) {
		struct document_node *extra;

		if (!view_is(chosen->text, view_of(presets[i].name)))
			continue;
		extra = document_parse(view_of(presets[i].yaml), arena, findings);
		if (extra)
			document_complete(document_reach(root, "identity"), extra,
					  chosen->key_place);
	}
}

/* Settings of a check that nobody makes would be worse than none. */
static void apply_health(struct document_node *root, struct arena *arena,
			 struct finding_list *findings)
{
	struct document_node *health = document_reach(root, "origin.health"), *extra;

	if (!health || health->kind != DOCUMENT_MAP)
		return;
	extra = document_parse(document_find(health, VIEW("path")) ? VIEW("check: request")
								   : VIEW("check: connect"),
			       arena, findings);
	if (extra)
		document_complete(health, extra, health->key_place);
}

void preset_apply(struct document_node *root, struct arena *arena, struct finding_list *findings)
{
	apply_identity(root, arena, findings);
	apply_health(root, arena, findings);
}
