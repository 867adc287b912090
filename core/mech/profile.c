/* The protocols that are known. SPDX-License-Identifier: MIT */
#include "mech/outcome.h"

#include "base/ascii.h"

#include <string.h>

/* ---- those whose replies are words: imap, pop3, sieve -------------------- */

struct code {
	const char *name;
	int32_t kind;
};

/* How one of them says it: the first word, and the code behind it in its
 * brackets.  Both lists end with a NULL. */
struct dialect {
	const struct code *words, *codes;
	char open, close;
};

static const struct code imap_words[] = {
	{ "+", LK_REPLY_CHALLENGE }, { "OK", LK_REPLY_SUCCESS },
	{ "NO", LK_REPLY_REFUSED }, { "BAD", LK_REPLY_SYNTAX },
	{ "BYE", LK_REPLY_BYE }, { NULL, 0 },
};

/* RFC 5530 */
static const struct code imap_codes[] = {
	{ "AUTHENTICATIONFAILED", LK_REPLY_REFUSED },
	{ "AUTHORIZATIONFAILED", LK_REPLY_REFUSED },
	{ "EXPIRED", LK_REPLY_EXPIRED },
	{ "PRIVACYREQUIRED", LK_REPLY_TLS_FIRST },
	{ "UNAVAILABLE", LK_REPLY_TEMPORARY },
	{ "INUSE", LK_REPLY_TEMPORARY },
	{ "LIMIT", LK_REPLY_TEMPORARY },
	{ "SERVERBUG", LK_REPLY_TEMPORARY },
	{ "CLIENTBUG", LK_REPLY_SYNTAX },
	{ "CANNOT", LK_REPLY_NO_MECH },
	{ NULL, 0 },
};

static const struct dialect imap_says = { imap_words, imap_codes, '[', ']' };

static const struct code pop3_words[] = {
	{ "+", LK_REPLY_CHALLENGE }, { "+OK", LK_REPLY_SUCCESS },
	{ "-ERR", LK_REPLY_REFUSED }, { NULL, 0 },
};

/* RFC 2449, 3206 */
static const struct code pop3_codes[] = {
	{ "auth", LK_REPLY_REFUSED },
	{ "in-use", LK_REPLY_TEMPORARY },
	{ "login-delay", LK_REPLY_TEMPORARY },
	{ "sys/temp", LK_REPLY_TEMPORARY },
	{ "sys/perm", LK_REPLY_TEMPORARY }, /* the secret was not judged */
	{ NULL, 0 },
};

static const struct dialect pop3_says = { pop3_words, pop3_codes, '[', ']' };

static const struct code sieve_words[] = {
	{ "OK", LK_REPLY_SUCCESS }, { "NO", LK_REPLY_REFUSED },
	{ "BYE", LK_REPLY_BYE }, { NULL, 0 },
};

static const struct code sieve_codes[] = {
	{ "AUTH-TOO-WEAK", LK_REPLY_TOO_WEAK },
	{ "ENCRYPT-NEEDED", LK_REPLY_TLS_FIRST },
	{ "TRANSITION-NEEDED", LK_REPLY_TRANSITION },
	{ "TRYLATER", LK_REPLY_TEMPORARY },
	{ NULL, 0 },
};

static const struct dialect sieve_says = { sieve_words, sieve_codes, '(',
					   ')' };

static struct lk_bytes
text_of(const struct lk_reply *r)
{
	struct lk_bytes text = r->text;

	if (!text.data)
		text.data = (const unsigned char *)"";
	return text;
}

/* Cut off what stands before any of `ends`. */
static struct lk_bytes
cut(struct lk_bytes *from, const char *ends)
{
	struct lk_bytes head = { from->data, 0 };

	while (head.len < from->len && head.data[head.len] &&
	       !strchr(ends, head.data[head.len]))
		head.len++;
	from->data += head.len;
	from->len -= head.len;
	return head;
}

/* Cut off this octet, if it is the next. */
static bool
skip(struct lk_bytes *from, char c)
{
	if (!from->len || from->data[0] != (unsigned char)c)
		return false;
	from->data++;
	from->len--;
	return true;
}

static int32_t
find(const struct code *list, struct lk_bytes name, int32_t other)
{
	for (; list->name; list++)
		if (lk_ascii_equal_n((const char *)name.data, name.len,
				     list->name))
			return list->kind;
	return other;
}

static int32_t
kind_of(const struct dialect *d, const struct lk_reply *r)
{
	struct lk_bytes rest = text_of(r);
	int32_t word = find(d->words, cut(&rest, " "), LK_REPLY_GARBLED);
	int32_t kind = word;
	char ends[] = { ' ', d->close, '\0' };

	if (word == LK_REPLY_SUCCESS || word == LK_REPLY_CHALLENGE ||
	    word == LK_REPLY_GARBLED)
		return word;
	if (skip(&rest, ' ') && skip(&rest, d->open))
		kind = find(d->codes, cut(&rest, ends), word);
	if (kind != word)
		return kind;
	/* the words may tell what the code does not */
	kind = lk_words_kind(r, LK_REPLY_REFUSED);
	return kind == LK_REPLY_REFUSED || word == LK_REPLY_SYNTAX ? word
								    : kind;
}

/* What stands behind "+ ". */
static struct lk_bytes
behind_plus(const struct lk_reply *r)
{
	struct lk_bytes text = text_of(r), none = { NULL, 0 };

	if (!skip(&text, '+') || (text.len && !skip(&text, ' ')))
		return none;
	return text;
}

static int32_t
imap_kind(const struct lk_reply *r)
{
	return kind_of(&imap_says, r);
}

static int32_t
pop3_kind(const struct lk_reply *r)
{
	int32_t kind = kind_of(&pop3_says, r);

	/* it has one word for all refusals */
	if (kind == LK_REPLY_REFUSED && lk_words_mean_syntax(r))
		return LK_REPLY_SYNTAX;
	return kind;
}

/* ---- sieve: quoted strings and literals --------------------------------- */

/* Cut off a string.  What is no base64 needs no care for its escapes. */
static bool
take_string(struct lk_bytes *from, struct lk_bytes *string)
{
	struct lk_bytes digits;
	long n;

	if (skip(from, '"')) {
		*string = cut(from, "\"");
		return skip(from, '"');
	}
	if (!skip(from, '{'))
		return false;
	digits = cut(from, "+}");
	skip(from, '+');
	n = lk_ascii_number((const char *)digits.data, digits.len, 1 << 20);
	if (n < 0 || !skip(from, '}') || !skip(from, '\r') ||
	    !skip(from, '\n') || (size_t)n > from->len)
		return false;
	string->data = from->data;
	string->len = (size_t)n;
	from->data += n;
	from->len -= (size_t)n;
	return true;
}

static int32_t
sieve_kind(const struct lk_reply *r)
{
	struct lk_bytes text = text_of(r), string;
	int32_t kind;

	if (take_string(&text, &string) && text.len == 0)
		return LK_REPLY_CHALLENGE;
	kind = kind_of(&sieve_says, r);
	if (kind == LK_REPLY_REFUSED && lk_words_mean_syntax(r))
		return LK_REPLY_SYNTAX;
	return kind;
}

/* "...", or OK (SASL "..."). */
static struct lk_bytes
sieve_data(const struct lk_reply *r)
{
	static const struct code sasl[] = { { "SASL", 1 }, { NULL, 0 } };
	struct lk_bytes text = text_of(r), string, none = { NULL, 0 };

	if (take_string(&text, &string))
		return string;
	text = text_of(r);
	cut(&text, " ");
	if (!skip(&text, ' ') || !skip(&text, '(') ||
	    !find(sasl, cut(&text, " )"), 0) || !skip(&text, ' ') ||
	    !take_string(&text, &string))
		return none;
	return string;
}

/* ---- ldap ---------------------------------------------------------------- */

/* RFC 4511, appendix A; servers say 48 where a mechanism has nothing that they
 * could take, as they do when a certificate is missing. */
static const struct {
	int32_t code, kind;
} ldap_codes[] = {
	{ 0, LK_REPLY_SUCCESS },
	{ 1, LK_REPLY_SYNTAX },
	{ 2, LK_REPLY_SYNTAX },
	{ 7, LK_REPLY_NO_MECH },
	{ 8, LK_REPLY_TOO_WEAK },
	{ 13, LK_REPLY_TLS_FIRST },
	{ 14, LK_REPLY_CHALLENGE },
	{ 48, LK_REPLY_NO_MECH },
	{ 51, LK_REPLY_TEMPORARY },
	{ 52, LK_REPLY_TEMPORARY },
};

static int32_t
ldap_kind(const struct lk_reply *r)
{
	size_t i;

	for (i = 0; i < sizeof(ldap_codes) / sizeof(*ldap_codes); i++)
		if (ldap_codes[i].code == r->code)
			return ldap_codes[i].kind;
	if (r->code < 0)
		return LK_REPLY_GARBLED;
	return lk_words_kind(r, LK_REPLY_REFUSED);
}

/* ---- all of them --------------------------------------------------------- */

static const struct lk_profile smtp = {
	.size = sizeof(smtp),
	.flags = LK_PROFILE_IR,
	.service = "smtp",
	.command = "AUTH",
	.empty = "=",
	.cancel = "*",
	.command_limit = 512,
	.line_limit = 12288,
	.kind = lk_smtp_kind,
};

/* 8000 octets are what a server should take (RFC 2683, 3.2.1.5), some of them
 * for the tag. */
static const struct lk_profile imap = {
	.size = sizeof(imap),
	.flags = LK_PROFILE_IR,
	.service = "imap",
	.command = "AUTHENTICATE",
	.empty = "=",
	.cancel = "*",
	.command_limit = 7900,
	.kind = imap_kind,
	.data = behind_plus,
	.offer_prefix = "AUTH=",
	.offer_ir = "SASL-IR",
};

static const struct lk_profile pop3 = {
	.size = sizeof(pop3),
	.flags = LK_PROFILE_IR,
	.service = "pop",
	.command = "AUTH",
	.empty = "=",
	.cancel = "*",
	.command_limit = 255,
	.kind = pop3_kind,
	.data = behind_plus,
};

static const struct lk_profile sieve = {
	.size = sizeof(sieve),
	.flags = LK_PROFILE_IR | LK_PROFILE_STRINGS,
	.service = "sieve",
	.command = "AUTHENTICATE",
	.empty = "\"\"",
	.cancel = "\"*\"",
	.kind = sieve_kind,
	.data = sieve_data,
};

static const struct lk_profile ldap = {
	.size = sizeof(ldap),
	.flags = LK_PROFILE_IR | LK_PROFILE_BYTES,
	.service = "ldap",
	.kind = ldap_kind,
};

const struct lk_profile *
lk_profile_smtp(void)
{
	return &smtp;
}

const struct lk_profile *
lk_profile_imap(void)
{
	return &imap;
}

const struct lk_profile *
lk_profile_pop3(void)
{
	return &pop3;
}

const struct lk_profile *
lk_profile_sieve(void)
{
	return &sieve;
}

const struct lk_profile *
lk_profile_ldap(void)
{
	return &ldap;
}
