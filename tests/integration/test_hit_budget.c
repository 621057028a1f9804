/* What a request may cost, in instructions, which no other process on the machine can change: a request whose verdict is known
 * already, and a connection with one such request. The daemon runs under callgrind.
 *
 * The figures are those of gcc on Debian 12. A change that makes one of them smaller lowers it here, too; one that makes
 * it larger has to be worth it. */
#include "legacy.h"
#include "story.h"
#include "suite.h"
#include "tally.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WARM = 200, REQUESTS = 2000, CONNECTIONS = 200, EACH = 5, COSTLIEST = 20 };

/* For another version of the compiler, and of the libraries. Where glibc finds no AVX2 its functions take 3 % more of all; into how many
 * turns the kernel cuts a connection makes 1 %. */
static const double OWN_SLACK = 1.05, ALL_SLACK = 1.1;

static const struct budget {
	const char *what;
	double own, all; /* without and with the libraries */
} request_budget = { "request", 21700, 25600 },
  logged_budget = { "request with its line in the log", 26200, 31500 },
  connection_budget = { "connection with one request", 30900, 48600 };

struct counted {
	char dir[64];
	struct legacy *legacy;
	struct origin *origin;
	struct daemon *daemon;
	char *session, *device;
	char request[2048];
};

/* What a browser sends: 12 fields, 3 cookies, 900 bytes; `basket`: a cookie of the application's. */
static void write_request_with(struct counted *k, const char *device, unsigned basket)
{
	static const char form[] =
		"GET /members/tea HTTP/1.1\r\nHost: shop.example.com\r\n"
		"sec-ch-ua: \"Not/A)Brand\";v=\"8\", \"Chromium\";v=\"126\", \"Google Chrome\";v=\"126\"\r\n"
		"sec-ch-ua-mobile: ?0\r\nsec-ch-ua-platform: \"Linux\"\r\n"
		"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36\r\n"
		"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8\r\n"
		"Sec-Fetch-Mode: navigate\r\nReferer: http://shop.example.com/catalogue/index.php?page=3\r\n"
		"Accept-Encoding: gzip, deflate, br\r\nAccept-Language: en-GB,en;q=0.9\r\n"
		"Connection: keep-alive\r\nCookie: PHPSESSID=%s; latch=%s; basket=%08u%0*d\r\n\r\n";
	int bare = snprintf(NULL, 0, form, k->session, device, 0u, 1, 0);

	snprintf(k->request, sizeof(k->request), form, k->session, device, basket, 900 - bare + 1,
		 0);
	ck_assert_uint_eq(strlen(k->request), 900);
}

static void write_request(struct counted *k, const char *device)
{
	write_request_with(k, device, 0);
}

static void ask(struct counted *k, int fd)
{
	struct wirework_buffer buffer = { 0 };
	struct message answer;

	wirework_send(fd, k->request, strlen(k->request));
	ck_assert(message_read(fd, &buffer, false, false, &answer));
	ck_assert_int_eq(answer.status, 200);
	ck_assert_str_eq(answer.body, "hello alice");
	message_free(&answer);
	wirework_free(&buffer);
}

static void ask_often(struct counted *k, int fd, unsigned n)
{
	while (n--)
		ask(k, fd);
}

static void ask_once_each(struct counted *k, unsigned n)
{
	while (n--) {
		int fd = wirework_connect(daemon_port(k->daemon));

		ask(k, fd);
		close(fd);
	}
}

static void arrive(struct counted *k)
{
	struct visitor *v = visitor_create(daemon_port(k->daemon));

	visitor_set_fields(v, "");
	ck_assert_int_eq(visitor_post(v, "/login.php", "user=alice&pass=secret"), 302);
	ck_assert_int_eq(visitor_navigate(v, "/members/tea"), 200);
	k->session = strdup(visitor_cookie(v, "PHPSESSID"));
	k->device = strdup(visitor_cookie(v, "latch"));
	visitor_destroy(&v);
	write_request(k, k->device);
}

/* `log`: what the settings say of it. */
static bool begin(struct counted *k, const char *log)
{
	char edit[256];

	if (!tally_is_possible())
		return false;
	*k = (struct counted){ .dir = "/tmp/latchd-tally-XXXXXX", .legacy = legacy_create() };
	ck_assert_ptr_nonnull(mkdtemp(k->dir));
	tally_begin(k->dir);
	k->origin = origin_start(legacy_script, k->legacy);
	k->daemon = daemon_prepare(&(struct daemon_options){ .yaml = legacy_settings,
							     .origin = origin_port(k->origin) });
	snprintf(edit, sizeof(edit), "s/^log:.*/log: { %s }/; s/^workers:.*/workers: 1/", log);
	daemon_edit(k->daemon, edit);
	daemon_restart(k->daemon);
	arrive(k);
	return true;
}

static void end(struct counted *k)
{
	char command[128];

	daemon_stop(&k->daemon);
	origin_stop(&k->origin);
	legacy_destroy(&k->legacy);
	free(k->session);
	free(k->device);
	snprintf(command, sizeof(command), "rm -rf %s", k->dir);
	ck_assert_int_eq(system(command), 0);
}

static void expect_within(const struct tally *t, const struct budget *b, unsigned n)
{
	double own = tally_own(t) / n, all = tally_all(t) / n;
	char *costliest;

	printf("a %s: %.0f instructions, %.0f with the libraries'\n", b->what, own, all);
	if (own <= b->own * OWN_SLACK && all <= b->all * ALL_SLACK)
		return;
	costliest = tally_costliest(t, COSTLIEST, n);
	ck_abort_msg(
		"a %s takes %.0f instructions, %.0f with the libraries'; it may take %.0f and %.0f. "
		"The costliest functions:\n%s"
		"If it is worth it, the budget is in tests/integration/test_hit_budget.c.",
		b->what, own, all, b->own, b->all, costliest);
}

static void expect_requests_within(const char *log, const struct budget *b)
{
	struct counted k;
	struct tally *t;
	int fd;

	if (!begin(&k, log))
		return;
	fd = wirework_connect(daemon_port(k.daemon));
	ask_often(&k, fd, WARM);
	tally_open(k.daemon);
	ask_often(&k, fd, REQUESTS);
	t = tally_close(k.daemon, k.dir);
	expect_within(t, b, REQUESTS);
	tally_free(&t);
	close(fd);
	end(&k);
}

static void a_request_with_a_known_verdict_stays_within_its_budget(void)
{
	expect_requests_within("level: warn, access: false", &request_budget);
}

static void a_line_in_the_log_stays_within_its_budget(void)
{
	expect_requests_within("level: warn, access: true", &logged_budget);
}

static void a_new_connection_stays_within_its_budget(void)
{
	struct counted k;
	struct tally *t;

	if (!begin(&k, "level: warn, access: false"))
		return;
	ask_once_each(&k, WARM);
	tally_open(k.daemon);
	ask_once_each(&k, CONNECTIONS);
	t = tally_close(k.daemon, k.dir);
	expect_within(t, &connection_budget, CONNECTIONS);
	tally_free(&t);
	end(&k);
}

static void expect_calls(struct counted *k, const char *function, double n)
{
	struct tally *t = tally_close(k->daemon, k->dir);

	ck_assert_double_eq(tally_calls(t, function), n);
	tally_free(&t);
}

static void a_device_cookie_is_checked_once_per_connection_and_value(void)
{
	struct counted k;
	int fds[EACH];

	if (!begin(&k, "level: warn, access: false"))
		return;
	tally_open(k.daemon);
	for (unsigned i = 0; i < EACH; i++) {
		fds[i] = wirework_connect(daemon_port(k.daemon));
		ask_often(&k, fds[i], WARM);
	}
	expect_calls(&k, "device_cookie_verify", EACH);
	ask_often(&k, fds[0], WARM);
	expect_calls(&k, "hmac_sign", 0);
	for (unsigned i = 0; i < WARM; i++) {
		write_request_with(&k, k.device, i + 1);
		ask(&k, fds[0]);
	}
	expect_calls(&k, "device_cookie_verify", 0);
	write_request(&k, "v1.forged");
	ask_often(&k, fds[0], WARM);
	expect_calls(&k, "device_cookie_verify", 1);
	for (unsigned i = 0; i < EACH; i++)
		close(fds[i]);
	end(&k);
}

SUITE_MAIN("budget", a_request_with_a_known_verdict_stays_within_its_budget,
	   a_line_in_the_log_stays_within_its_budget, a_new_connection_stays_within_its_budget,
	   a_device_cookie_is_checked_once_per_connection_and_value)
