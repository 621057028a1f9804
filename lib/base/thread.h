/* thread: starts threads that have a name, for whoever looks with top or gdb, and take no signals: those are the main
 * thread's. Any thread. */
#pragma once

#include <pthread.h>
#include <stdbool.h>

/* `name` has at most 15 bytes and is copied. False when the system has no thread to give. To be joined or detached, as any. */
bool thread_start(const char *name, void *(*run)(void *arg), void *arg, pthread_t *ret_thread);
