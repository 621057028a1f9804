/* why: sentences for operators that go with an error code. Any thread. */
#pragma once

/* As printf, into memory for mem_free. Returns `err`. */
int why_say(char **ret_why, int err, const char *format, ...) __attribute__((format(printf, 3, 4)));
