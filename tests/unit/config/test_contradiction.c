#include "words.h"

#define KEY "MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1u"
#define TO(urls) LISTEN ORIGIN IDENTITY "redirect_urls: { " urls " }\n"

static void sources_that_bind_need_a_session_cookie(void)
{
	static const struct {
		const char *source, *name;
	} sources[] = {
		{ "response_header: Latch-Account", "response_header" },
		{ "login_form: { path: /l, field: u, success: { status: 302 } }", "login_form" },
		{ "set_cookie: a", "set_cookie" },
	};

	for (size_t i = 0; i < sizeof(sources) / sizeof(*sources); i++) {
		char yaml[1024], expected[256];

		snprintf(yaml, sizeof(yaml), "%sidentity:\n  account:\n  - %s\n",
			 LISTEN ORIGIN REDIRECTS, sources[i].source);
		snprintf(
			expected, sizeof(expected),
			"f:6:5: identity.account[0]: %s tells whose session it is, and identity.session_cookies names none\n",
			sources[i].name);
		ck_assert_said(complaint(yaml), expected);
	}
}

static void a_request_header_needs_no_session_cookie(void)
{
	struct settings *s =
		accepted(LISTEN ORIGIN REDIRECTS "identity: { account: [request_header: X-User] }\n"
						 "trusted_proxies: [10.0.0.0/8]\n");

	ck_assert_uint_eq(s->identity.n_cookies, 0);
	settings_unref(&s);
}

static void a_request_header_that_nobody_may_send_is_a_warning(void)
{
	ck_assert_said(
		warning(WITH_SOURCES "  - request_header: X-User\n"),
		"f:7:5: warning: identity.account[0]: request_header is believed from trusted_proxies only, and "
		"there are none\n");
}

static void our_own_request_headers_are_no_source(void)
{
	ck_assert_has(
		complaint(WITH_SOURCES
			  "  - request_header: latch_account\ntrusted_proxies: [10.0.0.0/8]\n"),
		"identity.account[0]: Latch-* headers of requests are dropped");
}

static void one_address_is_listened_on_once(void)
{
	ck_assert_has(complaint(ORIGIN IDENTITY REDIRECTS
				"listen: [127.0.0.1:1, 127.0.0.1:2, 127.0.0.1:1]\n"),
		      "f:5:36: listen[2]: the same address as listen[0]\n");
	ck_assert_has(complaint(MINIMAL "admin: { listen: 127.0.0.1:8080 }\n"),
		      "listen[0]: the same address as admin.listen\n");
	ck_assert_has(complaint(ORIGIN IDENTITY REDIRECTS "listen: [unix:/a, unix:/a]\n"),
		      "the same address as listen[0]");
}

static void any_port_is_never_the_same(void)
{
	struct settings *s =
		accepted(ORIGIN IDENTITY REDIRECTS "listen: [127.0.0.1:0, 127.0.0.1:0]\n");

	settings_unref(&s);
}

static void the_gateway_is_not_its_own_origin(void)
{
	ck_assert_has(
		complaint(LISTEN IDENTITY REDIRECTS "origin: { url: http://127.0.0.1:8080 }\n"),
		"f:1:10: listen[0]: the same address as origin.url: requests would go round in circles\n");
}

static void only_a_file_has_a_mode(void)
{
	ck_assert_said(complaint(ORIGIN IDENTITY REDIRECTS
				 "listen: [{ address: \"127.0.0.1:1\", mode: \"0660\" }]\n"),
		       "f:5:36: listen[0].mode: only the file of a unix socket has a mode\n");
}

static void senders_of_a_header_that_nobody_awaits_are_none(void)
{
	ck_assert_has(
		complaint(
			ORIGIN IDENTITY REDIRECTS
			"listen: [{ address: \"127.0.0.1:1\", proxy_protocol_from: [10.0.0.0/8] }]\n"),
		"listen[0].proxy_protocol_from: nobody sends its header without");
}

static void a_header_that_anybody_may_send_is_a_warning(void)
{
	static const char *const quiet[] = { "127.0.0.1:1", "[::1]:1", "localhost:1", "unix:/a" };
	static const char listen[] = ORIGIN IDENTITY REDIRECTS
		"listen: [{ address: \"%s\", proxy_protocol: true%s }]\n%s";
	char yaml[1024];

	snprintf(yaml, sizeof(yaml), listen, "0.0.0.0:1", "", "");
	ck_assert_said(warning(yaml),
		       "f:5:34: warning: listen[0].proxy_protocol: whoever connects can "
		       "claim any address: say proxy_protocol_from\n");
	snprintf(yaml, sizeof(yaml), listen, "0.0.0.0:1", ", proxy_protocol_from: [10.0.0.1]", "");
	ck_assert_said(warning(yaml), "");
	snprintf(yaml, sizeof(yaml), listen, "0.0.0.0:1", "", "trusted_proxies: [10.0.0.1]\n");
	ck_assert_said(warning(yaml), "");
	for (size_t i = 0; i < sizeof(quiet) / sizeof(*quiet); i++) {
		snprintf(yaml, sizeof(yaml), listen, quiet[i], "", "");
		ck_assert_said(warning(yaml), "");
	}
}

static void certificates_of_clients_have_a_signer(void)
{
	static const char tls[] = ORIGIN IDENTITY REDIRECTS
		"listen: [{ address: \"127.0.0.1:1\", tls: {"
		" certificate: conf/latchd.yaml, key: conf/latchd.yaml, %s } }]\n";
	char yaml[1024];

	snprintf(yaml, sizeof(yaml), tls, "client_certificate: optional");
	ck_assert_has(complaint(yaml),
		      "listen[0].tls.client_certificate: who signs them? client_ca is missing");
	snprintf(yaml, sizeof(yaml), tls, "client_ca: conf/latchd.yaml");
	ck_assert_has(warning(yaml),
		      "warning: listen[0].tls.client_ca: no certificate is asked for");
	snprintf(yaml, sizeof(yaml), tls,
		 "client_ca: conf/latchd.yaml, client_certificate: required");
	ck_assert_lacks(warning(yaml), "client_");
	ck_assert_has(complaint(MINIMAL "http: { client_subject: latch_subject }\n"),
		      "http.client_subject: Latch-* headers say other things");
}

static void an_origin_is_written_in_one_way(void)
{
	ck_assert_has(complaint(LISTEN IDENTITY REDIRECTS
				"origin: { url: http://a, urls: [http://b] }\n"),
		      "origin.urls: origin.url is there as well\n");
	ck_assert_has(complaint(LISTEN IDENTITY REDIRECTS "origin: { urls: [] }\n"),
		      "origin.url: required, and missing\n");
}

static void a_server_is_named_once(void)
{
	ck_assert_has(complaint(LISTEN IDENTITY REDIRECTS
				"origin: { urls: [http://a:1, http://b:1, https://a:1/] }\n"),
		      "origin.urls[2]: the same address as origin.urls[0]\n");
	ck_assert_has(complaint(LISTEN IDENTITY REDIRECTS
				"origin: { urls: [unix:/a, http://127.0.0.1:8080] }\n"),
		      "listen[0]: the same address as origin.urls[1]: requests would go round");
}

static void one_server_behind_https_is_enough_for_its_settings(void)
{
	struct settings *s =
		accepted(LISTEN IDENTITY REDIRECTS "origin: { urls: [http://a, https://b], "
						   "tls: { ca: Makefile } }\n");

	settings_unref(&s);
	ck_assert_has(complaint(LISTEN IDENTITY REDIRECTS
				"origin: { urls: [http://a, unix:/b], tls: { ca: Makefile } }\n"),
		      "origin.tls: origin.url does not begin with https://\n");
}

static void a_target_fits_its_head(void)
{
	ck_assert_has(
		complaint(MINIMAL "http: { max_head: 8KiB, max_target: 9KiB }\n"),
		"f:6:25: http.max_target: max_target is larger than max_head, which holds it\n");
	ck_assert_has(complaint(MINIMAL "http: { max_head: 8KiB }\n"),
		      "f:6:9: http.max_head: max_target is larger");
}

static void a_cookie_is_named_once(void)
{
	struct settings *s;

	ck_assert_has(
		complaint(LISTEN ORIGIN REDIRECTS "identity:\n  session_cookies: [A, A]\n" ACCOUNT),
		"f:5:24: identity.session_cookies[1]: named twice\n");
	s = accepted(LISTEN ORIGIN REDIRECTS
		     "identity:\n  session_cookies: [A, \"A*\", a]\n" ACCOUNT);
	settings_unref(&s);
}

static void a_seal_is_not_overruled_in_silence(void)
{
	struct settings *s;

	ck_assert_said(
		complaint(
			LISTEN ORIGIN REDIRECTS
			"identity:\n  session_cookies: [\"D*\", { name: DW*, seal: true }]\n" ACCOUNT),
		"f:5:27: identity.session_cookies[1]: named by [0] already, which says something else of seal\n");
	ck_assert_has(
		complaint(LISTEN ORIGIN REDIRECTS
			  "identity:\n  session_cookies: [{ name: D*, seal: true }, Dx]\n" ACCOUNT),
		"session_cookies[1]: named by [0] already");
	s = accepted(
		LISTEN ORIGIN REDIRECTS
		"identity:\n  session_cookies: [Dx, { name: D*, seal: true }, { name: DW*, seal: true }]\n" ACCOUNT);
	settings_unref(&s);
}

static void a_session_parameter_is_named_once_in_any_case(void)
{
	ck_assert_said(
		complaint(LISTEN ORIGIN REDIRECTS
			  "identity:\n  session_parameters: [jsessionid, JSessionID]\n" COOKIES
				  ACCOUNT),
		"f:5:36: identity.session_parameters[1]: named twice: letter case makes no difference here\n");
}

static void accounts_have_no_more_places_than_devices(void)
{
	ck_assert_has(complaint(MINIMAL "limits: { devices: 65 }\n"), "limits.devices: ");
	ck_assert_has(complaint(MINIMAL "limits: { mobile: 65 }\n"), "limits.mobile: ");
}

static void a_login_could_succeed(void)
{
	ck_assert_has(
		complaint(WITH_SOURCES "  - login_form: { path: /l, field: u, password: u }\n"),
		"identity.account[0]: field and password are the same field");
	ck_assert_has(
		complaint(WITH_SOURCES "  - login_form: { path: /l, field: u, when: { u: a } }\n"),
		"identity.account[0]: field is named in when");
	ck_assert_has(complaint(WITH_SOURCES
				"  - login_form: { path: /l, field: u, success: { location: /a/b, "
				"not_location: /a } }\n"),
		      "success.location begins with success.not_location");
	ck_assert_has(
		complaint(
			WITH_SOURCES
			"  - login_form: { path: /l, field: u, success: { sets_cookie: OTHER } }\n"),
		"success.sets_cookie is none of identity.session_cookies");
}

static void a_login_form_that_takes_a_failure_for_a_login_is_a_warning(void)
{
	ck_assert_said(
		warning(WITH_SOURCES "  - login_form: { path: /l, field: u }\n"),
		"f:7:5: warning: identity.account[0].login_form.success: a failed attempt that gets a "
		"session cookie counts as a login: say status, location or not_location\n");
	ck_assert_said(
		warning(WITH_SOURCES
			"  - login_form: { path: /l, field: u, success: { sets_cookie: none } }\n"),
		"f:7:39: warning: identity.account[0].login_form.success: every attempt counts as a "
		"login: say status, location or not_location\n");
}

static void a_login_form_that_knows_a_failure_is_no_warning(void)
{
	static const char *const successes[] = { "status: 3xx", "location: /home",
						 "not_location: /l", "sets_cookie: SID",
						 "status: 302, sets_cookie: none" };

	for (size_t i = 0; i < sizeof(successes) / sizeof(*successes); i++) {
		char yaml[1024];

		snprintf(yaml, sizeof(yaml),
			 "%s  - login_form: { path: /l, field: u, success: { %s } }\n",
			 WITH_SOURCES, successes[i]);
		ck_assert_said(warning(yaml), "");
	}
}

static void a_login_asks_for_no_more_fields_than_are_read(void)
{
	char yaml[2048];
	struct text t;

	text_init(&t, yaml, sizeof(yaml) - 1);
	text_puts(&t, WITH_SOURCES
		  "  - login_form:\n      path: /l\n      field: u\n      password: [");
	for (int i = 0; i < 16; i++)
		text_printf(&t, "%sp%d", i ? ", " : "", i);
	text_puts(&t, "]\n      when:\n");
	for (int i = 0; i < 16; i++)
		text_printf(&t, "        w%d: x\n", i);
	yaml[t.len] = '\0';
	ck_assert_has(complaint(yaml), "identity.account[0]: asks for more than 32 fields");
}

static void a_secret_is_said_once(void)
{
	ck_assert_has(complaint(MINIMAL "events: { url: http://h/, secret: " KEY ", secrets: [" KEY
					"] }\n"),
		      "f:6:69: events.secrets: events.secret is there as well\n");
	ck_assert_has(
		complaint(MINIMAL "admin: { token: 0123456789abcdef, token_file: /nowhere }\n"),
		"admin.token_file: admin.token is there as well\n");
}

static void events_are_signed(void)
{
	ck_assert_said(
		complaint(MINIMAL "events: { url: http://h/ }\n"),
		"f:6:11: events.url: events are signed: secret, secret_file or secrets is missing\n");
}

static void a_redirect_that_could_mean_two_things_is_a_warning(void)
{
	static const char *const doubtful[] = { "/a%2fb", "/a/../b", "/a;x", "/a%252e",
						"/a?x=1&x=1" };

	for (size_t i = 0; i < sizeof(doubtful) / sizeof(*doubtful); i++) {
		char yaml[1024];

		snprintf(yaml, sizeof(yaml),
			 "%sredirect_urls: { new_account_url: /new, logout_url: \"%s\" }\n",
			 LISTEN ORIGIN IDENTITY, doubtful[i]);
		ck_assert_said(
			warning(yaml),
			"f:5:41: warning: redirect_urls.logout_url: this address could mean two "
			"things, and would itself be challenged\n");
	}
}

static void redirects_that_are_clear_are_no_warning(void)
{
	static const char *const clear[] = { "/",
					     "/out",
					     "/out/",
					     "/out?do=logout#top",
					     "/%C3%A9t%C3%A9?a=%20b",
					     "https://a.example",
					     "https://a.example?x=1",
					     "https://a.example/?x=1",
					     "/out?next=https://b.example/" };

	for (size_t i = 0; i < sizeof(clear) / sizeof(*clear); i++) {
		char yaml[1024];

		snprintf(yaml, sizeof(yaml),
			 "%sredirect_urls: { new_account_url: /new, logout_url: \"%s\" }\n",
			 LISTEN ORIGIN IDENTITY, clear[i]);
		ck_assert_said(warning(yaml), "");
	}
}

static void other_sites_may_have_addresses_of_any_kind(void)
{
	ck_assert_said(
		warning(TO(
			"new_account_url: /n, logout_url: \"https://b.example/a%2fb\"") "public_url: https://a.example\n"),
		"");
	ck_assert_has(
		warning(TO(
			"new_account_url: /n, logout_url: \"https://A.example:443/a%2fb\"") "public_url: https://a.example\n"),
		"redirect_urls.logout_url: this address could mean two things");
}

static void a_completed_challenge_may_lead_anywhere(void)
{
	ck_assert_said(warning(TO("new_account_url: /n, logout_url: /o, success_url: \"/a%2fb\"")),
		       "");
}

static void redirects_do_not_lead_to_our_own_pages(void)
{
	ck_assert_has(complaint(TO("new_account_url: /n, logout_url: /.latch/challenge")),
		      "redirect_urls.logout_url: leads to latchd's own pages\n");
}

static const char *health(const char *says)
{
	static char yaml[1024];

	snprintf(yaml, sizeof(yaml), "%sorigin: { url: http://a, health: { %s } }\n",
		 LISTEN IDENTITY REDIRECTS, says);
	return yaml;
}

static void a_check_that_asks_for_nothing_has_nothing_to_judge(void)
{
	ck_assert_said(complaint(health("status: 204")),
		       "f:5:36: origin.health.status: without path nothing is asked for\n");
	ck_assert_said(complaint(health("fall: 1, host: a")),
		       "f:5:45: origin.health.host: without path nothing is asked for\n");
	ck_assert_said(complaint(health("path: /, check: connect")),
		       "f:5:36: origin.health.path: check: connect asks for nothing\n");
	ck_assert_said(complaint(health("check: request")),
		       "f:5:36: origin.health.check: what is asked for? path is missing\n");
	ck_assert_said(warning(health("check: off, path: /, status: 204, host: a")), "");
	ck_assert_said(warning(health("status: 2xx")), "");
}

static void an_exemption_that_never_holds_is_a_warning(void)
{
	ck_assert_said(
		warning(MINIMAL "exempt: { paths: [/a/, \"/b*\", /c?d=e, \"/f%2fg\"] }\n"),
		"f:6:39: warning: exempt.paths[3]: this address could mean two things, and is never exempt\n");
}

SUITE_MAIN("contradiction", sources_that_bind_need_a_session_cookie,
	   a_request_header_needs_no_session_cookie,
	   a_request_header_that_nobody_may_send_is_a_warning,
	   our_own_request_headers_are_no_source, one_address_is_listened_on_once,
	   any_port_is_never_the_same, the_gateway_is_not_its_own_origin, only_a_file_has_a_mode,
	   senders_of_a_header_that_nobody_awaits_are_none,
	   a_header_that_anybody_may_send_is_a_warning, certificates_of_clients_have_a_signer,
	   an_origin_is_written_in_one_way, a_server_is_named_once,
	   one_server_behind_https_is_enough_for_its_settings, a_target_fits_its_head,
	   a_cookie_is_named_once, a_seal_is_not_overruled_in_silence,
	   a_session_parameter_is_named_once_in_any_case, accounts_have_no_more_places_than_devices,
	   a_login_could_succeed, a_login_form_that_takes_a_failure_for_a_login_is_a_warning,
	   a_login_form_that_knows_a_failure_is_no_warning,
	   a_login_asks_for_no_more_fields_than_are_read, a_secret_is_said_once, events_are_signed,
	   a_redirect_that_could_mean_two_things_is_a_warning,
	   redirects_that_are_clear_are_no_warning, other_sites_may_have_addresses_of_any_kind,
	   a_completed_challenge_may_lead_anywhere, redirects_do_not_lead_to_our_own_pages,
	   a_check_that_asks_for_nothing_has_nothing_to_judge,
	   an_exemption_that_never_holds_is_a_warning)
