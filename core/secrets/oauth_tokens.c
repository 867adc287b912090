/* Files of tokens: $XDG_DATA_HOME/latchkey/tokens/NAME.json.
 * SPDX-License-Identifier: MIT */
#include "secrets/oauth.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER "latchkey/tokens"

static char *
path_of(struct lk_error *err)
{
	const char *data = secure_getenv("XDG_DATA_HOME");
	const char *home = secure_getenv("HOME");
	char *path = NULL;
	int n = -1;

	/* one that is relative does not count, says the specification */
	if (data && *data == '/')
		n = asprintf(&path, "%s/" FOLDER, data);
	else if (home && *home == '/')
		n = asprintf(&path, "%s/.local/share/" FOLDER, home);
	else
		lk_fail(err, LK_E_CONFIG, "neither XDG_DATA_HOME nor HOME is "
			"set: there is no place for tokens");
	if (n < 0 && err->cls != LK_E_CONFIG)
		lk_fail_memory(err);
	return n < 0 ? NULL : path;
}

static void
make_all(char *path)
{
	char *p;

	for (p = path + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		(void)mkdir(path, 0700);
		*p = '/';
	}
	(void)mkdir(path, 0700);
}

/* Owner and mode: nobody else may have a look. */
static int
check(int fd, const char *path, const char *file, struct lk_error *err)
{
	const char *slash = *file ? "/" : "";
	struct stat st;

	if (fstat(fd, &st) < 0)
		return lk_fail(err, LK_E_CONFIG, "%s%s%s: %s", path, slash,
			       file, strerror(errno));
	if (st.st_uid != geteuid())
		return lk_fail(err, LK_E_CONFIG, "%s%s%s belongs to the user "
			       "%u, not to this one", path, slash, file,
			       (unsigned)st.st_uid);
	if (*file && (!S_ISREG(st.st_mode) || st.st_size > LK_OAUTH_FILE))
		return lk_fail(err, LK_E_CONFIG, "%s/%s is no regular file of "
			       "at most 256 KiB", path, file);
	if (!(st.st_mode & (S_IRWXG | S_IRWXO)))
		return 0;
	lk_fail(err, LK_E_CONFIG, "%s%s%s has mode %04o: others than its owner "
		"have access to the tokens", path, slash, file,
		(unsigned)st.st_mode & 07777);
	lk_advise(err, "chmod %s %s%s%s", *file ? "600" : "700", path, slash,
		  file);
	return -1;
}

static int
not_authorized(const char *name, struct lk_error *err)
{
	lk_fail(err, LK_E_CONFIG, "there is no token of %s yet", name);
	lk_advise(err, "latchkey accounts authorize %s", name);
	return -1;
}

int
lk_tokens_open(struct lk_tokens *t, const char *name, bool make,
	       struct lk_error *err)
{
	memset(t, 0, sizeof(*t));
	t->dir = t->locked = t->spare = -1;
	snprintf(t->file, sizeof(t->file), "%s.json", name);
	snprintf(t->lock, sizeof(t->lock), "%s.lock", name);
	snprintf(t->new, sizeof(t->new), ".%s.new", name);
	t->path = path_of(err);
	if (!t->path)
		return -1;
	if (make)
		make_all(t->path);
	t->dir = open(t->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (t->dir >= 0 && check(t->dir, t->path, "", err) == 0)
		return 0;
	if (t->dir < 0 && errno == ENOENT && !make)
		not_authorized(name, err);
	else if (t->dir < 0)
		lk_fail(err, LK_E_CONFIG, "the directory %s: %s", t->path,
			strerror(errno));
	lk_tokens_close(t);
	return -1;
}

void
lk_tokens_release(struct lk_tokens *t)
{
	if (t->spare >= 0) {
		(void)unlinkat(t->dir, t->new, 0);
		close(t->spare);
	}
	if (t->locked >= 0)
		close(t->locked);
	t->locked = t->spare = -1;
}

void
lk_tokens_close(struct lk_tokens *t)
{
	lk_tokens_release(t);
	if (t->dir >= 0)
		close(t->dir);
	t->dir = -1;
	free(t->path);
	t->path = NULL;
}

/* ---- reading ------------------------------------------------------------- */

/* A refresh token goes to who gave it, and to nobody else. */
static int
check_issuer(const struct lk_tokens *t, const struct lk_oauth *o,
	     const json_t *json, struct lk_error *err)
{
	const char *url = lk_json_text(json, "token_endpoint");
	const char *client = lk_json_text(json, "client_id");

	if (!url || !client || !lk_json_text(json, "access_token")) {
		lk_fail(err, LK_E_CONFIG, "%s/%s is damaged", t->path,
			t->file);
	} else if (strcmp(url, o->token_endpoint) != 0) {
		lk_fail(err, LK_E_CONFIG, "the tokens of %s are of another "
			"endpoint than %s", o->name, o->token_endpoint);
	} else if (strcmp(client, o->client_id) != 0) {
		lk_fail(err, LK_E_CONFIG, "the tokens of %s are of another "
			"client than %s", o->name, o->client_id);
	} else {
		return 0;
	}
	lk_advise(err, "latchkey accounts authorize %s", o->name);
	return -1;
}

static size_t
read_some(void *room, size_t n, void *ctx)
{
	ssize_t got;

	do {
		got = read(*(const int *)ctx, room, n);
	} while (got < 0 && errno == EINTR);
	return got < 0 ? (size_t)-1 : (size_t)got;
}

json_t *
lk_tokens_load(const struct lk_tokens *t, const struct lk_oauth *o,
	       struct lk_error *err)
{
	int fd = openat(t->dir, t->file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC |
			O_NONBLOCK | O_NOCTTY);
	json_t *json = NULL;

	if (fd < 0 && errno == ENOENT)
		not_authorized(o->name, err);
	else if (fd < 0)
		lk_fail(err, LK_E_CONFIG, "%s/%s cannot be read: %s", t->path,
			t->file, strerror(errno));
	if (fd < 0)
		return NULL;
	if (check(fd, t->path, t->file, err) == 0) {
		json = json_load_callback(read_some, &fd,
					  JSON_REJECT_DUPLICATES, NULL);
		if (check_issuer(t, o, json, err) < 0) {
			json_decref(json);
			json = NULL;
		}
	}
	close(fd);
	return json;
}

/* ---- writing ------------------------------------------------------------- */

static int
cannot(const struct lk_tokens *t, struct lk_error *err)
{
	return lk_fail(err, LK_E_CONFIG, "%s/%s cannot be written: %s",
		       t->path, t->file, strerror(errno));
}

int
lk_tokens_reserve(struct lk_tokens *t, struct lk_error *err)
{
	int r;

	(void)unlinkat(t->dir, t->new, 0);
	t->spare = openat(t->dir, t->new, O_WRONLY | O_CREAT | O_EXCL |
			  O_NOFOLLOW | O_CLOEXEC, 0600);
	if (t->spare < 0)
		return cannot(t, err);
	r = posix_fallocate(t->spare, 0, LK_OAUTH_FILE);
	if (r == 0 || r == EOPNOTSUPP || r == EINVAL)
		return 0;
	errno = r;
	return cannot(t, err);
}

static int
append(const char *text, size_t len, void *ctx)
{
	return lk_buf_add(ctx, text, len);
}

int
lk_tokens_save(struct lk_tokens *t, const json_t *json, struct lk_error *err)
{
	struct lk_buf text;
	int r;

	lk_buf_init(&text, LK_OAUTH_FILE);
	r = json_dump_callback(json, append, &text,
			       JSON_INDENT(1) | JSON_SORT_KEYS);
	if (r == 0)
		r = lk_buf_puts(&text, "\n");
	if (r < 0) {
		lk_buf_wipe(&text);
		return lk_fail(err, LK_E_PROTOCOL, "the tokens of %s are "
			       "longer than 256 KiB", t->file);
	}
	r = lk_oauth_write(t->spare, text.data, text.len);
	if (r == 0)
		r = ftruncate(t->spare, (off_t)text.len);
	lk_buf_wipe(&text);
	if (r == 0)
		r = fsync(t->spare);
	if (r == 0)
		r = renameat(t->dir, t->new, t->dir, t->file);
	if (r < 0)
		return cannot(t, err);
	(void)fsync(t->dir);
	close(t->spare);
	t->spare = -1;
	return 0;
}
