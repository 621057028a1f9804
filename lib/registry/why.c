#include "registry/why.h"

#include "base/err.h"
#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>

int why_say(char **ret_why, int err, const char *format, ...)
{
	va_list args;
	char *why = NULL;

	va_start(args, format);
	if (vasprintf(&why, format, args) < 0)
		why = NULL;
	va_end(args);
	*ret_why = why ? why : mem_text(err_text(err));
	return err;
}
