/* tls_stage: a daemon with a TLS listener and certificates, and an origin that is played by hand. */
#pragma once

#include "daemon.h"
#include "guest.h"
#include "paper.h"
#include "raw.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define has(text, part) ck_assert_msg(strstr(text, part), "no \"%s\" in \"%s\"", part, text)
#define GET(path) "GET " path " HTTP/1.1\r\nHost: a.example\r\n\r\n"
#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

static const char common[] =
	"state: { path: \"{dir}/state\" }\n"
	"warmup: 0s\n"
	"admin: { listen: \"127.0.0.1:0\", token_file: \"{dir}/admin.token\" }\n"
	"identity: { session_cookies: [PHPSESSID], account: [ { response_header: Latch-Account } ] }\n"
	"redirect_urls: { new_account_url: /new, logout_url: /out }\n";

static struct daemon *gateway;
static const char *dir;
static int listener, origin;
static uint16_t origin_port;
static char *written;
static bool own_listener;

static inline void make(const char *name, const char *hosts, const char *signer)
{
	paper_make(&(struct paper){ dir, name, hosts, signer });
}

static inline void set_up(void)
{
	dir = paper_folder();
	make("first", "DNS:a.example", NULL);
	make("second", "DNS:*.b.example,DNS:b.example", NULL);
	make("third", "DNS:x.b.example", NULL);
	own_listener = false;
	listener = raw_listen(&origin_port);
	origin = -1;
}

static inline void tear_down(void)
{
	daemon_stop(&gateway);
	if (origin >= 0)
		raw_close(&origin);
	raw_close(&listener);
	paper_burn();
	free(written);
	written = NULL;
}

/* Settings with a TLS listener: $ stands for the folder with the certificates. */
static inline const char *settings(const char *more)
{
	static const char front[] =
		"listen: [ { address: \"127.0.0.1:0\", tls: { certificate: $/first.pem, key: $/first.key, certificates: [\n"
		"  { certificate: $/second.pem, key: $/second.key },\n"
		"  { certificate: $/third.pem, key: $/third.key } ] } } ]\n";
	const char *parts[] = { own_listener ? "" : front, more, common };
	size_t len;
	FILE *out;

	free(written);
	out = open_memstream(&written, &len);
	for (size_t i = 0; i < 3; i++)
		for (const char *at = parts[i]; *at; at++)
			if (*at == '$')
				fputs(dir, out);
			else
				fputc(*at, out);
	fclose(out);
	return written;
}

#define ORIGIN "origin: { url: \"http://127.0.0.1:{origin}\" }\n"
#define PLAIN_ORIGIN "workers: 1\n" ORIGIN

static inline void start_with(const char *more)
{
	gateway = daemon_start(&(struct daemon_options){
		.yaml = settings(more), .origin = origin_port, .bare = true });
}

static inline void start(void)
{
	start_with(PLAIN_ORIGIN);
}

static inline SSL *visit(const struct guest_wish *wish)
{
	return guest_visit(daemon_port(gateway), wish);
}

static inline SSL *come(const struct guest_wish *wish)
{
	SSL *s = visit(wish);

	ck_assert_msg(s != NULL, "no handshake");
	return s;
}

static inline const char *origin_hears(void)
{
	if (origin < 0)
		origin = raw_accept(listener);
	return raw_read_head(origin);
}

static inline void exchange(SSL *s)
{
	guest_say(s, GET("/"));
	origin_hears();
	raw_send(origin, OK);
	has(guest_hear(s, "\r\n\r\nok"), "HTTP/1.1 200 OK\r\n");
}
