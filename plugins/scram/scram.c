/* SCRAM (RFC 5802, RFC 7677): the password is proven, not sent, and the server
 * proves that it knows it; the -PLUS forms bind the TLS channel.
 * SPDX-License-Identifier: MIT */
#include "scram.h"

#include <openssl/crypto.h>

/* How long it takes is the server's choice (a million iterations: a second), so
 * it may block. */
#define FLAGS (LK_F_CLIENT_FIRST | LK_F_ACTIVE_SAFE | LK_F_MUTUAL | \
	       LK_F_PROXY | LK_F_MAY_BLOCK)
#define PLUS_FLAGS (FLAGS | LK_F_CHANNEL_BINDING)

#define TYPES "enum:auto|none"
#define HELP "none: the server is not told that we could bind the channel"
#define PLUS_TYPES "enum:auto|tls-exporter|tls-server-end-point|tls-unique"
#define PLUS_HELP "what of the TLS channel is bound; auto: the best there is"

/* A mechanism: its note, its parameter, its hash. */
#define MECHANISM(var, id, wire, strength, md, flags, types, help, has_binding) \
	LK_MECH_NOTE(var##_note, id, wire, flags, strength, \
		     "authid password", "authzid cb:tls-exporter " \
		     "cb:tls-server-end-point cb:tls-unique", \
		     "the password is proven both ways, not sent", "0.1.0", \
		     ""); \
	LK_PARAM_NOTE(var##_param, id, "channel-binding", types, 0, "auto", \
		      0, 0, help); \
	static const struct lk_param_note *const var##_params[] = { \
		&var##_param, NULL \
	}; \
	static const struct scram_form var = { \
		.mech = { \
			.size = sizeof(struct lk_mech), \
			.note = &var##_note, \
			.params = var##_params, \
			.available = has_binding, \
			.start = scram_start, \
			.step = scram_step, \
			.free = scram_free, \
		}, \
		.hash = md, \
	}

#define PAIR(var, id, wire, strength, md) \
	MECHANISM(var, id, wire, strength, md, FLAGS, TYPES, HELP, NULL); \
	MECHANISM(var##_plus, id "-plus", wire "-PLUS", strength, md, \
		  PLUS_FLAGS, PLUS_TYPES, PLUS_HELP, has_binding)

static int32_t
has_binding(void *plugin, const struct lk_mech *mech, struct lk_session *s,
	    const struct lk_server *server)
{
	const char *wanted = scram_wanted_binding(s);
	struct lk_bytes octets;

	(void)plugin;
	(void)mech;
	(void)server;
	return scram_find_binding(s, wanted, &octets)
	       ? LK_DONE : scram_no_binding(s, wanted);
}

PAIR(sha_1, "scram-sha-1", "SCRAM-SHA-1", 60, EVP_sha1);
PAIR(sha_256, "scram-sha-256", "SCRAM-SHA-256", 70, EVP_sha256);
PAIR(sha_512, "scram-sha-512", "SCRAM-SHA-512", 80, EVP_sha512);

static const struct lk_mech *const mechanisms[] = {
	&sha_1.mech, &sha_1_plus.mech, &sha_256.mech, &sha_256_plus.mech,
	&sha_512.mech, &sha_512_plus.mech, NULL
};

static const struct lk_mech *const *
mechs(void *plugin)
{
	(void)plugin;
	return mechanisms;
}

/* Also the first use of the library: whatever it reads, it reads now. */
static int32_t
init(struct lk_session *s, void **plugin)
{
	struct lk_report r = { sizeof(r), 0, LK_E_INTERNAL, 0, NULL,
			       "OpenSSL, or the source of random numbers, does "
			       "not work", NULL };
	unsigned char secret[32], digest[EVP_MAX_MD_SIZE];
	int32_t result = LK_E_NOMEM;

	if (s->services->random(secret, sizeof(secret)) != LK_DONE ||
	    scram_hmac(EVP_sha256(), secret, sizeof(secret), "", 0,
		       digest) < 0) {
		s->services->report(s, &r);
		result = r.cls;
	} else {
		*plugin = scram_cache_new(secret);
		if (*plugin)
			result = LK_DONE;
	}
	OPENSSL_cleanse(secret, sizeof(secret));
	return result;
}

static void
deinit(void *plugin)
{
	scram_cache_free(plugin);
}

LK_PLUGIN(scram) = {
	.size = sizeof(struct lk_plugin),
	.abi = LK_ABI,
	.threads = LK_PLUGIN_PER_SESSION,
	.name = "scram",
	.version = "0.1.0",
	.license = "MIT",
	.init = init,
	.deinit = deinit,
	.mechs = mechs,
};
