/* cyrus SERVER COUNT WIRE: the same as ours.c, by libsasl2's own client.
 * SPDX-License-Identifier: MIT */
#include "wire.h"

#include <sasl/sasl.h>
#include <sasl/saslutil.h>

#define PROC(f) ((int (*)(void))(void (*)(void))(f))

static int
name(void *context, int id, const char **result, unsigned *len)
{
	(void)context;
	*result = id == SASL_CB_AUTHNAME ? BENCH_USER : "";
	if (len)
		*len = (unsigned)strlen(*result);
	return SASL_OK;
}

static int
password(sasl_conn_t *conn, void *context, int id, sasl_secret_t **secret)
{
	static union {
		sasl_secret_t it;
		char room[sizeof(sasl_secret_t) + sizeof(BENCH_SECRET)];
	} s;

	(void)conn;
	(void)context;
	(void)id;
	s.it.len = sizeof(BENCH_SECRET) - 1;
	memcpy(s.it.data, BENCH_SECRET, sizeof(BENCH_SECRET));
	*secret = &s.it;
	return SASL_OK;
}

static const sasl_callback_t callbacks[] = {
	{ SASL_CB_USER, PROC(name), NULL },
	{ SASL_CB_AUTHNAME, PROC(name), NULL },
	{ SASL_CB_PASS, PROC(password), NULL },
	{ SASL_CB_LIST_END, NULL, NULL },
};

/* command: "AUTH X", or "" for a response. */
static void
say(struct wire *w, const char *command, const char *out, unsigned len)
{
	char line[8192];
	unsigned n = (unsigned)snprintf(line, sizeof(line), "%s%s", command,
					*command && out ? " " : ""), more = 0;

	if (out && !len && *command)
		line[n++] = '=';
	else if (out && sasl_encode64(out, len, line + n, sizeof(line) - n,
				      &more) != SASL_OK)
		wire_die("too long");
	wire_halt(w);
	wire_say(w, line, n + more);
	wire_go(w);
}

static int
hear(struct wire *w)
{
	int code;

	wire_halt(w);
	code = wire_hear(w);
	wire_go(w);
	return code;
}

static void
log_in(struct wire *w, const char *wire)
{
	static const sasl_security_properties_t none = { 0 };
	char command[64], in[8192];
	const char *out = NULL;
	sasl_conn_t *conn;
	unsigned len = 0, n = 0;
	int code, r;

	if (sasl_client_new("smtp", BENCH_HOST, NULL, NULL, NULL, 0, &conn) !=
	    SASL_OK)
		wire_die("no connection");
	sasl_setprop(conn, SASL_SEC_PROPS, &none);
	sasl_setprop(conn, SASL_AUTH_EXTERNAL, BENCH_USER);
	r = sasl_client_start(conn, wire, NULL, &out, &len, NULL);
	snprintf(command, sizeof(command), "AUTH %s", wire);
	for (say(w, command, out, len); (code = hear(w)) == 334;
	     say(w, "", out ? out : "", len)) {
		if (sasl_decode64(w->line + 4, (unsigned)strlen(w->line + 4),
				  in, sizeof(in), &n) == SASL_OK)
			r = sasl_client_step(conn, in, n, NULL, &out, &len);
		if (r != SASL_OK && r != SASL_CONTINUE)
			wire_die(sasl_errdetail(conn));
	}
	if (code != 235 || r != SASL_OK)
		wire_die(sasl_errdetail(conn));
	sasl_dispose(&conn);
}

int
main(int argc, char **argv)
{
	unsigned long count, i;
	struct wire w;
	int64_t first;

	if (argc != 4)
		return 64;
	wire_open(&w, argv[1]);
	count = strtoul(argv[2], NULL, 10);
	wire_go(&w);
	if (sasl_client_init(callbacks) != SASL_OK)
		wire_die("no libsasl2");
	log_in(&w, argv[3]);
	wire_halt(&w);
	first = w.took;
	w.took = 0;
	wire_go(&w);
	for (i = 0; i < count; i++)
		log_in(&w, argv[3]);
	wire_halt(&w);
	wire_tell(first, w.took, count);
	wire_close(&w);
	return 0;
}
