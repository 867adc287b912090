/* The secrets of one login. SPDX-License-Identifier: MIT */
#include "mech/store.h"
#include "mech/secret.h"
#include "base/ascii.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/siphash.h"

#include <stdlib.h>
#include <string.h>

struct slot {
	struct lk_secret *now;      /* resolved */
	struct lk_secret *coming;   /* asked for: the answer is pending */
	struct lk_secret *leased;   /* the last that was; `now` or an old one */
	bool is_renewing;           /* of `coming` */
};

static const struct {
	const char *key, *name, *setting;
} kinds[] = {
	{ LK_P_PASSWORD, "password", "password-from" },
	{ LK_P_OTP, "one-time password", NULL },
	{ LK_P_TOKEN, "token", "token-from" },
};

#define KINDS (sizeof(kinds) / sizeof(*kinds))

struct lk_store {
	const struct lk_login *login;
	struct slot slots[KINDS];
	struct lk_secret *old;      /* those that were replaced, or exposed */
	const struct lk_secret *awaited;
	bool is_spent;
};

int
lk_store_new(struct lk_store **ret, const struct lk_login *login,
	     struct lk_error *err)
{
	struct lk_store *s = calloc(1, sizeof(*s));

	if (!s)
		return lk_fail_memory(err);
	s->login = login;
	*ret = s;
	return 0;
}

void
lk_store_free(struct lk_store *s)
{
	size_t i;

	if (!s)
		return;
	for (i = 0; i < KINDS; i++) {
		lk_secret_free(s->slots[i].now);
		lk_secret_free(s->slots[i].coming);
	}
	while (s->old) {
		struct lk_secret *next = s->old->next;

		lk_secret_free(s->old);
		s->old = next;
	}
	free(s);
}

static size_t
kind_of(const char *key)
{
	size_t i;

	for (i = 0; i < KINDS; i++)
		if (strcmp(kinds[i].key, key) == 0)
			break;
	return i;
}

static const struct slot *
slot_of(const struct lk_store *s, const char *key)
{
	size_t kind = kind_of(key);

	return kind < KINDS ? &s->slots[kind] : NULL;
}

bool
lk_store_is_secret(const char *key)
{
	return kind_of(key) < KINDS;
}

bool
lk_store_has(const struct lk_store *s, const char *key)
{
	return s->login->secret && s->login->secrets &&
	       lk_store_is_secret(key) &&
	       lk_ascii_has_word(s->login->secrets, key, strlen(key));
}

static int32_t
fail_missing(const struct lk_store *s, const char *key, struct lk_error *err)
{
	size_t kind = kind_of(key);

	if (kind == KINDS) {
		lk_fail(err, LK_E_NOPROP, "%s is not a secret", key);
		return LK_E_NOPROP;
	}
	lk_fail(err, LK_E_NOPROP, "there is no %s for %s at %s",
		kinds[kind].name, s->login->user ? s->login->user : "the login",
		s->login->host ? s->login->host : "this host");
	if (kinds[kind].setting)
		lk_advise(err, "say where it comes from: %s = ...",
			  kinds[kind].setting);
	return LK_E_NOPROP;
}

/* The answer is whole: is it a secret? */
static int32_t
check(const struct lk_secret *s, const char *name, struct lk_error *err)
{
	if (s->lost == LK_E_NOMEM)
		lk_fail_memory(err);
	else if (s->lost)
		lk_fail(err, LK_E_CONFIG, "the %s is longer than %d octets",
			name, LK_SECRET_MAX);
	else if (s->len == 0)
		lk_fail(err, LK_E_CONFIG, "the %s is empty", name);
	else
		return LK_DONE;
	return s->lost ? s->lost : LK_E_CONFIG;
}

static void
replace(struct lk_store *s, struct slot *slot)
{
	if (slot->now) {
		slot->now->next = s->old;
		s->old = slot->now;
	}
	slot->now = slot->coming;
	slot->coming = NULL;
}

static int32_t
settle(struct lk_store *s, size_t kind, int32_t r, struct lk_error *err)
{
	struct slot *slot = &s->slots[kind];

	slot->is_renewing = false;
	s->awaited = NULL;
	if (r == LK_DONE)
		r = check(slot->coming, kinds[kind].name, err);
	if (r == LK_DONE) {
		replace(s, slot);
		return LK_DONE;
	}
	lk_secret_free(slot->coming);
	slot->coming = NULL;
	if (r > 0 || r < LK_E_LAST) {
		lk_fail(err, LK_E_INTERNAL, "the source of the %s returned %d, "
			"which is no result", kinds[kind].name, (int)r);
		return LK_E_INTERNAL;
	}
	if (err->cls == 0)
		fail_missing(s, kinds[kind].key, err);
	err->cls = r;
	return r;
}

static int32_t
resolve(struct lk_store *s, struct lk_ask *ask, struct lk_error *err)
{
	struct lk_error why;
	size_t kind = kind_of(ask->key);
	struct slot *slot;
	int32_t r;

	if (!lk_store_has(s, ask->key))
		return fail_missing(s, ask->key, err);
	slot = &s->slots[kind];
	if (slot->is_renewing)
		ask->flags |= LK_ASK_RENEW;
	if (slot->now && !(ask->flags & LK_ASK_RENEW))
		return LK_DONE;
	if (!slot->coming)
		slot->coming = lk_secret_new();
	if (!slot->coming) {
		lk_fail_memory(err);
		return LK_E_NOMEM;
	}
	lk_secret_wait(slot->coming, -1, 0, -1);
	memset(&why, 0, sizeof(why));
	r = s->login->secret(s->login->ctx, ask, slot->coming, &why);
	if (r == LK_PENDING) {
		slot->is_renewing = ask->flags & LK_ASK_RENEW;
		s->awaited = slot->coming;
		return r;
	}
	r = settle(s, kind, r, &why);
	if (r < 0 && err)
		*err = why;
	return r;
}

int32_t
lk_store_resolve(struct lk_store *s, const char *key, uint32_t flags,
		 struct lk_error *err)
{
	struct lk_ask ask = { sizeof(ask), flags, key, NULL, NULL };

	return resolve(s, &ask, err);
}

int32_t
lk_store_ask(struct lk_store *s, const struct lk_ask *from,
	     struct lk_error *err)
{
	struct lk_ask ask = { sizeof(ask), 0, from->key, from->prompt,
			      from->context };

	return resolve(s, &ask, err);
}

void
lk_store_wait(const struct lk_store *s, int32_t *fd, uint32_t *events,
	      int32_t *timeout_ms)
{
	*fd = s->awaited ? s->awaited->fd : -1;
	*events = s->awaited ? s->awaited->events : 0;
	*timeout_ms = s->awaited ? s->awaited->timeout_ms : -1;
}

int32_t
lk_store_lease(struct lk_store *s, const char *key, struct lk_bytes *out)
{
	size_t kind = kind_of(key);
	struct slot *slot = &s->slots[kind];

	if (kind == KINDS || !slot->now || !slot->now->data)
		return LK_E_NOPROP;
	slot->leased = slot->now;
	s->is_spent = true;
	out->data = slot->now->data;
	out->len = slot->now->len;
	return LK_DONE;
}

int32_t
lk_store_expose(struct lk_store *s, const void *data, size_t len)
{
	struct lk_secret *known = s->old;

	while (known && !(known->data && known->len == len &&
			  memcmp(known->data, data, len) == 0))
		known = known->next;
	s->is_spent = true;
	if (known)
		return LK_DONE;
	known = lk_secret_new();
	if (!known || lk_secret_add(known, data, len) < 0) {
		lk_secret_free(known);
		return LK_E_NOMEM;
	}
	known->next = s->old;
	s->old = known;
	return LK_DONE;
}

bool
lk_store_spent(const struct lk_store *s)
{
	return s->is_spent;
}

void
lk_store_unspend(struct lk_store *s)
{
	s->is_spent = false;
}

uint64_t
lk_store_fingerprint(const struct lk_store *s, const char *key,
		     const unsigned char hash_key[16])
{
	const struct slot *slot = slot_of(s, key);
	struct lk_siphash h;
	uint64_t out[2];

	if (!slot || !slot->now || !slot->now->data)
		return 0;
	lk_siphash_init(&h, hash_key);
	lk_siphash_add(&h, slot->now->data, slot->now->len);
	lk_siphash_end(&h, out);
	return out[0] ? out[0] : 1;
}

bool
lk_store_is_same(const struct lk_store *s, const char *key)
{
	const struct slot *slot = slot_of(s, key);

	return slot && slot->now && slot->leased && slot->now->data &&
	       slot->leased->data && slot->now->len == slot->leased->len &&
	       memcmp(slot->now->data, slot->leased->data,
		      slot->now->len) == 0;
}

void
lk_store_scrub(const struct lk_store *s, char *text, size_t len)
{
	const struct lk_secret *old;
	size_t i;

	if (len == 0)
		return;
	for (i = 0; i < KINDS; i++)
		if (s->slots[i].now)
			lk_secret_scrub(s->slots[i].now, text, len);
	for (old = s->old; old; old = old->next)
		lk_secret_scrub(old, text, len);
}

void
lk_store_show(const struct lk_store *s, char *to, size_t room,
	      const void *text, size_t len)
{
	struct lk_buf copy;
	size_t i;

	*to = '\0';
	lk_buf_init(&copy, len);
	if (lk_buf_add(&copy, text, len) == 0 && len) {
		lk_store_scrub(s, (char *)copy.data, len);
		for (i = 0; i < len; i++)
			if (copy.data[i] == '\n')
				copy.data[i] = ' ';
		lk_ascii_printable(to, room, copy.data, len);
	}
	lk_buf_wipe(&copy);
}

void
lk_store_forget(struct lk_store *s)
{
	struct lk_secret *old;
	size_t i;

	for (i = 0; i < KINDS; i++) {
		lk_secret_free(s->slots[i].coming);
		s->slots[i].coming = NULL;
		if (s->slots[i].now)
			lk_secret_forget(s->slots[i].now);
	}
	s->awaited = NULL;
	for (old = s->old; old; old = old->next)
		lk_secret_forget(old);
}
