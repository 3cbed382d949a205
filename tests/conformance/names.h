/*
 * A resolver of the program's own: in mounts and a network that nobody else sees, /etc/resolv.conf asks a
 * name server on loopback, and that is a child which answers everybody as it was last told to. No service of
 * glibc's but files and dns is asked.
 */
#ifndef SOCKFAULT_TESTS_CONFORMANCE_NAMES_H
#define SOCKFAULT_TESTS_CONFORMANCE_NAMES_H

#include "tests/conformance/before.h"

#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>

/* As RFC 1035 4.1.1 numbers what a server says. */
enum names_answer {
    NAMES_GOOD = 0, /* an address of IPv4, a name for it; nothing of IPv6 */
    NAMES_FORMAT_ERROR = 1,
    NAMES_SERVER_FAILURE = 2,
    NAMES_NO_SUCH_NAME = 3,
    NAMES_REFUSED = 5,
    NAMES_EMPTY = 16, /* there is such a name, but nothing of that kind */
    NAMES_SILENT,
};

/* Shared with the server. */
struct names {
    _Atomic enum names_answer answer;
    pid_t server;
};

enum { NAMES_PACKET = 512, NAMES_HEADER = 12, NAMES_TYPE_A = 1, NAMES_TYPE_PTR = 12 };

/* Puts a file of ours where the system's is. */
static void names_cover(const char *file, const char *text)
{
    char path[] = "/tmp/sockfault-names-XXXXXX";
    int fd;
    MUST(fd = mkstemp(path));
    MUST(write(fd, text, strlen(text)));
    MUST(fchmod(fd, 0644));
    MUST(close(fd));
    if (mount(path, file, NULL, MS_BIND, NULL) < 0) {
        unlink(path);
        twin_skip("no file of the resolver's can be covered here");
    }
    MUST(unlink(path));
}

/* The answer to a question, made in place; returns its length, 0: there is none. */
static size_t names_reply(unsigned char *packet, size_t len, enum names_answer answer)
{
    static const unsigned char address[] = {0xc0, 12, 0, NAMES_TYPE_A, 0, 1, 0, 0, 0, 1, 0, 4, 192, 0, 2, 5};
    static const unsigned char name[] = {
        0xc0, 12,  0, NAMES_TYPE_PTR, 0, 1, 0, 0, 0, 1, 0, 10, 4, 'g', 'o', 'o', 'd', 4, 't', 'e',
        's',  't', 0};
    size_t end = NAMES_HEADER;
    while (end < len && packet[end])
        end += packet[end] + 1U;
    end += 5; /* the empty label, type, class */
    if (end > len || end + sizeof name > NAMES_PACKET || answer == NAMES_SILENT)
        return 0;
    bool is_a = packet[end - 3] == NAMES_TYPE_A, is_ptr = packet[end - 3] == NAMES_TYPE_PTR;
    bool has_answer = answer == NAMES_GOOD && (is_a || is_ptr);
    packet[2] = 0x81;
    packet[3] = (unsigned char)(0x80 | (answer < NAMES_EMPTY ? answer : 0));
    memset(packet + 6, 0, 6);
    packet[7] = has_answer;
    if (!has_answer)
        return end;
    memcpy(packet + end, is_a ? address : name, is_a ? sizeof address : sizeof name);
    return end + (is_a ? sizeof address : sizeof name);
}

/* The server ends with its parent. */
__attribute__((noreturn)) static void names_serve(struct names *names, int fd, pid_t parent)
{
    unsigned char packet[NAMES_PACKET];
    struct sockaddr_in who;
    struct pollfd asked = {.fd = fd, .events = POLLIN};
    while (getppid() == parent) {
        socklen_t who_len = sizeof who;
        if (poll(&asked, 1, 100) != 1)
            continue;
        ssize_t len = recvfrom(fd, packet, sizeof packet, 0, (struct sockaddr *)&who, &who_len);
        if (len < NAMES_HEADER)
            continue;
        size_t reply = names_reply(packet, (size_t)len, names->answer);
        if (reply > 0)
            sendto(fd, packet, reply, 0, (struct sockaddr *)&who, who_len);
    }
    _exit(0);
}

/* `hosts` stands in nsswitch.conf behind "hosts:". With `served` false nobody answers at port 53. */
static struct names *names_begin(const char *hosts, bool served)
{
    char services[64];
    int fd;
    twin_own_network();
    if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        twin_skip("no mounts of its own here");
    snprintf(services, sizeof services, "hosts: %s\nservices: files\n", hosts);
    names_cover("/etc/nsswitch.conf", services);
    names_cover("/etc/resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n");
    names_cover("/etc/hosts", "127.0.0.1 localhost\n");
    struct names *names =
        mmap(NULL, sizeof *names, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct sockaddr_in name = loopback();
    pid_t parent = getpid();
    MUST(names == MAP_FAILED ? -1 : 0);
    if (!served)
        return names;
    name.sin_port = htons(53);
    MUST(fd = socket(AF_INET, SOCK_DGRAM, 0));
    MUST(bind(fd, (struct sockaddr *)&name, sizeof name));
    fflush(stdout);
    MUST(names->server = fork());
    if (names->server == 0)
        names_serve(names, fd, parent);
    MUST(close(fd));
    return names;
}

static void names_end(struct names *names)
{
    if (names->server <= 0)
        return;
    kill(names->server, SIGKILL);
    waitpid(names->server, NULL, 0);
}

#endif
