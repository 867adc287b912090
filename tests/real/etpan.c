/* A program of libetpan's: one login over IMAP, or over SMTP, by the mechanism
 * that it is told. SPDX-License-Identifier: MIT */
#include <libetpan/libetpan.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int
imap(uint16_t port, const char *mechanism, const char *user, const char *secret)
{
	mailimap *session = mailimap_new(0, NULL);
	int r = mailimap_ssl_connect(session, "localhost", port);

	if (r == MAILIMAP_NO_ERROR_NON_AUTHENTICATED)
		r = mailimap_authenticate(session, mechanism, "localhost", NULL,
					  NULL, user, user, secret, NULL);
	printf("%d %s\n", r, session->imap_response ? session->imap_response
						    : "");
	mailimap_logout(session);
	mailimap_free(session);
	return r == MAILIMAP_NO_ERROR ? 0 : 1;
}

static int
smtp(uint16_t port, const char *mechanism, const char *user, const char *secret)
{
	mailsmtp *session = mailsmtp_new(0, NULL);
	int r = mailsmtp_ssl_connect(session, "localhost", port);

	if (r == MAILSMTP_NO_ERROR)
		r = mailesmtp_ehlo(session);
	if (r == MAILSMTP_NO_ERROR)
		r = mailesmtp_auth_sasl(session, mechanism, "localhost", NULL,
					NULL, user, user, secret, NULL);
	printf("%d %s\n", r, session->response ? session->response : "");
	mailsmtp_quit(session);
	mailsmtp_free(session);
	return r == MAILSMTP_NO_ERROR ? 0 : 1;
}

int
main(int argc, char **argv)
{
	char secret[8192];
	uint16_t port;

	if (argc != 5 || !fgets(secret, sizeof(secret), stdin)) {
		fprintf(stderr, "usage: etpan imap|smtp PORT MECHANISM USER "
			"<SECRET\n");
		return 64;
	}
	secret[strcspn(secret, "\n")] = '\0';
	port = (uint16_t)strtoul(argv[2], NULL, 10);
	return strcmp(argv[1], "imap") == 0 ? imap(port, argv[3], argv[4], secret)
					    : smtp(port, argv[3], argv[4], secret);
}
