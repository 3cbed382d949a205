/*
 * Waits that tell of input which comes to nothing: a datagram whose checksum was wrong (damaged), and what
 * another reader, or acceptor, was faster to take (taken). The rule is about ppoll, pselect and epoll_pwait:
 * the wait that wakes.
 */
#include "tests/conformance/datagrams.h"
#include "tests/conformance/icmp.h"
#include "tests/conformance/pairs.h"

#include <netinet/udp.h>
#include <sys/select.h>

OP wake_ppoll(struct twin *t)
{
    struct pollfd polled[] = {{.fd = t->fd, .events = TWIN_EVENTS | POLLRDNORM},
                              {.fd = t->peer, .events = POLLOUT}};
    twin_say("ppoll", ppoll(polled, 2, &(struct timespec){0}, NULL));
    printf(":%#x,%#x", (unsigned int)polled[0].revents, (unsigned int)polled[1].revents);
}

OP wake_ppoll_input(struct twin *t)
{
    struct pollfd polled = {.fd = t->fd, .events = POLLIN};
    twin_say("ppoll-in", ppoll(&polled, 1, NULL, NULL));
    printf(":%#x", (unsigned int)polled.revents);
}

OP wake_pselect(struct twin *t)
{
    fd_set r, w, e;
    FD_ZERO(&r);
    FD_ZERO(&w);
    FD_ZERO(&e);
    FD_SET(t->fd, &r);
    FD_SET(t->fd, &w);
    FD_SET(t->fd, &e);
    twin_say("pselect", pselect(t->fd + 1, &r, &w, &e, &(struct timespec){0}, NULL));
    printf(":%s%s%s", FD_ISSET(t->fd, &r) ? "r" : "", FD_ISSET(t->fd, &w) ? "w" : "",
           FD_ISSET(t->fd, &e) ? "e" : "");
}

static void wake_epoll(struct twin *t, const char *name, int epoll)
{
    struct epoll_event events[4] = {0};
    twin_say(name, epoll_pwait(epoll, events, 4, 0, NULL));
    twin_say_events("told", events[0].events);
    printf(" data=%s", events[0].data.fd == t->fd ? "its" : "other");
}

OP wake_edge(struct twin *t)
{
    wake_epoll(t, "epoll_pwait-edge", t->edge);
}

OP wake_level(struct twin *t)
{
    wake_epoll(t, "epoll_pwait-level", t->level);
}

static twin_op *const wakers[] = {wake_ppoll, wake_ppoll_input, wake_pselect, wake_edge, wake_level};
enum { WAKERS = sizeof wakers / sizeof *wakers };

/* ---- a datagram with a wrong checksum ---- */

static void make_udp_twin(struct twin *t)
{
    struct sockaddr_in name = loopback();
    *t = (struct twin){0};
    t->peer = bind_silent(SOCK_DGRAM | SOCK_NONBLOCK, t);
    take_socket(t, AF_INET, SOCK_DGRAM | SOCK_NONBLOCK);
    MUST(bind(t->fd, (struct sockaddr *)&name, sizeof name));
    t->own_len = sizeof t->own;
    MUST(getsockname(t->fd, (struct sockaddr *)&t->own, &t->own_len));
    MUST(connect(t->fd, (struct sockaddr *)&t->address, t->address_len));
    MUST(connect(t->peer, (struct sockaddr *)&t->own, t->own_len));
}

static void send_damaged(const struct twin *t)
{
    const struct sockaddr_in *own = (const struct sockaddr_in *)&t->own;
    const struct sockaddr_in *peer = (const struct sockaddr_in *)&t->address;
    struct {
        struct udphdr udp;
        char data[200];
    } damaged = {
        .udp = {.source = peer->sin_port, .dest = own->sin_port, .len = htons(208), .check = 0x1234}};
    struct sockaddr_in to = *own;
    int raw = icmp_open(IPPROTO_UDP);
    to.sin_port = 0;
    MUST(sendto(raw, &damaged, sizeof damaged, 0, (struct sockaddr *)&to, sizeof to));
    close(raw);
}

OP op_good(struct twin *t)
{
    MUST(send(t->peer, "abc", 3, 0));
}

static twin_op *const after_damage[] = {op_recv, op_peek,  op_read,   op_recvmsg, op_poll,
                                        op_edge, op_level, op_select, op_pending, op_error,
                                        op_send, op_good,  op_recv0};
enum { AFTER_DAMAGE = sizeof after_damage / sizeof *after_damage };

static void damaged(const struct twin_run *run)
{
    for (int first = 0; first < WAKERS; first++)
        for (int i = 0; i < twin_sequences(AFTER_DAMAGE, run->depth); i++) {
            struct twin t;
            make_udp_twin(&t);
            twin_watch(&t);
            if (run->real)
                send_damaged(&t);
            wakers[first](&t);
            twin_sequence(&t, after_damage, AFTER_DAMAGE, run->depth, i);
            finish(&t);
        }
}

/* ---- another process was faster ---- */

/* A child that has the socket as well: takes what is there when it is told to. */
struct taker {
    pid_t pid;
    int order, done;
};

__attribute__((noreturn)) static void take_on_order(int fd, bool accepts, int order, int done)
{
    char word, buf[64];
    while (read(order, &word, 1) == 1) {
        if (accepts)
            close(accept(fd, NULL, NULL));
        else
            (void)!recv(fd, buf, sizeof buf, MSG_DONTWAIT);
        (void)!write(done, "", 1);
    }
    _exit(0);
}

static struct taker start_taker(int fd, bool accepts)
{
    int order[2], done[2];
    pid_t pid;
    MUST(pipe(order));
    MUST(pipe(done));
    fflush(stdout);
    MUST(pid = fork());
    if (pid == 0) {
        close(order[1]);
        close(done[0]);
        take_on_order(fd, accepts, order[0], done[1]);
    }
    close(order[0]);
    close(done[1]);
    return (struct taker){pid, order[1], done[0]};
}

static void let_take(const struct taker *taker)
{
    char word;
    MUST(write(taker->order, "", 1));
    MUST(read(taker->done, &word, 1) == 1 ? 0 : -1);
}

static void end_taker(const struct taker *taker)
{
    close(taker->order);
    close(taker->done);
    waitpid(taker->pid, NULL, 0);
}

static twin_op *const after_loss[] = {op_recv,  op_peek,    op_read,  op_poll, op_edge,
                                      op_level, op_pending, op_error, op_send, op_good};
enum { AFTER_LOSS = sizeof after_loss / sizeof *after_loss };

/* It was there first, which makes the socket a shared one, and found nothing. */
static void taken(const struct twin_run *run)
{
    int listener = pair_listen(pair_kind(run->variant));
    for (int first = 0; first < WAKERS; first++)
        for (int i = 0; i < AFTER_LOSS; i++) {
            struct twin t;
            pair_connect(pair_kind(run->variant), listener, &t);
            struct taker taker = start_taker(t.fd, false);
            let_take(&taker);
            if (run->real)
                op_good(&t);
            wakers[first](&t);
            if (run->real)
                let_take(&taker);
            twin_sequence(&t, after_loss, AFTER_LOSS, 1, i);
            pair_end(&t);
            end_taker(&taker);
        }
}

OP op_accept(struct twin *t)
{
    int fd = accept(t->fd, NULL, NULL);
    twin_say("accept", fd < 0 ? -1 : 0);
    if (fd >= 0)
        close(fd);
}

OP op_call(struct twin *t)
{
    MUST(t->peer = socket(AF_INET, SOCK_STREAM, 0));
    MUST(connect(t->peer, (struct sockaddr *)&t->address, t->address_len));
}

static twin_op *const after_other_acceptor[] = {op_accept, op_poll,  op_edge, op_level,
                                                op_select, op_error, op_call};
enum { AFTER_OTHER_ACCEPTOR = sizeof after_other_acceptor / sizeof *after_other_acceptor };

static void accepted(const struct twin_run *run)
{
    for (int first = 0; first < WAKERS; first++)
        for (int i = 0; i < AFTER_OTHER_ACCEPTOR; i++) {
            struct sockaddr_in name;
            struct twin t = {.peer = -1};
            int listener = make_listener(&name, 4);
            MUST(t.fd = dup2(listener, TWIN_FD));
            close(listener);
            MUST(fcntl(t.fd, F_SETFL, O_NONBLOCK));
            memcpy(&t.address, &name, sizeof name);
            t.address_len = sizeof name;
            struct taker taker = start_taker(t.fd, true);
            let_take(&taker);
            twin_watch(&t);
            int caller = run->real ? connect_client(&name) : -1;
            wakers[first](&t);
            if (run->real) {
                let_take(&taker);
                close(caller);
            }
            after_other_acceptor[i](&t);
            op_accept(&t);
            twin_sequence(&t, after_other_acceptor, AFTER_OTHER_ACCEPTOR, 0, 0);
            finish(&t);
            end_taker(&taker);
        }
}

TWIN_MAIN({"damaged", damaged}, {"taken", taken}, {"accepted", accepted})
