/* A closed-loop load generator: one thread, one epoll, as many clients as asked for; it knows nothing of the server
 * but that it echoes. Each client has at most one request under way, and every byte that comes back is compared.
 *
 * It prints one line of JSON, which ends with its own CPU seconds: where those are all of the run, the figure is the
 * generator's and not the server's.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define MICROSECOND 1000ull
#define MILLISECOND (1000 * MICROSECOND)
#define SECOND (1000 * MILLISECOND)

/* Messages are windows of one random block: consecutive ones differ, and none has to be made. */
#define PERIOD 65536
#define CHUNK 262144

/* With --framing the block is of messages of so many bytes, each with its end or its length, and a window begins where
 * one does. A request of several is one send, and is answered when all of them are. */
#define MESSAGE 64
#define PREFIX 4

/* The client ends the connection first, so its port stays in TIME_WAIT; over many loopback addresses the ports of a
 * long run never run out, and the kernel finds a free one at its first guess. */
#define SOURCES 64

/* A datagram can be lost, a connection cannot: it can only hang. */
#define RESEND_AFTER (200 * MILLISECOND)
#define GIVE_UP_AFTER (5 * SECOND)
#define SWEEP_EVERY (50 * MILLISECOND)

/* Histogram of latencies: 64 buckets for each power of two, hence exact to 1.6 %. */
#define FINE_BITS 6
#define FINE (1 << FINE_BITS)
#define BUCKETS (FINE * 58)

enum mode { ECHO, CONNECT, BULK };
enum kind { TCP, UNIX, UDP, UNIXGRAM };
enum framing { NONE, LINES, PREFIXED };
enum state {
    ABSENT,   /* to be connected at the next turn: the server refused, or its queue is full */
    ASKING,   /* a request is under way */
    ENDING,   /* our side is shut, the server's end of file is awaited */
    RESTING,  /* after the last request */
};

struct client {
    int fd;
    enum state state;
    bool watching_out;
    uint32_t number;     /* chooses the window of the random block */
    uint64_t sent, got;
    uint64_t started, moved; /* when the request began, when a byte last went or came */
};

static struct {
    enum mode mode;
    enum kind kind;
    enum framing framing;
    int port;
    const char *path;
    int clients, idle;
    double seconds;
    uint64_t size, requests;
    bool hold;
} options = {.mode = ECHO, .kind = TCP, .clients = 1, .seconds = 1.0};

static unsigned char block[PERIOD + CHUNK], received[CHUNK];
static uint64_t histogram[BUCKETS];
static uint64_t done, goal, bytes, errors, wrong, lost, timeouts, slowest, longest_gap, last_done, now;
static bool stopping, some_absent;
static int epoll;
static struct client *clients;
static char client_folder[] = "/tmp/load.XXXXXX";

__attribute__((noreturn, format(printf, 1, 2))) static void die(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("load: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(2);
}

static uint64_t read_clock(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_nsec;
}

static double own_cpu(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void take_down(uint64_t nanoseconds) {
    unsigned bucket;
    if (nanoseconds < FINE) {
        bucket = (unsigned)nanoseconds;
    } else {
        unsigned power = 63u - (unsigned)__builtin_clzll(nanoseconds) - FINE_BITS;
        bucket = power * FINE + (unsigned)(nanoseconds >> power);
    }
    histogram[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
    if (nanoseconds > slowest)
        slowest = nanoseconds;
}

static double percentile(double share) {
    uint64_t rank = (uint64_t)(share * (double)done), seen = 0;
    for (unsigned bucket = 0; bucket < BUCKETS; bucket++) {
        seen += histogram[bucket];
        if (seen > rank || (seen == done && seen)) {
            if (bucket < FINE)
                return bucket / 1e3;
            unsigned power = bucket / FINE - 1;
            return (double)((uint64_t)(bucket - power * FINE) << power) / 1e3;
        }
    }
    return 0;
}

static bool is_datagram(void) { return options.kind == UDP || options.kind == UNIXGRAM; }

/* Which of the clients' sockets it is decides its source address, so that they are spread evenly. */
static int new_socket(int number, bool nonblocking) {
    static unsigned turn;
    int family = options.kind == UNIX || options.kind == UNIXGRAM ? AF_UNIX : AF_INET;
    int type = (is_datagram() ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC | (nonblocking ? SOCK_NONBLOCK : 0);
    int fd = socket(family, type, 0);
    if (fd < 0)
        die("no socket: %s; raise the limit of open files (ulimit -n)", strerror(errno));
    if (options.kind == TCP) {
        int yes = 1;
        struct sockaddr_in source = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK + turn++ % SOURCES)};
        setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        if (bind(fd, (struct sockaddr *)&source, sizeof source))
            die("cannot bind to a loopback address: %s", strerror(errno));
    } else if (options.kind == UNIXGRAM) {
        struct sockaddr_un own = {.sun_family = AF_UNIX};
        snprintf(own.sun_path, sizeof own.sun_path, "%s/%d", client_folder, number);
        unlink(own.sun_path);
        if (bind(fd, (struct sockaddr *)&own, sizeof own))
            die("cannot bind %s: %s", own.sun_path, strerror(errno));
    }
    return fd;
}

static int dial(int fd) {
    if (options.kind == TCP || options.kind == UDP) {
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options.port),
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        return connect(fd, (struct sockaddr *)&address, sizeof address);
    }
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, options.path, sizeof address.sun_path - 1);
    return connect(fd, (struct sockaddr *)&address, sizeof address);
}

static const unsigned char *window(const struct client *client, uint32_t number, uint64_t position, size_t *length) {
    uint64_t start = (uint64_t)number * 7919 + (uint64_t)(client - clients) * 104729;
    if (options.framing != NONE)
        start *= MESSAGE;
    if (*length > CHUNK)
        *length = CHUNK;
    return block + (start + position) % PERIOD;
}

static void watch(struct client *client, bool out, int operation) {
    struct epoll_event event = {.events = EPOLLIN | (out ? (uint32_t)EPOLLOUT : 0u), .data.ptr = client};
    if (epoll_ctl(epoll, operation, client->fd, &event))
        die("epoll_ctl: %s", strerror(errno));
    client->watching_out = out;
}

static void leave(struct client *client) {
    if (client->fd >= 0)
        close(client->fd);
    client->fd = -1;
    client->state = ABSENT;
}

static void fail(struct client *client) {
    errors++;
    leave(client);
    client->started = 0;
    some_absent = true;
}

static void send_more(struct client *client) {
    while (client->sent < options.size) {
        size_t length = options.size - client->sent;
        const unsigned char *data = window(client, client->number, client->sent, &length);
        ssize_t count = send(client->fd, data, length, MSG_NOSIGNAL);
        if (count < 0) {
            if (errno == EAGAIN || errno == ENOTCONN || errno == EINPROGRESS)
                break;
            if (errno == EINTR)
                continue;
            fail(client);
            return;
        }
        client->sent += (uint64_t)count;
        client->moved = now;
    }
    bool unfinished = client->sent < options.size;
    if (unfinished != client->watching_out)
        watch(client, unfinished, EPOLL_CTL_MOD);
}

static void ask(struct client *client) {
    client->sent = client->got = 0;
    client->number++;
    client->state = ASKING;
    client->moved = now;
    send_more(client);
}

static void begin(struct client *client) {
    /* The wait for a place in the queue is a part of the request. */
    if (!client->started)
        client->started = now;
    client->moved = now;
    client->fd = new_socket((int)(client - clients), true);
    if (dial(client->fd) && errno != EINPROGRESS) {
        /* A Unix listener whose queue is full gives EAGAIN, and no event when there is room: try again. */
        if (errno != EAGAIN)
            errors++;
        leave(client);
        some_absent = true;
        return;
    }
    watch(client, false, EPOLL_CTL_ADD);
    ask(client);
}

static void finish(struct client *client) {
    now = read_clock();
    take_down(now - client->started);
    if (now - last_done > longest_gap)
        longest_gap = now - last_done;
    last_done = now;
    done++;
    bytes += options.size;
    client->started = 0;
    if (options.requests && done >= goal)
        stopping = true;
    if (options.mode == CONNECT)
        leave(client);
    if (stopping) {
        client->state = RESTING;
    } else if (options.mode == CONNECT) {
        begin(client);
    } else {
        client->started = now;
        ask(client);
    }
}

static void compare(struct client *client, size_t count) {
    size_t offset = 0;
    if (count > options.size - client->got) {
        wrong++;
        fail(client);
        return;
    }
    if (is_datagram() && count != options.size) {
        wrong++;
        errors++;
        return;
    }
    while (offset < count) {
        size_t length = count - offset;
        const unsigned char *expected = window(client, client->number, client->got, &length);
        if (memcmp(received + offset, expected, length)) {
            /* The echo of a datagram that was sent twice may come twice. */
            if (is_datagram() && !memcmp(received, window(client, client->number - 1, 0, &length), length))
                return;
            wrong++;
            if (is_datagram())
                errors++;
            else
                fail(client);
            return;
        }
        offset += length;
        client->got += length;
    }
    if (client->got < options.size)
        return;
    if (options.mode != CONNECT) {
        finish(client);
    } else if (shutdown(client->fd, SHUT_WR)) {
        fail(client);
    } else {
        client->state = ENDING;
    }
}

static void receive(struct client *client) {
    ssize_t count = recv(client->fd, received, sizeof received, 0);
    if (count > 0) {
        client->moved = now;
        if (client->state == ASKING) {
            compare(client, (size_t)count);
        } else {
            /* More than was asked for. */
            wrong++;
            fail(client);
        }
    } else if (count == 0 && client->state == ENDING) {
        finish(client);
    } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
        if (is_datagram() && count < 0)
            errors++; /* Nobody listens there now; the sweep asks again. */
        else
            fail(client);
    }
}

static void sweep(void) {
    some_absent = false;
    for (struct client *client = clients; client < clients + options.clients; client++) {
        if (client->state == ABSENT) {
            if (stopping)
                client->state = RESTING;
            else
                begin(client);
        } else if (client->state != RESTING && is_datagram() && now - client->moved > RESEND_AFTER) {
            lost++;
            errors++;
            if (stopping) {
                client->state = RESTING;
            } else {
                client->sent = client->got = 0;
                client->moved = now;
                send_more(client);
            }
        } else if (client->state != RESTING && !is_datagram() && now - client->moved > GIVE_UP_AFTER) {
            timeouts++;
            fail(client);
        }
    }
}

static void turn(int patience) {
    struct epoll_event events[256];
    int count = epoll_wait(epoll, events, 256, patience);
    now = read_clock();
    for (int index = 0; index < count; index++) {
        struct client *client = events[index].data.ptr;
        int fd = client->fd;
        if ((events[index].events & EPOLLOUT) && client->state == ASKING)
            send_more(client);
        /* A client that has just been connected anew has another descriptor, and no event yet. */
        if ((events[index].events & ~(uint32_t)EPOLLOUT) && client->fd == fd && fd >= 0)
            receive(client);
    }
}

static bool any_under_way(void) {
    for (int index = 0; index < options.clients; index++)
        if (clients[index].state == ASKING || clients[index].state == ENDING)
            return true;
    return false;
}

static void run(uint64_t until) {
    uint64_t swept = 0;
    some_absent = true;
    while (!stopping || any_under_way()) {
        /* Who was refused is tried again at every turn, since nothing tells when it is worth it. */
        if (some_absent || now - swept > SWEEP_EVERY) {
            sweep();
            swept = now;
        }
        turn(some_absent ? 1 : (int)(SWEEP_EVERY / MILLISECOND));
        if (now >= until)
            stopping = true;
        if (now >= until + GIVE_UP_AFTER)
            break;
    }
    for (int index = 0; index < options.clients; index++)
        if (clients[index].state == ASKING || clients[index].state == ENDING) {
            timeouts++;
            fail(&clients[index]);
        }
}

/* Each is served once: an idle connection that still waits in the listen queue would cost the server nothing. */
static void hold_idle(void) {
    const char *first = options.framing == LINES ? "i\n" : options.framing == PREFIXED ? "\0\0\0\1i" : "i";
    size_t length = options.framing == LINES ? 2 : options.framing == PREFIXED ? PREFIX + 1 : 1;
    for (int index = 0; index < options.idle; index++) {
        int fd = new_socket(options.clients + index, false);
        struct timeval patience = {.tv_sec = 10};
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        if (dial(fd) || send(fd, first, length, MSG_NOSIGNAL) != (ssize_t)length ||
            recv(fd, received, length, MSG_WAITALL) != (ssize_t)length || memcmp(received, first, length))
            die("%d of %d idle connections were served, then: %s; raise the limit of open files (ulimit -n) of the "
                "server, or ask for fewer", index, options.idle, errno ? strerror(errno) : "end of file");
    }
}

static bool await_line(void) {
    int character;
    while ((character = getchar()) != EOF && character != '\n') {
    }
    return character == '\n';
}

static void remove_client_files(void) {
    char path[128];
    for (int index = 0; index < options.clients; index++) {
        snprintf(path, sizeof path, "%s/%d", client_folder, index);
        unlink(path);
    }
    rmdir(client_folder);
}

static const char usage[] =
    "usage: load (--port N [--udp] | --path P [--unixgram]) [--mode echo|connect|bulk] [--clients N] [--size B]\n"
    "            [--framing lines|prefixed] [--seconds S] [--requests N] [--idle N] [--hold]\n"
    "echo: persistent connections, or datagrams, one request of B bytes (64) after the other; connect: a connection for\n"
    "each request; bulk: echo of B = 16 MiB. --framing: a request is B / 64 messages, lines or length-prefixed (4 bytes,\n"
    "big-endian), of 64 bytes with their end or length. --requests: ends after as many. --idle: so many more\n"
    "connections are held open meanwhile. --hold: when all is connected says so, then runs once for each line of its\n"
    "input, tells each time the account of all its runs so far, and disconnects at the end of its input.";

static void frame_block(void) {
    for (size_t index = 0; index < PERIOD; index++) {
        size_t place = index % MESSAGE;
        if (options.framing == LINES && (place == MESSAGE - 1 || block[index] == '\n'))
            block[index] = place == MESSAGE - 1 ? '\n' : ' ';
        else if (options.framing == PREFIXED && place < PREFIX)
            block[index] = place == PREFIX - 1 ? MESSAGE - PREFIX : 0;
    }
}

static int number_of(const char *text, int least, const char *option) {
    char *end;
    long number = strtol(text, &end, 10);
    if (*end || end == text || number < least || number > INT32_MAX)
        die("--%s %s: give a number of at least %d", option, text, least);
    return (int)number;
}

static void read_options(int count, char **arguments) {
    static const struct option known[] = {
        {"port", required_argument, 0, 'p'},    {"path", required_argument, 0, 'u'},
        {"udp", no_argument, 0, 'd'},           {"unixgram", no_argument, 0, 'g'},
        {"clients", required_argument, 0, 'c'}, {"mode", required_argument, 0, 'm'},
        {"seconds", required_argument, 0, 's'}, {"size", required_argument, 0, 'b'},
        {"idle", required_argument, 0, 'i'},    {"requests", required_argument, 0, 'r'},
        {"hold", no_argument, 0, 'h'},          {"framing", required_argument, 0, 'f'},
        {0, 0, 0, 0},
    };
    bool datagrams = false;
    int option;
    while ((option = getopt_long(count, arguments, "", known, NULL)) != -1) {
        switch (option) {
        case 'p': options.port = number_of(optarg, 1, "port"); break;
        case 'u': options.path = optarg; break;
        case 'd': case 'g': datagrams = true; break;
        case 'c': options.clients = number_of(optarg, 1, "clients"); break;
        case 'b': options.size = (uint64_t)number_of(optarg, 1, "size"); break;
        case 'i': options.idle = number_of(optarg, 0, "idle"); break;
        case 'r': options.requests = (uint64_t)number_of(optarg, 1, "requests"); break;
        case 'h': options.hold = true; break;
        case 'f':
            if (!strcmp(optarg, "lines")) options.framing = LINES;
            else if (!strcmp(optarg, "prefixed")) options.framing = PREFIXED;
            else die("--framing %s: give lines or prefixed", optarg);
            break;
        case 's': options.seconds = atof(optarg); break;
        case 'm':
            if (!strcmp(optarg, "echo")) options.mode = ECHO;
            else if (!strcmp(optarg, "connect")) options.mode = CONNECT;
            else if (!strcmp(optarg, "bulk")) options.mode = BULK;
            else die("--mode %s: give echo, connect or bulk", optarg);
            break;
        default: fprintf(stderr, "%s\n", usage); exit(2);
        }
    }
    if (!options.port == !options.path || optind < count) {
        fprintf(stderr, "%s\n", usage);
        exit(2);
    }
    if (options.path)
        options.kind = datagrams ? UNIXGRAM : UNIX;
    else
        options.kind = datagrams ? UDP : TCP;
    if (options.path && strlen(options.path) >= sizeof ((struct sockaddr_un *)0)->sun_path)
        die("--path %s is too long for a Unix socket: give a shorter one", options.path);
    if (!options.size)
        options.size = options.mode == BULK ? 16 * 1024 * 1024 : 64;
    if (options.framing != NONE && (options.size % MESSAGE || datagrams))
        die("--framing is for connections, and messages have %d bytes: give a --size of a multiple", MESSAGE);
    if (datagrams && (options.mode != ECHO || options.idle || options.size > 65000))
        die("datagrams have no connections: --mode echo, a --size below 65000 and no --idle");
}

/* One run; the account is of all runs together. */
static void measure(void) {
    static double seconds, cpu;
    double cpu_before = own_cpu();
    goal = done + options.requests;
    stopping = false;
    uint64_t started = now = last_done = read_clock();
    for (int index = 0; index < options.clients; index++) {
        clients[index].started = now;
        if (clients[index].fd >= 0)
            ask(&clients[index]);
        else
            clients[index].state = ABSENT;
    }
    run(options.requests ? UINT64_MAX / 2 : started + (uint64_t)(options.seconds * 1e9));
    seconds += (double)(read_clock() - started) / 1e9;
    cpu += own_cpu() - cpu_before;
    printf("{\"requests\": %llu, \"seconds\": %.6f, \"requests_per_s\": %.1f, \"bytes\": %llu, \"p50_us\": %.2f, "
           "\"p90_us\": %.2f, \"p99_us\": %.2f, \"max_us\": %.2f, \"longest_gap_us\": %.2f, \"errors\": %llu, "
           "\"wrong\": %llu, \"lost\": %llu, \"timeouts\": %llu, \"cpu_seconds\": %.6f}\n",
           (unsigned long long)done, seconds, (double)done / seconds, (unsigned long long)bytes, percentile(0.5),
           percentile(0.9), percentile(0.99), (double)slowest / 1e3, (double)longest_gap / 1e3,
           (unsigned long long)errors, (unsigned long long)wrong, (unsigned long long)lost,
           (unsigned long long)timeouts, cpu);
    fflush(stdout);
}

int main(int count, char **arguments) {
    read_options(count, arguments);
    signal(SIGPIPE, SIG_IGN);
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);

    srandom(4);
    for (size_t index = 0; index < PERIOD; index++)
        block[index] = (unsigned char)random();
    frame_block();
    for (size_t index = 0; index < CHUNK; index++)
        block[PERIOD + index] = block[index % PERIOD];

    clients = calloc((size_t)options.clients, sizeof *clients);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    if (!clients || epoll < 0)
        die("cannot begin: %s", strerror(errno));
    if (options.kind == UNIXGRAM) {
        if (!mkdtemp(client_folder))
            die("no folder for the clients' sockets: %s", strerror(errno));
        atexit(remove_client_files);
    }
    hold_idle();
    for (int index = 0; index < options.clients; index++)
        clients[index].fd = -1;
    if (options.mode != CONNECT) {
        /* One request each before time is taken: by then the server has its threads, or children, at work. */
        now = last_done = read_clock();
        uint64_t size = options.size;
        options.size = size > 64 ? 64 : size;
        stopping = false;
        for (int index = 0; index < options.clients; index++) {
            begin(&clients[index]);
            if (clients[index].state == ASKING && !is_datagram()) {
                uint64_t begun = now;
                uint64_t served = done;
                stopping = true;
                while (clients[index].state == ASKING && now - begun < GIVE_UP_AFTER)
                    turn(100);
                if (done == served)
                    errors++;
                stopping = false;
            }
        }
        if (is_datagram())
            run(now);
        if (errors)
            die("no answer, or a wrong one (%llu times, of %d clients): does an echo server listen there?",
                (unsigned long long)errors, options.clients);
        options.size = size;
        done = bytes = slowest = longest_gap = lost = 0;
        memset(histogram, 0, sizeof histogram);
    }
    if (options.hold) {
        printf("holding %d\n", options.idle);
        fflush(stdout);
        while (await_line())
            measure();
    } else {
        measure();
    }
    return errors ? 1 : 0;
}
