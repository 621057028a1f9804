#include "suite.h"

#include "base/hmac.h"
#include "base/text.h"

#include <pthread.h>
#include <string.h>

static const char *hex_of(const uint8_t mac[DIGEST_BYTES], char room[65])
{
	struct text t;

	text_init(&t, room, 64);
	text_hex(&t, mac, DIGEST_BYTES);
	room[64] = '\0';
	return room;
}

static void ck_mac(struct view secret, struct view message, const char *expected)
{
	struct hmac_key *k = hmac_key_create(secret);
	uint8_t mac[DIGEST_BYTES];
	char room[65];

	hmac_sign(k, &message, 1, mac);
	ck_assert_str_eq(hex_of(mac, room), expected);
	hmac_key_destroy(&k);
	ck_assert_ptr_null(k);
}

static void the_vectors_of_rfc_4231_come_out(void)
{
	char long_key[131];

	memset(long_key, 0xaa, sizeof(long_key));
	ck_mac(VIEW("\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"),
	       VIEW("Hi There"),
	       "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	ck_mac(VIEW("Jefe"), VIEW("what do ya want for nothing?"),
	       "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	ck_mac(view_make(long_key, sizeof(long_key)),
	       VIEW("Test Using Larger Than Block-Size Key - Hash Key First"),
	       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void parts_are_signed_as_one_message(void)
{
	struct view whole = VIEW("id.1700000000.{}");
	struct view parts[] = { VIEW("id"), VIEW("."), VIEW_NONE, VIEW("1700000000"), VIEW(".{}") };
	struct hmac_key *k = hmac_key_create(VIEW("secret"));
	uint8_t a[DIGEST_BYTES], b[DIGEST_BYTES];

	hmac_sign(k, &whole, 1, a);
	hmac_sign(k, parts, 5, b);
	ck_assert_mem_eq(a, b, DIGEST_BYTES);
	hmac_sign(k, NULL, 0, b);
	ck_assert_mem_ne(a, b, DIGEST_BYTES);
	hmac_key_destroy(&k);
}

static void an_empty_secret_is_a_secret(void)
{
	ck_mac(VIEW_NONE, VIEW_NONE,
	       "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void *sign_often(void *key)
{
	struct view message = VIEW("message");
	uint8_t first[DIGEST_BYTES], mac[DIGEST_BYTES];

	hmac_sign(key, &message, 1, first);
	for (int i = 0; i < 2000; i++) {
		hmac_sign(key, &message, 1, mac);
		if (memcmp(first, mac, DIGEST_BYTES) != 0)
			return key;
	}
	return NULL;
}

static void threads_share_a_key(void)
{
	struct hmac_key *k = hmac_key_create(VIEW("secret"));
	pthread_t threads[4];
	void *failed;

	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, sign_often, k), 0);
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], &failed);
		ck_assert_ptr_null(failed);
	}
	hmac_key_destroy(&k);
}

static void a_digest_is_sha_256(void)
{
	uint8_t digest[DIGEST_BYTES];
	char room[65];

	hmac_sha256(VIEW("abc"), digest);
	ck_assert_str_eq(hex_of(digest, room),
			 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	hmac_sha256(VIEW_NONE, digest);
	ck_assert_str_eq(hex_of(digest, room),
			 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void random_bytes_differ(void)
{
	uint8_t a[16] = { 0 }, b[16] = { 0 }, zero[16] = { 0 };

	hmac_random(a, sizeof(a));
	hmac_random(b, sizeof(b));
	ck_assert_mem_ne(a, b, sizeof(a));
	ck_assert_mem_ne(a, zero, sizeof(a));
}

static void equality_wants_equal_length_and_bytes(void)
{
	ck_assert(hmac_equal("abc", 3, "abc", 3));
	ck_assert(!hmac_equal("abc", 3, "abd", 3));
	ck_assert(!hmac_equal("abc", 3, "abc", 2));
	ck_assert(hmac_equal("", 0, "", 0));
}

SUITE_MAIN("hmac", the_vectors_of_rfc_4231_come_out, parts_are_signed_as_one_message,
	   an_empty_secret_is_a_secret, threads_share_a_key, a_digest_is_sha_256,
	   random_bytes_differ, equality_wants_equal_length_and_bytes)
