/* launch SECONDS COMMAND...: run it once and tell, on the last line of standard
 * error, "WALL_US CPU_US PEAK_KIB STATUS".  It is small and starts nothing else,
 * because a child's ru_maxrss is never below what its parent had.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static volatile sig_atomic_t child;

static void
on_alarm(int signal)
{
	(void)signal;
	kill((pid_t)child, SIGKILL);
}

static int64_t
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t
us(struct timeval t)
{
	return (int64_t)t.tv_sec * 1000000 + t.tv_usec;
}

int
main(int argc, char **argv)
{
	struct rusage usage;
	int64_t start;
	int status;
	pid_t pid;

	if (argc < 3)
		return 64;
	signal(SIGALRM, on_alarm);
	start = now_us();
	if (posix_spawnp(&pid, argv[2], NULL, NULL, argv + 2, environ) != 0)
		return 70;
	child = pid;
	alarm((unsigned)strtoul(argv[1], NULL, 10));
	while (wait4(pid, &status, 0, &usage) < 0)
		if (errno != EINTR)
			return 71;
	fprintf(stderr, "\n%lld %lld %ld %d\n", (long long)(now_us() - start),
		(long long)(us(usage.ru_utime) + us(usage.ru_stime)),
		usage.ru_maxrss,
		WIFEXITED(status) ? WEXITSTATUS(status)
				  : 128 + WTERMSIG(status));
	return 0;
}
