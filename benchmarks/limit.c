/* The limit: an echo server in C, one thread and one epoll, for what a server in Python can at best come near to.
 *
 * It answers as the others do (an echo until end of file) and stops at SIGTERM; it has no deadlines, limits or log.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define CHUNK 262144

/* What a client has not taken yet; few connections ever have it, so an idle one costs nothing here. */
struct rest {
    size_t sent, length;
    unsigned char data[];
};

static const char *path;
static int epoll, listener;
static unsigned char buffer[CHUNK];
static struct rest **rests;
static size_t room;

static void stop(int number) {
    (void)number;
    if (path)
        unlink(path);
    _exit(0);
}

__attribute__((noreturn)) static void die(const char *what) {
    fprintf(stderr, "limit: %s: %s\n", what, strerror(errno));
    exit(2);
}

static void drop(int fd) {
    if ((size_t)fd < room) {
        free(rests[fd]);
        rests[fd] = NULL;
    }
    close(fd);
}

static void watch(int fd, uint32_t events, int operation) {
    struct epoll_event event = {.events = events, .data.fd = fd};
    if (epoll_ctl(epoll, operation, fd, &event))
        die("epoll_ctl");
}

static void keep(int fd, const unsigned char *data, size_t length) {
    if ((size_t)fd >= room) {
        size_t wanted = (size_t)fd * 2 + 64;
        rests = realloc(rests, wanted * sizeof *rests);
        if (!rests)
            die("memory");
        memset(rests + room, 0, (wanted - room) * sizeof *rests);
        room = wanted;
    }
    struct rest *rest = malloc(sizeof *rest + length);
    if (!rest)
        die("memory");
    rest->sent = 0;
    rest->length = length;
    memcpy(rest->data, data, length);
    rests[fd] = rest;
    /* Nothing is read from who does not take its answers. */
    watch(fd, EPOLLOUT, EPOLL_CTL_MOD);
}

static void flush(int fd) {
    struct rest *rest = rests[fd];
    ssize_t count = send(fd, rest->data + rest->sent, rest->length - rest->sent, MSG_NOSIGNAL);
    if (count < 0) {
        if (errno != EAGAIN)
            drop(fd);
        return;
    }
    rest->sent += (size_t)count;
    if (rest->sent == rest->length) {
        free(rest);
        rests[fd] = NULL;
        watch(fd, EPOLLIN, EPOLL_CTL_MOD);
    }
}

static void echo(int fd) {
    ssize_t count = recv(fd, buffer, sizeof buffer, 0);
    if (count < 0 && errno == EAGAIN)
        return;
    if (count <= 0) {
        drop(fd);
        return;
    }
    ssize_t sent = send(fd, buffer, (size_t)count, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN)
        drop(fd);
    else if (sent < count)
        keep(fd, buffer + (sent < 0 ? 0 : sent), (size_t)(count - (sent < 0 ? 0 : sent)));
}

static void accept_all(void) {
    int fd;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
        watch(fd, EPOLLIN, EPOLL_CTL_ADD);
}

static void echo_datagrams(void) {
    struct sockaddr_storage address;
    for (;;) {
        socklen_t length = sizeof address;
        ssize_t count = recvfrom(listener, buffer, sizeof buffer, 0, (struct sockaddr *)&address, &length);
        if (count >= 0)
            sendto(listener, buffer, (size_t)count, MSG_NOSIGNAL, (struct sockaddr *)&address, length);
    }
}

static void listen_at(int port, bool datagrams) {
    int yes = 1, type = datagrams ? SOCK_DGRAM : SOCK_STREAM | SOCK_NONBLOCK;
    listener = socket(path ? AF_UNIX : AF_INET, type | SOCK_CLOEXEC, 0);
    if (listener < 0)
        die("socket");
    if (path) {
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        if (strlen(path) >= sizeof address.sun_path) {
            errno = ENAMETOOLONG;
            die(path);
        }
        strcpy(address.sun_path, path);
        if (bind(listener, (struct sockaddr *)&address, sizeof address))
            die(path);
    } else {
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t length = sizeof address;
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        if (bind(listener, (struct sockaddr *)&address, length))
            die("bind");
        getsockname(listener, (struct sockaddr *)&address, &length);
        port = ntohs(address.sin_port);
    }
    if (!datagrams && listen(listener, 4096))
        die("listen");
    if (path)
        printf("listening on %s\n", path);
    else
        printf("listening on 127.0.0.1:%d\n", port);
    fflush(stdout);
}

int main(int count, char **arguments) {
    static const struct option known[] = {{"port", required_argument, 0, 'p'}, {"path", required_argument, 0, 'u'},
                                          {"udp", no_argument, 0, 'd'}, {"unixgram", no_argument, 0, 'd'},
                                          {0, 0, 0, 0}};
    int option, port = -1;
    bool datagrams = false;
    while ((option = getopt_long(count, arguments, "", known, NULL)) != -1) {
        switch (option) {
        case 'p': port = atoi(optarg); break;
        case 'u': path = optarg; break;
        case 'd': datagrams = true; break;
        default: return 2;
        }
    }
    if ((port < 0) == !path) {
        fputs("usage: limit (--port N [--udp] | --path P [--unixgram])\n", stderr);
        return 2;
    }
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    /* Before the address is told: who reads it may send the signal at once. */
    signal(SIGTERM, stop);
    signal(SIGINT, stop);
    listen_at(port, datagrams);
    if (datagrams)
        echo_datagrams();
    epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0)
        die("epoll");
    watch(listener, EPOLLIN, EPOLL_CTL_ADD);
    struct epoll_event events[256];
    for (;;) {
        int ready = epoll_wait(epoll, events, 256, -1);
        for (int index = 0; index < ready; index++) {
            int fd = events[index].data.fd;
            if (fd == listener)
                accept_all();
            else if ((size_t)fd < room && rests[fd])
                flush(fd);
            else
                echo(fd);
        }
    }
}
