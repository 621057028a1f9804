#include "daemon.h"

#include "suite.h"
#include "wirework.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static const char usual[] =
	"client_id: test\n"
	"listen: [\"127.0.0.1:0\"]\n"
	"origin: { url: \"http://127.0.0.1:{origin}\" }\n"
	"workers: 2\n"
	"state: { path: \"{dir}/state\" }\n"
	"warmup: 0s\n"
	"admin: { listen: \"127.0.0.1:0\", token_file: \"{dir}/admin.token\" }\n"
	"log: { level: debug }\n";
static const char usual_events[] =
	"events: { url: \"http://127.0.0.1:{sink}/hooks\", secret_file: \"{dir}/webhook.key\", "
	"timeout: 20s }\n";

static const char token[] = "a-token-for-the-admin-listener";

struct daemon {
	char dir[64];
	struct daemon_options options;
	pid_t pid;
	int notify;
	uint16_t port, admin_port;
	unsigned starts;
};

static void write_file(const struct daemon *d, const char *name, const char *text)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", d->dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static void put_number(char *text, size_t size, unsigned n)
{
	snprintf(text, size, "%u", n);
}

/* {dir}, {origin} and {sink} replaced; malloc'd. */
static char *fill_in(const struct daemon *d, const char *yaml)
{
	char origin[8], sink[8], *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	const struct {
		const char *name, *value;
	} words[] = { { "{dir}", d->dir }, { "{origin}", origin }, { "{sink}", sink } };

	put_number(origin, sizeof(origin), d->options.origin);
	put_number(sink, sizeof(sink), d->options.sink);
	while (*yaml) {
		size_t i = 0;

		while (i < 3 && strncmp(yaml, words[i].name, strlen(words[i].name)) != 0)
			i++;
		if (i < 3) {
			fputs(words[i].value, out);
			yaml += strlen(words[i].name);
		} else {
			fputc(*yaml++, out);
		}
	}
	fclose(out);
	return text;
}

static void write_settings(struct daemon *d, const char *yaml)
{
	char *all, *text;

	if (d->options.bare)
		ck_assert_int_ge(asprintf(&all, "%s", yaml), 0);
	else
		ck_assert_int_ge(
			asprintf(&all, "%s%s%s", usual, d->options.sink ? usual_events : "", yaml),
			0);
	text = fill_in(d, all);
	write_file(d, "latchd.yaml", text);
	free(all);
	free(text);
}

void daemon_edit(struct daemon *d, const char *sed)
{
	char command[1024];

	snprintf(command, sizeof(command), "sed -i '%s' %s/latchd.yaml", sed, d->dir);
	ck_assert_int_eq(system(command), 0);
}

static void open_notify(struct daemon *d)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	d->notify = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/notify", d->dir);
	unlink(address.sun_path);
	ck_assert_int_eq(bind(d->notify, (struct sockaddr *)&address, sizeof(address)), 0);
}

static void tell_file(const char *dir, const char *name, const char *file, FILE *out)
{
	char path[320], text[256];
	FILE *in;

	snprintf(path, sizeof(path), "%s/%.20s/%s", dir, name, file);
	in = fopen(path, "re");
	if (in && fgets(text, sizeof(text), in))
		fprintf(out, " %s: %.*s", file, (int)strcspn(text, "\n"), text);
	if (in)
		fclose(in);
}

/* Where a process stands that should have gone on: each of its threads, what it is called and what it waits for in the kernel. */
static char *where_it_stands(const struct daemon *d)
{
	char dir[64], *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	struct dirent *e;
	DIR *tasks;

	snprintf(dir, sizeof(dir), "/proc/%d/task", (int)d->pid);
	tasks = opendir(dir);
	while (tasks && (e = readdir(tasks))) {
		if (e->d_name[0] == '.')
			continue;
		fprintf(out, "%s", e->d_name);
		tell_file(dir, e->d_name, "comm", out);
		tell_file(dir, e->d_name, "wchan", out);
		tell_file(dir, e->d_name, "syscall", out);
		fputs("\n", out);
	}
	if (tasks)
		closedir(tasks);
	fclose(out);
	return text;
}

/* One datagram of the daemon's; aborts with its log when it ends instead. */
static void next_notice(struct daemon *d, char *text, size_t size)
{
	struct pollfd p = { .fd = d->notify, .events = POLLIN };
	ssize_t n;

	for (int waited_ms = 0; poll(&p, 1, 50) == 0; waited_ms += 50) {
		int status = 0;
		bool ended = waitpid(d->pid, &status, WNOHANG) != 0;

		if (waited_ms < 4 * WIREWORK_PATIENCE_MS && !ended)
			continue;
		ck_abort_msg("latchd did not come up (%s %d):\n%s\n%s",
			     ended ? "it ended:" : "it is there after", ended ? status : waited_ms,
			     where_it_stands(d), daemon_log(d));
	}
	n = recv(d->notify, text, size - 1, 0);
	text[n > 0 ? n : 0] = '\0';
}

static uint16_t port_after(const char *text, const char *words)
{
	const char *at = strstr(text, words);

	at = at ? strchr(at + strlen(words), ':') : NULL;
	return at ? (uint16_t)atoi(at + 1) : 0;
}

static void wait_until_ready(struct daemon *d)
{
	char text[1024];

	do {
		next_notice(d, text, sizeof(text));
	} while (!strstr(text, "READY=1"));
	d->port = port_after(text, "serving ");
	d->admin_port = port_after(text, "admin ");
	ck_assert_msg(d->port, "no port in: %s", text);
}

static const char *program(void)
{
	return getenv("LATCHD") ? getenv("LATCHD") : "build/latchd";
}

/* What runs the program, when it shall be watched; "": it runs by itself. */
static const char *watcher(void)
{
	static const char memcheck[] =
		"valgrind --quiet --error-exitcode=99 --leak-check=full "
		"--errors-for-leak-kinds=definite,indirect --show-leak-kinds=definite,indirect "
		"--num-callers=24 --fair-sched=try --suppressions=tests/support/valgrind.supp ";

	return suite_is_watched() ? memcheck : "";
}

/* The environment, with what a supervisor adds. */
static char **environment_for(char *notify)
{
	unsigned n = 0;
	char **all;

	while (environ[n])
		n++;
	all = calloc(n + 2, sizeof(*all));
	memcpy(all + 1, environ, n * sizeof(*all));
	all[0] = notify;
	return all;
}

/* A test that fails leaves nothing behind: the daemon dies with it. A socket is handed in as systemd does it: the first of descriptor 3
 * and following, and its number in the environment. */
static void write_command(const struct daemon *d, char *command, size_t size)
{
	snprintf(command, size, "%sexec setpriv --pdeathsig KILL %s%s -c %s/latchd.yaml",
		 d->options.handed_in ? "export LISTEN_FDS=1 LISTEN_PID=$$; " : "", watcher(),
		 program(), d->dir);
}

/* No fork: the test has threads, one of them may hold the lock of a sanitizer's allocator at that moment, and in the child nobody would
 * ever give it back. */
static void spawn(struct daemon *d)
{
	char command[768], log[128], notify[160], sh[] = "sh", c[] = "-c";
	char **environment = environment_for(notify);
	posix_spawn_file_actions_t actions;

	write_command(d, command, sizeof(command));
	snprintf(log, sizeof(log), "%s/log", d->dir);
	snprintf(notify, sizeof(notify), "NOTIFY_SOCKET=%s/notify", d->dir);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	posix_spawn_file_actions_adddup2(&actions, 1, 2);
	if (d->options.handed_in)
		posix_spawn_file_actions_adddup2(&actions, d->options.handed_in, 3);
	ck_assert_int_eq(posix_spawn(&d->pid, "/bin/sh", &actions, NULL,
				     (char *[]){ sh, c, command, NULL }, environment),
			 0);
	posix_spawn_file_actions_destroy(&actions);
	free(environment);
	d->starts++;
	wait_until_ready(d);
}

struct daemon *daemon_prepare(const struct daemon_options *options)
{
	struct daemon *d = calloc(1, sizeof(*d));

	d->options = *options;
	snprintf(d->dir, sizeof(d->dir), "%s/latchd-test-XXXXXX", suite_room());
	ck_assert_ptr_nonnull(mkdtemp(d->dir));
	write_file(d, "admin.token", token);
	write_file(d, "webhook.key", "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz");
	write_settings(d, options->yaml);
	return d;
}

struct daemon *daemon_start(const struct daemon_options *options)
{
	struct daemon *d = daemon_prepare(options);

	open_notify(d);
	spawn(d);
	return d;
}

int daemon_run(struct daemon *d, const char *arguments, char **ret_output)
{
	char command[1024], *output = NULL;
	size_t len = 0;
	FILE *out;
	int status;

	snprintf(command, sizeof(command), "%s%s %s -c %s/latchd.yaml 2>&1 </dev/null", watcher(),
		 program(), arguments, d->dir);
	out = popen(command, "re");
	ck_assert_ptr_nonnull(out);
	if (getdelim(&output, &len, '\0', out) < 0 && output)
		output[0] = '\0';
	status = pclose(out);
	if (ret_output)
		*ret_output = output;
	else
		free(output);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void daemon_rewrite(struct daemon *d, const char *yaml)
{
	write_settings(d, yaml);
}

int daemon_wait(struct daemon *d)
{
	int status = 0;

	for (int waited_ms = 0; d->pid && waitpid(d->pid, &status, WNOHANG) == 0; waited_ms += 10) {
		if (waited_ms > 4 * WIREWORK_PATIENCE_MS) {
			kill(d->pid, SIGABRT);
			ck_abort_msg("latchd did not end:\n%s", daemon_log(d));
		}
		poll(NULL, 0, 10);
	}
	d->pid = 0;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void daemon_stop(struct daemon **daemon)
{
	struct daemon *d = *daemon;
	char command[160];
	int status = 0;

	if (!d)
		return;
	if (d->pid) {
		kill(d->pid, SIGTERM);
		status = daemon_wait(d);
	}
	if (status)
		ck_abort_msg("latchd ended with %d:\n%s", status, daemon_log(d));
	if (d->notify > 0)
		close(d->notify);
	snprintf(command, sizeof(command), "rm -rf %s", d->dir);
	ck_assert_int_eq(system(command), 0);
	free(d);
	*daemon = NULL;
}

void daemon_kill(struct daemon *d)
{
	kill(d->pid, SIGKILL);
	daemon_wait(d);
}

void daemon_restart(struct daemon *d)
{
	if (d->pid) {
		kill(d->pid, SIGTERM);
		ck_assert_int_eq(daemon_wait(d), 0);
	}
	close(d->notify);
	open_notify(d);
	spawn(d);
}

void daemon_signal(struct daemon *d, int number)
{
	kill(d->pid, number);
}

uint16_t daemon_port(const struct daemon *d)
{
	return d->port;
}

uint16_t daemon_admin_port(const struct daemon *d)
{
	return d->admin_port;
}

pid_t daemon_pid(const struct daemon *d)
{
	return d->pid;
}

const char *daemon_dir(const struct daemon *d)
{
	return d->dir;
}

void daemon_reload(struct daemon *d, const char *yaml)
{
	write_settings(d, yaml);
	kill(d->pid, SIGHUP);
	daemon_await(d, "READY=1");
}

void daemon_await(struct daemon *d, const char *notice)
{
	char text[1024];

	do {
		next_notice(d, text, sizeof(text));
	} while (!strstr(text, notice));
}

char *daemon_log(const struct daemon *d)
{
	char path[128], *text = NULL;
	size_t len = 0;
	ssize_t n;
	FILE *file;

	snprintf(path, sizeof(path), "%s/log", d->dir);
	file = fopen(path, "re");
	n = file ? getdelim(&text, &len, '\0', file) : -1;
	if (file)
		fclose(file);
	if (n < 0) {
		free(text);
		return strdup("");
	}
	return text;
}

void daemon_await_log(struct daemon *d, const char *words)
{
	for (int waited_ms = 0;; waited_ms += 10) {
		char *text = daemon_log(d);
		bool said = strstr(text, words);

		ck_assert_msg(said || waited_ms < WIREWORK_PATIENCE_MS,
			      "\"%s\" is not in the log:\n%s", words, text);
		free(text);
		if (said)
			return;
		poll(NULL, 0, 10);
	}
}

int daemon_admin(struct daemon *d, const char *method, const char *target, const char *json,
		 char **ret_body)
{
	struct wirework_buffer buffer = { 0 };
	struct message answer;
	char *request;
	int fd = wirework_connect(d->admin_port), status;
	int len = asprintf(
		&request,
		"%s %s HTTP/1.1\r\nHost: admin\r\nAuthorization: Bearer %s\r\nContent-Length: %zu\r\n"
		"Connection: close\r\n\r\n%s",
		method, target, token, json ? strlen(json) : 0, json ? json : "");

	wirework_send(fd, request, (size_t)len);
	free(request);
	ck_assert_msg(message_read(fd, &buffer, false, false, &answer), "%s %s: no answer", method,
		      target);
	status = answer.status;
	if (ret_body)
		*ret_body = strdup(answer.body);
	message_free(&answer);
	wirework_free(&buffer);
	close(fd);
	return status;
}

char *daemon_scrape(struct daemon *d)
{
	char *text;

	ck_assert_int_eq(daemon_admin(d, "GET", "/metrics", NULL, &text), 200);
	return text;
}
