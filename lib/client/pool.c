/* The happy path is: a claim comes (pool_get), a server is chosen, its stock has a link; the link comes back (pool_put). It
 * can fail by a server that takes no connection, so that another one is chosen; by servers without room, for which the
 * claim waits in line; and by servers that are down, all of them. */
#include "client/pool.h"

#include "base/err.h"
#include "base/hmac.h"
#include "base/mem.h"

#include <assert.h>
#include <stddef.h>

struct pool {
	struct stock_ground ground;
	const struct fleet *fleet;
	struct stock **stocks; /* as in the fleet */
	struct stock **left;   /* of servers that the settings do not name any more */
	size_t n_left;
	struct balance balance;
	struct pool_list line;
	struct loop_task task; /* looks at the line */
};

struct settings *pool_settings(struct pool *p)
{
	return p->ground.settings;
}

struct loop *pool_loop(struct pool *p)
{
	return p->ground.loop;
}

void pool_count(struct pool *p, enum metric id)
{
	stock_count(&p->ground, id, 1);
}

bool pool_has_choice(const struct pool *p)
{
	return p->fleet->n > 1;
}

/* The line */

static void join_line(struct pool *p, struct pool_claim *c)
{
	struct pool_list *line = &p->line;

	c->line = line;
	c->next = NULL;
	c->prev = line->last;
	*(line->last ? &line->last->next : &line->first) = c;
	line->last = c;
	line->n++;
	stock_count(&p->ground, METRIC_ORIGIN_QUEUE, 1);
}

void pool_forget(struct pool *p, struct pool_claim *c)
{
	struct pool_list *line = c->line;

	if (!line)
		return;
	*(c->prev ? &c->prev->next : &line->first) = c->next;
	*(c->next ? &c->next->prev : &line->last) = c->prev;
	line->n--;
	c->line = NULL;
	stock_count(&p->ground, METRIC_ORIGIN_QUEUE, -1);
}

static int wait_in_line(struct pool *p, struct pool_claim *c)
{
	if (p->line.n >= p->ground.settings->origin.max_queue)
		return ERR_TOO_MANY;
	join_line(p, c);
	return ERR_BUSY;
}

static bool is_up(const struct pool *p, size_t i)
{
	return !p->fleet->is_watched || server_is_up(p->fleet->at[i].server);
}

static bool has_room(const struct pool *p)
{
	for (size_t i = 0; i < p->fleet->n; i++)
		if (is_up(p, i) && stock_has_room(p->stocks[i]))
			return true;
	return false;
}

/* Each is called once; who finds no room after all waits again. */
static void serve_line(struct loop_task *task)
{
	struct pool *p = (struct pool *)((char *)task - offsetof(struct pool, task));
	unsigned n = p->line.n;

	while (n-- && p->line.first && has_room(p)) {
		struct pool_claim *c = p->line.first;

		pool_forget(p, c);
		c->called = true;
		c->on_turn(c->want.user);
	}
}

/* There may be room, of a server that was down perhaps: nobody says when it is up again. */
static void call_line(struct pool *p)
{
	if (p->line.first && has_room(p))
		loop_defer(p->ground.loop, &p->task);
}

static void on_room(void *arg)
{
	call_line(arg);
}

/* Choosing */

static uint64_t bit(size_t i)
{
	return UINT64_C(1) << i;
}

/* Servers that are up and were not in vain before, and those of them that have room. */
static uint64_t find_up(const struct pool *p, const struct pool_claim *c, uint64_t *ret_roomy)
{
	uint64_t up = 0, roomy = 0;

	for (size_t i = 0; i < p->fleet->n; i++) {
		if ((c->avoided & bit(i)) || !is_up(p, i))
			continue;
		up |= bit(i);
		if (stock_has_room(p->stocks[i]))
			roomy |= bit(i);
	}
	*ret_roomy = roomy;
	return up;
}

static int choose(struct pool *p, struct pool_claim *c, size_t *ret_i)
{
	uint64_t roomy, up = find_up(p, c, &roomy);

	if (!up)
		return c->avoided ? ERR_IO : ERR_NOT_FOUND;
	if (!roomy)
		return wait_in_line(p, c);
	*ret_i = p->fleet->n == 1 ? 0
				  : balance_choose(&p->balance, p->fleet,
						   p->ground.settings->origin.balance, roomy);
	return 0;
}

int pool_get(struct pool *p, struct pool_claim *c, struct link **ret_link)
{
	bool called = c->called;
	size_t i;
	int err;

	c->called = false;
	if (c->fleet != p->fleet) {
		c->fleet = p->fleet;
		c->avoided = 0;
	}
	if (p->line.first && !called) {
		call_line(p);
		return wait_in_line(p, c);
	}
	while (!(err = choose(p, c, &i))) {
		err = stock_take(p->stocks[i], &c->want, ret_link);
		if (err != ERR_IO)
			return err;
		stock_note_refusal(p->stocks[i]);
		c->avoided |= bit(i);
	}
	return err;
}

void pool_avoid(struct pool *p, struct pool_claim *c, const struct link *l)
{
	for (size_t i = 0; i < p->fleet->n && c->fleet == p->fleet; i++)
		if (p->stocks[i] == l->stock)
			c->avoided |= bit(i);
}

void pool_refuse(struct pool *p, struct pool_claim *c, const struct link *l)
{
	pool_avoid(p, c, l);
	stock_note_refusal(l->stock);
}

void pool_put(struct pool *p, struct link *l)
{
	stock_put(l);
	call_line(p);
}

void pool_drop(struct pool *p, struct link *l)
{
	stock_drop(l);
	call_line(p);
}

/* Settings */

static struct stock *find_stock(struct stock **stocks, size_t n, const struct server *server)
{
	for (size_t i = 0; i < n; i++)
		if (stocks[i] && stocks[i]->server == server) {
			struct stock *found = stocks[i];

			stocks[i] = NULL;
			return found;
		}
	return NULL;
}

/* Exchanges go on over the links of servers that are left. */
static void keep_left(struct pool *p, struct stock *s)
{
	stock_move(s, NULL, false);
	p->left = mem_resize(p->left, (p->n_left + 1) * sizeof(*p->left));
	p->left[p->n_left++] = s;
}

static void forget_left(struct pool *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n_left; i++) {
		if (p->left[i] && p->left[i]->n_busy)
			p->left[n++] = p->left[i];
		else
			stock_destroy(&p->left[i]);
	}
	p->n_left = n;
}

static struct stock **restock(struct pool *p, const struct fleet *fleet, bool starts)
{
	struct stock **stocks = mem_array(fleet->n, sizeof(struct stock *));
	size_t n = p->fleet ? p->fleet->n : 0;

	for (size_t i = 0; i < fleet->n; i++) {
		const struct fleet_server *f = &fleet->at[i];
		struct stock *s = find_stock(p->stocks, n, f->server);

		if (!s)
			s = find_stock(p->left, p->n_left, f->server);
		/* Whom we believe may have changed, and the files that say so. */
		if (s)
			stock_move(s, f, f->settings.https);
		stocks[i] = s ? s : stock_create(&p->ground, f, starts);
	}
	return stocks;
}

static void take_settings(struct pool *p, struct settings *settings, bool starts)
{
	struct settings *old = p->ground.settings;
	const struct fleet *fleet = fleet_of(settings);
	size_t n = p->fleet ? p->fleet->n : 0;
	struct stock **stocks;

	p->ground.settings = settings_ref(settings);
	p->ground.idle_deadlines = loop_deadlines(p->ground.loop, settings->http.idle_timeout_ms);
	p->ground.is_watched = fleet->is_watched;
	stocks = restock(p, fleet, starts);
	for (size_t i = 0; i < n; i++)
		if (p->stocks[i])
			keep_left(p, p->stocks[i]);
	mem_free(p->stocks);
	p->stocks = stocks;
	p->fleet = fleet;
	if (old)
		settings_unref(&old);
}

void pool_use_settings(struct pool *p, struct settings *settings)
{
	forget_left(p);
	take_settings(p, settings, false);
	call_line(p);
}

struct pool *pool_create(struct loop *loop, struct settings *settings, struct metrics *metrics,
			 unsigned metric_shard)
{
	struct pool *p = MEM_NEW(struct pool);

	p->ground = (struct stock_ground){ .loop = loop,
					   .metrics = metrics,
					   .metric_shard = metric_shard,
					   .on_room = on_room,
					   .arg = p };
	p->task.run = serve_line;
	hmac_random(&p->balance.turn, sizeof(p->balance.turn));
	take_settings(p, settings, true);
	return p;
}

void pool_destroy(struct pool **p)
{
	struct pool *pool = *p;

	if (!pool)
		return;
	*p = NULL;
	assert(!pool->line.first);
	loop_undefer(pool->ground.loop, &pool->task);
	for (size_t i = 0; i < pool->fleet->n; i++)
		stock_destroy(&pool->stocks[i]);
	for (size_t i = 0; i < pool->n_left; i++)
		stock_destroy(&pool->left[i]);
	mem_free(pool->stocks);
	mem_free(pool->left);
	settings_unref(&pool->ground.settings);
	mem_free(pool);
}
