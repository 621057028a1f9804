#include "client/lookup.h"

#include "base/mem.h"
#include "base/thread.h"

#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

enum lookup_state { ASKING, POSTED, CANCELLED };

/* Whoever finds that the other side has let go frees it: the thread when it was cancelled, else the loop. */
struct lookup {
	struct loop_letter letter; /* first */
	struct loop *loop;
	char *host;
	uint16_t port;
	void (*on_answer)(void *arg, const struct lookup_addresses *found);
	void *arg;
	struct lookup_addresses found;
	pthread_mutex_t lock;
	enum lookup_state state; /* under the lock */
};

static void take_path(const char *path, struct lookup_addresses *ret_addresses)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	ret_addresses->n = ret_addresses->first = 0;
	if (strlen(path) >= sizeof(at.sun_path))
		return;
	strcpy(at.sun_path, path);
	memcpy(&ret_addresses->at[0].at, &at, sizeof(at));
	ret_addresses->at[0].len = sizeof(at);
	ret_addresses->n = 1;
}

static bool ask(const char *host, uint16_t port, int flags, struct lookup_addresses *ret_addresses)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC,
				  .ai_socktype = SOCK_STREAM,
				  .ai_flags = flags };
	struct addrinfo *found;
	char service[8];

	ret_addresses->n = ret_addresses->first = 0;
	snprintf(service, sizeof(service), "%u", (unsigned)port);
	if (getaddrinfo(host, service, &hints, &found) != 0)
		return false;
	for (struct addrinfo *i = found; i && ret_addresses->n < LOOKUP_MAX_ADDRESSES;
	     i = i->ai_next) {
		struct lookup_address *a = &ret_addresses->at[ret_addresses->n++];

		memset(a, 0, sizeof(*a));
		memcpy(&a->at, i->ai_addr, i->ai_addrlen);
		a->len = i->ai_addrlen;
	}
	freeaddrinfo(found);
	return true;
}

bool lookup_literal(const struct settings_address *where, struct lookup_addresses *ret_addresses)
{
	if (!where->unix_path)
		return ask(where->host, where->port, AI_NUMERICHOST, ret_addresses);
	take_path(where->unix_path, ret_addresses);
	return true;
}

void lookup_now(const struct settings_address *where, struct lookup_addresses *ret_addresses)
{
	if (!lookup_literal(where, ret_addresses))
		ask(where->host, where->port, 0, ret_addresses);
}

static void destroy(struct lookup *r)
{
	pthread_mutex_destroy(&r->lock);
	mem_free(r->host);
	mem_free(r);
}

static void on_delivery(struct loop_letter *letter)
{
	struct lookup *r = (struct lookup *)letter;
	bool wanted;

	pthread_mutex_lock(&r->lock); /* the thread may not have let go of it yet */
	wanted = r->state == POSTED;
	pthread_mutex_unlock(&r->lock);
	if (wanted)
		r->on_answer(r->arg, &r->found);
	destroy(r);
}

static void *ask_in_thread(void *arg)
{
	struct lookup *r = arg;
	bool cancelled;

	ask(r->host, r->port, 0, &r->found);
	pthread_mutex_lock(&r->lock);
	cancelled = r->state == CANCELLED;
	if (!cancelled) {
		r->state = POSTED;
		loop_post(r->loop, &r->letter);
	}
	pthread_mutex_unlock(&r->lock);
	if (cancelled)
		destroy(r);
	return NULL;
}

struct lookup *lookup_start(struct loop *loop, const struct settings_address *where,
			    void (*on_answer)(void *arg, const struct lookup_addresses *found),
			    void *arg)
{
	struct lookup *r = MEM_NEW(struct lookup);
	pthread_t thread;

	r->letter.on_delivery = on_delivery;
	r->loop = loop;
	r->host = mem_text(where->host);
	r->port = where->port;
	r->on_answer = on_answer;
	r->arg = arg;
	pthread_mutex_init(&r->lock, NULL);
	if (!thread_start("lookup", ask_in_thread, r, &thread)) {
		destroy(r);
		return NULL;
	}
	pthread_detach(thread);
	return r;
}

void lookup_cancel(struct lookup **r)
{
	struct lookup *lookup = *r;

	if (!lookup)
		return;
	*r = NULL;
	pthread_mutex_lock(&lookup->lock);
	lookup->state = CANCELLED;
	pthread_mutex_unlock(&lookup->lock);
}
