/* Surveys of real programs: needs build/libsockfault.so, build/reference and build/tests/shim. */
#include "harness/text.h"
#include "tests/unit/compiled.h"
#include "tests/unit/scenario_text.h"
#include "tests/unit/survey_world.h"

#include "harness/program/program.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct run_world world;

static void begin(void)
{
    run_world_begin(&world);
}

static void finish(void)
{
    run_world_end(&world);
}

TestSuite(survey_run, .init = begin, .fini = finish, .timeout = 120);

/* faults: as a YAML list. malloc'd. */
static char *pair_text(const char *model, const char *domain, const char *type, const char *faults)
{
    return text_format("scenario: pair\n"
                       "processes:\n"
                       "  server: {run: [build/reference/server, --domain, %s, --port, \"${port}\", --path,"
                       " \"sf-${port}\", --model, %s, --type, %s], ready: listening}\n"
                       "  client: {run: [build/reference/client, --domain, %s, --port, \"${port}\", --path,"
                       " \"sf-${port}\", --type, %s, hello], after: server}\n"
                       "faults: %s\n"
                       "expect: {client: {exit: 0, stdout: \"hello\\n\"}, server: {running: true}}\n",
                       domain, model, type, domain, type, faults);
}

static struct survey pair_survey(const char *model, const char *domain, const char *type, const char *faults)
{
    char *text = pair_text(model, domain, type, faults);
    struct result result;
    struct survey survey = survey_of(&world, text, &result);
    cr_assert_eq(result.verdict, VERDICT_PASS, "%s %s: %s %s", model, domain, verdict_name(result.verdict),
                 result.failure_count ? result.failures[0].got : result.reason);
    result_free(&result);
    free(text);
    return survey;
}

static const struct survey_call *find(const struct survey *survey, const char *process, enum call_id call)
{
    for (size_t i = 0; i < survey->count; i++)
        if (strcmp(survey->calls[i].process, process) == 0 && survey->calls[i].call == call)
            return &survey->calls[i];
    cr_assert_fail("%s made no %s", process, call_info(call)->name);
    return NULL;
}

static bool has(const struct survey_call *call, conditions facts)
{
    return (call->facts & facts) == facts;
}

Test(survey_run, each_call_has_its_line_its_callers_and_what_held)
{
    struct survey survey = pair_survey("iterative", "inet", "stream", "[]");
    const conditions tcp =
        CONDITION_SET(SOCKET) | CONDITION_SET(TCP) | CONDITION_SET(INET) | CONDITION_SET(STREAM);
    const struct survey_call *connect = find(&survey, "client", CALL_connect);
    cr_expect(has(connect, tcp | CONDITION_SET(FRESH) | CONDITION_SET(BLOCKING)));
    cr_expect_not(has(connect, CONDITION_SET(CONNECTED)));
    cr_expect(connect->ended && connect->result == 0 && connect->connection == 1 && connect->rule == -1);
    const struct survey_call *receive = find(&survey, "client", CALL_recv);
    cr_expect(has(receive, tcp | CONDITION_SET(CONNECTED) | CONDITION_SET(SEVERAL) | CONDITION_SET(TIMEOUT)));
    cr_expect(receive->asked == 8 && receive->result == 8 && receive->nth_on_connection == 1);
    cr_expect_eq(strncmp(receive->site, "io.c:", 5), 0, "%s", receive->site);
    cr_assert_eq(receive->frame_count, SURVEY_FRAMES);
    cr_expect_str_eq(receive->frames[0].module, "client");
#ifndef __SANITIZE_ADDRESS__                                  /* whose own receive comes between */
    cr_expect_str_eq(receive->frames[2].module, "libc.so.6"); /* main's caller */
#endif
    const struct survey_call *listen = find(&survey, "server", CALL_listen);
    cr_expect(has(listen, tcp) && !has(listen, CONDITION_SET(LISTENING)) && listen->connection == 0);
    cr_expect(has(find(&survey, "server", CALL_accept4), tcp | CONDITION_SET(LISTENING)));
    const struct survey_call *close = find(&survey, "client", CALL_close);
    cr_expect(close->connection == 1 && close->nth_on_connection == 1 && has(close, tcp));
    cr_expect_eq(survey.lost, 0);
    survey_free(&survey);
}

/* "PROCESS/CALL:delay=1ms:..." that is to meet this call alone. malloc'd */
static char *rule_for(const struct survey_call *call)
{
    const char *name = call_info(call->call)->name;
    if (call->connection == 0)
        return text_format("[\"%s/%s:delay=1ms:when=%d:scope=all\"]", call->process, name, (int)call->nth);
    return text_format("[\"%s/%s:delay=1ms:conn=%d:when=%d:scope=connection\"]", call->process, name,
                       (int)call->connection, (int)call->nth_on_connection);
}

static bool same_place(const struct survey_call *a, const struct survey_call *b)
{
    bool same = strcmp(a->process, b->process) == 0 && a->call == b->call && a->frame_count == b->frame_count;
    for (size_t i = 0; same && i < a->frame_count; i++)
        same = a->frames[i].offset == b->frames[i].offset &&
               strcmp(a->frames[i].module, b->frames[i].module) == 0;
    return same;
}

/* Whether several processes or threads make calls that are counted with that one. They may make them at once:
 * then who gets which number is theirs to settle, and the survey's order is only nearly that of counting. */
static bool is_shared(const struct survey *survey, const struct survey_call *wanted)
{
    for (size_t i = 0; i < survey->count; i++) {
        const struct survey_call *other = &survey->calls[i];
        if (strcmp(other->process, wanted->process) == 0 && other->call == wanted->call &&
            (wanted->connection == 0 || other->connection == wanted->connection) && other->tid != wanted->tid)
            return true;
    }
    return false;
}

static void expect_selected(const char *model, const struct survey_call *wanted, bool is_shared)
{
    char *rule = rule_for(wanted);
    struct survey survey = pair_survey(model, "inet", "stream", rule);
    const struct survey_call *met = NULL;
    size_t count = 0;
    for (size_t i = 0; i < survey.count; i++)
        if (survey.calls[i].rule == 0) {
            met = &survey.calls[i];
            count++;
        }
    cr_assert_eq(count, 1, "%s met %zu calls", rule, count);
    cr_expect(strcmp(met->process, wanted->process) == 0 && met->call == wanted->call, "%s", rule);
    cr_expect(wanted->connection == 0 || met->connection == wanted->connection, "%s", rule);
    cr_expect(is_shared || same_place(met, wanted), "%s met %s %s at %s, expected %s", rule, met->process,
              call_info(met->call)->name, met->site, wanted->site);
    cr_expect(is_shared || (met->connection == wanted->connection && met->nth == wanted->nth), "%s", rule);
    survey_free(&survey);
    free(rule);
}

Test(survey_run, every_call_can_be_met_again_by_its_numbers)
{
    struct survey survey = pair_survey("iterative", "inet", "stream", "[]");
    cr_assert_gt(survey.count, 30);
    for (size_t i = 0; i < survey.count; i++) {
        cr_expect_not(is_shared(&survey, &survey.calls[i]));
        expect_selected("iterative", &survey.calls[i], false);
    }
    survey_free(&survey);
}

/* But for waits: how many there are depends on whether a child ends during one. */
Test(survey_run, so_can_those_of_a_process_and_its_children)
{
    struct survey survey = pair_survey("fork", "inet", "stream", "[]");
    size_t alone = 0, shared = 0;
    for (size_t i = 0; i < survey.count; i++) {
        if (call_info(survey.calls[i].call)->family == FAMILY_WAIT)
            continue;
        bool is = is_shared(&survey, &survey.calls[i]);
        expect_selected("fork", &survey.calls[i], is);
        *(is ? &shared : &alone) += 1;
    }
    cr_expect(alone > 20 && shared > 5, "%zu calls alone, %zu shared", alone, shared);
    survey_free(&survey);
}

struct pair {
    char model[16], domain[16], type[16];
};

ParameterizedTestParameters(survey_run, two_of_the_pair_agree)
{
    static struct pair pairs[] = {
        {"iterative", "inet", "stream"}, {"fork", "inet6", "stream"},       {"thread", "inet", "stream"},
        {"poll", "unix", "stream"},      {"epoll", "inet", "stream"},       {"iterative", "inet", "dgram"},
        {"epoll", "inet6", "dgram"},     {"fork", "abstract", "seqpacket"},
    };
    return cr_make_param_array(struct pair, pairs, sizeof pairs / sizeof *pairs);
}

ParameterizedTest(struct pair *pair, survey_run, two_of_the_pair_agree)
{
    struct survey one = pair_survey(pair->model, pair->domain, pair->type, "[]");
    struct survey other = pair_survey(pair->model, pair->domain, pair->type, "[]");
    char *difference = NULL;
    cr_expect(survey_same(&one, &other, &difference), "%s %s %s: %s", pair->model, pair->domain, pair->type,
              difference);
    free(difference);
    survey_free(&one);
    survey_free(&other);
}

static char *chain_text(void)
{
    return text_format("scenario: chain\n"
                       "processes:\n"
                       "  a: {run: [sh, -c, 'exec 5</dev/null; exec \"%s/build/tests/shim/chain\"']}\n"
                       "expect: {a: {exit: 0}}\n",
                       world.root);
}

/* Whether the frames begin with those lines of the program, "35 40". */
static void expect_lines(const struct survey_call *call, const char *lines, struct sites *sites)
{
    char *path = text_format("%s/build/tests/shim/chain", world.root), *rest = (char *)lines;
    for (size_t i = 0; *rest; i++) {
        char *expected = text_format("chain.c:%ld", strtol(rest, &rest, 10));
        char *got = i < call->frame_count ? sites_text(sites, path, call->frames[i].offset) : NULL;
        cr_expect_str_eq(got ? got : "nothing", expected, "frame %zu", i);
        if (i < call->frame_count)
            cr_expect_str_eq(call->frames[i].module, "chain");
        free(expected);
        free(got);
    }
    free(path);
}

/* How many frames the i-th send of tests/shim/chain.c has. */
static size_t frames_of(size_t i)
{
    enum { IN_HANDLER = 1, WITHOUT_TABLE = 5 };
    return i == IN_HANDLER || i == WITHOUT_TABLE ? 3 : SURVEY_FRAMES;
}

Test(survey_run, callers_are_those_that_called)
{
    char *text = chain_text();
    struct result result;
    struct survey survey = survey_of(&world, text, &result);
    struct sites *sites = sites_new();
    cr_assert_eq(result.verdict, VERDICT_PASS);
    size_t sends = 0;
    char *said = result.processes[0].out;
    for (size_t i = 0; i < survey.count; i++) {
        if (survey.calls[i].call != CALL_send)
            continue;
        char *line = strsep(&said, "\n");
        cr_assert(line && *line);
        expect_lines(&survey.calls[i], line, sites);
        cr_expect_eq(survey.calls[i].frame_count, frames_of(sends), "send %zu: %zu frames", sends,
                     survey.calls[i].frame_count);
        sends++;
    }
    cr_expect_geq(sends, 5);
    sites_free(sites);
    survey_free(&survey);
    result_free(&result);
    free(text);
}

Test(survey_run, what_was_executed_before_has_its_own_modules)
{
    char *text = chain_text();
    struct survey survey = survey_of(&world, text, NULL);
    const struct survey_call *first = &survey.calls[0];
    cr_assert_neq(survey.count, 0);
    cr_expect_neq(first->call, CALL_socketpair); /* the shell has moved a descriptor */
    cr_expect(first->frames[0].module[0] != '\0' && strcmp(first->frames[0].module, "chain") != 0, "%s",
              first->frames[0].module);
    cr_expect_str_eq(find(&survey, "a", CALL_socketpair)->frames[0].module, "chain");
    survey_free(&survey);
    free(text);
}

Test(survey_run, who_is_ended_in_a_call_made_it_all_the_same)
{
    struct survey survey =
        survey_of(&world,
                  "scenario: x\n"
                  "processes:\n"
                  "  server: {run: [build/reference/server, --port, \"${port}\", --protocol, line],"
                  " ready: listening, stop: KILL}\n"
                  "  client: {run: ['true'], shim: false, after: server}\n"
                  "expect: {client: {exit: 0}, server: {running: true}}\n",
                  NULL);
    cr_assert_gt(survey.count, 0);
    const struct survey_call *last = &survey.calls[survey.count - 1];
    cr_expect_eq(call_info(last->call)->family, FAMILY_WAIT);
    cr_expect_not(last->ended);
    cr_expect(survey.calls[0].ended);
    survey_free(&survey);
}

Test(survey_run, of_what_was_not_carried_out_there_is_none)
{
    struct result result;
    struct survey survey = survey_of(
        &world, "scenario: x\nneeds: [no-such-program]\nprocesses: {a: {run: ['true']}}\nexpect: {}\n",
        &result);
    cr_expect(result.verdict == VERDICT_SKIP && survey.count == 0);
    survey_free(&survey);
    result_free(&result);
}

static volatile int stopped;

static void stop(int sig)
{
    (void)sig;
    stopped = 1;
}

Test(survey_run, is_given_up_when_it_is_told_to)
{
    struct sigaction action = {.sa_handler = stop};
    cr_assert_eq(sigaction(SIGTERM, &action, NULL), 0);
    world.options.stop = &stopped;
    cr_assert_eq(raise(SIGTERM), 0);
    struct result result;
    struct survey survey = survey_of(
        &world, "scenario: x\nprocesses: {a: {run: [sleep, '1000'], shim: false}}\nexpect: {a: {exit: 0}}\n",
        &result);
    cr_expect_eq(result.verdict, VERDICT_ERROR);
    cr_expect_str_eq(result.reason, "it was stopped before it was over");
    cr_expect_eq(survey.count, 0);
    survey_free(&survey);
    result_free(&result);
}

Test(survey_run, a_library_that_is_loaded_later_is_known)
{
    compiled_begin();
    compiled_run("echo '#include <sys/socket.h>\nint pair(int *fds) { return socketpair(AF_UNIX, "
                 "SOCK_STREAM, 0, fds) ? 1"
                 " : 0; }' | cc -shared -fPIC -o later.so -x c -");
    compiled_run("echo '#include <dlfcn.h>\nint main(int n, char **v) { int fds[2]; void *l = dlopen(v[n - "
                 "1], RTLD_NOW);"
                 " return ((int (*)(int *))dlsym(l, \"pair\"))(fds); }' | cc -o loads -x c -");
    char *text = text_format("scenario: x\nprocesses: {a: {run: [\"%s\", ", compiled_path("loads"));
    char *whole = text_format("%s\"%s\"]}}\nexpect: {a: {exit: 0}}\n", text, compiled_path("later.so"));
    struct result result;
    struct survey survey = survey_of(&world, whole, &result);
    cr_assert_eq(result.verdict, VERDICT_PASS);
    const struct survey_call *call = find(&survey, "a", CALL_socketpair);
    cr_expect_str_eq(call->frames[0].module, "later.so");
    cr_expect_str_eq(call->frames[1].module, "loads");
    cr_expect_eq(strncmp(call->site, "pair+0x", 7), 0, "%s", call->site);
    survey_free(&survey);
    result_free(&result);
    free(whole);
    free(text);
    compiled_end();
}

/* Leaves only what the program does whoever is faster: all but waits, of that process. */
static void keep_certain(struct survey *survey, const char *process)
{
    struct survey kept = {0}, rest = {0};
    kept.calls = calloc(survey->count + 1, sizeof *kept.calls);
    rest.calls = calloc(survey->count + 1, sizeof *rest.calls);
    for (size_t i = 0; i < survey->count; i++) {
        const struct survey_call *call = &survey->calls[i];
        bool certain = strcmp(call->process, process) == 0 && call_info(call->call)->family != FAMILY_WAIT;
        struct survey *to = certain ? &kept : &rest;
        to->calls[to->count++] = *call;
    }
    free(survey->calls);
    survey_free(&rest);
    *survey = kept;
}

static struct survey curl_survey(void)
{
    char *third_party = text_format("%s/build/third-party", world.root);
    world.options.third_party = third_party;
    struct result result;
    struct survey survey = survey_of(
        &world,
        "scenario: curl\nneeds: [nginx, curl]\nfiles:\n"
        "  www/data.txt: \"a line\\n\"\n"
        "  nginx.conf: \"user root; daemon off; worker_processes 1; pid nginx.pid; error_log stderr; events "
        "{ }"
        " http { access_log off; client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3;"
        " uwsgi_temp_path t4; scgi_temp_path t5; server { listen 127.0.0.1:${port}; root www; } }\"\n"
        "processes:\n"
        "  nginx: {run: [nginx, -p, \"${dir}\", -c, nginx.conf, -e, stderr], stop: QUIT, ready: listening}\n"
        "  curl: {run: [curl, -sS, \"http://127.0.0.1:${port}/data.txt\"], after: nginx}\n"
        "expect: {curl: {exit: 0, stdout: \"a line\\n\"}, nginx: {running: true}}\n",
        &result);
    free(third_party);
    if (result.verdict == VERDICT_SKIP)
        cr_skip_test("no curl or nginx: make deps-third-party");
    cr_assert_eq(result.verdict, VERDICT_PASS, "%s", result.reason);
    result_free(&result);
    return survey;
}

Test(survey_run, a_program_of_somebody_elses_has_its_callers_too)
{
    struct survey one = curl_survey(), other = curl_survey();
    char *difference = NULL;
    const struct survey_call *connect = find(&one, "curl", CALL_connect);
    cr_expect(has(connect, CONDITION_SET(TCP) | CONDITION_SET(NONBLOCKING) | CONDITION_SET(FRESH)));
    cr_expect_eq(connect->frame_count, SURVEY_FRAMES);
    for (size_t i = 0; i < connect->frame_count; i++)
        cr_expect_eq(strncmp(connect->frames[i].module, "libcurl.so", 10), 0, "%s",
                     connect->frames[i].module);
    keep_certain(&one, "curl");
    keep_certain(&other, "curl");
    cr_expect_gt(one.count, 10);
    cr_expect(survey_same(&one, &other, &difference), "%s", difference);
    free(difference);
    survey_free(&one);
    survey_free(&other);
}
