/* Answers in turn: interim ones (RFC 9110 §15.2), switched protocols, and what nobody asked for. */
#define LAST OK "Content-Length: 2\r\n\r\nok"
#define CONTINUE "HTTP/1.1 100 Continue\r\n\r\n"
#define WEBSOCKET GET "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
#define SWITCH "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
#define ACCEPT "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
ANSWERS("interim-103", "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n" LAST, "103 200 kept kept", "8297 2", PASSES("HTTP/1.1 103 Early Hints\r\n", "Link: </a.css>; rel=preload\r\n"))
ANSWERS("interim-102", "HTTP/1.1 102 Processing\r\n\r\n" LAST, "102 200 kept kept", "9110 15.2")
ANSWERS("interim-unknown", "HTTP/1.1 199 Odd\r\n\r\n" LAST, "199 200 kept kept", "9110 15.2")
ANSWERS("interim-100-unasked", CONTINUE LAST, "100 200 kept kept", "9110 15.2")
ANSWERS("interim-two", "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n" LAST, "103 103 200 kept kept", "8297 2")
ANSWERS("interim-16", X16("HTTP/1.1 102 P\r\n\r\n") LAST, "102 102 102 102 102 102 102 102 102 102 102 102 102 102 102 102 200 kept kept", "9110 15.2")
ANSWERS("interim-flood", X64("HTTP/1.1 102 P\r\n\r\n") X64("HTTP/1.1 102 P\r\n\r\n") LAST, "102 102 102 102 102 102 102 102 102 102 102 102 102 102 102 102 502 kept dropped", "9110 15.2")
ANSWERS("interim-to-old-client", "HTTP/1.1 103 Early Hints\r\n\r\n" LAST, "200 closed kept", "9110 15.2", ASKED("GET / HTTP/1.0\r\n" HOST END))
ANSWERS("interim-with-length", "HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\n" LAST, "502 kept dropped", "9110 8.6")
ANSWERS("interim-with-length-0", "HTTP/1.1 103 Early Hints\r\nContent-Length: 0\r\n\r\n" LAST, "103 200 kept kept", "9110 8.6", PASSES("\r\n\r\nok"))
ANSWERS("interim-chunked", "HTTP/1.1 103 Early Hints\r\nTransfer-Encoding: chunked\r\n\r\n" LAST, "502 kept dropped", "9112 6.1")
ANSWERS("interim-connection-close", "HTTP/1.1 103 Early Hints\r\nConnection: close\r\n\r\n" LAST, "103 200 kept kept", "9112 9.6", STAYS("Connection: close"))
ANSWERS("interim-sets-nothing", "HTTP/1.1 103 Early Hints\r\nSet-Cookie: S=1\r\nLatch-Account: alice\r\n\r\n" LAST, "103 200 kept kept", "-", STAYS("Set-Cookie", "alice"))
ANSWERS("interim-malformed", "HTTP/1.1 103 Early Hints\r\nX : 1\r\n\r\n" LAST, "502 kept dropped", "9112 5.1")
ANSWERS("interim-then-nothing", "HTTP/1.1 103 Early Hints\r\n\r\n", "103 502 kept", "9112 8", FLAGS(ORIGIN_CLOSES))
ANSWERS("interim-100-as-the-end", CONTINUE, "100 502 kept", "9110 15.2", FLAGS(ORIGIN_CLOSES))
ANSWERS("interim-1.0", "HTTP/1.0 100 Continue\r\n\r\n" LAST, "100 200 kept kept", "9110 15.2")
ANSWERS("interim-to-head", "HTTP/1.1 103 Early Hints\r\n\r\n" OK "Content-Length: 5\r\n\r\n", "103 200 kept kept", "9110 9.3.2", ASKED("HEAD / HTTP/1.1\r\n" HOST END), FLAGS(HEAD_ASKED))

ANSWERS("switch-unasked", SWITCH ACCEPT END "poison", "502 kept dropped", "9110 7.8")
ANSWERS("switch-unasked-h2c", "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", "502 kept dropped", "9110 7.8", ASKED(GET "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n"))
ANSWERS("switch", SWITCH ACCEPT END, "101 tunnel kept", "6455 4.2.2", ASKED(WEBSOCKET), PASSES("Upgrade: websocket\r\n", "Connection: Upgrade\r\n", ACCEPT))
ANSWERS("switch-then-a-frame", SWITCH ACCEPT END "\x81\x02hi", "101 tunnel kept", "6455 5.2", ASKED(WEBSOCKET))
ANSWERS("switch-without-accept", SWITCH END, "502 closed dropped", "6455 4.1", ASKED(WEBSOCKET))
ANSWERS("switch-to-something-else", "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n" ACCEPT END, "502 closed dropped", "9110 7.8", ASKED(WEBSOCKET))
ANSWERS("switch-without-connection", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n" ACCEPT END, "502 closed dropped", "9110 7.8", ASKED(WEBSOCKET))
ANSWERS("switch-with-length", SWITCH ACCEPT "Content-Length: 5\r\n\r\n", "502 closed dropped", "9110 8.6", ASKED(WEBSOCKET))
ANSWERS("switch-1.0", "HTTP/1.0 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" ACCEPT END, "502 closed dropped", "9110 7.8", ASKED(WEBSOCKET))
ANSWERS("switch-refused", "HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno", "403 closed kept", "9110 7.8", ASKED(WEBSOCKET), PASSES("\r\n\r\nno"))

ANSWERS("idle-origin-speaks", LAST, "200 kept dropped", "9112 9.2", LATER(POISON), FLAGS(LATER_WHEN_QUIET))
ANSWERS("idle-origin-speaks-a-byte", LAST, "200 kept dropped", "9112 9.2", LATER("x"), FLAGS(LATER_WHEN_QUIET))
ANSWERS("idle-origin-says-408", LAST, "200 kept dropped", "9112 9.2", LATER("HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 6\r\n\r\npoison"), FLAGS(LATER_WHEN_QUIET))
ANSWERS("idle-after-chunks", OK "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "200 kept dropped", "9112 9.2", LATER("0\r\n\r\n" POISON), FLAGS(LATER_WHEN_QUIET))
ANSWERS("idle-after-head", OK "Content-Length: 6\r\n\r\n", "200 kept dropped", "9112 9.2", ASKED("HEAD / HTTP/1.1\r\n" HOST END), LATER("poison"), FLAGS(LATER_WHEN_QUIET | HEAD_ASKED))
ANSWERS("idle-after-304", "HTTP/1.1 304 Not Modified\r\nContent-Length: 44\r\n\r\n", "304 kept dropped", "9112 9.2", LATER(POISON), FLAGS(LATER_WHEN_QUIET))
ANSWERS("idle-after-204", "HTTP/1.1 204 No Content\r\n\r\n", "204 kept dropped", "9112 9.2", LATER(POISON), FLAGS(LATER_WHEN_QUIET))
#undef LAST
#undef CONTINUE
#undef WEBSOCKET
#undef SWITCH
#undef ACCEPT
