#include "witness.h"

#include <llhttp/llhttp.h>

enum { ROOM_BYTES = 1 << 20 };

_Static_assert(sizeof(llhttp_t) <= sizeof(((struct witness *)0)->parser), "llhttp's state fits");

static llhttp_t *parser_of(struct witness *w)
{
	return (llhttp_t *)(void *)w->parser;
}

static struct text *fields_of(struct witness *w)
{
	return w->head_done ? &w->trailers : &w->fields;
}

static int on_start(llhttp_t *p, const char *at, size_t len)
{
	text_put(&((struct witness *)p->data)->start, view_make(at, len));
	return 0;
}

static int on_start_end(llhttp_t *p)
{
	text_putc(&((struct witness *)p->data)->start, '\0');
	return 0;
}

static int on_field(llhttp_t *p, const char *at, size_t len)
{
	text_put(fields_of(p->data), view_make(at, len));
	return 0;
}

static int on_name_end(llhttp_t *p)
{
	text_putc(fields_of(p->data), '\0');
	return 0;
}

/* White space behind a value is no part of it; llhttp leaves its removal to its users. */
static int on_value_end(llhttp_t *p)
{
	struct text *t = fields_of(p->data);

	while (t->len && (t->at[t->len - 1] == ' ' || t->at[t->len - 1] == '\t'))
		t->len--;
	text_putc(t, '\0');
	return 0;
}

static int on_head_end(llhttp_t *p)
{
	struct witness *w = p->data;

	w->head_done = true;
	w->minor = p->http_minor;
	w->status = p->status_code;
	w->has_length = p->flags & F_CONTENT_LENGTH;
	w->has_coding = p->flags & F_TRANSFER_ENCODING;
	w->is_chunked = p->flags & F_CHUNKED;
	w->upgrades = p->upgrade;
	w->keeps_alive = llhttp_should_keep_alive(p);
	w->length = p->content_length;
	return 0;
}

static int on_payload(llhttp_t *p, const char *at, size_t len)
{
	text_put(&((struct witness *)p->data)->payload, view_make(at, len));
	return 0;
}

static int on_end(llhttp_t *p)
{
	((struct witness *)p->data)->done = true;
	return HPE_PAUSED;
}

static const llhttp_settings_t CALLBACKS = {
	.on_method = on_start,
	.on_method_complete = on_start_end,
	.on_url = on_start,
	.on_url_complete = on_start_end,
	.on_status = on_start,
	.on_status_complete = on_start_end,
	.on_header_field = on_field,
	.on_header_field_complete = on_name_end,
	.on_header_value = on_field,
	.on_header_value_complete = on_value_end,
	.on_headers_complete = on_head_end,
	.on_body = on_payload,
	.on_message_complete = on_end,
};

void witness_init(struct witness *w, bool is_request)
{
	*w = (struct witness){ 0 };
	text_init_growing(&w->start, ROOM_BYTES);
	text_init_growing(&w->fields, ROOM_BYTES);
	text_init_growing(&w->payload, ROOM_BYTES);
	text_init_growing(&w->trailers, ROOM_BYTES);
	llhttp_init(parser_of(w), is_request ? HTTP_REQUEST : HTTP_RESPONSE, &CALLBACKS);
	parser_of(w)->data = w;
}

void witness_fini(struct witness *w)
{
	text_fini(&w->start);
	text_fini(&w->fields);
	text_fini(&w->payload);
	text_fini(&w->trailers);
}

void witness_feed(struct witness *w, struct view bytes)
{
	llhttp_t *p = parser_of(w);

	if (w->done || w->refused || !bytes.len)
		return;
	if (llhttp_execute(p, bytes.at, bytes.len) == HPE_OK) {
		w->taken += bytes.len;
		return;
	}
	w->refused = !w->done;
	w->why = llhttp_get_error_reason(p);
	w->taken += (size_t)(llhttp_get_error_pos(p) - bytes.at);
}
