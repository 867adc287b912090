/* Is this file a whole shared object for this machine?
 * SPDX-License-Identifier: MIT */
#include "mech/elf.h"

#include "base/error.h"

#include <elf.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DYNAMIC_MAX 65536
#define CHAIN_MAX 4096              /* symbols in one bucket */

/* The linker's name for the ELF header of the code that this is part of: what
 * is native, without a table of machines. */
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

int
lk_elf_bad(struct lk_error *err, const char *what)
{
	return lk_fail(err, LK_E_CONFIG, "damaged or no plugin: %s", what);
}

bool
lk_elf_is_inside(uint64_t at, uint64_t len, uint64_t size)
{
	return len <= size && at <= size - len;
}

static int
read_all(const struct lk_elf *e, void *to, size_t len, uint64_t at,
	 struct lk_error *err)
{
	char *p = to;

	while (len) {
		ssize_t n = pread(e->fd, p, len, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return lk_fail(err, LK_E_CONFIG,
				       "cannot be read: %m");
		if (n == 0)
			return lk_elf_bad(err, "it became shorter");
		p += n;
		len -= (size_t)n;
		at += (uint64_t)n;
	}
	return 0;
}

/* len octets at this place, which must be inside of the file. */
int
lk_elf_read(const struct lk_elf *e, void *to, size_t len, uint64_t at,
	struct lk_error *err)
{
	if (!lk_elf_is_inside(at, len, e->size))
		return lk_elf_bad(err, "it is shorter than its headers say");
	if (!lk_elf_is_inside(at, len, e->n_start))
		return read_all(e, to, len, at, err);
	memcpy(to, e->start + at, len);
	return 0;
}

static int
read_start(struct lk_elf *e, struct lk_error *err)
{
	size_t n = e->size < LK_ELF_START ? (size_t)e->size : LK_ELF_START;

	if (read_all(e, e->start, n, 0, err) < 0)
		return -1;
	e->n_start = n;
	return 0;
}

static int
read_head(struct lk_elf *e, struct lk_error *err)
{
	const ElfW(Ehdr) *own = &__ehdr_start;
	ElfW(Ehdr) *h = &e->head;

	if (e->size < sizeof(*h))
		return lk_elf_bad(err, "too short for an ELF file");
	if (lk_elf_read(e, h, sizeof(*h), 0, err) < 0)
		return -1;
	if (memcmp(h->e_ident, ELFMAG, SELFMAG) != 0)
		return lk_elf_bad(err, "not an ELF file");
	if (h->e_ident[EI_CLASS] != own->e_ident[EI_CLASS] ||
	    h->e_ident[EI_DATA] != own->e_ident[EI_DATA] ||
	    h->e_machine != own->e_machine)
		return lk_fail(err, LK_E_CONFIG, "built for another machine: "
			       "ELF class %u, byte order %u, machine %u; this "
			       "program has %u, %u, %u",
			       h->e_ident[EI_CLASS], h->e_ident[EI_DATA],
			       h->e_machine, own->e_ident[EI_CLASS],
			       own->e_ident[EI_DATA], own->e_machine);
	if (h->e_ident[EI_VERSION] != EV_CURRENT || h->e_type != ET_DYN)
		return lk_elf_bad(err, "not a shared object");
	if (h->e_phentsize != sizeof(ElfW(Phdr)) || h->e_phnum == 0 ||
	    h->e_phnum > LK_ELF_SEGMENTS)
		return lk_elf_bad(err, "its program headers make no sense");
	e->n_segments = h->e_phnum;
	return lk_elf_read(e, e->segments, e->n_segments * sizeof(*e->segments),
		       h->e_phoff, err);
}

/* Section headers are of no use to us, but linkers write them last: what they
 * say of themselves shows whether the end of the file is still there. */
static int
check_end(const struct lk_elf *e, struct lk_error *err)
{
	const ElfW(Ehdr) *h = &e->head;
	ElfW(Shdr) names;
	uint64_t len = (uint64_t)h->e_shnum * sizeof(names);

	if (h->e_shoff == 0 || h->e_shnum == 0)
		return 0;
	if (h->e_shentsize != sizeof(names) ||
	    !lk_elf_is_inside(h->e_shoff, len, e->size))
		return lk_elf_bad(err, "its end is missing");
	if (h->e_shstrndx == SHN_UNDEF || h->e_shstrndx >= h->e_shnum)
		return 0;
	if (lk_elf_read(e, &names, sizeof(names),
		    h->e_shoff + h->e_shstrndx * sizeof(names), err) < 0)
		return -1;
	if (names.sh_type != SHT_STRTAB ||
	    !lk_elf_is_inside(names.sh_offset, names.sh_size, e->size))
		return lk_elf_bad(err, "its end is overwritten");
	return 0;
}

/* Segments inside of the file; *dynamic: the one and only. */
static int
check_segments(const struct lk_elf *e, const ElfW(Phdr) **dynamic,
	       struct lk_error *err)
{
	size_t loads = 0, i;

	*dynamic = NULL;
	for (i = 0; i < e->n_segments; i++) {
		const ElfW(Phdr) *p = &e->segments[i];

		if (p->p_type != PT_LOAD && p->p_type != PT_DYNAMIC)
			continue;
		if (!lk_elf_is_inside(p->p_offset, p->p_filesz, e->size) ||
		    p->p_filesz > p->p_memsz)
			return lk_elf_bad(err, "a segment is not in the file");
		if (p->p_type == PT_LOAD)
			loads++;
		else if (*dynamic)
			return lk_elf_bad(err, "it has two dynamic segments");
		else
			*dynamic = p;
	}
	if (!loads || !*dynamic)
		return lk_elf_bad(err, "it has nothing to load");
	return 0;
}

/* Where in the file an address is, if len octets from there are. */
static bool
to_offset(const struct lk_elf *e, uint64_t address, uint64_t len, uint64_t *at)
{
	size_t i;

	for (i = 0; i < e->n_segments; i++) {
		const ElfW(Phdr) *p = &e->segments[i];

		if (p->p_type != PT_LOAD || address < p->p_vaddr ||
		    !lk_elf_is_inside(address - p->p_vaddr, len, p->p_filesz))
			continue;
		*at = p->p_offset + (address - p->p_vaddr);
		return true;
	}
	return false;
}

static int
check_strings(const struct lk_elf *e, const uint64_t *tags,
	      struct lk_error *err)
{
	uint64_t at, len = tags[DT_STRSZ];
	char first, last;

	if (!len || !to_offset(e, tags[DT_STRTAB], len, &at))
		return lk_elf_bad(err, "its dynamic strings are missing");
	if (lk_elf_read(e, &first, 1, at, err) < 0 ||
	    lk_elf_read(e, &last, 1, at + len - 1, err) < 0)
		return -1;
	if (first || last)
		return lk_elf_bad(err, "its dynamic strings are overwritten");
	return 0;
}

/* The dynamic linker divides by what stands here. */
static int
check_gnu_hash(const struct lk_elf *e, uint64_t hash, struct lk_error *err)
{
	uint32_t n[4];          /* buckets, first symbol, words, shift */
	uint64_t at, len;

	if (!to_offset(e, hash, sizeof(n), &at))
		return lk_elf_bad(err, "its symbol hash is missing");
	if (lk_elf_read(e, n, sizeof(n), at, err) < 0)
		return -1;
	len = sizeof(n) + (uint64_t)n[2] * sizeof(ElfW(Addr)) +
	      (uint64_t)n[0] * sizeof(*n);
	if (!n[0] || !n[2] || (n[2] & (n[2] - 1)) || n[3] > 31 ||
	    !to_offset(e, hash, len, &at))
		return lk_elf_bad(err, "its symbol hash is overwritten");
	return 0;
}

static int
check_hash(const struct lk_elf *e, uint64_t hash, struct lk_error *err)
{
	Elf_Symndx n[2];        /* buckets, symbols */
	uint64_t at, len;

	if (!to_offset(e, hash, sizeof(n), &at))
		return lk_elf_bad(err, "its symbol hash is missing");
	if (lk_elf_read(e, n, sizeof(n), at, err) < 0)
		return -1;
	if (!n[0] || !n[1] || n[0] > e->size || n[1] > e->size)
		return lk_elf_bad(err, "its symbol hash is overwritten");
	len = (2 + (uint64_t)n[0] + n[1]) * sizeof(*n);
	if (!to_offset(e, hash, len, &at))
		return lk_elf_bad(err, "its symbol hash is overwritten");
	return 0;
}

static int
check_tables(const struct lk_elf *e, const uint64_t *tags, uint64_t gnu_hash,
	     struct lk_error *err)
{
	static const struct {
		int table, size;
	} tables[] = {
		{ DT_RELA, DT_RELASZ },
		{ DT_REL, DT_RELSZ },
		{ DT_JMPREL, DT_PLTRELSZ },
		{ DT_INIT_ARRAY, DT_INIT_ARRAYSZ },
		{ DT_FINI_ARRAY, DT_FINI_ARRAYSZ },
	};
	static const ElfW(Sym) none;
	ElfW(Sym) symbol;
	uint64_t at;
	size_t i;

	if (check_strings(e, tags, err) < 0 ||
	    (gnu_hash && check_gnu_hash(e, gnu_hash, err) < 0) ||
	    (tags[DT_HASH] && check_hash(e, tags[DT_HASH], err) < 0))
		return -1;
	if (!gnu_hash && !tags[DT_HASH])
		return lk_elf_bad(err, "it has no symbol hash");
	if (tags[DT_SYMENT] != sizeof(symbol) ||
	    !to_offset(e, tags[DT_SYMTAB], sizeof(symbol), &at))
		return lk_elf_bad(err, "its dynamic symbols are missing");
	if (lk_elf_read(e, &symbol, sizeof(symbol), at, err) < 0)
		return -1;
	if (memcmp(&symbol, &none, sizeof(symbol)) != 0)
		return lk_elf_bad(err, "its dynamic symbols are overwritten");
	for (i = 0; i < sizeof(tables) / sizeof(*tables); i++)
		if (tags[tables[i].table] &&
		    !to_offset(e, tags[tables[i].table],
			       tags[tables[i].size], &at))
			return lk_elf_bad(err, "a dynamic table is not in "
					  "the file");
	return 0;
}

/* Does .dynamic, n entries, make sense? */
static int
check_dynamic(struct lk_elf *e, const ElfW(Dyn) *dynamic, size_t n,
	      struct lk_error *err)
{
	uint64_t tags[DT_NUM] = { 0 }, gnu_hash = 0, longest = 0;
	size_t i;

	for (i = 0; i < n && dynamic[i].d_tag != DT_NULL; i++) {
		uint64_t value = dynamic[i].d_un.d_val;
		int64_t tag = dynamic[i].d_tag;

		if (tag == DT_GNU_HASH)
			gnu_hash = value;
		else if (tag > 0 && tag < DT_NUM)
			tags[tag] = value;
		if ((tag == DT_NEEDED || tag == DT_SONAME ||
		     tag == DT_RPATH || tag == DT_RUNPATH) && value > longest)
			longest = value;
	}
	if (i == n)
		return lk_elf_bad(err, "its dynamic segment has no end");
	if (check_tables(e, tags, gnu_hash, err) < 0)
		return -1;
	if (longest >= tags[DT_STRSZ])
		return lk_elf_bad(err, "a dynamic name has no string");
	e->symbols = tags[DT_SYMTAB];
	e->strings = tags[DT_STRTAB];
	e->gnu_hash = gnu_hash;
	return 0;
}

static int
read_dynamic(struct lk_elf *e, const ElfW(Phdr) *p, struct lk_error *err)
{
	ElfW(Dyn) *dynamic;
	int r = -1;

	if (p->p_filesz < sizeof(*dynamic) || p->p_filesz > DYNAMIC_MAX)
		return lk_elf_bad(err, "its dynamic segment makes no sense");
	dynamic = malloc(p->p_filesz);
	if (!dynamic)
		return lk_fail_memory(err);
	if (lk_elf_read(e, dynamic, p->p_filesz, p->p_offset, err) == 0)
		r = check_dynamic(e, dynamic, p->p_filesz / sizeof(*dynamic),
				  err);
	free(dynamic);
	return r;
}

int
lk_elf_open(struct lk_elf *e, int fd, uint64_t size, struct lk_error *err)
{
	const ElfW(Phdr) *dynamic;

	memset(e, 0, offsetof(struct lk_elf, start));
	e->fd = fd;
	e->size = size;
	if (read_start(e, err) < 0 || read_head(e, err) < 0 ||
	    check_end(e, err) < 0 ||
	    check_segments(e, &dynamic, err) < 0)
		return -1;
	return read_dynamic(e, dynamic, err);
}

/* ---- a symbol ------------------------------------------------------------ */

static bool
read_memory(const struct lk_elf *e, void *to, size_t len, uint64_t address)
{
	uint64_t at;

	return to_offset(e, address, len, &at) &&
	       lk_elf_read(e, to, len, at, NULL) == 0;
}

static bool
is_definition(const struct lk_elf *e, uint64_t i, const char *name)
{
	const size_t len = strlen(name) + 1;
	char found[64];
	ElfW(Sym) s;

	return len <= sizeof(found) &&
	       read_memory(e, &s, sizeof(s), e->symbols + i * sizeof(s)) &&
	       s.st_shndx != SHN_UNDEF &&
	       read_memory(e, found, len, e->strings + s.st_name) &&
	       memcmp(found, name, len) == 0;
}

/* By the hash of the name to a bucket, in it to the first symbol of a chain;
 * the lowest bit of a link ends it. */
bool
lk_elf_exports(const struct lk_elf *e, const char *name)
{
	uint64_t links = e->gnu_hash, buckets;
	uint32_t n[4], hash = 5381, i, link = 0, left = CHAIN_MAX;
	const char *p;

	if (!e->gnu_hash)
		return true;
	for (p = name; *p; p++)
		hash = hash * 33 + (unsigned char)*p;
	/* buckets, first symbol, words of a filter, shift: they make sense */
	if (!read_memory(e, n, sizeof(n), e->gnu_hash))
		return false;
	buckets = links + sizeof(n) + (uint64_t)n[2] * sizeof(ElfW(Addr));
	links = buckets + (uint64_t)n[0] * sizeof(*n);
	if (!read_memory(e, &i, sizeof(i), buckets + hash % n[0] * sizeof(i)) ||
	    i < n[1])
		return false;
	for (; left && !(link & 1); i++, left--) {
		if (!read_memory(e, &link, sizeof(link),
				 links + (uint64_t)(i - n[1]) * sizeof(link)))
			return false;
		if ((link | 1) == (hash | 1) && is_definition(e, i, name))
			return true;
	}
	return false;
}
