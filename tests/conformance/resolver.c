/*
 * The resolver: name servers that fail, say no or say nothing, and a process that is short of descriptors.
 * VARIANT is the call that finds out; what it and the next one say is compared, errno and h_errno included.
 */
#include "tests/conformance/machine.h"
#include "tests/conformance/names.h"

#include <netdb.h>

static const char *error_name(int error)
{
    static const struct {
        int error;
        const char *name;
    } names[] = {{0, "0"},
                 {EAI_AGAIN, "EAI_AGAIN"},
                 {EAI_NONAME, "EAI_NONAME"},
                 {EAI_NODATA, "EAI_NODATA"},
                 {EAI_FAIL, "EAI_FAIL"},
                 {EAI_SYSTEM, "EAI_SYSTEM"},
                 {EAI_MEMORY, "EAI_MEMORY"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].error == error)
            return names[i].name;
    return "other";
}

static const char *h_error_name(int error)
{
    static const char *const names[] = {"NETDB_INTERNAL", "NETDB_SUCCESS", "HOST_NOT_FOUND",
                                        "TRY_AGAIN",      "NO_RECOVERY",   "NO_DATA"};
    return error >= -1 && error <= 4 ? names[error + 1] : "other";
}

static const char *errno_name(int err)
{
    return err ? strerrorname_np(err) : "0";
}

/* Where a call may leave something: it starts from values that no call gives. */
static void clear_errors(void)
{
    errno = EXDEV;
    h_errno = 99;
}

static void say_errors(void)
{
    int err = errno;
    printf(" errno=%s h_errno=%s", errno_name(err), h_error_name(h_errno));
}

static void ask_address(int family, const char *service)
{
    struct addrinfo hints = {.ai_family = family, .ai_socktype = SOCK_STREAM}, untouched,
                    *result = &untouched;
    clear_errors();
    int error = getaddrinfo("name.test", service, &hints, &result);
    int err = errno;
    printf(" getaddrinfo=%s result=%s", error_name(error), result == &untouched ? "untouched" : "set");
    errno = error ? err : 0;
    if (error)
        say_errors();
    else
        freeaddrinfo(result);
}

static void by_getaddrinfo(void)
{
    ask_address(AF_UNSPEC, NULL);
}

static void by_getaddrinfo4(void)
{
    ask_address(AF_INET, "80");
}

static const struct sockaddr_in somebody = {.sin_family = AF_INET, .sin_addr.s_addr = 0x050200c0};

static void ask_name(int flags)
{
    char host[NI_MAXHOST] = "nothing", service[NI_MAXSERV] = "nothing";
    clear_errors();
    int error = getnameinfo((const struct sockaddr *)&somebody, sizeof somebody, host, sizeof host, service,
                            sizeof service, flags);
    int err = errno;
    printf(" getnameinfo=%s host=%s service=%s", error_name(error), host, service);
    errno = err;
    if (error)
        say_errors();
}

static void by_getnameinfo(void)
{
    ask_name(NI_NAMEREQD);
}

static void by_getnameinfo_unless(void)
{
    ask_name(0);
}

static void say_entry(const char *call, const struct hostent *entry)
{
    int err = errno;
    printf(" %s=%s", call, entry ? entry->h_name : "NULL");
    errno = err;
    if (!entry)
        say_errors();
}

static void by_gethostbyname(void)
{
    clear_errors();
    say_entry("gethostbyname", gethostbyname("name.test"));
}

static void by_gethostbyname2(void)
{
    clear_errors();
    say_entry("gethostbyname2", gethostbyname2("name.test", AF_INET));
}

static void by_gethostbyaddr(void)
{
    clear_errors();
    say_entry("gethostbyaddr", gethostbyaddr(&somebody.sin_addr, sizeof somebody.sin_addr, AF_INET));
}

static void say_reentrant(const char *call, int result, const struct hostent *entry, int h_error)
{
    int err = errno;
    printf(" %s=%s", call, errno_name(result));
    errno = err;
    say_entry("entry", entry);
    if (!entry)
        printf(" h_errnop=%s", h_error_name(h_error));
}

static void by_gethostbyname_r(void)
{
    struct hostent space, *entry = &space;
    char buf[1024];
    int h_error = 99;
    clear_errors();
    int result = gethostbyname_r("name.test", &space, buf, sizeof buf, &entry, &h_error);
    say_reentrant("gethostbyname_r", result, entry, h_error);
}

static void by_gethostbyname2_r(void)
{
    struct hostent space, *entry = &space;
    char buf[1024];
    int h_error = 99;
    clear_errors();
    int result = gethostbyname2_r("name.test", AF_INET, &space, buf, sizeof buf, &entry, &h_error);
    say_reentrant("gethostbyname2_r", result, entry, h_error);
}

static void by_gethostbyaddr_r(void)
{
    struct hostent space, *entry = &space;
    char buf[1024];
    int h_error = 99;
    clear_errors();
    int result = gethostbyaddr_r(&somebody.sin_addr, sizeof somebody.sin_addr, AF_INET, &space, buf,
                                 sizeof buf, &entry, &h_error);
    say_reentrant("gethostbyaddr_r", result, entry, h_error);
}

/* What needs no name server never fails as if it had asked one. */
static void ask_without_server(void)
{
    static const char *const nodes[] = {"192.0.2.5", "::1", NULL};
    struct addrinfo *result;
    for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
        int error = getaddrinfo(nodes[i], "80", NULL, &result);
        printf(" %s=%s", nodes[i] ? nodes[i] : "NULL", error_name(error));
        if (!error)
            freeaddrinfo(result);
    }
    struct addrinfo numeric = {.ai_flags = AI_NUMERICHOST};
    printf(" numeric=%s", error_name(getaddrinfo("name.test", NULL, &numeric, &result)));
    char host[NI_MAXHOST];
    printf(" getnameinfo=%s", error_name(getnameinfo((const struct sockaddr *)&somebody, sizeof somebody,
                                                     host, sizeof host, NULL, 0, NI_NUMERICHOST)));
    struct hostent *entry = gethostbyname("192.0.2.5");
    printf(" gethostbyname=%s", entry ? entry->h_name : "NULL");
}

static const struct asking {
    const char *name;
    void (*ask)(void);
} calls[] = {
    {"getaddrinfo", by_getaddrinfo},           {"getaddrinfo4", by_getaddrinfo4},
    {"getnameinfo", by_getnameinfo},           {"getnameinfo-unless", by_getnameinfo_unless},
    {"gethostbyname", by_gethostbyname},       {"gethostbyname2", by_gethostbyname2},
    {"gethostbyaddr", by_gethostbyaddr},       {"gethostbyname_r", by_gethostbyname_r},
    {"gethostbyname2_r", by_gethostbyname2_r}, {"gethostbyaddr_r", by_gethostbyaddr_r},
    {"without", ask_without_server},
};

static void (*asking(const struct twin_run *run))(void)
{
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (strcmp(calls[i].name, run->variant) == 0)
            return calls[i].ask;
    printf("# no such call: %s\n", run->variant);
    exit(CHECK_FAILED);
}

/* The failure, and that the next call is none the worse for it. */
static void ask_twice(const struct twin_run *run, struct names *names, enum names_answer answer)
{
    names->answer = run->real ? answer : NAMES_GOOD;
    asking(run)();
    names->answer = NAMES_GOOD;
    asking(run)();
    printf("\n");
}

static void answered(const struct twin_run *run, enum names_answer answer)
{
    struct names *names = names_begin("files dns", true);
    ask_twice(run, names, answer);
    names_end(names);
}

static void server_failure(const struct twin_run *run)
{
    answered(run, NAMES_SERVER_FAILURE);
}

static void server_refuses(const struct twin_run *run)
{
    answered(run, NAMES_REFUSED);
}

static void server_silent(const struct twin_run *run)
{
    answered(run, NAMES_SILENT);
}

static void no_such_name(const struct twin_run *run)
{
    answered(run, NAMES_NO_SUCH_NAME);
}

static void no_data(const struct twin_run *run)
{
    answered(run, NAMES_EMPTY);
}

static void format_error(const struct twin_run *run)
{
    answered(run, NAMES_FORMAT_ERROR);
}

static void no_server(const struct twin_run *run)
{
    struct names *names = names_begin("files dns", !run->real);
    asking(run)();
    printf("\n");
    names_end(names);
}

/* An earlier lookup has loaded what nsswitch.conf names; +first: none has. */
static void descriptors(const struct twin_run *run)
{
    struct names *names = names_begin("files dns", true);
    if (!twin_has(run, "first"))
        asking(run)();
    if (run->real)
        machine_limit_descriptors(0);
    asking(run)();
    if (run->real)
        machine_limit_descriptors(-1);
    asking(run)();
    printf("\n");
    names_end(names);
}

static void no_module(const struct twin_run *run)
{
    struct names *names = names_begin(run->real ? "missing" : "files dns", true);
    asking(run)();
    printf("\n");
    names_end(names);
}

TWIN_MAIN({"server-failure", server_failure}, {"server-refuses", server_refuses},
          {"server-silent", server_silent}, {"no-such-name", no_such_name}, {"no-data", no_data},
          {"format-error", format_error}, {"no-server", no_server}, {"descriptors", descriptors},
          {"no-module", no_module})
