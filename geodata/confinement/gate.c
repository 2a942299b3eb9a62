/* The gate: judges each address that this process connects to, or sends to, whichever library asks.

   Preloaded (LD_PRELOAD) into web and worker processes. Open until the process closes it with the site's rules
   (gate_close, or GEODATA_GATE_RULES of a parent that did); there is no call that opens it again. Refused is what is
   not a public address (private, loopback, link-local, shared, multicast, documentation, reserved; inside IPv4-mapped,
   NAT64 and 6to4 addresses too), unless a rule allows it. A rule is a line:
       net ADDRESS BITS PORT     addresses as IPv6 (IPv4 as ::ffff:a.b.c.d, BITS + 96); PORT 0 is every port
       name HOST PORT            whatever this name has for addresses when the process asks for them
   Unix sockets, and what the C library itself asks of name servers, don't pass here. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#define MAX_RULES 512
struct net { unsigned char address[16]; int bits, port; atomic_int ready; };
struct name { char host[256]; int port; };

static struct net nets[MAX_RULES];
static struct name names[MAX_RULES];
static atomic_uint net_count;
static atomic_int closed;
static unsigned first_learned;
static int name_count;

static int matches(const unsigned char *address, const unsigned char *net, int bits) {
    int whole = bits / 8, rest = bits % 8;
    if (memcmp(address, net, whole) != 0) return 0;
    return rest == 0 || ((address[whole] ^ net[whole]) >> (8 - rest)) == 0;
}

static int public4(const unsigned char *a) {
    static const struct { unsigned char net[4]; int bits; } refused[] = {
        {{0}, 8}, {{10}, 8}, {{100, 64}, 10}, {{127}, 8}, {{169, 254}, 16}, {{172, 16}, 12}, {{192, 0, 0}, 24},
        {{192, 0, 2}, 24}, {{192, 88, 99}, 24}, {{192, 168}, 16}, {{198, 18}, 15}, {{198, 51, 100}, 24},
        {{203, 0, 113}, 24}, {{224}, 4}, {{240}, 4}};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (matches(a, refused[i].net, refused[i].bits)) return 0;
    return 1;
}

/* Only the part of IPv6 that is given out to networks, without what is documentation, tunnels and protocols in it. */
static int public6(const unsigned char *a) {
    static const unsigned char global[16] = {0x20}, protocols[16] = {0x20, 1}, sixtofour[16] = {0x20, 2};
    static const unsigned char examples[16] = {0x20, 1, 0x0d, 0xb8}, more[16] = {0x3f, 0xff};
    return matches(a, global, 3) && !matches(a, protocols, 23) && !matches(a, examples, 32) && !matches(a, more, 20)
        && !matches(a, sixtofour, 16);
}

/* Takes an IPv4 address out of what carries one. */
static void unwrap(unsigned char *a) {
    static const unsigned char mapped[16] = {[10] = 0xff, [11] = 0xff}, nat64[16] = {0, 0x64, 0xff, 0x9b};
    unsigned char v4[4];
    if (matches(a, nat64, 96)) memcpy(v4, a + 12, 4);
    else if (a[0] == 0x20 && a[1] == 2) memcpy(v4, a + 2, 4);
    else return;
    memcpy(a, mapped, 12);
    memcpy(a + 12, v4, 4);
}

static int read_address(const struct sockaddr *to, socklen_t size, unsigned char *a, int *port) {
    memset(a, 0, 16);
    if (to->sa_family == AF_INET && size >= sizeof(struct sockaddr_in)) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)to;
        a[10] = a[11] = 0xff;
        memcpy(a + 12, &in->sin_addr, 4);
        *port = ntohs(in->sin_port);
        return 1;
    }
    if (to->sa_family == AF_INET6 && size >= sizeof(struct sockaddr_in6) - sizeof(uint32_t)) {
        const struct sockaddr_in6 *in = (const struct sockaddr_in6 *)to;
        memcpy(a, &in->sin6_addr, 16);
        *port = ntohs(in->sin6_port);
        unwrap(a);
        return 1;
    }
    return 0;
}

static int is_public(const unsigned char *a) {
    static const unsigned char mapped[16] = {[10] = 0xff, [11] = 0xff};
    return matches(a, mapped, 96) ? public4(a + 12) : public6(a);
}

static int is_allowed(const unsigned char *a, int port) {
    unsigned count = net_count < MAX_RULES ? net_count : MAX_RULES;
    for (unsigned i = 0; i < count; i++)
        if (nets[i].ready && (nets[i].port == 0 || nets[i].port == port) && matches(a, nets[i].address, nets[i].bits))
            return 1;
    return 0;
}

/* Whether a rule for just this port, or for all of them where that is asked, is there already. */
static int is_known(const unsigned char *a, int port) {
    unsigned count = net_count < MAX_RULES ? net_count : MAX_RULES;
    for (unsigned i = 0; i < count; i++)
        if (nets[i].ready && nets[i].port == port && matches(a, nets[i].address, nets[i].bits)) return 1;
    return 0;
}

/* Without a lock, which a fork could leave taken. Of more than fit, the oldest that was learned goes. */
static void add_net(const unsigned char *address, int bits, int port) {
    unsigned slot = net_count++;
    if (slot >= MAX_RULES) slot = first_learned + slot % (MAX_RULES - first_learned);
    nets[slot].ready = 0;
    memcpy(nets[slot].address, address, 16);
    nets[slot].bits = bits;
    nets[slot].port = port;
    nets[slot].ready = 1;
}

/* 1: may be connected to. Also for tests. */
int gate_judge(const struct sockaddr *to, socklen_t size) {
    unsigned char a[16];
    int port = 0;
    if (!closed || to == NULL || size < sizeof to->sa_family) return 1;
    if (to->sa_family == AF_UNIX || to->sa_family == AF_UNSPEC || to->sa_family == AF_NETLINK) return 1;
    if (!read_address(to, size, a, &port)) return 0;
    return is_public(a) || is_allowed(a, port);
}

/* 0: closed now; 1: it was before, and stays as it was. */
int gate_close(const char *rules) {
    char line[400], host[256], address[64];
    int bits, port;
    if (closed) return 1;
    while (*rules) {
        size_t length = strcspn(rules, "\n");
        unsigned char bytes[16];
        snprintf(line, sizeof line, "%.*s", (int)length, rules);
        if (sscanf(line, "net %63s %d %d", address, &bits, &port) == 3 && inet_pton(AF_INET6, address, bytes) == 1
            && bits >= 0 && bits <= 128 && net_count < MAX_RULES / 2)
            add_net(bytes, bits, port);
        else if (sscanf(line, "name %255s %d", host, &port) == 2 && name_count < MAX_RULES) {
            strcpy(names[name_count].host, host);
            names[name_count++].port = port;
        }
        rules += length + (rules[length] == '\n');
    }
    first_learned = net_count;
    closed = 1;
    return 0;
}

int gate_is_closed(void) { return closed; }

static void *next(const char *name) { return dlsym(RTLD_NEXT, name); }

__attribute__((constructor)) static void inherit(void) {
    const char *rules = getenv("GEODATA_GATE_RULES");
    if (rules != NULL) gate_close(rules);
}

#define REFUSE do { errno = EACCES; return -1; } while (0)

int connect(int fd, const struct sockaddr *to, socklen_t size) {
    static int (*real)(int, const struct sockaddr *, socklen_t);
    if (!real) real = next("connect");
    if (!gate_judge(to, size)) REFUSE;
    return real(fd, to, size);
}

ssize_t sendto(int fd, const void *data, size_t length, int flags, const struct sockaddr *to, socklen_t size) {
    static ssize_t (*real)(int, const void *, size_t, int, const struct sockaddr *, socklen_t);
    if (!real) real = next("sendto");
    if (!gate_judge(to, size)) REFUSE;
    return real(fd, data, length, flags, to, size);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
    static ssize_t (*real)(int, const struct msghdr *, int);
    if (!real) real = next("sendmsg");
    if (message && !gate_judge(message->msg_name, message->msg_namelen)) REFUSE;
    return real(fd, message, flags);
}

int sendmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags) {
    static int (*real)(int, struct mmsghdr *, unsigned int, int);
    if (!real) real = next("sendmmsg");
    for (unsigned int i = 0; i < count; i++)
        if (!gate_judge(messages[i].msg_hdr.msg_name, messages[i].msg_hdr.msg_namelen)) REFUSE;
    return real(fd, messages, count, flags);
}

/* Learns what the names of rules stand for, at the moment at which somebody here is about to connect to them. */
int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
    static int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
    if (!real) real = next("getaddrinfo");
    int result = real(host, service, hints, found);
    for (int i = 0; result == 0 && host && i < name_count; i++) {
        unsigned char a[16];
        int port;
        if (strcasecmp(host, names[i].host) != 0) continue;
        for (const struct addrinfo *each = *found; each; each = each->ai_next)
            if (read_address(each->ai_addr, each->ai_addrlen, a, &port) && !is_public(a) && !is_known(a, names[i].port))
                add_net(a, 128, names[i].port);
    }
    return result;
}
