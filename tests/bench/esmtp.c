/* esmtp COUNT OCTETS FROM TO HOST:PORT [USER CA]: the same with libESMTP, the
 * password from PASSWORD. SPDX-License-Identifier: MIT */
#include "message.h"

/* first: libesmtp.h looks whether it was included */
#include <openssl/ssl.h>

#include <auth-client.h>
#include <libesmtp.h>

#include <stdio.h>

static int
answer(auth_client_request_t request, char **result, int fields, void *arg)
{
	int i;

	for (i = 0; i < fields; i++)
		result[i] = request[i].flags & AUTH_PASS ? getenv("PASSWORD")
							 : arg;
	return 1;
}

static int
log_in(smtp_session_t session, char *user, const char *ca)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
	auth_context_t auth;

	if (!tls || SSL_CTX_load_verify_file(tls, ca) != 1 ||
	    !smtp_starttls_enable(session, Starttls_REQUIRED) ||
	    !smtp_starttls_set_ctx(session, tls))
		return -1;
	SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, NULL);
	auth_client_init();
	auth = auth_create_context();
	auth_set_mechanism_flags(auth, AUTH_PLUGIN_PLAIN, 0);
	auth_set_interact_cb(auth, answer, user);
	return smtp_auth_set_context(session, auth) ? 0 : -1;
}

static void
look(smtp_message_t message, void *arg)
{
	if (smtp_message_transfer_status(message)->code != 250)
		++*(unsigned long *)arg;
}

int
main(int argc, char **argv)
{
	smtp_session_t session = smtp_create_session();
	unsigned long count, bad = 0;
	char reason[128], *text;

	if (argc != 6 && argc != 8)
		return 64;
	text = make_message(strtoul(argv[2], NULL, 10));
	smtp_set_server(session, argv[5]);
	if (!text || (argc == 8 && log_in(session, argv[6], argv[7]) < 0))
		return 70;
	for (count = strtoul(argv[1], NULL, 10); count > 0; count--) {
		smtp_message_t m = smtp_add_message(session);

		smtp_set_reverse_path(m, argv[3]);
		smtp_add_recipient(m, argv[4]);
		smtp_set_message_str(m, text);
	}
	if (!smtp_start_session(session)) {
		fprintf(stderr, "esmtp: %s\n",
			smtp_strerror(smtp_errno(), reason, sizeof(reason)));
		return 1;
	}
	smtp_enumerate_messages(session, look, &bad);
	smtp_destroy_session(session);
	return bad ? 1 : 0;
}
