#include "serve/status.h"

struct view status_reason(int status)
{
	switch (status) {
	case 100:
		return VIEW("Continue");
	case 200:
		return VIEW("OK");
	case 204:
		return VIEW("No Content");
	case 302:
		return VIEW("Found");
	case 303:
		return VIEW("See Other");
	case 304:
		return VIEW("Not Modified");
	case 307:
		return VIEW("Temporary Redirect");
	case 308:
		return VIEW("Permanent Redirect");
	case 400:
		return VIEW("Bad Request");
	case 401:
		return VIEW("Unauthorized");
	case 403:
		return VIEW("Forbidden");
	case 404:
		return VIEW("Not Found");
	case 405:
		return VIEW("Method Not Allowed");
	case 408:
		return VIEW("Request Timeout");
	case 409:
		return VIEW("Conflict");
	case 410:
		return VIEW("Gone");
	case 413:
		return VIEW("Content Too Large");
	case 414:
		return VIEW("URI Too Long");
	case 415:
		return VIEW("Unsupported Media Type");
	case 417:
		return VIEW("Expectation Failed");
	case 422:
		return VIEW("Unprocessable Content");
	case 429:
		return VIEW("Too Many Requests");
	case 431:
		return VIEW("Request Header Fields Too Large");
	case 500:
		return VIEW("Internal Server Error");
	case 501:
		return VIEW("Not Implemented");
	case 502:
		return VIEW("Bad Gateway");
	case 503:
		return VIEW("Service Unavailable");
	case 504:
		return VIEW("Gateway Timeout");
	case 505:
		return VIEW("HTTP Version Not Supported");
	default:
		return VIEW_NONE;
	}
}
