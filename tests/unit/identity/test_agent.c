#include "stage.h"

#include "identity/agent.h"

#define UA "User-Agent: "

static struct device_facts facts_of(const char *lines)
{
	const char *text =
		arena_format(&stage.arena, "GET / HTTP/1.1\r\nHost: a\r\n%s\r\n", lines).at;
	struct http_head h = stage_head(text, false);
	struct device_facts facts;

	agent_read(&h, &facts);
	return facts;
}

#define assert_agent(lines, type_, label)                                     \
	do {                                                                  \
		struct device_facts facts_ = facts_of(lines);                 \
		stage_assert_text(agent_label(&facts_, &stage.arena), label); \
		ck_assert_int_eq(facts_.type, type_);                         \
	} while (0)

static void desktop_browsers_are_told_apart(void)
{
	assert_agent(
		UA
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:121.0) Gecko/20100101 Firefox/121.0\r\n",
		DEVICE_DESKTOP, "Firefox on Windows");
	assert_agent(
		UA
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 Safari/537.36\r\n",
		DEVICE_DESKTOP, "Chrome on Linux");
	assert_agent(
		UA
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/119.0 Safari/537.36\r\n",
		DEVICE_DESKTOP, "Chrome on Linux");
	assert_agent(
		UA
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Safari/605.1.15\r\n",
		DEVICE_DESKTOP, "Safari on macOS");
	assert_agent(
		UA
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 Safari/537.36 Edg/119.0\r\n",
		DEVICE_DESKTOP, "Edge on Windows");
	assert_agent(
		UA
		"Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/118 Safari/537.36 OPR/104\r\n",
		DEVICE_DESKTOP, "Opera on Windows");
	assert_agent(
		UA
		"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119 Safari/537.36\r\n",
		DEVICE_DESKTOP, "Chrome on ChromeOS");
	assert_agent(
		UA
		"Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; Tablet PC 2.0; rv:11.0) like Gecko\r\n",
		DEVICE_DESKTOP, "Internet Explorer on Windows");
}

static void phones_and_tablets_are_told_apart(void)
{
	assert_agent(
		UA
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Mobile/15E148 Safari/604.1\r\n",
		DEVICE_MOBILE, "Safari on iOS");
	assert_agent(
		UA
		"Mozilla/5.0 (iPad; CPU OS 12_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/12.1 Mobile/15E148 Safari/604.1\r\n",
		DEVICE_TABLET, "Safari on iOS");
	assert_agent(
		UA
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/119.0 Mobile/15E148 Safari/604.1\r\n",
		DEVICE_MOBILE, "Chrome on iOS");
	assert_agent(
		UA
		"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 Mobile Safari/537.36\r\n",
		DEVICE_MOBILE, "Chrome on Android");
	assert_agent(
		UA
		"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 Safari/537.36\r\n",
		DEVICE_TABLET, "Chrome on Android");
	assert_agent(
		UA
		"Mozilla/5.0 (Linux; Android 13; SM-S901B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/23.0 Chrome/115 Mobile Safari/537.36\r\n",
		DEVICE_MOBILE, "Samsung Internet on Android");
	assert_agent(UA "Mozilla/5.0 (Android 13; Tablet; rv:120.0) Gecko/120.0 Firefox/120.0\r\n",
		     DEVICE_TABLET, "Firefox on Android");
}

static void what_is_no_browser_is_other(void)
{
	assert_agent("", DEVICE_OTHER, "Unknown device");
	assert_agent(UA "\r\n", DEVICE_OTHER, "Unknown device");
	assert_agent(UA "curl/7.88.1\r\n", DEVICE_OTHER, "curl");
	assert_agent(UA "python-requests/2.31\r\n", DEVICE_OTHER, "Unknown device");
	assert_agent(UA "Dalvik/2.1.0 (Linux; U; Android 13; Pixel 7)\r\n", DEVICE_MOBILE,
		     "Unknown browser on Android");
	assert_agent(UA "SomeApp (Linux)\r\n", DEVICE_OTHER, "Unknown browser on Linux");
	assert_agent(
		UA
		"Mozilla/5.0 (Linux; Android 9; BRAVIA 4K TV) AppleWebKit/537.36 Chrome/100 Safari/537.36\r\n",
		DEVICE_OTHER, "Chrome on Android");
}

#define CHROME_LINUX \
	UA "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 Safari/537.36\r\n"
#define CHROME_PHONE \
	UA "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 Mobile Safari/537.36\r\n"

static void hints_go_before_the_user_agent(void)
{
	assert_agent(CHROME_LINUX
		     "Sec-CH-UA: \"Microsoft Edge\";v=\"119\", \"Chromium\";v=\"119\"\r\n"
		     "Sec-CH-UA-Platform: \"Windows\"\r\nSec-CH-UA-Mobile: ?0\r\n",
		     DEVICE_DESKTOP, "Edge on Windows");
	assert_agent(CHROME_LINUX "Sec-CH-UA-Mobile: ?1\r\nSec-CH-UA-Platform: \"Android\"\r\n",
		     DEVICE_MOBILE, "Chrome on Android");
	assert_agent(CHROME_LINUX "Sec-CH-UA: nonsense\r\nSec-CH-UA-Platform: \"Fuchsia\"\r\n",
		     DEVICE_DESKTOP, "Chrome on Linux");
}

static void a_websocket_without_hints_is_the_same_device(void)
{
	static const char *const WITH[] = {
		CHROME_LINUX
		"Sec-CH-UA: \"Google Chrome\";v=\"119\", \"Chromium\";v=\"119\", \"Not?A_Brand\";v=\"24\"\r\n"
		"Sec-CH-UA-Mobile: ?0\r\nSec-CH-UA-Platform: \"Linux\"\r\n",
		CHROME_LINUX "Sec-CH-UA: \"Brave\";v=\"119\", \"Chromium\";v=\"119\"\r\n"
			     "Sec-CH-UA-Mobile: ?0\r\nSec-CH-UA-Platform: \"Linux\"\r\n",
		CHROME_PHONE "Sec-CH-UA: \"Google Chrome\";v=\"119\", \"Chromium\";v=\"119\"\r\n"
			     "Sec-CH-UA-Mobile: ?1\r\nSec-CH-UA-Platform: \"Android\"\r\n",
	};
	static const char *const WITHOUT[] = { CHROME_LINUX, CHROME_LINUX, CHROME_PHONE };

	for (size_t i = 0; i < 3; i++) {
		struct device_facts with = facts_of(WITH[i]), without = facts_of(WITHOUT[i]);

		ck_assert_mem_eq(&with, &without, sizeof(with));
	}
}

static void the_language_is_the_first_ones_primary_subtag(void)
{
	static const char *const CASES[][2] = {
		{ "de-DE,de;q=0.9,en;q=0.8", "de" },
		{ "EN-us", "en" },
		{ "fr", "fr" },
		{ "haw ;q=1", "haw" },
		{ "*", "" },
		{ "", "" },
		{ "x", "" },
		{ "1de", "" },
		{ "de_DE", "" },
		{ "abcdefgh-AA", "" },
		{ ",de", "" },
		{ "\xc3\xa9n", "" },
		{ "abcdefg", "abcdefg" },
	};

	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		struct device_facts facts = facts_of(
			arena_format(&stage.arena, "Accept-Language: %s\r\n", CASES[i][0]).at);

		ck_assert_str_eq(facts.language, CASES[i][1]);
	}
}

static void stored_numbers_keep_their_meaning(void)
{
	struct device_facts facts =
		facts_of(UA "Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/121.0\r\n");

	ck_assert_uint_eq(facts.browser, 1);
	ck_assert_uint_eq(facts.os, 1);
	facts = facts_of(UA "Mozilla/5.0 (iPhone) Version/17 Mobile Safari/604.1\r\n");
	ck_assert_uint_eq(facts.browser, 3);
	ck_assert_uint_eq(facts.os, 5);
}

static void numbers_of_a_newer_version_have_a_label(void)
{
	struct device_facts facts = { .os = 200, .browser = 255 };

	stage_assert_text(agent_label(&facts, &stage.arena), "Unknown device");
}

SUITE_MAIN_WITH("agent", stage_setup, stage_teardown, desktop_browsers_are_told_apart,
		phones_and_tablets_are_told_apart, what_is_no_browser_is_other,
		hints_go_before_the_user_agent, a_websocket_without_hints_is_the_same_device,
		the_language_is_the_first_ones_primary_subtag, stored_numbers_keep_their_meaning,
		numbers_of_a_newer_version_have_a_label)
