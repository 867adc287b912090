/* The command: which subcommand, and how it ends.
 * SPDX-License-Identifier: MIT */
#include "cli/json.h"

#include "base/ascii.h"
#include "base/error.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static const struct lk_cli_command *const commands[] = {
	&lk_cli_send, &lk_cli_login, &lk_cli_accounts, &lk_cli_providers,
	&lk_cli_mechs, &lk_cli_sasl, &lk_cli_rehearse, &lk_cli_demo,
	&lk_cli_sendmail,
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void
print_help(FILE *to)
{
	size_t i;

	fputs("usage: latchkey COMMAND [OPTION]... [ARGUMENT]...\n\n", to);
	for (i = 0; i < COMMANDS; i++)
		fprintf(to, "  %-11s%s\n", commands[i]->name,
			commands[i]->summary);
	fputs("\nlatchkey COMMAND --help tells more; latchkey --version.\n",
	      to);
}

static void
print_command_help(const struct lk_cli_command *command)
{
	fputs(command->usage, stdout);
	if (strchr(command->options, 'P'))
		fputs("\nWhere it logs in:\n"
		      "  --password-from SOURCE, --token-from SOURCE\n"
		      "                     file:PATH, cmd:PROGRAM ARG..., "
		      "env:NAME,\n"
		      "                     fd:N, credential:NAME, netrc, "
		      "keyring\n"
		      "                     or prompt\n"
		      "  -o KEY=VALUE       any other setting; see "
		      "latchkey(1)\n",
		      stdout);
	if (strchr(command->options, 'Y'))
		fputs("  --retry            at once, although a secret was "
		      "refused\n", stdout);
	if (strchr(command->options, 'J'))
		fputs("  --json             the result as a JSON object\n",
		      stdout);
	if (!strchr(command->options, 'T'))
		return;
	fputs("\nEverywhere:\n"
	      "  --trace[=FILE]     what goes over the wire, and its meaning\n",
	      stdout);
}

/* A secret in memory is in no core dump, and no other process looks at it. */
static void
harden(void)
{
	static const struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	/* a log that is full must not look like a mail that was not sent */
	(void)signal(SIGXFSZ, SIG_IGN);
}

/* One of the first three that is closed would be the next file or connection,
 * and what is told to a person would go there.  These fail as it would. */
static void
keep_standard(void)
{
	static const int modes[] = { O_WRONLY, O_RDONLY, O_RDONLY };
	int fd;

	for (fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)open("/dev/null", modes[fd]);
}

static int
usage(const char *word)
{
	const char *names[COMMANDS + 1] = { NULL }, *near;
	struct lk_error err = { 0 };
	char shown[48];
	size_t i;

	for (i = 0; i < COMMANDS; i++)
		names[i] = commands[i]->name;
	lk_ascii_printable(shown, sizeof(shown), word, strcspn(word, "="));
	near = lk_cli_nearest(shown, names);
	lk_fail(&err, LK_E_USAGE, "unknown command \"%s\"%s%s", shown,
		near ? "; nearest: " : "", near ? near : "");
	lk_advise(&err, "latchkey --help lists the commands");
	lk_cli_report(&err);
	return lk_error_exit(err.cls);
}

static int
run(const struct lk_cli_command *command, int argc, char **argv)
{
	struct lk_cli cli = { .command = command };
	struct lk_error err = { 0 };
	int r = 0;

	if (command->options) {
		r = lk_cli_parse(&cli, argc, argv, &err);
	} else {
		cli.args = argv + 1;
		cli.n_args = (size_t)argc - 1;
	}
	if (r == 1)
		print_command_help(command);
	r = r == 0 ? command->run(&cli, &err) : r == 1 ? 0 : -1;
	if (r < 0) {
		lk_cli_advise(&cli, &err);
		if (command == &lk_cli_sasl)
			lk_cli_sasl_failed(&err);
		if (cli.json)
			lk_json_failed(&cli, &err);
		else
			lk_cli_report(&err);
		r = lk_error_exit(err.cls ? err.cls : LK_E_INTERNAL);
	}
	lk_cli_wipe(&cli);
	return r;
}

/* Installed under its name it is sendmail. */
static bool
is_sendmail(const char *path)
{
	const char *slash = strrchr(path, '/');

	return strcmp(slash ? slash + 1 : path, lk_cli_sendmail.name) == 0;
}

int
main(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : NULL;
	size_t i;
	int r = 0;

	keep_standard();
	harden();
	if (argc > 0 && is_sendmail(argv[0]))
		return run(&lk_cli_sendmail, argc, argv);
	if (!word) {
		print_help(stderr);
		return lk_error_exit(LK_E_USAGE);
	}
	for (i = 0; i < COMMANDS; i++)
		if (strcmp(word, commands[i]->name) == 0)
			break;
	if (i < COMMANDS)
		r = run(commands[i], argc - 1, argv + 1);
	else if (lk_ascii_has_word("--help -h help", word, strlen(word)))
		print_help(stdout);
	else if (strcmp(word, "--version") == 0)
		printf("latchkey %s\n", lk_version());
	else
		r = usage(word);
	if ((fflush(stdout) != 0 || ferror(stdout)) && r == 0) {
		lk_cli_warn("standard output took not all of it");
		r = lk_error_exit(LK_E_TRANSIENT);
	}
	return r;
}
