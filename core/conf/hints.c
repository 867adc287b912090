/* What was probably meant by a value that breaks a rule.
 * SPDX-License-Identifier: MIT */
#include "conf/keys.h"

#include "base/ascii.h"
#include "base/error.h"
#include "conf/rules.h"

#include <string.h>

/* host = smtp.example.org:587 */
static void
advise_port(const char *name, const char *value, struct lk_error *err)
{
	const char *colon = strchr(value, ':');
	const size_t n = strlen(name), end = strlen("host");
	char host[256];

	if (!colon || lk_rule_port(colon + 1) || n < end ||
	    strcmp(name + n - end, "host") != 0)
		return;
	lk_ascii_printable(host, sizeof(host), value, (size_t)(colon - value));
	if (*host && !lk_rule_host(host))
		lk_advise(err, "%s = %s, and %.*sport = %s", name, host,
			  (int)(n - end), name, colon + 1);
}

/* match = a, @b, *.c */
static void
advise_domains(const char *name, const char *value, struct lk_error *err)
{
	char list[512] = "";
	const char *word;
	size_t len, n = 0;

	while ((word = lk_ascii_next(&value, " \t,;", &len))) {
		const bool is_any = len > 2 && memcmp(word, "*.", 2) == 0;
		const size_t skip = is_any ? 2 : *word == '@';

		if (n + len + 2 > sizeof(list))
			return;
		if (n)
			list[n++] = ' ';
		n += lk_ascii_printable(list + n, sizeof(list) - n,
					word + skip, len - skip);
	}
	if (!lk_rule_domains(list))
		lk_advise(err, "%s = %s", name, list);
}

void
lk_key_advise(enum lk_key_id id, const char *value, struct lk_error *err)
{
	const char *name = lk_keys[id].name;

	if (strstr(value, " #") || strstr(value, " ;"))
		lk_advise(err, "behind a value there is no comment: it has a "
			  "line of its own");
	else if (lk_keys[id].rule == lk_rule_host)
		advise_port(name, value, err);
	else if (lk_keys[id].rule == lk_rule_domains)
		advise_domains(name, value, err);
}
