/* Locks between processes: ranges of one file that has no octets.  They belong
 * to a descriptor, not to a process: threads exclude each other, too, and who
 * dies lets go.
 * SPDX-License-Identifier: MIT */
#include "mech/state.h"

#include "base/ascii.h"
#include "base/siphash.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRY_NS 5000000              /* 5 ms */
#define TRIES 40

/* 0 is about changes; the rest are pairs: who leads, and who waits. */
#define CHANGES 0
#define LEADER(of) ((off_t)(of) * 2 + 2)
#define WAITER(of) ((off_t)(of) * 2 + 3)

static struct flock
range(short type, off_t at)
{
	struct flock f;

	memset(&f, 0, sizeof(f));
	f.l_type = type;
	f.l_whence = SEEK_SET;
	f.l_start = at;
	f.l_len = 1;
	return f;
}

static int
set(int lock, short type, off_t at)
{
	struct flock f = range(type, at);

	if (fcntl(lock, F_OFD_SETLK, &f) == 0)
		return 1;
	return errno == EAGAIN || errno == EACCES ? 0 : -1;
}

int
lk_state_lock_open(struct lk_host *h)
{
	int dir = lk_state_open(h, true), fd;
	struct stat st;

	if (dir < 0)
		return -1;
	fd = openat(dir, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW |
		    O_NONBLOCK | O_NOCTTY, 0600);
	if (fd >= 0 && (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
			st.st_uid != geteuid() || (st.st_mode & 022))) {
		close(fd);
		fd = -1;
		errno = EPERM;
	}
	if (fd < 0)
		lk_host_log(h, LK_LOG_WARN, "the state directory: lock cannot "
			    "be used: %m");
	return fd;
}

uint32_t
lk_state_lock_of(const char *host, uint32_t port, const char *user)
{
	static const unsigned char key[16] = { 0 };
	struct lk_siphash sip;
	uint64_t sum[2];
	char lower;

	lk_siphash_init(&sip, key);
	lk_siphash_add(&sip, &port, sizeof(port));
	for (; *host; host++) {
		lower = lk_ascii_lower(*host);
		lk_siphash_add(&sip, &lower, 1);
	}
	lk_siphash_add(&sip, "", 1);
	lk_siphash_add(&sip, user, strlen(user));
	lk_siphash_end(&sip, sum);
	/* where off_t has 32 bits, too */
	return (uint32_t)(sum[0] & 0x1fffffff);
}

int
lk_state_lead(int lock, uint32_t of)
{
	return set(lock, F_WRLCK, LEADER(of));
}

void
lk_state_await(int lock, uint32_t of, bool waits)
{
	set(lock, waits ? F_RDLCK : F_UNLCK, WAITER(of));
}

bool
lk_state_is_awaited(int lock, uint32_t of)
{
	struct flock f = range(F_WRLCK, WAITER(of));

	return fcntl(lock, F_OFD_GETLK, &f) == 0 && f.l_type != F_UNLCK;
}

void
lk_state_lock_close(int lock)
{
	struct flock all = range(F_UNLCK, 0);

	if (lock < 0)
		return;
	/* a child that was forked meanwhile holds the descriptor, too */
	all.l_len = 0;
	fcntl(lock, F_OFD_SETLK, &all);
	close(lock);
}

int
lk_state_lock_change(struct lk_host *h)
{
	const struct timespec pause = { 0, TRY_NS };
	int lock = lk_state_lock_open(h), i, r = 0;

	if (lock < 0)
		return -1;
	for (i = 0; i < TRIES && r == 0; i++) {
		if (i)
			nanosleep(&pause, NULL);
		r = set(lock, F_WRLCK, CHANGES);
	}
	if (r == 1)
		return lock;
	lk_host_log(h, LK_LOG_WARN, "the state directory: nothing is written, "
		    "as the lock is not to be had");
	close(lock);
	return -1;
}
