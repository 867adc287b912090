/* The providers of the demonstration, in threads.
 * SPDX-License-Identifier: MIT */
#include "cli/demo.h"

#include "base/error.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

static void *
play(void *arg)
{
	struct lk_actor *a = arg;

	/* the client sees what goes wrong */
	(void)lk_rehearse_run(a->rehearse, NULL);
	return NULL;
}

static int
enter(struct lk_actor *a, const struct lk_rehearse_options *o,
      struct lk_error *err)
{
	if (lk_rehearse_new(&a->rehearse, o, err) < 0)
		return -1;
	lk_rehearse_get_info(a->rehearse, &a->info);
	a->is_running = pthread_create(&a->thread, NULL, play, a) == 0;
	return a->is_running ? 0 : lk_fail(err, LK_E_INTERNAL,
					   "no thread can be started");
}

static void
leave(struct lk_actor *a)
{
	if (a->is_running)
		pthread_join(a->thread, NULL);
	a->is_running = false;
	lk_rehearse_free(a->rehearse);
	a->rehearse = NULL;
}

int
lk_stage_open(struct lk_stage *s, const char *provider, const char *misname,
	      struct lk_error *err)
{
	char path[PATH_MAX];
	struct lk_rehearse_options o = {
		.path = path,
		.address = LK_STAGE_ADDRESS,
		.dir = s->dir,
	};

	memset(s, 0, sizeof(*s));
	s->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->stop < 0)
		return lk_fail(err, LK_E_INTERNAL, "no descriptor is left");
	if (lk_cli_rehearsal(provider, path, err) < 0) {
		lk_fail(err, LK_E_CONFIG, "the demo's provider, %s.smtp, is "
			"not installed", provider);
		lk_advise(err, "it belongs in " LATCHKEY_DATA_DIR "/rehearse; "
			  "or set LATCHKEY_REHEARSE_PATH to where it is");
		return -1;
	}
	if (lk_cli_mail_dir(s->dir, err) < 0) {
		lk_advise(err, "set TMPDIR to a directory that you may write "
			  "to");
		return -1;
	}
	o.stop = s->stop;
	if (enter(&s->clear, &o, err) < 0)
		return -1;
	if (!s->clear.info.user || !s->clear.info.password)
		return lk_fail(err, LK_E_CONFIG, "%s names no user or no "
			       "password", path);
	o.tls = "implicit";
	o.peer = misname;
	return enter(&s->misnamed, &o, err);
}

void
lk_stage_close(struct lk_stage *s)
{
	struct dirent *d;
	DIR *dir;

	if (s->stop >= 0)
		(void)eventfd_write(s->stop, 1);
	leave(&s->clear);
	leave(&s->misnamed);
	if (s->stop >= 0)
		close(s->stop);
	s->stop = -1;
	dir = s->dir[0] ? opendir(s->dir) : NULL;
	while (dir && (d = readdir(dir)))
		unlinkat(dirfd(dir), d->d_name, 0);
	if (dir)
		closedir(dir);
	if (s->dir[0])
		rmdir(s->dir);
	s->dir[0] = '\0';
}

bool
lk_stage_kept(const struct lk_stage *s, const char *mail)
{
	char path[PATH_MAX + 16], text[1024];
	size_t len = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/0002.eml", s->dir);
	if (access(path, F_OK) == 0)
		return false;
	snprintf(path, sizeof(path), "%s/0001.eml", s->dir);
	f = fopen(path, "re");
	if (f) {
		len = fread(text, 1, sizeof(text), f);
		fclose(f);
	}
	return len == strlen(mail) && memcmp(text, mail, len) == 0;
}
