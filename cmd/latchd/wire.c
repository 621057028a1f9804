#include "wire.h"

#include "activation.h"
#include "admin/admin.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "client/fleet.h"
#include "client/prober.h"
#include "gateway/gateway.h"
#include "loop/tlscontext.h"
#include "notice.h"
#include "registry/outbox.h"
#include "signals.h"
#include "signing.h"
#include "webhook/webhook.h"

#include <errno.h>
#include <string.h>

struct wire {
	struct settings *settings;
	struct metrics *metrics;
	struct loop *loop;
	struct registry *registry;
	struct signing *keys;
	struct webhook *webhook;
	struct gateway *gateway;
	struct prober *prober;
	struct admin *admin;
	struct signals *signals;
	struct notice *notice;
	const char *config;
	uint16_t admin_port;
	bool draining;
	struct loop_letter drained;
};

static bool open_registry(struct wire *w)
{
	struct registry_options options = { .path = w->settings->state_path,
					    .metrics = w->metrics,
					    .wall_ms = clock_wall_ms };
	char *why = NULL;
	int err = registry_open(&options, &w->registry, &why);

	if (err)
		log_error("registry", "%s", why ? why : err_text(err));
	mem_free(why);
	if (!err)
		outbox_enable(w->registry, w->settings->events.url != NULL);
	return !err;
}

static bool start_webhook(struct wire *w)
{
	struct webhook_options options = { .registry = w->registry,
					   .settings = w->settings,
					   .metrics = w->metrics };

	w->webhook = webhook_start(&options);
	if (!w->webhook)
		log_error("webhook", "cannot start its thread");
	return w->webhook != NULL;
}

static bool start_gateway(struct wire *w)
{
	struct gateway_options options = { .settings = w->settings,
					   .metrics = w->metrics,
					   .registry = w->registry,
					   .asker = webhook_asker(w->webhook),
					   .csrf_key = signing_csrf(w->keys),
					   .device_keys = signing_device(w->keys),
					   .n_device_keys = signing_device_count(w->keys) };
	struct activation activation;
	char *why = NULL;
	int err;

	activation_take(&activation);
	options.given = activation.sockets;
	options.n_given = activation.n;
	err = gateway_start(&options, &w->gateway, &why);
	activation_settle(&activation);
	if (err)
		log_error("gateway", "%s", why);
	mem_free(why);
	return !err;
}

static const char *not_ready(void *arg)
{
	const struct wire *w = arg;

	if (w->draining)
		return "draining";
	return registry_is_writing(w->registry) ? NULL : "the state cannot be written";
}

static bool start_admin(struct wire *w)
{
	struct admin_options options = { .loop = w->loop,
					 .settings = w->settings,
					 .metrics = w->metrics,
					 .registry = w->registry,
					 .not_ready = not_ready,
					 .arg = w };

	if (!w->settings->admin_listen.host && !w->settings->admin_listen.unix_path)
		return true;
	if (admin_start(&options, &w->admin, &w->admin_port) == 0)
		return true;
	log_error("admin", "cannot listen on %s: %s", w->settings->admin_listen.text,
		  strerror(errno));
	return false;
}

static void log_lines(struct text *messages)
{
	struct view rest = text_view(messages), line;

	while (view_split(&rest, '\n', &line))
		if (line.len)
			log_warn("config", "%.*s", VIEW_ARG(line));
	text_fini(messages);
}

/* What a reload cannot change is said, and waits for a restart. */
static void say_what_waits(const struct settings *old, const struct settings *fresh)
{
	struct text names;

	text_init_growing(&names, 1 << 16);
	settings_compare(old, fresh, &names);
	if (names.len)
		log_warn("config", "changed, but only a restart puts it in force: %.*s",
			 VIEW_ARG(text_view(&names)));
	text_fini(&names);
}

static void use_settings(struct wire *w, struct settings *fresh)
{
	log_adjust(fresh->log.level, fresh->log.format);
	say_what_waits(w->settings, fresh);
	gateway_use_settings(w->gateway, fresh);
	prober_use_settings(w->prober, fresh);
	webhook_use_settings(w->webhook, fresh);
	outbox_enable(w->registry, fresh->events.url != NULL);
	if (w->admin)
		admin_use_settings(w->admin, fresh);
	settings_unref(&w->settings);
	w->settings = fresh;
	log_info("config", "%s is in force", w->config);
}

static void reload(void *arg)
{
	struct wire *w = arg;
	struct settings *fresh;
	struct text messages;

	text_init_growing(&messages, 1 << 20);
	notice_reloading(w->notice);
	fresh = settings_load(w->config, &messages);
	if (fresh && !tlscontext_prepare(fresh, w->settings, w->config, &messages))
		settings_unref(&fresh);
	if (fresh)
		fleet_prepare(fresh, w->settings);
	log_lines(&messages);
	metric_set(w->metrics, METRIC_SETTINGS_FAILED, fresh == NULL);
	if (fresh)
		use_settings(w, fresh);
	else
		log_error("config", "%s was not loaded: the settings in force stay", w->config);
	notice_ready(w->notice, NULL);
}

static void on_drained_here(struct loop_letter *letter)
{
	struct wire *w = (struct wire *)((char *)letter - offsetof(struct wire, drained));

	loop_stop(w->loop);
}

static void on_drained(void *arg)
{
	struct wire *w = arg;

	w->drained.on_delivery = on_drained_here;
	loop_post(w->loop, &w->drained);
}

static void terminate(void *arg)
{
	struct wire *w = arg;

	if (w->draining) {
		loop_stop(w->loop);
		return;
	}
	w->draining = true;
	log_info("latchd", "draining: no new connections, for at most %lld s",
		 (long long)(w->settings->http.drain_ms / 1000));
	notice_stopping(w->notice);
	gateway_drain(w->gateway, on_drained, w);
}

static void reopen_log(void *arg)
{
	(void)arg;
	if (log_reopen() != 0)
		log_error("log", "the log file cannot be opened anew: %s", strerror(errno));
}

bool wire_up(struct settings *settings, struct wire **ret_wire)
{
	struct wire *w = MEM_NEW(struct wire);
	bool up;

	*ret_wire = w;
	w->settings = settings_ref(settings);
	if (log_start(&settings->log) != 0) {
		log_error("log", "cannot open %s: %s", settings->log.path, strerror(errno));
		return false;
	}
	w->metrics = metric_create();
	w->loop = loop_create();
	if (!w->loop || !open_registry(w))
		return false;
	w->keys = signing_create(settings, w->registry);
	up = start_webhook(w) && start_gateway(w) && start_admin(w);
	if (up)
		w->prober = prober_start(w->loop, settings);
	return up;
}

static void put_address(struct text *t, const struct settings_address *a, uint16_t port)
{
	bool v6 = a->host && strchr(a->host, ':');

	if (!a->host)
		text_puts(t, a->text);
	else
		text_printf(t, "%s%s%s:%u", v6 ? "[" : "", a->host, v6 ? "]" : "", port);
}

static void say_where(struct wire *w)
{
	char text[256];
	struct text t;

	text_init(&t, text, sizeof(text) - 1);
	text_puts(&t, "serving");
	for (size_t i = 0; i < w->settings->n_listeners; i++) {
		text_putc(&t, ' ');
		put_address(&t, &w->settings->listeners[i].address, gateway_port(w->gateway, i));
	}
	if (w->admin) {
		text_puts(&t, ", admin ");
		put_address(&t, &w->settings->admin_listen, w->admin_port);
	}
	text[t.len] = '\0';
	log_info("latchd", "%s", text);
	notice_ready(w->notice, text);
}

void wire_run(struct wire *w, const char *config)
{
	struct signals_orders orders = {
		.reload = reload, .terminate = terminate, .reopen_log = reopen_log, .arg = w
	};

	w->config = config;
	w->signals = signals_listen(w->loop, &orders);
	w->notice = notice_start(w->loop);
	say_where(w);
	loop_run(w->loop);
}

void wire_down(struct wire **wire)
{
	struct wire *w = *wire;

	notice_stop(&w->notice);
	signals_ignore(&w->signals);
	admin_stop(&w->admin);
	prober_stop(&w->prober);
	if (w->webhook)
		asker_close(webhook_asker(w->webhook)); /* its answers go to the workers' loops */
	gateway_stop(&w->gateway);
	webhook_stop(&w->webhook);
	signing_destroy(&w->keys);
	registry_close(&w->registry);
	loop_destroy(&w->loop);
	metric_destroy(&w->metrics);
	log_stop();
	settings_unref(&w->settings);
	MEM_FREE(*wire);
}
