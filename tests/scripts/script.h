/* A conversation file, as FORMAT.md describes it. SPDX-License-Identifier: MIT */
#ifndef SCRIPT_H
#define SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

#define SCRIPT_MAILS 8
#define SCRIPT_TO    128
#define SCRIPT_PARAMS 8

struct text {
	char *data;                 /* with a NUL behind it */
	size_t len;
};

struct script_mail {
	char *from;
	char *to[SCRIPT_TO];
	size_t count;
	struct text message;
	bool partial, last;
};

struct script_options {
	char *tls, *ehlo, *host, *peer, *user, *authzid, *realm, *auth;
	char *password, *token, *renewed;
	const char *params[SCRIPT_PARAMS + 1];
	size_t n_params;
	unsigned port, failure_budget;
	bool insecure_plaintext, fallback_to_plaintext;
	bool private, unverified, pending;
	struct script_mail mails[SCRIPT_MAILS];
	size_t n_mails;
};

enum turn_kind {
	TURN_SERVER,
	TURN_CLIENT,
	TURN_CLIENT_GLOB,
	TURN_TLS,
	TURN_CONNECT,
	TURN_DROP,
	TURN_TIMEOUT,
	TURN_END,
	TURN_CHECK,                 /* after END: word, text */
	TURN_OPTION,                /* after END: word, text */
};

struct turn {
	enum turn_kind kind;
	int line;
	char *word;
	struct text text;           /* escapes undone */
};

struct script {
	const char *path;
	struct turn *turns;
	size_t n;
};

/* Read a file; what is wrong with it is printed, and -1 returned. */
int script_read(struct script *, const char *path);
void script_free(struct script *);

/* Take one option.  -1: there is no such option, or its value is wrong. */
int script_option(struct script_options *, const char *word,
		  const struct text *);
void script_options_free(struct script_options *);

#endif
