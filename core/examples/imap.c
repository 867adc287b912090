/* imap [ACCOUNT]: log in over IMAP.  SPDX-License-Identifier: MIT
 *
 *     cc imap.c -o imap $(pkg-config --cflags --libs latchkey) */
#include "local.h"

static char line[16384];

/* Mechanisms are what stands behind AUTH= in the one line of capabilities: all of
 * them together are no longer than that. */
static void
begin(struct lk_auth *auth, FILE *net)
{
	struct lk_facts facts = { .size = sizeof(facts), .flags = privacy() };
	char offered[sizeof(line)] = "", *end = offered;
	const char *word = line;

	hear(net, line, sizeof(line));
	dprintf(fileno(net), "C CAPABILITY\r\n");
	hear(net, line, sizeof(line));
	if (strstr(line, " SASL-IR"))
		facts.flags |= LK_FACT_IR;
	while ((word = strstr(word, " AUTH=")) != NULL) {
		word += strlen(" AUTH=");
		end += snprintf(end, sizeof(offered) - (size_t)(end - offered),
				"%.*s ", (int)strcspn(word, " "), word);
	}
	while (*hear(net, line, sizeof(line)) == '*')
		;
	lk_auth_begin(auth, &facts, offered);
}

/* Untagged lines are not for the login, but for BYE; the tag is always A. */
static void
take_reply(struct lk_auth *auth, FILE *net)
{
	struct lk_reply reply = { .size = sizeof(reply), .enhanced = "" };
	const char *text;

	do
		text = hear(net, line, sizeof(line));
	while (*text == '*' && strncmp(text, "* BYE", 5) != 0);
	if (!*text) {
		lk_auth_lost(auth, LK_E_PROTOCOL);
		return;
	}
	if (*text != '+')
		text += 2;
	reply.text.data = (const unsigned char *)text;
	reply.text.len = strlen(text);
	lk_auth_reply(auth, &reply);
}

int
main(int argc, char **argv)
{
	struct lk_auth *auth = prepare(argc > 1 ? argv[1] : NULL, "imap",
				       lk_profile_imap());
	FILE *net = dial();
	struct lk_auth_want w;

	for (begin(auth, net); lk_auth_want(auth, &w),
	     w.kind != LK_AUTH_DONE && w.kind != LK_AUTH_STOP;) {
		if (w.kind == LK_AUTH_SEND) {
			dprintf(fileno(net), "%s%.*s\r\n",
				w.flags & LK_AUTH_COMMAND ? "A " : "",
				(int)w.line.len, (const char *)w.line.data);
			lk_auth_sent(auth);
		} else if (w.kind == LK_AUTH_READ) {
			take_reply(auth, net);
		} else {
			obey(auth, &w);
		}
	}
	return finish(auth, w.kind);
}
