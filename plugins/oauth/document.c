/* A hostile JSON object, and what it means. SPDX-License-Identifier: MIT */
#include "document.h"

#include <latchkey/mech.h>

#include <jansson.h>

#include <stdio.h>
#include <string.h>

/* What fits in the longest line of RFC 4954, section 4, in base64. */
#define TEXT_MAX 9216

/* All its brackets, nested or not.  One is right. */
#define OPEN_MAX 16

/* RFC 6750, section 3.1, and the HTTP codes that Google and Microsoft say. */
static const struct {
	const char *status;
	int32_t cls;
	const char *advice;
} statuses[] = {
	{ "invalid_token", LK_E_CREDENTIALS, "a fresh token of this user is "
	  "needed" },
	{ "400", LK_E_CREDENTIALS, "a fresh token of this user is needed" },
	{ "401", LK_E_CREDENTIALS, "a fresh token of this user is needed" },
	{ "insufficient_scope", LK_E_CREDENTIALS, "a token with more "
	  "permissions is needed" },
	{ "403", LK_E_CREDENTIALS, "a token with more permissions is needed" },
	{ "invalid_request", LK_E_CREDENTIALS, "token-from must give a whole "
	  "access token and nothing else" },
	{ "temporarily_unavailable", LK_E_TRANSIENT, "try again later" },
	{ "server_error", LK_E_TRANSIENT, "try again later" },
	{ "500", LK_E_TRANSIENT, "try again later" },
	{ "502", LK_E_TRANSIENT, "try again later" },
	{ "503", LK_E_TRANSIENT, "try again later" },
	{ "504", LK_E_TRANSIENT, "try again later" },
	{ NULL, LK_E_CREDENTIALS, "a token that this server accepts is "
	  "needed" },
};

/* The parser recurses: no deeper than there are brackets. */
static int
is_readable(const char *text, size_t len)
{
	size_t i, opened = 0;

	for (i = 0; i < len && i < TEXT_MAX; i++)
		opened += text[i] == '{' || text[i] == '[';
	return len <= TEXT_MAX && opened <= OPEN_MAX;
}

/* A value that does not fit whole is left out: of a secret that is repeated
 * there, half would not be recognised. */
static void
add(char *to, size_t room, const char *before, const char *value,
    const char *behind)
{
	size_t at = strlen(to);
	int n;

	if (!value || !*value)
		return;
	n = snprintf(to + at, room - at, "%s%s%s", before, value, behind);
	if (n < 0 || (size_t)n >= room - at)
		to[at] = '\0';
}

/* A number, or a string, which is what the RFC has. */
static const char *
status_of(const json_t *document, char number[24])
{
	const json_t *status = json_object_get(document, "status");

	if (!json_is_integer(status))
		return json_string_value(status);
	snprintf(number, 24, "%lld", (long long)json_integer_value(status));
	return number;
}

static void
explain(struct oauth_document *to, const json_t *document)
{
	static const char url[] = "openid-configuration";
	char number[24];
	const char *status = status_of(document, number);
	size_t i = 0;

	while (statuses[i].status &&
	       (!status || strcmp(statuses[i].status, status) != 0))
		i++;
	to->cls = statuses[i].cls;
	add(to->sentence, sizeof(to->sentence), " (status ", status, ")");
	add(to->advice, sizeof(to->advice), "", statuses[i].advice, "");
	if (to->cls != LK_E_CREDENTIALS)
		return;
	add(to->advice, sizeof(to->advice), "; its scope: ",
	    json_string_value(json_object_get(document, "scope")), "");
	/* for a person to judge: a server may not send us anywhere */
	add(to->advice, sizeof(to->advice), "; how to get one, says the "
	    "server: ", json_string_value(json_object_get(document, url)), "");
}

void
oauth_document_read(struct oauth_document *to, const void *text, size_t len)
{
	static const char refused[] = "the server refused the token";
	json_t *document = NULL;

	memset(to, 0, sizeof(*to));
	to->cls = LK_E_CREDENTIALS;
	memcpy(to->sentence, refused, sizeof(refused));
	if (len == 0)
		return;
	if (is_readable(text, len))
		document = json_loadb(text, len, 0, NULL);
	if (json_is_object(document))
		explain(to, document);
	else
		add(to->sentence, sizeof(to->sentence), ", and its "
		    "explanation", " cannot be read", "");
	json_decref(document);
}
