/* The client on real sockets: what a connection is, and how it fails.
 * SPDX-License-Identifier: MIT */
#include "net/sender.h"

static struct cert wrong, old, strange;

static int
make_all(void **state)
{
	struct cert stranger = cert_new(NULL, "Strange CA", NULL, -DAY, DAY);

	(void)state;
	authority_new("DNS:localhost,IP:127.0.0.1");
	wrong = cert_new(&authority, "w", "DNS:other.example", -DAY, DAY);
	old = cert_new(&authority, "o", "DNS:localhost", -9 * DAY, -DAY);
	strange = cert_new(&stranger, "s", "DNS:localhost", -DAY, DAY);
	cert_free(&stranger);
	return 0;
}

static int
free_all(void **state)
{
	(void)state;
	authority_free();
	cert_free(&wrong);
	cert_free(&old);
	cert_free(&strange);
	return 0;
}

static const struct turn starttls[] = {
	{ SAY, "220 mx\r\n" }, { HEAR, "EHLO " },
	{ SAY, "250-mx\r\n250 STARTTLS\r\n" },
	{ HEAR, "STARTTLS" }, { SAY, "220 go\r\n" }, { TLS, NULL },
	{ HEAR, "EHLO " }, { SAY, "250 mx\r\n" }, MAILED, BYE,
};

static const struct turn implicit[] = { { TLS, NULL }, GREETED, MAILED, BYE };
static const struct turn plain[] = { GREETED, MAILED, BYE };

/* The server's side ends as soon as the client does not go on. */
static const struct turn starttls_only[] = {
	{ SAY, "220 mx\r\n" }, { HEAR, "EHLO " },
	{ SAY, "250-mx\r\n250 STARTTLS\r\n" },
	{ HEAR, "STARTTLS" }, { SAY, "220 go\r\n" }, { TLS, NULL },
	{ WAIT, NULL }, { END, NULL },
};

static const struct turn implicit_only[] = {
	{ TLS, NULL }, { WAIT, NULL }, { END, NULL },
};

static const struct turn text_only[] = {
	{ SAY, "220 mx.example ESMTP\r\n" }, { WAIT, NULL }, { END, NULL },
};

static const struct turn no_tls[] = {
	{ SAY, "220 mx\r\n" }, { HEAR, "EHLO " }, { SAY, "250 mx\r\n" },
	{ HEAR, "STARTTLS" }, { SAY, "502 what?\r\n" }, { WAIT, NULL },
	{ END, NULL },
};

static const struct turn silent[] = { { WAIT, NULL }, { END, NULL } };
static const struct turn hang_up[] = { { HANG_UP, NULL }, { END, NULL } };

static const struct turn cut_after_data[] = {
	GREETED,
	{ HEAR, "MAIL" }, { SAY, "250 ok\r\n" },
	{ HEAR, "RCPT" }, { SAY, "250 ok\r\n" },
	{ HEAR, "DATA" }, { SAY, "354 go\r\n" }, { BODY, NULL },
	{ HANG_UP, NULL }, { END, NULL },
};

static const struct turn mute_after_ehlo[] = {
	{ SAY, "220 mx\r\n" }, { HEAR, "EHLO" }, { WAIT, NULL }, { END, NULL },
};

static const struct how {
	const char *what, *host, *tls;
	const struct cert *cert;
	const struct turn *script;
	int cls;
	const char *sentence, *advice, *note;
} hows[] = {
	{ "starttls", "localhost", "starttls", &good, starttls, 0, "", "",
	  "TLSv1.3 is up, certificate verified for localhost" },
	{ "starttls by address", "127.0.0.1", "starttls", &good, starttls, 0,
	  "", "", "TLSv1.3 is up, certificate verified for 127.0.0.1" },
	{ "implicit", "localhost", "implicit", &good, implicit, 0, "", "",
	  "TLSv1.3 is up, certificate verified for localhost" },
	{ "none", "localhost", "none", NULL, plain, 0, "", "",
	  "connected to 127.0.0.1:" },
	/* a full-width l */
	{ "not in ASCII", "\xef\xbd\x8c" "ocalhost", "implicit", &good, implicit, 0, "",
	  "", "certificate verified for localhost" },
	{ "opportunistic, listed", "localhost", "opportunistic", &good,
	  starttls, 0, "", "", "TLSv1.3 is up" },
	{ "opportunistic, not listed", "localhost", "opportunistic", NULL,
	  plain, 0, "", "", "" },
	{ "wrong name", "localhost", "implicit", &wrong, implicit_only,
	  LK_E_HOST_NAME, "certificate that localhost shows is for "
	  "other.example", "`host`", "" },
	{ "wrong name, starttls", "localhost", "starttls", &wrong,
	  starttls_only, LK_E_HOST_NAME, "other.example", "", "" },
	{ "untrusted", "localhost", "implicit", &strange, implicit_only,
	  LK_E_CERTIFICATE, "issued by CN = Strange CA", "ca=FILE", "" },
	{ "untrusted, starttls", "localhost", "starttls", &strange,
	  starttls_only, LK_E_CERTIFICATE, "Strange CA", "pin=sha256//", "" },
	{ "expired", "localhost", "implicit", &old, implicit_only,
	  LK_E_CERTIFICATE, "has expired", "clock", "" },
	{ "text for TLS", "localhost", "implicit", NULL, text_only,
	  LK_E_HANDSHAKE, "localhost speaks without TLS here: it said \"220 "
	  "mx.example ESMTP\"", "smtp:// (tls = starttls)", "" },
	{ "no starttls", "localhost", "starttls", NULL, no_tls,
	  LK_E_ENCRYPTION, "STARTTLS", "", "" },
	{ "hangs up, implicit", "localhost", "implicit", NULL, hang_up,
	  LK_E_HANDSHAKE, "hung up during the TLS handshake", "", "" },
	{ "hangs up", "localhost", "none", NULL, hang_up, LK_E_PROTOCOL,
	  "closed the connection", "", "" },
	{ "silent", "localhost", "none", NULL, silent, LK_E_TRANSIENT,
	  "no answer from localhost for 1 s", "", "" },
	{ "silent, starttls", "localhost", "starttls", NULL, silent,
	  LK_E_TRANSIENT, "no answer from localhost for 1 s",
	  "tls = implicit", "" },
	{ "silent, implicit", "localhost", "implicit", NULL, silent,
	  LK_E_TRANSIENT, "1 s during the TLS handshake", "", "" },
	{ "mute after EHLO", "localhost", "none", NULL, mute_after_ehlo,
	  LK_E_TRANSIENT, "EHLO", "", "" },
	{ "cut after the dot", "localhost", "none", NULL, cut_after_data,
	  LK_E_UNKNOWN, "", "", "" },
};

static void
test_how(void **state)
{
	struct lk_error err;
	struct peer p;
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < sizeof(hows) / sizeof(*hows); i++) {
		const struct how *h = &hows[i];
		bool none = strcmp(h->tls, "none") == 0;

		peer_start(&p, h->cert, h->script);
		r = send_hello(account_for(&p, h->host, "tls", h->tls,
					   "timeout", "1", none ? NULL : "ca",
					   ca, NULL), &err);
		peer_stop(&p);
		if (r != (h->cls ? -1 : 0) || err.cls != h->cls ||
		    !strstr(err.sentence, h->sentence) ||
		    !strstr(err.advice, h->advice) || !strstr(notes, h->note) ||
		    (!h->cls && p.wrong[0]))
			fail_msg("%s: %d, class %d: %s (%s); notes: %s; "
				 "server: %s", h->what, r, (int)err.cls,
				 err.sentence, err.advice, notes, p.wrong);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_how),
	};

	return cmocka_run_group_tests(tests, make_all, free_all);
}
