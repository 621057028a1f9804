#include "gateway/access.h"

#include "identity/sid.h"

#include <arpa/inet.h>

/* By the registry's key, which all workers share: a device has one hash in the whole log, as an account has. */
static uint64_t device_hash(const struct flow *f)
{
	struct view id = view_make(f->verdict.device.bytes, ID_BYTES);

	return f->verdict.has_device ? registry_account_hash(f->w->registry, id) : 0;
}

void access_log(const struct flow *f)
{
	const struct stream *s = f->s;
	const char *verdict = f->route.kind == ROUTE_PROXY ? reason_word(f->verdict.reason) : "own";
	struct log_access line = { .request_id = f->request_id ? f->request_id : "-",
				   .client = f->peer.text,
				   .method = s->request.method,
				   .path = sid_free_head(f->regime->rules, s->request.path),
				   .status = s->status,
				   .origin_status = f->origin_status,
				   .bytes_out = s->bytes_out,
				   .duration_ms = loop_now_ms(s->loop) - s->began_ms,
				   .origin_ms = f->forwarded ? forward_origin_ms(s) : -1,
				   .verdict = verdict,
				   .account_hash = f->learned.account_hash
							   ? f->learned.account_hash
							   : f->verdict.account_hash,
				   .device_hash = device_hash(f) };

	log_request(&line);
}

void access_log_refused(const struct rules *rules, const struct sockaddr_storage *remote,
			struct view method, struct view path, int status)
{
	char text[INET6_ADDRSTRLEN] = "-";
	struct log_access line = { .request_id = "-",
				   .client = text,
				   .method = method,
				   .path = sid_free_head(rules, path),
				   .status = status,
				   .origin_ms = -1 };

	if (remote->ss_family == AF_INET)
		inet_ntop(AF_INET, &((const struct sockaddr_in *)remote)->sin_addr, text,
			  sizeof(text));
	else if (remote->ss_family == AF_INET6)
		inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)remote)->sin6_addr, text,
			  sizeof(text));
	log_request(&line);
}
