/* The dialogues of RFC 5802 and RFC 7677. SPDX-License-Identifier: MIT */
#ifndef TESTS_MECHS_VECTORS_H
#define TESTS_MECHS_VECTORS_H

#include "linked.h"

#define NONCE  "fyko+d2lbbFgONRv9qkxdawL"
#define BOTH   NONCE "3rfcNHYJY1ZVvWVs7j"
#define FIRST_ "r=" BOTH ",s=QSXCR+Q6sek8bf92,i=4096"
#define PROOF  "c=biws,r=" BOTH ",p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="
#define FINAL_ "v=rmF9pqV8S7suAoZWja4dJRkFsKQ="

/* The login of RFC 5802, begun; its first message is right. */
static inline void
vector_start(void)
{
	nonce = NONCE;
	linked_init(&l, "scram-sha-1");
	l.types = "";
	l.a.login.user = "user";
	l.a.password = bytes("pencil");
	assert_string_equal(linked_start(&l), "n,,n=user,r=" NONCE);
}

/* The same, up to our proof. */
static inline void
vector_prove(void)
{
	vector_start();
	assert_int_equal(attempt_ask(&l.a, FIRST_, false), LK_CONTINUE);
	assert_string_equal(attempt_response(&l.a), PROOF);
}

#endif
