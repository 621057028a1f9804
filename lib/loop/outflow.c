#include "loop/outflow.h"

#include "base/err.h"

#include <assert.h>
#include <stdint.h>

void outflow_put(struct outflow *o, struct view bytes)
{
	if (!bytes.len)
		return;
	if (outflow_is_empty(o))
		o->first = o->n = 0;
	assert(o->n < OUTFLOW_PARTS);
	o->parts[o->n++] =
		(struct iovec){ .iov_base = (void *)(uintptr_t)bytes.at, .iov_len = bytes.len };
}

static void advance(struct outflow *o, size_t sent)
{
	while (sent) {
		struct iovec *part = &o->parts[o->first];
		size_t step = sent < part->iov_len ? sent : part->iov_len;

		part->iov_base = (char *)part->iov_base + step;
		part->iov_len -= step;
		sent -= step;
		if (!part->iov_len)
			o->first++;
	}
}

int outflow_flush(struct outflow *o, struct wire *wire)
{
	while (!outflow_is_empty(o)) {
		ssize_t n = wire_write(wire, &o->parts[o->first], o->n - o->first);

		if (n < 0)
			return (int)n;
		advance(o, (size_t)n);
	}
	o->first = o->n = 0;
	return 0;
}

void outflow_clear(struct outflow *o)
{
	o->first = o->n = 0;
}
