/* Reading conversation files. SPDX-License-Identifier: MIT */
#include "scripts/script.h"

#include "base/ascii.h"
#include "base/base64.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	static const char from[] = "rnt0\\", to[] = "\r\n\t\0\\";
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
	*p += 3;
	return low < 0 ? -1 : high * 16 + low;
}

static int
undo(struct lk_buf *to, const char *p)
{
	struct lk_buf plain;
	bool inside = false;
	int r = -1, c;
	char octet;

	lk_buf_init(&plain, 1 << 20);
	while (*p) {
		if (!inside && strncmp(p, "{b64:", 5) == 0) {
			inside = true;
			p += 5;
			continue;
		}
		if (inside && *p == '}') {
			inside = false;
			if (lk_base64_encode(to, plain.data, plain.len) < 0)
				goto out;
			lk_buf_clear(&plain);
			p++;
			continue;
		}
		c = (unsigned char)*p++;
		if (c == '\\' && (c = unescape(&p)) < 0)
			goto out;
		octet = (char)c;
		if (lk_buf_add(inside ? &plain : to, &octet, 1) < 0)
			goto out;
	}
	r = inside ? -1 : 0;
out:
	lk_buf_wipe(&plain);
	return r;
}

static const struct {
	const char *word;
	enum turn_kind kind;
	const char *end;            /* added to the text */
} heads[] = {
	{ "S:", TURN_SERVER, "\r\n" },
	{ "S|", TURN_SERVER, "" },
	{ "C:", TURN_CLIENT, "\r\n" },
	{ "C~", TURN_CLIENT_GLOB, "" },
	{ "TLS", TURN_TLS, "" },
	{ "CONNECT", TURN_CONNECT, "" },
	{ "DROP", TURN_DROP, "" },
	{ "TIMEOUT", TURN_TIMEOUT, "" },
	{ "END", TURN_END, "" },
};

static const char *const checks[] = {
	"class", "exit", "code", "enhanced", "mech", "ir", "attempts", "asked",
	"mails", "rcpts", "says", "silent", "warns", "trace",
};

/* Sets kind and how the text ends. */
static void
classify(struct turn *t, const char **end)
{
	size_t i;

	*end = "";
	t->kind = TURN_OPTION;
	for (i = 0; i < sizeof(heads) / sizeof(*heads); i++)
		if (strcmp(heads[i].word, t->word) == 0) {
			t->kind = heads[i].kind;
			*end = heads[i].end;
		}
	for (i = 0; i < sizeof(checks) / sizeof(*checks); i++)
		if (strcmp(checks[i], t->word) == 0)
			t->kind = TURN_CHECK;
}

static int
read_line(struct turn *t, char *line)
{
	size_t n = strcspn(line, " ");
	const char *end;
	struct lk_buf b;
	int r = -1;

	lk_buf_init(&b, 1 << 20);
	t->word = strndup(line, n);
	if (!t->word)
		return -1;
	classify(t, &end);
	if (undo(&b, line + n + (line[n] ? 1 : 0)) < 0 ||
	    lk_buf_puts(&b, end) < 0)
		goto out;
	t->text.data = malloc(b.len + 1);
	if (!t->text.data)
		goto out;
	if (b.len)
		memcpy(t->text.data, b.data, b.len);
	t->text.data[b.len] = '\0';
	t->text.len = b.len;
	r = 0;
out:
	lk_buf_wipe(&b);
	return r;
}

int
script_read(struct script *s, const char *path)
{
	FILE *f = fopen(path, "r");
	char line[8192];
	int n = 0;

	memset(s, 0, sizeof(*s));
	s->path = path;
	if (!f) {
		perror(path);
		return -1;
	}
	while (fgets(line, sizeof(line), f)) {
		struct turn *bigger;

		n++;
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '#' || line[0] == '\0')
			continue;
		bigger = realloc(s->turns, (s->n + 1) * sizeof(*s->turns));
		if (!bigger)
			break;
		s->turns = bigger;
		memset(&s->turns[s->n], 0, sizeof(*s->turns));
		s->turns[s->n].line = n;
		if (read_line(&s->turns[s->n++], line) < 0) {
			fprintf(stderr, "%s:%d: %s\n", path, n, line);
			fclose(f);
			return -1;
		}
	}
	fclose(f);
	return 0;
}

void
script_free(struct script *s)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		free(s->turns[i].word);
		free(s->turns[i].text.data);
	}
	free(s->turns);
}
