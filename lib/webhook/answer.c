#include "webhook/answer.h"

#include "base/json.h"

/* jansson takes a NUL byte behind the value for the end of the text. */
static json_t *read_json(struct view body)
{
	return view_find(body, '\0') == body.len ? json_read(body) : NULL;
}

bool answer_is_veto(unsigned status, struct view body)
{
	json_t *value = status / 100 == 2 ? read_json(body) : NULL;
	bool veto = json_is_false(value) || (json_object_size(value) == 1 &&
					     json_is_false(json_object_get(value, "return")));

	json_decref(value);
	return veto;
}
