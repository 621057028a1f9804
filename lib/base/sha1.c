/* SHA1_* is deprecated since OpenSSL 3.0 in favour of EVP, and used all the same: it allocates nothing, and cannot fail. */
#define OPENSSL_API_COMPAT 10100

#include "base/sha1.h"

#include <openssl/sha.h>

void sha1_digest(const struct view *parts, size_t n, uint8_t ret_digest[SHA1_BYTES])
{
	SHA_CTX ctx;

	SHA1_Init(&ctx);
	for (size_t i = 0; i < n; i++)
		SHA1_Update(&ctx, parts[i].at, parts[i].len);
	SHA1_Final(ret_digest, &ctx);
}
