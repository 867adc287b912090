/* What a message is, before it is sent. SPDX-License-Identifier: MIT */
#include "net/message.h"

#include "base/error.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void
lk_pieces_init(struct lk_pieces *r, const struct lk_message *m, uint64_t end)
{
	size_t size = m->size < sizeof(*m) ? m->size : sizeof(*m);

	memset(&r->message, 0, sizeof(r->message));
	memcpy(&r->message, m, size);
	r->at = 0;
	r->end = end;
	r->used = 0;
	m = &r->message;
	if (m->length && m->length < UINT64_MAX - m->head.len &&
	    end > m->head.len + m->length)
		r->end = m->head.len + m->length;
}

static int
unreadable(int e, struct lk_error *err)
{
	lk_fail(err, LK_E_MESSAGE, "the message cannot be read: %s",
		strerror(e));
	if (e == ESPIPE)
		lk_advise(err, "it is read twice: put it into a file first");
	return -1;
}

int
lk_pieces_next(struct lk_pieces *r, const unsigned char **data, size_t *len,
	       struct lk_error *err)
{
	const struct lk_message *m = &r->message;
	uint64_t left = r->end - r->at;
	size_t room = left < LK_PIECE ? (size_t)left : LK_PIECE;
	uint64_t from;
	ssize_t n;

	if (room == 0)
		return 0;
	if (r->at < m->head.len) {
		*data = m->head.data + r->at;
		*len = m->head.len - (size_t)r->at;
		if (*len > room)
			*len = room;
		r->at += *len;
		return 1;
	}
	if (m->fd < 0)
		return 0;
	from = m->offset + (r->at - m->head.len);
	do {
		n = pread(m->fd, r->piece, room, (off_t)from);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return unreadable(errno, err);
	if (n == 0)
		return 0;
	if (r->used < (size_t)n)
		r->used = (size_t)n;
	*data = r->piece;
	*len = (size_t)n;
	r->at += *len;
	return 1;
}

/* The line of the first NUL or CR without LF. */
struct culprit {
	uint64_t line;
	bool cr, found, is_nul;
};

static void
look(struct culprit *c, const unsigned char *data, size_t len)
{
	size_t i;

	for (i = 0; i < len && !c->found; i++) {
		c->found = data[i] == '\0' || (c->cr && data[i] != '\n');
		c->is_nul = data[i] == '\0' && !c->cr;
		if (!c->found && data[i] == '\n')
			c->line++;
		c->cr = data[i] == '\r';
	}
}

static int
fail_octet(struct lk_pieces *r, struct lk_error *err)
{
	struct culprit c = { .line = 1 };
	const unsigned char *data;
	size_t len;

	r->at = 0;
	while (!c.found && lk_pieces_next(r, &data, &len, NULL) > 0)
		look(&c, data, len);
	lk_fail(err, LK_E_MESSAGE,
		"line %" PRIu64 " of the message has a %s", c.line,
		c.is_nul ? "NUL octet" : "CR without LF (lines end in LF or "
					 "CRLF)");
	lk_advise(err, "encode such content (MIME: quoted-printable or "
		  "base64), or repair the line ends");
	return -1;
}

int
lk_message_measure(const struct lk_message *m, struct lk_message_facts *facts,
		   uint64_t *octets, struct lk_error *err)
{
	struct lk_pieces *r = malloc(sizeof(*r));
	struct lk_message_facts f = { .size = sizeof(f) };
	const unsigned char *data;
	size_t len;
	int n;
	int result = -1;

	if (!r)
		return lk_fail_memory(err);
	lk_pieces_init(r, m, UINT64_MAX);
	while ((n = lk_pieces_next(r, &data, &len, err)) > 0)
		lk_message_scan(&f, data, len);
	if (n < 0)
		goto out;
	lk_message_scan_end(&f);
	if (f.octets == 0) {
		lk_fail(err, LK_E_MESSAGE, "the message is empty");
		goto out;
	}
	if (f.flags & (LK_MESSAGE_NUL | LK_MESSAGE_LONE_CR)) {
		fail_octet(r, err);
		goto out;
	}
	*facts = f;
	*octets = r->at;
	result = 0;
out:
	if (err && result < 0)
		err->stage = LK_STAGE_MESSAGE;
	explicit_bzero(r->piece, r->used);
	free(r);
	return result;
}

int
lk_message_facts(const struct lk_message *m, struct lk_message_facts *facts,
		 struct lk_error *err)
{
	uint64_t octets;

	return lk_message_measure(m, facts, &octets, err);
}
