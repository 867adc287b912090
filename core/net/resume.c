/* TLS sessions that a later connection goes on with.
 * SPDX-License-Identifier: MIT */
#include "net/session.h"

#include <stdlib.h>
#include <string.h>

/* A session carries what was verified; it must not outlive the certificate. */
static bool
is_current(const SSL_SESSION *session)
{
	X509 *cert = SSL_SESSION_get0_peer((SSL_SESSION *)session);

	return cert && X509_cmp_current_time(X509_get0_notAfter(cert)) > 0;
}

void
lk_resume_drop(struct lk_resume *r)
{
	SSL_SESSION_free(r->session);
	free(r->host);
	memset(r, 0, sizeof(*r));
}

void
lk_resume_offer(struct lk_tls *t)
{
	struct lk_resume *r = &t->trust->resume;

	/* the name was verified when the session began, and only then */
	if (r->session && strcmp(r->host, t->host) == 0 &&
	    is_current(r->session) &&
	    SSL_set_session(t->ssl, r->session) == 1) {
		t->offered = r->session;
		t->offered_asked = r->asked;
	}
	/* a ticket is used once (RFC 8446, C.4); a handshake that it spoils is
	 * not spoilt twice.  The SSL keeps it alive. */
	lk_resume_drop(r);
}

bool
lk_resume_is_sound(struct lk_tls *t)
{
	if (!SSL_session_reused(t->ssl))
		return true;
	t->asked = t->offered_asked;
	return !t->trust->verify ||
	       SSL_get_verify_result(t->ssl) == X509_V_OK;
}

void
lk_resume_keep(struct lk_tls *t)
{
	struct lk_resume *r = &t->trust->resume;
	SSL_SESSION *session = SSL_get1_session(t->ssl);

	if (!session || !SSL_SESSION_is_resumable(session) ||
	    (SSL_version(t->ssl) >= TLS1_3_VERSION && session == t->offered)) {
		SSL_SESSION_free(session);
		return;
	}
	lk_resume_drop(r);
	r->session = session;
	r->asked = t->asked;
	r->host = strdup(t->host);
	if (!r->host)
		lk_resume_drop(r);
	/* else OpenSSL spoils the session of a connection that was cut */
	SSL_set_shutdown(t->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}
