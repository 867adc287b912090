/* latchkey rehearse. SPDX-License-Identifier: MIT */
#include "cli/cli.h"

#include "base/ascii.h"
#include "base/error.h"
#include "rehearse/rehearse.h"
#include "rehearse/script.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENDING ".smtp"

/* Where providers to rehearse with are installed. */
static const char *
data_dir(void)
{
	const char *own = secure_getenv("LATCHKEY_REHEARSE_PATH");

	return own && *own ? own : LATCHKEY_DATA_DIR "/rehearse";
}

static bool
has_ending(const char *name)
{
	size_t n = strlen(name), ending = strlen(ENDING);

	return n > ending && strcmp(name + n - ending, ENDING) == 0;
}

/* ---- --list ------------------------------------------------------------- */

static int
is_script(const struct dirent *d)
{
	return d->d_name[0] != '.' && has_ending(d->d_name);
}

static int
list(struct lk_error *err)
{
	struct dirent **names = NULL;
	char path[PATH_MAX], title[256];
	int n = scandir(data_dir(), &names, is_script, alphasort), i;

	if (n < 0)
		return lk_fail(err, LK_E_CONFIG, "%s cannot be read: %s",
			       data_dir(), strerror(errno));
	for (i = 0; i < n; i++) {
		const char *name = names[i]->d_name;

		snprintf(path, sizeof(path), "%s/%s", data_dir(), name);
		lk_script_title(path, title, sizeof(title));
		printf("%-18.*s%s\n", (int)(strlen(name) - strlen(ENDING)),
		       name, title);
		free(names[i]);
	}
	free(names);
	return 0;
}

/* ---- one rehearsal ------------------------------------------------------ */

int
lk_cli_rehearsal(const char *name, char path[PATH_MAX], struct lk_error *err)
{
	bool is_file = strchr(name, '/') || has_ending(name);
	int n = is_file ? snprintf(path, PATH_MAX, "%s", name)
			: snprintf(path, PATH_MAX, "%s/%s%s", data_dir(), name,
				   ENDING);
	char shown[64];

	if (n < PATH_MAX && access(path, F_OK) == 0)
		return 0;
	lk_ascii_printable(shown, sizeof(shown), name, strlen(name));
	if (is_file)
		return lk_fail(err, LK_E_USAGE, "there is no file %s", shown);
	lk_fail(err, LK_E_USAGE, "no provider \"%s\" can be rehearsed with",
		shown);
	lk_advise(err, "latchkey rehearse --list says which can; a file of "
		  "your own needs a / or " ENDING " in its name");
	return -1;
}

static int
take_number(unsigned *to, const struct lk_cli_setting *s, long max,
	    struct lk_error *err)
{
	long n = lk_ascii_number(s->value, strlen(s->value), max);

	*to = (unsigned)n;
	if (n >= 0)
		return 0;
	return lk_fail(err, LK_E_USAGE, "--%.*s: \"%.40s\" is not 0-%ld",
		       (int)s->key_len, s->key, s->value, max);
}

static int
take_settings(const struct lk_cli *c, struct lk_rehearse_options *o,
	      struct lk_error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; i < c->n_settings && r == 0; i++) {
		const struct lk_cli_setting *s = &c->settings[i];

		if (strncmp(s->key, "address", s->key_len) == 0)
			o->address = s->value;
		else if (strncmp(s->key, "mail", s->key_len) == 0)
			o->dir = s->value;
		else if (strncmp(s->key, "port", s->key_len) == 0)
			r = take_number(&o->port, s, 65535, err);
		else
			r = take_number(&o->connections, s, 1000000, err);
	}
	o->tls = c->tls;
	return r;
}

int
lk_cli_mail_dir(char path[PATH_MAX], struct lk_error *err)
{
	const char *tmp = secure_getenv("TMPDIR");
	int r = -1;

	if (snprintf(path, PATH_MAX, "%s/latchkey-rehearse-XXXXXX",
		     tmp && *tmp ? tmp : "/tmp") >= PATH_MAX)
		errno = ENAMETOOLONG;
	else if (mkdtemp(path))
		r = 0;
	if (r < 0) {
		lk_fail(err, LK_E_CONFIG, "no directory for the mail can be "
			"made below %s: %s", tmp && *tmp ? tmp : "/tmp",
			strerror(errno));
		path[0] = '\0';
	}
	return r;
}

/* A directory for the mail: the one that is wanted, or a new one.  What is told
 * of it is of use wherever it is read. */
static int
make_dir(struct lk_rehearse_options *o, char dir[PATH_MAX],
	 struct lk_error *err)
{
	const char *wanted = o->dir;

	o->dir = dir;
	if (wanted) {
		if ((mkdir(wanted, 0700) == 0 || errno == EEXIST) &&
		    realpath(wanted, dir))
			return 0;
		return lk_fail(err, LK_E_CONFIG, "%s cannot be made: %s",
			       wanted, strerror(errno));
	}
	if (lk_cli_mail_dir(dir, err) < 0) {
		lk_advise(err, "--mail DIR");
		return -1;
	}
	return 0;
}

/* A descriptor that can be read once the program is told to end. */
static int
open_stop(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

/* One line, for a person and for a program. */
static int
announce(const struct lk_rehearse *r, const char *name, const char *dir,
	 struct lk_error *err)
{
	struct lk_rehearse_info i;
	bool is_v6;

	lk_rehearse_get_info(r, &i);
	is_v6 = strchr(i.address, ':') != NULL;
	printf("rehearsing %s on %s%s%s:%u, tls = %s", name, is_v6 ? "[" : "",
	       i.address, is_v6 ? "]" : "", i.port, i.tls);
	if (*i.ca)
		printf(", ca = %s", i.ca);
	if (i.user)
		printf(", user = %s", i.user);
	if (i.password)
		printf(", password = %s", i.password);
	if (i.token)
		printf(", token = %s", i.token);
	if (i.is_server)
		printf(", mail = %s", dir);
	printf("\n");
	return fflush(stdout) == 0 ? 0
		: lk_fail(err, LK_E_TRANSIENT, "standard output is closed");
}

static int
rehearse(struct lk_cli *c, struct lk_rehearse_options *o, struct lk_error *err)
{
	struct lk_rehearse *r = NULL;
	char path[PATH_MAX];
	int result = -1;

	o->path = path;
	o->trace = c->trace ? lk_cli_trace : NULL;
	o->trace_ctx = c;
	if (lk_cli_rehearsal(c->args[0], path, err) == 0 &&
	    lk_rehearse_new(&r, o, err) == 0 &&
	    announce(r, c->args[0], o->dir, err) == 0)
		result = lk_rehearse_run(r, err);
	lk_rehearse_free(r);
	return result;
}

static int
run(struct lk_cli *c, struct lk_error *err)
{
	struct lk_rehearse_options o = { .stop = -1 };
	char dir[PATH_MAX];
	bool is_ours;
	int r;

	if (c->list && c->n_args == 0)
		return list(err);
	if (c->list || c->n_args != 1) {
		lk_fail(err, LK_E_USAGE, "latchkey rehearse takes one "
			"provider's name, or a file");
		lk_advise(err, "latchkey rehearse --list");
		return -1;
	}
	if (take_settings(c, &o, err) < 0)
		return -1;
	is_ours = !o.dir;
	if (make_dir(&o, dir, err) < 0)
		return -1;
	o.stop = open_stop();
	r = rehearse(c, &o, err);
	if (o.stop >= 0)
		close(o.stop);
	if (is_ours)
		rmdir(dir);        /* unless there is mail in it */
	return r;
}

const struct lk_cli_command lk_cli_rehearse = {
	"rehearse", "play a provider and its quirks on a loopback port",
	"usage: latchkey rehearse [OPTION]... NAME|FILE.smtp\n"
	"       latchkey rehearse --list\n"
	"\n"
	"  --list             the providers, one a line\n"
	"  --address ADDRESS  a loopback address (127.0.0.1); with 127.0.0.2\n"
	"                     clients behave as with a host far away\n"
	"  --port N           a free one otherwise\n"
	"  --tls WHEN         starttls, implicit or none; as the file says\n"
	"                     otherwise\n"
	"  --mail DIR         where accepted mail is kept: NNNN.eml, NNNN.env\n"
	"  --connections N, --once\n"
	"                     end after so many, or one; else at SIGINT or\n"
	"                     SIGTERM\n",
	"1CDILMRT", run,
};
