/* A server of libsasl2 in this process, for alice.  She may log in as bob.
 * SPDX-License-Identifier: MIT */
#ifndef TESTS_SASL_SERVER_H
#define TESTS_SASL_SERVER_H

#include <sasl/sasl.h>

#define SERVER_SECRET "s3cret"

/* Once in a process. */
void server_init(void);

/* NULL: it has no such connection. */
sasl_conn_t *server_new(const char *name, const char *realm);

/* Names of the mechanisms that can be tried, by blanks. */
const char *server_offer(sasl_conn_t *);

#endif
