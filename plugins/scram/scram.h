/* The parts of SCRAM (RFC 5802, RFC 7677).
 *
 *   scram.c    the mechanisms and their notes
 *   first.c    a login: its first message
 *   dialogue.c what follows
 *   message.c  messages written and read
 *   prepare.c  SASLprep (RFC 4013)
 *   crypto.c   salted passwords, proofs
 *   cache.c    salted passwords that were proven
 *   binding.c  channel bindings
 *   errors.c   what servers say that went wrong
 * SPDX-License-Identifier: MIT */
#ifndef SCRAM_H
#define SCRAM_H

#include <latchkey/mech.h>

#include <openssl/evp.h>

#define SCRAM_ITERATIONS_MIN 4096       /* RFC 5802, 5.1; RFC 7677, 4 */
#define SCRAM_ITERATIONS_MAX 1000000
#define SCRAM_NONCE 24                  /* ours, printable */
#define SCRAM_SALT_MAX 512

/* A mechanism. */
struct scram_form {
	struct lk_mech mech;            /* first: what the host is given */
	const EVP_MD *(*hash)(void);
};

/* Memory here is from OPENSSL_malloc, but for the cache, and wiped when it is
 * freed. */

/* ---- message.c ---------------------------------------------------------- */

/* A message under way.  Once memory was short it stays failed. */
struct scram_text {
	unsigned char *data;
	size_t len, room;
	int has_failed;
};

void scram_add(struct scram_text *, const void *data, size_t len);
void scram_puts(struct scram_text *, const char *text);

/* A name with its `,` and `=` escaped. */
void scram_add_name(struct scram_text *, struct lk_bytes name);
void scram_add_base64(struct scram_text *, const void *data, size_t len);
void scram_wipe(struct scram_text *);

/* What the server's first message says. */
struct scram_first {
	struct lk_bytes nonce;          /* of both, in the message */
	unsigned char salt[SCRAM_SALT_MAX];
	size_t n_salt;
	uint32_t iterations;            /* UINT32_MAX: that or more */
};

/* LK_DONE, or an error class and what is wrong. */
int32_t scram_read_first(struct lk_bytes message, const char *our_nonce,
			 struct scram_first *, const char **complaint);

/* The final message: v or e, its first attribute, and the value; 0: neither. */
char scram_read_final(struct lk_bytes message, struct lk_bytes *value);

/* Of base64 exactly: the octets, or -1. */
int scram_decode(struct lk_bytes from, unsigned char *to, size_t room);

/* ---- prepare.c ---------------------------------------------------------- */

/* SASLprep: adds the prepared text.  NULL, or why it cannot be prepared; with
 * to->has_failed: no memory. */
const char *scram_prepare(struct scram_text *to, struct lk_bytes from,
			  int is_password);

/* ---- crypto.c ----------------------------------------------------------- */

struct scram_proof {
	unsigned char client[EVP_MAX_MD_SIZE];  /* ours, to be sent */
	unsigned char server[EVP_MAX_MD_SIZE];  /* the server's, to be seen */
};

/* All return 0, or -1: the library does not do that. */
int scram_hmac(const EVP_MD *, const void *key, size_t n_key, const void *data,
	       size_t len, unsigned char *out);
int scram_salt(const EVP_MD *, const struct scram_text *password,
	       const struct scram_first *, unsigned char *salted);
int scram_prove(const EVP_MD *, const unsigned char *salted,
		const struct scram_text *auth_message, struct scram_proof *);

/* ---- cache.c ------------------------------------------------------------ */

/* Keys are digests under a secret of this cache, so that they tell nothing. */
#define SCRAM_CACHE_KEY 32

struct scram_cache;

struct scram_cache *scram_cache_new(const unsigned char secret[32]);
void scram_cache_free(struct scram_cache *);
int scram_cache_key(const struct scram_cache *, const EVP_MD *,
		    struct lk_bytes host, struct lk_bytes user,
		    const struct scram_first *,
		    const struct scram_text *password,
		    unsigned char key[SCRAM_CACHE_KEY]);

/* Is it there?  Then *salted is that. */
int scram_cache_get(struct scram_cache *,
		    const unsigned char key[SCRAM_CACHE_KEY],
		    unsigned char salted[EVP_MAX_MD_SIZE]);
void scram_cache_put(struct scram_cache *,
		     const unsigned char key[SCRAM_CACHE_KEY],
		     const unsigned char salted[EVP_MAX_MD_SIZE]);

/* ---- binding.c ---------------------------------------------------------- */

/* The parameter channel-binding: "auto", or what it is set to.  Static. */
const char *scram_wanted_binding(struct lk_session *);

/* The type, or the best one of "auto", and its octets; NULL: not to be had.
 * Static. */
const char *scram_find_binding(struct lk_session *, const char *wanted,
			       struct lk_bytes *octets);

/* Does the server offer one of our mechanisms that bind? */
int scram_offers_binding(const struct lk_server *);

/* ---- errors.c ----------------------------------------------------------- */

struct scram_error {
	const char *name;               /* RFC 5802, 7 */
	int32_t cls;
	const char *message, *advice;
};

/* By its name, or the last one, which stands for all others. */
const struct scram_error *scram_find_error(struct lk_bytes name);

/* The one whose name stands in a text, or NULL. */
const struct scram_error *scram_find_error_in(const char *text);

/* ---- first.c, dialogue.c ------------------------------------------------ */

enum scram_stage { FIRST, FINAL, PROVEN, REFUSED };

/* One login. */
struct scram {
	const struct scram_form *form;
	struct scram_cache *cache;
	enum scram_stage stage;         /* what the server is to say next */
	char flag;                      /* of gs2: n, y or p */
	const char *binding;            /* the type, with p */
	char nonce[SCRAM_NONCE + 1];
	struct scram_text header;       /* of gs2 */
	struct scram_text bare;         /* the first message behind it */
	int has_key;                    /* of the cache */
	unsigned char key[SCRAM_CACHE_KEY];
	unsigned char salted[EVP_MAX_MD_SIZE];
	unsigned char signature[EVP_MAX_MD_SIZE]; /* the server's, expected */
	int32_t refusal;                /* what an e= said */
};

/* plugin: the cache. */
int32_t scram_start(void *plugin, const struct lk_mech *, struct lk_session *,
		    const struct lk_server *, void **state);
int32_t scram_step(void *state, struct lk_session *, const struct lk_event *);
void scram_free(void *state, struct lk_session *);

/* Report, and return the class. */
int32_t scram_fail(struct lk_session *, int32_t cls, const char *advice,
		   const char *format, ...)
	__attribute__((format(printf, 4, 5)));
int32_t scram_no_memory(struct lk_session *);

/* There is none of the wanted type: LK_E_NOPROP. */
int32_t scram_no_binding(struct lk_session *, const char *wanted);

int32_t scram_get(struct lk_session *, const char *key, struct lk_bytes *);
int32_t scram_emit(struct lk_session *, const struct scram_text *);

#endif
