/* Why TLS failed, in words. SPDX-License-Identifier: MIT */
#include "net/session.h"

#include "base/ascii.h"
#include "base/error.h"

#include <openssl/err.h>

static const char no_version[] = "it offers no TLS 1.2 or newer";
static const char no_cert[] = "it does not accept our certificate";
static const char want_cert[] = "it wants a client certificate";
static const char use_cert[] =
	"set `cert` and `key` to a client certificate that it knows";
static const char old[] = "the server has to be updated";

static const struct {
	int reason;
	const char *sentence, *advice;
} reasons[] = {
	{ SSL_R_UNSUPPORTED_PROTOCOL, no_version, old },
	{ SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, no_version, old },
	{ SSL_R_WRONG_VERSION_NUMBER, "what it says is not TLS",
	  "check `port` and `tls`" },
	{ SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE,
	  "it refuses: no cipher in common, or it wants a client certificate",
	  use_cert },
	{ SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED, want_cert, use_cert },
	{ SSL_R_SSLV3_ALERT_BAD_CERTIFICATE, no_cert, use_cert },
	{ SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE, no_cert, use_cert },
	{ SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED, no_cert, use_cert },
	{ SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED, no_cert, use_cert },
	{ SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN, no_cert, use_cert },
	{ SSL_R_TLSV1_ALERT_UNKNOWN_CA, no_cert, use_cert },
	{ SSL_R_TLSV1_UNRECOGNIZED_NAME,
	  "it has no certificate for this name", "check `host`" },
};

/* "220 mx.example", where a ServerHello should stand. */
static bool
is_reply(const struct lk_tls *t)
{
	return t->n_first > 3 && lk_ascii_is_digit((char)t->first[0]) &&
	       lk_ascii_is_digit((char)t->first[1]) &&
	       lk_ascii_is_digit((char)t->first[2]) &&
	       (t->first[3] == ' ' || t->first[3] == '-');
}

static int
fail_plain(const struct lk_tls *t, struct lk_error *err)
{
	char said[LK_TLS_FIRST_ROOM + 1];
	size_t len = 0;

	while (len < t->n_first && t->first[len] != '\r' &&
	       t->first[len] != '\n')
		len++;
	lk_ascii_printable(said, sizeof(said), t->first, len);
	lk_fail(err, LK_E_HANDSHAKE,
		"%s speaks without TLS here: it said \"%s\"", t->host, said);
	lk_advise(err, "use smtp:// (tls = starttls), or the port where TLS "
		  "starts at once, mostly 465");
	return -1;
}

int
lk_tls_fail(struct lk_tls *t, struct lk_error *err)
{
	unsigned long e = ERR_peek_error();
	const char *text = lk_openssl_reason();
	size_t i;

	t->failed = true;
	if (t->refused)
		return lk_verify_fail(t->host, t->refused, t->why, err);
	if (is_reply(t))
		return fail_plain(t, err);
	for (i = 0; i < sizeof(reasons) / sizeof(*reasons); i++) {
		if (ERR_GET_LIB(e) != ERR_LIB_SSL ||
		    ERR_GET_REASON(e) != reasons[i].reason)
			continue;
		lk_fail(err, LK_E_HANDSHAKE, "TLS with %s failed: %s", t->host,
			reasons[i].sentence);
		lk_advise(err, "%s", reasons[i].advice);
		return -1;
	}
	return lk_fail(err, LK_E_HANDSHAKE, "TLS with %s failed: %s", t->host,
		       text);
}

int
lk_tls_cut(struct lk_tls *t, struct lk_error *err)
{
	if (is_reply(t))
		return fail_plain(t, err);
	return lk_fail(err, LK_E_HANDSHAKE,
		       "%s hung up during the TLS handshake", t->host);
}
