/* endpoint: the kinds of values that say where something is: addresses to bind or connect to, networks, URLs.
 * Checks how they are written; resolves and opens nothing. Constant; any thread. */
#pragma once

#include "config/option.h"

/* struct settings_address. */
extern const struct option_type endpoint_address;
/* struct settings_cidr. */
extern const struct option_type endpoint_cidr;
/* The same, or the word unix. */
extern const struct option_type endpoint_proxy;
/* unsigned, the mode of a file. */
extern const struct option_type endpoint_mode;
/* The members url, address, https and authority of struct settings_origin, which the row's offset names. */
extern const struct option_type endpoint_origin;
/* struct settings_server. */
extern const struct option_type endpoint_server;
/* The public_… members of struct settings. */
extern const struct option_type endpoint_public;
/* char *, to redirect to, and `second`: struct url_address, never a prefix. */
extern const struct option_type endpoint_redirect;
/* char *, an http or https URL. */
extern const struct option_type endpoint_url;
/* char *, the same, or a path of this site. */
extern const struct option_type endpoint_link;
/* char *, an http or https URL or an e-mail address. */
extern const struct option_type endpoint_contact;
/* char *, a path, perhaps with a query, to be asked for as it is. */
extern const struct option_type endpoint_target;
/* struct url_address, of this site. */
extern const struct option_type endpoint_path;
