/* Logins by each mechanism to the servers of the library itself.
 * SPDX-License-Identifier: MIT */
#include "talk.h"

static const struct {
	const char *id;
	uint32_t flags, not_flags;
	const char *needs;
	int has_ir, rounds;
	int is_proxy;
} mechs[] = {
	{ "sasl-plain", LK_F_PLAINTEXT | LK_F_CLIENT_FIRST, LK_F_MUTUAL,
	  "authid password", 1, 1, 1 },
	{ "sasl-login", LK_F_PLAINTEXT | LK_F_SERVER_FIRST, LK_F_MUTUAL,
	  "authid password", 0, 3, 0 },
	{ "sasl-cram-md5", LK_F_SERVER_FIRST, LK_F_PLAINTEXT | LK_F_MUTUAL,
	  "authid password", 0, 2, 0 },
	{ "sasl-digest-md5", LK_F_SERVER_FIRST | LK_F_MUTUAL, LK_F_PLAINTEXT,
	  "authid password", 0, 3, 1 },
	{ "sasl-scram-sha-1", LK_F_CLIENT_FIRST | LK_F_MUTUAL, LK_F_PLAINTEXT,
	  "authid password", 1, 3, 1 },
	{ "sasl-scram-sha-256", LK_F_CLIENT_FIRST | LK_F_MUTUAL,
	  LK_F_PLAINTEXT | LK_F_CHANNEL_BINDING, "authid password", 1, 3, 1 },
	{ "sasl-scram-sha-512", LK_F_CLIENT_FIRST | LK_F_MUTUAL,
	  LK_F_PLAINTEXT, "authid password", 1, 3, 1 },
	{ "sasl-ntlm", LK_F_CLIENT_FIRST, LK_F_PLAINTEXT, "authid password",
	  1, 2, 0 },
	{ "sasl-anonymous", LK_F_ANONYMOUS | LK_F_NO_SECRET, LK_F_PLAINTEXT,
	  "", 1, 1, 0 },
};

#define COUNT (sizeof(mechs) / sizeof(*mechs))

static void
test_notes(void **state)
{
	const struct lk_mech_record *r;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT; i++) {
		if (!find(mechs[i].id))
			fail_msg("%s: not there", mechs[i].id);
		r = &find(mechs[i].id)->record;
		if ((r->flags & mechs[i].flags) != mechs[i].flags ||
		    (r->flags & mechs[i].not_flags))
			fail_msg("%s: flags %x", r->id, r->flags);
		assert_string_equal(r->needs, mechs[i].needs);
		assert_string_equal(r->uses, "libsasl2");
	}
	assert_string_equal(find("sasl-digest-md5")->record.wire,
			    "DIGEST-MD5");
	/* the library's own order */
	assert_true(find("sasl-scram-sha-512")->record.strength >
		    find("sasl-scram-sha-256")->record.strength);
	assert_true(find("sasl-scram-sha-1")->record.strength >
		    find("sasl-digest-md5")->record.strength);
	assert_true(find("sasl-cram-md5")->record.strength >
		    find("sasl-plain")->record.strength);
	assert_true(find("sasl-plain")->record.strength >
		    find("sasl-anonymous")->record.strength);
}

/* None is hard-coded: what the library has is there, and nothing else. */
static void
test_all_are_there(void **state)
{
	const char **name = sasl_global_listmech();
	size_t n = 0, i, j;
	char id[64];

	(void)state;
	assert_non_null(name);
	for (; *name; name++, n++) {
		i = (size_t)snprintf(id, sizeof(id), "sasl-%s", *name);
		for (j = 0; j < i; j++)
			if (id[j] >= 'A' && id[j] <= 'Z')
				id[j] = (char)(id[j] | 0x20);
		if (!find(id))
			fail_msg("%s: not there", id);
	}
	for (i = 0; entries[i]; i++)
		if (strncmp(entries[i]->record.id, "sasl-", 5) == 0)
			n--;
	assert_int_equal(n, 0);
}

static void
test_good(void **state)
{
	struct result r;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT; i++) {
		r = log_in_by(mechs[i].id, "s3cret", NULL);
		if (r.cls != LK_DONE || r.server != SASL_OK)
			fail_msg("%s: %d, server %d", mechs[i].id, r.cls,
				 r.server);
		if (r.has_ir != mechs[i].has_ir || r.rounds != mechs[i].rounds)
			fail_msg("%s: initial response %d, %d rounds",
				 mechs[i].id, r.has_ir, r.rounds);
		if (strncmp(r.user, mechs[i].needs[0] ? "alice" : "anonymous",
			    5) != 0)
			fail_msg("%s: %s", mechs[i].id, r.user);
	}
}

static void
test_bad(void **state)
{
	struct result r;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT; i++) {
		if (!mechs[i].needs[0])
			continue;
		r = log_in_by(mechs[i].id, "S3cret", NULL);
		if (r.cls != LK_E_CREDENTIALS || r.server == SASL_OK)
			fail_msg("%s: %d, server %d", mechs[i].id, r.cls,
				 r.server);
	}
}

static void
test_authzid(void **state)
{
	struct result r;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT; i++) {
		if (!mechs[i].is_proxy) {
			r = log_in_by(mechs[i].id, "s3cret", "bob");
			assert_int_equal(r.cls, LK_E_UNSUPPORTED);
			r = log_in_by(mechs[i].id, "s3cret", "alice");
			assert_int_equal(r.cls, LK_DONE);
			continue;
		}
		assert_true(find(mechs[i].id)->record.flags & LK_F_PROXY);
		r = log_in_by(mechs[i].id, "s3cret", "bob");
		if (r.cls != LK_DONE || strncmp(r.user, "bob", 3) != 0)
			fail_msg("%s: %d, %s", mechs[i].id, r.cls, r.user);
		r = log_in_by(mechs[i].id, "s3cret", "carol");
		assert_true(r.cls < 0);
	}
}

static void
test_no_secret(void **state)
{
	struct attempt a;
	struct result r;

	(void)state;
	real_init(&a, "sasl-plain");
	a.password = bytes(NULL);
	r = log_in(&a, HOST, NULL);
	assert_int_equal(r.cls, LK_E_NOPROP);
	assert_part(sentence(&a), "no password");
	attempt_close(&a);

	real_init(&a, "sasl-plain");
	a.password = (struct lk_bytes){ (const unsigned char *)"s3\0cret", 7 };
	r = log_in(&a, HOST, NULL);
	assert_int_equal(r.cls, LK_E_CONFIG);
	assert_part(sentence(&a), "NUL");
	attempt_close(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_notes),
		cmocka_unit_test(test_all_are_there),
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_authzid),
		cmocka_unit_test(test_no_secret),
	};

	return cmocka_run_group_tests(tests, begin, unload);
}
