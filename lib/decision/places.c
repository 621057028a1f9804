#include "decision/places.h"

unsigned places_limit(const struct account *a, const struct settings *s)
{
	if (a->admin_limit != ACCOUNT_NO_LIMIT)
		return (unsigned)a->admin_limit;
	if (a->origin_limit != ACCOUNT_NO_LIMIT)
		return (unsigned)a->origin_limit;
	return s->limits.devices;
}

unsigned places_type_limit(const struct settings *s, enum device_type type)
{
	switch (type) {
	case DEVICE_MOBILE:
		return s->limits.mobile;
	case DEVICE_TABLET:
		return s->limits.tablet;
	case DEVICE_DESKTOP:
		return s->limits.desktop;
	default:
		return 0;
	}
}

static bool is_of(const struct attachment *t, enum device_type type)
{
	return type == DEVICE_TYPES || t->facts.type == type;
}

unsigned places_taken(const struct account *a, enum device_type type)
{
	unsigned n = 0;

	for (unsigned i = 0; i < a->n_attachments; i++)
		n += a->attachments[i]->counted && is_of(a->attachments[i], type);
	return n;
}

/* Holders of that type whose place comes before t's. Equal times: the order of attachment decides. */
static unsigned ahead_of(const struct account *a, const struct attachment *t, enum device_type type)
{
	unsigned n = 0;
	bool passed = false;

	for (unsigned i = 0; i < a->n_attachments; i++) {
		const struct attachment *o = a->attachments[i];

		if (o == t)
			passed = true;
		else if (o->counted && is_of(o, type))
			n += !t->counted || o->place_ms < t->place_ms ||
			     (o->place_ms == t->place_ms && !passed);
	}
	return n;
}

static unsigned excess(unsigned ahead, unsigned limit)
{
	return limit && ahead >= limit ? ahead - limit + 1 : 0;
}

unsigned places_excess(const struct account *a, const struct settings *s,
		       const struct attachment *t)
{
	return excess(ahead_of(a, t, DEVICE_TYPES), places_limit(a, s));
}

unsigned places_type_excess(const struct account *a, const struct settings *s,
			    const struct attachment *t)
{
	return excess(ahead_of(a, t, t->facts.type), places_type_limit(s, t->facts.type));
}

struct attachment *places_idlest(const struct account *a, const struct attachment *t,
				 bool same_type)
{
	struct attachment *idlest = NULL;

	for (unsigned i = 0; i < a->n_attachments; i++) {
		struct attachment *o = a->attachments[i];

		if (o == t || !o->counted || (same_type && o->facts.type != t->facts.type))
			continue;
		if (!idlest || o->last_seen_ms < idlest->last_seen_ms)
			idlest = o;
	}
	return idlest;
}

int64_t places_next_expiry_ms(const struct account *a, const struct settings *s,
			      const struct attachment *t)
{
	int64_t next = INT64_MAX;

	for (unsigned i = 0; i < a->n_attachments; i++) {
		const struct attachment *o = a->attachments[i];

		if (o != t && o->counted && o->last_seen_ms + s->detach_after_ms < next)
			next = o->last_seen_ms + s->detach_after_ms;
	}
	return next;
}
