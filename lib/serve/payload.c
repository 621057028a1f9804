#include "serve/payload.h"

#include <string.h>

void payload_init(struct payload *p, const struct body_plan *plan)
{
	*p = (struct payload){ .framing = plan->framing };
	if (plan->framing == BODY_LENGTH)
		p->left = plan->length;
	if (plan->framing == BODY_CHUNKED)
		body_chunks_init(&p->chunks);
}

/* Chunks that came together are moved together, so that they leave as one. */
static enum body_step take_chunks(struct payload *p, const struct http_limits *limits, char *at,
				  size_t len, struct view *ret_run, size_t *ret_used)
{
	struct view input = view_make(at, len), piece;
	enum body_step step;
	char *run = NULL, *end = NULL;

	while ((step = body_chunks_next(&p->chunks, limits, &input, &piece)) == BODY_DATA) {
		if (!run)
			run = end = at + (piece.at - at);
		if (end != piece.at)
			memmove(end, piece.at, piece.len);
		end += piece.len;
	}
	*ret_run = view_make(run, (size_t)(end - run));
	*ret_used = len - input.len;
	return step;
}

enum body_step payload_take(struct payload *p, const struct http_limits *limits, char *at,
			    size_t len, struct view *ret_run, size_t *ret_used)
{
	enum body_step step = BODY_END;

	*ret_run = VIEW_NONE;
	*ret_used = 0;
	if (p->framing == BODY_CHUNKED) {
		step = take_chunks(p, limits, at, len, ret_run, ret_used);
	} else if (p->framing != BODY_NONE) {
		size_t n = p->framing == BODY_LENGTH && p->left < len ? (size_t)p->left : len;

		*ret_run = view_make(at, n);
		*ret_used = n;
		if (p->framing == BODY_LENGTH)
			p->left -= n;
		step = p->framing == BODY_LENGTH && !p->left ? BODY_END : BODY_MORE;
	}
	p->taken += ret_run->len;
	return step;
}
