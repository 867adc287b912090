/* What is told to people: notes while it goes on, one error at its end.
 * SPDX-License-Identifier: MIT */
#include "mech/auth.h"

#include "base/ascii.h"
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINES_MAX 8                 /* about mechanisms that nobody offers */

void
lk_auth_quote(const struct lk_auth *a, char *to, size_t room,
	      struct lk_bytes text)
{
	lk_store_show(a->store, to, room, text.data, text.len);
}

void
lk_auth_note(struct lk_auth *a, const char *format, ...)
{
	char text[1024];
	va_list ap;

	if (!a->login.note)
		return;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	lk_store_scrub(a->store, text, strlen(text));
	a->login.note(a->login.ctx, text);
}

static void
finish(struct lk_auth *a, uint32_t flags)
{
	struct lk_error *e = &a->error;

	lk_auth_drop(a);
	lk_auth_follow(a);
	lk_ledger_release(a->host->ledger, &a->claim, a->was_refused);
	e->stage = LK_STAGE_LOGIN;
	lk_store_scrub(a->store, e->text, strlen(e->text));
	lk_store_scrub(a->store, e->sentence, strlen(e->sentence));
	lk_store_scrub(a->store, e->advice, strlen(e->advice));
	a->stop_flags = flags;
	a->state = LK_AT_STOP;
	lk_auth_note(a, "the login failed: %s", lk_error_class(e->cls));
	lk_store_forget(a->store);
}

void
lk_auth_fail(struct lk_auth *a, int32_t cls, const char *format, ...)
{
	char sentence[512];
	va_list ap;

	va_start(ap, format);
	vsnprintf(sentence, sizeof(sentence), format, ap);
	va_end(ap);
	lk_fail(&a->error, cls, "%s", sentence);
	finish(a, a->is_broken || a->is_sent ? LK_AUTH_CLOSE : 0);
}

/* ---- whose fault it is -------------------------------------------------- */

static bool
is_refusal(int32_t cls)
{
	return cls == LK_E_CREDENTIALS || cls == LK_E_EXPIRED ||
	       cls == LK_E_TOO_WEAK;
}

/* Of those whose AUTH went out: the last one, if it hung up; else the last that
 * was refused; else the last.  Of the others only a refusal counts that is
 * remembered. */
static const struct lk_tried *
find_main(const struct lk_auth *a)
{
	const struct lk_tried *last = NULL, *refused = NULL, *before = NULL;
	size_t i;

	for (i = 0; i < a->n_tried; i++) {
		const struct lk_tried *t = &a->tried[i];

		if (!t->turn)
			continue;
		if (!t->is_sent && t->cls == LK_E_CREDENTIALS)
			before = t;
		if (!t->is_sent)
			continue;
		if (!last || t->turn > last->turn)
			last = t;
		if (is_refusal(t->cls) &&
		    (!refused || t->turn > refused->turn))
			refused = t;
	}
	if (last && last->has_hung_up)
		return last;
	return refused ? refused : before ? before : last;
}

/* Nothing was sent: what mends itself, or a source does, then the reason that a
 * person can mend first. */
static int32_t
find_class(const struct lk_auth *a)
{
	static const int32_t order[] = { LK_E_TRANSIENT, LK_E_EXPIRED,
					 LK_E_HOST_NAME, LK_E_ENCRYPTION,
					 LK_E_CERTIFICATE, LK_E_CONFIG,
					 LK_E_INTERNAL, LK_E_NOPROP };
	size_t i, j;

	for (i = 0; i < sizeof(order) / sizeof(*order); i++) {
		for (j = 0; j < a->n_tried; j++)
			if (a->tried[j].turn && a->tried[j].cls == order[i])
				return order[i];
		for (j = 0; j < a->n_candidates; j++)
			if (a->candidates[j].cls == order[i])
				return order[i];
	}
	return LK_E_NO_MECH;
}

/* ---- the lines ---------------------------------------------------------- */

static const struct lk_tried *
find_tried(const struct lk_auth *a, const struct lk_entry *e)
{
	size_t i;

	for (i = 0; i < a->n_tried; i++)
		if (a->tried[i].entry == e && a->tried[i].turn)
			return &a->tried[i];
	return NULL;
}

/* Does this one matter now that others were really tried? */
static bool
is_of_interest(const struct lk_auth *a, const struct lk_candidate *c,
	       bool all)
{
	return all || c->cls == 0 ||
	       lk_policy_is_offered(a->offered, c->entry->record.wire);
}

static int
add_tried(struct lk_buf *to, const struct lk_tried *t)
{
	if (t->code)
		return lk_buf_printf(to, "\n%s: %s: %d %s",
				     lk_policy_name(t->entry), t->words,
				     (int)t->code, t->text);
	if (t->text[0])
		return lk_buf_printf(to, "\n%s: %s: %s",
				     lk_policy_name(t->entry), t->words,
				     t->text);
	return lk_buf_printf(to, "\n%s: %s", lk_policy_name(t->entry),
			     t->words);
}

/* Neither the server nor the user speaks of it. */
static bool
is_unasked(const struct lk_auth *a, const struct lk_candidate *c)
{
	const char *wire = c->entry->record.wire;

	return c->cls != 0 && *wire && c->place == (size_t)-1 &&
	       !lk_policy_is_offered(a->offered, wire);
}

/* One line each, in the order of trial.  Returns how many. */
static size_t
add_lines(const struct lk_auth *a, struct lk_buf *to, bool all)
{
	const bool is_long = a->n_candidates > LINES_MAX;
	size_t i, n = 0, left = 0, others = 0;
	char reason[192], cure[160];

	for (i = 0; i < a->n_candidates; i++) {
		const struct lk_candidate *c = &a->candidates[i];
		const struct lk_tried *t = find_tried(a, c->entry);
		int r = 0;

		if (!t && !is_of_interest(a, c, all))
			continue;
		if (!t && is_long && is_unasked(a, c)) {
			others++;
			continue;
		}
		if (t)
			r = add_tried(to, t);
		else if (c->cls == 0 &&
			 lk_auth_is_barred(a, c, reason, cure))
			r = lk_buf_printf(to, "\n%s: %s",
					  lk_policy_name(c->entry), reason);
		else
			r = lk_buf_printf(to, "\n%s: %s",
					  lk_policy_name(c->entry),
					  c->reason[0] ? c->reason
						       : "not tried");
		n++;
		left += r < 0;
	}
	if (left)
		lk_buf_printf(to, "\nand %zu more", left);
	if (others)
		lk_buf_printf(to, "\n%zu other%s not offered", others,
			      others == 1 ? " is" : "s are");
	return n + others;
}

static void
add_offer(const struct lk_auth *a, struct lk_buf *to)
{
	size_t i;

	if (!a->offered || !a->offered[0]) {
		lk_buf_puts(to, "it offers no mechanism");
		return;
	}
	lk_buf_puts(to, "it offers");
	for (i = 0; a->offered[i]; i++) {
		char name[32];

		lk_ascii_printable(name, sizeof(name), a->offered[i],
				   strlen(a->offered[i]));
		if (lk_buf_printf(to, " %s", name) < 0)
			return;
	}
}

static void
compose(struct lk_auth *a, int32_t cls, const struct lk_tried *main)
{
	const char *user = a->login.user ? a->login.user : "";
	struct lk_buf head, lines;
	const char *h, *l;
	size_t n;

	lk_buf_init(&head, 600);
	lk_buf_init(&lines, 1400);
	n = add_lines(a, &lines, !main || !main->is_sent);
	lk_buf_printf(&head, "%s%s%.100s at %.100s", lk_error_class(cls),
		      *user ? " for " : "", user, a->login.host);
	if (a->login.port)
		lk_buf_printf(&head, ":%u", (unsigned)a->login.port);
	if (n != 1) {
		lk_buf_puts(&head, "; ");
		add_offer(a, &head);
		if (n == 0)
			lk_buf_puts(&head, ", and no mechanism is installed");
	}
	h = lk_buf_text(&head);
	l = n ? lk_buf_text(&lines) : "";
	if (n == 1 && l && *l == '\n')
		lk_fail(&a->error, cls, "%s: %s", h ? h : "", l + 1);
	else
		lk_fail(&a->error, cls, "%s%s", h ? h : "", l ? l : "");
	lk_buf_wipe(&head);
	lk_buf_wipe(&lines);
}

/* ---- the way out -------------------------------------------------------- */

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
	char reason[192];
	size_t i;

	for (i = 0; i < a->n_candidates; i++) {
		const struct lk_candidate *c = &a->candidates[i];

		if (find_tried(a, c->entry) ||
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
	if (!main && find_cure(a, e->cls, cure)) {
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
		lk_advise(e, "%s; if they are right: %s", text, cure);
	else
		lk_advise(e, "%s", cure);
}

void
lk_auth_stop(struct lk_auth *a, const struct lk_tried *main, uint32_t flags)
{
	struct lk_error *e = &a->error;

	if (!main)
		main = find_main(a);
	compose(a, main ? main->cls : find_class(a), main);
	if (main) {
		e->code = main->code;
		lk_ascii_copy(e->enhanced, sizeof(e->enhanced),
			      main->enhanced);
		lk_ascii_copy(e->text, sizeof(e->text), main->text);
		lk_ascii_copy(e->mech, sizeof(e->mech),
			      main->entry->record.id);
	}
	advise(a, main);
	finish(a, flags);
}
