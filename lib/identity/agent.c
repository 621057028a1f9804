#include "identity/agent.h"

#include "identity/signs.h"

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

#define FAMILY(arg, id, first, second, text, family) [SIGN_##id] = family,
static const uint8_t FAMILIES[SIGN_COUNT] = { SIGNS_TABLE(FAMILY, ) };
#undef FAMILY

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What the first of these signs stands for. */
static uint8_t family_of(uint64_t signs)
{
	return signs ? FAMILIES[__builtin_ctzll(signs)] : UNKNOWN;
}

static uint8_t read_browser(uint64_t agent, struct view brands)
{
	uint8_t family = family_of(signs_in(brands) & SIGNS_BITS(SIGNS_OF_BRANDS));

	return family ? family : family_of(agent & SIGNS_BITS(SIGNS_OF_BROWSERS));
}

static uint8_t read_system(uint64_t agent, struct view platform)
{
	uint8_t family = family_of(signs_in(platform) & SIGNS_BITS(SIGNS_OF_PLATFORMS));

	return family ? family : family_of(agent & SIGNS_BITS(SIGNS_OF_SYSTEMS));
}

/* Android calls phones "Mobile", and tablets by leaving the word out; only browsers do. */
static enum device_type read_type(uint64_t agent, struct view mobile, uint8_t system,
				  uint8_t browser)
{
	const uint64_t tablet = SIGNS_ONE(IPAD) | SIGNS_ONE(TABLET) | SIGNS_ONE(PLAYBOOK) |
				SIGNS_ONE(SILK) | SIGNS_ONE(KINDLE);
	const uint64_t phone = SIGNS_ONE(MOBI) | SIGNS_ONE(WINDOWS_PHONE);

	if (view_is(mobile, VIEW("?1")))
		return DEVICE_MOBILE;
	if ((agent & tablet) && !(agent & SIGNS_ONE(TABLET_PC)))
		return DEVICE_TABLET;
	if (system == IOS || (agent & phone))
		return DEVICE_MOBILE;
	if (agent & (SIGNS_ONE(TV) | SIGNS_ONE(CRKEY)))
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
	uint64_t agent = signs_in(view_head(head_value(request, HTTP_USER_AGENT), 1024));
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
