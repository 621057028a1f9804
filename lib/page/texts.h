/* texts: every sentence of our pages, in one table, so that a language is one more column. A sentence may have places for values:
 * {n} a number, {what} a text. One that depends on the number has a form for one and a form for others, with `|` between them.
 * Pure. Any thread. */
#pragma once

#include "base/text.h"

#define TEXTS_TABLE(X)                                                                                      \
	X(HELP, "Need help?")                                                                               \
	X(CONTACT, "Contact support")                                                                       \
	X(YOU_ARE_USING, "You are using {what}")                                                            \
	X(LIMIT_HEADING, "Too many devices on this account")                                                \
	X(LIMIT_TEXT, "It can be used on one device at a time, and that place is taken.|"                   \
		      "It can be used on {n} devices at a time, and every place is taken.")                 \
	X(LIMIT_DESKTOP, "It can be used on one computer at a time, and that place is taken.|"              \
			 "It can be used on {n} computers at a time, and every place is taken.")            \
	X(LIMIT_MOBILE, "It can be used on one phone at a time, and that place is taken.|"                  \
			"It can be used on {n} phones at a time, and every place is taken.")                \
	X(LIMIT_TABLET, "It can be used on one tablet at a time, and that place is taken.|"                 \
			"It can be used on {n} tablets at a time, and every place is taken.")               \
	X(OWN_HEADING, "Is this account yours?")                                                            \
	X(OWN_TEXT, "Choose which other device to remove, and continue on this one.")                       \
	X(CLAIM, "This is my account")                                                                      \
	X(NEW_HEADING, "Did somebody share it with you?")                                                   \
	X(NEW_TEXT, "With an account of your own, nobody can log you out.")                                 \
	X(NEW_ACCOUNT, "Create my own account")                                                             \
	X(LOG_OUT, "Log out")                                                                               \
	X(DEVICES_HEADING, "Which device should go?|Which {n} devices should go?")                          \
	X(DEVICES_ENOUGH, "There is room for this device")                                                  \
	X(DEVICES_TEXT,                                                                                     \
	  "Whatever you choose is logged out at once. You then continue on this device.")                   \
	X(DEVICES_DESKTOP,                                                                                  \
	  "At least one of them has to be a computer.|At least {n} of them have to be computers.")          \
	X(DEVICES_MOBILE,                                                                                   \
	  "At least one of them has to be a phone.|At least {n} of them have to be phones.")                \
	X(DEVICES_TABLET,                                                                                   \
	  "At least one of them has to be a tablet.|At least {n} of them have to be tablets.")              \
	X(DEVICES_LEGEND, "Devices that use this account")                                                  \
	X(THIS_DEVICE, "This device")                                                                       \
	X(THIS_LOGS_OUT, "Choose it to log out")                                                            \
	X(KICK, "Remove and continue")                                                                      \
	X(NAMELESS, "Unknown device")                                                                       \
	X(COMPUTER, "Computer")                                                                             \
	X(PHONE, "Phone")                                                                                   \
	X(TABLET, "Tablet")                                                                                 \
	X(DEVICE, "Device")                                                                                 \
	X(AGO_NOW, "Active now")                                                                            \
	X(AGO_MINUTES, "Last active one minute ago|Last active {n} minutes ago")                            \
	X(AGO_HOURS, "Last active one hour ago|Last active {n} hours ago")                                  \
	X(AGO_DAYS, "Last active yesterday|Last active {n} days ago")                                       \
	X(UNVERIFIED_HEADING, "We cannot confirm that this account is yours")                               \
	X(UNVERIFIED_TEXT,                                                                                  \
	  "There is no e-mail address or phone number that we could send a code to. "                       \
	  "Ask the administrator to let you in.")                                                           \
	X(ADMIN, "Ask the administrator")                                                                   \
	X(ADMIN_TOLD, "The administrator has been told. Please come back later.")                           \
	X(TRIAL_HEADING, "There was a trial on this device before")                                         \
	X(TRIAL_UPGRADE,                                                                                    \
	  "A trial is for getting to know us, once. Upgrade to continue, or ask for approval if this is a " \
	  "mistake.")                                                                                       \
	X(TRIAL_TEXT,                                                                                       \
	  "A trial is for getting to know us, once. Ask for approval if this is a mistake.")                \
	X(UPGRADE, "Upgrade")                                                                               \
	X(APPROVAL, "Ask for approval")                                                                     \
	X(APPROVAL_ASKED, "We have been asked to approve it. Please come back later.")                      \
	X(ERROR_NOT_OFFERED, "That is not possible here. Please choose one of the following.")              \
	X(ERROR_TOO_FEW,                                                                                    \
	  "Please choose at least one device to remove.|Please choose at least {n} devices to remove.")     \
	X(ERROR_DESKTOP,                                                                                    \
	  "Please choose at least one computer.|Please choose at least {n} computers.")                     \
	X(ERROR_MOBILE, "Please choose at least one phone.|Please choose at least {n} phones.")             \
	X(ERROR_TABLET, "Please choose at least one tablet.|Please choose at least {n} tablets.")           \
	X(ERROR_UNKNOWN, "One of these devices has left meanwhile. Please choose again.")                   \
	X(SUSPENDED_HEADING, "This account is suspended")                                                   \
	X(SUSPENDED_TEXT,                                                                                   \
	  "It cannot be used at the moment. Please contact support to have it restored.")                   \
	X(DENIED_HEADING, "Too many devices on this account")                                               \
	X(DENIED_TEXT,                                                                                      \
	  "Every place is taken. Log out on one of the other devices and try again, or get an account of "  \
	  "your own.")                                                                                      \
	X(DENIED_TRIAL_TEXT,                                                                                \
	  "A trial is for getting to know us, once. You are welcome to upgrade.")                           \
	X(LOOP_HEADING, "We keep sending you around")                                                       \
	X(LOOP_TEXT, "You were redirected too often, so we stopped. Please continue by yourself.")          \
	X(DEAD_HEADING, "This link does not work here")                                                     \
	X(DEAD_TEXT, "It was used before, has expired, or belongs to another device.")                      \
	X(FORGED_HEADING, "This form is out of date")                                                       \
	X(FORGED_TEXT, "Nothing was changed. Please open the page again and repeat what you did.")          \
	X(MISSING_HEADING, "There is no such page")                                                         \
	X(MISSING_TEXT, "The address may be mistyped.")                                                     \
	X(DOWN_HEADING, "This site is out of reach at the moment")                                          \
	X(DOWN_TEXT, "It is not your fault. Please try again in a minute.")                                 \
	X(SLOW_HEADING, "This site takes too long to answer")                                               \
	X(SLOW_TEXT, "It is not your fault. Please try again in a minute.")                                 \
	X(BAD_HEADING, "We did not understand that")                                                        \
	X(BAD_TEXT,                                                                                         \
	  "What was sent is ambiguous: a field came twice, with different values. Nothing was done.")       \
	X(LARGE_HEADING, "That is too large")                                                               \
	X(LARGE_TEXT, "What was sent is larger than this site accepts. Nothing was done.")                  \
	X(CONTINUE, "Continue")                                                                             \
	X(BACK, "Back to the site")                                                                         \
	X(AGAIN, "Try again")

enum texts_id {
#define TEXTS_ENUM(id, english) TEXTS_##id,
	TEXTS_TABLE(TEXTS_ENUM)
#undef TEXTS_ENUM
		TEXTS_COUNT
};

/* The sentence as HTML text; values are escaped. */
void texts_write(struct text *t, enum texts_id id, uint64_t n, struct view what);
/* A sentence without values. */
void texts_say(struct text *t, enum texts_id id);
