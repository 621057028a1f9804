#include "wire.h"

#include "http/target.h"

static void hosts_are_names_or_addresses_with_a_port_at_most(void)
{
	static const char *const good[] = {
		"a",      "example.com",       "EXAMPLE.com:8080", "a_b-c.d~e", "127.0.0.1:80",
		"[::1]",  "[2001:db8::1]:443", "[::ffff:1.2.3.4]", "a:",        "a:0",
		"a:65535"
	};
	static const char *const bad[] = { "",
					   ":80",
					   "a:b",
					   "a:65536",
					   "a:123456",
					   "a:-1",
					   "a:1:2",
					   "a b",
					   "a/b",
					   "a?b",
					   "a#b",
					   "u@a",
					   "a,b",
					   "a%2e",
					   "[",
					   "[]",
					   "[::1",
					   "::1",
					   "[::1]x",
					   "[g::]",
					   "[1.2.3.4]",
					   "[fe80::1%eth0]",
					   "[0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0]",
					   "\xc3\xa9",
					   "a\\b",
					   "<a>",
					   "a;b" };

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ck_assert_msg(target_is_host(view_of(good[i])), "%s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!target_is_host(view_of(bad[i])), "%s", bad[i]);
	ck_assert(!target_is_host(VIEW("a\0b")));
	ck_assert(!target_is_host(VIEW("[::1\0]")));
}

static void a_target_is_cut_at_its_first_question_mark(void)
{
	struct http_head h = wire_request(VIEW("GET /a/b?c=d?e HTTP/1.1\r\nHost: a\r\n\r\n"));

	wire_assert(h.target, "/a/b?c=d?e");
	wire_assert(h.path, "/a/b");
	wire_assert(h.query, "c=d?e");
	h = wire_request(VIEW("GET /? HTTP/1.1\r\nHost: a\r\n\r\n"));
	wire_assert(h.path, "/");
	wire_assert(h.query, "");
	h = wire_request(VIEW("GET /a HTTP/1.1\r\nHost: a\r\n\r\n"));
	wire_assert(h.path, "/a");
	ck_assert_ptr_null(h.query.at);
	h = wire_request(VIEW("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"));
	wire_assert(h.path, "*");
}

static void the_absolute_form_is_forwarded_in_origin_form(void)
{
	struct http_head h =
		wire_request(VIEW("GET HTTP://Ex.com:80/a?b HTTP/1.1\r\nHost: eX.com:80\r\n\r\n"));

	wire_assert(h.target, "/a?b");
	wire_assert(h.path, "/a");
	wire_assert(h.query, "b");
	wire_assert(h.host, "Ex.com:80");
	wire_assert(head_value(&h, HTTP_HOST), "Ex.com:80");
	h = wire_request(VIEW("GET https://a?b HTTP/1.1\r\nHost: a\r\n\r\n"));
	wire_assert(h.target, "/?b");
	wire_assert(h.path, "/");
	h = wire_request(VIEW("GET http://a HTTP/1.1\r\nHost: a\r\n\r\n"));
	wire_assert(h.target, "/");
	h = wire_request(VIEW("OPTIONS http://a HTTP/1.1\r\nHost: a\r\n\r\n"));
	wire_assert(h.target, "*");
}

static void an_old_client_s_absolute_form_brings_its_own_host(void)
{
	struct http_head h = wire_request(VIEW("GET http://a/ HTTP/1.0\r\nA: b\r\n\r\n"));

	wire_assert(h.host, "a");
	wire_assert(head_value(&h, HTTP_HOST), "a");
}

SUITE_MAIN_WITH("target", wire_setup, wire_teardown,
		hosts_are_names_or_addresses_with_a_port_at_most,
		a_target_is_cut_at_its_first_question_mark,
		the_absolute_form_is_forwarded_in_origin_form,
		an_old_client_s_absolute_form_brings_its_own_host)
