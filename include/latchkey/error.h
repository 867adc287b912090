/* One error type and one list of classes, for all of Latchkey.
 * SPDX-License-Identifier: MIT */
#ifndef LATCHKEY_ERROR_H
#define LATCHKEY_ERROR_H

#include <latchkey/mech.h>

#define LK_API __attribute__((visibility("default")))

#ifdef __cplusplus
extern "C" {
#endif

/* Classes: -1 to -63 are for mechanisms, LK_E_INTERNAL to LK_E_UNSUPPORTED of
 * mech.h; these, that only a program can meet, begin at -64.  Each one asks for
 * another reaction. */
#define LK_E_USAGE       (-64) /* the caller's or the command line's mistake */
#define LK_E_MESSAGE     (-65) /* the message or an address cannot be sent */
#define LK_E_RECIPIENT   (-66) /* a recipient was refused, for good */
#define LK_E_NO_HOST     (-67) /* no such host */
#define LK_E_NO_MECH     (-68) /* no usable mechanism */
#define LK_E_CERTIFICATE (-69) /* the server's certificate is not trusted */
#define LK_E_HOST_NAME   (-70) /* wrong host name: the verified name is not the
				  one that the credentials are for */
#define LK_E_REFUSED     (-71) /* another refusal (5xx) */
#define LK_E_UNKNOWN     (-72) /* outcome unknown: the message may have been
				  accepted, or not */
#define LK_E_CONNECT     (-73) /* connection refused or not to be made */
#define LK_E_HANDSHAKE   (-74) /* TLS failed, but for the certificate */
#define LK_E_LAST        LK_E_HANDSHAKE

/* Where it happened. */
#define LK_STAGE_NONE     0
#define LK_STAGE_CONFIG   1
#define LK_STAGE_MESSAGE  2
#define LK_STAGE_CONNECT  3
#define LK_STAGE_GREETING 4
#define LK_STAGE_EHLO     5
#define LK_STAGE_TLS      6
#define LK_STAGE_LOGIN    7
#define LK_STAGE_ENVELOPE 8
#define LK_STAGE_DATA     9
#define LK_STAGE_QUIT     10

/* The caller's memory, with nothing to free.  A function that fails fills it;
 * one that succeeds leaves it alone.  NULL may be passed everywhere.  Texts are
 * printable UTF-8 without a secret, cut at a character if they do not fit. */
struct lk_error {               /* frozen */
	int32_t cls;                /* LK_E_*, 0 = none */
	int32_t stage;              /* LK_STAGE_* */
	int32_t code;               /* the server's reply code, or 0 */
	char enhanced[16];          /* RFC 3463: "5.7.8", or "" */
	char mech[32];              /* id of the mechanism, or "" */
	char text[512];             /* the server's words, or "" */
	char sentence[2048];        /* what is wrong: thing, value, rule; several
				       lines where several things were tried */
	char advice[512];           /* the way out, or "" */
};

/* A name for a class: "unencrypted connection", "authentication failed"...
 * Static; of an unknown one that of LK_E_INTERNAL. */
LK_API const char *lk_error_class(int32_t cls);

/* A name for a stage: "login", "envelope"...  Static; "" of an unknown one. */
LK_API const char *lk_error_stage(int32_t stage);

/* The exit status a program should end with for this class (sysexits.h): 0 for
 * 0, 64 usage, 65 message, 67 recipient, 68 no host, 69 no mechanism,
 * certificate or another refusal, 70 a bug, 74 outcome unknown, 75 later,
 * 76 protocol, 77 login refused or cancelled: not to be tried again as it is,
 * 78 configuration. */
LK_API int lk_error_exit(int32_t cls);

#ifdef __cplusplus
}
#endif
#endif
