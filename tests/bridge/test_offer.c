/* What is offered, and which of several libsasl2 takes, its own among them.
 * SPDX-License-Identifier: MIT */
#include "program.h"

#include <latchkey/host.h>

#include <sasl/saslplug.h>

#define OURS "latchkey-bridge"

/* The bridge before libsasl2's own plugins, and behind them. */
static char paths[2][512];

/* Some lose something where they end; these do not. */
static void
link_plugins(void)
{
	static const char *const names[] = {
		"anonymous", "crammd5", "digestmd5", "login", "ntlm", "plain",
		"scram",
	};
	char from[256], to[256], own[128];
	size_t i;

	snprintf(own, sizeof(own), "%s/own", place);
	assert_int_equal(mkdir(own, 0755), 0);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(from, sizeof(from), "%s/lib%s.so", LK_TEST_SASL_DIR,
			 names[i]);
		snprintf(to, sizeof(to), "%s/lib%s.so", own, names[i]);
		assert_int_equal(symlink(from, to), 0);
	}
	snprintf(paths[0], sizeof(paths[0]), "%s:%s", LK_TEST_BRIDGE_DIR, own);
	snprintf(paths[1], sizeof(paths[1]), "%s:%s", own, LK_TEST_BRIDGE_DIR);
}

static void
restart(const char *path, const char *text)
{
	sasl_client_done();
	put("bridge.conf", text);
	client_init_at(path);
	assert_string_equal(lines, "");
}

static int
start(const char *host, const char *offered, const char **wire,
      const char **whose, const char **out)
{
	static char kept_wire[32], kept_whose[64], kept_out[128];
	sasl_conn_t *conn = client_new(host, callbacks);
	const void *source = NULL;
	const char *got = NULL;
	unsigned len = 0;
	int r;

	*lines = '\0';
	*wire = NULL;
	r = sasl_client_start(conn, offered, NULL, &got, &len, wire);
	snprintf(kept_wire, sizeof(kept_wire), "%s", *wire ? *wire : "");
	sasl_getprop(conn, SASL_AUTHSOURCE, &source);
	snprintf(kept_whose, sizeof(kept_whose), "%s",
		 source ? (const char *)source : "");
	*wire = kept_wire;
	*whose = kept_whose;
	snprintf(kept_out, sizeof(kept_out), "%s", got ? got : "");
	*out = kept_out;
	sasl_dispose(&conn);
	return r;
}

/* ---- the order --------------------------------------------------------------- */

static const struct {
	const char *mechs, *offered, *wire, *whose;
} rows[] = {
	/* as shipped: a password goes before a token, in what is ours and in
	 * what only the program's library has */
	{ "*", "XOAUTH2 OAUTHBEARER PLAIN LOGIN", "PLAIN", OURS },
	{ "*", "OAUTHBEARER XOAUTH2 LOGIN", "LOGIN", OURS },
	{ "*", "XOAUTH2 CRAM-MD5 PLAIN", "CRAM-MD5", OURS },
	{ "*", "XOAUTH2 NTLM", "NTLM", "ntlm" },
	{ "*", "PLAIN XOAUTH2 SCRAM-SHA-1 SCRAM-SHA-256", "SCRAM-SHA-256",
	  "scram" },
	{ "*", "PLAIN DIGEST-MD5", "DIGEST-MD5", "digestmd5" },
	{ "*", "EXTERNAL", "EXTERNAL", "EXTERNAL" },
	{ "*", "ANONYMOUS LOGIN", "LOGIN", OURS },
	{ "*", "XOAUTH2", "XOAUTH2", OURS },
	/* by name: before all that is alike, one after the other */
	{ "xoauth2 *", "PLAIN LOGIN XOAUTH2 OAUTHBEARER", "XOAUTH2", OURS },
	{ "xoauth2", "PLAIN LOGIN XOAUTH2", "XOAUTH2", OURS },
	{ "login xoauth2 plain", "PLAIN XOAUTH2 LOGIN", "LOGIN", OURS },
	{ "* oauthbearer xoauth2", "XOAUTH2 OAUTHBEARER PLAIN", "OAUTHBEARER",
	  OURS },
	{ "scram-sha-256 *", "SCRAM-SHA-512 SCRAM-SHA-256 PLAIN",
	  "SCRAM-SHA-256", OURS },
	{ "scram-*", "SCRAM-SHA-384 SCRAM-SHA-256", "SCRAM-SHA-256", OURS },
	{ "external *", "EXTERNAL PLAIN", "EXTERNAL", OURS },
	{ "plain", "LOGIN PLAIN", "PLAIN", OURS },
	/* forbidden */
	{ "!login *", "LOGIN", "LOGIN", "login" },
};

static void
test_order(void **state)
{
	const char *wire, *whose, *out;
	char text[128];
	size_t i, j;

	(void)state;
	for (j = 0; j < sizeof(paths) / sizeof(paths[0]); j++)
		for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			snprintf(text, sizeof(text), "mechs = %s\n",
				 rows[i].mechs);
			restart(paths[j], text);
			start("mail.example", rows[i].offered, &wire, &whose,
			      &out);
			if (strcmp(wire, rows[i].wire) != 0 ||
			    strcmp(whose, rows[i].whose) != 0)
				fail_msg("mechs = %s, %s: %s of %s",
					 rows[i].mechs, rows[i].offered, wire,
					 whose);
		}
}

/* ---- the file that is installed ------------------------------------------------ */

static int missing;

static void
find_plug(client_sasl_mechanism_t *m, sasl_info_callback_stage_t stage,
	  void *ctx)
{
	const char **wire = ctx;

	if (stage == SASL_INFO_LIST_MECH && *wire &&
	    strcmp(m->plugname, OURS) == 0 &&
	    strcmp(m->plug->mech_name, *wire) == 0)
		*wire = NULL;
}

/* A name that ends in -PLUS is part of the one without to libsasl2. */
static int
check_offered(void *ctx, const struct lk_mech_info *info)
{
	const struct lk_mech_record *r = info->record;
	const char *wire = r ? r->wire : NULL;
	size_t n = wire ? strlen(wire) : 0;

	if (n == 0 || strcmp(r->uses, "libsasl2") == 0 ||
	    (n > 5 && strcmp(wire + n - 5, "-PLUS") == 0))
		return 0;
	++*(int *)ctx;
	sasl_client_plugin_info(NULL, find_plug, &wire);
	if (wire) {
		print_error("%s is not offered\n", wire);
		missing++;
	}
	return 0;
}

static void
test_shipped(void **state)
{
	struct lk_host *host;
	struct lk_error err;
	int n = 0;

	(void)state;
	setenv("LATCHKEY_CONFIG_DIR", LK_TEST_SHIPPED, 1);
	sasl_client_done();
	client_init_at(paths[0]);
	setenv("LATCHKEY_CONFIG_DIR", place, 1);
	assert_string_equal(lines, "");
	if (lk_host_new(&host, NULL, &err) < 0)
		fail_msg("%s", err.sentence);
	lk_host_each(host, check_offered, &n);
	lk_host_free(host);
	assert_in_range(n, 10, 100);
	assert_int_equal(missing, 0);
}

/* ---- tokens --------------------------------------------------------------------- */

/* The account's, else the program's password; where nobody vouches for TLS, a
 * `*` has let nothing in. */
static void
test_tokens(void **state)
{
	static const char kept[] = "user=alice\1auth=Bearer a-kept-token\1\1",
			  given[] = "user=alice\1auth=Bearer " SECRET "\1\1";
	static const struct {
		const char *mechs, *host;
		int code;
		const char *out;
	} rows_of_tokens[] = {
		{ "*", "token.example", SASL_CONTINUE, kept },
		{ "*", "tls.example", SASL_CONTINUE, given },
		{ "*", "mail.example", SASL_NOMECH, "" },
		{ "xoauth2 *", "tls.example", SASL_CONTINUE, given },
		{ "xoauth2 *", "mail.example", SASL_ENCRYPT, "" },
	};
	const char *wire, *whose, *out;
	char text[256];
	size_t i;
	int r;

	(void)state;
	put("token", "a-kept-token\n");
	snprintf(text, sizeof(text), "[account tok]\nhost = token.example\n"
		 "user = alice\ntoken-from = file:%s/token\n", place);
	put("latchkey.conf", text);
	for (i = 0; i < sizeof(rows_of_tokens) / sizeof(*rows_of_tokens); i++) {
		snprintf(text, sizeof(text), "mechs = %s\n"
			 "[host token.example]\ntls = trusted\n"
			 "[host tls.example]\ntls = trusted\n",
			 rows_of_tokens[i].mechs);
		restart(paths[0], text);
		r = start(rows_of_tokens[i].host, "XOAUTH2", &wire, &whose,
			  &out);
		if (r != rows_of_tokens[i].code ||
		    strcmp(out, rows_of_tokens[i].out) != 0)
			fail_msg("row %d: %d: %s", (int)i, r, lines);
		if (r != SASL_CONTINUE)
			assert_part(lines, "[host mail.example] tls = trusted");
	}
	put("latchkey.conf", "");
}

/* What is in a user's own directory is there for who names it. */
static void
test_of_the_user(void **state)
{
	static const struct {
		const char *text;
		int code;
	} texts[] = {
		{ "mechs = *\n", SASL_NOMECH },
		{ "", SASL_NOMECH },
		{ "mechs = ticket *\n", SASL_CONTINUE },
		{ "mechs = TICKET\n", SASL_CONTINUE },
	};
	const char *wire, *whose, *out;
	char kept[512], path[256];
	size_t i;
	int r;

	(void)state;
	snprintf(kept, sizeof(kept), "%s", getenv("LATCHKEY_PLUGIN_PATH"));
	setenv("LATCHKEY_PLUGIN_PATH", LK_TEST_PLUGIN_DIR, 1);
	setenv("XDG_DATA_HOME", place, 1);
	snprintf(path, sizeof(path), "%s/latchkey", place);
	assert_int_equal(mkdir(path, 0755), 0);
	snprintf(path, sizeof(path), "%s/latchkey/v0", place);
	assert_int_equal(symlink(LK_TEST_SCRIPTED_DIR, path), 0);
	put("mechs.d/scripted.conf", "ticket.script = start:emit=mine\n");
	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		restart(paths[0], texts[i].text);
		r = start("mail.example", "TICKET", &wire, &whose, &out);
		if (r != texts[i].code)
			fail_msg("row %d: %d: %s", (int)i, r, lines);
	}
	put("mechs.d/scripted.conf", "");
	unsetenv("XDG_DATA_HOME");
	setenv("LATCHKEY_PLUGIN_PATH", kept, 1);
}

static int
up(void **state)
{
	(void)state;
	make_files();
	link_plugins();
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
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_shipped),
		cmocka_unit_test(test_tokens),
		cmocka_unit_test(test_of_the_user),
	};

	return cmocka_run_group_tests(tests, up, down);
}
