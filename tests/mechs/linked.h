/* A login by a mechanism that is linked in.  Chance is what a test says, and
 * iterations are counted.  SPDX-License-Identifier: MIT */
#ifndef TESTS_MECHS_LINKED_H
#define TESTS_MECHS_LINKED_H

#include "unit/attempt.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <sys/random.h>

extern const struct lk_plugin scram_LTX_latchkey_plugin_v0;
extern const struct lk_plugin cram_md5_LTX_latchkey_plugin_v0;

ssize_t __wrap_getrandom(void *to, size_t len, unsigned flags);
ssize_t __real_getrandom(void *to, size_t len, unsigned flags);
int __wrap_PKCS5_PBKDF2_HMAC(const char *pass, int n_pass,
			     const unsigned char *salt, int n_salt, int iter,
			     const EVP_MD *md, int len, unsigned char *out);
int __real_PKCS5_PBKDF2_HMAC(const char *pass, int n_pass,
			     const unsigned char *salt, int n_salt, int iter,
			     const EVP_MD *md, int len, unsigned char *out);
unsigned char *__wrap_HMAC(const EVP_MD *md, const void *key, int n_key,
			   const unsigned char *data, size_t len,
			   unsigned char *out, unsigned *n_out);
unsigned char *__real_HMAC(const EVP_MD *md, const void *key, int n_key,
			   const unsigned char *data, size_t len,
			   unsigned char *out, unsigned *n_out);

static const char *nonce;           /* what the next one is, or NULL: chance */
static int salted;                  /* how often a password was */
static const char *lacking;         /* the digest that the library lacks */

ssize_t
__wrap_getrandom(void *to, size_t len, unsigned flags)
{
	unsigned char octets[18];

	if (!nonce || len != sizeof(octets))
		return __real_getrandom(to, len, flags);
	assert_int_equal(EVP_DecodeBlock(octets, (const unsigned char *)nonce,
					 24), sizeof(octets));
	memcpy(to, octets, len);
	return (ssize_t)len;
}

int
__wrap_PKCS5_PBKDF2_HMAC(const char *pass, int n_pass,
			 const unsigned char *salt, int n_salt, int iter,
			 const EVP_MD *md, int len, unsigned char *out)
{
	salted++;
	if (lacking && EVP_MD_is_a(md, lacking))
		return 0;
	return __real_PKCS5_PBKDF2_HMAC(pass, n_pass, salt, n_salt, iter, md,
					len, out);
}

unsigned char *
__wrap_HMAC(const EVP_MD *md, const void *key, int n_key,
	    const unsigned char *data, size_t len, unsigned char *out,
	    unsigned *n_out)
{
	if (lacking && EVP_MD_is_a(md, lacking))
		return NULL;
	return __real_HMAC(md, key, n_key, data, len, out, n_out);
}

/* ---- a login ------------------------------------------------------------ */

static const char *const plain_offer[] = {
	"SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-512", "CRAM-MD5", NULL
};
static const char *const plus_offer[] = {
	"SCRAM-SHA-256", "SCRAM-SHA-256-PLUS", NULL
};

struct linked {
	struct attempt a;
	const struct lk_plugin *plugin;
	void *context;              /* of the plugin */
	const struct lk_param_record *params[2];
	const char *types;          /* of the bindings that are to be had */
};

__attribute__((unused))
static struct linked l;             /* that of most tests */

/* The octets of a binding are its type backwards. */
static inline int32_t
linked_binding(void *ctx, const char *type, struct lk_bytes *out)
{
	static unsigned char octets[64];
	const struct linked *login = ctx;
	size_t n = strlen(type), i;

	if (!login->types || !strstr(login->types, type))
		return LK_E_NOPROP;
	for (i = 0; i < n; i++)
		octets[i] = (unsigned char)type[n - 1 - i];
	out->data = octets;
	out->len = n;
	return LK_DONE;
}

static inline void
linked_plugin(struct linked *login, const struct lk_plugin *plugin)
{
	static struct lk_host host;
	struct lk_early early;

	memset(login, 0, sizeof(*login));
	lk_early_init(&early, &host, plugin->name);
	login->plugin = plugin;
	if (plugin->init)
		assert_int_equal(plugin->init(&early.head, &login->context),
				 LK_DONE);
}

static inline void
linked_end(struct linked *login)
{
	if (login->plugin->deinit)
		login->plugin->deinit(login->context);
}

/* A new login by the mechanism with this id. */
static inline void
linked_init(struct linked *login, const char *id)
{
	const struct lk_mech *const *m = login->plugin->mechs(login->context);

	while (strcmp((*m)->note->record.id, id) != 0)
		assert_non_null(*++m);
	attempt_init(&login->a, *m);
	login->a.file.context = login->context;
	login->a.offered = plain_offer;
	login->params[0] = (*m)->params ? &(*m)->params[0]->record : NULL;
	login->a.entry.params = login->params;
	login->a.facts.flags = LK_FACT_ENCRYPTED | LK_FACT_VERIFIED;
	login->a.facts.channel_binding = linked_binding;
	login->a.facts.ctx = login;
}

/* Open it and start: its first response. */
static inline const char *
linked_start(struct linked *login)
{
	attempt_open(&login->a, true);
	assert_int_equal(lk_exchange_available(login->a.x), LK_DONE);
	assert_int_equal(lk_exchange_start(login->a.x), LK_CONTINUE);
	return attempt_response(&login->a);
}

static inline const char *
sentence(const struct linked *login)
{
	return lk_exchange_error(login->a.x)->sentence;
}

/* The setup and teardown of tests that log in by SCRAM. */
static inline int
linked_scram(void **state)
{
	(void)state;
	linked_plugin(&l, &scram_LTX_latchkey_plugin_v0);
	return 0;
}

static inline int
linked_done(void **state)
{
	(void)state;
	linked_end(&l);
	return 0;
}

#endif
