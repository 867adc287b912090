/* The envelope and the fields a message lacks. SPDX-License-Identifier: MIT */
#include "cli/compose.h"

#include "base/ascii.h"
#include "base/base64.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

#define SUBJECT_MAX 900
#define WORD_OCTETS 45          /* "=?UTF-8?B?" and their base64 are below 75 */
#define DATE_MAX 64
#define ATOMS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -"

static bool
has(const struct lk_input *in, const char *name)
{
	struct lk_field f;
	size_t at = 0;

	while (lk_field_next(&in->header, &at, &f))
		if (lk_field_is(&f, name))
			return true;
	return false;
}

/* Where the fields are that count, and what their names begin with. */
struct span {
	size_t at, end;
	const char *prefix;
};

/* The fields of one resending stand together above those of an earlier one, and
 * each only once (RFC 5322, 3.6.6). */
static struct span
find_span(const struct lk_compose *c, const struct lk_input *in)
{
	static const char *const names[] = {
		"Resent-Date", "Resent-From", "Resent-Sender", "Resent-To",
		"Resent-Cc", "Resent-Bcc", "Resent-Message-ID",
	};
	struct span s = { 0, in->header.len, "" };
	size_t at = 0, before = 0, i;
	unsigned seen = 0, bit;
	struct lk_field f;

	while (c->as_sendmail && lk_field_next(&in->header, &at, &f)) {
		bit = 0;
		for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (lk_field_is(&f, names[i]))
				bit = 1u << i;
		if (seen && (!lk_ascii_equal_n(f.start, 7, "Resent-") ||
			     seen & bit)) {
			s.end = before;
			break;
		}
		if (bit && !seen) {
			s.at = before;
			s.prefix = "Resent-";
		}
		seen |= bit;
		before = at;
	}
	return s;
}

/* Step to the next field of a span that has one of these names. */
static bool
next_of(const struct lk_input *in, struct span *s, const char *const *names,
	struct lk_field *f)
{
	size_t n = strlen(s->prefix), i;

	while (s->at < s->end && lk_field_next(&in->header, &s->at, f))
		for (i = 0; names[i]; i++)
			if (f->name_len > n &&
			    lk_ascii_equal_n(f->start, n, s->prefix) &&
			    lk_ascii_equal_n(f->start + n, f->name_len - n,
					     names[i]))
				return true;
	return false;
}

static int
bad(struct lk_error *err, const char *sentence)
{
	lk_fail(err, LK_E_MESSAGE, "%s", sentence);
	if (err)
		err->stage = LK_STAGE_MESSAGE;
	return -1;
}

/* ---- envelope ------------------------------------------------------------ */

/* The first address of a list of at most max, to free(). */
static char *
first(const char *where, const char *text, size_t len, size_t max,
      struct lk_error *err)
{
	struct lk_addresses a = { 0 };
	int r = lk_addresses_read(&a, where, text, len, err);
	char *one = NULL;

	if (r == 0 && a.n == 0)
		lk_fail(err, LK_E_MESSAGE, "%s holds no address", where);
	else if (r == 0 && a.n > max)
		lk_fail(err, LK_E_MESSAGE, "%s holds several addresses", where);
	else if (r == 0) {
		one = a.list[0];
		a.list[0] = NULL;
	}
	lk_addresses_wipe(&a);
	return one;
}

char *
lk_compose_sender(const struct lk_compose *c, const struct lk_input *in,
		  struct lk_error *err)
{
	static const char *const names[] = { "From", NULL };
	struct span s = find_span(c, in), all = { 0, in->header.len, "" };
	struct lk_field f;

	if (c->from && strcmp(c->from, "<>") == 0) {
		char *none = strdup("");

		if (!none)
			lk_fail_memory(err);
		return none;
	}
	if (c->from)
		return first("the sender", c->from, strlen(c->from), 1, err);
	if (next_of(in, &s, names, &f) || next_of(in, &all, names, &f))
		return first("the From field", f.value, f.value_len,
			     LK_ADDRESSES_MAX, err);
	if (c->user && strchr(c->user, '@'))
		return first("the user", c->user, strlen(c->user), 1, err);
	lk_fail(err, LK_E_USAGE, "nobody is named as the sender: neither by -f "
		"nor by a From field nor by a user with an @");
	lk_advise(err, "-f ADDRESS");
	return NULL;
}

int
lk_compose_recipients(const struct lk_compose *c, const struct lk_input *in,
		      struct lk_addresses *to, struct lk_error *err)
{
	static const char *const names[] = { "To", "Cc", "Bcc", NULL };
	struct span s = find_span(c, in);
	char where[16];
	struct lk_field f;

	while (c->from_header && next_of(in, &s, names, &f)) {
		lk_ascii_printable(where, sizeof(where), f.start, f.name_len);
		if (lk_addresses_read(to, where, f.value, f.value_len, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- fields -------------------------------------------------------------- */

/* Each add_* appends a field; -1: no memory or room. */

static const char *
eol(const struct lk_input *in)
{
	return in->is_crlf ? "\r\n" : "\n";
}

/* RFC 2047: words of UTF-8 in base64, cut between characters. */
static int
add_encoded(struct lk_buf *head, const char *text, const char *end_of_line)
{
	size_t left = strlen(text), n;
	int r = 0;

	while (left && r == 0) {
		n = left < WORD_OCTETS ? left : WORD_OCTETS;
		while (n < left && ((unsigned char)text[n] & 0xc0) == 0x80)
			n--;
		r = lk_buf_puts(head, " =?UTF-8?B?");
		if (r == 0)
			r = lk_base64_encode(head, text, n);
		if (r == 0)
			r = lk_buf_printf(head, "?=%s", end_of_line);
		text += n;
		left -= n;
	}
	return r;
}

static bool
is_ascii(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text > '~')
			return false;
	return true;
}

static int
add_quoted(struct lk_buf *head, const char *text)
{
	int r = lk_buf_puts(head, " \"");

	for (; r == 0 && *text; text++) {
		if (*text == '"' || *text == '\\')
			r = lk_buf_puts(head, "\\");
		if (r == 0)
			r = lk_buf_add(head, text, 1);
	}
	return r < 0 ? r : lk_buf_puts(head, "\"");
}

/* As it stands, in quotes, or as encoded words. */
static int
add_from(struct lk_buf *head, const char *name, const char *sender,
	 const char *end_of_line)
{
	int r = lk_buf_puts(head, "From:");

	if (!name)
		return r < 0 ? r : lk_buf_printf(head, " %s%s", sender,
						 end_of_line);
	if (r == 0 && !is_ascii(name))
		r = add_encoded(head, name, end_of_line);
	else if (r == 0 && strspn(name, ATOMS) == strlen(name))
		r = lk_buf_printf(head, " %s", name);
	else if (r == 0)
		r = add_quoted(head, name);
	return r < 0 ? r : lk_buf_printf(head, " <%s>%s", sender, end_of_line);
}

static int
add_subject(struct lk_buf *head, const char *subject, const char *end_of_line)
{
	if (lk_buf_puts(head, "Subject:") < 0)
		return -1;
	if (!is_ascii(subject))
		return add_encoded(head, subject, end_of_line);
	return lk_buf_printf(head, " %s%s", subject, end_of_line);
}

static int
add_to(struct lk_buf *head, const struct lk_addresses *to,
       const char *end_of_line)
{
	size_t i;
	int r = lk_buf_puts(head, "To:");

	for (i = 0; i < to->n && r == 0; i++)
		r = lk_buf_printf(head, " %s%s%s", to->list[i],
				  i + 1 < to->n ? "," : "", end_of_line);
	return r;
}

static int
add_date(struct lk_buf *head, time_t now, const char *end_of_line)
{
	char text[DATE_MAX];
	struct tm t;

	if (!localtime_r(&now, &t) ||
	    !strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S %z", &t))
		return -1;
	return lk_buf_printf(head, "Date: %s%s", text, end_of_line);
}

/* The domain is the sender's: the machine's name is nobody's business. */
static int
add_message_id(struct lk_buf *head, const struct lk_compose *c,
	       const char *sender, const char *end_of_line)
{
	const char *at = strrchr(sender, '@');

	return lk_buf_printf(head, "Message-ID: <%lld.%s@%s>%s",
			     (long long)c->now, c->unique,
			     at && at[1] ? at + 1 : "localhost", end_of_line);
}

static int
check(const struct lk_compose *c, const struct lk_input *in, const char *sender,
      struct lk_error *err)
{
	char shown[SUBJECT_MAX + 1];

	if (!has(in, "From") && !*sender)
		return bad(err, "the message has no From field, and the null "
				"sender is none");
	if (!c->subject)
		return 0;
	if (has(in, "Subject"))
		return bad(err, "--subject: the message has a Subject field "
				"already");
	if (strlen(c->subject) > SUBJECT_MAX)
		return bad(err, "--subject: it is longer than 900 octets");
	lk_ascii_printable(shown, sizeof(shown), c->subject,
			   strlen(c->subject));
	if (strcmp(shown, c->subject) != 0)
		return bad(err, "--subject: it is no UTF-8 text, or holds a "
				"control character");
	return 0;
}

/* Who gets it is nobody's business. */
static bool
is_hidden(const struct lk_compose *c, const struct lk_field *f)
{
	if (c->as_sendmail && lk_field_is(f, "Resent-Bcc"))
		return true;
	return (c->as_sendmail || c->from_header) && lk_field_is(f, "Bcc");
}

/* What names in this field become. */
static const struct lk_completion *
completion(const struct lk_compose *c, const struct lk_field *f)
{
	static const char *const names[] = {
		"From", "Sender", "Reply-To", "Resent-From", "Resent-Sender",
		"To", "Cc", "Resent-To", "Resent-Cc",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (lk_field_is(f, names[i]))
			return i < 5 ? &c->senders : &c->recipients;
	return NULL;
}

/* A list of addresses that cannot be read stays as it came. */
static int
add_field(struct lk_buf *head, const struct lk_compose *c,
	  const struct lk_field *f)
{
	const struct lk_completion *names = NULL;
	size_t name = (size_t)(f->value - f->start);

	if (c->as_sendmail)
		names = completion(c, f);
	if (!names)
		return lk_buf_add(head, f->start, f->len);
	if (lk_buf_add(head, f->start, name) < 0)
		return -1;
	if (lk_addresses_complete(head, f->value, f->value_len, names) == 0)
		return 0;
	return lk_buf_add(head, f->value, f->value_len);
}

/* The fields that came, but for Bcc; the last one ends its line. */
static int
add_given(struct lk_buf *head, const struct lk_compose *c,
	  const struct lk_input *in)
{
	struct lk_field f;
	size_t at = 0;
	int r = 0;

	while (r == 0 && lk_field_next(&in->header, &at, &f))
		if (!is_hidden(c, &f))
			r = add_field(head, c, &f);
	if (r == 0 && head->len && head->data[head->len - 1] != '\n')
		r = lk_buf_puts(head, eol(in));
	return r;
}

int
lk_compose_head(const struct lk_compose *c, const struct lk_input *in,
		const char *sender, const struct lk_addresses *to,
		bool is_8bit, struct lk_buf *head, struct lk_error *err)
{
	const char *end = eol(in);
	bool is_new = in->is_bare || in->header.len == 0;
	size_t given;
	int r;

	if (check(c, in, sender, err) < 0)
		return -1;
	r = add_given(head, c, in);
	given = head->len;
	if (r == 0 && !has(in, "From"))
		r = add_from(head, c->full_name, sender, end);
	if (r == 0 && !has(in, "To") && to->n && (is_new || c->subject))
		r = add_to(head, to, end);
	if (r == 0 && c->subject)
		r = add_subject(head, c->subject, end);
	if (r == 0 && !has(in, "Date"))
		r = add_date(head, c->now, end);
	if (r == 0 && !has(in, "Message-ID"))
		r = add_message_id(head, c, sender, end);
	if (r == 0 && is_new && is_8bit)
		r = lk_buf_printf(head, "MIME-Version: 1.0%sContent-Type: "
				  "text/plain; charset=utf-8%sContent-Transfer-"
				  "Encoding: 8bit%s", end, end, end);
	if (r == 0 && (in->is_ended || head->len > given))
		r = lk_buf_puts(head, end);
	return r < 0 ? lk_fail_memory(err) : 0;
}
