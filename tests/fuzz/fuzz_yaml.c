/* Any bytes as a configuration: refused with a word about it, or accepted; and what is accepted is printed as
 * something that is accepted again and prints the same. */
#include "config/settings.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t size);

static struct text print(const struct settings *s)
{
	struct text t;

	text_init_growing(&t, 16 << 20);
	settings_print(s, &t);
	return t;
}

static void check_again(const struct settings *s)
{
	struct text first = print(s), messages, second;
	struct settings *again;

	text_init_growing(&messages, 16 << 20);
	again = settings_parse(text_view(&first), "printed", &messages);
	assert(again);
	second = print(again);
	assert(view_is(text_view(&first), text_view(&second)));
	text_fini(&first);
	text_fini(&second);
	text_fini(&messages);
	settings_unref(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t size)
{
	struct text messages;
	struct settings *s;

	text_init_growing(&messages, 16 << 20);
	s = settings_parse(view_make(at, size), "fuzz", &messages);
	assert(s || messages.len);
	/* Secrets are masked, and a mask is no secret. */
	if (s && !s->events.n_secrets && !s->admin_token.at)
		check_again(s);
	settings_unref(&s);
	text_fini(&messages);
	return 0;
}
