/* subject: a proxy under trial: latchd itself, or one of those that people use in its place, as the benchmark sets them up. */
#pragma once

#include "daemon.h"
#include "stage.h"

struct subject {
	const char *name;
	struct stage *stage;
	struct daemon *gateway; /* latchd */
	pid_t pid;              /* another one */
	char dir[64];
	int patience_ms;
};

void subject_start_latchd(struct subject *s);
/* Aborts when it is not installed. */
void subject_start_nginx(struct subject *s);
void subject_start_haproxy(struct subject *s);
void subject_stop(struct subject *s);
