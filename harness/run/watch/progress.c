#include "harness/run/watch/progress.h"

enum { ALWAYS_PPM = 1000000, SCOPES = 64 };

static void mix(uint64_t *mark, uint64_t value)
{
    *mark = (*mark ^ value) * UINT64_C(1099511628211); /* FNV-1a, by words */
}

bool progress_rule_is_settled(const struct rule *rule, uint64_t matched)
{
    /* Where it is counted by connection or thread, each has its share. */
    uint64_t counted = rule->scope == SCOPE_ALL ? matched : matched / SCOPES;
    bool has_last = rule->when_last != UINT64_MAX;
    bool is_constant =
        rule->chance_ppm == ALWAYS_PPM && rule->when_step == 1 && rule->times == 0 && rule->sleeps_on == 0;
    return has_last ? counted >= rule->when_last : is_constant && counted + 1 >= rule->when_first;
}

static void mix_rules(uint64_t *mark, const struct board *board)
{
    uint32_t count = board_rules(board);
    for (uint32_t i = board_rule_next(board, 0, count); i < count; i = board_rule_next(board, i + 1, count)) {
        uint64_t matched = atomic_load(&board->counts[i].matched);
        if (!progress_rule_is_settled(&board->rules[i], matched))
            mix(mark, matched);
    }
}

bool progress_waits_for_rules(const struct run *run)
{
    const struct board *board = run->board;
    uint32_t count = atomic_load(&board->paused) ? 0 : board_rules(board);
    for (uint32_t i = board_rule_next(board, 0, count); i < count; i = board_rule_next(board, i + 1, count))
        if (board->rules[i].after_ns > 0 || board->rules[i].until_ns != INT64_MAX)
            return true;
    return false;
}

static void mix_board(uint64_t *mark, const struct board *board)
{
    for (int i = 0; i < BOARD_ROLES; i++) {
        const struct board_role *role = &board->roles[i];
        if (atomic_load(&role->state) == 0) /* the first free one ends the list */
            break;
        mix(mark, atomic_load(&role->connections));
        mix(mark, atomic_load(&role->bytes_received));
        mix(mark, atomic_load(&role->bytes_sent));
    }
    for (int i = 0; i < BOARD_PROCESSES; i++) {
        uint32_t state = atomic_load(&board->processes[i].state);
        if (state == BOARD_PROCESS_FREE)
            break;
        mix(mark, state);
    }
}

uint64_t progress_mark(const struct run *run)
{
    uint64_t mark = 0;
    mix_board(&mark, run->board);
    mix_rules(&mark, run->board);
    for (size_t i = 0; i < run->count; i++) {
        const struct instance *instance = &run->instances[i];
        mix(&mark, instance->state);
        mix(&mark, instance->out.len);
        mix(&mark, instance->err.len);
    }
    return mark;
}
