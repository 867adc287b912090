/* Trusted certificates, pins and our own certificate: once per account.
 * SPDX-License-Identifier: MIT */
#include "net/trust.h"

#include "base/ascii.h"
#include "base/error.h"

#include <openssl/err.h>

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int
fail_file(const char *key, const char *path, struct lk_error *err)
{
	const char *why = lk_openssl_reason();

	lk_fail(err, LK_E_CONFIG, "%s: %s cannot be used: %s", key, path,
		access(path, R_OK) < 0 ? strerror(errno) : why);
	if (err)
		err->stage = LK_STAGE_CONFIG;
	return -1;
}

/* Eight hex digits and a dot: how `openssl rehash` calls a certificate. */
static bool
is_hashed(const char *name)
{
	return strspn(name, "0123456789abcdef") == 8 && name[8] == '.';
}

static bool
has_hashed(const char *path)
{
	const struct dirent *entry;
	bool found = false;
	DIR *dir = opendir(path);

	while (dir && !found && (entry = readdir(dir)))
		found = is_hashed(entry->d_name);
	if (dir)
		closedir(dir);
	return found;
}

/* Does this list of directories, OpenSSL's own, make the bundle `file` (or
 * NULL) needless?  It does if it is hashed, and the bundle lies in it: then it
 * is the same certificates once more. */
static bool
is_enough(const char *list, const char *file)
{
	const char *word;
	char path[4096];
	size_t len;

	while ((word = lk_ascii_next(&list, ":", &len))) {
		if (len >= sizeof(path))
			continue;
		memcpy(path, word, len);
		path[len] = '\0';
		if (!has_hashed(path))
			continue;
		if (!file || (strncmp(file, path, len) == 0 &&
			      strrchr(file, '/') == file + len))
			return true;
	}
	return false;
}

/* To parse a bundle of all authorities costs 30 ms; the hashed directory gives
 * the one that is needed. */
static int
trust_system(SSL_CTX *ctx, struct lk_error *err)
{
	const char *list = secure_getenv(X509_get_default_cert_dir_env());
	const char *file = secure_getenv(X509_get_default_cert_file_env());

	if (SSL_CTX_set_default_verify_dir(ctx) != 1)
		return lk_fail(err, LK_E_INTERNAL, "trusted certificates: %s",
			       lk_openssl_reason());
	if (!list)
		list = X509_get_default_cert_dir();
	/* no bundle either: every certificate will be refused, with its
	 * reason */
	if (!is_enough(list, file))
		SSL_CTX_set_default_verify_file(ctx);
	ERR_clear_error();
	return 0;
}

static int
trust_own(SSL_CTX *ctx, const char *ca, struct lk_error *err)
{
	struct stat st;
	int ok;

	if (stat(ca, &st) == 0 && S_ISDIR(st.st_mode)) {
		ok = SSL_CTX_load_verify_dir(ctx, ca);
		if (!has_hashed(ca)) {
			lk_fail(err, LK_E_CONFIG, "ca: %s has no certificate "
				"with a hashed name", ca);
			lk_advise(err, "openssl rehash %s", ca);
			return -1;
		}
	} else {
		ok = SSL_CTX_load_verify_file(ctx, ca);
	}
	if (!ok)
		return fail_file("ca", ca, err);
	/* what the file names is trusted, be it an authority or not */
	X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(ctx),
				    X509_V_FLAG_PARTIAL_CHAIN);
	return 0;
}

/* Without it OpenSSL would ask on the terminal. */
static int
no_passphrase(char *to, int room, int writing, void *ctx)
{
	(void)to;
	(void)room;
	(void)writing;
	(void)ctx;
	return -1;
}

static int
show_own(SSL_CTX *ctx, const struct lk_trust_settings *set,
	 struct lk_error *err)
{
	const char *key = set->key ? set->key : set->cert;

	if (!set->cert && set->key)
		return lk_fail(err, LK_E_CONFIG, "key: %s needs a certificate: "
			       "`cert` is not set", set->key);
	if (!set->cert)
		return 0;
	SSL_CTX_set_default_passwd_cb(ctx, no_passphrase);
	if (SSL_CTX_use_certificate_chain_file(ctx, set->cert) != 1)
		return fail_file("cert", set->cert, err);
	if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1) {
		fail_file("key", key, err);
		lk_advise(err, "it has to be a PEM file without a passphrase, "
			  "and the key of %s", set->cert);
		return -1;
	}
	return 0;
}

static int
fill(struct lk_trust *t, const struct lk_trust_settings *set,
     struct lk_error *err)
{
	t->verify = !set->no_verify;
	if (set->pin) {
		if (lk_pin_parse(set->pin, t->pin, err) < 0)
			return -1;
		t->has_pin = true;
	}
	t->ctx = SSL_CTX_new(TLS_client_method());
	if (!t->ctx ||
	    SSL_CTX_set_min_proto_version(t->ctx, TLS1_2_VERSION) != 1)
		return lk_fail(err, LK_E_INTERNAL, "TLS cannot be set up: %s",
			       lk_openssl_reason());
	/* servers echo secrets: no copy of what was read stays behind */
	SSL_CTX_set_options(t->ctx, SSL_OP_NO_RENEGOTIATION |
			    SSL_OP_NO_COMPRESSION | SSL_OP_CLEANSE_PLAINTEXT);
	SSL_CTX_set_mode(t->ctx, SSL_MODE_AUTO_RETRY);
	SSL_CTX_set_session_cache_mode(t->ctx, SSL_SESS_CACHE_OFF);
	if (t->verify && set->ca && trust_own(t->ctx, set->ca, err) < 0)
		return -1;
	if (t->verify && !set->ca && trust_system(t->ctx, err) < 0)
		return -1;
	return show_own(t->ctx, set, err);
}

int
lk_trust_new(struct lk_trust **ret, const struct lk_trust_settings *set,
	     struct lk_error *err)
{
	struct lk_trust *t = calloc(1, sizeof(*t));

	if (!t)
		return lk_fail_memory(err);
	if (set->alone)
		lk_openssl_alone();
	ERR_clear_error();
	if (fill(t, set, err) < 0) {
		lk_trust_free(t);
		return -1;
	}
	*ret = t;
	return 0;
}

void
lk_trust_free(struct lk_trust *t)
{
	if (!t)
		return;
	lk_resume_drop(&t->resume);
	SSL_CTX_free(t->ctx);
	free(t);
}
