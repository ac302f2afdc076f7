/* Serves echoes.x by libtirpc: server tcp|udp|unix WHERE. Writes the port, or the path, when it listens. */

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "echoes.h"

void echoes_1(struct svc_req *request, SVCXPRT *transport);

#define ECHO(type, name)                                         \
    type *name##_1_svc(type *argument, struct svc_req *request) \
    {                                                            \
        static type result;                                      \
        (void)request;                                           \
        result = *argument;                                      \
        return &result;                                          \
    }

ECHO(int, an_int)
ECHO(u_int64_t, an_unsigned_hyper)
ECHO(double, a_double)
ECHO(bool_t, a_bool)
ECHO(colour, a_colour)
ECHO(words, some_words)
ECHO(block, a_block)
ECHO(scalars, scalars)
ECHO(sequences, sequences)
ECHO(choice, a_choice)
ECHO(optional, an_optional)

void *nothing_1_svc(void *argument, struct svc_req *request)
{
    static char result;
    (void)argument;
    (void)request;
    return &result;
}

static int bound(int kind)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int made = socket(AF_INET, kind, 0);
    if (made < 0 || bind(made, (struct sockaddr *)&address, size) || getsockname(made, (struct sockaddr *)&address, &size))
        exit(3);
    printf("%d\n", ntohs(address.sin_port));
    return made;
}

int main(int count, char **arguments)
{
    SVCXPRT *transport = NULL;
    if (count != 3)
        return 2;
    if (!strcmp(arguments[1], "tcp")) {
        int made = bound(SOCK_STREAM);
        listen(made, 64);
        transport = svctcp_create(made, 0, 0);
    } else if (!strcmp(arguments[1], "udp")) {
        transport = svcudp_create(bound(SOCK_DGRAM));
    } else {
        transport = svcunix_create(RPC_ANYSOCK, 0, 0, arguments[2]);
        printf("0\n");
    }
    if (!transport || !svc_register(transport, ECHOES, ECHOES_V1, echoes_1, 0))
        return 4;
    fflush(stdout);
    svc_run();
    return 5;
}
