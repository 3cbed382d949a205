#include "harness/program/debug.h"
#include "harness/program/program.h"

#include <stdio.h>

bool program_build_id(const char *path, char ret[BUILD_ID_MAX])
{
    struct debug_file file;
    const unsigned char *bytes = NULL;
    GElf_Addr address;
    int len = debug_open(&file, path) ? dwfl_module_build_id(file.module, &bytes, &address) : 0;
    len = len > (BUILD_ID_MAX - 1) / 2 ? (BUILD_ID_MAX - 1) / 2 : len;
    ret[0] = '\0';
    for (int i = 0; i < len; i++)
        sprintf(ret + 2 * i, "%02x", bytes[i]);
    debug_close(&file);
    return len > 0;
}
