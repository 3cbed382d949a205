#include "harness/sweep/survey/survey_lines.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Numbers travel as what they are when read as signed: jansson has no others. */
#define HEAD_FORMAT  "[I, I, I, I]"
#define CALL_FORMAT  "[s, i, i, i, I, I, i, I, I, I, b, I, i, i, i, s, o]"
#define FRAME_FORMAT "[s, I]"
#define FIRED_FORMAT "[s, i, i, I, i, I, I, I, s]"

static json_t *frames_json(const struct survey_call *call)
{
    json_t *frames = json_array();
    for (size_t i = 0; frames && i < call->frame_count; i++)
        json_array_append_new(
            frames, json_pack(FRAME_FORMAT, call->frames[i].module, (json_int_t)call->frames[i].offset));
    return frames;
}

static json_t *call_json(const struct survey_call *call)
{
    return json_pack(CALL_FORMAT, call->process, (int)call->call, call->fd, (int)call->connection,
                     (json_int_t)call->nth, (json_int_t)call->nth_on_connection, call->tid,
                     (json_int_t)call->nth_in_thread, (json_int_t)call->facts, (json_int_t)call->asked,
                     (int)call->ended, (json_int_t)call->result, call->error, call->rule, (int)call->recipe,
                     call->site, frames_json(call));
}

static json_t *fired_json(const struct survey_fired *fired)
{
    return json_pack(FIRED_FORMAT, fired->process, (int)fired->call, (int)fired->connection,
                     (json_int_t)fired->nth, fired->rule, (json_int_t)fired->delay_ns,
                     (json_int_t)fired->asked, (json_int_t)fired->amount, fired->site);
}

static json_t *head_json(const struct survey *survey)
{
    return json_pack(HEAD_FORMAT, (json_int_t)survey->count, (json_int_t)survey->lost,
                     (json_int_t)survey->fired_count, (json_int_t)survey->fired_lost);
}

/* Takes the line over. */
static bool write_line(FILE *file, json_t *line)
{
    bool good = line && json_dumpf(line, file, JSON_COMPACT) == 0 && putc('\n', file) != EOF;
    json_decref(line);
    return good;
}

/* A stream of its own on the same file. */
static FILE *open_stream(int fd, const char *mode)
{
    int own = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    FILE *file = own >= 0 ? fdopen(own, mode) : NULL;
    if (own >= 0 && !file)
        close(own);
    return file;
}

bool survey_write(int fd, const struct survey *survey)
{
    FILE *file = open_stream(fd, "w");
    if (!file)
        return false;
    bool good = write_line(file, head_json(survey));
    for (size_t i = 0; good && i < survey->count; i++)
        good = write_line(file, call_json(&survey->calls[i]));
    for (size_t i = 0; good && i < survey->fired_count; i++)
        good = write_line(file, fired_json(&survey->fired[i]));
    return fclose(file) == 0 && good;
}

static bool read_frames(const json_t *frames, struct survey_call *call)
{
    for (size_t i = 0; i < json_array_size(frames) && i < SURVEY_FRAMES; i++) {
        const char *module;
        json_int_t offset;
        if (json_unpack(json_array_get(frames, i), FRAME_FORMAT, &module, &offset) < 0)
            return false;
        call->frames[i] = (struct survey_frame){strdup(module), (uint64_t)offset};
        if (!call->frames[i].module)
            return false;
        call->frame_count++;
    }
    return true;
}

/* What was filled in of *ret so far is there even then. */
static bool read_call(json_t *line, struct survey_call *ret)
{
    const char *process, *site;
    int call, connection, ended, recipe;
    json_int_t nth, nth_on_connection, nth_in_thread, facts, asked, result;
    json_t *frames;
    if (json_unpack(line, CALL_FORMAT, &process, &call, &ret->fd, &connection, &nth, &nth_on_connection,
                    &ret->tid, &nth_in_thread, &facts, &asked, &ended, &result, &ret->error, &ret->rule,
                    &recipe, &site, &frames) < 0 ||
        call < 0 || call >= CALL_COUNT || recipe < 0 || recipe >= RECIPE_COUNT)
        return false;
    ret->process = strdup(process);
    ret->call = (enum call_id)call;
    ret->connection = (uint32_t)connection;
    ret->nth = (uint64_t)nth;
    ret->nth_in_thread = (uint64_t)nth_in_thread;
    ret->nth_on_connection = (uint64_t)nth_on_connection;
    ret->facts = (conditions)facts;
    ret->asked = asked;
    ret->ended = ended;
    ret->result = result;
    ret->recipe = (enum recipe)recipe;
    ret->site = strdup(site);
    return ret->process && ret->site && read_frames(frames, ret);
}

static json_t *next_line(FILE *file)
{
    return json_loadf(file, JSON_DISABLE_EOF_CHECK, NULL);
}

/* What is to come of each: numbers that the survey itself does not have before it is read. */
struct head {
    size_t count, fired_count;
};

static bool read_head(FILE *file, struct head *ret, struct survey *survey)
{
    json_int_t count, lost, fired_count, fired_lost;
    json_t *line = next_line(file);
    bool good = line && json_unpack(line, HEAD_FORMAT, &count, &lost, &fired_count, &fired_lost) == 0 &&
                count >= 0 && fired_count >= 0;
    json_decref(line);
    if (!good)
        return false;
    *ret = (struct head){(size_t)count, (size_t)fired_count};
    survey->lost = (uint64_t)lost;
    survey->fired_lost = (uint64_t)fired_lost;
    return true;
}

static bool read_fired(json_t *line, struct survey_fired *ret)
{
    const char *process, *site;
    int call, connection;
    json_int_t nth, delay_ns, asked, amount;
    if (json_unpack(line, FIRED_FORMAT, &process, &call, &connection, &nth, &ret->rule, &delay_ns, &asked,
                    &amount, &site) < 0 ||
        call < 0 || call >= CALL_COUNT)
        return false;
    ret->process = strdup(process);
    ret->call = (enum call_id)call;
    ret->connection = (uint32_t)connection;
    ret->nth = (uint64_t)nth;
    ret->delay_ns = delay_ns;
    ret->asked = asked;
    ret->amount = (uint64_t)amount;
    ret->site = strdup(site);
    return ret->process && ret->site;
}

static bool read_all_fired(FILE *file, size_t count, struct survey *survey)
{
    bool good = true;
    survey->fired = calloc(count + 1, sizeof *survey->fired);
    while (survey->fired && good && survey->fired_count < count) {
        json_t *line = next_line(file);
        good = line && read_fired(line, &survey->fired[survey->fired_count++]);
        json_decref(line);
    }
    return survey->fired && good;
}

static bool read_calls(FILE *file, size_t count, struct survey *survey)
{
    bool good = true;
    survey->calls = calloc(count ? count : 1, sizeof *survey->calls);
    while (survey->calls && good && survey->count < count) {
        json_t *line = next_line(file);
        good = line && read_call(line, &survey->calls[survey->count++]);
        json_decref(line);
    }
    return survey->calls && good;
}

/* Whether nothing was ever written there. */
static bool is_empty(FILE *file)
{
    int first = getc(file);
    if (first != EOF)
        ungetc(first, file);
    return first == EOF && !ferror(file);
}

bool survey_read(int fd, struct survey *ret, struct diag *diag)
{
    struct survey survey = {0};
    struct head head = {0};
    FILE *file = open_stream(fd, "r");
    bool good = file && fseek(file, 0, SEEK_SET) == 0;
    if (good && !is_empty(file))
        good = read_head(file, &head, &survey) && read_calls(file, head.count, &survey) &&
               read_all_fired(file, head.fired_count, &survey);
    if (file)
        fclose(file);
    if (!good) {
        survey_free(&survey);
        diag_set(diag, STATUS_TROUBLE, "the survey of an experiment could not be read");
        return false;
    }
    *ret = survey;
    return true;
}
