/* bind, listen, setsockopt and epoll_ctl that are refused. Nothing has changed then, and the same call works
 * elsewhere. */
#include "tests/conformance/before.h"
#include "tests/conformance/machine.h"

#include <linux/filter.h>
#include <netinet/tcp.h>

/* Every call after the event that tells whether something has changed. */
static void say_after(struct twin *t, int i)
{
    twin_watch(t);
    twin_sequence(t, after_connect, AFTER_CONNECT, 1, i);
    finish(t);
}

static int domain_of(const struct twin_run *run)
{
    return run->variant[3] == '6' ? AF_INET6 : strcmp(run->variant, "unix") == 0 ? AF_UNIX : AF_INET;
}

static int type_of(const struct twin_run *run)
{
    return strncmp(run->variant, "udp", 3) == 0 ? SOCK_DGRAM : SOCK_STREAM;
}

/* Takes the socket under test, non-blocking: no sequence may hang. */
static struct twin take(const struct twin_run *run)
{
    struct twin t = {.peer = -1};
    take_socket(&t, domain_of(run), type_of(run));
    MUST(fcntl(t.fd, F_SETFL, O_NONBLOCK));
    t.own_len = sizeof t.own; /* compared whole, a name that it should not have, too */
    return t;
}

/* Loopback with a port of the kernel's choice, or a name of its choice, by binding `fd` to it. */
static void bind_somewhere(const struct twin_run *run, int fd, struct twin *t)
{
    struct sockaddr_storage name = {.ss_family = (sa_family_t)domain_of(run)};
    socklen_t len = sizeof(sa_family_t);
    if (domain_of(run) == AF_INET) {
        ((struct sockaddr_in *)&name)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        len = sizeof(struct sockaddr_in);
    } else if (domain_of(run) == AF_INET6) {
        ((struct sockaddr_in6 *)&name)->sin6_addr = in6addr_loopback;
        len = sizeof(struct sockaddr_in6);
    }
    t->address_len = sizeof t->address;
    MUST(bind(fd, (struct sockaddr *)&name, len));
    MUST(getsockname(fd, (struct sockaddr *)&t->address, &t->address_len));
}

static void op_bind(struct twin *t)
{
    twin_say("bind", bind(t->fd, (struct sockaddr *)&t->address, t->address_len));
}

/* Somebody else has the address. */
static void bind_in_use(const struct twin_run *run)
{
    for (int i = 0; i < AFTER_CONNECT; i++) {
        struct twin t = take(run);
        int other;
        MUST(other = socket(domain_of(run), type_of(run), 0));
        bind_somewhere(run, other, &t);
        if (!run->real)
            close(other);
        op_bind(&t);
        say_after(&t, i);
        if (run->real)
            close(other);
    }
}

/* Both may have the port; only one may listen on it. */
static void listen_in_use(const struct twin_run *run)
{
    for (int i = 0; i < AFTER_CONNECT; i++) {
        struct twin t = take(run);
        int other;
        MUST(other = socket(domain_of(run), SOCK_STREAM, 0));
        MUST(setsockopt(other, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)));
        MUST(setsockopt(t.fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)));
        bind_somewhere(run, other, &t);
        op_bind(&t);
        t.own = t.address;
        t.own_len = t.address_len;
        if (run->real)
            MUST(listen(other, 1));
        twin_say("listen", listen(t.fd, 1));
        close(other);
        say_after(&t, i);
    }
}

/* A port for which nobody has no right. */
static void bind_privileged(const struct twin_run *run)
{
    if (run->real)
        machine_be_nobody();
    for (int i = 0; i < AFTER_CONNECT; i++) {
        struct twin t = take(run);
        struct sockaddr_in name = loopback();
        name.sin_port = htons(79);
        memcpy(&t.address, &name, sizeof name);
        t.address_len = sizeof name;
        op_bind(&t);
        say_after(&t, i);
    }
}

static void set_path(struct twin *t, const char *folder, const char *file)
{
    struct sockaddr_un *name = (struct sockaddr_un *)&t->address;
    t->address = (struct sockaddr_storage){.ss_family = AF_UNIX};
    snprintf(name->sun_path, sizeof name->sun_path, "%s/%s", folder, file);
    t->address_len = sizeof *name;
}

/* A folder that others may not write to, or that has no such folder in it. */
static void bind_path(const struct twin_run *run, const char *file)
{
    char folder[] = "/tmp/sockfault-twin-XXXXXX", path[64];
    bool forbidden = run->real && strcmp(file, "name") == 0;
    if (forbidden)
        machine_need_nobody();
    MUST(mkdtemp(folder) ? 0 : -1);
    MUST(chmod(folder, forbidden ? 0555 : 0755));
    snprintf(path, sizeof path, "%s/name", folder);
    for (int i = 0; i < AFTER_CONNECT; i++) {
        fflush(stdout);
        pid_t child = fork();
        if (child == 0) {
            struct twin t = take(run);
            set_path(&t, folder, run->real ? file : "name");
            if (forbidden)
                machine_be_nobody();
            op_bind(&t);
            t.address.ss_family = AF_UNSPEC; /* whether something is there is another matter */
            say_after(&t, i);
            end_child();
        }
        expect_child(child);
        unlink(path); /* there is none, unless the call was made after all */
    }
    rmdir(folder);
}

static void bind_forbidden(const struct twin_run *run)
{
    bind_path(run, "name");
}

static void bind_nowhere(const struct twin_run *run)
{
    bind_path(run, "no-folder/name");
}

/* An address of somebody else's (RFC 5737, RFC 3849); injected, one of loopback's. */
static void bind_elsewhere(const struct twin_run *run)
{
    for (int i = 0; i < AFTER_CONNECT; i++) {
        struct twin t = take(run);
        struct sockaddr_in *in = (struct sockaddr_in *)&t.address;
        struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&t.address;
        t.address = (struct sockaddr_storage){.ss_family = (sa_family_t)domain_of(run)};
        t.address_len = domain_of(run) == AF_INET ? sizeof *in : sizeof *in6;
        if (domain_of(run) == AF_INET)
            inet_pton(AF_INET, run->real ? "192.0.2.1" : "127.0.0.1", &in->sin_addr);
        else
            inet_pton(AF_INET6, run->real ? "2001:db8::1" : "::1", &in6->sin6_addr);
        op_bind(&t);
        t.address = (struct sockaddr_storage){.ss_family = AF_UNSPEC};
        say_after(&t, i);
    }
}

static void bind_under_filter(const struct twin_run *run, const char *group)
{
    machine_refuse(group, BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_BIND);
    for (int i = 0; i < AFTER_CONNECT; i++) {
        struct twin t = take(run);
        struct sockaddr_in name = loopback();
        memcpy(&t.address, &name, sizeof name);
        t.address_len = sizeof name;
        op_bind(&t);
        say_after(&t, i);
    }
}

static void bind_filtered(const struct twin_run *run)
{
    machine_with_filter(run, bind_under_filter);
}

/* An option that this kernel does not have. */
static void option_unknown(const struct twin_run *run)
{
    for (int i = 0; i < AFTER_CONNECT; i++) {
        struct twin t = take(run);
        int option = run->real ? 250 : TCP_USER_TIMEOUT;
        twin_say("setsockopt", setsockopt(t.fd, IPPROTO_TCP, option, &(int){1000}, sizeof(int)));
        say_after(&t, i);
    }
}

static void option_under_filter(const struct twin_run *run, const char *group)
{
    int value = 0;
    socklen_t len = sizeof value;
    struct twin t = take(run);
    machine_refuse(group, BPF_PROG_TYPE_CGROUP_SOCKOPT, BPF_CGROUP_SETSOCKOPT);
    twin_say("setsockopt", setsockopt(t.fd, SOL_SOCKET, SO_KEEPALIVE, &(int){1}, sizeof(int)));
    twin_say("getsockopt", getsockopt(t.fd, SOL_SOCKET, SO_KEEPALIVE, &value, &len));
    twin_say("value", value);
    op_poll(&t);
    printf("\n");
}

static void option_filtered(const struct twin_run *run)
{
    machine_with_filter(run, option_under_filter);
}

/* A filter of packets that is longer than net.core.optmem_max lets it be. */
static void option_memory(const struct twin_run *run)
{
    static struct sock_filter accept_all[2000];
    struct sock_fprog program = {.len = 2000, .filter = accept_all};
    for (int i = 0; i < 2000; i++)
        accept_all[i] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 65535);
    if (run->real) {
        twin_own_network();
        if (!machine_write("/proc/sys/net/core", "optmem_max", "4096"))
            twin_skip("net.core.optmem_max is not the network's own here");
    }
    for (int i = 0; i < AFTER_CONNECT; i++) {
        struct twin t = take(run);
        struct sockaddr_in name = loopback();
        memcpy(&t.address, &name, sizeof name);
        twin_say("setsockopt", setsockopt(t.fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program));
        say_after(&t, i);
    }
}

/* A multicast group without memory for it: over IPv4 that is never told as ENOMEM. */
static void option_joins(const struct twin_run *run)
{
    struct ip_mreqn in = {.imr_ifindex = (int)if_nametoindex("lo"),
                          .imr_multiaddr.s_addr = htonl(0xe0000a01)};
    struct ipv6_mreq in6 = {.ipv6mr_interface = if_nametoindex("lo")};
    bool ip6 = strcmp(run->variant, "udp6") == 0;
    MUST(inet_pton(AF_INET6, "ff02::123", &in6.ipv6mr_multiaddr));
    if (run->real && ip6) {
        twin_own_network();
        if (!machine_write("/proc/sys/net/core", "optmem_max", "0"))
            twin_skip("net.core.optmem_max is not the network's own here");
    }
    struct twin t = take(run);
    for (int i = 0; i < 2; i++) {
        twin_say("setsockopt", ip6 ? setsockopt(t.fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &in6, sizeof in6)
                                   : setsockopt(t.fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &in, sizeof in));
        in.imr_multiaddr.s_addr ^= htonl(2);
        op_poll(&t);
        op_error(&t);
    }
    printf("\n");
}

/* One multicast group more than net.ipv4.igmp_max_memberships. */
static void option_memberships(const struct twin_run *run)
{
    struct ip_mreqn member = {.imr_ifindex = (int)if_nametoindex("lo")};
    if (run->real) {
        twin_own_network();
        if (!machine_write("/proc/sys/net/ipv4", "igmp_max_memberships", "3"))
            twin_skip("net.ipv4.igmp_max_memberships is not the network's own here");
    }
    struct twin t = take(run);
    for (uint32_t i = 0; i < 5; i++) {
        member.imr_multiaddr.s_addr = htonl(0xe0000a01 + i);
        twin_say("setsockopt", setsockopt(t.fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &member, sizeof member));
        op_poll(&t);
        op_error(&t);
    }
    printf("\n");
}

/* epoll_ctl when there is no memory: nothing is registered, and it works later. */
static void register_without_memory(const struct twin_run *run, const char *group)
{
    struct machine_glut glut;
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT};
    struct twin t = take(run);
    int epoll, failed, err, i = 0;
    MUST(epoll = epoll_create1(0));
    machine_fill_memory(group, AF_UNIX, SOCK_STREAM, &glut);
    while (i < glut.count && epoll_ctl(epoll, EPOLL_CTL_ADD, glut.taken[i], &event) == 0)
        i++;
    /* The kernel may find some memory after all: others are to take it. */
    while ((failed = epoll_ctl(epoll, EPOLL_CTL_ADD, t.fd, &event)) == 0 && i < glut.count) {
        MUST(epoll_ctl(epoll, EPOLL_CTL_DEL, t.fd, NULL));
        epoll_ctl(epoll, EPOLL_CTL_ADD, glut.taken[i++], &event);
    }
    err = errno;
    machine_relax(&glut, true);
    errno = err;
    twin_say("epoll_ctl", failed);
    twin_say("epoll_wait", epoll_wait(epoll, &event, 1, 0));
    event.events = EPOLLIN | EPOLLOUT;
    twin_say("epoll_ctl", epoll_ctl(epoll, EPOLL_CTL_ADD, t.fd, &event));
    twin_say("epoll_wait", epoll_wait(epoll, &event, 1, 0));
    printf("\n");
}

static void register_memory(const struct twin_run *run)
{
    machine_short_of_memory(run, register_without_memory);
}

TWIN_MAIN({"bind-in-use", bind_in_use}, {"bind-privileged", bind_privileged},
          {"bind-forbidden", bind_forbidden}, {"bind-nowhere", bind_nowhere},
          {"bind-elsewhere", bind_elsewhere}, {"bind-filtered", bind_filtered},
          {"listen-in-use", listen_in_use}, {"option-unknown", option_unknown},
          {"option-filtered", option_filtered}, {"option-memory", option_memory},
          {"option-joins", option_joins}, {"option-memberships", option_memberships},
          {"register-memory", register_memory})
