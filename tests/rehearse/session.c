/* One session of a client, as a conversation file wants it.
 * SPDX-License-Identifier: MIT */
#include "rehearse/converse.h"

#include "base/ascii.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
set(struct lk_account *a, const char *key, const char *value,
	struct lk_error *err)
{
	if (value && !err->cls)
		(void)lk_account_set(a, key, value, err);
}

static void
set_param(struct lk_account *a, const char *param, struct lk_error *err)
{
	const char *equals = strchr(param, '=');
	char key[128];

	snprintf(key, sizeof(key), "%.*s", (int)(equals - param), param);
	set(a, key, equals + 1, err);
}

static void
set_secret(struct lk_account *a, const char *key, const char *variable,
	   const char *value, struct lk_error *err)
{
	char source[64];

	if (!value)
		return;
	setenv(variable, value, 1);
	snprintf(source, sizeof(source), "env:%s", variable);
	set(a, key, source, err);
}

/* A command that has a fresh token from the second time on; forget_token() makes
 * the next time the first one. */
static void
set_renewed(struct lk_account *a, const struct lk_script_options *o,
	    const char *ca, struct lk_error *err)
{
	char asked[PATH_MAX];

	if (!o->token || !o->renewed)
		return;
	snprintf(asked, sizeof(asked), "%s.asked", ca);
	setenv("REHEARSED_ASKED", asked, 1);
	setenv("REHEARSED_FRESH", o->renewed, 1);
	set(a, "token-from", "cmd:sh -c 'if mkdir $REHEARSED_ASKED; then "
	    "printenv REHEARSED_TOKEN; else printenv REHEARSED_FRESH; fi "
	    "2>/dev/null'", err);
}

static void
forget_token(void)
{
	const char *asked = getenv("REHEARSED_ASKED");

	if (asked)
		rmdir(asked);
}

static struct lk_account *
account_of(const struct lk_script_options *o, const struct lk_rehearse_info *i,
	   bool is_slow, struct lk_error *err)
{
	struct lk_account *a = NULL;
	char number[16];
	size_t n;

	if (lk_account_new(&a, err) < 0)
		return NULL;
	set(a, "host", i->address, err);
	snprintf(number, sizeof(number), "%u", i->port);
	set(a, "port", number, err);
	set(a, "tls", o->tls, err);
	if (strcmp(o->tls, "none") != 0)
		set(a, "ca", i->ca, err);
	set(a, "ehlo", o->ehlo, err);
	set(a, "user", o->user, err);
	set(a, "authzid", o->authzid, err);
	set(a, "realm", o->realm, err);
	set(a, "auth", o->auth, err);
	set(a, "timeout", is_slow ? "1" : "20", err);
	set_secret(a, "password-from", "REHEARSED_PASSWORD", o->password, err);
	if (o->pending)
		set(a, "password-from",
			"cmd:sh -c 'sleep 0.1; printenv "
			"REHEARSED_PASSWORD'",
			err);
	set_secret(a, "token-from", "REHEARSED_TOKEN", o->token, err);
	set_renewed(a, o, i->ca, err);
	for (n = 0; n < o->n_params; n++)
		set_param(a, o->params[n], err);
	snprintf(number, sizeof(number), "%u", o->failure_budget);
	set(a, "failure-budget", o->failure_budget ? number : NULL, err);
	set(a, "insecure-plaintext", o->insecure_plaintext ? "yes" : NULL, err);
	set(a, "fallback-to-plaintext", o->fallback_to_plaintext ? "yes" : NULL,
		err);
	set(a, "protocol", o->lmtp ? "lmtp" : NULL, err);
	set(a, "bdat", o->bdat ? "yes" : NULL, err);
	set(a, "insecure-no-verify", o->unverified ? "yes" : NULL, err);
	return a;
}

static void
on_trace(void *ctx, const struct lk_trace *t)
{
	static const char *const arrow[] = { "?", ">", "<", "*" };
	struct outcome *out = ctx;

	lk_buf_printf(&out->trace, "%s %s | %s | %s\n", arrow[t->from & 3],
		      t->line, t->decoded, t->meaning);
}

/* false: no more messages on this connection. */
static bool
send_one(struct outcome *out, struct lk_client *c,
	 const struct lk_script_mail *m)
{
	struct lk_recipient *to = out->to[out->n_mails];
	struct lk_error *err = &out->mails[out->n_mails++];
	struct lk_message message = {
		.size = sizeof(message),
		.fd = -1,
		.head = { (const unsigned char *)m->message.data,
			  m->message.len },
	};
	struct lk_envelope e = {
		.size = sizeof(e),
		.flags = (m->partial ? LK_MAIL_PARTIAL : 0) |
		     (m->last ? LK_MAIL_LAST : 0),
		.from = m->from,
		.to = to,
		.count = m->count,
		.dsn_notify = m->dsn_notify,
		.dsn_ret = m->dsn_ret,
		.envid = m->envid,
	};
	size_t i;

	for (i = 0; i < m->count; i++)
		to[i] = (struct lk_recipient){ .address = m->to[i] };
	if (lk_client_mail(c, &e, &message, err) == 0)
		return !m->last;
	return c->wire.fd >= 0;
}

static void
take_info(struct outcome *out, struct lk_client *c)
{
	if (c->smtp && !out->error.cls) {
		out->error = *lk_smtp_error(c->smtp);
	} else if (!c->smtp && out->n_mails) {
		/* not even connected: no message was begun */
		out->error = out->mails[0];
		out->n_mails = 0;
	}
	out->info.size = sizeof(out->info);
	lk_client_get_info(c, &out->info);
	lk_ascii_copy(out->mech, sizeof(out->mech), out->info.mech);
	lk_ascii_copy(out->warning, sizeof(out->warning), out->info.warning);
}

void
session_run(struct outcome *out, struct lk_host *host,
		const struct lk_script_options *o,
		const struct lk_rehearse_info *i,
		bool is_slow)
{
	struct lk_client_options options = {
		.size = sizeof(options),
		.trace = on_trace,
		.trace_ctx = out,
	};
	struct lk_client *c = NULL;
	struct lk_account *a;
	size_t n;

	memset(out, 0, sizeof(*out));
	lk_buf_init(&out->trace, 1 << 24);
	a = account_of(o, i, is_slow, &out->error);
	if (!out->error.cls &&
		lk_client_new(&c, host, a, &options, &out->error) == 0) {
		/* the first message connects: after a connect of its own it
		 * would be sent once more if the server hangs up at once */
		if (o->n_mails == 0)
			(void)lk_client_connect(c, &out->error);
		for (n = 0; n < o->n_mails; n++)
			if (!send_one(out, c, &o->mails[n]))
				break;
		lk_client_close(c);
		take_info(out, c);
	}
	lk_client_free(c);
	lk_account_free(a);
	forget_token();
}

void
session_end(struct outcome *out)
{
	lk_buf_wipe(&out->trace);
}
