/* ours SERVER COUNT WIRE ID: the CPU time in nanoseconds that a login by this
 * mechanism takes, as the first of a process, and then on average.
 * SPDX-License-Identifier: MIT */
#include "wire.h"

#include <latchkey/host.h>

static int32_t
secret(void *ctx, const struct lk_ask *ask, struct lk_secret *to,
       struct lk_error *err)
{
	(void)ctx;
	(void)ask;
	(void)err;
	return lk_secret_add(to, BENCH_SECRET, strlen(BENCH_SECRET)) < 0
	       ? LK_E_NOMEM : LK_DONE;
}

static void
hear(struct wire *w, struct lk_auth *auth)
{
	struct lk_reply reply = { .size = sizeof(reply), .enhanced = "" };

	wire_halt(w);
	reply.code = wire_hear(w);
	wire_go(w);
	reply.text.data = (const unsigned char *)w->line + 4;
	reply.text.len = strlen(w->line + 4);
	if (reply.code == 334)
		reply.raw = reply.text;
	lk_auth_reply(auth, &reply);
}

static void
obey(struct wire *w, struct lk_auth *auth)
{
	struct lk_auth_want want = { .size = sizeof(want) };

	for (;;) {
		lk_auth_want(auth, &want);
		switch (want.kind) {
		case LK_AUTH_WORK:
			lk_auth_ready(auth);
			break;
		case LK_AUTH_SEND:
			wire_halt(w);
			wire_say(w, (const char *)want.line.data,
				 want.line.len);
			wire_go(w);
			lk_auth_sent(auth);
			break;
		case LK_AUTH_READ:
			hear(w, auth);
			break;
		case LK_AUTH_DONE:
			return;
		default:
			wire_die(lk_auth_error(auth)->sentence);
		}
	}
}

static void
log_in(struct wire *w, struct lk_host *host, const char *wire, const char *id)
{
	struct lk_login login = {
		.size = sizeof(login), .host = BENCH_HOST, .port = 587,
		.user = BENCH_USER, .auth = id,
		.secrets = "password oauth.token", .secret = secret,
	};
	struct lk_facts facts = {
		.size = sizeof(facts), .peer_name = BENCH_HOST,
		.flags = LK_FACT_ENCRYPTED | LK_FACT_VERIFIED |
			 LK_FACT_CLIENT_CERT,
	};
	struct lk_auth *auth;
	struct lk_error err;

	if (lk_auth_new(&auth, host, &login, lk_profile_smtp(), &err) < 0)
		wire_die(err.sentence);
	lk_auth_begin(auth, &facts, wire);
	obey(w, auth);
	lk_auth_free(auth);
}

int
main(int argc, char **argv)
{
	unsigned long count, i;
	struct lk_host *host;
	struct lk_error err;
	struct wire w;
	int64_t first;

	if (argc != 5)
		return 64;
	wire_open(&w, argv[1]);
	count = strtoul(argv[2], NULL, 10);
	wire_go(&w);
	if (lk_host_new(&host, NULL, &err) < 0)
		wire_die(err.sentence);
	log_in(&w, host, argv[3], argv[4]);
	wire_halt(&w);
	first = w.took;
	w.took = 0;
	wire_go(&w);
	for (i = 0; i < count; i++)
		log_in(&w, host, argv[3], argv[4]);
	wire_halt(&w);
	wire_tell(first, w.took, count);
	lk_host_free(host);
	wire_close(&w);
	return 0;
}
