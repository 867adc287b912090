/* The client: what it takes from an account, and tells of a connection.
 * SPDX-License-Identifier: MIT */
#include "net/sender.h"

#include "net/pump.h"

static int
make_all(void **state)
{
	(void)state;
	authority_new("DNS:localhost");
	return 0;
}

static int
free_all(void **state)
{
	(void)state;
	authority_free();
	return 0;
}

/* ---- accounts ---------------------------------------------------------- */

static const struct wrong_account {
	const char *host, *tls, *key, *value;
	const char *sentence;
} wrong_accounts[] = {
	{ NULL, "none", "user", "u", "host is not set" },
	{ "-\xc3\xbc.example", "none", "user", "u", "host: \"" },
	{ "localhost", "none", "pin",
	  "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
	  "pin is set, but `tls = none`" },
	{ "localhost", "none", "ca", "/etc/ssl/ca.pem", "ca is set, but" },
	{ "localhost", "none", "cert", "/c.pem", "cert is set, but" },
};

static void
test_wrong_accounts(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong_accounts) / sizeof(*wrong_accounts);
	     i++) {
		const struct wrong_account *w = &wrong_accounts[i];
		struct lk_client *c = NULL;
		struct lk_error err = { 0 };
		struct lk_account *a;

		assert_int_equal(lk_account_new(&a, NULL), 0);
		if (w->host)
			lk_account_set(a, "host", w->host, NULL);
		lk_account_set(a, "tls", w->tls, NULL);
		assert_int_equal(lk_account_set(a, w->key, w->value, NULL), 0);
		assert_int_equal(lk_client_new(&c, NULL, a, NULL, &err), -1);
		assert_null(c);
		assert_int_equal(err.cls, LK_E_CONFIG);
		assert_int_equal(err.stage, LK_STAGE_CONFIG);
		assert_non_null(strstr(err.sentence, w->sentence));
		lk_account_free(a);
	}
}

/* What cannot be used is known before a connection is made. */
static void
test_wrong_file(void **state)
{
	struct peer p = { .port = 1 };
	struct lk_error err;

	(void)state;
	assert_int_equal(send_hello(account_for(&p, "localhost", "ca",
						"/nonexistent", NULL), &err),
			 -1);
	assert_int_equal(err.cls, LK_E_CONFIG);
}

static void
test_refused(void **state)
{
	static const struct turn nothing[] = { { END, NULL } };
	struct lk_error err;
	struct peer p;

	(void)state;
	/* a port that was free a moment ago */
	peer_start(&p, NULL, nothing);
	peer_stop(&p);
	assert_int_equal(send_hello(account_for(&p, "127.0.0.1", NULL), &err),
			 -1);
	assert_int_equal(err.cls, LK_E_CONNECT);
	assert_non_null(strstr(err.sentence, "Connection refused"));
}

/* ---- private ----------------------------------------------------------- */

static const struct private {
	const char *host, *address;
	bool is_private;
} privates[] = {
	{ "127.0.0.1", "127.0.0.1", true },
	{ "localhost", "127.0.0.1", true },
	{ "LOCALHOST", "127.0.0.1", true },
	{ "127.0.0.2", "127.0.0.2", false },
	{ "127.1", "127.0.0.1", false },
};

static void
test_private(void **state)
{
	static const struct turn idle[] = { { WAIT, NULL }, { END, NULL } };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(privates) / sizeof(*privates); i++) {
		const struct private *v = &privates[i];
		struct lk_client *c;
		struct lk_account *a;
		struct lk_error err;
		struct lk_facts f;
		struct peer p;

		peer_start_on(&p, v->address, NULL, idle);
		a = account_for(&p, v->host, "tls", "none", NULL);
		assert_int_equal(lk_client_new(&c, NULL, a, NULL, &err), 0);
		assert_int_equal(lk_connect_dial(c, &err), 0);
		f = lk_connect_facts(c);
		if (f.flags != (v->is_private ? LK_FACT_PRIVATE : 0u))
			fail_msg("%s: %x", v->host, f.flags);
		lk_client_free(c);
		lk_account_free(a);
		peer_stop(&p);
	}
}

/* ---- connections ------------------------------------------------------- */

static const struct turn named[] = {
	{ SAY, "220 mx\r\n" }, { HEAR, "EHLO me.example" },
	{ SAY, "250 mx\r\n" }, BYE,
};

static const struct turn any_name[] = {
	{ SAY, "220 mx\r\n" }, { HEAR, "EHLO " }, { SAY, "250 mx\r\n" }, BYE,
};

static const struct turn tls_named[] = {
	{ TLS, NULL }, { SAY, "220 mx\r\n" }, { HEAR, "EHLO me.example" },
	{ SAY, "250 mx\r\n" }, BYE,
};

static const struct turn tls12[] = {
	{ MAX_12, NULL }, { TLS, NULL }, { SAY, "220 mx\r\n" },
	{ HEAR, "EHLO me.example" }, { SAY, "250 mx\r\n" }, BYE,
};

/* The greeting comes in the server's first flight, before the client has said
 * that it has finished (RFC 8446, 4.4.4). */
static const struct turn eager[] = {
	{ TLS_EARLY, "220 mx\r\n" }, { HEAR, "EHLO me.example" },
	{ SAY, "250 mx\r\n" }, BYE,
};

static void
look(const struct turn *script, const struct cert *cert, const char *ehlo,
     const char *tls)
{
	struct lk_client_info info = { .size = sizeof(info) };
	struct lk_client *c;
	struct lk_account *a;
	struct lk_error err = { 0 };
	struct peer p;
	char peer[32];
	int r;

	peer_start(&p, cert, script);
	a = account_for(&p, "localhost", "tls", cert ? "implicit" : "none",
			"timeout", "2", ehlo ? "ehlo" : NULL, ehlo,
			cert ? "ca" : NULL, ca, NULL);
	assert_int_equal(lk_client_new(&c, NULL, a, NULL, &err), 0);
	r = lk_client_connect(c, &err);
	if (r == 0)
		r = lk_client_connect(c, &err); /* it is */
	lk_client_get_info(c, &info);
	snprintf(peer, sizeof(peer), "127.0.0.1:%u", p.port);
	assert_string_equal(info.peer, peer);
	if (r != 0 || strcmp(info.tls, tls) != 0)
		fail_msg("%d: %s; %s", r, err.sentence, info.tls);
	assert_string_equal(info.mech, "");
	assert_string_equal(info.warning, "");
	assert_int_equal(info.attempts, 0);
	lk_client_close(c);
	lk_client_close(c);
	lk_client_free(c);
	lk_account_free(a);
	peer_stop(&p);
	assert_string_equal(p.wrong, "");
}

static void
test_connections(void **state)
{
	(void)state;
	look(named, NULL, "me.example", "");
	look(any_name, NULL, NULL, "");
	look(tls_named, &good, "me.example", "TLSv1.3");
	look(tls12, &good, "me.example", "TLSv1.2");
	look(eager, &good, "me.example", "TLSv1.3");
}

static void
test_name(void **state)
{
	static const struct turn idle[] = { { WAIT, NULL }, { END, NULL } };
	char own[256] = "", name[280];
	struct lk_client *c;
	struct lk_account *a;
	struct lk_error err;
	struct peer p;

	(void)state;
	peer_start(&p, NULL, idle);
	a = account_for(&p, "localhost", "tls", "none", NULL);
	assert_int_equal(lk_client_new(&c, NULL, a, NULL, &err), 0);
	assert_int_equal(lk_connect_dial(c, &err), 0);
	lk_connect_name(c, name, sizeof(name));
	gethostname(own, sizeof(own) - 1);
	assert_string_equal(name, strchr(own, '.') ? own : "[127.0.0.1]");
	lk_client_free(c);
	lk_account_free(a);
	peer_stop(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wrong_accounts),
		cmocka_unit_test(test_wrong_file),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_private),
		cmocka_unit_test(test_connections),
		cmocka_unit_test(test_name),
	};

	return cmocka_run_group_tests(tests, make_all, free_all);
}
