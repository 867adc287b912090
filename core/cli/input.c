/* Reading a message. SPDX-License-Identifier: MIT */
#include "cli/input.h"

#include "base/ascii.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE 16384
#define NAME_MAX_ 998               /* RFC 5322, 2.1.1: no name is longer */

enum line { FIELD, MORE, EMPTY, OTHER, UNSURE };

/* What a line is, or (UNSURE) may become when more of it has come. */
static enum line
classify(const char *text, size_t len, bool is_whole)
{
	size_t i;

	if (is_whole && len && text[len - 1] == '\r')
		len--;
	if (len == 0)
		return is_whole ? EMPTY : UNSURE;
	if (!is_whole && len == 1 && *text == '\r')
		return UNSURE;
	if (*text == ' ' || *text == '\t')
		return MORE;
	for (i = 0; i < len && text[i] > ' ' && text[i] <= '~'; i++) {
		if (text[i] == ':')
			return i ? FIELD : OTHER;
		if (i >= NAME_MAX_)
			return OTHER;
	}
	/* obsolete: blanks between the name and its colon */
	while (i && i < len && (text[i] == ' ' || text[i] == '\t'))
		i++;
	if (i == len)
		return is_whole ? OTHER : UNSURE;
	return i && text[i] == ':' ? FIELD : OTHER;
}

static int
bad(struct lk_error *err, const char *sentence)
{
	return lk_fail(err, LK_E_MESSAGE, "%s", sentence);
}

/* Look at the whole lines of what is there.  1: the header block ends at *end,
 * the body begins at *body; 0: more is needed. */
static int
find_end(struct lk_input *in, bool is_all, size_t *end, size_t *body,
	 struct lk_error *err)
{
	const char *text = (const char *)in->header.data;
	size_t len = in->header.len;

	while (*end < len || is_all) {
		const char *at = text + *end, *lf;
		size_t left = len - *end, n;
		enum line kind;

		lf = left ? memchr(at, '\n', left) : NULL;
		n = lf ? (size_t)(lf - at) : left;
		*body = *end;
		if (left == 0)
			return 1;
		kind = classify(at, n, lf || is_all);
		if (*end == 0 && (kind == OTHER || kind == MORE)) {
			in->is_bare = true;
			return 1;
		}
		if (!lf && !is_all)
			return 0;
		if (*end == 0)
			in->is_crlf = n && at[n - 1] == '\r';
		n += lf ? 1 : 0;
		if (kind == EMPTY) {
			in->is_ended = true;
			*body = *end + n;
			return 1;
		}
		if (kind == OTHER) {
			bad(err, "in the header block of the message stands a "
				 "line that is no `Name: value`");
			lk_advise(err, "put an empty line before the text, "
				  "then all of it is the body");
			return -1;
		}
		*end += n;
	}
	return 0;
}

/* Read until the end of the header block is known, into in->header.  1: there
 * is nothing more to read. */
static int
read_header(struct lk_input *in, int fd, size_t *end, size_t *body,
	    struct lk_error *err)
{
	ssize_t n = 1;
	int r = 0;

	while (r == 0) {
		unsigned char *to = lk_buf_reserve(&in->header, PIECE);
		size_t most = in->left < PIECE ? (size_t)in->left : PIECE;

		if (!to && in->header.len > LK_HEADER_MAX)
			return bad(err, "the header block of the message is "
					"longer than 1 MiB");
		if (!to)
			return lk_fail_memory(err);
		do {
			n = read(fd, to, most);
		} while (n < 0 && errno == EINTR);
		if (n < 0)
			return lk_fail(err, LK_E_MESSAGE, "the message cannot "
				       "be read: %s", strerror(errno));
		in->header.len += (size_t)n;
		in->left -= (uint64_t)n;
		if (in->header.len == 0)
			return bad(err, "the message is empty");
		r = find_end(in, n == 0, end, body, err);
	}
	return r < 0 ? -1 : n == 0;
}

/* ---- what cannot be read twice ------------------------------------------- */

int
lk_input_spool(struct lk_error *err)
{
	const char *dir = secure_getenv("TMPDIR");
	char path[4096];
	int fd;

	if (!dir || !*dir)
		dir = "/tmp";
	fd = open(dir, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0)
		return fd;
	if (snprintf(path, sizeof(path), "%s/latchkey.XXXXXX", dir) <
	    (int)sizeof(path)) {
		fd = mkostemp(path, O_CLOEXEC);
		if (fd >= 0) {
			unlink(path);
			return fd;
		}
	}
	lk_fail(err, LK_E_TRANSIENT, "the message cannot be kept in %s while "
		"it is sent: %s", dir, strerror(errno));
	lk_advise(err, "set TMPDIR to a directory with room, or give the "
		  "message as a file: latchkey send ... <FILE");
	return -1;
}

static int
spool_put(int fd, const unsigned char *p, size_t len, struct lk_error *err)
{
	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return lk_fail(err, LK_E_TRANSIENT, "the message "
				       "cannot be kept in a temporary file: "
				       "%s", strerror(errno));
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static int
spool(struct lk_input *in, int from, bool is_all, size_t body,
      struct lk_error *err)
{
	unsigned char *piece;
	ssize_t n;
	int r;

	in->fd = lk_input_spool(err);
	if (in->fd < 0)
		return -1;
	in->is_spooled = true;
	r = spool_put(in->fd, in->header.data + body, in->header.len - body,
		      err);
	piece = malloc(PIECE);
	if (!piece)
		return lk_fail_memory(err);
	while (r == 0 && !is_all && (n = read(from, piece, PIECE)) != 0) {
		if (n > 0)
			r = spool_put(in->fd, piece, (size_t)n, err);
		else if (errno != EINTR)
			r = lk_fail(err, LK_E_MESSAGE, "the message cannot be "
				    "read: %s", strerror(errno));
	}
	free(piece);
	return r;
}

int
lk_input_read(struct lk_input *in, int fd, uint64_t most, struct lk_error *err)
{
	off_t start = lseek(fd, 0, SEEK_CUR);
	size_t end = 0, body = 0;
	struct stat st;
	int r;

	memset(in, 0, sizeof(*in));
	in->fd = fd;
	in->left = most;
	lk_buf_init(&in->header, LK_HEADER_MAX + 2 * PIECE);
	r = read_header(in, fd, &end, &body, err);
	if (r < 0)
		return -1;
	if (start >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		in->offset = (uint64_t)start + body;
	else if (spool(in, fd, r == 1, body, err) < 0)
		return -1;
	if (most != UINT64_MAX) {
		in->length = in->left + (in->header.len - body);
		if (in->length == 0)
			in->fd = -1;    /* there is no body */
	}
	in->header.len = end;
	in->head_len = body;
	return 0;
}

void
lk_input_wipe(struct lk_input *in)
{
	if (in->is_spooled)
		close(in->fd);
	in->is_spooled = false;
	lk_buf_wipe(&in->header);
}

/* ---- fields -------------------------------------------------------------- */

bool
lk_field_next(const struct lk_buf *header, size_t *at, struct lk_field *f)
{
	const char *start = (const char *)header->data + *at, *end, *lf;
	const char *colon, *name_end;

	if (*at >= header->len)
		return false;
	end = (const char *)header->data + header->len;
	colon = memchr(start, ':', (size_t)(end - start));
	for (name_end = colon; name_end[-1] == ' ' || name_end[-1] == '\t';)
		name_end--;
	lf = start;
	do {
		lf = memchr(lf, '\n', (size_t)(end - lf));
		lf = lf ? lf + 1 : end;
	} while (lf < end && (*lf == ' ' || *lf == '\t'));
	f->start = start;
	f->len = (size_t)(lf - start);
	f->name_len = (size_t)(name_end - start);
	f->value = colon + 1;
	f->value_len = (size_t)(lf - f->value);
	*at += f->len;
	return true;
}

bool
lk_field_is(const struct lk_field *f, const char *name)
{
	return lk_ascii_equal_n(f->start, f->name_len, name);
}
