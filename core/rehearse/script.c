/* Reading conversations and servers. SPDX-License-Identifier: MIT */
#include "rehearse/script.h"

#include "base/ascii.h"
#include "base/error.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX (1 << 20)

static const struct {
	const char *word;
	enum lk_turn_kind kind;
	const char *end;            /* added to the text */
} heads[] = {
	{ "S:", LK_TURN_SERVER, "\r\n" },
	{ "S|", LK_TURN_SERVER, "" },
	{ "C:", LK_TURN_CLIENT, "\r\n" },
	{ "C~", LK_TURN_CLIENT_GLOB, "" },
	{ "TLS", LK_TURN_TLS, "" },
	{ "CONNECT", LK_TURN_CONNECT, "" },
	{ "DROP", LK_TURN_DROP, "" },
	{ "TIMEOUT", LK_TURN_TIMEOUT, "" },
	{ "END", LK_TURN_END, "" },
	{ "state", LK_TURN_STATE, "" },
	{ "on", LK_TURN_ON, "" },
	{ "next", LK_TURN_NEXT, "" },
	{ "start", LK_TURN_START, "" },
};

static const char *const checks[] = {
	"class", "exit", "code", "enhanced", "mech", "ir", "attempts", "asked",
	"mails", "rcpts", "says", "silent", "warns", "trace",
};

/* Sets kind and returns how the text ends. */
static const char *
classify(struct lk_turn *t)
{
	size_t i;

	t->kind = LK_TURN_OPTION;
	for (i = 0; i < sizeof(checks) / sizeof(*checks); i++)
		if (strcmp(checks[i], t->word) == 0)
			t->kind = LK_TURN_CHECK;
	for (i = 0; i < sizeof(heads) / sizeof(*heads); i++)
		if (strcmp(heads[i].word, t->word) == 0) {
			t->kind = heads[i].kind;
			return heads[i].end;
		}
	return "";
}

/* A turn from a line; NULL, or what is wrong with it.  The text of a server is
 * expanded when it is needed: it may differ each time. */
static const char *
read_line(struct lk_script *s, struct lk_turn *t, const char *line)
{
	size_t n = strcspn(line, " ");
	const char *raw = line + n + (line[n] ? 1 : 0), *end, *wrong = NULL;
	struct lk_buf b;

	t->word = strndup(line, n);
	if (!t->word)
		return "out of memory";
	end = classify(t);
	if (t->kind == LK_TURN_STATE)
		s->is_server = true;
	lk_buf_init(&b, FILE_MAX);
	if (s->is_server && lk_buf_puts(&b, raw) < 0)
		wrong = "out of memory";
	if (!s->is_server)
		wrong = lk_expand(&b, NULL, raw, NULL);
	if (!s->is_server && !wrong && lk_buf_puts(&b, end) < 0)
		wrong = "out of memory";
	t->text.data = wrong ? NULL : malloc(b.len + 1);
	if (t->text.data) {
		if (b.len)
			memcpy(t->text.data, b.data, b.len);
		t->text.data[b.len] = '\0';
		t->text.len = b.len;
	} else if (!wrong) {
		wrong = "out of memory";
	}
	lk_buf_wipe(&b);
	return wrong;
}

int
lk_script_bad(const struct lk_script *s, int line, const char *wrong,
	      const char *text, struct lk_error *err)
{
	char shown[200];

	lk_ascii_printable(shown, sizeof(shown), text, strlen(text));
	return lk_fail(err, LK_E_CONFIG, "%s:%d: %s: %s", s->path, line, wrong,
		       shown);
}

static int
add_turn(struct lk_script *s, int line, const char *text, struct lk_error *err)
{
	const char *wrong;

	if ((s->n & (s->n - 1)) == 0) {
		size_t room = s->n ? 2 * s->n : 1;
		struct lk_turn *more;

		more = realloc(s->turns, room * sizeof(*more));
		if (!more)
			return lk_fail_memory(err);
		s->turns = more;
	}
	memset(&s->turns[s->n], 0, sizeof(*s->turns));
	s->turns[s->n].line = line;
	wrong = read_line(s, &s->turns[s->n++], text);
	if (wrong)
		return lk_script_bad(s, line, wrong, text, err);
	return 0;
}

/* All of a file, with a NUL behind it. */
static int
read_file(const char *path, struct lk_buf *b, struct lk_error *err)
{
	FILE *f = fopen(path, "re");
	unsigned char *to;
	size_t n = 0;
	bool good;

	lk_buf_init(b, FILE_MAX + 2);
	to = f ? lk_buf_reserve(b, FILE_MAX + 1) : NULL;
	if (to)
		n = fread(to, 1, FILE_MAX + 1, f);
	b->len = n;
	good = to && !ferror(f);
	if (!good)
		lk_fail(err, LK_E_CONFIG, "%s cannot be read: %s", path,
			strerror(errno));
	if (f)
		fclose(f);
	if (!good)
		return -1;
	if (n > FILE_MAX)
		return lk_fail(err, LK_E_CONFIG, "%s: more than %d octets",
			       path, FILE_MAX);
	if (n && memchr(b->data, '\0', n))
		return lk_fail(err, LK_E_CONFIG, "%s: a NUL is in it: no "
			       "script", path);
	return lk_buf_text(b) ? 0 : lk_fail_memory(err);
}

int
lk_script_read(struct lk_script *s, const char *path, struct lk_error *err)
{
	struct lk_buf file;
	char *at, *end;
	int line = 1, r;

	memset(s, 0, sizeof(*s));
	s->path = path;
	r = read_file(path, &file, err);
	for (at = (char *)file.data; r == 0 && *at; at = end, line++) {
		end = at + strcspn(at, "\n");
		if (*end)
			*end++ = '\0';
		if (*at != '#' && *at != '\0')
			r = add_turn(s, line, at, err);
	}
	lk_buf_wipe(&file);
	if (r < 0)
		lk_script_free(s);
	return r;
}

void
lk_script_free(struct lk_script *s)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		free(s->turns[i].word);
		free(s->turns[i].text.data);
	}
	free(s->turns);
	s->turns = NULL;
	s->n = 0;
}

void
lk_script_title(const char *path, char *to, size_t room)
{
	char line[512];
	FILE *f = fopen(path, "re");

	lk_ascii_copy(to, room, "");
	while (f && fgets(line, sizeof(line), f))
		if (line[0] == '#') {
			size_t n = strspn(line, "# ");

			lk_ascii_printable(to, room, line + n,
					   strcspn(line + n, "\n"));
			break;
		}
	if (f)
		fclose(f);
}
