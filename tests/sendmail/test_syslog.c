/* The log of messages, as syslog gets it. SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "cli/log.h"

#include <stdio.h>
#include <string.h>
#include <syslog.h>

static char said[8192];
static int level, facility, opened, closed;

/* In place of the system's. */
void
openlog(const char *ident, int option, int what)
{
	assert_string_equal(ident, "latchkey");
	assert_int_equal(option, LOG_PID);
	facility = what;
	opened++;
}

void
closelog(void)
{
	closed++;
}

static void
take(int priority, const char *format, va_list ap)
{
	level = priority;
	vsnprintf(said, sizeof(said), format, ap);
}

void
syslog(int priority, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	take(priority, format, ap);
	va_end(ap);
}

/* What syslog is with _FORTIFY_SOURCE. */
void __syslog_chk(int priority, int flag, const char *format, ...);

void
__syslog_chk(int priority, int flag, const char *format, ...)
{
	va_list ap;

	(void)flag;
	va_start(ap, format);
	take(priority, format, ap);
	va_end(ap);
}

static char first[] = "a%n@x.example", second[] = "b\n@x.example";
static char *const list[] = { first, second };

static int
setup(void **state)
{
	(void)state;
	opened = closed = level = 0;
	said[0] = '\0';
	return 0;
}

static void
a_line(void **state)
{
	struct lk_addresses to = { (char **)list, 2 };
	struct lk_log_line line = {
		.account = "work", .from = "", .to = &to, .id = "<m@x>",
		.code = 250,
	};
	struct lk_error err;

	(void)state;
	assert_int_equal(lk_log_open("syslog", &err), -1);
	assert_int_equal(opened, 0);
	assert_int_equal(lk_log_write(-1, "syslog", &line, &err), 0);
	assert_string_equal(said, "account=work from=<> to=<a%n@x.example>,"
			    "<b\\x0a@x.example> id=<m@x> code=250 exit=0");
	assert_int_equal(facility, LOG_MAIL);
	assert_int_equal(level, LOG_INFO);
	assert_int_equal(opened, 1);
	assert_int_equal(closed, 1);
}

static void
a_failure(void **state)
{
	struct lk_addresses to = { NULL, 0 };
	struct lk_log_line line = {
		.to = &to, .cls = LK_E_CREDENTIALS, .exit = 77, .code = 535,
	};

	(void)state;
	assert_int_equal(lk_log_write(-1, "syslog", &line, NULL), 0);
	assert_string_equal(said, "account=- from=<> to=- id=- code=535 "
			    "exit=77 error=\"authentication failed\"");
	assert_int_equal(level, LOG_ERR);
}

static void
none(void **state)
{
	struct lk_addresses to = { NULL, 0 };
	struct lk_log_line line = { .to = &to };

	(void)state;
	assert_int_equal(lk_log_open(NULL, NULL), -1);
	assert_int_equal(lk_log_write(-1, NULL, &line, NULL), 0);
	assert_int_equal(opened, 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_line, setup),
		cmocka_unit_test_setup(a_failure, setup),
		cmocka_unit_test_setup(none, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
