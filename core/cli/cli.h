/* What the subcommands share. SPDX-License-Identifier: MIT */
#ifndef LK_CLI_CLI_H
#define LK_CLI_CLI_H

#include <latchkey/client.h>

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

struct lk_cli;

struct lk_cli_command {
	const char *name;
	const char *summary;        /* one line */
	const char *usage;          /* of --help */
	const char *options;        /* the letters of options.c that it takes;
				       NULL: it gets all words as args */

	/* An exit status, or -1 with *err set. */
	int (*run)(struct lk_cli *, struct lk_error *err);
};

extern const struct lk_cli_command lk_cli_send, lk_cli_login, lk_cli_mechs;
extern const struct lk_cli_command lk_cli_accounts, lk_cli_providers;
extern const struct lk_cli_command lk_cli_rehearse, lk_cli_demo, lk_cli_sasl;
extern const struct lk_cli_command lk_cli_sendmail;

/* KEY=VALUE of -o, or a flag that is a key. */
struct lk_cli_setting {
	const char *key;            /* up to its = or NUL */
	size_t key_len;
	const char *value;
};

/* One run of the command. */
struct lk_cli {
	const struct lk_cli_command *command;
	char **args;                /* operands, NULL at the end */
	size_t n_args;
	const char *url;            /* -s, or NULL */
	const char *name;           /* -a, or NULL */
	const char *from;           /* -f, or NULL */
	struct lk_cli_setting *settings;
	size_t n_settings;
	bool from_header, partial, list; /* -t, --partial, --list */
	bool all, each, json, retry;
	const char *subject, *offered, *tls, *unsent; /* or NULL */
	const char *service;        /* or NULL */
	char **to;                  /* of --to */
	size_t n_to;
	FILE *trace;                /* or NULL */
	struct timespec start;
	struct lk_config *config;   /* or NULL: nothing was read */
	struct lk_account *account;
	char called[512];           /* what names it, for a person */
	bool is_url;                /* a URL said it all */
	struct lk_host *host;
};

/* Read the command line.  0; 1: help was asked for; -1 with *err set. */
int lk_cli_parse(struct lk_cli *, int argc, char **argv, struct lk_error *err);


/* Options for a client, with the trace if one was asked for. */
struct lk_client_options lk_cli_client(struct lk_cli *);

void lk_cli_wipe(struct lk_cli *);

/* ---- choice.c ---------------------------------------------------------- */

/* Read all files; before lk_cli_host. */
int lk_cli_config(struct lk_cli *, struct lk_error *err);

/* No file has an account. */
bool lk_cli_is_new(const struct lk_cli *);

/* The account of -s, -a or `named`, an operand that is a name, an address or a
 * URL; else the one for `sender`, which may be NULL.  The settings of the
 * command line are over it. */
int lk_cli_account(struct lk_cli *, const char *named, const char *sender,
		   struct lk_error *err);

/* What the account that was chosen for this sender is called: by -a, by its
 * section, or as the sender. */
void lk_cli_account_name(const struct lk_cli *, const char *sender, char *to,
			 size_t room);

/* What is installed, as mechs.d has it; after the account, if there is one. */
int lk_cli_host(struct lk_cli *, struct lk_error *err);

/* What the word of --tls makes of a connection. */
int lk_cli_facts(const char *tls, const char *host, struct lk_facts *facts,
		 struct lk_error *err);

/* Is it a parameter of a mechanism whose value is a secret? */
bool lk_cli_is_secret(struct lk_host *, const char *key);

/* ---- advice.c ---------------------------------------------------------- */

/* After a failure: what the command and its files know about the way out. */
void lk_cli_advise(const struct lk_cli *, struct lk_error *err);

/* Until when the next login sends nothing: seconds since 1970, or 0. */
int64_t lk_cli_held_until(const struct lk_cli *, const struct lk_error *err);

/* ---- hints.c ----------------------------------------------------------- */

/* The word of `words` (NULL at the end) that is nearest to this one; NULL: none
 * is near. */
const char *lk_cli_nearest(const char *word, const char *const *words);

/* Does it begin with a scheme that -s takes? */
bool lk_cli_is_url(const char *text);

/* Warn of what LATCHKEY_PLUGIN_PATH names and is no directory. */
void lk_cli_check_path(void);

/* ---- sasl.c ------------------------------------------------------------ */

/* Tell the script of it, whatever it was. */
void lk_cli_sasl_failed(const struct lk_error *);

/* ---- state.c ----------------------------------------------------------- */

/* The state directory, or NULL: there is no home.  make: the directories above
 * it. */
const char *lk_cli_state_dir(char path[PATH_MAX], bool make);

/* ---- report.c ---------------------------------------------------------- */

/* The class, for what stands before the sentence; "": the sentence says what is
 * missing, or has the class in it. */
const char *lk_cli_class(const struct lk_error *);

/* For a person, on standard error or elsewhere. */
void lk_cli_report(const struct lk_error *);
void lk_cli_report_to(FILE *, const struct lk_error *);
void lk_cli_report_advice(FILE *, const struct lk_error *);
void lk_cli_warn(const char *text);

/* One line for each recipient that was refused.  How many there were. */
size_t lk_cli_report_recipients(const struct lk_envelope *,
				const struct lk_error *err);

/* ---- rehearse.c -------------------------------------------------------- */

/* The file of a provider to rehearse with: by its name, or as it is named. */
int lk_cli_rehearsal(const char *name, char path[PATH_MAX],
		     struct lk_error *err);

/* A new directory for its mail, below TMPDIR; else "". */
int lk_cli_mail_dir(char path[PATH_MAX], struct lk_error *err);

/* ---- authorize.c ------------------------------------------------------- */

/* latchkey accounts authorize NAME, refresh NAME|--all; the verb is the first
 * operand.  The exit status of the program that has the tokens, the worst one of
 * several; or -1 with *err. */
int lk_cli_authorize(struct lk_cli *, struct lk_error *err);
int lk_cli_refresh(struct lk_cli *, struct lk_error *err);

/* Where our program of this name should be; false, errno: it cannot be run. */
bool lk_cli_helper(char path[PATH_MAX], const char *name);

/* The keys that `oauth` needs and the account does not have, by commas.
 * by_person: also those to have a person allow it.  false: none. */
bool lk_cli_oauth_missing(const struct lk_account *, bool by_person,
			  char *keys, size_t room);

/* ---- trace.c ----------------------------------------------------------- */

/* Open the trace: NULL = standard error. */
int lk_cli_trace_open(struct lk_cli *, const char *path, struct lk_error *err);

/* struct lk_client_options.trace; ctx is the struct lk_cli. */
void lk_cli_trace(void *ctx, const struct lk_trace *);

#endif
