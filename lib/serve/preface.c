#include "serve/preface.h"

#include "base/err.h"
#include "base/mem.h"
#include "loop/tlscontext.h"

#include <assert.h>
#include <errno.h>

struct preface {
	struct tlscontext *tls;
	size_t len;
	char bytes[PROXY_PROTOCOL_MAX_BYTES];
};

struct preface *preface_create(struct tlscontext *tls)
{
	struct preface *p = MEM_NEW(struct preface);

	p->tls = tls ? tlscontext_ref(tls) : NULL;
	return p;
}

void preface_destroy(struct preface **p)
{
	if (!*p)
		return;
	tlscontext_unref(&(*p)->tls);
	MEM_FREE(*p);
}

struct tlscontext *preface_tls(const struct preface *p)
{
	return p->tls;
}

static int failure(const struct preface *p, ssize_t n)
{
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
		return ERR_BUSY;
	return n == 0 && !p->len ? ERR_CLOSED : ERR_IO;
}

/* As long as the header is not whole, all that is there belongs to it, and is taken: what stayed would be announced for
 * ever. */
int preface_read(struct preface *p, int fd, struct proxy_protocol *ret_header)
{
	ssize_t n = recv(fd, p->bytes + p->len, sizeof(p->bytes) - p->len, MSG_PEEK);
	size_t own;
	int rc;

	if (n <= 0)
		return failure(p, n);
	rc = proxy_protocol_parse(view_make(p->bytes, p->len + (size_t)n), ret_header);
	if (rc < 0)
		return rc;
	assert(rc == 0 || (size_t)rc > p->len);
	own = rc ? (size_t)rc - p->len : (size_t)n;
	n = recv(fd, p->bytes + p->len, own, 0);
	if (n <= 0)
		return failure(p, n);
	p->len += (size_t)n;
	/* What is taken is what was looked at, unless there is urgent data, which is left out until there is more of it. */
	if ((size_t)n != own || proxy_protocol_parse(view_make(p->bytes, p->len), ret_header) != rc)
		return ERR_SYNTAX;
	assert(rc || p->len < sizeof(p->bytes));
	return rc ? 0 : ERR_BUSY;
}
