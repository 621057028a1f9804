#include "identity/agent.h"

/* The numbers are stored in states and compared with them: never give one another meaning. */
#define BROWSERS(X)                         \
	X(FIREFOX, 1, "Firefox")            \
	X(CHROME, 2, "Chrome")              \
	X(SAFARI, 3, "Safari")              \
	X(EDGE, 4, "Edge")                  \
	X(OPERA, 5, "Opera")                \
	X(SAMSUNG, 6, "Samsung Internet")   \
	X(EXPLORER, 7, "Internet Explorer") \
	X(YANDEX, 8, "Yandex Browser")      \
	X(UC, 9, "UC Browser")              \
	X(CURL, 10, "curl")
#define SYSTEMS(X)                  \
	X(WINDOWS, 1, "Windows")    \
	X(MACOS, 2, "macOS")        \
	X(LINUX, 3, "Linux")        \
	X(ANDROID, 4, "Android")    \
	X(IOS, 5, "iOS")            \
	X(CHROME_OS, 6, "ChromeOS") \
	X(BSD, 7, "BSD")

#define NUMBER(id, number, label) id = number,
enum { UNKNOWN = 0, BROWSERS(NUMBER) };
enum { SYSTEMS(NUMBER) };
#undef NUMBER

#define LABEL(id, number, label) [number] = label,
static const char *const BROWSER_LABELS[] = { BROWSERS(LABEL) };
static const char *const SYSTEM_LABELS[] = { SYSTEMS(LABEL) };
#undef LABEL

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct sign {
	const char *text;
	uint8_t family;
};

/* In the order in which they are looked for: most browsers also name those that they resemble. */
static const struct sign BROWSER_SIGNS[] = {
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
/* Brave and others that call themselves Chrome in User-Agent have no sign of their own, on
 * purpose. */
static const struct sign BRAND_SIGNS[] = {
	{ "\"Microsoft Edge\"", EDGE },
	{ "\"Opera\"", OPERA },
	{ "\"Samsung Internet\"", SAMSUNG },
	{ "\"YaBrowser\"", YANDEX },
	{ "\"Yandex\"", YANDEX },
	{ "\"Google Chrome\"", CHROME },
};
static const struct sign SYSTEM_SIGNS[] = {
	{ "Windows", WINDOWS }, { "Android", ANDROID }, { "iPhone", IOS },
	{ "iPad", IOS },        { "iPod", IOS },        { "CrOS", CHROME_OS },
	{ "Mac OS X", MACOS },  { "Macintosh", MACOS }, { "Linux", LINUX },
	{ "BSD", BSD },
};
static const struct sign PLATFORM_SIGNS[] = {
	{ "\"Windows\"", WINDOWS },       { "\"macOS\"", MACOS }, { "\"Linux\"", LINUX },
	{ "\"Android\"", ANDROID },       { "\"iOS\"", IOS },     { "\"Chrome OS\"", CHROME_OS },
	{ "\"Chromium OS\"", CHROME_OS },
};

static bool says(struct view v, const char *text)
{
	return view_find_view(v, view_of(text)) < v.len;
}

static uint8_t find_sign(struct view v, const struct sign *signs, size_t n)
{
	for (size_t i = 0; v.len && i < n; i++)
		if (says(v, signs[i].text))
			return signs[i].family;
	return UNKNOWN;
}

static uint8_t read_browser(struct view agent, struct view brands)
{
	uint8_t family = find_sign(brands, BRAND_SIGNS, COUNT(BRAND_SIGNS));

	return family ? family : find_sign(agent, BROWSER_SIGNS, COUNT(BROWSER_SIGNS));
}

static uint8_t read_system(struct view agent, struct view platform)
{
	uint8_t family = find_sign(platform, PLATFORM_SIGNS, COUNT(PLATFORM_SIGNS));

	return family ? family : find_sign(agent, SYSTEM_SIGNS, COUNT(SYSTEM_SIGNS));
}

/* Android calls phones "Mobile", and tablets by leaving the word out; only browsers do. */
static enum device_type read_type(struct view agent, struct view mobile, uint8_t system,
				  uint8_t browser)
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

/* The first language's primary subtag (RFC 9110 §12.5.4, RFC 5646 §2.2.1): browsers put the
 * preferred one first. */
static void read_language(struct view accepted, char ret_language[8])
{
	struct view v = view_trim(accepted);
	size_t n = 0;
	char c;

	memset(ret_language, 0, 8);
	while (n < v.len && n < 8 && (c = view_lower(v.at[n])) >= 'a' && c <= 'z')
		n++;
	if (n < 2 || n == 8 || (n < v.len && !memchr("-,; ", v.at[n], 4)))
		return;
	for (size_t i = 0; i < n; i++)
		ret_language[i] = view_lower(v.at[i]);
}

void agent_read(const struct http_head *request, struct device_facts *ret_facts)
{
	struct view agent = view_head(head_value(request, HTTP_USER_AGENT), 1024);
	struct view brands = view_head(head_value(request, HTTP_SEC_CH_UA), 1024);

	memset(ret_facts, 0, sizeof(*ret_facts));
	ret_facts->browser = read_browser(agent, brands);
	ret_facts->os = read_system(agent, head_value(request, HTTP_SEC_CH_UA_PLATFORM));
	ret_facts->type = (uint8_t)read_type(agent, head_value(request, HTTP_SEC_CH_UA_MOBILE),
					     ret_facts->os, ret_facts->browser);
	read_language(head_value(request, HTTP_ACCEPT_LANGUAGE), ret_facts->language);
}

static const char *label_of(uint8_t family, const char *const *labels, size_t n)
{
	return family < n ? labels[family] : NULL;
}

struct view agent_label(const struct device_facts *facts, struct arena *arena)
{
	const char *browser = label_of(facts->browser, BROWSER_LABELS, COUNT(BROWSER_LABELS));
	const char *system = label_of(facts->os, SYSTEM_LABELS, COUNT(SYSTEM_LABELS));

	if (!system)
		return browser ? view_of(browser) : VIEW("Unknown device");
	return arena_format(arena, "%s on %s", browser ? browser : "Unknown browser", system);
}
