/* A small plugin, made by hand: as much of a shared object as a host looks at
 * before it loads one. SPDX-License-Identifier: MIT */
#ifndef FUZZ_ELF_H
#define FUZZ_ELF_H

#include "base/buf.h"

#include <stdint.h>

/* One note of our owner. */
void elf_note(struct lk_buf *notes, uint32_t type, const void *record,
	      size_t len);

/* The file around notes of all owners. */
void elf_file(struct lk_buf *file, const void *notes, size_t len);

#endif
