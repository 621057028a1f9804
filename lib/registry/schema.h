/* schema: the tables, their version, and whether a file is ours. Operators may read them; times are milliseconds
 * since 1970, the numbers of statuses and states are those of account.h. */
#pragma once

#include <stdint.h>

struct sqlite3;

enum { SCHEMA_VERSION = 2, SCHEMA_APPLICATION = 0x6c617463 };

/* Looks only. ERR_NOT_FOUND: an empty file. ERR_UNSUPPORTED: made by a newer version. ERR_CONFLICT: somebody
 * else's. ERR_IO: sqlite3_errmsg says why. */
int schema_check(struct sqlite3 *db);
/* Makes the tables in an empty file, with its date of birth and its key. ERR_IO as above. */
int schema_create(struct sqlite3 *db, int64_t now_ms);
/* Brings the tables of an older version, which schema_check found to be ours, to the present one: all of it or nothing, however
 * it ends. ERR_IO as above. */
int schema_upgrade(struct sqlite3 *db);
/* Makes the indices that are not there. ERR_IO as above. */
int schema_index(struct sqlite3 *db);
