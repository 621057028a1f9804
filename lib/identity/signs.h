/* signs: which of the words that tell browsers, systems and types of device apart occur in a text, all of them in one
 * pass over it. What they mean together says agent.h. Pure. Any thread. */
#pragma once

#include "base/view.h"

/* X(arg, id, first byte, second byte, text, family): the bytes once more, because a table cannot be made from a text's.
 * Of one kind those that count first stand first: most browsers also name those that they resemble. */
#define SIGNS_OF_BROWSERS(X, arg)                             \
	X(arg, EDG, 'E', 'd', "Edg/", EDGE)                   \
	X(arg, EDG_ANDROID, 'E', 'd', "EdgA/", EDGE)          \
	X(arg, EDG_IOS, 'E', 'd', "EdgiOS/", EDGE)            \
	X(arg, EDGE, 'E', 'd', "Edge/", EDGE)                 \
	X(arg, OPR, 'O', 'P', "OPR/", OPERA)                  \
	X(arg, OPERA, 'O', 'p', "Opera", OPERA)               \
	X(arg, OPT, 'O', 'P', "OPT/", OPERA)                  \
	X(arg, SAMSUNG, 'S', 'a', "SamsungBrowser/", SAMSUNG) \
	X(arg, YANDEX, 'Y', 'a', "YaBrowser/", YANDEX)        \
	X(arg, UC, 'U', 'C', "UCBrowser/", UC)                \
	X(arg, FIREFOX, 'F', 'i', "Firefox/", FIREFOX)        \
	X(arg, FIREFOX_IOS, 'F', 'x', "FxiOS/", FIREFOX)      \
	X(arg, CHROME, 'C', 'h', "Chrome/", CHROME)           \
	X(arg, CHROME_IOS, 'C', 'r', "CriOS/", CHROME)        \
	X(arg, SAFARI, 'S', 'a', "Safari/", SAFARI)           \
	X(arg, MSIE, 'M', 'S', "MSIE ", EXPLORER)             \
	X(arg, TRIDENT, 'T', 'r', "Trident/", EXPLORER)       \
	X(arg, CURL, 'c', 'u', "curl/", CURL)
#define SIGNS_OF_SYSTEMS(X, arg)                        \
	X(arg, WINDOWS, 'W', 'i', "Windows", WINDOWS)   \
	X(arg, ANDROID, 'A', 'n', "Android", ANDROID)   \
	X(arg, IPHONE, 'i', 'P', "iPhone", IOS)         \
	X(arg, IPAD, 'i', 'P', "iPad", IOS)             \
	X(arg, IPOD, 'i', 'P', "iPod", IOS)             \
	X(arg, CROS, 'C', 'r', "CrOS", CHROME_OS)       \
	X(arg, MAC_OS_X, 'M', 'a', "Mac OS X", MACOS)   \
	X(arg, MACINTOSH, 'M', 'a', "Macintosh", MACOS) \
	X(arg, LINUX, 'L', 'i', "Linux", LINUX)         \
	X(arg, BSD, 'B', 'S', "BSD", BSD)
/* Brave and others that call themselves Chrome in User-Agent have no sign of their own, on purpose. */
#define SIGNS_OF_BRANDS(X, arg)                                          \
	X(arg, BRAND_EDGE, '"', 'M', "\"Microsoft Edge\"", EDGE)         \
	X(arg, BRAND_OPERA, '"', 'O', "\"Opera\"", OPERA)                \
	X(arg, BRAND_SAMSUNG, '"', 'S', "\"Samsung Internet\"", SAMSUNG) \
	X(arg, BRAND_YA, '"', 'Y', "\"YaBrowser\"", YANDEX)              \
	X(arg, BRAND_YANDEX, '"', 'Y', "\"Yandex\"", YANDEX)             \
	X(arg, BRAND_CHROME, '"', 'G', "\"Google Chrome\"", CHROME)
#define SIGNS_OF_PLATFORMS(X, arg)                                 \
	X(arg, ON_WINDOWS, '"', 'W', "\"Windows\"", WINDOWS)       \
	X(arg, ON_MACOS, '"', 'm', "\"macOS\"", MACOS)             \
	X(arg, ON_LINUX, '"', 'L', "\"Linux\"", LINUX)             \
	X(arg, ON_ANDROID, '"', 'A', "\"Android\"", ANDROID)       \
	X(arg, ON_IOS, '"', 'i', "\"iOS\"", IOS)                   \
	X(arg, ON_CHROME_OS, '"', 'C', "\"Chrome OS\"", CHROME_OS) \
	X(arg, ON_CHROMIUM_OS, '"', 'C', "\"Chromium OS\"", CHROME_OS)
#define SIGNS_OF_TYPES(X, arg)                                    \
	X(arg, TABLET, 'T', 'a', "Tablet", UNKNOWN)               \
	X(arg, TABLET_PC, 'T', 'a', "Tablet PC", UNKNOWN)         \
	X(arg, PLAYBOOK, 'P', 'l', "PlayBook", UNKNOWN)           \
	X(arg, SILK, 'S', 'i', "Silk/", UNKNOWN)                  \
	X(arg, KINDLE, 'K', 'i', "Kindle", UNKNOWN)               \
	X(arg, MOBI, 'M', 'o', "Mobi", UNKNOWN)                   \
	X(arg, WINDOWS_PHONE, 'W', 'i', "Windows Phone", UNKNOWN) \
	X(arg, TV, 'T', 'V', "TV", UNKNOWN)                       \
	X(arg, CRKEY, 'C', 'r', "CrKey", UNKNOWN)
#define SIGNS_TABLE(X, arg)        \
	SIGNS_OF_BROWSERS(X, arg)  \
	SIGNS_OF_SYSTEMS(X, arg)   \
	SIGNS_OF_BRANDS(X, arg)    \
	SIGNS_OF_PLATFORMS(X, arg) \
	SIGNS_OF_TYPES(X, arg)

enum sign {
#define SIGNS_ENUM(arg, id, first, second, text, family) SIGN_##id,
	SIGNS_TABLE(SIGNS_ENUM, )
#undef SIGNS_ENUM
		SIGN_COUNT
};

#define SIGNS_ONE(id) (UINT64_C(1) << SIGN_##id)
#define SIGNS_BIT(arg, id, ...) | SIGNS_ONE(id)
/* A kind's bits: SIGNS_BITS(SIGNS_OF_BROWSERS). */
#define SIGNS_BITS(kind) (UINT64_C(0) kind(SIGNS_BIT, ))

/* Bit SIGN_x: that sign's text occurs. */
uint64_t signs_in(struct view v);
