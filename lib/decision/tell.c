#include "decision/tell.h"

#include "decision/places.h"

static void set_id(json_t *object, const char *key, const uint8_t id[ID_BYTES])
{
	char text[ID_TEXT_BYTES];

	account_id_format(id, text);
	json_object_set_new(object, key, json_string(text));
}

static json_t *device(const struct attachment *t)
{
	json_t *d = json_object();

	set_id(d, "id", t->device.bytes);
	json_object_set_new(d, "type", json_string(account_type_text(t->facts.type)));
	json_object_set_new(d, "label", json_text(view_of(t->label)));
	json_object_set_new(d, "first_seen", json_time(t->first_seen_ms));
	json_object_set_new(d, "last_seen", json_time(t->last_seen_ms));
	return d;
}

json_t *tell_about(const struct account *a, const struct attachment *t)
{
	json_t *data = json_object();

	json_object_set_new(data, "account", json_text(view_of(a->id)));
	if (t)
		json_object_set_new(data, "device", device(t));
	return data;
}

json_t *tell_reasons(uint32_t reasons)
{
	static const struct {
		uint32_t bit;
		const char *word;
	} words[] = {
		{ REASON_BIT_LIMIT, "too_many_devices" },
		{ REASON_BIT_LIMIT_MOBILE, "too_many_mobile_devices" },
		{ REASON_BIT_LIMIT_TABLET, "too_many_tablet_devices" },
		{ REASON_BIT_LIMIT_DESKTOP, "too_many_desktop_devices" },
		{ REASON_BIT_REPEAT_TRIAL, "repeat_trial" },
	};
	json_t *list = json_array();

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (reasons & words[i].bit)
			json_array_append_new(list, json_string(words[i].word));
	return list;
}

json_t *tell_challenge(const struct challenge *c)
{
	json_t *object = json_object();

	set_id(object, "id", c->id.bytes);
	json_object_set_new(object, "type",
			    json_string(c->reasons & REASON_BIT_REPEAT_TRIAL ? "repeat_trial"
									     : "device_limit"));
	json_object_set_new(object, "reasons", tell_reasons(c->reasons));
	json_object_set_new(object, "status", json_string(account_challenge_state_text(c->state)));
	return object;
}

json_t *tell_redirect(const struct account *a, const struct attachment *t, const char *to,
		      struct view url, const struct challenge_id *challenge)
{
	json_t *data = tell_about(a, t);

	json_object_set_new(data, "to", json_string(to));
	json_object_set_new(data, "url", json_text(url));
	if (challenge)
		set_id(data, "challenge", challenge->bytes);
	else
		json_object_set_new(data, "challenge", json_null());
	return data;
}

json_t *tell_limit_exceeded(const struct account *a, const struct settings *s,
			    const struct attachment *t, uint32_t reasons)
{
	json_t *data = tell_about(a, t), *limits = json_object();
	unsigned overall = places_limit(a, s);
	bool by_type = !(reasons & REASON_BIT_LIMIT);

	json_object_set_new(limits, "overall", json_integer(overall));
	json_object_set_new(limits, "mobile", json_integer(s->limits.mobile));
	json_object_set_new(limits, "tablet", json_integer(s->limits.tablet));
	json_object_set_new(limits, "desktop", json_integer(s->limits.desktop));
	json_object_set_new(limits, "people", json_integer(0));
	json_object_set_new(data, "attached_devices",
			    json_integer(places_taken(a, DEVICE_TYPES) + (t->counted ? 0 : 1)));
	json_object_set_new(data, "limit",
			    json_integer(by_type ? places_type_limit(s, t->facts.type) : overall));
	json_object_set_new(data, "limits", limits);
	json_object_set_new(data, "reasons", tell_reasons(reasons));
	return data;
}
