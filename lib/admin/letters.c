#include "admin/letters.h"

#include "base/err.h"
#include "base/mem.h"
#include "registry/outbox.h"

enum { LIST_MAX = 100, REPLAY_MAX = 1000 };

static json_t *letter_json(const struct outbox_event *e)
{
	json_t *letter = json_object(), *data = json_read(view_of(e->data));

	json_object_set_new(letter, "id", json_string(e->id));
	json_object_set_new(letter, "status", json_string("dead"));
	json_object_set_new(letter, "type",
			    e->type < OUTBOX_TYPES ? json_string(outbox_type_text(e->type))
						   : json_null());
	json_object_set_new(letter, "account", json_text(view_of(e->account)));
	json_object_set_new(letter, "created", json_time(e->created_ms));
	json_object_set_new(letter, "attempts", json_integer(e->attempts));
	json_object_set_new(letter, "data", data ? data : json_null());
	return letter;
}

void letters_list(const struct inquiry *q)
{
	struct registry *r = q->desk->options.registry;
	struct outbox_event events[LIST_MAX];
	int n = outbox_list_dead(r, events, LIST_MAX);
	json_t *list, *object;

	if (n < 0) {
		desk_fail(q, 503, "the state cannot be read");
		return;
	}
	list = json_array();
	object = json_object();
	for (int i = 0; i < n; i++) {
		json_array_append_new(list, letter_json(&events[i]));
		mem_free(events[i].data);
	}
	json_object_set_new(object, "waiting", json_integer((json_int_t)outbox_waiting(r)));
	json_object_set_new(object, "dead", json_integer((json_int_t)outbox_dead(r)));
	json_object_set_new(object, "events", list);
	json_object_set_new(object, "truncated", json_boolean(n == LIST_MAX));
	desk_answer(q, 200, object);
}

void letters_replay(const struct inquiry *q)
{
	struct registry *r = q->desk->options.registry;
	json_t *object;
	uint64_t number;
	int n = outbox_replay(r, REPLAY_MAX, &number);

	if (n == ERR_BUSY) {
		desk_fail(q, 409, "those of the last time are not written yet");
		return;
	}
	if (n < 0) {
		desk_fail(q, 503, "the state cannot be read");
		return;
	}
	if (n)
		log_info("admin", "%d dead letters are delivered again", n);
	object = json_object();
	json_object_set_new(object, "replayed", json_integer(n));
	json_object_set_new(object, "dead", json_integer((json_int_t)outbox_dead(r)));
	desk_answer_once(q, number, object);
}
