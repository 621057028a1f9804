#include "visitor.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { MAX_COOKIES = 32 };

struct jar_cookie {
	char name[64], value[1024], path[256];
};

struct visitor {
	uint16_t port;
	int fd; /* -1: none */
	struct wirework_buffer buffer;
	struct message answer;
	struct jar_cookie jar[MAX_COOKIES];
	unsigned n_cookies;
	char agent[256], location[4096], fields[512];
	bool head, tolerant;
};

struct visitor *visitor_create(uint16_t port)
{
	struct visitor *v = calloc(1, sizeof(*v));

	v->port = port;
	v->fd = -1;
	visitor_set_agent(v,
			  "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0");
	return v;
}

static void hang_up(struct visitor *v)
{
	if (v->fd >= 0)
		close(v->fd);
	v->fd = -1;
	wirework_free(&v->buffer);
}

void visitor_destroy(struct visitor **v)
{
	if (!*v)
		return;
	hang_up(*v);
	message_free(&(*v)->answer);
	free(*v);
	*v = NULL;
}

void visitor_move(struct visitor *v, uint16_t port)
{
	hang_up(v);
	v->port = port;
}

void visitor_set_agent(struct visitor *v, const char *user_agent)
{
	snprintf(v->agent, sizeof(v->agent), "%s", user_agent);
}

void visitor_set_fields(struct visitor *v, const char *fields)
{
	snprintf(v->fields, sizeof(v->fields), "%s", fields);
}

void visitor_hang_up(struct visitor *v)
{
	hang_up(v);
}

void visitor_bear_with_it(struct visitor *v)
{
	v->tolerant = true;
}

/* Any path: NULL. */
static struct jar_cookie *find_at(const struct visitor *v, const char *name, const char *path)
{
	for (unsigned i = 0; i < v->n_cookies; i++)
		if (strcmp(v->jar[i].name, name) == 0 &&
		    (!path || strcmp(v->jar[i].path, path) == 0))
			return (struct jar_cookie *)(uintptr_t)&v->jar[i];
	return NULL;
}

static struct jar_cookie *find(const struct visitor *v, const char *name)
{
	return find_at(v, name, NULL);
}

const char *visitor_cookie(const struct visitor *v, const char *name)
{
	const struct jar_cookie *c = find(v, name);

	return c ? c->value : NULL;
}

static void put_cookie(struct visitor *v, const char *name, const char *path, const char *value)
{
	struct jar_cookie *c = find_at(v, name, path);

	if (!c) {
		ck_assert_uint_lt(v->n_cookies, MAX_COOKIES);
		c = &v->jar[v->n_cookies++];
		snprintf(c->name, sizeof(c->name), "%s", name);
		snprintf(c->path, sizeof(c->path), "%s", path);
	}
	snprintf(c->value, sizeof(c->value), "%s", value);
}

void visitor_set_cookie(struct visitor *v, const char *name, const char *value)
{
	const struct jar_cookie *c = find(v, name);

	put_cookie(v, name, c ? c->path : "/", value);
}

void visitor_forget_cookie(struct visitor *v, const char *name)
{
	struct jar_cookie *c = find(v, name);

	if (c)
		*c = v->jar[--v->n_cookies];
}

void visitor_copy_cookies(struct visitor *v, const struct visitor *from)
{
	memcpy(v->jar, from->jar, sizeof(v->jar));
	v->n_cookies = from->n_cookies;
}

static bool has_attribute(const char *line, const char *attribute, char *value, size_t size)
{
	for (const char *at = strchr(line, ';'); at; at = strchr(at + 1, ';')) {
		const char *word = at + 1 + strspn(at + 1, " ");
		size_t len = strlen(attribute);

		if (strncasecmp(word, attribute, len) == 0) {
			snprintf(value, size, "%.*s", (int)strcspn(word + len, ";"), word + len);
			return true;
		}
	}
	return false;
}

static void take_cookie(struct visitor *v, const char *line)
{
	char name[64], value[1024], path[256] = "", age[64] = "", expires[64] = "";

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(line, "="), line);
	line += strcspn(line, "=");
	snprintf(value, sizeof(value), "%.*s", (int)strcspn(line + 1, ";"), line + 1);
	has_attribute(line, "Path=", path, sizeof(path));
	has_attribute(line, "Max-Age=", age, sizeof(age));
	has_attribute(line, "Expires=", expires, sizeof(expires));
	if (!path[0])
		strcpy(path, "/");
	if ((age[0] && atoi(age) <= 0) || (!age[0] && strstr(expires, "1970"))) {
		struct jar_cookie *c = find_at(v, name, path);

		if (c)
			*c = v->jar[--v->n_cookies];
		return;
	}
	put_cookie(v, name, path, value);
}

static void write_cookies(const struct visitor *v, const char *target, FILE *out)
{
	const char *separator = "Cookie: ";

	for (unsigned i = 0; i < v->n_cookies; i++)
		if (strncmp(target, v->jar[i].path, strlen(v->jar[i].path)) == 0) {
			fprintf(out, "%s%s=%s", separator, v->jar[i].name, v->jar[i].value);
			separator = "; ";
		}
	if (separator[0] == ';')
		fputs("\r\n", out);
}

void visitor_send(struct visitor *v, const char *method, const char *target, const char *fields,
		  const char *body)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (v->fd < 0)
		v->fd = v->tolerant ? wirework_try_connect(v->port) : wirework_connect(v->port);
	fprintf(out,
		"%s %s HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: %s\r\nAccept-Language: en\r\n",
		method, target, v->agent);
	write_cookies(v, target, out);
	fputs(v->fields, out);
	fputs(fields, out);
	if (body)
		fprintf(out, "Content-Length: %zu\r\n", strlen(body));
	fprintf(out, "\r\n%s", body ? body : "");
	fclose(out);
	v->head = strcmp(method, "HEAD") == 0;
	wirework_send(v->fd, text, len);
	free(text);
}

/* False only for a visitor who bears with a connection that is cut. */
static bool read_answer(struct visitor *v)
{
	bool came = v->fd >= 0 && message_read(v->fd, &v->buffer, false, v->head, &v->answer);

	ck_assert_msg(v->tolerant || came, "the connection was closed");
	if (came && (v->answer.complete || !v->tolerant))
		return true;
	message_free(&v->answer);
	hang_up(v);
	return false;
}

int visitor_receive(struct visitor *v)
{
	const char *line, *connection;

	message_free(&v->answer);
	do {
		message_free(&v->answer);
		if (!read_answer(v))
			return 0;
	} while (v->answer.status / 100 == 1);
	for (unsigned i = 0; (line = message_field(&v->answer, "Set-Cookie", i)); i++)
		take_cookie(v, line);
	line = message_field(&v->answer, "Location", 0);
	snprintf(v->location, sizeof(v->location), "%s", line ? line : "");
	connection = message_field(&v->answer, "Connection", 0);
	if (connection && strcasecmp(connection, "close") == 0)
		hang_up(v);
	return v->answer.status;
}

int visitor_request(struct visitor *v, const char *method, const char *target, const char *fields,
		    const char *body)
{
	visitor_send(v, method, target, fields, body);
	return visitor_receive(v);
}

static const char navigation[] =
	"Accept: text/html\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n";

int visitor_navigate(struct visitor *v, const char *target)
{
	return visitor_request(v, "GET", target, navigation, NULL);
}

int visitor_fetch(struct visitor *v, const char *target)
{
	return visitor_request(v, "GET", target,
			       "Accept: application/json\r\nSec-Fetch-Mode: cors\r\n", NULL);
}

int visitor_post(struct visitor *v, const char *target, const char *form)
{
	char fields[256];

	snprintf(fields, sizeof(fields), "%sContent-Type: application/x-www-form-urlencoded\r\n",
		 navigation);
	return visitor_request(v, "POST", target, fields, form);
}

const struct message *visitor_answer(const struct visitor *v)
{
	return &v->answer;
}

const char *visitor_location(const struct visitor *v)
{
	return v->location;
}

const char *visitor_field(const struct visitor *v, const char *name)
{
	const char *value = message_field(&v->answer, name, 0);

	return value ? value : "";
}

bool visitor_shows(const struct visitor *v, const char *text)
{
	return v->answer.body && strstr(v->answer.body, text);
}

const char *visitor_set_cookie_line(const struct visitor *v, const char *name)
{
	const char *line;

	for (unsigned i = 0; (line = message_field(&v->answer, "Set-Cookie", i)); i++)
		if (strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == '=')
			return line;
	return NULL;
}

const char *visitor_jar(const struct visitor *v, unsigned n)
{
	return n < v->n_cookies ? v->jar[n].value : NULL;
}
