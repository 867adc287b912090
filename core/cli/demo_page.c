/* Text for a person who watches. SPDX-License-Identifier: MIT */
#include "cli/demo.h"

#include "base/ascii.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WIDTH  78u
#define INDENT 3u
#define SERVER 43u                  /* the column where it speaks */

static const char *const codes[] = {
	[LK_STYLE_PLAIN] = "",
	[LK_STYLE_TITLE] = "\033[1m",
	[LK_STYLE_FAINT] = "\033[2m",
	[LK_STYLE_CLIENT] = "\033[36m",
	[LK_STYLE_SERVER] = "\033[32m",
	[LK_STYLE_REFUSED] = "\033[31m",
};

bool
lk_page_wants_colour(int fd)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(fd) && !(no && *no) && term && *term &&
	       strcmp(term, "dumb") != 0;
}

static void
switch_on(const struct lk_page *p, enum lk_style style)
{
	if (p->has_colour)
		fputs(codes[style], p->to);
}

static void
switch_off(const struct lk_page *p, enum lk_style style)
{
	if (p->has_colour && *codes[style])
		fputs("\033[0m", p->to);
}

static void
put(const struct lk_page *p, enum lk_style style, const char *text, size_t len)
{
	switch_on(p, style);
	fwrite(text, 1, len, p->to);
	switch_off(p, style);
}

static void
put_blanks(const struct lk_page *p, size_t n)
{
	fprintf(p->to, "%*s", (int)n, "");
}

/* An option and its value stay together. */
static const char *
next_word(const char **at, size_t *len)
{
	const char *word = lk_ascii_next(at, " ", len), *value;
	size_t n;

	if (!word || *len != 2 || word[0] != '-')
		return word;
	value = lk_ascii_next(at, " ", &n);
	if (value)
		*len = (size_t)(value - word) + n;
	return word;
}

void
lk_page_text(const struct lk_page *p, unsigned first, unsigned rest,
	     const char *text, enum lk_style style, size_t marked)
{
	enum lk_style now = LK_STYLE_PLAIN;
	const char *at = text, *word;
	size_t column = 0, len;

	while ((word = next_word(&at, &len))) {
		bool is_full = column && column + 1 + len > WIDTH;
		enum lk_style want = (size_t)(word - text) < marked
			? style : LK_STYLE_PLAIN;

		/* the blanks of an indent are never in colour */
		if (now != want || is_full)
			switch_off(p, now);
		if (is_full)
			fputc('\n', p->to);
		if (column && !is_full)
			column += (size_t)fprintf(p->to, " ");
		else
			put_blanks(p, column = column ? rest : first);
		if (now != want || is_full || column == first)
			switch_on(p, want);
		now = want;
		fwrite(word, 1, len, p->to);
		column += len;
	}
	switch_off(p, now);
	fputc('\n', p->to);
}

void
lk_page_title(const struct lk_page *p, unsigned number, const char *title)
{
	fputc('\n', p->to);
	switch_on(p, LK_STYLE_TITLE);
	fprintf(p->to, "%u  %s", number, title);
	switch_off(p, LK_STYLE_TITLE);
	fputc('\n', p->to);
}

void
lk_page_row(const struct lk_page *p, const char *client, const char *server,
	    const char *decoded)
{
	enum lk_style style = *server == '4' || *server == '5'
		? LK_STYLE_REFUSED : LK_STYLE_SERVER;
	size_t column = 0;

	if (*client) {
		put_blanks(p, INDENT);
		put(p, LK_STYLE_CLIENT, client, strlen(client));
		column = INDENT + strlen(client);
	}
	if (*server) {
		if (column + 1 > SERVER) {
			fputc('\n', p->to);
			column = 0;
		}
		put_blanks(p, SERVER - column);
		switch_on(p, style);
		fprintf(p->to, "<- %s", server);
		switch_off(p, style);
	}
	if (*decoded)
		fprintf(p->to, "  \"%s\"", decoded);
	fputc('\n', p->to);
}

void
lk_page_decoded(const struct lk_page *p, size_t column, const char *text)
{
	put_blanks(p, INDENT + column);
	fprintf(p->to, "\"%s\"\n", text);
}

void
lk_page_heads(const struct lk_page *p, const char *client, const char *server)
{
	put_blanks(p, INDENT);
	put(p, LK_STYLE_FAINT, client, strlen(client));
	put_blanks(p, SERVER - INDENT - strlen(client));
	put(p, LK_STYLE_FAINT, server, strlen(server));
	fputc('\n', p->to);
}

/* ---- errors ---------------------------------------------------------- */

/* "ID: not offered by the server" of a mechanism that is not in the list. */
static bool
is_aside(const char *line, const char *ids)
{
	size_t n = strcspn(line, ":");

	return strcmp(line + n, ": not offered by the server") == 0 &&
	       !lk_ascii_has_word(ids, line, n);
}

static void
put_error_line(const struct lk_page *p, const char *line, bool is_first,
	       const char *class)
{
	size_t blanks = strspn(line, " ");
	unsigned indent = INDENT + (unsigned)blanks;
	const char *text = line + blanks, *end = strstr(text, class);
	size_t label = strcspn(text, " ");

	if (is_first && end)
		lk_page_text(p, indent, indent + 2, text, LK_STYLE_REFUSED,
			     (size_t)(end - text) + strlen(class));
	else if (strncmp(text, "try: ", 5) == 0 ||
		 strncmp(text, "hint: ", 6) == 0)
		lk_page_text(p, indent, indent + (unsigned)label + 1, text,
			     LK_STYLE_TITLE, label);
	else
		lk_page_text(p, indent, indent + 2, text, LK_STYLE_PLAIN, 0);
}

void
lk_page_error(const struct lk_page *p, const struct lk_error *e,
	      const char *ids)
{
	char *text = NULL, *line, *next;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	bool is_first = true;

	if (!f)
		return;
	lk_cli_report_to(f, e);
	if (fclose(f) == 0)
		for (line = text; *line; line = next) {
			next = line + strcspn(line, "\n");
			if (*next)
				*next++ = '\0';
			if (!is_aside(line + strspn(line, " "), ids))
				put_error_line(p, line, is_first,
					       lk_error_class(e->cls));
			is_first = false;
		}
	free(text);
}
