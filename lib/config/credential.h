/* credential: the kinds of values that must stay secret, in the file or in files of their own. They are printed
 * as "********", overwritten when freed, and shown in no message. Constant; any thread. */
#pragma once

#include "config/option.h"

/* struct view, a key: whsec_<base64> or base64. */
extern const struct option_type credential_key;
/* A list of struct view, read from a file with a key in each line. */
extern const struct option_type credential_key_file;
/* struct view, a bearer token. */
extern const struct option_type credential_token;
extern const struct option_type credential_token_file;
/* char *, a file with a key for devices in each line, and `second`: struct settings_keys, what it holds. */
extern const struct option_type credential_device_key_file;
/* char *, a file with keys that is read elsewhere: it is there, and its permissions are right. */
extern const struct option_type credential_later_file;
/* char *, a file that anybody may know and that is read elsewhere: it is there. */
extern const struct option_type credential_public_file;
