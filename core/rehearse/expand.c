/* Escapes, base64 and variables in the text of a line.
 * SPDX-License-Identifier: MIT */
#include "rehearse/script.h"

#include "base/ascii.h"
#include "base/base64.h"

#include <string.h>

#define EXPAND_MAX (1 << 20)
#define BASE64 "{b64:"

static int
hex(char c)
{
	const char *digits = "0123456789abcdef", *at;

	at = c ? strchr(digits, lk_ascii_lower(c)) : NULL;
	return at ? (int)(at - digits) : -1;
}

/* One escape after a backslash; -1: there is no such. */
static int
unescape(const char **p)
{
	static const char from[] = "rnt0\\*", to[] = "\r\n\t\0\\*";
	const char *at = **p ? strchr(from, **p) : NULL;
	int high, low;

	if (at) {
		(*p)++;
		return (unsigned char)to[at - from];
	}
	if (**p != 'x')
		return -1;
	high = hex((*p)[1]);
	low = high < 0 ? -1 : hex((*p)[2]);
	if (low < 0)
		return -1;
	*p += 3;
	return high * 16 + low;
}

/* The variable that p, a brace, begins; NULL: it is just a brace. */
static const struct lk_var *
variable(const char *p, const struct lk_var *vars)
{
	size_t n = strcspn(p, "}");

	if (p[n] == '\0')
		return NULL;
	for (; vars && vars->name; vars++)
		if (strlen(vars->name) == n - 1 &&
		    memcmp(vars->name, p + 1, n - 1) == 0)
			return vars;
	return NULL;
}

/* {word} that is no variable is a slip; other braces are braces. */
static bool
is_slip(const char *p, const struct lk_var *vars)
{
	size_t n = strspn(p + 1, "abcdefghijklmnopqrstuvwxyz-");

	return vars && n && p[n + 1] == '}';
}

static int
emit(struct lk_buf *to, struct lk_buf *how, const void *data, size_t len,
     char kind)
{
	size_t i;

	if (len && lk_buf_add(to, data, len) < 0)
		return -1;
	for (i = 0; how && i < len; i++)
		if (lk_buf_add(how, &kind, 1) < 0)
			return -1;
	return 0;
}

static int
emit_base64(struct lk_buf *to, struct lk_buf *how, struct lk_buf *plain)
{
	struct lk_buf coded;
	int r;

	lk_buf_init(&coded, 2 * EXPAND_MAX);
	r = lk_base64_encode(&coded, plain->data, plain->len);
	if (r == 0)
		r = emit(to, how, coded.data, coded.len, LK_HOW_EXACT);
	lk_buf_wipe(&coded);
	lk_buf_clear(plain);
	return r;
}

/* What stands at *p, and *p behind it. */
static const char *
expand_one(struct lk_buf *to, struct lk_buf *how, const char **p,
	   const struct lk_var *vars, bool inside)
{
	const struct lk_var *v = **p == '{' ? variable(*p, vars) : NULL;
	char kind = inside ? LK_HOW_EXACT : LK_HOW_FOLD, octet;
	bool slip = **p == '{' && !v && is_slip(*p, vars);
	int c = (unsigned char)*(*p)++;

	if (v) {
		*p += strlen(v->name) + 1;
		if (!v->value)
			return "the file has no option for this {name}";
		return emit(to, how, v->value, strlen(v->value),
			    LK_HOW_EXACT) < 0 ? "too long" : NULL;
	}
	if (slip)
		return "there is no such {name}, and a brace is \\x7b";
	if (c == '\\') {
		c = unescape(p);
		kind = LK_HOW_EXACT;
	} else if (c == '*' && !inside) {
		kind = LK_HOW_ANY;
	}
	octet = (char)c;
	if (c < 0)
		return "there is no such escape";
	return emit(to, how, &octet, 1, kind) < 0 ? "too long" : NULL;
}

const char *
lk_expand(struct lk_buf *to, struct lk_buf *how, const char *raw,
	  const struct lk_var *vars)
{
	const char *p = raw, *wrong = NULL;
	struct lk_buf plain;
	bool inside = false;

	lk_buf_init(&plain, EXPAND_MAX);
	while (*p && !wrong) {
		if (!inside && strncmp(p, BASE64, strlen(BASE64)) == 0) {
			inside = true;
			p += strlen(BASE64);
		} else if (inside && *p == '}') {
			inside = false;
			p++;
			if (emit_base64(to, how, &plain) < 0)
				wrong = "too long";
		} else {
			wrong = expand_one(inside ? &plain : to,
					   inside ? NULL : how, &p, vars,
					   inside);
		}
	}
	if (inside && !wrong)
		wrong = "{b64: has no }";
	lk_buf_wipe(&plain);
	return wrong;
}
