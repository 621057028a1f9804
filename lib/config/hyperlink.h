/* hyperlink: the kinds of values that say where somebody is sent, or what is asked for: URLs, and paths of this site.
 * Checks how they are written; asks for nothing. Constant; any thread. */
#pragma once

#include "config/option.h"

/* The public_… members of struct settings. */
extern const struct option_type hyperlink_public;
/* char *, to redirect to, and `second`: struct url_address, never a prefix. */
extern const struct option_type hyperlink_redirect;
/* char *, an http or https URL. */
extern const struct option_type hyperlink_url;
/* char *, the same, or a path of this site. */
extern const struct option_type hyperlink_link;
/* char *, an http or https URL or an e-mail address. */
extern const struct option_type hyperlink_contact;
/* char *, a path, perhaps with a query, to be asked for as it is. */
extern const struct option_type hyperlink_target;
/* struct url_address, of this site. */
extern const struct option_type hyperlink_path;
