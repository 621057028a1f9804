/* The happy path is: courier_send gives the parcel a handle and a deadline, libcurl asks for its sockets and its
 * timer to be watched, on_socket and on_timer feed it, return_done finds the handle among those that are done,
 * and the parcel returns with status and body. It can fail by there being no answer, too long a one, or none
 * when on_late comes: the deadlines are the loop's and not libcurl's, so that give_back comes first. */
#include "webhook/courier.h"

#include "base/mem.h"
#include "base/text.h"

#include <assert.h>
#include <curl/curl.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	CONNECT_MS = 5000,
	CONNECTIONS_KEPT = 64,
	HANDLES_KEPT = 64,
};

/* A handle on its way; it is kept for the next one. */
struct courier_run {
	struct courier_run *next, *prev;
	struct courier_parcel *parcel;
	CURL *easy;
	struct curl_slist *fields;
	struct text answer;
	struct loop_deadline deadline;
	struct courier *courier;
};

/* A socket that libcurl wants to be told of. */
struct watch {
	struct watch *next, *prev;
	struct event event;
	CURL *easy;
};

struct courier {
	struct loop *loop;
	CURLM *multi;
	struct event timer;
	struct courier_run *under_way, *spare;
	unsigned n_spare;
	struct watch *watches;
};

/* Only a libcurl that is not the one this was built with, or one without memory, fails where this is asked. */
static void must(bool done)
{
	if (done)
		return;
	fputs("latchd: libcurl cannot be used\n", stderr);
	abort();
}

#define SET(easy, option, value) must(curl_easy_setopt(easy, option, value) == CURLE_OK)

/* What comes back */

static size_t on_answer(char *bytes, size_t size, size_t n, void *arg)
{
	struct courier_run *run = arg;

	text_put(&run->answer, view_make(bytes, size * n));
	return run->answer.overflow ? 0 : size * n;
}

static int64_t retry_after_ms(CURL *easy)
{
	curl_off_t wait_s = 0;

	if (curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &wait_s) != CURLE_OK || wait_s <= 0)
		return 0;
	return wait_s > INT32_MAX ? INT32_MAX * INT64_C(1000) : wait_s * INT64_C(1000);
}

static struct courier_receipt write_receipt(struct courier_run *run, CURLcode code)
{
	struct courier_receipt receipt = { .why = curl_easy_strerror(code) };
	long status = 0;

	curl_easy_getinfo(run->easy, CURLINFO_RESPONSE_CODE, &status);
	if (code == CURLE_OPERATION_TIMEDOUT) {
		receipt.outcome = COURIER_TIMEOUT;
		return receipt;
	}
	if (status < 200 || (code != CURLE_OK && !run->answer.overflow)) {
		receipt.outcome = COURIER_FAILED;
		return receipt;
	}
	receipt.outcome = COURIER_ANSWERED;
	receipt.status = (unsigned)status;
	receipt.body = text_view(&run->answer);
	receipt.body_is_whole = !run->answer.overflow;
	receipt.retry_after_ms = retry_after_ms(run->easy);
	return receipt;
}

static void free_run(struct courier_run *run)
{
	curl_easy_cleanup(run->easy);
	text_fini(&run->answer);
	mem_free(run);
}

static void keep_run(struct courier *c, struct courier_run *run)
{
	curl_slist_free_all(run->fields);
	run->fields = NULL;
	text_clear(&run->answer);
	if (c->n_spare == HANDLES_KEPT) {
		free_run(run);
		return;
	}
	run->next = c->spare;
	c->spare = run;
	c->n_spare++;
}

/* This libcurl closes a socket that is not connected yet before it says that nobody need watch it: in between
 * its number may be another thread's. */
static void stop_watching(struct courier *c, const struct courier_run *run)
{
	for (struct watch *w = c->watches; w; w = w->next)
		if (w->easy == run->easy)
			event_del(&w->event);
}

static void give_back(struct courier *c, struct courier_run *run,
		      const struct courier_receipt *receipt)
{
	struct courier_parcel *parcel = run->parcel;

	if (run->prev)
		run->prev->next = run->next;
	else
		c->under_way = run->next;
	if (run->next)
		run->next->prev = run->prev;
	run->parcel = NULL;
	parcel->run = NULL;
	loop_deadline_clear(&run->deadline);
	stop_watching(c, run);
	must(curl_multi_remove_handle(c->multi, run->easy) == CURLM_OK);
	parcel->on_return(parcel, receipt);
	keep_run(c, run);
}

static void return_done(struct courier *c)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(c->multi, &left))) {
		struct courier_receipt receipt;
		struct courier_run *run;
		CURLcode code = message->data.result;

		if (message->msg != CURLMSG_DONE)
			continue;
		must(curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&run) ==
		     CURLE_OK);
		receipt = write_receipt(run, code);
		give_back(c, run, &receipt);
	}
}

/* What libcurl wants to be told of */

static void feed(struct courier *c, curl_socket_t fd, int what)
{
	int running;

	must(curl_multi_socket_action(c->multi, fd, what, &running) == CURLM_OK);
	return_done(c);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	feed(arg, CURL_SOCKET_TIMEOUT, 0);
}

static void on_socket(evutil_socket_t fd, short what, void *arg)
{
	feed(arg, fd,
	     (what & EV_READ ? CURL_CSELECT_IN : 0) | (what & EV_WRITE ? CURL_CSELECT_OUT : 0));
}

static int want_timer(CURLM *multi, long wait_ms, void *arg)
{
	struct courier *c = arg;
	struct timeval tv = { .tv_sec = wait_ms / 1000, .tv_usec = wait_ms % 1000 * 1000 };

	(void)multi;
	if (wait_ms < 0)
		event_del(&c->timer);
	else
		event_add(&c->timer, &tv);
	return 0;
}

static struct watch *add_watch(struct courier *c)
{
	struct watch *w = MEM_NEW(struct watch);

	w->next = c->watches;
	if (w->next)
		w->next->prev = w;
	c->watches = w;
	return w;
}

static void drop_watch(struct courier *c, struct watch *w)
{
	if (!w)
		return;
	if (w->prev)
		w->prev->next = w->next;
	else
		c->watches = w->next;
	if (w->next)
		w->next->prev = w->prev;
	mem_free(w);
}

static int want_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *of_socket)
{
	struct watch *w = of_socket;
	struct courier *c = arg;
	short events = EV_PERSIST;

	if (w)
		event_del(&w->event);
	if (what == CURL_POLL_REMOVE) {
		drop_watch(c, w);
		return 0;
	}
	if (!w) {
		w = add_watch(c);
		curl_multi_assign(c->multi, fd, w);
	}
	w->easy = easy;
	events |= what & CURL_POLL_IN ? EV_READ : 0;
	events |= what & CURL_POLL_OUT ? EV_WRITE : 0;
	event_assign(&w->event, loop_base(c->loop), fd, events, on_socket, c);
	event_add(&w->event, NULL);
	return 0;
}

/* What goes out */

static void on_late(struct loop_deadline *deadline)
{
	struct courier_run *run =
		(struct courier_run *)((char *)deadline - offsetof(struct courier_run, deadline));
	const struct courier_receipt receipt = { .outcome = COURIER_TIMEOUT, .why = "Timeout" };

	give_back(run->courier, run, &receipt);
}

/* Without quick exit a name server that is silent would hold the whole thread when its question is given up.
 * Of several addresses of one family this libcurl hardly gets beyond a first one that is dead: shuffled, a later
 * attempt begins with another. */
static struct courier_run *make_run(struct courier *c)
{
	struct courier_run *run = MEM_NEW(struct courier_run);

	run->easy = curl_easy_init();
	must(run->easy != NULL);
	text_init_growing(&run->answer, COURIER_ANSWER_BYTES);
	run->courier = c;
	run->deadline.on_expiry = on_late;
	SET(run->easy, CURLOPT_PRIVATE, run);
	SET(run->easy, CURLOPT_NOSIGNAL, 1L);
	SET(run->easy, CURLOPT_QUICK_EXIT, 1L);
	SET(run->easy, CURLOPT_DNS_SHUFFLE_ADDRESSES, 1L);
	SET(run->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	SET(run->easy, CURLOPT_PROTOCOLS_STR, "http,https");
	SET(run->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(run->easy, CURLOPT_FOLLOWLOCATION, 0L);
	SET(run->easy, CURLOPT_PROXY, "");
	SET(run->easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(run->easy, CURLOPT_SSL_VERIFYPEER, 1L);
	SET(run->easy, CURLOPT_SSL_VERIFYHOST, 2L);
	SET(run->easy, CURLOPT_USERAGENT, *LATCHD_VERSION ? "latchd/" LATCHD_VERSION : "latchd");
	SET(run->easy, CURLOPT_WRITEFUNCTION, on_answer);
	SET(run->easy, CURLOPT_WRITEDATA, run);
	return run;
}

static struct courier_run *get_run(struct courier *c)
{
	struct courier_run *run = c->spare;

	if (!run)
		return make_run(c);
	c->spare = run->next;
	c->n_spare--;
	return run;
}

static void add_field(struct courier_run *run, const char *name, const char *value)
{
	struct curl_slist *fields;
	struct text t;

	text_init_growing(&t, 64 * 1024);
	text_puts(&t, name);
	text_puts(&t, value);
	text_putc(&t, '\0');
	assert(!t.overflow);
	fields = curl_slist_append(run->fields, t.at);
	must(fields != NULL);
	run->fields = fields;
	text_fini(&t);
}

static void write_fields(struct courier_run *run, const struct courier_parcel *parcel)
{
	char timestamp[24];

	snprintf(timestamp, sizeof(timestamp), "%lld", (long long)parcel->timestamp_s);
	add_field(run, "content-type: ", "application/json");
	add_field(run, "webhook-id: ", parcel->id);
	add_field(run, "webhook-timestamp: ", timestamp);
	if (*parcel->signature)
		add_field(run, "webhook-signature: ", parcel->signature);
	SET(run->easy, CURLOPT_HTTPHEADER, run->fields);
}

void courier_send(struct courier *c, struct courier_parcel *parcel)
{
	struct courier_run *run = get_run(c);

	parcel->run = run;
	run->parcel = parcel;
	run->prev = NULL;
	run->next = c->under_way;
	if (run->next)
		run->next->prev = run;
	c->under_way = run;
	write_fields(run, parcel);
	SET(run->easy, CURLOPT_URL, parcel->url);
	SET(run->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)parcel->body.len);
	SET(run->easy, CURLOPT_POSTFIELDS, parcel->body.at);
	loop_deadline_set(loop_deadlines(c->loop, parcel->timeout_ms), &run->deadline);
	must(curl_multi_add_handle(c->multi, run->easy) == CURLM_OK);
}

void courier_cancel(struct courier *c, struct courier_parcel *parcel)
{
	const struct courier_receipt receipt = { .outcome = COURIER_CUT, .why = "Cut" };

	give_back(c, parcel->run, &receipt);
}

void courier_cut(struct courier *c)
{
	while (c->under_way)
		courier_cancel(c, c->under_way->parcel);
}

struct courier *courier_create(struct loop *loop)
{
	struct courier *c;
	CURLM *multi;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return NULL;
	multi = curl_multi_init();
	if (!multi) {
		curl_global_cleanup();
		return NULL;
	}
	c = MEM_NEW(struct courier);
	c->loop = loop;
	c->multi = multi;
	event_assign(&c->timer, loop_base(loop), -1, 0, on_timer, c);
	curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, want_socket);
	curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, c);
	curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, want_timer);
	curl_multi_setopt(multi, CURLMOPT_TIMERDATA, c);
	curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS_KEPT);
	return c;
}

void courier_destroy(struct courier **courier)
{
	struct courier *c = *courier;

	if (!c)
		return;
	assert(!c->under_way);
	while (c->spare) {
		struct courier_run *next = c->spare->next;

		free_run(c->spare);
		c->spare = next;
	}
	curl_multi_cleanup(c->multi);
	event_del(&c->timer);
	curl_global_cleanup();
	MEM_FREE(*courier);
}
