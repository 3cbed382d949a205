/*
 * The board: the shared memory through which shim and harness talk. In an experiment it is a file (mode 0600,
 * on tmpfs) named in SOCKFAULT_BOARD; with plain preloading it is anonymous memory shared with forked
 * children. Everything is addressed by index; there are no pointers. All integers that more than one process
 * writes are atomic. The harness trusts nothing here without a check of range.
 */
#ifndef SOCKFAULT_MODEL_BOARD_H
#define SOCKFAULT_MODEL_BOARD_H

#include "shim/model/matcher.h"
#include "shim/model/rule.h"
#include "shim/model/timers.h"
#include "shim/model/timing.h"
#include "shim/model/unseen.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define BOARD_MAGIC UINT32_C(0x534f4b46)
enum {
    BOARD_VERSION = 1,
    BOARD_ROLES = 160, /* processes of a scenario, or executables in a wrap */
    BOARD_ROLE_NAME = 32,
    BOARD_PROCESSES = 1024, /* that ever said hello; slots of the dead are used again */
    BOARD_THREADS = 2048,
    BOARD_MODULES = 256,
    BOARD_MODULE_PATH = 200,
    BOARD_SOCKETS = 16384,
    BOARD_COUNTERS = 16384,
    BOARD_TRACE = 32768, /* records in the ring; a power of two */
    BOARD_CALLERS = 3,
    BOARD_PORTS = 64,
    BOARD_RULES = 1024, /* that ever were: the removed ones keep their numbers and counts */
    BOARD_MATCHERS = RULES_MAX,
    BOARD_HELD = 64, /* datagrams that wait for their turn, and buffers to look at data in */
    BOARD_HELD_BYTES = 65536,
};

/* How often a rule matched, and what came of it. */
struct board_rule_count {
    _Atomic uint64_t matched; /* calls that matched every selector but `when` */
    _Atomic uint64_t fired;
    _Atomic uint64_t refused;     /* would have fired, but was not legal there */
    _Atomic uint32_t refused_why; /* 1 + enum condition_bit of the last refusal; 0: no row fits that call */
    _Atomic uint64_t forced;      /* fired though illegal */
    _Atomic int64_t since_ns;     /* when the rule began to apply (board_time); 0: not yet */
    _Atomic int64_t done_ns;      /* when it fired so often that those it starts begin to apply; 0: not yet */
};

/* Counts kept by scope: key is a hash of (rule, scope, id), 0 is free. */
struct board_counter {
    _Atomic uint64_t key;
    _Atomic uint64_t count;
};

/* What a process did in all; index is the role. */
struct board_role {
    char name[BOARD_ROLE_NAME];
    _Atomic uint32_t state;       /* 0 free, 1 being written, 2 there */
    _Atomic uint32_t connections; /* ordinals given out */
    _Atomic uint64_t bytes_received, bytes_sent;
    _Atomic uint64_t calls[CALL_COUNT];
};

enum board_process_state {
    BOARD_PROCESS_FREE,
    BOARD_PROCESS_CLAIMED,
    BOARD_PROCESS_HELLO,
    BOARD_PROCESS_GONE,
    BOARD_PROCESS_PEER, /* a scripted peer: it publishes its waits as programs do, and has no role or calls */
};

/* BOARD_COVERAGE: what becomes of what a process counts of its code (shim/coverage.h). */
enum board_coverage {
    BOARD_COVERAGE_NONE,    /* it counts nothing */
    BOARD_COVERAGE_COUNTS,  /* and has not written it yet */
    BOARD_COVERAGE_WRITTEN, /* up to some moment */
    BOARD_COVERAGE_FAILED,  /* could not write it */
};

struct board_process {
    _Atomic uint32_t state;
    _Atomic int32_t pid, parent;
    _Atomic uint32_t role;
    _Atomic uint64_t start;      /* field 22 of /proc/PID/stat: with pid it names the process for good */
    _Atomic uint64_t image;      /* AT_RANDOM of getauxval(3), where its stack is: another after each exec */
    _Atomic uint32_t coverage;   /* enum board_coverage */
    _Atomic uint32_t module_set; /* of board_module; 0: none was noted */
    _Atomic uint32_t listening;  /* listen() and datagram bind() that succeeded */
    _Atomic uint32_t waits_after_listening; /* waits, accepts or receives begun since */
    _Atomic uint32_t port_count;
    _Atomic uint32_t ports[8]; /* listened on, host order; those after the 8th are not kept */
    char exe[64];              /* base name of the executable */
};

/*
 * What a thread is doing now. `call` is 0 outside of all calls, else 1 + enum call_id, or, for what is no
 * call on sockets, 1 + CALL_COUNT + enum timing_id (board_call_name says it in words).
 *
 * While it may be asleep in it, `wait` is BOARD_WAIT(number, kicks): who advances the clock past
 * `deadline_ns` adds a kick there and then sends TIME_SIGNAL with that number; the thread does not leave
 * before as many have arrived, so that none of them meets a later call (shim/time/wait.h). 0: it is not in a
 * wait.
 */
struct board_thread {
    _Atomic int32_t tid, pid;
    _Atomic uint32_t call;
    _Atomic int32_t fd;
    _Atomic uint32_t connection;
    _Atomic int64_t since_ns;    /* board_time when the call began */
    _Atomic int64_t asked;       /* bytes, -1: the call has no length */
    _Atomic uint64_t sequence;   /* counts calls begun */
    _Atomic uint64_t site;       /* return address */
    _Atomic uint64_t looks;      /* at a clock, since it has this slot */
    _Atomic uint64_t wait;       /* BOARD_WAIT, 0: none */
    _Atomic int64_t deadline_ns; /* of the wait, by board_time; BOARD_NEVER */
    _Atomic uint32_t arrived;    /* kicks of this wait that have arrived */
};

#define BOARD_NEVER               INT64_MAX
#define BOARD_WAIT(number, kicks) ((uint64_t)(number) << 8 | ((kicks) + 1))
#define BOARD_WAIT_NUMBER(wait)   ((wait) >> 8)
#define BOARD_WAIT_KICKS(wait)    ((uint32_t)((wait)&255) - 1)
enum { BOARD_KICKS_MAX = 200 };

/*
 * Wakes a thread whose time is up. One of the two that glibc keeps for itself (nptl(7)): no program can
 * block, handle or wait for it, and what glibc uses it for (setuid in threads) is told apart by si_code.
 */
enum { TIME_SIGNAL = 33 };

/* With that in place of a wait's number, TIME_SIGNAL asks a process to write what it counts of its code. */
enum { TIME_SIGNAL_COVERAGE = -1 };

/*
 * A file mapped executable. Those of one program, as it was when it was executed, are a set: its number is
 * the place of the executable itself, from 1; forked children share it. In a survey, files that are loaded
 * later come to it as they are met.
 */
struct board_module {
    _Atomic uint32_t set; /* 0: free, or being written */
    uint64_t base;        /* load bias: address in the file + base = address in memory */
    uint64_t end;         /* past the last byte of it in memory */
    char path[BOARD_MODULE_PATH];
};

enum board_socket_flag {
    SOCKET_LISTENING = 1 << 0,
    SOCKET_EOF = 1 << 1,      /* injected: discard what comes, give 0 */
    SOCKET_EOF_FULL = 1 << 2, /* ... and sends fail from the second on */
    SOCKET_EOF_SENT = 1 << 3, /* ... the first send has gone */
    SOCKET_TRANSLATE =
        1 << 4,           /* an ECONNRESET or ECONNREFUSED from the kernel is to be told as `translate_to` */
    SOCKET_DEAD = 1 << 5, /* connect gives EISCONN, getsockname the saved address */
    SOCKET_SENT = 1 << 6, /* a datagram went out since the last error */
    SOCKET_UNANSWERED = 1 << 7,  /* something was sent since the last data received */
    SOCKET_SHARED = 1 << 8,      /* more than one process has used it */
    SOCKET_DOOMED = 1 << 9,      /* dies by `doom` once the data the program knows of has been read */
    SOCKET_DECIDED = 1 << 11,    /* whether the next receive meets its end was decided when a wait returned */
    SOCKET_OWES_RESET = 1 << 10, /* AF_UNIX: the next receive gives ECONNRESET, once */
    SOCKET_ENDED = 1 << 12,      /* a receive gave 0: there is nothing more to wait for */
    SOCKET_TWIN = 1 << 13,       /* the datagram that is next is the second of an injected pair */
    SOCKET_SOFT_ERROR =
        1 << 14, /* SO_ERROR tells `translate_to` once more: of an ICMP error TCP keeps a copy */
    SOCKET_CONNECTING = 1 << 15,   /* connect went on by itself when it was last called */
    SOCKET_LOOKED = 1 << 16,       /* what befalls the datagram that is next was decided at a MSG_PEEK */
    SOCKET_TWIN_DUE = 1 << 17,     /* ... and it is to be received twice */
    SOCKET_PHANTOM = 1 << 18,      /* a wait told of input that is not there, and the next will, too */
    SOCKET_SHUT_READING = 1 << 19, /* by the program itself (shutdown(2)) */
    SOCKET_SHUT_WRITING = 1 << 20,
    SOCKET_THREADED = 1 << 22, /* more than one thread has received or accepted there */
    SOCKET_CORKED = 1 << 21,   /* UDP: more of the datagram is to come (MSG_MORE) */
    SOCKET_ROOM = 1 << 23,     /* a wait told of room to send, and nothing was sent since */
    /* What a new connection of the same socket knows nothing of. */
    SOCKET_OF_A_CONNECTION = SOCKET_EOF | SOCKET_EOF_FULL | SOCKET_EOF_SENT | SOCKET_TRANSLATE | SOCKET_DEAD |
                             SOCKET_DOOMED | SOCKET_DECIDED | SOCKET_OWES_RESET | SOCKET_ENDED |
                             SOCKET_SOFT_ERROR | SOCKET_SHUT_READING | SOCKET_SHUT_WRITING,
};

/* A socket, whatever its descriptors: shared by dup and fork, so its state stands here, by inode. */
struct board_socket {
    _Atomic uint64_t inode;      /* 0: free */
    _Atomic uint64_t stamp;      /* when it was put here, for replacing the oldest */
    _Atomic uint64_t partner;    /* the inode of the other end of a socketpair; 0: none, or not known */
    _Atomic uint32_t connection; /* ordinal within its role, from 1; 0: none yet */
    _Atomic uint32_t role;
    _Atomic int32_t owner;        /* pid that first used it */
    _Atomic int32_t reader;       /* tid that first received or accepted there; 0: none yet */
    _Atomic uint32_t flags;       /* enum board_socket_flag */
    _Atomic int32_t translate_to; /* errno */
    _Atomic uint32_t doom;        /* enum recipe */
    _Atomic int32_t doom_error;   /* errno for it */
    _Atomic uint64_t bytes_received, bytes_sent;
    _Atomic uint32_t habit;    /* 1 + enum call_id of its last receive; 0: none yet */
    _Atomic uint64_t told;     /* state_news() of the process when it last received */
    _Atomic uint64_t promised; /* bytes that FIONREAD or MSG_PEEK told of, and were not received since */
    _Atomic uint32_t held;     /* datagrams of it in `held` */
    _Atomic uint64_t flip;     /* the draw by which the datagram that is next is damaged, and how many bits */
    _Atomic uint32_t flip_bits;
    uint16_t domain, type, protocol;
    struct endpoint local, peer;
    unsigned char saved_name[28]; /* getsockname of a dead TCP socket */
    uint32_t saved_name_len;
    int32_t saved_unsent; /* SIOCOUTQ of it */
};

enum held_kind { HELD_FREE, HELD_CLAIMED, HELD_RECEIVED, HELD_SENT };

/* A datagram that was taken off its way and goes on later, or (CLAIMED) somebody's scratch. */
struct board_held {
    _Atomic uint32_t kind;   /* enum held_kind */
    _Atomic uint32_t socket; /* index in `sockets` */
    _Atomic uint32_t behind; /* so many others come before it still */
    _Atomic int32_t owner;   /* pid of whoever claimed it last */
    _Atomic uint64_t place;  /* what was left on the queue in its place, once it is its turn */
    uint32_t len, flags;     /* flags: msg_flags as received */
    uint32_t name_len, control_len;
    unsigned char name[128]; /* whom it is from, or goes to: struct sockaddr_storage */
    _Alignas(16) unsigned char control[256];
    unsigned char bytes[BOARD_HELD_BYTES];
};

enum trace_kind {
    TRACE_CALL,    /* a call ended */
    TRACE_REFUSED, /* a rule would have fired; `error` is 1 + enum condition_bit */
    TRACE_DECIDED, /* BOARD_SURVEY: a call is about to be decided, and has no result yet */
    TRACE_FIRED,   /* BOARD_SURVEY: `rule` fires; `result` and `facts` are nth and amount (decide.h: fires) */
};

/* One line of the trace. `sequence` is its number plus one, written last: 0 or another number means not there
 * (yet). */
struct trace_record {
    _Atomic uint64_t sequence;
    int64_t time_ns; /* board_time when the call began */
    int64_t elapsed_ns;
    int32_t pid, tid;
    uint16_t role, call;
    uint16_t kind;       /* enum trace_kind */
    int16_t rule;        /* that fired, or -1 */
    int32_t fd;          /* -1: none */
    uint32_t connection; /* 0: none */
    uint32_t recipe;     /* enum recipe, RECIPE_NONE if nothing was injected */
    int32_t error;       /* errno after the call, 0 on success */
    int64_t asked;       /* bytes asked, timeout in ms, or another telling argument; -1: none */
    int64_t result;      /* what the call returned */
    int64_t delay_ns;    /* injected */
    uint64_t site;       /* return address */
    uint32_t module_set; /* that addresses are looked up in; 0: none */
    struct endpoint peer;

    /* In surveys alone. */
    uint64_t callers[BOARD_CALLERS]; /* DECIDED: return addresses above `site`, 0 where there are no more */
    uint64_t facts;                  /* DECIDED: conditions that hold (shim/survey.h says which are asked) */
    uint64_t decided;                /* CALL: 1 + number of its record of kind DECIDED; 0: it has none */
};

enum board_flag {
    BOARD_TRACING = 1 << 0,  /* write records for every call (not only those a rule fired at) */
    BOARD_WATCHED = 1 << 1,  /* a harness waits on `bell` */
    BOARD_VIRTUAL = 1 << 2,  /* the programs' clocks are board_time, and somebody advances it */
    BOARD_SURVEY = 1 << 3,   /* with TRACING: records of kind TRACE_DECIDED as well; costs, and is set before
                                programs start */
    BOARD_COVERAGE = 1 << 4, /* programs built with --coverage write their counts however they end */
    BOARD_ZYGOTES = 1 << 5,  /* who has our parent's line is to be a zygote (model/zygote.h) */
};

/* What is known of sockets to which nothing comes any more. */
enum board_silence {
    BOARD_SILENCED = 1 << 0, /* some were ever made deaf: RECIPE_SILENCE */
    BOARD_FILTERED = 1 << 1, /* a program's own filter may have done so, or is gone; or there are too many */
    BOARD_OWN_PATIENCE = 1 << 2, /* a program says itself when the kernel is to give up: TCP_USER_TIMEOUT */
};
enum { BOARD_DEAF = 64 };

struct board {
    uint32_t magic, version;
    uint64_t size; /* sizeof(struct board) */
    uint64_t seed;
    _Atomic uint32_t flags;  /* enum board_flag */
    _Atomic uint32_t paused; /* rules are off while it is not 0 */
    _Atomic uint32_t hold;   /* 1 + index of the rule that waits for a debugger before it fires; 0: none */
    _Atomic int32_t held_pid, held_tid; /* who waits; 0: nobody yet */
    _Atomic uint64_t held_site;         /* its return address in the program */
    _Atomic uint32_t bell;              /* futex: changes when something worth a look happened */
    _Atomic int64_t
        offset_ns;            /* what virtual time is ahead of CLOCK_MONOTONIC; never shrinks, 0: real time */
    _Atomic int64_t began_ns; /* board_time: what windows of time count from */
    _Atomic uint32_t unseen;  /* 1 << enum unseen: what cannot be virtual */
    _Atomic uint32_t threads_end;           /* no thread has ever had a slot from there on */
    _Atomic uint64_t armed[CALL_SET_WORDS]; /* calls that must not take the fast path */
    _Atomic uint64_t looks[CALL_SET_WORDS]; /* calls at which a rule is about each message (decide_looks) */
    _Atomic uint32_t keep_armed;            /* sockets have injected state: all calls stay armed */
    _Atomic uint32_t aheads;           /* whether a rule may end connections, or hide datagrams, at waits */
    _Atomic uint32_t silenced;         /* enum board_silence, joined */
    _Atomic uint32_t deaf_end;         /* so many of deaf have been taken */
    _Atomic uint64_t deaf[BOARD_DEAF]; /* inodes of sockets made deaf by RECIPE_SILENCE; 0: not yet there */
    _Atomic uint32_t phantoms;         /* whether a socket was ever SOCKET_PHANTOM */
    char trace_file[256];              /* SOCKFAULT_TRACE of plain preloading, else "" */
    _Atomic uint32_t additions;        /* how often rules came while the program ran */
    _Atomic uint32_t rule_count;       /* that ever were: rules[i] is complete before it counts */
    _Atomic uint64_t rules_on[BOARD_RULES / 64]; /* a bit each: it has not been removed */
    struct rule rules[BOARD_RULES];
    struct board_rule_count counts[BOARD_RULES];
    struct board_role roles[BOARD_ROLES];
    struct board_process processes[BOARD_PROCESSES];
    struct board_thread threads[BOARD_THREADS];
    struct board_timer
        alarms[BOARD_PROCESSES];             /* alarm(2) and setitimer(2) of processes[i]; pid 0: not yet */
    struct board_timer timers[BOARD_TIMERS]; /* of timer_create(2) */
    _Atomic uint32_t timers_end;             /* none of timers has ever been used from there on */
    _Atomic uint32_t timerfds;               /* timerfd_create(2) that succeeded */
    _Atomic uint32_t kernel_timers;          /* timers of the kernel's that may send signals */
    _Atomic uint32_t module_count;
    struct board_module modules[BOARD_MODULES];
    struct board_counter counters[BOARD_COUNTERS];
    _Atomic uint64_t counters_lost; /* a count that found no place: `when` is not exact then */
    struct board_socket sockets[BOARD_SOCKETS];
    _Atomic uint64_t socket_stamp;
    _Atomic uint32_t
        coverage_lost; /* images that were replaced by exec and could not write what they counted */
    struct matcher matchers[BOARD_MATCHERS]; /* of rules with match=: rule->match.table says which */
    _Atomic uint32_t matcher_count;
    struct board_held held[BOARD_HELD];
    _Atomic uint64_t trace_head; /* records ever begun */
    struct trace_record trace[BOARD_TRACE];
};

/*
 * Fills in a zeroed board: header, rules, which calls are armed. rule_count at most BOARD_RULES. Rules apply
 * from now_ns (board_time) on. Fixed strings to look for get their automata; for regular expressions
 * (rule->match.regex) matchers[rules[i].match.table] is the caller's to fill in, before a program starts.
 */
void board_init(struct board *board, const struct rule *rules, uint32_t rule_count, uint64_t seed,
                uint32_t flags, int64_t now_ns);

/*
 * Rules of a board in use come in two steps, by one caller at a time. board_rules_put writes them behind
 * those there are, where they do not count yet, and returns the index of the first; -1: there is no room
 * (BOARD_RULES ever, BOARD_MATCHERS of them with match=). Then matchers of regular expressions are filled in
 * as for board_init. board_rules_publish lets the `count` rules put last apply, to every thread all at once;
 * without it they never were.
 */
int board_rules_put(struct board *board, const struct rule *rules, uint32_t count, int64_t now_ns);
void board_rules_publish(struct board *board, uint32_t count);

/* Takes a rule out of use; its counts stay. false when there is none of that index, or no longer. */
bool board_rule_remove(struct board *board, uint32_t index);

/* How many rules there are, the removed ones with them; never more than BOARD_RULES, whatever stands there.
 */
static inline uint32_t board_rules(const struct board *board)
{
    uint32_t count = atomic_load_explicit(&board->rule_count, memory_order_acquire);
    return count < BOARD_RULES ? count : BOARD_RULES;
}

/*
 * The first rule in use from index `from` on, among the first `count`; `count` when there is none. With
 * `count` from one board_rules(), a loop sees of rules that came together all or none.
 */
static inline uint32_t board_rule_next(const struct board *board, uint32_t from, uint32_t count)
{
    while (from < count) {
        uint64_t on = atomic_load_explicit(&board->rules_on[from / 64], memory_order_acquire) >> from % 64;
        if (on) {
            from += (uint32_t)__builtin_ctzll(on);
            return from < count ? from : count;
        }
        from = (from / 64 + 1) * 64;
    }
    return count;
}

/* Whether a mapping of that many bytes is a board of this version. */
bool board_valid(const struct board *board, size_t size);

/* Sets `armed` anew from rules and flags; also after a change of either. */
void board_arm(struct board *board);

/* Arms every call: a fault left state on a socket that later calls must respect. */
void board_arm_all(struct board *board);

/* The time of the programs on that board when CLOCK_MONOTONIC is real_ns. */
static inline int64_t board_time(const struct board *board, int64_t real_ns)
{
    return real_ns + atomic_load_explicit(&board->offset_ns, memory_order_acquire);
}

/* The module of that set the address lies in; NULL: none that is known. Async-signal-safe. */
const struct board_module *board_module_at(const struct board *board, uint32_t set, uint64_t address);

/* The name of a call as it stands in board_thread.call; NULL: none, or no such. */
const char *board_call_name(uint32_t call);

/* The index of the role of that name, made if new; BOARD_ROLES-1 when full. Async-signal-safe. */
uint32_t board_role(struct board *board, const char *name);

/* A slot for a process that says hello, or for a peer (state CLAIMED), reusing those of the dead; NULL when
 * full. */
struct board_process *board_process_claim(struct board *board, pid_t pid);

/* The next record of the trace ring, its number in *ret_number; fill it in, then trace_commit. Never fails.
 */
struct trace_record *board_trace_begin(struct board *board, uint64_t *ret_number);
void board_trace_commit(struct trace_record *record, uint64_t number);

/*
 * Copies record `number` into *ret. Returns 1, 0 when it is not written yet, -1 when it is lost
 * (overwritten).
 */
int board_trace_read(const struct board *board, uint64_t number, struct trace_record *ret);

/* Adds 1 to the counter of that key and returns the new value, 0 if the table is full. Exact across threads
 * and forks. */
uint64_t board_count(struct board *board, uint64_t key);

/* The counter itself, made with 0 if it is new; NULL if the table is full. For state kept by key. */
_Atomic uint64_t *board_cell(struct board *board, uint64_t key);

#endif
