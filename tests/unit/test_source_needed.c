/* A source of secrets is asked only when a mechanism needs what it gives, and
 * once for all of them.  SPDX-License-Identifier: MIT */
#include "temp.h"
#include "unit/dialogue.h"

#include <latchkey/provider.h>

#include <sys/stat.h>
#include <unistd.h>

static char dir[TEMP];
static struct lk_login from_account = { .size = sizeof(from_account) };

/* login->ctx is the dialogue's. */
static int32_t
ask_account(void *ctx, const struct lk_ask *ask, struct lk_secret *to,
	    struct lk_error *err)
{
	(void)ctx;
	return from_account.secret(from_account.ctx, ask, to, err);
}

/* Octets in the file: one each time that the source was asked. */
static long
times_asked(const char *name)
{
	struct stat st;
	char path[96];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (stat(path, &st) < 0)
		return 0;
	unlink(path);
	return st.st_size;
}

static struct lk_account *
account(void)
{
	static const char *const names[] = { "password", "token" };
	struct lk_account *a;
	char key[32], source[192];
	size_t i;

	assert_int_equal(lk_account_new(&a, NULL), 0);
	for (i = 0; i < 2; i++) {
		snprintf(key, sizeof(key), "%s-from", names[i]);
		snprintf(source, sizeof(source), "cmd:sh -c 'printf x >>%s/%s; "
			 "echo " PASSWORD "'", dir, names[i]);
		assert_int_equal(lk_account_set(a, key, source, NULL), 0);
	}
	assert_int_equal(lk_account_set(a, "user", USER, NULL), 0);
	assert_int_equal(lk_account_set(a, "host", HOST, NULL), 0);
	return a;
}

#define CERT (TLS | LK_FACT_CLIENT_CERT)

static const struct {
	const char *auth, *offered;
	uint32_t facts;
	const char *server;
	int32_t cls;
	long password, token;       /* how often each is asked for */
} rows[] = {
	/* the certificate is enough */
	{ "external", "EXTERNAL PLAIN", CERT, "235 ok", 0, 0, 0 },
	{ "external", "EXTERNAL PLAIN", CERT, "535 no", LK_E_CREDENTIALS, 0,
	  0 },
	/* passed over, before anything is asked */
	{ "external", "EXTERNAL", TLS, "", LK_E_NOPROP, 0, 0 },
	{ NULL, "EXTERNAL", TLS, "", LK_E_NOPROP, 0, 0 },
	{ NULL, "NEVER-HEARD-OF", TLS, "", LK_E_NO_MECH, 0, 0 },
	{ NULL, "PLAIN LOGIN", 0, "", LK_E_ENCRYPTION, 0, 0 },
	{ NULL, "PLAIN LOGIN XOAUTH2", LK_FACT_ENCRYPTED, "", LK_E_CERTIFICATE,
	  0, 0 },
	/* the one, and not the other */
	{ NULL, "PLAIN", TLS, "235 ok", 0, 1, 0 },
	{ NULL, "XOAUTH2", TLS, "235 ok", 0, 0, 1 },
	{ NULL, "XOAUTH2 PLAIN", TLS, "235 ok", 0, 0, 1 },
	{ "plain", "XOAUTH2 PLAIN", TLS, "235 ok", 0, 1, 0 },
	/* for all that need it, once */
	{ "plain login", "PLAIN LOGIN", TLS, "504 no|334 VXNlcm5hbWU6|334 "
	  "UGFzc3dvcmQ6|235 ok", 0, 1, 0 },
	/* last, and only because the first was refused */
	{ "plain external", "EXTERNAL PLAIN", CERT, "504 no|235 ok", 0, 1, 0 },
};

static void
each_row(void **state)
{
	struct lk_host *host = new_host(PLUGINS);
	struct dialogue d;
	struct lk_account *a;
	long password, token;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		a = account();
		lk_account_login(a, &from_account);
		dialogue_init(&d, host);
		d.login.secrets = from_account.secrets;
		d.login.secret = ask_account;
		d.login.auth = rows[i].auth;
		d.facts.flags = rows[i].facts;
		d.offered = rows[i].offered;
		dialogue_run(&d, rows[i].server);
		password = times_asked("password");
		token = times_asked("token");
		if (d.err.cls != rows[i].cls || password != rows[i].password ||
		    token != rows[i].token)
			fail_msg("%zu: class %d, asked %ld and %ld times: %s",
				 i, (int)d.err.cls, password, token,
				 d.err.sentence);
		lk_account_free(a);
		lk_host_free(host);
		host = new_host(PLUGINS);
	}
	lk_host_free(host);
}

static int
setup(void **state)
{
	(void)state;
	return temp_dir(dir, "latchkey-needed");
}

static int
teardown(void **state)
{
	(void)state;
	return rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_row),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
