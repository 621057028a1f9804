/* name: the field names that somebody asks for, and how a name off the wire is recognised as one
 * of them. Says nothing about values. Pure. Any thread. */
#pragma once

#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

/* Fields that somebody asks for by name. A row: enumerator, canonical spelling. */
#define HTTP_NAME_TABLE(X)                            \
	X(ACCEPT, "Accept")                           \
	X(ACCEPT_LANGUAGE, "Accept-Language")         \
	X(ALT_SVC, "Alt-Svc")                         \
	X(AUTHORIZATION, "Authorization")             \
	X(CACHE_CONTROL, "Cache-Control")             \
	X(CDN_CACHE_CONTROL, "CDN-Cache-Control")     \
	X(CONNECTION, "Connection")                   \
	X(CONTENT_LENGTH, "Content-Length")           \
	X(CONTENT_TYPE, "Content-Type")               \
	X(COOKIE, "Cookie")                           \
	X(DATE, "Date")                               \
	X(EXPECT, "Expect")                           \
	X(FORWARDED, "Forwarded")                     \
	X(HOST, "Host")                               \
	X(HTTP2_SETTINGS, "HTTP2-Settings")           \
	X(KEEP_ALIVE, "Keep-Alive")                   \
	X(LOCATION, "Location")                       \
	X(ORIGIN, "Origin")                           \
	X(PATH_INFO, "PATH_INFO")                     \
	X(PROXY_AUTHENTICATE, "Proxy-Authenticate")   \
	X(PROXY_AUTHORIZATION, "Proxy-Authorization") \
	X(PROXY_CONNECTION, "Proxy-Connection")       \
	X(REFERER, "Referer")                         \
	X(SCRIPT_NAME, "SCRIPT_NAME")                 \
	X(SEC_CH_UA, "Sec-CH-UA")                     \
	X(SEC_CH_UA_MOBILE, "Sec-CH-UA-Mobile")       \
	X(SEC_CH_UA_PLATFORM, "Sec-CH-UA-Platform")   \
	X(SEC_FETCH_DEST, "Sec-Fetch-Dest")           \
	X(SEC_FETCH_MODE, "Sec-Fetch-Mode")           \
	X(SEC_FETCH_SITE, "Sec-Fetch-Site")           \
	X(SET_COOKIE, "Set-Cookie")                   \
	X(SURROGATE_CONTROL, "Surrogate-Control")     \
	X(TE, "TE")                                   \
	X(TRAILER, "Trailer")                         \
	X(TRANSFER_ENCODING, "Transfer-Encoding")     \
	X(UPGRADE, "Upgrade")                         \
	X(USER_AGENT, "User-Agent")                   \
	X(X_FORWARDED_FOR, "X-Forwarded-For")         \
	X(X_FORWARDED_HOST, "X-Forwarded-Host")       \
	X(X_FORWARDED_PROTO, "X-Forwarded-Proto")     \
	X(X_ORIGINAL_URL, "X-Original-URL")           \
	X(X_REAL_IP, "X-Real-IP")                     \
	X(X_REQUEST_ID, "X-Request-Id")               \
	X(X_REQUESTED_WITH, "X-Requested-With")       \
	X(X_REWRITE_URL, "X-Rewrite-URL")             \
	X(LATCH_ACCOUNT, "Latch-Account")             \
	X(LATCH_EMAIL, "Latch-Email")                 \
	X(LATCH_PHONE, "Latch-Phone")                 \
	X(LATCH_DEVICE_LIMIT, "Latch-Device-Limit")   \
	X(LATCH_GROUPS, "Latch-Groups")               \
	X(LATCH_METADATA, "Latch-Metadata")           \
	X(LATCH_EVENT, "Latch-Event")                 \
	X(LATCH_OTHER, "Latch-*") /* any other name that begins so */

enum http_name {
	HTTP_UNKNOWN,
#define HTTP_NAME_ENUM(id, spelling) HTTP_##id,
	HTTP_NAME_TABLE(HTTP_NAME_ENUM)
#undef HTTP_NAME_ENUM
		HTTP_NAME_COUNT
};

/* The known name that this token spells, in any case. For Latch-*, X-Forwarded-*, X-Real-IP,
 * X-Request-Id, X-Original-URL and its kin, Content-Length, Content-Type and Transfer-Encoding also names that a CGI-like
 * origin cannot tell from them, because it reads whatever is no letter or digit as `_`:
 * X_Forwarded_For, Latch.Account; *ret_alike says so. HTTP_UNKNOWN for all others. */
enum http_name name_recognise(struct view name, bool *ret_alike);
/* Equal when letters are folded and whatever is no letter or digit counts as `-`. */
bool name_is_alike(struct view a, struct view b);
/* RFC 9110 §5.6.2 */
extern const bool name_token_bytes[256];
static inline bool name_is_token_byte(char c)
{
	return name_token_bytes[(uint8_t)c];
}
/* The canonical spelling of a known name. */
struct view name_spelling(enum http_name name);
