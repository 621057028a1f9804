/* socketfile: the file by which a listening unix socket is found: made with its mode, put in the place of one that is left over
 * from a process that has died, removed at the end. Accepts nothing. Two processes that do this to one path at the same
 * time wait for each other (flock on its folder). The thread that starts and stops the gateway. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* Which file is ours: another process may have put its own in its place. */
struct socketfile {
	dev_t device;
	ino_t inode;
};

enum { SOCKETFILE_USUAL_MODE = 0660 };

/* Binds and listens; nobody can connect before the file has its mode (0: the usual one). A listening, non-blocking
 * descriptor, or ERR_IO, see errno: EADDRINUSE when somebody listens there, EEXIST when what is there is no socket and
 * nobody's to remove. The path must fit. */
int socketfile_bind(const char *path, unsigned mode, int backlog, struct socketfile *ret_file);
/* Removes it, if it is still ours: after the descriptors are closed. */
void socketfile_remove(const char *path, const struct socketfile *file);
