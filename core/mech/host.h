/* The host's inside: what is installed, and what it remembers.
 * SPDX-License-Identifier: MIT */
#ifndef LK_MECH_HOST_H
#define LK_MECH_HOST_H

#include <latchkey/host.h>

#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

struct lk_ledger;
struct lk_notes;
struct lk_state_dir;

/* One file of a plugin directory.  Lives as long as the host; guarded by its
 * lock, but for what is set once before an entry becomes LOADED. */
struct lk_file {
	struct lk_host *host;
	char *found;                /* where it was found; may be a link */
	char *path;                 /* real, absolute */
	char *shown;                /* the same, printable: for all texts */
	bool user_dir;              /* LK_MECH_USER_DIR */
	bool is_linked;             /* no file, but part of the program */
	bool present;               /* seen by the newest scan */
	bool superseded;            /* another lk_file stands for it */
	bool pinned;                /* its code is mapped, or about to be */
	bool changed;               /* pinned, and changed on disk since */
	bool untrusted;             /* failed by lk_check_path() */
	size_t directory;           /* rank of its directory */
	dev_t dev;
	ino_t ino;
	struct timespec mtime, ctime;
	off_t size;
	const char *reason;         /* why it failed as a whole, or NULL */
	struct lk_notes *notes;     /* as read from the file, or NULL */
	struct lk_notes *listed;    /* of its run-time list, or NULL */
	const struct lk_plugin *plugin; /* the plugin's own, once loaded */
	struct lk_plugin calls;     /* the host's zero-filled copy */
	void *context;              /* of its init */
	pthread_mutex_t *serial;    /* held around calls of a serial plugin, by
				       all hosts of the process */
};

/* One mechanism, or a file that has none (id "").  Lives as long as the host,
 * so a pointer to it stays good; state and reason may change under it. */
struct lk_entry {
	struct lk_file *file;
	struct lk_mech_record record;
	const struct lk_param_record *const *params; /* NULL-terminated */
	_Atomic int32_t state;      /* LK_MECH_* */
	const char *_Atomic reason; /* of SHADOWED, FAILED, CHANGED; or NULL;
				       lives as long as the host */
	int32_t next_state;         /* while the registry settles them */
	const char *next_reason;
	const char *fault;          /* why it failed by itself, or NULL */
	bool replaced;              /* by the entries of its run-time list */
	const struct lk_mech *mech; /* the plugin's own, once loaded: what its
				       calls are given */
	struct lk_mech calls;       /* the host's zero-filled copy */
};

/* Where plugins are looked for, in order. */
struct lk_directory {
	char *path;                 /* absolute; NULL: the program itself */
	bool user_dir;
};

struct lk_host {
	struct lk_host_options options;
	pid_t pid;                  /* of who made it */
	pthread_mutex_t lock;       /* of the lists; taken after the loader's */
	struct lk_directory *directories;
	size_t n_directories;
	struct lk_file **files;
	size_t n_files;
	struct lk_entry **entries;  /* sorted: directory, file, id */
	size_t n_entries;
	bool is_frozen;             /* no file is looked at any more */
	char **texts;               /* every reason that was ever given */
	size_t n_texts;
	struct lk_ledger *ledger;   /* budget and what was learnt */
	struct lk_state_dir *state_dir; /* the same on disk, or NULL */
};

/* ---- host.c, registry.c ----------------------------------------------- */

/* A snapshot of the entries whose files are present, as a NULL-terminated array
 * to free(); NULL: no memory.  Empty inside of a mechanism's callback: its
 * library may call back into us. */
struct lk_entry **lk_host_entries(struct lk_host *);

/* Load the plugin of this entry if it is not, with all checks; then entry->mech
 * is set.  A failure is kept: the entry becomes FAILED with its reason.  An
 * entry of a run-time list (id "prefix-*") is replaced by the ones it stands
 * for: ask for the snapshot again. */
int lk_host_load_entry(struct lk_host *, struct lk_entry *, struct lk_error *);

/* Around every call into a plugin. */
void lk_entry_enter(struct lk_entry *);
void lk_entry_leave(struct lk_entry *);

/* One line to options.log. */
void lk_host_log(struct lk_host *, uint32_t level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* ---- ledger.c --------------------------------------------------------- */

struct lk_ledger *lk_ledger_new(void);
void lk_ledger_free(struct lk_ledger *);

/* ---- services.c ------------------------------------------------------- */

/* The session of a plugin's init: it may report, log, wipe and ask for random
 * octets; the other services refuse. */
struct lk_early {
	struct lk_session head;     /* what the plugin is given; first */
	struct lk_host *host;
	const char *name;           /* for the log: the file */
	struct lk_error error;      /* what was reported */
};

void lk_early_init(struct lk_early *, struct lk_host *, const char *name);

#endif
