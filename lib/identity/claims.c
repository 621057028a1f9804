#include "identity/claims.h"

#include "base/json.h"
#include "identity/fold.h"

enum { MAX_EMAIL_BYTES = 254, MIN_PHONE_DIGITS = 7, MAX_PHONE_DIGITS = 15 };

#define BIT(name) (UINT64_C(1) << (name))

/* Sanity, not grammar: one `@` with something on both sides, and nothing that could become part of
 * a mail's head. */
static bool is_email(struct view v)
{
	size_t at = view_find(v, '@');

	if (v.len > MAX_EMAIL_BYTES || at == 0 || at + 1 >= v.len ||
	    view_find(view_from(v, at + 1), '@') + at + 1 < v.len)
		return false;
	for (size_t i = 0; i < v.len; i++)
		if (memchr(" \t,;:<>()[]\\\"", v.at[i], 13))
			return false;
	return fold_is_text(v);
}

/* E.164: a plus and digits, the first of them no zero. */
static bool is_phone(struct view v)
{
	if (v.len < MIN_PHONE_DIGITS + 1 || v.len > MAX_PHONE_DIGITS + 1 || v.at[0] != '+' ||
	    v.at[1] == '0')
		return false;
	for (size_t i = 1; i < v.len; i++)
		if (v.at[i] < '0' || v.at[i] > '9')
			return false;
	return true;
}

static bool is_metadata(struct view v)
{
	json_t *value = v.len <= CLAIMS_MAX_METADATA_BYTES ? json_read(v) : NULL;
	bool is_object = json_is_object(value);

	json_decref(value);
	return is_object;
}

static struct view take_if(const struct http_head *response, enum http_name name,
			   bool (*is_in_form)(struct view v))
{
	struct view v = head_value(response, name);

	return v.len && is_in_form(v) ? v : VIEW_NONE;
}

/* Every line, since a list may stand on several (RFC 9110 §5.3), without empty elements and white
 * space. */
static void write_groups(const struct http_head *response, struct text *t)
{
	const struct http_field *f;
	struct view rest, group;
	size_t from = 0;

	while ((f = head_find(response, HTTP_LATCH_GROUPS, &from)))
		for (rest = f->value; view_split(&rest, ',', &group);) {
			group = view_trim(group);
			if (!group.len || !fold_is_text(group))
				continue;
			if (t->len)
				text_putc(t, ',');
			text_put(t, group);
		}
}

static bool read_groups(const struct http_head *response, struct arena *arena,
			struct lesson *lesson)
{
	char room[CLAIMS_MAX_GROUPS_BYTES];
	struct text t;

	if (!(response->present & BIT(HTTP_LATCH_GROUPS)))
		return true;
	text_init(&t, room, sizeof(room));
	write_groups(response, &t);
	if (t.overflow)
		return true;
	lesson->groups = arena_copy(arena, text_view(&t));
	return lesson->groups.at != NULL;
}

static void read_limit(const struct http_head *response, struct lesson *lesson)
{
	struct http_field *f = head_find(response, HTTP_LATCH_DEVICE_LIMIT, NULL);
	uint64_t limit;

	if (!f)
		return;
	lesson->bad_limit = !view_number(f->value, CLAIMS_MAX_DEVICES, &limit);
	if (!lesson->bad_limit)
		lesson->device_limit = (int32_t)limit;
}

static enum lesson_event read_event(const struct http_head *response)
{
	struct view v = head_value(response, HTTP_LATCH_EVENT);

	if (view_is(v, VIEW("sign_up")))
		return LESSON_SIGN_UP;
	if (view_is(v, VIEW("trial_started")))
		return LESSON_TRIAL_STARTED;
	return view_is(v, VIEW("upgrade")) ? LESSON_UPGRADE : LESSON_NO_EVENT;
}

bool claims_read(const struct http_head *response, struct arena *arena, struct lesson *lesson)
{
	const uint64_t claims = BIT(HTTP_LATCH_EMAIL) | BIT(HTTP_LATCH_PHONE) |
				BIT(HTTP_LATCH_DEVICE_LIMIT) | BIT(HTTP_LATCH_GROUPS) |
				BIT(HTTP_LATCH_METADATA) | BIT(HTTP_LATCH_EVENT);

	if (!(response->present & claims))
		return true;
	lesson->email = take_if(response, HTTP_LATCH_EMAIL, is_email);
	lesson->phone = take_if(response, HTTP_LATCH_PHONE, is_phone);
	lesson->metadata = take_if(response, HTTP_LATCH_METADATA, is_metadata);
	lesson->event = read_event(response);
	read_limit(response, lesson);
	return read_groups(response, arena, lesson);
}
