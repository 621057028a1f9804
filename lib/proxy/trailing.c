#include "proxy/trailing.h"

static bool tells_account(const void *ctx, struct view name)
{
	const struct settings_identity *identity = &((const struct settings *)ctx)->identity;

	for (size_t i = 0; i < identity->n_sources; i++) {
		const struct settings_source *source = &identity->sources[i];

		if ((source->kind == SOURCE_RESPONSE_HEADER ||
		     source->kind == SOURCE_REQUEST_HEADER) &&
		    name_is_alike(name, view_of(source->name)))
			return true;
	}
	return false;
}

struct view trailing_names(struct stream *s, const struct http_head *response)
{
	if (!head_find(response, HTTP_TRAILER, NULL) || !stream_takes_trailers(s))
		return VIEW_NONE;
	return trailer_announced(response, tells_account, s->settings, &s->arena);
}
