/* What is told to people: notes while it goes on, one error at its end.
 * SPDX-License-Identifier: MIT */
#include "mech/auth.h"

#include "base/ascii.h"
#include "base/error.h"
#include "mech/record.h"

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
 * was refused; else the last.  Of the others only what is remembered counts. */
static const struct lk_tried *
find_main(const struct lk_auth *a)
{
	const struct lk_tried *last = NULL, *refused = NULL, *before = NULL;
	size_t i;

	for (i = 0; i < a->n_tried; i++) {
		const struct lk_tried *t = &a->tried[i];

		if (!t->turn)
			continue;
		if (!t->is_sent && t->is_held)
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

const struct lk_tried *
lk_auth_find_tried(const struct lk_auth *a, const struct lk_entry *e)
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

/* A list that is only known at run time, and that was not asked. */
static bool
is_idle_list(const struct lk_auth *a, const struct lk_candidate *c)
{
	return a->n_candidates > 1 && c->cls == LK_E_NO_MECH && !c->cure[0] &&
	       c->entry->state == LK_MECH_FOUND &&
	       lk_record_is_prefix(&c->entry->record);
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
		const struct lk_tried *t = lk_auth_find_tried(a, c->entry);
		int r = 0;

		if (!t && (!is_of_interest(a, c, all) || is_idle_list(a, c)))
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

/* In both of those who are held back there is the name of the class. */
static const char *
headline(int32_t cls, const struct lk_tried *t)
{
	if (t && t->has_no_secret)
		return "no secret";
	if (!t || !t->is_held)
		return lk_error_class(cls);
	return cls == LK_E_TRANSIENT ? "held back (try again later)"
				     : "held back since authentication failed";
}

/* Was nothing sent, for one reason that is nobody's but the user's?  Then it
 * does not matter which mechanisms there are. */
static const struct lk_tried *
find_common(const struct lk_auth *a, int32_t cls, const struct lk_tried *main)
{
	const struct lk_tried *one = NULL, *t;
	size_t i;

	if (main && main->is_sent)
		return NULL;
	for (i = 0; i < a->n_candidates; i++)
		if (a->candidates[i].cls == 0 &&
		    !lk_auth_find_tried(a, a->candidates[i].entry))
			return NULL;
	for (i = 0; i < a->n_tried; i++) {
		t = &a->tried[i];
		if (!t->turn)
			continue;
		if (t->cls != cls || !(t->is_held || t->has_no_secret) ||
		    (one && strcmp(one->words, t->words) != 0))
			return NULL;
		one = t;
	}
	return one;
}

static void
compose(struct lk_auth *a, int32_t cls, const struct lk_tried *main)
{
	const struct lk_tried *common = find_common(a, cls, main);
	const bool is_sent = main && main->is_sent;
	const char *user = a->login.user ? a->login.user : "";
	struct lk_buf head, lines;
	const char *h, *l;
	size_t n;

	lk_buf_init(&head, 600);
	lk_buf_init(&lines, 1400);
	/* what was refused tells more than what is called wrongly */
	n = common || is_sent ? 0 : lk_auth_add_unknown(a, &lines);
	n += common ? lk_buf_printf(&lines, "\n%s", common->words) == 0
		    : add_lines(a, &lines, !is_sent);
	n += is_sent ? lk_auth_add_unknown(a, &lines) : 0;
	lk_buf_printf(&head, "%s%s%.100s at %.100s",
		      headline(cls, common ? common : main),
		      *user ? " for " : "", user, a->login.host);
	if (a->login.port)
		lk_buf_printf(&head, ":%u", (unsigned)a->login.port);
	if (n != 1) {
		lk_buf_puts(&head, "; ");
		add_offer(a, &head);
		if (a->n_candidates == 0)
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
	lk_auth_advise(a, main);
	finish(a, flags);
}

void
lk_auth_get_result(const struct lk_auth *a, struct lk_auth_result *out)
{
	struct lk_auth_result r = {
		.size = out->size,
		.id = a->winner ? a->winner->record.id : "",
		.wire = a->winner ? a->winner->record.wire : "",
		.initial_response = a->winner_ir,
		.attempts = (int32_t)a->n_lines,
		.warning = a->warning,
	};

	memcpy(out, &r, out->size < sizeof(r) ? out->size : sizeof(r));
}
