/* Logins to the servers of libsasl2, which nobody here wrote.
 * SPDX-License-Identifier: MIT */
#include "program.h"

#include "sasl/server.h"

static const char *const logins[] = {
	"LOGIN", "PLAIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256",
	"SCRAM-SHA-512",
};

/* As SMTP has it: nothing goes with a success.  What the server says. */
static const sasl_channel_binding_t *client_binding, *server_binding;

static int
log_in(const char *wire, int *client)
{
	sasl_conn_t *conn = client_new("mail.example", callbacks);
	sasl_conn_t *server = server_new("mail.example", "mail.example");
	const char *out = NULL, *in = NULL;
	unsigned out_len = 0, in_len = 0;
	int s, is_first = 1;

	if (client_binding)
		sasl_setprop(conn, SASL_CHANNEL_BINDING, client_binding);
	if (server_binding)
		sasl_setprop(server, SASL_CHANNEL_BINDING, server_binding);
	*client = sasl_client_start(conn, wire, NULL, &out, &out_len, NULL);
	do {
		s = is_first ? sasl_server_start(server, wire, out, out_len,
						 &in, &in_len)
			: sasl_server_step(server, out ? out : "", out_len,
					   &in, &in_len);
		is_first = 0;
		if (s == SASL_CONTINUE)
			*client = sasl_client_step(conn, in ? in : "", in_len,
						   NULL, &out, &out_len);
	} while (s == SASL_CONTINUE &&
		 (*client == SASL_CONTINUE || *client == SASL_OK));
	sasl_dispose(&conn);
	sasl_dispose(&server);
	return s;
}

static void
test_good(void **state)
{
	int client, server;
	size_t i;

	(void)state;
	secret = SERVER_SECRET;
	for (i = 0; i < sizeof(logins) / sizeof(logins[0]); i++) {
		*lines = '\0';
		server = log_in(logins[i], &client);
		if (server != SASL_OK || client != SASL_OK)
			fail_msg("%s: server %d, client %d: %s",
				 logins[i], server, client, lines);
	}
}

static void
test_bad(void **state)
{
	int client, server;
	size_t i;

	(void)state;
	secret = "wrong";
	for (i = 0; i < sizeof(logins) / sizeof(logins[0]); i++) {
		server = log_in(logins[i], &client);
		if (server != SASL_BADAUTH)
			fail_msg("%s: server %d, client %d: %s",
				 logins[i], server, client, lines);
	}
	/* and then the good one, at once */
	test_good(state);
}

static void
test_bindings(void **state)
{
	static const sasl_channel_binding_t one = {
		.name = "tls-exporter", .len = 8,
		.data = (const unsigned char *)"12345678",
	}, other = {
		.name = "tls-exporter", .len = 8,
		.data = (const unsigned char *)"12345679",
	};
	static const char wire[] = "SCRAM-SHA-256-PLUS";
	int client;

	(void)state;
	secret = SERVER_SECRET;
	client_binding = server_binding = &one;
	if (log_in(wire, &client) != SASL_OK || client != SASL_OK)
		fail_msg("client %d: %s", client, lines);
	/* somebody is between them */
	client_binding = &other;
	assert_int_not_equal(log_in(wire, &client), SASL_OK);
	client_binding = server_binding = NULL;
}

static int
up(void **state)
{
	(void)state;
	make_files();
	put("bridge.conf", "mechs = *\n");
	client_init();
	sasl_set_path(SASL_PATH_TYPE_PLUGIN, (char *)LK_TEST_SASL_DIR);
	server_init();
	return 0;
}

/* libsasl2's own plugins lose something where they end. */
static int
down(void **state)
{
	(void)state;
	remove_files();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_bindings),
	};

	return cmocka_run_group_tests(tests, up, down);
}
