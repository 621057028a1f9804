/* Open tunnels and event streams while what their verdict rests on changes: who keeps them, who loses them, and what is asked
 * and counted meanwhile. */
#include "stage.h"

#include <time.h>

enum {
	LOOK_MS = 250,
	MANY = 1000,
	/* What four changed stripes of 65,536 concern beside whom they are about: a tenth of a tunnel on average. */
	BYSTANDERS = 10,
};

#define UPGRADE                                           \
	"Connection: Upgrade\r\nUpgrade: websocket\r\n"   \
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" \
	"Sec-WebSocket-Version: 13\r\n"

static const char two[] = "limits: { devices: 2 }\n";
static const char sink[] = "limits: { devices: 1 }\nevents: { url: \"http://127.0.0.1:9/\", "
			   "secret: whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz }\n";
static const char proxied[] =
	"limits: { devices: 1 }\ntrusted_proxies: [127.0.0.1]\nidentity:\n  session_cookies: []\n"
	"  account:\n    - request_header: X-Forwarded-User\n";
static const char copied[] =
	"limits: { devices: 1 }\ntrusted_proxies: [127.0.0.1]\nidentity:\n  session_cookies: "
	"[PHPSESSID]\n  account:\n    - request_header: X-Forwarded-User\n";

/* -- words -- */

static struct stage_line *open_line(struct browser *b, const char *fields, int status,
				    const char *answer)
{
	struct stage *g = b->stage;
	struct stage_line *line = mem_new(sizeof(*line));

	g->line = line;
	g->origin = (struct stage_origin){ status, answer };
	ck_assert_int_eq(browser_request(b, "GET", "/open", fields, NULL), status);
	g->line = &g->usual;
	return line;
}

static struct stage_line *open_socket(struct browser *b)
{
	return open_line(b, UPGRADE, 101,
			 "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: "
			 "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n");
}

static struct stage_line *open_events(struct browser *b)
{
	return open_line(b, "Accept: text/event-stream\r\n", 200,
			 "Content-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n");
}

static void end(struct stage *g, struct stage_line **line)
{
	end_line(g, *line);
	mem_free(*line);
	*line = NULL;
}

static bool has_mail(void)
{
	bool has;

	pthread_mutex_lock(&mail.lock);
	has = mail.first != NULL;
	pthread_mutex_unlock(&mail.lock);
	return has;
}

static void change_nothing(struct account *a, struct change *c, void *arg)
{
	(void)a;
	(void)c;
	(void)arg;
}

/* The worker looks at its tunnels, and what it asks is answered. */
static void look_once(struct stage *g)
{
	struct loop_deadline *look = g->look;

	ck_assert_ptr_nonnull(look);
	stage_pass(LOOK_MS);
	g->look = NULL;
	look->on_expiry(look);
	while (has_mail())
		deliver_one();
}

/* Often enough for whatever comes of it, and after everything is written. */
static void look(struct stage *g)
{
	for (unsigned i = 0; i < 4; i++) {
		uint64_t number =
			registry_change(g->registry, VIEW("alice"), false, change_nothing, NULL);

		while (!registry_is_committed(g->registry, number))
			sched_yield();
		look_once(g);
	}
}

static struct browser named(struct stage *g, const char *extra)
{
	struct browser b = browser_new(g);

	b.extra = extra;
	return b;
}

/* -- whoever is allowed -- */

static void an_allowed_device_keeps_its_tunnels_whatever_others_do(void)
{
	struct stage *g = stage_open(two);
	struct browser a = browser_new(g), b = browser_new(g), c = browser_new(g);
	struct stage_line *socket, *events;

	browser_arrive(&a, "alice", "session-number-one-1");
	socket = open_socket(&a);
	events = open_events(&a);
	browser_arrive(&b, "alice", "session-number-two-2");
	look(g);
	browser_log_in(&c, "alice", "session-number-three");
	browser_click(&c, "/members");
	look(g);
	stage_detach(g, "alice", 1, REVOKE_KICKED);
	look(g);
	ck_assert_uint_eq(socket->closed, 0);
	ck_assert_uint_eq(events->closed, 0);
	ck_assert_int_eq(metric_read(g->metrics, METRIC_TUNNELS), 1);
	ck_assert_int_eq(metric_read(g->metrics, METRIC_EVENT_STREAMS), 1);
	end(g, &socket);
	end(g, &events);
	ck_assert_int_eq(metric_read(g->metrics, METRIC_TUNNELS), 0);
	ck_assert_int_eq(metric_read(g->metrics, METRIC_EVENT_STREAMS), 0);
	stage_close(g);
}

static void a_kicked_device_loses_them(void)
{
	struct stage *g = stage_open(two);
	struct browser a = browser_new(g);
	struct stage_line *socket, *events;

	browser_arrive(&a, "alice", "session-number-one-1");
	socket = open_socket(&a);
	events = open_events(&a);
	look(g);
	stage_detach(g, "alice", 0, REVOKE_KICKED);
	look(g);
	ck_assert_uint_eq(socket->closed, 1008);
	ck_assert_uint_eq(events->closed, 1008);
	end(g, &socket);
	end(g, &events);
	stage_close(g);
}

static void kick_alice(struct stage *g)
{
	stage_detach(g, "alice", 0, REVOKE_KICKED);
}

static void who_is_kicked_during_the_handshake_loses_the_tunnel_at_once(void)
{
	struct stage *g = stage_open(two);
	struct browser a = browser_new(g);
	struct stage_line *socket;

	browser_arrive(&a, "alice", "session-number-one-1");
	g->meanwhile = kick_alice;
	socket = open_socket(&a);
	look(g);
	ck_assert_uint_eq(socket->closed, 1008);
	end(g, &socket);
	stage_close(g);
}

static void a_challenge_that_goes_away_before_the_look_closes_nothing(void)
{
	struct stage *g = stage_open(two);
	struct browser a = browser_new(g), b = browser_new(g);
	struct stage_line *socket;

	browser_arrive(&a, "alice", "session-number-one-1");
	browser_arrive(&b, "alice", "session-number-two-2");
	socket = open_socket(&b);
	look(g);
	stage_limit(g, "alice", 1);
	stage_limit(g, "alice", 2);
	look(g);
	ck_assert_uint_eq(socket->closed, 0);
	stage_limit(g, "alice", 1);
	look(g);
	ck_assert_uint_eq(socket->closed, 1008);
	end(g, &socket);
	stage_close(g);
}

static void who_logs_in_beside_an_open_tunnel_has_it_judged(void)
{
	struct stage *g = stage_open(copied);
	struct browser a = named(g, "X-Forwarded-User: alice\r\n"), b = browser_new(g);
	struct stage_line *socket;

	browser_click(&a, "/");
	browser_click(&a, "/");
	b.agent = phone;
	browser_set_cookie(&b, "PHPSESSID", "session-number-two-2");
	socket = open_socket(&b);
	look(g);
	ck_assert_uint_eq(socket->closed, 0);
	b.extra = a.extra;
	browser_click(&b, "/");
	ck_assert_int_eq(browser_click(&b, "/"), 303);
	look(g);
	ck_assert_uint_eq(socket->closed, 1008);
	end(g, &socket);
	stage_close(g);
}

/* -- the backend -- */

static void the_backend_is_asked_once_for_all_tunnels_of_a_kick(void)
{
	struct stage *g = stage_open(sink);
	struct browser a = browser_new(g);
	struct stage_line *socket, *events;

	browser_arrive(&a, "alice", "session-number-one-1");
	g->veto = true;
	socket = open_socket(&a);
	events = open_events(&a);
	stage_detach(g, "alice", 0, REVOKE_KICKED);
	look(g);
	stage_pass(120 * 1000);
	look(g);
	ck_assert_uint_eq(socket->closed, 0);
	ck_assert_uint_eq(events->closed, 0);
	/* Each tunnel asks; the asker makes one question of equal ones. */
	ck_assert_uint_le(g->asked, 2);
	ck_assert_str_eq(g->asked_type, "on_current_device_logout");
	end(g, &socket);
	end(g, &events);
	stage_close(g);
}

/* -- devices that have not come back yet -- */

/* Its first request of all is a handshake, and the account has other things to do. */
static void looks_do_not_make_a_new_device_count(void)
{
	struct stage *g = stage_open(proxied);
	struct browser a = named(g, "X-Forwarded-User: alice\r\n");
	struct stage_line *socket = open_socket(&a);

	ck_assert(browser_cookie(&a, "latch") != NULL);
	for (int i = 0; i < 3; i++) {
		stage_limit(g, "alice", 1 + i);
		look(g);
		stage_pass(60 * 1000);
	}
	ck_assert_uint_eq(stage_count(g, "alice").all, 0);
	ck_assert_uint_eq(stage_count(g, "alice").counted, 0);
	ck_assert_uint_eq(socket->closed, 0);
	end(g, &socket);
	stage_close(g);
}

static void a_new_device_of_a_suspended_account_loses_its_tunnel(void)
{
	struct stage *g = stage_open(proxied);
	struct browser a = named(g, "X-Forwarded-User: alice\r\n");
	struct stage_line *socket = open_socket(&a);

	stage_suspend(g, "alice", true);
	look(g);
	ck_assert_uint_eq(socket->closed, 1008);
	end(g, &socket);
	socket = NULL;
	stage_suspend(g, "alice", false);
	socket = open_socket(&a);
	stage_suspend_device(g, "alice", 0, true);
	look(g);
	ck_assert_uint_eq(socket->closed, 1008);
	end(g, &socket);
	stage_close(g);
}

static void a_new_device_that_is_revoked_loses_its_tunnel(void)
{
	struct stage *g = stage_open(copied);
	struct browser a = named(g, "X-Forwarded-User: alice\r\n");
	struct stage_line *socket;

	browser_set_cookie(&a, "PHPSESSID", "session-number-one-1");
	socket = open_socket(&a);
	look(g);
	ck_assert_uint_eq(socket->closed, 0);
	stage_detach(g, "alice", 0, REVOKE_ADMIN);
	look(g);
	ck_assert_uint_eq(socket->closed, 1008);
	end(g, &socket);
	stage_close(g);
}

/* The tunnel was opened before the device had come back; then it did, and there was no room for it. */
static void expect_challenge_to_close(const char *yaml, const char *session)
{
	struct stage *g = stage_open(yaml);
	struct browser a = named(g, "X-Forwarded-User: alice\r\n"), b = a;
	struct stage_line *socket;

	browser_click(&a, "/");
	browser_click(&a, "/");
	b.agent = phone;
	if (session)
		browser_set_cookie(&b, "PHPSESSID", session);
	socket = open_socket(&b);
	look(g);
	ck_assert_uint_eq(socket->closed, 0);
	ck_assert_int_eq(browser_click(&b, "/"), 303);
	look(g);
	ck_assert_uint_eq(socket->closed, 1008);
	ck_assert_uint_eq(stage_count(g, "alice").all, 2);
	end(g, &socket);
	stage_close(g);
}

static void a_new_device_that_is_challenged_when_it_comes_back_loses_its_tunnel(void)
{
	expect_challenge_to_close(proxied, NULL);
	expect_challenge_to_close(copied, "session-number-two-2");
}

/* -- sources without a session of their own -- */

static void a_kick_reaches_the_tunnel_that_a_device_opened_before_it_had_a_cookie(void)
{
	struct stage *g = stage_open(proxied);
	struct browser a = named(g, "X-Forwarded-User: alice\r\n");
	struct stage_line *socket = open_socket(&a);

	ck_assert_int_eq(browser_click(&a, "/"), 200);
	look(g);
	ck_assert_uint_eq(socket->closed, 0);
	ck_assert_uint_eq(stage_count(g, "alice").all, 1);
	stage_detach(g, "alice", 0, REVOKE_KICKED);
	look(g);
	ck_assert_uint_eq(socket->closed, 1008);
	ck_assert_uint_eq(stage_count(g, "alice").all, 1);
	end(g, &socket);
	stage_close(g);
}

static void looks_give_a_device_without_a_cookie_none(void)
{
	struct stage *g = stage_open(proxied);
	struct browser a = named(g, "X-Forwarded-User: alice\r\n");
	struct stage_line *socket;

	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(browser_click(&a, "/"), 200);
		browser_drop_cookie(&a, "latch");
	}
	socket = open_socket(&a);
	browser_drop_cookie(&a, "latch");
	stage_limit(g, "alice", 5);
	look(g);
	ck_assert_int_eq(browser_click(&a, "/"), 200);
	ck_assert_uint_eq(stage_count(g, "alice").all, 1);
	stage_detach(g, "alice", 0, REVOKE_KICKED);
	look(g);
	ck_assert_uint_eq(socket->closed, 1008);
	end(g, &socket);
	stage_close(g);
}

/* -- many -- */

static int64_t spent_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int64_t judged(const struct stage *g)
{
	return metric_read(g->metrics, METRIC_VERDICT_HITS) +
	       metric_read(g->metrics, METRIC_VERDICT_MISSES);
}

static void open_many(struct stage *g, struct stage_line *lines[MANY])
{
	for (unsigned i = 0; i < MANY; i++) {
		struct browser b = browser_new(g);
		char user[16], session[32];

		snprintf(user, sizeof(user), "user%u", i);
		snprintf(session, sizeof(session), "session-number-%u", 1000 + i);
		browser_arrive(&b, user, session);
		lines[i] = open_socket(&b);
	}
	look_once(g);
}

/* What costs is judging, so that is counted; the time is for whoever reads the output. */
static void a_look_at_many_judges_only_those_that_are_concerned(void)
{
	static struct stage_line *lines[MANY];
	struct stage *g = stage_open(two);
	int64_t before, quiet_ns, busy_ns;

	open_many(g, lines);
	before = judged(g);
	quiet_ns = spent_ns();
	look_once(g);
	quiet_ns = spent_ns() - quiet_ns;
	ck_assert_int_eq(judged(g), before);
	stage_detach(g, "user7", 0, REVOKE_KICKED);
	look_once(g);
	ck_assert_int_ge(judged(g), before + 1);
	ck_assert_int_le(judged(g), before + 1 + BYSTANDERS);
	g->settings->epoch++;
	before = judged(g);
	busy_ns = spent_ns();
	look_once(g);
	busy_ns = spent_ns() - busy_ns;
	ck_assert_int_ge(judged(g), before + MANY - 1);
	printf("%d tunnels: %lld ns each where nothing changed, %lld ns each judged anew\n", MANY,
	       (long long)quiet_ns / MANY, (long long)busy_ns / MANY);
	for (unsigned i = 0; i < MANY; i++)
		end(g, &lines[i]);
	stage_close(g);
}

SUITE_MAIN("tunnels", an_allowed_device_keeps_its_tunnels_whatever_others_do,
	   a_kicked_device_loses_them, who_is_kicked_during_the_handshake_loses_the_tunnel_at_once,
	   a_challenge_that_goes_away_before_the_look_closes_nothing,
	   who_logs_in_beside_an_open_tunnel_has_it_judged,
	   the_backend_is_asked_once_for_all_tunnels_of_a_kick,
	   looks_do_not_make_a_new_device_count,
	   a_new_device_of_a_suspended_account_loses_its_tunnel,
	   a_new_device_that_is_revoked_loses_its_tunnel,
	   a_new_device_that_is_challenged_when_it_comes_back_loses_its_tunnel,
	   a_kick_reaches_the_tunnel_that_a_device_opened_before_it_had_a_cookie,
	   looks_give_a_device_without_a_cookie_none,
	   a_look_at_many_judges_only_those_that_are_concerned)
