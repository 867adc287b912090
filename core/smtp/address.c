/* Addresses of the envelope. SPDX-License-Identifier: MIT */
#include "smtp/engine.h"

#include "base/ascii.h"
#include "base/error.h"

#include <string.h>

#define ADDRESS_MAX 254             /* a path is 256, with < and > (RFC 5321,
				       4.5.3.1.3) */

bool
lk_address_is_ascii(const char *address)
{
	for (; *address; address++)
		if ((unsigned char)*address > 127)
			return false;
	return true;
}

int
lk_address_check(const char *address, bool utf8, struct lk_error *err)
{
	char shown[ADDRESS_MAX + 2];
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
	else if (!utf8 && !lk_address_is_ascii(address))
		lk_fail(err, LK_E_MESSAGE, "the address \"%s\" is not ASCII, "
			"and the server does not offer SMTPUTF8", shown);
	else
		return 0;
	if (err) {
		err->stage = LK_STAGE_ENVELOPE;
		if (!lk_address_is_ascii(address))
			lk_advise(err, "use an ASCII address, or a server "
				  "that takes others");
	}
	return -1;
}
