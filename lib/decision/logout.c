#include "decision/logout.h"

#include "decision/given.h"
#include "decision/policy.h"

/* The bound session of key i; NULL when this answer is not about it. */
static struct session *concerned(const struct account *a, const struct logout *l, unsigned i)
{
	struct session *s = account_session(a, &l->who->keys[i]);

	if (!s || s->state != SESSION_BOUND || (l->not_forwarded & (1u << i)))
		return NULL;
	return given_is_read(l->identity, s->given, l->who->cookie[i]) ? s : NULL;
}

static bool is_of_family(const struct logout *l, unsigned i)
{
	uint8_t cookie = l->who->cookie[i];

	return cookie < l->identity->n_cookies && l->identity->cookies[cookie].prefix;
}

static bool is_deleted(const struct logout *l, unsigned i)
{
	const struct lesson *lesson = l->lesson;

	if (is_of_family(l, i) && (lesson->deletes & UINT32_C(1) << l->who->cookie[i]))
		return true;
	for (unsigned k = 0; k < lesson->n_deleted; k++)
		if (memcmp(lesson->deleted[k].bytes, l->who->keys[i].bytes, ID_BYTES) == 0)
			return true;
	return false;
}

/* Of a family the application deletes the names that it knows. Another came from whoever wanted to keep the value. */
static bool is_gone(const struct logout *l, unsigned i)
{
	return (l->replaced & (1u << i)) || is_deleted(l, i) ||
	       (is_of_family(l, i) && l->lesson->deletes);
}

void logout_whole(struct account *a, struct change *c, const struct logout *l)
{
	for (unsigned i = 0; i < l->who->n_keys; i++) {
		struct session *s = concerned(a, l, i);

		if (s)
			policy_leave(a, c, s, is_gone(l, i));
	}
}

/* A given value that was replaced goes on under its new one; so may one that was perhaps not read. */
static bool is_logout(const struct account *a, const struct logout *l)
{
	bool goes_on = false;

	for (unsigned i = 0; i < l->who->n_keys; i++) {
		const struct session *s = account_session(a, &l->who->keys[i]);

		if (!s || s->state != SESSION_BOUND || s->given == SESSION_JOINED)
			continue;
		if (concerned(a, l, i) && is_deleted(l, i))
			return true;
		goes_on = true;
	}
	return !goes_on;
}

bool logout_by_deletion(struct account *a, struct change *c, const struct logout *l)
{
	if (is_logout(a, l)) {
		logout_whole(a, c, l);
		return true;
	}
	for (unsigned i = 0; i < l->who->n_keys; i++)
		if (concerned(a, l, i) && is_deleted(l, i))
			change_forget(c, &l->who->keys[i]);
	return false;
}
