#include "powerloss_vfs.h"

#include "base/mem.h"

#include <assert.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A change that is not synced: what was there, and what came instead. */
struct undo {
	struct undo *next; /* the one before it */
	int64_t offset;
	int64_t old_size; /* of the file */
	int64_t new_size;
	size_t old_len, new_len;
	char *old_bytes, *new_bytes;
};

struct disk_file {
	struct disk_file *next;
	char *name;
	struct undo *last;
};

struct powerloss {
	sqlite3_vfs vfs; /* first */
	sqlite3_vfs *real;
	pthread_mutex_t lock;
	struct disk_file *files;
	uint64_t operations;
	unsigned left; /* operations until the power goes; 0: it stays */
	bool cut;
	int failure;
	unsigned once_left; /* operations until one fails with `once`; 0: none does */
	int once;
};

struct open_file {
	sqlite3_file file; /* first */
	struct powerloss *p;
	struct disk_file *disk; /* NULL: nothing that has to last */
	sqlite3_file *real;
};

static struct powerloss *of_vfs(sqlite3_vfs *vfs)
{
	return (struct powerloss *)vfs;
}

static struct open_file *of_file(sqlite3_file *file)
{
	return (struct open_file *)file;
}

/* SQLITE_OK, or why the next change of a file cannot be. Holds the lock on return in the first case only. */
static int begin_operation(struct powerloss *p, int code_when_cut)
{
	int code;

	pthread_mutex_lock(&p->lock);
	p->operations++;
	if (p->left && --p->left == 0)
		p->cut = true;
	code = p->cut ? code_when_cut : p->failure;
	if (p->once_left && --p->once_left == 0 && !code)
		code = p->once;
	if (code != SQLITE_OK)
		pthread_mutex_unlock(&p->lock);
	return code;
}

static struct disk_file *file_named(struct powerloss *p, const char *name)
{
	struct disk_file *f = p->files;

	while (f && strcmp(f->name, name) != 0)
		f = f->next;
	if (!f) {
		f = MEM_NEW(struct disk_file);
		f->name = mem_text(name);
		f->next = p->files;
		p->files = f;
	}
	return f;
}

static void forget_undo(struct disk_file *f)
{
	while (f->last) {
		struct undo *next = f->last->next;

		mem_free(f->last->old_bytes);
		mem_free(f->last->new_bytes);
		mem_free(f->last);
		f->last = next;
	}
}

static void note(struct open_file *o, int64_t offset, const void *bytes, size_t len,
		 int64_t new_size)
{
	struct undo *u = MEM_NEW(struct undo);
	sqlite3_int64 size = 0;
	int64_t end;

	o->real->pMethods->xFileSize(o->real, &size);
	u->offset = offset;
	u->old_size = size;
	u->new_size = new_size < 0 ? (offset + (int64_t)len > size ? offset + (int64_t)len : size)
				   : new_size;
	end = new_size < 0 && offset + (int64_t)len < size ? offset + (int64_t)len : size;
	u->old_len = end > offset ? (size_t)(end - offset) : 0;
	u->old_bytes = mem_new(u->old_len);
	if (u->old_len)
		o->real->pMethods->xRead(o->real, u->old_bytes, (int)u->old_len, offset);
	u->new_len = len;
	u->new_bytes = mem_copy(bytes, len);
	u->next = o->disk->last;
	o->disk->last = u;
}

static int file_close(sqlite3_file *file)
{
	return of_file(file)->real->pMethods->xClose(of_file(file)->real);
}

static int file_read(sqlite3_file *file, void *at, int len, sqlite3_int64 offset)
{
	return of_file(file)->real->pMethods->xRead(of_file(file)->real, at, len, offset);
}

static int file_write(sqlite3_file *file, const void *at, int len, sqlite3_int64 offset)
{
	struct open_file *o = of_file(file);
	int rc = begin_operation(o->p, SQLITE_IOERR_WRITE);

	if (rc != SQLITE_OK)
		return rc;
	if (o->disk)
		note(o, offset, at, (size_t)len, -1);
	rc = o->real->pMethods->xWrite(o->real, at, len, offset);
	pthread_mutex_unlock(&o->p->lock);
	return rc;
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	struct open_file *o = of_file(file);
	int rc = begin_operation(o->p, SQLITE_IOERR_TRUNCATE);

	if (rc != SQLITE_OK)
		return rc;
	if (o->disk)
		note(o, size, "", 0, size);
	rc = o->real->pMethods->xTruncate(o->real, size);
	pthread_mutex_unlock(&o->p->lock);
	return rc;
}

static int file_sync(sqlite3_file *file, int flags)
{
	struct open_file *o = of_file(file);
	int rc = begin_operation(o->p, SQLITE_IOERR_FSYNC);

	(void)flags;
	if (rc != SQLITE_OK)
		return rc;
	if (o->disk)
		forget_undo(o->disk);
	pthread_mutex_unlock(&o->p->lock);
	return SQLITE_OK;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size)
{
	return of_file(file)->real->pMethods->xFileSize(of_file(file)->real, size);
}

static int file_lock(sqlite3_file *file, int level)
{
	return of_file(file)->real->pMethods->xLock(of_file(file)->real, level);
}

static int file_unlock(sqlite3_file *file, int level)
{
	return of_file(file)->real->pMethods->xUnlock(of_file(file)->real, level);
}

static int file_is_reserved(sqlite3_file *file, int *reserved)
{
	return of_file(file)->real->pMethods->xCheckReservedLock(of_file(file)->real, reserved);
}

static int file_control(sqlite3_file *file, int op, void *arg)
{
	return of_file(file)->real->pMethods->xFileControl(of_file(file)->real, op, arg);
}

static int file_sector(sqlite3_file *file)
{
	return of_file(file)->real->pMethods->xSectorSize(of_file(file)->real);
}

static int file_character(sqlite3_file *file)
{
	return of_file(file)->real->pMethods->xDeviceCharacteristics(of_file(file)->real);
}

static int file_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **at)
{
	return of_file(file)->real->pMethods->xShmMap(of_file(file)->real, page, size, extend, at);
}

static int file_shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
	return of_file(file)->real->pMethods->xShmLock(of_file(file)->real, offset, n, flags);
}

/* A barrier for memory is all that is wanted, and the sanitizer understands ours. */
static void file_shm_barrier(sqlite3_file *file)
{
	pthread_mutex_lock(&of_file(file)->p->lock);
	pthread_mutex_unlock(&of_file(file)->p->lock);
}

static int file_shm_unmap(sqlite3_file *file, int remove)
{
	return of_file(file)->real->pMethods->xShmUnmap(of_file(file)->real, remove);
}

static const sqlite3_io_methods file_methods = {
	.iVersion = 2,
	.xClose = file_close,
	.xRead = file_read,
	.xWrite = file_write,
	.xTruncate = file_truncate,
	.xSync = file_sync,
	.xFileSize = file_size,
	.xLock = file_lock,
	.xUnlock = file_unlock,
	.xCheckReservedLock = file_is_reserved,
	.xFileControl = file_control,
	.xSectorSize = file_sector,
	.xDeviceCharacteristics = file_character,
	.xShmMap = file_shm_map,
	.xShmLock = file_shm_lock,
	.xShmBarrier = file_shm_barrier,
	.xShmUnmap = file_shm_unmap,
};

enum { LASTING = SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL };

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
		    int *ret_flags)
{
	struct powerloss *p = of_vfs(vfs);
	struct open_file *o = of_file(file);
	int rc;

	memset(o, 0, sizeof(*o));
	o->p = p;
	o->real = (sqlite3_file *)(o + 1);
	rc = p->real->xOpen(p->real, name, o->real, flags, ret_flags);
	if (rc != SQLITE_OK)
		return rc;
	o->file.pMethods = &file_methods;
	pthread_mutex_lock(&p->lock);
	if (name && (flags & LASTING))
		o->disk = file_named(p, name);
	pthread_mutex_unlock(&p->lock);
	return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int sync_directory)
{
	struct powerloss *p = of_vfs(vfs);
	int rc = begin_operation(p, SQLITE_IOERR_DELETE);

	if (rc != SQLITE_OK)
		return rc;
	forget_undo(file_named(p, name));
	rc = p->real->xDelete(p->real, name, sync_directory);
	pthread_mutex_unlock(&p->lock);
	return rc;
}

static int vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *ret_answer)
{
	return of_vfs(vfs)->real->xAccess(of_vfs(vfs)->real, name, flags, ret_answer);
}

static int vfs_full_name(sqlite3_vfs *vfs, const char *name, int size, char *ret_name)
{
	return of_vfs(vfs)->real->xFullPathname(of_vfs(vfs)->real, name, size, ret_name);
}

static int vfs_random(sqlite3_vfs *vfs, int len, char *ret_bytes)
{
	return of_vfs(vfs)->real->xRandomness(of_vfs(vfs)->real, len, ret_bytes);
}

static int vfs_sleep(sqlite3_vfs *vfs, int us)
{
	return of_vfs(vfs)->real->xSleep(of_vfs(vfs)->real, us);
}

static int vfs_time(sqlite3_vfs *vfs, double *ret_days)
{
	return of_vfs(vfs)->real->xCurrentTime(of_vfs(vfs)->real, ret_days);
}

static int vfs_error(sqlite3_vfs *vfs, int len, char *ret_text)
{
	return of_vfs(vfs)->real->xGetLastError(of_vfs(vfs)->real, len, ret_text);
}

struct powerloss *powerloss_create(const char *name)
{
	struct powerloss *p = MEM_NEW(struct powerloss);

	p->real = sqlite3_vfs_find(NULL);
	assert(p->real && p->real->pNext != &p->vfs);
	pthread_mutex_init(&p->lock, NULL);
	p->vfs = (sqlite3_vfs){
		.iVersion = 1,
		.szOsFile = (int)sizeof(struct open_file) + p->real->szOsFile,
		.mxPathname = p->real->mxPathname,
		.zName = mem_text(name),
		.xOpen = vfs_open,
		.xDelete = vfs_delete,
		.xAccess = vfs_access,
		.xFullPathname = vfs_full_name,
		.xRandomness = vfs_random,
		.xSleep = vfs_sleep,
		.xCurrentTime = vfs_time,
		.xGetLastError = vfs_error,
	};
	sqlite3_vfs_register(&p->vfs, 0);
	return p;
}

void powerloss_destroy(struct powerloss **p)
{
	if (!*p)
		return;
	sqlite3_vfs_unregister(&(*p)->vfs);
	while ((*p)->files) {
		struct disk_file *next = (*p)->files->next;

		forget_undo((*p)->files);
		mem_free((*p)->files->name);
		mem_free((*p)->files);
		(*p)->files = next;
	}
	pthread_mutex_destroy(&(*p)->lock);
	mem_free((char *)(uintptr_t)(*p)->vfs.zName);
	MEM_FREE(*p);
}

void powerloss_cut_at(struct powerloss *p, unsigned n)
{
	pthread_mutex_lock(&p->lock);
	p->left = n;
	pthread_mutex_unlock(&p->lock);
}

bool powerloss_is_cut(struct powerloss *p)
{
	bool cut;

	pthread_mutex_lock(&p->lock);
	cut = p->cut;
	pthread_mutex_unlock(&p->lock);
	return cut;
}

uint64_t powerloss_operations(struct powerloss *p)
{
	uint64_t operations;

	pthread_mutex_lock(&p->lock);
	operations = p->operations;
	pthread_mutex_unlock(&p->lock);
	return operations;
}

void powerloss_fail_with(struct powerloss *p, int code)
{
	pthread_mutex_lock(&p->lock);
	p->failure = code;
	pthread_mutex_unlock(&p->lock);
}

void powerloss_fail_once(struct powerloss *p, unsigned n, int code)
{
	pthread_mutex_lock(&p->lock);
	p->once_left = n;
	p->once = code;
	pthread_mutex_unlock(&p->lock);
}

static void put_bytes(int fd, const char *bytes, size_t len, int64_t offset)
{
	ssize_t written = len ? pwrite(fd, bytes, len, offset) : 0;

	assert(written == (ssize_t)len);
}

static void put_size(int fd, int64_t size)
{
	int rc = ftruncate(fd, size);

	assert(rc == 0);
}

static unsigned draw(unsigned *seed)
{
	*seed = *seed * 1103515245u + 12345u;
	return *seed >> 16;
}

/* What reached the disk although nobody had waited for it. */
static void put_some_again(int fd, const struct undo *u, unsigned *seed)
{
	unsigned fate;

	if (!u)
		return;
	put_some_again(fd, u->next, seed);
	fate = draw(seed) % 3;
	if (fate == 0)
		return;
	if (u->new_len)
		put_bytes(fd, u->new_bytes, fate == 1 ? u->new_len : u->new_len / 2, u->offset);
	else
		put_size(fd, u->new_size);
}

static void restore_file(struct disk_file *f, unsigned seed)
{
	int fd = open(f->name, O_RDWR | O_CLOEXEC);

	if (fd >= 0) {
		for (const struct undo *u = f->last; u; u = u->next) {
			put_size(fd, u->old_size);
			put_bytes(fd, u->old_bytes, u->old_len, u->offset);
		}
		if (seed)
			put_some_again(fd, f->last, &seed);
		close(fd);
	}
	forget_undo(f);
}

static void remove_shared_memory(const struct disk_file *f)
{
	char name[512];

	snprintf(name, sizeof(name), "%s-shm", f->name);
	unlink(name);
}

void powerloss_restore(struct powerloss *p, unsigned seed)
{
	pthread_mutex_lock(&p->lock);
	for (struct disk_file *f = p->files; f; f = f->next) {
		restore_file(f, seed);
		remove_shared_memory(f);
	}
	p->cut = false;
	p->left = p->once_left = 0;
	pthread_mutex_unlock(&p->lock);
}
