#include "hotline.h"

#include "raw.h"

#include <dirent.h>
#include <stdio.h>

int hotline_ask(struct story *s, const struct visitor *v, const char *method, const char *target,
		const char *fields)
{
	int fd = raw_connect(daemon_port(s->daemon));
	const char *device = visitor_cookie(v, "latch"), *session = visitor_cookie(v, "PHPSESSID");
	char cookies[1024] = "", head[4096];

	if (session && device)
		snprintf(cookies, sizeof(cookies), "Cookie: PHPSESSID=%s; latch=%s\r\n", session,
			 device);
	snprintf(head, sizeof(head),
		 "%s %s HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: Mozilla/5.0 (X11; "
		 "Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n%s%s\r\n",
		 method, target, cookies, fields);
	raw_send(fd, head);
	return fd;
}

unsigned hotline_descriptors(pid_t pid)
{
	char path[64];
	unsigned n = 0;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	d = opendir(path);
	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n;
}
