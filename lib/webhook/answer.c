#include "webhook/answer.h"

#include "base/json.h"

bool answer_is_veto(unsigned status, struct view body)
{
	json_t *value = status / 100 == 2 ? json_read(body) : NULL;
	bool veto = json_is_false(value) || (json_object_size(value) == 1 &&
					     json_is_false(json_object_get(value, "return")));

	json_decref(value);
	return veto;
}
