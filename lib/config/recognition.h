/* recognition: the kinds of values of the identity section: names of headers, cookies and fields, and the
 * conditions and steps of the account's sources. Constant; any thread. */
#pragma once

#include "config/option.h"

/* char *, a header that an origin or a proxy may set. */
extern const struct option_type recognition_header;
/* char *, the name without its `*`, and `second`: bool, whether it ended in one. */
extern const struct option_type recognition_cookie;
/* char *, a parameter of paths or queries. */
extern const struct option_type recognition_parameter;
/* A mapping of names and values: struct url_param *, and `second`: their number. */
extern const struct option_type recognition_fields;
/* unsigned, and `second`: bool, a class such as 3xx. */
extern const struct option_type recognition_status;
/* char *, a cookie that may end in `*`, or `second`: bool, the word none. */
extern const struct option_type recognition_sets_cookie;
/* enum settings_take, and `second`: char *, the separator. */
extern const struct option_type recognition_take;
