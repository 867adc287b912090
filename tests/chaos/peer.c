/* The server on a loopback port. SPDX-License-Identifier: MIT */
#include "peer.h"

#include "net/certs.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

struct wire {
	int fd;
	SSL *ssl;
};

static int
get(struct wire *w, void *to, size_t room)
{
	return w->ssl ? SSL_read(w->ssl, to, (int)room)
		      : (int)recv(w->fd, to, room, 0);
}

static int
put(struct wire *w, const void *data, size_t len)
{
	return w->ssl ? SSL_write(w->ssl, data, (int)len)
		      : (int)send(w->fd, data, len, MSG_NOSIGNAL);
}

static bool
shake_hands(struct wire *w, SSL_CTX *ctx)
{
	w->ssl = SSL_new(ctx);
	SSL_set_fd(w->ssl, w->fd);
	return SSL_accept(w->ssl) == 1;
}

static void
serve(struct server *s, struct wire *w, SSL_CTX *ctx, bool implicit_tls,
      int *accepted)
{
	char data[4096];
	int n;
	bool goes_on = !implicit_tls || shake_hands(w, ctx);

	server_greet(s, implicit_tls);
	while (goes_on) {
		if (s->len && put(w, s->out, s->len) <= 0)
			break;
		s->len = 0;
		if (s->hung_up)
			break;
		if (s->wants_tls && !shake_hands(w, ctx))
			break;
		if (s->wants_tls)
			server_tls_up(s);
		n = get(w, data, sizeof(data));
		if (n <= 0)
			break;
		server_hear(s, data, (size_t)n);
		/* before the answer is sent */
		*accepted = s->accepted;
	}
	SSL_free(w->ssl);
	close(w->fd);
}

static void
child(const struct peer *p, int listener, const struct manners *manners,
      const struct cert *c, bool implicit_tls)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	static struct server s;
	struct wire w;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_IGN);
	SSL_CTX_use_certificate(ctx, c->x509);
	SSL_CTX_use_PrivateKey(ctx, c->key);
	server_init(&s, manners);
	for (;;) {
		w.ssl = NULL;
		w.fd = accept(listener, NULL, NULL);
		if (w.fd < 0)
			_exit(1);
		serve(&s, &w, ctx, implicit_tls, p->accepted);
	}
}

void
peer_begin(struct peer *p, const struct manners *manners, bool implicit_tls)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(a);
	struct cert root, own;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	NEED(bind(listener, (struct sockaddr *)&a, len) == 0);
	NEED(listen(listener, 4) == 0);
	NEED(getsockname(listener, (struct sockaddr *)&a, &len) == 0);
	p->port = ntohs(a.sin_port);
	p->accepted = mmap(NULL, sizeof(int), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	NEED(p->accepted != MAP_FAILED);
	root = cert_new(NULL, "authority", NULL, -DAY, DAY);
	own = cert_new(&root, "server", "DNS:localhost,IP:127.0.0.1", -DAY,
		       DAY);
	cert_write(&root, 0, p->ca);
	fflush(NULL);
	p->pid = fork();
	NEED(p->pid >= 0);
	if (p->pid == 0)
		child(p, listener, manners, &own, implicit_tls);
	close(listener);
	cert_free(&root);
	cert_free(&own);
}

void
peer_settle(const struct peer *p)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons((uint16_t)p->port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char data[256];

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	NEED(connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0);
	shutdown(fd, SHUT_WR);
	while (recv(fd, data, sizeof(data), 0) > 0)
		;
	close(fd);
}

void
peer_end(struct peer *p)
{
	kill(p->pid, SIGTERM);
	waitpid(p->pid, NULL, 0);
	unlink(p->ca);
	munmap(p->accepted, sizeof(int));
}
