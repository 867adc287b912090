/* Two and eight threads that log in and send at once, on one host and on many,
 * while others look at what is installed.  ThreadSanitizer watches.
 * SPDX-License-Identifier: MIT */
#include "chaos/mail.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THREADS 8
#define ROUNDS  100

static const struct manners polite = { .auth = "PLAIN LOGIN" };
static const struct manners piped = { .auth = "LOGIN", .words = "PIPELINING" };
static const struct manners fickle = { .auth = "PLAIN LOGIN", .refusals = 1 };
static const struct manners strict = { .auth = "PLAIN LOGIN", .refusals = 99 };

struct worker {
	pthread_t thread;
	struct mail mail;
	unsigned number, rounds;
	char user[32];
	unsigned sent;
	int refused;                /* logins that a server saw, and refused */
};

static struct worker workers[THREADS];
static atomic_bool is_over;

static int32_t
give(void *ctx, const struct lk_ask *ask, struct lk_secret *to,
     struct lk_error *err)
{
	(void)ctx;
	(void)ask;
	(void)err;
	return lk_secret_add(to, "swordfish-31", 12) < 0 ? LK_E_NOMEM : LK_DONE;
}

static void
note(void *ctx, const char *text)
{
	(void)ctx;
	(void)text;
}

static struct lk_host *
new_host(void)
{
	struct lk_host *host = NULL;
	struct lk_error err;

	if (lk_host_new(&host, NULL, &err) < 0)
		fprintf(stderr, "%s\n", err.sentence);
	NEED(host);
	return host;
}

/* ---- threads ----------------------------------------------------------- */

static void *
send_all(void *arg)
{
	struct worker *w = arg;
	unsigned i;

	for (i = 0; i < w->rounds; i++) {
		w->mail.server.refused = 0;
		mail_run(&w->mail);
		w->sent += w->mail.sent;
		w->refused += w->mail.server.refused;
	}
	return NULL;
}

static void *
send_from_own_hosts(void *arg)
{
	struct worker *w = arg;
	unsigned i, rounds = w->rounds;

	w->rounds = 1;
	for (i = 0; i < rounds; i++) {
		w->mail.host = new_host();
		send_all(w);
		lk_host_free(w->mail.host);
	}
	return NULL;
}

static int
look_at(void *ctx, const struct lk_mech_info *info)
{
	size_t *n = ctx;

	*n += strlen(info->path) + strlen(info->reason) + (size_t)info->state;
	return 0;
}

static void
why(void *ctx, const struct lk_mech_info *info, const char *reason)
{
	look_at(ctx, info);
	*(size_t *)ctx += strlen(reason);
}

/* What a program with a list of mechanisms on its screen does. */
static void *
look(void *arg)
{
	struct lk_facts facts = { .size = sizeof(facts) };
	struct lk_login login = { .size = sizeof(login), .port = 1,
				  .host = "other.example" };
	struct lk_host *host = arg;
	struct lk_auth *auth;
	struct lk_error err;
	size_t n = 0;

	while (!atomic_load(&is_over)) {
		NEED(lk_host_scan(host, &err) == 0);
		lk_host_each(host, look_at, &n);
		NEED(lk_auth_new(&auth, host, &login, lk_profile_smtp(),
				 &err) == 0);
		lk_auth_why(auth, &facts, "PLAIN LOGIN", why, &n);
		lk_auth_free(auth);
	}
	NEED(n > 0);
	return NULL;
}

/* ---- what they come to -------------------------------------------------- */

static void
prepare(struct worker *w, unsigned number, struct lk_host *host,
	const struct manners *manners, bool same_user)
{
	memset(w, 0, sizeof(*w));
	w->number = number;
	w->rounds = ROUNDS;
	snprintf(w->user, sizeof(w->user), "user%u", same_user ? 0 : number);
	w->mail.host = host;
	w->mail.tls = LK_TLS_IMPLICIT;
	w->mail.messages = 2;
	w->mail.login = (struct lk_login){
		.size = sizeof(w->mail.login), .host = "mx.example",
		.port = 465, .user = w->user, .secrets = "password",
		.secret = give, .note = note,
	};
	if (manners == &fickle)     /* each time it refuses the first try */
		w->mail.login.failure_budget = 2;
	server_init(&w->mail.server, manners);
}

/* Returns how many logins the servers refused. */
static int
run(unsigned threads, void *(*body)(void *), struct lk_host *host,
    const struct manners *manners, bool same_user, unsigned want_sent)
{
	pthread_t other;
	unsigned i, sent = 0;
	int refused = 0;

	atomic_store(&is_over, false);
	for (i = 0; i < threads; i++)
		prepare(&workers[i], i, host, manners, same_user);
	if (host)
		NEED(pthread_create(&other, NULL, look, host) == 0);
	for (i = 0; i < threads; i++)
		NEED(pthread_create(&workers[i].thread, NULL, body,
				    &workers[i]) == 0);
	for (i = 0; i < threads; i++) {
		NEED(pthread_join(workers[i].thread, NULL) == 0);
		sent += workers[i].sent;
		refused += workers[i].refused;
	}
	atomic_store(&is_over, true);
	if (host)
		NEED(pthread_join(other, NULL) == 0);
	if (sent != want_sent)
		fprintf(stderr, "%u sent, not %u: %s\n", sent, want_sent,
			workers[0].mail.error.sentence);
	NEED(sent == want_sent);
	return refused;
}

int
main(void)
{
	struct lk_host *host = new_host();

	/* they load the plugins, too */
	run(2, send_all, host, &polite, true, 2 * ROUNDS * 2);
	run(THREADS, send_all, host, &polite, false, THREADS * ROUNDS * 2);
	run(THREADS, send_all, host, &piped, true, THREADS * ROUNDS * 2);
	NEED(run(THREADS, send_all, host, &fickle, false,
		 THREADS * ROUNDS * 2) == THREADS * ROUNDS);
	lk_host_free(host);

	/* one tries a secret that nobody has proven, the others wait for it: a
	 * wrong one is sent twice, however many want it */
	host = new_host();
	NEED(run(THREADS, send_all, host, &strict, true, 0) == 2);
	lk_host_free(host);

	run(THREADS, send_from_own_hosts, NULL, &polite, true,
	    THREADS * ROUNDS * 2);
	puts("no race");
	return 0;
}
