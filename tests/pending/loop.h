/* A program with many logins on one thread: an event loop, engines, and servers
 * at the other ends of socket pairs. SPDX-License-Identifier: MIT */
#ifndef TESTS_PENDING_LOOP_H
#define TESTS_PENDING_LOOP_H

#include <latchkey/smtp.h>

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <cmocka.h>

#define LOGINS 100

struct login {
	struct loop *loop;
	char user[32], id[8];
	char fd_param[32], at_param[32], more_param[32];
	const char *params[4];
	struct lk_login login;
	struct lk_auth *auth;
	struct lk_smtp *smtp;
	int client, server;         /* the ends of its connection */
	int gate[2];                /* [1] opens it; -1: a thread does */

	int waits_for;              /* registered descriptor, or -1 */
	int64_t until;              /* when it waits no longer, ms; -1: never */
	int64_t deadline;           /* the program's own for a wait; -1: none */
	bool is_waiting, is_done;
	bool is_at_work;            /* another thread has it */
	pthread_t worker;
	int32_t cls;                /* how it ended */

	char line[1024];            /* what the server heard */
	size_t len;
	bool asks;                  /* it sends a challenge */
	bool refuses;
	bool hangs_up;              /* when it is asked to log in */
};

struct loop {
	int epoll, done_pipe[2];    /* workers that are done, by number */
	struct lk_host *host;
	struct login logins[LOGINS];
	int count, done, waiting;
	int threads;                /* workers that were started */
};

void loop_begin(struct loop *);
void loop_end(struct loop *);

/* One more login: mechanism, the event that is held, and a parameter more or
 * NULL; with a gate of its own, or woken by the plugin's thread. */
struct login *loop_add(struct loop *, const char *id, const char *at,
		       const char *more, bool has_gate);

/* Greet and go on until this holds. */
void loop_run(struct loop *, bool (*enough)(const struct loop *));

bool all_done(const struct loop *);
void loop_open(struct login *);

#endif
