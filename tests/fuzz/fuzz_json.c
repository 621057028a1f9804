/* Whatever is read can be written, and read again to the same value. */
#include "base/json.h"
#include "base/mem.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t size)
{
	json_t *value = json_read(view_make(at, size)), *again;
	char *text;

	if (value) {
		text = json_dump(value);
		again = json_read(view_of(text));
		if (!json_equal(value, again))
			abort();
		json_decref(again);
		json_decref(value);
		mem_free(text);
	}
	json_decref(json_text(view_make(at, size)));
	return 0;
}
