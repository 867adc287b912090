/* Whole logins over POP3, ManageSieve and LDAP; IMAP has tests of its own.
 * SPDX-License-Identifier: MIT */
#include "dialogue.h"

#define PLAIN64 "AGNvc3RhQGFtYXhpdC5uZXQAMTk4MjIxNC1zZWNyZXQ="
#define NAME64 "VXNlcm5hbWU6"
#define PASS64 "UGFzc3dvcmQ6"

/* Replies as lines; of LDAP a code and perhaps, behind a blank, its octets.
 * What is said of LDAP has the name of the mechanism before it. */
static const struct row {
	const char *name;
	const struct lk_profile *(*profile)(void);
	const char *offered, *server, *said;
	int32_t cls;
	const char *winner;
	int32_t ir;
} rows[] = {
	{ "pop3", lk_profile_pop3, "PLAIN", "+OK Logged in.",
	  "AUTH PLAIN " PLAIN64, 0, "plain", 1 },
	{ "pop3, two steps", lk_profile_pop3, "PLAIN",
	  "-ERR Unknown AUTH command.|+ |+OK", "AUTH PLAIN " PLAIN64
	  "|AUTH PLAIN|" PLAIN64, 0, "plain", 0 },
	{ "pop3, refused", lk_profile_pop3, "PLAIN",
	  "-ERR [AUTH] Authentication failed.", "AUTH PLAIN " PLAIN64,
	  LK_E_CREDENTIALS, "", 0 },
	{ "pop3, for now", lk_profile_pop3, "PLAIN LOGIN",
	  "-ERR [SYS/TEMP] try again", "AUTH PLAIN " PLAIN64,
	  LK_E_TRANSIENT, "", 0 },
	{ "pop3, cancelled", lk_profile_pop3, "LOGIN",
	  "+ " PASS64 "|-ERR cancelled|+ " PASS64 "|+OK",
	  "AUTH LOGIN|*|AUTH LOGIN " USER64 "|" PASSWORD64, 0, "login-ir", 1 },
	{ "sieve", lk_profile_sieve, "PLAIN", "OK \"Logged in.\"",
	  "AUTHENTICATE \"PLAIN\" \"" PLAIN64 "\"", 0, "plain", 1 },
	{ "sieve, prompts", lk_profile_sieve, "LOGIN",
	  "\"" NAME64 "\"|{12}\r\n" PASS64 "|OK",
	  "AUTHENTICATE \"LOGIN\"|\"" USER64 "\"|\"" PASSWORD64 "\"", 0,
	  "login", 0 },
	{ "sieve, cancelled", lk_profile_sieve, "LOGIN",
	  "\"" PASS64 "\"|NO \"cancelled\"|\"" PASS64 "\"|OK",
	  "AUTHENTICATE \"LOGIN\"|\"*\"|AUTHENTICATE \"LOGIN\" \"" USER64
	  "\"|\"" PASSWORD64 "\"", 0, "login-ir", 1 },
	{ "sieve, refused", lk_profile_sieve, "PLAIN",
	  "NO \"Authentication failed.\"",
	  "AUTHENTICATE \"PLAIN\" \"" PLAIN64 "\"", LK_E_CREDENTIALS, "", 0 },
	{ "sieve, hung up with a word", lk_profile_sieve, "PLAIN LOGIN",
	  "BYE \"enough\"|\"" NAME64 "\"|\"" PASS64 "\"|OK",
	  "AUTHENTICATE \"PLAIN\" \"" PLAIN64 "\"|RECONNECT|AUTHENTICATE "
	  "\"LOGIN\"|\"" USER64 "\"|\"" PASSWORD64 "\"", 0, "login", 0 },
	{ "ldap", lk_profile_ldap, "PLAIN", "0",
	  "PLAIN (" USER "," PASSWORD ")", 0, "plain", 0 },
	{ "ldap, in turns", lk_profile_ldap, "LOGIN",
	  "14 Username:|14 Password:|0", "LOGIN (none)|LOGIN " USER "|LOGIN "
	  PASSWORD, 0, "login", 0 },
	{ "ldap, no such mechanism, and no other form of it",
	  lk_profile_ldap, "PLAIN", "7", "PLAIN (" USER "," PASSWORD ")",
	  LK_E_NO_MECH, "", 0 },
	{ "ldap, refused", lk_profile_ldap, "PLAIN", "49",
	  "PLAIN (" USER "," PASSWORD ")", LK_E_CREDENTIALS, "", 0 },
	{ "ldap, busy", lk_profile_ldap, "PLAIN LOGIN", "51",
	  "PLAIN (" USER "," PASSWORD ")", LK_E_TRANSIENT, "", 0 },
	{ "ldap has no cancel", lk_profile_ldap, "LOGIN",
	  "14 Password:|14 Password:|0", "LOGIN (none)|RECONNECT|LOGIN " USER
	  "|LOGIN " PASSWORD, 0, "login-ir", 0 },
};

/* Octets with a NUL in them as (a,b). */
static void
hear_client(struct dialogue *d, const struct lk_auth_want *w, bool is_ldap)
{
	char line[256];
	size_t n, i;

	n = (size_t)snprintf(line, sizeof(line), "%s%s",
			     is_ldap ? w->mech : "", is_ldap ? " " : "");
	if (!w->line.data)
		n += (size_t)snprintf(line + n, sizeof(line) - n, "(none)");
	for (i = 0; i < w->line.len; i++) {
		char c = (char)w->line.data[i];

		line[n++] = c ? c : i == 0 ? '(' : ',';
	}
	if (w->line.len && !w->line.data[0])
		line[n++] = ')';
	line[n] = '\0';
	add(d->said, sizeof(d->said), line);
	tell(d, w->shown);
	lk_auth_sent(d->auth);
}

static void
hear_server(struct dialogue *d, bool is_ldap)
{
	struct lk_reply r = { .size = sizeof(r), .enhanced = "" };
	char line[256];
	char *blank;

	next_reply(d, line, sizeof(line));
	if (!*line)
		fail_msg("no reply is left after: %s", d->said);
	blank = strchr(line, ' ');
	if (is_ldap) {
		r.code = (int32_t)strtol(line, NULL, 10);
		if (blank) {
			r.raw.data = (unsigned char *)blank + 1;
			r.raw.len = strlen(blank + 1);
		}
	} else {
		r.text.data = (unsigned char *)line;
		r.text.len = strlen(line);
	}
	lk_auth_reply(d->auth, &r);
	memset(line, 'X', sizeof(line));
}

static bool
go_on(struct dialogue *d, bool is_ldap)
{
	struct lk_auth_want w = { .size = sizeof(w) };

	lk_auth_want(d->auth, &w);
	if (w.kind == LK_AUTH_SEND)
		hear_client(d, &w, is_ldap);
	else if (w.kind == LK_AUTH_READ)
		hear_server(d, is_ldap);
	else
		return turn(d);
	return true;
}

static void
test_logins(void **state)
{
	struct dialogue d;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct row *r = &rows[i];
		const struct lk_profile *p = r->profile();

		dialogue_init(&d, new_host(PLUGINS));
		d.offered = r->offered;
		d.server = r->server;
		if (lk_auth_new(&d.auth, d.host, &d.login, p, &d.err) < 0)
			fail_msg("%s", d.err.sentence);
		lk_auth_begin(d.auth, &d.facts, d.offered);
		while (go_on(&d, p->flags & LK_PROFILE_BYTES))
			;
		dialogue_close(&d);
		if (strcmp(d.said, r->said) != 0)
			fail_msg("%s: said %s: %s", r->name, d.said,
				 d.err.sentence);
		if (d.err.cls != r->cls ||
		    strcmp(d.result.id, r->winner) != 0 ||
		    d.result.initial_response != r->ir)
			fail_msg("%s: %s, ir %d, class %d: %s", r->name,
				 d.result.id, (int)d.result.initial_response,
				 (int)d.err.cls, d.err.sentence);
		assert_string_equal(d.server, "");
		lk_host_free(d.host);
	}
}

/* A profile of a program's own must be whole. */
static void
test_profiles_of_programs(void **state)
{
	struct lk_profile p = *lk_profile_smtp();
	struct dialogue d;

	(void)state;
	dialogue_init(&d, new_host(PLUGINS));
	p.empty = NULL;
	assert_int_equal(lk_auth_new(&d.auth, d.host, &d.login, &p, &d.err),
			 -1);
	assert_int_equal(d.err.cls, LK_E_USAGE);
	p = *lk_profile_ldap();
	p.kind = NULL;
	assert_int_equal(lk_auth_new(&d.auth, d.host, &d.login, &p, &d.err),
			 -1);
	/* one that knows nothing of `data` */
	p = *lk_profile_smtp();
	p.size = offsetof(struct lk_profile, data);
	p.data = lk_profile_imap()->data;
	d.offered = "PLAIN";
	d.server = "235 ok";
	assert_int_equal(lk_auth_new(&d.auth, d.host, &d.login, &p, &d.err), 0);
	lk_auth_begin(d.auth, &d.facts, d.offered);
	while (turn(&d))
		;
	dialogue_close(&d);
	assert_int_equal(d.err.cls, 0);
	lk_host_free(d.host);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_logins),
		cmocka_unit_test(test_profiles_of_programs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
