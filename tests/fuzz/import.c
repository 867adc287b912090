/* Settings of other programs: refused with a sentence, or made into a file that
 * is read without a complaint; a password is in neither.
 *
 * Input: the first octet chooses the reader, the others are the file.
 * SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include "cli/import.h"
#include "conf/config.h"

#include <stdlib.h>
#include <string.h>

static size_t
count(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)); text++)
		n++;
	return n;
}

static void
check_out(struct lk_import *i, enum lk_form form)
{
	struct lk_sections layer = { 0 };
	struct lk_error err = { 0 };
	char *text = lk_buf_text(&i->out);

	MUST(text && !i->is_full, "no memory");
	MUST(strlen(text) == i->out.len, "a NUL");
	MUST(is_printable(text), "%s", text);
	MUST(count(text, "\n# not kept: ") + (*text == '#' &&
	     strncmp(text, "# not kept: ", 12) == 0) == i->lost, "%zu lost: %s",
	     i->lost, text);
	MUST(lk_config_text(&layer, form, "/file", NULL, text, i->out.len,
			    &err) == 0, "%s", err.sentence);
	MUST(layer.n > 0, "nothing");
	lk_sections_free(&layer);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char word[] = "\npassword ";
	struct lk_import i;
	struct lk_error err = { 0 };
	char secret[MARKER + 1], *text;
	bool is_xml;
	size_t len;
	int r;

	if (size == 0)
		return 0;
	is_xml = data[0] & 1;
	marker_make(secret, "password", data, size);
	text = malloc(size + sizeof(word) + MARKER);
	MUST(text && lk_import_init(&i, &err) == 0, "no memory");
	i.home = "/home/ann";
	len = size - 1;
	memcpy(text, data + 1, len);
	if (is_xml) {
		r = lk_import_autoconfig(&i, text, len, &err);
	} else {
		memcpy(text + len, word, sizeof(word) - 1);
		len += sizeof(word) - 1;
		memcpy(text + len, secret, MARKER);
		len += MARKER;
		r = lk_import_msmtp(&i, text, len, &err);
	}
	MUST(!i.out.len || !marker_find(i.out.data, i.out.len, secret, MARKER),
	     "the password is in the file");
	if (r < 0) {
		must_be_error(&err);
		MUST(err.cls == LK_E_CONFIG, "class %d", (int)err.cls);
		MUST(!marker_find(err.sentence, strlen(err.sentence), secret,
				  MARKER), "the password is in the error");
	} else {
		check_out(&i, is_xml ? LK_FORM_PROVIDERS : LK_FORM_MAIN);
	}
	lk_import_wipe(&i);
	free(text);
	return 0;
}
