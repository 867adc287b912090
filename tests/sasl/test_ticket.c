/* Mechanisms that take a Kerberos ticket, without one.
 * SPDX-License-Identifier: MIT */
#include "real.h"

#include "unit/dialogue.h"
#include "unit/place.h"

#include <dlfcn.h>
#include <sys/socket.h>
#include <time.h>

/* A login that fails in its start leaves a name behind there. */
const char *__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
	return "leak:libgssapi_krb5";
}

static const char *const takers[] = { "sasl-gssapi", "sasl-gs2-krb5",
				      "sasl-gss-spnego" };

#define COUNT (sizeof(takers) / sizeof(*takers))

/* ---- is there talk with anybody? ----------------------------------------- */

static int sockets;

/* Stands before that of libc for all of the process. */
__attribute__((visibility("default"))) int
socket(int domain, int type, int protocol)
{
	int (*next)(int, int, int);
	void *symbol = dlsym(RTLD_NEXT, "socket");

	memcpy(&next, &symbol, sizeof(next));
	sockets++;
	return next(domain, type, protocol);
}

/* ---- a cache of tickets -------------------------------------------------- */

static void
put_number(FILE *f, uint32_t n)
{
	unsigned char octets[] = { (unsigned char)(n >> 24),
				   (unsigned char)(n >> 16),
				   (unsigned char)(n >> 8), (unsigned char)n };

	fwrite(octets, 1, 4, f);
}

static void
put_data(FILE *f, const char *text)
{
	put_number(f, (uint32_t)strlen(text));
	fputs(text, f);
}

static void
put_name(FILE *f, const char *first, const char *second)
{
	put_number(f, 1);
	put_number(f, second ? 2 : 1);
	put_data(f, "LATCHKEY.EXAMPLE");
	put_data(f, first);
	if (second)
		put_data(f, second);
}

/* A ticket for tickets, as kinit leaves it (format 4 of MIT Kerberos). */
static void
put_ticket(FILE *f, long seconds)
{
	uint32_t now = (uint32_t)time(NULL);

	put_name(f, "alice", NULL);
	put_name(f, "krbtgt", "LATCHKEY.EXAMPLE");
	fwrite("\0\x12", 1, 2, f);  /* AES-256 */
	put_data(f, "0123456789abcdef0123456789abcdef");
	put_number(f, now - 7200);
	put_number(f, now - 7200);
	put_number(f, now + (uint32_t)seconds);
	put_number(f, 0);
	fputc(0, f);
	put_number(f, 0x40600000);
	put_number(f, 0);
	put_number(f, 0);
	/* the ticket itself: looks right, is good for nothing (RFC 4120, 5.3) */
	put_data(f, "\x61\x2a\x30\x28\xa0\x03\x02\x01\x05\xa1\x03\x1b\x01R"
		 "\xa2\x0e\x30\x0c\xa0\x03\x02\x01\x02\xa1\x05\x30\x03\x1b"
		 "\x01k\xa3\x0c\x30\x0a\xa0\x03\x02\x01\x12\xa2\x03\x04\x01x");
	put_data(f, "");
}

static void
have_ticket(long seconds)
{
	FILE *f = fopen(at("tickets"), "wbe");

	assert_non_null(f);
	fwrite("\5\4\0\0", 1, 4, f);
	put_name(f, "alice", NULL);
	put_ticket(f, seconds);
	assert_int_equal(fclose(f), 0);
}

/* ---- logins -------------------------------------------------------------- */

static int32_t
is_available(const char *id, char *why, size_t room)
{
	struct attempt a;
	int32_t r;

	real_init(&a, id);
	attempt_open(&a, true);
	r = lk_exchange_available(a.x);
	snprintf(why, room, "%s", r < 0 ? sentence(&a) : "");
	attempt_close(&a);
	return r;
}

static void
test_none(void **state)
{
	char why[2048];
	size_t i;

	(void)state;
	unlink(at("tickets"));
	for (i = 0; i < COUNT; i++) {
		sockets = 0;
		assert_int_equal(is_available(takers[i], why, sizeof(why)),
				 LK_E_NOPROP);
		assert_string_equal(why, "no Kerberos ticket: run kinit");
		assert_int_equal(sockets, 0);
	}
	assert_null(find("sasl-plain")->calls.available);
	assert_null(find("sasl-anonymous")->calls.available);
}

/* That it has expired is found out later, and costs nothing either. */
static void
test_some(void **state)
{
	char why[2048];
	struct attempt a;
	size_t i;
	int is_old;

	(void)state;
	for (is_old = 0; is_old < 2; is_old++)
		for (i = 0; i < COUNT; i++) {
			have_ticket(is_old ? -3600 : 3600);
			sockets = 0;
			assert_int_equal(is_available(takers[i], why,
						      sizeof(why)), LK_DONE);
			assert_int_equal(sockets, 0);

			real_init(&a, takers[i]);
			a.login.host = "mail.latchkey.example";
			attempt_open(&a, true);
			assert_int_equal(lk_exchange_start(a.x),
					 LK_E_UNSUPPORTED);
			assert_null(lk_exchange_response(a.x).data);
			assert_part(lk_exchange_error(a.x)->advice, "kinit");
			/* asks the KDC: so they are counted */
			assert_true(sockets > 0);
			attempt_close(&a);
		}
}

/* Passed over before anything is sent, with its reason. */
static void
test_passed_over(void **state)
{
	struct lk_host *host = new_host(PLUGINS);
	struct dialogue d;

	(void)state;
	unlink(at("tickets"));
	dialogue_init(&d, host);
	d.offered = "GSSAPI PLAIN";
	d.login.auth = "sasl-gssapi plain";
	dialogue_run(&d, "235 ok");
	assert_string_equal(d.result.id, "plain");
	assert_int_equal(d.result.attempts, 1);
	d.offered = "GSSAPI";
	dialogue_run(&d, "");
	assert_string_equal(d.said, "");
	assert_int_equal(d.err.cls, LK_E_NOPROP);
	assert_part(d.err.sentence, "no Kerberos ticket: run kinit");
	lk_host_free(host);
}

/* Nothing of this machine, and a KDC that nobody is. */
static int
begin(void **state)
{
	char name[256];
	FILE *f;

	if (place_new(state) < 0)
		return -1;
	f = fopen(at("krb5.conf"), "we");
	assert_non_null(f);
	fputs("[libdefaults]\ndefault_realm = LATCHKEY.EXAMPLE\n"
	      "dns_lookup_kdc = false\ndns_lookup_realm = false\n"
	      "dns_canonicalize_hostname = false\nrdns = false\n"
	      "udp_preference_limit = 1\n"
	      "[realms]\nLATCHKEY.EXAMPLE = {\nkdc = 127.0.0.1:1\n}\n"
	      "[domain_realm]\n.latchkey.example = LATCHKEY.EXAMPLE\n", f);
	assert_int_equal(fclose(f), 0);
	setenv("KRB5_CONFIG", at("krb5.conf"), 1);
	setenv("KRB5_CLIENT_KTNAME", at("keytab"), 1);
	snprintf(name, sizeof(name), "FILE:%s", at("tickets"));
	setenv("KRB5CCNAME", name, 1);
	setenv("LATCHKEY_PLUGIN_PATH", PLUGINS, 1);
	return load(state);
}

static int
end(void **state)
{
	unload(state);
	return folder_free(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_some),
		cmocka_unit_test(test_passed_over),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
