/* The limit: a block is sent back by a server that libtirpc and rpcgen make: rpc_echo tcp|udp. */

#include <netinet/in.h>
#include <rpc/rpc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct block {
    u_int size;
    char *data;
};

static bool_t xdr_block(XDR *stream, struct block *value)
{
    return xdr_bytes(stream, &value->data, &value->size, ~0u);
}

/* As rpcgen writes a dispatcher. */
static void dispatch(struct svc_req *request, SVCXPRT *transport)
{
    struct block value;
    if (request->rq_proc == NULLPROC) {
        svc_sendreply(transport, (xdrproc_t)xdr_void, NULL);
        return;
    }
    if (request->rq_proc != 8) {
        svcerr_noproc(transport);
        return;
    }
    memset(&value, 0, sizeof value);
    if (!svc_getargs(transport, (xdrproc_t)xdr_block, (caddr_t)&value)) {
        svcerr_decode(transport);
        return;
    }
    if (!svc_sendreply(transport, (xdrproc_t)xdr_block, (caddr_t)&value))
        svcerr_systemerr(transport);
    svc_freeargs(transport, (xdrproc_t)xdr_block, (caddr_t)&value);
}

int main(int count, char **arguments)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int streams = count == 2 && !strcmp(arguments[1], "tcp");
    int made = socket(AF_INET, streams ? SOCK_STREAM : SOCK_DGRAM, 0);
    if (made < 0 || bind(made, (struct sockaddr *)&address, size) || getsockname(made, (struct sockaddr *)&address, &size))
        return 2;
    if (streams)
        listen(made, 128);
    SVCXPRT *transport = streams ? svctcp_create(made, 0, 0) : svcudp_create(made);
    if (!transport || !svc_register(transport, 0x20000042, 1, dispatch, 0))
        return 3;
    printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
    fflush(stdout);
    svc_run();
    return 4;
}
