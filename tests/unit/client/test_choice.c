/* Which server a request goes to, and what happens where one cannot be had: exchange, pool and stock together, over
 * sockets. */
#include "crew.h"

static void hurry(struct settings *s)
{
	s->origin.connect_timeout_ms = 250;
}

static void each_request_goes_to_the_next_server(void)
{
	unsigned met[3] = { 0 };

	crew_start(3, NULL);
	for (unsigned n = 0; n < 9; n++) {
		int client = crew_ask(GET), origin;
		unsigned i;

		origin = crew_hear_any(&i);
		met[i]++;
		crew_answer(&origin, &client);
	}
	for (unsigned i = 0; i < 3; i++)
		ck_assert_uint_eq(met[i], 3);
	crew_stop();
}

static void be_fair(struct settings *s)
{
	s->origin.balance = BALANCE_LEAST_CONNECTIONS;
}

static void a_slow_server_gets_less(void)
{
	int client, origin, slow_clients[2], slow_origins[2];
	unsigned slow[2], i;

	crew_start(3, be_fair);
	for (unsigned n = 0; n < 2; n++) {
		slow_clients[n] = crew_ask(GET);
		slow_origins[n] = crew_hear_any(&slow[n]);
	}
	ck_assert_uint_ne(slow[0], slow[1]);
	for (unsigned n = 0; n < 5; n++) {
		client = crew_ask(GET);
		origin = crew_hear_any(&i);
		ck_assert_uint_eq(i, 3 - slow[0] - slow[1]);
		crew_answer(&origin, &client);
	}
	crew_answer(&slow_origins[0], &slow_clients[0]);
	crew_answer(&slow_origins[1], &slow_clients[1]);
	crew_stop();
}

static void who_takes_no_connection_costs_nobody_anything(void)
{
	crew_start(2, NULL);
	crew_leave(0);
	for (unsigned n = 0; n < 4; n++) {
		int client = crew_ask(n % 2 ? GET : POST), origin = crew_hear(1);

		crew_answer(&origin, &client);
	}
	ck_assert(!server_is_up(crew_server(0)));
	ck_assert_int_eq(plain_metric(crew.proxy, METRIC_ORIGIN_FAILOVERS), 1);
	ck_assert_uint_eq(plain_seen(crew.proxy)->failures, 0);
	crew_stop();
}

/* Two of them, and turns: one meets the server that is gone. */
static void a_post_of_which_nothing_was_sent_goes_to_another_server(void)
{
	crew_start(2, NULL);
	crew_leave(0);
	for (unsigned n = 0; n < 2; n++) {
		int client = crew_ask(POST), origin = raw_accept(crew.listeners[1]);

		raw_read_until(origin, "\r\n\r\nbody");
		crew_answer(&origin, &client);
	}
	ck_assert_int_eq(plain_metric(crew.proxy, METRIC_ORIGIN_FAILOVERS), 1);
	ck_assert_int_eq(plain_metric(crew.proxy, METRIC_ORIGIN_RETRIES), 0);
	ck_assert_uint_eq(plain_seen(crew.proxy)->failures, 0);
	crew_stop();
}

static void a_body_goes_where_the_head_goes(void)
{
	int client, origin;

	crew_start(2, NULL);
	crew_leave(0);
	for (unsigned n = 0; n < 2; n++) {
		client = crew_ask("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
				  "5\r\nhello\r\n");
		origin = crew_hear(1);
		raw_read_until(origin, "5\r\nhello\r\n");
		raw_send(client, "0\r\n\r\n");
		raw_read_until(origin, "0\r\n\r\n");
		crew_answer(&origin, &client);
	}
	crew_stop();
}

static void when_all_are_down_nobody_waits(void)
{
	int client;

	crew_start(2, NULL);
	crew_leave(0);
	crew_leave(1);
	client = crew_ask(GET);
	crew_expect_status(&client, "HTTP/1.1 502 ");
	for (unsigned n = 0; n < 3; n++) {
		client = crew_ask(GET);
		crew_expect_status(&client, "HTTP/1.1 503 ");
	}
	ck_assert_int_eq(plain_metric(crew.proxy, METRIC_ORIGIN_FAIL_CONNECT), 1);
	ck_assert_int_eq(plain_metric(crew.proxy, METRIC_ORIGIN_FAIL_DOWN), 3);
	crew_stop();
}

static void who_does_not_answer_at_all_is_left_out(void)
{
	int fillers[CREW_FILLERS], client, origin;

	crew_start(2, hurry);
	crew_stop_accepting(0, fillers);
	for (unsigned n = 0; n < 4; n++) {
		client = crew_ask(POST);
		origin = crew_hear(1);
		crew_answer(&origin, &client);
	}
	ck_assert_int_eq(plain_metric(crew.proxy, METRIC_ORIGIN_FAILOVERS), 1);
	crew_forget_fillers(fillers);
	crew_stop();
}

static void when_nobody_answers_it_is_a_timeout(void)
{
	int fillers[CREW_FILLERS], client;

	crew_start(1, hurry);
	crew_stop_accepting(0, fillers);
	client = crew_ask(GET);
	crew_expect_status(&client, "HTTP/1.1 504 ");
	crew_forget_fillers(fillers);
	crew_stop();
}

static void who_dies_over_a_request_that_may_be_repeated_loses_it_to_another(void)
{
	int client, origin;
	unsigned first, second;

	crew_start(2, NULL);
	client = crew_ask(GET);
	origin = crew_hear_any(&first);
	raw_reset(&origin);
	origin = crew_hear_any(&second);
	ck_assert_uint_ne(first, second);
	crew_answer(&origin, &client);
	ck_assert_int_eq(plain_metric(crew.proxy, METRIC_ORIGIN_RETRIES), 1);
	client = crew_ask(POST);
	origin = crew_hear_any(&first);
	raw_read_until(origin, "body");
	raw_reset(&origin);
	crew_expect_status(&client, "HTTP/1.1 502 ");
	crew_stop();
}

static void the_only_server_is_asked_whatever_became_of_it(void)
{
	int client, origin;

	crew_start(1, NULL);
	crew_leave(0);
	for (unsigned n = 0; n < 3; n++) {
		client = crew_ask(GET);
		crew_expect_status(&client, "HTTP/1.1 502 ");
	}
	crew.listeners[0] = raw_listen(&crew.ports[0]);
	crew_reload();
	client = crew_ask(GET);
	origin = crew_hear(0);
	crew_answer(&origin, &client);
	crew_stop();
}

/* The line */

static void keep_it_small(struct settings *s)
{
	s->origin.max_connections = 1;
	s->origin.max_queue = 2;
}

static void who_finds_no_room_waits_in_line(void)
{
	int clients[3], origin;

	crew_start(1, keep_it_small);
	clients[0] = crew_ask(GET);
	origin = crew_hear(0);
	clients[1] = crew_ask("GET /second HTTP/1.1\r\nHost: a\r\n\r\n");
	plain_await_metric(crew.proxy, METRIC_ORIGIN_QUEUE, 1);
	clients[2] = crew_ask("POST /third HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody");
	plain_await_metric(crew.proxy, METRIC_ORIGIN_QUEUE, 2);
	raw_send(origin, OK);
	raw_read_until(clients[0], "\r\n\r\nok");
	ck_assert_ptr_nonnull(strstr(raw_read_head(origin), "GET /second "));
	raw_send(origin, OK);
	raw_read_until(clients[1], "\r\n\r\nok");
	ck_assert_ptr_nonnull(strstr(raw_read_head(origin), "POST /third "));
	raw_read_until(origin, "body");
	raw_send(origin, OK);
	raw_read_until(clients[2], "\r\n\r\nok");
	ck_assert_int_eq(plain_metric(crew.proxy, METRIC_ORIGIN_CONNECTS), 1);
	ck_assert_int_eq(plain_metric(crew.proxy, METRIC_ORIGIN_QUEUE), 0);
	for (unsigned n = 0; n < 3; n++)
		raw_close(&clients[n]);
	raw_close(&origin);
	crew_stop();
}

static void the_line_has_an_end(void)
{
	int clients[4], origin;

	crew_start(1, keep_it_small);
	for (unsigned n = 0; n < 3; n++) {
		clients[n] = crew_ask(GET);
		plain_await_metric(crew.proxy, METRIC_ORIGIN_QUEUE, n);
	}
	clients[3] = crew_ask(GET);
	crew_expect_status(&clients[3], "HTTP/1.1 503 ");
	ck_assert_int_eq(plain_metric(crew.proxy, METRIC_ORIGIN_FAIL_BUSY), 1);
	origin = crew_hear(0);
	for (unsigned n = 0; n < 3; n++) {
		if (n)
			raw_read_head(origin);
		raw_send(origin, OK);
		raw_read_until(clients[n], "\r\n\r\nok");
		raw_close(&clients[n]);
	}
	raw_close(&origin);
	crew_stop();
}

static void be_impatient(struct settings *s)
{
	keep_it_small(s);
	s->origin.queue_timeout_ms = 30;
}

static void nobody_waits_for_ever(void)
{
	int first, second, origin;

	crew_start(1, be_impatient);
	first = crew_ask(GET);
	origin = crew_hear(0);
	second = crew_ask(GET);
	crew_expect_status(&second, "HTTP/1.1 503 ");
	ck_assert_int_eq(plain_metric(crew.proxy, METRIC_ORIGIN_QUEUE), 0);
	crew_answer(&origin, &first);
	crew_stop();
}

static void who_goes_away_leaves_the_line(void)
{
	int clients[3], origin;

	crew_start(1, keep_it_small);
	clients[0] = crew_ask(GET);
	origin = crew_hear(0);
	clients[1] = crew_ask("GET /gone HTTP/1.1\r\nHost: a\r\n\r\n");
	plain_await_metric(crew.proxy, METRIC_ORIGIN_QUEUE, 1);
	clients[2] = crew_ask("GET /third HTTP/1.1\r\nHost: a\r\n\r\n");
	plain_await_metric(crew.proxy, METRIC_ORIGIN_QUEUE, 2);
	raw_reset(&clients[1]);
	plain_await_metric(crew.proxy, METRIC_ORIGIN_QUEUE, 1);
	raw_send(origin, OK);
	raw_read_until(clients[0], "\r\n\r\nok");
	ck_assert_ptr_nonnull(strstr(raw_read_head(origin), "GET /third "));
	crew_answer(&origin, &clients[2]);
	raw_close(&clients[0]);
	crew_stop();
}

static void room_elsewhere_is_used_first(void)
{
	int clients[3], origins[2];

	crew_start(2, keep_it_small);
	for (unsigned n = 0; n < 2; n++) {
		unsigned i;

		clients[n] = crew_ask(GET);
		origins[n] = crew_hear_any(&i);
	}
	clients[2] = crew_ask(GET);
	plain_await_metric(crew.proxy, METRIC_ORIGIN_QUEUE, 1);
	raw_send(origins[1], OK);
	raw_read_until(clients[1], "\r\n\r\nok");
	raw_close(&clients[1]);
	raw_read_head(origins[1]);
	crew_answer(&origins[1], &clients[2]);
	crew_answer(&origins[0], &clients[0]);
	crew_stop();
}

/* The settings change */

/* They change places. */
static void swap_first(unsigned i)
{
	int listener = crew.listeners[0];
	uint16_t port = crew.ports[0];

	crew.listeners[0] = crew.listeners[i];
	crew.ports[0] = crew.ports[i];
	crew.listeners[i] = listener;
	crew.ports[i] = port;
}

static void a_server_that_is_left_finishes_what_it_began(void)
{
	int client, origin, other, elsewhere;
	unsigned i;

	crew_start(2, NULL);
	client = crew_ask(GET);
	origin = crew_hear_any(&i);
	swap_first(!i);
	crew.n = 1;
	crew_reload();
	for (unsigned n = 0; n < 3; n++) {
		other = crew_ask(GET);
		elsewhere = crew_hear(0);
		crew_answer(&elsewhere, &other);
	}
	raw_send(origin, OK);
	raw_read_until(client, "\r\n\r\nok");
	raw_expect_end(origin);
	raw_close(&origin);
	raw_close(&client);
	raw_close(&crew.listeners[1]);
	crew_stop();
}

static void a_server_that_is_added_is_used(void)
{
	bool met = false;

	crew_start(2, NULL);
	crew.n = 1;
	crew_reload();
	crew.n = 2;
	crew_reload();
	for (unsigned n = 0; n < 2; n++) {
		int client = crew_ask(GET), origin;
		unsigned i;

		origin = crew_hear_any(&i);
		met |= i == 1;
		crew_answer(&origin, &client);
	}
	ck_assert(met);
	crew_stop();
}

SUITE_MAIN("choice", each_request_goes_to_the_next_server, a_slow_server_gets_less,
	   who_takes_no_connection_costs_nobody_anything,
	   a_post_of_which_nothing_was_sent_goes_to_another_server, a_body_goes_where_the_head_goes,
	   when_all_are_down_nobody_waits, who_does_not_answer_at_all_is_left_out,
	   when_nobody_answers_it_is_a_timeout,
	   who_dies_over_a_request_that_may_be_repeated_loses_it_to_another,
	   the_only_server_is_asked_whatever_became_of_it, who_finds_no_room_waits_in_line,
	   the_line_has_an_end, nobody_waits_for_ever, who_goes_away_leaves_the_line,
	   room_elsewhere_is_used_first, a_server_that_is_left_finishes_what_it_began,
	   a_server_that_is_added_is_used)
