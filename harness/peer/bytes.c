#include "harness/peer/bytes.h"

#include "harness/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool bytes_room(struct bytes *bytes, size_t more)
{
    if (more >= PEER_BYTES_MAX || bytes->len + more >= PEER_BYTES_MAX)
        return false;
    size_t wanted = bytes->len + more + 1, capacity = bytes->capacity > 0 ? bytes->capacity : 64;
    while (capacity < wanted)
        capacity *= 2;
    char *at = capacity > bytes->capacity ? realloc(bytes->at, capacity) : bytes->at;
    if (at == NULL)
        return false;
    bytes->at = at;
    bytes->capacity = capacity;
    return true;
}

bool bytes_add(struct bytes *bytes, const char *at, size_t len)
{
    if (!bytes_room(bytes, len))
        return false;
    if (len > 0)
        memcpy(bytes->at + bytes->len, at, len);
    bytes->len += len;
    bytes->at[bytes->len] = '\0';
    return true;
}

void bytes_free(struct bytes *bytes)
{
    free(bytes->at);
    *bytes = (struct bytes){0};
}

size_t bytes_differ(const struct bytes *a, const struct bytes *b)
{
    size_t i = 0;
    while (i < a->len && i < b->len && a->at[i] == b->at[i])
        i++;
    return i;
}

/* Regular files only: a FIFO would hold the peer up, past every limit. */
static bool add_content(int fd, struct bytes *to)
{
    struct stat st;
    ssize_t got = 1;
    if (fstat(fd, &st) < 0)
        return false;
    errno = S_ISDIR(st.st_mode) ? EISDIR : S_ISREG(st.st_mode) ? ENOMEM : EINVAL;
    if (!S_ISREG(st.st_mode) || !bytes_room(to, (size_t)st.st_size))
        return false;
    while (got > 0 && to->capacity - to->len > 1) {
        got = read(fd, to->at + to->len, to->capacity - to->len - 1);
        to->len += got > 0 ? (size_t)got : 0;
    }
    to->at[to->len] = '\0';
    return got >= 0;
}

static bool add_file(const char *name, const char *root, struct bytes *to, struct diag *diag)
{
    char *path = name[0] == '/' ? strdup(name) : text_format("%s/%s", root, name);
    int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
    bool good = fd >= 0 && add_content(fd, to);
    if (!good)
        diag_set(diag, STATUS_TROUBLE, "%s: %s", path != NULL ? path : name, strerror(errno));
    if (fd >= 0)
        close(fd);
    free(path);
    return good;
}

static bool add_part(const struct peer_part *part, const struct runtime *runtime, const char *root,
                     struct bytes *to, struct diag *diag)
{
    if (part->kind == PART_BYTES)
        return bytes_add(to, part->text, part->len);
    char *text = scenario_expand(part->text, runtime, diag);
    bool good = text != NULL && (part->kind == PART_FILE ? add_file(text, root, to, diag)
                                                         : bytes_add(to, text, strlen(text)));
    free(text);
    return good;
}

bool bytes_make(const struct peer_step *step, const struct runtime *runtime, const char *root,
                struct bytes *ret, struct diag *diag)
{
    struct bytes made = {0};
    bool good = bytes_add(&made, "", 0);
    for (size_t i = 0; good && i < step->part_count; i++)
        good = add_part(&step->parts[i], runtime, root, &made, diag);
    if (good) {
        *ret = made;
        return true;
    }
    if (diag_ok(diag))
        diag_set(diag, STATUS_TROUBLE, "no memory, or more than %zu MiB", PEER_BYTES_MAX >> 20);
    bytes_free(&made);
    return false;
}
