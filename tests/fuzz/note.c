/* Notes of files: whatever is in a file, it is refused with a sentence, or its
 * records keep their rules.
 *
 * Input: a file; or `p` and patches of a good one; or `n` and notes, each a
 * type, a number of patches, patches of a good record.  A patch is a place of
 * two octets, a length, octets. SPDX-License-Identifier: MIT */
#include "elf.h"
#include "fuzz.h"
#include "mech/note.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const struct lk_mech_record mech = {
	LK_ABI, LK_F_CLIENT_FIRST, 10, "a-mech", "A-MECH", "authid password",
	"authzid", "does nothing", "1", "", 0
};
static const struct lk_param_record param = {
	LK_ABI, 0, 1, 9, "a-mech", "size", "int", "5", "a number"
};

/* ---- the file ---------------------------------------------------------- */

static void
patch(struct feed *in, unsigned char *data, size_t len)
{
	size_t at = feed_octet(in) + feed_octet(in) * 256u;
	size_t n = feed_octet(in);

	for (; n > 0 && in->left > 0; n--, at++) {
		uint8_t c = feed_octet(in);

		if (at < len)
			data[at] = c;
	}
}

static void
put_note(struct feed *in, struct lk_buf *notes)
{
	uint32_t type = feed_octet(in);
	unsigned patches = feed_octet(in);
	union {
		struct lk_mech_record mech;
		struct lk_param_record param;
		unsigned char octets[512];
	} record;
	size_t len = type == LK_NOTE_MECH ? sizeof(mech) : sizeof(param);

	memset(&record, 0, sizeof(record));
	if (type == LK_NOTE_MECH)
		record.mech = mech;
	else
		record.param = param;
	/* what is added behind a record is unknown to us, and fine */
	len += patches / 64;
	for (patches %= 64; patches > 0 && in->left > 0; patches--)
		patch(in, record.octets, sizeof(record.octets));
	elf_note(notes, type, record.octets, len);
}

static void
compose(struct feed *in, struct lk_buf *file)
{
	uint8_t mode = in->left ? *in->at : 0;
	struct lk_buf notes;

	if (mode != 'p' && mode != 'n') {
		lk_buf_add(file, in->at, in->left);
		return;
	}
	feed_octet(in);
	lk_buf_init(&notes, 1 << 20);
	if (mode == 'p') {
		elf_note(&notes, LK_NOTE_MECH, &mech, sizeof(mech));
		elf_note(&notes, LK_NOTE_PARAM, &param, sizeof(param));
	}
	while (mode == 'n' && in->left > 0)
		put_note(in, &notes);
	elf_file(file, notes.data, notes.len);
	while (in->left > 0)
		patch(in, file->data, file->len);
	lk_buf_wipe(&notes);
}

/* ---- what was read ----------------------------------------------------- */

static bool
has_end(const char *text, size_t room)
{
	return memchr(text, '\0', room) && is_printable(text) &&
	       !strchr(text, '\n');
}

static void
check_mech(const struct lk_notes *n, const struct lk_noted *m)
{
	const struct lk_mech_record *r = &m->record;
	static const char lower[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
	static const char upper[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
	size_t i, len;

	MUST(r->abi == LK_ABI, "abi %u", r->abi);
	MUST(has_end(r->id, sizeof(r->id)) &&
	     has_end(r->wire, sizeof(r->wire)) &&
	     has_end(r->needs, sizeof(r->needs)) &&
	     has_end(r->wants, sizeof(r->wants)) &&
	     has_end(r->summary, sizeof(r->summary)) &&
	     has_end(r->version, sizeof(r->version)) &&
	     has_end(r->uses, sizeof(r->uses)), "a text has no end");
	len = strlen(r->id) - lk_record_is_prefix(r);
	MUST(len > 0 && strspn(r->id, lower) == len && *r->id != '-',
	     "id %s", r->id);
	MUST(m->params, "no list of parameters");
	for (i = 0; m->params[i]; i++) {
		MUST(m->params[i] >= n->params &&
		     m->params[i] < n->params + n->n_params, "whose is it?");
		MUST(strcmp(m->params[i]->id, r->id) == 0, "another's");
	}
	if (m->fault) {
		MUST(*m->fault && is_printable(m->fault), "%s", m->fault);
		return;
	}
	len = strlen(r->wire);
	MUST(len <= 20 && strspn(r->wire, upper) == len &&
	     (len > 0) == !lk_record_is_prefix(r), "wire %s", r->wire);
	MUST(r->strength >= 0 && r->strength <= 1000, "strength");
	MUST(!(r->flags & 0xffff0000u & ~LK_F_KNOWN), "flags %x", r->flags);
	MUST(!(r->flags2 & 0xffff0000u), "more flags %x", r->flags2);
}

static void
check_notes(const struct lk_notes *n)
{
	size_t i;

	MUST(n->n_mechs > 0, "no mechanism");
	MUST(n->n_mechs + n->n_params <= LK_NOTES_MAX, "too many");
	for (i = 0; i < n->n_mechs; i++)
		check_mech(n, &n->mechs[i]);
}

static void
read_file(int fd)
{
	struct lk_notes *first = NULL, *again = NULL;
	struct lk_error err, other;
	int r = lk_note_read(fd, &first, &err);

	MUST(lk_note_read(fd, &again, &other) == r, "it depends");
	if (r < 0) {
		MUST(!first && !again, "it failed and gave something");
		must_be_error(&err);
		MUST(strcmp(err.sentence, other.sentence) == 0, "%s or %s",
		     err.sentence, other.sentence);
	} else {
		check_notes(first);
		MUST(first->n_mechs == again->n_mechs, "it depends");
	}
	lk_notes_free(first);
	lk_notes_free(again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct feed in = { data, size };
	struct lk_buf file;
	int fd;

	lk_buf_init(&file, 1 << 22);
	compose(&in, &file);
	fd = memfd_create("plugin", MFD_CLOEXEC);
	if (fd >= 0 && write(fd, file.data ? (char *)file.data : "",
			     file.len) == (ssize_t)file.len)
		read_file(fd);
	close(fd);
	lk_buf_wipe(&file);
	return 0;
}
