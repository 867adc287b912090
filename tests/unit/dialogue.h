/* A server made of a list of replies that drives a login, and remembers all
 * that was said. SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_DIALOGUE_H
#define TESTS_UNIT_DIALOGUE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "mech/auth.h"
#include "base/ascii.h"
#include "base/base64.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOST "smtp.example.com"
#define USER "costa@amaxit.net"
#define USER64 "Y29zdGFAYW1heGl0Lm5ldA=="
#define PASSWORD "1982214-secret"
#define PASSWORD64 "MTk4MjIxNC1zZWNyZXQ="
#define TOKEN "token-one"
#define FRESH "token-two"
#define TLS (LK_FACT_ENCRYPTED | LK_FACT_VERIFIED)

/* Who logs in and what became of it. */
struct dialogue {
	struct lk_host *host;
	struct lk_login login;
	struct lk_facts facts;
	const char *offered;
	const char *password;       /* and the other secrets; NULL: none */
	const char *token, *fresh;
	int renewals;               /* asked for */
	int pendings;               /* times that a secret is not ready */
	const char *after_tls;      /* offered then, or NULL: the same */
	char said[4096];            /* by the client, and events; "|" between */
	char told[65536];           /* everything that people may read */
	const char *server;         /* replies, "|" between */
	struct lk_auth *auth;
	struct lk_error err;
	struct lk_auth_result result;
	char warning[128];
	bool is_closed;
};

static inline void
use_plugins(const char *dirs)
{
	setenv("LATCHKEY_PLUGIN_PATH", dirs, 1);
	setenv("XDG_DATA_HOME", "/nonexistent", 1);
}

#define SCRIPTED LK_TEST_BUILD_DIR "/test-plugins/scripted"
#define PLUGINS LK_TEST_BUILD_DIR "/plugins"

static inline struct lk_host *
new_host(const char *dirs)
{
	struct lk_host *host = NULL;
	struct lk_error err;

	use_plugins(dirs);
	if (lk_host_new(&host, NULL, &err) < 0)
		fail_msg("%s", err.sentence);
	return host;
}

static inline void
add(char *to, size_t room, const char *text)
{
	size_t at = strlen(to);

	assert_true(at + strlen(text) + 2 < room);
	snprintf(to + at, room - at, "%s%s", at ? "|" : "", text);
}

static inline void
tell(struct dialogue *d, const char *text)
{
	add(d->told, sizeof(d->told), text);
}

static inline int32_t
give(void *ctx, const struct lk_ask *ask, struct lk_secret *to,
     struct lk_error *err)
{
	struct dialogue *d = ctx;
	const char *value = d->password;

	if (strcmp(ask->key, LK_P_TOKEN) == 0)
		value = d->token;
	if (d->pendings > 0) {
		d->pendings--;
		lk_secret_wait(to, -1, 0, 1);
		return LK_PENDING;
	}
	if (ask->flags & LK_ASK_RENEW) {
		d->renewals++;
		value = d->fresh;
	}
	if (!value) {
		memset(err, 0, sizeof(*err));
		snprintf(err->sentence, sizeof(err->sentence), "no %s is here",
			 ask->key);
		return err->cls = LK_E_NOPROP;
	}
	return lk_secret_add(to, value, strlen(value)) == 0 ? LK_DONE
							    : LK_E_NOMEM;
}

static inline void
hear(void *ctx, const char *text)
{
	tell(ctx, text);
}

static inline void
dialogue_init(struct dialogue *d, struct lk_host *host)
{
	memset(d, 0, sizeof(*d));
	d->host = host;
	d->facts.size = sizeof(d->facts);
	d->facts.flags = TLS;
	d->password = PASSWORD;
	d->token = TOKEN;
	d->login = (struct lk_login){
		.size = sizeof(d->login), .host = HOST, .port = 587,
		.user = USER, .secrets = "password oauth.token",
		.secret = give, .note = hear, .ctx = d,
	};
}

/* One that offers SCRIPTED, which sends the password. */
static inline void
dialogue_spends(struct dialogue *d, struct lk_host *host)
{
	static const char *const params[] = {
		"scripted.script=start:send=password", NULL
	};

	dialogue_init(d, host);
	d->offered = "SCRIPTED";
	d->login.params = params;
}

/* Setups and teardown of tests whose state is a host. */
static inline int
plugins_host(void **state)
{
	*state = new_host(PLUGINS);
	return 0;
}

static inline int
scripted_host(void **state)
{
	*state = new_host(SCRIPTED);
	return 0;
}

static inline int
free_host(void **state)
{
	lk_host_free(*state);
	return 0;
}

/* The next reply; "" when there is none left. */
static inline void
next_reply(struct dialogue *d, char *to, size_t room)
{
	size_t n = strcspn(d->server, "|");

	assert_true(n < room);
	memcpy(to, d->server, n);
	to[n] = '\0';
	d->server += n + (d->server[n] == '|');
}

static inline bool
is_enhanced(const char *text)
{
	return text[0] >= '2' && text[0] <= '5' && text[1] == '.';
}

static inline void
answer(struct dialogue *d)
{
	char line[1024], enhanced[16] = "";
	struct lk_reply r;
	const char *text;

	next_reply(d, line, sizeof(line));
	if (strcmp(line, "hangs up") == 0) {
		lk_auth_lost(d->auth, LK_E_PROTOCOL);
		return;
	}
	if (strcmp(line, "is silent") == 0) {
		lk_auth_lost(d->auth, LK_E_TRANSIENT);
		return;
	}
	if (!*line)
		fail_msg("no reply is left after: %s", d->said);
	text = line + (strlen(line) > 3 ? 4 : 3);
	if (is_enhanced(text))
		snprintf(enhanced, sizeof(enhanced), "%.*s",
			 (int)strcspn(text, " "), text);
	memset(&r, 0, sizeof(r));
	r.size = sizeof(r);
	r.code = (int32_t)lk_ascii_number(line, 3, 999);
	r.enhanced = enhanced;
	r.text.data = (const unsigned char *)text;
	r.text.len = strlen(text);
	if (r.code == 334)
		r.raw = r.text;
	lk_auth_reply(d->auth, &r);
	/* what was borrowed is gone */
	memset(line, 'X', sizeof(line));
	memset(enhanced, 'X', sizeof(enhanced));
}

static inline void
say(struct dialogue *d, const struct lk_auth_want *w)
{
	char line[2048];

	snprintf(line, sizeof(line), "%.*s", (int)w->line.len,
		 (const char *)w->line.data);
	add(d->said, sizeof(d->said), *line ? line : "(empty)");
	tell(d, w->shown);
	tell(d, w->meaning);
	lk_auth_sent(d->auth);
}

static inline void
wait_for(struct dialogue *d, const struct lk_auth_want *w)
{
	struct pollfd p = { w->fd, POLLIN, 0 };

	if (w->fd >= 0)
		assert_true(poll(&p, 1, 20000) > 0);
	lk_auth_ready(d->auth);
}

/* True while it goes on. */
static inline bool
turn(struct dialogue *d)
{
	struct lk_auth_want w = { .size = sizeof(w) };

	lk_auth_want(d->auth, &w);
	switch (w.kind) {
	case LK_AUTH_SEND:
		say(d, &w);
		return true;
	case LK_AUTH_READ:
		answer(d);
		return true;
	case LK_AUTH_WAIT:
		wait_for(d, &w);
		return true;
	case LK_AUTH_WORK:
		add(d->said, sizeof(d->said), "WORK");
		lk_auth_ready(d->auth);
		return true;
	case LK_AUTH_START_TLS:
		add(d->said, sizeof(d->said), "TLS");
		d->facts.flags |= TLS;
		lk_auth_begin(d->auth, &d->facts,
			      d->after_tls ? d->after_tls : d->offered);
		return true;
	case LK_AUTH_RECONNECT:
		add(d->said, sizeof(d->said), "RECONNECT");
		lk_auth_begin(d->auth, &d->facts, d->offered);
		return true;
	default:
		d->is_closed = w.flags & LK_AUTH_CLOSE;
		return false;
	}
}

/* Neither raw nor in base64 at any alignment does a secret stand in what people
 * read. */
static inline void
check_told(const struct dialogue *d)
{
	static const char *const secrets[] = { PASSWORD, TOKEN, FRESH };
	struct lk_buf b;
	size_t i, j;

	for (i = 0; i < 3; i++)
		for (j = 0; j < 3; j++) {
			char *text;

			lk_buf_init(&b, 256);
			assert_int_equal(lk_base64_encode(
				&b, secrets[i] + j, strlen(secrets[i]) - j), 0);
			text = lk_buf_text(&b);
			/* the last group may depend on what follows */
			text[b.len - 4] = '\0';
			if (strstr(d->told, text) ||
			    strstr(d->told, secrets[i]))
				fail_msg("a secret was told: %s", d->told);
			lk_buf_wipe(&b);
		}
}

static inline void
dialogue_open(struct dialogue *d, const char *server)
{
	d->server = server;
	*d->said = '\0';
	d->is_closed = false;
	memset(&d->err, 0, sizeof(d->err));
	memset(&d->result, 0, sizeof(d->result));
	if (lk_auth_new(&d->auth, d->host, &d->login, lk_profile_smtp(),
			&d->err) < 0)
		fail_msg("%s", d->err.sentence);
}

static inline void
dialogue_close(struct dialogue *d)
{
	d->err = *lk_auth_error(d->auth);
	d->result.size = sizeof(d->result);
	lk_auth_get_result(d->auth, &d->result);
	tell(d, d->err.sentence);
	tell(d, d->err.text);
	tell(d, d->err.advice);
	tell(d, d->result.warning);
	lk_ascii_copy(d->warning, sizeof(d->warning), d->result.warning);
	d->result.warning = d->warning;
	lk_auth_free(d->auth);
	d->auth = NULL;
	check_told(d);
}

/* A whole login. */
static inline void
dialogue_run(struct dialogue *d, const char *server)
{
	dialogue_open(d, server);
	lk_auth_begin(d->auth, &d->facts, d->offered);
	while (turn(d))
		;
	dialogue_close(d);
	if (*d->server)
		fail_msg("said %s; not used: %s", d->said, d->server);
}

/* Refusals that the ledger counts. */
static inline uint32_t
charged(const struct lk_host *host)
{
	const struct lk_guess *g;
	uint32_t n = 0;

	for (g = host->ledger->guesses; g; g = g->next)
		n += g->failures;
	return n;
}

#endif
