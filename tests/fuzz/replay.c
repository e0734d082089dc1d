// SPDX-License-Identifier: Apache-2.0
// Replays inputs through a fuzz target: replay FILE-OR-FOLDER...; what crashed once is tried in every build.
#include "fuzz/fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <unistd.h>

static unsigned n_replayed;

// A copy that ends with its last byte, so that a sanitizer sees whoever reads on.
static void replay_file(const char *path)
{
    char *bytes;
    size_t n;
    hpb_error error;
    if (hpb_file_read(path, (size_t)1 << 28, HPB_EXIT_STORE, &bytes, &n, &error) != HPB_EXIT_OK) {
        hpb_error_print(stderr, &error);
        exit(1);
    }
    uint8_t *exact = malloc(n ? n : 1);
    if (!exact)
        exit(1);
    memcpy(exact, bytes, n);
    free(bytes);
    fprintf(stderr, "%s\n", path); // the last one named is the one that crashed
    LLVMFuzzerTestOneInput(exact, n);
    free(exact);
    n_replayed++;
}

static void replay_folder(const char *path, DIR *folder)
{
    for (const struct dirent *entry; (entry = readdir(folder));) {
        if (entry->d_name[0] == '.')
            continue;
        char *inner = hpb_format("%s/%s", path, entry->d_name);
        DIR *below = opendir(inner);
        if (!below)
            replay_file(inner);
        else
            closedir(below);
        free(inner);
    }
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        DIR *folder = opendir(argv[i]);
        if (folder)
            replay_folder(argv[i], folder);
        else
            replay_file(argv[i]);
        if (folder)
            closedir(folder);
    }
    printf("%u inputs\n", n_replayed);
    return n_replayed ? 0 : 1; // a corpus that has moved away is no success
}
