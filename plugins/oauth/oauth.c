/* XOAUTH2 and OAUTHBEARER (RFC 7628): a name and a bearer token in one message.
 * The token is worth more than one login at one server, hence TLS without an
 * exception. SPDX-License-Identifier: MIT */
#include "document.h"

#include <latchkey/mech.h>

#include <stdlib.h>
#include <string.h>

#define FLAGS (LK_F_CLIENT_FIRST | LK_F_RAW_OK | LK_F_PLAINTEXT | \
	       LK_F_PROXY | LK_F_TOKEN | LK_F_NEEDS_TLS)

LK_MECH_NOTE(xoauth2_note, "xoauth2", "XOAUTH2", FLAGS, 30,
	     "authid oauth.token", "authzid", "a bearer token, as Google and "
	     "Microsoft have it", "0.1.0", "");
LK_MECH_NOTE(oauthbearer_note, "oauthbearer", "OAUTHBEARER", FLAGS, 40,
	     "authid oauth.token", "authzid", "a bearer token (RFC 7628)",
	     "0.1.0", "");

struct oauth {
	int is_bearer;              /* OAUTHBEARER */
	int is_sent;
	struct oauth_document document;
};

/* What goes into a message. */
struct parts {
	struct lk_bytes name, host, port, token;
};

static int32_t
fail(struct lk_session *s, int32_t cls, const char *message, const char *advice)
{
	struct lk_report r = { sizeof(r), 0, cls, 0, NULL, message, advice };

	s->services->report(s, &r);
	return cls;
}

/* ---- what is read ------------------------------------------------------- */

static int32_t
get(struct lk_session *s, const char *key, struct lk_bytes *value)
{
	struct lk_ask ask = { sizeof(ask), 0, key, NULL, NULL };

	return s->services->get(s, &ask, value);
}

static int
has_control(struct lk_bytes value)
{
	size_t i;

	for (i = 0; i < value.len; i++)
		if (value.data[i] < 0x20 || value.data[i] == 0x7f)
			return 1;
	return 0;
}

/* Visible ASCII; and what is quoted is not the token, but what held it. */
static int
is_token(struct lk_bytes value)
{
	size_t i;

	for (i = 0; i < value.len; i++)
		if (value.data[i] <= ' ' || value.data[i] > '~' ||
		    value.data[i] == '"')
			return 0;
	return value.len > 0;
}

/* The one name in the message is that of the mailbox; the token says itself
 * whose it is. */
static int32_t
read_name(struct lk_session *s, struct lk_bytes *name)
{
	int32_t r = get(s, LK_P_AUTHZID, name);

	if (r == LK_E_NOPROP || (r == LK_DONE && name->len == 0))
		r = get(s, LK_P_AUTHID, name);
	if (r == LK_DONE && has_control(*name))
		return fail(s, LK_E_CONFIG, "the user name contains a control "
			    "character, which this mechanism cannot carry",
			    NULL);
	return r;
}

static int32_t
read_token(struct lk_session *s, struct lk_bytes *token)
{
	int32_t r = get(s, LK_P_TOKEN, token);

	if (r == LK_DONE && !is_token(*token))
		return fail(s, LK_E_CONFIG, "what should be a token contains "
			    "blanks, quotes or other octets that no token has",
			    "token-from must give the access token alone: no "
			    "\"Bearer\" before it, no JSON around it");
	return r;
}

/* host and port are optional: without them the field is left out. */
static int32_t
read_field(struct lk_session *s, const char *key, struct lk_bytes *value)
{
	int32_t r = get(s, key, value);

	if (r == LK_DONE && has_control(*value))
		return fail(s, LK_E_CONFIG, "the host name contains a control "
			    "character", NULL);
	return r == LK_E_NOPROP ? LK_DONE : r;
}

static int32_t
read_parts(const struct oauth *o, struct lk_session *s, struct parts *p)
{
	int32_t r = read_name(s, &p->name);

	if (r == LK_DONE && o->is_bearer)
		r = read_field(s, LK_P_HOST, &p->host);
	if (r == LK_DONE && o->is_bearer)
		r = read_field(s, LK_P_PORT, &p->port);
	return r == LK_DONE ? read_token(s, &p->token) : r;
}

/* ---- what is said ------------------------------------------------------- */

/* The first failure stays. */
struct message {
	struct lk_session *s;
	int32_t r;
};

static void
put(struct message *m, struct lk_bytes value)
{
	if (m->r == LK_DONE)
		m->r = m->s->services->emit(m->s, value.data, value.len);
}

static void
put_text(struct message *m, const char *text)
{
	struct lk_bytes value = { (const unsigned char *)text, strlen(text) };

	put(m, value);
}

static void
put_field(struct message *m, const char *name, struct lk_bytes value)
{
	if (value.len == 0)
		return;
	put_text(m, name);
	put(m, value);
	put_text(m, "\1");
}

/* A saslname (RFC 5801, section 4): what separates is written otherwise. */
static void
put_saslname(struct message *m, struct lk_bytes name)
{
	struct lk_bytes piece = name;
	size_t i;

	for (i = 0; i < name.len; i++) {
		if (name.data[i] != ',' && name.data[i] != '=')
			continue;
		piece.len = (size_t)(name.data + i - piece.data);
		put(m, piece);
		put_text(m, name.data[i] == ',' ? "=2C" : "=3D");
		piece.data = name.data + i + 1;
	}
	piece.len = (size_t)(name.data + name.len - piece.data);
	put(m, piece);
}

static int32_t
send_message(struct oauth *o, struct lk_session *s)
{
	struct parts p;
	struct message m = { s, LK_DONE };

	memset(&p, 0, sizeof(p));
	m.r = read_parts(o, s, &p);
	if (o->is_bearer) {
		put_text(&m, "n,a=");
		put_saslname(&m, p.name);
		put_text(&m, ",\1");
		put_field(&m, "host=", p.host);
		put_field(&m, "port=", p.port);
	} else {
		put_field(&m, "user=", p.name);
	}
	put_field(&m, "auth=Bearer ", p.token);
	put_text(&m, "\1");
	o->is_sent = m.r == LK_DONE;
	return m.r == LK_DONE ? LK_CONTINUE : m.r;
}

/* ---- what is heard ------------------------------------------------------ */

/* Whatever a server asks after the token is a refusal, which it ends when that
 * was acknowledged.  What repeats the token is not given to the parser, whose
 * memory nobody wipes. */
static int32_t
acknowledge(struct oauth *o, struct lk_session *s, const struct lk_event *ev)
{
	int is_raw = ev->flags & LK_EVENT_UNDECODABLE;
	struct lk_bytes text = is_raw ? ev->raw : ev->in, token;
	int32_t r = get(s, LK_P_TOKEN, &token);

	if (r != LK_DONE)
		return r;
	if (text.len && memmem(text.data, text.len, token.data, token.len))
		text.len = 0;
	oauth_document_read(&o->document, text.data, text.len);
	r = s->services->emit(s, "\1", o->is_bearer ? 1 : 0);
	return r == LK_DONE ? LK_EXPECT_FAIL : r;
}

static int32_t
explain(const struct oauth *o, struct lk_session *s, const struct lk_event *ev)
{
	const struct oauth_document *d = &o->document;

	if (ev->code == 501)
		return fail(s, ev->cls, "the server does not understand it",
			    "token-from must give one whole access token for "
			    "this server");
	if (ev->cls != LK_E_CREDENTIALS && ev->cls != LK_E_EXPIRED)
		return LK_DONE;
	return fail(s, d->cls, d->sentence, *d->advice ? d->advice : NULL);
}

/* ---- the calls ---------------------------------------------------------- */

static int32_t
start(void *plugin, const struct lk_mech *mech, struct lk_session *s,
      const struct lk_server *server, void **state)
{
	struct oauth *o = calloc(1, sizeof(*o));

	(void)plugin;
	(void)server;
	if (!o)
		return LK_E_NOMEM;
	*state = o;
	o->is_bearer = mech->note == &oauthbearer_note;
	oauth_document_read(&o->document, "", 0);
	return send_message(o, s);
}

static int32_t
step(void *state, struct lk_session *s, const struct lk_event *ev)
{
	struct oauth *o = state;
	uint32_t kind = ev->kind == LK_EV_RESUME ? ev->interrupted : ev->kind;

	if (!o->is_sent)            /* `start` is resumed */
		return send_message(o, s);
	if (kind == LK_EV_CHALLENGE)
		return acknowledge(o, s, ev);
	return kind == LK_EV_FAILURE ? explain(o, s, ev) : LK_DONE;
}

static void
wipe_and_free(void *state, struct lk_session *s)
{
	s->services->wipe(state, sizeof(struct oauth));
	free(state);
}

static const struct lk_mech xoauth2 = {
	.size = sizeof(struct lk_mech),
	.note = &xoauth2_note,
	.start = start,
	.step = step,
	.free = wipe_and_free,
};

static const struct lk_mech oauthbearer = {
	.size = sizeof(struct lk_mech),
	.note = &oauthbearer_note,
	.start = start,
	.step = step,
	.free = wipe_and_free,
};

static const struct lk_mech *const mechanisms[] = { &xoauth2, &oauthbearer,
						    NULL };

static const struct lk_mech *const *
mechs(void *plugin)
{
	(void)plugin;
	return mechanisms;
}

LK_PLUGIN(oauth) = {
	.size = sizeof(struct lk_plugin),
	.abi = LK_ABI,
	.threads = LK_PLUGIN_PER_SESSION,
	.name = "oauth",
	.version = "0.1.0",
	.license = "MIT",
	.mechs = mechs,
};
