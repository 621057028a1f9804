#include "loop/tickets.h"

#include "base/hmac.h"
#include "base/mem.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

enum { NAME_BYTES = 16, IV_BYTES = 16, KEY_BYTES = 32, LIFE_MS = TICKETS_LIFE_S * 1000 };

struct ticket_key {
	unsigned char name[NAME_BYTES];
	unsigned char cipher[KEY_BYTES]; /* AES-256-CBC */
	unsigned char mac[KEY_BYTES];    /* HMAC-SHA256 */
	int64_t made_ms;
};

struct tickets {
	atomic_uint refs;
	int64_t (*now_ms)(void);
	pthread_mutex_t lock;
	struct ticket_key now, before;
};

static void make_key(struct ticket_key *key, int64_t now_ms)
{
	hmac_random(key, offsetof(struct ticket_key, made_ms));
	key->made_ms = now_ms;
}

struct tickets *tickets_create(int64_t (*now_ms)(void))
{
	struct tickets *t = MEM_NEW(struct tickets);

	atomic_init(&t->refs, 1);
	t->now_ms = now_ms;
	pthread_mutex_init(&t->lock, NULL);
	make_key(&t->now, now_ms());
	make_key(&t->before, now_ms()); /* which nobody has ever seen */
	return t;
}

struct tickets *tickets_ref(struct tickets *t)
{
	atomic_fetch_add_explicit(&t->refs, 1, memory_order_relaxed);
	return t;
}

void tickets_unref(struct tickets **t)
{
	struct tickets *tickets = *t;

	*t = NULL;
	if (!tickets || atomic_fetch_sub_explicit(&tickets->refs, 1, memory_order_acq_rel) != 1)
		return;
	pthread_mutex_destroy(&tickets->lock);
	mem_free_secret(tickets, sizeof(*tickets));
}

/* After a long time in which nobody came, the key before is too old as well. */
static void turn(struct tickets *t)
{
	int64_t now_ms = t->now_ms(), age_ms = now_ms - t->now.made_ms;

	if (age_ms < LIFE_MS)
		return;
	if (age_ms < 2 * (int64_t)LIFE_MS)
		t->before = t->now;
	else
		make_key(&t->before, now_ms);
	make_key(&t->now, now_ms);
}

static struct ticket_key current_key(struct tickets *t)
{
	struct ticket_key key;

	pthread_mutex_lock(&t->lock);
	turn(t);
	key = t->now;
	pthread_mutex_unlock(&t->lock);
	return key;
}

static bool find_key(struct tickets *t, const unsigned char name[NAME_BYTES],
		     struct ticket_key *ret_key, bool *ret_is_current)
{
	bool found;

	pthread_mutex_lock(&t->lock);
	turn(t);
	*ret_is_current = memcmp(name, t->now.name, NAME_BYTES) == 0;
	*ret_key = *ret_is_current ? t->now : t->before;
	found = memcmp(name, ret_key->name, NAME_BYTES) == 0;
	pthread_mutex_unlock(&t->lock);
	return found;
}

static bool set_mac(EVP_MAC_CTX *mac, struct ticket_key *key)
{
	char digest[] = "SHA256";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key->mac, KEY_BYTES),
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end(),
	};

	return EVP_MAC_CTX_set_params(mac, params) == 1;
}

static int seal(struct tickets *t, unsigned char name[NAME_BYTES], unsigned char *iv,
		EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac)
{
	struct ticket_key key = current_key(t);
	bool good;

	memcpy(name, key.name, NAME_BYTES);
	hmac_random(iv, IV_BYTES);
	good = EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), NULL, key.cipher, iv) == 1 &&
	       set_mac(mac, &key);
	explicit_bzero(&key, sizeof(key));
	return good ? 1 : -1;
}

/* 2: the client gets another one. In TLS 1.3 each is used once, so that nobody can tell by it who comes again
 * (RFC 8446 §C.4). */
static int unseal(struct tickets *t, const SSL *ssl, const unsigned char name[NAME_BYTES],
		  const unsigned char *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac)
{
	struct ticket_key key;
	bool is_current, found = find_key(t, name, &key, &is_current), good;

	good = found && EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), NULL, key.cipher, iv) == 1 &&
	       set_mac(mac, &key);
	explicit_bzero(&key, sizeof(key));
	if (!found)
		return 0;
	if (!good)
		return -1;
	return is_current && SSL_version(ssl) < TLS1_3_VERSION ? 1 : 2;
}

static int on_ticket(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher,
		     EVP_MAC_CTX *mac, int is_new)
{
	struct tickets *t = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

	return is_new ? seal(t, name, iv, cipher, mac) : unseal(t, ssl, name, iv, cipher, mac);
}

void tickets_use(struct tickets *t, SSL_CTX *ssl)
{
	SSL_CTX_set_app_data(ssl, t);
	SSL_CTX_set_tlsext_ticket_key_evp_cb(ssl, on_ticket);
	SSL_CTX_set_timeout(ssl, TICKETS_LIFE_S);
}
