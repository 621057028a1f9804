#include "loop/loop.h"

#include "base/clock.h"
#include "base/mem.h"
#include "loop/block.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct loop_deadlines {
	struct loop *loop;
	struct loop_deadlines *next;
	int64_t duration_ms;
	struct loop_deadline *first, *last;
};

struct loop {
	struct event_base *base;
	struct block_shelf *shelf;
	struct event timer;
	int64_t timer_at_ms; /* INT64_MAX: not armed */
	struct loop_deadlines *lists;

	bool time_is_read; /* in this turn */
	uint64_t turn;
	int64_t now_ms, wall_ms;
	int64_t date_s; /* what `date` shows */
	char date[CLOCK_HTTP_BYTES];

	struct loop_task *first, *last;
	unsigned n_tasks;

	/* other threads: */
	struct event wake;
	int wake_fd;
	_Atomic(struct loop_letter *) letters; /* newest first */
	atomic_bool stopped;
};

static void read_time(struct loop *l)
{
	if (l->time_is_read)
		return;
	l->now_ms = clock_steady_ms();
	l->wall_ms = clock_wall_ms();
	l->time_is_read = true;
}

int64_t loop_now_ms(struct loop *l)
{
	read_time(l);
	return l->now_ms;
}

int64_t loop_wall_ms(struct loop *l)
{
	read_time(l);
	return l->wall_ms;
}

uint64_t loop_turn(const struct loop *l)
{
	return l->turn;
}

const char *loop_http_date(struct loop *l)
{
	int64_t wall_ms = loop_wall_ms(l);

	if (wall_ms / 1000 != l->date_s) {
		l->date_s = wall_ms / 1000;
		clock_http_date(wall_ms, l->date);
	}
	return l->date;
}

struct event_base *loop_base(struct loop *l)
{
	return l->base;
}

struct block_shelf *loop_shelf(struct loop *l)
{
	return l->shelf;
}

/* Letters: a stack that senders push to and the receiver takes whole. */

static void knock(struct loop *l)
{
	uint64_t one = 1;
	ssize_t n;

	do
		n = write(l->wake_fd, &one, sizeof(one));
	while (n < 0 && errno == EINTR);
}

void loop_post(struct loop *l, struct loop_letter *letter)
{
	struct loop_letter *head = atomic_load_explicit(&l->letters, memory_order_relaxed);

	do
		letter->next = head;
	while (!atomic_compare_exchange_weak_explicit(&l->letters, &head, letter,
						      memory_order_release, memory_order_relaxed));
	if (!head)
		knock(l);
}

static void deliver_letters(struct loop *l)
{
	struct loop_letter *newest =
		atomic_exchange_explicit(&l->letters, NULL, memory_order_acquire);
	struct loop_letter *oldest = NULL;

	while (newest) {
		struct loop_letter *next = newest->next;

		newest->next = oldest;
		oldest = newest;
		newest = next;
	}
	while (oldest) {
		struct loop_letter *letter = oldest;

		oldest = letter->next;
		letter->on_delivery(letter);
	}
}

static void on_wake(evutil_socket_t fd, short what, void *arg)
{
	struct loop *l = arg;
	uint64_t count;

	(void)what;
	if (read(fd, &count, sizeof(count)) < 0 && errno != EAGAIN && errno != EINTR)
		abort();
	deliver_letters(l);
}

/* Deadlines */

/* The timer is never put off: one that fires for a deadline which was moved finds nothing due and is armed anew. */
static void arm_timer(struct loop *l, int64_t at_ms)
{
	int64_t wait_ms = at_ms - loop_now_ms(l);
	struct timeval tv;

	if (at_ms >= l->timer_at_ms)
		return;
	if (wait_ms < 0)
		wait_ms = 0;
	tv = (struct timeval){ .tv_sec = wait_ms / 1000, .tv_usec = wait_ms % 1000 * 1000 };
	l->timer_at_ms = at_ms;
	event_add(&l->timer, &tv);
}

/* There are few lists: one for each duration that the settings know. */
static struct loop_deadline *next_due(const struct loop *l)
{
	struct loop_deadline *next = NULL;

	for (const struct loop_deadlines *list = l->lists; list; list = list->next)
		if (list->first && (!next || list->first->at_ms < next->at_ms))
			next = list->first;
	return next;
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct loop *l = arg;
	int64_t now_ms = loop_now_ms(l);
	struct loop_deadline *d;

	(void)fd;
	(void)what;
	l->timer_at_ms = INT64_MAX;
	while ((d = next_due(l)) && d->at_ms <= now_ms) {
		loop_deadline_clear(d);
		d->on_expiry(d);
	}
	if (d)
		arm_timer(l, d->at_ms);
}

struct loop_deadlines *loop_deadlines(struct loop *l, int64_t duration_ms)
{
	struct loop_deadlines *list;

	if (duration_ms < 1)
		duration_ms = 1;
	for (list = l->lists; list; list = list->next)
		if (list->duration_ms == duration_ms)
			return list;
	list = MEM_NEW(struct loop_deadlines);
	list->loop = l;
	list->duration_ms = duration_ms;
	list->next = l->lists;
	l->lists = list;
	return list;
}

void loop_deadline_set(struct loop_deadlines *list, struct loop_deadline *d)
{
	assert(d->on_expiry);
	loop_deadline_clear(d);
	d->list = list;
	d->at_ms = loop_now_ms(list->loop) + list->duration_ms;
	d->prev = list->last;
	d->next = NULL;
	if (list->last)
		list->last->next = d;
	else
		list->first = d;
	list->last = d;
	arm_timer(list->loop, d->at_ms);
}

void loop_deadline_clear(struct loop_deadline *d)
{
	struct loop_deadlines *list = d->list;

	if (!list)
		return;
	if (d->prev)
		d->prev->next = d->next;
	else
		list->first = d->next;
	if (d->next)
		d->next->prev = d->prev;
	else
		list->last = d->prev;
	d->next = d->prev = NULL;
	d->list = NULL;
}

/* Tasks */

void loop_defer(struct loop *l, struct loop_task *task)
{
	if (task->queued)
		return;
	task->queued = true;
	task->next = NULL;
	if (l->last)
		l->last->next = task;
	else
		l->first = task;
	l->last = task;
	l->n_tasks++;
}

void loop_undefer(struct loop *l, struct loop_task *task)
{
	struct loop_task *before = NULL;

	if (!task->queued)
		return;
	for (struct loop_task *t = l->first; t != task; t = t->next)
		before = t;
	if (before)
		before->next = task->next;
	else
		l->first = task->next;
	if (l->last == task)
		l->last = before;
	task->next = NULL;
	task->queued = false;
	l->n_tasks--;
}

/* At most as many as there were: a task that queues another one does not keep the others from the sockets. */
static void run_tasks(struct loop *l)
{
	for (unsigned n = l->n_tasks; n && l->first; n--) {
		struct loop_task *task = l->first;

		loop_undefer(l, task);
		task->run(task);
	}
}

/* The loop itself */

void loop_run(struct loop *l)
{
	while (!atomic_load_explicit(&l->stopped, memory_order_acquire)) {
		int flags = l->n_tasks ? EVLOOP_ONCE | EVLOOP_NONBLOCK : EVLOOP_ONCE;

		l->time_is_read = false;
		l->turn++;
		if (event_base_loop(l->base, flags) < 0)
			abort();
		run_tasks(l);
	}
	l->time_is_read = false;
	while (atomic_load_explicit(&l->letters, memory_order_relaxed) || l->n_tasks) {
		deliver_letters(l);
		run_tasks(l);
	}
	atomic_store_explicit(&l->stopped, false, memory_order_relaxed);
}

void loop_stop(struct loop *l)
{
	atomic_store_explicit(&l->stopped, true, memory_order_release);
	knock(l);
}

static struct event_base *base_create(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base;

	if (!config)
		return NULL;
	event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
	base = event_base_new_with_config(config);
	event_config_free(config);
	return base;
}

struct loop *loop_create(void)
{
	struct loop *l = MEM_NEW(struct loop);

	l->timer_at_ms = INT64_MAX;
	l->date_s = -1;
	l->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	l->base = l->wake_fd < 0 ? NULL : base_create();
	if (!l->base) {
		if (l->wake_fd >= 0)
			close(l->wake_fd);
		mem_free(l);
		return NULL;
	}
	l->shelf = block_shelf_create();
	event_assign(&l->timer, l->base, -1, 0, on_timer, l);
	event_assign(&l->wake, l->base, l->wake_fd, EV_READ | EV_PERSIST, on_wake, l);
	event_add(&l->wake, NULL);
	return l;
}

void loop_destroy(struct loop **l)
{
	struct loop *loop = *l;

	if (!loop)
		return;
	*l = NULL;
	deliver_letters(loop);
	event_del(&loop->timer);
	event_del(&loop->wake);
	close(loop->wake_fd);
	while (loop->lists) {
		struct loop_deadlines *next = loop->lists->next;

		mem_free(loop->lists);
		loop->lists = next;
	}
	block_shelf_destroy(&loop->shelf);
	event_base_free(loop->base);
	mem_free(loop);
}
