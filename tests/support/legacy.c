#include "legacy.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SESSIONS = 100000 };

const char legacy_settings[] =
	"identity:\n"
	"  session_cookies: [PHPSESSID]\n"
	"  account:\n"
	"    - login_form: { path: /login.php, field: user, password: pass, success: { status: 302 } }\n"
	"  logout_paths: [/logout.php]\n" LEGACY_REDIRECTS;

struct legacy {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool held;
	char *users[MAX_SESSIONS];
	unsigned n;
};

struct legacy *legacy_create(void)
{
	struct legacy *l = calloc(1, sizeof(*l));

	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->changed, NULL);
	return l;
}

void legacy_destroy(struct legacy **l)
{
	if (!*l)
		return;
	for (unsigned i = 0; i < (*l)->n; i++)
		free((*l)->users[i]);
	free(*l);
	*l = NULL;
}

/* A session value tells its place in the table. */
static const char *user_of(struct legacy *l, const char *session)
{
	unsigned i;
	const char *user = NULL;

	pthread_mutex_lock(&l->lock);
	if (session && sscanf(session, "session-of-legacy-%u", &i) == 1 && i < l->n)
		user = l->users[i];
	pthread_mutex_unlock(&l->lock);
	return user;
}

static unsigned new_session(struct legacy *l, const char *user)
{
	unsigned i;

	pthread_mutex_lock(&l->lock);
	i = l->n++;
	l->users[i] = strdup(user);
	pthread_mutex_unlock(&l->lock);
	return i;
}

static bool log_in(struct origin_call *call, struct legacy *l)
{
	char user[256] = "", pass[256] = "", fields[256];
	const char *u = strstr(call->request->body, "user="),
		   *p = strstr(call->request->body, "pass=");

	if (u)
		sscanf(u, "user=%255[^&]", user);
	if (p)
		sscanf(p, "pass=%255[^&]", pass);
	if (!user[0] || !pass[0] || strcmp(pass, "wrong") == 0)
		return origin_answer(call, 200, "Content-Type: text/html\r\n",
				     "wrong user or password");
	snprintf(fields, sizeof(fields),
		 "Location: /\r\nSet-Cookie: PHPSESSID=session-of-legacy-%u; Path=/; HttpOnly\r\n",
		 new_session(l, user));
	return origin_answer(call, 302, fields, "");
}

void legacy_hold(struct legacy *l)
{
	pthread_mutex_lock(&l->lock);
	l->held = true;
	pthread_mutex_unlock(&l->lock);
}

void legacy_release(struct legacy *l)
{
	pthread_mutex_lock(&l->lock);
	l->held = false;
	pthread_cond_broadcast(&l->changed);
	pthread_mutex_unlock(&l->lock);
}

void legacy_wait(struct legacy *l)
{
	pthread_mutex_lock(&l->lock);
	while (l->held)
		pthread_cond_wait(&l->changed, &l->lock);
	pthread_mutex_unlock(&l->lock);
}

/* The visitor's own script; false when there is none. */
static bool answer_as_asked(struct origin_call *call)
{
	const char *status = message_field(call->request, "Please-Status", 0), *field;
	char fields[8192] = "";
	size_t len = 0;

	for (unsigned i = 0; (field = message_field(call->request, "Please-Field", i)); i++)
		len += (size_t)snprintf(fields + len, sizeof(fields) - len, "%s\r\n", field);
	if (!status && !len)
		return false;
	return origin_answer(call, status ? atoi(status) : 200, fields, "as you please");
}

bool legacy_script(struct origin_call *call)
{
	struct legacy *l = call->ctx;
	const char *user = user_of(l, origin_cookie(call, "PHPSESSID"));
	char body[512];

	if (message_field(call->request, "Please-Wait", 0))
		legacy_wait(l);
	if (answer_as_asked(call))
		return true;
	if (strncmp(call->target, "/login.php", 10) == 0 && strcmp(call->method, "POST") == 0)
		return log_in(call, l);
	if (strncmp(call->target, "/logout.php", 11) == 0)
		return origin_answer(
			call, 302,
			"Location: /login.php\r\nSet-Cookie: PHPSESSID=deleted; Path=/; "
			"Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0\r\n",
			"");
	if (strncmp(call->target, "/members/", 9) == 0 && !user)
		return origin_answer(call, 302, "Location: /login.php\r\n", "");
	snprintf(body, sizeof(body), "hello %s", user ? user : "stranger");
	return origin_answer(call, 200, "Content-Type: text/html\r\n", body);
}
