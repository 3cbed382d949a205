/* Any bytes as a request at a control socket: an answer that ends in "ok" or "error: N MESSAGE", a line. */
#include "harness/control/request.h"

#include <stdlib.h>
#include <string.h>

static void check(const char *answer, size_t len, const struct book *book)
{
    if (len < 3 || answer[len - 1] != '\n')
        abort();
    const char *before = memrchr(answer, '\n', len - 1), *last = before != NULL ? before + 1 : answer;
    bool refused = strncmp(last, "error: ", 7) == 0 && last[7] >= '1' && last[7] <= '3' && last[8] == ' ';
    if (strcmp(last, "ok\n") != 0 && (!refused || last != answer))
        abort();
    if (book->count != board_rules(book->board))
        abort();
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static struct board board;
    struct book book;
    struct diag diag = {0};
    char *line = size < REQUEST_MAX && memchr(data, '\n', size) == NULL ? calloc(1, size + 1) : NULL;
    if (line == NULL)
        return 0;
    memcpy(line, data, size);
    atomic_store(&board.matcher_count, 0);
    memset(board.rules_on, 0, sizeof board.rules_on);
    board_init(&board, NULL, 0, 1, 0, 1);
    atomic_store(&board.rule_count, 0);
    if (book_open(&book, &board, NULL, 0, "/nonexistent", &diag)) {
        size_t len = 0;
        char *answer = request_answer(&book, line, size, false, &len);
        if (answer != NULL)
            check(answer, len, &book);
        free(answer);
        book_close(&book);
    }
    free(line);
    return 0;
}
