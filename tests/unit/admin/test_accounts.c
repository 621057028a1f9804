#include "office.h"

#include <pthread.h>

static char id_text[64];

static const char *device(unsigned n)
{
	struct device_id id = ground_device(n);

	account_id_format(id.bytes, id_text);
	return id_text;
}

/* "/v1/accounts/alice/devices/<id>/detach" */
static const char *detaching(unsigned n)
{
	static char target[128];

	snprintf(target, sizeof(target), "/v1/accounts/alice/devices/%s/detach", device(n));
	return target;
}

static void logged_in(const char *account, unsigned n)
{
	ground_settle(&office.ground, ground_login(&office.ground, account, n, n));
}

static json_t *devices_of(const char *target)
{
	json_t *object, *list;

	ck_assert_int_eq(office_ask("GET", target), 200);
	object = office_json();
	ck_assert_uint_eq(json_object_size(object), 1);
	list = json_incref(json_object_get(object, "devices"));
	ck_assert(json_is_array(list));
	json_decref(object);
	return list;
}

static size_t count_devices(const char *target)
{
	json_t *list = devices_of(target);
	size_t n = json_array_size(list);

	json_decref(list);
	return n;
}

static const char *word(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	ck_assert_msg(text, "no %s", key);
	return text;
}

static void set_network(struct account *a, struct change *c, void *arg)
{
	memcpy(a->attachments[0]->facts.network, arg, NETWORK_BYTES);
	change_attachment(c, a->attachments[0]);
}

static void set_status(struct account *a, struct change *c, void *arg)
{
	const enum attachment_status *status = arg;

	for (unsigned i = 0; i < a->n_attachments; i++) {
		a->attachments[i]->status = (uint8_t)status[i];
		a->attachments[i]->counted = status[i] == ATTACHMENT_ATTACHED;
		change_attachment(c, a->attachments[i]);
	}
}

/* Looking */

static void a_device_is_listed_with_all_that_is_known_of_it(void)
{
	uint8_t network[NETWORK_BYTES] = { [10] = 0xff, 0xff, 192, 0, 2, 0 };
	json_t *list, *d;

	logged_in("alice", 1);
	registry_change(office.ground.r, VIEW("alice"), false, set_network, network);
	list = devices_of("/v1/accounts/alice/devices");
	ck_assert_uint_eq(json_array_size(list), 1);
	d = json_array_get(list, 0);
	ck_assert_str_eq(word(d, "id"), device(1));
	ck_assert_str_eq(word(d, "status"), "attached");
	ck_assert_str_eq(word(d, "type"), "other");
	ck_assert(json_is_true(json_object_get(d, "counted")));
	ck_assert_str_eq(word(d, "label"), "Firefox on Linux");
	ck_assert_str_eq(word(d, "network"), "192.0.2.0/24");
	ck_assert_uint_eq(strlen(word(d, "first_seen")), 24);
	ck_assert_uint_eq(strlen(word(d, "last_seen")), 24);
	ck_assert_int_eq(word(d, "last_seen")[19], '.');
	ck_assert_uint_eq(json_object_size(d), 8);
	json_decref(list);
}

static void a_network_is_shown_as_a_prefix_or_not_at_all(void)
{
	uint8_t network[NETWORK_BYTES] = { 0x20, 0x01, 0x0d, 0xb8, 0, 1 };
	json_t *list;

	logged_in("alice", 1);
	list = devices_of("/v1/accounts/alice/devices");
	ck_assert(json_is_null(json_object_get(json_array_get(list, 0), "network")));
	json_decref(list);
	registry_change(office.ground.r, VIEW("alice"), false, set_network, network);
	list = devices_of("/v1/accounts/alice/devices");
	ck_assert_str_eq(word(json_array_get(list, 0), "network"), "2001:db8:1::/48");
	json_decref(list);
}

static void devices_come_oldest_first(void)
{
	json_t *list;

	for (unsigned n = 0; n < 5; n++)
		logged_in("alice", 7 - n);
	list = devices_of("/v1/accounts/alice/devices");
	for (unsigned n = 0; n < 5; n++)
		ck_assert_str_eq(word(json_array_get(list, n), "id"), device(7 - n));
	json_decref(list);
}

static void which_devices_are_listed_depends_on_the_status_asked_for(void)
{
	static const enum attachment_status statuses[] = {
		ATTACHMENT_ATTACHED, ATTACHMENT_DETACHED, ATTACHMENT_DORMANT,
		ATTACHMENT_EXEMPT,   ATTACHMENT_DETACHED, ATTACHMENT_PENDING
	};

	for (unsigned n = 0; n < 6; n++)
		logged_in("alice", n);
	registry_change(office.ground.r, VIEW("alice"), false, set_status,
			(void *)(uintptr_t)statuses);
	ck_assert_uint_eq(count_devices("/v1/accounts/alice/devices"), 2);
	ck_assert_uint_eq(count_devices("/v1/accounts/alice/devices?"), 2);
	ck_assert_uint_eq(count_devices("/v1/accounts/alice/devices?status=attached"), 1);
	ck_assert_uint_eq(count_devices("/v1/accounts/alice/devices?status=detached"), 2);
	ck_assert_uint_eq(count_devices("/v1/accounts/alice/devices?status=dormant"), 1);
	ck_assert_uint_eq(count_devices("/v1/accounts/alice/devices?status=exempt"), 1);
	ck_assert_uint_eq(count_devices("/v1/accounts/alice/devices?status=all"), 5);
}

static void a_status_that_is_none_is_a_bad_request(void)
{
	static const char *const queries[] = { "?status=pending",
					       "?status=",
					       "?status",
					       "?status=attached&status=attached",
					       "?state=attached",
					       "?status=Attached",
					       "?x",
					       "?status=attached%00" };

	logged_in("alice", 1);
	for (size_t i = 0; i < sizeof(queries) / sizeof(*queries); i++) {
		char target[128];

		snprintf(target, sizeof(target), "/v1/accounts/alice/devices%s", queries[i]);
		ck_assert_msg(office_ask("GET", target) == 400, "%s", queries[i]);
		office_expect_error("bad_request");
	}
}

static void an_account_is_shown(void)
{
	json_t *a, *limits;

	logged_in("alice", 1);
	logged_in("alice", 2);
	ck_assert_int_eq(office_ask("GET", "/v1/accounts/alice"), 200);
	a = office_json();
	limits = json_object_get(a, "limits");
	ck_assert_str_eq(word(a, "id"), "alice");
	ck_assert(json_is_false(json_object_get(a, "suspended")));
	ck_assert_int_eq(json_integer_value(json_object_get(a, "devices")), 2);
	ck_assert_int_eq(json_integer_value(json_object_get(a, "counted")), 2);
	ck_assert(json_is_null(json_object_get(a, "limit")));
	ck_assert(json_is_null(json_object_get(a, "origin_limit")));
	ck_assert_int_eq(json_integer_value(json_object_get(limits, "overall")), 3);
	ck_assert_int_eq(json_integer_value(json_object_get(limits, "mobile")), 1);
	ck_assert_uint_eq(strlen(word(a, "created")), 24);
	json_decref(a);
}

static void ids_in_paths_are_percent_encoded(void)
{
	char target[1400] = "/v1/accounts/";

	logged_in("a/b c?d%e", 1);
	logged_in("\xc3\xa9ric", 2);
	ck_assert_uint_eq(count_devices("/v1/accounts/a%2Fb%20c%3fd%25e/devices"), 1);
	ck_assert_uint_eq(count_devices("/v1/accounts/%C3%A9ric/devices"), 1);
	ck_assert_int_eq(office_ask("GET", "/v1/accounts/a/b c?d%e/devices"), 400);
	/* one that is too long is known by its digest */
	for (int i = 0; i < 300; i++)
		strcat(target, "%61");
	ck_assert_int_eq(office_ask("GET", target), 404);
	logged_in("9835fa6bf4e20a9b9ea812506302e98982721a6cf8d2cae67af57129bf21ae90", 3);
	ck_assert_int_eq(office_ask("GET", target), 200);
}

static void an_id_that_no_account_can_have_is_a_bad_request(void)
{
	static const char *const ids[] = {
		"%00", "a%00b", "%ff", "a%0a", "%7f", "%c3", "%ed%a0%80"
	};

	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
		char target[64];

		snprintf(target, sizeof(target), "/v1/accounts/%s", ids[i]);
		ck_assert_msg(office_ask("GET", target) == 400, "%s", ids[i]);
		office_expect_error("bad_request");
	}
}

static void accounts_are_listed_up_to_a_bound(void)
{
	json_t *all;

	for (unsigned n = 0; n < 101; n++) {
		char name[16];

		ck_assert_int_eq(office_ask("GET", "/v1/accounts"), 200);
		all = office_json();
		ck_assert_uint_eq(json_array_size(json_object_get(all, "accounts")), n);
		ck_assert(json_is_false(json_object_get(all, "truncated")));
		json_decref(all);
		snprintf(name, sizeof(name), "a%u", n);
		ground_login(&office.ground, name, n, n);
	}
	ck_assert_int_eq(office_ask("GET", "/v1/accounts"), 200);
	all = office_json();
	ck_assert_uint_eq(json_array_size(json_object_get(all, "accounts")), 100);
	ck_assert(json_is_true(json_object_get(all, "truncated")));
	json_decref(all);
}

static void who_is_not_known_is_not_found(void)
{
	static const char *const gets[] = { "/v1/accounts/nobody", "/v1/accounts/nobody/devices" };
	static const char *const posts[] = {
		"/v1/accounts/nobody/suspend", "/v1/accounts/nobody/restore",
		"/v1/accounts/nobody/logout_all",
		"/v1/accounts/nobody/devices/00000000000000000000000000000001/detach"
	};

	for (size_t i = 0; i < 2; i++)
		ck_assert_int_eq(office_ask("GET", gets[i]), 404);
	for (size_t i = 0; i < 4; i++) {
		ck_assert_int_eq(office_ask("POST", posts[i]), 404);
		office_expect_error("not_found");
	}
	ck_assert_int_eq(office_post("/v1/accounts/nobody/limit", "{\"limit\":1}"), 404);
	ck_assert_int_eq(office_ask("GET", "/v1/accounts"), 200);
	ck_assert_str_eq(line_body(&office.c), "{\"accounts\":[],\"truncated\":false}");
}

/* Acting */

static void detaching_a_device_frees_its_place_and_revokes_its_sessions(void)
{
	json_t *d;

	logged_in("alice", 1);
	logged_in("alice", 2);
	ck_assert_int_eq(office_ask("POST", detaching(1)), 200);
	d = office_json();
	ck_assert_str_eq(word(d, "id"), device(1));
	ck_assert_str_eq(word(d, "status"), "detached");
	ck_assert(json_is_false(json_object_get(d, "counted")));
	json_decref(d);
	ck_assert_int_eq(ground_find(&office.ground, 1).state, SESSION_REVOKED);
	ck_assert_int_eq(ground_find(&office.ground, 2).state, SESSION_BOUND);
	ck_assert_uint_eq(count_devices("/v1/accounts/alice/devices"), 1);
	ck_assert_uint_eq(office_told(OUTBOX_DEVICE_DETACHED), 1);
}

static void what_an_action_answered_survives_a_restart(void)
{
	logged_in("alice", 1);
	logged_in("alice", 2);
	ck_assert_int_eq(office_ask("POST", detaching(1)), 200);
	ck_assert_int_eq(office_ask("POST", "/v1/accounts/alice/suspend"), 200);
	ck_assert_int_eq(office_post("/v1/accounts/alice/limit", "{\"limit\":9}"), 200);
	admin_stop(&office.admin);
	ground_reopen(&office.ground);
	ck_assert_int_eq(office_start(), 0);
	ck_assert_int_eq(ground_find(&office.ground, 1).state, SESSION_REVOKED);
	ck_assert_int_eq(office_ask("GET", "/v1/accounts/alice"), 200);
	ck_assert_ptr_nonnull(strstr(office.c.got, "\"suspended\":true"));
	ck_assert_ptr_nonnull(strstr(office.c.got, "\"limit\":9"));
}

static void a_device_that_is_not_attached_cannot_be_detached(void)
{
	logged_in("alice", 1);
	ck_assert_int_eq(office_ask("POST", detaching(1)), 200);
	ck_assert_int_eq(office_ask("POST", detaching(1)), 409);
	office_expect_error("conflict");
	ck_assert_int_eq(office_ask("POST", detaching(2)), 404);
	office_expect_error("not_found");
	ck_assert_int_eq(office_ask("POST", "/v1/accounts/alice/devices/nonsense/detach"), 400);
	office_expect_error("bad_request");
	ck_assert_uint_eq(office_told(OUTBOX_DEVICE_DETACHED), 1);
}

/* Idle for too long, it left its place, but would be back with its next request. */
static void a_device_that_left_its_place_loses_its_sessions_all_the_same(void)
{
	static const enum attachment_status status[] = { ATTACHMENT_DETACHED };

	logged_in("alice", 1);
	registry_change(office.ground.r, VIEW("alice"), false, set_status,
			(void *)(uintptr_t)status);
	ck_assert_int_eq(office_ask("POST", detaching(1)), 200);
	ck_assert_int_eq(ground_find(&office.ground, 1).state, SESSION_REVOKED);
	ck_assert_int_eq(office_ask("POST", detaching(1)), 409);
}

static void suspending_and_restoring_are_told_once_each(void)
{
	logged_in("alice", 1);
	ck_assert_int_eq(office_ask("POST", "/v1/accounts/alice/suspend"), 200);
	ck_assert_ptr_nonnull(strstr(line_body(&office.c), "\"suspended\":true"));
	ck_assert_int_eq(office_ask("POST", "/v1/accounts/alice/suspend"), 200);
	ck_assert_ptr_nonnull(strstr(line_body(&office.c), "\"suspended\":true"));
	ck_assert_uint_eq(office_told(OUTBOX_ACCOUNT_SUSPENDED), 1);
	ck_assert_int_eq(office_ask("POST", "/v1/accounts/alice/restore"), 200);
	ck_assert_ptr_nonnull(strstr(line_body(&office.c), "\"suspended\":false"));
	ck_assert_int_eq(office_ask("POST", "/v1/accounts/alice/restore"), 200);
	ck_assert_uint_eq(office_told(OUTBOX_ACCOUNT_RESTORED), 1);
	ck_assert_int_eq(ground_find(&office.ground, 1).state, SESSION_BOUND);
}

static void an_action_changes_what_verdicts_rest_on(void)
{
	static const char *const actions[] = { "suspend", "restore", "limit", "logout_all" };
	uint64_t hash = registry_account_hash(office.ground.r, VIEW("alice"));

	logged_in("alice", 1);
	for (size_t i = 0; i < 4; i++) {
		uint64_t before = registry_generation(office.ground.r, hash);
		char target[64];

		snprintf(target, sizeof(target), "/v1/accounts/alice/%s", actions[i]);
		ck_assert_int_eq(office_post(target, "{\"limit\":2}"), 200);
		ck_assert_msg(registry_generation(office.ground.r, hash) != before, "%s",
			      actions[i]);
	}
}

static void logging_out_all_leaves_nobody(void)
{
	logged_in("alice", 1);
	logged_in("alice", 2);
	logged_in("bob", 3);
	ck_assert_int_eq(office_ask("POST", "/v1/accounts/alice/logout_all"), 200);
	ck_assert_ptr_nonnull(strstr(line_body(&office.c), "\"devices\":0"));
	ck_assert_int_eq(ground_find(&office.ground, 1).state, SESSION_REVOKED);
	ck_assert_int_eq(ground_find(&office.ground, 2).state, SESSION_REVOKED);
	ck_assert_int_eq(ground_find(&office.ground, 3).state, SESSION_BOUND);
	ck_assert_uint_eq(office_told(OUTBOX_DEVICE_DETACHED), 2);
	ck_assert_int_eq(office_ask("POST", "/v1/accounts/alice/logout_all"), 200);
	ck_assert_uint_eq(office_told(OUTBOX_DEVICE_DETACHED), 0);
}

static void a_limit_of_its_own_comes_before_the_sites(void)
{
	logged_in("alice", 1);
	ck_assert_int_eq(office_post("/v1/accounts/alice/limit", "{\"limit\":7}"), 200);
	ck_assert_ptr_nonnull(strstr(line_body(&office.c), "\"limit\":7"));
	ck_assert_ptr_nonnull(strstr(line_body(&office.c), "\"overall\":7"));
	ck_assert_int_eq(office_post("/v1/accounts/alice/limit", " { \"limit\" : 0 } "), 200);
	ck_assert_ptr_nonnull(strstr(line_body(&office.c), "\"overall\":0"));
	ck_assert_int_eq(office_post("/v1/accounts/alice/limit", "{\"limit\":null}"), 200);
	ck_assert_ptr_nonnull(strstr(line_body(&office.c), "\"limit\":null"));
	ck_assert_ptr_nonnull(strstr(line_body(&office.c), "\"overall\":3"));
}

static void a_limit_that_is_none_is_a_bad_request(void)
{
	static const char *const bodies[] = { "",
					      "7",
					      "null",
					      "{}",
					      "{\"limit\":\"7\"}",
					      "{\"limit\":-1}",
					      "{\"limit\":1.5}",
					      "{\"limit\":1000001}",
					      "{\"limit\":99999999999999999999}",
					      "{\"limit\":true}",
					      "{\"limit\":7",
					      "{\"limit\":7,\"limit\":8}",
					      "{\"limit\":7,\"other\":8}",
					      "[{\"limit\":7}]",
					      "limit=7",
					      "{\"limit\":7}x" };

	logged_in("alice", 1);
	for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
		ck_assert_msg(office_post("/v1/accounts/alice/limit", bodies[i]) == 400, "%s",
			      bodies[i]);
		office_expect_error("bad_request");
	}
}

static void what_cannot_be_written_is_not_promised(void)
{
	logged_in("alice", 1);
	office_break_disk(true);
	ck_assert_int_eq(office_ask("POST", "/v1/accounts/alice/suspend"), 503);
	office_expect_error("unavailable");
	office_break_disk(false);
	ck_assert_int_eq(office_ask("GET", "/v1/accounts/alice"), 200);
	ck_assert_ptr_nonnull(strstr(line_body(&office.c), "\"suspended\":true"));
}

/* Threads */

enum { WORKERS = 2 };

static struct {
	pthread_t threads[WORKERS];
	unsigned n;
	atomic_bool stop;
} workers;

/* Before the floor goes away under them, whatever became of the test. */
static void stop_workers(void)
{
	atomic_store(&workers.stop, true);
	while (workers.n)
		pthread_join(workers.threads[--workers.n], NULL);
	atomic_store(&workers.stop, false);
}

/* As those of the gateway, who see what they changed written before they go on: an operator waits a second for his turn at the disk, and
 * no longer. */
static void await_written(uint64_t number)
{
	while (!registry_is_committed(office.ground.r, number))
		usleep(100);
}

static void *change_on(void *arg)
{
	(void)arg;
	for (unsigned n = 0; !atomic_load(&workers.stop); n++) {
		ground_login(&office.ground, "alice", n % 20, n);
		await_written(ground_kick(&office.ground, "alice", n % 20));
	}
	return NULL;
}

/* What could not be written within a second is not promised, and on a busy machine some of it cannot. */
static void act(const char *target)
{
	int status = office_ask("POST", target);

	ck_assert_msg(status == 200 || status == 503, "%s: %d", target, status);
}

static void operators_look_and_act_while_workers_change_everything(void)
{
	logged_in("alice", 1);
	for (; workers.n < WORKERS; workers.n++)
		pthread_create(&workers.threads[workers.n], NULL, change_on, NULL);
	for (unsigned n = 0; n < 30; n++) {
		int status = office_ask("POST", detaching(n % 20));

		ck_assert_msg(status == 200 || status == 404 || status == 409 || status == 503,
			      "%d", status);
		ck_assert_int_eq(office_ask("GET", "/v1/accounts/alice/devices?status=all"), 200);
		act(n % 2 ? "/v1/accounts/alice/restore" : "/v1/accounts/alice/suspend");
		ck_assert_int_eq(office_ask("GET", "/v1/accounts"), 200);
		ck_assert_int_eq(office_ask("GET", "/metrics"), 200);
	}
	stop_workers();
	ck_assert_int_eq(office_ask("GET", "/v1/accounts/alice"), 200);
	ck_assert_ptr_nonnull(strstr(line_body(&office.c), "\"suspended\":false"));
}

static void teardown(void)
{
	stop_workers();
	office_teardown();
}

SUITE_MAIN_WITH("accounts", office_setup, teardown, a_device_is_listed_with_all_that_is_known_of_it,
		a_network_is_shown_as_a_prefix_or_not_at_all, devices_come_oldest_first,
		which_devices_are_listed_depends_on_the_status_asked_for,
		a_status_that_is_none_is_a_bad_request, an_account_is_shown,
		ids_in_paths_are_percent_encoded, an_id_that_no_account_can_have_is_a_bad_request,
		accounts_are_listed_up_to_a_bound, who_is_not_known_is_not_found,
		detaching_a_device_frees_its_place_and_revokes_its_sessions,
		what_an_action_answered_survives_a_restart,
		a_device_that_is_not_attached_cannot_be_detached,
		a_device_that_left_its_place_loses_its_sessions_all_the_same,
		suspending_and_restoring_are_told_once_each,
		an_action_changes_what_verdicts_rest_on, logging_out_all_leaves_nobody,
		a_limit_of_its_own_comes_before_the_sites, a_limit_that_is_none_is_a_bad_request,
		what_cannot_be_written_is_not_promised,
		operators_look_and_act_while_workers_change_everything)
