/* pop3 [ACCOUNT]: log in over POP3.  SPDX-License-Identifier: MIT
 *
 *     cc pop3.c -o pop3 $(pkg-config --cflags --libs latchkey) */
#include "local.h"

static char line[16384];

/* Mechanisms are what stands behind SASL in the list of capabilities. */
static void
begin(struct lk_auth *auth, FILE *net)
{
	struct lk_facts facts = { .size = sizeof(facts), .flags = privacy() };
	char offered[sizeof(line)] = "";

	hear(net, line, sizeof(line));
	dprintf(fileno(net), "CAPA\r\n");
	while (strcmp(hear(net, line, sizeof(line)), ".") != 0 && *line &&
	       *line != '-')
		if (strncmp(line, "SASL ", 5) == 0)
			memcpy(offered, line + 5, sizeof(line) - 5);
	lk_auth_begin(auth, &facts, offered);
}

static void
take_reply(struct lk_auth *auth, FILE *net)
{
	struct lk_reply reply = { .size = sizeof(reply), .enhanced = "" };
	const char *text = hear(net, line, sizeof(line));

	if (!*text) {
		lk_auth_lost(auth, LK_E_PROTOCOL);
		return;
	}
	reply.text.data = (const unsigned char *)text;
	reply.text.len = strlen(text);
	lk_auth_reply(auth, &reply);
}

int
main(int argc, char **argv)
{
	struct lk_auth *auth = prepare(argc > 1 ? argv[1] : NULL, "pop3",
				       lk_profile_pop3());
	FILE *net = dial();
	struct lk_auth_want w;

	for (begin(auth, net); lk_auth_want(auth, &w),
	     w.kind != LK_AUTH_DONE && w.kind != LK_AUTH_STOP;) {
		if (w.kind == LK_AUTH_SEND) {
			dprintf(fileno(net), "%.*s\r\n", (int)w.line.len,
				(const char *)w.line.data);
			lk_auth_sent(auth);
		} else if (w.kind == LK_AUTH_READ) {
			take_reply(auth, net);
		} else {
			obey(auth, &w);
		}
	}
	return finish(auth, w.kind);
}
