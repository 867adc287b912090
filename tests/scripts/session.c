/* One session: the engine, a login, messages. SPDX-License-Identifier: MIT */
#include "scripts/play.h"

#include <string.h>

static void
on_trace(void *ctx, const struct lk_trace *t)
{
	static const char *const arrow[] = { "?", ">", "<", "*" };
	struct player *p = ctx;

	lk_buf_printf(&p->log, "%s %s | %s | %s\n", arrow[t->from & 3],
		      t->line, t->decoded, t->meaning);
}

static void
on_note(void *ctx, const char *text)
{
	struct player *p = ctx;

	lk_buf_printf(&p->log, "* %s | | \n", text);
}

static int32_t
on_secret(void *ctx, const struct lk_ask *ask, struct lk_secret *secret,
	  struct lk_error *err)
{
	struct player *p = ctx;
	const struct lk_script_options *o = &p->options;
	const char *value = NULL;

	(void)err;
	if (p->asked++ == 0 && o->pending) {
		lk_secret_wait(secret, -1, 0, 10);
		return LK_PENDING;
	}
	if (strcmp(ask->key, LK_P_PASSWORD) == 0)
		value = o->password;
	else if (strcmp(ask->key, LK_P_TOKEN) == 0)
		value = o->token;
	if (ask->flags & LK_ASK_RENEW)
		value = o->renewed;
	if (!value)
		return LK_E_NOPROP;
	return lk_secret_add(secret, value, strlen(value)) < 0 ? LK_E_NOMEM
							       : LK_DONE;
}

static int
begin_login(struct player *p)
{
	const struct lk_script_options *o = &p->options;
	struct lk_error err;

	p->login = (struct lk_login) {
		.size = sizeof(p->login),
		.flags = (o->insecure_plaintext ? LK_LOGIN_INSECURE_PLAINTEXT
						: 0) |
			 (o->fallback_to_plaintext
			  ? LK_LOGIN_FALLBACK_TO_PLAINTEXT : 0),
		.host = o->host,
		.port = o->port,
		.failure_budget = o->failure_budget,
		.user = o->user,
		.authzid = o->authzid,
		.realm = o->realm,
		.auth = o->auth,
		.params = o->params,
		.secrets = o->password && o->token ? "password oauth.token"
			 : o->password ? "password"
			 : o->token ? "oauth.token" : NULL,
		.secret = on_secret,
		.note = on_note,
		.ctx = p,
	};
	if (!p->host && lk_host_new(&p->host, NULL, &err) < 0) {
		play_fail(p, "lk_host_new: %s", err.sentence);
		return -1;
	}
	return lk_auth_new(&p->auth, p->host, &p->login, lk_profile_smtp(),
			   &p->error);
}

static uint32_t
tls_of(struct player *p)
{
	static const char *const names[] = {
		[LK_TLS_STARTTLS] = "starttls",
		[LK_TLS_IMPLICIT] = "implicit",
		[LK_TLS_OPPORTUNISTIC] = "opportunistic",
		[LK_TLS_NONE] = "none",
	};
	uint32_t i;

	for (i = 0; i < 4; i++)
		if (strcmp(names[i], p->options.tls) == 0)
			return i;
	play_fail(p, "tls: %s", p->options.tls);
	return LK_TLS_NONE;
}

static int32_t
bind_channel(void *ctx, const char *type, struct lk_bytes *out)
{
	(void)ctx;
	if (strcmp(type, "tls-exporter") != 0)
		return LK_E_NOPROP;
	out->data = (const unsigned char *)"one channel and no other";
	out->len = 24;
	return LK_DONE;
}

static void
facts_of(struct player *p, struct lk_facts *f, bool encrypted)
{
	memset(f, 0, sizeof(*f));
	f->size = sizeof(*f);
	if (p->options.private)
		f->flags |= LK_FACT_PRIVATE;
	if (!encrypted)
		return;
	f->flags |= LK_FACT_ENCRYPTED;
	if (p->options.client_cert)
		f->flags |= LK_FACT_CLIENT_CERT;
	if (p->options.binding)
		f->channel_binding = bind_channel;
	if (p->options.unverified)
		return;
	f->flags |= LK_FACT_VERIFIED;
	f->peer_name = p->options.peer ? p->options.peer : p->options.host;
}

void
session_connect(struct player *p)
{
	struct lk_facts f;

	facts_of(p, &f, strcmp(p->options.tls, "implicit") == 0);
	p->in_body = false;
	lk_smtp_connected(p->smtp, &f);
}

void
session_tls(struct player *p)
{
	struct lk_facts f;

	facts_of(p, &f, true);
	lk_smtp_tls_up(p->smtp, &f);
}

void
session_begin(struct player *p)
{
	struct lk_smtp_options o = {
		.size = sizeof(o),
		.tls = tls_of(p),
		.ehlo = p->options.ehlo,
		.trace = on_trace,
		.trace_ctx = p,
		.flags = (p->options.lmtp ? LK_SMTP_LMTP : 0) |
			 (p->options.bdat ? LK_SMTP_BDAT : 0),
	};

	session_free(p);
	memset(&p->error, 0, sizeof(p->error));
	memset(p->results, 0, sizeof(p->results));
	memset(p->mail_errors, 0, sizeof(p->mail_errors));
	p->ended = p->in_body = p->challenged = p->mail_runs = false;
	p->mail = 0;
	p->asked = 0;
	if ((p->options.user || p->options.auth) && begin_login(p) < 0)
		return;
	o.auth = p->auth;
	if (lk_smtp_new(&p->smtp, &o, &p->error) < 0)
		return;
	session_connect(p);
}

/* The message that runs is over, one way or another. */
static void
take_result(struct player *p)
{
	size_t i = p->mail - 1;
	int r;

	if (!p->mail_runs)
		return;
	r = lk_smtp_mail_result(p->smtp, &p->mail_errors[i]);
	if (r == 1)
		play_fail(p, "the result of message %zu is not known", i + 1);
	p->results[i] = p->mail_errors[i].cls;
	p->mail_runs = false;
}

static void
begin_mail(struct player *p)
{
	struct lk_script_mail *m = &p->options.mails[p->mail];
	struct lk_message_facts facts = { .size = sizeof(facts) };
	struct lk_recipient *to = p->to[p->mail];
	size_t i;

	for (i = 0; i < m->count; i++)
		to[i] = (struct lk_recipient) { .address = m->to[i] };
	for (i = 0; i < m->message.len; i += p->chunk)
		lk_message_scan(&facts, m->message.data + i,
				m->message.len - i < p->chunk
				? m->message.len - i : p->chunk);
	lk_message_scan_end(&facts);
	p->envelope = (struct lk_envelope) {
		.size = sizeof(p->envelope),
		.flags = (m->partial ? LK_MAIL_PARTIAL : 0) |
			 (m->last ? LK_MAIL_LAST : 0),
		.from = m->from,
		.to = to,
		.count = m->count,
		.dsn_notify = m->dsn_notify,
		.dsn_ret = m->dsn_ret,
		.envid = m->envid,
	};
	p->fed = 0;
	p->mail++;
	p->mail_runs = lk_smtp_mail(p->smtp, &p->envelope, &facts,
				    &p->mail_errors[p->mail - 1]) == 0;
	if (!p->mail_runs)
		p->results[p->mail - 1] = p->mail_errors[p->mail - 1].cls;
}

static void
feed_body(struct player *p)
{
	const struct lk_text *m = &p->options.mails[p->mail - 1].message;
	size_t n = m->len - p->fed;

	p->in_body = true;
	if (n == 0) {
		lk_smtp_body_end(p->smtp);
		return;
	}
	p->fed += lk_smtp_body(p->smtp, m->data + p->fed,
			       n < p->chunk ? n : p->chunk);
}

static void
take_output(struct player *p)
{
	size_t len;
	const void *data = lk_smtp_output(p->smtp, &len);

	if (len > p->chunk)
		len = p->chunk;
	lk_buf_add(&p->said, data, len);
	lk_smtp_sent(p->smtp, len);
}

void
session_pump(struct player *p)
{
	uint32_t want;

	while (p->smtp && !p->failed) {
		want = lk_smtp_want(p->smtp);
		if (want & LK_WANT_SEND) {
			take_output(p);
		} else if (want & (LK_WANT_WAIT | LK_WANT_WORK)) {
			lk_smtp_ready(p->smtp);
		} else if (want & LK_WANT_BODY) {
			feed_body(p);
		} else if (want & LK_WANT_MAIL) {
			take_result(p);
			if (p->mail < p->options.n_mails)
				begin_mail(p);
			else
				lk_smtp_quit(p->smtp);
		} else {
			if (want & LK_WANT_CLOSED)
				take_result(p);
			return;
		}
	}
}

void
session_free(struct player *p)
{
	lk_smtp_free(p->smtp);
	lk_auth_free(p->auth);
	p->smtp = NULL;
	p->auth = NULL;
	lk_buf_drop(&p->said, p->said.len);
	lk_buf_drop(&p->log, p->log.len);
}
