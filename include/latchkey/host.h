/* Find, choose and run mechanisms: what any program needs to log in.
 *
 *   lk_host_new    reads what is installed; nothing is loaded yet
 *   lk_auth_new    one login: who, with which secret, over which protocol
 *   lk_auth_begin  the server's offer and the state of the connection
 *   lk_auth_want   send this, read a reply, wait, start TLS, reconnect, done
 *
 * No function here does I/O on the connection, prints, starts a thread or
 * touches a signal, the locale, the umask or the environment.
 *
 * Threads: a host may be shared by threads; one lk_auth is used by one thread at
 * a time.  After fork() a child may only free what it inherited.
 *
 * SPDX-License-Identifier: MIT */
#ifndef LATCHKEY_HOST_H
#define LATCHKEY_HOST_H

#include <latchkey/auth.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of the library, static. */
LK_API const char *lk_version(void);

/* ---- the host --------------------------------------------------------- */

struct lk_host;

/* Plugins that are part of the program: compiled with -DLK_STATIC, linked in,
 * and given to lk_host_options as
 *
 *   LK_PRELOAD(login);
 *   LK_PRELOAD(plain);
 *   static const struct lk_preloaded plugins[] = {
 *           LK_PRELOADED_BEGIN, LK_PRELOADED(login), LK_PRELOADED(plain),
 *           LK_PRELOADED_END
 *   };
 *
 * The names are those of their LK_PLUGIN().  It is libltdl's lt_dlsymlist: the
 * lt_preloaded_symbols that libtool -dlpreopen makes will do as well. */
struct lk_preloaded {           /* frozen */
	const char *name;
	const void *address;
};

#define LK_PRELOAD(name) \
	extern const struct lk_plugin name##_LTX_latchkey_plugin_v0
#define LK_PRELOADED_BEGIN { "@PROGRAM@", NULL }
#define LK_PRELOADED(name) \
	{ #name ".a", NULL }, \
	{ #name "_LTX_" LK_PLUGIN_SYMBOL, &name##_LTX_latchkey_plugin_v0 }
#define LK_PRELOADED_END { NULL, NULL }

#define LK_SETTING_DISABLED 0x1u    /* never loaded; listed, with that reason */
#define LK_SETTING_CRITICAL 0x2u    /* that it cannot be loaded is an error of
				       lk_host_new and lk_auth_new */

/* How one plugin is to be taken. */
struct lk_plugin_setting {      /* frozen */
	const char *name;           /* of its file, without .so; NULL: the end */
	uint32_t flags;             /* LK_SETTING_* */
};

struct lk_host_options {
	uint32_t size;              /* sizeof(struct lk_host_options) */
	uint32_t flags;             /* 0 */
	const char *program;        /* for messages, or NULL */

	/* A line for the log (LK_LOG_*), or NULL.  Any thread that uses the
	 * host; must not call back into it. */
	void (*log)(void *ctx, uint32_t level, const char *text);
	void *log_ctx;

	/* Plugins of the program itself, or NULL: they come before all
	 * directories, and are loaded by lk_host_new.  Neither the list nor
	 * what it names may change or go while the process lives. */
	const struct lk_preloaded *preloaded;

	/* Where to remember, for each host and port: which id worked, that a
	 * cancel was not understood, and until when a user whose secret was
	 * refused is held back.  Absolute; made (0700) if it is not there, and
	 * not used if another user owns it or may write to it.  NULL: nothing
	 * outlives the host.  A login never fails because of it.  After
	 * lk_host_freeze it is used through a descriptor that is open: a chroot
	 * keeps it; where seccomp denies openat, fcntl, renameat or unlinkat,
	 * nothing is remembered. */
	const char *state_dir;

	/* All borrowed while the host lives; or NULL.  Of a host by
	 * lk_config_host() they are what mechs.d says. */
	const struct lk_plugin_setting *plugins;
	const char *const *params;  /* below a login's own and checked like
				       them: "ID.NAME=VALUE", NULL-terminated;
				       one whose id is not installed is
				       passed over */
	const char *const *places;  /* "FILE:LINE" of each of these, for
				       errors; or NULL */
};

/* Read the notes of what is installed: the directories of LATCHKEY_PLUGIN_PATH
 * (colons), $XDG_DATA_HOME/latchkey/v0, then the system's.  Under AT_SECURE only
 * the system's.  options may be NULL.  0, or -1 with *err set and *ret
 * untouched. */
LK_API int lk_host_new(struct lk_host **ret, const struct lk_host_options *,
		       struct lk_error *err);

/* NULL is allowed.  No lk_auth of it may be left.  Loaded code stays mapped. */
LK_API void lk_host_free(struct lk_host *);

/* Look again for new, changed and removed files; each lk_auth_new does it.  A
 * frozen host does not look. */
LK_API int lk_host_scan(struct lk_host *, struct lk_error *err);

/* Load ahead, with every check that a login makes: what a login with this `auth`
 * (see lk_login: ids or wire names by blanks or commas) could use, NULL: all
 * whose note was read.  A plugin of a user directory is loaded only where its id
 * is in the list.  0, or -1 with *err naming the first that cannot be loaded or
 * is not there; all others are loaded. */
LK_API int lk_host_preload(struct lk_host *, const char *auth,
			   struct lk_error *err);

/* For a program about to chroot, drop privileges or enter seccomp: from now on
 * this host opens, examines and loads no file.  Logins go on with what is loaded;
 * the rest becomes LK_MECH_FAILED, "not loaded, and loading is frozen".  What a
 * loaded mechanism itself reads (LK_F_NEEDS_FILES), and where secrets come from,
 * is not affected.  Returns when no load is under way any more.  There is no
 * way back; other hosts of the process are free. */
LK_API void lk_host_freeze(struct lk_host *);

#define LK_MECH_FOUND    1          /* its note was read */
#define LK_MECH_LOADED   2
#define LK_MECH_SHADOWED 3          /* an earlier directory has this id */
#define LK_MECH_FAILED   4          /* see reason */
#define LK_MECH_CHANGED  5          /* loaded, and changed on disk since */

#define LK_MECH_USER_DIR 0x1u       /* runs only where `auth` names it */

/* One mechanism, or one file that is none (id ""). */
struct lk_mech_info {
	uint32_t size;
	uint32_t flags;             /* LK_MECH_USER_DIR */
	int32_t state;              /* LK_MECH_* */
	const char *path;           /* absolute; of one that is part of the
				       program its name: "login.a" */
	const char *reason;         /* of SHADOWED, FAILED, CHANGED; else "" */
	const struct lk_mech_record *record;     /* NULL if there is none */
	const struct lk_param_record *const *params; /* NULL-terminated */
};

/* Call `each` for all, sorted by directory, then file, then id; it returns 0 to
 * go on.  What it gets is valid during the call. */
LK_API void lk_host_each(struct lk_host *,
			 int (*each)(void *ctx, const struct lk_mech_info *),
			 void *ctx);

/* Load the plugin at this absolute path with every check that a login makes,
 * whatever its id.  0, or -1 with *err set. */
LK_API int lk_host_load(struct lk_host *, const char *path,
			struct lk_error *err);

/* ---- what was learnt ----------------------------------------------------- */

#define LK_LEARNT_TWO_STEP  0x1u    /* without an initial response */
#define LK_LEARNT_NO_CANCEL 0x2u    /* the server does not understand it */

struct lk_learnt_info {
	uint32_t size;              /* sizeof(struct lk_learnt_info) */
	uint32_t flags;             /* LK_LEARNT_* */
	char id[32];                /* what worked last, or "": `auth = ID`
				       makes it permanent */
	int64_t learnt_at;          /* seconds since 1970, or 0 */
	int64_t refused_until;      /* until then a login of this user sends no
				       secret: seconds since 1970, or 0: the
				       next one may */
	uint32_t refusals;          /* of this user, in a row */
	uint32_t failure_budget;    /* given: as in struct lk_login */
};

/* What is remembered of this host and port; user may be NULL.  1: something is
 * in *out (set out->size and out->failure_budget first); 0: nothing, and but for
 * these two all in *out is 0. */
LK_API int lk_host_learnt(struct lk_host *, const char *host, uint32_t port,
			  const char *user, struct lk_learnt_info *out);

/* Forget it, for all users, in memory and on disk.  0, or -1 with *err set. */
LK_API int lk_host_forget(struct lk_host *, const char *host, uint32_t port,
			  struct lk_error *err);

#ifdef __cplusplus
}
#endif
#endif
