/* The happy path is: the registry's writer says that events were committed, on_news defers look, which takes
 * what is due from the outbox and sends it; on_return finds 2xx, forgets the event, and defers look for the
 * room that became free. It can fail by the backend not answering 2xx: then the outbox is told when to offer
 * the event again, and the timer wakes look at that time. */
#include "webhook/teller.h"

#include "base/hmac.h"
#include "base/log.h"
#include "base/mem.h"
#include "registry/outbox.h"

#include <assert.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdatomic.h>

/* The outbox counts in wall time, which may be set; so sleep is never long. */
enum { TIMEOUT_MS = 15000, NAP_MS = 30000 };

struct teller {
	struct loop_letter news; /* from the registry's writer */
	struct loop_task look;
	struct backend *backend;
	struct registry *registry;
	struct retry_plan plan;
	struct event alarm;
	unsigned under_way;
	bool ailing;      /* the last delivery failed */
	bool overflowing; /* the oldest are being given up */
	bool forgetting;  /* the oldest dead letters are being dropped */
	atomic_bool news_is_posted, hushed;
};

struct errand {
	struct backend_parcel parcel;
	struct teller *teller;
	struct outbox_event event;
};

static void note_success(struct teller *t)
{
	backend_count(t->backend, METRIC_WEBHOOK_DELIVERED);
	if (t->ailing)
		log_info("webhook", "events are delivered again");
	t->ailing = false;
}

/* Said once, not for every event of an outage. */
static void note_failure(struct teller *t, const struct courier_receipt *receipt)
{
	if (t->ailing)
		return;
	t->ailing = true;
	if (receipt->outcome == COURIER_ANSWERED)
		log_warn("webhook",
			 "an event was not delivered, and will be tried again: status %u",
			 receipt->status);
	else
		log_warn("webhook", "an event was not delivered, and will be tried again: %s",
			 receipt->why);
}

static void try_again(struct teller *t, const struct outbox_event *event, int64_t asked_ms)
{
	uint32_t random;
	int64_t wait_ms;

	hmac_random(&random, sizeof(random));
	wait_ms = retry_wait_ms(t->plan, event->attempts, asked_ms, random);
	if (wait_ms < 0) {
		backend_count(t->backend, METRIC_WEBHOOK_DEAD);
		log_warn("webhook",
			 "%s %s was given up after %u attempts and is kept as a dead letter",
			 outbox_type_text(event->type), event->id, event->attempts + 1);
		outbox_bury(t->registry, event->seq);
		return;
	}
	backend_count(t->backend, METRIC_WEBHOOK_FAILED);
	outbox_retry(t->registry, event->seq, loop_wall_ms(t->backend->loop) + wait_ms);
}

static void settle(struct teller *t, const struct outbox_event *event,
		   const struct courier_receipt *receipt)
{
	if (receipt->outcome == COURIER_CUT)
		return;
	if (receipt->outcome == COURIER_ANSWERED && receipt->status / 100 == 2) {
		note_success(t);
		outbox_done(t->registry, event->seq);
	} else if (receipt->outcome == COURIER_ANSWERED && receipt->status == 410) {
		backend_is_gone(t->backend);
		backend_count(t->backend, METRIC_WEBHOOK_REFUSED);
		outbox_retry(t->registry, event->seq, loop_wall_ms(t->backend->loop));
	} else {
		note_failure(t, receipt);
		try_again(t, event, receipt->retry_after_ms);
	}
}

static void free_errand(struct errand *e)
{
	backend_free_body(&e->parcel);
	mem_free(e->event.data);
	mem_free(e);
}

static void on_return(struct courier_parcel *parcel, const struct courier_receipt *receipt)
{
	struct errand *e = (struct errand *)parcel;
	struct teller *t = e->teller;

	settle(t, &e->event, receipt);
	free_errand(e);
	t->under_way--;
	loop_defer(t->backend->loop, &t->look);
}

static void deliver(struct teller *t, const struct outbox_event *event)
{
	struct errand *e = MEM_NEW(struct errand);
	struct backend_message message;

	e->teller = t;
	e->event = *event;
	e->parcel.courier.on_return = on_return;
	message = (struct backend_message){ .type = outbox_type_text(event->type),
					    .id = e->event.id,
					    .happened_ms = event->created_ms,
					    .data = event->data ? view_of(event->data)
								: VIEW("null") };
	t->under_way++;
	backend_send(t->backend, &e->parcel, &message, TIMEOUT_MS);
}

static void deliver_due(struct teller *t)
{
	struct outbox_event events[TELLER_AT_ONCE];
	unsigned room = TELLER_AT_ONCE - t->under_way;
	unsigned n = outbox_take(t->registry, loop_wall_ms(t->backend->loop), events, room);

	assert(n <= room);
	for (unsigned i = 0; i < n; i++)
		deliver(t, &events[i]);
}

static void set_alarm(struct teller *t)
{
	int64_t due_ms = outbox_next_due_ms(t->registry),
		wait_ms = due_ms - loop_wall_ms(t->backend->loop);
	struct timeval tv;

	if (due_ms == INT64_MAX)
		return;
	wait_ms = wait_ms < 1 ? 1 : wait_ms < NAP_MS ? wait_ms : NAP_MS;
	tv = (struct timeval){ .tv_sec = wait_ms / 1000, .tv_usec = wait_ms % 1000 * 1000 };
	event_add(&t->alarm, &tv);
}

/* Said once, not for every event that is given up. */
static void make_room(struct teller *t)
{
	unsigned n = outbox_trim(t->registry, t->backend->settings->events.max_backlog_bytes);

	if (n && !t->overflowing)
		log_error("webhook",
			  "more than events.max_backlog waits to be delivered: the oldest events "
			  "are kept as dead letters");
	t->overflowing = n || (t->overflowing && t->ailing);
	if (n == OUTBOX_TRIM_MAX)
		loop_defer(t->backend->loop, &t->look);
}

/* Said once as well. */
static void drop_dead(struct teller *t)
{
	uint64_t n = outbox_drop_dead(t->registry, t->backend->settings->events.max_dead_letters);

	if (n && !t->forgetting)
		log_error("webhook", "more than events.max_dead_letters were given up: the oldest "
				     "dead letters are dropped");
	t->forgetting = n || (t->forgetting && t->ailing);
}

/* Nobody sets an alarm while there is no room: a return will look. */
static void look(struct loop_task *task)
{
	struct teller *t = (struct teller *)((char *)task - offsetof(struct teller, look));

	event_del(&t->alarm);
	make_room(t);
	drop_dead(t);
	if (!backend_is_there(t->backend) || atomic_load(&t->hushed))
		return;
	if (t->under_way < TELLER_AT_ONCE)
		deliver_due(t);
	if (t->under_way < TELLER_AT_ONCE)
		set_alarm(t);
}

void teller_look(struct teller *t)
{
	loop_defer(t->backend->loop, &t->look);
}

static void on_alarm(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	teller_look(arg);
}

static void on_news(struct loop_letter *letter)
{
	struct teller *t = (struct teller *)letter;

	atomic_store(&t->news_is_posted, false);
	teller_look(t);
}

/* On the writer's thread. */
static void on_commit(void *arg)
{
	struct teller *t = arg;

	if (!atomic_exchange(&t->news_is_posted, true))
		loop_post(t->backend->loop, &t->news);
}

struct teller *teller_create(struct backend *b, struct registry *r, struct retry_plan plan)
{
	struct teller *t = MEM_NEW(struct teller);

	t->backend = b;
	t->registry = r;
	t->plan = plan;
	t->news.on_delivery = on_news;
	t->look.run = look;
	event_assign(&t->alarm, loop_base(b->loop), -1, 0, on_alarm, t);
	teller_look(t);
	outbox_listen(r, on_commit, t);
	return t;
}

void teller_hush(struct teller *t)
{
	outbox_listen(t->registry, NULL, NULL);
	atomic_store(&t->hushed, true);
}

void teller_destroy(struct teller **t)
{
	if (!*t)
		return;
	assert((*t)->under_way == 0);
	event_del(&(*t)->alarm);
	MEM_FREE(*t);
}
