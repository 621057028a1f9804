#include "decision/milestone.h"

#include "decision/tell.h"
#include "registry/outbox.h"

static void is_repeat(struct account *a, struct change *c, void *arg)
{
	struct attachment *t = account_attachment(a, arg);

	if (!t || t->repeat_trial)
		return;
	t->repeat_trial = true;
	change_attachment(c, t);
	change_tell(c, OUTBOX_TRIAL_REPEAT, tell_about(a, t));
}

static void complete(const struct account *a, struct change *c, struct attachment *t)
{
	json_t *data;

	change_challenge_state(c, t, CHALLENGE_COMPLETED);
	data = tell_about(a, t);
	json_object_set_new(data, "challenge", tell_challenge(t->challenge));
	change_tell(c, OUTBOX_CHALLENGE_COMPLETED, data);
}

static void is_over(struct account *a, struct change *c, void *arg)
{
	(void)arg;
	for (unsigned i = 0; i < a->n_attachments; i++) {
		struct attachment *t = a->attachments[i];
		bool by_trial = t->challenge && (t->challenge->reasons & REASON_BIT_REPEAT_TRIAL);

		if (!t->repeat_trial)
			continue;
		t->repeat_trial = false;
		change_attachment(c, t);
		if (by_trial && account_challenge_is_open(t->challenge))
			complete(a, c, t);
	}
}

static uint64_t note_start(struct registry *r, struct view account, const struct device_id *device)
{
	struct device_id id = *device;
	uint64_t number = 0, changed = 0;

	if (registry_trial(r, device, account, &number))
		changed = registry_change(r, account, false, is_repeat, &id);
	return changed > number ? changed : number;
}

uint64_t milestone_note(struct registry *r, struct view account, enum lesson_event event,
			const struct device_id *device)
{
	if (event == LESSON_UPGRADE)
		return registry_change(r, account, false, is_over, NULL);
	return event == LESSON_TRIAL_STARTED && device ? note_start(r, account, device) : 0;
}
