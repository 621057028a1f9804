#include "scene.h"

#include "decision/resolve.h"

static struct resolved resolve(const struct visit *v)
{
	struct attachment *known = resolve_find(&scene.a, v);
	unsigned before = scene.a.n_attachments;
	struct resolved r;

	resolve_device(&scene.a, &scene.c, v, &r);
	if (known)
		ck_assert_ptr_eq(known, r.attachment);
	if (scene.a.n_attachments > before)
		ck_assert_ptr_null(known);
	return r;
}

static struct resolved visit(int session, int cookie)
{
	struct visit v = scene_visit(session, cookie);

	return resolve(&v);
}

static struct visit from_a_phone(int session, int cookie)
{
	struct visit v = scene_visit(session, cookie);

	v.facts.type = DEVICE_MOBILE;
	v.facts.browser = 2;
	return v;
}

static void the_session_names_the_device_without_its_cookie(void)
{
	struct attachment *t = scene_add(1, DEVICE_DESKTOP);
	struct resolved r;

	scene_bind(1, t);
	r = visit(1, NOBODY);
	ck_assert_ptr_eq(r.attachment, t);
	ck_assert(r.came_back);
	ck_assert(r.give_cookie);
	ck_assert_uint_eq(scene.a.n_attachments, 1);
}

static void its_cookie_need_not_be_given_again(void)
{
	struct attachment *t = scene_add(1, DEVICE_DESKTOP);
	struct resolved r;

	scene_bind(1, t);
	r = visit(1, 1);
	ck_assert_ptr_eq(r.attachment, t);
	ck_assert(!r.give_cookie);
	ck_assert(t->cookie_came_back);
	ck_assert(scene_session(1)->cookie_came_back);
}

static void an_unknown_session_of_an_asserted_account_is_bound_to_a_new_device(void)
{
	struct resolved r = visit(1, NOBODY);

	ck_assert_int_eq(r.attachment->status, ATTACHMENT_PENDING);
	ck_assert(!r.came_back);
	ck_assert(r.give_cookie);
	ck_assert_ptr_eq(scene_session(1)->attachment, r.attachment);
	ck_assert_str_eq(r.attachment->label, "Firefox on Linux");
	ck_assert_int_eq(r.attachment->facts.type, DEVICE_DESKTOP);
	ck_assert_int_eq(r.attachment->first_seen_ms, scene.now_ms);
}

static void the_same_session_again_is_the_same_device(void)
{
	struct attachment *t = visit(1, NOBODY).attachment;

	for (unsigned i = 0; i < 50; i++)
		ck_assert_ptr_eq(visit(1, NOBODY).attachment, t);
	ck_assert_uint_eq(scene.a.n_attachments, 1);
}

static void a_session_that_was_logged_out_is_bound_anew(void)
{
	struct attachment *t = scene_add(1, DEVICE_DESKTOP);
	struct resolved r;

	scene_bind(5, NULL);
	r = visit(5, 1);
	ck_assert_ptr_eq(r.attachment, t);
	ck_assert_ptr_eq(scene_session(5)->attachment, t);
	ck_assert_int_eq(scene_session(5)->state, SESSION_BOUND);
}

/* The login response minted a device for a browser that has a cookie of its own, perhaps from another account. */
static void a_device_that_never_showed_itself_gives_way_to_the_cookie(void)
{
	struct attachment *made = scene_add(1, DEVICE_DESKTOP);
	struct resolved r;

	made->status = ATTACHMENT_PENDING;
	scene_bind(1, made);
	r = visit(1, 2);
	ck_assert_ptr_eq(r.attachment, scene_find(2));
	ck_assert(r.came_back);
	ck_assert(!r.attachment->rides);
	ck_assert_ptr_eq(scene_session(1)->attachment, r.attachment);
}

static void another_cookie_on_a_session_in_use_is_a_copy(void)
{
	struct attachment *own = scene_add(1, DEVICE_DESKTOP);
	struct session_key key = scene_key(1);
	struct resolved r;

	scene_bind(1, own);
	visit(1, 1);
	r = visit(1, 2);
	ck_assert_ptr_eq(r.attachment, scene_find(2));
	ck_assert(r.attachment->rides);
	ck_assert_mem_eq(r.attachment->ridden.bytes, key.bytes, ID_BYTES);
	ck_assert_ptr_eq(scene_session(1)->attachment, own);
	ck_assert_ptr_eq(visit(1, 1).attachment, own);
}

static void a_copy_without_a_cookie_is_known_by_its_agent(void)
{
	struct attachment *own = scene_add(1, DEVICE_DESKTOP), *copier;
	struct visit v = from_a_phone(1, NOBODY);
	struct resolved r;

	scene_bind(1, own);
	visit(1, 1);
	r = resolve(&v);
	copier = r.attachment;
	ck_assert_ptr_ne(copier, own);
	ck_assert(!r.came_back);
	ck_assert(r.give_cookie);
	v = from_a_phone(1, NOBODY);
	r = resolve(&v);
	ck_assert_ptr_eq(r.attachment, copier);
	ck_assert(r.came_back);
	ck_assert_uint_eq(scene.a.n_attachments, 2);
}

static void a_session_whose_cookie_never_came_back_stays_one_device(void)
{
	struct attachment *own = scene_add(1, DEVICE_DESKTOP);
	struct visit v = from_a_phone(1, NOBODY);

	scene_bind(1, own);
	ck_assert_ptr_eq(resolve(&v).attachment, own);
}

static void a_lost_cookie_of_the_same_agent_is_no_copy(void)
{
	struct attachment *own = scene_add(1, DEVICE_DESKTOP);

	scene_bind(1, own);
	visit(1, 1);
	ck_assert_ptr_eq(visit(1, NOBODY).attachment, own);
	ck_assert(visit(1, NOBODY).give_cookie);
}

static void without_sessions_the_cookie_names_the_device(void)
{
	struct resolved r = visit(NOBODY, 3);

	ck_assert_ptr_eq(r.attachment, scene_find(3));
	ck_assert(r.came_back);
	ck_assert(!r.give_cookie);
}

static void without_sessions_and_cookies_equal_agents_are_one_device(void)
{
	struct attachment *t = visit(NOBODY, NOBODY).attachment;
	struct visit phone = from_a_phone(NOBODY, NOBODY);
	struct resolved again = visit(NOBODY, NOBODY);

	ck_assert_ptr_eq(again.attachment, t);
	ck_assert(again.came_back);
	ck_assert_ptr_ne(resolve(&phone).attachment, t);
}

static void a_device_that_showed_its_cookie_is_not_handed_out(void)
{
	struct attachment *t = visit(NOBODY, NOBODY).attachment;
	struct visit v = scene_visit(NOBODY, NOBODY);
	struct attachment *other;

	v.has_cookie = true;
	v.cookie = t->device;
	ck_assert_ptr_eq(resolve(&v).attachment, t);
	other = visit(NOBODY, NOBODY).attachment;
	ck_assert_ptr_ne(other, t);
}

static void beyond_twenty_new_devices_an_hour_newcomers_share_one(void)
{
	struct attachment *last = NULL;

	for (int i = 0; i < ACCOUNT_NEW_DEVICES_PER_HOUR; i++)
		last = visit(100 + i, NOBODY).attachment;
	ck_assert_uint_eq(scene.a.n_attachments, ACCOUNT_NEW_DEVICES_PER_HOUR);
	ck_assert_ptr_eq(visit(200, NOBODY).attachment, last);
	ck_assert(visit(201, NOBODY).came_back);
	ck_assert_uint_eq(scene.a.n_attachments, ACCOUNT_NEW_DEVICES_PER_HOUR);
	scene_pass(HOUR_MS);
	ck_assert_ptr_ne(visit(202, NOBODY).attachment, last);
}

static void newcomers_never_share_a_place_or_an_exemption(void)
{
	scene.a.new_devices_hour_ms = scene.now_ms;
	scene.a.new_devices = ACCOUNT_NEW_DEVICES_PER_HOUR;
	scene_holder(1, DEVICE_DESKTOP, 0);
	scene_add(2, DEVICE_DESKTOP)->status = ATTACHMENT_DORMANT;
	scene_add(3, DEVICE_DESKTOP)->status = ATTACHMENT_EXEMPT;
	scene_add(4, DEVICE_DESKTOP)->suspended = true;
	ck_assert_ptr_eq(visit(9, NOBODY).attachment, scene.a.attachments[4]);
	scene.a.n_attachments--;
	scene_add(5, DEVICE_DESKTOP);
	scene_holder(6, DEVICE_DESKTOP, 0);
	ck_assert_ptr_eq(visit(10, NOBODY).attachment, scene_find(5));
}

static void more_holders_than_may_be_leave_no_room(void)
{
	for (int i = 1; i <= ACCOUNT_MAX_DEVICES; i++)
		scene_holder(i, DEVICE_DESKTOP, i);
	ck_assert_ptr_null(visit(NOBODY, 500).attachment);
	ck_assert_uint_eq(scene.a.n_attachments, ACCOUNT_MAX_DEVICES);
}

static void a_login_belongs_to_the_cookies_device(void)
{
	struct attachment *t = scene_add(1, DEVICE_DESKTOP), *other = scene_add(2, DEVICE_DESKTOP);
	struct visit v = scene_visit(1, 2);

	scene_bind(1, t);
	ck_assert_ptr_eq(resolve_for_binding(&scene.a, &scene.c, &v), other);
}

static void else_to_its_sessions_device(void)
{
	struct attachment *t = scene_add(1, DEVICE_DESKTOP);
	struct visit v = scene_visit(1, NOBODY);

	scene_bind(1, t);
	ck_assert_ptr_eq(resolve_for_binding(&scene.a, &scene.c, &v), t);
}

static void else_to_a_new_one_that_does_not_count_yet(void)
{
	struct visit v = scene_visit(NOBODY, NOBODY);
	struct attachment *t = resolve_for_binding(&scene.a, &scene.c, &v);

	ck_assert_int_eq(t->status, ATTACHMENT_PENDING);
	ck_assert(!t->counted);
	ck_assert(device_id_is(&t->device, &v.fresh));
}

SUITE_MAIN_WITH("resolve", scene_setup, scene_teardown,
		the_session_names_the_device_without_its_cookie, its_cookie_need_not_be_given_again,
		an_unknown_session_of_an_asserted_account_is_bound_to_a_new_device,
		the_same_session_again_is_the_same_device,
		a_session_that_was_logged_out_is_bound_anew,
		a_device_that_never_showed_itself_gives_way_to_the_cookie,
		another_cookie_on_a_session_in_use_is_a_copy,
		a_copy_without_a_cookie_is_known_by_its_agent,
		a_session_whose_cookie_never_came_back_stays_one_device,
		a_lost_cookie_of_the_same_agent_is_no_copy,
		without_sessions_the_cookie_names_the_device,
		without_sessions_and_cookies_equal_agents_are_one_device,
		a_device_that_showed_its_cookie_is_not_handed_out,
		beyond_twenty_new_devices_an_hour_newcomers_share_one,
		newcomers_never_share_a_place_or_an_exemption,
		more_holders_than_may_be_leave_no_room, a_login_belongs_to_the_cookies_device,
		else_to_its_sessions_device, else_to_a_new_one_that_does_not_count_yet)
