/* Certificates by name, beside what OpenSSL says of each of them. */
#include "loop/certnames.h"
#include "paper.h"
#include "suite.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_CERTIFICATES = 8, RANDOM_NAMES = 20000 };

static struct certnames *names;
static X509 *certificates[MAX_CERTIFICATES];
static size_t n_certificates;

static X509 *load(const char *dir, const char *name)
{
	char path[256];
	X509 *certificate;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s.pem", dir, name);
	file = fopen(path, "re");
	ck_assert_ptr_nonnull(file);
	certificate = PEM_read_X509(file, NULL, NULL, NULL);
	fclose(file);
	ck_assert_ptr_nonnull(certificate);
	return certificate;
}

static void start(const char *const *hosts, size_t n)
{
	const char *dir = paper_folder();

	names = certnames_create();
	n_certificates = n;
	for (size_t i = 0; i < n; i++) {
		char name[] = { (char)('a' + i), '\0' };

		paper_make(&(struct paper){ dir, name, hosts[i], NULL });
		certificates[i] = load(dir, name);
		certnames_add(names, certificates[i], &certificates[i]);
	}
}

static void stop(void)
{
	for (size_t i = 0; i < n_certificates; i++)
		X509_free(certificates[i]);
	certnames_destroy(&names);
	paper_burn();
}

/* -1: nobody's */
static int found(const char *name)
{
	X509 **at = certnames_find(names, view_of(name));

	return at ? (int)(at - certificates) : -1;
}

static int openssl_finds(const char *name)
{
	static const unsigned flags[] = { X509_CHECK_FLAG_NO_WILDCARDS,
					  X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS };

	for (size_t pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < n_certificates; i++)
			if (X509_check_host(certificates[i], name, 0, flags[pass], NULL) == 1)
				return (int)i;
	return -1;
}

static void a_name_is_found_whatever_its_letters(void)
{
	static const char *const hosts[] = { "DNS:shop.example.com,DNS:Www.Example.com",
					     "DNS:api.example.com" };

	start(hosts, 2);
	ck_assert_int_eq(found("shop.example.com"), 0);
	ck_assert_int_eq(found("SHOP.example.COM"), 0);
	ck_assert_int_eq(found("www.example.com"), 0);
	ck_assert_int_eq(found("api.example.com"), 1);
	ck_assert_int_eq(found("example.com"), -1);
	ck_assert_int_eq(found("shop.example.com."), -1);
	ck_assert_int_eq(found(""), -1);
	stop();
}

static void a_wildcard_is_one_label_and_the_name_itself_is_better(void)
{
	static const char *const hosts[] = { "DNS:*.example.com", "DNS:a.example.com",
					     "DNS:*.a.example.com" };

	start(hosts, 3);
	ck_assert_int_eq(found("b.example.com"), 0);
	ck_assert_int_eq(found("a.example.com"), 1);
	ck_assert_int_eq(found("x.a.example.com"), 2);
	ck_assert_int_eq(found("x.b.example.com"), -1);
	ck_assert_int_eq(found("example.com"), -1);
	ck_assert_int_eq(found(".example.com"), -1);
	ck_assert_int_eq(found("*.example.com"), -1);
	ck_assert_int_eq(found("-.example.com"), 0);
	ck_assert_int_eq(found("a_b.example.com"), -1);
	stop();
}

static void of_two_for_one_name_the_first_is_taken(void)
{
	static const char *const hosts[] = { "DNS:a.example.com", "DNS:a.example.com",
					     "DNS:*.example.com", "DNS:*.example.com" };

	start(hosts, 4);
	ck_assert_int_eq(found("a.example.com"), 0);
	ck_assert_int_eq(found("b.example.com"), 2);
	stop();
}

static void stars_in_wrong_places_are_for_nobody(void)
{
	static const char *const hosts[] = {
		"DNS:*.com", "DNS:a*.example.com", "DNS:b.*.example.com", "DNS:*.*.example.com",
		"DNS:*",     "DNS:.example.com"
	};

	start(hosts, 6);
	ck_assert_int_eq(found("example.com"), -1);
	ck_assert_int_eq(found("ab.example.com"), -1);
	ck_assert_int_eq(found("b.c.example.com"), -1);
	ck_assert_int_eq(found("b.example.com"), -1);
	ck_assert_int_eq(found("com"), -1);
	stop();
}

static void a_name_that_is_too_long_is_nobodys(void)
{
	static const char *const hosts[] = { "DNS:*.example.com" };
	char name[400];

	start(hosts, 1);
	for (size_t len = 1; len < sizeof(name) - sizeof(".example.com"); len++) {
		memset(name, 'a', len);
		snprintf(name + len, sizeof(name) - len, ".example.com");
		ck_assert_int_eq(found(name), len + strlen(".example.com") <= 253 ? 0 : -1);
	}
	stop();
}

static void without_alternatives_the_common_name_counts(void)
{
	static const char *const hosts[] = { NULL };

	start(hosts, 1); /* whose common name is that of its file */
	ck_assert_int_eq(openssl_finds("a"), 0);
	ck_assert_int_eq(found("a"), 0);
	ck_assert_int_eq(found("b"), -1);
	stop();
}

static void random_name(char *at)
{
	static const char *const parts[] = { "a",   "b",     "example", "com", "*",
					     "x-y", "xn--a", "_",       "A" };
	unsigned n = 1 + (unsigned)rand() % 4;

	*at = '\0';
	for (unsigned i = 0; i < n; i++) {
		strcat(at, parts[(size_t)rand() % (sizeof(parts) / sizeof(*parts))]);
		if (i + 1 < n || rand() % 20 == 0)
			strcat(at, ".");
	}
}

static void openssl_would_have_chosen_the_same(void)
{
	static const char *const hosts[] = { "DNS:a.example.com,DNS:*.b.example.com",
					     "DNS:*.example.com", "DNS:a.b,IP:127.0.0.1",
					     "DNS:*.a.com,DNS:a.com",
					     "DNS:xn--a.example.com,DNS:*.xn--a.com" };
	char name[64];

	start(hosts, 5);
	srand(1);
	for (unsigned i = 0; i < RANDOM_NAMES; i++) {
		random_name(name);
		/* A name that begins with a dot asks OpenSSL for what is below; a star asks for itself. */
		if (name[0] != '.' && !strchr(name, '*'))
			ck_assert_msg(found(name) == openssl_finds(name), "%s: %d, not %d", name,
				      found(name), openssl_finds(name));
	}
	stop();
}

SUITE_MAIN("certnames", a_name_is_found_whatever_its_letters,
	   a_wildcard_is_one_label_and_the_name_itself_is_better,
	   of_two_for_one_name_the_first_is_taken, stars_in_wrong_places_are_for_nobody,
	   a_name_that_is_too_long_is_nobodys, without_alternatives_the_common_name_counts,
	   openssl_would_have_chosen_the_same)
