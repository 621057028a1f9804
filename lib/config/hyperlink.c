#include "config/hyperlink.h"

#include "base/mem.h"
#include "config/authority.h"
#include "config/reader.h"
#include "config/scalar.h"
#include "config/settings.h"

static void public_drop(const struct option *o, void *base)
{
	struct settings *s = base;

	(void)o;
	MEM_FREE(s->public_url);
	MEM_FREE(s->public_authority);
}

static bool public_parse(struct reader *r, const struct option *o, struct document_node *n,
			 void *base)
{
	struct settings *s = base;
	struct authority_url p;
	struct view authority;

	public_drop(o, base);
	if (!authority_split_site(n->text, &p))
		return reader_reject(r, o, n);
	authority = p.authority;
	if (p.has_default_port)
		authority = view_head(authority, (size_t)(p.host.at + p.host.len - authority.at) +
							 (authority.at[0] == '['));
	s->public_url = mem_copy(n->text.at, n->text.len);
	s->public_https = p.https;
	s->public_authority = mem_copy(authority.at, authority.len);
	for (char *c = s->public_authority; *c; c++)
		*c = view_lower(*c);
	return true;
}

const struct option_type hyperlink_public = {
	.name = "URL",
	.expected = "a URL without a path, such as https://www.example.com",
	.parse = public_parse,
	.is_set = scalar_text_is_set,
	.print = scalar_text_print,
	.drop = public_drop,
};

static bool is_url(struct view v)
{
	struct authority_url p;

	return authority_split_url(v, &p);
}

/* Of this site. Two slashes, or a slash and a backslash, would lead to another. */
static bool is_path(struct view v)
{
	return authority_is_visible(v) && v.at[0] == '/' && !view_starts(v, VIEW("//"));
}

static void redirect_drop(const struct option *o, void *base)
{
	scalar_text_drop(o, base);
	url_address_fini(option_second(o, base));
	memset(option_second(o, base), 0, sizeof(struct url_address));
}

static bool redirect_parse(struct reader *r, const struct option *o, struct document_node *n,
			   void *base)
{
	struct url_address *address = option_second(o, base);
	char *text;
	int err;

	redirect_drop(o, base);
	if (!is_url(n->text) && !is_path(n->text))
		return reader_reject(r, o, n);
	if (view_ends(n->text, VIEW("*"))) {
		reader_complain(r, n, "a redirect leads to one address: it cannot end in *");
		return false;
	}
	text = mem_copy(n->text.at, n->text.len);
	err = url_address_parse(text, address);
	mem_free(text);
	if (err)
		return reader_reject(r, o, n);
	address->prefix = false; /* https://host/ is one page, not the whole site */
	scalar_text_keep(o, base, n->text);
	return true;
}

const struct option_type hyperlink_redirect = {
	.name = "URL",
	.expected = "a URL such as https://www.example.com/signup, or a path such as /signup",
	.parse = redirect_parse,
	.is_set = scalar_text_is_set,
	.print = scalar_text_print,
	.drop = redirect_drop,
};

static bool url_parse(struct reader *r, const struct option *o, struct document_node *n, void *base)
{
	if (!is_url(n->text) || view_find(n->text, '#') < n->text.len)
		return reader_reject(r, o, n);
	scalar_text_keep(o, base, n->text);
	return true;
}

const struct option_type hyperlink_url = {
	.name = "URL",
	.expected =
		"a URL such as https://backend.example.com/hooks, without user, password or fragment",
	.parse = url_parse,
	.is_set = scalar_text_is_set,
	.print = scalar_text_print,
	.drop = scalar_text_drop,
};

static bool link_parse(struct reader *r, const struct option *o, struct document_node *n,
		       void *base)
{
	if (!is_url(n->text) && !is_path(n->text))
		return reader_reject(r, o, n);
	scalar_text_keep(o, base, n->text);
	return true;
}

const struct option_type hyperlink_link = {
	.name = "URL",
	.expected = "a URL such as https://www.example.com/logo.svg, or a path such as /logo.svg",
	.parse = link_parse,
	.is_set = scalar_text_is_set,
	.print = scalar_text_print,
	.drop = scalar_text_drop,
};

static bool target_parse(struct reader *r, const struct option *o, struct document_node *n,
			 void *base)
{
	if (!is_path(n->text) || view_find(n->text, '#') < n->text.len)
		return reader_reject(r, o, n);
	scalar_text_keep(o, base, n->text);
	return true;
}

const struct option_type hyperlink_target = {
	.name = "path",
	.expected = "a path such as /health",
	.parse = target_parse,
	.is_set = scalar_text_is_set,
	.print = scalar_text_print,
	.drop = scalar_text_drop,
};

/* Not so much an address that takes mail as nothing that could be a link of another scheme. */
static bool is_mail_address(struct view v)
{
	size_t at_sign = view_find(v, '@');

	return authority_is_visible(v) && v.len <= 254 && at_sign > 0 &&
	       authority_is_host(view_from(v, at_sign + 1)) &&
	       authority_all_of(
		       view_head(v, at_sign),
		       "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_+");
}

static bool contact_parse(struct reader *r, const struct option *o, struct document_node *n,
			  void *base)
{
	if (!is_url(n->text) && !is_mail_address(n->text))
		return reader_reject(r, o, n);
	scalar_text_keep(o, base, n->text);
	return true;
}

const struct option_type hyperlink_contact = {
	.name = "URL or e-mail",
	.expected = "an e-mail address or a URL such as https://www.example.com/help",
	.parse = contact_parse,
	.is_set = scalar_text_is_set,
	.print = scalar_text_print,
	.drop = scalar_text_drop,
};

static void path_drop(const struct option *o, void *base)
{
	struct url_address *address = option_at(o, base);

	url_address_fini(address);
	memset(address, 0, sizeof(*address));
}

static bool path_parse(struct reader *r, const struct option *o, struct document_node *n,
		       void *base)
{
	char *text;
	int err;

	path_drop(o, base);
	if (!is_path(n->text))
		return reader_reject(r, o, n);
	text = mem_copy(n->text.at, n->text.len);
	err = url_address_parse(text, option_at(o, base));
	mem_free(text);
	return err ? reader_reject(r, o, n) : true;
}

static bool path_is_set(const struct option *o, const void *base)
{
	const struct url_address *address = option_at_const(o, base);

	return address->text != NULL;
}

static void path_print(const struct option *o, const void *base, struct text *t)
{
	const struct url_address *address = option_at_const(o, base);

	scalar_put(t, view_of(address->text));
}

const struct option_type hyperlink_path = {
	.name = "path",
	.expected = "a path of this site such as /login.php or /index.php?do=login",
	.parse = path_parse,
	.is_set = path_is_set,
	.print = path_print,
	.drop = path_drop,
};
