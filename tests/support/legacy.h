/* legacy: the script of a small PHP-like application for `origin`: sessions in the cookie PHPSESSID (16 bytes and more), set anew at
 * login. POST /login.php with `user` and `pass` logs in (302 to /); /logout.php deletes the cookie; /members/… says who it is
 * ("hello alice") or answers 302 to /login.php; anything else is a public page. Users log in with any password but "wrong".
 *
 * A request may ask for its answer: Please-Status and any number of Please-Field lines ("Please-Field: Latch-Account: alice"). One with
 * Please-Wait is answered only while the legacy is not held. */
#pragma once

#include "origin.h"

struct legacy;
struct legacy *legacy_create(void);
void legacy_destroy(struct legacy **l);
/* For origin_start, with the legacy as ctx. */
origin_script legacy_script;
/* The usual identity settings for it, to be given to daemon_start. */
extern const char legacy_settings[];
/* The redirect_urls among them, for other identity settings. */
#define LEGACY_REDIRECTS                   \
	"redirect_urls:\n"                 \
	"  new_account_url: /signup.php\n" \
	"  logout_url: /login.php\n"
void legacy_hold(struct legacy *l);
void legacy_release(struct legacy *l);
/* For other scripts: waits while it is held. */
void legacy_wait(struct legacy *l);
