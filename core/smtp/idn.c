/* Internationalised domain names. SPDX-License-Identifier: MIT */
#include "smtp/idn.h"

#include "base/ascii.h"
#include "base/error.h"

#include <dlfcn.h>
#include <idn2.h>
#include <pthread.h>
#include <string.h>

#define LIBRARY "libidn2.so.0"

static int
fail(const char *domain, const char *why, struct lk_error *err)
{
	char shown[LK_DOMAIN_ROOM];

	lk_ascii_printable(shown, sizeof(shown), domain, strlen(domain));
	return lk_fail(err, LK_E_MESSAGE, "\"%s\" is no domain name: %s",
		       shown, why);
}

/* Few names need it, and all programs would pay for its tables: a third of a
 * MiB, and a twentieth of the time that sending one message takes. */
static struct {
	pthread_once_t once;
	const char *why;            /* it is not there */
	__typeof__(idn2_to_ascii_8z) *to_ascii;
	__typeof__(idn2_strerror) *strerror;
	__typeof__(idn2_free) *free;
} idn = { .once = PTHREAD_ONCE_INIT };

static void
load(void)
{
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

	if (library) {
		*(void **)&idn.to_ascii = dlsym(library, "idn2_to_ascii_8z");
		*(void **)&idn.strerror = dlsym(library, "idn2_strerror");
		*(void **)&idn.free = dlsym(library, "idn2_free");
	}
	if (!library || !idn.to_ascii || !idn.strerror || !idn.free)
		idn.why = "it needs " LIBRARY ", which cannot be loaded";
}

int
lk_idn_ascii(const char *domain, char to[LK_DOMAIN_ROOM],
	     struct lk_error *err)
{
	const char *p = domain;
	char *ascii;
	int r;

	while (*p && (unsigned char)*p < 0x80)
		p++;
	if (!*p) {
		if (lk_ascii_copy(to, LK_DOMAIN_ROOM, domain))
			return 0;
		return fail(domain, "it has more than 255 octets", err);
	}
	pthread_once(&idn.once, load);
	if (idn.why)
		return fail(domain, idn.why, err);
	r = idn.to_ascii(domain, &ascii,
			 IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	if (r == IDN2_MALLOC)
		return lk_fail_memory(err);
	if (r != IDN2_OK)
		return fail(domain, idn.strerror(r), err);
	r = lk_ascii_copy(to, LK_DOMAIN_ROOM, ascii) ? 0 : -1;
	idn.free(ascii);
	return r < 0 ? fail(domain, "it has more than 255 octets", err) : 0;
}
