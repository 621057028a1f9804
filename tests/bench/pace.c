#include "pace.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define HEAD_BYTES (16 * 1024)
#define FILE_BYTES (1024 * 1024)
#define SECOND_NS 1000000000ull
#define SLICE_MS 50
#define GRACE_NS (2 * SECOND_NS) /* for the last answers */
#define OTHERS UINT32_MAX        /* in place of a connection's number */

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
	const struct pace *order;
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
				  .sin_port = htons(l->order->port),
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

static void read_answers(struct load *l)
{
	struct epoll_event ready[64];
	int count = epoll_wait(l->epoll, ready, 64, 0);

	for (int k = 0; k < count; k++) {
		int i = (int)ready[k].data.u32;
		bool done;

		if (ready[k].data.u32 == OTHERS)
			l->order->turn(l->order->arg);
		else if (!conn_read(&l->conns[i], &done))
			conn_done(l, i, true);
		else if (done)
			conn_done(l, i, false);
	}
}

static void run(struct load *l)
{
	uint64_t end_ns = due_ns(l, l->wanted) + GRACE_NS;

	while (l->answered + l->failed < l->wanted && now_ns() < end_ns) {
		read_answers(l);
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

static void report(struct load *l, FILE *out)
{
	fprintf(out, "requests %zu\nfailed %zu\n", l->answered, l->failed);
	if (l->failed)
		return;
	fprintf(out, "p50 %.1f\n", typical(l, 0.5) / 1000.0);
	fprintf(out, "p99 %.1f\n", typical(l, 0.99) / 1000.0);
	sort(l->latency_ns, l->wanted);
	fprintf(out, "all_p99 %.1f\n", percentile(l->latency_ns, l->wanted, 0.99) / 1000.0);
	fprintf(out, "all_p999 %.1f\n", percentile(l->latency_ns, l->wanted, 0.999) / 1000.0);
}

static bool requests_read(struct load *l, const char *path)
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
	if (!end || len == FILE_BYTES || len % l->request_len)
		return false;
	l->n_requests = len / l->request_len;
	return true;
}

static void load_open(struct load *l)
{
	const struct pace *order = l->order;

	l->interval_ns = (uint64_t)((double)SECOND_NS / order->rate);
	l->wanted = (size_t)(order->rate * order->seconds);
	l->conns = calloc(order->connections, sizeof *l->conns);
	l->idle = calloc(order->connections, sizeof *l->idle);
	l->latency_ns = calloc(l->wanted + 1, sizeof *l->latency_ns);
	assert(l->conns && l->idle && l->latency_ns);
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	epoll_ctl(l->epoll, EPOLL_CTL_ADD, order->fd,
		  &(struct epoll_event){ .events = EPOLLIN, .data.u32 = OTHERS });
	for (unsigned i = 0; i < order->connections; i++) {
		conn_open(l, (int)i);
		l->idle[l->idle_count++] = (int)i;
	}
	l->start_ns = now_ns() + SECOND_NS / 100;
}

static void load_close(struct load *l)
{
	for (unsigned i = 0; l->conns && i < l->order->connections; i++)
		close(l->conns[i].fd);
	if (l->conns)
		close(l->epoll);
	free(l->conns);
	free(l->idle);
	free(l->latency_ns);
	free(l->requests);
}

bool pace_run(const struct pace *order, FILE *out)
{
	struct load l = { .order = order };
	bool readable = requests_read(&l, order->file);

	if (readable) {
		load_open(&l);
		run(&l);
		report(&l, out);
	} else {
		fprintf(out, "%s: cannot be read, or is no request and no row of equal ones\n",
			order->file);
	}
	load_close(&l);
	return readable && !l.failed;
}
