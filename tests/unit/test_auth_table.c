/* The table of outcomes: what was said, what is done next, what it costs.
 * SPDX-License-Identifier: MIT */
#include "dialogue.h"

#define P64 PASSWORD64
#define T64 "dG9rZW4tb25l"
#define F64 "dG9rZW4tdHdv"
#define SPENDS ".script=start:send=password"

#define NEVER  LK_LOGIN_INSECURE_PLAINTEXT
#define FALLS  LK_LOGIN_FALLBACK_TO_PLAINTEXT

/* Without a winner the login failed with cls. */
static const struct row {
	const char *name;
	uint32_t facts, flags;
	const char *auth, *offered;
	const char *scripts[4];
	const char *fresh;          /* given when asked anew */
	const char *server, *said;
	uint32_t cost;
	const char *winner;
	int32_t cls;
	int exit;
	bool closes;
	const char *sentence, *advice; /* parts, or NULL */
} rows[] = {
	{ "declined", TLS, 0, NULL, "SCRIPTED OTHER",
	  { "scripted.script=c:unsupported", "other" SPENDS }, NULL,
	  "334 |501 cancelled|235 ok", "AUTH SCRIPTED|*|AUTH OTHER " P64,
	  0, "other", 0, 0, false, NULL, NULL },
	{ "declined for want of a property", TLS, 0, NULL, "SCRIPTED OTHER",
	  { "scripted.script=c:noprop", "other" SPENDS }, NULL,
	  "334 |501 cancelled|235 ok", "AUTH SCRIPTED|*|AUTH OTHER " P64,
	  0, "other", 0, 0, false, NULL, NULL },
	{ "all declined", TLS, 0, "scripted", "SCRIPTED OTHER",
	  { "scripted.script=c:report=does_not_fit,unsupported" }, NULL,
	  "334 |501 cancelled", "AUTH SCRIPTED|*",
	  0, NULL, LK_E_UNSUPPORTED, 69, false, "\nscripted: does not fit",
	  "-o auth=" },
	{ "local failure before AUTH", TLS, 0, NULL, "SCRIPTED OTHER",
	  { "scripted.script=start:config", "other" SPENDS }, NULL,
	  "235 ok", "AUTH OTHER " P64,
	  0, "other", 0, 0, false, NULL, NULL },
	{ "local failure before AUTH, after a lease", TLS, 0, NULL,
	  "SCRIPTED OTHER",
	  { "scripted.script=start:lease=password,config", "other" SPENDS },
	  NULL, "235 ok", "AUTH OTHER " P64,
	  0, "other", 0, 0, false, NULL, NULL },
	{ "not available", TLS, 0, NULL, "SCRIPTED OTHER",
	  { "scripted.script=a:report=no_ticket,unsupported", "other" SPENDS },
	  NULL, "235 ok", "AUTH OTHER " P64,
	  0, "other", 0, 0, false, NULL, NULL },
	{ "the server's proof failed", TLS, 0, NULL, "MUTUAL OTHER",
	  { "mutual.script=start:send=password c:mutual", "other" SPENDS },
	  NULL, "334 ", "AUTH MUTUAL " P64,
	  0, NULL, LK_E_MUTUAL, 76, true, NULL, "may not be your server" },
	{ "success after EXPECT_FAIL", TLS, 0, NULL, "SCRIPTED OTHER",
	  { "scripted.script=start:send=password c:emit=,expect-fail" },
	  NULL, "334 |235 ok", "AUTH SCRIPTED " P64 "|(empty)",
	  0, NULL, LK_E_MUTUAL, 76, true, NULL, NULL },
	{ "a refusal that shows a downgrade", TLS, 0, NULL, "MUTUAL OTHER",
	  { "mutual.script=start:send=password f:mutual" }, NULL,
	  "535 no", "AUTH MUTUAL " P64,
	  0, NULL, LK_E_MUTUAL, 76, true, NULL, NULL },
	{ "a success that is not accepted", TLS, 0, NULL, "SCRIPTED OTHER",
	  { "scripted.script=start:send=password s:protocol" }, NULL,
	  "235 ok", "AUTH SCRIPTED " P64,
	  0, NULL, LK_E_PROTOCOL, 76, true, NULL, NULL },
	{ "the same of a mutual one", TLS, 0, NULL, "MUTUAL OTHER",
	  { "mutual.script=start:send=password s:continue" }, NULL,
	  "235 ok", "AUTH MUTUAL " P64,
	  0, NULL, LK_E_MUTUAL, 76, true, NULL, NULL },
	{ "a 2xx that is a refusal", TLS, 0, NULL, "SCRIPTED OTHER",
	  { "scripted" SPENDS }, NULL,
	  "235 auth failure", "AUTH SCRIPTED " P64,
	  1, NULL, LK_E_CREDENTIALS, 77, false, "the words say no", NULL },
	{ "the same, not spent", TLS, 0, NULL, "SCRIPTED OTHER",
	  { "scripted.script=start:emit=x" }, NULL,
	  "235 access denied", "AUTH SCRIPTED eA==",
	  0, NULL, LK_E_CREDENTIALS, 77, false, NULL, NULL },
	{ "another 2xx", TLS, 0, NULL, "SCRIPTED",
	  { "scripted" SPENDS }, NULL,
	  "250 ok", "AUTH SCRIPTED " P64,
	  0, "scripted", 0, 0, false, NULL, NULL },
	{ "syntax, with an initial response", TLS, 0, NULL, "SCRIPTED",
	  { "scripted" SPENDS }, NULL,
	  "501 syntax|334 |235 ok", "AUTH SCRIPTED " P64 "|AUTH SCRIPTED|" P64,
	  0, "scripted", 0, 0, false, NULL, NULL },
	{ "syntax, then also without", TLS, 0, NULL, "SCRIPTED OTHER",
	  { "scripted" SPENDS, "other" SPENDS }, NULL,
	  "555 5.5.2 syntax|500 what|235 ok",
	  "AUTH SCRIPTED " P64 "|AUTH SCRIPTED|AUTH OTHER " P64,
	  0, "other", 0, 0, false, NULL, NULL },
	{ "syntax, to an id that is never sent in two steps", TLS, 0,
	  "scripted-ir other", "SCRIPTED OTHER",
	  { "scripted-ir" SPENDS, "other" SPENDS }, NULL,
	  "501 syntax|235 ok", "AUTH SCRIPTED " P64 "|AUTH OTHER " P64,
	  0, "other", 0, 0, false, NULL, NULL },
	{ "syntax, to a response", TLS, 0, NULL, "SCRIPTED OTHER",
	  { "scripted.script=start:emit=x c:send=password", "other" SPENDS },
	  NULL, "334 |501 syntax|235 ok",
	  "AUTH SCRIPTED eA==|" P64 "|AUTH OTHER " P64,
	  0, "other", 0, 0, false, NULL, NULL },
	{ "not known", TLS, 0, NULL, "SCRIPTED OTHER",
	  { "scripted" SPENDS, "other" SPENDS }, NULL,
	  "504 what|235 ok", "AUTH SCRIPTED " P64 "|AUTH OTHER " P64,
	  0, "other", 0, 0, false, NULL, NULL },
	{ "not known, by the words", TLS, 0, NULL, "SCRIPTED OTHER",
	  { "scripted" SPENDS, "other" SPENDS }, NULL,
	  "535 5.7.8 Invalid authentication mechanism|235 ok",
	  "AUTH SCRIPTED " P64 "|AUTH OTHER " P64,
	  0, "other", 0, 0, false, NULL, NULL },
	{ "none known: two steps when nothing is left", TLS, 0,
	  "scripted other", "SCRIPTED OTHER",
	  { "scripted" SPENDS, "other" SPENDS }, NULL,
	  "504 what|504 what|334 |235 ok",
	  "AUTH SCRIPTED " P64 "|AUTH OTHER " P64 "|AUTH SCRIPTED|" P64,
	  0, "scripted", 0, 0, false, NULL, NULL },
	{ "none known at all", TLS, 0, "scripted", "SCRIPTED",
	  { "scripted" SPENDS }, NULL,
	  "504 what|504 what", "AUTH SCRIPTED " P64 "|AUTH SCRIPTED",
	  0, NULL, LK_E_NO_MECH, 69, false, "the server does not know it",
	  NULL },
	{ "TLS first", LK_FACT_TLS_OFFERED, NEVER, NULL, "SCRIPTED",
	  { "scripted" SPENDS }, NULL,
	  "530 first TLS|235 ok", "AUTH SCRIPTED " P64 "|TLS|AUTH SCRIPTED "
	  P64, 0, "scripted", 0, 0, false, NULL, NULL },
	{ "TLS first, and not to be had", 0, NEVER, NULL, "SCRIPTED OTHER",
	  { "scripted" SPENDS }, NULL,
	  "538 5.7.11 encryption required", "AUTH SCRIPTED " P64,
	  0, NULL, LK_E_ENCRYPTION, 69, false, NULL, NULL },
	{ "transition", TLS, 0, NULL, "STRONG SCRIPTED",
	  { "strong" SPENDS, "scripted" SPENDS }, NULL,
	  "432 4.7.12 transition|235 ok", "AUTH STRONG " P64
	  "|AUTH SCRIPTED " P64, 0, "scripted", 0, 0, false, NULL, NULL },
	{ "transition without TLS", 0, NEVER, NULL, "STRONG SCRIPTED",
	  { "strong" SPENDS, "scripted" SPENDS }, NULL,
	  "432 transition", "AUTH STRONG " P64,
	  0, NULL, LK_E_CREDENTIALS, 77, false, NULL, NULL },
	{ "too weak", TLS, 0, NULL, "SCRIPTED OTHER",
	  { "scripted" SPENDS }, NULL, "534 5.7.9 weak",
	  "AUTH SCRIPTED " P64,
	  0, NULL, LK_E_TOO_WEAK, 77, false, "\nother: not tried: no stronger",
	  NULL },
	{ "too weak, and a stronger one", TLS, 0, "scripted other strong",
	  "SCRIPTED OTHER STRONG", { "scripted" SPENDS, "strong" SPENDS },
	  NULL, "534 5.7.9 weak|235 ok", "AUTH SCRIPTED " P64
	  "|AUTH STRONG " P64, 0, "strong", 0, 0, false, NULL, NULL },
	{ "an app password is wanted", TLS, 0, NULL, "SCRIPTED",
	  { "scripted" SPENDS }, NULL,
	  "534 5.7.9 Application-specific password required",
	  "AUTH SCRIPTED " P64,
	  1, NULL, LK_E_CREDENTIALS, 77, false, NULL, "app password" },
	{ "a token that can be renewed", TLS, 0, NULL, "TOKEN",
	  { "token.script=start:send=oauth.token" }, FRESH,
	  "535 no|235 ok", "AUTH TOKEN " T64 "|AUTH TOKEN " F64,
	  0, "token", 0, 0, false, NULL, NULL },
	{ "the same token again", TLS, 0, NULL, "TOKEN",
	  { "token.script=start:send=oauth.token" }, TOKEN,
	  "535 no", "AUTH TOKEN " T64,
	  1, NULL, LK_E_CREDENTIALS, 77, false, NULL, NULL },
	{ "a token that cannot be renewed", TLS, 0, NULL, "TOKEN",
	  { "token.script=start:send=oauth.token" }, NULL,
	  "535 no", "AUTH TOKEN " T64,
	  1, NULL, LK_E_CREDENTIALS, 77, false, NULL, NULL },
	{ "a fresh token that is refused, too", TLS, 0, NULL, "TOKEN",
	  { "token.script=start:send=oauth.token" }, FRESH,
	  "535 no|535 no", "AUTH TOKEN " T64 "|AUTH TOKEN " F64,
	  1, NULL, LK_E_CREDENTIALS, 77, false, NULL, NULL },
	{ "an error that the mechanism acknowledges", TLS, 0, NULL, "TOKEN",
	  { "token.script=start:send=oauth.token c:emit=,expect-fail "
	    "f:expired" }, FRESH,
	  "334 eyI=|535 no|235 ok", "AUTH TOKEN " T64 "|(empty)|AUTH TOKEN "
	  F64, 0, "token", 0, 0, false, NULL, NULL },
	{ "a password that expired", TLS, 0, NULL, "SCRIPTED",
	  { "scripted" SPENDS }, FRESH,
	  "535 your password has expired|235 ok", "AUTH SCRIPTED " P64
	  "|AUTH SCRIPTED " F64, 0, "scripted", 0, 0, false, NULL, NULL },
	{ "a password that expired, and no other", TLS, 0, NULL, "SCRIPTED",
	  { "scripted" SPENDS }, NULL,
	  "535 your password has expired", "AUTH SCRIPTED " P64,
	  1, NULL, LK_E_EXPIRED, 77, false, NULL, "fresh secret" },
	{ "temporary", TLS, 0, NULL, "SCRIPTED OTHER",
	  { "scripted" SPENDS }, NULL,
	  "454 4.7.0 later", "AUTH SCRIPTED " P64,
	  0, NULL, LK_E_TRANSIENT, 75, false, NULL, "again later" },
	{ "temporary, by the words", TLS, 0, NULL, "SCRIPTED OTHER",
	  { "scripted" SPENDS }, NULL,
	  "535 5.7.0 (#AUTH005) Too many bad auth attempts",
	  "AUTH SCRIPTED " P64,
	  0, NULL, LK_E_TRANSIENT, 75, false, NULL, "wait" },
	{ "no answer", TLS, 0, NULL, "SCRIPTED OTHER",
	  { "scripted" SPENDS }, NULL,
	  "is silent", "AUTH SCRIPTED " P64,
	  1, NULL, LK_E_TRANSIENT, 75, true, NULL, NULL },
	{ "no answer, not spent", TLS, 0, NULL, "SCRIPTED OTHER",
	  { "scripted.script=start:emit=x" }, NULL,
	  "is silent", "AUTH SCRIPTED eA==",
	  0, NULL, LK_E_TRANSIENT, 75, true, NULL, NULL },
	{ "refused, not spent", TLS, 0, NULL, "SCRIPTED OTHER",
	  { "scripted.script=start:emit=x", "other" SPENDS,
	    "scripted-twin.script=a:unsupported",
	    "scripted-ir.script=a:unsupported" }, NULL,
	  "535 no|235 ok", "AUTH SCRIPTED eA==|AUTH OTHER " P64,
	  0, "other", 0, 0, false, NULL, NULL },
	{ "hung up, not spent", TLS, 0, "scripted other", "SCRIPTED OTHER",
	  { "scripted.script=start:emit=x", "other" SPENDS }, NULL,
	  "hangs up|235 ok", "AUTH SCRIPTED eA==|RECONNECT|AUTH OTHER " P64,
	  0, "other", 0, 0, false, NULL, NULL },
	{ "refused, spent, within budget", TLS, 0, NULL, "SCRIPTED OTHER",
	  { "scripted" SPENDS, "other" SPENDS }, NULL,
	  "535 no|235 ok", "AUTH SCRIPTED " P64 "|AUTH OTHER " P64,
	  0, "other", 0, 0, false, NULL, NULL },
	{ "refused, spent, up to the budget", TLS, 0, NULL,
	  "SCRIPTED OTHER CODE",
	  { "scripted" SPENDS, "other" SPENDS, "code" SPENDS }, NULL,
	  "535 no|553 no", "AUTH SCRIPTED " P64 "|AUTH OTHER " P64,
	  2, NULL, LK_E_CREDENTIALS, 77, false, "\ncode: the server refused "
	  "this secret", NULL },
	{ "hung up, spent", TLS, 0, NULL, "SCRIPTED OTHER",
	  { "scripted" SPENDS, "other" SPENDS }, NULL,
	  "hangs up|535 no", "AUTH SCRIPTED " P64 "|RECONNECT|AUTH OTHER "
	  P64, 2, NULL, LK_E_CREDENTIALS, 77, false, NULL, NULL },
	{ "the last one hung up", TLS, 0, NULL, "SCRIPTED OTHER",
	  { "scripted" SPENDS, "other" SPENDS }, NULL,
	  "535 no|hangs up", "AUTH SCRIPTED " P64 "|AUTH OTHER " P64,
	  2, NULL, LK_E_PROTOCOL, 76, true, "\nother: the server hung up",
	  NULL },
	{ "failed after a lease", TLS, 0, NULL, "SCRIPTED OTHER",
	  { "scripted.script=start:send=password c:protocol", "other" SPENDS },
	  NULL, "334 |501 cancelled|535 no",
	  "AUTH SCRIPTED " P64 "|*|AUTH OTHER " P64,
	  2, NULL, LK_E_CREDENTIALS, 77, false, NULL, NULL },
	{ "failed after AUTH without a lease", TLS, 0, NULL, "SCRIPTED OTHER",
	  { "scripted.script=start:emit=x c:protocol", "other" SPENDS,
	    "scripted-twin.script=a:unsupported",
	    "scripted-ir.script=a:unsupported" },
	  NULL, "334 |501 cancelled|235 ok",
	  "AUTH SCRIPTED eA==|*|AUTH OTHER " P64,
	  0, "other", 0, 0, false, NULL, NULL },
	{ "a challenge after DONE", TLS, 0, NULL, "SCRIPTED OTHER",
	  { "scripted.script=start:send=password,done", "other" SPENDS },
	  NULL, "334 more|501 cancelled|535 no",
	  "AUTH SCRIPTED " P64 "|*|AUTH OTHER " P64,
	  2, NULL, LK_E_CREDENTIALS, 77, false, NULL, NULL },
	{ "a challenge after EXPECT_FAIL", TLS, 0, NULL, "TOKEN",
	  { "token.script=start:send=oauth.token c:emit=,expect-fail" },
	  NULL, "334 eyI=|334 more|501 cancelled",
	  "AUTH TOKEN " T64 "|(empty)|*",
	  1, NULL, LK_E_PROTOCOL, 76, false, NULL, NULL },
	{ "no reply at all", TLS, 0, NULL, "SCRIPTED OTHER",
	  { "scripted" SPENDS, "other" SPENDS }, NULL,
	  "999 what|235 ok", "AUTH SCRIPTED " P64 "|RECONNECT|AUTH OTHER "
	  P64, 0, "other", 0, 0, false, NULL, NULL },

	/* no downgrade */
	{ "without TLS plaintext follows nothing better", 0, NEVER, NULL,
	  "HASH SCRIPTED", { "hash" SPENDS, "scripted" SPENDS }, NULL,
	  "535 no", "AUTH HASH " P64,
	  1, NULL, LK_E_CREDENTIALS, 77, false,
	  "\nscripted: not tried: without verified TLS", NULL },
	{ "not even after a hang-up", 0, NEVER, NULL,
	  "HASH SCRIPTED", { "hash" SPENDS, "scripted" SPENDS }, NULL,
	  "hangs up", "AUTH HASH " P64,
	  1, NULL, LK_E_PROTOCOL, 76, true, NULL, NULL },
	{ "nor after a 504", 0, NEVER, NULL,
	  "HASH SCRIPTED", { "hash.script=", "scripted" SPENDS }, NULL,
	  "504 no", "AUTH HASH",
	  0, NULL, LK_E_NO_MECH, 69, false, NULL, NULL },
	{ "but after what was passed over", 0, NEVER, NULL,
	  "HASH SCRIPTED", { "hash.script=start:config", "scripted" SPENDS },
	  NULL, "235 ok", "AUTH SCRIPTED " P64,
	  0, "scripted", 0, 0, false, NULL, NULL },
	{ "with TLS not after the refusal of what resists an attacker", TLS,
	  0, NULL, "STRONG SCRIPTED", { "strong" SPENDS, "scripted" SPENDS },
	  NULL, "535 no", "AUTH STRONG " P64,
	  1, NULL, LK_E_CREDENTIALS, 77, false,
	  "\nscripted: not tried: plaintext does not follow",
	  "-o fallback-to-plaintext=yes" },
	{ "unless it may", TLS, FALLS, NULL, "STRONG SCRIPTED",
	  { "strong" SPENDS, "scripted" SPENDS }, NULL,
	  "535 no|235 ok", "AUTH STRONG " P64 "|AUTH SCRIPTED " P64,
	  0, "scripted", 0, 0, false, NULL, NULL },
	{ "and after what was not refused", TLS, 0, NULL, "STRONG SCRIPTED",
	  { "strong" SPENDS, "scripted" SPENDS }, NULL,
	  "504 no|235 ok", "AUTH STRONG " P64 "|AUTH SCRIPTED " P64,
	  0, "scripted", 0, 0, false, NULL, NULL },
	{ "and after a refusal of what does not", TLS, 0, NULL,
	  "HASH SCRIPTED", { "hash" SPENDS, "scripted" SPENDS }, NULL,
	  "535 no|235 ok", "AUTH HASH " P64 "|AUTH SCRIPTED " P64,
	  0, "scripted", 0, 0, false, NULL, NULL },

	/* the same name on the wire */
	{ "a spent attempt is not repeated by another id", TLS, 0, NULL,
	  "SCRIPTED", { "scripted" SPENDS, "scripted-ir" SPENDS,
	  "scripted-twin" SPENDS }, NULL, "535 no", "AUTH SCRIPTED " P64,
	  1, NULL, LK_E_CREDENTIALS, 77, false,
	  "\nscripted-ir: not tried: scripted says SCRIPTED, too",
	  "-o auth=scripted-twin" },
	{ "unless its form was unproven", TLS, 0, "scripted scripted-ir",
	  "SCRIPTED", { "scripted.script=start:send=password,unproven",
	  "scripted-ir" SPENDS }, NULL,
	  "535 no|235 ok", "AUTH SCRIPTED " P64 "|AUTH SCRIPTED " P64,
	  0, "scripted-ir", 0, 0, false, NULL, NULL },
	{ "or it was not spent", TLS, 0, NULL, "SCRIPTED",
	  { "scripted.script=start:emit=x", "scripted-twin" SPENDS }, NULL,
	  "535 no|235 ok", "AUTH SCRIPTED eA==|AUTH SCRIPTED " P64,
	  0, "scripted-twin", 0, 0, false, NULL, NULL },

	/* limits */
	{ "six ids", TLS, FALLS, "hash strong mutual scripted other slow code",
	  "HASH STRONG MUTUAL SCRIPTED OTHER SLOW CODE", { NULL }, NULL,
	  "535 no|535 no|535 no|535 no|535 no|535 no",
	  "AUTH HASH|AUTH STRONG|AUTH MUTUAL|AUTH SCRIPTED|AUTH OTHER|WORK|"
	  "AUTH SLOW|WORK",
	  0, NULL, LK_E_CREDENTIALS, 77, false,
	  "\ncode: not tried: 6 mechanisms are the limit", NULL },
	{ "two new connections", TLS, 0, "scripted other code hash",
	  "SCRIPTED OTHER CODE HASH", { NULL }, NULL,
	  "hangs up|hangs up|hangs up",
	  "AUTH SCRIPTED|RECONNECT|AUTH OTHER|RECONNECT|AUTH CODE",
	  0, NULL, LK_E_PROTOCOL, 76, true, NULL, NULL },

	/* waiting */
	{ "a mechanism that is not ready", TLS, 0, NULL, "SCRIPTED",
	  { "scripted.script=start:wait=1,send=password "
	    "c:wait=1,emit=x s:wait=1,done" }, NULL,
	  "334 |235 ok", "AUTH SCRIPTED " P64 "|eA==",
	  0, "scripted", 0, 0, false, NULL, NULL },
	{ "a mechanism that may block", TLS, 0, NULL, "SLOW",
	  { "slow.script=start:wait=1,send=password" }, NULL,
	  "235 ok", "WORK|WORK|AUTH SLOW " P64 "|WORK",
	  0, "slow", 0, 0, false, NULL, NULL },
	{ "one that waits before it explains a refusal", TLS, 0, NULL,
	  "SCRIPTED", { "scripted.script=start:send=password f:wait=1,"
	  "too-weak" }, NULL,
	  "535 no", "AUTH SCRIPTED " P64,
	  0, NULL, LK_E_TOO_WEAK, 77, false, NULL, NULL },

	/* no secret */
	{ "without a secret", TLS, 0, NULL, "TICKET NOBODY", { NULL }, NULL,
	  "235 ok", "AUTH TICKET", 0, "ticket", 0, 0, false, NULL, NULL },
	{ "anonymous only by name", TLS, 0, "nobody", "TICKET NOBODY",
	  { NULL }, NULL, "235 ok", "AUTH NOBODY", 0, "nobody", 0, 0, false,
	  NULL, NULL },
};

static void
check(const struct row *r, const struct dialogue *d)
{
	const char *winner = r->winner ? r->winner : "";

	if (strcmp(d->said, r->said) != 0)
		fail_msg("%s: said %s", r->name, d->said);
	if (strcmp(d->result.id, winner) != 0)
		fail_msg("%s: %s won: %s", r->name, d->result.id,
			 d->err.sentence);
	if (charged(d->host) != r->cost)
		fail_msg("%s: cost %u", r->name, (unsigned)charged(d->host));
	if (d->err.cls != r->cls || lk_error_exit(d->err.cls) != r->exit)
		fail_msg("%s: class %d, exit %d: %s", r->name,
			 (int)d->err.cls, lk_error_exit(d->err.cls),
			 d->err.sentence);
	if (d->is_closed != r->closes)
		fail_msg("%s: closes: %d", r->name, (int)d->is_closed);
	if (r->sentence && !strstr(d->err.sentence, r->sentence))
		fail_msg("%s: %s", r->name, d->err.sentence);
	if (r->advice && !strstr(d->err.advice, r->advice))
		fail_msg("%s: advice: %s", r->name, d->err.advice);
	if (r->cls && !d->err.advice[0] && r->exit != 76)
		fail_msg("%s: no advice", r->name);
}

static void
test_outcomes(void **state)
{
	struct dialogue d;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct row *r = &rows[i];
		const char *params[5] = { NULL };

		dialogue_init(&d, new_host(SCRIPTED));
		memcpy(params, r->scripts, sizeof(r->scripts));
		d.facts.flags = r->facts;
		d.login.flags = r->flags;
		d.login.auth = r->auth;
		d.login.params = params;
		d.offered = r->offered;
		d.fresh = r->fresh;
		dialogue_run(&d, r->server);
		check(r, &d);
		lk_host_free(d.host);
	}
}

static void
test_warning(void **state)
{
	static const char *const params[] = { "scripted" SPENDS, NULL };
	struct dialogue d;

	(void)state;
	dialogue_init(&d, new_host(SCRIPTED));
	d.offered = "SCRIPTED";
	d.login.params = params;
	dialogue_run(&d, "250 2.7.0 welcome");
	assert_string_equal(d.warning, "the server said 250, not 235");
	lk_host_free(d.host);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_outcomes),
		cmocka_unit_test(test_warning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
