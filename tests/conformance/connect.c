/*
 * connect that fails, or is interrupted: a port where nobody listens, or somebody deaf; no way there; a full
 * backlog and a signal. +later: without blocking. VARIANT: tcp4, tcp6, udp4.
 */
#include "tests/conformance/backlog.h"
#include "tests/conformance/before.h"
#include "tests/conformance/icmp.h"
#include "tests/conformance/machine.h"

#include <linux/filter.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <time.h>

static int domain_of(const struct twin_run *run)
{
    return strcmp(run->variant, "tcp6") == 0 ? AF_INET6 : AF_INET;
}

static int type_of(const struct twin_run *run)
{
    return strcmp(run->variant, "udp4") == 0 ? SOCK_DGRAM : SOCK_STREAM;
}

/* An address of this machine that is not 127.0.0.1: whoever connects there has it, too. */
static const char there[] = "10.9.0.1";

/* A socket that is bound to the address with a port of the kernel's choice; the name in t->address. */
static int bind_at(const struct twin_run *run, const char *address, struct twin *t)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
    int fd;
    inet_pton(AF_INET, address, &in.sin_addr);
    MUST(fd = socket(domain_of(run), type_of(run), 0));
    if (domain_of(run) == AF_INET6)
        MUST(bind(fd, (struct sockaddr *)&in6, sizeof in6));
    else
        MUST(bind(fd, (struct sockaddr *)&in, sizeof in));
    t->address_len = sizeof t->address;
    MUST(getsockname(fd, (struct sockaddr *)&t->address, &t->address_len));
    return fd;
}

/* The address it has, whatever the port. */
OP op_source(struct twin *t)
{
    struct sockaddr_storage name = {0};
    char text[INET6_ADDRSTRLEN] = "";
    socklen_t len = sizeof name;
    MUST(getsockname(t->fd, (struct sockaddr *)&name, &len));
    if (name.ss_family == AF_INET)
        inet_ntop(AF_INET, &((struct sockaddr_in *)&name)->sin_addr, text, sizeof text);
    else
        inet_ntop(AF_INET6, &((struct sockaddr_in6 *)&name)->sin6_addr, text, sizeof text);
    printf(" source=%s", text);
}

/* Those that send stand at the end: without a port they do not get far. */
static twin_op *const ops[] = {op_recv,     op_peek,        op_poll,        op_edge,    op_level,  op_error,
                               op_pending,  op_peername,    op_source,      op_connect, op_select, op_option,
                               op_end_both, op_end_writing, op_end_reading, op_send,    op_write};
enum { OPS = sizeof ops / sizeof *ops, SILENT_OPS = OPS - 2 };

static void connect_refused(const struct twin_run *run)
{
    bool later = twin_has(run, "later");
    for (int i = 0; i < twin_sequences(OPS, run->depth); i++) {
        struct twin t = {.peer = -1};
        int silent = bind_at(run, "127.0.0.1", &t);
        take_socket(&t, domain_of(run), SOCK_STREAM);
        MUST(fcntl(t.fd, F_SETFL, later ? O_NONBLOCK : 0));
        twin_watch(&t);
        op_connect(&t);
        MUST(fcntl(t.fd, F_SETFL, O_NONBLOCK)); /* no sequence may hang */
        if (later)
            CHECK(wait_for(t.fd, POLLRDHUP), "the refusal did not come");
        twin_sequence(&t, ops, OPS, run->depth, i);
        finish(&t);
        close(silent);
    }
}

/* Somebody listens at `there` (or at ::1), but all that comes is dropped: no answer at all. */
static int listen_deaf(const struct twin_run *run, struct twin *t)
{
    struct sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
    struct sock_fprog all = {.len = 1, .filter = &drop};
    int fd = bind_at(run, there, t);
    MUST(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &all, sizeof all));
    MUST(listen(fd, 8));
    return fd;
}

/* Gives up after one second, the least the kernel can do. */
static void be_impatient(int fd)
{
    MUST(setsockopt(fd, IPPROTO_TCP, TCP_SYNCNT, &(int){1}, sizeof(int)));
    MUST(setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &(int){20}, sizeof(int)));
}

/* In a child: each SYN to that port is answered by an ICMP error. For real only; 0 otherwise. */
static pid_t answer_connects(const struct twin_run *run, const struct twin *t, uint8_t code)
{
    struct {
        struct iphdr ip;
        struct tcphdr tcp;
        char rest[64];
    } packet;
    pid_t child;
    in_port_t port = ((const struct sockaddr_in *)&t->address)->sin_port;
    if (!run->real)
        return 0;
    int raw = icmp_open(IPPROTO_TCP);
    fflush(stdout);
    MUST(child = fork());
    if (child > 0) {
        close(raw);
        return child;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (recv(raw, &packet, sizeof packet, 0) > 0)
        if (packet.tcp.dest == port && packet.tcp.syn)
            icmp_unreachable(code, &packet, sizeof packet.ip + sizeof packet.tcp);
    _exit(0);
}

static void end_answers(pid_t child)
{
    if (child <= 0)
        return;
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

/* Afterwards connect goes elsewhere, to where it is refused at once. */
static void then_elsewhere(const struct twin_run *run, struct twin *t, int i)
{
    int silent = bind_at(run, "127.0.0.1", t);
    MUST(fcntl(t->fd, F_SETFL, O_NONBLOCK));
    twin_sequence(t, ops, OPS, run->depth, i);
    finish(t);
    close(silent);
}

/* A blocking connect that nobody answers: each sequence in a child, all at the same time. */
static void all_blocking(const struct twin_run *run, const struct twin *deaf)
{
    int out[OPS][2];
    pid_t children[OPS];
    for (int i = 0; i < OPS; i++) {
        MUST(pipe(out[i]));
        fflush(stdout);
        MUST(children[i] = fork());
        if (children[i] == 0) {
            struct twin_run once = *run;
            struct twin t = *deaf;
            once.depth = 1;
            MUST(dup2(out[i][1], STDOUT_FILENO));
            take_socket(&t, domain_of(run), SOCK_STREAM);
            be_impatient(t.fd);
            twin_watch(&t);
            op_connect(&t);
            then_elsewhere(&once, &t, i);
            end_child();
        }
        close(out[i][1]);
    }
    for (int i = 0; i < OPS; i++) {
        char text[4096];
        ssize_t n;
        while ((n = read(out[i][0], text, sizeof text)) > 0)
            fwrite(text, 1, (size_t)n, stdout);
        close(out[i][0]);
        expect_child(children[i]);
    }
}

/* Without blocking: all sequences begin, then all fail, then each is looked at. */
static void all_later(const struct twin_run *run, const struct twin *deaf)
{
    enum { MOST = OPS * OPS };
    static struct twin twins[MOST];
    int count = run->depth > 1 ? MOST : OPS;
    struct rlimit many = {8192, 8192};
    MUST(setrlimit(RLIMIT_NOFILE, &many));
    for (int i = 0; i < count; i++) {
        struct twin *t = &twins[i];
        *t = *deaf;
        MUST(t->fd = socket(domain_of(run), SOCK_STREAM | SOCK_NONBLOCK, 0));
        be_impatient(t->fd);
        twin_watch(t);
        CHECK(connect(t->fd, (struct sockaddr *)&t->address, t->address_len) < 0 && errno == EINPROGRESS,
              "connect did not begin");
    }
    for (int i = 0; i < count; i++) {
        CHECK(wait_for(twins[i].fd, POLLRDHUP), "the failure did not come");
        then_elsewhere(run, &twins[i], i);
    }
}

static void connect_unanswered(const struct twin_run *run, int code)
{
    struct twin deaf = {.peer = -1};
    twin_own_network();
    machine_ip("address add 10.9.0.1/32 dev lo");
    int listener = listen_deaf(run, &deaf);
    pid_t router = code < 0 ? 0 : answer_connects(run, &deaf, (uint8_t)code);
    if (twin_has(run, "later"))
        all_later(run, &deaf);
    else
        all_blocking(run, &deaf);
    end_answers(router);
    close(listener);
}

static void no_answer(const struct twin_run *run)
{
    connect_unanswered(run, -1);
}

static void host_unreachable(const struct twin_run *run)
{
    connect_unanswered(run, ICMP_HOST_UNREACH);
}

static void protocol_unreachable(const struct twin_run *run)
{
    connect_unanswered(run, ICMP_PROT_UNREACH);
}

/* To somebody who is there, to begin with: datagrams may be sent elsewhere later. */
static void connect_before(const struct twin *t)
{
    struct sockaddr_in near = {.sin_family = AF_INET, .sin_port = htons(7)};
    near.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    MUST(connect(t->fd, (struct sockaddr *)&near, sizeof near));
}

/* What connect finds out by itself comes at once, whether it may block or not. */
static void connect_at_once(const struct twin_run *run, const char *address, int count)
{
    struct sockaddr_in far = {.sin_family = AF_INET, .sin_port = htons(7)};
    inet_pton(AF_INET, address, &far.sin_addr);
    for (int i = 0; i < twin_sequences(count, run->depth); i++) {
        struct twin t = {.peer = -1, .address_len = sizeof far};
        memcpy(&t.address, &far, sizeof far);
        take_socket(&t, AF_INET, type_of(run));
        MUST(fcntl(t.fd, F_SETFL, twin_has(run, "later") ? O_NONBLOCK : 0));
        if (twin_has(run, "again"))
            connect_before(&t);
        twin_watch(&t);
        op_connect(&t);
        MUST(fcntl(t.fd, F_SETFL, O_NONBLOCK));
        twin_sequence(&t, ops, count, run->depth, i);
        finish(&t);
    }
}

/* No way to 10.8.0.0/16, or one that is closed. */
static void unroutable(const struct twin_run *run)
{
    twin_own_network();
    machine_ip("address add 10.2.0.1/24 dev lo");
    if (!run->real)
        machine_ip("route add 10.8.0.0/16 dev lo");
    else if (twin_has(run, "unreachable"))
        machine_ip("route add unreachable 10.8.0.0/16");
    else if (twin_has(run, "prohibited"))
        machine_ip("route add prohibit 10.8.0.0/16");
    connect_at_once(run, "10.8.0.1", OPS);
}

/* The one port there is has somebody else. */
static void no_port(const struct twin_run *run)
{
    struct sockaddr_in one = {.sin_family = AF_INET, .sin_port = htons(40000)};
    int other;
    twin_own_network();
    if (run->real) {
        if (!machine_write("/proc/sys/net/ipv4", "ip_local_port_range", "40000 40000"))
            twin_skip("net.ipv4.ip_local_port_range cannot be set here");
        MUST(other = socket(AF_INET, type_of(run), 0));
        MUST(bind(other, (struct sockaddr *)&one, sizeof one));
    }
    connect_at_once(run, "127.0.0.1", type_of(run) == SOCK_DGRAM ? SILENT_OPS : OPS);
}

static void connect_under_filter(const struct twin_run *run, const char *group)
{
    machine_refuse(group, BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_CONNECT);
    connect_at_once(run, "127.0.0.1", OPS);
}

static void filtered(const struct twin_run *run)
{
    machine_with_filter(run, connect_under_filter);
}

static void on_alarm(int sig)
{
    (void)sig;
}

/* Makes room; what was accepted stays open. */
static void empty_backlog(int listener, const int clients[BACKLOG_MAX])
{
    struct pollfd waiting = {.fd = listener, .events = POLLIN};
    while (poll(&waiting, 1, 0) == 1)
        MUST(accept(listener, NULL, NULL));
    for (int i = 0; i < BACKLOG_MAX; i++)
        close(clients[i]);
}

/* A timer fires again and again: one signal could come before the call, and then nothing would end it. */
static void interrupt(const struct twin_run *run, bool on)
{
    struct itimerval timer = {.it_interval.tv_usec = 20000, .it_value.tv_usec = on ? 20000 : 0};
    struct sigaction action = {.sa_handler = on_alarm};
    if (!run->real)
        timer = (struct itimerval){0};
    MUST(sigaction(SIGALRM, &action, NULL));
    MUST(setitimer(ITIMER_REAL, &timer, NULL));
}

static void connect_interrupted(const struct twin_run *run, bool blocking)
{
    int clients[BACKLOG_MAX];
    struct sockaddr_in name;
    struct twin t = {.peer = -1, .address_len = sizeof name};
    int listener = make_listener(&name, 1);
    memcpy(&t.address, &name, sizeof name);
    take_socket(&t, AF_INET, SOCK_STREAM);
    memset(clients, -1, sizeof clients);
    if (run->real)
        backlog_fill(listener, SOCK_STREAM, &t.address, t.address_len, clients);
    interrupt(run, true);
    op_connect(&t);
    interrupt(run, false);
    op_error(&t);
    empty_backlog(listener, clients);
    if (!blocking) {
        MUST(fcntl(t.fd, F_SETFL, O_NONBLOCK));
        CHECK(wait_for(t.fd, POLLOUT), "it did not go on by itself");
    }
    op_connect(&t);
    op_connect(&t);
    op_poll(&t);
    op_send(&t);
    op_peername(&t);
    op_close(&t);
    printf("\n");
}

enum { PATIENCE_MS = 50 };

/* Whether it waited for as long as SO_SNDTIMEO says. */
static void patient_connect(struct twin *t)
{
    struct timespec began, ended;
    clock_gettime(CLOCK_MONOTONIC, &began);
    op_connect(t);
    clock_gettime(CLOCK_MONOTONIC, &ended);
    long ms = (ended.tv_sec - began.tv_sec) * 1000 + (ended.tv_nsec - began.tv_nsec) / 1000000;
    printf(" waited=%s", ms >= PATIENCE_MS - 1 ? "yes" : "no");
}

/* A connect that has not come about when the program asks a second time: by then there is room, and it goes
 * on by itself. */
static void pending(const struct twin_run *run)
{
    static twin_op *const meanwhile[] = {op_error, op_source, op_recv, op_pending, op_option};
    struct timeval patience = {.tv_usec = PATIENCE_MS * 1000};
    for (size_t i = 0; i < (run->depth > 1 ? sizeof meanwhile / sizeof *meanwhile : 1); i++) {
        int clients[BACKLOG_MAX];
        struct sockaddr_in name;
        struct twin t = {.peer = -1, .address_len = sizeof name};
        int listener = make_listener(&name, 1);
        bool blocks = twin_has(run, "timeout");
        memcpy(&t.address, &name, sizeof name);
        take_socket(&t, AF_INET, SOCK_STREAM);
        memset(clients, -1, sizeof clients);
        if (run->real)
            backlog_fill(listener, SOCK_STREAM, &t.address, t.address_len, clients);
        MUST(fcntl(t.fd, F_SETFL, blocks ? 0 : O_NONBLOCK));
        MUST(setsockopt(t.fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience));
        twin_watch(&t);
        patient_connect(&t);
        patient_connect(&t);
        MUST(fcntl(t.fd, F_SETFL, O_NONBLOCK));
        meanwhile[i](&t);
        empty_backlog(listener, clients);
        CHECK(wait_for(t.fd, POLLOUT), "it did not go on by itself");
        op_edge(&t);
        op_connect(&t);
        op_connect(&t);
        twin_sequence(&t, ops, OPS, 1, (int)i);
        finish(&t);
        close(listener);
    }
}

static void interrupted_blocking(const struct twin_run *run)
{
    connect_interrupted(run, true);
}

static void interrupted_polling(const struct twin_run *run)
{
    connect_interrupted(run, false);
}

TWIN_MAIN({"refused", connect_refused}, {"no-answer", no_answer}, {"host-unreachable", host_unreachable},
          {"protocol-unreachable", protocol_unreachable}, {"pending", pending}, {"unroutable", unroutable},
          {"no-port", no_port}, {"filtered", filtered}, {"interrupted-blocking", interrupted_blocking},
          {"interrupted-polling", interrupted_polling})
