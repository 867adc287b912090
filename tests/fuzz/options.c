/* The first six octets of an input choose who logs in, how, and what is sent.
 * SPDX-License-Identifier: MIT */
#include "engine.h"

#include <stdio.h>
#include <string.h>

static const char *const orders[16] = {
	NULL, "LOGIN", "login", "login-ir", "plain", "PLAIN LOGIN",
	"login plain", "plain *", "!plain *", "scripted", "scripted *",
	"token plain", "strong mutual bound hash *", "slow xoauth2 oauthbearer",
	"ticket code *", "mutual external cram-md5 scram-sha-256",
};

/* What the scripted mechanisms do. */
static const char *const scripts[16] = {
	"",
	"start:send=password",
	"start:emit=hello c:send=authid c:send=password",
	"start:emit= c:send=password,unproven",
	"start:wait=5,send=password c:wait=1,emit=x s:wait=1 f:wait=1",
	"start:lease=password c:emit=a c:emit=b c:expect-fail",
	"start:send=password c:emit=,expect-fail f:expired",
	"start:send=oauth.token c:emit=,expect-fail",
	"a:noprop",
	"a:report=no_ticket,unsupported",
	"start:send=password s:mutual",
	"start:send=password f:too-weak",
	"start:report=it_is_wrong,config",
	"start:send=password,done c:internal",
	"c:send=password c:unsupported",
	"start:send=password f:transient s:protocol",
};

static const char *const texts[4] = {
	"Subject: t\n\nhello\n",
	".\r\n..\n\n.dots.\r\n.",
	"caf\303\251\n\n\n\n",
	"no end",
};

/* ID.script=... for every scripted mechanism. */
static const char *const *
params(const char *script)
{
	static const char *const ids[] = {
		"scripted", "scripted-twin", "scripted-ir", "other", "hash",
		"strong", "mutual", "bound", "token", "slow", "ticket",
		"nobody", "code",
	};
	static char room[sizeof(ids) / sizeof(*ids)][128];
	static const char *list[sizeof(ids) / sizeof(*ids) + 1];
	size_t i;

	for (i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
		snprintf(room[i], sizeof(room[i]), "%s.script=%s", ids[i],
			 script);
		list[i] = room[i];
	}
	return list;
}

static int32_t
give(void *ctx, const struct lk_ask *ask, struct lk_secret *to,
     struct lk_error *err)
{
	struct talk *t = ctx;
	const char *value = t->secret;

	(void)err;
	if (t->pending) {
		t->pending = false;
		lk_secret_wait(to, -1, 0, 10);
		return LK_PENDING;
	}
	if (t->no_secret)
		return LK_E_NOPROP;
	if (strcmp(ask->key, LK_P_TOKEN) == 0)
		value = t->token;
	if ((ask->flags & LK_ASK_RENEW) && !t->same_again)
		value = t->fresh;
	return lk_secret_add(to, value, MARKER) < 0 ? LK_E_NOMEM : LK_DONE;
}

static void
take_connection(struct talk *t, uint8_t o)
{
	t->tls = o & 3;
	t->unverified = o & 4;
	t->private = o & 8;
	t->wrong_name = o & 16;
	t->judge.has_login = !(o & 32);
	if (o & 64)
		t->login.flags |= LK_LOGIN_INSECURE_PLAINTEXT;
	if (o & 128)
		t->login.flags |= LK_LOGIN_FALLBACK_TO_PLAINTEXT;
}

static void
take_login(struct talk *t, uint8_t how, uint8_t script)
{
	t->login.size = sizeof(t->login);
	t->login.host = "mx.example";
	t->login.port = 587;
	t->login.user = how & 128 ? NULL : "alice";
	t->login.auth = orders[how & 15];
	t->login.failure_budget = how >> 4 & 3;
	t->login.params = params(scripts[script & 15]);
	t->login.secrets = script & 16 ? "password" : "password oauth.token";
	t->login.secret = give;
	t->login.note = watch_note;
	t->login.ctx = t;
	t->pending = script & 32;
	t->no_secret = script & 64;
	t->same_again = script & 128;
	t->login.authzid = how & 64 ? "bob" : NULL;
}

static void
take_mail(struct talk *t, uint8_t o)
{
	size_t i;

	t->mails = o & 3;
	t->count = 1 + (o >> 2 & 3);
	t->partial = o & 16;
	t->last = o & 32;
	t->text = texts[o >> 6];
	t->facts.size = sizeof(t->facts);
	for (i = 0; t->text[i]; i++)
		lk_message_scan(&t->facts, t->text + i, 1);
	lk_message_scan_end(&t->facts);
}

static void
take_extensions(struct talk *t, uint8_t o)
{
	static const char *const notify[4] = {
		NULL, "never", "success,failure,delay", "delay",
	};

	if (o & 1)
		t->flags |= LK_SMTP_LMTP;
	if (o & 2)
		t->flags |= LK_SMTP_BDAT;
	t->judge.lmtp = o & 1;
	t->notify = notify[o >> 2 & 3];
	t->ret = o & 16 ? "hdrs" : NULL;
	t->envid = o & 32 ? "a+b=c" : NULL;
}

void
talk_options(struct talk *t, const uint8_t *data, size_t size)
{
	static const size_t pieces[8] = { 1, 2, 3, 7, 16, 64, 512, 65536 };
	uint8_t how, pace;

	t->in.at = data;
	t->in.left = size;
	marker_make(t->secret, "secret", data, size);
	marker_make(t->fresh, "fresh", data, size);
	marker_make(t->token, "token", data, size);
	take_connection(t, feed_octet(&t->in));
	how = feed_octet(&t->in);
	take_login(t, how, feed_octet(&t->in));
	take_mail(t, feed_octet(&t->in));
	pace = feed_octet(&t->in);
	t->piece_in = pieces[pace & 7];
	t->piece_out = pieces[pace >> 3 & 7];
	t->lockstep = !(pace & 64);
	take_extensions(t, feed_octet(&t->in));
	t->judge.secrets[0] = t->secret;
	t->judge.secrets[1] = t->fresh;
	t->judge.secrets[2] = t->token;
}
