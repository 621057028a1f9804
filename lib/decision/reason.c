#include "decision/reason.h"

#include <assert.h>

static const struct {
	enum act act;
	const char *word, *code;
} rows[] = {
#define REASON_ROW(id, act, word, code) [REASON_##id] = { act, word, code },
	REASON_TABLE(REASON_ROW)
#undef REASON_ROW
};

enum act reason_act(enum reason reason)
{
	assert(reason < REASON_COUNT);
	return rows[reason].act;
}

const char *reason_word(enum reason reason)
{
	assert(reason < REASON_COUNT);
	return rows[reason].word;
}

const char *reason_code(enum reason reason)
{
	assert(reason < REASON_COUNT);
	return rows[reason].code;
}
