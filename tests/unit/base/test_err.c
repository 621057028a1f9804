#include "suite.h"

#include "base/err.h"

#include <limits.h>
#include <string.h>

static const int codes[] = {
#define ERR_CODE(name, code, text) code,
	ERR_TABLE(ERR_CODE)
#undef ERR_CODE
};

enum { CODES = sizeof(codes) / sizeof(codes[0]) };

static void every_code_has_a_text_of_its_own(void)
{
	for (int i = 0; i < CODES; i++)
		for (int j = i + 1; j < CODES; j++) {
			ck_assert_int_ne(codes[i], codes[j]);
			ck_assert_str_ne(err_text(codes[i]), err_text(codes[j]));
		}
}

static void failures_are_negative(void)
{
	for (int i = 0; i < CODES; i++)
		ck_assert(codes[i] < 0 || codes[i] == ERR_OK);
}

static void a_foreign_number_is_unknown(void)
{
	ck_assert_str_eq(err_text(1), "unknown error");
	ck_assert_str_eq(err_text(INT_MIN), "unknown error");
}

SUITE_MAIN("err", every_code_has_a_text_of_its_own, failures_are_negative,
	   a_foreign_number_is_unknown)
