/* Ask a person at the terminal. SPDX-License-Identifier: MIT */
#include "conf/source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static void
say(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno != EINTR)
			return;
		if (n > 0) {
			text += n;
			len -= (size_t)n;
		}
	}
}

/* Without echo, and a key that would end the program ends the line instead:
 * so the terminal can always be given back as it was, without a handler. */
static int
quiet(int fd, const struct termios *was)
{
	struct termios t = *was;

	t.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
	t.c_lflag |= ICANON | ECHONL;
	t.c_cc[VEOL] = was->c_cc[VINTR];
	t.c_cc[VEOL2] = was->c_cc[VQUIT];
	return tcsetattr(fd, TCSAFLUSH, &t);
}

static bool
is_interrupt(const struct termios *was, unsigned char c)
{
	return (was->c_lflag & ISIG) && c != _POSIX_VDISABLE &&
	       (c == was->c_cc[VINTR] || c == was->c_cc[VQUIT]);
}

/* One line, octet by octet: what is typed ahead stays for others. */
static int32_t
read_line(int fd, const struct termios *was, struct lk_secret *to)
{
	unsigned char c;
	int32_t r = LK_E_CANCELLED;

	for (;;) {
		ssize_t n = read(fd, &c, 1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 || c == '\n')
			break;
		if (is_interrupt(was, c)) {
			r = LK_E_CANCELLED;
			break;
		}
		if (lk_secret_add(to, &c, 1) < 0) {
			r = LK_E_NOMEM;
			break;
		}
		r = LK_DONE;
	}
	explicit_bzero(&c, sizeof(c));
	return r;
}

int32_t
lk_tty_prompt(void *ctx, const char *text, struct lk_secret *to)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	struct termios was;
	int32_t r = LK_E_NOPROP;

	(void)ctx;
	if (fd < 0)
		return LK_E_NOPROP;
	if (tcgetattr(fd, &was) == 0 && quiet(fd, &was) == 0) {
		say(fd, text, strlen(text));
		r = read_line(fd, &was, to);
		if (r != LK_DONE)
			tcflush(fd, TCIFLUSH);
		if (r == LK_E_CANCELLED)
			say(fd, "\n", 1);
		tcsetattr(fd, TCSADRAIN, &was);
	}
	close(fd);
	return r;
}
