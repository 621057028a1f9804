/* Chaos: clients and an origin that do everything that the wire allows, at random and from a seed, with the gateway between
 * them; both compare every byte that they get with what the other one sent (ledger.h says what has to hold).
 *
 * CHAOS_EXCHANGES and CHAOS_SEED say how much of it, and which. `make chaos` sets them. */
#define SUITE_TIMEOUT_S (24 * 3600)
#include "callee.h"
#include "caller.h"
#include "daemon.h"
#include "suite.h"

#include <dirent.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	FEW_EXCHANGES = 20000,
	CALLERS = 96,     /* at once */
	PATIENCE_S = 30,  /* in which nothing at all moves: something hangs */
	SLACK_KIB = 8192, /* of memory that may come and go */
};

/* Every deadline but the idle one is far away: what hangs shall be seen to hang. */
static const char yaml[] =
	"client_id: chaos\n"
	"listen: [\"127.0.0.1:0\"]\n"
	"origin: { url: \"http://127.0.0.1:{origin}\", response_timeout: 10m, keepalive: 16 }\n"
	"workers: 2\n"
	"http: { head_timeout: 10m, body_timeout: 10m, body_min_rate: 0, idle_timeout: 15s,\n"
	"        tunnel_idle: 1h }\n"
	"identity:\n"
	"  session_cookies: [PHPSESSID]\n"
	"  account: [{ response_header: Latch-Account }]\n"
	"redirect_urls: { new_account_url: /signup, logout_url: /login }\n"
	"state: { path: \"{dir}/state\" }\n"
	"warmup: 0s\n"
	"admin: { listen: \"127.0.0.1:0\", token_file: \"{dir}/admin.token\" }\n"
	"log: { level: info, file: \"{dir}/access.log\" }\n";

struct chaos {
	struct ledger ledger;
	uint64_t seen; /* progress, last */
	double seen_s;
};

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static unsigned count_files(const struct daemon *d)
{
	char path[64];
	unsigned n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)daemon_pid(d));
	dir = opendir(path);
	ck_assert_ptr_nonnull(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static long resident_kib(const struct daemon *d)
{
	char path[64];
	long ignored, pages = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/statm", (int)daemon_pid(d));
	file = fopen(path, "re");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fscanf(file, "%ld %ld", &ignored, &pages), 2);
	fclose(file);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* Nothing may hang: where no byte moves for so long, somebody waits in vain. */
static void watch(struct chaos *c)
{
	double now = now_s();

	if (c->ledger.loop.progress != c->seen) {
		c->seen = c->ledger.loop.progress;
		c->seen_s = now;
		return;
	}
	if (now - c->seen_s < PATIENCE_S)
		return;
	for (uint64_t id = 1; id <= c->ledger.last; id++)
		if (c->ledger.entries[id].outcome == OUTCOME_OPEN)
			ledger_fail(&c->ledger, id, "hangs");
	ledger_fail(&c->ledger, 0, "a connection hangs");
}

/* Clients come, until there were so many exchanges; then they go. */
static void load(struct chaos *c, uint64_t until)
{
	struct ledger *l = &c->ledger;

	l->limit = until;
	c->seen_s = now_s();
	while (l->last < until || l->n_callers) {
		if (l->last < until && l->n_callers < CALLERS)
			caller_start(l, l->tallies[TALLY_CALLERS] + 1);
		peer_loop_turn(&l->loop, 1000);
		watch(c);
	}
}

/* A client may be gone while the origin answers still, as nobody is told before the answer meets him. */
static void close_what_rests(struct peer_loop *loop)
{
	for (struct peer *p = loop->first, *next; p; p = next) {
		next = p->next;
		if (callee_is_at_rest(p))
			peer_close(p);
	}
}

/* Until the daemon holds no more descriptors than in the beginning, and the origin has heard of it too: whoever is patient waits until
 * the daemon has lost its own patience with idle connections. */
static void expect_rest(struct chaos *c, unsigned files, bool patient)
{
	struct peer_loop *loop = &c->ledger.loop;
	double since = now_s();

	while (count_files(c->ledger.daemon) > files || loop->n_peers > 1) {
		if (!patient)
			close_what_rests(loop);
		peer_loop_turn(loop, 50);
		if (now_s() - since > LEDGER_IDLE_S + PATIENCE_S)
			ledger_fail(
				&c->ledger, 0,
				"%u descriptors, and %u before the load; %u peers and the listener",
				count_files(c->ledger.daemon), files, loop->n_peers - 1);
	}
}

/* A descriptor is gone a moment before its connection is counted so. */
static void await_none(struct chaos *c, const char *series)
{
	double since = now_s();

	while (daemon_metric(c->ledger.daemon, series) > 0 && now_s() - since < PATIENCE_S)
		poll(NULL, 0, 10);
	ck_assert_int_eq((int)daemon_metric(c->ledger.daemon, series), 0);
}

static void expect_numbers(struct chaos *c)
{
	await_none(c, "connections");
	await_none(c, "tunnels");
}

/* What the address sanitizer keeps of freed memory would look like growth. */
static void keep_little(void)
{
	const char *options = getenv("ASAN_OPTIONS");
	char more[512];

	snprintf(more, sizeof(more), "%s:quarantine_size_mb=8", options ? options : "");
	setenv("ASAN_OPTIONS", more, 1);
}

static void run(uint64_t seed, uint64_t exchanges)
{
	struct chaos c = { .seen = 0 };
	struct daemon_options options = { .yaml = yaml, .bare = true };
	bool patient = exchanges > FEW_EXCHANGES;
	unsigned files;
	long resident, slack;
	double began_s;

	keep_little();
	ledger_init(&c.ledger, seed, exchanges);
	callee_listen(&c.ledger, &options.origin);
	c.ledger.daemon = daemon_start(&options);
	c.ledger.gateway_port = daemon_port(c.ledger.daemon);
	files = count_files(c.ledger.daemon);
	began_s = now_s();
	load(&c, exchanges / 5);
	expect_rest(&c, files, patient);
	resident = resident_kib(c.ledger.daemon);
	load(&c, exchanges);
	ledger_report(&c.ledger, now_s() - began_s);
	expect_rest(&c, files, patient);
	printf("  resident %ld KiB after a fifth, %ld KiB in the end; %u descriptors, as before\n",
	       resident, resident_kib(c.ledger.daemon), count_files(c.ledger.daemon));
	slack = suite_is_sanitized() ? 8 * SLACK_KIB : SLACK_KIB;
	LEDGER_EXPECT(&c.ledger, 0, resident_kib(c.ledger.daemon) <= resident + slack,
		      "memory grows");
	ledger_close(&c.ledger);
	expect_numbers(&c);
	daemon_stop(&c.ledger.daemon);
	ledger_fini(&c.ledger);
}

static uint64_t number(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text && *text ? strtoull(text, NULL, 10) : otherwise;
}

static void nothing_is_mixed_up_lost_or_doubled(void)
{
	run(number("CHAOS_SEED", 20261123), number("CHAOS_EXCHANGES", FEW_EXCHANGES));
}

static void nor_with_a_seed_that_nobody_has_tried(void)
{
	struct timespec t;

	/* Once, when somebody asks for a certain one. */
	if (getenv("CHAOS_SEED") && *getenv("CHAOS_SEED"))
		return;
	clock_gettime(CLOCK_REALTIME, &t);
	run((uint64_t)t.tv_sec ^ (uint64_t)t.tv_nsec, number("CHAOS_EXCHANGES", FEW_EXCHANGES));
}

SUITE_MAIN("chaos", nothing_is_mixed_up_lost_or_doubled, nor_with_a_seed_that_nobody_has_tried)
