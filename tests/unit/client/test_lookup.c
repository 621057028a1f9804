#include "client/lookup.h"
#include "suite.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

static struct loop *loop;
static unsigned answers;
static struct lookup_addresses answer;

static void set_up(void)
{
	answers = 0;
	loop = loop_create();
	ck_assert_ptr_nonnull(loop);
}

static void tear_down(void)
{
	loop_destroy(&loop);
}

static struct settings_address at(const char *host, uint16_t port)
{
	return (struct settings_address){ .host = strdup(host), .port = port };
}

static void numbers_need_no_asking(void)
{
	struct settings_address v4 = at("192.0.2.1", 81), v6 = at("2001:db8::1", 82);
	struct lookup_addresses found;
	char text[64];

	ck_assert(lookup_literal(&v4, &found));
	ck_assert_uint_eq(found.n, 1);
	ck_assert_uint_eq(ntohs(((struct sockaddr_in *)&found.at[0].at)->sin_port), 81);
	ck_assert(lookup_literal(&v6, &found));
	ck_assert_uint_eq(found.n, 1);
	inet_ntop(AF_INET6, &((struct sockaddr_in6 *)&found.at[0].at)->sin6_addr, text,
		  sizeof(text));
	ck_assert_str_eq(text, "2001:db8::1");
	free(v4.host);
	free(v6.host);
}

static void a_path_needs_no_asking(void)
{
	char long_path[200];
	struct settings_address path = { .unix_path = long_path };
	struct lookup_addresses found;

	strcpy(long_path, "/run/origin.sock");
	ck_assert(lookup_literal(&path, &found));
	ck_assert_uint_eq(found.n, 1);
	ck_assert_str_eq(((struct sockaddr_un *)&found.at[0].at)->sun_path, "/run/origin.sock");
	memset(long_path, 'x', sizeof(long_path) - 1);
	long_path[sizeof(long_path) - 1] = '\0';
	ck_assert(lookup_literal(&path, &found));
	ck_assert_uint_eq(found.n, 0);
}

static void on_answer(void *arg, const struct lookup_addresses *found)
{
	ck_assert_ptr_eq(arg, &answers);
	answers++;
	answer = *found;
	loop_stop(loop);
}

static void a_name_is_asked_for_in_the_background(void)
{
	struct settings_address name = at("localhost", 80);
	struct lookup_addresses found;

	ck_assert(!lookup_literal(&name, &found));
	ck_assert_ptr_nonnull(lookup_start(loop, &name, on_answer, &answers));
	ck_assert_uint_eq(answers, 0);
	loop_run(loop);
	ck_assert_uint_eq(answers, 1);
	ck_assert_uint_ge(answer.n, 1);
	lookup_now(&name, &found);
	ck_assert_uint_eq(found.n, answer.n);
	free(name.host);
}

static void a_name_that_is_none_gives_no_address(void)
{
	struct settings_address name = at("no such host", 80);

	lookup_start(loop, &name, on_answer, &answers);
	loop_run(loop);
	ck_assert_uint_eq(answers, 1);
	ck_assert_uint_eq(answer.n, 0);
	free(name.host);
}

static void stop(struct loop_deadline *d)
{
	(void)d;
	loop_stop(loop);
}

static void who_cancels_hears_nothing(void)
{
	struct settings_address name = at("localhost", 80);
	struct loop_deadline d = { .on_expiry = stop };
	struct lookup *r = lookup_start(loop, &name, on_answer, &answers);
	struct lookup *late = lookup_start(loop, &name, on_answer, &answers);

	lookup_cancel(&r);
	ck_assert_ptr_null(r);
	lookup_cancel(&r);
	usleep(50000); /* the second one's letter is posted, mostly; either way it must not arrive */
	lookup_cancel(&late);
	loop_deadline_set(loop_deadlines(loop, 20), &d);
	loop_run(loop);
	ck_assert_uint_eq(answers, 0);
	free(name.host);
}

SUITE_MAIN_WITH("lookup", set_up, tear_down, numbers_need_no_asking, a_path_needs_no_asking,
		a_name_is_asked_for_in_the_background, a_name_that_is_none_gives_no_address,
		who_cancels_hears_nothing)
