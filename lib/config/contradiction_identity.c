#include "config/contradiction_inside.h"

#include "http/form.h"

#include <stdio.h>

/* Whether one cookie could be meant by both. */
static bool overlap(struct view a, bool a_is_prefix, struct view b, bool b_is_prefix)
{
	return view_is(a, b) || (a_is_prefix && view_starts(b, a)) ||
	       (b_is_prefix && view_starts(a, b));
}

/* Whether every cookie that `later` names is named by `earlier` already, and goes by what that says. */
static bool is_shadowed(const struct settings_cookie *earlier, const struct settings_cookie *later)
{
	return later->name && earlier->name && earlier->prefix &&
	       view_starts(view_of(later->name), view_of(earlier->name));
}

static void check_cookies(const struct contradiction *c)
{
	const struct settings_identity *identity = &c->s->identity;
	char path[CONTRADICTION_PATH_BYTES];

	for (size_t i = 0; i < identity->n_cookies; i++)
		for (size_t j = 0; j < i; j++) {
			const struct settings_cookie *a = &identity->cookies[i],
						     *b = &identity->cookies[j];

			snprintf(path, sizeof(path), "identity.session_cookies[%zu]", i);
			if (contradiction_is_one(a->name, b->name) && a->prefix == b->prefix)
				contradiction_complain(c, path, "named twice");
			else if (a->seal != b->seal && is_shadowed(b, a))
				contradiction_complain(
					c, path,
					"named by [%zu] already, which says something else of seal",
					j);
		}
}

static void check_parameters(const struct contradiction *c)
{
	const struct settings_texts *names = &c->s->identity.parameters;
	char path[CONTRADICTION_PATH_BYTES];

	for (size_t i = 0; i < names->n; i++)
		for (size_t j = 0; j < i; j++) {
			if (!names->at[i] || !names->at[j] ||
			    strcasecmp(names->at[i], names->at[j]) != 0)
				continue;
			snprintf(path, sizeof(path), "identity.session_parameters[%zu]", i);
			contradiction_complain(c, path,
					       "named twice: letter case makes no difference here");
		}
}

static bool is_session_cookie(const struct settings_identity *identity, const char *pattern)
{
	struct view v = view_of(pattern);
	bool is_prefix = view_ends(v, VIEW("*"));

	v.len -= is_prefix;
	for (size_t i = 0; i < identity->n_cookies; i++)
		if (overlap(v, is_prefix, view_of(identity->cookies[i].name),
			    identity->cookies[i].prefix))
			return true;
	return false;
}

/* Where a failed login answers as a good one does, whoever tries a name is taken for its owner. */
static void warn_of_credulity(const struct contradiction *c, const struct settings_success *success,
			      const char *below)
{
	char path[CONTRADICTION_PATH_BYTES + sizeof(".login_form.success")];

	if (success->status || success->location || success->not_location || success->sets_cookie)
		return;
	snprintf(path, sizeof(path), "%s.login_form.success", below);
	contradiction_warn(
		c, path,
		success->sets_cookie_none
			? "every attempt counts as a login: say status, location or not_location"
			: "a failed attempt that gets a session cookie counts as a login: say status, location or "
			  "not_location");
}

static void check_success(const struct contradiction *c, const struct settings_success *success,
			  const char *path)
{
	if (success->location && success->not_location &&
	    view_starts(view_of(success->location), view_of(success->not_location)))
		contradiction_complain(
			c, path,
			"success.location begins with success.not_location: no login could succeed");
	if (success->sets_cookie && c->s->identity.n_cookies &&
	    !is_session_cookie(&c->s->identity, success->sets_cookie))
		contradiction_complain(c, path,
				       "success.sets_cookie is none of identity.session_cookies");
	warn_of_credulity(c, success, path);
}

static void check_login(const struct contradiction *c, const struct settings_source *source,
			const char *path)
{
	size_t fields = source->n_when + source->password.n + source->path.n_params + 1;

	for (size_t i = 0; i < source->password.n; i++)
		if (contradiction_is_one(source->field, source->password.at[i]))
			contradiction_complain(c, path, "field and password are the same field");
	for (size_t i = 0; i < source->n_when; i++)
		if (contradiction_is_one(source->field, source->when[i].name))
			contradiction_complain(
				c, path, "field is named in when: there would be one account only");
	if (fields > FORM_MAX_FIELDS)
		contradiction_complain(c, path, "asks for more than %d fields", FORM_MAX_FIELDS);
	check_success(c, &source->success, path);
}

static void check_request_header(const struct contradiction *c,
				 const struct settings_source *source, const char *path)
{
	if (!c->s->trusted_proxies.n)
		contradiction_warn(
			c, path,
			"request_header is believed from trusted_proxies only, and there are none");
	if (contradiction_is_ours(source->name))
		contradiction_complain(
			c, path, "Latch-* headers of requests are dropped, whoever sends them");
}

static const char *binding_key(enum settings_source_kind kind)
{
	switch (kind) {
	case SOURCE_RESPONSE_HEADER:
		return "response_header";
	case SOURCE_LOGIN_FORM:
		return "login_form";
	case SOURCE_SET_COOKIE:
		return "set_cookie";
	default:
		return NULL;
	}
}

static void check_sources(const struct contradiction *c)
{
	const struct settings_identity *identity = &c->s->identity;

	for (size_t i = 0; i < identity->n_sources; i++) {
		const struct settings_source *source = &identity->sources[i];
		const char *binds = binding_key(source->kind);
		char path[CONTRADICTION_PATH_BYTES];

		snprintf(path, sizeof(path), "identity.account[%zu]", i);
		/* An entry that could not be read has no kind. */
		if (!source->name && !source->field && !source->path.text)
			continue;
		if (binds && !identity->n_cookies)
			contradiction_complain(
				c, path,
				"%s tells whose session it is, and identity.session_cookies names none",
				binds);
		if (source->kind == SOURCE_LOGIN_FORM)
			check_login(c, source, path);
		else if (source->kind == SOURCE_REQUEST_HEADER)
			check_request_header(c, source, path);
	}
}

void contradiction_check_identity(const struct contradiction *c)
{
	check_cookies(c);
	check_parameters(c);
	check_sources(c);
}
