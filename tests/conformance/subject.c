#include "subject.h"

#include "raw.h"

#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE_MS = WIREWORK_PATIENCE_MS, THEIR_PATIENCE_MS = 1200 };

/* No deadline is near: on a busy machine a head that comes byte by byte, beside many others, takes its time. */
static const char settings[] =
	"listen: [\"127.0.0.1:0\"]\n"
	"origin: { url: \"http://127.0.0.1:{origin}\", keepalive: 1024, response_timeout: 10m }\n"
	"http: { head_timeout: 10m, body_timeout: 10m, body_min_rate: 0, idle_timeout: 10m }\n"
	"workers: 1\n"
	"state: { path: \"{dir}/state\" }\n"
	"admin: { listen: \"127.0.0.1:0\", token_file: \"{dir}/admin.token\" }\n"
	"log: { level: warn, access: false }\n"
	"identity: { session_cookies: [SESSION], account: [ { response_header: Latch-Account } ] }\n"
	"redirect_urls: { new_account_url: /signup, logout_url: /login }\n";

void subject_start_latchd(struct subject *s)
{
	*s = (struct subject){ .name = "latchd", .patience_ms = PATIENCE_MS };
	s->stage = stage_open(true);
	s->gateway = daemon_start(&(struct daemon_options){
		.yaml = settings, .origin = stage_origin_port(s->stage), .bare = true });
	stage_use_proxy(s->stage, daemon_port(s->gateway));
}

/* A port that nobody listens on. */
static uint16_t free_port(void)
{
	uint16_t port;
	int fd = raw_listen(&port);

	raw_close(&fd);
	return port;
}

/* The benchmark's file of that name with its places filled in, without what is about TLS. */
static void configure(const struct subject *s, const char *file, uint16_t port)
{
	char command[512];

	snprintf(
		command, sizeof(command),
		"sed '/@TLS@/d; /@CERTIFICATE@/d; s|@PORT@|%u|; s|@ORIGIN@|%u|; s|@DIR@|%s|; s|@USER@|%s|' "
		"tests/bench/conf/%s > %s/%s",
		port, stage_origin_port(s->stage), s->dir, getuid() ? "" : "user root;", file,
		s->dir, file);
	ck_assert_int_eq(system(command), 0);
}

static bool answers(uint16_t port)
{
	int fd = wirework_try_connect(port);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static void start(struct subject *s, const char *name, const char *file, const char *command)
{
	uint16_t port = free_port();

	*s = (struct subject){ .name = name, .patience_ms = THEIR_PATIENCE_MS };
	s->stage = stage_open(false);
	strcpy(s->dir, "/tmp/latchd-conformance-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(s->dir));
	configure(s, file, port);
	s->pid = fork();
	if (s->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		setenv("PATH", "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin", 1);
		setenv("DIR", s->dir, 1);
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	for (int waited_ms = 0; !answers(port); waited_ms += 20) {
		ck_assert_msg(waited_ms < WIREWORK_PATIENCE_MS, "%s did not start", name);
		poll(NULL, 0, 20);
	}
	stage_use_proxy(s->stage, port);
}

void subject_start_nginx(struct subject *s)
{
	start(s, "nginx", "nginx.conf",
	      "exec nginx -p $DIR -c $DIR/nginx.conf -e $DIR/error.log -g 'daemon off;' 2>/dev/null");
}

void subject_start_haproxy(struct subject *s)
{
	start(s, "haproxy", "haproxy.cfg", "exec haproxy -db -q -f $DIR/haproxy.cfg 2>/dev/null");
}

void subject_stop(struct subject *s)
{
	char command[128];
	int status;

	stage_close(&s->stage);
	daemon_stop(&s->gateway);
	if (!s->pid)
		return;
	kill(s->pid, SIGTERM);
	waitpid(s->pid, &status, 0);
	snprintf(command, sizeof(command), "rm -rf %s", s->dir);
	ck_assert_int_eq(system(command), 0);
}
