/* Logins of a program of libsasl2, step by step: what it has to send, what it
 * is told. SPDX-License-Identifier: MIT */
#include "program.h"

#define OVER ((const char *)1)      /* the server says that it is done: nothing
				       at all is handed to libsasl2 */
#define TURNS 8

static const struct row {
	const char *wire, *host;
	const char *turns[TURNS];   /* ours, the server's, ours...; the last
				       answer may be NULL: none */
	int n;                      /* of turns */
	int code;                   /* of the last step; the others go on */
	const char *line;           /* in the log, or NULL */
} rows[] = {
	/* LOGIN, by either form */
	{ "LOGIN", "mail.example",
	  { NULL, "Username:", "alice", "Password:", SECRET }, 5, SASL_OK,
	  NULL },
	{ "LOGIN", "mail.example", { NULL, "", "alice", "", SECRET }, 5,
	  SASL_OK, NULL },
	{ "LOGIN", "mail.example", { NULL, "Password:" }, 2, SASL_FAIL,
	  "in bridge.conf: [host mail.example] auth = login-ir" },
	{ "LOGIN", "mail.example",
	  { NULL, "Username:", "alice", "Username:" }, 4, SASL_FAIL,
	  "asked for the user name again" },
	{ "LOGIN", "IR.example", { "alice", "Password:", SECRET }, 3, SASL_OK,
	  NULL },
	{ "LOGIN", "ir.example", { "alice", OVER }, 2, SASL_BADPROT, NULL },
	/* by the account's own `auth` */
	{ "LOGIN", "account.example", { "alice", "Password:", SECRET }, 3,
	  SASL_OK, NULL },
	{ "PLAIN", "ir.example", { NULL }, 0, SASL_FAIL,
	  "[host ir.example]: auth = login-ir is not PLAIN" },
	{ "PLAIN", "mail.example", { "\0alice\0" SECRET }, 1, SASL_OK, NULL },
	/* tokens: over TLS alone, and the server's words are not lost */
	{ "XOAUTH2", "mail.example", { NULL }, 0, SASL_ENCRYPT,
	  "in bridge.conf: [host mail.example] tls = trusted" },
	{ "XOAUTH2", "tls.example",
	  { "user=alice\1auth=Bearer " SECRET "\1\1", OVER, "" }, 3, SASL_OK,
	  NULL },
	{ "XOAUTH2", "tls.example",
	  { "user=alice\1auth=Bearer " SECRET "\1\1",
	    "{\"status\":\"401\",\"schemes\":\"bearer\"}", "" }, 3,
	  SASL_CONTINUE, NULL },
	{ "XOAUTH2", "tls.example",
	  { "user=alice\1auth=Bearer " SECRET "\1\1",
	    "{\"status\":\"401\"}", "", OVER }, 4, SASL_BADSERV,
	  "accepts what it had begun to refuse" },
	/* by the account that is named, read when the program began */
	{ "XOAUTH2", "token.example",
	  { "user=alice\1auth=Bearer a-kept-token\1\1", OVER, "" }, 3,
	  SASL_OK, NULL },
	{ "XOAUTH2", "named.example",
	  { "user=alice\1auth=Bearer a-kept-token\1\1", OVER, "" }, 3,
	  SASL_OK, NULL },
	/* whatever a mechanism does */
	{ "SCRIPTED", "mail.example", { "one", "a", "two" }, 3, SASL_OK, NULL },
	{ "MUTUAL", "mail.example", { "one", OVER }, 2, SASL_BADSERV, NULL },
	{ "SLOW", "mail.example", { "late", "x", "later" }, 3, SASL_OK, NULL },
	{ "TICKET", "mail.example", { "mine", OVER, "" }, 3, SASL_OK, NULL },
	{ "TICKET", "mail.example", { "mine", "more", "much" }, 3,
	  SASL_CONTINUE, NULL },
	/* hostile */
	{ "LOGIN", "mail.example",
	  { NULL, "\xff\xfe\r\n%n%s", "alice", "\1\2", SECRET }, 5, SASL_OK,
	  NULL },
	{ "SCRAM-SHA-256", "mail.example", { "n,,n=alice,r=", "r=x,s=,i=1" },
	  2, SASL_BADSERV, NULL },
	{ "CRAM-MD5", "mail.example", { NULL, "" }, 2, SASL_FAIL,
	  "the server's challenge is empty" },
};

static const char accounts[] =
	"[account tok]\nhost = token.example\nuser = alice\n"
	"token-from = file:%s/token\n"
	"[account acc]\nhost = account.example\nuser = alice\n"
	"auth = plain login-ir\n";

static const char bridge[] =
	"mechs = login login-ir\n"
	"[program test_bridge]\n"
	"mechs = login login-ir plain cram-md5 scram-sha-256 xoauth2 scripted "
	"mutual slow ticket sasl-plain\n"
	"accounts = tok\n"
	"[program somebody-else]\nmechs = nothing\n"
	"[host ir.example]\nauth = login-ir\n"
	"[host tls.example]\ntls = trusted\n"
	"[host token.example]\ntls = trusted\n"
	"[host named.example]\naccount = tok\ntls = trusted\n";

static const char scripts[] =
	"scripted.script = start:emit=one c:emit=two,lease=password,done\n"
	"mutual.script = start:emit=one,lease=password s:protocol\n"
	"slow.script = start:wait=20,emit=late,lease=password "
	"c:wait=20,emit=later,done\n"
	"ticket.script = start:emit=mine c:emit=much\n";

static void
write_files(void)
{
	char text[512];

	make_files();
	snprintf(text, sizeof(text), accounts, place);
	put("latchkey.conf", text);
	put("bridge.conf", bridge);
	put("mechs.d/scripted.conf", scripts);
	put("token", "a-kept-token\n");
}

static int
up(void **state)
{
	char path[128];

	(void)state;
	write_files();
	client_init();
	/* what was read is read: a chroot would not show it any more */
	snprintf(path, sizeof(path), "%s/token", place);
	unlink(path);
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

/* ---- the rows --------------------------------------------------------------- */

static void
check_out(size_t i, int turn, const char *wanted, const char *out,
	  unsigned len)
{
	size_t n = wanted ? strlen(wanted) : 0;

	/* the one that begins with a NUL */
	if (wanted && rows[i].turns[0] == wanted && *wanted == '\0' &&
	    strcmp(rows[i].wire, "PLAIN") == 0)
		n = sizeof("\0alice\0" SECRET) - 1;
	/* the rest is random */
	if (wanted && strcmp(rows[i].wire, "SCRAM-SHA-256") == 0 && len > n)
		len = (unsigned)n;
	if (!wanted != !out || len != n || (n && memcmp(out, wanted, n) != 0))
		fail_msg("row %d, turn %d: \"%.*s\"", (int)i, turn, (int)len,
			 out ? out : "(none)");
}

static int
play(size_t i)
{
	const struct row *row = &rows[i];
	sasl_conn_t *conn = client_new(row->host, callbacks);
	const char *out = NULL, *in;
	unsigned len = 0;
	int turn, r;

	r = sasl_client_start(conn, row->wire, NULL, &out, &len, NULL);
	for (turn = 0; turn < row->n; turn++) {
		if (turn % 2 == 0) {
			check_out(i, turn, row->turns[turn], out, len);
			continue;
		}
		if (r != SASL_CONTINUE)
			fail_msg("row %d, turn %d: %d: %s", (int)i, turn, r,
				 lines);
		in = row->turns[turn] == OVER ? NULL : row->turns[turn];
		r = sasl_client_step(conn, in, in ? (unsigned)strlen(in) : 0,
				     NULL, &out, &len);
	}
	sasl_dispose(&conn);
	return r;
}

static void
test_rows(void **state)
{
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		*lines = '\0';
		r = play(i);
		if (r != rows[i].code)
			fail_msg("row %d: %d: %s", (int)i, r, lines);
		if (rows[i].line)
			assert_part(lines, rows[i].line);
		if (strstr(lines, SECRET) || strstr(lines, "kept-token"))
			fail_msg("row %d: a secret is in the log: %s", (int)i,
				 lines);
	}
}

/* ---- more than one ----------------------------------------------------------- */

/* A login whose end libsasl2 was never told of holds nobody up. */
static void
test_beside(void **state)
{
	sasl_conn_t *first = client_new("tls.example", callbacks);
	sasl_conn_t *second = client_new("tls.example", callbacks);
	const char *out;
	unsigned len;

	(void)state;
	assert_int_equal(sasl_client_start(first, "XOAUTH2", NULL, &out, &len,
					   NULL), SASL_CONTINUE);
	assert_int_equal(sasl_client_start(second, "XOAUTH2", NULL, &out, &len,
					   NULL), SASL_CONTINUE);
	assert_int_equal(sasl_client_step(second, NULL, 0, NULL, &out, &len),
			 SASL_OK);
	assert_int_equal(sasl_client_step(first, NULL, 0, NULL, &out, &len),
			 SASL_OK);
	sasl_dispose(&first);
	sasl_dispose(&second);
}

/* ---- who asks by prompts ------------------------------------------------------ */

static const sasl_callback_t prompted[] = {
	{ SASL_CB_AUTHNAME, NULL, NULL }, { SASL_CB_USER, NULL, NULL },
	{ SASL_CB_PASS, NULL, NULL }, { SASL_CB_LIST_END, NULL, NULL },
};

static void
test_prompts(void **state)
{
	sasl_conn_t *conn = client_new("ir.example", prompted);
	sasl_interact_t *prompts = NULL, *p;
	const char *out = NULL;
	unsigned len = 0;
	int r, rounds = 0;

	(void)state;
	while ((r = sasl_client_start(conn, "LOGIN", &prompts, &out, &len,
				      NULL)) == SASL_INTERACT) {
		assert_in_range(++rounds, 1, 2);
		for (p = prompts; p->id != SASL_CB_LIST_END; p++) {
			p->result = p->id == SASL_CB_PASS ? SECRET
				: p->id == SASL_CB_AUTHNAME ? "bob" : "";
			p->len = (unsigned)strlen(p->result);
		}
	}
	assert_int_equal(r, SASL_CONTINUE);
	assert_int_equal(rounds, 2);
	assert_string_equal(out, "bob");
	r = sasl_client_step(conn, "Password:", 9, &prompts, &out, &len);
	assert_int_equal(r, SASL_OK);
	assert_string_equal(out, SECRET);
	sasl_dispose(&conn);
	/* who goes away between them */
	conn = client_new("ir.example", prompted);
	prompts = NULL;
	assert_int_equal(sasl_client_start(conn, "LOGIN", &prompts, &out, &len,
					   NULL), SASL_INTERACT);
	free(prompts);
	sasl_dispose(&conn);
}

/* libsasl2 would say the user of this process. */
static void
test_nobody(void **state)
{
	static const sasl_callback_t pass_only[] = {
		{ SASL_CB_PASS, PROC(on_secret), NULL },
		{ SASL_CB_LIST_END, NULL, NULL },
	};
	sasl_conn_t *conn = client_new("mail.example", pass_only);
	const char *out = NULL;
	unsigned len = 0;

	(void)state;
	setenv("USER", "somebody", 1);
	*lines = '\0';
	assert_int_not_equal(sasl_client_start(conn, "PLAIN", NULL, &out, &len,
					       NULL), SASL_OK);
	assert_null(out);
	assert_part(lines, "does not say who logs in");
	sasl_dispose(&conn);
}

/* ---- as somebody else ---------------------------------------------------------- */

static void
test_authzid(void **state)
{
	static const char plain[] = "bob\0alice\0" SECRET;
	sasl_conn_t *conn = client_new("mail.example", callbacks);
	const char *out = NULL;
	unsigned len = 0;

	(void)state;
	as = "bob";
	assert_int_equal(sasl_client_start(conn, "PLAIN", NULL, &out, &len,
					   NULL), SASL_OK);
	assert_int_equal(len, sizeof(plain) - 1);
	assert_memory_equal(out, plain, len);
	sasl_dispose(&conn);
	conn = client_new("ir.example", callbacks);
	*lines = '\0';
	assert_int_not_equal(sasl_client_start(conn, "LOGIN", NULL, &out, &len,
					       NULL), SASL_CONTINUE);
	assert_part(lines, "cannot log in as somebody else");
	sasl_dispose(&conn);
	as = NULL;
}

/* ---- flags ---------------------------------------------------------------------- */

static void
test_flags(void **state)
{
	static const sasl_security_properties_t no_plaintext = {
		.security_flags = SASL_SEC_NOPLAINTEXT,
	};
	sasl_conn_t *conn = client_new("tls.example", callbacks);
	const char *out = NULL, *chosen = NULL;
	unsigned len = 0;

	(void)state;
	sasl_setprop(conn, SASL_SEC_PROPS, &no_plaintext);
	assert_int_equal(sasl_client_start(conn, "PLAIN LOGIN XOAUTH2", NULL,
					   &out, &len, &chosen), SASL_NOMECH);
	assert_int_equal(sasl_client_start(conn, "PLAIN SCRAM-SHA-256 LOGIN",
					   NULL, &out, &len, &chosen),
			 SASL_CONTINUE);
	assert_string_equal(chosen, "SCRAM-SHA-256");
	sasl_dispose(&conn);
	/* what goes through libsasl2 is not for libsasl2 */
	conn = client_new("tls.example", callbacks);
	assert_int_equal(sasl_client_start(conn, "DIGEST-MD5 SCRAM-SHA-1",
					   NULL, &out, &len, NULL),
			 SASL_NOMECH);
	sasl_dispose(&conn);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_beside),
		cmocka_unit_test(test_prompts),
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_authzid),
		cmocka_unit_test(test_flags),
	};

	return cmocka_run_group_tests(tests, up, down);
}
