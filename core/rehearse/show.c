/* The dialogue as the server sees it. SPDX-License-Identifier: MIT */
#include "rehearse/inside.h"

#include "base/ascii.h"
#include "base/base64.h"

#include <stdio.h>
#include <string.h>

#define SHOWN 512

/* Which part of the file's own sample is this?  NULL: none. */
static const char *
meaning_of(const struct lk_rehearse *r, const struct lk_buf *value)
{
	static const struct {
		const char *text, *meaning;
	} parts[] = {
		{ "{user}", "the user name" },
		{ "{password}", "the password" },
		{ "\\0{user}\\0{password}", "user name and password" },
		{ "user={user}\\x01auth=Bearer {token}\\x01\\x01",
		  "user name and token" },
		{ "\\*", "cancel" },
		{ "=", "an empty response" },
		{ "", "an empty response" },
	};
	const char *meaning = NULL;
	struct lk_var vars[LK_VARS];
	struct lk_buf b;
	size_t i;

	lk_rules_vars(r, vars, NULL, NULL);
	lk_buf_init(&b, 1 << 16);
	for (i = 0; i < sizeof(parts) / sizeof(*parts) && !meaning; i++) {
		lk_buf_clear(&b);
		if (!lk_expand(&b, NULL, parts[i].text, vars) &&
		    b.len == value->len &&
		    (b.len == 0 || memcmp(b.data, value->data, b.len) == 0))
			meaning = parts[i].meaning;
	}
	lk_buf_wipe(&b);
	return meaning;
}

/* The response in a line of the client: all of it, or the third word of AUTH;
 * NULL: there is none. */
static const char *
response_in(const char *line, size_t len, bool in_login, size_t *n)
{
	const char *at = line, *blank;

	if (!in_login) {
		if (len < 5 || !lk_ascii_equal_n(line, 5, "AUTH "))
			return NULL;
		blank = memchr(line + 5, ' ', len - 5);
		if (!blank)
			return NULL;
		at = blank + 1;
	}
	*n = len - (size_t)(at - line);
	return at;
}

/* Only what the file says itself is shown: somebody may type a real one. */
static void
show_response(struct lk_rehearse *r, struct lk_trace *t, const char *line,
	      size_t before, const char *response, size_t n)
{
	char shown[SHOWN], decoded[SHOWN], head[128];
	const char *meaning;
	struct lk_buf value;

	lk_buf_init(&value, LK_PEER_LINE);
	if (lk_base64_decode(&value, response, n) < 0 &&
	    lk_buf_add(&value, response, n) < 0)
		return;
	meaning = meaning_of(r, &value);
	lk_ascii_printable(head, sizeof(head), line, before);
	lk_ascii_printable(decoded, sizeof(decoded), response, n);
	if (meaning)
		snprintf(shown, sizeof(shown), "%s%.300s", head, decoded);
	else
		snprintf(shown, sizeof(shown), "%s<%zu octet%s>", head, n,
			 n == 1 ? "" : "s");
	lk_ascii_printable(decoded, sizeof(decoded), value.data, value.len);
	t->line = shown;
	t->decoded = meaning && value.len > 1 ? decoded : "";
	t->meaning = meaning ? meaning : "not as in the file";
	r->options.trace(r->options.trace_ctx, t);
	lk_buf_wipe(&value);
}

static void
show_plain(struct lk_rehearse *r, struct lk_trace *t, const char *line,
	   size_t len)
{
	char shown[SHOWN], decoded[SHOWN] = "";
	struct lk_buf value;

	lk_buf_init(&value, LK_PEER_LINE);
	lk_ascii_printable(shown, sizeof(shown), line, len);
	if (t->from == LK_TRACE_SERVER && len > 4 &&
	    memcmp(line, "334 ", 4) == 0 &&
	    lk_base64_decode(&value, line + 4, len - 4) == 0)
		lk_ascii_printable(decoded, sizeof(decoded), value.data,
				   value.len);
	t->line = shown;
	t->decoded = decoded;
	r->options.trace(r->options.trace_ctx, t);
	lk_buf_wipe(&value);
}

void
lk_rehearse_show(struct lk_rehearse *r, int32_t from, const char *line,
		 size_t len, bool in_login)
{
	struct lk_trace t = { .from = from, .decoded = "", .meaning = "" };
	const char *response = NULL;
	size_t n = 0;

	if (!r->options.trace)
		return;
	while (len && (line[len - 1] == '\n' || line[len - 1] == '\r'))
		len--;
	if (from == LK_TRACE_CLIENT)
		response = response_in(line, len, in_login, &n);
	pthread_mutex_lock(&r->lock);
	if (response)
		show_response(r, &t, line, (size_t)(response - line), response,
			      n);
	else
		show_plain(r, &t, line, len);
	pthread_mutex_unlock(&r->lock);
}
