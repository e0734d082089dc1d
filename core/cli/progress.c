// SPDX-License-Identifier: Apache-2.0
// Progress, drawn.
#include "cli/progress.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PLAIN_SECONDS 10.0

void hpb_progress_begin(progress *p, FILE *out, bool is_silent, const hpb_progress *stored,
                        uint64_t fits_left)
{
    const char *terminal = getenv("TERM");
    *p = (progress){.out = out,
                    .is_silent = is_silent,
                    .stop_at = (double)INFINITY,
                    .now = *stored,
                    .fits_left = fits_left};
    p->is_terminal = isatty(fileno(out)) && terminal && strcmp(terminal, "dumb") != 0;
    p->began = p->drawn = hpb_seconds();
}

void hpb_progress_extend(progress *p, const hpb_progress *stored, uint64_t fits_left)
{
    p->now.planned = stored->planned;
    p->now.done = stored->done;
    p->now.failed = stored->failed;
    p->now.diverged = stored->diverged;
    p->fits_left = fits_left;
}

void hpb_progress_say(const progress *p, const char *line)
{
    if (!p->is_silent)
        fprintf(p->out, p->is_terminal ? "\r         %s\033[K\n" : "%s\n", line);
}

void hpb_progress_count(progress *p, hpb_status status, uint32_t n_fits)
{
    p->now.done++;
    p->now.ran++;
    p->now.diverged += status == HPB_STATUS_DIVERGED;
    p->now.failed += status > HPB_STATUS_DIVERGED;
    p->fits_ran += n_fits;
    p->fits_left -= n_fits < p->fits_left ? n_fits : p->fits_left;
}

// "4 s", "3 min", "2 h 10 min"
static const char *duration_text(double seconds, char out[48])
{
    if (seconds < 9.95)
        snprintf(out, 48, "%.1f s", seconds);
    else if (seconds < 90)
        snprintf(out, 48, "%.0f s", seconds);
    else if (seconds < 5400)
        snprintf(out, 48, "%.0f min", seconds / 60);
    else
        snprintf(out, 48, "%d h %d min", (int)(seconds / 3600), (int)(seconds / 60) % 60);
    return out;
}

static void print_line(const progress *p, bool is_last)
{
    char done[HPB_NUMBER_SIZE], planned[HPB_NUMBER_SIZE], failed[HPB_NUMBER_SIZE];
    char diverged[HPB_NUMBER_SIZE], time[48], tail[64] = "";
    const double seconds = hpb_seconds() - p->began;
    const double left =
        p->fits_ran ? seconds * (double)p->fits_left / (double)p->fits_ran : (double)INFINITY;
    const double until_stop = fmax(p->stop_at - hpb_seconds(), 0);
    if (is_last)
        snprintf(tail, sizeof tail, "%s", duration_text(seconds, time));
    else if (until_stop < left)
        snprintf(tail, sizeof tail, "stops in %s", duration_text(until_stop, time));
    else if (p->fits_ran)
        snprintf(tail, sizeof tail, "%s left", duration_text(left, time));
    hpb_count_text(p->now.done, done);
    hpb_count_text(p->now.planned, planned);
    hpb_count_text(p->now.failed, failed);
    hpb_count_text(p->now.diverged, diverged);
    const double share = p->now.planned ? (double)p->now.done / (double)p->now.planned : 1;
    if (p->is_terminal)
        fprintf(p->out, "\r%5d %%  %s of %s   %s failed, %s diverged   %s\033[K",
                (int)(100 * share), done, planned, failed, diverged, tail);
    else
        fprintf(p->out, "%s of %s trials, %s failed, %s diverged%s%s\n", done, planned, failed,
                diverged, tail[0] ? ", " : "", tail);
    fflush(p->out);
}

static bool is_time_to_draw(progress *p)
{
    if (p->is_silent || (!p->is_terminal && hpb_seconds() - p->drawn < PLAIN_SECONDS))
        return false;
    p->drawn = hpb_seconds();
    return true;
}

void hpb_progress_draw(progress *p)
{
    if (is_time_to_draw(p))
        print_line(p, false);
}

double hpb_progress_end(progress *p)
{
    p->now.seconds = hpb_seconds() - p->began;
    if (!p->is_silent) {
        print_line(p, true);
        if (p->is_terminal)
            fputc('\n', p->out);
    }
    return p->now.seconds;
}

void hpb_progress_draw_timing(progress *p, uint64_t n, uint64_t all)
{
    char left[48];
    if (!n || n > all || !is_time_to_draw(p))
        return;
    const double share = (double)n / (double)all;
    duration_text((hpb_seconds() - p->began) * (1 - share) / share, left);
    fprintf(p->out, p->is_terminal ? "\r%5d %%  timing   %s left\033[K" : "timing %d %%, %s left\n",
            (int)(100 * share), left);
    fflush(p->out);
}

double hpb_progress_end_timing(progress *p, uint32_t n_cells, uint32_t all)
{
    char n[HPB_NUMBER_SIZE], of[HPB_NUMBER_SIZE], took[48];
    const double seconds = hpb_seconds() - p->began;
    duration_text(seconds, took);
    if (!p->is_silent && p->is_terminal)
        fputs("\r\033[K", p->out);
    if (!p->is_silent && n_cells)
        fprintf(p->out,
                p->is_terminal ? "         timing %s of %s cells   %s\n"
                               : "timing %s of %s cells, %s\n",
                hpb_count_text(n_cells, n), hpb_count_text(all, of), took);
    fflush(p->out);
    return seconds;
}
