/* One row per series. Rows of one name stand together. Names: latchd_<room>_<what>_<unit|total>,
 * base units. Included several times with METRIC defined by the includer. */
METRIC(REQUESTS, "latchd_requests_total", "", METRIC_COUNTER, "Requests whose head was complete.")
METRIC(RESPONSES_1XX, "latchd_responses_total", "class=\"1xx\"", METRIC_COUNTER,
       "Responses sent to clients.")
METRIC(RESPONSES_2XX, "latchd_responses_total", "class=\"2xx\"", METRIC_COUNTER,
       "Responses sent to clients.")
METRIC(RESPONSES_3XX, "latchd_responses_total", "class=\"3xx\"", METRIC_COUNTER,
       "Responses sent to clients.")
METRIC(RESPONSES_4XX, "latchd_responses_total", "class=\"4xx\"", METRIC_COUNTER,
       "Responses sent to clients.")
METRIC(RESPONSES_5XX, "latchd_responses_total", "class=\"5xx\"", METRIC_COUNTER,
       "Responses sent to clients.")
METRIC(REFUSED, "latchd_requests_refused_total", "", METRIC_COUNTER,
       "Requests refused for their form (400, 408, 413, 414, 417, 431, 501, 505).")
METRIC(CONNECTIONS, "latchd_connections", "", METRIC_GAUGE, "Open client connections.")
METRIC(CONNECTIONS_TOTAL, "latchd_connections_total", "", METRIC_COUNTER,
       "Client connections accepted.")
METRIC(CONNECTIONS_REFUSED, "latchd_connections_refused_total", "", METRIC_COUNTER,
       "Client connections closed for lack of room.")
METRIC(CONNECTIONS_CROWDED, "latchd_connections_crowded_total", "", METRIC_COUNTER,
       "Client connections refused because their address has too many.")
METRIC(PREFACES_SENDER, "latchd_proxy_headers_refused_total", "reason=\"sender\"", METRIC_COUNTER,
       "Client connections closed for want of a PROXY header that could be believed.")
METRIC(PREFACES_MALFORMED, "latchd_proxy_headers_refused_total", "reason=\"malformed\"",
       METRIC_COUNTER,
       "Client connections closed for want of a PROXY header that could be believed.")
METRIC(PREFACES_LATE, "latchd_proxy_headers_refused_total", "reason=\"timeout\"", METRIC_COUNTER,
       "Client connections closed for want of a PROXY header that could be believed.")
METRIC(ORIGIN_CONNECTS, "latchd_origin_connects_total", "", METRIC_COUNTER,
       "Connections opened to the origin.")
METRIC(ORIGIN_REUSES, "latchd_origin_reuses_total", "", METRIC_COUNTER,
       "Requests sent on a kept-alive origin connection.")
METRIC(ORIGIN_RETRIES, "latchd_origin_retries_total", "", METRIC_COUNTER,
       "Requests sent again after a kept-alive connection had died.")
METRIC(ORIGIN_FAILOVERS, "latchd_origin_failovers_total", "", METRIC_COUNTER,
       "Requests sent to another server because one took no connection.")
METRIC(ORIGIN_QUEUE, "latchd_origin_queue", "", METRIC_GAUGE,
       "Requests that wait for a connection to the origin.")
METRIC(ORIGIN_FAIL_CONNECT, "latchd_origin_failures_total", "reason=\"connect\"", METRIC_COUNTER,
       "Requests that the origin did not answer properly.")
METRIC(ORIGIN_FAIL_TIMEOUT, "latchd_origin_failures_total", "reason=\"timeout\"", METRIC_COUNTER,
       "Requests that the origin did not answer properly.")
METRIC(ORIGIN_FAIL_MALFORMED, "latchd_origin_failures_total", "reason=\"malformed\"",
       METRIC_COUNTER, "Requests that the origin did not answer properly.")
METRIC(ORIGIN_FAIL_TRUNCATED, "latchd_origin_failures_total", "reason=\"truncated\"",
       METRIC_COUNTER, "Requests that the origin did not answer properly.")
METRIC(ORIGIN_FAIL_DOWN, "latchd_origin_failures_total", "reason=\"down\"", METRIC_COUNTER,
       "Requests that the origin did not answer properly.")
METRIC(ORIGIN_FAIL_BUSY, "latchd_origin_failures_total", "reason=\"busy\"", METRIC_COUNTER,
       "Requests that the origin did not answer properly.")
METRIC(VERDICT_HITS, "latchd_verdict_cache_hits_total", "", METRIC_COUNTER,
       "Verdicts taken from a worker's cache.")
METRIC(VERDICT_MISSES, "latchd_verdict_cache_misses_total", "", METRIC_COUNTER,
       "Verdicts that had to be judged anew.")
METRIC(IDENTIFIED_ACCOUNT, "latchd_requests_identified_total", "as=\"account\"", METRIC_COUNTER,
       "Requests by what they showed of their sender.")
METRIC(IDENTIFIED_SESSION, "latchd_requests_identified_total", "as=\"session\"", METRIC_COUNTER,
       "Requests by what they showed of their sender.")
METRIC(IDENTIFIED_NOTHING, "latchd_requests_identified_total", "as=\"nothing\"", METRIC_COUNTER,
       "Requests by what they showed of their sender.")
METRIC(VERDICT_ALLOW, "latchd_verdicts_total", "verdict=\"allow\"", METRIC_COUNTER,
       "Requests by what was done with them.")
METRIC(VERDICT_STRANGER, "latchd_verdicts_total", "verdict=\"stranger\"", METRIC_COUNTER,
       "Requests by what was done with them.")
METRIC(VERDICT_CHALLENGE, "latchd_verdicts_total", "verdict=\"challenge\"", METRIC_COUNTER,
       "Requests by what was done with them.")
METRIC(VERDICT_LOGOUT, "latchd_verdicts_total", "verdict=\"logout\"", METRIC_COUNTER,
       "Requests by what was done with them.")
METRIC(VERDICT_SUSPENDED, "latchd_verdicts_total", "verdict=\"suspended\"", METRIC_COUNTER,
       "Requests by what was done with them.")
METRIC(VERDICT_DENY, "latchd_verdicts_total", "verdict=\"deny\"", METRIC_COUNTER,
       "Requests by what was done with them.")
METRIC(COOKIES_FORGED, "latchd_device_cookies_forged_total", "", METRIC_COUNTER,
       "Device cookies whose signature did not fit.")
METRIC(COOKIES_LOOK_ALIKE, "latchd_session_cookies_removed_total", "", METRIC_COUNTER,
       "Cookies removed because an origin could take them for a named session cookie.")
METRIC(COOKIES_UNSEALED, "latchd_session_cookies_unsealed_total", "", METRIC_COUNTER,
       "Cookies removed because the seal behind their value was missing or wrong.")
METRIC(PARAMETERS_REMOVED, "latchd_session_parameters_removed_total", "", METRIC_COUNTER,
       "Session ids removed from targets because there was another one before them.")
METRIC(LOGINS, "latchd_logins_total", "", METRIC_COUNTER,
       "Responses that bound a session to an account.")
METRIC(LOGIN_MISS_NO_USER, "latchd_logins_missed_total", "condition=\"user\"", METRIC_COUNTER,
       "Forms that looked like a login but failed a condition.")
METRIC(LOGIN_MISS_NO_PASSWORD, "latchd_logins_missed_total", "condition=\"password\"",
       METRIC_COUNTER, "Forms that looked like a login but failed a condition.")
METRIC(LOGIN_MISS_STATUS, "latchd_logins_missed_total", "condition=\"status\"", METRIC_COUNTER,
       "Forms that looked like a login but failed a condition.")
METRIC(LOGIN_MISS_LOCATION, "latchd_logins_missed_total", "condition=\"location\"", METRIC_COUNTER,
       "Forms that looked like a login but failed a condition.")
METRIC(LOGIN_MISS_NO_COOKIE, "latchd_logins_missed_total", "condition=\"cookie\"", METRIC_COUNTER,
       "Forms that looked like a login but failed a condition.")
METRIC(LOGIN_MISS_BAD_NAME, "latchd_logins_missed_total", "condition=\"name\"", METRIC_COUNTER,
       "Forms that looked like a login but failed a condition.")
METRIC(SESSIONS_SHARED, "latchd_session_values_shared_total", "", METRIC_COUNTER,
       "Session values taken off the list because two accounts used them.")
METRIC(LIMITS_BAD, "latchd_device_limits_malformed_total", "", METRIC_COUNTER,
       "Device limits from the origin that were no number.")
METRIC(HOLDS_TIMED_OUT, "latchd_holds_uncommitted_total", "", METRIC_COUNTER,
       "Responses sent although the state could not be written in time.")
METRIC(SETTINGS_FAILED, "latchd_settings_reload_failed", "", METRIC_GAUGE,
       "1 while the last reload of the settings failed.")
METRIC(REGISTRY_COMMITS, "latchd_registry_commits_total", "", METRIC_COUNTER,
       "Transactions committed to the state.")
METRIC(REGISTRY_COMMIT_FAILURES, "latchd_registry_commit_failures_total", "", METRIC_COUNTER,
       "Transactions that could not be committed; they are tried again.")
METRIC(REGISTRY_WRITING, "latchd_registry_writing", "", METRIC_GAUGE,
       "1 while the state can be written, 0 after a commit failed.")
METRIC(REGISTRY_QUEUE, "latchd_registry_queue", "", METRIC_GAUGE,
       "Changes that wait to be committed.")
METRIC(REGISTRY_QUEUE_BYTES, "latchd_registry_queue_bytes", "", METRIC_GAUGE,
       "Memory of the changes that wait to be committed.")
METRIC(REGISTRY_EVENTS_LOST, "latchd_registry_events_lost_total", "", METRIC_COUNTER,
       "Events lost because too many waited while the state could not be written.")
METRIC(REGISTRY_ACCOUNTS, "latchd_registry_accounts", "", METRIC_GAUGE, "Accounts known.")
METRIC(REGISTRY_SESSIONS, "latchd_registry_sessions", "", METRIC_GAUGE,
       "Session keys known, refused ones among them.")
METRIC(REGISTRY_EVENTS, "latchd_registry_events", "", METRIC_GAUGE,
       "Events that wait to be delivered.")
METRIC(REGISTRY_EVENTS_DEAD, "latchd_registry_events_dead_total", "", METRIC_COUNTER,
       "Events given up and kept as dead letters.")
METRIC(REGISTRY_DEAD_LETTERS, "latchd_registry_dead_letters", "", METRIC_GAUGE, "Dead letters kept.")
METRIC(REGISTRY_DEAD_DROPPED, "latchd_registry_dead_letters_dropped_total", "", METRIC_COUNTER,
       "Dead letters dropped because there were more than events.max_dead_letters.")
METRIC(WEBHOOK_DELIVERED, "latchd_webhook_deliveries_total", "result=\"delivered\"", METRIC_COUNTER,
       "Attempts to deliver an event, by what came of them.")
METRIC(WEBHOOK_FAILED, "latchd_webhook_deliveries_total", "result=\"failed\"", METRIC_COUNTER,
       "Attempts to deliver an event, by what came of them.")
METRIC(WEBHOOK_REFUSED, "latchd_webhook_deliveries_total", "result=\"gone\"", METRIC_COUNTER,
       "Attempts to deliver an event, by what came of them.")
METRIC(WEBHOOK_DEAD, "latchd_webhook_deliveries_total", "result=\"dead\"", METRIC_COUNTER,
       "Attempts to deliver an event, by what came of them.")
METRIC(WEBHOOK_QUESTION_VETO, "latchd_webhook_questions_total", "answer=\"veto\"", METRIC_COUNTER,
       "Questions to the backend, by what it answered.")
METRIC(WEBHOOK_QUESTION_NONE, "latchd_webhook_questions_total", "answer=\"none\"", METRIC_COUNTER,
       "Questions to the backend, by what it answered.")
METRIC(WEBHOOK_QUESTION_TIMEOUT, "latchd_webhook_questions_total", "answer=\"timeout\"",
       METRIC_COUNTER, "Questions to the backend, by what it answered.")
METRIC(WEBHOOK_QUESTION_FAILED, "latchd_webhook_questions_total", "answer=\"failed\"",
       METRIC_COUNTER, "Questions to the backend, by what it answered.")
METRIC(WEBHOOK_QUESTION_SKIPPED, "latchd_webhook_questions_total", "answer=\"skipped\"",
       METRIC_COUNTER, "Questions to the backend, by what it answered.")
METRIC(WEBHOOK_GONE, "latchd_webhook_gone", "", METRIC_GAUGE,
       "1 after the backend answered 410, until the settings are loaded again.")
METRIC(TUNNELS, "latchd_tunnels", "", METRIC_GAUGE, "Open tunnels (WebSockets).")
METRIC(TUNNELS_TOTAL, "latchd_tunnels_total", "", METRIC_COUNTER, "Tunnels opened.")
METRIC(EVENT_STREAMS, "latchd_event_streams", "", METRIC_GAUGE, "Open event streams of the origin.")
METRIC(ADMIN_REFUSED_TOKEN, "latchd_admin_requests_refused_total", "reason=\"token\"", METRIC_COUNTER,
       "Requests to the admin listener that were refused for their form, or for want of the right token.")
METRIC(ADMIN_REFUSED_FORM, "latchd_admin_requests_refused_total", "reason=\"form\"", METRIC_COUNTER,
       "Requests to the admin listener that were refused for their form, or for want of the right token.")
