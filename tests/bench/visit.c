/*
 * Visitors that come and go: what wrk cannot be. Each of the visitors of `full` and `resumed` opens a connection with TLS 1.3,
 * sends the request, reads the answer to its end, closes, and comes again; `resumed` with the ticket that it got last time,
 * `full` with none. A `crowd` comes, asks once, and stays until standard input ends.
 *
 * Usage: visit full|resumed PORT SECONDS VISITORS FILE, visit probe PORT FILE, visit crowd|crowd-tls PORT VISITORS FILE
 * FILE holds one request, byte for byte. Prints `result REQUESTS ERRORS MICROSECONDS RESUMED`; the probe, which asks twice, what was
 * agreed upon the second time, a word each: version, cipher, group, key of the certificate, and `resumed` or `anew`; a crowd
 * `standing VISITORS` when all have been answered. Answers need a Content-Length where the connection is to stay.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HEAD_BYTES = 16 * 1024, MAX_VISITORS = 64, WAIT_S = 10 };

struct errand {
	uint16_t port;
	SSL_CTX *tls; /* NULL: in plain */
	bool resumes, stays;
	double end_s;
	char request[HEAD_BYTES];
	size_t request_len;
};

struct visitor {
	const struct errand *errand;
	pthread_t thread;
	SSL_SESSION *ticket; /* the last one; NULL: none yet */
	int fd;
	SSL *ssl;
	unsigned long visits, failures, resumed;
};

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A ticket is for one use (RFC 8446 appendix C.4): the newest is kept. */
static int on_ticket(SSL *ssl, SSL_SESSION *ticket)
{
	struct visitor *v = SSL_get_app_data(ssl);

	if (!v->errand->resumes)
		return 0;
	SSL_SESSION_free(v->ticket);
	v->ticket = ticket;
	return 1;
}

static SSL_CTX *tls_prepare(void)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_client_method());

	SSL_CTX_set_min_proto_version(tls, TLS1_3_VERSION);
	SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(tls, on_ticket);
	return tls;
}

static bool shake(struct visitor *v)
{
	static char host[] = "shop.example.com"; /* as every browser says it (RFC 6066 §3) */

	v->ssl = SSL_new(v->errand->tls);
	SSL_set_app_data(v->ssl, v);
	SSL_set_fd(v->ssl, v->fd);
	SSL_set_tlsext_host_name(v->ssl, host);
	if (v->ticket)
		SSL_set_session(v->ssl, v->ticket);
	return SSL_connect(v->ssl) == 1;
}

static bool arrive(struct visitor *v)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(v->errand->port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct timeval patience = { .tv_sec = WAIT_S };

	v->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(v->fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
	setsockopt(v->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return connect(v->fd, (struct sockaddr *)&to, sizeof(to)) == 0 &&
	       (!v->errand->tls || shake(v));
}

static ssize_t hear(struct visitor *v, char *at, size_t size)
{
	return v->ssl ? SSL_read(v->ssl, at, (int)size) : recv(v->fd, at, size, 0);
}

static bool say(struct visitor *v)
{
	const struct errand *e = v->errand;
	ssize_t n = v->ssl ? SSL_write(v->ssl, e->request, (int)e->request_len)
			   : send(v->fd, e->request, e->request_len, MSG_NOSIGNAL);

	return n == (ssize_t)e->request_len;
}

static bool is_whole(const char *answer, size_t len)
{
	const char *end = strstr(answer, "\r\n\r\n");
	const char *length = strcasestr(answer, "\r\nContent-Length:");

	return end && length && len == (size_t)(end + 4 - answer) + strtoul(length + 17, NULL, 10);
}

/* To the end of the connection, or of the answer where the visitor stays. */
static bool listen_to_answer(struct visitor *v)
{
	char answer[HEAD_BYTES + 1];
	size_t len = 0;
	ssize_t n;

	while ((n = hear(v, answer + len, HEAD_BYTES - len)) > 0) {
		len += (size_t)n;
		answer[len] = '\0';
		if (v->errand->stays && is_whole(answer, len))
			break;
	}
	return len && strncmp(answer, "HTTP/1.1 200", 12) == 0 && is_whole(answer, len);
}

static void leave(struct visitor *v)
{
	if (v->ssl && SSL_is_init_finished(v->ssl))
		SSL_shutdown(v->ssl);
	SSL_free(v->ssl);
	v->ssl = NULL;
	close(v->fd);
	ERR_clear_error();
}

static bool visit(struct visitor *v)
{
	bool served = arrive(v) && say(v) && listen_to_answer(v);

	v->visits++;
	v->failures += !served;
	v->resumed += v->ssl && SSL_session_reused(v->ssl);
	return served;
}

static void *come_and_go(void *arg)
{
	struct visitor *v = arg;

	while (now_s() < v->errand->end_s) {
		visit(v);
		leave(v);
	}
	SSL_SESSION_free(v->ticket);
	return NULL;
}

static int hurry(struct errand *e, double seconds, unsigned count)
{
	static struct visitor visitors[MAX_VISITORS];
	unsigned long visits = 0, failures = 0, resumed = 0;
	double began_s = now_s();

	e->end_s = began_s + seconds;
	for (unsigned i = 0; i < count; i++) {
		visitors[i].errand = e;
		pthread_create(&visitors[i].thread, NULL, come_and_go, &visitors[i]);
	}
	for (unsigned i = 0; i < count; i++) {
		pthread_join(visitors[i].thread, NULL);
		visits += visitors[i].visits;
		failures += visitors[i].failures;
		resumed += visitors[i].resumed;
	}
	printf("result %lu %lu %.0f %lu\n", visits, failures, (now_s() - began_s) * 1e6, resumed);
	return failures ? 1 : 0;
}

static int probe(struct errand *e)
{
	struct visitor v = { .errand = e };
	EVP_PKEY *key;

	e->resumes = true;
	if (!visit(&v))
		return 1;
	key = X509_get0_pubkey(SSL_get0_peer_certificate(v.ssl));
	printf("key-%s-%d ", EVP_PKEY_get0_type_name(key), EVP_PKEY_get_bits(key));
	leave(&v);
	if (!visit(&v))
		return 1;
	printf("%s %s %s %s\n", SSL_get_version(v.ssl), SSL_get_cipher_name(v.ssl),
	       OBJ_nid2sn((int)SSL_get_negotiated_group(v.ssl)),
	       SSL_session_reused(v.ssl) ? "resumed" : "anew");
	leave(&v);
	SSL_SESSION_free(v.ticket);
	return 0;
}

static int stand(struct errand *e, unsigned count)
{
	struct visitor *visitors = calloc(count, sizeof(*visitors));
	struct rlimit files = { count + 64, count + 64 };
	char byte;

	setrlimit(RLIMIT_NOFILE, &files);
	e->stays = true;
	for (unsigned i = 0; i < count; i++) {
		visitors[i].errand = e;
		if (!visit(&visitors[i])) {
			fprintf(stderr, "visit: number %u was not served\n", i + 1);
			return 1;
		}
	}
	printf("standing %u\n", count);
	fflush(stdout);
	while (read(0, &byte, 1) > 0)
		;
	free(visitors);
	return 0;
}

static bool read_request(struct errand *e, const char *path)
{
	FILE *file = fopen(path, "r");

	if (file) {
		e->request_len = fread(e->request, 1, sizeof(e->request), file);
		fclose(file);
	}
	return e->request_len > 0;
}

static int run(struct errand *e, int argc, char **argv)
{
	const char *mode = argv[1];
	unsigned count = argc > 3 ? (unsigned)atoi(argv[argc - 2]) : 0;

	if (strcmp(mode, "probe") == 0)
		return probe(e);
	if (strncmp(mode, "crowd", 5) == 0)
		return stand(e, count);
	e->resumes = strcmp(mode, "resumed") == 0;
	return hurry(e, atof(argv[3]), count < MAX_VISITORS ? count : MAX_VISITORS);
}

int main(int argc, char **argv)
{
	static struct errand e;

	signal(SIGPIPE, SIG_IGN);
	if (argc < 4 || !read_request(&e, argv[argc - 1])) {
		fputs("usage: visit full|resumed PORT SECONDS VISITORS FILE\n"
		      "       visit probe PORT FILE\n"
		      "       visit crowd|crowd-tls PORT VISITORS FILE\n",
		      stderr);
		return 2;
	}
	e.port = (uint16_t)atoi(argv[2]);
	e.tls = strcmp(argv[1], "crowd") == 0 ? NULL : tls_prepare();
	return run(&e, argc, argv);
}
