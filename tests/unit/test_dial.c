/* Names, addresses, connecting. SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/deadline.h"
#include "net/dial.h"
#include "net/ports.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <unistd.h>

/* Bound to a free port of this address; listening or not. */
static int
bound(const char *address, int backlog, unsigned *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	inet_pton(AF_INET, address, &a.sin_addr);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, len), 0);
	if (backlog >= 0)
		assert_int_equal(listen(fd, backlog), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	*port = ntohs(a.sin_port);
	return fd;
}

static void
test_connected(void **state)
{
	struct lk_address last = { .len = 0 };
	struct lk_error err = { 0 };
	char text[80], expected[80];
	socklen_t len = sizeof(int);
	int server, fd, on = 0;
	unsigned port;

	(void)state;
	server = bound("127.0.0.1", 1, &port);
	/* ::1 may come first and refuses */
	assert_int_equal(lk_dial("localhost", port, 2000, &last, &fd, &err), 0);
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, &len),
			 0);
	assert_true(on);
	assert_true(lk_address_is_loopback(&last));
	lk_address_text(&last, text, sizeof(text));
	snprintf(expected, sizeof(expected), "127.0.0.1:%u", port);
	assert_string_equal(text, expected);
	assert_int_equal(lk_address_literal(fd, text, sizeof(text)), 0);
	assert_string_equal(text, "[127.0.0.1]");
	close(fd);
	close(server);
}

/* The address that answered last time is tried first, whatever the name says
 * now. */
static void
test_last(void **state)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	struct lk_address last = { .len = sizeof(a) };
	struct lk_error err = { 0 };
	unsigned port;
	int server, fd;

	(void)state;
	server = bound("127.0.0.3", 1, &port);
	inet_pton(AF_INET, "127.0.0.3", &a.sin_addr);
	a.sin_port = htons((uint16_t)port);
	memcpy(&last.sa, &a, sizeof(a));
	assert_int_equal(lk_dial("192.0.2.1", port, 2000, &last, &fd, &err),
			 0);
	close(fd);
	close(server);
}

static void
test_refused(void **state)
{
	struct lk_address last = { .len = 0 };
	struct lk_error err = { 0 };
	char text[64];
	unsigned port;
	int server, fd = -1;

	(void)state;
	server = bound("127.0.0.1", -1, &port);
	assert_int_equal(lk_dial("127.0.0.1", port, 2000, &last, &fd, &err),
			 -1);
	assert_int_equal(fd, -1);
	assert_int_equal(err.cls, LK_E_CONNECT);
	assert_int_equal(err.stage, LK_STAGE_CONNECT);
	assert_int_equal(lk_error_exit(err.cls), 75);
	snprintf(text, sizeof(text), "127.0.0.1 port %u: 127.0.0.1:%u: "
		 "Connection refused", port, port);
	assert_non_null(strstr(err.sentence, text));
	assert_non_null(strstr(err.advice, "587"));
	close(server);
}

/* The sentence names each address, and why. */
static void
test_all_refused(void **state)
{
	struct lk_address last;
	struct lk_error err = { 0 };
	char text[128];
	struct port bad = port_open("127.0.0.1", 0, -1);
	int fd = -1;

	(void)state;
	last = address_of("127.0.0.2", bad.number);
	assert_int_equal(lk_dial("127.0.0.1", bad.number, 2000, &last, &fd,
				 &err), -1);
	snprintf(text, sizeof(text), "cannot connect to 127.0.0.1 port %u: "
		 "127.0.0.2:%u: Connection refused; 127.0.0.1:%u: Connection "
		 "refused", bad.number, bad.number, bad.number);
	assert_string_equal(err.sentence, text);
	assert_int_equal(err.stage, LK_STAGE_CONNECT);
	port_close(&bad);
}

/* The one that answered last time says nothing now: its head start is all it
 * costs. */
static void
test_last_mute(void **state)
{
	struct port mute = port_mute("127.0.0.2", 0);
	struct port good = port_open("127.0.0.1", mute.number, 4);
	struct lk_address last = mute.address;
	int64_t start = lk_now();
	char text[80];
	int fd;

	(void)state;
	assert_int_equal(lk_dial("127.0.0.1", good.number, 15000, &last, &fd,
				 NULL), 0);
	assert_in_range(lk_now() - start, 200, 5000);
	lk_address_text(&last, text, sizeof(text));
	assert_non_null(strstr(text, "127.0.0.1:"));
	close(fd);
	port_close(&mute);
	port_close(&good);
}

static void
test_no_host(void **state)
{
	static const char *const names[] = {
		"no-such-host.invalid", "a..b", "256.0.0.1",
		"with blank",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct lk_address last = { .len = 0 };
		struct lk_error err = { 0 };
		int fd;

		assert_int_equal(lk_dial(names[i], 587, 1000, &last, &fd,
					 &err), -1);
		/* without a network nobody can say that it does not exist */
		if (err.cls != LK_E_NO_HOST && err.cls != LK_E_TRANSIENT)
			fail_msg("%s: class %d", names[i], (int)err.cls);
		assert_non_null(strstr(err.sentence, names[i]));
	}
}

/* Nobody accepts, and the queue is full: the time is kept. */
static void
test_timeout(void **state)
{
	struct lk_address last = { .len = 0 };
	struct lk_error err = { 0 };
	int fds[8], fd, server, n = 0;
	int64_t start;
	unsigned port;

	(void)state;
	server = bound("127.0.0.1", 0, &port);
	start = lk_now();
	while (n < 8 && lk_dial("127.0.0.1", port, 300, &last, &fds[n],
				&err) == 0) {
		n++;
		last.len = 0;
		start = lk_now();
	}
	assert_in_range(lk_now() - start, 250, 3000);
	assert_int_equal(err.cls, LK_E_CONNECT);
	assert_non_null(strstr(err.sentence, "timed out"));
	assert_non_null(strstr(err.advice, "firewall"));
	while (n > 0) {
		fd = fds[--n];
		close(fd);
	}
	close(server);
}

static const struct loop {
	int family;
	const char *address;
	bool loopback;
} loops[] = {
	{ AF_INET, "127.0.0.1", true },
	{ AF_INET, "127.255.0.9", true },
	{ AF_INET, "128.0.0.1", false },
	{ AF_INET, "10.127.0.1", false },
	{ AF_INET6, "::1", true },
	{ AF_INET6, "::ffff:127.0.0.1", true },
	{ AF_INET6, "::ffff:10.0.0.1", false },
	{ AF_INET6, "fe80::1", false },
	{ AF_INET6, "7f00::1", false },
};

static void
test_loopback(void **state)
{
	struct lk_address none = { .len = 0 };
	size_t i;

	(void)state;
	assert_false(lk_address_is_loopback(&none));
	for (i = 0; i < sizeof(loops) / sizeof(*loops); i++) {
		struct lk_address a = { .len = 0 };
		struct sockaddr_in four = { .sin_family = AF_INET };
		struct sockaddr_in6 six = { .sin6_family = AF_INET6 };

		inet_pton(loops[i].family, loops[i].address,
			  loops[i].family == AF_INET ? (void *)&four.sin_addr
						     : &six.sin6_addr);
		if (loops[i].family == AF_INET) {
			a.len = sizeof(four);
			memcpy(&a.sa, &four, sizeof(four));
		} else {
			a.len = sizeof(six);
			memcpy(&a.sa, &six, sizeof(six));
		}
		if (lk_address_is_loopback(&a) != loops[i].loopback)
			fail_msg("%s", loops[i].address);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_connected),
		cmocka_unit_test(test_last),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_all_refused),
		cmocka_unit_test(test_last_mute),
		cmocka_unit_test(test_no_host),
		cmocka_unit_test(test_timeout),
		cmocka_unit_test(test_loopback),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
