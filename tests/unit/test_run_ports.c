#include "harness/run/ground/ports.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <sys/socket.h>
#include <unistd.h>

static struct ports take(int count, bool own_network)
{
    struct ports ports;
    struct diag diag = {0};
    cr_assert(ports_take(count, own_network, &ports, &diag), "%s", diag.text);
    return ports;
}

Test(ports, of_an_own_network_are_always_the_same)
{
    struct ports one = take(3, true), other = take(3, true);
    for (int i = 1; i <= 3; i++)
        cr_expect(one.numbers[i] == other.numbers[i] && one.numbers[i] != 0);
    cr_expect_neq(one.numbers[1], one.numbers[2]);
    cr_expect_eq(one.numbers[4], 0);
}

Test(ports, taken_are_not_given_to_another)
{
    struct ports one = take(PORTS_MAX, false), other = take(PORTS_MAX, false);
    for (int i = 1; i <= PORTS_MAX; i++) {
        cr_expect(one.numbers[i] >= 10000 && one.numbers[i] < 32768, "%u", one.numbers[i]);
        for (int k = 1; k <= PORTS_MAX; k++)
            cr_expect_neq(one.numbers[i], other.numbers[k]);
    }
    ports_give_back(&other);
    ports_give_back(&one);
}

Test(ports, given_back_are_free_again)
{
    struct ports one = take(1, false);
    uint16_t number = one.numbers[1];
    ports_give_back(&one);
    struct ports again = take(1, false);
    cr_expect_eq(again.numbers[1], number, "the search begins at the same place");
    ports_give_back(&again);
}

Test(ports, somebody_listens_on_are_left_out)
{
    struct ports one = take(1, false);
    uint16_t number = one.numbers[1];
    ports_give_back(&one);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(number)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    cr_assert_eq(listen(fd, 1), 0);
    struct ports other = take(1, false);
    cr_expect_neq(other.numbers[1], number);
    ports_give_back(&other);
    close(fd);
}
