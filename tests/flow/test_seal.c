/* Session cookies with a seal: what the client holds, what the origin sees, and what becomes of those who had one without. */
#include "stage.h"

#define IDENTITY(cookies)                                                                                 \
	"identity:\n  session_cookies: [" cookies "]\n  account:\n"                                       \
	"    - login_form: { path: /login.php, field: user, password: pass, success: { status: 302 } }\n" \
	"  logout_paths: [/logout.php]\n"
#define SEALED "{ name: PHPSESSID, seal: true }"

static const char one[] = "limits: { devices: 1 }\n" IDENTITY(SEALED);
static const char bare[] = "limits: { devices: 1 }\n" IDENTITY("PHPSESSID");
static const char session[] = "session-of-alice-1";

static void the_client_holds_a_seal_and_the_origin_never_sees_it(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g);

	browser_arrive(&a, "alice", session);
	ck_assert_uint_eq(strlen(browser_cookie(&a, "PHPSESSID")), strlen(session) + 44);
	ck_assert(stage_origin_saw(g, "Cookie: PHPSESSID=session-of-alice-1\r\n"));
	ck_assert_uint_eq(stage_count(g, "alice").counted, 1);
	ck_assert_uint_eq(stage_count(g, "alice").sessions, 1);
	stage_close(g);
}

static void without_its_seal_a_session_is_a_strangers(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g);

	browser_arrive(&a, "alice", session);
	ck_assert_int_eq(stage_raw(g, "/members", "Cookie: PHPSESSID=session-of-alice-1; x=1\r\n"),
			 200);
	ck_assert(stage_origin_saw(g, "Cookie: x=1\r\n"));
	ck_assert_int_eq(metric_read(g->metrics, METRIC_COOKIES_UNSEALED), 1);
	ck_assert_int_eq(metric_read(g->metrics, METRIC_COOKIES_LOOK_ALIKE), 0);
	stage_close(g);
}

/* An origin that folds the case of session ids, or decodes them leniently, would find the session that was revoked. */
static void a_revoked_value_in_other_letter_case_does_not_pass_under_a_seal(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g);
	char fields[256];

	browser_arrive(&a, "alice", session);
	stage_detach(g, "alice", 0, REVOKE_KICKED);
	snprintf(fields, sizeof(fields), "Cookie: PHPSESSID=SESSION-of-alice-1%s\r\n",
		 strchr(browser_cookie(&a, "PHPSESSID"), '~'));
	ck_assert_int_eq(stage_raw(g, "/members", fields), 200);
	ck_assert(!stage_origin_saw(g, "SESSION-of-alice-1"));
	ck_assert_int_eq(browser_click(&a, "/members"), 303);
	ck_assert(!g->forwarded);
	stage_close(g);
}

static void what_a_bound_session_is_given_later_is_sealed_too(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g);

	browser_arrive(&a, "alice", session);
	g->origin.fields = "Set-Cookie: PHPSESSID=session-number-rotated; Path=/; HttpOnly\r\n";
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	ck_assert_ptr_nonnull(strstr(g->answer, "PHPSESSID=session-number-rotated~"));
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	ck_assert(stage_origin_saw(g, "Cookie: PHPSESSID=session-number-rotated\r\n"));
	ck_assert_uint_eq(stage_count(g, "alice").counted, 1);
	stage_close(g);
}

static void strangers_and_exempt_addresses_get_seals_too(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g);

	g->origin.fields = "Set-Cookie: PHPSESSID=session-of-nobody-1; Path=/\r\n";
	ck_assert_int_eq(browser_click(&a, "/signup.php"), 200);
	ck_assert_ptr_nonnull(strstr(g->answer, "PHPSESSID=session-of-nobody-1~"));
	browser_click(&a, "/.well-known/x");
	ck_assert(stage_origin_saw(g, "Cookie: PHPSESSID=session-of-nobody-1\r\n"));
	ck_assert_int_eq(stage_raw(g, "/signup.php", "Cookie: PHPSESSID=session-of-nobody-1\r\n"),
			 200);
	ck_assert(!stage_origin_saw(g, "PHPSESSID"));
	stage_close(g);
}

static void a_deletion_passes_as_it_is_and_logs_out(void)
{
	static const char deletion[] = "Set-Cookie: PHPSESSID=deleted; Max-Age=0; Path=/\r\n";
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g);
	char kept[512];

	browser_arrive(&a, "alice", session);
	snprintf(kept, sizeof(kept), "Cookie: PHPSESSID=%s\r\n", browser_cookie(&a, "PHPSESSID"));
	g->origin.fields = deletion;
	ck_assert_int_eq(browser_click(&a, "/logout.php"), 200);
	ck_assert_ptr_nonnull(strstr(g->answer, deletion));
	ck_assert_uint_eq(stage_count(g, "alice").attached, 0);
	/* Who kept it comes without it. */
	ck_assert_int_eq(stage_raw(g, "/members", kept), 200);
	ck_assert(!stage_origin_saw(g, "PHPSESSID"));
	stage_close(g);
}

static void a_kicked_browser_loses_its_sealed_cookie_under_its_bare_name(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g);

	browser_arrive(&a, "alice", session);
	stage_detach(g, "alice", 0, REVOKE_KICKED);
	ck_assert_int_eq(browser_click(&a, "/members"), 303);
	ck_assert_ptr_nonnull(strstr(g->answer, "Set-Cookie: PHPSESSID=deleted; Path=/;"));
	ck_assert_ptr_null(browser_cookie(&a, "PHPSESSID"));
	stage_close(g);
}

/* Whoever was logged in before logs in again, and is the device that he was. */
static void switching_seals_on_costs_one_login_and_no_place(void)
{
	struct stage *g = stage_open(bare);
	struct browser a = browser_new(g);

	browser_arrive(&a, "alice", session);
	stage_use(g, one);
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	ck_assert(!stage_origin_saw(g, "PHPSESSID"));
	browser_arrive(&a, "alice", "session-of-alice-2");
	ck_assert(stage_origin_saw(g, "Cookie: PHPSESSID=session-of-alice-2\r\n"));
	ck_assert_uint_eq(stage_count(g, "alice").counted, 1);
	ck_assert_uint_eq(stage_count(g, "alice").all, 1);
	stage_close(g);
}

/* The key of a session is that of its bare value, whatever the client holds. */
static void a_session_keeps_its_key_when_it_gets_a_seal(void)
{
	struct stage *g = stage_open(bare);
	struct browser a = browser_new(g);

	browser_arrive(&a, "alice", session);
	stage_use(g, one);
	g->origin.fields = "Set-Cookie: PHPSESSID=session-of-alice-1; Path=/\r\n";
	browser_click(&a, "/");
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	ck_assert(stage_origin_saw(g, "Cookie: PHPSESSID=session-of-alice-1\r\n"));
	ck_assert_uint_eq(stage_count(g, "alice").sessions, 1);
	stage_detach(g, "alice", 0, REVOKE_KICKED);
	ck_assert_int_eq(browser_click(&a, "/members"), 303);
	stage_close(g);
}

static void the_cookie_that_names_the_account_is_read_bare(void)
{
	struct stage *g = stage_open("limits: { devices: 1 }\nidentity: { preset: dokuwiki }\n");
	struct browser a = browser_new(g);

	/* "alice" */
	g->origin.fields = "Set-Cookie: DWabc=YWxpY2U%3D%7C0%7CFvCs3cr3t%3D; path=/; HttpOnly\r\n";
	browser_post(&a, "/doku.php", "u=alice&p=secret");
	ck_assert_int_eq(browser_click(&a, "/doku.php"), 200);
	ck_assert(stage_origin_saw(g, "DWabc=YWxpY2U%3D%7C0%7CFvCs3cr3t%3D\r\n"));
	ck_assert_uint_eq(stage_count(g, "alice").counted, 1);
	/* To PHP's base64 an exclamation mark is nothing. */
	stage_detach(g, "alice", 0, REVOKE_KICKED);
	ck_assert_int_eq(
		stage_raw(g, "/doku.php", "Cookie: DWabc=YWxpY2U%3D%7C0%7CFvCs3cr3t%3D!\r\n"), 200);
	ck_assert(!stage_origin_saw(g, "DWabc"));
	stage_close(g);
}

SUITE_MAIN("seal", the_client_holds_a_seal_and_the_origin_never_sees_it,
	   without_its_seal_a_session_is_a_strangers,
	   a_revoked_value_in_other_letter_case_does_not_pass_under_a_seal,
	   what_a_bound_session_is_given_later_is_sealed_too,
	   strangers_and_exempt_addresses_get_seals_too, a_deletion_passes_as_it_is_and_logs_out,
	   a_kicked_browser_loses_its_sealed_cookie_under_its_bare_name,
	   switching_seals_on_costs_one_login_and_no_place,
	   a_session_keeps_its_key_when_it_gets_a_seal,
	   the_cookie_that_names_the_account_is_read_bare)
