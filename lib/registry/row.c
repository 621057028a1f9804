#include "registry/row.h"

#include "base/mem.h"

struct row_batch *row_batch_create(const struct pack *p, struct backlog_entry *events)
{
	struct row_batch *b = mem_resize(NULL, sizeof(*b) + p->len);

	*b = (struct row_batch){ .changes = 1, .events = events, .len = p->len };
	if (p->len)
		memcpy(b->rows, p->at, p->len);
	return b;
}

void row_begin(struct pack *p, enum row_kind kind)
{
	pack_byte(p, (uint8_t)kind);
}

void row_int(struct pack *p, int64_t number)
{
	pack_byte(p, ROW_INT);
	pack_signed(p, number);
}

static void row_bytes(struct pack *p, enum row_type type, const void *at, size_t len)
{
	pack_byte(p, (uint8_t)type);
	pack_number(p, len);
	pack_bytes(p, at, len);
}

void row_blob(struct pack *p, const void *at, size_t len)
{
	row_bytes(p, ROW_BLOB, at, len);
}

void row_text(struct pack *p, struct view text)
{
	if (text.at)
		row_bytes(p, ROW_TEXT, text.at, text.len);
	else
		pack_byte(p, ROW_NULL);
}

void row_seq(struct pack *p)
{
	pack_byte(p, ROW_SEQ);
}

void row_end(struct pack *p)
{
	pack_byte(p, ROW_END);
}

static void row_id_or_null(struct pack *p, bool there, const uint8_t id[ID_BYTES])
{
	if (there)
		row_blob(p, id, ID_BYTES);
	else
		pack_byte(p, ROW_NULL);
}

void row_account(struct pack *p, uint32_t row, const struct account *a)
{
	row_begin(p, ROW_ACCOUNT);
	row_int(p, row);
	row_text(p, view_of(a->id));
	row_int(p, a->suspended);
	row_int(p, a->admin_limit);
	row_int(p, a->origin_limit);
	row_text(p, view_of(a->email));
	row_text(p, view_of(a->phone));
	row_text(p, view_of(a->groups));
	row_text(p, view_of(a->metadata));
	row_int(p, a->created_ms);
	row_int(p, a->new_devices_hour_ms);
	row_int(p, a->new_devices);
	row_end(p);
}

void row_attachment(struct pack *p, uint32_t row, const struct attachment *t)
{
	row_begin(p, ROW_ATTACHMENT);
	row_int(p, row);
	row_blob(p, t->device.bytes, ID_BYTES);
	row_int(p, t->status);
	row_int(p, t->counted);
	row_int(p, t->suspended);
	row_int(p, t->repeat_trial);
	row_int(p, t->cookie_came_back);
	row_id_or_null(p, t->rides, t->ridden.bytes);
	row_int(p, t->facts.type);
	row_int(p, t->facts.os);
	row_int(p, t->facts.browser);
	row_text(p, view_make(t->facts.language,
			      strnlen(t->facts.language, sizeof(t->facts.language))));
	row_blob(p, t->facts.network, NETWORK_BYTES);
	row_text(p, view_of(t->label));
	row_int(p, t->first_seen_ms);
	row_int(p, t->last_seen_ms);
	row_int(p, t->place_ms);
	row_int(p, t->excess_told);
	row_int(p, t->excess_told_ms);
	row_end(p);
}

void row_challenge(struct pack *p, uint32_t row, const struct attachment *t)
{
	const struct challenge *c = t->challenge;

	row_begin(p, ROW_CHALLENGE);
	row_int(p, row);
	row_blob(p, t->device.bytes, ID_BYTES);
	row_blob(p, c->id.bytes, ID_BYTES);
	row_int(p, c->reasons);
	row_int(p, c->state);
	row_int(p, c->veto);
	row_int(p, c->created_ms);
	row_int(p, c->changed_ms);
	row_int(p, c->postponed_until_ms);
	row_int(p, c->postponed_count);
	row_int(p, c->postponed_day_ms);
	row_text(p, view_of(c->wanted));
	row_end(p);
}

void row_session(struct pack *p, uint32_t row, const struct session *s)
{
	static const uint8_t nothing[ID_BYTES];

	row_begin(p, ROW_SESSION);
	row_int(p, row);
	row_blob(p, s->key.bytes, ID_BYTES);
	row_id_or_null(p, s->attachment, s->attachment ? s->attachment->device.bytes : NULL);
	row_int(p, s->state);
	row_int(p, s->source);
	row_int(p, s->cause);
	row_int(p, s->veto);
	row_int(p, s->redirect_told);
	row_int(p, s->cookie_came_back);
	row_id_or_null(p, s->has_challenge, s->challenge.bytes);
	row_id_or_null(p, memcmp(s->revocation.bytes, nothing, ID_BYTES) != 0, s->revocation.bytes);
	row_int(p, s->bound_ms);
	row_int(p, s->last_used_ms);
	row_int(p, s->given);
	row_end(p);
}

void row_gone(struct pack *p, enum row_kind kind, uint32_t row, const uint8_t id[ID_BYTES])
{
	row_begin(p, kind);
	row_int(p, row);
	row_blob(p, id, ID_BYTES);
	row_end(p);
}

void row_ended(struct pack *p, uint32_t row, const uint8_t key[ID_BYTES], int64_t now_ms)
{
	row_begin(p, ROW_ENDED);
	row_int(p, row);
	row_blob(p, key, ID_BYTES);
	row_int(p, now_ms);
	row_end(p);
}

void row_event(struct pack *p, const uint8_t id[ID_BYTES], const char *type, const char *account,
	       int64_t now_ms, const char *data)
{
	char text[ID_TEXT_BYTES];

	account_id_format(id, text);
	row_begin(p, ROW_EVENT);
	row_seq(p);
	row_text(p, view_of(text));
	row_text(p, view_of(type));
	row_text(p, view_of(account));
	row_int(p, now_ms);
	row_int(p, now_ms);
	row_text(p, view_of(data));
	row_end(p);
}

bool row_next(struct pack_reader *r, enum row_kind *ret_kind)
{
	if (r->at == r->end)
		return false;
	*ret_kind = (enum row_kind)pack_read_byte(r);
	return true;
}

struct row_value row_next_value(struct pack_reader *r)
{
	struct row_value v = { .type = (enum row_type)pack_read_byte(r) };
	size_t len;

	if (v.type == ROW_INT)
		v.number = pack_read_signed(r);
	if (v.type == ROW_BLOB || v.type == ROW_TEXT) {
		len = pack_read_number(r);
		v.bytes = view_make(pack_read_bytes(r, len), len);
	}
	return v;
}
