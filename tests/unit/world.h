/* Mechanisms of every kind, and a world to decide in.
 * SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_WORLD_H
#define TESTS_UNIT_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/ascii.h"
#include "mech/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TLS (LK_FACT_ENCRYPTED | LK_FACT_VERIFIED)
#define SECRET "authid password"

static struct lk_file system_dir = { .path = (char *)"/lib/a.so" };

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
	M("bearer", "BEARER", LK_F_TOKEN, 1, "authid oauth.token"),
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
	const char *offered[16] = { NULL };
	char names[16][24];
	const char *at = w->offered, *word;
	struct lk_candidate *got = NULL;
	struct lk_policy p;
	size_t n = 0, len, i;

	for (; (word = lk_ascii_next(&at, " ", &len)); n++) {
		snprintf(names[n], sizeof(names[n]), "%.*s", (int)len, word);
		offered[n] = names[n];
	}
	for (i = 0; i < COUNT; i++)
		entries[i] = &all[i];
	p = (struct lk_policy){ entries, &w->login, &w->profile, &w->facts,
				offered, w->profile.flags & LK_PROFILE_IR,
				&w->learnt };
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
}

static void
expect(const struct world *w, const char *order)
{
	char got[512];

	decide(w, got, sizeof(got), NULL, NULL);
	assert_string_equal(got, order);
}

#endif
