/* Which mechanisms may be tried, and why not the others.
 * SPDX-License-Identifier: MIT */
#include "mech/property.h"

#include "base/ascii.h"
#include "mech/record.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool
lk_policy_is_offered(const char *const *offered, const char *wire)
{
	for (; *offered; offered++)
		if (strcmp(*offered, wire) == 0)
			return true;
	return false;
}

static bool
is_verified(const struct lk_facts *f)
{
	return (f->flags & LK_FACT_ENCRYPTED) &&
	       (f->flags & LK_FACT_VERIFIED);
}

bool
lk_policy_is_safe(const struct lk_facts *f)
{
	return is_verified(f) || (f->flags & LK_FACT_PRIVATE);
}

bool
lk_policy_exposes(const struct lk_mech_record *r)
{
	return r->flags & (LK_F_PLAINTEXT | LK_F_TOKEN);
}

static int32_t
no(struct lk_candidate *c, int32_t cls, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int32_t
no(struct lk_candidate *c, int32_t cls, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(c->reason, sizeof(c->reason), format, ap);
	va_end(ap);
	return c->cls = cls;
}

static void
cure(struct lk_candidate *c, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void
cure(struct lk_candidate *c, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(c->cure, sizeof(c->cure), format, ap);
	va_end(ap);
}

/* ---- needs -------------------------------------------------------------- */

/* One need: "a|b" is met by either. */
static bool
is_met(const struct lk_policy *p, const char *need, size_t len)
{
	const char *end = need + len, *key = need, *bar;

	for (; key < end; key = bar + 1) {
		bar = memchr(key, '|', (size_t)(end - key));
		if (!bar)
			bar = end;
		if (lk_property_is_had(p, key, (size_t)(bar - key)))
			return true;
	}
	return false;
}

/* The first need that is not met, or NULL. */
static const char *
find_unmet(const struct lk_policy *p, const struct lk_mech_record *r,
	   size_t *len)
{
	const char *at = r->needs, *need;

	while ((need = lk_ascii_next(&at, " ", len)) && is_met(p, need, *len))
		;
	return need;
}

static int32_t
check_needs(const struct lk_policy *p, struct lk_candidate *c)
{
	const struct lk_mech_record *r = &c->entry->record;
	const struct lk_param_record *const *param = c->entry->params;
	const struct lk_property *is;
	size_t len;
	const char *need = find_unmet(p, r, &len);

	if (need) {
		is = lk_property_find(need, strcspn(need, " |"));
		if (!is)
			return no(c, LK_E_NOPROP, "it needs \"%.*s\", which "
				  "is not to be had", (int)len, need);
		cure(c, "%s", is->cure);
		return no(c, LK_E_NOPROP, "%s", is->reason);
	}
	for (; param && *param; param++) {
		if (!((*param)->flags & LK_PARAM_REQUIRED) ||
		    (*param)->dflt[0] ||
		    lk_params_find(p->login->params, r->id, (*param)->name))
			continue;
		cure(c, "-o %s.%s=VALUE", r->id, (*param)->name);
		return no(c, LK_E_CONFIG, "its parameter \"%s\" is not set",
			  (*param)->name);
	}
	return 0;
}

/* To be let in as oneself where another was meant is worse than not at all. */
static int32_t
check_proxy(const struct lk_policy *p, struct lk_candidate *c)
{
	const char *authzid = p->login->authzid, *user = p->login->user;
	const struct lk_mech_record *r = &c->entry->record;

	if (!authzid || !*authzid || (user && strcmp(user, authzid) == 0) ||
	    (r->flags & LK_F_PROXY) || lk_record_is_prefix(r))
		return 0;
	return no(c, LK_E_NO_MECH, "it cannot act for another, and authzid is "
		  "set");
}

/* ---- rules -------------------------------------------------------------- */

static int32_t
check_state(struct lk_candidate *c)
{
	const char *reason = c->entry->reason;
	int32_t state = c->entry->state;

	if (state != LK_MECH_FAILED && state != LK_MECH_SHADOWED)
		return 0;
	return no(c, LK_E_NO_MECH, "%s",
		  reason && *reason ? reason : "it cannot be loaded");
}

/* Only what is offered, and could log in, is worth a line of configuration. */
static void
name_it(const struct lk_policy *p, struct lk_candidate *c)
{
	const struct lk_mech_record *r = &c->entry->record;
	size_t len;

	if (lk_policy_is_offered(p->offered, r->wire) &&
	    !find_unmet(p, r, &len))
		cure(c, "-o auth=%s", r->id);
}

/* A run-time list may have what is offered and in no note. */
static bool
is_in_no_note(const struct lk_policy *p, const char *wire)
{
	size_t i;

	for (i = 0; p->entries[i]; i++)
		if (strcmp(p->entries[i]->record.wire, wire) == 0)
			return false;
	return true;
}

void
lk_policy_widen(const struct lk_policy *p, const struct lk_mech_record *r,
		struct lk_wish *w)
{
	const char *const *name;
	struct lk_wish of_name;
	struct lk_mech_record as;

	if (!lk_record_is_prefix(r))
		return;
	for (name = p->offered; *name; name++) {
		if (strlen(*name) >= sizeof(as.wire) ||
		    !is_in_no_note(p, *name))
			continue;
		memset(&as, 0, sizeof(as));
		memcpy(as.wire, *name, strlen(*name));
		lk_wish_read(p->login->auth, &as, &of_name);
		w->is_listed |= of_name.is_listed;
		if (of_name.place < w->place)
			w->place = of_name.place;
	}
}

static int32_t
check_wish(const struct lk_policy *p, struct lk_candidate *c,
	   const struct lk_wish *w)
{
	if (w->is_forbidden)
		return no(c, LK_E_NO_MECH, "forbidden by auth");
	if (w->is_list && !w->is_open && !w->is_listed) {
		name_it(p, c);
		return no(c, LK_E_NO_MECH, "not in auth");
	}
	if (c->entry->file->user_dir && !w->is_named) {
		name_it(p, c);
		return no(c, LK_E_NO_MECH,
			  "in a user directory and not named by auth");
	}
	if ((c->entry->record.flags & LK_F_ANONYMOUS) && !w->is_listed)
		return no(c, LK_E_NO_MECH, "anonymous and not named by auth");
	return 0;
}

static int32_t
check_offer(const struct lk_policy *p, struct lk_candidate *c)
{
	const struct lk_mech_record *r = &c->entry->record;
	const char *const *name;

	if (!lk_record_is_prefix(r)) {
		if (lk_policy_is_offered(p->offered, r->wire))
			return 0;
		return no(c, LK_E_NO_MECH, "not offered by the server");
	}
	if (c->is_named)
		return 0;
	for (name = p->offered; *name; name++)
		if (is_in_no_note(p, *name))
			return 0;
	return no(c, LK_E_NO_MECH, "a list that is only known at run time, "
		  "and all that is offered is known without it");
}

static int32_t
check_form(const struct lk_policy *p, struct lk_candidate *c)
{
	const struct lk_mech_record *r = &c->entry->record;
	const char *ir = lk_params_find(p->login->params, r->id, "ir");

	if (!(r->flags & LK_F_IR_ONLY))
		return 0;
	if (!p->takes_ir)
		return no(c, LK_E_NO_MECH, "it needs an initial response, "
			  "which the %s does not have",
			  p->profile->flags & LK_PROFILE_IR ? "server"
							    : "protocol");
	if (ir && strcmp(ir, "never") == 0) {
		cure(c, "-o %s.ir=auto", r->id);
		return no(c, LK_E_CONFIG, "it needs an initial response, and "
			  "%s.ir is never", r->id);
	}
	return 0;
}

static int32_t
check_encryption(const struct lk_policy *p, struct lk_candidate *c)
{
	const struct lk_facts *f = p->facts;
	uint32_t flags = c->entry->record.flags;
	bool is_encrypted = f->flags & LK_FACT_ENCRYPTED;
	int32_t cls = is_encrypted ? LK_E_CERTIFICATE : LK_E_ENCRYPTION;

	if ((flags & LK_F_NEEDS_TLS) && !is_verified(f)) {
		cure(c, "%s", is_encrypted ? "-o ca=FILE" : "-o tls=starttls");
		return no(c, cls, is_encrypted ? "it needs TLS, and the "
			  "server's certificate was not verified" : "it needs "
			  "TLS, and this is an unencrypted connection");
	}
	if ((f->flags & LK_FACT_TLS_REQUIRED) && !is_encrypted &&
	    lk_policy_reads_secret(&c->entry->record))
		return no(c, cls, "TLS is required, and this is an "
			  "unencrypted connection");
	if (!lk_policy_exposes(&c->entry->record) || lk_policy_is_safe(f) ||
	    (p->login->flags & LK_LOGIN_INSECURE_PLAINTEXT))
		return 0;
	cure(c, "%s", is_encrypted ? "-o ca=FILE" : "-o tls=starttls, or, if "
	     "the password may be read on the way, -o insecure-plaintext=yes");
	return no(c, cls, is_encrypted ? "plaintext mechanism, and the "
		  "server's certificate was not verified" :
		  "plaintext mechanism on an unencrypted connection");
}

static int32_t
check_name(const struct lk_policy *p, struct lk_candidate *c)
{
	const char *peer = p->facts->peer_name, *host = p->login->host;

	if (!peer || lk_ascii_equal(peer, host ? host : "") ||
	    !lk_policy_reads_secret(&c->entry->record))
		return 0;
	cure(c, "-o host=%s", peer);
	return no(c, LK_E_HOST_NAME, "wrong host name: the server is %s, and "
		  "the secret is for %s", peer, host ? host : "nobody");
}

void
lk_policy_judge(const struct lk_policy *p, struct lk_candidate *c,
		const struct lk_wish *w)
{
	/* what the user said, then what the server said, then what is
	 * missing; encryption last, as it is worth mending only then */
	if (check_state(c) == 0 && check_wish(p, c, w) == 0 &&
	    check_offer(p, c) == 0 && check_form(p, c) == 0 &&
	    check_needs(p, c) == 0 && check_proxy(p, c) == 0 &&
	    check_name(p, c) == 0)
		check_encryption(p, c);
}
