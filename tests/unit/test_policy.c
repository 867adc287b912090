/* Candidates, their order, and a reason for each mechanism that is none.
 * SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "mech/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TLS (LK_FACT_ENCRYPTED | LK_FACT_VERIFIED)
#define SECRET "authid password"

static struct lk_file system_dir = { .path = (char *)"/lib/a.so" };
static struct lk_file user_dir = { .path = (char *)"/home/a.so",
				   .user_dir = true };

static const struct lk_param_record required = {
	.abi = LK_ABI, .flags = LK_PARAM_REQUIRED, .id = "param",
	.name = "realm", .type = "string",
};
static const struct lk_param_record *const params[] = { &required, NULL };

#define M(ID, WIRE, FLAGS, STRENGTH, NEEDS) \
	{ .file = &system_dir, .state = LK_MECH_FOUND, \
	  .record = { .abi = LK_ABI, .flags = (FLAGS), .id = ID, \
		      .wire = WIRE, .strength = (STRENGTH), \
		      .needs = NEEDS } }

static struct lk_entry all[] = {
	M("bound", "BOUND", LK_F_CHANNEL_BINDING | LK_F_MUTUAL, 1,
	  SECRET " cb:tls-exporter"),
	M("token", "TOKEN", LK_F_TOKEN | LK_F_PLAINTEXT | LK_F_NEEDS_TLS, 1,
	  "authid oauth.token"),
	M("mutual", "MUTUAL", LK_F_MUTUAL, 5, SECRET),
	M("safe", "SAFE", LK_F_ACTIVE_SAFE, 9, SECRET),
	M("hash", "HASH", 0, 99, SECRET),
	M("first", "FIRST", LK_F_PLAINTEXT | LK_F_CLIENT_FIRST, 5, SECRET),
	M("first-b", "FIRST", LK_F_PLAINTEXT | LK_F_CLIENT_FIRST, 5, SECRET),
	M("second", "SECOND", LK_F_PLAINTEXT | LK_F_SERVER_FIRST, 50, SECRET),
	M("only", "SECOND",
	  LK_F_PLAINTEXT | LK_F_CLIENT_FIRST | LK_F_IR_ONLY, 99, SECRET),
	M("ticket", "TICKET", LK_F_NO_SECRET | LK_F_MUTUAL, 1, ""),
	M("nobody", "NOBODY", LK_F_ANONYMOUS | LK_F_NO_SECRET, 1, ""),
	M("either", "EITHER", 0, 1, "password|otp"),
	M("strange", "STRANGE", 0, 0, SECRET " colour"),
	M("param", "PARAM", 0, 0, ""),
	M("list-*", "", 0, 0, ""),
};

#define COUNT (sizeof(all) / sizeof(*all))
#define EVERYTHING "BOUND TOKEN MUTUAL SAFE HASH FIRST SECOND"

static int32_t
has_binding(void *ctx, const char *type, struct lk_bytes *out)
{
	(void)ctx;
	out->data = (const unsigned char *)"x";
	out->len = 1;
	return strcmp(type, "tls-exporter") == 0 ? LK_DONE : LK_E_NOPROP;
}

static int32_t
give(void *ctx, const struct lk_ask *ask, struct lk_secret *to,
     struct lk_error *err)
{
	(void)ctx;
	(void)ask;
	(void)to;
	(void)err;
	fail_msg("the policy asked for a secret");
	return LK_E_INTERNAL;
}

/* A world to decide in. */
struct world {
	struct lk_login login;
	struct lk_profile profile;
	struct lk_facts facts;
	struct lk_learnt learnt;
	const char *offered;
};

static void
init(struct world *w)
{
	memset(w, 0, sizeof(*w));
	w->login.host = "mail.example.com";
	w->login.user = "user";
	w->login.secrets = "password oauth.token";
	w->login.secret = give;
	w->profile = *lk_profile_smtp();
	w->facts.flags = TLS;
	w->facts.channel_binding = has_binding;
	w->offered = EVERYTHING;
}

/* The order, "id id id"; of one id the reason, if it is given. */
static void
decide(const struct world *w, char *order, size_t room, const char *id,
       struct lk_candidate *of_id)
{
	struct lk_entry *entries[COUNT + 1] = { NULL };
	const char *offered[32] = { NULL };
	char *words = strdup(w->offered), *at = NULL, *word;
	struct lk_candidate *got = NULL;
	struct lk_policy p;
	size_t n = 0, i;

	assert_non_null(words);
	for (word = strtok_r(words, " ", &at); word;
	     word = strtok_r(NULL, " ", &at))
		offered[n++] = word;
	for (i = 0; i < COUNT; i++)
		entries[i] = &all[i];
	p = (struct lk_policy){ entries, &w->login, &w->profile, &w->facts,
				offered, &w->learnt };
	assert_int_equal(lk_policy_decide(&p, &got, &n), 0);
	assert_int_equal(n, COUNT);
	*order = '\0';
	for (i = 0; i < n; i++) {
		if (id && strcmp(got[i].entry->record.id, id) == 0)
			*of_id = got[i];
		if (got[i].cls == 0)
			assert_true(!got[i].reason[0] == !got[i].twin);
		else
			assert_string_not_equal(got[i].reason, "");
		if (got[i].cls == 0 && !got[i].twin)
			snprintf(order + strlen(order), room - strlen(order),
				 "%s%s", *order ? " " : "",
				 got[i].entry->record.id);
	}
	free(got);
	free(words);
}

static void
expect(const struct world *w, const char *order)
{
	char got[512];

	decide(w, got, sizeof(got), NULL, NULL);
	assert_string_equal(got, order);
}

static void
test_order(void **state)
{
	struct world w;

	(void)state;
	init(&w);
	expect(&w, "bound token safe mutual hash first second only");
	w.offered = "SECOND FIRST HASH BOUND SAFE MUTUAL TOKEN TOKEN";
	expect(&w, "bound token safe mutual hash first second only");
	w.offered = "TICKET HASH FIRST";
	expect(&w, "hash first ticket");
	w.login.secrets = NULL;
	expect(&w, "ticket");
}

static void
test_list(void **state)
{
	static const struct {
		const char *auth, *order;
	} rows[] = {
		{ "second", "second" },
		{ "only second", "only second" },
		{ "SECOND", "second only" },
		{ "SECOND,HASH", "second only hash" },
		{ "hash, SECOND", "hash second only" },
		{ "first *", "first bound token safe mutual hash second only" },
		{ "!SECOND *", "bound token safe mutual hash first" },
		{ "!second !TOKEN !bound", "safe mutual hash first only" },
		{ "SECOND !only", "second" },
		{ "first-b", "first-b" },
		{ "nobody", "" },
		{ "", "bound token safe mutual hash first second only" },
		{ "*", "bound token safe mutual hash first second only" },
	};
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		init(&w);
		w.login.auth = rows[i].auth;
		expect(&w, rows[i].order);
	}
	init(&w);
	w.offered = "NOBODY TICKET";
	expect(&w, "ticket");
	w.login.auth = "NOBODY";
	expect(&w, "nobody");
}

/* What worked last leads its class, and what failed then; never what is of a
 * higher class and was not tried. */
static void
test_learnt(void **state)
{
	static const struct {
		const char *id, *failed, *auth, *order;
	} rows[] = {
		{ "mutual", "", NULL,
		  "bound token mutual safe hash first second only" },
		{ "only", "", NULL,
		  "bound token safe mutual hash first second only" },
		{ "only", "second", NULL,
		  "bound token safe mutual hash first only second" },
		{ "first", "hash", NULL,
		  "bound token safe mutual first hash second only" },
		{ "only", "second", "SECOND", "only second" },
		{ "only", "second", "second only", "second only" },
		{ "gone", "second", NULL,
		  "bound token safe mutual hash first second only" },
	};
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		init(&w);
		w.login.auth = rows[i].auth;
		snprintf(w.learnt.id, sizeof(w.learnt.id), "%s", rows[i].id);
		snprintf(w.learnt.failed[0], sizeof(w.learnt.failed[0]), "%s",
			 rows[i].failed);
		w.learnt.n_failed = *rows[i].failed != '\0';
		expect(&w, rows[i].order);
	}
}

static const struct reason {
	const char *id;
	uint32_t facts, flags;
	const char *auth, *offered, *peer;
	int32_t cls;
	const char *reason, *cure;
} reasons[] = {
	{ "first", TLS, 0, NULL, "HASH", NULL, LK_E_NO_MECH,
	  "not offered by the server", "" },
	/* exactly: nothing begins with it */
	{ "first", TLS, 0, NULL, "FIRST-TOKEN XFIRST", NULL, LK_E_NO_MECH,
	  "not offered by the server", "" },
	{ "first", TLS, 0, "hash", "FIRST", NULL, LK_E_NO_MECH,
	  "not in auth", "-o auth=first" },
	{ "first", TLS, 0, "hash", "HASH", NULL, LK_E_NO_MECH,
	  "not in auth", "" },
	{ "first", TLS, 0, "!first *", "FIRST", NULL, LK_E_NO_MECH,
	  "forbidden by auth", "" },
	{ "first", TLS, 0, "!FIRST *", "FIRST", NULL, LK_E_NO_MECH,
	  "forbidden by auth", "" },
	{ "first-b", TLS, 0, NULL, "FIRST", NULL, 0,
	  "same form as first, which comes first", "-o auth=first-b" },
	{ "nobody", TLS, 0, NULL, "NOBODY", NULL, LK_E_NO_MECH,
	  "anonymous and not named by auth", "" },
	{ "strange", TLS, 0, NULL, "STRANGE", NULL, LK_E_NOPROP,
	  "it needs \"colour\", which is not to be had", "" },
	{ "param", TLS, 0, NULL, "PARAM", NULL, LK_E_CONFIG,
	  "its parameter \"realm\" is not set", "-o param.realm=VALUE" },
	{ "first", 0, 0, NULL, "FIRST", NULL, LK_E_ENCRYPTION,
	  "plaintext mechanism on an unencrypted connection",
	  "-o tls=starttls" },
	{ "first", LK_FACT_ENCRYPTED, 0, NULL, "FIRST", NULL,
	  LK_E_CERTIFICATE, "plaintext mechanism, and the server's "
	  "certificate was not verified", "-o ca=FILE" },
	/* verified without TLS is nothing */
	{ "first", LK_FACT_VERIFIED, 0, NULL, "FIRST", NULL, LK_E_ENCRYPTION,
	  "plaintext mechanism on an unencrypted connection", "" },
	{ "first", LK_FACT_PRIVATE, 0, NULL, "FIRST", NULL, 0, "", "" },
	{ "first", 0, LK_LOGIN_INSECURE_PLAINTEXT, NULL, "FIRST", NULL, 0, "",
	  "" },
	{ "first", LK_FACT_ENCRYPTED, LK_LOGIN_INSECURE_PLAINTEXT, NULL,
	  "FIRST", NULL, 0, "", "" },
	{ "first", LK_FACT_TLS_REQUIRED, LK_LOGIN_INSECURE_PLAINTEXT, NULL,
	  "FIRST", NULL, LK_E_ENCRYPTION, "TLS is required, and this is an "
	  "unencrypted connection", "" },
	{ "hash", LK_FACT_TLS_REQUIRED, 0, NULL, "HASH", NULL,
	  LK_E_ENCRYPTION, "TLS is required, and this is an unencrypted "
	  "connection", "" },
	{ "ticket", LK_FACT_TLS_REQUIRED, 0, NULL, "TICKET", NULL, 0, "", "" },
	{ "hash", 0, 0, NULL, "HASH", NULL, 0, "", "" },
	{ "token", LK_FACT_PRIVATE, LK_LOGIN_INSECURE_PLAINTEXT, NULL, "TOKEN",
	  NULL, LK_E_ENCRYPTION, "it needs TLS, and this is an unencrypted "
	  "connection", "-o tls=starttls" },
	{ "token", LK_FACT_ENCRYPTED, LK_LOGIN_INSECURE_PLAINTEXT, NULL,
	  "TOKEN", NULL, LK_E_CERTIFICATE, "it needs TLS, and the server's "
	  "certificate was not verified", "-o ca=FILE" },
	{ "hash", TLS, 0, NULL, "HASH", "MAIL.example.com", 0, "", "" },
	{ "hash", TLS, 0, NULL, "HASH", "mail.example.org", LK_E_HOST_NAME,
	  "wrong host name: the server is mail.example.org, and the secret is "
	  "for mail.example.com", "-o host=mail.example.org" },
	{ "ticket", TLS, 0, NULL, "TICKET", "mail.example.org", 0, "", "" },
	{ "list-*", TLS, 0, NULL, "FIRST", NULL, LK_E_NO_MECH,
	  "a list that is only known at run time, and all that is offered is "
	  "known without it", "" },
	{ "list-*", TLS, 0, NULL, "FIRST X-NEW", NULL, 0, "", "" },
	{ "list-*", TLS, 0, "list-new", "X-NEW", NULL, 0, "", "" },
	{ "list-*", TLS, 0, "X-NEW", "X-NEW", NULL, LK_E_NO_MECH,
	  "not in auth", "" },
	/* an id is never forced on a server */
	{ "only", TLS, 0, "only", "FIRST", NULL, LK_E_NO_MECH,
	  "not offered by the server", "" },
};

static void
test_reasons(void **state)
{
	struct lk_candidate c;
	char order[512];
	struct world w;
	size_t i;

	(void)state;
	all[13].params = params;
	for (i = 0; i < sizeof(reasons) / sizeof(*reasons); i++) {
		const struct reason *r = &reasons[i];

		init(&w);
		w.facts.flags = r->facts;
		w.facts.peer_name = r->peer;
		w.login.flags = r->flags;
		w.login.auth = r->auth;
		w.offered = r->offered;
		decide(&w, order, sizeof(order), r->id, &c);
		if (c.cls != r->cls || strcmp(c.reason, r->reason) != 0 ||
		    strncmp(c.cure, r->cure, strlen(r->cure)) != 0)
			fail_msg("row %zu: %s: %d, %s, %s", i, r->id,
				 (int)c.cls, c.reason, c.cure);
	}
}

static void
test_missing(void **state)
{
	static const struct {
		const char *id, *user, *secrets, *reason;
		bool has_binding;
	} rows[] = {
		{ "first", NULL, "password", "no user name", true },
		{ "first", "", "password", "no user name", true },
		{ "first", "u", "oauth.token", "no password source", true },
		{ "first", "u", "passwords", "no password source", true },
		{ "first", "u", NULL, "no password source", true },
		{ "token", "u", "password", "no token source", true },
		{ "either", "u", "", "no password source", true },
		{ "either", "u", "otp", "", true },
		{ "either", "u", "password", "", true },
		{ "bound", "u", "password", "no channel binding: it needs TLS",
		  false },
		{ "bound", "u", "password", "", true },
	};
	struct lk_candidate c;
	char order[512];
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		init(&w);
		w.offered = EVERYTHING " EITHER";
		w.login.user = rows[i].user;
		w.login.secrets = rows[i].secrets;
		if (!rows[i].has_binding)
			w.facts.channel_binding = NULL;
		decide(&w, order, sizeof(order), rows[i].id, &c);
		if (strcmp(c.reason, rows[i].reason) != 0)
			fail_msg("row %zu: %s", i, c.reason);
		assert_int_equal(c.cls, *rows[i].reason ? LK_E_NOPROP : 0);
	}
}

static void
test_states(void **state)
{
	struct lk_candidate c;
	char order[512];
	struct world w;

	(void)state;
	init(&w);
	all[5].state = LK_MECH_FAILED;
	all[5].reason = "no such symbol";
	decide(&w, order, sizeof(order), "first", &c);
	assert_string_equal(c.reason, "no such symbol");
	/* its twin is none any more */
	assert_non_null(strstr(order, "first-b"));
	all[5].state = LK_MECH_CHANGED;
	decide(&w, order, sizeof(order), "first", &c);
	assert_int_equal(c.cls, 0);
	all[5].state = LK_MECH_FOUND;
	all[5].reason = NULL;

	all[5].file = &user_dir;
	decide(&w, order, sizeof(order), "first", &c);
	assert_string_equal(c.reason,
			    "in a user directory and not named by auth");
	w.login.auth = "FIRST";
	decide(&w, order, sizeof(order), "first", &c);
	assert_string_equal(c.reason,
			    "in a user directory and not named by auth");
	w.login.auth = "first";
	expect(&w, "first");
	all[5].file = &system_dir;
}

static void
test_protocol_without_initial_responses(void **state)
{
	struct lk_candidate c;
	char order[512];
	struct world w;

	(void)state;
	init(&w);
	w.profile.flags = 0;
	decide(&w, order, sizeof(order), "only", &c);
	assert_int_equal(c.cls, LK_E_NO_MECH);
	assert_non_null(strstr(c.reason, "initial response"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_learnt),
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_protocol_without_initial_responses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
