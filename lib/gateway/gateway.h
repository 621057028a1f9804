/* gateway: the workers together: binds the listeners, starts one thread per worker, hands new settings to all, drains them. It is
 * the only room that knows all the structs. Called from the main thread. */
#pragma once

#include "base/hmac.h"
#include "base/metric.h"
#include "config/settings.h"
#include "registry/registry.h"
#include "serve/door.h"
#include "webhook/asker.h"

struct gateway;

struct gateway_options {
	struct settings *settings;
	struct metrics *metrics;
	struct registry *registry;
	struct asker *asker; /* NULL: nobody is asked */
	const struct hmac_key *csrf_key;
	const struct hmac_key *const *device_keys; /* the first signs */
	size_t n_device_keys;
	struct crowd *crowd; /* the gateway's own: leave it out */
	/* Listening sockets that were handed in; door_open takes what fits. */
	struct door_given *given;
	size_t n_given;
};

/* ERR_IO with a sentence in *ret_why (free with mem_free) when an address cannot be bound or a thread not started. */
int gateway_start(const struct gateway_options *options, struct gateway **ret_gateway,
		  char **ret_why);
/* What listener `i` is bound to. */
uint16_t gateway_port(const struct gateway *g, size_t i);
void gateway_use_settings(struct gateway *g, struct settings *settings);
/* Stops listening, finishes what is under way. `on_drained` comes once, on some worker's thread. */
void gateway_drain(struct gateway *g, void (*on_drained)(void *arg), void *arg);
/* Cuts what is left and joins the threads. Accepts NULL. */
void gateway_stop(struct gateway **g);
