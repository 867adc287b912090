/* How each service frames its replies. SPDX-License-Identifier: MIT */
#include "cli/sasl.h"

#include "base/ascii.h"
#include "base/base64.h"

#include <string.h>

void
lk_sasl_reply_init(struct lk_sasl_reply *r)
{
	memset(r, 0, sizeof(*r));
	lk_buf_init(&r->text, LK_SASL_MAX);
	lk_buf_init(&r->raw, LK_SASL_MAX);
}

void
lk_sasl_reply_wipe(struct lk_sasl_reply *r)
{
	lk_buf_wipe(&r->text);
	lk_buf_wipe(&r->raw);
}

/* ---- smtp ---------------------------------------------------------------- */

/* "5.7.8": class, subject, detail. */
static void
find_enhanced(struct lk_sasl_reply *r, const char *text, size_t len)
{
	const char *end = memchr(text, ' ', len);
	size_t n = end ? (size_t)(end - text) : len, i;
	int dots = 0;

	if (n < 5 || n >= sizeof(r->enhanced) || text[1] != '.' ||
	    text[0] - '0' != r->code / 100)
		return;
	for (i = 0; i < n; i++) {
		if (text[i] != '.' && !lk_ascii_is_digit(text[i]))
			return;
		dots += text[i] == '.';
	}
	if (dots != 2)
		return;
	memcpy(r->enhanced, text, n);
	r->enhanced[n] = '\0';
}

static int
take_smtp(struct lk_sasl_reply *r, const char *line, size_t len)
{
	long code = len >= 3 ? lk_ascii_number(line, 3, 599) : -1;
	bool is_first = r->code == 0;

	if (code < 200 || (len > 3 && line[3] != ' ' && line[3] != '-') ||
	    (!is_first && r->code != code)) {
		/* whatever it is, a refusal or a secret may be in it */
		r->code = 0;
		return lk_buf_add(&r->text, line, len) < 0 ? -1 : 1;
	}
	r->code = (int32_t)code;
	if (!is_first && lk_buf_add(&r->text, "\n", 1) < 0)
		return -1;
	if (len > 4 && lk_buf_add(&r->text, line + 4, len - 4) < 0)
		return -1;
	if (len > 4 && !r->enhanced[0])
		find_enhanced(r, line + 4, len - 4);
	r->has_raw = code / 100 == 3;
	return len == 3 || line[3] == ' ';
}

/* ---- imap, pop3, sieve: what is in the text stays in it ------------------ */

/* Octets of the literal that begins behind this text, else -1. */
static long
literal_of(const unsigned char *text, size_t len)
{
	size_t end = len, at;

	if (end == 0 || text[--end] != '}')
		return -1;
	if (end > 0 && text[end - 1] == '+')
		end--;
	for (at = end; at > 0 && lk_ascii_is_digit((char)text[at - 1]); at--)
		;
	if (at == 0 || text[at - 1] != '{')
		return -1;
	return lk_ascii_number((const char *)text + at, end - at, LK_SASL_MAX);
}

static int
take_text(struct lk_sasl_reply *r, const char *line, size_t len)
{
	long n;

	if (r->due && lk_buf_add(&r->text, "\r\n", 2) < 0)
		return -1;
	if (lk_buf_add(&r->text, line, len) < 0)
		return -1;
	if (r->text.len < r->due)
		return 0;
	n = literal_of(r->text.data + r->due, r->text.len - r->due);
	if (n < 0)
		return 1;
	r->due = r->text.len + 2 + (size_t)n;
	return 0;
}

static int
take_imap(struct lk_sasl_reply *r, const char *line, size_t len)
{
	const size_t tag = strlen(LK_SASL_TAG);

	if (r->due || (len > 0 && line[0] == '+'))
		return take_text(r, line, len);
	if (len > tag && strncmp(line, LK_SASL_TAG, tag) == 0)
		return take_text(r, line + tag, len - tag);
	if (len >= 5 && lk_ascii_equal_n(line, 5, "* BYE"))
		return take_text(r, line + 2, len - 2);
	/* news that are not for the login */
	if (len >= 2 && strncmp(line, "* ", 2) == 0)
		return 0;
	return take_text(r, line, len);
}

/* ---- ldap: the result code, base64 of the credentials, the message ------- */

static int
take_ldap(struct lk_sasl_reply *r, const char *line, size_t len)
{
	const char *at = line, *end = line + len, *word;
	long code;

	for (word = at; at < end && *at != ' '; at++)
		;
	code = lk_ascii_number(word, (size_t)(at - word), 65535);
	r->code = code < 0 ? -1 : (int32_t)code;
	at += at < end;
	for (word = at; at < end && *at != ' '; at++)
		;
	r->has_raw = at > word && *word != '-';
	if (r->has_raw && *word != '=' &&
	    lk_base64_decode(&r->raw, word, (size_t)(at - word)) < 0)
		r->code = -1;
	at += at < end;
	return lk_buf_add(&r->text, at, (size_t)(end - at)) < 0 ? -1 : 1;
}

/* ---- all of them --------------------------------------------------------- */

static const struct lk_sasl_service services[] = {
	{ "smtp", "587", lk_profile_smtp, take_smtp },
	{ "imap", "143", lk_profile_imap, take_imap },
	{ "pop3", "110", lk_profile_pop3, take_text },
	{ "sieve", "4190", lk_profile_sieve, take_text },
	{ "ldap", "389", lk_profile_ldap, take_ldap },
};

const struct lk_sasl_service *
lk_sasl_service(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		if (strcmp(name, services[i].name) == 0)
			return &services[i];
	return NULL;
}

/* The octets of a protocol without lines. */
static int
put_octets(struct lk_buf *to, const struct lk_auth_want *w)
{
	int r = lk_buf_printf(to, "SEND %s ", w->mech ? w->mech : "");

	if (r == 0 && !w->line.data)
		r = lk_buf_puts(to, "-");
	else if (r == 0 && w->line.len == 0)
		r = lk_buf_puts(to, "=");
	else if (r == 0)
		r = lk_base64_encode(to, w->line.data, w->line.len);
	return r < 0 ? -1 : lk_buf_puts(to, "\n");
}

int
lk_sasl_put(struct lk_buf *to, const struct lk_sasl_service *service,
	    const struct lk_auth_want *w)
{
	bool is_tagged = (w->flags & LK_AUTH_COMMAND) &&
			 service->take == take_imap;
	const unsigned char *at = (const unsigned char *)"", *end, *next;

	if (service->profile()->flags & LK_PROFILE_BYTES)
		return put_octets(to, w);
	if (lk_buf_puts(to, "SEND ") < 0 ||
	    (is_tagged && lk_buf_puts(to, LK_SASL_TAG) < 0))
		return -1;
	if (w->line.data)
		at = w->line.data;
	/* a literal stands on lines of its own */
	for (end = at + w->line.len;
	     (next = memchr(at, '\n', (size_t)(end - at))); at = next + 1)
		if (lk_buf_add(to, at, (size_t)(next - at) -
			       (next > at && next[-1] == '\r')) < 0 ||
		    lk_buf_puts(to, "\nSEND ") < 0)
			return -1;
	return lk_buf_add(to, at, (size_t)(end - at)) < 0 ? -1
							  : lk_buf_puts(to, "\n");
}

#define SEPARATORS " ,\t\r\n\""

/* As servers of this service spell it? */
static bool
is_spelled(const char *offered, const struct lk_profile *p)
{
	size_t len, n = p->offer_prefix ? strlen(p->offer_prefix) : 0;
	const char *word;

	while (n && (word = lk_ascii_next(&offered, SEPARATORS, &len)))
		if (len >= n && lk_ascii_equal_n(word, n, p->offer_prefix))
			return true;
	return false;
}

static int
put_name(struct lk_buf *to, const char *word, size_t len,
	 const struct lk_profile *p)
{
	bool is_name = !p->offer_ir || !lk_ascii_equal_n(word, len, p->offer_ir);

	/* old servers of SMTP */
	if (len > 5 && lk_ascii_equal_n(word, 5, "AUTH=")) {
		word += 5;
		len -= 5;
	}
	if (is_name && p->offer_prefix && lk_buf_puts(to, p->offer_prefix) < 0)
		return -1;
	return lk_buf_add(to, word, len);
}

int
lk_sasl_names(struct lk_buf *offered, const struct lk_profile *p)
{
	const char *at = lk_buf_text(offered), *word;
	bool is_whole = at && is_spelled(at, p);
	struct lk_buf names;
	int r = at ? 0 : -1;
	size_t len;

	lk_buf_init(&names, 4 * LK_SASL_MAX);
	while (r == 0 && (word = lk_ascii_next(&at, SEPARATORS, &len))) {
		r = is_whole ? lk_buf_add(&names, word, len)
			     : put_name(&names, word, len, p);
		if (r == 0)
			r = lk_buf_puts(&names, " ");
	}
	lk_buf_clear(offered);
	if (r == 0 && names.len)
		r = lk_buf_add(offered, names.data, names.len);
	lk_buf_wipe(&names);
	return r == 0 && lk_buf_text(offered) ? 0 : -1;
}
