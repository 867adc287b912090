/* Internationalised domain names. SPDX-License-Identifier: MIT */
#include "smtp/idn.h"

#include "base/ascii.h"
#include "base/error.h"

#include <idn2.h>

#include <string.h>

static int
fail(const char *domain, const char *why, struct lk_error *err)
{
	char shown[LK_DOMAIN_ROOM];

	lk_ascii_printable(shown, sizeof(shown), domain, strlen(domain));
	return lk_fail(err, LK_E_MESSAGE, "\"%s\" is no domain name: %s",
		       shown, why);
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
	r = idn2_to_ascii_8z(domain, &ascii,
			     IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	if (r == IDN2_MALLOC)
		return lk_fail_memory(err);
	if (r != IDN2_OK)
		return fail(domain, idn2_strerror(r), err);
	r = lk_ascii_copy(to, LK_DOMAIN_ROOM, ascii) ? 0 : -1;
	idn2_free(ascii);
	return r < 0 ? fail(domain, "it has more than 255 octets", err) : 0;
}
