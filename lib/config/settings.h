/* settings: what the operator wrote, checked, completed with defaults, immutable and refcounted. Every
 * room reads these structs; none but config makes them. A request keeps the settings it began with.
 * Any thread. */
#pragma once

#include "base/log.h"
#include "base/view.h"
#include "http/url.h"

#include <netinet/in.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum { SETTINGS_MAX_DEVICE_KEYS = 8, SETTINGS_MIN_DEVICE_KEY_BYTES = 16 };

/* A list of texts, each NUL-terminated. */
struct settings_texts {
	char **at;
	size_t n;
};

/* Raw bytes, secret. */
struct settings_keys {
	struct view *at;
	size_t n;
};

/* All zero in all 128 bits, which no client's address is, stands for unix sockets. */
struct settings_cidr {
	uint8_t address[16]; /* IPv4 as ::ffff:a.b.c.d */
	unsigned bits;       /* 0 to 128 */
};
struct settings_cidrs {
	struct settings_cidr *at;
	size_t n;
};

struct settings_address { /* to bind or to connect to */
	char *text;       /* as written: host:port, [v6]:port, unix:/path */
	char *host;       /* name or literal; NULL for unix */
	uint16_t port;    /* 0: any (listeners) */
	char *unix_path;  /* NULL for TCP */
};

/* Files with a certificate and its key, PEM. */
struct settings_certificate {
	char *certificate; /* with its chain; NULL: none */
	char *key;
	char *ocsp; /* an OCSP response, DER; NULL: none */
};

enum settings_client_certificate {
	CLIENT_CERTIFICATE_OFF, /* none is asked for */
	CLIENT_CERTIFICATE_OPTIONAL,
	CLIENT_CERTIFICATE_REQUIRED,
};

struct settings_tls { /* of a listener: off without any certificate */
	struct settings_certificate certificate;
	struct settings_certificate *more;
	size_t n_more;
	char *client_ca; /* file: who signs the certificates of clients; NULL: none is asked for */
	enum settings_client_certificate client_certificate;
};

struct settings_trust {                          /* in the origin, where its URL is https */
	char *ca;                                /* file; NULL: what the system trusts */
	bool verify;                             /* its certificate, and the name in it */
	struct settings_certificate certificate; /* ours */
};

struct settings_server { /* one of those that answer for the application */
	char *url;
	struct settings_address address;
	bool https;
	char *authority; /* host[:port] as in the URL */
};

enum settings_balance { BALANCE_LEAST_CONNECTIONS, BALANCE_ROUND_ROBIN };
enum settings_announce { ANNOUNCE_NOTHING, ANNOUNCE_V1, ANNOUNCE_V2 }; /* by the PROXY protocol */

enum settings_check {
	CHECK_OFF,     /* nobody asks */
	CHECK_CONNECT, /* whether it takes a connection */
	CHECK_REQUEST, /* the same, and what it answers to a request for `path` */
};

struct settings_health { /* how each server is looked after */
	enum settings_check check;
	char *path; /* never NULL for CHECK_REQUEST */
	char *host; /* NULL: the server's own */
	int64_t interval_ms, timeout_ms;
	unsigned status; /* a class, 2xx, is kept as 200 with `status_is_class` */
	bool status_is_class;
	unsigned rise, fall; /* good and bad answers in a row that change our mind */
};

/* One server is in the members that stand loose here, several are in the list: see settings_server. */
struct settings_origin {
	char *url; /* NULL: see `servers` */
	struct settings_address address;
	bool https;
	struct settings_trust trust;
	char *authority; /* host[:port] as in the URL; not sent: the client's Host is */
	struct settings_server *servers;
	size_t n_servers;
	enum settings_balance balance;
	int64_t connect_timeout_ms;
	int64_t response_timeout_ms;
	unsigned keepalive;       /* idle connections kept per worker and server */
	unsigned max_connections; /* per worker and server; 0: unlimited */
	unsigned max_queue;       /* requests per worker that wait for one of them */
	int64_t queue_timeout_ms;
	enum settings_announce announce;
	bool alt_svc; /* reaches browsers */
	struct settings_health health;
};

struct settings_http {
	int64_t head_timeout_ms, body_timeout_ms, idle_timeout_ms, tunnel_idle_ms, drain_ms;
	uint64_t body_min_rate; /* bytes a second */
	size_t max_head_bytes, max_target_bytes;
	unsigned max_headers;
	uint64_t max_body_bytes;              /* 0: unlimited */
	unsigned max_connections;             /* 0: auto */
	unsigned max_connections_per_address; /* 0: unlimited */
	char *client_subject; /* header that tells the origin whose certificate a client showed; NULL: none */
};

/* A named session cookie. */
struct settings_cookie {
	char *name;  /* without the `*` */
	bool prefix; /* the name ended in `*` */
	bool seal;   /* the client gets its value with a MAC, and must show it */
};

enum settings_source_kind {
	SOURCE_RESPONSE_HEADER,
	SOURCE_LOGIN_FORM,
	SOURCE_SET_COOKIE,
	SOURCE_REQUEST_HEADER,
};

/* Conditions on the response to a login; all that are given hold. */
struct settings_success {
	unsigned status;      /* 0: not given */
	bool status_is_class; /* 2xx, kept as 200 */
	char *location;       /* prefix; NULL: not given */
	char *not_location;   /* prefix; NULL: not given */
	char *sets_cookie; /* name, `*` at the end allowed; NULL: a named session cookie with a new value */
	bool sets_cookie_none; /* `none`: no cookie is asked for */
};

enum settings_decode { DECODE_PERCENT, DECODE_BASE64 };
enum settings_take { TAKE_ALL, TAKE_BEFORE, TAKE_AFTER };

struct settings_source {
	enum settings_source_kind kind;
	char *name;          /* header or cookie; NULL for login_form */
	bool name_is_prefix; /* set_cookie: the name ended in `*` */
	/* login_form */
	struct url_address path;
	struct url_param *when; /* query or body fields with their values */
	size_t n_when;
	char *field;
	struct settings_texts password; /* names to try, in order */
	struct settings_success success;
	bool fold;
	/* set_cookie */
	enum settings_decode *decode;
	size_t n_decode;
	enum settings_take take;
	char *take_at; /* the separator */
};

struct settings_identity {
	struct settings_cookie *cookies;
	size_t n_cookies;
	struct settings_texts parameters; /* names of session ids in paths and queries */
	struct settings_source *sources;  /* the first that answers wins */
	size_t n_sources;
	struct url_address *logout_paths;
	size_t n_logout_paths;
};

enum settings_strategy {
	STRATEGY_CHALLENGE,
	STRATEGY_MONITOR,
	STRATEGY_DENY_NEW,
	STRATEGY_LOG_OUT_IDLE,
	STRATEGY_LOG_OUT_OTHERS
};
enum settings_trial { TRIAL_MONITOR, TRIAL_CHALLENGE, TRIAL_DENY };

struct settings_limits {
	unsigned devices, mobile, tablet, desktop; /* 0: unlimited */
};

struct settings_exempt {
	struct url_address *paths;
	size_t n_paths;
	struct settings_cidrs cidrs;
	struct settings_texts accounts, groups;
};

struct settings_branding {
	char *name;
	char *logo;    /* URL; NULL: none */
	char *color;   /* #rrggbb; NULL: the built-in */
	char *support; /* e-mail or URL shown for help; NULL: none */
};

struct settings_redirects {
	char *new_account_url, *logout_url, *success_url, *suspended_url,
		*upgrade_url; /* NULL: not given */
	/* The same, taken apart; valid where the text is not NULL. */
	struct url_address new_account, logout, success, suspended, upgrade;
};

struct settings_events {
	char *url;            /* NULL: nobody is told or asked */
	struct view *secrets; /* raw keys, decoded from whsec_<base64>; the first signs first */
	size_t n_secrets;
	int64_t timeout_ms;
	uint64_t max_backlog_bytes;
	unsigned max_dead_letters;
};

struct settings_listener {
	struct settings_address address;
	unsigned mode;                             /* of a unix socket; 0: the usual */
	bool proxy_protocol;                       /* a connection begins with its header */
	struct settings_cidrs proxy_protocol_from; /* empty: trusted_proxies */
	struct settings_tls tls;
};

/* What somebody above made of the settings before they were shared; freed with them. */
struct settings_derived {
	void *at;
	void (*drop)(void *at);
};

struct settings {
	atomic_uint refs;
	uint64_t epoch; /* unique per loaded settings */
	char *client_id;
	struct settings_listener *listeners;
	size_t n_listeners;
	char *public_url; /* NULL: from the request */
	bool public_https;
	char *public_authority; /* NULL without public_url */
	unsigned workers;       /* never 0: auto is resolved */
	struct settings_origin origin;
	struct settings_cidrs trusted_proxies;
	struct settings_http http;
	struct settings_identity identity;
	int64_t detach_after_ms;
	char *device_key_file;            /* NULL: kept with the state */
	struct settings_keys device_keys; /* what it holds; the first signs */
	struct settings_limits limits;
	enum settings_strategy strategy;
	enum settings_trial trials;
	struct settings_exempt exempt;
	bool verify_always; /* challenge.verification: always */
	struct settings_branding branding;
	struct settings_redirects redirects;
	struct settings_events events;
	char *state_path;
	int64_t warmup_ms;
	struct settings_address admin_listen; /* host and unix_path NULL: no admin listener */
	struct view admin_token;              /* at == NULL: none configured */
	struct log_options log;
	bool log_access;
	struct settings_derived tls;   /* tlscontext's */
	struct settings_derived fleet; /* fleet's */
};

struct settings *settings_ref(struct settings *s);
/* Frees with the last reference; secrets are overwritten. Accepts NULL. */
void settings_unref(struct settings **s);

/* Reads FILE (or a text, for tests; `name` stands in messages). Appends every error and warning to
 * `messages`, a line each: FILE:LINE:COLUMN: key.path: what is wrong (warnings say "warning: " after the
 * place). NULL when there was any error. The caller owns a reference. */
struct settings *settings_load(const char *path, struct text *messages);
struct settings *settings_parse(struct view yaml, const char *name, struct text *messages);
/* All settings in force as YAML, secrets as "********" (latchd -T). */
void settings_print(const struct settings *s, struct text *t);
/* Appends the paths, with ", " between them, of options that differ and that a reload does not pick up. */
void settings_compare(const struct settings *before, const struct settings *after, struct text *t);
/* The reference file: every option with a sentence, default, type and range (latchd --describe-config). */
void settings_describe(struct text *t);

/* The servers of the origin, one or several. What they point to lives as long as the settings. */
size_t settings_servers(const struct settings *s);
struct settings_server settings_server(const struct settings *s, size_t i);

bool settings_cidr_contains(const struct settings_cidrs *list, const uint8_t address[16]);
/* The socket's other end as those lists have it: IPv4 mapped, zero for a unix socket. False for what is neither. */
bool settings_address_of(const struct sockaddr_storage *at, uint8_t ret_address[16]);
