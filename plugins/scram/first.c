/* The first message of a login, and its parts that all need.
 * SPDX-License-Identifier: MIT */
#include "scram.h"

#include <openssl/crypto.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int32_t
scram_fail(struct lk_session *s, int32_t cls, const char *advice,
	   const char *format, ...)
{
	struct lk_report r = { sizeof(r), 0, cls, 0, NULL, NULL, advice };
	char sentence[256];
	va_list ap;

	va_start(ap, format);
	vsnprintf(sentence, sizeof(sentence), format, ap);
	va_end(ap);
	r.message = sentence;
	s->services->report(s, &r);
	return cls;
}

int32_t
scram_no_memory(struct lk_session *s)
{
	return scram_fail(s, LK_E_NOMEM, NULL, "out of memory");
}

int32_t
scram_no_binding(struct lk_session *s, const char *wanted)
{
	if (strcmp(wanted, "auto") == 0)
		return scram_fail(s, LK_E_NOPROP, NULL, "there is no channel "
				  "binding on this connection: it needs TLS");
	return scram_fail(s, LK_E_NOPROP, "set its channel-binding to auto",
			  "there is no channel binding of type %.40s on this "
			  "connection", wanted);
}

int32_t
scram_get(struct lk_session *s, const char *key, struct lk_bytes *value)
{
	struct lk_ask ask = { sizeof(ask), 0, key, NULL, NULL };

	return s->services->get(s, &ask, value);
}

int32_t
scram_emit(struct lk_session *s, const struct scram_text *t)
{
	return s->services->emit(s, t->data, t->len);
}

/* ---- its parts ---------------------------------------------------------- */

/* y: we could, but think that the server cannot; it knows better, and refuses,
 * if somebody took its -PLUS names away. */
static int32_t
choose_flag(struct scram *m, struct lk_session *s,
	    const struct lk_server *server)
{
	const char *wanted = scram_wanted_binding(s);
	struct lk_bytes octets;

	if (m->form->mech.note->record.flags & LK_F_CHANNEL_BINDING) {
		m->flag = 'p';
		m->binding = scram_find_binding(s, wanted, &octets);
		return m->binding ? LK_DONE : scram_no_binding(s, wanted);
	}
	m->flag = 'n';
	if (strcmp(wanted, "auto") == 0 && !scram_offers_binding(server) &&
	    scram_find_binding(s, wanted, &octets))
		m->flag = 'y';
	return LK_DONE;
}

static int32_t
make_nonce(struct scram *m, struct lk_session *s)
{
	unsigned char octets[SCRAM_NONCE / 4 * 3];
	int32_t r = s->services->random(octets, sizeof(octets));

	if (r != LK_DONE)
		return scram_fail(s, LK_E_INTERNAL, NULL, "there are no "
				  "random numbers");
	EVP_EncodeBlock((unsigned char *)m->nonce, octets, sizeof(octets));
	return LK_DONE;
}

static int32_t
write_header(struct scram *m, struct lk_session *s)
{
	struct lk_bytes authzid;
	int32_t r = scram_get(s, LK_P_AUTHZID, &authzid);

	if (r != LK_DONE && r != LK_E_NOPROP)
		return r;
	scram_add(&m->header, &m->flag, 1);
	if (m->flag == 'p') {
		scram_puts(&m->header, "=");
		scram_puts(&m->header, m->binding);
	}
	scram_puts(&m->header, ",");
	if (r == LK_DONE && memchr(authzid.data, '\0', authzid.len))
		return scram_fail(s, LK_E_CONFIG, NULL, "authzid contains a "
				  "NUL, which this mechanism cannot carry");
	if (r == LK_DONE && authzid.len) {
		scram_puts(&m->header, "a=");
		scram_add_name(&m->header, authzid);
	}
	scram_puts(&m->header, ",");
	return LK_DONE;
}

static int32_t
write_bare(struct scram *m, struct lk_session *s)
{
	struct scram_text name = { NULL, 0, 0, 0 };
	struct lk_bytes authid, prepared;
	const char *complaint;
	int32_t r = scram_get(s, LK_P_AUTHID, &authid);

	if (r != LK_DONE)
		return r;
	complaint = scram_prepare(&name, authid, 0);
	if (!complaint && name.len == 0)
		complaint = "nothing is left of it";
	if (complaint && !name.has_failed)
		return scram_fail(s, LK_E_CONFIG, NULL, "the user name cannot "
				  "be prepared by SASLprep: %s", complaint);
	prepared.data = name.data;
	prepared.len = name.len;
	scram_puts(&m->bare, "n=");
	scram_add_name(&m->bare, prepared);
	scram_puts(&m->bare, ",r=");
	scram_puts(&m->bare, m->nonce);
	m->bare.has_failed |= name.has_failed;
	scram_wipe(&name);
	return LK_DONE;
}

int32_t
scram_start(void *plugin, const struct lk_mech *mech, struct lk_session *s,
	    const struct lk_server *server, void **state)
{
	struct scram *m = OPENSSL_zalloc(sizeof(*m));
	int32_t r;

	if (!m)
		return scram_no_memory(s);
	*state = m;
	m->form = (const struct scram_form *)mech;
	m->cache = plugin;
	r = choose_flag(m, s, server);
	if (r == LK_DONE)
		r = make_nonce(m, s);
	if (r == LK_DONE)
		r = write_header(m, s);
	if (r == LK_DONE)
		r = write_bare(m, s);
	if (r == LK_DONE && (m->header.has_failed || m->bare.has_failed))
		r = scram_no_memory(s);
	if (r == LK_DONE)
		r = scram_emit(s, &m->header);
	if (r == LK_DONE)
		r = scram_emit(s, &m->bare);
	return r == LK_DONE ? LK_CONTINUE : r;
}

