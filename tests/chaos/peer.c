#include "peer.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 128 };

void peer_loop_init(struct peer_loop *l)
{
	*l = (struct peer_loop){ .epoll = epoll_create1(EPOLL_CLOEXEC),
				 .dead = calloc(PEER_DEAD, sizeof(struct peer_story)) };
}

static void bury(struct peer_loop *l)
{
	while (l->gone) {
		struct peer *p = l->gone;

		l->gone = p->next;
		l->dead[l->n_dead++ % PEER_DEAD] = p->story;
		if (p->on_free)
			p->on_free(p);
		free(p);
	}
}

void peer_loop_fini(struct peer_loop *l)
{
	while (l->first)
		peer_close(l->first);
	bury(l);
	close(l->epoll);
	free(l->dead);
}

void peer_note(struct peer *p, const char *what, uint64_t number, uint64_t more)
{
	struct peer_story *s = &p->story;

	s->deeds[s->n_deeds++ % PEER_STORY] =
		(struct peer_deed){ p->loop->turn, what, number, more };
}

static void tell(const struct peer_story *s, uint64_t number)
{
	uint64_t first = s->n_deeds > PEER_STORY ? s->n_deeds - PEER_STORY : 0, i = first;

	while (i < s->n_deeds && s->deeds[i % PEER_STORY].number != number)
		i++;
	if (i == s->n_deeds)
		return;
	fprintf(stderr, "  %s %llu:\n", s->role, (unsigned long long)s->number);
	for (i = first; i < s->n_deeds; i++) {
		const struct peer_deed *d = &s->deeds[i % PEER_STORY];

		fprintf(stderr, "    turn %llu: %s %llu, %llu\n", (unsigned long long)d->turn,
			d->what, (unsigned long long)d->number, (unsigned long long)d->more);
	}
}

void peer_loop_tell(const struct peer_loop *l, uint64_t number)
{
	uint64_t i = l->n_dead > PEER_DEAD ? l->n_dead - PEER_DEAD : 0;

	for (; i < l->n_dead; i++)
		tell(&l->dead[i % PEER_DEAD], number);
	for (const struct peer *p = l->gone; p; p = p->next)
		tell(&p->story, number);
	for (const struct peer *p = l->first; p; p = p->next)
		tell(&p->story, number);
}

void peer_open(struct peer *p, struct peer_loop *l, int fd, const char *role, uint64_t number,
	       struct dice dice)
{
	struct epoll_event event = { .data.ptr = p };
	int on = 1;

	p->loop = l;
	p->fd = fd;
	p->dice = dice;
	p->story.role = role;
	p->story.number = number;
	p->appetite = (unsigned)dice_below(&p->dice, 6);
	p->haste = (unsigned)dice_below(&p->dice, 6);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &event);
	p->next = l->first;
	if (p->next)
		p->next->prev = p;
	l->first = p;
	l->n_peers++;
	l->progress++;
}

bool peer_is_open(const struct peer *p)
{
	return p->fd >= 0;
}

void peer_close(struct peer *p)
{
	if (p->fd < 0)
		return;
	close(p->fd);
	p->fd = -1;
	if (p->prev)
		p->prev->next = p->next;
	else
		p->loop->first = p->next;
	if (p->next)
		p->next->prev = p->prev;
	p->next = p->loop->gone;
	p->loop->gone = p;
	p->loop->n_peers--;
	p->loop->progress++;
}

void peer_reset(struct peer *p)
{
	struct linger now = { .l_onoff = 1, .l_linger = 0 };

	if (p->fd < 0)
		return;
	setsockopt(p->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	peer_close(p);
}

void peer_shutdown(struct peer *p)
{
	shutdown(p->fd, SHUT_WR);
	p->loop->progress++;
}

/* How much of it at once: everything, pieces, crumbs at first. */
static size_t bite(struct peer *p, unsigned style, size_t len)
{
	size_t n;

	switch (style) {
	case 0 ... 2:
		return len;
	case 3:
		n = 1 + dice_below(&p->dice, 3000);
		break;
	case 4:
		n = 1 + dice_below(&p->dice, 40000);
		break;
	default:
		n = dice_permille(&p->dice, 900) && len < 2000 ? 1 + dice_below(&p->dice, 9)
							       : 1 + dice_below(&p->dice, 5000);
	}
	return n < len ? n : len;
}

static uint64_t rest(struct peer *p, unsigned style)
{
	return style && dice_permille(&p->dice, 300) ? p->loop->turn + 1 + dice_below(&p->dice, 12)
						     : 0;
}

long peer_send_whole(struct peer *p, const char *at, size_t len)
{
	ssize_t n = send(p->fd, at, len, MSG_NOSIGNAL);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	p->loop->progress++;
	return (long)n;
}

long peer_send(struct peer *p, const char *at, size_t len)
{
	long n = peer_send_whole(p, at, bite(p, p->haste, len));

	p->write_at = rest(p, p->haste);
	return n;
}

long peer_read(struct peer *p, char *at, size_t size)
{
	ssize_t n = recv(p->fd, at, bite(p, p->appetite, size), 0);

	p->read_at = rest(p, p->appetite);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? -2 : -1;
	p->loop->progress++;
	return (long)n;
}

/* The loop */

static void note_soonest(uint64_t at, uint64_t turn, uint64_t *soonest)
{
	if (at > turn && (!*soonest || at < *soonest))
		*soonest = at;
}

static void set_interest(struct peer *p)
{
	uint64_t turn = p->loop->turn;
	unsigned interest = (p->wants_read && p->read_at <= turn ? EPOLLIN : 0u) |
			    (p->wants_write && p->write_at <= turn ? EPOLLOUT : 0u);
	struct epoll_event event = { .events = interest, .data.ptr = p };

	if (interest == p->interest)
		return;
	p->interest = interest;
	epoll_ctl(p->loop->epoll, EPOLL_CTL_MOD, p->fd, &event);
}

/* Those whose pause is over; the turn at which the next one's is, or 0. */
static uint64_t look_around(struct peer_loop *l)
{
	uint64_t soonest = 0;

	for (struct peer *p = l->first, *next; p; p = next) {
		next = p->next;
		if (p->wants_turn && p->turn_at <= l->turn) {
			p->wants_turn = false;
			p->on_event(p, false, false);
			if (!peer_is_open(p))
				continue;
		}
		set_interest(p);
		if (p->wants_turn)
			note_soonest(p->turn_at, l->turn, &soonest);
		if (p->wants_read)
			note_soonest(p->read_at, l->turn, &soonest);
		if (p->wants_write)
			note_soonest(p->write_at, l->turn, &soonest);
	}
	return soonest;
}

static void deliver(struct epoll_event *event)
{
	struct peer *p = event->data.ptr;
	bool over = event->events & (EPOLLERR | EPOLLHUP);

	if (!peer_is_open(p))
		return;
	/* A connection that has failed is told of whatever was wanted. */
	p->on_event(p, p->wants_read && (over || event->events & EPOLLIN),
		    p->wants_write && (over || event->events & EPOLLOUT));
}

void peer_loop_turn(struct peer_loop *l, int wait_ms)
{
	struct epoll_event events[EVENTS];
	uint64_t before, soonest;
	int n;

	l->turn++;
	before = l->progress;
	soonest = look_around(l);
	n = epoll_wait(l->epoll, events, EVENTS, soonest || l->progress != before ? 0 : wait_ms);
	for (int i = 0; i < n; i++)
		deliver(&events[i]);
	bury(l);
	if (n <= 0 && soonest > l->turn)
		l->turn = soonest - 1;
}
