/* Certificates in words. SPDX-License-Identifier: MIT */
#include "net/verify.h"

#include "base/ascii.h"
#include "base/base64.h"
#include "base/buf.h"
#include "base/error.h"

#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define NAMES_ROOM 512
#define ISSUER_ROOM 256

int
lk_pin_of(X509 *cert, unsigned char pin[LK_PIN_OCTETS])
{
	unsigned char *spki = NULL;
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &spki);
	int r = -1;

	if (len > 0 &&
	    EVP_Digest(spki, (size_t)len, pin, NULL, EVP_sha256(), NULL) == 1)
		r = 0;
	OPENSSL_free(spki);
	return r;
}

void
lk_pin_text(const unsigned char pin[LK_PIN_OCTETS], char text[LK_PIN_ROOM])
{
	struct lk_buf b;
	const char *s = NULL;

	lk_buf_init(&b, LK_PIN_ROOM - 1);
	if (lk_buf_puts(&b, LK_PIN_PREFIX) == 0 &&
	    lk_base64_encode(&b, pin, LK_PIN_OCTETS) == 0)
		s = lk_buf_text(&b);
	lk_ascii_copy(text, LK_PIN_ROOM, s ? s : "?");
	lk_buf_wipe(&b);
}

int
lk_pin_parse(const char *text, unsigned char pin[LK_PIN_OCTETS],
	     struct lk_error *err)
{
	size_t prefix = strlen(LK_PIN_PREFIX);
	struct lk_buf b;
	int r = -1;

	lk_buf_init(&b, LK_PIN_ROOM);
	if (strncmp(text, LK_PIN_PREFIX, prefix) == 0 &&
	    lk_base64_decode(&b, text + prefix, strlen(text + prefix)) == 0 &&
	    b.len == LK_PIN_OCTETS) {
		memcpy(pin, b.data, LK_PIN_OCTETS);
		r = 0;
	} else {
		lk_fail(err, LK_E_CONFIG, "pin: \"%s\" is not " LK_PIN_PREFIX
			" and 32 octets in base64", text);
	}
	lk_buf_wipe(&b);
	return r;
}

/* One name of the certificate behind the others. */
static void
add_name(char *to, size_t room, const void *name, size_t len)
{
	size_t used = strlen(to);
	char one[260];

	lk_ascii_printable(one, sizeof(one), name, len);
	if (used + strlen(one) + 3 > room)
		return;
	snprintf(to + used, room - used, "%s%s", used ? ", " : "", one);
}

static void
add_alternative(char *to, size_t room, const GENERAL_NAME *name)
{
	char text[INET6_ADDRSTRLEN] = "";
	const ASN1_STRING *s;

	if (name->type != GEN_DNS && name->type != GEN_IPADD)
		return;
	s = name->type == GEN_DNS ? name->d.dNSName : name->d.iPAddress;
	if (name->type == GEN_DNS) {
		add_name(to, room, ASN1_STRING_get0_data(s),
			 (size_t)ASN1_STRING_length(s));
		return;
	}
	if (ASN1_STRING_length(s) == 4)
		inet_ntop(AF_INET, ASN1_STRING_get0_data(s), text,
			  sizeof(text));
	else if (ASN1_STRING_length(s) == 16)
		inet_ntop(AF_INET6, ASN1_STRING_get0_data(s), text,
			  sizeof(text));
	add_name(to, room, text, strlen(text));
}

/* Whom the certificate is for: the names of RFC 9525, else the common name. */
static void
names_of(X509 *cert, char *to, size_t room)
{
	GENERAL_NAMES *list =
		X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	char common[128];
	int i, n;

	*to = '\0';
	for (i = 0; list && i < sk_GENERAL_NAME_num(list); i++)
		add_alternative(to, room, sk_GENERAL_NAME_value(list, i));
	GENERAL_NAMES_free(list);
	if (*to)
		return;
	n = X509_NAME_get_text_by_NID(X509_get_subject_name(cert),
				      NID_commonName, common, sizeof(common));
	if (n > 0)
		add_name(to, room, common, strlen(common));
	else
		lk_ascii_copy(to, room, "nobody");
}

static void
issuer_of(X509 *cert, char *to, size_t room)
{
	BIO *mem = BIO_new(BIO_s_mem());
	char *text;
	long len;

	*to = '\0';
	if (!mem)
		return;
	if (X509_NAME_print_ex(mem, X509_get_issuer_name(cert), 0,
			       XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB) >= 0) {
		len = BIO_get_mem_data(mem, &text);
		lk_ascii_printable(to, room, text, len > 0 ? (size_t)len : 0);
	}
	BIO_free(mem);
}

static void
date_of(const ASN1_TIME *t, char to[16])
{
	struct tm tm;

	if (ASN1_TIME_to_tm(t, &tm) != 1 ||
	    strftime(to, 16, "%Y-%m-%d", &tm) == 0)
		lk_ascii_copy(to, 16, "?");
}

static int
wrong_name(const char *host, X509 *cert, struct lk_error *err)
{
	char names[NAMES_ROOM];

	names_of(cert, names, sizeof(names));
	lk_fail(err, LK_E_HOST_NAME,
		"wrong host name: the certificate that %s shows is for %s",
		host, names);
	lk_advise(err, "if one of these is the server you mean, write it as "
		  "`host`; if not, do not go on");
	return -1;
}

static void
advise(X509 *cert, int why, struct lk_error *err)
{
	unsigned char pin[LK_PIN_OCTETS];
	char text[LK_PIN_ROOM] = LK_PIN_PREFIX "...";

	if (why == X509_V_ERR_CERT_HAS_EXPIRED ||
	    why == X509_V_ERR_CERT_NOT_YET_VALID) {
		lk_advise(err, "is this machine's clock right? if so, the "
			  "server's operator has to renew it");
		return;
	}
	if (lk_pin_of(cert, pin) == 0)
		lk_pin_text(pin, text);
	lk_advise(err, "-o ca=FILE with the certificate of the authority that "
		  "issued it; or, once the operator has confirmed the key, "
		  "-o insecure-no-verify=yes -o pin=%s", text);
}

int
lk_verify_fail(const char *host, X509 *cert, int why, struct lk_error *err)
{
	char names[NAMES_ROOM];
	char issuer[ISSUER_ROOM];
	char from[16], until[16];

	if (!cert)
		return lk_fail(err, LK_E_CERTIFICATE,
			       "the certificate of %s is not trusted: %s",
			       host, X509_verify_cert_error_string(why));
	if (why == X509_V_ERR_HOSTNAME_MISMATCH ||
	    why == X509_V_ERR_IP_ADDRESS_MISMATCH)
		return wrong_name(host, cert, err);
	names_of(cert, names, sizeof(names));
	issuer_of(cert, issuer, sizeof(issuer));
	date_of(X509_get0_notBefore(cert), from);
	date_of(X509_get0_notAfter(cert), until);
	lk_fail(err, LK_E_CERTIFICATE,
		"the certificate of %s is not trusted: %s (it is for %s, "
		"issued by %s, valid from %s to %s)", host,
		X509_verify_cert_error_string(why), names, issuer, from, until);
	advise(cert, why, err);
	return -1;
}

int
lk_verify_fail_pin(const char *host, X509 *cert,
		   const unsigned char pinned[LK_PIN_OCTETS],
		   struct lk_error *err)
{
	unsigned char pin[LK_PIN_OCTETS];
	char wanted[LK_PIN_ROOM];
	char found[LK_PIN_ROOM] = "unreadable";

	lk_pin_text(pinned, wanted);
	if (cert && lk_pin_of(cert, pin) == 0)
		lk_pin_text(pin, found);
	lk_fail(err, LK_E_CERTIFICATE,
		"the key of %s is %s, not %s as pinned", host, found, wanted);
	lk_advise(err, "if the server's operator confirms the new key: "
		  "-o pin=%s", found);
	return -1;
}
