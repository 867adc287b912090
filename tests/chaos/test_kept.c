/* Each allocation of a login that remembers fails once: its end is the usual
 * one or says so, what others left in the state directory stays, files are
 * whole, locks are free, and the next login finds its way.
 * SPDX-License-Identifier: MIT */
#include "fail.h"
#include "mail.h"

#include "mech/ledger.h"
#include "mech/state.h"
#include "temp.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define HOST "mx.example"
#define PORT 465
#define USER "alice@example.org"
#define NOW 1800000000

#define HEAD "latchkey-state 1\n"
#define OTHERS "user =bob%25 1799999000 0 0 0 0 0 0\n" \
	"user =carol 0 2 1799999999 1800001799 0 0 0\n"
#define PROVEN "learnt login 1799990000 ir plain\nno-cancel\n" \
	"user =" USER " 1799990000 0 0 0 0 0 0\n"
#define HELD "user =" USER " 1799990000 1 1799999990 1800000890 0 0 0\n"

static struct mail m;               /* too large for a stack */
static unsigned asked;              /* for the secret */
static unsigned complaints;
static char above[TEMP], place[TEMP + 16], file[TEMP + 48];
static int other = -1;              /* another process's hold on the lock */

static const struct scene {
	const char *name;
	const char *before;         /* the file, or NULL */
	struct manners manners;
	bool waits;                 /* another process tries the secret */
	int32_t result;
	const char *id;             /* learnt then, or "" */
	unsigned refusals;          /* of the user, in a row; put off, too */
} scenes[] = {
	{ "the first login", NULL, { .auth = "PLAIN LOGIN" }, false, 0,
	  "plain", 0 },
	{ "the name in the command", NULL, { .auth = "LOGIN",
	  .takes_name_from_ir = true }, false, 0, "login-ir", 0 },
	{ "refused, nobody knows the user", HEAD OTHERS,
	  { .auth = "PLAIN LOGIN", .refusals = 9 }, false, LK_E_CREDENTIALS,
	  "", 2 },
	{ "refused, one that logged in", HEAD PROVEN OTHERS,
	  { .auth = "PLAIN LOGIN", .refusals = 9 }, false, LK_E_CREDENTIALS,
	  "", 1 },
	{ "the second try", HEAD OTHERS, { .auth = "PLAIN LOGIN",
	  .refusals = 1 }, false, 0, "login", 0 },
	{ "put off", HEAD PROVEN OTHERS, { .auth = "PLAIN", .refusals = 9,
	  .refuses_for_now = true }, false, LK_E_TRANSIENT, "login", 1 },
	{ "held back", HEAD HELD OTHERS, { .auth = "PLAIN" }, false,
	  LK_E_CREDENTIALS, "", 1 },
	{ "after another", HEAD PROVEN OTHERS, { .auth = "PLAIN LOGIN" }, true,
	  0, "login", 0 },
	{ "a damaged file", "latchkey-state 1\nlear", { .auth = "PLAIN" },
	  false, 0, "plain", 0 },
};

static int32_t
give(void *ctx, const struct lk_ask *ask, struct lk_secret *to,
     struct lk_error *err)
{
	(void)ctx;
	(void)ask;
	(void)err;
	asked++;
	return lk_secret_add(to, "correct-horse", 13) < 0 ? LK_E_NOMEM
							  : LK_DONE;
}

static int64_t
fake_date(void)
{
	return NOW;
}

/* The other process is through. */
static void
let_go(void *ctx)
{
	(void)ctx;
	lk_state_lock_close(other);
	other = -1;
}

static struct lk_host *
new_host(void)
{
	const struct lk_host_options o = { .size = sizeof(o),
					   .state_dir = place };
	struct lk_host *host = NULL;
	struct lk_error err;

	if (lk_host_new(&host, &o, &err) < 0)
		fail_msg("%s", err.sentence);
	host->ledger->date = fake_date;
	return host;
}

/* ---- what lies there ---------------------------------------------------- */

static void
lay_out(const char *text)
{
	int fd;

	unlink(file);
	if (!text)
		return;
	fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static size_t
read_file(char *to, size_t room)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, to, room - 1);

	if (fd >= 0)
		close(fd);
	assert_true(n >= 0);
	to[n] = '\0';
	return (size_t)n;
}

static bool
is_alone(void)
{
	const struct dirent *e;
	DIR *d = opendir(place);
	bool ok = true;

	while (d && (e = readdir(d)))
		ok = ok && (*e->d_name == '.' ||
			    strcmp(e->d_name, "lock") == 0 ||
			    strcmp(e->d_name, HOST ":465") == 0);
	if (d)
		closedir(d);
	return ok;
}

static bool
is_free(void)
{
	struct lk_host *host = new_host();
	int lock = lk_state_lock_open(host);
	bool ok = lk_state_lead(lock, lk_state_lock_of(HOST, PORT, USER)) == 1;

	lk_state_lock_close(lock);
	lock = lk_state_lock_change(host);
	ok = ok && lock >= 0;
	lk_state_lock_close(lock);
	lk_host_free(host);
	return ok;
}

/* NULL: all is well.  is_last: nothing failed, and all was remembered. */
static const char *
find_fault(const struct scene *s, bool is_last)
{
	static char text[LK_STATE_MAX + 1];
	const struct lk_state_user *u;
	struct lk_state state = { .n_users = 0 };
	size_t len = read_file(text, sizeof(text));
	const char *why = "no memory";
	unsigned refusals;
	bool is_learnt;

	if (!is_alone())
		return "there is another file";
	if (!is_last && s->before && strcmp(text, s->before) == 0)
		return NULL;
	if (!len)
		return s->before || is_last ? "the file is gone" : NULL;
	if (lk_state_parse(&state, text, len, &why) < 0)
		return why;
	u = lk_state_find(&state, USER);
	refusals = u ? u->refused.count + u->put_off.count : 0;
	is_learnt = strcmp(state.learnt.id, s->id) == 0;
	lk_state_wipe(&state);
	if (s->before && strstr(s->before, OTHERS) && !strstr(text, OTHERS))
		return "others are forgotten";
	if (refusals > 2)
		return "a refusal is counted twice";
	if (is_last && refusals != s->refusals)
		return "the refusals are not counted";
	return is_last && !is_learnt ? "the wrong one is learnt" : NULL;
}

/* ---- logins ------------------------------------------------------------- */

static int
count_descriptors(void)
{
	int fd, n = 0;

	for (fd = 0; fd < 100; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void
log_in(const struct scene *s, bool is_welcome)
{
	server_init(&m.server, &s->manners);
	if (is_welcome)
		m.server.refused = s->manners.refusals;
	asked = 0;
	mail_run(&m);
}

static int32_t
last_result(void)
{
	return m.begun ? m.result[m.begun - 1] : m.cls;
}

static void
complain(const struct scene *s, size_t n, const char *what)
{
	complaints++;
	print_error("%s: allocation %zu (%s): class %d: %s\n", s->name, n,
		    fail_where(), (int)last_result(), what);
}

/* Returns whether an allocation failed. */
static bool
run_once(const struct scene *s, size_t n)
{
	const size_t before = fail_live();
	const int descriptors = count_descriptors();
	struct lk_host *another = new_host();
	const char *fault;
	bool failed;
	int32_t r;

	lay_out(s->before);
	m.host = new_host();
	if (s->waits) {
		other = lk_state_lock_open(another);
		lk_state_lead(other, lk_state_lock_of(HOST, PORT, USER));
	}
	fail_at(n);
	log_in(s, false);
	failed = fail_stop();
	lk_host_free(m.host);
	let_go(NULL);
	lk_host_free(another);
	r = last_result();
	if (r != s->result && (!failed || r != LK_E_NOMEM))
		complain(s, n, m.error.sentence);
	if (failed && fail_live() != before)
		complain(s, n, "it leaks");
	if (count_descriptors() != descriptors)
		complain(s, n, "descriptors are left");
	fault = find_fault(s, !failed);
	if (fault)
		complain(s, n, fault);
	if (!is_free())
		complain(s, n, "it is still locked");
	if (!failed)
		return false;
	/* the next process */
	m.host = new_host();
	log_in(s, s->result == 0);
	lk_host_free(m.host);
	if (last_result() != s->result)
		complain(s, n, m.error.sentence);
	return true;
}

static void
test_logins(void **state)
{
	size_t i, n, all = 0;

	(void)state;
	m.login = (struct lk_login){
		.size = sizeof(m.login), .host = HOST, .port = PORT,
		.user = USER, .secrets = "password", .secret = give,
	};
	m.tls = LK_TLS_IMPLICIT;
	m.wait = let_go;
	mail_load_all();
	for (i = 0; i < sizeof(scenes) / sizeof(*scenes); i++) {
		for (n = 0; run_once(&scenes[i], n); n++)
			;
		assert_true(n > 20);
		all += n;
	}
	print_message("%zu allocations\n", all);
	assert_int_equal(complaints, 0);
}

/* ---- what a program asks ------------------------------------------------ */

static void
test_asked(void **state)
{
	struct lk_learnt_info info;
	struct lk_error err;
	struct lk_host *host;
	size_t n = 0, live;
	bool failed = true;
	int r;

	(void)state;
	for (; failed; n++) {
		lay_out(HEAD HELD OTHERS);
		live = fail_live();
		host = new_host();
		info = (struct lk_learnt_info){ .size = sizeof(info) };
		fail_at(n);
		r = lk_host_learnt(host, HOST, PORT, USER, &info);
		failed = fail_stop();
		assert_int_equal(r == 1, info.refusals == 1);
		assert_true(r == 1 || failed);
		/* it is gone, or that is an error */
		fail_at(n);
		r = lk_host_forget(host, HOST, PORT, &err);
		failed = fail_stop() || failed;
		assert_int_equal(r, access(file, F_OK) == 0 ? -1 : 0);
		lk_host_free(host);
		assert_int_equal(fail_live(), live);
		assert_true(is_alone() && is_free());
	}
	assert_true(n > 2);
}

static int
begin(void **state)
{
	(void)state;
	if (temp_dir(above, "latchkey-state") < 0)
		return -1;
	snprintf(place, sizeof(place), "%s/state", above);
	snprintf(file, sizeof(file), "%s/" HOST ":465", place);
	return mkdir(place, 0700);
}

static int
end(void **state)
{
	(void)state;
	return temp_remove(above);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_logins),
		cmocka_unit_test(test_asked),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
