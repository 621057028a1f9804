#include "stage.h"

#include "raw.h"
#include "scan.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { QUIET_MS = 60 };

struct link {
	struct link *next;
	int fd;
	struct wirework_buffer in;
	struct party *party; /* whose request came last */
	bool deaf;           /* it was answered before it had come */
};

struct stage {
	bool certain;
	int listener;
	uint16_t origin_port, proxy_port;
	uint32_t next_address;
	struct party *parties;
	size_t n;
	struct link *links;
	struct pollfd *polled;
	size_t polled_room;
};

struct stage *stage_open(bool certain)
{
	struct stage *s = calloc(1, sizeof(*s));

	s->certain = certain;
	s->listener = wirework_listen(&s->origin_port);
	s->next_address = 0x7f010001;
	return s;
}

uint16_t stage_origin_port(const struct stage *s)
{
	return s->origin_port;
}

void stage_use_proxy(struct stage *s, uint16_t port)
{
	s->proxy_port = port;
}

/* Connections to the origin */

static void drop_link(struct stage *s, struct link *l)
{
	struct link **at = &s->links;

	while (*at != l)
		at = &(*at)->next;
	*at = l->next;
	for (size_t i = 0; i < s->n; i++)
		if (s->parties[i].link == l)
			s->parties[i].link = NULL;
	wirework_free(&l->in);
	close(l->fd);
	free(l);
}

static void accept_link(struct stage *s)
{
	struct link *l = calloc(1, sizeof(*l));

	l->fd = raw_accept(s->listener);
	l->next = s->links;
	s->links = l;
}

static struct party *party_of(struct stage *s, const char *head, size_t head_bytes)
{
	char text[64];
	struct in_addr address;
	uint32_t i;

	if (!scan_field(head, head_bytes, "X-Real-IP", text, sizeof(text)) ||
	    inet_pton(AF_INET, text, &address) != 1)
		return NULL;
	i = ntohl(address.s_addr) - (s->n ? s->parties[0].address : 0);
	return i < s->n ? &s->parties[i] : NULL;
}

static void note_request(struct link *l, struct party *p, const struct scan *found)
{
	if (!p->passed)
		p->passed = calloc(1, PARTY_PASSED_BYTES + 1);
	p->passed_bytes =
		scan_copy(found, l->in.at, p->passed, p->passed_bytes, PARTY_PASSED_BYTES);
	if (found->fault)
		p->fault = found->fault;
}

static void echo(struct link *l, const struct scan *found)
{
	static const char format[] =
		"HTTP/1.1 200 OK\r\nX-Echo: %s %s\r\nContent-Length: 2\r\n\r\n%s";
	bool to_head = strncmp(l->in.at, "HEAD ", 5) == 0;
	char text[512], who[64] = "nobody";
	int len;

	scan_field(l->in.at, found->head_bytes, "X-Real-IP", who, sizeof(who));
	len = snprintf(text, sizeof(text), format, who, found->target, to_head ? "" : "ok");
	wirework_send(l->fd, text, (size_t)len);
}

/* False when what came is no whole request. */
static bool take_request(struct stage *s, struct link *l)
{
	struct scan found = scan_request(l->in.at, l->in.len);
	struct party *p = found.head_bytes ? party_of(s, l->in.at, found.head_bytes) : NULL;
	bool after = strncmp(found.target, "/after", 6) == 0;

	if (!found.head_bytes)
		return false;
	if (!p && l->party)
		l->party->smuggled = true;
	p = p ? p : l->party;
	ck_assert_msg(p, "nobody's request: %.300s", l->in.at);
	if (l->party && l->party != p)
		l->party->link_reused = true;
	l->party = p;
	if (!after)
		p->link = l;
	p->smuggled |= strstr(found.target, "smuggled") != NULL;
	if (!found.all_bytes && !(p->row->flags & ORIGIN_HASTES))
		return false;
	if (!after) {
		note_request(l, p, &found);
		p->reached += found.all_bytes != 0;
		p->asked |= p->row->origin.at != NULL;
	}
	if (after || !p->row->origin.at)
		echo(l, &found);
	l->deaf = !found.all_bytes;
	wirework_drop(&l->in, l->deaf ? l->in.len : found.all_bytes);
	return true;
}

static void read_link(struct stage *s, struct link *l)
{
	enum wirework_news news;

	while ((news = wirework_take(l->fd, &l->in)) == WIREWORK_BYTES)
		;
	while (l->in.len && !l->deaf && take_request(s, l))
		;
	if (news == WIREWORK_END || news == WIREWORK_RESET)
		drop_link(s, l);
}

/* Clients */

static void connect_party(struct stage *s, struct party *p)
{
	p->address = s->next_address++;
	p->fd = raw_connect_from(p->address, s->proxy_port);
}

void stage_enter(struct stage *s, struct party *parties, size_t n)
{
	s->parties = parties;
	s->n = n;
	for (size_t i = 0; i < n; i++)
		connect_party(s, &parties[i]);
}

void stage_leave(struct stage *s)
{
	for (size_t i = 0; i < s->n; i++) {
		struct party *p = &s->parties[i];

		raw_close(&p->fd);
		wirework_free(&p->in);
		free(p->passed);
	}
	for (struct link *l = s->links, *next; l; l = next) {
		next = l->next;
		l->party = NULL;
		if (l->in.len || l->deaf)
			drop_link(s, l);
	}
	s->parties = NULL;
	s->n = 0;
}

static void read_party(struct party *p)
{
	enum wirework_news news;

	while ((news = wirework_take(p->fd, &p->in)) == WIREWORK_BYTES)
		;
	p->ended = news != WIREWORK_NOTHING;
	p->reset = news == WIREWORK_RESET;
}

/* Both */

static size_t gather(struct stage *s)
{
	size_t n = 0, room = s->n + 1;

	for (struct link *l = s->links; l; l = l->next)
		room++;
	if (room > s->polled_room) {
		s->polled_room = 2 * room;
		s->polled = realloc(s->polled, s->polled_room * sizeof(*s->polled));
	}
	s->polled[n++] = (struct pollfd){ .fd = s->listener, .events = POLLIN };
	for (size_t i = 0; i < s->n; i++)
		s->polled[n++] = (struct pollfd){ .fd = s->parties[i].ended ? -1 : s->parties[i].fd,
						  .events = POLLIN };
	for (struct link *l = s->links; l; l = l->next)
		s->polled[n++] = (struct pollfd){ .fd = l->fd, .events = POLLIN };
	return n;
}

bool stage_pump(struct stage *s, int wait_ms)
{
	size_t n = gather(s), at = 1;
	int ready = poll(s->polled, n, wait_ms);

	for (size_t i = 0; ready > 0 && i < s->n; i++)
		if (s->polled[at++].revents)
			read_party(&s->parties[i]);
	for (struct link *l = s->links, *next; ready > 0 && l; l = next) {
		next = l->next;
		if (s->polled[at++].revents)
			read_link(s, l);
	}
	if (ready > 0 && s->polled[0].revents)
		accept_link(s);
	return ready > 0;
}

void stage_settle(struct stage *s)
{
	int fd;

	if (!s->certain) {
		while (stage_pump(s, QUIET_MS))
			;
		return;
	}
	fd = raw_connect(s->proxy_port);
	raw_send(fd, "?\r\n\r\n");
	raw_read_until(fd, "400");
	raw_close(&fd);
	while (stage_pump(s, 0))
		;
}

bool stage_is_hanging(const struct party *p)
{
	return p->link && p->link->in.len;
}

void stage_send(struct party *p, const char *at, size_t len)
{
	wirework_send(p->fd, at, len);
}

void stage_hang_up(struct party *p)
{
	shutdown(p->fd, SHUT_WR);
}

void stage_answer(struct party *p, const char *at, size_t len)
{
	if (p->link)
		wirework_send(p->link->fd, at, len);
}

void stage_close_link(struct stage *s, struct party *p, bool reset)
{
	struct linger now = { .l_onoff = 1, .l_linger = 0 };

	if (!p->link)
		return;
	if (reset)
		setsockopt(p->link->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	drop_link(s, p->link);
}

void stage_close(struct stage **stage)
{
	struct stage *s = *stage;

	while (s->links)
		drop_link(s, s->links);
	raw_close(&s->listener);
	free(s->polled);
	free(s);
	*stage = NULL;
}
