/* What servers say that went wrong (RFC 5802, 7).
 * SPDX-License-Identifier: MIT */
#include "scram.h"

#include <string.h>

/* A password that may be wrong and a channel that is not the same are told
 * apart here only: a plain refusal is a refusal of the password. */
static const struct scram_error errors[] = {
	{ "invalid-encoding", LK_E_PROTOCOL,
	  "the server cannot read our message", NULL },
	{ "extensions-not-supported", LK_E_PROTOCOL,
	  "the server saw an extension that we did not send", NULL },
	{ "invalid-proof", LK_E_CREDENTIALS,
	  "the server says that the password is wrong", NULL },
	{ "channel-bindings-dont-match", LK_E_MUTUAL,
	  "the server sees another TLS channel than we do: somebody is in "
	  "between", NULL },
	{ "server-does-support-channel-binding", LK_E_MUTUAL,
	  "the server can bind the channel, and its offer did not reach us: "
	  "somebody is in between", NULL },
	{ "channel-binding-not-supported", LK_E_UNSUPPORTED,
	  "the server offers to bind the channel, and cannot", NULL },
	{ "unsupported-channel-binding-type", LK_E_UNSUPPORTED,
	  "the server cannot bind the channel in this way",
	  "set channel-binding to another type" },
	{ "unknown-user", LK_E_CREDENTIALS,
	  "the server does not know the user", NULL },
	{ "invalid-username-encoding", LK_E_CREDENTIALS,
	  "the server cannot read the user name", NULL },
	{ "no-resources", LK_E_TRANSIENT,
	  "the server has no resources for a login now", NULL },
	{ "other-error", LK_E_CREDENTIALS,
	  "the server refuses, and does not say why", NULL },
};

#define COUNT (sizeof(errors) / sizeof(*errors))

const struct scram_error *
scram_find_error(struct lk_bytes name)
{
	size_t i;

	for (i = 0; i < COUNT - 1; i++)
		if (strlen(errors[i].name) == name.len &&
		    memcmp(errors[i].name, name.data, name.len) == 0)
			break;
	return &errors[i];
}

const struct scram_error *
scram_find_error_in(const char *text)
{
	size_t i;

	for (i = 0; i < COUNT - 1; i++)
		if (strstr(text, errors[i].name))
			return &errors[i];
	return NULL;
}
