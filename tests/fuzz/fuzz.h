/* What the fuzz targets share.  A target is one file that defines
 * LLVMFuzzerTestOneInput(); libFuzzer runs it, or main.c on the corpus.
 * SPDX-License-Identifier: MIT */
#ifndef FUZZ_H
#define FUZZ_H

#include <latchkey/error.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Must hold, else it is a finding: say why, and abort. */
#define MUST(fact, ...) ((fact) ? (void)0 : fuzz_found(__VA_ARGS__))
_Noreturn void fuzz_found(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/* ---- the input, taken from its front ----------------------------------- */

struct feed {
	const uint8_t *at;
	size_t left;
};

/* One octet; 0 when nothing is left. */
uint8_t feed_octet(struct feed *);

/* All up to the next `end`, which is dropped; *len may be 0. */
const uint8_t *feed_until(struct feed *, uint8_t end, size_t *len);

/* ---- secrets ----------------------------------------------------------- */

#define MARKER 24

/* Letters that depend on all of the input, so that no input can hold them. */
void marker_make(char to[MARKER + 1], const char *seed, const uint8_t *data,
		 size_t size);

/* Does the secret stand in the text: raw, or in base64 that begins anywhere? */
bool marker_find(const void *text, size_t len, const void *secret, size_t n);

/* ---- what always holds of an error ------------------------------------- */

/* Printable, LF allowed in it. */
bool is_printable(const char *text);

/* A known class and stage, printable texts, a sentence. */
void must_be_error(const struct lk_error *);

#endif
