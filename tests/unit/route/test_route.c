#include "suite.h"

#include "base/mem.h"
#include "route/route.h"

#include <stdio.h>
#include <time.h>

static const struct http_limits LIMITS = { .max_head_bytes = 65536,
					   .max_target_bytes = 16384,
					   .max_fields = 100 };

static struct arena arena;
static struct settings *settings;
static struct peer peer;

#define BASE_YAML                                                                                 \
	"listen: [127.0.0.1:8080]\norigin: { url: http://127.0.0.1:9000 }\n"                      \
	"identity:\n  session_cookies: [SESS]\n  account: [{ response_header: Latch-Account }]\n" \
	"  logout_paths: [\"/doku.php?do=logout\", /bye]\n"                                       \
	"exempt: { paths: [/static/, /robots.txt, \"/img*\", \"/feed?kind=rss\"], cidrs: [192.0.2.0/24] }\n"
#define REDIRECTS                                                                       \
	"redirect_urls:\n  new_account_url: https://www.example.com/signup?plan=solo\n" \
	"  logout_url: /doku.php?do=login\n  success_url: /welcome\n"                   \
	"  suspended_url: https://help.example.com/suspended\n  upgrade_url: http://www.example.com/plans\n"

static void use(const char *yaml)
{
	struct text messages;

	settings_unref(&settings);
	text_init_growing(&messages, 1 << 16);
	settings = settings_parse(view_of(yaml), "test", &messages);
	ck_assert_msg(settings, "%.*s", VIEW_ARG(text_view(&messages)));
	text_fini(&messages);
}

static void set_up(void)
{
	arena_init(&arena, NULL, 0, 1 << 20);
	peer = (struct peer){ .address = { [10] = 0xff, 0xff, 198, 51, 100, 1 } };
	use(BASE_YAML REDIRECTS);
}

static void tear_down(void)
{
	settings_unref(&settings);
	arena_fini(&arena);
}

static struct http_head head_of(const char *line, const char *host, const char *lines)
{
	struct view bytes =
		arena_format(&arena, "%s HTTP/1.1\r\nHost: %s\r\n%s\r\n", line, host, lines);
	struct http_head h;

	ck_assert_int_eq(head_parse_request(bytes, &LIMITS, &arena, &h), 0);
	return h;
}

static struct route route_on(const char *host, const char *line, const char *lines)
{
	struct http_head h = head_of(line, host, lines);
	struct route route;

	ck_assert(route_find(&h, &peer, settings, &arena, &route));
	return route;
}

static struct route route_of(const char *line, const char *lines)
{
	return route_on("www.example.com", line, lines);
}

static struct route route_to(const char *target)
{
	return route_of(arena_format(&arena, "GET %s", target).at, "");
}

/* -- pages of ours -- */

static void our_pages_have_one_spelling(void)
{
	ck_assert_int_eq(route_to("/.latch/challenge?challenge=1").kind, ROUTE_CHALLENGE);
	ck_assert_int_eq(route_to("/.latch/suspended").kind, ROUTE_SUSPENDED);
	ck_assert_int_eq(route_to("/.latch/assets/logo-1.svg").kind, ROUTE_ASSET);
	ck_assert_int_eq(route_to("/").kind, ROUTE_PROXY);
	ck_assert_int_eq(route_to("/.latchkey").kind, ROUTE_PROXY);
	ck_assert_int_eq(route_to("/latch/challenge").kind, ROUTE_PROXY);
	ck_assert_int_eq(route_to("/a/.latch/challenge").kind, ROUTE_PROXY);
	ck_assert_int_eq(route_to("/x?/.latch/challenge").kind, ROUTE_PROXY);
}

static void no_other_spelling_reaches_the_origin(void)
{
	static const char *const CASES[] = {
		"/.latch",
		"/.latch/",
		"/.latch/x",
		"/.Latch/challenge",
		"/.latch/challenge/",
		"/.latch/challenge/x",
		"/.latch/%63hallenge",
		"/%2elatch/challenge",
		"//.latch/challenge",
		"/./.latch/challenge",
		"/a/../.latch/x",
		"/.latch;x/challenge",
		"/.latch%2fchallenge",
		"/.latch\\challenge",
		"/a/%2e%2e/.latch/x",
		"/.latch/assets/",
		"/.latch/assets/a/b",
		"/.latch/assets/.a",
		"/.latch/assets/%61",
		"/.latch//challenge",
	};

	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		struct route route = route_to(CASES[i]);

		ck_assert_msg(route.kind == ROUTE_OWN_UNKNOWN && route.exempt, "%s", CASES[i]);
	}
}

/* -- clients -- */

#define assert_client(line, lines, wanted) ck_assert_int_eq(route_of(line, lines).client, wanted)

static void sec_fetch_mode_says_what_a_navigation_is(void)
{
	assert_client("GET /", "Sec-Fetch-Mode: navigate\r\n", ROUTE_NAVIGATION);
	assert_client("POST /", "Sec-Fetch-Mode: navigate\r\n", ROUTE_NAVIGATION);
	assert_client("GET /", "Sec-Fetch-Mode: cors\r\nAccept: text/html\r\n", ROUTE_API);
	assert_client("GET /", "Sec-Fetch-Mode: no-cors\r\nAccept: text/html\r\n", ROUTE_API);
	assert_client("GET /", "Sec-Fetch-Mode: NAVIGATE\r\nAccept: text/html\r\n", ROUTE_API);
	assert_client("GET /", "Sec-Fetch-Mode: navigate\r\nX-Requested-With: XMLHttpRequest\r\n",
		      ROUTE_NAVIGATION);
}

static void without_it_what_is_accepted_does(void)
{
	assert_client("GET /", "Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n",
		      ROUTE_NAVIGATION);
	assert_client("HEAD /", "Accept: application/json, TEXT/HTML;q=0.5\r\n", ROUTE_NAVIGATION);
	assert_client("GET /", "Accept: application/json\r\nAccept: text/html\r\n",
		      ROUTE_NAVIGATION);
	assert_client("POST /", "Accept: text/html\r\n", ROUTE_API);
	assert_client("GET /", "Accept: */*\r\n", ROUTE_API);
	assert_client("GET /", "Accept: text/*\r\n", ROUTE_API);
	assert_client("GET /", "Accept: text/html;q=0\r\n", ROUTE_API);
	assert_client("GET /", "Accept: text/html; level=1; q=0.000\r\n", ROUTE_API);
	assert_client("GET /", "Accept: text/html;q=0.001\r\n", ROUTE_NAVIGATION);
	assert_client("GET /", "Accept: text/htmlx\r\n", ROUTE_API);
	assert_client("GET /", "", ROUTE_API);
}

static void a_script_of_an_old_browser_is_no_navigation(void)
{
	assert_client("GET /", "Accept: text/html\r\nX-Requested-With: XMLHttpRequest\r\n",
		      ROUTE_API);
	assert_client("GET /", "Accept: text/html\r\nX-Requested-With: com.example.app\r\n",
		      ROUTE_NAVIGATION);
}

static void websockets_and_event_streams_are_upgrades(void)
{
	assert_client("GET /", "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n",
		      ROUTE_UPGRADE);
	assert_client("GET /",
		      "Connection: upgrade\r\nUpgrade: WebSocket\r\nSec-Fetch-Mode: websocket\r\n",
		      ROUTE_UPGRADE);
	assert_client("GET /", "Accept: text/event-stream\r\nSec-Fetch-Mode: cors\r\n",
		      ROUTE_UPGRADE);
	assert_client("GET /", "Upgrade: websocket\r\n", ROUTE_API);
	assert_client("GET /", "Connection: upgrade\r\nUpgrade: h2c\r\nAccept: text/html\r\n",
		      ROUTE_NAVIGATION);
	assert_client("GET /", "Accept: text/html, text/event-stream\r\n", ROUTE_NAVIGATION);
}

/* -- exemptions -- */

static void redirect_urls_on_this_site_are_never_interrupted(void)
{
	ck_assert(route_to("/signup?plan=solo").exempt);
	ck_assert(route_to("/signup?challenge=1&plan=solo").exempt);
	ck_assert(route_to("/doku.php?do=login&challenge=abc").exempt);
	ck_assert(route_to("/plans").exempt);
}

static void only_just_so(void)
{
	static const char *const CASES[] = {
		"/signup",
		"/signup?plan=duo",
		"/signup?plan=solo&x=1",
		"/signup?plan=solo&plan=solo",
		"/signup/?plan=solo",
		"/Signup?plan=solo",
		"//signup?plan=solo",
		"/x/../signup?plan=solo",
		"/signup;x?plan=solo",
		"/signup%2f?plan=solo",
		"/doku.php",
		"/doku.php?do=login&id=secret",
		"/doku.php?do=login&do=edit",
		"/doku.php?do[]=login",
		"/plans?x",
		"/welcome",
		"/suspended",
		"/",
	};

	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++)
		ck_assert_msg(!route_to(CASES[i]).exempt, "%s", CASES[i]);
}

static void this_site_is_that_of_the_request_or_of_public_url(void)
{
	ck_assert(!route_on("other.example.com", "GET /signup?plan=solo", "").exempt);
	ck_assert(route_on("other.example.com", "GET /doku.php?do=login", "").exempt);
	ck_assert(route_on("WWW.EXAMPLE.COM:443", "GET /signup?plan=solo", "").exempt);
	ck_assert(route_on("help.example.com", "GET /suspended", "").exempt);
	use("public_url: https://www.example.com\n" BASE_YAML REDIRECTS);
	ck_assert(route_on("internal:8080", "GET /signup?plan=solo", "").exempt);
	ck_assert(!route_on("help.example.com", "GET /suspended", "").exempt);
}

static void redirect_urls_that_are_not_given_exempt_nothing(void)
{
	use(BASE_YAML "redirect_urls: { new_account_url: /signup, logout_url: /out }\n");
	ck_assert(route_to("/signup").exempt);
	ck_assert(route_to("/out?challenge=1").exempt);
	ck_assert(!route_to("/").exempt);
}

static void configured_paths_are_exempt(void)
{
	ck_assert(route_to("/static/a/b.css?v=1").exempt);
	ck_assert(route_to("/st%61tic/a.css").exempt);
	ck_assert(route_to("/robots.txt").exempt);
	ck_assert(route_to("/img/1.png").exempt);
	ck_assert(route_to("/images").exempt == false);
	ck_assert(route_to("/imgs").exempt);
	ck_assert(route_to("/feed?x=1&kind=rss").exempt);
	ck_assert(route_to("/.well-known/acme-challenge/x").exempt);
	ck_assert(!route_to("/static").exempt);
	ck_assert(!route_to("/robots.txt/x").exempt);
	ck_assert(!route_to("/feed?kind=atom").exempt);
	ck_assert(!route_to("/static/../secret").exempt);
	ck_assert(!route_to("/static/%2e%2e/secret").exempt);
	ck_assert(!route_to("/static/..%2fsecret").exempt);
	ck_assert(!route_to("/static/%252e%252e/secret").exempt);
	ck_assert(!route_to("/.well-known/../secret").exempt);
	ck_assert(!route_to("/.well-known").exempt);
}

static void logout_paths_are_exempt_narrowly_and_recognised_generously(void)
{
	ck_assert(route_to("/doku.php?do=logout&sectok=1").exempt);
	ck_assert(route_to("/doku.php?do=logout&sectok=1").logout);
	ck_assert(route_to("/bye").exempt && route_to("/bye").logout);
	ck_assert(!route_to("/DOKU.php/x/?do=LOGOUT").exempt);
	ck_assert(route_to("/DOKU.php/x/?do=LOGOUT").logout);
	ck_assert(route_to("//bye/").logout && !route_to("//bye/").exempt);
	ck_assert(!route_to("/doku.php?do=login").logout);
	ck_assert(!route_to("/").logout);
}

static void peers_of_exempt_networks_are_told(void)
{
	ck_assert(!route_to("/").exempt_peer);
	memcpy(peer.address + 12, (uint8_t[]){ 192, 0, 2, 77 }, 4);
	ck_assert(route_to("/").exempt_peer);
}

static void options_of_everything_is_the_origins(void)
{
	struct route route = route_of("OPTIONS *", "");

	ck_assert_int_eq(route.kind, ROUTE_PROXY);
	ck_assert(!route.exempt && !route.logout);
}

/* -- room -- */

static void a_full_arena_is_said_where_room_is_needed(void)
{
	struct http_head plain = head_of("GET /a/b?c=d", "a", ""),
			 coded = head_of("GET /static/%61%62%63%64", "a", "");
	struct http_head dotted = head_of("GET /a/./b/./c/./d", "a", "");
	struct route route;
	struct arena full;

	arena_init(&full, NULL, 0, 8);
	ck_assert(route_find(&plain, &peer, settings, &full, &route));
	ck_assert(!route_find(&coded, &peer, settings, &full, &route));
	ck_assert(!route_find(&dotted, &peer, settings, &full, &route));
	arena_fini(&full);
}

static void the_longest_target_fits_an_ordinary_arena(void)
{
	char *target = mem_new(16384);
	struct route route;
	struct http_head h;

	memset(target, 'a', 16383 - 4);
	memcpy(target, "/%61", 4);
	h = head_of(arena_format(&arena, "GET %s", target).at, "a", "");
	ck_assert(route_find(&h, &peer, settings, &arena, &route));
	mem_free(target);
}

/* Figures to look at. */
static void finding_a_route_is_cheap(void)
{
	unsigned rounds = suite_is_sanitized() ? 1000 : 200000;
	struct http_head h = head_of(
		"GET /shop/item.php?id=4711&page=2", "www.example.com",
		"User-Agent: x\r\nAccept: text/html,*/*;q=0.8\r\nSec-Fetch-Mode: navigate\r\n");
	struct timespec start, end;
	struct route route;
	unsigned found = 0;

	clock_gettime(CLOCK_MONOTONIC, &start);
	for (unsigned i = 0; i < rounds; i++)
		found += route_find(&h, &peer, settings, &arena, &route);
	clock_gettime(CLOCK_MONOTONIC, &end);
	ck_assert_uint_eq(found, rounds);
	printf("route_find: %.0f ns\n",
	       ((double)(end.tv_sec - start.tv_sec) * 1e9 + (double)(end.tv_nsec - start.tv_nsec)) /
		       rounds);
}

SUITE_MAIN_WITH("route", set_up, tear_down, our_pages_have_one_spelling,
		no_other_spelling_reaches_the_origin, sec_fetch_mode_says_what_a_navigation_is,
		without_it_what_is_accepted_does, a_script_of_an_old_browser_is_no_navigation,
		websockets_and_event_streams_are_upgrades,
		redirect_urls_on_this_site_are_never_interrupted, only_just_so,
		this_site_is_that_of_the_request_or_of_public_url,
		redirect_urls_that_are_not_given_exempt_nothing, configured_paths_are_exempt,
		logout_paths_are_exempt_narrowly_and_recognised_generously,
		peers_of_exempt_networks_are_told, options_of_everything_is_the_origins,
		a_full_arena_is_said_where_room_is_needed,
		the_longest_target_fits_an_ordinary_arena, finding_a_route_is_cheap)
