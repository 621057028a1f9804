/* daemon: a real latchd under test: started with settings given inline, in a directory of its own, ready when it says so
 * (sd_notify), asked for its metrics, killed, started again on the same state.
 *
 * In the settings, {dir} stands for the directory (with admin.token and webhook.key in it), {origin} and {sink} for the ports. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct daemon;

struct daemon_options {
	const char *yaml; /* what is added to the usual settings: see daemon.c */
	uint16_t origin;  /* port */
	uint16_t sink;    /* port; 0: nobody is told */
	bool bare;        /* `yaml` is all there is */
};

/* Aborts the test when it does not come up. The program is $LATCHD, else build/latchd. */
struct daemon *daemon_start(const struct daemon_options *options);
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
/* All it has written to standard error so far; free it. */
char *daemon_log(const struct daemon *d);

/* Admin API with the token: returns the status; *ret_body (free it) may be NULL. */
int daemon_admin(struct daemon *d, const char *method, const char *target, const char *json,
		 char **ret_body);

/* Which metrics moved between two looks, and that no other did: daemon_look, then daemon_moved with a list such as
 * "latchd_logins_total=1", "latchd_responses_total{class=\"2xx\"}=*", NULL. `*`: any change, `?` at the end of a name: may move.
 * Series that depend on time or scheduling (connections, cache hits, commits, queue lengths) are left out: see daemon.c. */
struct look;
struct look *daemon_look(struct daemon *d);
void daemon_moved(struct daemon *d, struct look **before, ...) __attribute__((sentinel));
/* The value of one series now ("name{labels}"); -1 when there is none. */
double daemon_metric(struct daemon *d, const char *series);
