/* A program that begins and ends, with files that are right and wrong.
 * SPDX-License-Identifier: MIT */
#include <latchkey/host.h>

#include "program.h"

#include <sys/wait.h>

static int
has_plain(void)
{
	sasl_conn_t *conn = client_new("mail.example", callbacks);
	const char *out = NULL;
	unsigned len = 0;
	int r = sasl_client_start(conn, "PLAIN", NULL, &out, &len, NULL);

	sasl_dispose(&conn);
	return r == SASL_OK;
}

static void
restart(const char *file, const char *text)
{
	sasl_client_done();
	put(file, text);
	client_init();
}

static void
test_again(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		restart("bridge.conf", "mechs = plain\n");
		assert_true(has_plain());
		assert_string_equal(lines, "");
	}
	restart("bridge.conf", "");
	assert_true(has_plain());
}

static void
test_broken(void **state)
{
	static const struct {
		const char *file, *text, *line;
	} broken[] = {
		{ "bridge.conf", "mechs = plain\nmech = x\n",
		  "bridge.conf:2: unknown key \"mech\"" },
		{ "bridge.conf", "tls = maybe\n", "neither trusted nor" },
		{ "bridge.conf", "[provider x]\na = b\n", "unknown section" },
		{ "bridge.conf", "[host x]\nmechs = b\n", "unknown key" },
		{ "bridge.conf", "mechs = a\nmechs = b\n", "said twice" },
		{ "latchkey.conf", "[account x]\nhots = y\n",
		  "latchkey.conf:2: " },
		{ "bridge.conf", "mechs =\n", "" },
		{ "bridge.conf", "mechs = no-such-one\n", "" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		restart(broken[i].file, broken[i].text);
		assert_part(lines, broken[i].line);
		assert_false(has_plain());
		put("latchkey.conf", "");
		put("bridge.conf", "");
	}
	/* an account that is not there costs its token alone */
	restart("bridge.conf", "mechs = plain\naccounts = nobody\n");
	assert_part(lines, "nobody");
	assert_true(has_plain());
}

/* Many programs leave their terminal after libsasl2 has begun. */
static void
test_child(void **state)
{
	int status = 0;
	pid_t pid;

	(void)state;
	restart("bridge.conf", "mechs = plain\n");
	pid = fork();
	if (pid == 0)
		_exit(has_plain() ? 0 : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_true(has_plain());
}

/* ---- what the command has learnt ----------------------------------------- */

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
say(struct lk_auth *auth, int32_t code, const char *text)
{
	struct lk_reply reply = { .size = sizeof(reply), .code = code,
				  .enhanced = "" };

	reply.text.data = (const unsigned char *)text;
	reply.text.len = strlen(text);
	if (code == 334)
		reply.raw = reply.text;
	lk_auth_sent(auth);
	lk_auth_reply(auth, &reply);
}

static void
log_in(const char *state_dir)
{
	const struct lk_host_options options = {
		.size = sizeof(options), .state_dir = state_dir,
	};
	const struct lk_login login = {
		.size = sizeof(login), .host = "learnt.example", .port = 587,
		.user = "alice", .auth = "login-ir", .secrets = LK_P_PASSWORD,
		.secret = give,
	};
	const struct lk_facts facts = {
		.size = sizeof(facts), .peer_name = "learnt.example",
		.flags = LK_FACT_ENCRYPTED | LK_FACT_VERIFIED,
	};
	struct lk_auth *auth = NULL;
	struct lk_auth_want want = { .size = sizeof(want) };
	struct lk_host *host = NULL;
	struct lk_error err;

	if (lk_host_new(&host, &options, &err) < 0 ||
	    lk_auth_new(&auth, host, &login, lk_profile_smtp(), &err) < 0)
		fail_msg("%s", err.sentence);
	lk_auth_begin(auth, &facts, "LOGIN");
	say(auth, 334, "UGFzc3dvcmQ6");
	say(auth, 235, "yes");
	lk_auth_want(auth, &want);
	if (want.kind != LK_AUTH_DONE)
		fail_msg("%s", lk_auth_error(auth)->sentence);
	lk_auth_free(auth);
	lk_host_free(host);
}

/* Does it send the name with the command? */
static int
sends_name(const char *host)
{
	sasl_conn_t *conn = client_new(host, callbacks);
	const char *out = NULL;
	unsigned len = 0;

	assert_int_equal(sasl_client_start(conn, "LOGIN", NULL, &out, &len,
					   NULL), SASL_CONTINUE);
	len = out != NULL;
	sasl_dispose(&conn);
	return (int)len;
}

static void
test_learnt(void **state)
{
	char path[128], text[256];

	(void)state;
	snprintf(path, sizeof(path), "%s/state", place);
	log_in(path);
	put("latchkey.conf", "[account a]\nhost = learnt.example\n"
	    "user = alice\n[account b]\nhost = other.example\n"
	    "user = alice\n");
	snprintf(text, sizeof(text), "mechs = login login-ir\nstate = %s\n",
		 path);
	restart("bridge.conf", text);
	assert_true(sends_name("learnt.example"));
	assert_false(sends_name("other.example"));
	put("latchkey.conf", "");
	restart("bridge.conf", "mechs = login login-ir\n");
	assert_false(sends_name("learnt.example"));
}

static int
up(void **state)
{
	(void)state;
	make_files();
	client_init();
	return 0;
}

static int
down(void **state)
{
	(void)state;
	sasl_client_done();
	remove_files();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_child),
		cmocka_unit_test(test_learnt),
	};

	return cmocka_run_group_tests(tests, up, down);
}
