/* What a mechanism may ask for, and whether it is there.
 * SPDX-License-Identifier: MIT */
#include "mech/property.h"

#include "base/ascii.h"

#include <string.h>

static const struct lk_property properties[] = {
	{ LK_P_AUTHID, false, "no user name", "-o user=NAME" },
	{ LK_P_AUTHZID, false, "no authorization id", "-o authzid=NAME" },
	{ LK_P_REALM, false, "no realm", "-o realm=NAME" },
	{ LK_P_PASSWORD, true, "no password source",
	  "-o password-from=prompt" },
	{ LK_P_OTP, true, "no source of one-time passwords", "" },
	{ LK_P_TOKEN, true, "no token source", "-o token-from=cmd:PROGRAM" },
	{ LK_P_CB, false, "no channel binding: it needs TLS", "" },
};

const struct lk_property *
lk_property_find(const char *key, size_t len)
{
	size_t i, n;

	for (i = 0; i < sizeof(properties) / sizeof(*properties); i++) {
		n = strlen(properties[i].key);
		if (len >= n && memcmp(key, properties[i].key, n) == 0 &&
		    (len == n || properties[i].key[n - 1] == ':'))
			return &properties[i];
	}
	return NULL;
}

static bool
has_text(const char *text)
{
	return text && *text;
}

static bool
has_binding(const struct lk_facts *f, const char *key, size_t len)
{
	struct lk_bytes binding = { NULL, 0 };
	size_t skip = strlen(LK_P_CB);
	char type[64];

	if (!f->channel_binding || len - skip >= sizeof(type))
		return false;
	memcpy(type, key + skip, len - skip);
	type[len - skip] = '\0';
	return f->channel_binding(f->ctx, type, &binding) == LK_DONE;
}

bool
lk_property_is_had(const struct lk_policy *p, const char *key, size_t len)
{
	static const char known[] = LK_P_SERVICE " " LK_P_HOST " " LK_P_PORT
				    " " LK_P_TLS " " LK_P_CERT;
	const struct lk_property *is = lk_property_find(key, len);
	const size_t param = strlen(LK_P_PARAM);

	if (!is)
		return lk_ascii_has_word(known, key, len) ||
		       (len > param && memcmp(key, LK_P_PARAM, param) == 0);
	if (is->is_secret)
		return p->login->secret && p->login->secrets &&
		       lk_ascii_has_word(p->login->secrets, key, len);
	if (strcmp(is->key, LK_P_CB) == 0)
		return has_binding(p->facts, key, len);
	if (strcmp(is->key, LK_P_AUTHID) == 0)
		return has_text(p->login->user);
	if (strcmp(is->key, LK_P_AUTHZID) == 0)
		return has_text(p->login->authzid);
	return has_text(p->login->realm);
}

bool
lk_policy_reads_secret(const struct lk_mech_record *r)
{
	const char *lists[2] = { r->needs, r->wants }, *key;
	const struct lk_property *is;
	size_t i, len;

	for (i = 0; i < 2; i++)
		while ((key = lk_ascii_next(&lists[i], " |", &len))) {
			is = lk_property_find(key, len);
			if (is && is->is_secret)
				return true;
		}
	return false;
}
