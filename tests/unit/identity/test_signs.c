/* One pass over the text against a plain search for each sign in turn, which is how it was done once: over what agents say and
 * over what nobody says. */
#include "agents.h"
#include "stage.h"

#include "identity/agent.h"
#include "identity/signs.h"

#include <stdio.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { MUTATIONS = 400, LONGEST = 2048 };

/* The numbers of families as states have them. */
enum { UNKNOWN = 0, FIREFOX = 1, CHROME, SAFARI, EDGE, OPERA, SAMSUNG, EXPLORER, YANDEX, UC, CURL };
enum { WINDOWS = 1, MACOS, LINUX, ANDROID, IOS, CHROME_OS, BSD };

struct family {
	const char *text;
	uint8_t number;
};

/* In the order in which they are looked for. */
static const struct family BROWSERS[] = {
	{ "Edg/", EDGE },         { "EdgA/", EDGE },
	{ "EdgiOS/", EDGE },      { "Edge/", EDGE },
	{ "OPR/", OPERA },        { "Opera", OPERA },
	{ "OPT/", OPERA },        { "SamsungBrowser/", SAMSUNG },
	{ "YaBrowser/", YANDEX }, { "UCBrowser/", UC },
	{ "Firefox/", FIREFOX },  { "FxiOS/", FIREFOX },
	{ "Chrome/", CHROME },    { "CriOS/", CHROME },
	{ "Safari/", SAFARI },    { "MSIE ", EXPLORER },
	{ "Trident/", EXPLORER }, { "curl/", CURL },
};
static const struct family BRAND_NAMES[] = {
	{ "\"Microsoft Edge\"", EDGE },
	{ "\"Opera\"", OPERA },
	{ "\"Samsung Internet\"", SAMSUNG },
	{ "\"YaBrowser\"", YANDEX },
	{ "\"Yandex\"", YANDEX },
	{ "\"Google Chrome\"", CHROME },
};
static const struct family SYSTEMS[] = {
	{ "Windows", WINDOWS }, { "Android", ANDROID }, { "iPhone", IOS },
	{ "iPad", IOS },        { "iPod", IOS },        { "CrOS", CHROME_OS },
	{ "Mac OS X", MACOS },  { "Macintosh", MACOS }, { "Linux", LINUX },
	{ "BSD", BSD },
};
static const struct family PLATFORM_NAMES[] = {
	{ "\"Windows\"", WINDOWS },       { "\"macOS\"", MACOS }, { "\"Linux\"", LINUX },
	{ "\"Android\"", ANDROID },       { "\"iOS\"", IOS },     { "\"Chrome OS\"", CHROME_OS },
	{ "\"Chromium OS\"", CHROME_OS },
};

static const char *const SIGNS[SIGN_COUNT] = {
#define TEXT(arg, id, first, second, text, family) [SIGN_##id] = text,
	SIGNS_TABLE(TEXT, )
#undef TEXT
};

static uint64_t dice;

static unsigned draw(unsigned n)
{
	dice = dice * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(dice >> 33) % n;
}

static void setup(void)
{
	stage_setup();
	dice = 42;
}

static bool says(struct view v, const char *text)
{
	return v.len && view_find_view(v, view_of(text)) < v.len;
}

static uint64_t searched(struct view v)
{
	uint64_t found = 0;

	for (unsigned i = 0; i < SIGN_COUNT; i++)
		if (says(v, SIGNS[i]))
			found |= UINT64_C(1) << i;
	return found;
}

static uint8_t family_of(struct view v, const struct family *families, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (says(v, families[i].text))
			return families[i].number;
	return UNKNOWN;
}

static uint8_t searched_type(struct view agent, struct view mobile, uint8_t system, uint8_t browser)
{
	bool is_tablet = says(agent, "iPad") || says(agent, "Tablet") || says(agent, "PlayBook") ||
			 says(agent, "Silk/") || says(agent, "Kindle");

	if (view_is(mobile, VIEW("?1")))
		return DEVICE_MOBILE;
	if (is_tablet && !says(agent, "Tablet PC"))
		return DEVICE_TABLET;
	if (system == IOS || says(agent, "Mobi") || says(agent, "Windows Phone"))
		return DEVICE_MOBILE;
	if (says(agent, "TV") || says(agent, "CrKey"))
		return DEVICE_OTHER;
	if (system == ANDROID)
		return browser ? DEVICE_TABLET : DEVICE_MOBILE;
	return system && browser && browser != CURL ? DEVICE_DESKTOP : DEVICE_OTHER;
}

static struct device_facts searched_facts(struct view agent, struct view brands,
					  struct view platform, struct view mobile)
{
	struct device_facts facts = { 0 };

	agent = view_head(agent, 1024);
	facts.browser = family_of(view_head(brands, 1024), BRAND_NAMES, COUNT(BRAND_NAMES));
	if (!facts.browser)
		facts.browser = family_of(agent, BROWSERS, COUNT(BROWSERS));
	facts.os = family_of(platform, PLATFORM_NAMES, COUNT(PLATFORM_NAMES));
	if (!facts.os)
		facts.os = family_of(agent, SYSTEMS, COUNT(SYSTEMS));
	facts.type = searched_type(agent, mobile, facts.os, facts.browser);
	return facts;
}

/* In memory that ends where the text ends. */
static void assert_signs(struct view v)
{
	char *exact = mem_resize(NULL, v.len);
	uint64_t got, wanted;

	memcpy(exact, v.at, v.len);
	got = signs_in(view_make(exact, v.len));
	wanted = searched(v);
	ck_assert_msg(got == wanted, "%.*s: got %lx, wanted %lx", VIEW_ARG(v), (unsigned long)got,
		      (unsigned long)wanted);
	mem_free(exact);
}

/* Takes out, puts in, changes or cuts off; mostly something that a sign is made of. */
static size_t mutate(char text[LONGEST], size_t len)
{
	const char *sign = SIGNS[draw(SIGN_COUNT)];
	size_t at = draw((unsigned)len + 1), part = 1 + draw((unsigned)strlen(sign));

	switch (draw(6)) {
	case 0: /* some of a sign over what is there */
		if (at + part <= len)
			memcpy(text + at, sign, part);
		return len;
	case 1: /* a sign, or its beginning, in between */
		if (len + part > LONGEST)
			return len;
		memmove(text + at + part, text + at, len - at);
		memcpy(text + at, sign, part);
		return len + part;
	case 2:
		if (at < len)
			text[at] = (char)draw(256);
		return len;
	case 3:
		if (at < len)
			text[at] ^= (char)(1 << draw(8));
		return len;
	case 4:
		if (at + part > len)
			return len;
		memmove(text + at, text + at + part, len - at - part);
		return len - part;
	default:
		return draw(4) ? len : at;
	}
}

static void each_sign_is_found_wherever_it_stands(void)
{
	char text[64];

	for (unsigned i = 0; i < SIGN_COUNT; i++)
		for (size_t before = 0; before < 20; before++) {
			size_t len = strlen(SIGNS[i]);

			memset(text, '.', sizeof(text));
			memcpy(text + before, SIGNS[i], len);
			for (size_t n = 0; n <= before + len + 3; n++) {
				bool whole = n >= before + len;

				ck_assert_uint_eq(signs_in(view_make(text, n)) >> i & 1, whole);
				assert_signs(view_make(text, n));
			}
		}
	ck_assert_uint_eq(signs_in(VIEW_NONE), 0);
}

static void what_is_found_is_what_a_plain_search_finds(void)
{
	unsigned rounds = suite_is_sanitized() ? MUTATIONS / 8 : MUTATIONS;
	char text[LONGEST];

	for (size_t i = 0; i < COUNT(AGENTS); i++)
		for (unsigned round = 0; round < rounds; round++) {
			size_t len = strlen(AGENTS[i]);

			memcpy(text, AGENTS[i], len);
			assert_signs(view_make(text, len));
			for (unsigned n = 0; n < 12; n++) {
				len = mutate(text, len);
				assert_signs(view_make(text, len));
			}
		}
}

static void noise_of_the_letters_of_signs_is_no_sign_unless_it_is(void)
{
	unsigned rounds = suite_is_sanitized() ? 2000 : 50000;
	char text[200];

	for (unsigned round = 0; round < rounds; round++) {
		size_t len = draw(sizeof(text));

		for (size_t i = 0; i < len; i++) {
			const char *sign = SIGNS[draw(SIGN_COUNT)];

			text[i] = sign[draw((unsigned)strlen(sign))];
		}
		assert_signs(view_make(text, len));
	}
}

/* As lines of a head: without what would end one, and trimmed. */
static struct view as_value(const char *text, size_t len)
{
	char *copy = arena_alloc(&stage.arena, len + 1);

	for (size_t i = 0; i < len; i++)
		copy[i] = (text[i] >= 0 && text[i] < 0x20) || text[i] == 0x7f ? '.' : text[i];
	return view_trim(view_make(copy, len));
}

static void assert_facts(struct view agent, struct view brands, struct view platform,
			 struct view mobile)
{
	struct http_field fields[] = {
		{ .name = VIEW("User-Agent"), .value = agent, .known = HTTP_USER_AGENT },
		{ .name = VIEW("Sec-CH-UA"), .value = brands, .known = HTTP_SEC_CH_UA },
		{ .name = VIEW("Sec-CH-UA-Platform"),
		  .value = platform,
		  .known = HTTP_SEC_CH_UA_PLATFORM },
		{ .name = VIEW("Sec-CH-UA-Mobile"),
		  .value = mobile,
		  .known = HTTP_SEC_CH_UA_MOBILE },
	};
	struct http_head h = { .fields = fields, .n_fields = COUNT(fields), .present = UINT64_MAX };
	struct device_facts got, wanted = searched_facts(agent, brands, platform, mobile);

	agent_read(&h, &got);
	ck_assert_msg(memcmp(&got, &wanted, sizeof(got)) == 0,
		      "%.*s | %.*s | %.*s: got %u %u %u, wanted %u %u %u", VIEW_ARG(agent),
		      VIEW_ARG(brands), VIEW_ARG(platform), got.type, got.os, got.browser,
		      wanted.type, wanted.os, wanted.browser);
}

static void facts_are_those_of_a_plain_search(void)
{
	static const char *const MOBILES[] = { "", "?0", "?1", "?" };

	for (size_t i = 0; i < COUNT(AGENTS); i++)
		for (size_t b = 0; b < COUNT(BRANDS); b++)
			for (size_t p = 0; p < COUNT(PLATFORMS); p++)
				for (size_t m = 0; m < COUNT(MOBILES); m++)
					assert_facts(view_of(AGENTS[i]), view_of(BRANDS[b]),
						     view_of(PLATFORMS[p]), view_of(MOBILES[m]));
}

static struct view mutated(const char *text)
{
	char room[LONGEST];
	size_t len = strlen(text);

	memcpy(room, text, len);
	for (unsigned n = draw(6); n; n--)
		len = mutate(room, len);
	return as_value(room, len);
}

/* Long ones, too: of an agent's name no more than so much is read. */
static void facts_of_mutants_are_those_of_a_plain_search(void)
{
	unsigned rounds = suite_is_sanitized() ? 4000 : 60000;
	char padded[LONGEST];

	for (unsigned round = 0; round < rounds; round++) {
		const char *agent = AGENTS[draw(COUNT(AGENTS))];

		if (draw(8) == 0) {
			snprintf(padded, sizeof(padded), "%0*d%s", 900 + (int)draw(124), 0, agent);
			agent = padded;
		}
		assert_facts(mutated(agent), mutated(BRANDS[draw(COUNT(BRANDS))]),
			     mutated(PLATFORMS[draw(COUNT(PLATFORMS))]),
			     draw(3) ? VIEW("?0") : VIEW("?1"));
		arena_reset(&stage.arena);
	}
}

SUITE_MAIN_WITH("signs", setup, stage_teardown, each_sign_is_found_wherever_it_stands,
		what_is_found_is_what_a_plain_search_finds,
		noise_of_the_letters_of_signs_is_no_sign_unless_it_is,
		facts_are_those_of_a_plain_search, facts_of_mutants_are_those_of_a_plain_search)
