// SPDX-License-Identifier: Apache-2.0
// gnuplot as a process: started in a private folder with an empty environment and limits, its result checked.
#ifndef HPB_GNUPLOT_H
#define HPB_GNUPLOT_H

#include "base/base.h"

#include <sys/types.h>

/// The full path of gnuplot in PATH, or NULL; free() it.
char *hpb_gnuplot_find(void);

/// A private folder under TMPDIR or /tmp for data files and pictures; free() the path after hpb_private_folder_remove.
hpb_exit hpb_private_folder_make(char **out, hpb_error *error);
/// Removes the files in it and the folder itself.
void hpb_private_folder_remove(const char *folder);

/// One gnuplot at work.
typedef struct hpb_gnuplot {
    pid_t pid; ///< 0: not started
    int64_t deadline_ns;
    char *folder, *script, *output;
} hpb_gnuplot;

/// Starts `gnuplot -d SCRIPT` in `folder`; it is to write the file `output` there. Both are file names.
hpb_exit hpb_gnuplot_start(const char *gnuplot, const char *folder, const char *script,
                           const char *output, hpb_gnuplot *out, hpb_error *error);
/// Waits, 10 s at most from the start, and checks exit code, silence and picture. The picture's bytes are to be freed.
hpb_exit hpb_gnuplot_finish(hpb_gnuplot *gnuplot, char **bytes, size_t *n, hpb_error *error);

/// Whether the bytes are a whole picture: a PNG with all its chunks up to IEND, or an SVG up to </svg>.
bool hpb_picture_is_whole(const void *bytes, size_t n);

#endif // HPB_GNUPLOT_H
