#include "base/thread.h"

#include "base/mem.h"

#include <assert.h>
#include <signal.h>
#include <string.h>

struct beginning {
	char name[16];
	void *(*run)(void *arg);
	void *arg;
};

static void *begin(void *arg)
{
	struct beginning b = *(struct beginning *)arg;

	mem_free(arg);
	pthread_setname_np(pthread_self(), b.name);
	return b.run(b.arg);
}

bool thread_start(const char *name, void *(*run)(void *arg), void *arg, pthread_t *ret_thread)
{
	struct beginning *b = MEM_NEW(struct beginning);
	sigset_t all, before;
	bool started;

	assert(strlen(name) < sizeof(b->name));
	strcpy(b->name, name);
	b->run = run;
	b->arg = arg;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	started = pthread_create(ret_thread, NULL, begin, b) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!started)
		mem_free(b);
	return started;
}
