#include "webhook/backend.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "base/log.h"
#include "webhook/sign.h"

#include <assert.h>

enum {
	ENVELOPE_BYTES =
		8 * 1024, /* all but the data: client_id is the only text of somebody else's */
	SIGNATURES_BYTES = 32 * 1024,
};

int backend_init(struct backend *b, struct loop *loop, struct settings *settings,
		 struct metrics *metrics)
{
	*b = (struct backend){ .loop = loop, .metrics = metrics };
	b->courier = courier_create(loop);
	if (!b->courier)
		return ERR_IO;
	b->settings = settings_ref(settings);
	return 0;
}

void backend_fini(struct backend *b)
{
	courier_destroy(&b->courier);
	settings_unref(&b->settings);
}

void backend_use_settings(struct backend *b, struct settings *settings)
{
	struct settings *fresh = settings_ref(settings);

	settings_unref(&b->settings);
	b->settings = fresh;
	b->gone = false;
	metric_set(b->metrics, METRIC_WEBHOOK_GONE, 0);
}

/* The data are JSON already and go in as they are. */
static void write_envelope(const struct backend *b, const struct backend_message *m, struct text *t)
{
	json_t *client_id = json_text(view_of(b->settings->client_id));
	char timestamp[CLOCK_RFC3339_BYTES];

	clock_rfc3339(m->happened_ms, timestamp);
	text_init_growing(t, m->data.len + ENVELOPE_BYTES);
	text_printf(t, "{\"type\":\"%s\",\"timestamp\":\"%s\",\"client_id\":", m->type, timestamp);
	json_write(t, client_id);
	text_puts(t, ",\"data\":");
	text_put(t, m->data);
	text_putc(t, '}');
	assert(!t->overflow);
	json_decref(client_id);
}

void backend_send(struct backend *b, struct backend_parcel *p,
		  const struct backend_message *message, int64_t timeout_ms)
{
	int64_t timestamp_s = loop_wall_ms(b->loop) / 1000;
	struct text signatures;

	assert(backend_is_there(b));
	write_envelope(b, message, &p->body);
	text_init_growing(&signatures, SIGNATURES_BYTES);
	sign_webhook(&b->settings->events, view_of(message->id), timestamp_s, text_view(&p->body),
		     &signatures);
	text_putc(&signatures, '\0');
	assert(!signatures.overflow);
	p->courier.url = b->settings->events.url;
	p->courier.id = message->id;
	p->courier.timestamp_s = timestamp_s;
	p->courier.signature = signatures.at;
	p->courier.body = text_view(&p->body);
	p->courier.timeout_ms = timeout_ms;
	courier_send(b->courier, &p->courier);
	text_fini(&signatures);
}

void backend_free_body(struct backend_parcel *p)
{
	text_fini(&p->body);
}

void backend_is_gone(struct backend *b)
{
	if (b->gone)
		return;
	b->gone = true;
	metric_set(b->metrics, METRIC_WEBHOOK_GONE, 1);
	log_warn(
		"webhook",
		"events.url answered 410: nothing is sent there until the settings are loaded again");
}

void backend_count(struct backend *b, enum metric metric)
{
	metric_add(b->metrics, 0, metric, 1);
}
