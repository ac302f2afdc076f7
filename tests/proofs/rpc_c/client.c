/* Calls each procedure of echoes.x by libtirpc, and compares what comes back: client tcp|udp|unix WHERE TIMES. */

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "echoes.h"

static unsigned failures;

static u_int encoded(xdrproc_t codec, void *value, char *into, u_int size)
{
    XDR stream;
    xdrmem_create(&stream, into, size, XDR_ENCODE);
    return codec(&stream, value, 0) ? xdr_getpos(&stream) : 0;
}

static void compare(const char *name, xdrproc_t codec, void *sent, void *received)
{
    static char one[1 << 20], other[1 << 20];
    u_int size = encoded(codec, sent, one, sizeof one);
    if (!received || !size || encoded(codec, received, other, sizeof other) != size || memcmp(one, other, size)) {
        fprintf(stderr, "%s: another value came back\n", name);
        failures++;
    }
}

#define CALL(type, name, codec, value)                                     \
    do {                                                                   \
        type sent = value;                                                 \
        type *received = name##_1(&sent, client);                          \
        if (!received)                                                     \
            clnt_perror(client, #name);                                    \
        compare(#name, (xdrproc_t)codec, &sent, received);                 \
        if (received)                                                      \
            clnt_freeres(client, (xdrproc_t)codec, (caddr_t)received);     \
    } while (0)

static CLIENT *connected(const char *kind, const char *where)
{
    int made = RPC_ANYSOCK;
    struct timeval retry = {1, 0};
    if (!strcmp(kind, "unix")) {
        struct sockaddr_un path = {.sun_family = AF_LOCAL};
        snprintf(path.sun_path, sizeof path.sun_path, "%s", where);
        return clntunix_create(&path, ECHOES, ECHOES_V1, &made, 0, 0);
    }
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    address.sin_port = htons(atoi(where));
    return strcmp(kind, "tcp") ? clntudp_create(&address, ECHOES, ECHOES_V1, retry, &made)
                               : clnttcp_create(&address, ECHOES, ECHOES_V1, &made, 0, 0);
}

int main(int count, char **arguments)
{
    if (count != 4)
        return 2;
    CLIENT *client = connected(arguments[1], arguments[2]);
    if (!client) {
        clnt_pcreateerror("client");
        return 3;
    }
    int64_t large[3] = {-1, 1LL << 62, 7};
    node last = {3, NULL}, first = {-2, &last};
    static char bytes[4000];
    for (int at = 0; at < (int)sizeof bytes; at++)
        bytes[at] = (char)(at * 7);
    for (int times = atoi(arguments[3]); times--;) {
        scalars all = {-2147483647 - 1, 4294967295u, -1LL << 63, ~0ULL, 1.5f, -2.25e300, TRUE, NONE};
        sequences many = {{1, 2, 3, 4}, {sizeof bytes, bytes}, "text \303\244", {1, -2, 3, -4}, {3, large}, "eight by"};
        optional none = {NULL, NULL}, some = {&all, &first};
        choice red = {.which = RED, .choice_u.number = 42}, green = {.which = GREEN, .choice_u.text = "leaf"};
        choice other = {.which = NONE};
        block empty = {0, NULL}, full = {sizeof bytes - 1, bytes};
        if (!nothing_1(NULL, client))
            failures++;
        CALL(int, an_int, xdr_int, -42);
        CALL(u_int64_t, an_unsigned_hyper, xdr_u_int64_t, ~0ULL);
        CALL(double, a_double, xdr_double, -0.1);
        CALL(bool_t, a_bool, xdr_bool, TRUE);
        CALL(colour, a_colour, xdr_colour, GREEN);
        CALL(words, some_words, xdr_words, "words");
        CALL(words, some_words, xdr_words, "");
        CALL(block, a_block, xdr_block, empty);
        CALL(block, a_block, xdr_block, full);
        CALL(scalars, scalars, xdr_scalars, all);
        CALL(sequences, sequences, xdr_sequences, many);
        CALL(choice, a_choice, xdr_choice, red);
        CALL(choice, a_choice, xdr_choice, green);
        CALL(choice, a_choice, xdr_choice, other);
        CALL(optional, an_optional, xdr_optional, none);
        CALL(optional, an_optional, xdr_optional, some);
    }
    clnt_destroy(client);
    return failures ? 1 : 0;
}
