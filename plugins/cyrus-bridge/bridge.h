/* What the parts of the bridge share. SPDX-License-Identifier: MIT */
#ifndef BRIDGE_BRIDGE_H
#define BRIDGE_BRIDGE_H

#include <latchkey/provider.h>

#include <pthread.h>

#include <sasl/sasl.h>
#include <sasl/saslplug.h>

#define MOST 64                     /* names on the wire, ids of one of them */

/* ---- conf.c: bridge.conf, as far as it is for this program -------------- */

/* [host NAME] */
struct place {
	char *name;
	char *auth;                 /* or NULL */
	char *account;              /* or NULL */
	int is_trusted;             /* tls = trusted */
	struct place *next;
};

struct conf {
	char *mechs;                /* or NULL: all */
	char *accounts;             /* whose tokens are read at once; or NULL */
	char *state;                /* a directory, or NULL */
	int is_trusted;             /* tls = trusted, at every host */
	struct place *places;
};

/* 0, or -1 with *err set. */
int bridge_conf_read(struct conf *, const char *program, struct lk_error *);
void bridge_conf_free(struct conf *);

/* Of this host, or NULL. */
const struct place *bridge_conf_place(const struct conf *, const char *host);

#define LINE (sizeof(((struct lk_error *)0)->sentence) + \
	      sizeof(((struct lk_error *)0)->advice) + 64)

/* ---- words.c ------------------------------------------------------------ */

int bridge_equal(const char *a, const char *b); /* ASCII, any case */

/* The words of a list, one after the other: *at moves on; 0 at the end. */
int bridge_next(const char **at, char word[64]);

/* What a list says of a mechanism: 1 it is in it, -1 it is forbidden, 2 the list
 * is open to it, 0 nothing.  NULL: 2. */
int bridge_allows(const char *list, const struct lk_mech_record *);

/* The first word of a list, from 1 on, that means it; or 0. */
size_t bridge_place(const char *list, const struct lk_mech_record *);

/* "sentence: advice" as one line: in a log a second one would be a lie.  Returns
 * its length, cut to what there is room for. */
size_t bridge_line(char *line, size_t room, const char *sentence,
		   const char *advice);

/* ---- offer.c: what libsasl2 is told of ---------------------------------- */

/* One name on the wire, and the ids that say it, the default first. */
struct offer {
	struct bridge *bridge;
	struct lk_mech_record *ids[MOST];
	size_t n;
	size_t named;               /* its place in `mechs`; 0: let in by a `*` */
	int is_token;               /* the secret is a token, in all of them */
	int is_server_first;        /* as libsasl2 is told */
	struct offer *plus;         /* its form with a channel binding, or NULL */
	unsigned long prompts[3];
};

struct bridge {
	struct conf conf;
	struct lk_config *config;
	struct lk_host *host;
	const sasl_utils_t *utils;
	struct lk_account *kept[MOST]; /* whose tokens were read */
	pthread_mutex_t kept_lock;  /* an account is for one thread at a time */
	char *kept_names[MOST];
	size_t n_kept;
	struct offer *offers[MOST];
	sasl_client_plug_t plugs[MOST];
	size_t n, n_plugs;
	size_t users;               /* plugs that libsasl2 has not freed */
};

/* Load what the program may use, fill offers and plugs. */
int bridge_offer(struct bridge *, struct lk_error *);

/* ---- choose.c: whom and how --------------------------------------------- */

/* What a login goes by. */
struct choice {
	const struct lk_mech_record *id;
	const struct place *place;  /* or NULL */
	struct lk_account *account; /* or NULL; to be freed */
	struct lk_account *kept;    /* the same, with a token; or NULL */
};

/* user: as the program says, or NULL.  0, or -1 with *err set. */
int bridge_choose(const struct offer *, const char *service, const char *host,
		  const char *user, struct choice *, struct lk_error *);

/* ---- ask.c: what the program is asked for ------------------------------- */

enum what { AUTHID, AUTHZID, SECRET, WHATS };

struct answer {
	char *data;                 /* or NULL; a NUL follows */
	size_t len;
	int is_asked;
};

void bridge_answers_wipe(struct answer[WHATS]);

/* Ask for the first n, unless they were asked for.  SASL_OK; SASL_INTERACT:
 * *prompts are for the program, call again; or SASL_*. */
int bridge_ask(const sasl_utils_t *, size_t n, struct answer[WHATS],
	       sasl_interact_t **prompts);

/* ---- session.c ---------------------------------------------------------- */

int bridge_session_new(void *offer, sasl_client_params_t *, void **session);
int bridge_session_step(void *session, sasl_client_params_t *, const char *in,
			unsigned in_len, sasl_interact_t **prompts,
			const char **out, unsigned *out_len,
			sasl_out_params_t *);
void bridge_session_free(void *session, const sasl_utils_t *);

/* ---- bridge.c ------------------------------------------------------------ */

/* A line in the program's log. */
void bridge_tell(const sasl_utils_t *, int level, const struct lk_error *);

/* Fill an error; returns -1. */
int bridge_fail(struct lk_error *, int32_t cls, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* One plug less; with the last all goes. */
void bridge_release(void *offer, const sasl_utils_t *);

#endif
