/* Transfer-Encoding of requests: RFC 9112 §6.1. Exactly `chunked`, once, alone; the rest are the ways in which two readers
 * have come to see it differently. */
#define TE(field) POST field END END "5\r\nhello\r\n0\r\n\r\n"
/* To whoever overlooks the coding the last chunk ends the body, and a request follows. */
#define TE_CL(field) POST field END "Content-Length: 5\r\n\r\n0\r\n\r\n" SMUGGLED
ASKS("te", TE("Transfer-Encoding: chunked"), "200 kept", "9112 6.1", PASSES("\r\n\r\nhello"))
ASKS("te-other-case", TE("tRANSFER-eNCODING: ChUnKeD"), "200 kept", "9112 7", PASSES("\r\n\r\nhello"))
ASKS("te-no-blank", TE("Transfer-Encoding:chunked"), "200 kept", "9110 5.5", PASSES("\r\n\r\nhello"))
ASKS("te-blanks-around", TE("Transfer-Encoding: \t chunked\t "), "200 kept", "9110 5.5", PASSES("\r\n\r\nhello"))
ASKS("te-and-cl", TE_CL("Transfer-Encoding: chunked"), "400 closed", "9112 6.1")
ASKS("te-behind-cl", POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" SMUGGLED, "400 closed", "9112 6.1")
ASKS("te-in-http-1.0", "POST / HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n0\r\n\r\n", "400 closed", "9112 6.1")
