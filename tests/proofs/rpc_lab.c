/*
 * A server and a client of rpc_lab.x by rpcgen and libtirpc.
 *
 * `lab serve PATH` serves over TCP, UDP and the Unix socket PATH, and writes the two ports to standard output.
 * `lab call tcp|udp PORT` and `lab call unix PATH` make each call, and write a line for each.
 */
#include "rpc_lab.h"
#include <arpa/inet.h>
#include <rpc/rpc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void lab_1(struct svc_req *, SVCXPRT *);

bool_t add_1_svc(pair given, int *sum, struct svc_req *request)
{
	*sum = given.a + given.b;
	return TRUE;
}

bool_t fill_1_svc(u_int length, blob *filled, struct svc_req *request)
{
	filled->blob_val = malloc(length + 1);
	filled->blob_len = length;
	memset(filled->blob_val, 'x', length);
	return TRUE;
}

bool_t who_1_svc(u_int *uid, struct svc_req *request)
{
	*uid = request->rq_cred.oa_flavor == AUTH_UNIX ? ((struct authunix_parms *)request->rq_clntcred)->aup_uid : 0;
	return TRUE;
}

bool_t refuse_1_svc(int *none, struct svc_req *request)
{
	svcerr_weakauth(request->rq_xprt);
	return FALSE;
}

bool_t fail_1_svc(int *none, struct svc_req *request)
{
	svcerr_systemerr(request->rq_xprt);
	return FALSE;
}

int lab_1_freeresult(SVCXPRT *transport, xdrproc_t code, caddr_t result)
{
	if (code == (xdrproc_t)xdr_blob)
		xdr_free(code, result);
	return 1;
}

static int bound(int kind, int *port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof address;
	int made = socket(AF_INET, kind, 0);
	if (made < 0 || bind(made, (struct sockaddr *)&address, length) || getsockname(made, (struct sockaddr *)&address, &length)
	    || (kind == SOCK_STREAM && listen(made, 16)))
		exit(2);
	*port = ntohs(address.sin_port);
	return made;
}

static int serve(char *path)
{
	int tcp_port, udp_port;
	SVCXPRT *transports[] = {
		svctcp_create(bound(SOCK_STREAM, &tcp_port), 0, 0),
		svcudp_create(bound(SOCK_DGRAM, &udp_port)),
		svcunix_create(RPC_ANYSOCK, 0, 0, path),
	};
	for (int each = 0; each < 3; each++)
		/* Protocol 0: no rpcbind is asked. */
		if (!transports[each] || !svc_register(transports[each], LAB, LAB_V1, lab_1, 0))
			return 3;
	printf("%d %d\n", tcp_port, udp_port);
	fflush(stdout);
	svc_run();
	return 4;
}

static CLIENT *connected(char *transport, char *where, u_long version)
{
	struct timeval pause = { 1, 0 };
	int made = RPC_ANYSOCK;
	if (!strcmp(transport, "unix")) {
		struct sockaddr_un address = { .sun_family = AF_UNIX };
		strcpy(address.sun_path, where);
		return clntunix_create(&address, LAB, version, &made, 0, 0);
	}
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(atoi(where))
	};
	return strcmp(transport, "udp") ? clnttcp_create(&address, LAB, version, &made, 0, 0)
					: clntudp_create(&address, LAB, version, pause, &made);
}

static int call(char *transport, char *where)
{
	CLIENT *client = connected(transport, where, LAB_V1);
	CLIENT *other = connected(transport, where, 9);
	struct timeval patience = { 10, 0 };
	pair numbers = { 20, 22 };
	blob filled = { 0 };
	int sum = 0, none = 0;
	u_int uid = 0;
	if (!client || !other) {
		printf("%s\n", clnt_spcreateerror("create"));
		return 5;
	}
	printf("null %d\n", clnt_call(client, NULLPROC, (xdrproc_t)xdr_void, NULL, (xdrproc_t)xdr_void, NULL, patience));
	printf("add %d", add_1(numbers, &sum, client));
	printf(" %d\n", sum);
	for (u_int size = 0; size <= 8000; size += 2000) {
		memset(&filled, 0, sizeof filled);
		printf("fill %d", fill_1(size, &filled, client));
		printf(" %u\n", filled.blob_len);
	}
	if (strcmp(transport, "udp")) {
		memset(&filled, 0, sizeof filled);
		printf("fill %d", fill_1(700000, &filled, client));
		printf(" %u\n", filled.blob_len);
	}
	client->cl_auth = authunix_create("lab", 1234, 5, 2, (gid_t[]){ 6, 7 });
	printf("who %d", who_1(&uid, client));
	printf(" %u\n", uid);
	printf("refuse %d\n", refuse_1(&none, client));
	printf("fail %d\n", fail_1(&none, client));
	printf("procedure %d\n", clnt_call(client, 77, (xdrproc_t)xdr_void, NULL, (xdrproc_t)xdr_void, NULL, patience));
	printf("arguments %d\n", clnt_call(client, ADD, (xdrproc_t)xdr_void, NULL, (xdrproc_t)xdr_void, NULL, patience));
	printf("version %d\n", add_1(numbers, &sum, other));
	return 0;
}

int main(int count, char **words)
{
	if (count == 3 && !strcmp(words[1], "serve"))
		return serve(words[2]);
	if (count == 4 && !strcmp(words[1], "call"))
		return call(words[2], words[3]);
	return 1;
}
