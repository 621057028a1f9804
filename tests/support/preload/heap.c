/* heap: preloaded into a daemon under test, counts what its workers ask of the heap. The count is kept in the first eight
 * bytes of the file that LATCHD_HEAP_COUNT names, so that the test reads it while the daemon runs. A worker is a thread that
 * has called itself "worker …". Wants glibc, whose allocator has second names; not for sanitizers, which have their own. */
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *at, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *at);

static _Atomic uint64_t *calls;
/* This model needs no heap of its own. */
static __thread bool is_worker __attribute__((tls_model("initial-exec")));

__attribute__((constructor)) static void open_count(void)
{
	const char *path = getenv("LATCHD_HEAP_COUNT");
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *at;

	if (fd < 0)
		return;
	at = mmap(NULL, sizeof(*calls), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (at != MAP_FAILED)
		calls = at;
}

int pthread_setname_np(pthread_t thread, const char *name)
{
	int (*next)(pthread_t, const char *) =
		(int (*)(pthread_t, const char *))dlsym(RTLD_NEXT, "pthread_setname_np");

	if (pthread_equal(thread, pthread_self()))
		is_worker = strncmp(name, "worker ", 7) == 0;
	return next(thread, name);
}

static void count(void)
{
	if (is_worker && calls)
		atomic_fetch_add(calls, 1);
}

void *malloc(size_t size)
{
	count();
	return __libc_malloc(size);
}

void *calloc(size_t number, size_t size)
{
	count();
	return __libc_calloc(number, size);
}

void *realloc(void *at, size_t size)
{
	count();
	return __libc_realloc(at, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	count();
	return __libc_memalign(alignment, size);
}

int posix_memalign(void **ret_at, size_t alignment, size_t size)
{
	count();
	*ret_at = __libc_memalign(alignment, size);
	return *ret_at ? 0 : 12 /* ENOMEM */;
}

void free(void *at)
{
	count();
	__libc_free(at);
}
