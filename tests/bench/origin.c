/*
 * The application behind every proxy of the benchmark: one thread, one epoll, fixed answers, so that
 * little of the core that it shares with the load generator is its own.
 *
 *   /small /16k /1m   200 with a body of 128 bytes, 16 KiB, 1 MiB, written as applications write it: by send
 *   /upload           200 once the whole body (Content-Length) has arrived
 *   /login            200 with a new PHPSESSID and `Latch-Account: bench`
 *   /auth             what auth_request asks: 200 with a PHPSESSID cookie, else 401
 *   /hooks            a sink for webhooks: 200 without a body, once the event has arrived
 *   /stats            how many requests came, how many of them to /auth and to /hooks
 *   /pace?PORT,RATE,SECONDS,CONNECTIONS,FILE
 *                     no page: it sends a paced load (pace.h) to that port itself, and answers with the figures
 *
 * It is no server for anything else: a chunked body gets 501, a head beyond HEAD_BYTES is cut off, a
 * pipelined request waits for the next byte, and a failed system call on a connection ends it.
 *
 * Usage: origin PORT. It listens on 127.0.0.1 and ends with SIGTERM.
 */
#include "pace.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEAD_BYTES (16 * 1024)
#define MAX_FD 8192
#define LARGE_BYTES (1024 * 1024)

/* An answer that has been written down once: head and body in one piece. */
struct answer {
	const char *path;
	char *at;
	size_t len;
};

struct conn {
	char head[HEAD_BYTES];
	size_t held;      /* bytes in head[] */
	size_t body_left; /* of the request that is being read */
	const char *out;  /* what is still to be sent */
	size_t out_left;
	struct answer own;         /* an answer made for this request alone, or {0} */
	const struct answer *next; /* to be sent when the body has arrived */
	bool closing;              /* close when sent */
};

struct origin {
	int epoll;
	int listener;
	struct conn *conns[MAX_FD];
	unsigned long requests;
	unsigned long auths;
	unsigned long hooks;
	unsigned long sessions;
	struct conn *waits; /* for the figures of a paced load, or NULL */
	int waits_fd;
	struct pace order;
	char file[1024];
};

static const char PLAIN[] = "Cache-Control: private, max-age=60\r\nX-Powered-By: PHP/8.2.20\r\n"
			    "Content-Type: text/html; charset=utf-8\r\n";

static char filler[LARGE_BYTES];

static struct answer answers[] = {
	{ .path = "/small" },  { .path = "/16k" },  { .path = "/1m" },
	{ .path = "/upload" }, { .path = "/auth" }, { .path = "/hooks" },
};

static struct answer refusal, not_found, not_chunked;

static struct answer answer_make(const char *path, const char *status, const char *fields,
				 const char *body, size_t len)
{
	struct answer made = { .path = path, .at = malloc(len + 1024) };
	int head;

	assert(made.at);
	head = snprintf(made.at, 1024,
			"HTTP/1.1 %s\r\nServer: bench\r\n%sContent-Length: %zu\r\n\r\n", status,
			fields, len);
	assert(head > 0 && head < 1024);
	memcpy(made.at + head, body, len);
	made.len = (size_t)head + len;
	return made;
}

static void answers_write(void)
{
	memset(filler, 'x', sizeof filler);
	answers[0] = answer_make("/small", "200 OK", PLAIN, filler, 128);
	answers[1] = answer_make("/16k", "200 OK", PLAIN, filler, 16 * 1024);
	answers[2] = answer_make("/1m", "200 OK", PLAIN, filler, LARGE_BYTES);
	answers[3] = answer_make("/upload", "200 OK", PLAIN, filler, 128);
	answers[4] = answer_make("/auth", "200 OK", PLAIN, "", 0);
	answers[5] = answer_make("/hooks", "200 OK", PLAIN, "", 0);
	refusal = answer_make("", "401 Unauthorized", PLAIN, "", 0);
	not_found = answer_make("", "404 Not Found", PLAIN, "", 0);
	not_chunked = answer_make("", "501 Not Implemented", "Connection: close\r\n", "", 0);
}

static const struct answer *login(struct origin *o, struct conn *c)
{
	char fields[256];

	snprintf(
		fields, sizeof fields,
		"Latch-Account: bench\r\nSet-Cookie: PHPSESSID=%016lxbench%011d; Path=/; HttpOnly\r\n"
		"Content-Type: text/html; charset=utf-8\r\n",
		++o->sessions, (int)getpid());
	c->own = answer_make("", "200 OK", fields, "welcome\n", 8);
	return &c->own;
}

static const struct answer *stats(struct origin *o, struct conn *c)
{
	char body[128];
	int len = snprintf(body, sizeof body, "requests %lu\nauth %lu\nhooks %lu\n", o->requests,
			   o->auths, o->hooks);

	c->own = answer_make("", "200 OK", "Content-Type: text/plain\r\n", body, (size_t)len);
	return &c->own;
}

/* The value of a field, or NULL; the head ends with a NUL where its last line ended. */
static const char *field(const char *head, const char *name)
{
	const char *at = strcasestr(head, name);

	return at ? at + strlen(name) + strspn(at + strlen(name), " ") : NULL;
}

static bool pace_order(struct origin *o, const char *head)
{
	if (sscanf(head, "GET /pace?%hu,%lf,%lf,%u,%1023[^ ]", &o->order.port, &o->order.rate,
		   &o->order.seconds, &o->order.connections, o->file) != 5)
		return false;
	o->order.file = o->file;
	return o->order.rate >= 1 && o->order.seconds > 0 && o->order.connections;
}

/* NULL: the answer comes later. */
static const struct answer *choose(struct origin *o, struct conn *c, const char *head)
{
	const char *path = strchr(head, ' ');
	const char *end = path ? strpbrk(path + 1, " ?") : NULL;
	size_t len = end ? (size_t)(end - path - 1) : 0;

	if (field(head, "\r\nTransfer-Encoding:")) {
		c->closing = true;
		return &not_chunked;
	}
	if (len == 6 && !strncmp(path + 1, "/login", len))
		return login(o, c);
	if (len == 6 && !strncmp(path + 1, "/stats", len))
		return stats(o, c);
	if (len == 5 && !strncmp(path + 1, "/auth", len)) {
		o->auths++;
		if (!strstr(head, "PHPSESSID="))
			return &refusal;
	}
	o->hooks += len == 6 && !strncmp(path + 1, "/hooks", len);
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
		if (strlen(answers[i].path) == len && !strncmp(path + 1, answers[i].path, len))
			return &answers[i];
	if (!pace_order(o, head))
		return &not_found;
	o->waits = c;
	return NULL;
}

static void conn_close(struct origin *o, int fd)
{
	if (o->waits == o->conns[fd])
		o->waits = NULL;
	free(o->conns[fd]->own.at);
	free(o->conns[fd]);
	o->conns[fd] = NULL;
	close(fd);
}

/* Reads one head out of what is held; false when it is not complete. */
static bool head_take(struct origin *o, struct conn *c)
{
	char *end = memmem(c->head, c->held, "\r\n\r\n", 4);
	const char *length, *connection;
	size_t body;

	if (!end)
		return false;
	end[2] = '\0';
	o->requests++;
	length = field(c->head, "\r\nContent-Length:");
	connection = field(c->head, "\r\nConnection:");
	c->closing = (connection && !strncasecmp(connection, "close", 5)) ||
		     strstr(c->head, " HTTP/1.0\r\n");
	c->next = choose(o, c, c->head);
	c->body_left = length ? strtoul(length, NULL, 10) : 0;
	c->held -= (size_t)(end + 4 - c->head);
	memmove(c->head, end + 4, c->held);
	body = c->body_left < c->held ? c->body_left : c->held;
	c->held -= body;
	c->body_left -= body;
	memmove(c->head, c->head + body, c->held);
	return true;
}

/* Sends what it can; false when the connection is over. */
static bool conn_send(struct origin *o, int fd, struct conn *c)
{
	while (c->out_left) {
		ssize_t n = send(fd, c->out, c->out_left, MSG_NOSIGNAL);

		if (n < 0)
			break;
		c->out += n;
		c->out_left -= (size_t)n;
	}
	if (c->out_left && errno != EAGAIN)
		return false;
	epoll_ctl(o->epoll, EPOLL_CTL_MOD, fd,
		  &(struct epoll_event){ .events = c->out_left ? EPOLLIN | EPOLLOUT : EPOLLIN,
					 .data.fd = fd });
	return c->out_left || !c->closing;
}

/* Most answers leave in one send, and the epoll set is left alone. */
static bool answer_send(struct origin *o, int fd, struct conn *c)
{
	ssize_t n = send(fd, c->next->at, c->next->len, MSG_NOSIGNAL);

	if (n < 0 && errno != EAGAIN)
		return false;
	c->out = c->next->at + (n < 0 ? 0 : n);
	c->out_left = c->next->len - (n < 0 ? 0 : (size_t)n);
	c->next = NULL;
	if (c->out_left)
		return conn_send(o, fd, c);
	free(c->own.at);
	c->own = (struct answer){ 0 };
	return !c->closing;
}

/* Bytes of a body are thrown away in the kernel; only heads are copied. */
static ssize_t conn_receive(int fd, struct conn *c)
{
	ssize_t n;

	if (c->body_left) {
		n = recv(fd, NULL, c->body_left, MSG_TRUNC);
		if (n > 0)
			c->body_left -= (size_t)n;
		return n;
	}
	n = recv(fd, c->head + c->held, HEAD_BYTES - c->held, 0);
	if (n > 0)
		c->held += (size_t)n;
	return n;
}

/* The happy path is one receive that holds a whole request and one send that holds the answer. */
static bool conn_read(struct origin *o, int fd, struct conn *c)
{
	for (;;) {
		bool in_body = c->body_left > 0;
		ssize_t n = conn_receive(fd, c);

		if (n <= 0)
			return n < 0 && errno == EAGAIN;
		if (!c->next && !head_take(o, c))
			return c->held < HEAD_BYTES;
		if (o->waits == c)
			o->waits_fd = fd;
		else if (!c->body_left)
			return answer_send(o, fd, c);
		if (in_body && n < 4096)
			return true;
	}
}

static void conns_accept(struct origin *o)
{
	for (;;) {
		int fd = accept4(o->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0)
			return;
		if (fd >= MAX_FD || !(o->conns[fd] = calloc(1, sizeof *o->conns[fd]))) {
			close(fd);
			continue;
		}
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
		epoll_ctl(o->epoll, EPOLL_CTL_ADD, fd,
			  &(struct epoll_event){ .events = EPOLLIN, .data.fd = fd });
	}
}

static int listen_on(const char *port)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)atoi(port)),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
	if (bind(fd, (struct sockaddr *)&at, sizeof at) || listen(fd, 4096)) {
		perror("origin: listen");
		exit(1);
	}
	return fd;
}

static void serve(struct origin *o, int timeout_ms)
{
	struct epoll_event ready[256];
	int count = epoll_wait(o->epoll, ready, 256, timeout_ms);

	for (int i = 0; i < count; i++) {
		int fd = ready[i].data.fd;
		struct conn *c = fd == o->listener ? NULL : o->conns[fd];

		if (!c)
			conns_accept(o);
		else if (c->out_left ? !conn_send(o, fd, c) : !conn_read(o, fd, c))
			conn_close(o, fd);
	}
}

static void serve_who_is_there(void *arg)
{
	serve(arg, 0);
}

/* Who ordered it may have gone away meanwhile. */
static void pace(struct origin *o)
{
	char *figures = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&figures, &len);
	struct conn *c;
	bool good;

	assert(out);
	good = pace_run(&o->order, out);
	fclose(out);
	c = o->waits;
	if (c) {
		c->own = answer_make("", good ? "200 OK" : "500 Internal Server Error", PLAIN,
				     figures, len);
		c->next = &c->own;
		if (!answer_send(o, o->waits_fd, c))
			conn_close(o, o->waits_fd);
		o->waits = NULL;
	}
	free(figures);
}

int main(int argc, char **argv)
{
	static struct origin o;

	if (argc != 2) {
		fputs("usage: origin PORT\n", stderr);
		return 2;
	}
	answers_write();
	o.listener = listen_on(argv[1]);
	o.epoll = epoll_create1(EPOLL_CLOEXEC);
	o.order.fd = o.epoll;
	o.order.turn = serve_who_is_there;
	o.order.arg = &o;
	epoll_ctl(o.epoll, EPOLL_CTL_ADD, o.listener,
		  &(struct epoll_event){ .events = EPOLLIN, .data.fd = o.listener });
	for (;;) {
		serve(&o, -1);
		if (o.waits)
			pace(&o);
	}
}
