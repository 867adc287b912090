/* One login: the report that started it all, cancelling, what is learnt, what
 * is told. SPDX-License-Identifier: MIT */
#include "dialogue.h"

/* The server of the report: it wants the name in the command, and asks for the
 * password twice if it is not there. */
static void
test_report(void **state)
{
	struct dialogue d;

	dialogue_init(&d, *state);
	d.offered = "LOGIN";
	dialogue_run(&d, "334 UGFzc3dvcmQ6|501 cancelled|334 UGFzc3dvcmQ6|"
			 "235 auth successfully");
	assert_string_equal(d.said, "AUTH LOGIN|*|AUTH LOGIN " USER64
			    "|" PASSWORD64);
	assert_int_equal(d.err.cls, 0);
	assert_string_equal(d.result.id, "login-ir");
	assert_string_equal(d.result.wire, "LOGIN");
	assert_int_equal(d.result.initial_response, 1);
	assert_int_equal(d.result.attempts, 2);
	assert_string_equal(d.result.warning, "");
	assert_int_equal(charged(*state), 0);
	assert_non_null(strstr(d.told, "password first"));

	/* and from then on at once */
	dialogue_run(&d, "334 UGFzc3dvcmQ6|235 ok");
	assert_string_equal(d.said, "AUTH LOGIN " USER64 "|" PASSWORD64);
}

static void
test_usual_login(void **state)
{
	struct dialogue d;

	dialogue_init(&d, *state);
	d.offered = "LOGIN";
	dialogue_run(&d, "334 VXNlcm5hbWU6|334 UGFzc3dvcmQ6|235 ok");
	assert_string_equal(d.said, "AUTH LOGIN|" USER64 "|" PASSWORD64);
	assert_string_equal(d.result.id, "login");
	assert_int_equal(d.result.initial_response, 0);
}

/* Haraka takes `*` for a user name. */
static void
test_cancel_is_not_understood(void **state)
{
	static const char *const answers[] = { "334 UGFzc3dvcmQ6", "250 ok",
					       "454 later", "is silent",
					       "hangs up" };
	char server[256];
	struct dialogue d;
	size_t i;

	for (i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
		struct lk_host *host = new_host(PLUGINS);

		dialogue_init(&d, host);
		d.offered = "LOGIN";
		snprintf(server, sizeof(server), "334 UGFzc3dvcmQ6|%s|"
			 "334 UGFzc3dvcmQ6|535 no", answers[i]);
		dialogue_run(&d, server);
		assert_string_equal(d.said, "AUTH LOGIN|*|RECONNECT|AUTH LOGIN "
				    USER64 "|" PASSWORD64);
		/* remembered: no `*` any more */
		d.password = "another-password";
		dialogue_run(&d, "334 UGFzc3dvcmQ6|334 UGFzc3dvcmQ6|235 ok");
		assert_memory_equal(d.said, "AUTH LOGIN|RECONNECT|AUTH LOGIN ",
				    strlen("AUTH LOGIN|RECONNECT|AUTH LOGIN "));
		/* and now it is known what works */
		dialogue_run(&d, "334 UGFzc3dvcmQ6|235 ok");
		assert_memory_equal(d.said, "AUTH LOGIN Y", 12);
		lk_host_free(host);
	}
	(void)state;
}

static void
test_no_cancel_in_the_protocol(void **state)
{
	struct lk_profile profile = *lk_profile_smtp();
	struct dialogue d;

	dialogue_init(&d, *state);
	d.offered = "LOGIN";
	profile.cancel = NULL;
	d.server = "334 UGFzc3dvcmQ6|334 UGFzc3dvcmQ6|235 ok";
	assert_int_equal(lk_auth_new(&d.auth, d.host, &d.login, &profile,
				     &d.err), 0);
	lk_auth_begin(d.auth, &d.facts, d.offered);
	while (turn(&d))
		;
	dialogue_close(&d);
	assert_string_equal(d.said, "AUTH LOGIN|RECONNECT|AUTH LOGIN " USER64
			    "|" PASSWORD64);
}

static void
test_plain_in_two_steps(void **state)
{
	struct dialogue d;

	dialogue_init(&d, *state);
	d.offered = "PLAIN";
	dialogue_run(&d, "501 5.5.4 syntax|334 |235 ok");
	assert_non_null(strstr(d.said, "|AUTH PLAIN|"));
	assert_string_equal(d.result.id, "plain");
	assert_int_equal(d.result.initial_response, 0);
	assert_int_equal(charged(*state), 0);
	/* the form is learnt */
	dialogue_run(&d, "334 |235 ok");
	assert_memory_equal(d.said, "AUTH PLAIN|", 11);
	/* a refusal forgets it */
	dialogue_run(&d, "334 |535 no");
	d.password = "another-password";
	dialogue_run(&d, "235 ok");
	assert_memory_equal(d.said, "AUTH PLAIN A", 12);
}

static void
test_ir_never(void **state)
{
	static const char *const params[] = { "plain.ir=never", NULL };
	struct dialogue d;

	dialogue_init(&d, *state);
	d.offered = "PLAIN";
	d.login.params = params;
	dialogue_run(&d, "334 |235 ok");
	assert_memory_equal(d.said, "AUTH PLAIN|", 11);
}

/* ---- what is told ------------------------------------------------------- */

static void
test_one_message(void **state)
{
	struct dialogue d;

	dialogue_init(&d, *state);
	d.offered = "LOGIN PLAIN X-OTHER";
	d.login.failure_budget = 3;
	dialogue_run(&d, "535 5.7.8 Authentication failed: "
		     PASSWORD "|334 VXNlcm5hbWU6|334 UGFzc3dvcmQ6|"
		     "535 5.7.8 bad " PASSWORD64);
	assert_int_equal(d.err.cls, LK_E_CREDENTIALS);
	assert_int_equal(d.err.stage, LK_STAGE_LOGIN);
	assert_int_equal(d.err.code, 535);
	assert_string_equal(d.err.enhanced, "5.7.8");
	assert_string_equal(d.err.mech, "login");
	assert_non_null(strstr(d.err.sentence, "authentication failed for "
			       USER " at " HOST ":587"));
	assert_non_null(strstr(d.err.sentence, "it offers LOGIN PLAIN"));
	assert_non_null(strstr(d.err.sentence, "\nplain: "));
	assert_non_null(strstr(d.err.sentence, "\nlogin: "));
	assert_non_null(strstr(d.err.sentence, "\nlogin-ir: not tried: login "
			       "says LOGIN, too"));
	assert_non_null(strstr(d.err.advice, "-o auth=login-ir"));
}

static void
test_nothing_may_be_tried(void **state)
{
	static const struct {
		uint32_t flags;
		const char *offered, *secrets, *auth, *peer;
		int32_t cls;
		int exit;
		const char *sentence, *advice;
	} rows[] = {
		{ 0, "LOGIN PLAIN", "password", NULL, NULL, LK_E_ENCRYPTION,
		  69, "unencrypted connection for", "-o tls=starttls" },
		{ 0, "LOGIN PLAIN", "password", NULL, NULL, LK_E_ENCRYPTION,
		  69, "\nlogin: plaintext mechanism on an unencrypted "
		  "connection", "insecure-plaintext=yes" },
		{ LK_FACT_ENCRYPTED, "LOGIN", "password", NULL, NULL,
		  LK_E_CERTIFICATE, 69, "was not verified", "-o ca=FILE" },
		{ TLS, "X-NONE", "password", NULL, NULL, LK_E_NO_MECH, 69,
		  "it offers X-NONE\n", "install a plugin" },
		{ TLS, "", "password", NULL, NULL, LK_E_NO_MECH, 69,
		  "it offers no mechanism\n", "" },
		{ TLS, "PLAIN", "", NULL, NULL, LK_E_NOPROP, 78,
		  "\nplain: no password source", "-o password-from=prompt" },
		{ TLS, "LOGIN", "password", "plain", NULL, LK_E_NO_MECH, 69,
		  "\nplain: not offered by the server", "-o auth=login" },
		{ TLS, "PLAIN", "password", NULL, "mx.example.net",
		  LK_E_HOST_NAME, 69, "wrong host name: the server is "
		  "mx.example.net", "-o host=mx.example.net" },
	};
	struct dialogue d;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		dialogue_init(&d, *state);
		d.facts.flags = rows[i].flags;
		d.facts.peer_name = rows[i].peer;
		d.offered = rows[i].offered;
		d.login.secrets = rows[i].secrets;
		d.login.auth = rows[i].auth;
		dialogue_run(&d, "");
		assert_string_equal(d.said, "");
		assert_int_equal(d.err.cls, rows[i].cls);
		assert_int_equal(lk_error_exit(d.err.cls), rows[i].exit);
		if (!strstr(d.err.sentence, rows[i].sentence))
			fail_msg("row %zu: %s", i, d.err.sentence);
		if (!strstr(d.err.advice, rows[i].advice))
			fail_msg("row %zu: advice %s", i, d.err.advice);
	}
}

static void
test_name_of_the_peer(void **state)
{
	struct dialogue d;

	dialogue_init(&d, *state);
	d.offered = "PLAIN";
	d.facts.peer_name = "SMTP.Example.COM";
	dialogue_run(&d, "235 ok");
	assert_int_equal(d.err.cls, 0);
}

static void
test_starts_tls(void **state)
{
	struct dialogue d;

	dialogue_init(&d, *state);
	d.facts.flags = LK_FACT_TLS_OFFERED;
	d.offered = "";
	d.after_tls = "PLAIN";
	dialogue_run(&d, "235 ok");
	assert_memory_equal(d.said, "TLS|AUTH PLAIN ", 15);

	dialogue_init(&d, *state);
	d.facts.flags = LK_FACT_TLS_OFFERED | LK_FACT_TLS_REQUIRED;
	d.login.flags = LK_LOGIN_INSECURE_PLAINTEXT;
	d.offered = "PLAIN";
	dialogue_run(&d, "235 ok");
	assert_memory_equal(d.said, "TLS|AUTH PLAIN ", 15);
}

/* A program that goes on without TLS is not asked for ever. */
static void
test_tls_that_does_not_start(void **state)
{
	struct lk_auth_want w = { .size = sizeof(w) };
	struct dialogue d;

	dialogue_init(&d, *state);
	d.facts.flags = LK_FACT_TLS_OFFERED;
	d.offered = "PLAIN";
	dialogue_open(&d, "");
	lk_auth_begin(d.auth, &d.facts, d.offered);
	lk_auth_want(d.auth, &w);
	assert_int_equal(w.kind, LK_AUTH_START_TLS);
	lk_auth_begin(d.auth, &d.facts, d.offered);
	lk_auth_want(d.auth, &w);
	assert_int_equal(w.kind, LK_AUTH_STOP);
	dialogue_close(&d);
	assert_int_equal(d.err.cls, LK_E_ENCRYPTION);
}

/* The message tells of the refusal that came by wire, not of what was passed
 * over after it. */
static void
test_main_reason(void **state)
{
	struct dialogue d;

	dialogue_init(&d, *state);
	d.offered = "LOGIN PLAIN";
	d.login.failure_budget = 1;
	dialogue_run(&d, "535 5.7.8 no");
	assert_int_equal(d.err.cls, LK_E_CREDENTIALS);
	assert_int_equal(d.err.code, 535);
	assert_string_equal(d.err.mech, "plain");
	assert_string_equal(d.err.text, "5.7.8 no");
	assert_non_null(strstr(d.err.sentence, "\nlogin: the server refused "
			       "this secret 0 s ago"));
	assert_non_null(strstr(d.err.advice, "check the user name"));
}

#define T(name) cmocka_unit_test_setup_teardown(name, plugins_host, free_host)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_report),
		T(test_usual_login),
		T(test_cancel_is_not_understood),
		T(test_no_cancel_in_the_protocol),
		T(test_plain_in_two_steps),
		T(test_ir_never),
		T(test_one_message),
		T(test_nothing_may_be_tried),
		T(test_name_of_the_peer),
		T(test_starts_tls),
		T(test_tls_that_does_not_start),
		T(test_main_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
