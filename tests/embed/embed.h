/* A login without a server, for tests that are programs of the library.
 * SPDX-License-Identifier: MIT */
#ifndef LK_TEST_EMBED_H
#define LK_TEST_EMBED_H

#include <latchkey/host.h>

#include <string.h>

static inline int32_t
embed_secret(void *ctx, const struct lk_ask *ask, struct lk_secret *to,
	     struct lk_error *err)
{
	(void)ctx;
	(void)ask;
	(void)err;
	lk_secret_add(to, "Wombat-at-noon-77", 17);
	return LK_DONE;
}

static inline void
embed_begin(struct lk_auth *auth, const char *offered)
{
	struct lk_facts facts = {
		.size = sizeof(facts),
		.flags = LK_FACT_ENCRYPTED | LK_FACT_VERIFIED,
		.peer_name = "mail.example",
	};

	lk_auth_begin(auth, &facts, offered);
}

/* What a server says to everything: a prompt `prompts` times, then `code`. */
static inline void
embed_talk(struct lk_auth *auth, unsigned prompts, int32_t code)
{
	struct lk_auth_want want = { .size = sizeof(want) };

	for (;;) {
		struct lk_reply reply = { .size = sizeof(reply), .code = code,
					  .enhanced = "" };

		lk_auth_want(auth, &want);
		if (want.kind == LK_AUTH_SEND) {
			lk_auth_sent(auth);
		} else if (want.kind == LK_AUTH_READ) {
			if (prompts) {
				prompts--;
				reply.code = 334;
				reply.raw.data = (const unsigned char *)"";
			}
			lk_auth_reply(auth, &reply);
		} else {
			return;
		}
	}
}

/* Log in with this `auth`: 0, or -1 and *err. */
static inline int
embed_login(struct lk_host *host, const char *auth_list, const char *offered,
	    unsigned prompts, int32_t code, struct lk_error *err)
{
	struct lk_login login = {
		.size = sizeof(login), .host = "mail.example", .port = 587,
		.user = "wombat", .auth = auth_list, .secrets = "password",
		.secret = embed_secret,
	};
	struct lk_auth_want want = { .size = sizeof(want) };
	struct lk_auth *auth;

	if (lk_auth_new(&auth, host, &login, lk_profile_smtp(), err) < 0)
		return -1;
	embed_begin(auth, offered);
	embed_talk(auth, prompts, code);
	lk_auth_want(auth, &want);
	if (want.kind != LK_AUTH_DONE)
		*err = *lk_auth_error(auth);
	lk_auth_free(auth);
	return want.kind == LK_AUTH_DONE ? 0 : -1;
}

#endif
