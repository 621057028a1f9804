/* words: what the tests of this room say often: a configuration that is good but for what is looked at. */
#pragma once

#include "suite.h"

#include "base/text.h"
#include "config/settings.h"

#include <stdio.h>
#include <string.h>

#define LISTEN "listen: [127.0.0.1:8080]\n"
#define ORIGIN "origin: { url: http://127.0.0.1:9000 }\n"
#define COOKIES "  session_cookies: [SID]\n"
#define ACCOUNT "  account: [response_header: Latch-Account]\n"
#define IDENTITY \
	"identity: { session_cookies: [SID],\n  account: [response_header: Latch-Account] }\n"
#define REDIRECTS \
	"redirect_urls: { new_account_url: https://a.example/new, logout_url: https://a.example/out }\n"
/* Five lines: what a test adds begins on the sixth. */
#define MINIMAL LISTEN ORIGIN IDENTITY REDIRECTS
/* The account's sources follow, indented by two. */
#define WITH_SOURCES LISTEN ORIGIN REDIRECTS "identity:\n" COOKIES "  account:\n"

enum { MESSAGES_BYTES = 1 << 20 };

/* The settings, or NULL, and what was said. */
static inline struct settings *read_yaml(struct view yaml, char ret_messages[MESSAGES_BYTES])
{
	struct text messages;
	struct settings *s;

	text_init(&messages, ret_messages, MESSAGES_BYTES - 1);
	s = settings_parse(yaml, "f", &messages);
	ret_messages[messages.len] = '\0';
	return s;
}

/* Settings that were read without a word. */
static inline struct settings *accepted(const char *yaml)
{
	static char messages[MESSAGES_BYTES];
	struct settings *s = read_yaml(view_of(yaml), messages);

	ck_assert_str_eq(messages, "");
	ck_assert_ptr_nonnull(s);
	return s;
}

/* What is said of a configuration that is refused. Overwritten by the next call. */
static inline const char *complaint_of_view(struct view yaml)
{
	static char messages[MESSAGES_BYTES];
	struct settings *s = read_yaml(yaml, messages);

	ck_assert_msg(!s, "it was accepted");
	return messages;
}

static inline const char *complaint(const char *yaml)
{
	return complaint_of_view(view_of(yaml));
}

/* What is said of a configuration that is accepted all the same. */
static inline const char *warning(const char *yaml)
{
	static char messages[MESSAGES_BYTES];
	struct settings *s = read_yaml(view_of(yaml), messages);

	ck_assert_msg(s != NULL, "%s", messages);
	settings_unref(&s);
	return messages;
}

/* The settings printed. Overwritten by the next call. */
static inline const char *printed(const struct settings *s)
{
	static char buffer[MESSAGES_BYTES];
	struct text t;

	text_init(&t, buffer, sizeof(buffer) - 1);
	settings_print(s, &t);
	buffer[t.len] = '\0';
	return buffer;
}

/* As ck_assert_str_eq, without the whole configuration in the message. */
#define ck_assert_said(said_, text_)                                                        \
	do {                                                                                \
		const char *said__ = (said_), *text__ = (text_);                            \
		ck_assert_msg(strcmp(said__, text__) == 0, "expected:\n%sbut it said:\n%s", \
			      text__, said__);                                              \
	} while (0)
#define ck_assert_has(text_, part_)                                                             \
	do {                                                                                    \
		const char *text__ = (text_), *part__ = (part_);                                \
		ck_assert_msg(strstr(text__, part__), "\"%s\" is not in:\n%s", part__, text__); \
	} while (0)
#define ck_assert_lacks(text_, part_)                                                        \
	do {                                                                                 \
		const char *text__ = (text_), *part__ = (part_);                             \
		ck_assert_msg(!strstr(text__, part__), "\"%s\" is in:\n%s", part__, text__); \
	} while (0)
