#include "client/server.h"
#include "suite.h"

#include <pthread.h>

enum { THREADS = 4, ROUNDS = 20000 };

static struct server *server;
static atomic_uint news;

static void *use_it(void *arg)
{
	struct server *mine = server_ref(server);

	(void)arg;
	for (unsigned i = 0; i < ROUNDS; i++) {
		server_take_up(mine);
		ck_assert_uint_ge(server_in_use(mine), 1);
		if (server_is_up(mine) && server_blame(&mine->refuses_since_ms, 1))
			atomic_fetch_add(&news, 1);
		else if (server_clear(&mine->refuses_since_ms))
			atomic_fetch_sub(&news, 1);
		server_let_go(mine);
	}
	server_unref(&mine);
	return NULL;
}

static void several_threads_use_and_judge_it(void)
{
	pthread_t threads[THREADS];

	server = server_create("http://a");
	for (unsigned i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, use_it, NULL), 0);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	ck_assert_uint_eq(server_in_use(server), 0);
	/* Each turn of the flag was news to one thread alone. */
	ck_assert_uint_eq(atomic_load(&news), atomic_load(&server->refuses_since_ms));
	server_unref(&server);
	ck_assert_ptr_null(server);
}

static void either_flag_puts_it_aside(void)
{
	server = server_create("http://a");
	ck_assert(server_is_up(server));
	ck_assert(server_blame(&server->refuses_since_ms, 7));
	ck_assert(!server_blame(&server->refuses_since_ms, 8));
	ck_assert_int_eq(atomic_load(&server->refuses_since_ms), 7);
	ck_assert(!server_is_up(server));
	ck_assert(server_blame(&server->ails_since_ms, 9));
	ck_assert(server_clear(&server->refuses_since_ms));
	ck_assert(!server_is_up(server));
	ck_assert(server_clear(&server->ails_since_ms));
	ck_assert(!server_clear(&server->ails_since_ms));
	ck_assert(server_is_up(server));
	server_unref(&server);
}

SUITE_MAIN("server", either_flag_puts_it_aside, several_threads_use_and_judge_it)
