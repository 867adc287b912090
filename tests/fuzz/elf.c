/* A small plugin, made by hand. SPDX-License-Identifier: MIT */
#include "elf.h"

#include <latchkey/mech.h>

#include <elf.h>
#include <link.h>
#include <string.h>

extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

/* All but the notes. */
struct frame {
	ElfW(Ehdr) head;
	ElfW(Phdr) load, dynamic, note;
	ElfW(Dyn) tags[6];
	ElfW(Sym) symbol;
	uint32_t hash[4];
	char strings[8];
};

void
elf_note(struct lk_buf *notes, uint32_t type, const void *record, size_t len)
{
	const ElfW(Nhdr) head = { sizeof(LK_NOTE_OWNER), (uint32_t)len, type };

	lk_buf_add(notes, &head, sizeof(head));
	lk_buf_add(notes, LK_NOTE_OWNER "\0\0\0", 12);
	lk_buf_add(notes, record, len);
	lk_buf_add(notes, "\0\0\0", (4 - len % 4) % 4);
}

static void
segment(ElfW(Phdr) *p, uint32_t type, size_t at, size_t len)
{
	p->p_type = type;
	p->p_offset = p->p_vaddr = p->p_paddr = at;
	p->p_filesz = p->p_memsz = len;
	p->p_align = 4;
	p->p_flags = PF_R;
}

static void
tag(ElfW(Dyn) *d, int64_t name, size_t value)
{
	d->d_tag = name;
	d->d_un.d_val = value;
}

void
elf_file(struct lk_buf *file, const void *notes, size_t len)
{
	struct frame f;

	memset(&f, 0, sizeof(f));
	memcpy(f.head.e_ident, __ehdr_start.e_ident, EI_NIDENT);
	f.head.e_type = ET_DYN;
	f.head.e_machine = __ehdr_start.e_machine;
	f.head.e_version = EV_CURRENT;
	f.head.e_phoff = offsetof(struct frame, load);
	f.head.e_ehsize = sizeof(f.head);
	f.head.e_phentsize = sizeof(f.load);
	f.head.e_phnum = 3;
	segment(&f.load, PT_LOAD, 0, sizeof(f) + len);
	segment(&f.dynamic, PT_DYNAMIC, offsetof(struct frame, tags),
		sizeof(f.tags));
	segment(&f.note, PT_NOTE, sizeof(f), len);
	tag(&f.tags[0], DT_STRTAB, offsetof(struct frame, strings));
	tag(&f.tags[1], DT_STRSZ, sizeof(f.strings));
	tag(&f.tags[2], DT_SYMTAB, offsetof(struct frame, symbol));
	tag(&f.tags[3], DT_SYMENT, sizeof(f.symbol));
	tag(&f.tags[4], DT_HASH, offsetof(struct frame, hash));
	f.hash[0] = f.hash[1] = 1;
	lk_buf_add(file, &f, sizeof(f));
	lk_buf_add(file, notes, len);
}
