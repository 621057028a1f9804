#include "config/contradiction.h"

#include "http/form.h"

#include <stdarg.h>
#include <stdio.h>

struct checking {
	struct document_node *root;
	const struct settings *s;
	struct finding_list *findings;
};

enum { PATH_BYTES = 128 };

static void complain(const struct checking *c, const char *path, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void warn(const struct checking *c, const char *path, const char *what)
{
	finding_warning(c->findings, document_place(c->root, path), path, "%s", what);
}

static void complain(const struct checking *c, const char *path, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	finding_add(c->findings, false, document_place(c->root, path), path, format, args);
	va_end(args);
}

static bool is_written(const struct checking *c, const char *path)
{
	return document_reach(c->root, path) != NULL;
}

static bool is_one(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

static bool is_same_address(const struct settings_address *a, const struct settings_address *b)
{
	return is_one(a->unix_path, b->unix_path) ||
	       (is_one(a->host, b->host) && a->port == b->port && a->port);
}

/* "origin.url" or "origin.urls[2]" */
static void origin_path(const struct checking *c, size_t i, char ret_path[PATH_BYTES])
{
	if (c->s->origin.n_servers)
		snprintf(ret_path, PATH_BYTES, "origin.urls[%zu]", i);
	else
		snprintf(ret_path, PATH_BYTES, "origin.url");
}

static void check_circle(const struct checking *c, const char *path,
			 const struct settings_address *listener)
{
	char where[PATH_BYTES];

	for (size_t i = 0; i < settings_servers(c->s); i++) {
		struct settings_server server = settings_server(c->s, i);

		origin_path(c, i, where);
		if (is_same_address(listener, &server.address))
			complain(c, path,
				 "the same address as %s: requests would go round in circles",
				 where);
	}
}

static void check_addresses(const struct checking *c)
{
	const struct settings *s = c->s;
	char path[PATH_BYTES];

	for (size_t i = 0; i < s->n_listeners; i++) {
		const struct settings_address *a = &s->listeners[i].address;

		snprintf(path, sizeof(path), "listen[%zu]", i);
		for (size_t j = 0; j < i; j++)
			if (is_same_address(a, &s->listeners[j].address))
				complain(c, path, "the same address as listen[%zu]", j);
		check_circle(c, path, a);
		if (is_same_address(a, &s->admin_listen))
			complain(c, path, "the same address as admin.listen");
	}
}

/* Whoever may connect to such an address could as well claim any other. */
static bool is_for_everybody(const struct settings_address *a)
{
	return a->host && !view_starts(view_of(a->host), VIEW("127.")) &&
	       strcmp(a->host, "::1") != 0 && strcasecmp(a->host, "localhost") != 0;
}

static void check_listeners(const struct checking *c)
{
	const struct settings *s = c->s;
	char path[PATH_BYTES];

	for (size_t i = 0; i < s->n_listeners; i++) {
		const struct settings_listener *l = &s->listeners[i];

		snprintf(path, sizeof(path), "listen[%zu].mode", i);
		if (l->mode && l->address.host)
			complain(c, path, "only the file of a unix socket has a mode");
		snprintf(path, sizeof(path), "listen[%zu].proxy_protocol_from", i);
		if (l->proxy_protocol_from.n && !l->proxy_protocol)
			complain(c, path, "nobody sends its header without proxy_protocol: true");
		snprintf(path, sizeof(path), "listen[%zu].proxy_protocol", i);
		if (l->proxy_protocol && !l->proxy_protocol_from.n && !s->trusted_proxies.n &&
		    is_for_everybody(&l->address))
			warn(c, path,
			     "whoever connects can claim any address: say proxy_protocol_from");
	}
}

/* Latch-* in any spelling: no client or proxy may say such a thing. */
static bool is_ours(const char *header)
{
	return header && strncasecmp(header, "latch", 5) == 0 &&
	       (header[5] == '-' || header[5] == '_');
}

static void check_http(const struct checking *c)
{
	const struct settings_http *http = &c->s->http;

	if (http->max_target_bytes && http->max_head_bytes &&
	    http->max_target_bytes > http->max_head_bytes)
		complain(c, is_written(c, "http.max_target") ? "http.max_target" : "http.max_head",
			 "max_target is larger than max_head, which holds it");
	if (is_ours(http->client_subject))
		complain(c, "http.client_subject", "Latch-* headers say other things");
}

/* Whether one cookie could be meant by both. */
static bool overlap(struct view a, bool a_is_prefix, struct view b, bool b_is_prefix)
{
	return view_is(a, b) || (a_is_prefix && view_starts(b, a)) ||
	       (b_is_prefix && view_starts(a, b));
}

/* Whether every cookie that `later` names is named by `earlier` already, and goes by what that says. */
static bool is_shadowed(const struct settings_cookie *earlier, const struct settings_cookie *later)
{
	return later->name && earlier->name && earlier->prefix &&
	       view_starts(view_of(later->name), view_of(earlier->name));
}

static void check_cookies(const struct checking *c)
{
	const struct settings_identity *identity = &c->s->identity;
	char path[PATH_BYTES];

	for (size_t i = 0; i < identity->n_cookies; i++)
		for (size_t j = 0; j < i; j++) {
			const struct settings_cookie *a = &identity->cookies[i],
						     *b = &identity->cookies[j];

			snprintf(path, sizeof(path), "identity.session_cookies[%zu]", i);
			if (is_one(a->name, b->name) && a->prefix == b->prefix)
				complain(c, path, "named twice");
			else if (a->seal != b->seal && is_shadowed(b, a))
				complain(
					c, path,
					"named by [%zu] already, which says something else of seal",
					j);
		}
}

static void check_parameters(const struct checking *c)
{
	const struct settings_texts *names = &c->s->identity.parameters;
	char path[PATH_BYTES];

	for (size_t i = 0; i < names->n; i++)
		for (size_t j = 0; j < i; j++) {
			if (!names->at[i] || !names->at[j] ||
			    strcasecmp(names->at[i], names->at[j]) != 0)
				continue;
			snprintf(path, sizeof(path), "identity.session_parameters[%zu]", i);
			complain(c, path, "named twice: letter case makes no difference here");
		}
}

static bool is_session_cookie(const struct settings_identity *identity, const char *pattern)
{
	struct view v = view_of(pattern);
	bool is_prefix = view_ends(v, VIEW("*"));

	v.len -= is_prefix;
	for (size_t i = 0; i < identity->n_cookies; i++)
		if (overlap(v, is_prefix, view_of(identity->cookies[i].name),
			    identity->cookies[i].prefix))
			return true;
	return false;
}

/* Where a failed login answers as a good one does, whoever tries a name is taken for its owner. */
static void warn_of_credulity(const struct checking *c, const struct settings_success *success,
			      const char *below)
{
	char path[PATH_BYTES + sizeof(".login_form.success")];

	if (success->status || success->location || success->not_location || success->sets_cookie)
		return;
	snprintf(path, sizeof(path), "%s.login_form.success", below);
	warn(c, path,
	     success->sets_cookie_none
		     ? "every attempt counts as a login: say status, location or not_location"
		     : "a failed attempt that gets a session cookie counts as a login: say status, location or "
		       "not_location");
}

static void check_success(const struct checking *c, const struct settings_success *success,
			  const char *path)
{
	if (success->location && success->not_location &&
	    view_starts(view_of(success->location), view_of(success->not_location)))
		complain(
			c, path,
			"success.location begins with success.not_location: no login could succeed");
	if (success->sets_cookie && c->s->identity.n_cookies &&
	    !is_session_cookie(&c->s->identity, success->sets_cookie))
		complain(c, path, "success.sets_cookie is none of identity.session_cookies");
	warn_of_credulity(c, success, path);
}

static void check_login(const struct checking *c, const struct settings_source *source,
			const char *path)
{
	size_t fields = source->n_when + source->password.n + source->path.n_params + 1;

	for (size_t i = 0; i < source->password.n; i++)
		if (is_one(source->field, source->password.at[i]))
			complain(c, path, "field and password are the same field");
	for (size_t i = 0; i < source->n_when; i++)
		if (is_one(source->field, source->when[i].name))
			complain(c, path,
				 "field is named in when: there would be one account only");
	if (fields > FORM_MAX_FIELDS)
		complain(c, path, "asks for more than %d fields", FORM_MAX_FIELDS);
	check_success(c, &source->success, path);
}

static void check_request_header(const struct checking *c, const struct settings_source *source,
				 const char *path)
{
	if (!c->s->trusted_proxies.n)
		warn(c, path,
		     "request_header is believed from trusted_proxies only, and there are none");
	if (is_ours(source->name))
		complain(c, path, "Latch-* headers of requests are dropped, whoever sends them");
}

static const char *binding_key(enum settings_source_kind kind)
{
	switch (kind) {
	case SOURCE_RESPONSE_HEADER:
		return "response_header";
	case SOURCE_LOGIN_FORM:
		return "login_form";
	case SOURCE_SET_COOKIE:
		return "set_cookie";
	default:
		return NULL;
	}
}

static void check_sources(const struct checking *c)
{
	const struct settings_identity *identity = &c->s->identity;

	for (size_t i = 0; i < identity->n_sources; i++) {
		const struct settings_source *source = &identity->sources[i];
		const char *binds = binding_key(source->kind);
		char path[PATH_BYTES];

		snprintf(path, sizeof(path), "identity.account[%zu]", i);
		/* An entry that could not be read has no kind. */
		if (!source->name && !source->field && !source->path.text)
			continue;
		if (binds && !identity->n_cookies)
			complain(
				c, path,
				"%s tells whose session it is, and identity.session_cookies names none",
				binds);
		if (source->kind == SOURCE_LOGIN_FORM)
			check_login(c, source, path);
		else if (source->kind == SOURCE_REQUEST_HEADER)
			check_request_header(c, source, path);
	}
}

/* Of several ways to say one thing, at most one. */
static void check_one_of(const struct checking *c, const char *const *paths)
{
	const char *first = NULL;

	for (; *paths; paths++) {
		if (first && is_written(c, *paths))
			complain(c, *paths, "%s is there as well", first);
		if (!first && is_written(c, *paths))
			first = *paths;
	}
}

static void check_servers(const struct checking *c)
{
	const struct settings_origin *o = &c->s->origin;
	char path[PATH_BYTES];

	for (size_t i = 0; i < o->n_servers; i++)
		for (size_t j = 0; j < i; j++) {
			if (!is_same_address(&o->servers[i].address, &o->servers[j].address))
				continue;
			origin_path(c, i, path);
			complain(c, path, "the same address as origin.urls[%zu]", j);
		}
}

/* Where reader would miss it. */
static void miss_origin(const struct checking *c)
{
	const struct document_node *origin = document_reach(c->root, "origin");
	struct finding_place place = origin ? origin->place : (struct finding_place){ 1, 1 };

	finding_error(c->findings, place, "origin.url", "required, and missing");
}

static void check_health(const struct checking *c)
{
	const struct settings_health *h = &c->s->origin.health;
	bool asks = h->check == CHECK_REQUEST;

	if (asks && !is_written(c, "origin.health.path"))
		complain(c, "origin.health.check", "what is asked for? path is missing");
	if (h->check != CHECK_CONNECT)
		return;
	if (h->path)
		complain(c, "origin.health.path", "check: connect asks for nothing");
	if (h->host)
		complain(c, "origin.health.host", "without path nothing is asked for");
	/* 2xx is the default, which is there as well when all settings are written down. */
	if (is_written(c, "origin.health.status") && !(h->status == 200 && h->status_is_class))
		complain(c, "origin.health.status", "without path nothing is asked for");
}

static void check_origin(const struct checking *c)
{
	static const char *const urls[] = { "origin.url", "origin.urls", NULL };

	check_one_of(c, urls);
	if (!is_written(c, urls[0]) && !c->s->origin.n_servers)
		miss_origin(c);
	check_servers(c);
	check_health(c);
}

static void check_certificate(const struct checking *c, const char *below,
			      const struct settings_certificate *certificate)
{
	char path[PATH_BYTES];

	snprintf(path, sizeof(path), "%s.%s", below, certificate->key ? "key" : "certificate");
	if (!certificate->certificate != !certificate->key)
		complain(c, path, "a certificate and its key come together: one is missing");
	snprintf(path, sizeof(path), "%s.ocsp", below);
	if (certificate->ocsp && !certificate->certificate)
		complain(c, path, "it tells of a certificate, and there is none");
}

static void check_client_certificates(const struct checking *c, size_t i,
				      const struct settings_tls *tls)
{
	bool asks = tls->client_certificate != CLIENT_CERTIFICATE_OFF;
	char path[PATH_BYTES];

	snprintf(path, sizeof(path), "listen[%zu].tls.client_certificate", i);
	if (asks && !tls->client_ca)
		complain(c, path, "who signs them? client_ca is missing");
	snprintf(path, sizeof(path), "listen[%zu].tls.client_ca", i);
	if (!asks && tls->client_ca)
		warn(c, path, "no certificate is asked for: client_certificate is off");
}

/* None of the origin's servers, as far as they could be read, speaks TLS. */
static bool is_in_plain(const struct settings *s)
{
	bool is_known = false;

	for (size_t i = 0; i < settings_servers(s); i++) {
		struct settings_server server = settings_server(s, i);

		if (server.https)
			return false;
		is_known |= server.url != NULL;
	}
	return is_known;
}

static void check_tls(const struct checking *c)
{
	const struct settings *s = c->s;
	char path[PATH_BYTES];

	for (size_t i = 0; i < s->n_listeners; i++) {
		const struct settings_tls *tls = &s->listeners[i].tls;

		snprintf(path, sizeof(path), "listen[%zu].tls", i);
		if (is_written(c, path) && !tls->certificate.certificate && !tls->certificate.key &&
		    !tls->certificate.ocsp && !tls->n_more)
			complain(c, path, "names no certificate");
		check_certificate(c, path, &tls->certificate);
		check_client_certificates(c, i, tls);
	}
	check_certificate(c, "origin.tls", &s->origin.trust.certificate);
	if ((s->origin.trust.ca || s->origin.trust.certificate.certificate) && is_in_plain(s))
		complain(c, "origin.tls", "origin.url does not begin with https://");
}

static void check_secrets(const struct checking *c)
{
	static const char *const secrets[] = { "events.secret", "events.secret_file",
					       "events.secrets", NULL };
	static const char *const tokens[] = { "admin.token", "admin.token_file", NULL };

	check_one_of(c, secrets);
	check_one_of(c, tokens);
	if (c->s->events.url && !is_written(c, secrets[0]) && !is_written(c, secrets[1]) &&
	    !c->s->events.n_secrets)
		complain(c, "events.url",
			 "events are signed: secret, secret_file or secrets is missing");
}

/* Without public_url every host could be this site. */
static bool may_be_this_site(const struct settings *s, const struct url_address *address)
{
	return !s->public_authority || url_is_on(address, view_of(s->public_authority));
}

/* Path and query of a URL or path, as a browser would ask for them. */
static void split_target(struct view url, struct view *ret_path, struct view *ret_query)
{
	size_t scheme = view_find_view(url, VIEW("://"));
	size_t mark;

	url = view_head(url, view_find(url, '#'));
	if (url.len && url.at[0] != '/' && scheme < url.len) {
		url = view_from(url, scheme + 3);
		url = view_from(url, view_find(url, '/') < view_find(url, '?')
					     ? view_find(url, '/')
					     : view_find(url, '?'));
	}
	mark = view_find(url, '?');
	*ret_path = mark ? view_head(url, mark) : VIEW("/");
	*ret_query = view_from(url, mark + 1);
}

/* Whether a request for this very URL is recognised as going there. */
static bool leads_to_itself(const struct url_address *address, struct view url, bool is_redirect)
{
	char first[4096];
	struct arena arena;
	struct view path, query;
	bool matches;

	arena_init(&arena, first, sizeof(first), 1 << 20);
	split_target(url, &path, &query);
	matches = url_matches_narrowly(address, path, query, is_redirect, &arena);
	arena_fini(&arena);
	return matches;
}

static void check_redirect(const struct checking *c, const char *path, const char *url,
			   const struct url_address *address)
{
	struct text appended;
	bool is_safe;

	if (!url || !may_be_this_site(c->s, address))
		return;
	if (view_starts(view_of(address->path), VIEW("/.latch/"))) {
		complain(c, path, "leads to latchd's own pages");
		return;
	}
	text_init_growing(&appended, 1 << 20);
	url_append(&appended, view_of(url), VIEW("challenge"), VIEW("x"));
	is_safe = leads_to_itself(address, view_of(url), true) &&
		  leads_to_itself(address, text_view(&appended), true);
	text_fini(&appended);
	if (!is_safe)
		warn(c, path, "this address could mean two things, and would itself be challenged");
}

static void check_redirects(const struct checking *c)
{
	const struct settings_redirects *to = &c->s->redirects;

	/* Who has completed a challenge is allowed: success_url is not among them. */
	check_redirect(c, "redirect_urls.new_account_url", to->new_account_url, &to->new_account);
	check_redirect(c, "redirect_urls.logout_url", to->logout_url, &to->logout);
	check_redirect(c, "redirect_urls.suspended_url", to->suspended_url, &to->suspended);
	check_redirect(c, "redirect_urls.upgrade_url", to->upgrade_url, &to->upgrade);
}

static void check_exempt(const struct checking *c)
{
	char path[PATH_BYTES];

	for (size_t i = 0; i < c->s->exempt.n_paths; i++) {
		const struct url_address *address = &c->s->exempt.paths[i];

		if (!address->text || leads_to_itself(address, view_of(address->text), false))
			continue;
		snprintf(path, sizeof(path), "exempt.paths[%zu]", i);
		warn(c, path, "this address could mean two things, and is never exempt");
	}
}

void contradiction_check(struct document_node *root, const struct settings *s,
			 struct finding_list *findings)
{
	struct checking c = { root, s, findings };

	check_addresses(&c);
	check_listeners(&c);
	check_origin(&c);
	check_tls(&c);
	check_http(&c);
	check_cookies(&c);
	check_parameters(&c);
	check_sources(&c);
	check_secrets(&c);
	check_redirects(&c);
	check_exempt(&c);
}
