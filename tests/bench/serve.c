/* serve: logins of SMTP on standard input, checked by libsasl2 or, where it
 * knows nothing of the mechanism, believed.  SPDX-License-Identifier: MIT */
#include "../sasl/server.h"
#include "wire.h"

#include <sasl/saslutil.h>

/* What libsasl2 has no server for. */
static int
is_believed(const char *mech)
{
	return strcmp(mech, "XOAUTH2") == 0 ||
	       strcmp(mech, "OAUTHBEARER") == 0 ||
	       strcmp(mech, "EXTERNAL") == 0;
}

static void
reply(int r, const char *data, unsigned len)
{
	char coded[8192] = "";
	unsigned n;

	if (r == SASL_CONTINUE &&
	    sasl_encode64(data ? data : "", len, coded, sizeof(coded), &n) !=
	    SASL_OK)
		exit(1);
	if (r == SASL_CONTINUE)
		printf("334 %s\r\n", coded);
	else
		printf(r == SASL_OK ? "235 ok\r\n" : "535 no\r\n");
	fflush(stdout);
}

/* A whole login that began with this line. */
static void
serve(char *mech)
{
	char *ir = strchr(mech, ' '), in[8192];
	sasl_conn_t *conn = server_new(BENCH_HOST, NULL);
	const char *data = NULL;
	unsigned len = 0, n = 0;
	int r;

	if (ir)
		*ir++ = '\0';
	if (is_believed(mech)) {
		reply(SASL_OK, NULL, 0);
		sasl_dispose(&conn);
		return;
	}
	if (ir && strcmp(ir, "=") != 0 &&
	    sasl_decode64(ir, (unsigned)strlen(ir), in, sizeof(in), &n) !=
	    SASL_OK)
		exit(1);
	r = sasl_server_start(conn, mech, ir ? in : NULL, n, &data, &len);
	while (reply(r, data, len), r == SASL_CONTINUE) {
		char line[8192];

		if (!fgets(line, sizeof(line), stdin))
			exit(1);
		if (sasl_decode64(line, (unsigned)strcspn(line, "\r\n"), in,
				  sizeof(in), &n) != SASL_OK)
			exit(1);
		r = sasl_server_step(conn, in, n, &data, &len);
	}
	sasl_dispose(&conn);
}

int
main(void)
{
	char line[8192];

	server_init();
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\r\n")] = '\0';
		if (strncmp(line, "AUTH ", 5) != 0)
			return 1;
		serve(line + 5);
	}
	return 0;
}
