/* keyring: prints the secret of an item of the Secret Service.
 * SPDX-License-Identifier: MIT */
#include "base/ascii.h"

#include <libsecret/secret.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

/* Together less than what a source is given. */
#define ANSWER_S 15
#define PROMPT_S 40

static const char usage[] =
	"usage: keyring NAME=VALUE...\n"
	"Prints the secret of the item that has these attributes.\n";

/* A line: what is wrong; and one: the way out. */
static int
fail(int status, const char *advice, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int
fail(int status, const char *advice, const char *format, ...)
{
	char words[1024], shown[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(words, sizeof(words), format, args);
	va_end(args);
	lk_ascii_printable(shown, sizeof(shown), words, strlen(words));
	fprintf(stderr, "keyring: %s\n", shown);
	lk_ascii_printable(shown, sizeof(shown), advice, strlen(advice));
	if (*shown)
		fprintf(stderr, "  hint: %s\n", shown);
	return status;
}

/* ---- deadlines ----------------------------------------------------------- */

#define STRING(number) STRING_OF(number)
#define STRING_OF(number) #number

static const char no_answer[] = "keyring: the Secret Service did not answer "
	"within " STRING(ANSWER_S) " s\n";
static const char no_person[] = "keyring: the keyring is locked, and nobody "
	"answered its question within " STRING(PROMPT_S) " s\n";

static const char *volatile too_late;

/* Whatever a library waits for. */
static void
end(int signal_number)
{
	const char *text = too_late;
	ssize_t n = write(STDERR_FILENO, text, strlen(text));

	(void)signal_number;
	(void)n;
	_exit(EX_TEMPFAIL);
}

static void
begin(const char *text, unsigned seconds)
{
	too_late = text;
	alarm(seconds);
}

/* ---- what is looked for -------------------------------------------------- */

/* NULL: an argument is no NAME=VALUE. */
static GHashTable *
attributes(char **argv)
{
	GHashTable *table = g_hash_table_new_full(g_str_hash, g_str_equal,
						  g_free, g_free);
	const char *equals;

	for (; *argv; argv++) {
		equals = strchr(*argv, '=');
		if (!equals || equals == *argv ||
		    !g_utf8_validate(*argv, -1, NULL)) {
			g_hash_table_unref(table);
			return NULL;
		}
		g_hash_table_replace(table, g_strndup(*argv, (gsize)(equals -
						      *argv)),
				     g_strdup(equals + 1));
	}
	return table;
}

/* The line that puts it there. */
static char *
store_line(char **argv)
{
	GString *line = g_string_new("secret-tool store --label=Latchkey");

	for (; *argv; argv++) {
		char **two = g_strsplit(*argv, "=", 2);
		int i;

		for (i = 0; i < 2; i++) {
			bool is_plain = *two[i] && !two[i][strspn(two[i],
				"abcdefghijklmnopqrstuvwxyz0123456789"
				"ABCDEFGHIJKLMNOPQRSTUVWXYZ@%_+:,./-")];
			char *quoted = is_plain ? g_strdup(two[i])
						: g_shell_quote(two[i]);

			g_string_append_printf(line, " %s", quoted);
			g_free(quoted);
		}
		g_strfreev(two);
	}
	return g_string_free(line, FALSE);
}

static int
fail_missing(char **argv)
{
	char *words = g_strjoinv(" ", argv), *line = store_line(argv);
	int r = fail(EX_CONFIG, line, "no item has %s", words);

	g_free(words);
	g_free(line);
	return r;
}

/* ---- the service --------------------------------------------------------- */

static int
fail_service(GError *error)
{
	int r;

	g_dbus_error_strip_remote_error(error);
	r = fail(EX_CONFIG, "start gnome-keyring, KeePassXC or another one in "
		 "this session, or name another source", "there is no Secret "
		 "Service here: %s", error->message);
	g_error_free(error);
	return r;
}

static int
unlock(SecretService *service, SecretItem *item)
{
	GList one = { .data = item };
	GError *error = NULL;
	int n, r = 0;

	if (!secret_item_get_locked(item))
		return 0;
	begin(no_person, PROMPT_S);
	n = secret_service_unlock_sync(service, &one, NULL, NULL, &error);
	if (n < 1)
		r = fail(EX_TEMPFAIL, "unlock it: log in to the desktop, or "
			 "open it in its program", "the keyring is locked, and "
			 "was not unlocked%s%s", error ? ": " : "",
			 error ? error->message : "");
	g_clear_error(&error);
	begin(no_answer, ANSWER_S);
	return r;
}

static int
print(SecretItem *item)
{
	SecretValue *value = secret_item_get_secret(item);
	const char *at;
	gsize left;
	ssize_t n = 1;

	if (!value)
		return fail(EX_CONFIG, "", "the item holds no secret");
	at = secret_value_get(value, &left);
	while (left && n > 0) {
		n = write(STDOUT_FILENO, at, left);
		if (n > 0) {
			at += n;
			left -= (gsize)n;
		}
	}
	secret_value_unref(value);
	return left ? fail(EX_TEMPFAIL, "", "standard output took not all of "
			   "the secret") : 0;
}

static int
give(SecretService *service, SecretItem *item)
{
	GError *error = NULL;
	int r = unlock(service, item);

	if (r)
		return r;
	if (secret_item_load_secret_sync(item, NULL, &error))
		return print(item);
	r = fail(EX_TEMPFAIL, "", "the secret is not given: %s",
		 error->message);
	g_error_free(error);
	return r;
}

static int
run(GHashTable *wanted, char **argv)
{
	SecretService *service;
	GError *error = NULL;
	GList *items;
	int r;

	service = secret_service_get_sync(SECRET_SERVICE_OPEN_SESSION, NULL,
					  &error);
	if (!service)
		return fail_service(error);
	items = secret_service_search_sync(service, NULL, wanted,
					   SECRET_SEARCH_NONE, NULL, &error);
	if (error)
		r = fail_service(error);
	else if (!items)
		r = fail_missing(argv);
	else
		r = give(service, items->data);
	g_list_free_full(items, g_object_unref);
	g_object_unref(service);
	secret_service_disconnect();
	return r;
}

/* A secret in memory is in no core dump, and no other process looks at it. */
static void
harden(void)
{
	static const struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGALRM, end);
}

int
main(int argc, char **argv)
{
	bool help = argc > 1 && strcmp(argv[1], "--help") == 0;
	GHashTable *wanted;
	int r;

	harden();
	if (argc < 2 || help) {
		fputs(usage, help ? stdout : stderr);
		return help ? 0 : EX_USAGE;
	}
	wanted = attributes(argv + 1);
	if (!wanted)
		return fail(EX_USAGE, "", "an argument is not NAME=VALUE in "
			    "UTF-8");
	begin(no_answer, ANSWER_S);
	r = run(wanted, argv + 1);
	g_hash_table_unref(wanted);
	return r;
}
