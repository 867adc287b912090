/* A login of ours against another library's server, and all that must work.
 * SPDX-License-Identifier: MIT */
#ifndef TESTS_MECHS_PEER_H
#define TESTS_MECHS_PEER_H

#include "linked.h"

#define PEER_MORE 1                 /* a challenge */
#define PEER_YES  2                 /* a success, perhaps with data */
#define PEER_NO   3

/* What the server shall be. */
struct peer_case {
	const char *id;             /* of our mechanism */
	const char *user, *password;    /* as the server has them */
	const char *authzid;
	const char *types;          /* of the bindings that we have */
	const char *bound;          /* the one that the server has, or NULL */
	const char *other;          /* and this is not the same channel */
	const char *const *offered;
	bool success_data;          /* the proof comes with the success */
};

/* Begin, with our first message or without one; go on; end. */
static int peer_start(const struct peer_case *, const char *wire,
		      struct lk_bytes in, struct lk_bytes *out);
static int peer_step(struct lk_bytes in, struct lk_bytes *out);
static const char *peer_user(void); /* as whom one is logged in */
static void peer_end(void);

/* Our side with this user and password: LK_DONE, or how it ended.  A server
 * that refuses says only that. */
static inline int32_t
peer_login(const struct peer_case *c, const char *user, const char *password)
{
	static const struct lk_reply no = { .size = sizeof(no), .code = 535 };
	struct lk_bytes out = { NULL, 0 }, none = { NULL, 0 };
	int32_t r;
	int said;

	linked_init(&l, c->id);
	l.types = c->types ? c->types : "";
	if (c->offered)
		l.a.offered = c->offered;
	l.a.login.user = user;
	l.a.login.authzid = c->authzid;
	l.a.password = bytes(password);
	attempt_open(&l.a, true);
	r = lk_exchange_available(l.a.x);
	if (r == LK_DONE)
		r = lk_exchange_start(l.a.x);
	if (r < 0)
		return r;
	said = peer_start(c, l.a.entry.record.wire,
			  lk_exchange_response(l.a.x), &out);
	while (said == PEER_MORE) {
		r = lk_exchange_challenge(l.a.x, out, out, false);
		if (r < 0)
			return r;
		said = peer_step(lk_exchange_response(l.a.x), &out);
	}
	if (said == PEER_NO)
		return lk_exchange_failure(l.a.x, LK_E_CREDENTIALS, &no,
					   "authentication failed");
	return lk_exchange_success(l.a.x, out.len ? out : none);
}

/* The same, to its end. */
static inline int32_t
peer_try(const struct peer_case *c, const char *user, const char *password)
{
	int32_t r = peer_login(c, user, password);

	peer_end();
	attempt_close(&l.a);
	return r;
}

/* Right, then wrong in two ways. */
static inline void
peer_check(const struct peer_case *c)
{
	int32_t r = peer_login(c, c->user, c->password);

	if (r != LK_DONE)
		fail_msg("%s for %s by %s: %d %s", c->id, c->user,
			 c->bound ? c->bound : "no binding", (int)r,
			 sentence(&l));
	assert_string_equal(peer_user(), c->authzid ? c->authzid : c->user);
	peer_end();
	attempt_close(&l.a);
	assert_int_equal(peer_try(c, c->user, "no such password"),
			 LK_E_CREDENTIALS);
	assert_int_equal(peer_try(c, "nobody", c->password),
			 LK_E_CREDENTIALS);
}

#define ALICE "alice", "Correct-horse-battery-staple-97"
#define J_RG  "j\xc3\xbcrg", "p\xc3\xa4ss w\xc3\xb6rd"
#define COMMA "a,b=c", "d,e=f"

/* ---- what holds with every server --------------------------------------- */

/* n where the server binds and says so, y where somebody hid it. */
static void
test_scram_beside_plus(void **state)
{
	struct peer_case c = { "scram-sha-256", ALICE,
			       .types = "tls-exporter",
			       .bound = "tls-exporter" };

	(void)state;
	c.offered = plus_offer;
	assert_int_equal(peer_try(&c, c.user, c.password), LK_DONE);
	c.offered = plain_offer;
	assert_int_equal(peer_try(&c, c.user, c.password), LK_E_CREDENTIALS);
}

/* Somebody in between has a channel to each of us. */
static void
test_another_channel(void **state)
{
	struct peer_case c = { "scram-sha-256-plus", ALICE,
			       .types = "tls-exporter tls-unique",
			       .bound = "tls-exporter", .other = "tls-unique",
			       .offered = plus_offer };

	(void)state;
	assert_int_equal(peer_try(&c, c.user, c.password), LK_E_CREDENTIALS);
	c.other = NULL;
	assert_int_equal(peer_try(&c, c.user, c.password), LK_DONE);
}

#define SCRAM(test) \
	cmocka_unit_test_setup_teardown(test, linked_scram, linked_done)

#endif
