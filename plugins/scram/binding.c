/* Channel bindings, and who offers them. SPDX-License-Identifier: MIT */
#include "scram.h"

#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof(*(list)))
#define TYPE(key) ((key) + sizeof(LK_P_CB) - 1)

/* The best first: the one of TLS 1.3, the default of RFC 5802, and the one that
 * binds the certificate only. */
static const char *const keys[] = {
	LK_P_CB "tls-exporter", LK_P_CB "tls-unique",
	LK_P_CB "tls-server-end-point",
};

static const char *const binding_wires[] = {
	"SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-512-PLUS",
};

static int
is(struct lk_bytes value, const char *word)
{
	return value.len == strlen(word) &&
	       memcmp(value.data, word, value.len) == 0;
}

/* The host has seen to it that there is nothing else. */
const char *
scram_wanted_binding(struct lk_session *s)
{
	struct lk_ask ask = { sizeof(ask), LK_ASK_NOPROMPT,
			      LK_P_PARAM "channel-binding", NULL, NULL };
	struct lk_bytes value;
	size_t i;

	if (s->services->get(s, &ask, &value) != LK_DONE)
		return "auto";
	if (is(value, "none"))
		return "none";
	for (i = 0; i < COUNT(keys); i++)
		if (is(value, TYPE(keys[i])))
			return TYPE(keys[i]);
	return "auto";
}

const char *
scram_find_binding(struct lk_session *s, const char *wanted,
		   struct lk_bytes *octets)
{
	struct lk_ask ask = { sizeof(ask), LK_ASK_NOPROMPT, NULL, NULL, NULL };
	int is_auto = strcmp(wanted, "auto") == 0;
	const char *type;
	size_t i;

	for (i = 0; i < COUNT(keys); i++) {
		type = TYPE(keys[i]);
		if (!is_auto && strcmp(wanted, type) != 0)
			continue;
		ask.key = keys[i];
		if (s->services->get(s, &ask, octets) == LK_DONE &&
		    octets->len)
			return type;
	}
	return NULL;
}

/* Only what we would have taken: a name that we do not know proves nothing. */
int
scram_offers_binding(const struct lk_server *server)
{
	const char *const *name;
	size_t i;

	for (name = server->offered; name && *name; name++)
		for (i = 0; i < COUNT(binding_wires); i++)
			if (strcmp(*name, binding_wires[i]) == 0)
				return 1;
	return 0;
}
