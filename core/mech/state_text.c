/* The text of a state file. SPDX-License-Identifier: MIT */
#include "mech/state.h"

#include "base/ascii.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "latchkey-state 1"
#define LINE (3 * LK_STATE_NAME + 128) /* octets, the longest one */
#define KEPT_DAYS ((int64_t)LK_STATE_LEARNT_DAYS * 24 * 60 * 60)

void
lk_state_wipe(struct lk_state *s)
{
	free(s->users);
	memset(s, 0, sizeof(*s));
}

/* ---- names -------------------------------------------------------------- */

static bool
is_plain(char c)
{
	return lk_ascii_is_alnum(c) || (c && strchr("@._-", c));
}

/* Of what fits; false: not all did. */
static bool
encode(char *to, size_t room, const char *name)
{
	static const char digits[] = "0123456789abcdef";
	size_t n = 0;

	for (; *name && n + 4 <= room; name++) {
		const unsigned char c = (unsigned char)*name;

		if (is_plain(*name)) {
			to[n++] = *name;
			continue;
		}
		to[n++] = '%';
		to[n++] = digits[c >> 4];
		to[n++] = digits[c & 15];
	}
	to[n] = '\0';
	return !*name;
}

static int
hex(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* -1: not what encode() makes. */
static int
decode(char *to, size_t room, const char *from, size_t len)
{
	size_t i, n = 0;
	int c;

	for (i = 0; i < len && n + 1 < room; i++) {
		c = (unsigned char)from[i];
		if (c == '%') {
			if (len - i < 3 || hex(from[i + 1]) < 0 ||
			    hex(from[i + 2]) < 0)
				return -1;
			c = hex(from[i + 1]) * 16 + hex(from[i + 2]);
			i += 2;
		} else if (!is_plain(from[i])) {
			return -1;
		}
		if (c == 0)
			return -1;
		to[n++] = (char)c;
	}
	to[n] = '\0';
	return i == len ? 0 : -1;
}

bool
lk_state_place(const char *host, uint32_t port, char to[256])
{
	/* behind it there is room for the name of a temporary one */
	char name[230], *p;

	if (!*host || !encode(name, sizeof(name), host))
		return false;
	for (p = name; *p; p++)
		*p = lk_ascii_lower(*p);
	snprintf(to, 256, "%s:%u", name, (unsigned)port);
	return true;
}

/* ---- users -------------------------------------------------------------- */

struct lk_state_user *
lk_state_find(const struct lk_state *s, const char *user)
{
	size_t i;

	for (i = 0; i < s->n_users; i++)
		if (strcmp(s->users[i].name, user ? user : "") == 0)
			return &s->users[i];
	return NULL;
}

static struct lk_state_user *
add_user(struct lk_state *s)
{
	struct lk_state_user *more;

	if (s->n_users == s->room) {
		more = reallocarray(s->users, s->room * 2 + 8, sizeof(*more));
		if (!more)
			return NULL;
		s->users = more;
		s->room = s->room * 2 + 8;
	}
	memset(&s->users[s->n_users], 0, sizeof(*s->users));
	return &s->users[s->n_users++];
}

struct lk_state_user *
lk_state_touch(struct lk_state *s, const char *user)
{
	struct lk_state_user *u = lk_state_find(s, user), kept;

	if (strlen(user ? user : "") >= LK_STATE_NAME)
		return NULL;
	if (!u) {
		u = add_user(s);
		if (!u)
			return NULL;
		lk_ascii_copy(u->name, sizeof(u->name), user ? user : "");
	}
	kept = *u;
	memmove(s->users + 1, s->users,
		(size_t)(u - s->users) * sizeof(*s->users));
	s->users[0] = kept;
	return &s->users[0];
}

/* ---- reading ------------------------------------------------------------ */

/* One line, as words. */
struct words {
	const char *at, *end;
	bool is_bad;
	bool has_no_memory;
};

static const char *
next(struct words *w, size_t *len)
{
	const char *word = w->at, *end;

	if (w->at == w->end) {
		w->is_bad = true;
		*len = 0;
		return "";
	}
	end = memchr(word, ' ', (size_t)(w->end - word));
	*len = (size_t)((end ? end : w->end) - word);
	w->at = end ? end + 1 : w->end;
	w->is_bad = w->is_bad || *len == 0;
	return word;
}

static int64_t
number(struct words *w)
{
	const char *word;
	int64_t n = 0;
	size_t len, i;

	word = next(w, &len);
	if (len > 15)
		w->is_bad = true;
	for (i = 0; i < len && len <= 15; i++) {
		if (!lk_ascii_is_digit(word[i]))
			w->is_bad = true;
		n = n * 10 + (word[i] - '0');
	}
	return w->is_bad ? 0 : n;
}

static void
id(struct words *w, char to[32])
{
	const char *word;
	size_t len, i;

	word = next(w, &len);
	if (len >= 32)
		w->is_bad = true;
	for (i = 0; i < len && !w->is_bad; i++) {
		/* a NUL would stand in any string */
		if (!word[i] ||
		    (!lk_ascii_is_alnum(word[i]) && !strchr("-_", word[i])))
			w->is_bad = true;
		to[i] = word[i];
	}
}

static void
read_learnt(struct lk_state *s, struct words *w)
{
	struct lk_learnt *l = &s->learnt;
	const char *form;
	size_t len;

	id(w, l->id);
	s->learnt_at = number(w);
	form = next(w, &len);
	l->two_step = len == 8 && memcmp(form, "two-step", 8) == 0;
	if (!l->two_step && !(len == 2 && memcmp(form, "ir", 2) == 0))
		w->is_bad = true;
	while (w->at != w->end && l->n_failed < LK_LEARNT_FAILED)
		id(w, l->failed[l->n_failed++]);
}

static void
read_setback(struct lk_setback *b, struct words *w)
{
	b->count = (uint32_t)(number(w) & UINT16_MAX);
	b->at = number(w);
	b->until = number(w);
}

static void
read_user(struct lk_state *s, struct words *w)
{
	struct lk_state_user *u = NULL;
	const char *name;
	size_t len;

	name = next(w, &len);
	if (s->n_users < LK_STATE_USERS) {
		u = add_user(s);
		w->has_no_memory = !u;
	}
	if (!u || len == 0 || *name != '=' ||
	    decode(u->name, sizeof(u->name), name + 1, len - 1) < 0) {
		w->is_bad = true;
		return;
	}
	u->proven_at = number(w);
	read_setback(&u->refused, w);
	read_setback(&u->put_off, w);
}

/* 0; or -1, with *why as lk_state_parse() has it. */
static int
read_line(struct lk_state *s, struct words w, const char **why)
{
	const char *word;
	size_t len;

	word = next(&w, &len);
	if (len == 6 && memcmp(word, "learnt", len) == 0 && !*s->learnt.id)
		read_learnt(s, &w);
	else if (len == 9 && memcmp(word, "no-cancel", len) == 0)
		s->learnt.no_cancel = true;
	else if (len == 4 && memcmp(word, "user", len) == 0)
		read_user(s, &w);
	else
		w.is_bad = true;
	if (!w.is_bad && w.at == w.end)
		return 0;
	*why = w.has_no_memory ? NULL : "it is damaged";
	return -1;
}

static int
read_lines(struct lk_state *s, const char *text, const char *end,
	   const char **why)
{
	struct words w = { 0 };

	while (text < end) {
		w.at = text;
		w.end = memchr(text, '\n', (size_t)(end - text));
		if (!w.end) {
			*why = "it is damaged";
			return -1;
		}
		if (read_line(s, w, why) < 0)
			return -1;
		text = w.end + 1;
	}
	return 0;
}

int
lk_state_parse(struct lk_state *s, const char *text, size_t len,
	       const char **why)
{
	const size_t head = strlen(HEAD "\n");

	if (len < head || memcmp(text, HEAD "\n", head) != 0) {
		*why = "it is not of version 1";
		return -1;
	}
	if (read_lines(s, text + head, text + len, why) == 0)
		return 0;
	lk_state_wipe(s);
	return -1;
}

/* ---- writing ------------------------------------------------------------ */

static int
put_setback(struct lk_buf *to, const struct lk_setback *b, int64_t now)
{
	if (lk_setback_is_over(b, now))
		return lk_buf_puts(to, " 0 0 0");
	return lk_buf_printf(to, " %u %lld %lld", (unsigned)b->count,
			     (long long)b->at, (long long)b->until);
}

static int
put_user(struct lk_buf *to, const struct lk_state_user *u, int64_t now)
{
	char name[3 * LK_STATE_NAME + 1];

	if (lk_setback_is_over(&u->refused, now) &&
	    lk_setback_is_over(&u->put_off, now) &&
	    now - u->proven_at >= KEPT_DAYS)
		return 0;
	encode(name, sizeof(name), u->name);
	if (lk_buf_printf(to, "user =%s %lld", name,
			  (long long)u->proven_at) < 0 ||
	    put_setback(to, &u->refused, now) < 0 ||
	    put_setback(to, &u->put_off, now) < 0)
		return -1;
	return lk_buf_puts(to, "\n");
}

int
lk_state_format(const struct lk_state *s, int64_t now, struct lk_buf *to)
{
	const struct lk_learnt *l = &s->learnt;
	int r = lk_buf_puts(to, HEAD "\n");
	size_t i, before;

	if (r == 0 && l->id[0] && now - s->learnt_at < KEPT_DAYS) {
		r = lk_buf_printf(to, "learnt %s %lld %s", l->id,
				  (long long)s->learnt_at,
				  l->two_step ? "two-step" : "ir");
		for (i = 0; i < l->n_failed && r == 0; i++)
			r = lk_buf_printf(to, " %s", l->failed[i]);
		if (r == 0)
			r = lk_buf_puts(to, "\n");
	}
	if (r == 0 && l->no_cancel)
		r = lk_buf_puts(to, "no-cancel\n");
	for (i = 0; i < s->n_users && i < LK_STATE_USERS && r == 0; i++) {
		before = to->len;
		if (put_user(to, &s->users[i], now) < 0) {
			/* it is full: the oldest go; else no memory */
			to->len = before;
			return before + LINE > to->max ? 0 : -1;
		}
	}
	return r;
}
