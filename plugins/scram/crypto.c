/* Salted passwords and proofs (RFC 5802, 3). SPDX-License-Identifier: MIT */
#include "scram.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/hmac.h>

#include <string.h>

/* The host may be in the middle of its own use of OpenSSL's error queue. */
int
scram_hmac(const EVP_MD *md, const void *key, size_t n_key, const void *data,
	   size_t len, unsigned char *out)
{
	unsigned int n;
	int is_done;

	ERR_set_mark();
	is_done = HMAC(md, n_key ? key : "", (int)n_key, data, len, out, &n)
		  != NULL;
	ERR_pop_to_mark();
	return is_done ? 0 : -1;
}

int
scram_salt(const EVP_MD *md, const struct scram_text *password,
	   const struct scram_first *first, unsigned char *salted)
{
	const void *text = password->len ? (const void *)password->data : "";
	int is_done;

	ERR_set_mark();
	is_done = PKCS5_PBKDF2_HMAC(text, (int)password->len, first->salt,
				    (int)first->n_salt,
				    (int)first->iterations, md,
				    EVP_MD_get_size(md), salted) == 1;
	ERR_pop_to_mark();
	return is_done ? 0 : -1;
}

static int
hash(const EVP_MD *md, const unsigned char *data, size_t len,
     unsigned char *out)
{
	int is_done;

	ERR_set_mark();
	is_done = EVP_Digest(data, len, out, NULL, md, NULL) == 1;
	ERR_pop_to_mark();
	return is_done ? 0 : -1;
}

int
scram_prove(const EVP_MD *md, const unsigned char *salted,
	    const struct scram_text *message, struct scram_proof *proof)
{
	size_t n = (size_t)EVP_MD_get_size(md), i;
	struct {
		unsigned char client[EVP_MAX_MD_SIZE];
		unsigned char stored[EVP_MAX_MD_SIZE];
		unsigned char server[EVP_MAX_MD_SIZE];
		unsigned char signature[EVP_MAX_MD_SIZE];
	} k;
	int r = -1;

	if (scram_hmac(md, salted, n, "Client Key", 10, k.client) == 0 &&
	    hash(md, k.client, n, k.stored) == 0 &&
	    scram_hmac(md, k.stored, n, message->data, message->len,
		       k.signature) == 0 &&
	    scram_hmac(md, salted, n, "Server Key", 10, k.server) == 0 &&
	    scram_hmac(md, k.server, n, message->data, message->len,
		       proof->server) == 0)
		r = 0;
	for (i = 0; r == 0 && i < n; i++)
		proof->client[i] = k.client[i] ^ k.signature[i];
	OPENSSL_cleanse(&k, sizeof(k));
	return r;
}
