/* frames: WebSocket frames (RFC 6455 §5.2) written in words, right ones and wrong ones, for tests of what passes through a tunnel.
 *
 * A word is a frame, or a message in several: [-][rN]KIND[u][~N][PAYLOAD][/N][*N]
 *   -        not the last of its message (FIN is 0)
 *   rN       reserved bits: 4, 2, 1 or a sum of them
 *   KIND     t text, b binary, + continuation, c close, p ping, q pong, oX opcode X (hexadecimal),
 *            z text and y binary, compressed (RFC 7692), in blocks that are stored as they are
 *   u        not masked, although a client's are
 *   ~N       the length in 2 or 8 bytes, even if fewer would do
 *   PAYLOAD  a number: so many bytes of a pattern; 'text'; xHEX; for c a code, perhaps with 'text' behind it
 *   /N       in fragments of N bytes
 *   *N       N times
 * "-t'frag' p4 +'ment' c1000'bye'" */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* As a client sends them (masked; by the same masks in every call) or a server. Free it. */
char *frames_write(const char *words, bool masked, size_t *ret_len);
