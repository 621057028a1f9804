/* stage: settings, rules and heads for the tests of this room, written as literals. */
#pragma once

#include "suite.h"

#include "base/mem.h"
#include "identity/lesson.h"

enum { STAGE_NOW_MS = 1700000000 };
#define STAGE_MS ((int64_t)STAGE_NOW_MS * 1000)

/* One gateway per case: session cookies SESS and DW*, sources added by the case. */
struct stage {
	struct arena arena;
	struct settings settings;
	struct settings_cookie cookies[4];
	struct settings_source sources[6];
	struct url_address logout_paths[2];
	struct hmac_key *state_key, *device_keys[3];
	struct rules *rules;
	struct peer peer;
	struct identity_memo *memo;
};

static struct stage stage;

static char *stage_passwords[] = { (char[]){ "password" }, (char[]){ "pass" }, (char[]){ "pwd" },
				   (char[]){ "p" } };

static inline struct rules *stage_rules_of(struct settings *settings, size_t first_key,
					   size_t n_keys)
{
	const struct hmac_key *keys[3] = { stage.device_keys[0], stage.device_keys[1],
					   stage.device_keys[2] };

	return rules_create(settings, stage.state_key, keys + first_key, n_keys);
}

static inline void stage_setup(void)
{
	memset(&stage, 0, sizeof(stage));
	arena_init(&stage.arena, NULL, 0, 1 << 20);
	atomic_init(&stage.settings.refs, 1);
	stage.cookies[0] = (struct settings_cookie){ .name = mem_text("SESS") };
	stage.cookies[1] = (struct settings_cookie){ .name = mem_text("DW"), .prefix = true };
	stage.cookies[2] = (struct settings_cookie){ .name = mem_text("my_session") };
	stage.settings.identity.cookies = stage.cookies;
	stage.settings.identity.n_cookies = 3;
	stage.settings.identity.sources = stage.sources;
	stage.settings.identity.logout_paths = stage.logout_paths;
	stage.state_key = hmac_key_create(VIEW("state"));
	stage.device_keys[0] = hmac_key_create(VIEW("device one"));
	stage.device_keys[1] = hmac_key_create(VIEW("device two"));
	stage.device_keys[2] = hmac_key_create(VIEW("device three"));
	stage.rules = stage_rules_of(&stage.settings, 0, 2);
	stage.peer =
		(struct peer){ .address = { [10] = 0xff, 0xff, 192, 0, 2, 99 }, .https = true };
}

static inline void stage_teardown(void)
{
	identity_forget(&stage.memo);
	rules_destroy(&stage.rules);
	for (size_t i = 0; i < 3; i++)
		hmac_key_destroy(&stage.device_keys[i]);
	hmac_key_destroy(&stage.state_key);
	for (size_t i = 0; i < 3; i++)
		mem_free(stage.cookies[i].name);
	for (size_t i = 0; i < stage.settings.identity.n_sources; i++) {
		mem_free(stage.sources[i].name);
		mem_free(stage.sources[i].field);
		url_address_fini(&stage.sources[i].path);
	}
	for (size_t i = 0; i < stage.settings.identity.n_logout_paths; i++)
		url_address_fini(&stage.logout_paths[i]);
	arena_fini(&stage.arena);
}

static inline struct settings_source *stage_source(enum settings_source_kind kind, const char *name)
{
	struct settings_source *source = &stage.sources[stage.settings.identity.n_sources++];

	*source = (struct settings_source){ .kind = kind, .name = name ? mem_text(name) : NULL };
	return source;
}

static inline struct settings_source *stage_login_form(const char *address, const char *field)
{
	struct settings_source *source = stage_source(SOURCE_LOGIN_FORM, NULL);

	ck_assert_int_eq(url_address_parse(address, &source->path), 0);
	source->field = mem_text(field);
	source->password = (struct settings_texts){ stage_passwords, 4 };
	source->fold = true;
	return source;
}

static inline void stage_logout_path(const char *address)
{
	ck_assert_int_eq(
		url_address_parse(address,
				  &stage.logout_paths[stage.settings.identity.n_logout_paths++]),
		0);
}

static const struct http_limits STAGE_LIMITS = { .max_head_bytes = 65536,
						 .max_target_bytes = 16384,
						 .max_fields = 100 };

static inline struct http_head stage_head(const char *text, bool response)
{
	struct view bytes = arena_copy(&stage.arena, view_of(text));
	struct http_head h;

	ck_assert_ptr_nonnull(bytes.at);
	if (response)
		ck_assert_int_eq(head_parse_response(bytes, &STAGE_LIMITS, &stage.arena, &h), 0);
	else
		ck_assert_int_eq(head_parse_request(bytes, &STAGE_LIMITS, &stage.arena, &h), 0);
	return h;
}

/* Lines after the request line, each with its CRLF. */
#define stage_get(lines) stage_head("GET / HTTP/1.1\r\nHost: a\r\n" lines "\r\n", false)
#define stage_request(line, lines) stage_head(line " HTTP/1.1\r\nHost: a\r\n" lines "\r\n", false)
#define stage_response(status, lines) stage_head("HTTP/1.1 " status " X\r\n" lines "\r\n", true)

static inline struct identity stage_read(const struct http_head *request)
{
	struct identity who;

	ck_assert(identity_read(stage.rules, request, &stage.peer, STAGE_MS, NULL, &stage.arena,
				&who));
	return who;
}

static inline struct identity stage_read_memo(const struct http_head *request)
{
	struct identity who;

	ck_assert(identity_read(stage.rules, request, &stage.peer, STAGE_MS, &stage.memo,
				&stage.arena, &who));
	return who;
}

/* The Cookie lines (joined with "|") and all other fields are looked at as the origin would. */
static inline struct view stage_sent(const struct http_head *request, enum http_name name)
{
	struct text t;
	char *at = arena_alloc(&stage.arena, 4096);
	const struct http_field *f;
	size_t from = 0;

	ck_assert_ptr_nonnull(at);
	text_init(&t, at, 4096);
	while ((f = head_find(request, name, &from))) {
		if (t.len)
			text_putc(&t, '|');
		text_put(&t, f->value);
	}
	ck_assert(!t.overflow);
	return text_view(&t);
}

#define stage_assert_text(v_, wanted)                                                              \
	do {                                                                                       \
		struct view got_ = (v_), want_ = view_of(wanted);                                  \
		ck_assert_msg(view_is(got_, want_), "got \"%.*s\", wanted \"%s\"", VIEW_ARG(got_), \
			      wanted);                                                             \
	} while (0)

#define stage_is_same_key(a, b) (memcmp((a).bytes, (b).bytes, ID_BYTES) == 0)

/* The value of a device cookie, with its name, as a browser sends it back. */
static inline const char *stage_device_cookie(const struct rules *rules,
					      const struct device_id *device, bool https,
					      int64_t now_ms)
{
	struct view line = device_cookie_make(rules, device, https, now_ms, &stage.arena);

	line = view_head(line, view_find(line, ';'));
	return arena_format(&stage.arena, "%.*s", VIEW_ARG(line)).at;
}
