#include "registry/generation.h"

#include "base/mem.h"

struct generation *generation_create(void)
{
	return MEM_NEW(struct generation);
}

void generation_destroy(struct generation **g)
{
	MEM_FREE(*g);
}
