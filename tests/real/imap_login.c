/* imap_login PORT CA USER SECRET AUTH [CERT KEY]: a login to the IMAP server of
 * localhost, written as a stranger would, with the library's public headers and
 * OpenSSL.  The secret, of the kind SECRET or "-", comes by standard input.
 * SPDX-License-Identifier: MIT */
#include <latchkey/host.h>

#include <openssl/ssl.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CAPABILITY "* CAPABILITY "

struct imap {
	SSL_CTX *context;
	BIO *net;                   /* buffered, over TLS */
	unsigned tag;
	char line[16384];           /* what was read last, without its end */
	char offered[16384];        /* all that it can */
};

static void
die(const char *what)
{
	printf("%s\n", what);
	exit(1);
}

static void
connect_to(struct imap *c, char **argv, bool has_certificate)
{
	char where[32];
	BIO *tls;
	SSL *ssl;

	c->context = SSL_CTX_new(TLS_client_method());
	if (!c->context ||
	    SSL_CTX_load_verify_file(c->context, argv[2]) != 1)
		die("no certificates to trust");
	if (has_certificate &&
	    (SSL_CTX_use_certificate_chain_file(c->context, argv[6]) != 1 ||
	     SSL_CTX_use_PrivateKey_file(c->context, argv[7],
					 SSL_FILETYPE_PEM) != 1))
		die("no certificate to show");
	SSL_CTX_set_verify(c->context, SSL_VERIFY_PEER, NULL);
	tls = BIO_new_ssl_connect(c->context);
	c->net = tls ? BIO_push(BIO_new(BIO_f_buffer()), tls) : NULL;
	if (!c->net)
		die("no memory");
	BIO_get_ssl(tls, &ssl);
	SSL_set1_host(ssl, "localhost");
	SSL_set_tlsext_host_name(ssl, "localhost");
	snprintf(where, sizeof(where), "localhost:%.5s", argv[1]);
	BIO_set_conn_hostname(tls, where);
	if (BIO_do_handshake(tls) != 1)
		die("no TLS");
}

static bool
read_line(struct imap *c)
{
	int n = BIO_gets(c->net, c->line, sizeof(c->line));

	if (n < 2 || strcmp(c->line + n - 2, "\r\n") != 0)
		return false;
	c->line[n - 2] = '\0';
	return true;
}

static void
send_line(struct imap *c, const char *tag, struct lk_bytes line)
{
	BIO_printf(c->net, "%s", tag);
	BIO_write(c->net, line.data, (int)line.len);
	BIO_printf(c->net, "\r\n");
	if (BIO_flush(c->net) != 1)
		die("cannot write");
}

static void
greet(struct imap *c)
{
	struct lk_bytes line = { (const unsigned char *)"CAPABILITY", 10 };

	if (!read_line(c))
		die("no greeting");
	send_line(c, "C ", line);
	while (read_line(c) && strncmp(c->line, "C ", 2) != 0)
		if (strncmp(c->line, CAPABILITY, strlen(CAPABILITY)) == 0)
			memcpy(c->offered, c->line, sizeof(c->offered));
}

static bool
log_in(struct imap *c, struct lk_auth *auth, bool has_certificate)
{
	struct lk_facts facts = { .size = sizeof(facts),
				  .peer_name = "localhost" };
	struct lk_auth_want w = { .size = sizeof(w) };
	char tag[16];
	int r;

	facts.flags = LK_FACT_ENCRYPTED | LK_FACT_VERIFIED;
	facts.flags |= has_certificate ? LK_FACT_CLIENT_CERT : 0;
	lk_auth_begin(auth, &facts, c->offered);
	while ((r = lk_auth_await(auth, 60000, &w, NULL)) > 0) {
		snprintf(tag, sizeof(tag), "A%u", c->tag);
		if (w.kind == LK_AUTH_READ) {
			lk_auth_line(auth, tag, read_line(c) ? c->line : NULL);
		} else if (w.kind == LK_AUTH_SEND) {
			*tag = '\0';
			if (w.flags & LK_AUTH_COMMAND)
				snprintf(tag, sizeof(tag), "A%u ", ++c->tag);
			printf("-> %s%s\n", tag, w.shown);
			send_line(c, tag, w.line);
			lk_auth_sent(auth);
		} else {
			lk_auth_lost(auth, LK_E_PROTOCOL);
		}
	}
	return r == 0;
}

static int32_t
give(void *ctx, const struct lk_ask *ask, struct lk_secret *to,
     struct lk_error *err)
{
	const char *secret = ctx;

	(void)err;
	if (ask->flags & LK_ASK_RENEW)
		return LK_E_NOPROP;
	return lk_secret_add(to, secret, strlen(secret)) < 0 ? LK_E_NOMEM
							      : LK_DONE;
}

static void
tell(const struct lk_auth *auth, bool is_in)
{
	const struct lk_error *e = lk_auth_error(auth);
	struct lk_auth_result r = { .size = sizeof(r), .id = "" };

	if (is_in) {
		lk_auth_get_result(auth, &r);
		printf("logged in with %s (%s), %d\n", r.id, r.wire,
		       (int)r.attempts);
	} else {
		printf("%s\n%s\n", e->sentence, e->advice);
	}
}

int
main(int argc, char **argv)
{
	static struct imap c;
	static char secret[8192];
	struct lk_login login = { .size = sizeof(login), .host = "localhost" };
	struct lk_auth *auth = NULL;
	struct lk_host *host = NULL;
	struct lk_error err;
	bool has_certificate = argc == 8, is_in;

	if (argc != 6 && argc != 8)
		die("imap_login PORT CA USER SECRET AUTH [CERT KEY]");
	secret[fread(secret, 1, sizeof(secret) - 1, stdin)] = '\0';
	login.port = (uint32_t)strtoul(argv[1], NULL, 10);
	login.user = argv[3];
	login.secrets = strcmp(argv[4], "-") == 0 ? NULL : argv[4];
	login.auth = *argv[5] ? argv[5] : NULL;
	login.secret = give;
	login.ctx = secret;
	if (lk_host_new(&host, NULL, &err) < 0 ||
	    lk_auth_new(&auth, host, &login, lk_profile_imap(), &err) < 0)
		die(err.sentence);
	connect_to(&c, argv, has_certificate);
	greet(&c);
	is_in = log_in(&c, auth, has_certificate);
	tell(auth, is_in);
	lk_auth_free(auth);
	lk_host_free(host);
	/* what only who is logged in is told */
	if (is_in) {
		struct lk_bytes ask = { (const unsigned char *)"NAMESPACE", 9 };

		send_line(&c, "N ", ask);
		while ((is_in = read_line(&c)) && strncmp(c.line, "N ", 2) != 0)
			;
		printf("%s\n", c.line);
	}
	BIO_free_all(c.net);
	SSL_CTX_free(c.context);
	return is_in ? 0 : 77;
}
