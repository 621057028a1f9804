#include "wire.h"

#include "http/hop.h"

static bool keeps(struct view bytes)
{
	struct http_head h = wire_request(bytes);

	return hop_keeps_alive(&h);
}

static void connections_live_on_as_their_version_says(void)
{
	ck_assert(keeps(VIEW("GET / HTTP/1.1\r\nHost: a\r\n\r\n")));
	ck_assert(!keeps(VIEW("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")));
	ck_assert(!keeps(VIEW("GET / HTTP/1.1\r\nHost: a\r\nConnection: x,\t CLOSE ,y\r\n\r\n")));
	ck_assert(!keeps(VIEW(
		"GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n")));
	ck_assert(keeps(VIEW("GET / HTTP/1.1\r\nHost: a\r\nConnection: closed\r\n\r\n")));
	ck_assert(!keeps(VIEW("GET / HTTP/1.0\r\n\r\n")));
	ck_assert(keeps(VIEW("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n")));
	ck_assert(!keeps(VIEW("GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n")));
}

/* The fields that are left, as they would be written. */
static struct view forwarded(struct view fields, bool keep_upgrade)
{
	char *room = arena_alloc(&wire_arena, 4096);
	struct http_head h = wire_request(arena_format(
		&wire_arena, "GET / HTTP/1.1\r\nHost: a\r\n%.*s\r\n", VIEW_ARG(fields)));
	struct text t;

	ck_assert(hop_drop(&h, &wire_arena, keep_upgrade));
	text_init(&t, room, 4096);
	head_write_request(&h, &t);
	ck_assert(view_starts(text_view(&t), VIEW("GET / HTTP/1.1\r\nHost: a\r\n")));
	return view_head(view_from(text_view(&t), 25), t.len - 27);
}

static void what_belongs_to_one_connection_is_dropped(void)
{
	wire_assert(
		forwarded(
			VIEW("Connection: keep-alive\r\nKeep-Alive: 5\r\nProxy-Connection: x\r\nTE: gzip\r\n"
			     "Trailer: A\r\nTransfer-Encoding: chunked\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n"
			     "Proxy-Authorization: x\r\nProxy-Authenticate: y\r\nA: b\r\n"),
			false),
		"A: b\r\n");
}

static void what_connection_names_is_dropped_if_nobody_relies_on_it(void)
{
	wire_assert(
		forwarded(
			VIEW("Connection: x-a, X-B ,,close\r\nx-A: 1\r\nx-b: 2\r\nX-A: 3\r\nX-C: 4\r\n"),
			false),
		"X-C: 4\r\n");
	wire_assert(
		forwarded(
			VIEW("Connection: host, cookie, content-length, x-forwarded-for, authorization\r\n"
			     "Cookie: c\r\nContent-Length: 5\r\nX-Forwarded-For: 1\r\nAuthorization: x\r\n"),
			false),
		"Cookie: c\r\nContent-Length: 5\r\nX-Forwarded-For: 1\r\nAuthorization: x\r\n");
}

/* Sixty kilobytes of them cost as much time as five thousand requests. */
static void who_names_many_fields_that_are_not_there_is_refused(void)
{
	char names[400] = "Connection: ";
	struct http_head h;

	for (unsigned n = 0; n < 30; n++)
		strcat(names, "x-a,");
	strcat(names, "X-B\r\nX-A: 1\r\nX-B: 2\r\nX-C: 3\r\n");
	wire_assert(forwarded(view_of(names), false), "X-C: 3\r\n");
	for (unsigned n = 0; n < 40; n++)
		memcpy(names + 12 + 2 * n, "a,", 2);
	h = wire_request(arena_format(&wire_arena, "GET / HTTP/1.1\r\nHost: a\r\n%s\r\n", names));
	ck_assert(!hop_drop(&h, &wire_arena, false));
}

static int64_t rest_of(const char *value)
{
	struct http_head h = wire_request(arena_format(
		&wire_arena, "GET / HTTP/1.1\r\nHost: a\r\nKeep-Alive: %s\r\n\r\n", value));

	return hop_keep_alive_ms(&h);
}

static void a_connection_may_be_kept_for_so_many_seconds(void)
{
	struct http_head h = wire_request(VIEW("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));

	ck_assert_int_eq(rest_of("timeout=5, max=100"), 5000);
	ck_assert_int_eq(rest_of("max=100 , Timeout=0"), 0);
	ck_assert_int_eq(rest_of("300"), INT64_MAX);
	ck_assert_int_eq(rest_of("timeout=-1"), INT64_MAX);
	ck_assert_int_eq(rest_of("timeout=99999999999999999999"), INT64_MAX);
	ck_assert_int_eq(hop_keep_alive_ms(&h), INT64_MAX);
}

static void a_length_is_read_in_one_way_only(void)
{
	wire_assert(forwarded(VIEW("Content-Length: 0011\r\n"), false), "Content-Length: 11\r\n");
	wire_assert(forwarded(VIEW("content-length:00\r\n"), false), "content-length: 0\r\n");
	wire_assert(forwarded(VIEW("Content-Length:\t 7 \t\r\n"), false), "Content-Length: 7\r\n");
	wire_assert(
		forwarded(
			VIEW("Content_Length: 8\r\nContent-Length: 7\r\nContent-Length: 7\r\nTransfer_Encoding: chunked\r\n"),
			false),
		"Content-Length: 7\r\n");
}

static void of_te_only_trailers_are_left(void)
{
	wire_assert(forwarded(VIEW("TE: gzip, Trailers\r\n"), false),
		    "TE: trailers\r\nConnection: TE\r\n");
	wire_assert(forwarded(VIEW("TE: trailersx\r\n"), false), "");
}

static void only_requests_that_know_of_chunks_take_trailers(void)
{
	struct http_head old = wire_request(VIEW("GET / HTTP/1.0\r\nTE: trailers\r\n\r\n"));
	struct http_head answer = wire_response(VIEW("HTTP/1.1 200 OK\r\nTE: trailers\r\n\r\n"));
	struct http_head asks =
		wire_request(VIEW("GET / HTTP/1.1\r\nHost: a\r\nTE: x, trailers\r\n\r\n"));

	ck_assert(hop_takes_trailers(&asks));
	ck_assert(!hop_takes_trailers(&old) && !hop_takes_trailers(&answer));
	ck_assert(hop_drop(&old, &wire_arena, false) && !head_find(&old, HTTP_TE, NULL));
	ck_assert(hop_drop(&answer, &wire_arena, false) && !head_find(&answer, HTTP_TE, NULL));
	ck_assert(!head_find(&answer, HTTP_CONNECTION, NULL));
}

static void an_upgrade_stays_if_it_is_forwarded(void)
{
	wire_assert(forwarded(VIEW("Connection: Upgrade\r\nUpgrade: websocket\r\n"), true),
		    "Upgrade: websocket\r\nConnection: Upgrade\r\n");
	wire_assert(forwarded(VIEW("Connection: close\r\nA: b\r\n"), true), "A: b\r\n");
}

static void a_full_arena_is_said(void)
{
	struct http_head h =
		wire_request(VIEW("GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\n\r\n"));
	struct arena none;

	arena_init(&none, NULL, 0, 0);
	h.room = h.n_fields;
	ck_assert(!hop_drop(&h, &none, false));
}

SUITE_MAIN_WITH("hop", wire_setup, wire_teardown, connections_live_on_as_their_version_says,
		what_belongs_to_one_connection_is_dropped,
		what_connection_names_is_dropped_if_nobody_relies_on_it,
		who_names_many_fields_that_are_not_there_is_refused,
		a_connection_may_be_kept_for_so_many_seconds, a_length_is_read_in_one_way_only,
		of_te_only_trailers_are_left, only_requests_that_know_of_chunks_take_trailers,
		an_upgrade_stays_if_it_is_forwarded, a_full_arena_is_said)
