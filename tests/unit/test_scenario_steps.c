/* Scripts of peers as they are read: steps, data, and what follows of them. */
#include "tests/unit/scenario_text.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static struct scenario_set set;

static const struct scenario_process *read_process(const char *steps, const char *keys)
{
    char text[2000];
    snprintf(text, sizeof text, "scenario: x\nprocesses:\n  a: {peer: [%s]%s}\nexpect: {}\n", steps, keys);
    set = scenario_good(text);
    return &scenario_only(&set)->processes[0];
}

static const struct peer_step *read_step(const char *step)
{
    char steps[1000];
    snprintf(steps, sizeof steps, "{connect: 4000}, %s", step);
    return &read_process(steps, "")->peer->steps[1];
}

static void done(void)
{
    scenario_set_free(&set);
}

TestSuite(steps, .fini = done);

Test(steps, every_verb_has_its_word)
{
    const struct peer_script *script =
        read_process(
            "{listen: 1}, {accept: one}, {connect: 2}, {use: one}, {expect: a}, {send: b}, {pause: 1s}, "
            "{shutdown: both}, reset, {accept: {as: two, within: 3s}}, close, {repeat: {times: 2, steps: "
            "[accept]}}, ignore",
            "")
            ->peer;
    static const enum peer_verb verbs[] = {PEER_LISTEN, PEER_ACCEPT, PEER_CONNECT,  PEER_USE,   PEER_EXPECT,
                                           PEER_SEND,   PEER_PAUSE,  PEER_SHUTDOWN, PEER_RESET, PEER_ACCEPT,
                                           PEER_CLOSE,  PEER_REPEAT, PEER_IGNORE};
    cr_assert_eq(script->count, sizeof verbs / sizeof *verbs);
    for (size_t i = 0; i < script->count; i++)
        cr_expect_eq(script->steps[i].verb, verbs[i], "%zu: %s", i, script->steps[i].word);
    cr_expect_str_eq(script->steps[9].name, "two");
    cr_expect_eq(script->steps[9].within_ns, 3000000000);
    cr_expect_eq(script->steps[7].how, SHUT_RDWR);
    cr_expect(script->rests);
    cr_expect(script->listens);
}

Test(steps, are_numbered_in_the_order_of_the_file)
{
    const struct peer_script *script =
        read_process("{connect: 1}, {repeat: {times: 2, steps: [{send: a}, {send: b}]}}, {pause: 1s}", "")
            ->peer;
    cr_expect_eq(script->total, 5);
    cr_expect_eq(peer_script_step(script, 4), &script->steps[1].steps[1]);
    cr_expect_eq(peer_script_step(script, 5), &script->steps[2]);
    cr_expect_null(peer_script_step(script, 6));
    cr_expect_null(peer_script_step(script, 0));
}

Test(steps, know_their_place)
{
    const struct peer_step *step = read_step("{send: x}");
    cr_expect_eq(step->place.line, 3);
    cr_expect_eq(step->place.column, 32);
}

Test(steps, data_is_made_of_parts)
{
    const struct peer_step *step =
        read_step("{send: [a, {hex: '00 fF0a'}, {file: p}, {text: b}, '${port}']}");
    cr_assert_eq(step->part_count, 5);
    cr_expect_eq(step->parts[1].kind, PART_BYTES);
    cr_expect_eq(step->parts[1].len, 3);
    cr_expect_eq(memcmp(step->parts[1].text, "\x00\xff\x0a", 3), 0);
    cr_expect_eq(step->parts[2].kind, PART_FILE);
    cr_expect_str_eq(step->parts[3].text, "b");
    cr_expect_str_eq(step->parts[4].text, "${port}");
    cr_expect_eq(scenario_ports(scenario_only(&set)), 1);
}

Test(steps, eof_and_reset_are_words_unless_they_are_text)
{
    cr_expect_eq(read_step("{expect: eof}")->want, WANT_EOF);
    done();
    cr_expect_eq(read_step("{expect: reset}")->want, WANT_RESET);
    done();
    cr_expect_eq(read_step("{expect: {end: eof, within: 1s}}")->want, WANT_EOF);
    done();
    const struct peer_step *step = read_step("{expect: {text: eof}}");
    cr_expect_eq(step->want, WANT_DATA);
    cr_expect_str_eq(step->parts[0].text, "eof");
}

Test(steps, what_is_expected)
{
    cr_expect_eq(read_step("{expect: {matches: '^a'}}")->want, WANT_MATCH);
    done();
    const struct peer_step *step = read_step("{expect: {bytes: 4KiB}}");
    cr_expect_eq(step->want, WANT_COUNT);
    cr_expect_eq(step->bytes, 4096);
}

Test(steps, the_matrix_reaches_every_value)
{
    set = scenario_good(
        "scenario: x\nmatrix: {n: [2], a: ['udp:4000']}\nprocesses:\n  a: {peer: [{listen: '${a}'}, "
        "{repeat: {times: '${n}', steps: [{expect: {bytes: '${n}'}}]}}]}\nexpect: {}\n");
    const struct peer_script *script = scenario_only(&set)->processes[0].peer;
    cr_expect_eq(script->steps[0].type, SOCK_DGRAM);
    cr_expect_eq(script->steps[1].times, 2);
    cr_expect_eq(script->steps[1].steps[0].bytes, 2);
}

Test(steps, a_script_is_ready_when_it_listens_if_that_is_what_it_begins_with)
{
    const struct scenario_process *process = read_process("{listen: 1}, accept", "");
    cr_expect_eq(process->ready, READY_LISTENING);
    cr_expect_not(process->service, "it ends by itself");
    cr_expect_not(process->shim);
    done();
    cr_expect_eq(read_process("{pause: 1s}, {listen: 1}", "")->ready, READY_EXIT);
    done();
    cr_expect_eq(read_process("{pause: 1s}, {listen: 1}", ", ready: listening")->ready, READY_LISTENING);
}

Test(steps, a_script_without_end_is_a_service)
{
    cr_expect(read_process("{listen: 1}, stall", "")->service);
    done();
    cr_expect(read_process("{connect: 1}, stall", "")->service);
}
