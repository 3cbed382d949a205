#include "harness/quiet/flight.h"

#include "harness/clock.h"
#include "harness/quiet/sockdiag.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STATE_NEW = 12 };      /* TCP_NEW_SYN_RECV: a connection that is no socket yet */
enum { TIMER_KEEPALIVE = 2 }; /* idiag_timer */
enum { BACKLOG_COLUMN = 11 }; /* of /proc/net/softnet_stat: packets a processor has not looked at yet */

static bool is_participants(const struct flight_scope *scope, uint64_t inode)
{
    size_t low = 0, high = scope->count;
    if (!scope->inodes)
        return true;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (scope->inodes[middle] == inode)
            return true;
        if (scope->inodes[middle] < inode)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

/* Whether all that was sent has come to the other end, though it may not have said so yet (delayed
 * acknowledgement: up to 40 ms after). A FIN under way is one more for who receives it. */
static bool is_delivered(const struct diag_socket *socket, const struct diag_socket *peer)
{
    bool fin =
        socket->state == TCP_FIN_WAIT1 || socket->state == TCP_CLOSING || socket->state == TCP_LAST_ACK;
    return peer && peer->received >= socket->sent + fin;
}

static bool is_deaf(const struct flight_scope *scope, const struct diag_socket *socket)
{
    for (size_t i = 0; i < scope->deaf_count; i++)
        if (socket->inode != 0 && atomic_load(&scope->deaf[i]) == socket->inode)
            return true;
    return false;
}

/* Closed by whoever had it: nobody will do anything with it any more. */
static bool is_abandoned(const struct diag_socket *socket)
{
    return socket->protocol == IPPROTO_TCP && socket->inode == 0 && socket->state != TCP_ESTABLISHED &&
           socket->state != TCP_SYN_RECV && socket->state != STATE_NEW && socket->state != TCP_CLOSE_WAIT;
}

/* Whether the kernel sends in vain, and nobody can be told of that (any more). */
static bool is_nobodys(const struct flight_scope *scope, const struct diag_socket *socket,
                       const struct diag_socket *peer)
{
    return is_abandoned(socket) && (!peer || is_abandoned(peer) || is_deaf(scope, peer));
}

/*
 * Whether the kernel sends in vain. To who is deaf, all of it; but that somebody has closed it may be told
 * him in the end, by a reset. Who is deaf himself does not hear that his bytes have come, and sends those
 * again; but others that he still has may come.
 */
static bool is_doomed(const struct flight_scope *scope, const struct diag_socket *socket,
                      const struct diag_socket *peer)
{
    bool pending = socket->unacked > 0 || socket->unsent > 0;
    if (!pending || socket->inode == 0)
        return false;
    if (peer && is_deaf(scope, peer))
        return true;
    return is_deaf(scope, socket) && socket->unsent == 0 && peer && is_delivered(socket, peer);
}

static enum flight flight_of(const struct flight_scope *scope, const struct diag_socket *socket,
                             const struct diag_socket *peer)
{
    if (socket->state == TCP_SYN_SENT || socket->state == TCP_SYN_RECV || socket->state == STATE_NEW)
        return FLIGHT_TIMER;
    if (is_nobodys(scope, socket, peer))
        return FLIGHT_NONE;
    if (is_doomed(scope, socket, peer))
        return FLIGHT_DOOMED;
    /* Where the other side takes no more, it takes some only when its owner reads, and says so at once; who
     * is deaf does not hear that, and asks again. */
    if (socket->unsent > 0 && !socket->window_shut)
        return FLIGHT_MOVING;
    if (socket->unsent > 0 && scope->silenced)
        return FLIGHT_TIMER;
    if (socket->unacked > 0 && !is_delivered(socket, peer))
        return FLIGHT_TIMER;
    /* A probe that is answered changes nothing. */
    if (socket->timer == TIMER_KEEPALIVE && (!peer || scope->silenced))
        return FLIGHT_TIMER;
    return FLIGHT_NONE;
}

/* Whether a participant takes what the socket sends to: connections, or datagrams from anybody. */
static bool is_listened_to(const struct flight_scope *scope, const struct diag_table *table,
                           const struct diag_socket *socket)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct diag_socket *taker = &table->sockets[i];
        if (diag_is_for(socket, taker) && (taker->protocol != IPPROTO_TCP || taker->state == TCP_LISTEN) &&
            is_participants(scope, taker->inode))
            return true;
    }
    return false;
}

/* Whether the connection, which nobody has, is one that a participant's listener has made. */
static bool is_listeners(const struct flight_scope *scope, const struct diag_table *table,
                         const struct diag_socket *socket)
{
    struct diag_socket turned = *socket;
    memcpy(turned.peer_address, socket->address, sizeof turned.peer_address);
    turned.peer_port = socket->port;
    return is_listened_to(scope, table, &turned);
}

/* Whether somebody else has the other end, or may come to have it. */
static bool is_open(const struct flight_scope *scope, const struct diag_table *table,
                    const struct diag_socket *socket, const struct diag_socket *peer)
{
    if (!scope->inodes)
        return false;
    if (socket->peer_port == 0)
        return scope->listeners_open;
    if (peer && is_abandoned(peer))
        return false;
    if (!peer || peer->inode == 0) /* not there yet, or not accepted yet */
        return !is_listened_to(scope, table, socket);
    return !is_participants(scope, peer->inode);
}

/*
 * One that nobody has any more may still have to deliver what was sent before, and one that is being made
 * will be somebody's: they are the participants' where the other end is, or who listens there.
 */
static bool counts(const struct flight_scope *scope, const struct diag_table *table,
                   const struct diag_socket *socket, const struct diag_socket *peer)
{
    if (socket->state == TCP_TIME_WAIT)
        return false;
    if (socket->inode != 0 || !scope->inodes)
        return is_participants(scope, socket->inode);
    return (peer && is_participants(scope, peer->inode)) || is_listeners(scope, table, socket);
}

static enum flight inet_flight(const struct flight_scope *scope, const struct diag_table *table)
{
    enum flight worst = FLIGHT_NONE;
    for (size_t i = 0; i < table->count; i++) {
        const struct diag_socket *socket = &table->sockets[i];
        const struct diag_socket *peer = diag_peer(table, socket);
        if (!counts(scope, table, socket, peer))
            continue;
        enum flight flight = FLIGHT_NONE;
        if (is_open(scope, table, socket, peer))
            flight = FLIGHT_OUTSIDE;
        else if (socket->state != TCP_LISTEN && socket->protocol == IPPROTO_TCP)
            flight = flight_of(scope, socket, peer);
        worst = flight > worst ? flight : worst;
    }
    return worst;
}

static bool is_pair_known(const struct flight_scope *scope, const struct diag_table *table, uint64_t inode)
{
    if (scope->inodes)
        return is_participants(scope, inode);
    for (size_t i = 0; i < table->pair_count; i++)
        if (table->pairs[i].inode == inode)
            return true;
    return false;
}

static enum flight unix_flight(const struct flight_scope *scope, const struct diag_table *table)
{
    for (size_t i = 0; i < table->pair_count; i++) {
        const struct diag_pair *pair = &table->pairs[i];
        if (pair->peer != 0 && is_participants(scope, pair->inode) &&
            !is_pair_known(scope, table, pair->peer))
            return FLIGHT_OUTSIDE;
    }
    return FLIGHT_NONE;
}

/* Packets that have been sent and not yet been looked at, on any processor, of anybody. */
static bool has_backlog(void)
{
    char line[512];
    bool any = false;
    FILE *file = fopen("/proc/net/softnet_stat", "re");
    while (file && !any && fgets(line, sizeof line, file)) {
        char *at = line;
        unsigned long value = 0;
        for (int column = 0; column <= BACKLOG_COLUMN; column++)
            value = strtoul(at, &at, 16);
        any = value != 0;
    }
    if (file)
        fclose(file);
    return any;
}

enum flight flight_look(const struct flight_scope *scope)
{
    struct diag_table table = {0};
    enum flight answer = FLIGHT_UNKNOWN;
    if (has_backlog() || (scope->softirq && softirq_runs(scope->softirq)))
        return FLIGHT_MOVING;
    if (diag_read(&table, scope->inodes != NULL)) {
        enum flight by_inet = inet_flight(scope, &table), by_unix = unix_flight(scope, &table);
        answer = by_inet > by_unix ? by_inet : by_unix;
    }
    diag_free(&table);
    return answer;
}

int64_t flight_patience_ns(void)
{
    enum { RETRIES_MAX = 255 };
    const int64_t first = NS_PER_S / 5, longest = 120 * NS_PER_S;
    FILE *file = fopen("/proc/sys/net/ipv4/tcp_retries2", "re");
    int retries = 0;
    bool told = file && fscanf(file, "%d", &retries) == 1 && retries >= 0 && retries <= RETRIES_MAX;
    if (file)
        fclose(file);
    if (!told)
        return 0;
    int64_t sum = 0, interval = first;
    for (int i = 0; i <= retries; i++) {
        sum += interval;
        interval = 2 * interval < longest ? 2 * interval : longest;
    }
    return sum;
}
