/* milestone: what the application's word on an account's way (`Latch-Event`) does to it: a trial that starts on a device which had
 * one is a repeat, an upgrade ends that. Any thread. */
#pragma once

#include "identity/lesson.h"
#include "registry/registry.h"

/* `device` may be NULL: it is not known. The number to be committed before the response is seen; 0: nothing. */
uint64_t milestone_note(struct registry *r, struct view account, enum lesson_event event,
			const struct device_id *device);
