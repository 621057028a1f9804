#include "registry/account.h"

#include <assert.h>

struct attachment *account_attachment(const struct account *a, const struct device_id *device)
{
	for (unsigned i = 0; i < a->n_attachments; i++)
		if (device_id_is(&a->attachments[i]->device, device))
			return a->attachments[i];
	return NULL;
}

struct session *account_session(const struct account *a, const struct session_key *key)
{
	for (unsigned i = 0; i < a->n_sessions; i++)
		if (memcmp(a->sessions[i]->key.bytes, key->bytes, ID_BYTES) == 0)
			return a->sessions[i];
	return NULL;
}

struct attachment *account_challenged(const struct account *a, const struct challenge_id *id)
{
	for (unsigned i = 0; i < a->n_attachments; i++) {
		const struct challenge *c = a->attachments[i]->challenge;

		if (c && memcmp(c->id.bytes, id->bytes, ID_BYTES) == 0)
			return a->attachments[i];
	}
	return NULL;
}

bool account_challenge_is_open(const struct challenge *c)
{
	switch ((enum challenge_state)c->state) {
	case CHALLENGE_INITIATED:
	case CHALLENGE_PENDING:
	case CHALLENGE_DELIVERED:
	case CHALLENGE_DELIVERY_FAILED:
	case CHALLENGE_VERIFIED:
	case CHALLENGE_POSTPONED:
	case CHALLENGE_ADMIN_NOTIFIED:
		return true;
	case CHALLENGE_COMPLETED:
	case CHALLENGE_FAILED:
	case CHALLENGE_OVERRIDDEN:
	case CHALLENGE_SKIPPED:
	case CHALLENGE_EXPIRED:
	case CHALLENGE_STATES:
		break;
	}
	return false;
}

unsigned account_live_sessions(const struct account *a, const struct attachment *t)
{
	unsigned live = 0;

	for (unsigned i = 0; i < a->n_sessions; i++)
		live += a->sessions[i]->attachment == t && a->sessions[i]->state == SESSION_BOUND;
	return live;
}

void account_id_format(const uint8_t id[ID_BYTES], char ret_text[ID_TEXT_BYTES])
{
	static const char digits[] = "0123456789abcdef";

	for (unsigned i = 0; i < ID_BYTES; i++) {
		ret_text[2 * i] = digits[id[i] >> 4];
		ret_text[2 * i + 1] = digits[id[i] & 15];
	}
	ret_text[2 * ID_BYTES] = '\0';
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool account_id_parse(struct view text, uint8_t ret_id[ID_BYTES])
{
	uint8_t id[ID_BYTES];

	if (text.len != 2 * ID_BYTES)
		return false;
	for (unsigned i = 0; i < ID_BYTES; i++) {
		int high = digit_value(text.at[2 * i]);
		int low = digit_value(text.at[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		id[i] = (uint8_t)(high << 4 | low);
	}
	memcpy(ret_id, id, ID_BYTES);
	return true;
}

const char *account_status_text(enum attachment_status status)
{
	static const char *const texts[] = {
		[ATTACHMENT_PENDING] = "pending",   [ATTACHMENT_ATTACHED] = "attached",
		[ATTACHMENT_DETACHED] = "detached", [ATTACHMENT_DORMANT] = "dormant",
		[ATTACHMENT_EXEMPT] = "exempt",
	};

	assert((unsigned)status < sizeof(texts) / sizeof(texts[0]));
	return texts[status];
}

const char *account_type_text(enum device_type type)
{
	static const char *const texts[DEVICE_TYPES] = {
		[DEVICE_OTHER] = "other",
		[DEVICE_DESKTOP] = "desktop",
		[DEVICE_MOBILE] = "mobile",
		[DEVICE_TABLET] = "tablet",
	};

	assert((unsigned)type < DEVICE_TYPES);
	return texts[type];
}

const char *account_challenge_state_text(enum challenge_state state)
{
	static const char *const texts[CHALLENGE_STATES] = {
		[CHALLENGE_INITIATED] = "initiated",
		[CHALLENGE_PENDING] = "pending",
		[CHALLENGE_DELIVERED] = "delivered",
		[CHALLENGE_DELIVERY_FAILED] = "delivery_failed",
		[CHALLENGE_VERIFIED] = "verified",
		[CHALLENGE_COMPLETED] = "completed",
		[CHALLENGE_FAILED] = "failed",
		[CHALLENGE_OVERRIDDEN] = "overridden",
		[CHALLENGE_POSTPONED] = "postponed",
		[CHALLENGE_SKIPPED] = "skipped",
		[CHALLENGE_ADMIN_NOTIFIED] = "admin_notified",
		[CHALLENGE_EXPIRED] = "expired",
	};

	assert((unsigned)state < CHALLENGE_STATES);
	return texts[state];
}
