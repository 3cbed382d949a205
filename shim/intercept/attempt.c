#include "shim/intercept/attempt.h"
#include "shim/act/debugger.h"
#include "shim/intercept/next.h"
#include "shim/know/facts.h"
#include "shim/know/matches.h"
#include "shim/know/places.h"
#include "shim/know/sockets.h"
#include "shim/know/thread.h"
#include "shim/model/endpoint.h"
#include "shim/state.h"
#include "shim/survey.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/resource.h>

void attempt_init(struct attempt *at, enum call_id call, const void *site)
{
    /* Not a zeroing of the whole: the copies of buffers are filled in only where a recipe needs them. */
    at->call = call;
    at->info = call_info(call);
    at->site = (uint64_t)(uintptr_t)site;
    at->fd = at->other_fd = -1;
    at->asked = 0;
    at->flags = 0;
    at->buf = NULL;
    at->iov = NULL;
    at->iovcnt = 0;
    at->message = NULL;
    at->messages = NULL;
    at->message_count = 0;
    at->limit = NULL;
    at->whole = 0;
    at->addr = NULL;
    at->addrlen = 0;
    at->name = NULL;
    at->name_len = NULL;
    at->level = at->option = 0;
    at->value = NULL;
    at->argument = 0;
    at->pair = NULL;
    at->polled = NULL;
    at->polled_count = 0;
    at->sets[0] = at->sets[1] = at->sets[2] = NULL;
    at->selected = 0;
    at->events = NULL;
    at->max_events = 0;
    at->node = NULL;
    at->hints = NULL;
    at->h_errnop = NULL;
    at->entry = NULL;
    at->untouched = at->cuts = at->ahead = at->checked = at->arrived = at->was_ahead = at->again = at->each =
        at->goes_on = false;
    at->timeout_ns = -1;
    at->left_over = NULL;
    at->wait.begun = false;
    at->deadline_ns = BOARD_NEVER;
    at->waited_since_ns = 0;
    at->mask = NULL;
    at->socket = NULL;
    at->accepted = NULL;
    at->target = (struct endpoint){0};
    at->decision = (struct decision){.rule = -1, .delay_rule = -1};
    at->decided = 0;
    at->result = 0;
    at->err = 0;
    at->errno_before = errno;
}

bool attempt_failed(const struct attempt *at)
{
    if (at->info->traits & FAILS_NONZERO)
        return at->result != 0;
    return at->info->traits & FAILS_NULL ? at->result == 0 : at->result == -1;
}

void attempt_returned(struct attempt *at, intptr_t result)
{
    at->result = result;
    at->err = attempt_failed(at) ? errno : 0;
}

void attempt_fail(struct attempt *at, int err)
{
    at->result = -1;
    at->err = err;
}

bool attempt_nowhere(const void *address)
{
    return (uintptr_t)address < 4096;
}

/* Whether the kernel takes so long a buffer: all of it has to be in the half that is the program's. */
static bool is_possible(const void *base, size_t len)
{
    return (uintptr_t)base <= INTPTR_MAX && len <= (size_t)INTPTR_MAX - (uintptr_t)base;
}

static bool measure_vector(struct attempt *at, const struct iovec *iov, size_t count)
{
    enum { MOST = 0x7ffff000 }; /* bytes a call transfers: read(2) */
    if (count > IOV_MAX || (count > 0 && attempt_nowhere(iov)))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!is_possible(iov[i].iov_base, iov[i].iov_len))
            return false;
        at->asked += iov[i].iov_len < MOST ? iov[i].iov_len : MOST;
    }
    at->asked = at->asked < MOST ? at->asked : MOST;
    return true;
}

static bool measure_message(struct attempt *at, const struct msghdr *message)
{
    if (attempt_nowhere(message) || (message->msg_name && (int)message->msg_namelen < 0))
        return false;
    at->addr = at->info->family == FAMILY_SEND ? message->msg_name : NULL;
    at->addrlen = message->msg_namelen;
    return measure_vector(at, message->msg_iov, message->msg_iovlen);
}

static bool measure_address(struct attempt *at)
{
    if (at->name && (attempt_nowhere(at->name) || attempt_nowhere(at->name_len)))
        return false;
    if (!at->addr || at->addrlen == 0)
        return true;
    if (attempt_nowhere(at->addr) || (int)at->addrlen < 0)
        return false;
    endpoint_from_sockaddr(&at->target, at->addr, at->addrlen);
    return true;
}

/* What a wait is about; poll(2) refuses more than RLIMIT_NOFILE, which few come near to. */
static bool can_wait(const struct attempt *at)
{
    struct rlimit most;
    if (at->selected < 0)
        return false;
    for (size_t i = 0; i < 3; i++)
        if (at->sets[i] && attempt_nowhere(at->sets[i]))
            return false;
    if (at->mask && attempt_nowhere(at->mask))
        return false;
    if (at->polled_count > FD_SETSIZE && getrlimit(RLIMIT_NOFILE, &most) == 0 &&
        at->polled_count > most.rlim_cur)
        return false;
    return (at->polled_count == 0 || !attempt_nowhere(at->polled)) &&
           (!(at->info->traits & WAITS_EPOLL) || (at->max_events > 0 && !attempt_nowhere(at->events)));
}

/* What is to be copied is looked at before there is need of a number for it. */
static bool can_copy(const struct attempt *at)
{
    bool copies = at->info->family == FAMILY_DUPLICATE ||
                  (at->call == CALL_fcntl && (at->argument == F_DUPFD || at->argument == F_DUPFD_CLOEXEC));
    return !copies || next_fcntl(at->fd, F_GETFD, NULL) >= 0;
}

bool attempt_measure(struct attempt *at)
{
    bool good = true;
    if (at->messages && at->message_count > 0)
        good = measure_message(at, attempt_nowhere(at->messages) ? NULL : &at->messages[0].msg_hdr);
    else if (at->message)
        good = measure_message(at, at->message);
    else if (at->iov)
        good = at->iovcnt >= 0 && measure_vector(at, at->iov, (size_t)at->iovcnt);
    else if (at->call == CALL_read || at->call == CALL_write)
        good = is_possible(at->buf, at->asked);
    return good && measure_address(at) && can_wait(at) && can_copy(at);
}

static uint64_t bytes_so_far(const struct attempt *at)
{
    if (!at->socket)
        return 0;
    return atomic_load(at->info->family == FAMILY_SEND ? &at->socket->bytes_sent
                                                       : &at->socket->bytes_received);
}

static enum decide_phase phase_of(const struct attempt *at)
{
    if (at->ahead)
        return DECIDE_AHEAD;
    if (at->accepted)
        return DECIDE_ACCEPTED;
    return at->arrived ? DECIDE_ARRIVED : DECIDE_CALL;
}

static enum call_id foreseen_for(const struct board_socket *socket)
{
    uint32_t habit = socket ? atomic_load(&socket->habit) : 0;
    return habit ? (enum call_id)(habit - 1) : CALL_recv;
}

/* The kernel checks a datagram on arrival if it is small, and before a wait tells of it if the socket is not
 * O_NONBLOCK. */
bool attempt_tells_damaged(const struct attempt *at)
{
    return facts_is_long(at) && next_fcntl(at->fd, F_GETFL, NULL) & O_NONBLOCK;
}

static bool is_filtered(const struct attempt *at)
{
    return at->socket && at->socket->type == SOCK_DGRAM && atomic_load(&shim.board->aheads) &&
           !facts_is_unchecked(at) && (at->checked || !attempt_tells_damaged(at));
}

bool attempt_decide(struct attempt *at)
{
    const struct board_socket *about = at->accepted ? at->accepted : at->socket;
    const struct endpoint *known = about ? &about->peer : NULL;
    struct query query = {
        .call = at->call,
        .phase = phase_of(at),
        .was_ahead = at->was_ahead,
        .foreseen = foreseen_for(at->socket),
        .filtered = is_filtered(at),
        .now_ns = at->began_ns,
        .role = shim.role,
        .tid = thread_id(),
        .fd = at->fd,
        .is_socket = at->socket != NULL,
        .connection = about ? atomic_load(&about->connection) : 0,
        .bytes = bytes_so_far(at),
        .peer = at->target.family ? &at->target : known,
        .local = about ? &about->local : NULL,
        .site = at->site,
        .asked = at->asked,
        .messages = at->info->traits & COUNTS ? at->message_count : 0,
        .facts = facts_of,
        .at_site = site_is,
        .carries = matches_carried,
        .fires = survey_is_on() ? survey_fired : NULL,
        .context = at,
    };
    bool fires = decide(shim.board, &query, &at->decision);
    if (atomic_load_explicit(&shim.board->hold, memory_order_relaxed))
        debugger_await(at);
    return fires;
}

bool attempt_decide_more(struct attempt *at)
{
    struct decision before = at->decision;
    bool fires = attempt_decide(at) && at->decision.rule >= 0;
    int64_t delay_ns = at->decision.delay_ns;
    if (!fires && !at->decision.boundary) {
        int delay_rule = at->decision.delay_rule >= 0 ? at->decision.delay_rule : before.delay_rule;
        at->decision = before;
        at->decision.delay_rule = delay_rule;
    }
    at->decision.delay_ns = before.delay_ns + delay_ns;
    if (delay_ns > 0)
        stall(delay_ns);
    return fires;
}
