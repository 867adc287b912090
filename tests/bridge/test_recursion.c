/* A program of Latchkey whose mechanisms come from libsasl2, which has those of
 * Latchkey, which has those of libsasl2: nobody goes round.
 * SPDX-License-Identifier: MIT */
#include <latchkey/host.h>

#include "program.h"

static struct lk_host *host;
static int n_sasl, has_digest, has_token;

static int
count(void *ctx, const struct lk_mech_info *info)
{
	(void)ctx;
	if (!info->record || strncmp(info->record->id, "sasl-", 5) != 0)
		return 0;
	n_sasl++;
	has_digest |= strcmp(info->record->id, "sasl-digest-md5") == 0;
	has_token |= strcmp(info->record->id, "sasl-xoauth2") == 0;
	return 0;
}

/* Those of libsasl2 alone come from libsasl2. */
static void
test_list(void **state)
{
	struct lk_error err;

	(void)state;
	if (lk_host_preload(host, "sasl-digest-md5", &err) < 0)
		fail_msg("%s", err.sentence);
	lk_host_each(host, count, NULL);
	assert_in_range(n_sasl, 2, 64);
	assert_true(has_digest);
	assert_false(has_token);
}

static int32_t
give(void *ctx, const struct lk_ask *ask, struct lk_secret *to,
     struct lk_error *err)
{
	(void)ctx;
	(void)ask;
	(void)err;
	return lk_secret_add(to, SECRET, strlen(SECRET)) < 0 ? LK_E_NOMEM
							     : LK_DONE;
}

static void
test_login(void **state)
{
	const struct lk_login login = {
		.size = sizeof(login), .host = "mail.example", .port = 587,
		.user = "alice", .auth = "sasl-digest-md5",
		.secrets = LK_P_PASSWORD, .secret = give,
	};
	const struct lk_facts facts = {
		.size = sizeof(facts), .peer_name = "mail.example",
		.flags = LK_FACT_ENCRYPTED | LK_FACT_VERIFIED,
	};
	struct lk_auth *auth = NULL;
	struct lk_auth_want want = { .size = sizeof(want) };
	struct lk_error err;

	(void)state;
	if (lk_auth_new(&auth, host, &login, lk_profile_smtp(), &err) < 0)
		fail_msg("%s", err.sentence);
	lk_auth_begin(auth, &facts, "LOGIN DIGEST-MD5");
	for (;;) {
		lk_auth_want(auth, &want);
		if (want.kind != LK_AUTH_WORK)
			break;
		lk_auth_ready(auth);
	}
	if (want.kind != LK_AUTH_SEND)
		fail_msg("%s", lk_auth_error(auth)->sentence);
	assert_string_equal(want.mech, "DIGEST-MD5");
	lk_auth_free(auth);
}

/* The other way round: what the bridge is told to offer of libsasl2's it does
 * not; what it has works beside a host of the program's own. */
static void
test_bridge(void **state)
{
	sasl_conn_t *conn = client_new("mail.example", callbacks);
	const char *out = NULL, *chosen = NULL;
	unsigned len = 0;
	int r = sasl_client_start(conn, "XOAUTH2", NULL, &out, &len, &chosen);

	(void)state;
#ifdef SASL_IS_UP
	assert_int_equal(r, SASL_CONTINUE);
#else
	assert_int_equal(r, SASL_NOMECH);
#endif
	sasl_dispose(&conn);
	conn = client_new("mail.example", callbacks);
	assert_int_equal(sasl_client_start(conn, "PLAIN", NULL, &out, &len,
					   NULL), SASL_OK);
	sasl_dispose(&conn);
}

static int
up(void **state)
{
	struct lk_error err;

	(void)state;
	make_files();
	put("bridge.conf", "mechs = xoauth2 plain sasl-digest-md5 sasl-* *\n"
	    "tls = trusted\n");
	setenv("SASL_PATH", LK_TEST_BRIDGE_DIR ":" LK_TEST_SASL_DIR, 1);
#ifdef SASL_IS_UP
	assert_int_equal(sasl_client_init(global), SASL_OK);
#endif
	if (lk_host_new(&host, NULL, &err) < 0)
		fail_msg("%s", err.sentence);
	return 0;
}

static int
down(void **state)
{
	(void)state;
	lk_host_free(host);
	remove_files();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_login),
		cmocka_unit_test(test_bridge),
	};

	return cmocka_run_group_tests(tests, up, down);
}
