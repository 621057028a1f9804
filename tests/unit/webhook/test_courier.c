#include "suite.h"

#include "base/clock.h"
#include "base/mem.h"
#include "origin.h"
#include "webhook/courier.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* What came back, copied before it goes. */
struct trip {
	struct courier_parcel parcel;
	struct courier_receipt receipt;
	char body[256];
	unsigned returns;
};

static struct loop *loop;
static struct courier *courier;
static struct origin *backend;
static unsigned under_way;
static char url[64];
static const char *said; /* by the backend */

static void setup(void)
{
	loop = loop_create();
	courier = courier_create(loop);
	ck_assert_ptr_nonnull(courier);
}

static void teardown(void)
{
	courier_destroy(&courier);
	loop_destroy(&loop);
	origin_stop(&backend);
}

static void start_backend(origin_script *script, const char *says)
{
	said = says;
	backend = origin_start(script, NULL);
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/hooks", origin_port(backend));
}

static void on_return(struct courier_parcel *parcel, const struct courier_receipt *receipt)
{
	struct trip *t = (struct trip *)parcel;

	t->receipt = *receipt;
	t->returns++;
	snprintf(t->body, sizeof(t->body), "%.*s",
		 (int)(receipt->body.len < 255 ? receipt->body.len : 255),
		 receipt->body.at ? receipt->body.at : "");
	if (--under_way == 0)
		loop_stop(loop);
}

static void post(struct trip *t, const char *to, int64_t timeout_ms)
{
	*t = (struct trip){ .parcel = { .url = to,
					.id = "msg_1",
					.timestamp_s = 1614265330,
					.signature = "v1,c2ln",
					.body = VIEW("{\"a\":1}"),
					.timeout_ms = timeout_ms,
					.on_return = on_return } };
	under_way++;
	courier_send(courier, &t->parcel);
	ck_assert_uint_eq(t->returns, 0);
}

static struct trip go(const char *to, int64_t timeout_ms)
{
	struct trip t;

	post(&t, to, timeout_ms);
	loop_run(loop);
	ck_assert_uint_eq(t.returns, 1);
	return t;
}

/* A backend that says what it is given. */
static bool say(struct origin_call *call)
{
	wirework_send(call->fd, said, strlen(said));
	return strstr(said, "Connection: close") == NULL;
}

static void the_bytes_on_the_wire_are_a_standard_webhook(void)
{
	struct trip t;
	struct message m = { 0 };

	start_backend(say, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfalse");
	t = go(url, 10000);
	ck_assert_int_eq(t.receipt.outcome, COURIER_ANSWERED);
	ck_assert_uint_eq(t.receipt.status, 200);
	ck_assert(t.receipt.body_is_whole);
	ck_assert_str_eq(t.body, "false");
	m.head = origin_head(backend, "/hooks", 0);
	m.body = origin_body(backend, "/hooks", 0);
	ck_assert_int_eq(strncmp(m.head, "POST /hooks HTTP/1.1\r\n", 22), 0);
	ck_assert_str_eq(message_field(&m, "webhook-id", 0), "msg_1");
	ck_assert_str_eq(message_field(&m, "webhook-timestamp", 0), "1614265330");
	ck_assert_str_eq(message_field(&m, "webhook-signature", 0), "v1,c2ln");
	ck_assert_str_eq(message_field(&m, "content-type", 0), "application/json");
	ck_assert_ptr_null(message_field(&m, "content-type", 1));
	ck_assert_ptr_null(message_field(&m, "expect", 0));
	ck_assert_int_eq(strncmp(message_field(&m, "user-agent", 0), "latchd", 6), 0);
	ck_assert_str_eq(m.body, "{\"a\":1}");
	free(m.head);
	free(m.body);
}

static void a_connection_is_kept_for_the_next(void)
{
	start_backend(say, "HTTP/1.1 204 No Content\r\n\r\n");
	for (int i = 0; i < 10; i++)
		ck_assert_uint_eq(go(url, 10000).receipt.status, 204);
	ck_assert_uint_eq(origin_connections(backend), 1);
}

static void a_kept_connection_that_died_costs_nothing(void)
{
	start_backend(say, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	ck_assert_uint_eq(go(url, 10000).receipt.status, 200);
	uint16_t port = origin_port(backend);

	origin_stop(&backend);
	said = "HTTP/1.1 201 OK\r\nContent-Length: 0\r\n\r\n";
	backend = origin_start_at(port, say, NULL);
	ck_assert_uint_eq(go(url, 10000).receipt.status, 201);
}

/* The backend listens on 127.0.0.1 only, and most systems know localhost as ::1 too. */
static void a_name_is_looked_up(void)
{
	char by_name[64];

	start_backend(say, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	snprintf(by_name, sizeof(by_name), "http://localhost:%u/hooks", origin_port(backend));
	ck_assert_uint_eq(go(by_name, 10000).receipt.status, 200);
}

static void a_redirect_is_an_answer_and_not_a_way(void)
{
	struct trip t;

	start_backend(say, "HTTP/1.1 307 X\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n");
	t = go(url, 10000);
	ck_assert_int_eq(t.receipt.outcome, COURIER_ANSWERED);
	ck_assert_uint_eq(t.receipt.status, 307);
	ck_assert_uint_eq(origin_count(backend, ""), 1);
	ck_assert_uint_eq(origin_count(backend, "/elsewhere"), 0);
}

static bool flood(struct origin_call *call)
{
	char bytes[16384];

	memset(bytes, 'x', sizeof(bytes));
	wirework_send(call->fd, "HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n", 47);
	for (int i = 0; i < 64; i++)
		wirework_send(call->fd, bytes, sizeof(bytes));
	return false;
}

static void of_an_endless_answer_the_status_counts(void)
{
	struct trip t;

	start_backend(flood, NULL);
	t = go(url, 10000);
	ck_assert_int_eq(t.receipt.outcome, COURIER_ANSWERED);
	ck_assert_uint_eq(t.receipt.status, 200);
	ck_assert(!t.receipt.body_is_whole);
	ck_assert_uint_le(t.receipt.body.len, COURIER_ANSWER_BYTES);
	ck_assert_uint_eq(go(url, 10000).receipt.status, 200);
}

/* Holds the exchange open until the other side lets go. */
static bool hang(struct origin_call *call)
{
	char c;

	wirework_send(call->fd, said, strlen(said));
	while (read(call->fd, &c, 1) > 0)
		;
	return false;
}

static void silence_is_a_timeout(void)
{
	start_backend(hang, "");
	ck_assert_int_eq(go(url, 30).receipt.outcome, COURIER_TIMEOUT);
}

static void half_an_answer_is_a_timeout(void)
{
	start_backend(hang, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfa");
	ck_assert_int_eq(go(url, 30).receipt.outcome, COURIER_TIMEOUT);
}

static void an_answer_that_breaks_off_is_a_failure(void)
{
	start_backend(say,
		      "HTTP/1.1 200 OK\r\nContent-Length: 50\r\nConnection: close\r\n\r\nfalse");
	ck_assert_int_eq(go(url, 10000).receipt.outcome, COURIER_FAILED);
}

static void what_is_not_http_is_a_failure(void)
{
	start_backend(say, "220 smtp.example.com Connection: close\r\n");
	ck_assert_int_eq(go(url, 10000).receipt.outcome, COURIER_FAILED);
}

static void nobody_at_home_is_a_failure(void)
{
	start_backend(say, "");
	origin_stop(&backend);
	ck_assert_int_eq(go(url, 10000).receipt.outcome, COURIER_FAILED);
}

static void other_protocols_are_not_spoken(void)
{
	static const char *const schemes[] = { "dict", "gopher", "ftp", "telnet",
					       "smtp", "ldap",   "ws" };

	start_backend(say, "");
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		snprintf(url, sizeof(url), "%s://127.0.0.1:%u/hooks", schemes[i],
			 origin_port(backend));
		ck_assert_int_eq(go(url, 10000).receipt.outcome, COURIER_FAILED);
	}
	ck_assert_uint_eq(origin_connections(backend), 0);
	ck_assert_int_eq(go("file:///etc/hostname", 10000).receipt.outcome, COURIER_FAILED);
	ck_assert_int_eq(go("no url at all", 10000).receipt.outcome, COURIER_FAILED);
	ck_assert_int_eq(go("", 10000).receipt.outcome, COURIER_FAILED);
}

static void a_proxy_of_the_environment_is_not_taken(void)
{
	struct origin *proxy = origin_start(say, NULL);
	char at[64];

	snprintf(at, sizeof(at), "http://127.0.0.1:%u", origin_port(proxy));
	setenv("http_proxy", at, 1);
	setenv("all_proxy", at, 1);
	start_backend(say, "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
	ck_assert_uint_eq(go(url, 10000).receipt.status, 201);
	ck_assert_uint_eq(origin_count(proxy, ""), 0);
	unsetenv("http_proxy");
	unsetenv("all_proxy");
	origin_stop(&proxy);
}

static void retry_after_is_read_as_seconds(void)
{
	start_backend(say, "HTTP/1.1 503 X\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n");
	ck_assert_int_eq(go(url, 10000).receipt.retry_after_ms, 120000);
}

static void retry_after_is_read_as_a_date(void)
{
	static char answer[256];
	char date[CLOCK_HTTP_BYTES];
	int64_t wait_ms;

	clock_http_date(clock_wall_ms() + 3600000, date);
	snprintf(answer, sizeof(answer),
		 "HTTP/1.1 429 X\r\nRetry-After: %s\r\nContent-Length: 0\r\n\r\n", date);
	start_backend(say, answer);
	wait_ms = go(url, 10000).receipt.retry_after_ms;
	ck_assert_int_gt(wait_ms, 3500000);
	ck_assert_int_le(wait_ms, 3600000);
}

static void a_retry_after_that_makes_no_sense_is_none(void)
{
	static const char *const values[] = { "", "soon", "-5", "0",
					      "Thu, 01 Jan 1970 00:00:01 GMT" };

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		static char answer[256];

		snprintf(answer, sizeof(answer),
			 "HTTP/1.1 503 X\r\nRetry-After: %s\r\nContent-Length: 0\r\n\r\n",
			 values[i]);
		start_backend(say, answer);
		ck_assert_msg(go(url, 10000).receipt.retry_after_ms == 0, "%s", values[i]);
		origin_stop(&backend);
	}
}

static void a_huge_retry_after_does_not_overflow(void)
{
	int64_t wait_ms;

	start_backend(
		say,
		"HTTP/1.1 503 X\r\nRetry-After: 99999999999999999999\r\nContent-Length: 0\r\n\r\n");
	wait_ms = go(url, 10000).receipt.retry_after_ms;
	ck_assert_int_ge(wait_ms, 0);
	ck_assert_int_le(wait_ms, INT32_MAX * INT64_C(1000));
}

static void many_are_under_way_at_once(void)
{
	static struct trip trips[100];

	start_backend(say, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	for (int i = 0; i < 100; i++)
		post(&trips[i], url, 10000);
	loop_run(loop);
	for (int i = 0; i < 100; i++) {
		ck_assert_uint_eq(trips[i].returns, 1);
		ck_assert_uint_eq(trips[i].receipt.status, 200);
	}
}

static void what_is_cut_returns_at_once(void)
{
	struct trip a, b;

	start_backend(hang, "");
	post(&a, url, 10000);
	post(&b, url, 10000);
	origin_count(backend, "");
	courier_cancel(courier, &a.parcel);
	ck_assert_uint_eq(a.returns, 1);
	ck_assert_int_eq(a.receipt.outcome, COURIER_CUT);
	ck_assert_uint_eq(b.returns, 0);
	courier_cut(courier);
	ck_assert_uint_eq(b.returns, 1);
	ck_assert_uint_eq(a.returns, 1);
}

static void on_return_and_again(struct courier_parcel *parcel,
				const struct courier_receipt *receipt)
{
	struct trip *t = (struct trip *)parcel;

	t->receipt = *receipt;
	if (++t->returns == 20)
		loop_stop(loop);
	else
		courier_send(courier, parcel);
}

static void another_may_be_sent_when_one_returns(void)
{
	struct trip t;

	start_backend(say, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	post(&t, url, 10000);
	t.parcel.on_return = on_return_and_again;
	loop_run(loop);
	ck_assert_uint_eq(origin_count(backend, "/hooks"), 20);
}

SUITE_MAIN_WITH("courier", setup, teardown, the_bytes_on_the_wire_are_a_standard_webhook,
		a_connection_is_kept_for_the_next, a_kept_connection_that_died_costs_nothing,
		a_name_is_looked_up, a_redirect_is_an_answer_and_not_a_way,
		of_an_endless_answer_the_status_counts, silence_is_a_timeout,
		half_an_answer_is_a_timeout, an_answer_that_breaks_off_is_a_failure,
		what_is_not_http_is_a_failure, nobody_at_home_is_a_failure,
		other_protocols_are_not_spoken, a_proxy_of_the_environment_is_not_taken,
		retry_after_is_read_as_seconds, retry_after_is_read_as_a_date,
		a_retry_after_that_makes_no_sense_is_none, a_huge_retry_after_does_not_overflow,
		many_are_under_way_at_once, what_is_cut_returns_at_once,
		another_may_be_sent_when_one_returns)
