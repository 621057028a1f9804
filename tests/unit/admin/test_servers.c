#include "office.h"

static struct server *only_server(void)
{
	return fleet_of(office.settings)->at[0].server;
}

static void expect_servers(const char *json)
{
	ck_assert_int_eq(office_ask("GET", "/v1/servers"), 200);
	ck_assert_str_eq(line_body(&office.c), json);
}

static void a_server_that_nobody_has_asked_is_up(void)
{
	expect_servers("{\"servers\":[{\"url\":\"http://127.0.0.1:1\",\"up\":true}]}");
}

/* It is asked whatever became of it before, and was "up" for that. */
static void the_only_server_was_called_up_while_it_took_no_connection(void)
{
	ck_assert(server_blame(&only_server()->refuses_since_ms, ground_start_ms));
	expect_servers(
		"{\"servers\":[{\"url\":\"http://127.0.0.1:1\",\"up\":false,"
		"\"reason\":\"takes no connections\",\"since\":\"2025-11-23T12:13:20.000Z\"}]}");
	ck_assert_int_eq(office_ask_with("GET", "/readyz", "", ""), 200);
	ck_assert_ptr_nonnull(strstr(line_body(&office.c), "\"servers\":{\"up\":0,\"of\":1}"));
	ck_assert_int_eq(office_ask("GET", "/metrics"), 200);
	ck_assert_ptr_nonnull(
		strstr(office.c.got, "\nlatchd_origin_up{server=\"http://127.0.0.1:1\"} 0\n"));
	ck_assert(server_clear(&only_server()->refuses_since_ms));
	expect_servers("{\"servers\":[{\"url\":\"http://127.0.0.1:1\",\"up\":true}]}");
}

static void a_server_that_ails_says_so_unless_it_refuses_too(void)
{
	ck_assert(server_blame(&only_server()->ails_since_ms, ground_start_ms + 1000));
	expect_servers("{\"servers\":[{\"url\":\"http://127.0.0.1:1\",\"up\":false,"
		       "\"reason\":\"does not pass its health checks\","
		       "\"since\":\"2025-11-23T12:13:21.000Z\"}]}");
	ck_assert(server_blame(&only_server()->refuses_since_ms, ground_start_ms));
	ck_assert_int_eq(office_ask("GET", "/v1/servers"), 200);
	ck_assert_ptr_nonnull(strstr(line_body(&office.c), "takes no connections"));
}

SUITE_MAIN_WITH("servers", office_setup, office_teardown, a_server_that_nobody_has_asked_is_up,
		the_only_server_was_called_up_while_it_took_no_connection,
		a_server_that_ails_says_so_unless_it_refuses_too)
