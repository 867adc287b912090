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

static bool
find(const struct lk_input *in, const char *name, struct lk_field *f)
{
	size_t at = 0;

	while (lk_field_next(&in->header, &at, f))
		if (lk_field_is(f, name))
			return true;
	return false;
}

static bool
has(const struct lk_input *in, const char *name)
{
	struct lk_field f;

	return find(in, name, &f);
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
	struct lk_field f;

	if (c->from && strcmp(c->from, "<>") == 0) {
		char *none = strdup("");

		if (!none)
			lk_fail_memory(err);
		return none;
	}
	if (c->from)
		return first("the sender", c->from, strlen(c->from), 1, err);
	if (find(in, "From", &f))
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
	static const char *const names[] = { "To", "Cc", "Bcc" };
	struct lk_field f;
	size_t at = 0, i;

	while (c->from_header && lk_field_next(&in->header, &at, &f))
		for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (lk_field_is(&f, names[i]) &&
			    lk_addresses_read(to, names[i], f.value,
					      f.value_len, err) < 0)
				return -1;
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

/* The fields that came, with -t without Bcc; the last one ends its line. */
static int
add_given(struct lk_buf *head, const struct lk_compose *c,
	  const struct lk_input *in)
{
	struct lk_field f;
	size_t at = 0;
	int r = 0;

	while (r == 0 && lk_field_next(&in->header, &at, &f))
		if (!c->from_header || !lk_field_is(&f, "Bcc"))
			r = lk_buf_add(head, f.start, f.len);
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
		r = lk_buf_printf(head, "From: %s%s", sender, end);
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
