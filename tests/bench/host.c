/* host: from lk_host_new() until the first mechanism is loaded and has its
 * message ready, in microseconds on standard output.
 * SPDX-License-Identifier: MIT */
#include <latchkey/host.h>

#include <stdio.h>
#include <time.h>

static int32_t
secret(void *ctx, const struct lk_ask *ask, struct lk_secret *to,
       struct lk_error *err)
{
	(void)ctx;
	(void)ask;
	(void)err;
	return lk_secret_add(to, "secret", 6) < 0 ? LK_E_NOMEM : LK_DONE;
}

static int
first_line(struct lk_host *host, struct lk_error *err)
{
	struct lk_login login = {
		.size = sizeof(login), .host = "mail.example.com",
		.port = 587, .user = "alice", .secrets = "password",
		.secret = secret,
	};
	struct lk_facts facts = {
		.size = sizeof(facts), .peer_name = "mail.example.com",
		.flags = LK_FACT_ENCRYPTED | LK_FACT_VERIFIED,
	};
	struct lk_auth_want want = { .size = sizeof(want) };
	struct lk_auth *auth;

	if (lk_auth_new(&auth, host, &login, lk_profile_smtp(), err) < 0)
		return -1;
	lk_auth_begin(auth, &facts, "PLAIN LOGIN");
	for (lk_auth_want(auth, &want); want.kind == LK_AUTH_WORK;
	     lk_auth_want(auth, &want))
		lk_auth_ready(auth);
	if (want.kind != LK_AUTH_SEND)
		*err = *lk_auth_error(auth);
	lk_auth_free(auth);
	return want.kind == LK_AUTH_SEND ? 0 : -1;
}

int
main(void)
{
	struct lk_error err = { .cls = 0 };
	struct timespec from, to;
	struct lk_host *host;

	clock_gettime(CLOCK_MONOTONIC, &from);
	if (lk_host_new(&host, NULL, &err) < 0 || first_line(host, &err) < 0) {
		fprintf(stderr, "host: %s\n", err.sentence);
		return 1;
	}
	clock_gettime(CLOCK_MONOTONIC, &to);
	lk_host_free(host);
	printf("%ld\n", (long)(to.tv_sec - from.tv_sec) * 1000000 +
	       (to.tv_nsec - from.tv_nsec) / 1000);
	return 0;
}
