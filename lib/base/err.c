#include "base/err.h"

const char *err_text(int code)
{
	switch (code) {
#define ERR_CASE(name, number, text) \
	case ERR_##name:             \
		return text;
		ERR_TABLE(ERR_CASE)
#undef ERR_CASE
	default:
		return "unknown error";
	}
}
