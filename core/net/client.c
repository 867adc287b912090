/* The client: new, connect, mail, close. SPDX-License-Identifier: MIT */
#include "net/pump.h"

#include "base/ascii.h"
#include "base/error.h"
#include "smtp/idn.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static const char *const tls_words[] = {
	[LK_TLS_STARTTLS] = "starttls",
	[LK_TLS_IMPLICIT] = "implicit",
	[LK_TLS_OPPORTUNISTIC] = "opportunistic",
	[LK_TLS_NONE] = "none",
};

static const char *
get(const struct lk_client *c, const char *key)
{
	const char *value = lk_account_get(c->account, key);

	return value && *value ? value : NULL;
}

static int
read_tls(struct lk_client *c, struct lk_error *err)
{
	static const char *const moot[] = { "ca", "pin", "cert", "key" };
	const char *word = get(c, "tls");
	size_t i;

	c->tls = LK_TLS_STARTTLS;
	for (i = 0; word && i < sizeof(tls_words) / sizeof(*tls_words); i++)
		if (lk_ascii_equal(word, tls_words[i]))
			break;
	if (word && i > LK_TLS_NONE)
		return lk_fail(err, LK_E_CONFIG, "tls: \"%s\" is not starttls, "
			       "implicit, opportunistic or none", word);
	if (word)
		c->tls = (uint32_t)i;
	for (i = 0; i < sizeof(moot) / sizeof(*moot); i++) {
		if (c->tls != LK_TLS_NONE || !get(c, moot[i]))
			continue;
		lk_fail(err, LK_E_CONFIG, "%s is set, but `tls = none` makes "
			"no use of it", moot[i]);
		lk_advise(err, "set `tls = starttls` or `implicit`, or take "
			  "`%s` out", moot[i]);
		return -1;
	}
	return 0;
}

/* The DNS, certificates and the login know the name in ASCII. */
static int
read_host(struct lk_client *c, const char *host, struct lk_error *err)
{
	char ascii[LK_DOMAIN_ROOM];
	struct lk_error why;

	if (lk_idn_ascii(host, ascii, &why) < 0)
		return lk_fail(err, LK_E_CONFIG, "host: %s", why.sentence);
	c->host = strdup(ascii);
	return c->host ? 0 : lk_fail_memory(err);
}

static int
read_account(struct lk_client *c, struct lk_error *err)
{
	const char *host = get(c, "host"), *path = get(c, "socket");
	uint32_t s = lk_account_number(c->account, "timeout");

	if (!host) {
		lk_fail(err, LK_E_CONFIG, "host is not set: the account does "
			"not say where to");
		lk_advise(err, "host = smtp.example.org, or -s "
			  "smtp://smtp.example.org");
		return -1;
	}
	if (read_tls(c, err) < 0)
		return -1;
	c->port = lk_account_number(c->account, "port");
	c->timeout_ms = LK_REPLY_MS;
	if (s > 0)
		c->timeout_ms = s < INT_MAX / 1000 ? (int)s * 1000 : INT_MAX;
	if (path && !(c->socket = strdup(path)))
		return lk_fail_memory(err);
	return read_host(c, host, err);
}

int
lk_client_new(struct lk_client **ret, struct lk_host *host,
	      struct lk_account *account, const struct lk_client_options *given,
	      struct lk_error *err)
{
	struct lk_client *c = calloc(1, sizeof(*c));
	size_t size = sizeof(c->options);

	if (!c)
		return lk_fail_memory(err);
	lk_wire_open(&c->wire, -1, NULL);
	c->host_object = host;
	c->account = account;
	if (given) {
		if (given->size < size)
			size = given->size;
		memcpy(&c->options, given, size);
	}
	if (read_account(c, err) < 0) {
		if (err)
			err->stage = LK_STAGE_CONFIG;
		lk_client_free(c);
		return -1;
	}
	*ret = c;
	return 0;
}

/* ---- connect ----------------------------------------------------------- */

static void
on_note(void *ctx, const char *text)
{
	lk_client_note(ctx, "%s", text);
}

static int32_t
on_secret(void *ctx, const struct lk_ask *ask, struct lk_secret *to,
	  struct lk_error *err)
{
	struct lk_client *c = ctx;

	return c->account_login.secret(c->account_login.ctx, ask, to, err);
}

static int
prepare_login(struct lk_client *c, struct lk_error *err)
{
	/* who says where a secret is does not want to go on without it */
	bool is_wanted = get(c, "user") || get(c, "auth") ||
			 get(c, "password-from") || get(c, "token-from");
	struct lk_login login;

	/* a certificate may be all of a login, or only be for TLS */
	if (!is_wanted && (!get(c, "cert") || !c->host_object))
		return 0;
	memset(&c->account_login, 0, sizeof(c->account_login));
	c->account_login.size = sizeof(c->account_login);
	lk_account_login(c->account, &c->account_login);
	login = c->account_login;
	if (!is_wanted)
		login.flags |= LK_LOGIN_IF_POSSIBLE;
	login.host = c->host;
	login.port = c->port;
	login.note = on_note;
	login.ctx = c;
	if (c->options.flags & LK_CLIENT_RETRY)
		login.flags |= LK_LOGIN_RETRY;
	if (login.secret)
		login.secret = on_secret;
	return lk_auth_new(&c->auth, c->host_object, &login, lk_profile_smtp(),
			   err);
}

static int
prepare_trust(struct lk_client *c, struct lk_error *err)
{
	struct lk_trust_settings set = {
		.ca = get(c, "ca"),
		.pin = get(c, "pin"),
		.cert = get(c, "cert"),
		.key = get(c, "key"),
		.no_verify = lk_account_number(c->account,
					       "insecure-no-verify") != 0,
		.alone = (c->options.flags & LK_CLIENT_ALONE) != 0,
	};

	if (c->trust || c->tls == LK_TLS_NONE)
		return 0;
	return lk_trust_new(&c->trust, &set, err);
}

void
lk_client_hang_up(struct lk_client *c, bool polite)
{
	lk_wire_close(&c->wire, polite && !c->gone);
	c->dialled = false;
}

void
lk_client_forget(struct lk_client *c)
{
	lk_client_hang_up(c, false);
	lk_smtp_free(c->smtp);
	lk_auth_free(c->auth);
	c->smtp = NULL;
	c->auth = NULL;
}

bool
lk_client_is_connected(const struct lk_client *c)
{
	return c->smtp && c->wire.fd >= 0;
}

static int
open_engine(struct lk_client *c, struct lk_error *err)
{
	char name[280];
	const char *protocol = get(c, "protocol");
	struct lk_smtp_options o = {
		.size = sizeof(o), .tls = c->tls, .ehlo = name,
		.trace = c->options.trace, .trace_ctx = c->options.trace_ctx,
	};

	if (protocol && strcmp(protocol, "lmtp") == 0)
		o.flags |= LK_SMTP_LMTP;
	if (lk_account_number(c->account, "bdat"))
		o.flags |= LK_SMTP_BDAT;

	if (prepare_trust(c, err) < 0 || prepare_login(c, err) < 0 ||
	    lk_connect_dial(c, err) < 0)
		return -1;
	c->dialled = true;
	c->quitting = c->last = false;
	lk_connect_name(c, name, sizeof(name));
	o.auth = c->auth;
	return lk_smtp_new(&c->smtp, &o, err);
}

/* A closed engine without a reason is our mistake. */
int
lk_client_closed(const struct lk_client *c, struct lk_error *err)
{
	const struct lk_error *why = lk_smtp_error(c->smtp);

	if (!why->cls)
		return lk_fail(err, LK_E_INTERNAL, "the engine closed the "
			       "connection to %s without a reason", c->host);
	if (err)
		*err = *why;
	return -1;
}

int
lk_client_connect(struct lk_client *c, struct lk_error *err)
{
	int r;

	if (lk_client_is_connected(c))
		return 0;
	lk_client_forget(c);
	r = open_engine(c, err);
	if (r == 0) {
		lk_pump(c, LK_WANT_MAIL);
		if (lk_smtp_want(c->smtp) & LK_WANT_MAIL)
			return 0;
		r = lk_client_closed(c, err);
	}
	lk_client_forget(c);
	return r;
}

/* ---- the rest ---------------------------------------------------------- */

void
lk_client_close(struct lk_client *c)
{
	if (!lk_client_is_connected(c))
		return;
	c->quitting = true;
	lk_smtp_quit(c->smtp);
	lk_pump(c, 0);
	lk_client_hang_up(c, true);
}

void
lk_client_free(struct lk_client *c)
{
	if (!c)
		return;
	lk_client_forget(c);
	lk_trust_free(c->trust);
	free(c->host);
	free(c->socket);
	explicit_bzero(c, sizeof(*c));
	free(c);
}

void
lk_client_get_info(const struct lk_client *c, struct lk_client_info *info)
{
	struct lk_auth_result login = { .size = sizeof(login), .id = "",
					.warning = "" };
	struct lk_client_info i = {
		.size = info->size, .tls = c->tls_version, .peer = c->peer,
	};
	const char *warning = c->smtp ? lk_smtp_warning(c->smtp) : "";

	if (c->auth && c->smtp && lk_smtp_is_ready(c->smtp))
		lk_auth_get_result(c->auth, &login);
	i.mech = login.id ? login.id : "";
	i.initial_response = login.initial_response;
	i.attempts = login.attempts;
	i.warning = *warning || !login.warning ? warning : login.warning;
	memcpy(info, &i, info->size < sizeof(i) ? info->size : sizeof(i));
}

int
lk_client_send(struct lk_host *host, struct lk_account *account,
	       struct lk_envelope *given, const struct lk_message *m,
	       const struct lk_client_options *options, struct lk_error *err)
{
	struct lk_envelope e = { 0 };
	struct lk_client *c;
	int r;

	memcpy(&e, given, given->size < sizeof(e) ? given->size : sizeof(e));
	e.size = sizeof(e);
	e.flags |= LK_MAIL_LAST;
	if (lk_client_new(&c, host, account, options, err) < 0)
		return -1;
	r = lk_client_mail(c, &e, m, err);
	lk_client_close(c);
	lk_client_free(c);
	return r;
}
