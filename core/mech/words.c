/* What a server's words mean. SPDX-License-Identifier: MIT */
#include "mech/outcome.h"

#include "base/ascii.h"

#include <string.h>

#define TEXT_MAX 2048

/* Codes, from the top.  A range, and the kind it means. */
static const struct {
	int32_t from, to, kind;
} codes[] = {
	{ 334, 334, LK_REPLY_CHALLENGE },
	{ 235, 235, LK_REPLY_SUCCESS },
	{ 200, 299, LK_REPLY_ACCEPTED },
	{ 432, 432, LK_REPLY_TRANSITION },
	{ 400, 499, LK_REPLY_TEMPORARY },
	{ 500, 503, LK_REPLY_SYNTAX },
	{ 555, 555, LK_REPLY_SYNTAX },
	{ 504, 504, LK_REPLY_NO_MECH },
	{ 530, 530, LK_REPLY_TLS_FIRST },
	{ 538, 538, LK_REPLY_TLS_FIRST },
	{ 534, 534, LK_REPLY_TOO_WEAK },
	{ 500, 599, LK_REPLY_REFUSED },
};

/* Enhanced codes (RFC 3463, 4954), without their class, that say more than the
 * code: of a 4xx or 5xx the first two, of a 5xx the others. */
static const struct {
	const char *enhanced;
	int32_t from;               /* code */
	int32_t kind;
} enhanced[] = {
	{ ".5.2", 400, LK_REPLY_SYNTAX },
	{ ".5.6", 400, LK_REPLY_SYNTAX },
	{ ".7.9", 500, LK_REPLY_TOO_WEAK },
	{ ".7.14", 500, LK_REPLY_REFUSED },
	{ ".7.11", 500, LK_REPLY_TLS_FIRST },
};

/* Texts of a refusal or a weakness that mean something else: a, or a and b, or
 * b behind a with one word between them at most ("invalid SASL mechanism", but
 * not "invalid credentials for this mechanism").  From the top. */
#define ALONE 0
#define BOTH  1
#define NEAR  2

static const struct {
	const char *a, *b;
	int how;
	int32_t kind;
} texts[] = {
	{ "application-specific password", "", ALONE, LK_REPLY_REFUSED },
	{ "app password", "", ALONE, LK_REPLY_REFUSED },
	{ "log in via your web browser", "", ALONE, LK_REPLY_REFUSED },
	{ "encryption needed", "mechanism", BOTH, LK_REPLY_TLS_FIRST },
	{ "encryption required", "mechanism", BOTH, LK_REPLY_TLS_FIRST },
	{ "starttls", "first", BOTH, LK_REPLY_TLS_FIRST },
	{ "plaintext authentication disallowed", "", ALONE,
	  LK_REPLY_TLS_FIRST },
	{ "mechanism", "too weak", BOTH, LK_REPLY_TOO_WEAK },
	{ "invalid", "mechanism", NEAR, LK_REPLY_NO_MECH },
	{ "unknown", "mechanism", NEAR, LK_REPLY_NO_MECH },
	{ "unsupported", "mechanism", NEAR, LK_REPLY_NO_MECH },
	{ "unrecognized", "mechanism", NEAR, LK_REPLY_NO_MECH },
	{ "unrecognised", "mechanism", NEAR, LK_REPLY_NO_MECH },
	{ "unavailable", "mechanism", NEAR, LK_REPLY_NO_MECH },
	{ "no", "mechanism available", NEAR, LK_REPLY_NO_MECH },
	{ "no", "such mechanism", NEAR, LK_REPLY_NO_MECH },
	{ "mechanism", "invalid", NEAR, LK_REPLY_NO_MECH },
	{ "mechanism", "unknown", NEAR, LK_REPLY_NO_MECH },
	{ "mechanism", "unsupported", NEAR, LK_REPLY_NO_MECH },
	{ "mechanism", "unavailable", NEAR, LK_REPLY_NO_MECH },
	{ "mechanism", "not supported", NEAR, LK_REPLY_NO_MECH },
	{ "mechanism", "not available", NEAR, LK_REPLY_NO_MECH },
	{ "invalid", "authentication type", NEAR, LK_REPLY_NO_MECH },
	{ "unknown", "authentication type", NEAR, LK_REPLY_NO_MECH },
	{ "unrecognized", "authentication type", NEAR, LK_REPLY_NO_MECH },
	{ "unsupported", "authentication type", NEAR, LK_REPLY_NO_MECH },
	{ "connection lost to authentication server", "", ALONE,
	  LK_REPLY_TEMPORARY },
	{ "authentication server unavailable", "", ALONE,
	  LK_REPLY_TEMPORARY },
	{ "temporary", "", ALONE, LK_REPLY_TEMPORARY },
	{ "temporarily", "", ALONE, LK_REPLY_TEMPORARY },
	{ "transient failure", "", ALONE, LK_REPLY_TEMPORARY },
	{ "try again later", "", ALONE, LK_REPLY_TEMPORARY },
	{ "try later", "", ALONE, LK_REPLY_TEMPORARY },
	{ "too many", "", ALONE, LK_REPLY_TEMPORARY },
	{ "rate limit", "", ALONE, LK_REPLY_TEMPORARY },
	{ "service unavailable", "", ALONE, LK_REPLY_TEMPORARY },
	{ "internal server error", "", ALONE, LK_REPLY_TEMPORARY },
	{ "timed out", "", ALONE, LK_REPLY_TEMPORARY },
	{ "password", "expired", BOTH, LK_REPLY_EXPIRED },
	{ "passphrase", "expired", BOTH, LK_REPLY_EXPIRED },
	{ "token", "expired", BOTH, LK_REPLY_EXPIRED },
};

/* Of protocols that have one word for all refusals. */
static const struct {
	const char *a, *b;
	int how;
} complaints[] = {
	{ "unknown", "command", NEAR }, { "unrecognized", "command", NEAR },
	{ "unrecognised", "command", NEAR }, { "invalid", "command", NEAR },
	{ "bad", "command", NEAR }, { "syntax error", "", ALONE },
	{ "too many arguments", "", ALONE }, { "invalid", "argument", NEAR },
};

/* A 2xx is none if one of the first stands in it and none of the others;
 * whole words. */
static const char *const no[] = { "failed", "failure", "denied", "invalid" };
static const char *const yes[] = { "accepted", "ok", "welcome" };

/* What to do about it; the text may also be an enhanced code. */
static const struct {
	const char *text, *advice;
} advices[] = {
	{ "application-specific password", "the provider wants an app password:"
	  " create one on its web pages and use it as the password" },
	{ "app password", "the provider wants an app password: create one on "
	  "its web pages and use it as the password" },
	{ "log in via your web browser", "the provider wants you to log in with"
	  " a web browser once, or an app password" },
	{ "web login required", "the provider wants you to log in with a web "
	  "browser once, or an app password" },
	{ "5.7.14", "the provider wants you to log in with a web browser once,"
	  " or an app password" },
	{ "authorization code", "the provider wants an authorization code "
	  "instead of the password: create one on its web pages" },
	{ "is disabled for the tenant", "the password was not judged: an "
	  "administrator must enable authenticated SMTP, or use a token "
	  "(token-from)" },
	{ "basic authentication is disabled", "the password was not judged: "
	  "use a token (token-from)" },
	{ "smtpclientauthentication is disabled", "the password was not judged:"
	  " an administrator must enable authenticated SMTP for the mailbox" },
	{ "too many", "wait before the next attempt: each one may prolong the "
	  "lock" },
};

static bool
has(const struct lk_reply *r, const char *word)
{
	return lk_ascii_find((const char *)r->text.data, r->text.len, word);
}

static bool
has_word(const struct lk_reply *r, const char *word)
{
	return lk_ascii_find_word((const char *)r->text.data, r->text.len,
				  word);
}

/* Is there one word at most, perhaps quoted, between here and there? */
static bool
is_gap(const char *at, const char *end)
{
	bool in_word = false;
	int words = 0;

	for (; at < end; at++) {
		bool is_word = lk_ascii_is_alnum(*at) || *at == '-';

		if (!is_word && !strchr(" \n'\"`", *at))
			return false;
		words += is_word && !in_word;
		in_word = is_word;
	}
	return words <= 1;
}

static bool
has_near(const struct lk_reply *r, const char *a, const char *b)
{
	const char *text = (const char *)r->text.data, *at = text, *next;
	const char *end = text + r->text.len;

	while ((at = lk_ascii_find_word(at, (size_t)(end - at), a))) {
		at += strlen(a);
		next = lk_ascii_find(at, (size_t)(end - at), b);
		if (next && is_gap(at, next))
			return true;
	}
	return false;
}

static bool
fits(const struct lk_reply *r, const char *a, const char *b, int how)
{
	if (how == NEAR)
		return has_near(r, a, b);
	return has(r, a) && (how == ALONE || has(r, b));
}

static bool
says_no(const struct lk_reply *r)
{
	bool is_no = false;
	size_t i;

	for (i = 0; i < sizeof(no) / sizeof(*no); i++)
		is_no = is_no || has_word(r, no[i]);
	for (i = 0; i < sizeof(yes) / sizeof(*yes); i++)
		is_no = is_no && !has_word(r, yes[i]);
	return is_no && !has(r, "success");
}

static int32_t
by_code(const struct lk_reply *r)
{
	const char *e = r->enhanced ? r->enhanced : "";
	size_t i;

	if (e[0] && r->code >= 400 && r->code <= 599)
		for (i = 0; i < sizeof(enhanced) / sizeof(*enhanced); i++)
			if (r->code >= enhanced[i].from &&
			    strcmp(e + 1, enhanced[i].enhanced) == 0)
				return enhanced[i].kind;
	for (i = 0; i < sizeof(codes) / sizeof(*codes); i++)
		if (r->code >= codes[i].from && r->code <= codes[i].to)
			return codes[i].kind;
	return LK_REPLY_GARBLED;
}

/* No text is an empty one, and of a long one the beginning says it all: looking
 * for words takes time with the square of its length. */
static struct lk_reply
with_text(const struct lk_reply *r)
{
	struct lk_reply copy = *r;

	if (!copy.text.data)
		copy.text.data = (const unsigned char *)"";
	if (copy.text.len > TEXT_MAX)
		copy.text.len = TEXT_MAX;
	return copy;
}

int32_t
lk_words_kind(const struct lk_reply *reply, int32_t kind)
{
	struct lk_reply copy = with_text(reply), *r = &copy;
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (fits(r, texts[i].a, texts[i].b, texts[i].how))
			return texts[i].kind;
	return kind;
}

bool
lk_words_mean_syntax(const struct lk_reply *reply)
{
	struct lk_reply copy = with_text(reply), *r = &copy;
	size_t i;

	for (i = 0; i < sizeof(complaints) / sizeof(*complaints); i++)
		if (fits(r, complaints[i].a, complaints[i].b,
			 complaints[i].how))
			return true;
	return false;
}

int32_t
lk_smtp_kind(const struct lk_reply *reply)
{
	struct lk_reply copy = with_text(reply), *r = &copy;
	int32_t kind = by_code(r);

	if (kind == LK_REPLY_SUCCESS || kind == LK_REPLY_ACCEPTED)
		return says_no(r) ? LK_REPLY_REFUSED : kind;
	if (kind != LK_REPLY_REFUSED && kind != LK_REPLY_TOO_WEAK)
		return kind;
	return lk_words_kind(r, kind);
}

bool
lk_words_mean_locked(const struct lk_reply *reply)
{
	struct lk_reply copy = with_text(reply);

	return has(&copy, "too many");
}

const char *
lk_words_advice(const struct lk_reply *reply)
{
	struct lk_reply copy = with_text(reply), *r = &copy;
	size_t i;

	for (i = 0; i < sizeof(advices) / sizeof(*advices); i++)
		if (has(r, advices[i].text) ||
		    (r->enhanced && strcmp(r->enhanced, advices[i].text) == 0))
			return advices[i].advice;
	return NULL;
}
