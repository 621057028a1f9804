/* Servers that are asked how they are, by hand; the prober runs on the proxy's loop. */
#include "crew.h"
#include "wirework.h"

static char path[] = "/health";

static void ask_often(struct settings *s)
{
	s->origin.health = (struct settings_health){ .check = CHECK_REQUEST,
						     .path = mem_text(path),
						     .interval_ms = 100,
						     .timeout_ms = 5000,
						     .status = 200,
						     .status_is_class = true,
						     .rise = 2,
						     .fall = 2 };
}

static void start(unsigned n, void (*adjust)(struct settings *s))
{
	crew_start(n, adjust);
	plain_call(crew.proxy, crew_probe, NULL);
}

static bool is_given_up(int origin)
{
	struct pollfd p = { .fd = origin, .events = POLLRDHUP };

	return poll(&p, 1, 0) > 0;
}

/* One question, heard and answered. One that other settings took back may have come before it. */
static void answer(unsigned i, const char *text)
{
	int origin = raw_accept(crew.listeners[i]);

	while (is_given_up(origin)) {
		raw_close(&origin);
		origin = raw_accept(crew.listeners[i]);
	}
	ck_assert_ptr_nonnull(strstr(raw_read_head(origin), "GET /health HTTP/1.1\r\nHost: "));
	raw_send(origin, text);
	raw_expect_end(origin);
	raw_close(&origin);
}

static void forget_those_given_up(unsigned i)
{
	while (!raw_is_silent(crew.listeners[i], 0)) {
		int origin = raw_accept(crew.listeners[i]);

		ck_assert(is_given_up(origin));
		raw_close(&origin);
	}
}

#define FINE "HTTP/1.1 204 No Content\r\n\r\n"
#define ILL "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"

static void who_does_not_say_that_it_is_well_is_put_aside(void)
{
	start(1, ask_often);
	answer(0, FINE);
	answer(0, ILL);
	ck_assert(server_is_up(crew_server(0)));
	answer(0, ILL);
	crew_await_up(0, false);
	crew_stop();
}

static void who_is_put_aside_comes_back(void)
{
	int client, origin;

	start(1, ask_often);
	answer(0, ILL);
	crew_await_up(0, false);
	client = crew_ask(GET);
	crew_expect_status(&client, "HTTP/1.1 503 ");
	answer(0, FINE);
	ck_assert(!server_is_up(crew_server(0)));
	answer(0, FINE);
	crew_await_up(0, true);
	plain_call(crew.proxy, crew_stop_probing, NULL);
	client = crew_ask(GET);
	origin = crew_hear(0);
	crew_answer(&origin, &client);
	crew_stop();
}

static void what_is_no_answer_is_a_bad_one(void)
{
	static const char *const answers[] = { "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
					       "SSH-2.0\r\n\r\n",
					       "HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n" };

	for (unsigned i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
		start(1, ask_often);
		answer(0, answers[i]);
		crew_await_up(0, false);
		crew_stop();
	}
}

static void an_interim_answer_is_not_the_answer(void)
{
	start(1, ask_often);
	answer(0, "HTTP/1.1 100 Continue\r\n\r\n" FINE);
	answer(0, "HTTP/1.1 103 Early Hints\r\n\r\n" ILL);
	answer(0, ILL);
	crew_await_up(0, false);
	crew_stop();
}

static void who_closes_without_a_word_is_not_well(void)
{
	int origin;

	start(1, ask_often);
	origin = crew_hear(0);
	raw_close(&origin);
	crew_await_up(0, false);
	crew_stop();
}

static void ask_briefly(struct settings *s)
{
	ask_often(s);
	s->origin.health.timeout_ms = 50;
}

static void who_is_silent_is_not_well(void)
{
	start(1, ask_briefly);
	crew_await_up(0, false);
	crew_stop();
}

static void who_refuses_comes_back_without_costing_a_request(void)
{
	int client, origin;

	start(2, NULL);
	crew_leave(0);
	for (unsigned n = 0; n < 2; n++) {
		client = crew_ask(GET);
		origin = crew_hear(1);
		crew_answer(&origin, &client);
	}
	crew_await_up(0, false);
	crew.listeners[0] = wirework_listen(&crew.ports[0]);
	crew_await_up(0, true);
	crew_stop();
}

static void only_connect(struct settings *s)
{
	s->origin.health = (struct settings_health){
		.check = CHECK_CONNECT, .interval_ms = 100, .timeout_ms = 5000, .rise = 2, .fall = 2
	};
}

/* A connection that is taken, about which nothing is asked. */
static void take_one(unsigned i)
{
	int origin = raw_accept(crew.listeners[i]);

	raw_expect_end(origin);
	raw_close(&origin);
}

static void where_nothing_is_asked_for_a_connection_is_enough(void)
{
	start(1, only_connect);
	take_one(0);
	take_one(0);
	ck_assert(server_is_up(crew_server(0)));
	crew_leave(0);
	crew_await_up(0, false);
	ck_assert(atomic_load(&crew_server(0)->ails_since_ms));
	ck_assert(!atomic_load(&crew_server(0)->refuses_since_ms));
	crew.listeners[0] = wirework_listen(&crew.ports[0]);
	take_one(0);
	ck_assert(!server_is_up(crew_server(0)));
	take_one(0);
	crew_await_up(0, true);
	crew_stop();
}

static void connect_briefly(struct settings *s)
{
	only_connect(s);
	s->origin.health.timeout_ms = 50;
}

static void a_connection_that_takes_too_long_is_none(void)
{
	int fillers[CREW_FILLERS];

	crew_listen(1, connect_briefly);
	crew_stop_accepting(0, fillers);
	crew.proxy = plain_start(&(struct plain_options){ .origin_port = 1, .adjust = crew_name });
	plain_call(crew.proxy, crew_probe, NULL);
	crew_await_up(0, false);
	crew_forget_fillers(fillers);
	crew_stop();
}

static void switch_off(struct settings *s)
{
	ask_often(s);
	s->origin.health.check = CHECK_OFF;
}

static void a_check_that_is_off_asks_nobody(void)
{
	start(1, ask_often);
	answer(0, ILL);
	crew_await_up(0, false);
	crew.adjust = switch_off;
	crew_reload();
	crew_await_up(0, true);
	forget_those_given_up(0);
	ck_assert(raw_is_silent(crew.listeners[0], 300));
	crew_stop();
}

static void settings_without_checks_forgive_everybody(void)
{
	start(2, ask_often);
	answer(0, ILL);
	crew_await_up(0, false);
	crew.adjust = NULL;
	crew_reload();
	crew_await_up(0, true);
	crew_stop();
}

static void settings_that_change_keep_what_is_known(void)
{
	start(2, ask_often);
	answer(0, ILL);
	crew_await_up(0, false);
	crew_reload();
	answer(0, FINE);
	ck_assert(!server_is_up(crew_server(0)));
	answer(0, FINE);
	crew_await_up(0, true);
	crew_stop();
}

static void announce(struct settings *s)
{
	ask_often(s);
	s->origin.announce = ANNOUNCE_V1;
}

static void it_announces_itself_where_that_is_asked_for(void)
{
	int origin;

	start(1, announce);
	origin = raw_accept(crew.listeners[0]);
	ck_assert_str_eq(raw_read_until(origin, "\r\n"), "PROXY UNKNOWN\r\n");
	raw_read_head(origin);
	raw_close(&origin);
	crew_stop();
}

SUITE_MAIN("prober", who_does_not_say_that_it_is_well_is_put_aside, who_is_put_aside_comes_back,
	   what_is_no_answer_is_a_bad_one, an_interim_answer_is_not_the_answer,
	   who_closes_without_a_word_is_not_well, who_is_silent_is_not_well,
	   who_refuses_comes_back_without_costing_a_request,
	   where_nothing_is_asked_for_a_connection_is_enough,
	   a_connection_that_takes_too_long_is_none, a_check_that_is_off_asks_nobody,
	   settings_without_checks_forgive_everybody, settings_that_change_keep_what_is_known,
	   it_announces_itself_where_that_is_asked_for)
