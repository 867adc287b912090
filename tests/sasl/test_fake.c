/* What the plugin makes of mechanisms that misbehave, of what they ask for, of
 * challenges that are made up, and when it is loaded.
 * SPDX-License-Identifier: MIT */
#include "real.h"

#include "unit/dialogue.h"

/* Its DIGEST-MD5 forgets what it parsed if it does not like it. */
const char *__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
	return "leak:libdigestmd5";
}

/* libsasl2 reads it when it is brought up. */
static int
begin(void **state)
{
	setenv("SASL_PATH", SASL_TEST_PATH, 1);
	return load(state);
}

static int32_t
start(struct attempt *a, const char *id)
{
	real_init(a, id);
	attempt_open(a, true);
	return lk_exchange_start(a->x);
}

static void
test_names(void **state)
{
	struct lk_entry *e = find("sasl-x-odd");

	(void)state;
	assert_non_null(e);
	assert_string_equal(e->record.wire, "X_ODD");
	assert_string_equal(e->record.needs, "otp");
	assert_string_equal(find("sasl-x-loud")->record.needs, "");
	assert_int_equal(find("sasl-x-loud")->record.flags &
			 (LK_F_ACTIVE_SAFE | LK_F_MUTUAL | LK_F_NO_SECRET),
			 LK_F_ACTIVE_SAFE | LK_F_NO_SECRET);
	/* names that nobody can say */
	assert_null(find("sasl-x ill"));
	assert_null(find("sasl-x-much-too-long-a-name"));
	assert_part(loaded_log, "X ILL: not a name");
	/* and ours, back again */
	assert_null(find("sasl-x-bridged"));
}

static void
test_layer(void **state)
{
	struct attempt a;

	(void)state;
	assert_int_equal(start(&a, "sasl-x-layer"), LK_E_PROTOCOL);
	assert_part(sentence(&a), "security layer");
	assert_null(lk_exchange_response(a.x).data);
	attempt_close(&a);
}

static void
test_loud(void **state)
{
	struct attempt a;

	(void)state;
	assert_int_equal(start(&a, "sasl-x-loud"), LK_E_TRANSIENT);
	assert_part(sentence(&a), "the ticket is being printed");
	assert_part(a.log, "level 1");
	assert_part(a.log, "level 5");
	assert_null(strstr(a.log, "level 6"));
	assert_null(strstr(a.log, "level 7"));
	attempt_close(&a);
}

static char asked[256];

static int32_t
word(void *ctx, const struct lk_ask *ask, struct lk_secret *to,
     struct lk_error *err)
{
	int *not_yet = ctx;

	(void)err;
	if ((*not_yet)-- > 0)
		return LK_PENDING;
	snprintf(asked, sizeof(asked), "%s|%s|%s", ask->key,
		 ask->prompt ? ask->prompt : "-",
		 ask->context ? ask->context : "-");
	return lk_secret_add(to, "xyzzy", 5) == 0 ? LK_DONE : LK_E_NOMEM;
}

static void
test_prompt(void **state)
{
	int not_yet = 1;
	struct attempt a;

	(void)state;
	real_init(&a, "sasl-x-odd");
	a.login.secrets = "otp";
	a.login.secret = word;
	a.login.ctx = &not_yet;
	attempt_open(&a, true);
	assert_int_equal(lk_exchange_start(a.x), LK_PENDING);
	assert_int_equal(lk_exchange_resume(a.x), LK_DONE);
	assert_string_equal(attempt_response(&a), "xyzzy");
	assert_string_equal(asked, "otp|The word|of the server");
	attempt_close(&a);

	/* given up while it waits */
	not_yet = 9;
	real_init(&a, "sasl-x-odd");
	a.login.secrets = "otp";
	a.login.secret = word;
	a.login.ctx = &not_yet;
	attempt_open(&a, true);
	assert_int_equal(lk_exchange_start(a.x), LK_PENDING);
	attempt_close(&a);

	assert_int_equal(start(&a, "sasl-x-strange"), LK_E_UNSUPPORTED);
	assert_part(sentence(&a), "asks for what we do not know");
	attempt_close(&a);
	assert_true(start(&a, "sasl-x-nag") < 0);
	attempt_close(&a);
}

/* ---- challenges ---------------------------------------------------------- */

#define REST "nonce=\"YWJj\",qop=\"auth\",algorithm=md5-sess,charset=utf-8"
#define REALMS "realm=\"a.example\",realm=\"b.example\","

/* realm: or the parameter, if it begins with its id. */
static int32_t
ask_digest(struct attempt *a, const char *realm, const char *challenge)
{
	static const char *params[2];
	struct lk_bytes in = bytes(challenge);

	real_init(a, "sasl-digest-md5");
	params[0] = realm && strncmp(realm, "sasl-", 5) == 0 ? realm : NULL;
	a->login.params = params;
	a->login.realm = params[0] ? "of.account.example" : realm;
	attempt_open(a, true);
	assert_int_equal(lk_exchange_start(a->x), LK_CONTINUE);
	return lk_exchange_challenge(a->x, in, in, false);
}

static void
test_realms(void **state)
{
	struct attempt a;

	(void)state;
	assert_int_equal(ask_digest(&a, "b.example", REALMS REST),
			 LK_CONTINUE);
	assert_part(attempt_response(&a), "realm=\"b.example\"");
	attempt_close(&a);

	/* as a parameter, before that of the account */
	assert_int_equal(ask_digest(&a, "sasl-digest-md5.realm=a.example",
				    REALMS REST), LK_CONTINUE);
	assert_part(attempt_response(&a), "realm=\"a.example\"");
	attempt_close(&a);
	assert_int_equal(ask_digest(&a, "sasl-digest-md5.realm=", REALMS REST),
			 LK_CONTINUE);
	assert_part(attempt_response(&a), "realm=\"of.account.example\"");
	attempt_close(&a);

	/* none is guessed, and the secret stays */
	assert_int_equal(ask_digest(&a, NULL, REALMS REST), LK_E_CONFIG);
	assert_part(sentence(&a), "{a.example}, {b.example}");
	assert_string_equal(lk_exchange_error(a.x)->advice, "-o realm=NAME");
	assert_false(lk_exchange_has_leased(a.x));
	attempt_close(&a);

	assert_int_equal(ask_digest(&a, NULL, "realm=\"c.example\"," REST),
			 LK_CONTINUE);
	assert_part(attempt_response(&a), "realm=\"c.example\"");
	attempt_close(&a);
	assert_int_equal(ask_digest(&a, NULL, REST), LK_CONTINUE);
	assert_part(attempt_response(&a), "realm=\"mail.example\"");
	attempt_close(&a);
}

static void
test_proof(void **state)
{
	struct lk_bytes none = { NULL, 0 }, wrong = bytes("rspauth=00");
	struct attempt a;

	(void)state;
	/* success without its proof */
	assert_int_equal(ask_digest(&a, NULL, REST), LK_CONTINUE);
	assert_int_equal(lk_exchange_success(a.x, none), LK_E_MUTUAL);
	assert_part(sentence(&a), "before it proved itself");
	attempt_close(&a);
	/* a wrong one, before it and with it */
	assert_int_equal(ask_digest(&a, NULL, REST), LK_CONTINUE);
	assert_int_equal(lk_exchange_challenge(a.x, wrong, wrong, false),
			 LK_E_MUTUAL);
	attempt_close(&a);
	assert_int_equal(ask_digest(&a, NULL, REST), LK_CONTINUE);
	assert_int_equal(lk_exchange_success(a.x, wrong), LK_E_MUTUAL);
	attempt_close(&a);
	/* LOGIN: before the password, with a prompt as its data */
	assert_int_equal(start(&a, "sasl-login"), LK_CONTINUE);
	assert_int_equal(lk_exchange_challenge(a.x, bytes("Username:"),
					       bytes("x"), false),
			 LK_CONTINUE);
	assert_int_equal(lk_exchange_success(a.x, bytes("Password:")),
			 LK_E_PROTOCOL);
	attempt_close(&a);
}

static void
test_hostile(void **state)
{
	static const char *const challenges[] = {
		"", "rspauth", "rspauth=", "r", "realm", "nonce=", "nonce=\"",
		"rspauth=0,rspauth=0", "=,=,=",
		"nonce=\"a\",qop=\"auth-int\",algorithm=md5-sess",
		"nonce=\"a\",qop=\"auth-conf\",algorithm=md5-sess",
	};
	static const char *const ids[] = {
		"sasl-digest-md5", "sasl-cram-md5", "sasl-ntlm",
		"sasl-scram-sha-256", "sasl-login", "sasl-plain"
	};
	struct attempt a;
	size_t i, j;
	int32_t r;

	(void)state;
	for (i = 0; i < sizeof(ids) / sizeof(*ids); i++)
		for (j = 0; j < sizeof(challenges) / sizeof(*challenges);
		     j++) {
			struct lk_bytes in = bytes(challenges[j]);
			/* of exactly its size: what reads on is caught */
			unsigned char *copy = malloc(in.len ? in.len : 1);

			assert_non_null(copy);
			memcpy(copy, in.data, in.len);
			in.data = copy;
			r = start(&a, ids[i]);
			while (r == LK_CONTINUE &&
			       r == lk_exchange_challenge(a.x, in, in, false))
				;
			attempt_close(&a);
			free(copy);
		}
	assert_int_equal(ask_digest(&a, NULL, challenges[9]),
			 LK_E_UNSUPPORTED);
	assert_part(sentence(&a), "no layer");
	attempt_close(&a);
}

/* ---- when it is loaded --------------------------------------------------- */

static int
find_list(void *ctx, const struct lk_mech_info *info)
{
	if (info->record && strcmp(info->record->id, "sasl-*") == 0)
		*(int32_t *)ctx = info->state;
	return 0;
}

static int32_t
list_state(struct lk_host *of)
{
	int32_t found = 0;

	lk_host_each(of, find_list, &found);
	return found;
}

/* Only when nothing else will do. */
static void
test_on_demand(void **state)
{
	struct lk_host *other = new_host(PLUGINS);
	struct dialogue d;

	(void)state;
	assert_int_equal(list_state(other), LK_MECH_FOUND);
	dialogue_init(&d, other);
	d.offered = "LOGIN PLAIN DIGEST-MD5";
	dialogue_run(&d, "235 ok");
	assert_string_equal(d.result.id, "plain");
	assert_int_equal(list_state(other), LK_MECH_FOUND);
	d.offered = "DIGEST-MD5";
	dialogue_run(&d, "535 no");
	assert_part(d.said, "AUTH DIGEST-MD5|");
	assert_int_equal(list_state(other), 0);
	/* and it still comes last */
	d.offered = "LOGIN PLAIN DIGEST-MD5";
	dialogue_run(&d, "235 ok");
	assert_string_equal(d.result.id, "plain");
	lk_host_free(other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_layer),
		cmocka_unit_test(test_loud),
		cmocka_unit_test(test_prompt),
		cmocka_unit_test(test_realms),
		cmocka_unit_test(test_proof),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_on_demand),
	};

	return cmocka_run_group_tests(tests, begin, unload);
}
