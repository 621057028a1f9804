/* The happy path is: webhook_start makes the loop and what runs on it, the thread turns it until webhook_stop,
 * which first has the asker answer what is open, then stops the loop; the thread cuts what is still under way
 * and ends. It can fail by there being no descriptor or thread. */
#include "webhook/webhook.h"

#include "base/mem.h"
#include "base/thread.h"
#include "webhook/backend.h"
#include "webhook/teller.h"

enum { PAUSE_MS = 30000, REMEMBER_MS = 60000 };

struct webhook {
	struct loop *loop;
	struct backend backend;
	struct teller *teller;
	struct asker *asker;
	pthread_t thread;
};

struct order {
	struct loop_letter letter;
	struct webhook *w;
	struct settings *settings;
};

static void *live(void *arg)
{
	struct webhook *w = arg;

	loop_run(w->loop);
	courier_cut(w->backend.courier);
	return NULL;
}

static void destroy(struct webhook *w)
{
	asker_destroy(&w->asker);
	teller_destroy(&w->teller);
	backend_fini(&w->backend);
	loop_destroy(&w->loop);
	mem_free(w);
}

struct webhook *webhook_start(const struct webhook_options *options)
{
	const struct webhook_pace usual = { retry_standard(), PAUSE_MS, REMEMBER_MS };
	const struct webhook_pace *pace = options->pace ? options->pace : &usual;
	struct webhook *w = MEM_NEW(struct webhook);

	w->loop = loop_create();
	if (!w->loop) {
		mem_free(w);
		return NULL;
	}
	if (backend_init(&w->backend, w->loop, options->settings, options->metrics) != 0) {
		loop_destroy(&w->loop);
		mem_free(w);
		return NULL;
	}
	w->asker = asker_create(&w->backend, pace->pause_ms, pace->remember_ms);
	w->teller = teller_create(&w->backend, options->registry, pace->plan);
	if (!thread_start("webhook", live, w, &w->thread)) {
		teller_hush(w->teller);
		destroy(w);
		return NULL;
	}
	return w;
}

void webhook_stop(struct webhook **webhook)
{
	struct webhook *w = *webhook;

	if (!w)
		return;
	*webhook = NULL;
	asker_close(w->asker);
	teller_hush(w->teller);
	loop_stop(w->loop);
	pthread_join(w->thread, NULL);
	destroy(w);
}

static void on_settings(struct loop_letter *letter)
{
	struct order *order = (struct order *)letter;

	backend_use_settings(&order->w->backend, order->settings);
	teller_look(order->w->teller);
	settings_unref(&order->settings);
	mem_free(order);
}

void webhook_use_settings(struct webhook *w, struct settings *settings)
{
	struct order *order = MEM_NEW(struct order);

	order->letter.on_delivery = on_settings;
	order->w = w;
	order->settings = settings_ref(settings);
	loop_post(w->loop, &order->letter);
}

struct asker *webhook_asker(struct webhook *w)
{
	return w->asker;
}
