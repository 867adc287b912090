/* Connections of a client, and what a login may know of them.
 * SPDX-License-Identifier: MIT */
#include "net/pump.h"

#include "base/ascii.h"
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void
lk_client_note(struct lk_client *c, const char *format, ...)
{
	struct lk_trace t = {
		.from = LK_TRACE_NOTE, .decoded = "", .meaning = "",
	};
	char line[512];
	va_list ap;

	if (!c->options.trace)
		return;
	va_start(ap, format);
	vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	t.line = line;
	c->options.trace(c->options.trace_ctx, &t);
}

int
lk_connect_dial(struct lk_client *c, struct lk_error *err)
{
	int ms = c->timeout_ms < LK_DIAL_MS ? c->timeout_ms : LK_DIAL_MS;
	int fd, r;

	lk_wire_close(&c->wire, false);
	c->tls_version[0] = '\0';
	c->gone = false;
	if (c->socket)
		r = lk_dial_socket(c->socket, ms, &c->address, &fd, err);
	else
		r = lk_dial(c->host, c->port, ms, &c->address, &fd, err);
	if (r < 0)
		return -1;
	lk_wire_open(&c->wire, fd, c->host);
	lk_address_text(&c->address, c->peer, sizeof(c->peer));
	lk_client_note(c, "connected to %s", c->peer);
	return 0;
}

/* Only these names mean this machine: what 127.0.0.2 or a name in /etc/hosts
 * leads to may be a tunnel. */
static bool
is_private(const struct lk_client *c)
{
	static const char *const names[] = { "localhost", "127.0.0.1", "::1" };
	size_t i;

	if (c->socket)
		return true;
	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (lk_ascii_equal(c->host, names[i]))
			return lk_address_is_loopback(&c->address);
	return false;
}

struct lk_facts
lk_connect_facts(const struct lk_client *c)
{
	struct lk_facts f = { .size = sizeof(f) };

	if (is_private(c))
		f.flags |= LK_FACT_PRIVATE;
	if (c->tls == LK_TLS_STARTTLS || c->tls == LK_TLS_IMPLICIT)
		f.flags |= LK_FACT_TLS_REQUIRED;
	if (!c->wire.tls)
		return f;
	f.flags |= LK_FACT_ENCRYPTED;
	if (lk_tls_showed_cert(c->wire.tls))
		f.flags |= LK_FACT_CLIENT_CERT;
	if (lk_tls_is_verified(c->wire.tls)) {
		f.flags |= LK_FACT_VERIFIED;
		f.peer_name = c->host;
	}
	f.channel_binding = lk_tls_binding;
	f.ctx = c->wire.tls;
	return f;
}

static int
handshake(struct lk_client *c, struct lk_error *err)
{
	if (lk_wire_handshake(&c->wire, c->trust, c->timeout_ms, err) < 0) {
		err->stage = LK_STAGE_TLS;
		return -1;
	}
	lk_ascii_copy(c->tls_version, sizeof(c->tls_version),
		      lk_tls_version(c->wire.tls));
	lk_client_note(c, "%s is up%s, certificate %s%s%s", c->tls_version,
		       lk_tls_is_resumed(c->wire.tls) ? " (resumed)" : "",
		       lk_tls_is_verified(c->wire.tls) ? "verified for "
						       : "NOT verified",
		       lk_tls_is_verified(c->wire.tls) ? c->host : "",
		       lk_tls_showed_cert(c->wire.tls) ? ", ours was shown"
						       : "");
	return 0;
}

void
lk_connect_engine(struct lk_client *c)
{
	struct lk_error why = { .cls = 0 };
	struct lk_facts facts;
	int r = 0;

	if (!c->dialled)
		r = lk_connect_dial(c, &why);
	c->dialled = false;
	if (r == 0 && c->tls == LK_TLS_IMPLICIT)
		r = handshake(c, &why);
	if (r < 0) {
		lk_smtp_lost(c->smtp, &why);
		return;
	}
	facts = lk_connect_facts(c);
	lk_smtp_connected(c->smtp, &facts);
}

void
lk_connect_starttls(struct lk_client *c)
{
	struct lk_error why = { .cls = 0 };
	struct lk_facts facts;

	if (handshake(c, &why) < 0) {
		lk_smtp_lost(c->smtp, &why);
		return;
	}
	facts = lk_connect_facts(c);
	lk_smtp_tls_up(c->smtp, &facts);
}

/* Letters, digits, hyphens and a dot: a name that the world might know. */
static bool
is_host_name(const char *name)
{
	const char *p;

	for (p = name; *p; p++)
		if (!lk_ascii_is_alnum(*p) && *p != '-' && *p != '.')
			return false;
	return name[0] != '.' && strchr(name, '.') && p[-1] != '.';
}

void
lk_connect_name(const struct lk_client *c, char *to, size_t room)
{
	const char *own = lk_account_get(c->account, "ehlo");
	char name[256] = "";

	if (own && *own) {
		snprintf(to, room, "%s", own);
		return;
	}
	if (gethostname(name, sizeof(name) - 1) == 0 && is_host_name(name))
		snprintf(to, room, "%s", name);
	else if (lk_address_literal(c->wire.fd, to, room) < 0)
		snprintf(to, room, "[127.0.0.1]");
}
