/*
 * A paced load: one request every 1/RATE seconds, whether or not the one before has been answered, over
 * kept-alive connections, and the latency of each counted from the moment when it was due. A generator
 * that waits for an answer before it sends hides the very delays that are looked for (that is what wrk
 * does); h2load paces in steps of 10 ms and counts from the moment of sending.
 *
 * Usage: pace PORT RATE SECONDS CONNECTIONS FILE
 * FILE holds one request or several of equal length, byte for byte; several are dealt out to the connections in turn. Prints, one a line: `requests N` and `failed N`; `p50 US` and
 * `p99 US`, each the median of that percentile over slices of SLICE_MS, so that another process' turn on a
 * core spoils the slices it falls into and not the figure; `all_p99 US`, `all_p999 US` and `max US` over the
 * whole run, where nothing is left out. Ends with 1 when an answer was not 200 or could not be read.
 * Answers need a Content-Length. A connection is opened anew when the server has said that it closes it, or
 * closes it while it is idle.
 */
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define HEAD_BYTES (16 * 1024)
#define FILE_BYTES (1024 * 1024)
#define SECOND_NS 1000000000ull
#define SLICE_MS 50
#define GRACE_NS (2 * SECOND_NS) /* for the last answers */

struct conn {
	int fd;
	size_t held;
	size_t body_left;
	bool in_body;
	bool closing; /* the server has said so */
	bool busy;
	size_t number; /* of the request under way, from 0 */
	char head[HEAD_BYTES];
};

struct load {
	uint16_t port;
	char *requests; /* one behind the other */
	size_t request_len, n_requests;
	int epoll;
	struct conn *conns;
	int *idle; /* indices of connections without a request, last in first out */
	int idle_count;
	uint64_t start_ns, interval_ns;
	size_t wanted, sent, answered, failed;
	uint32_t *latency_ns; /* by number; 0: not answered */
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * SECOND_NS + (uint64_t)t.tv_nsec;
}

static void conn_open(struct load *l, int i)
{
	struct conn *c = &l->conns[i];
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(l->port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(c->fd, (struct sockaddr *)&to, sizeof to)) {
		perror("pace: connect");
		exit(1);
	}
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
	epoll_ctl(l->epoll, EPOLL_CTL_ADD, c->fd,
		  &(struct epoll_event){ .events = EPOLLIN, .data.u32 = (uint32_t)i });
	c->held = 0;
	c->in_body = false;
	c->closing = false;
}

static uint64_t due_ns(const struct load *l, size_t number)
{
	return l->start_ns + number * l->interval_ns;
}

static void answer_note(struct load *l, size_t number)
{
	uint64_t passed = now_ns() - due_ns(l, number);

	l->latency_ns[number] = passed < UINT32_MAX ? (uint32_t)passed : UINT32_MAX;
	l->answered++;
}

/* The connection is idle again; one that ended is replaced. */
static void conn_done(struct load *l, int i, bool failed)
{
	struct conn *c = &l->conns[i];

	if (failed || c->closing) {
		close(c->fd);
		conn_open(l, i);
	}
	if (!c->busy)
		return;
	if (failed)
		l->failed++;
	else
		answer_note(l, c->number);
	c->busy = false;
	l->idle[l->idle_count++] = i;
}

static bool conn_ask(const struct load *l, int i)
{
	const char *request = l->requests + (size_t)i % l->n_requests * l->request_len;

	return send(l->conns[i].fd, request, l->request_len, MSG_NOSIGNAL) ==
	       (ssize_t)l->request_len;
}

/* Sends what is due as long as a connection is free for it. */
static void send_due(struct load *l, uint64_t now)
{
	while (l->sent < l->wanted && l->idle_count && due_ns(l, l->sent) <= now) {
		int i = l->idle[--l->idle_count];
		struct conn *c = &l->conns[i];

		c->busy = true;
		c->number = l->sent++;
		if (!conn_ask(l, i))
			conn_done(l, i, true);
	}
}

/* Reads the head of an answer; false when it is none that we can follow. */
static bool head_take(struct conn *c, const char *end)
{
	const char *length;
	size_t head = (size_t)(end + 4 - c->head);

	c->head[head - 1] = '\0';
	length = strcasestr(c->head, "\r\nContent-Length:");
	if (!length || strncmp(c->head, "HTTP/1.1 200", 12))
		return false;
	c->body_left = strtoul(length + 17, NULL, 10);
	c->in_body = true;
	c->closing = strcasestr(c->head, "\r\nConnection: close") != NULL;
	c->held -= head;
	return true;
}

/* Takes in what has arrived; false when the connection or the answer is broken. */
static bool conn_read(struct conn *c, bool *ret_done)
{
	char *into = c->in_body ? c->head : c->head + c->held;
	ssize_t n =
		recv(c->fd, into, c->in_body ? HEAD_BYTES : HEAD_BYTES - 1 - c->held, MSG_DONTWAIT);
	const char *end;

	*ret_done = false;
	if (n <= 0)
		return n < 0 && errno == EAGAIN;
	c->held = c->in_body ? (size_t)n : c->held + (size_t)n;
	if (!c->in_body) {
		end = memmem(c->head, c->held, "\r\n\r\n", 4);
		if (!end)
			return c->held < HEAD_BYTES - 1;
		if (!head_take(c, end))
			return false;
	}
	if (c->held > c->body_left)
		return false;
	c->body_left -= c->held;
	c->held = 0;
	*ret_done = !c->body_left;
	c->in_body = c->body_left > 0;
	return true;
}

static void wait_for_answers(struct load *l, uint64_t until_ns)
{
	struct epoll_event ready[64];
	uint64_t now = now_ns();
	uint64_t left = until_ns > now ? until_ns - now : 0;
	struct timespec timeout = { .tv_sec = (time_t)(left / SECOND_NS),
				    .tv_nsec = (long)(left % SECOND_NS) };
	int count = epoll_pwait2(l->epoll, ready, 64, &timeout, NULL);

	for (int k = 0; k < count; k++) {
		int i = (int)ready[k].data.u32;
		bool done;

		if (!conn_read(&l->conns[i], &done))
			conn_done(l, i, true);
		else if (done)
			conn_done(l, i, false);
	}
}

static void run(struct load *l)
{
	uint64_t end_ns = due_ns(l, l->wanted) + GRACE_NS;

	while (l->answered + l->failed < l->wanted && now_ns() < end_ns) {
		wait_for_answers(l, l->sent < l->wanted && l->idle_count ? due_ns(l, l->sent)
									 : end_ns);
		send_due(l, now_ns());
	}
	l->failed = l->wanted - l->answered;
}

static int by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void sort(uint32_t *at, size_t count)
{
	qsort(at, count, sizeof *at, by_size);
}

/* Of sorted values. */
static uint32_t percentile(const uint32_t *at, size_t count, double share)
{
	return at[(size_t)(share * (double)(count - 1))];
}

/* The median over whole slices of one percentile; each slice is sorted in place. */
static uint32_t typical(struct load *l, double share)
{
	size_t each = SLICE_MS * (SECOND_NS / 1000) / l->interval_ns;
	size_t slices = each ? l->wanted / each : 0;
	uint32_t *of = calloc(slices + 1, sizeof *of);
	uint32_t median;

	assert(of);
	for (size_t i = 0; i < slices; i++) {
		sort(l->latency_ns + i * each, each);
		of[i] = percentile(l->latency_ns + i * each, each, share);
	}
	sort(of, slices);
	median = slices ? of[slices / 2] : 0;
	free(of);
	return median;
}

static void print(struct load *l)
{
	printf("requests %zu\nfailed %zu\n", l->answered, l->failed);
	if (l->failed)
		return;
	printf("p50 %.1f\n", typical(l, 0.5) / 1000.0);
	printf("p99 %.1f\n", typical(l, 0.99) / 1000.0);
	sort(l->latency_ns, l->wanted);
	printf("all_p99 %.1f\n", percentile(l->latency_ns, l->wanted, 0.99) / 1000.0);
	printf("all_p999 %.1f\n", percentile(l->latency_ns, l->wanted, 0.999) / 1000.0);
	printf("max %.1f\n", percentile(l->latency_ns, l->wanted, 1.0) / 1000.0);
}

static void requests_read(struct load *l, const char *path)
{
	FILE *f = fopen(path, "r");
	size_t len = 0;
	const char *end;

	l->requests = malloc(FILE_BYTES + 1);
	assert(l->requests);
	if (f) {
		len = fread(l->requests, 1, FILE_BYTES, f);
		fclose(f);
	}
	l->requests[len] = '\0';
	end = strstr(l->requests, "\r\n\r\n");
	l->request_len = end ? (size_t)(end + 4 - l->requests) : 0;
	if (!end || len == FILE_BYTES || len % l->request_len) {
		fprintf(stderr,
			"pace: %s: cannot be read, or is no request and no row of equal ones\n",
			path);
		exit(2);
	}
	l->n_requests = len / l->request_len;
}

int main(int argc, char **argv)
{
	struct load l = { 0 };
	double rate, seconds;
	int connections;

	if (argc != 6 || (rate = atof(argv[2])) < 1 || (seconds = atof(argv[3])) <= 0 ||
	    (connections = atoi(argv[4])) < 1) {
		fputs("usage: pace PORT RATE SECONDS CONNECTIONS FILE\n", stderr);
		return 2;
	}
	l.port = (uint16_t)atoi(argv[1]);
	l.interval_ns = (uint64_t)((double)SECOND_NS / rate);
	l.wanted = (size_t)(rate * seconds);
	l.conns = calloc((size_t)connections, sizeof *l.conns);
	l.idle = calloc((size_t)connections, sizeof *l.idle);
	l.latency_ns = calloc(l.wanted + 1, sizeof *l.latency_ns);
	assert(l.conns && l.idle && l.latency_ns);
	requests_read(&l, argv[5]);
	prctl(PR_SET_TIMERSLACK, 1UL);
	l.epoll = epoll_create1(EPOLL_CLOEXEC);
	for (int i = 0; i < connections; i++) {
		conn_open(&l, i);
		l.idle[l.idle_count++] = i;
	}
	l.start_ns = now_ns() + SECOND_NS / 100;
	run(&l);
	print(&l);
	return l.failed ? 1 : 0;
}
