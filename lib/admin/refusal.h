/* refusal: what a client is answered whose request is not let through: one table of status, code and reason. */
#pragma once

struct evbuffer;

/* Writes the whole response, which says that the connection ends. 400 stands in for a status without a row. */
void refusal_write(struct evbuffer *out, int status, const char *http_date);
