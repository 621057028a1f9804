/* What an origin behind https says where nobody expects it. OpenSSL takes more from the socket than it is asked for, and the kernel
 * does not tell of that again. */
#include "tls_stage.h"

#include <signal.h>
#include <sys/wait.h>

#define HTTPS_ORIGIN \
	"workers: 1\norigin: { url: \"https://localhost:{origin}\", tls: { ca: $/app.pem } }\n"
#define POISON "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"

static SSL *hear_request(void)
{
	SSL *o;

	origin = raw_accept(listener);
	o = guest_host(origin, dir, "app");
	ck_assert_ptr_nonnull(o);
	has(guest_hear(o, "\r\n\r\n"), "GET / HTTP/1.1\r\n");
	return o;
}

/* So that what is said meanwhile comes at once. */
static void hold_still(void)
{
	daemon_signal(gateway, SIGSTOP);
	ck_assert_int_eq(waitpid(daemon_pid(gateway), NULL, WUNTRACED), daemon_pid(gateway));
}

/* The next request goes elsewhere, while the connection that is in doubt is still open. */
static void come_after(const char *answer, const char *more)
{
	SSL *s = come(&(struct guest_wish){ 0 }), *former, *o;
	int former_fd;

	guest_say(s, GET("/"));
	former = hear_request();
	former_fd = origin;
	hold_still();
	guest_say(former, answer);
	if (more)
		guest_say(former, more);
	daemon_signal(gateway, SIGCONT);
	guest_hear(s, strstr(answer, "chunked") ? "0\r\n\r\n" : "\r\n\r\nok");
	guest_say(s, GET("/"));
	o = hear_request();
	guest_say(o, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\ngood");
	guest_hear(s, "\r\n\r\ngood");
	SSL_free(former);
	raw_close(&former_fd);
	guest_leave(&o);
	guest_leave(&s);
	origin = -1;
}

static void what_comes_behind_an_answer_is_not_the_next_one(void)
{
	make("app", "DNS:localhost", NULL);
	start_with(HTTPS_ORIGIN);
	come_after(OK POISON, NULL);
	come_after(OK, POISON);
	come_after(OK "HTTP/1.1", NULL);
	come_after("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
		   POISON);
}

SUITE_MAIN_WITH("origins_tls", set_up, tear_down, what_comes_behind_an_answer_is_not_the_next_one)
