#include "suite.h"

#include "registry/account.h"

/* Two devices, a session on each and one that nobody has any more. */
static struct attachment phone = { .device = { { 1 } }, .status = ATTACHMENT_ATTACHED };
static struct attachment desk = { .device = { { 2 } }, .status = ATTACHMENT_ATTACHED };
static struct session on_phone = { .key = { { 1 } }, .attachment = &phone, .state = SESSION_BOUND };
static struct session kicked = { .key = { { 2 } }, .attachment = &phone, .state = SESSION_REVOKED };
static struct session nobodys = { .key = { { 3 } }, .state = SESSION_ANONYMOUS };
static struct attachment *attachments[] = { &phone, &desk };
static struct session *sessions[] = { &on_phone, &kicked, &nobodys };
static struct account account = {
	.attachments = attachments, .n_attachments = 2, .sessions = sessions, .n_sessions = 3
};

static void an_attachment_is_found_by_its_device(void)
{
	ck_assert_ptr_eq(account_attachment(&account, &(struct device_id){ { 2 } }), &desk);
	ck_assert_ptr_null(account_attachment(&account, &(struct device_id){ { 3 } }));
}

static void a_session_is_found_by_its_key(void)
{
	ck_assert_ptr_eq(account_session(&account, &(struct session_key){ { 3 } }), &nobodys);
	ck_assert_ptr_null(account_session(&account, &(struct session_key){ { 4 } }));
}

static void a_challenged_attachment_is_found_by_the_challenge(void)
{
	struct challenge challenge = { .id = { { 9 } } };

	desk.challenge = &challenge;
	ck_assert_ptr_eq(account_challenged(&account, &(struct challenge_id){ { 9 } }), &desk);
	ck_assert_ptr_null(account_challenged(&account, &(struct challenge_id){ { 8 } }));
	desk.challenge = NULL;
}

static void only_bound_sessions_live(void)
{
	ck_assert_uint_eq(account_live_sessions(&account, &phone), 1);
	ck_assert_uint_eq(account_live_sessions(&account, &desk), 0);
}

static void a_challenge_is_open_until_it_is_decided(void)
{
	const bool open[CHALLENGE_STATES] = {
		[CHALLENGE_INITIATED] = true,      [CHALLENGE_PENDING] = true,
		[CHALLENGE_DELIVERED] = true,      [CHALLENGE_DELIVERY_FAILED] = true,
		[CHALLENGE_VERIFIED] = true,       [CHALLENGE_POSTPONED] = true,
		[CHALLENGE_ADMIN_NOTIFIED] = true,
	};

	for (unsigned i = 0; i < CHALLENGE_STATES; i++)
		ck_assert_msg(account_challenge_is_open(
				      &(struct challenge){ .state = (uint8_t)i }) == open[i],
			      "%s", account_challenge_state_text((enum challenge_state)i));
}

static void an_id_survives_being_written(void)
{
	const uint8_t id[ID_BYTES] = { 0x00, 0x1f, 0xa0, 0xff, 4,  5,  6,  7,
				       8,    9,    10,   11,   12, 13, 14, 0xef };
	uint8_t back[ID_BYTES] = { 0 };
	char text[ID_TEXT_BYTES];

	account_id_format(id, text);
	ck_assert_str_eq(text, "001fa0ff0405060708090a0b0c0d0eef");
	ck_assert(account_id_parse(view_of(text), back));
	ck_assert_mem_eq(back, id, ID_BYTES);
}

static void an_id_is_read_strictly(void)
{
	const char *const bad[] = { "",
				    "0",
				    "001fa0ff0405060708090a0b0c0d0ee",
				    "001fa0ff0405060708090a0b0c0d0eef0",
				    "001FA0ff0405060708090a0b0c0d0eef",
				    "001fa0ff0405060708090a0b0c0d0eeg",
				    " 01fa0ff0405060708090a0b0c0d0eef",
				    "-01fa0ff0405060708090a0b0c0d0eef" };
	uint8_t id[ID_BYTES] = { 77 };

	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!account_id_parse(view_of(bad[i]), id), "%s", bad[i]);
	ck_assert_uint_eq(id[0], 77);
}

static void everything_has_a_word(void)
{
	ck_assert_str_eq(account_status_text(ATTACHMENT_PENDING), "pending");
	ck_assert_str_eq(account_status_text(ATTACHMENT_EXEMPT), "exempt");
	ck_assert_str_eq(account_type_text(DEVICE_OTHER), "other");
	ck_assert_str_eq(account_type_text(DEVICE_TABLET), "tablet");
	ck_assert_str_eq(account_challenge_state_text(CHALLENGE_DELIVERY_FAILED),
			 "delivery_failed");
	ck_assert_str_eq(account_challenge_state_text(CHALLENGE_EXPIRED), "expired");
}

SUITE_MAIN("account", an_attachment_is_found_by_its_device, a_session_is_found_by_its_key,
	   a_challenged_attachment_is_found_by_the_challenge, only_bound_sessions_live,
	   a_challenge_is_open_until_it_is_decided, an_id_survives_being_written,
	   an_id_is_read_strictly, everything_has_a_word)
