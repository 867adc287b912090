/* The way out of a login that failed. SPDX-License-Identifier: MIT */
#include "mech/auth.h"

#include "base/ascii.h"
#include "base/error.h"

#include <string.h>

/* What a person can do about each class.  flags: of the mechanism, which must
 * have them.  others: a line of configuration that lets another mechanism be
 * tried may help.  secret: login.advice knows better. */
static const struct advice {
	int32_t cls;
	uint32_t flags;
	bool others, secret;
	const char *text;
} advices[] = {
	{ LK_E_CREDENTIALS, LK_F_TOKEN, true, true, "check the user name; the "
	  "token has expired or lacks the scope for this server: get a fresh "
	  "one from its source (token-from)" },
	{ LK_E_CREDENTIALS, LK_F_NO_SECRET, true, false, "check the user name, "
	  "and whether the server knows your certificate or ticket" },
	{ LK_E_CREDENTIALS, 0, true, true, "check the user name and the "
	  "secret (many providers want an app password)" },
	{ LK_E_EXPIRED, LK_F_TOKEN, false, true, "get a fresh token from its "
	  "source (token-from)" },
	{ LK_E_EXPIRED, 0, false, true, "get a fresh secret: "
	  "-o password-from=prompt, or another token-from" },
	{ LK_E_TRANSIENT, 0, false, false, "try again later" },
	{ LK_E_ENCRYPTION, 0, false, false, "-o tls=starttls" },
	{ LK_E_MUTUAL, 0, false, false, "this may not be your server: check "
	  "host and port, and do not send the secret in another way" },
	{ LK_E_TOO_WEAK, 0, false, false, "install a plugin for a stronger "
	  "mechanism" },
	{ LK_E_NO_MECH, 0, true, false, "install a plugin for what the server "
	  "offers: latchkey mechs list tells what is installed" },
	{ 0, 0, true, false, "" },
};

/* The setting that lets another one be tried. */
static bool
find_other(const struct lk_auth *a, char cure[160])
{
	/* who knows the provider knows what it takes */
	const bool is_listed = a->login.auth && a->login.advice;
	char reason[192];
	size_t i;

	for (i = 0; i < a->n_candidates; i++) {
		const struct lk_candidate *c = &a->candidates[i];

		if (lk_auth_find_tried(a, c->entry) ||
		    (is_listed && c->cls == LK_E_NO_MECH) ||
		    lk_learnt_has_failed(&a->learnt, c->entry->record.id))
			continue;
		*cure = '\0';
		if (c->cls == 0)
			lk_auth_is_barred(a, c, reason, cure);
		else if (lk_policy_is_offered(a->offered,
					      c->entry->record.wire))
			lk_ascii_copy(cure, 160, c->cure);
		if (*cure)
			return true;
	}
	return false;
}

/* Nothing was sent, for a reason that a mechanism knows, or that a setting
 * lifts. */
static bool
find_cure(const struct lk_auth *a, int32_t cls, char cure[160])
{
	size_t i;

	for (i = 0; i < a->n_tried; i++)
		if (a->tried[i].turn && a->tried[i].cls == cls &&
		    a->tried[i].advice[0])
			return lk_ascii_copy(cure, 160, a->tried[i].advice);
	for (i = 0; i < a->n_candidates; i++)
		if (a->candidates[i].cls == cls && a->candidates[i].cure[0])
			return lk_ascii_copy(cure, 160,
					     a->candidates[i].cure);
	return false;
}

/* This form has worked here: only the secret can be wrong. */
static bool
is_proven(const struct lk_auth *a, const struct lk_tried *main)
{
	return main && main->cls == LK_E_CREDENTIALS &&
	       strcmp(a->learnt.id, main->entry->record.id) == 0;
}

static void
advise(struct lk_auth *a, const struct lk_tried *main)
{
	const uint32_t flags = main ? main->entry->record.flags : 0;
	struct lk_error *e = &a->error;
	const char *text;
	char cure[160] = "";
	size_t i = 0;

	if (main && main->advice[0]) {
		lk_advise(e, "%s", main->advice);
		return;
	}
	if (!main && (lk_auth_find_meant(a, cure) || find_cure(a, e->cls, cure))) {
		lk_advise(e, "%s", cure);
		return;
	}
	while (advices[i].cls && (advices[i].cls != e->cls ||
				  (flags & advices[i].flags) !=
				  advices[i].flags))
		i++;
	text = advices[i].secret && a->login.advice ? a->login.advice
						    : advices[i].text;
	if (!advices[i].others || is_proven(a, main) || !find_other(a, cure))
		lk_advise(e, "%s", text);
	else if (e->cls == LK_E_CREDENTIALS)
		lk_advise(e, "%s\nif the user name and the secret are right: "
			  "%s", text, cure);
	else
		lk_advise(e, "%s", cure);
}

/* A refusal that keeps others from asking says so. */
static void
tell_hold(struct lk_auth *a)
{
	char advice[sizeof(a->error.advice)], until[32];

	if (!lk_auth_will_hold(a, until))
		return;
	lk_ascii_copy(advice, sizeof(advice), a->error.advice);
	lk_advise(&a->error, "%.300s%sthis user is held back until %s, with a "
		  "corrected secret, too: to try it at once: --retry, or log in "
		  "at a terminal", advice, *advice ? "\n" : "", until);
}

void
lk_auth_advise(struct lk_auth *a, const struct lk_tried *main)
{
	advise(a, main);
	tell_hold(a);
}
