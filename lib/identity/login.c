#include "identity/login.h"

#include "identity/fold.h"
#include "identity/rules_inside.h"

struct login {
	const struct rules *rules;
	const struct http_head *request;
	struct arena *arena;
	struct url_path path;
	struct form *form;
	bool finished;
	size_t n_fields;
	struct form_field fields[FORM_MAX_FIELDS];
};

/* -- which fields are wanted -- */

static size_t index_of(const struct login *l, struct view name)
{
	size_t i = 0;

	while (i < l->n_fields && !view_is(l->fields[i].name, name))
		i++;
	return i;
}

/* A name that one source reads and another takes for a password must be readable. */
static bool want(struct login *l, const char *name, bool secret)
{
	size_t i = index_of(l, view_of(name));

	if (i == FORM_MAX_FIELDS)
		return false;
	if (i == l->n_fields)
		l->fields[l->n_fields++] =
			(struct form_field){ .name = view_of(name), .secret = true };
	l->fields[i].secret = l->fields[i].secret && secret;
	return true;
}

static bool want_params(struct login *l, const struct url_param *params, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!want(l, params[i].name, false))
			return false;
	return true;
}

static bool want_source(struct login *l, const struct settings_source *source)
{
	for (size_t i = 0; i < source->password.n; i++)
		if (!want(l, source->password.at[i], true))
			return false;
	return want_params(l, source->path.params, source->path.n_params) &&
	       want_params(l, source->when, source->n_when) && want(l, source->field, false);
}

static bool is_addressed(const struct login *l, const struct url_address *address)
{
	return url_path_is_at(address, &l->path);
}

static bool is_login_at(const struct login *l, const struct settings_source *source)
{
	return source->kind == SOURCE_LOGIN_FORM && is_addressed(l, &source->path);
}

/* False: nothing here is wanted. */
static bool want_all(struct login *l)
{
	const struct settings_identity *identity = &l->rules->settings->identity;

	for (size_t i = 0; i < identity->n_sources; i++) {
		size_t before = l->n_fields;

		if (is_login_at(l, &identity->sources[i]) && !want_source(l, &identity->sources[i]))
			l->n_fields = before;
	}
	for (size_t i = 0; i < identity->n_logout_paths; i++) {
		const struct url_address *address = &identity->logout_paths[i];
		size_t before = l->n_fields;

		if (address->n_params && is_addressed(l, address) &&
		    !want_params(l, address->params, address->n_params))
			l->n_fields = before;
	}
	return l->n_fields > 0;
}

/* Some go by the first line, some by the last. */
static bool has_two_types(const struct http_head *h)
{
	size_t from = 0;

	head_find(h, HTTP_CONTENT_TYPE, &from);
	return head_find(h, HTTP_CONTENT_TYPE, &from);
}

/* Compressed, as a browser sends no form. Some applications undo that, and we do not. */
static bool is_coded(const struct http_head *h)
{
	for (size_t i = 0; i < h->n_fields; i++) {
		const struct http_field *f = &h->fields[i];

		if (!f->dropped && f->value.len &&
		    name_is_alike(f->name, VIEW("Content-Encoding")) &&
		    !view_is_nocase(f->value, VIEW("identity")))
			return true;
	}
	return false;
}

/* Whoever reads the body in another way reads other fields. */
static void doubt(struct login *l)
{
	if (!has_two_types(l->request) && (form_is_guess(l->form) || !is_coded(l->request)))
		return;
	for (size_t i = 0; i < l->n_fields; i++)
		l->fields[i].conflicting = true;
}

/* Django and Flask take `post` for POST; others whatever a field X-HTTP-Method-Override says, on any request that has a
 * body. */
static bool may_log_in(const struct http_head *request)
{
	const uint64_t framing =
		UINT64_C(1) << HTTP_CONTENT_LENGTH | UINT64_C(1) << HTTP_TRANSFER_ENCODING;

	return request->method_id == HTTP_POST || request->present & framing ||
	       (request->method_id == HTTP_METHOD_OTHER &&
		view_is_nocase(request->method, VIEW("POST")));
}

struct login *login_open(const struct rules *r, const struct http_head *request,
			 struct arena *arena, bool *ret_full)
{
	struct login first = { .rules = r, .request = request, .arena = arena }, *l;

	*ret_full = false;
	if (!may_log_in(request))
		return NULL;
	*ret_full = !url_path_read(request->path, arena, &first.path);
	if (*ret_full || !want_all(&first))
		return NULL;
	l = arena_alloc(arena, sizeof(*l));
	if (!l) {
		*ret_full = true;
		return NULL;
	}
	*l = first;
	l->form = form_open(head_value(request, HTTP_CONTENT_TYPE), l->fields, l->n_fields, arena,
			    ret_full);
	if (*ret_full)
		return NULL;
	doubt(l);
	form_take_query(l->fields, l->n_fields, request->query, arena);
	return l;
}

void login_feed(struct login *l, struct view bytes)
{
	if (!l->finished)
		form_feed(l->form, bytes);
}

/* -- what was sent -- */

/* NULL: no source that fitted wants it. */
static const struct form_field *find_field(const struct login *l, const char *name)
{
	size_t i = index_of(l, view_of(name));

	return i < l->n_fields ? &l->fields[i] : NULL;
}

static bool has_value(const struct login *l, const struct url_param *param, bool conflict_counts)
{
	const struct form_field *field = find_field(l, param->name);

	if (!field)
		return false;
	return (conflict_counts && field->conflicting) ||
	       (field->key.at && view_is_nocase(view_trim(field->key), view_of(param->value))) ||
	       (field->present && view_is_nocase(view_trim(field->value), view_of(param->value)));
}

static bool have_values(const struct login *l, const struct url_param *params, size_t n,
			bool conflict_counts)
{
	for (size_t i = 0; i < n; i++)
		if (!has_value(l, &params[i], conflict_counts))
			return false;
	return true;
}

/* With `conflict_counts`: whether some reader of the same bytes could see a login here. */
static bool is_meant(const struct login *l, const struct settings_source *source,
		     bool conflict_counts)
{
	return is_login_at(l, source) && find_field(l, source->field) &&
	       have_values(l, source->path.params, source->path.n_params, conflict_counts) &&
	       have_values(l, source->when, source->n_when, conflict_counts);
}

/* Of a field that can be read in two ways, one reader may find it although we did not. */
static bool may_be_there(const struct form_field *field)
{
	return field->present || field->conflicting;
}

/* The first of the names that is there. One that is also the user's field is the user's. */
static const struct form_field *find_password(const struct login *l,
					      const struct settings_source *source)
{
	for (size_t i = 0; i < source->password.n; i++) {
		const struct form_field *field = find_field(l, source->password.at[i]);

		if (field && may_be_there(field) &&
		    strcmp(source->password.at[i], source->field) != 0)
			return field;
	}
	return NULL;
}

static bool is_conflicting(const struct login *l, const struct url_param *params, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (find_field(l, params[i].name)->conflicting)
			return true;
	return false;
}

/* JSON beyond what is read, at an address where nothing else is missing for a login. */
static bool is_unread(const struct login *l, const struct settings_source *source)
{
	return form_is_unread(l->form) && is_meant(l, source, false);
}

/* Two readers could disagree about who logs in here. What no reader takes for a login may be
 * ambiguous. */
static bool is_contested(const struct login *l, const struct settings_source *source)
{
	const struct form_field *user, *password;

	if (!is_meant(l, source, true))
		return false;
	user = find_field(l, source->field);
	password = find_password(l, source);
	if (!may_be_there(user) || !password)
		return false;
	return user->conflicting || user->too_long || user->key.at || password->key.at ||
	       fold_has_control(user->value, source->fold) || password->conflicting ||
	       is_conflicting(l, source->path.params, source->path.n_params) ||
	       is_conflicting(l, source->when, source->n_when);
}

bool login_finish(struct login *l)
{
	const struct settings_identity *identity = &l->rules->settings->identity;

	if (l->finished)
		return true;
	form_finish(l->form);
	l->finished = true;
	for (size_t i = 0; i < identity->n_sources; i++)
		if (is_contested(l, &identity->sources[i]) || is_unread(l, &identity->sources[i]))
			return false;
	return true;
}

void login_close(struct login **l)
{
	if (!*l)
		return;
	form_close(&(*l)->form);
	for (size_t i = 0; i < (*l)->n_fields; i++)
		explicit_bzero(&(*l)->fields[i].mark, sizeof((*l)->fields[i].mark));
	*l = NULL;
}

bool login_attempt_at(const struct login *l, size_t source, struct login_attempt *ret_attempt)
{
	const struct settings_source *s = &l->rules->settings->identity.sources[source];
	const struct form_field *user, *password;

	if (!l->finished || !is_meant(l, s, false))
		return false;
	user = find_field(l, s->field);
	password = find_password(l, s);
	*ret_attempt = (struct login_attempt){
		.has_user = user->present && user->not_empty,
		.has_password = password && password->not_empty,
		.user = user->value,
	};
	return true;
}

bool login_is_logout(const struct login *l)
{
	const struct settings_identity *identity = &l->rules->settings->identity;

	for (size_t i = 0; l->finished && i < identity->n_logout_paths; i++) {
		const struct url_address *address = &identity->logout_paths[i];

		if (address->n_params && is_addressed(l, address) &&
		    have_values(l, address->params, address->n_params, true))
			return true;
	}
	return false;
}
