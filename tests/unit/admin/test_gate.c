#include "admin/gate.h"

#include "admin/bound.h"
#include "base/text.h"
#include "line.h"

#include <poll.h>
#include <sys/resource.h>

static struct {
	struct gate *gate;
	struct gate_limits limits;
	unsigned passed; /* requests that came through */
	unsigned gone;   /* that were not answered in time */
	bool keeps;      /* answers later */
	struct gate_request *kept;
	size_t answer_bytes;
} stage;

static void reply(struct gate_request *r)
{
	char text[256], *filler;
	struct text t;

	text_init(&t, text, sizeof(text));
	text_printf(&t, "%.*s %.*s %zu %.*s", VIEW_ARG(r->head.method),
		    VIEW_ARG(view_head(r->head.path, 60)), r->body.len,
		    VIEW_ARG(view_head(r->body, 20)));
	if (!stage.answer_bytes) {
		gate_answer(r, &(struct gate_answer){ .status = 200,
						      .type = "text/plain",
						      .body = text_view(&t) });
		return;
	}
	filler = malloc(stage.answer_bytes);
	memset(filler, 'x', stage.answer_bytes);
	gate_answer(r, &(struct gate_answer){ .status = 200,
					      .type = "text/plain",
					      .body = view_make(filler, stage.answer_bytes) });
	free(filler);
}

static void on_gone(struct gate_request *r)
{
	ck_assert_ptr_eq(r, stage.kept);
	stage.kept = NULL;
	stage.gone++;
}

static void on_request(struct gate_request *r, void *arg)
{
	ck_assert_ptr_eq(arg, &stage);
	stage.passed++;
	if (!stage.keeps) {
		reply(r);
		return;
	}
	stage.kept = r;
	r->on_gone = on_gone;
}

static void open_gate(const struct gate_limits *limits)
{
	struct settings_address address = { .host = (char[]){ "127.0.0.1" } };
	struct gate_options options = {
		.loop = line.loop, .limits = *limits, .on_request = on_request, .arg = &stage
	};
	int fd = bound_open(&address, &line.port);

	ck_assert_int_ge(fd, 0);
	stage.gate = gate_create(&options, fd);
	ck_assert_ptr_nonnull(stage.gate);
}

static void setup(void)
{
	memset(&stage, 0, sizeof(stage));
	line_open();
	open_gate(&gate_usual_limits);
}

static void teardown(void)
{
	gate_destroy(&stage.gate);
	line_close();
}

/* With patience that runs out soon. */
static struct gate_limits impatient(void)
{
	struct gate_limits limits = gate_usual_limits;

	limits.head_ms = limits.body_ms = limits.idle_ms = limits.answer_ms = 200;
	return limits;
}

static void use_limits(struct gate_limits limits)
{
	gate_destroy(&stage.gate);
	open_gate(&limits);
}

static const char get[] = "GET /a?b=c HTTP/1.1\r\nHost: admin\r\nAuthorization: Bearer x\r\n\r\n";
static const char post[] = "POST /v1/x HTTP/1.1\r\nHost: admin\r\nContent-Length: 11\r\n"
			   "Content-Type: application/x-www-form-urlencoded\r\n\r\nuser=a&b=%z";

/* What comes through */

static void a_request_is_answered_and_the_connection_stays(void)
{
	struct client c = line_call();

	line_say(&c, get);
	line_await(&c, "GET /a 0 ");
	line_say(&c, post);
	line_await(&c, "POST /v1/x 11 user=a&b=%z");
	ck_assert_uint_eq(stage.passed, 2);
	ck_assert_ptr_null(strstr(c.got, "Connection:"));
	ck_assert_uint_eq(line_count(&c, "Cache-Control: no-store\r\n"), 2);
	ck_assert(!c.ended);
	line_hang_up(&c);
	LINE_AWAIT(gate_connections(stage.gate) == 0);
}

static void bytes_one_by_one_make_the_same_requests(void)
{
	struct client c = line_call();

	for (size_t i = 0; i < sizeof(get) - 1; i++)
		line_say_bytes(&c, get + i, 1);
	line_await(&c, "GET /a 0 ");
	for (size_t i = 0; i < sizeof(post) - 1; i++)
		line_say_bytes(&c, post + i, 1);
	line_await(&c, "POST /v1/x 11 user=a&b=%z");
	ck_assert_uint_eq(stage.passed, 2);
	line_hang_up(&c);
}

static void a_split_anywhere_makes_no_difference(void)
{
	char both[sizeof(post) + sizeof(get)];

	snprintf(both, sizeof(both), "%s%s", post, get);
	for (size_t i = 1; i < strlen(both); i++) {
		struct client c = line_call();

		line_say_bytes(&c, both, i);
		line_turns();
		line_say_bytes(&c, both + i, strlen(both) - i);
		line_await(&c, "GET /a 0 ");
		ck_assert_uint_eq(line_count(&c, "POST /v1/x 11 user=a&b=%z"), 1);
		line_hang_up(&c);
	}
	ck_assert_uint_eq(stage.passed, 2 * (strlen(both) - 1));
}

static void requests_in_one_go_are_all_answered_in_order(void)
{
	enum { MANY = 300 };
	struct client c = line_call();
	char *all = calloc(MANY, 80), *at = all;
	const char *found;

	for (int i = 0; i < MANY; i++)
		at += sprintf(at, "POST /%d. HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
			      i);
	line_say(&c, all);
	line_await_times(&c, " 3 abc", MANY);
	ck_assert_uint_eq(stage.passed, MANY);
	found = c.got;
	for (int i = 0; i < MANY; i++) {
		char wanted[32];

		snprintf(wanted, sizeof(wanted), "POST /%d. 3 abc", i);
		found = strstr(found, wanted);
		ck_assert_msg(found, "%s is missing or out of order", wanted);
	}
	free(all);
	line_hang_up(&c);
}

static void the_body_never_runs_as_a_request(void)
{
	struct client c = line_call();

	line_say(&c, "POST /outer HTTP/1.1\r\nHost: a\r\nContent-Length: 37\r\n\r\n"
		     "GET /inner HTTP/1.1\r\nHost: evil\r\n\r\n..");
	line_await(&c, "POST /outer 37 GET /inner");
	line_say(&c, get);
	line_await(&c, "GET /a 0 ");
	ck_assert_uint_eq(stage.passed, 2);
	line_hang_up(&c);
}

static void a_body_up_to_the_limit_comes_whole(void)
{
	char *body = malloc(65536);
	struct client c = line_call();

	memset(body, '%', 65536);
	line_say(
		&c,
		"POST /big HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n"
		"Content-Length: 65536\r\n\r\n");
	line_say_bytes(&c, body, 65536);
	line_await(&c, "POST /big 65536 %%%%");
	line_say(&c, get);
	line_await(&c, "GET /a 0 ");
	line_hang_up(&c);
	free(body);
}

static void a_long_path_comes_whole(void)
{
	char request[4096];
	struct client c = line_call();
	int len = snprintf(request, sizeof(request), "GET /%03900d HTTP/1.1\r\nHost: a\r\n\r\n", 7);

	stage.keeps = true;
	line_say_bytes(&c, request, (size_t)len);
	LINE_AWAIT(stage.kept != NULL);
	ck_assert_uint_eq(stage.kept->head.path.len, 3901);
	ck_assert_int_eq(stage.kept->head.path.at[3900], '7');
	reply(stage.kept);
	line_await(&c, "GET /0");
	line_hang_up(&c);
}

static void head_is_answered_without_a_body(void)
{
	struct client c = line_call();

	line_say(&c, "HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n");
	line_await(&c, "Content-Length: 10\r\n");
	line_say(&c, get);
	line_await(&c, "GET /a 0 ");
	ck_assert_ptr_null(strstr(c.got, "HEAD /a"));
	line_hang_up(&c);
}

static void any_method_comes_through_by_its_name(void)
{
	struct client c = line_call();

	line_say(&c, "get /a HTTP/1.1\r\nHost: a\r\n\r\n");
	line_await(&c, "get /a 0 ");
	line_say(&c, "M-SEARCH /b HTTP/1.1\r\nHost: a\r\n\r\n");
	line_await(&c, "M-SEARCH /b 0 ");
	line_say(&c, "DELETE /c HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}");
	line_await(&c, "DELETE /c 2 {}");
	line_hang_up(&c);
}

static void whoever_waits_for_it_is_told_to_go_on(void)
{
	struct client c = line_call();

	line_say(
		&c,
		"POST /e HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
	line_await(&c, "HTTP/1.1 100 Continue\r\n\r\n");
	line_turns();
	ck_assert_uint_eq(stage.passed, 0);
	line_say(&c, "{}");
	line_await(&c, "POST /e 2 {}");
	ck_assert_uint_eq(line_count(&c, "100 Continue"), 1);
	line_hang_up(&c);
}

static void old_clients_and_those_who_ask_for_it_are_closed_after_the_answer(void)
{
	static const char *const requests[] = {
		"GET /a HTTP/1.0\r\n\r\n", "GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
		"GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /b HTTP/1.1\r\n"
	};

	for (size_t i = 0; i < 3; i++) {
		struct client c = line_call();

		line_say(&c, requests[i]);
		line_await_end(&c);
		ck_assert_int_eq(line_status(&c), 200);
		ck_assert_uint_eq(line_count(&c, "Connection: close\r\n"), 1);
		line_hang_up(&c);
	}
	ck_assert_uint_eq(stage.passed, 3);
}

static void a_client_that_only_listens_on_gets_its_answers(void)
{
	struct client c = line_call();

	line_say(&c, get);
	line_say(&c, post);
	shutdown(c.fd, SHUT_WR);
	line_await_end(&c);
	ck_assert_uint_eq(line_count(&c, "200 OK"), 2);
	line_hang_up(&c);

	c = line_call();
	stage.keeps = true;
	line_say(&c, get);
	shutdown(c.fd, SHUT_WR);
	LINE_AWAIT(stage.kept != NULL);
	line_turns();
	reply(stage.kept);
	line_await_end(&c);
	ck_assert_uint_eq(line_count(&c, "200 OK"), 1);
	line_hang_up(&c);
	LINE_AWAIT(gate_connections(stage.gate) == 0);
}

/* What does not */

struct bad {
	const char *what;
	struct view bytes;
	int status;
};

#define BAD(what, status, literal)          \
	{                                   \
		what, VIEW(literal), status \
	}

static const struct bad bad[] = {
	BAD("HTTP/0.9", 400, "GET /healthz\r\n"),
	BAD("no version", 400, "GET /healthz\n\n"),
	BAD("HTTP/1.257", 505, "GET / HTTP/1.257\r\nHost: a\r\n\r\n"),
	BAD("HTTP/2", 505, "GET / HTTP/2.0\r\nHost: a\r\n\r\n"),
	BAD("a preface", 505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
	BAD("no Host", 400, "GET / HTTP/1.1\r\n\r\n"),
	BAD("two Hosts", 400, "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"),
	BAD("NUL in a value", 400, "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n"),
	BAD("NUL in a name", 400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length\0: 5\r\n\r\nGET /"),
	BAD("NUL after chunked", 400,
	    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\0\r\n\r\nGET / HTTP/1.1\r\n\r\n"),
	BAD("NUL in the line", 400, "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n"),
	BAD("obs-fold", 400, "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n"),
	BAD("space before the colon", 400, "GET / HTTP/1.1\r\nHost : a\r\n\r\n"),
	BAD("no colon", 400, "GET / HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n"),
	BAD("bare LF", 400, "GET / HTTP/1.1\nHost: a\n\n"),
	BAD("bare CR", 400, "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n"),
	BAD("two lengths", 400,
	    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef"),
	BAD("twice the same length", 400,
	    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nabcde"),
	BAD("a list of lengths", 400,
	    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\nabcde"),
	BAD("a signed length", 400,
	    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nabcde"),
	BAD("a hex length", 400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5\r\n\r\nabcde"),
	BAD("a length that overflows", 400,
	    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551617\r\n\r\na"),
	BAD("a length beyond the limit", 413,
	    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n"),
	BAD("a huge length", 413,
	    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999999999999\r\n\r\n"),
	BAD("length and chunks", 400,
	    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
	BAD("chunks", 411,
	    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
	BAD("chunks with trailers", 411,
	    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\nGET /evil HTTP/1.1\r\nHost: a\r\n\r\n"),
	BAD("another coding", 501,
	    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
	BAD("chunks in HTTP/1.0", 400,
	    "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
	BAD("CONNECT", 405, "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n"),
	BAD("another expectation", 417,
	    "POST / HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\nContent-Length: 1\r\n\r\na"),
	BAD("a target that is none", 400, "GET stupid HTTP/1.1\r\nHost: a\r\n\r\n"),
	BAD("two spaces", 400, "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"),
	BAD("empty lines", 400, "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
	BAD("an absolute target of another host", 400, "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n"),
};

static void what_libevhtp_would_take_is_refused(void)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct client c = line_call();

		line_say_bytes(&c, bad[i].bytes.at, bad[i].bytes.len);
		line_await_end(&c);
		ck_assert_msg(line_status(&c) == bad[i].status, "%s: %s", bad[i].what, c.got);
		ck_assert_msg(stage.passed == 0, "%s came through", bad[i].what);
		ck_assert_ptr_nonnull(strstr(c.got, "{\"error\":{\"code\":\""));
		ck_assert_uint_eq(line_count(&c, "HTTP/1.1 "), 1);
		line_hang_up(&c);
	}
}

static void it_is_refused_byte_by_byte_too(void)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct client c = line_call();

		for (size_t k = 0; k < bad[i].bytes.len; k++)
			line_say_bytes(&c, bad[i].bytes.at + k, 1);
		line_await_end(&c);
		ck_assert_msg(line_status(&c) == bad[i].status, "%s: %s", bad[i].what, c.got);
		ck_assert_uint_eq(stage.passed, 0);
		line_hang_up(&c);
	}
}

static void it_is_refused_behind_a_good_one_too(void)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char bytes[1024];
		struct client c = line_call();

		memcpy(bytes, get, sizeof(get) - 1);
		memcpy(bytes + sizeof(get) - 1, bad[i].bytes.at, bad[i].bytes.len);
		line_say_bytes(&c, bytes, sizeof(get) - 1 + bad[i].bytes.len);
		line_await_end(&c);
		ck_assert_int_eq(line_status(&c), 200);
		ck_assert_uint_eq(line_count(&c, "HTTP/1.1 "), 2);
		ck_assert_uint_eq(stage.passed, i + 1);
		line_hang_up(&c);
	}
}

static void refuse_filler(const char *start, char filler, size_t n, int status)
{
	char *bytes = malloc(n);
	struct client c = line_call();

	memset(bytes, filler, n);
	line_say(&c, start);
	line_say_bytes(&c, bytes, n);
	line_await_end(&c);
	ck_assert_int_eq(line_status(&c), status);
	ck_assert_uint_eq(stage.passed, 0);
	line_hang_up(&c);
	free(bytes);
}

static void what_is_too_large_is_refused_before_it_is_all_there(void)
{
	refuse_filler("GET /", 'a', 4200 * 4, 414);
	refuse_filler("GET / HTTP/1.1\r\nHost: a\r\nX: ", 'a', 16384, 431);
	refuse_filler("", 'A', 100000, 431);
}

static void five_megabytes_of_a_form_are_refused_and_the_answer_is_readable(void)
{
	refuse_filler(
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n"
		"Content-Length: 5242880\r\n\r\n",
		'a', 5242880, 413);
}

static void too_many_fields_are_refused(void)
{
	char bytes[4096] = "GET / HTTP/1.1\r\nHost: a\r\n";
	struct client c = line_call();

	for (int i = 0; i < 64; i++)
		strcat(bytes, "a: b\r\n");
	strcat(bytes, "\r\n");
	line_say(&c, bytes);
	line_await_end(&c);
	ck_assert_int_eq(line_status(&c), 431);
	line_hang_up(&c);
}

/* What is late */

static void a_slow_head_is_given_up(void)
{
	struct client c;

	use_limits(impatient());
	c = line_call();
	line_say(&c, "GET / HTTP/1.1\r\nHost:");
	line_await_end(&c);
	ck_assert_int_eq(line_status(&c), 408);
	line_hang_up(&c);
}

static void drops_of_a_head_do_not_prolong_the_wait(void)
{
	struct gate_limits limits = gate_usual_limits;
	int64_t until_ms = clock_steady_ms() + LINE_PATIENCE_MS;
	struct client c;

	limits.head_ms = 100;
	use_limits(limits);
	c = line_call();
	line_say(&c, "GET / HTTP/1.1\r\n");
	while (!c.ended && !c.reset && clock_steady_ms() < until_ms) {
		line_say(&c, "a");
		line_listen(&c);
		poll(NULL, 0, 2);
	}
	ck_assert_int_eq(line_status(&c), 408);
	line_hang_up(&c);
}

static void a_slow_body_is_given_up(void)
{
	struct client c;

	use_limits(impatient());
	c = line_call();
	line_say(&c, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabcd");
	line_await_end(&c);
	ck_assert_int_eq(line_status(&c), 408);
	ck_assert_uint_eq(stage.passed, 0);
	line_hang_up(&c);
}

static void who_says_nothing_is_closed_without_a_word(void)
{
	struct client c;

	use_limits(impatient());
	c = line_call();
	line_await_end(&c);
	ck_assert_str_eq(c.got, "");
	line_hang_up(&c);
	c = line_call();
	line_say(&c, get);
	line_await_end(&c);
	ck_assert_uint_eq(line_count(&c, "HTTP/1.1 "), 1);
	line_hang_up(&c);
}

static void who_does_not_take_the_answer_is_cut(void)
{
	int64_t until_ms = clock_steady_ms() + LINE_PATIENCE_MS;
	struct client c;

	use_limits(impatient());
	stage.answer_bytes = 32 << 20;
	c = line_call();
	line_say(&c, get);
	while (gate_connections(stage.gate) && clock_steady_ms() < until_ms)
		line_turn();
	ck_assert_uint_eq(gate_connections(stage.gate), 0);
	line_hang_up(&c);
}

static void who_is_refused_and_does_not_go_is_cut(void)
{
	int64_t until_ms = clock_steady_ms() + LINE_PATIENCE_MS;
	struct client c = line_call();

	line_say(&c, "nonsense\r\n\r\n");
	line_await_end(&c);
	ck_assert_uint_eq(gate_connections(stage.gate), 1);
	while (gate_connections(stage.gate) && clock_steady_ms() < until_ms)
		line_turn();
	ck_assert_uint_eq(gate_connections(stage.gate), 0);
	line_hang_up(&c);
}

/* Who goes */

static void an_answer_may_come_later_while_more_requests_wait(void)
{
	struct client c = line_call();

	stage.keeps = true;
	line_say(&c, get);
	line_say(&c, post);
	LINE_AWAIT(stage.passed == 1);
	line_turns();
	line_listen(&c);
	ck_assert_uint_eq(stage.passed, 1);
	ck_assert_str_eq(c.got, "");
	stage.keeps = false;
	reply(stage.kept);
	line_await(&c, "GET /a 0 ");
	line_await(&c, "POST /v1/x 11 ");
	ck_assert_uint_eq(stage.passed, 2);
	line_hang_up(&c);
}

static void who_goes_before_the_answer_is_told_of(void)
{
	struct client c = line_call();
	struct linger now = { .l_onoff = 1 };

	stage.keeps = true;
	line_say(&c, get);
	LINE_AWAIT(stage.kept != NULL);
	setsockopt(c.fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	line_hang_up(&c);
	LINE_AWAIT(gate_connections(stage.gate) == 0);
	ck_assert_uint_eq(stage.gone, 1);
}

static void who_goes_at_any_byte_leaves_nothing_behind(void)
{
	for (size_t i = 0; i < sizeof(post); i++) {
		struct client c = line_call();
		struct linger now = { .l_onoff = (int)i % 2 };

		line_say_bytes(&c, post, i);
		setsockopt(c.fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
		line_hang_up(&c);
		line_turns();
		LINE_AWAIT(gate_connections(stage.gate) == 0);
	}
}

static void the_gate_closes_on_whoever_is_there(void)
{
	struct client clients[5];

	stage.keeps = true;
	for (int i = 0; i < 5; i++)
		clients[i] = line_call();
	line_say(&clients[0], get);
	line_say(&clients[1], "GET / HT");
	line_say(&clients[2], "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab");
	line_say(&clients[3], "nonsense\r\n\r\n");
	LINE_AWAIT(gate_connections(stage.gate) == 5 && stage.kept);
	line_turns();
	gate_destroy(&stage.gate);
	ck_assert_uint_eq(stage.gone, 1);
	for (int i = 0; i < 5; i++)
		line_hang_up(&clients[i]);
}

/* How many */

static void one_more_makes_the_longest_waiting_go(void)
{
	struct gate_limits limits = gate_usual_limits;
	struct client clients[5];

	limits.max_connections = 3;
	use_limits(limits);
	for (int i = 0; i < 3; i++) {
		clients[i] = line_call();
		LINE_AWAIT(gate_connections(stage.gate) == (unsigned)i + 1);
	}
	stage.keeps = true;
	line_say(&clients[0], get); /* busy, so not to be cut */
	LINE_AWAIT(stage.passed == 1);
	clients[3] = line_call();
	line_await_end(&clients[1]);
	ck_assert_uint_eq(gate_connections(stage.gate), 3);
	reply(stage.kept); /* idle again, but not the longest waiting */
	line_await(&clients[0], "200 OK");
	clients[4] = line_call();
	line_await_end(&clients[2]);
	line_say(&clients[4], get);
	LINE_AWAIT(stage.passed == 2);
	reply(stage.kept);
	line_await(&clients[4], "200 OK");
	for (int i = 0; i < 5; i++)
		line_hang_up(&clients[i]);
}

static void when_all_are_busy_one_more_is_turned_away(void)
{
	struct gate_limits limits = gate_usual_limits;
	struct client busy, more;

	limits.max_connections = 1;
	use_limits(limits);
	stage.keeps = true;
	busy = line_call();
	line_say(&busy, get);
	LINE_AWAIT(stage.passed == 1);
	more = line_call();
	line_await_end(&more);
	reply(stage.kept);
	line_await(&busy, "200 OK");
	line_hang_up(&busy);
	line_hang_up(&more);
}

static void on_pause(struct loop_deadline *d)
{
	(void)d;
	loop_stop(line.loop);
}

static long cpu_ms(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
}

static void without_descriptors_it_rests_and_comes_back(void)
{
	struct loop_deadline pause = { .on_expiry = on_pause };
	struct rlimit usual, none;
	struct client c = line_call();
	long before_ms;

	getrlimit(RLIMIT_NOFILE, &usual);
	none = usual;
	none.rlim_cur = (rlim_t)c.fd;
	setrlimit(RLIMIT_NOFILE, &none);
	line_turns();
	before_ms = cpu_ms();
	loop_deadline_set(loop_deadlines(line.loop, 150), &pause);
	loop_run(line.loop);
	ck_assert_int_lt(cpu_ms() - before_ms, 75);
	ck_assert_uint_eq(gate_connections(stage.gate), 0);
	setrlimit(RLIMIT_NOFILE, &usual);
	line_say(&c, get);
	line_await(&c, "GET /a 0 ");
	line_hang_up(&c);
}

SUITE_MAIN_WITH("gate", setup, teardown, a_request_is_answered_and_the_connection_stays,
		bytes_one_by_one_make_the_same_requests, a_split_anywhere_makes_no_difference,
		requests_in_one_go_are_all_answered_in_order, the_body_never_runs_as_a_request,
		a_body_up_to_the_limit_comes_whole, a_long_path_comes_whole,
		head_is_answered_without_a_body, any_method_comes_through_by_its_name,
		whoever_waits_for_it_is_told_to_go_on,
		old_clients_and_those_who_ask_for_it_are_closed_after_the_answer,
		a_client_that_only_listens_on_gets_its_answers, what_libevhtp_would_take_is_refused,
		it_is_refused_byte_by_byte_too, it_is_refused_behind_a_good_one_too,
		what_is_too_large_is_refused_before_it_is_all_there,
		five_megabytes_of_a_form_are_refused_and_the_answer_is_readable,
		too_many_fields_are_refused, a_slow_head_is_given_up,
		drops_of_a_head_do_not_prolong_the_wait, a_slow_body_is_given_up,
		who_says_nothing_is_closed_without_a_word, who_does_not_take_the_answer_is_cut,
		who_is_refused_and_does_not_go_is_cut,
		an_answer_may_come_later_while_more_requests_wait,
		who_goes_before_the_answer_is_told_of, who_goes_at_any_byte_leaves_nothing_behind,
		the_gate_closes_on_whoever_is_there, one_more_makes_the_longest_waiting_go,
		when_all_are_busy_one_more_is_turned_away,
		without_descriptors_it_rests_and_comes_back)
