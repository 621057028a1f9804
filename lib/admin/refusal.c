#include "admin/refusal.h"

#include <event2/buffer.h>
#include <stdio.h>

struct refusal {
	int status;
	const char *code, *reason;
};

static const struct refusal refusals[] = {
	{ 405, "method_not_allowed", "Method Not Allowed" },
	{ 408, "timeout", "Request Timeout" },
	{ 411, "length_required", "Length Required" },
	{ 413, "too_large", "Content Too Large" },
	{ 414, "too_large", "URI Too Long" },
	{ 417, "unsupported", "Expectation Failed" },
	{ 431, "too_large", "Request Header Fields Too Large" },
	{ 501, "unsupported", "Not Implemented" },
	{ 503, "unavailable", "Service Unavailable" },
	{ 505, "unsupported", "HTTP Version Not Supported" },
	{ 400, "bad_request", "Bad Request" }, /* the last: for all others */
};

void refusal_write(struct evbuffer *out, int status, const char *http_date)
{
	const struct refusal *r = refusals;
	char body[160];
	int len;

	while (r->status != status && r->status != 400)
		r++;
	len = snprintf(body, sizeof(body), "{\"error\":{\"code\":\"%s\",\"message\":\"%s\"}}",
		       r->code, r->reason);
	evbuffer_add_printf(
		out,
		"HTTP/1.1 %d %s\r\nDate: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
		"Cache-Control: no-store\r\nConnection: close\r\n\r\n%s",
		r->status, r->reason, http_date, len, body);
}
