#include "config/contradiction_inside.h"

#include <stdarg.h>
#include <stdio.h>

void contradiction_warn(const struct contradiction *c, const char *path, const char *what)
{
	finding_warning(c->findings, document_place(c->root, path), path, "%s", what);
}

void contradiction_complain(const struct contradiction *c, const char *path, const char *format,
			    ...)
{
	va_list args;

	va_start(args, format);
	finding_add(c->findings, false, document_place(c->root, path), path, format, args);
	va_end(args);
}

bool contradiction_is_one(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

bool contradiction_is_ours(const char *header)
{
	return header && strncasecmp(header, "latch", 5) == 0 &&
	       (header[5] == '-' || header[5] == '_');
}

static bool is_written(const struct contradiction *c, const char *path)
{
	return document_reach(c->root, path) != NULL;
}

static bool is_same_address(const struct settings_address *a, const struct settings_address *b)
{
	return contradiction_is_one(a->unix_path, b->unix_path) ||
	       (contradiction_is_one(a->host, b->host) && a->port == b->port && a->port);
}

/* "origin.url" or "origin.urls[2]" */
static void origin_path(const struct contradiction *c, size_t i,
			char ret_path[CONTRADICTION_PATH_BYTES])
{
	if (c->s->origin.n_servers)
		snprintf(ret_path, CONTRADICTION_PATH_BYTES, "origin.urls[%zu]", i);
	else
		snprintf(ret_path, CONTRADICTION_PATH_BYTES, "origin.url");
}

static void check_circle(const struct contradiction *c, const char *path,
			 const struct settings_address *listener)
{
	char where[CONTRADICTION_PATH_BYTES];

	for (size_t i = 0; i < settings_servers(c->s); i++) {
		struct settings_server server = settings_server(c->s, i);

		origin_path(c, i, where);
		if (is_same_address(listener, &server.address))
			contradiction_complain(
				c, path,
				"the same address as %s: requests would go round in circles",
				where);
	}
}

static void check_addresses(const struct contradiction *c)
{
	const struct settings *s = c->s;
	char path[CONTRADICTION_PATH_BYTES];

	for (size_t i = 0; i < s->n_listeners; i++) {
		const struct settings_address *a = &s->listeners[i].address;

		snprintf(path, sizeof(path), "listen[%zu]", i);
		for (size_t j = 0; j < i; j++)
			if (is_same_address(a, &s->listeners[j].address))
				contradiction_complain(c, path, "the same address as listen[%zu]",
						       j);
		check_circle(c, path, a);
		if (is_same_address(a, &s->admin_listen))
			contradiction_complain(c, path, "the same address as admin.listen");
	}
}

/* Whoever may connect to such an address could as well claim any other. */
static bool is_for_everybody(const struct settings_address *a)
{
	return a->host && !view_starts(view_of(a->host), VIEW("127.")) &&
	       strcmp(a->host, "::1") != 0 && strcasecmp(a->host, "localhost") != 0;
}

static void check_listeners(const struct contradiction *c)
{
	const struct settings *s = c->s;
	char path[CONTRADICTION_PATH_BYTES];

	for (size_t i = 0; i < s->n_listeners; i++) {
		const struct settings_listener *l = &s->listeners[i];

		snprintf(path, sizeof(path), "listen[%zu].mode", i);
		if (l->mode && l->address.host)
			contradiction_complain(c, path,
					       "only the file of a unix socket has a mode");
		snprintf(path, sizeof(path), "listen[%zu].proxy_protocol_from", i);
		if (l->proxy_protocol_from.n && !l->proxy_protocol)
			contradiction_complain(
				c, path, "nobody sends its header without proxy_protocol: true");
		snprintf(path, sizeof(path), "listen[%zu].proxy_protocol", i);
		if (l->proxy_protocol && !l->proxy_protocol_from.n && !s->trusted_proxies.n &&
		    is_for_everybody(&l->address))
			contradiction_warn(
				c, path,
				"whoever connects can claim any address: say proxy_protocol_from");
	}
}

static void check_http(const struct contradiction *c)
{
	const struct settings_http *http = &c->s->http;

	if (http->max_target_bytes && http->max_head_bytes &&
	    http->max_target_bytes > http->max_head_bytes)
		contradiction_complain(
			c, is_written(c, "http.max_target") ? "http.max_target" : "http.max_head",
			"max_target is larger than max_head, which holds it");
	if (contradiction_is_ours(http->client_subject))
		contradiction_complain(c, "http.client_subject",
				       "Latch-* headers say other things");
}

/* Of several ways to say one thing, at most one. */
static void check_one_of(const struct contradiction *c, const char *const *paths)
{
	const char *first = NULL;

	for (; *paths; paths++) {
		if (first && is_written(c, *paths))
			contradiction_complain(c, *paths, "%s is there as well", first);
		if (!first && is_written(c, *paths))
			first = *paths;
	}
}

static void check_servers(const struct contradiction *c)
{
	const struct settings_origin *o = &c->s->origin;
	char path[CONTRADICTION_PATH_BYTES];

	for (size_t i = 0; i < o->n_servers; i++)
		for (size_t j = 0; j < i; j++) {
			if (!is_same_address(&o->servers[i].address, &o->servers[j].address))
				continue;
			origin_path(c, i, path);
			contradiction_complain(c, path, "the same address as origin.urls[%zu]", j);
		}
}

/* Where reader would miss it. */
static void miss_origin(const struct contradiction *c)
{
	const struct document_node *origin = document_reach(c->root, "origin");
	struct finding_place place = origin ? origin->place : (struct finding_place){ 1, 1 };

	finding_error(c->findings, place, "origin.url", "required, and missing");
}

static void check_health(const struct contradiction *c)
{
	const struct settings_health *h = &c->s->origin.health;
	bool asks = h->check == CHECK_REQUEST;

	if (asks && !is_written(c, "origin.health.path"))
		contradiction_complain(c, "origin.health.check",
				       "what is asked for? path is missing");
	if (h->check != CHECK_CONNECT)
		return;
	if (h->path)
		contradiction_complain(c, "origin.health.path", "check: connect asks for nothing");
	if (h->host)
		contradiction_complain(c, "origin.health.host",
				       "without path nothing is asked for");
	/* 2xx is the default, which is there as well when all settings are written down. */
	if (is_written(c, "origin.health.status") && !(h->status == 200 && h->status_is_class))
		contradiction_complain(c, "origin.health.status",
				       "without path nothing is asked for");
}

static void check_origin(const struct contradiction *c)
{
	static const char *const urls[] = { "origin.url", "origin.urls", NULL };

	check_one_of(c, urls);
	if (!is_written(c, urls[0]) && !c->s->origin.n_servers)
		miss_origin(c);
	check_servers(c);
	check_health(c);
}

static void check_certificate(const struct contradiction *c, const char *below,
			      const struct settings_certificate *certificate)
{
	char path[CONTRADICTION_PATH_BYTES];

	snprintf(path, sizeof(path), "%s.%s", below, certificate->key ? "key" : "certificate");
	if (!certificate->certificate != !certificate->key)
		contradiction_complain(c, path,
				       "a certificate and its key come together: one is missing");
	snprintf(path, sizeof(path), "%s.ocsp", below);
	if (certificate->ocsp && !certificate->certificate)
		contradiction_complain(c, path, "it tells of a certificate, and there is none");
}

static void check_client_certificates(const struct contradiction *c, size_t i,
				      const struct settings_tls *tls)
{
	bool asks = tls->client_certificate != CLIENT_CERTIFICATE_OFF;
	char path[CONTRADICTION_PATH_BYTES];

	snprintf(path, sizeof(path), "listen[%zu].tls.client_certificate", i);
	if (asks && !tls->client_ca)
		contradiction_complain(c, path, "who signs them? client_ca is missing");
	snprintf(path, sizeof(path), "listen[%zu].tls.client_ca", i);
	if (!asks && tls->client_ca)
		contradiction_warn(c, path,
				   "no certificate is asked for: client_certificate is off");
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

static void check_tls(const struct contradiction *c)
{
	const struct settings *s = c->s;
	char path[CONTRADICTION_PATH_BYTES];

	for (size_t i = 0; i < s->n_listeners; i++) {
		const struct settings_tls *tls = &s->listeners[i].tls;

		snprintf(path, sizeof(path), "listen[%zu].tls", i);
		if (is_written(c, path) && !tls->certificate.certificate && !tls->certificate.key &&
		    !tls->certificate.ocsp && !tls->n_more)
			contradiction_complain(c, path, "names no certificate");
		check_certificate(c, path, &tls->certificate);
		check_client_certificates(c, i, tls);
	}
	check_certificate(c, "origin.tls", &s->origin.trust.certificate);
	if ((s->origin.trust.ca || s->origin.trust.certificate.certificate) && is_in_plain(s))
		contradiction_complain(c, "origin.tls", "origin.url does not begin with https://");
}

static void check_secrets(const struct contradiction *c)
{
	static const char *const secrets[] = { "events.secret", "events.secret_file",
					       "events.secrets", NULL };
	static const char *const tokens[] = { "admin.token", "admin.token_file", NULL };

	check_one_of(c, secrets);
	check_one_of(c, tokens);
	if (c->s->events.url && !is_written(c, secrets[0]) && !is_written(c, secrets[1]) &&
	    !c->s->events.n_secrets)
		contradiction_complain(
			c, "events.url",
			"events are signed: secret, secret_file or secrets is missing");
}

void contradiction_check(struct document_node *root, const struct settings *s,
			 struct finding_list *findings)
{
	struct contradiction c = { root, s, findings };

	check_addresses(&c);
	check_listeners(&c);
	check_origin(&c);
	check_tls(&c);
	check_http(&c);
	contradiction_check_identity(&c);
	check_secrets(&c);
	contradiction_check_links(&c);
}
