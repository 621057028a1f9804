/* daemon: a real latchd under test: started with settings given inline, in a directory of its own, ready when it says so
 * (sd_notify), asked for its metrics, killed, started again on the same state.
 *
 * In the settings, {dir} stands for the directory (with admin.token and webhook.key in it), {origin} and {sink} for the ports. The
 * sink has 20 s to answer what it is asked, so that a busy machine makes no veto void. */
#pragma once

#include "moves.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct daemon;

struct daemon_options {
	const char *yaml; /* what is added to the usual settings: see daemon.c */
	uint16_t origin;  /* port */
	uint16_t sink;    /* port; 0: nobody is told */
	bool bare;        /* `yaml` is all there is */
	int handed_in;    /* a listening socket, as systemd would; 0: none */
};

/* Aborts the test when it does not come up. The program is $LATCHD, else build/latchd. */
struct daemon *daemon_start(const struct daemon_options *options);
/* Its directory with settings and keys, for daemon_run, and for daemon_restart to start it. */
struct daemon *daemon_prepare(const struct daemon_options *options);
/* Runs the program with these arguments on the settings, beside a running one perhaps, waits for its end; the exit status. *ret_output:
 * what it wrote, free it; may be NULL. */
int daemon_run(struct daemon *d, const char *arguments, char **ret_output);
/* SIGTERM; expects a clean exit, removes the directory. Accepts NULL. */
void daemon_stop(struct daemon **d);
void daemon_kill(struct daemon *d); /* SIGKILL, and waits */
void daemon_restart(
	struct daemon *d); /* after a kill or with a stop before: the same state, new ports */
void daemon_signal(struct daemon *d, int number);
/* Waits for its end; the exit status, or 128 + signal. */
int daemon_wait(struct daemon *d);

uint16_t daemon_port(const struct daemon *d);
uint16_t daemon_admin_port(const struct daemon *d);
pid_t daemon_pid(const struct daemon *d);
const char *daemon_dir(const struct daemon *d);
/* Rewrites the settings (as `yaml` of daemon_options), sends SIGHUP, waits until they are in force. */
void daemon_reload(struct daemon *d, const char *yaml);
/* Rewrites them and says nothing. */
void daemon_rewrite(struct daemon *d, const char *yaml);
/* Edits them by a command of sed's, and says nothing. */
void daemon_edit(struct daemon *d, const char *sed);
/* Waits until it tells its supervisor so (sd_notify): "READY=1", "STOPPING=1". */
void daemon_await(struct daemon *d, const char *notice);
/* Waits until it has logged this: what is logged is written a moment later. */
void daemon_await_log(struct daemon *d, const char *text);
/* All it has written to standard error so far; free it. */
char *daemon_log(const struct daemon *d);

/* Admin API with the token: returns the status; *ret_body (free it) may be NULL. */
int daemon_admin(struct daemon *d, const char *method, const char *target, const char *json,
		 char **ret_body);
/* What /metrics says; free it. moves.h compares two of them. */
char *daemon_scrape(struct daemon *d);
