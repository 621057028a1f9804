#include "suite.h"
#include "webhook/sign.h"

#include "base/base64.h"

#include <stdio.h>

static const char *sign(const struct settings_events *events, struct text *t)
{
	sign_webhook(events, VIEW("msg_p5jXN8AQM9LWM0D4loKWxJek"), 1614265330,
		     VIEW("{\"test\": 2432232314}"), t);
	text_putc(t, '\0');
	ck_assert(!t->overflow);
	return t->at;
}

/* The vector that the libraries of Standard Webhooks are tested with. */
static void the_published_vector_is_signed_as_published(void)
{
	uint8_t key[24];
	struct view secret = { (char *)key, sizeof(key) };
	struct settings_events events = { .secrets = &secret, .n_secrets = 1 };
	char room[256];
	struct text t;

	ck_assert_int_eq(base64_decode(VIEW("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), key, sizeof(key)),
			 sizeof(key));
	text_init(&t, room, sizeof(room));
	ck_assert_str_eq(sign(&events, &t), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

static void each_secret_signs_in_order(void)
{
	struct view secrets[] = { VIEW("first secret"), VIEW("second secret") };
	struct settings_events both = { .secrets = secrets, .n_secrets = 2 };
	struct settings_events first = { .secrets = secrets, .n_secrets = 1 };
	struct settings_events second = { .secrets = secrets + 1, .n_secrets = 1 };
	char rooms[3][256], expected[512];
	struct text t[3];

	for (int i = 0; i < 3; i++)
		text_init(&t[i], rooms[i], sizeof(rooms[i]));
	snprintf(expected, sizeof(expected), "%s %s", sign(&first, &t[0]), sign(&second, &t[1]));
	ck_assert_str_ne(rooms[0], rooms[1]);
	ck_assert_str_eq(sign(&both, &t[2]), expected);
}

static void without_a_secret_nothing_is_written(void)
{
	struct settings_events none = { 0 };
	char room[8];
	struct text t;

	text_init(&t, room, sizeof(room));
	ck_assert_str_eq(sign(&none, &t), "");
}

SUITE_MAIN("sign", the_published_vector_is_signed_as_published, each_secret_signs_in_order,
	   without_a_secret_nothing_is_written)
