/* floor PORT [CA]: what OpenSSL alone takes of a message: connect, STARTTLS, a
 * verified handshake, QUIT, by the shortest way.
 * SPDX-License-Identifier: MIT */
#include <openssl/ssl.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int
reach(const char *port)
{
	struct sockaddr_in a = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		exit(1);
	return fd;
}

static void
say(int fd, const char *line)
{
	char reply[4096];

	if (write(fd, line, strlen(line)) < 0 ||
	    read(fd, reply, sizeof(reply)) <= 0)
		exit(2);
}

static SSL_CTX *
trust(const char *ca)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	if (!ctx || (ca ? SSL_CTX_load_verify_file(ctx, ca)
			: SSL_CTX_set_default_verify_dir(ctx)) != 1)
		exit(3);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	return ctx;
}

int
main(int argc, char **argv)
{
	char reply[4096];
	SSL *ssl;
	int fd;

	if (argc < 2)
		return 64;
	OPENSSL_init_ssl(OPENSSL_INIT_NO_ATEXIT |
			 OPENSSL_INIT_NO_LOAD_SSL_STRINGS |
			 OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS, NULL);
	ssl = SSL_new(trust(argv[2]));
	if (!ssl || SSL_set1_host(ssl, "localhost") != 1)
		return 4;
	fd = reach(argv[1]);
	if (read(fd, reply, sizeof(reply)) <= 0)
		return 5;
	say(fd, "EHLO [127.0.0.1]\r\n");
	say(fd, "STARTTLS\r\n");
	if (SSL_set_fd(ssl, fd) != 1 || SSL_connect(ssl) != 1)
		return 6;
	SSL_write(ssl, "QUIT\r\n", 6);
	SSL_read(ssl, reply, sizeof(reply));
	return 0;
}
