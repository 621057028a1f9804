/* accounts: what operators see of accounts and devices, and what they do to them. Each function answers one inquiry. An action is
 * answered once it is durable, with the object as it is then; doing again what is done already is no error and tells nobody. */
#pragma once

#include "admin/desk.h"

/* GET /v1/accounts: in no order, at most 100; {"accounts":[…],"truncated":…} */
void accounts_list(const struct inquiry *q);
/* GET /v1/accounts/:id */
void accounts_show(const struct inquiry *q);
/* GET /v1/accounts/:id/devices[?status=attached|exempt|detached|dormant|all]; without: attached and exempt. Oldest first. */
void accounts_devices(const struct inquiry *q);

/* POST …/devices/:device/detach: its sessions are revoked. 409: it is not attached and has no session. */
void accounts_detach(const struct inquiry *q);
/* POST …/suspend, …/restore */
void accounts_suspend(const struct inquiry *q);
void accounts_restore(const struct inquiry *q);
/* POST …/limit {"limit":N} (0: unlimited), or null: the origin's or the site's holds again. */
void accounts_limit(const struct inquiry *q);
/* POST …/logout_all: every device is detached, every session revoked. */
void accounts_logout_all(const struct inquiry *q);
