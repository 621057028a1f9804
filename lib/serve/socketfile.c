#include "serve/socketfile.h"

#include "base/err.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static struct sockaddr_un address_of(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	assert(strlen(path) < sizeof(address.sun_path));
	strcpy(address.sun_path, path);
	return address;
}

/* A folder that we may not read is not locked: who else would bind there has the same rights, and is rare. */
static int lock_folder(const char *path)
{
	struct sockaddr_un folder = address_of(path);
	char *slash = strrchr(folder.sun_path, '/');
	int fd;

	slash[slash == folder.sun_path] = '\0';
	fd = open(folder.sun_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		flock(fd, LOCK_EX);
	return fd;
}

static void unlock_folder(int fd)
{
	int error = errno;

	if (fd >= 0)
		close(fd);
	errno = error;
}

/* Nobody listens on this socket any more. */
static bool is_left_over(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	bool refused;

	if (fd < 0)
		return false;
	refused = connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 &&
		  errno == ECONNREFUSED;
	close(fd);
	return refused;
}

/* Makes the path free; false, with errno, when it is not ours to free. */
static bool clear(const struct sockaddr_un *address)
{
	struct stat there;

	if (lstat(address->sun_path, &there) < 0)
		return errno == ENOENT;
	if (!S_ISSOCK(there.st_mode)) {
		errno = EEXIST;
		return false;
	}
	if (!is_left_over(address)) {
		errno = EADDRINUSE;
		return false;
	}
	return unlink(address->sun_path) == 0;
}

/* Who may connect is decided by the file's mode when they do, and they cannot before `listen`. */
static bool bind_with_mode(int fd, const struct sockaddr_un *address, unsigned mode, int backlog)
{
	return bind(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 &&
	       chmod(address->sun_path, mode) == 0 && listen(fd, backlog) == 0;
}

static int bind_locked(const struct sockaddr_un *address, unsigned mode, int backlog,
		       struct socketfile *ret_file)
{
	struct stat made;
	int fd, error;

	if (!clear(address))
		return ERR_IO;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return ERR_IO;
	if (bind_with_mode(fd, address, mode, backlog) && lstat(address->sun_path, &made) == 0) {
		*ret_file = (struct socketfile){ made.st_dev, made.st_ino };
		return fd;
	}
	error = errno;
	close(fd);
	errno = error;
	return ERR_IO;
}

int socketfile_bind(const char *path, unsigned mode, int backlog, struct socketfile *ret_file)
{
	struct sockaddr_un address = address_of(path);
	int lock = lock_folder(path);
	int fd = bind_locked(&address, mode ? mode : SOCKETFILE_USUAL_MODE, backlog, ret_file);

	unlock_folder(lock);
	return fd;
}

/* The number of a file that is gone may have been given to the next one. */
void socketfile_remove(const char *path, const struct socketfile *file)
{
	struct sockaddr_un address = address_of(path);
	int lock = lock_folder(path);
	struct stat there;

	if (lstat(path, &there) == 0 && there.st_dev == file->device &&
	    there.st_ino == file->inode && is_left_over(&address))
		unlink(path);
	unlock_folder(lock);
}
