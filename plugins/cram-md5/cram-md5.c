/* CRAM-MD5 (RFC 2195): a digest of the server's challenge under the password.
 * Who sees both can try passwords at leisure, hence not active-safe.
 * SPDX-License-Identifier: MIT */
#include <latchkey/mech.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/hmac.h>

#include <string.h>

LK_MECH_NOTE(cram_md5_note, "cram-md5", "CRAM-MD5", LK_F_SERVER_FIRST, 30,
	     "authid password", "", "a digest of the password and a challenge",
	     "0.1.0", "");

#define DIGEST 16

struct cram_md5 {
	int is_sent;
};

static int32_t
fail(struct lk_session *s, int32_t cls, const char *message)
{
	struct lk_report r = { sizeof(r), 0, cls, 0, NULL, message, NULL };

	s->services->report(s, &r);
	return cls;
}

static int32_t
get(struct lk_session *s, const char *key, struct lk_bytes *value)
{
	struct lk_ask ask = { sizeof(ask), 0, key, NULL, NULL };

	return s->services->get(s, &ask, value);
}

/* 0, or -1: the library does not do that.  The host's error queue stays. */
static int
hmac(struct lk_bytes key, struct lk_bytes text, unsigned char out[DIGEST])
{
	unsigned char all[EVP_MAX_MD_SIZE];
	unsigned int n = 0;
	int is_done;

	ERR_set_mark();
	is_done = HMAC(EVP_md5(), key.len ? (const void *)key.data : "",
		       (int)key.len, text.data, text.len, all, &n) != NULL &&
		  n == DIGEST;
	ERR_pop_to_mark();
	if (is_done)
		memcpy(out, all, DIGEST);
	OPENSSL_cleanse(all, sizeof(all));
	return is_done ? 0 : -1;
}

static int32_t
no_md5(struct lk_session *s)
{
	return fail(s, LK_E_UNSUPPORTED, "this OpenSSL has no MD5 (it is built "
		    "or set up for FIPS)");
}

static int32_t
available(void *plugin, const struct lk_mech *mech, struct lk_session *s,
	  const struct lk_server *server)
{
	static const struct lk_bytes text = { (const unsigned char *)"", 0 };
	unsigned char digest[DIGEST];

	(void)plugin;
	(void)mech;
	(void)server;
	return hmac(text, text, digest) == 0 ? LK_DONE : no_md5(s);
}

static int32_t
start(void *plugin, const struct lk_mech *mech, struct lk_session *s,
      const struct lk_server *server, void **state)
{
	struct cram_md5 *m = OPENSSL_zalloc(sizeof(*m));

	(void)plugin;
	(void)mech;
	(void)s;
	(void)server;
	if (!m)
		return LK_E_NOMEM;
	*state = m;
	return LK_CONTINUE;
}

static int32_t
send_digest(struct lk_session *s, struct lk_bytes authid,
	    const unsigned char digest[DIGEST])
{
	static const char hex[] = "0123456789abcdef";
	char text[2 * DIGEST];
	int32_t r;
	size_t i;

	for (i = 0; i < DIGEST; i++) {
		text[2 * i] = hex[digest[i] >> 4];
		text[2 * i + 1] = hex[digest[i] & 15];
	}
	r = s->services->emit(s, authid.data, authid.len);
	if (r == LK_DONE)
		r = s->services->emit(s, " ", 1);
	if (r == LK_DONE)
		r = s->services->emit(s, text, sizeof(text));
	return r;
}

static int32_t
answer(struct cram_md5 *m, struct lk_session *s, struct lk_bytes challenge)
{
	unsigned char digest[DIGEST];
	struct lk_bytes authid, password;
	int32_t r;

	if (m->is_sent)
		return fail(s, LK_E_PROTOCOL, "the server asks for more after "
			    "the digest");
	/* also what was no base64: a digest of nothing is good for ever */
	if (challenge.len == 0)
		return fail(s, LK_E_UNSUPPORTED, "the server's challenge is "
			    "empty");
	r = get(s, LK_P_AUTHID, &authid);
	if (r == LK_DONE && memchr(authid.data, '\0', authid.len))
		return fail(s, LK_E_CONFIG, "the user name contains a NUL, "
			    "which this mechanism cannot carry");
	if (r == LK_DONE)
		r = get(s, LK_P_PASSWORD, &password);
	if (r != LK_DONE)
		return r;
	if (hmac(password, challenge, digest) < 0)
		return no_md5(s);
	r = send_digest(s, authid, digest);
	m->is_sent = r == LK_DONE;
	return r;
}

static int32_t
step(void *state, struct lk_session *s, const struct lk_event *ev)
{
	struct cram_md5 *m = state;
	uint32_t kind = ev->kind == LK_EV_RESUME ? ev->interrupted : ev->kind;

	if (kind == LK_EV_CHALLENGE)
		return answer(m, s, ev->in);
	if (kind == LK_EV_SUCCESS && !m->is_sent)
		return fail(s, LK_E_PROTOCOL, "the server accepted the login "
			    "before it had the digest");
	return LK_DONE;
}

static void
free_it(void *state, struct lk_session *s)
{
	(void)s;
	OPENSSL_free(state);
}

static const struct lk_mech cram_md5 = {
	.size = sizeof(struct lk_mech),
	.note = &cram_md5_note,
	.available = available,
	.start = start,
	.step = step,
	.free = free_it,
};

static const struct lk_mech *const mechanisms[] = { &cram_md5, NULL };

static const struct lk_mech *const *
mechs(void *plugin)
{
	(void)plugin;
	return mechanisms;
}

LK_PLUGIN(cram_md5) = {
	.size = sizeof(struct lk_plugin),
	.abi = LK_ABI,
	.threads = LK_PLUGIN_PER_SESSION,
	.name = "cram-md5",
	.version = "0.1.0",
	.license = "MIT",
	.mechs = mechs,
};
