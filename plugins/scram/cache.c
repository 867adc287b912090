/* Salted passwords that a server has proven to know, so that a second login
 * costs no iterations.  In memory, few, and found only by who brings the
 * password.  SPDX-License-Identifier: MIT */
#include "scram.h"

#include <openssl/crypto.h>

#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

#define SLOTS 32

struct slot {
	unsigned char key[SCRAM_CACHE_KEY];
	unsigned char salted[EVP_MAX_MD_SIZE];
	uint64_t used;                  /* when, by the clock; 0: free */
};

struct scram_cache {
	pthread_mutex_t lock;
	unsigned char secret[32];
	uint64_t clock;
	struct slot slots[SLOTS];
};

/* Who has a salted password needs no other: whole pages, which no core dump
 * has. */
struct scram_cache *
scram_cache_new(const unsigned char secret[32])
{
	struct scram_cache *c = mmap(NULL, sizeof(*c), PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (c == MAP_FAILED)
		return NULL;
	(void)madvise(c, sizeof(*c), MADV_DONTDUMP);
	if (pthread_mutex_init(&c->lock, NULL) != 0) {
		(void)munmap(c, sizeof(*c));
		return NULL;
	}
	memcpy(c->secret, secret, sizeof(c->secret));
	return c;
}

void
scram_cache_free(struct scram_cache *c)
{
	if (!c)
		return;
	pthread_mutex_destroy(&c->lock);
	OPENSSL_cleanse(c, sizeof(*c));
	(void)munmap(c, sizeof(*c));
}

static void
add_field(struct scram_text *t, const void *data, size_t len)
{
	uint64_t n = len;

	scram_add(t, &n, sizeof(n));
	scram_add(t, data, len);
}

int
scram_cache_key(const struct scram_cache *c, const EVP_MD *md,
		struct lk_bytes host, struct lk_bytes user,
		const struct scram_first *first,
		const struct scram_text *password,
		unsigned char key[SCRAM_CACHE_KEY])
{
	struct scram_text t = { NULL, 0, 0, 0 };
	int type = EVP_MD_get_type(md), r = -1;

	add_field(&t, &type, sizeof(type));
	add_field(&t, host.data, host.len);
	add_field(&t, user.data, user.len);
	add_field(&t, first->salt, first->n_salt);
	add_field(&t, &first->iterations, sizeof(first->iterations));
	add_field(&t, password->data, password->len);
	if (!t.has_failed)
		r = scram_hmac(EVP_sha256(), c->secret, sizeof(c->secret),
			       t.data, t.len, key);
	scram_wipe(&t);
	return r;
}

static struct slot *
find(struct scram_cache *c, const unsigned char key[SCRAM_CACHE_KEY])
{
	size_t i;

	for (i = 0; i < SLOTS; i++)
		if (c->slots[i].used &&
		    memcmp(c->slots[i].key, key, SCRAM_CACHE_KEY) == 0)
			return &c->slots[i];
	return NULL;
}

int
scram_cache_get(struct scram_cache *c,
		const unsigned char key[SCRAM_CACHE_KEY],
		unsigned char salted[EVP_MAX_MD_SIZE])
{
	struct slot *slot;

	pthread_mutex_lock(&c->lock);
	slot = find(c, key);
	if (slot) {
		slot->used = ++c->clock;
		memcpy(salted, slot->salted, EVP_MAX_MD_SIZE);
	}
	pthread_mutex_unlock(&c->lock);
	return slot != NULL;
}

void
scram_cache_put(struct scram_cache *c,
		const unsigned char key[SCRAM_CACHE_KEY],
		const unsigned char salted[EVP_MAX_MD_SIZE])
{
	struct slot *slot;
	size_t i;

	pthread_mutex_lock(&c->lock);
	slot = find(c, key);
	for (i = 0; !slot && i < SLOTS; i++)
		if (!c->slots[i].used)
			slot = &c->slots[i];
	if (!slot) {
		slot = &c->slots[0];
		for (i = 1; i < SLOTS; i++)
			if (c->slots[i].used < slot->used)
				slot = &c->slots[i];
	}
	memcpy(slot->key, key, SCRAM_CACHE_KEY);
	memcpy(slot->salted, salted, EVP_MAX_MD_SIZE);
	slot->used = ++c->clock;
	pthread_mutex_unlock(&c->lock);
}
