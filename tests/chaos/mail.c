/* A whole login and a message. SPDX-License-Identifier: MIT */
#include "mail.h"

#include "base/ascii.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#define TEXT "Subject: a test\n\n.dots\nand more\n"

static const char *
text_of(const struct mail *m)
{
	return m->text ? m->text : TEXT;
}

static void
take_result(struct mail *m, struct lk_smtp *s)
{
	int32_t *result;
	int r;

	if (m->begun == 0 || m->begun > 4)
		return;
	result = &m->result[m->begun - 1];
	if (*result != 1)
		return;
	r = lk_smtp_mail_result(s, &m->error);
	NEED(r != 1);
	*result = r < 0 ? m->error.cls : 0;
	m->sent += r == 0;
}

static void
begin(struct mail *m, struct lk_smtp *s, struct lk_envelope *e)
{
	static const char *const addresses[MAIL_TO] = {
		"bob@example.net", "carol@example.net", "dave@example.net"
	};
	struct lk_message_facts facts = { .size = sizeof(facts) };
	size_t i;

	lk_message_scan(&facts, text_of(m), strlen(text_of(m)));
	lk_message_scan_end(&facts);
	*e = (struct lk_envelope){
		.size = sizeof(*e),
		.flags = m->flags,
		.from = "alice@example.org",
		.to = m->to,
		.count = m->recipients ? m->recipients : 1,
	};
	for (i = 0; i < e->count; i++)
		m->to[i] = (struct lk_recipient){ .address = addresses[i] };
	m->result[m->begun++] = 1;
	if (lk_smtp_mail(s, e, &facts, &m->error) < 0)
		m->result[m->begun - 1] = m->error.cls;
}

static void
meet(struct mail *m, struct lk_facts *f)
{
	memset(f, 0, sizeof(*f));
	f->size = sizeof(*f);
	if (!m->server.is_encrypted)
		return;
	f->flags = LK_FACT_ENCRYPTED | LK_FACT_VERIFIED;
	f->peer_name = m->login.host;
}

static void
wait_for(const struct mail *m, struct lk_smtp *s)
{
	struct pollfd p = { .events = POLLIN };
	int32_t timeout;
	uint32_t events;

	if (m->wait)
		m->wait(m->pause_ctx);
	lk_smtp_wait(s, &p.fd, &events, &timeout);
	if (p.fd >= 0)
		poll(&p, 1, timeout < 0 ? 60000 : timeout);
	lk_smtp_ready(s);
}

static void
hang_up(struct lk_smtp *s)
{
	struct lk_error why = { .cls = LK_E_PROTOCOL };

	snprintf(why.sentence, sizeof(why.sentence), "the server closed the "
		 "connection");
	lk_smtp_lost(s, &why);
}

static void
receive(struct mail *m, struct lk_smtp *s)
{
	struct server *server = &m->server;
	char said[sizeof(server->out)];
	size_t len = server->len;

	if (len == 0) {
		/* it answers everything: so it is gone */
		hang_up(s);
		return;
	}
	if (m->pause)
		m->pause(m->pause_ctx);
	memcpy(said, server->out, len);
	explicit_bzero(server->out, len);
	server->len = 0;
	lk_smtp_input(s, said, len);
	explicit_bzero(said, len);
}

static void
obey(struct mail *m, struct lk_smtp *s, uint32_t want, struct lk_envelope *e,
     size_t *fed)
{
	struct lk_facts facts;
	const void *data;
	size_t len;

	if (want & LK_WANT_SEND) {
		data = lk_smtp_output(s, &len);
		server_hear(&m->server, data, len);
		lk_smtp_sent(s, len);
	} else if (want & LK_WANT_CONNECT) {
		server_greet(&m->server, m->tls == LK_TLS_IMPLICIT);
		meet(m, &facts);
		lk_smtp_connected(s, &facts);
	} else if (want & LK_WANT_TLS) {
		server_tls_up(&m->server);
		meet(m, &facts);
		lk_smtp_tls_up(s, &facts);
	} else if (want & (LK_WANT_WAIT | LK_WANT_WORK)) {
		wait_for(m, s);
	} else if (want & LK_WANT_BODY) {
		len = strlen(text_of(m)) - *fed;
		if (len)
			*fed += lk_smtp_body(s, text_of(m) + *fed, len);
		else
			lk_smtp_body_end(s);
	} else if (want & LK_WANT_MAIL) {
		take_result(m, s);
		*fed = 0;
		if (m->begun < (m->messages ? m->messages : 1))
			begin(m, s, e);
		else
			lk_smtp_quit(s);
	} else {
		receive(m, s);
	}
}

/* Wanted: a login and messages. */
static void
converse(struct mail *m, struct lk_smtp *s)
{
	struct lk_envelope e;
	unsigned steps = 0;
	size_t fed = 0;
	uint32_t want;

	while (!((want = lk_smtp_want(s)) & LK_WANT_CLOSED)) {
		NEED(++steps < 100000);
		obey(m, s, want, &e, &fed);
	}
	take_result(m, s);
	m->cls = lk_smtp_error(s)->cls;
	if (m->cls)
		m->error = *lk_smtp_error(s);
}

static void
on_trace(void *ctx, const struct lk_trace *t)
{
	/* what is shown is made for it */
	(void)ctx;
	(void)t;
}

void
mail_run(struct mail *m)
{
	struct lk_smtp_options o = { .size = sizeof(o), .tls = m->tls,
				     .ehlo = "me.example",
				     .trace = on_trace };
	struct lk_auth_result result = { .size = sizeof(result) };
	struct lk_auth *auth = NULL;
	struct lk_smtp *s = NULL;

	m->begun = m->sent = 0;
	*m->mech = '\0';
	memset(m->result, 0, sizeof(m->result));
	memset(&m->error, 0, sizeof(m->error));
	if (lk_auth_new(&auth, m->host, &m->login, lk_profile_smtp(),
			&m->error) == 0) {
		o.auth = auth;
		if (lk_smtp_new(&s, &o, &m->error) == 0)
			converse(m, s);
		lk_auth_get_result(auth, &result);
		lk_ascii_copy(m->mech, sizeof(m->mech), result.id);
	}
	if (!s)
		m->cls = m->error.cls;
	lk_smtp_free(s);
	lk_auth_free(auth);
}

static int
load(void *ctx, const struct lk_mech_info *info)
{
	NEED(lk_host_load(ctx, info->path, NULL) == 0);
	return 0;
}

void
mail_load_all(void)
{
	struct lk_host *host = NULL;

	NEED(lk_host_new(&host, NULL, NULL) == 0);
	lk_host_each(host, load, host);
	lk_host_free(host);
}
