/* Addresses of the envelope. SPDX-License-Identifier: MIT */
#include "smtp/engine.h"

#include "base/ascii.h"
#include "base/error.h"
#include "smtp/idn.h"

#include <stdio.h>
#include <string.h>

#define ADDRESS_MAX (LK_ADDRESS_ROOM - 1)

bool
lk_address_is_ascii(const char *address)
{
	for (; *address; address++)
		if ((unsigned char)*address > 127)
			return false;
	return true;
}

int
lk_address_ascii(const char *address, char to[LK_ADDRESS_ROOM],
		 struct lk_error *err)
{
	const char *at = strrchr(address, '@');
	int local = at ? (int)(at - address) : 0;
	char domain[LK_DOMAIN_ROOM];
	struct lk_error why;
	int i;

	for (i = 0; i < local; i++)
		if ((unsigned char)address[i] > 127)
			break;
	if (!at || i < local) {
		lk_fail(err, LK_E_MESSAGE, "the address \"%s\" is not ASCII, "
			"and the server does not offer SMTPUTF8", address);
		lk_advise(err, "use an ASCII address, or a server that takes "
			  "others");
		return -1;
	}
	if (lk_idn_ascii(at + 1, domain, &why) < 0)
		return lk_fail(err, why.cls, "the address \"%s\": %s", address,
			       why.sentence);
	if ((size_t)snprintf(to, LK_ADDRESS_ROOM, "%.*s@%s", local, address,
			     domain) >= LK_ADDRESS_ROOM)
		return lk_fail(err, LK_E_MESSAGE, "the address \"%s\" has more "
			       "than %d octets in ASCII", address, ADDRESS_MAX);
	return 0;
}

int
lk_address_check(const char *address, bool utf8, struct lk_error *err)
{
	char shown[ADDRESS_MAX + 2], ascii[LK_ADDRESS_ROOM];
	size_t len = strnlen(address, ADDRESS_MAX + 1);

	lk_ascii_printable(shown, sizeof(shown), address, len);
	if (len > ADDRESS_MAX)
		lk_fail(err, LK_E_MESSAGE, "the address \"%.60s...\" has more "
			"than %d octets", shown, ADDRESS_MAX);
	else if (len == 0)
		lk_fail(err, LK_E_MESSAGE, "the address of a recipient is "
			"empty");
	else if (strcmp(shown, address) != 0)
		lk_fail(err, LK_E_MESSAGE, "the address \"%s\" has control "
			"characters, or is no UTF-8", shown);
	else if (address[strcspn(address, " <>")])
		lk_fail(err, LK_E_MESSAGE, "the address \"%s\" has blanks or "
			"angle brackets in it", shown);
	else if (utf8 || lk_address_is_ascii(address) ||
		 lk_address_ascii(address, ascii, err) == 0)
		return 0;
	if (err)
		err->stage = LK_STAGE_ENVELOPE;
	return -1;
}
