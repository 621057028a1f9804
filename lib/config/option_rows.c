#include "config/option_rows.h"

#include "config/credential.h"
#include "config/endpoint.h"
#include "config/hyperlink.h"
#include "config/network.h"
#include "config/recognition.h"
#include "config/scalar.h"
#include "config/settings.h"

#define MEMBER(struct_, member) \
	.offset = offsetof(struct struct_, member), .size = sizeof(((struct struct_ *)0)->member)
#define AND(struct_, member) .second = offsetof(struct struct_, member)
#define ENTRIES(struct_, list, count)                                     \
	.offset = offsetof(struct struct_, list), .size = sizeof(void *), \
	.second = offsetof(struct struct_, count),                        \
	.entry_size = sizeof(*((struct struct_ *)0)->list)
#define TEXTS(struct_, texts) ENTRIES(struct_, texts.at, texts.n)
#define ENTRY(member) MEMBER(settings_source, member)
#define MS(n) INT64_C(n)
#define S(n) (INT64_C(n) * 1000)
#define DAYS(n) (INT64_C(n) * 86400000)
#define KIB(n) (INT64_C(n) << 10)
#define MIB(n) (INT64_C(n) << 20)
#define UNLIMITED_BYTES (INT64_C(1) << 50)

static const struct option_word automatic[] = { { "auto", 0 }, { 0 } };
static const struct option_word client_certificates[] = {
	{ "off", CLIENT_CERTIFICATE_OFF },
	{ "optional", CLIENT_CERTIFICATE_OPTIONAL },
	{ "required", CLIENT_CERTIFICATE_REQUIRED },
	{ 0 }
};
static const struct option_word presets[] = { { "dokuwiki", 0 }, { "wordpress", 1 }, { 0 } };
static const struct option_word engines[] = { { "embedded", 0 }, { 0 } };
static const struct option_word strategies[] = { { "challenge", STRATEGY_CHALLENGE },
						 { "monitor", STRATEGY_MONITOR },
						 { "deny_new", STRATEGY_DENY_NEW },
						 { "log_out_idle", STRATEGY_LOG_OUT_IDLE },
						 { "log_out_others", STRATEGY_LOG_OUT_OTHERS },
						 { 0 } };
static const struct option_word trials[] = { { "challenge", TRIAL_CHALLENGE },
					     { "monitor", TRIAL_MONITOR },
					     { "deny", TRIAL_DENY },
					     { 0 } };
static const struct option_word verifications[] = { { "when_possible", false },
						    { "always", true },
						    { 0 } };
static const struct option_word folds[] = { { "lower", true }, { "none", false }, { 0 } };
static const struct option_word decodings[] = { { "percent", DECODE_PERCENT },
						{ "base64", DECODE_BASE64 },
						{ 0 } };
static const struct option_word balances[] = { { "least_connections", BALANCE_LEAST_CONNECTIONS },
					       { "round_robin", BALANCE_ROUND_ROBIN },
					       { 0 } };
static const struct option_word announcements[] = {
	{ "off", ANNOUNCE_NOTHING }, { "v1", ANNOUNCE_V1 }, { "v2", ANNOUNCE_V2 }, { 0 }
};
static const struct option_word checks[] = {
	{ "off", CHECK_OFF }, { "connect", CHECK_CONNECT }, { "request", CHECK_REQUEST }, { 0 }
};
static const struct option_word levels[] = { { "error", LOG_ERROR },
					     { "warn", LOG_WARN },
					     { "info", LOG_INFO },
					     { "debug", LOG_DEBUG },
					     { 0 } };
static const struct option_word formats[] = { { "text", LOG_TEXT }, { "json", LOG_JSON }, { 0 } };

/* Numbers of the keys of identity.account's entries. */
enum {
	BY_RESPONSE_HEADER = SOURCE_RESPONSE_HEADER + 1,
	BY_LOGIN_FORM = SOURCE_LOGIN_FORM + 1,
	BY_SET_COOKIE = SOURCE_SET_COOKIE + 1,
	BY_REQUEST_HEADER = SOURCE_REQUEST_HEADER + 1,
};

const struct option option_rows_all[] = {
	{ "client_id", &scalar_text, MEMBER(settings, client_id), .max = 128, .fallback = "latchd",
	  .about = "Name of this gateway or site, sent with every event." },

	{ "listen", NULL, ENTRIES(settings, listeners, n_listeners), .max_entries = 64,
	  .flags = OPTION_LIST | OPTION_REQUIRED | OPTION_RESTART, .example = "127.0.0.1:8080",
	  .about =
		  "Where browsers connect, or the proxy in front: host:port, \"[v6]:port\" or unix:/path." },
	{ "listen[].address", &endpoint_address, MEMBER(settings_listener, address),
	  .flags = OPTION_REQUIRED | OPTION_SHORTHAND, .example = "127.0.0.1:8080",
	  .about = "The address itself." },
	{ "listen[].mode", &endpoint_mode, MEMBER(settings_listener, mode), .example = "\"0660\"",
	  .flags = OPTION_TACIT,
	  .about = "Who may connect to a unix socket: its file's mode. Not set, 0660." },
	{ "listen[].proxy_protocol", &scalar_boolean, MEMBER(settings_listener, proxy_protocol),
	  .fallback = "false", .flags = OPTION_RELOAD | OPTION_TACIT,
	  .about =
		  "Whether every connection begins with a header of the PROXY protocol (1 or 2), as balancers send it "
		  "in front of everything, TLS too. The address that it states is the client's from then on. A "
		  "connection without one is closed." },
	{ "listen[].proxy_protocol_from", &network_proxy,
	  ENTRIES(settings_listener, proxy_protocol_from.at, proxy_protocol_from.n),
	  .max_entries = 1024, .flags = OPTION_LIST | OPTION_RELOAD | OPTION_TACIT,
	  .fallback = "[]", .example = "10.0.0.0/8",
	  .about =
		  "Who may send that header: networks, or unix for whoever comes through a unix socket. Anybody else "
		  "is sent away. Empty, it is trusted_proxies; where that is empty too, everybody." },
	{ "listen[].tls.certificate", &credential_public_file,
	  MEMBER(settings_listener, tls.certificate.certificate),
	  .example = "/etc/latchd/tls/cert.pem", .flags = OPTION_RELOAD,
	  .about =
		  "With a certificate, browsers speak TLS here (1.2 and 1.3). A PEM file: the certificate, then those that signed it. Read again on reload." },
	{ "listen[].tls.key", &credential_later_file,
	  MEMBER(settings_listener, tls.certificate.key), .example = "/etc/latchd/tls/key.pem",
	  .flags = OPTION_RELOAD, .about = "Its private key, PEM, without a passphrase." },
	{ "listen[].tls.ocsp", &credential_public_file,
	  MEMBER(settings_listener, tls.certificate.ocsp), .example = "/etc/latchd/tls/ocsp.der",
	  .flags = OPTION_RELOAD,
	  .about =
		  "An OCSP response (DER) to staple, as long as it is good. Whoever fetches it also sends SIGHUP." },
	{ "listen[].tls.certificates", NULL, ENTRIES(settings_listener, tls.more, tls.n_more),
	  .max_entries = 64, .flags = OPTION_LIST | OPTION_RELOAD,
	  .example = "{ certificate: /etc/latchd/tls/other.pem, key: /etc/latchd/tls/other.key }",
	  .about =
		  "More of them, chosen by the name that the browser asks for; of two for the same names with an RSA and "
		  "an ECDSA key, by what it can read. The first of all is for whoever asks for no name, or an unknown one." },
	{ "listen[].tls.certificates[].certificate", &credential_public_file,
	  MEMBER(settings_certificate, certificate), .flags = OPTION_REQUIRED,
	  .example = "/etc/latchd/tls/other.pem", .about = "The certificate and its chain, PEM." },
	{ "listen[].tls.certificates[].key", &credential_later_file,
	  MEMBER(settings_certificate, key), .flags = OPTION_REQUIRED,
	  .example = "/etc/latchd/tls/other.key", .about = "Its private key, PEM." },
	{ "listen[].tls.certificates[].ocsp", &credential_public_file,
	  MEMBER(settings_certificate, ocsp), .example = "/etc/latchd/tls/other.der",
	  .about = "Its OCSP response, DER." },
	{ "listen[].tls.client_ca", &credential_public_file,
	  MEMBER(settings_listener, tls.client_ca), .example = "/etc/latchd/tls/clients-ca.pem",
	  .flags = OPTION_RELOAD,
	  .about = "Who signs the certificates of clients, PEM. Not set, none is asked for." },
	{ "listen[].tls.client_certificate", &scalar_word,
	  MEMBER(settings_listener, tls.client_certificate), .words = client_certificates,
	  .fallback = "off", .flags = OPTION_RELOAD | OPTION_TACIT,
	  .about =
		  "Whether clients show a certificate of client_ca: off asks for none, optional and required ask, and "
		  "required ends the handshake without one. A bad one always ends it. A reload that asks for something "
		  "else ends the connections that were there before, each behind its answer." },

	{ "public_url", &hyperlink_public, .offset = offsetof(struct settings, public_url),
	  .example = "https://www.example.com",
	  .about =
		  "Scheme and host under which browsers know the site. Not set, they are taken from each request." },
	{ "workers", &scalar_count, MEMBER(settings, workers), .min = 1, .max = 64,
	  .words = automatic, .fallback = "auto", .flags = OPTION_RESTART,
	  .about = "Threads that serve. auto is one for each core that the process may use." },

	{ "origin.url", &endpoint_origin, MEMBER(settings, origin),
	  .example = "http://127.0.0.1:9000", .flags = OPTION_LIVE,
	  .about =
		  "The application: http://host:port, https://host:port, or unix:/path. This or urls is required." },
	{ "origin.urls", &endpoint_server, ENTRIES(settings, origin.servers, origin.n_servers),
	  .max_entries = 64, .flags = OPTION_LIST,
	  .example = "http://10.0.0.1:9000, http://10.0.0.2:9000",
	  .about =
		  "Several servers of the same application, instead of url. One that takes no connection is left "
		  "out until it does, and the request goes to another." },
	{ "origin.balance", &scalar_word, MEMBER(settings, origin.balance), .words = balances,
	  .fallback = "least_connections",
	  .about =
		  "Which of them gets a request: the one with the least_connections in use by all workers, or each "
		  "in turn." },
	{ "origin.connect_timeout", &scalar_duration, MEMBER(settings, origin.connect_timeout_ms),
	  .min = MS(10), .max = S(600), .fallback = "5s",
	  .about =
		  "How long a connection to the application may take; then another server is tried, or 504." },
	{ "origin.response_timeout", &scalar_duration, MEMBER(settings, origin.response_timeout_ms),
	  .min = MS(10), .max = DAYS(1), .fallback = "60s",
	  .about =
		  "How long the application may take to begin its answer; then 504. Also how long it may be "
		  "silent in the middle of one; then the client is cut off. An event stream may be silent for "
		  "http.tunnel_idle." },
	{ "origin.keepalive", &scalar_count, MEMBER(settings, origin.keepalive), .min = 0,
	  .max = 65535, .fallback = "64",
	  .about =
		  "Idle connections to each server of the application that each worker keeps for reuse. 0 is for an "
		  "application that answers without reading the bodies of its POSTs and goes on: what it leaves, it "
		  "would take for the next request, of which nobody here knows." },
	{ "origin.max_connections", &scalar_count, MEMBER(settings, origin.max_connections),
	  .min = 0, .max = 1000000, .fallback = "0",
	  .about =
		  "Most connections that each worker opens to each server; requests beyond them wait. 0 is "
		  "unlimited." },
	{ "origin.max_queue", &scalar_count, MEMBER(settings, origin.max_queue), .min = 0,
	  .max = 1000000, .fallback = "1000",
	  .about = "Most requests of each worker that wait so; beyond them 503." },
	{ "origin.queue_timeout", &scalar_duration, MEMBER(settings, origin.queue_timeout_ms),
	  .min = MS(10), .max = S(600), .fallback = "5s",
	  .about = "How long a request may wait so; then 503." },
	{ "origin.proxy_protocol", &scalar_word, MEMBER(settings, origin.announce),
	  .words = announcements, .fallback = "off",
	  .about =
		  "Whether each connection begins with the client's address, in the PROXY protocol's version 1 "
		  "(text) or 2 (binary). Such a connection is not shared between clients." },
	{ "origin.alt_svc", &scalar_boolean, MEMBER(settings, origin.alt_svc), .fallback = "false",
	  .about =
		  "Whether browsers hear of other addresses that the application has for itself (Alt-Svc, as for "
		  "HTTP/3), where they would find it without latchd. Otherwise they are told to forget all that they "
		  "know." },
	{ "origin.health.check", &scalar_word, MEMBER(settings, origin.health.check),
	  .words = checks, .fallback = "off",
	  .about =
		  "How each server is looked after: request asks it for path now and then, connect sees whether it "
		  "takes a connection (through TLS, where its URL is https), off does neither. Where health is there "
		  "({} is enough) it need not be written: then it is request with a path, and connect without." },
	{ "origin.health.path", &hyperlink_target, MEMBER(settings, origin.health.path),
	  .example = "/health",
	  .about = "What each server is asked for now and then, to see whether it is well." },
	{ "origin.health.host", &scalar_text, MEMBER(settings, origin.health.host), .max = 255,
	  .example = "www.example.com",
	  .about = "The Host of that request. Not set, as in the server's URL." },
	{ "origin.health.interval", &scalar_duration, MEMBER(settings, origin.health.interval_ms),
	  .min = MS(100), .max = S(3600), .fallback = "5s",
	  .about = "The time between two such requests, or connections." },
	{ "origin.health.timeout", &scalar_duration, MEMBER(settings, origin.health.timeout_ms),
	  .min = MS(10), .max = S(600), .fallback = "2s",
	  .about = "How long the answer may take, the connection included." },
	{ "origin.health.status", &recognition_status, MEMBER(settings, origin.health.status),
	  AND(settings, origin.health.status_is_class), .fallback = "2xx", .example = "200",
	  .about = "Its status when all is well: 200, 2xx, 3xx." },
	{ "origin.health.rise", &scalar_count, MEMBER(settings, origin.health.rise), .min = 1,
	  .max = 100, .fallback = "2",
	  .about = "So many good answers in a row bring a server back." },
	{ "origin.health.fall", &scalar_count, MEMBER(settings, origin.health.fall), .min = 1,
	  .max = 100, .fallback = "3",
	  .about = "So many bad answers in a row, or none, put it aside." },
	{ "origin.tls.ca", &credential_public_file, MEMBER(settings, origin.trust.ca),
	  .example = "/etc/latchd/tls/internal-ca.pem",
	  .about =
		  "Who signs the certificate of an application behind https, PEM. Not set, those that the system trusts." },
	{ "origin.tls.verify", &scalar_boolean, MEMBER(settings, origin.trust.verify),
	  .fallback = "true",
	  .about =
		  "Whether the application's certificate must be good and carry the host name of its URL." },
	{ "origin.tls.certificate", &credential_public_file,
	  MEMBER(settings, origin.trust.certificate.certificate),
	  .example = "/etc/latchd/tls/client.pem",
	  .about = "A certificate to show to the application, PEM." },
	{ "origin.tls.key", &credential_later_file, MEMBER(settings, origin.trust.certificate.key),
	  .example = "/etc/latchd/tls/client.key", .about = "Its private key, PEM." },

	{ "trusted_proxies", &network_proxy,
	  ENTRIES(settings, trusted_proxies.at, trusted_proxies.n), .max_entries = 1024,
	  .flags = OPTION_LIST, .fallback = "[]", .example = "10.0.0.0/8",
	  .about =
		  "Networks whose X-Forwarded-* headers are believed; unix is whoever comes through a unix socket. By "
		  "default nobody's. Where the PROXY protocol states an address, that address is looked up here." },

	{ "http.head_timeout", &scalar_duration, MEMBER(settings, http.head_timeout_ms),
	  .min = MS(10), .max = S(600), .fallback = "10s",
	  .about = "Time for a request's head to be complete; then 408." },
	{ "http.body_timeout", &scalar_duration, MEMBER(settings, http.body_timeout_ms),
	  .min = MS(10), .max = S(3600), .fallback = "30s",
	  .about = "How long a request's body may be silent; then 408." },
	{ "http.body_min_rate", &scalar_size, MEMBER(settings, http.body_min_rate), .min = 0,
	  .max = MIB(1024), .fallback = "500",
	  .about = "Bytes a second below which a request's body is too slow. 0 allows any speed." },
	{ "http.idle_timeout", &scalar_duration, MEMBER(settings, http.idle_timeout_ms),
	  .min = MS(10), .max = DAYS(1), .fallback = "75s",
	  .about = "How long a connection is kept between two requests." },
	{ "http.tunnel_idle", &scalar_duration, MEMBER(settings, http.tunnel_idle_ms),
	  .min = MS(10), .max = DAYS(7), .fallback = "1h",
	  .about = "How long a WebSocket or event stream may be silent before it is closed." },
	{ "http.max_head", &scalar_size, MEMBER(settings, http.max_head_bytes), .min = KIB(1),
	  .max = MIB(1), .fallback = "64KiB",
	  .about = "Largest head of a request or response; beyond it 431 or 502." },
	{ "http.max_headers", &scalar_count, MEMBER(settings, http.max_headers), .min = 10,
	  .max = 1000, .fallback = "100", .about = "Most header lines of a message." },
	{ "http.max_target", &scalar_size, MEMBER(settings, http.max_target_bytes), .min = KIB(1),
	  .max = MIB(1), .fallback = "16KiB",
	  .about = "Longest path and query; beyond it 414. Not larger than max_head." },
	{ "http.max_body", &scalar_size, MEMBER(settings, http.max_body_bytes), .min = 0,
	  .max = UNLIMITED_BYTES, .fallback = "0",
	  .about = "Largest body of a request; beyond it 413. 0 is unlimited." },
	{ "http.max_connections", &scalar_count, MEMBER(settings, http.max_connections), .min = 1,
	  .max = 10000000, .words = automatic, .fallback = "auto", .flags = OPTION_RESTART,
	  .about = "Most connections of clients. auto is what the limit on open files allows." },
	{ "http.max_connections_per_address", &scalar_count,
	  MEMBER(settings, http.max_connections_per_address), .min = 0, .max = 10000000,
	  .fallback = "0",
	  .about =
		  "Most connections of one address, or of one /64 network of IPv6; beyond it 503. Trusted proxies may "
		  "have more. 0 is unlimited." },
	{ "http.client_subject", &recognition_header, MEMBER(settings, http.client_subject),
	  .example = "X-SSL-Client-S-DN",
	  .about =
		  "A header that tells the application the subject of the certificate that a client showed (RFC 4514), "
		  "where listen.tls.client_certificate asks for one. Nobody else can set it. A client that "
		  "shows one whose subject is empty or longer than 8 KiB gets 400." },
	{ "http.drain", &scalar_duration, MEMBER(settings, http.drain_ms), .min = 0, .max = S(3600),
	  .fallback = "30s", .about = "How long requests under way may take after SIGTERM." },

	{ "identity.preset", &scalar_word, .offset = OPTION_NOWHERE, .words = presets,
	  .flags = OPTION_SILENT, .example = "dokuwiki",
	  .about =
		  "Fills in this section for a known application; keys that are written here go before." },
	{ "identity.session_cookies", NULL, ENTRIES(settings, identity.cookies, identity.n_cookies),
	  .max_entries = 32, .flags = OPTION_LIST | OPTION_LIVE, .fallback = "[]",
	  .example = "PHPSESSID",
	  .about =
		  "Cookies in which the application keeps its sessions, \"remember me\" among them; * at the end "
		  "stands for anything. Needed by every source of the account but request_header. Where the application "
		  "deletes one whose value it had set, somebody has logged out: name none here that it takes away "
		  "from who stays logged in." },
	{ "identity.session_cookies[].name", &recognition_cookie, MEMBER(settings_cookie, name),
	  AND(settings_cookie, prefix), .flags = OPTION_REQUIRED | OPTION_SHORTHAND,
	  .example = "PHPSESSID", .about = "The cookie's name." },
	{ "identity.session_cookies[].seal", &scalar_flag, MEMBER(settings_cookie, seal),
	  .fallback = "false",
	  .about =
		  "Browsers get the value with a signature behind it, ~ and 43 characters, the application gets it "
		  "bare; a value without its signature is removed. For values that an application understands in more "
		  "than one spelling, such as DokuWiki's DW*, or that it reads no further than some sign, as Tomcat does up to "
		  "version 7. Switching it on or off ends the sessions under way." },
	{ "identity.session_parameters", &recognition_parameter,
	  TEXTS(settings, identity.parameters), .max_entries = 16, .flags = OPTION_LIST,
	  .fallback = "[]", .example = "jsessionid",
	  .about =
		  "Parameters of paths (;jsessionid=...) and queries (?PHPSESSID=...) in which the application keeps "
		  "its sessions for browsers without cookies. Looked up like the cookies' values, never logged." },
	{ "identity.account", NULL, ENTRIES(settings, identity.sources, identity.n_sources),
	  .max_entries = 32, .choice_offset = offsetof(struct settings_source, kind),
	  .flags = OPTION_LIST | OPTION_REQUIRED | OPTION_CHOICE,
	  .example = "response_header: Latch-Account",
	  .about =
		  "How the account is recognised: a list of sources, of which the first that answers wins." },
	{ "identity.account[].response_header", &recognition_header, ENTRY(name),
	  .choice = BY_RESPONSE_HEADER, .example = "Latch-Account",
	  .about =
		  "A header with the account that the application adds to its responses. Clients never see it; "
		  "empty means logged out." },
	{ "identity.account[].login_form.path", &hyperlink_path, ENTRY(path),
	  .choice = BY_LOGIN_FORM, .flags = OPTION_REQUIRED, .example = "/login.php",
	  .about =
		  "Where the login form is posted to, with the query parameters that tell it from others." },
	{ "identity.account[].login_form.when", &recognition_fields, ENTRY(when),
	  AND(settings_source, n_when), .choice = BY_LOGIN_FORM, .example = "{ do: login }",
	  .about = "Fields of the query or body that must have these values." },
	{ "identity.account[].login_form.field", &scalar_text, ENTRY(field), .max = 128,
	  .choice = BY_LOGIN_FORM, .flags = OPTION_REQUIRED, .example = "user",
	  .about = "The field with the account's name." },
	{ "identity.account[].login_form.password", &scalar_text, TEXTS(settings_source, password),
	  .max = 256, .max_entries = 16, .choice = BY_LOGIN_FORM,
	  .flags = OPTION_LIST | OPTION_ALONE, .fallback = "[password, pass, pwd, p, wpPassword]",
	  .about =
		  "The field with the password, or several to look for. It must not be empty, and is never kept." },
	{ "identity.account[].login_form.success.status", &recognition_status,
	  ENTRY(success.status), AND(settings_source, success.status_is_class),
	  .choice = BY_LOGIN_FORM, .example = "302",
	  .about = "The status of the response to a successful login: 302, 2xx, 3xx." },
	{ "identity.account[].login_form.success.location", &scalar_text, ENTRY(success.location),
	  .max = 1024, .choice = BY_LOGIN_FORM, .example = "/home",
	  .about = "What its Location begins with." },
	{ "identity.account[].login_form.success.not_location", &scalar_text,
	  ENTRY(success.not_location), .max = 1024, .choice = BY_LOGIN_FORM,
	  .example = "/login.php", .about = "What its Location does not begin with." },
	{ "identity.account[].login_form.success.sets_cookie", &recognition_sets_cookie,
	  ENTRY(success.sets_cookie), AND(settings_source, success.sets_cookie_none),
	  .choice = BY_LOGIN_FORM, .example = "none",
	  .about =
		  "A cookie that it sets, or none where the application keeps the session's id at login. Not set: one "
		  "of session_cookies with a new value." },
	{ "identity.account[].login_form.fold", &scalar_word, ENTRY(fold), .words = folds,
	  .fallback = "lower", .choice = BY_LOGIN_FORM,
	  .about =
		  "lower makes one account of names that differ in letter case, accents' encoding or spaces "
		  "around them; none takes them as they are." },
	{ "identity.account[].set_cookie.name", &recognition_cookie, ENTRY(name),
	  AND(settings_source, name_is_prefix), .choice = BY_SET_COOKIE,
	  .flags = OPTION_REQUIRED | OPTION_SHORTHAND, .example = "wikiUserName",
	  .about =
		  "A cookie with the account that the application sets at login; * at the end stands for anything." },
	{ "identity.account[].set_cookie.decode", &scalar_word,
	  ENTRIES(settings_source, decode, n_decode), .words = decodings, .max_entries = 4,
	  .choice = BY_SET_COOKIE, .flags = OPTION_LIST | OPTION_ALONE, .example = "percent",
	  .about = "How to read its value: percent, base64, or several in order." },
	{ "identity.account[].set_cookie.take", &recognition_take, ENTRY(take),
	  AND(settings_source, take_at), .choice = BY_SET_COOKIE, .example = "\"before |\"",
	  .about =
		  "The part of its value that is the account: before or after the first such separator." },
	{ "identity.account[].request_header", &recognition_header, ENTRY(name),
	  .choice = BY_REQUEST_HEADER, .example = "X-Forwarded-User",
	  .about =
		  "A header with the account, set by an authenticating proxy in front that is one of "
		  "trusted_proxies. It is deleted from anyone else's requests." },
	{ "identity.logout_paths", &hyperlink_path,
	  ENTRIES(settings, identity.logout_paths, identity.n_logout_paths), .max_entries = 64,
	  .flags = OPTION_LIST, .fallback = "[]", .example = "/logout.php",
	  .about =
		  "Where one logs out: paths, with the query parameters that tell them from others. For applications that "
		  "delete no session cookie there: the place is free as soon as such a path answers with a redirect." },

	{ "devices.detach_after", &scalar_duration, MEMBER(settings, detach_after_ms), .min = S(60),
	  .max = DAYS(400), .fallback = "7d",
	  .about = "A device not seen for so long gives up its place. At least 60s." },
	{ "devices.key_file", &credential_device_key_file, MEMBER(settings, device_key_file),
	  AND(settings, device_keys), .example = "/etc/latchd/device.key", .flags = OPTION_RESTART,
	  .about =
		  "The key that signs device cookies and seals session cookies: a line of at least 16 bytes. Further lines "
		  "are older keys that still count. Not set, one is made and kept with the state." },

	{ "limits.devices", &scalar_count, MEMBER(settings, limits.devices), .min = 0, .max = 64,
	  .fallback = "3",
	  .about =
		  "Devices that an account may have attached at once, 64 at most. 0 is unlimited." },
	{ "limits.mobile", &scalar_count, MEMBER(settings, limits.mobile), .min = 0, .max = 64,
	  .fallback = "0", .about = "Phones among them. 0 is unlimited." },
	{ "limits.tablet", &scalar_count, MEMBER(settings, limits.tablet), .min = 0, .max = 64,
	  .fallback = "0", .about = "Tablets among them. 0 is unlimited." },
	{ "limits.desktop", &scalar_count, MEMBER(settings, limits.desktop), .min = 0, .max = 64,
	  .fallback = "0", .about = "Desktops and laptops among them. 0 is unlimited." },

	{ "strategy", &scalar_word, MEMBER(settings, strategy), .words = strategies,
	  .fallback = "challenge",
	  .about =
		  "What happens over a limit: challenge asks the newest devices, deny_new refuses them, log_out_idle "
		  "logs out the device idle for longest, log_out_others all others, monitor only tells." },

	{ "trials.repeat", &scalar_word, MEMBER(settings, trials), .words = trials,
	  .fallback = "challenge",
	  .about =
		  "What happens when a device that had a trial starts another under a new account: challenge, monitor "
		  "or deny." },

	{ "exempt.paths", &hyperlink_path, ENTRIES(settings, exempt.paths, exempt.n_paths),
	  .max_entries = 1024, .flags = OPTION_LIST, .fallback = "[]", .example = "/static/",
	  .about =
		  "Paths that are never interrupted. One that ends in / or * stands for all below it. Who is not "
		  "allowed comes there as a stranger." },
	{ "exempt.cidrs", &network_cidr, ENTRIES(settings, exempt.cidrs.at, exempt.cidrs.n),
	  .max_entries = 1024, .flags = OPTION_LIST, .fallback = "[]", .example = "192.0.2.0/24",
	  .about = "Networks whose devices are allowed and not counted." },
	{ "exempt.accounts", &scalar_text, TEXTS(settings, exempt.accounts), .max = 256,
	  .max_entries = 65536, .flags = OPTION_LIST, .fallback = "[]", .example = "admin",
	  .about = "Accounts whose devices are allowed and not counted." },
	{ "exempt.groups", &scalar_text, TEXTS(settings, exempt.groups), .max = 256,
	  .max_entries = 1024, .flags = OPTION_LIST, .fallback = "[]", .example = "staff",
	  .about = "Groups whose accounts are allowed and not counted." },

	{ "challenge.verification", &scalar_word, MEMBER(settings, verify_always),
	  .words = verifications, .fallback = "when_possible",
	  .about =
		  "Whether one who claims the account is verified when_possible, that is when an e-mail address or phone "
		  "is known, or always, so that without either only an administrator can help." },
	{ "challenge.branding.name", &scalar_text, MEMBER(settings, branding.name), .max = 128,
	  .example = "Example", .about = "The site's name on latchd's pages." },
	{ "challenge.branding.logo", &hyperlink_link, MEMBER(settings, branding.logo),
	  .example = "/static/logo.svg", .about = "The site's logo on latchd's pages." },
	{ "challenge.branding.color", &scalar_color, MEMBER(settings, branding.color),
	  .example = "\"#0a58ca\"", .about = "The colour of buttons on latchd's pages." },
	{ "challenge.branding.support", &hyperlink_contact, MEMBER(settings, branding.support),
	  .example = "help@example.com",
	  .about = "Whom to ask for help: an e-mail address or a URL." },

	{ "redirect_urls.new_account_url", &hyperlink_redirect,
	  MEMBER(settings, redirects.new_account_url), AND(settings, redirects.new_account),
	  .flags = OPTION_REQUIRED, .example = "https://www.example.com/signup",
	  .about = "Where one creates an account of one's own." },
	{ "redirect_urls.logout_url", &hyperlink_redirect, MEMBER(settings, redirects.logout_url),
	  AND(settings, redirects.logout), .flags = OPTION_REQUIRED,
	  .example = "https://www.example.com/logout",
	  .about =
		  "Where a device goes that has been logged out; challenge=<id> is appended when a challenge caused it." },
	{ "redirect_urls.success_url", &hyperlink_redirect, MEMBER(settings, redirects.success_url),
	  AND(settings, redirects.success), .example = "https://www.example.com/welcome",
	  .about = "Where a completed challenge leads. Not set, it is the page that was wanted." },
	{ "redirect_urls.suspended_url", &hyperlink_redirect,
	  MEMBER(settings, redirects.suspended_url), AND(settings, redirects.suspended),
	  .example = "https://www.example.com/suspended",
	  .about = "Where a suspended account is sent. Not set, it gets a page of latchd's own." },
	{ "redirect_urls.upgrade_url", &hyperlink_redirect, MEMBER(settings, redirects.upgrade_url),
	  AND(settings, redirects.upgrade), .example = "https://www.example.com/plans",
	  .about = "Where one buys more. Not set, nobody is offered it." },

	{ "events.url", &hyperlink_url, MEMBER(settings, events.url),
	  .example = "http://127.0.0.1:9090/hooks",
	  .about = "The backend that is told and asked, by signed webhooks. Not set, nobody is." },
	{ "events.secret", &credential_key, ENTRIES(settings, events.secrets, events.n_secrets),
	  .flags = OPTION_APPENDS | OPTION_SILENT, .example = "${LATCHD_WEBHOOK_SECRET}",
	  .about =
		  "The key that signs events: whsec_ and base64, or base64. Needed with url, here or in a file." },
	{ "events.secret_file", &credential_key_file,
	  ENTRIES(settings, events.secrets, events.n_secrets), .flags = OPTION_SILENT,
	  .example = "/etc/latchd/webhook.key",
	  .about = "A file with that key, or with several of them, one in each line." },
	{ "events.secrets", &credential_key, ENTRIES(settings, events.secrets, events.n_secrets),
	  .max_entries = 8, .flags = OPTION_LIST, .example = "\"${LATCHD_WEBHOOK_SECRET}\"",
	  .about =
		  "Several keys, while one is replaced by another: each signs, the first one first." },
	{ "events.timeout", &scalar_duration, MEMBER(settings, events.timeout_ms), .min = MS(10),
	  .max = S(30), .fallback = "500ms",
	  .about = "How long an answer to a question may take. Without one there is no veto." },
	{ "events.max_backlog", &scalar_size, MEMBER(settings, events.max_backlog_bytes),
	  .min = MIB(1), .max = UNLIMITED_BYTES, .fallback = "1GiB",
	  .about =
		  "Room for events that could not be delivered yet; beyond it the oldest become dead letters." },
	{ "events.max_dead_letters", &scalar_count, MEMBER(settings, events.max_dead_letters),
	  .min = 0, .max = 10000000, .fallback = "100000",
	  .about =
		  "How many events that were given up are kept as dead letters, which the admin API lists and sends "
		  "again; beyond it the oldest are dropped." },

	{ "state.engine", &scalar_word, .offset = OPTION_NOWHERE, .words = engines,
	  .fallback = "embedded", .flags = OPTION_RESTART,
	  .about = "What keeps the state. embedded is this process, with a database file." },
	{ "state.path", &scalar_text, MEMBER(settings, state_path), .max = 4000,
	  .fallback = "/var/lib/latchd", .flags = OPTION_RESTART,
	  .about = "The folder of that file." },
	{ "warmup", &scalar_duration, MEMBER(settings, warmup_ms), .min = 0, .max = DAYS(7),
	  .fallback = "15m", .flags = OPTION_RESTART,
	  .about =
		  "When started with no state: attach the devices that are there, and challenge nobody for so long." },

	{ "admin.listen", &endpoint_address, MEMBER(settings, admin_listen),
	  .flags = OPTION_RESTART, .example = "127.0.0.1:9901",
	  .about =
		  "Where health, metrics and the admin API answer. Not set, nowhere. Not for the public." },
	{ "admin.token", &credential_token, MEMBER(settings, admin_token),
	  .example = "${LATCHD_ADMIN_TOKEN}",
	  .about =
		  "What the admin API asks for: Authorization: Bearer <token>. At least 16 characters." },
	{ "admin.token_file", &credential_token_file, MEMBER(settings, admin_token),
	  .flags = OPTION_SILENT, .example = "/etc/latchd/admin.token",
	  .about = "A file with that token." },

	{ "log.level", &scalar_word, MEMBER(settings, log.level), .words = levels,
	  .fallback = "info", .about = "How much is said: error, warn, info or debug." },
	{ "log.format", &scalar_word, MEMBER(settings, log.format), .words = formats,
	  .fallback = "text", .about = "Lines of text, or of json." },
	{ "log.access", &scalar_boolean, MEMBER(settings, log_access), .fallback = "true",
	  .about = "One line for each request." },
	{ "log.file", &scalar_file, MEMBER(settings, log.path), .fallback = "-",
	  .flags = OPTION_RESTART, .about = "Where to: a file, or - for standard error." },
};

const size_t option_rows_count = sizeof(option_rows_all) / sizeof(*option_rows_all);
