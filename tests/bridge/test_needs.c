/* What a mechanism needs is what a program is asked for, and nothing else; and
 * all that a login needs of the file system was read when the program began.
 * SPDX-License-Identifier: MIT */
#include "program.h"

#define ROUNDS 4

/* Which of them the program answers; 0: it knows of none. */
#define NAME 1
#define ACT 2
#define PASS 4

static const struct {
	unsigned long id;
	unsigned bit;
	const char *answer;
} questions[] = {
	{ SASL_CB_AUTHNAME, NAME, "alice" },
	{ SASL_CB_USER, ACT, "" },
	{ SASL_CB_PASS, PASS, SECRET },
};

/* ---- by prompts ----------------------------------------------------------- */

static unsigned
answer(sasl_interact_t *p)
{
	unsigned asked = 0;
	size_t i;

	for (; p->id != SASL_CB_LIST_END; p++)
		for (i = 0; i < sizeof(questions) / sizeof(*questions); i++)
			if (questions[i].id == p->id) {
				asked |= questions[i].bit;
				p->result = questions[i].answer;
				p->len = (unsigned)strlen(p->result);
			}
	return asked;
}

/* Begins a login of a program that can be asked for `knows`; what it was asked
 * for, and how that ended. */
static unsigned
begin(const char *host, const char *wire, unsigned knows, int *code)
{
	sasl_callback_t list[4] = { { SASL_CB_LIST_END, NULL, NULL } };
	sasl_interact_t *prompts = NULL;
	const char *out = NULL;
	sasl_conn_t *conn;
	unsigned len = 0, asked = 0;
	size_t i, n = 0;
	int rounds = 0;

	for (i = 0; i < sizeof(questions) / sizeof(*questions); i++)
		if (knows & questions[i].bit)
			list[n++].id = questions[i].id;
	list[n].id = SASL_CB_LIST_END;
	conn = client_new(host, list);
	while ((*code = sasl_client_start(conn, wire, &prompts, &out, &len,
					  NULL)) == SASL_INTERACT) {
		assert_in_range(++rounds, 1, ROUNDS);
		asked |= answer(prompts);
	}
	sasl_dispose(&conn);
	return asked;
}

static const struct {
	const char *wire, *host;
	unsigned knows, asked;
	int code;
} rows[] = {
	{ "PLAIN", "mail.example", NAME | ACT | PASS, NAME | ACT | PASS,
	  SASL_OK },
	{ "SCRAM-SHA-256", "mail.example", NAME | ACT | PASS,
	  NAME | ACT | PASS, SASL_CONTINUE },
	{ "TICKET", "mail.example", NAME | ACT | PASS, NAME | ACT,
	  SASL_CONTINUE },
	{ "XOAUTH2", "mail.example", NAME | ACT | PASS, NAME | ACT | PASS,
	  SASL_CONTINUE },
	/* an account has it */
	{ "XOAUTH2", "token.example", NAME | ACT | PASS, NAME | ACT,
	  SASL_CONTINUE },
	{ "XOAUTH2", "token.example", NAME | ACT, NAME | ACT, SASL_CONTINUE },
	{ "XOAUTH2", "mail.example", NAME | ACT, NAME | ACT, SASL_FAIL },
	{ "TICKET", "mail.example", 0, 0, SASL_CONTINUE },
	/* who can say no password is not offered what takes one */
	{ "PLAIN", "mail.example", NAME | ACT, 0, SASL_NOMECH },
	{ "LOGIN SCRAM-SHA-256 CRAM-MD5", "mail.example", NAME | ACT, 0,
	  SASL_NOMECH },
	{ "PLAIN TICKET", "mail.example", NAME | ACT, NAME | ACT,
	  SASL_CONTINUE },
	/* but one that would do with something else */
	{ "CODE", "mail.example", NAME | ACT, NAME | ACT, SASL_FAIL },
};

static void
test_asked(void **state)
{
	unsigned asked;
	size_t i;
	int code;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		*lines = '\0';
		asked = begin(rows[i].host, rows[i].wire, rows[i].knows,
			      &code);
		if (asked != rows[i].asked || code != rows[i].code)
			fail_msg("row %d: %#x was asked for: %d: %s", (int)i,
				 asked, code, lines);
	}
}

/* ---- a certificate --------------------------------------------------------- */

/* It is the program's own, which tells whom it is for. */
static void
test_certificate(void **state)
{
	static const struct {
		const char *whom, *as, *out;
	} shown[] = { { "alice", NULL, "" }, { "alice", "bob", "bob" },
		      { "cn=nobody here has a name", "", "" },
		      { NULL, NULL, NULL } };
	const char *out;
	sasl_conn_t *conn;
	unsigned len;
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < sizeof(shown) / sizeof(*shown); i++) {
		*lines = '\0';
		as = shown[i].as;
		name = as && !*as ? "" : "alice";
		conn = client_new("mail.example", callbacks);
		sasl_setprop(conn, SASL_AUTH_EXTERNAL, shown[i].whom);
		out = NULL;
		len = 0;
		r = sasl_client_start(conn, "EXTERNAL", NULL, &out, &len,
				      NULL);
		if ((r == SASL_OK) != !!shown[i].out || !out != !shown[i].out)
			fail_msg("row %d: %d: %s", (int)i, r, lines);
		if (out) {
			assert_int_equal(len, strlen(shown[i].out));
			assert_memory_equal(out, shown[i].out, len);
		}
		sasl_dispose(&conn);
	}
	as = NULL;
	name = "alice";
	assert_part(lines, "no client certificate");
	assert_part(lines, "the program's own TLS");
	assert_null(strstr(lines, "-o "));
}

/* ---- nothing is counted ------------------------------------------------------ */

/* Elsewhere a login waits for another one that tries the same secret; here
 * nobody would tell it how that went.  Nothing is known of this host yet. */
static void
test_beside_each_other(void **state)
{
	sasl_conn_t *conns[2];
	const char *out;
	unsigned len;
	size_t i;
	int r[2];

	(void)state;
	*lines = '\0';
	for (i = 0; i < 2; i++) {
		conns[i] = client_new("new.example", callbacks);
		r[i] = sasl_client_start(conns[i], "SCRAM-SHA-256", NULL, &out,
					 &len, NULL);
	}
	for (i = 0; i < 2; i++)
		sasl_dispose(&conns[i]);
	if (r[0] != SASL_CONTINUE || r[1] != SASL_CONTINUE)
		fail_msg("%d, %d: %s", r[0], r[1], lines);
}

/* ---- nothing is read any more ----------------------------------------------- */

static void
test_no_files(void **state)
{
	char plugins[128], path[512];
	int code;

	(void)state;
	sasl_client_done();
	snprintf(plugins, sizeof(plugins), "%s/v0", place);
	assert_int_equal(symlink(LK_TEST_PLUGIN_DIR, plugins), 0);
	snprintf(path, sizeof(path), "%s", getenv("LATCHKEY_PLUGIN_PATH"));
	setenv("LATCHKEY_PLUGIN_PATH", plugins, 1);
	client_init();
	/* as in a chroot */
	unlink(plugins);
	begin("mail.example", "PLAIN", NAME | ACT | PASS, &code);
	if (code != SASL_OK)
		fail_msg("%d: %s", code, lines);
	begin("token.example", "XOAUTH2", NAME | ACT, &code);
	if (code != SASL_CONTINUE)
		fail_msg("%d: %s", code, lines);
	setenv("LATCHKEY_PLUGIN_PATH", path, 1);
}

static int
up(void **state)
{
	char text[256];

	(void)state;
	make_files();
	put("token", "a-kept-token\n");
	snprintf(text, sizeof(text), "[account tok]\nhost = token.example\n"
		 "user = alice\ntoken-from = file:%s/token\n", place);
	put("latchkey.conf", text);
	put("bridge.conf", "mechs = plain login cram-md5 scram-sha-256 "
	    "external xoauth2 ticket code\ntls = trusted\naccounts = tok\n");
	put("mechs.d/scripted.conf", "code.script = start:lease=otp,done\n"
	    "ticket.script = start:emit=mine\n");
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
		cmocka_unit_test(test_asked),
		cmocka_unit_test(test_certificate),
		cmocka_unit_test(test_beside_each_other),
		cmocka_unit_test(test_no_files),
	};

	return cmocka_run_group_tests(tests, up, down);
}
