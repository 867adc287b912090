/* What is remembered on disk of a host and port: a small text file each, in the
 * directory that the program gave.  It helps and it holds back; a login never
 * fails because it cannot be read or written.  No secret, and nothing that is
 * made from one, is in it.
 *
 *   latchkey-state 1
 *   learnt ID WHEN ir|two-step [ID-THAT-FAILED]...
 *   no-cancel
 *   user =NAME PROVEN-AT REFUSALS AT UNTIL PUT-OFFS AT UNTIL
 *
 * Times are seconds since 1970, names have %XX.  A file of another version, or a
 * damaged one, is ignored and replaced.
 * SPDX-License-Identifier: MIT */
#ifndef LK_MECH_STATE_H
#define LK_MECH_STATE_H

#include "base/buf.h"
#include "mech/ledger.h"

#define LK_STATE_MAX   65536        /* octets of a file */
#define LK_STATE_USERS 256          /* in one; the oldest go */
#define LK_STATE_NAME  128          /* octets of a user's name */

struct lk_state_user {
	char name[LK_STATE_NAME];
	int64_t proven_at;          /* 0: has not logged in yet */
	struct lk_setback refused;  /* the secret */
	struct lk_setback put_off;  /* with a secret given: not now */
};

struct lk_state {
	struct lk_learnt learnt;
	int64_t learnt_at;
	struct lk_state_user *users; /* changed last first */
	size_t n_users, room;
	/* the file that this was read from; all 0: there was none */
	dev_t dev;
	ino_t ino;
	struct timespec mtime;
};

/* ---- state_text.c ------------------------------------------------------- */

void lk_state_wipe(struct lk_state *);

/* Into one that is all 0.  0; -1: *why says what is wrong, NULL: no memory; and
 * it is all 0 again. */
int lk_state_parse(struct lk_state *, const char *text, size_t len,
		   const char **why);

/* Without what is too old at this time, and within the limits. */
int lk_state_format(const struct lk_state *, int64_t now, struct lk_buf *);

/* The name of the file of a host and port.  false: it has none. */
bool lk_state_place(const char *host, uint32_t port, char to[256]);

/* NULL as "".  NULL: no such user. */
struct lk_state_user *lk_state_find(const struct lk_state *,
				    const char *user);

/* The same, made if need be, and moved to the front.  NULL: no memory, or a name
 * that is too long. */
struct lk_state_user *lk_state_touch(struct lk_state *, const char *user);

/* ---- state_dir.c -------------------------------------------------------- */

/* path: absolute, copied.  NULL: no memory. */
struct lk_state_dir *lk_state_dir_new(const char *path);
void lk_state_dir_free(struct lk_state_dir *);

/* Its descriptor, opened by the first call; make: create it if it is not there.
 * -1: there is none to be had, and the log says why. */
int lk_state_open(struct lk_host *, bool make);

/* What is known; all 0 if nothing is.  -1: there is no directory, or no
 * memory. */
int lk_state_read(struct lk_host *, const char *host, uint32_t port,
		  struct lk_state *);

/* Was the file not written since? */
bool lk_state_is_current(struct lk_host *, const char *host, uint32_t port,
			 const struct lk_state *);

/* Read it anew, let `change` work on it, and write it if that returns true: in
 * one piece, whoever else does the same.  *s becomes what is there now. */
void lk_state_change(struct lk_host *, const char *host, uint32_t port,
		     bool (*change)(struct lk_state *, int64_t now, void *ctx),
		     void *ctx, struct lk_state *s);

/* ---- state_lock.c: between processes ------------------------------------ */

/* A descriptor for the locks below, or -1: the log says why. */
int lk_state_lock_open(struct lk_host *);

/* A number for what a lock is about: who logs in where. */
uint32_t lk_state_lock_of(const char *host, uint32_t port, const char *user);

/* Only one at a time may try a secret of this user.  1: it is ours, until it is
 * given up or closed; 0: it is another's; -1: there are no locks here. */
int lk_state_lead(int lock, uint32_t of);

/* Somebody waits for it, or does not any more. */
void lk_state_await(int lock, uint32_t of, bool waits);
bool lk_state_is_awaited(int lock, uint32_t of);

/* Give all up and close. */
void lk_state_lock_close(int lock);

/* Around a change of a file, for 200 ms at most.  -1: not to be had. */
int lk_state_lock_change(struct lk_host *);

/* ---- state.c: how long it holds back, and from when on ------------------ */

#define LK_STATE_LEARNT_DAYS 90
#define LK_STATE_FRESH       3600   /* seconds: no need to write it again */

bool lk_setback_holds(const struct lk_setback *, int64_t now);

/* Of no more use: not even for the next one to be longer. */
bool lk_setback_is_over(const struct lk_setback *, int64_t now);

void lk_setback_refused(struct lk_setback *, int64_t now);

/* is_locked: the server speaks of too many attempts. */
void lk_setback_put_off(struct lk_setback *, int64_t now, bool is_locked);

/* Was the secret refused so often that a login of another process sends none?
 * failure_budget as in struct lk_login. */
bool lk_state_is_spent(const struct lk_state_user *, uint32_t failure_budget,
		       int64_t now);

/* For a person: as the clock on the wall says, with its distance from UTC. */
void lk_state_tell_time(char to[32], int64_t when);

#endif
