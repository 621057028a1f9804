#include "mac.h"

#include <check.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

void mac_base64(const void *key, size_t key_len, const void *bytes, size_t len,
		char ret_text[MAC_TEXT_BYTES])
{
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	ck_assert_ptr_nonnull(HMAC(EVP_sha256(), key, (int)key_len, bytes, len, mac, &n));
	ck_assert_uint_eq(n, MAC_BYTES);
	EVP_EncodeBlock((unsigned char *)ret_text, mac, MAC_BYTES);
}

void mac_base64_url(const void *key, size_t key_len, const void *bytes, size_t len,
		    char ret_text[MAC_TEXT_BYTES])
{
	mac_base64(key, key_len, bytes, len, ret_text);
	for (char *at = ret_text; *at; at++)
		*at = *at == '+' ? '-' : *at == '/' ? '_' : *at;
	ret_text[strcspn(ret_text, "=")] = '\0';
}
