// SPDX-License-Identifier: Apache-2.0
// Writes the report of a run, or finds that it is there already.
#include "report.h"

#include "load.h"
#include "page.h"
#include "ranking.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define JSON_LIMIT ((size_t)256 << 20)

// --- has the store changed since? ----------------------------------------------------------------------

static void stamp_file(hpb_text *stamp, const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0 || !status.st_size) { // an empty log holds nothing
        hpb_text_add(stamp, "-0");
        return;
    }
    hpb_text_add(stamp, "-%" PRIx64 ".%" PRIx64 ".%lx", (uint64_t)status.st_size,
                 (uint64_t)status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
}

// What changes whenever the store or this program does: sizes and times of their files, and SQLite's own count of
// changes (bytes 24 to 27 of the store). A digest of a million trials would take longer than the answer may.
static char *make_stamp(const char *store)
{
    hpb_text stamp = {0};
    stamp_file(&stamp, "/proc/self/exe"); // another build may write another page
    stamp_file(&stamp, store);
    char *log = hpb_format("%s-wal", store);
    stamp_file(&stamp, log);
    free(log);
    unsigned char count[4] = {0};
    const int fd = open(store, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd >= 0) {
        if (pread(fd, count, sizeof count, 24) != (ssize_t)sizeof count)
            memset(count, 0, sizeof count);
        close(fd);
    }
    hpb_text_add(&stamp, "-%02x%02x%02x%02x", count[0], count[1], count[2], count[3]);
    return stamp.data;
}

// --- the result ------------------------------------------------------------------------------------------

static uint64_t count_of(const json_t *object, const char *key)
{
    const json_int_t value = json_integer_value(json_object_get(object, key));
    return value > 0 ? (uint64_t)value : 0;
}

static void fill_result(const json_t *summary, hpb_report_result *out)
{
    size_t i;
    json_t *sentence;
    json_array_foreach(json_object_get(summary, "answer"), i, sentence) hpb_text_add(
        &out->answer, "%s\n", json_string_value(sentence) ? json_string_value(sentence) : "");
    out->planned = count_of(summary, "planned");
    out->stored = count_of(summary, "stored");
    out->failed = count_of(summary, "failed");
    out->diverged = count_of(json_object_get(summary, "status"), "diverged");
    out->complete = json_is_true(json_object_get(summary, "complete"));
    out->explains = json_is_array(json_object_get(summary, "explanations"));
}

// True where the report of this very store is there, pictures and all.
static bool find_report(const char *folder, const char *stamp, hpb_report_result *out)
{
    char *path = hpb_format("%s/report.json", folder), *bytes = NULL;
    size_t n = 0;
    bool is_there =
        access(out->page.data, R_OK) == 0 &&
        hpb_file_read(path, JSON_LIMIT, HPB_EXIT_STORE, &bytes, &n, NULL) == HPB_EXIT_OK;
    free(path);
    json_t *summary = is_there ? json_loadb(bytes, n, 0, NULL) : NULL;
    const char *stored = json_string_value(json_object_get(summary, "stamp"));
    is_there = stored && strcmp(stored, stamp) == 0 &&
               json_is_true(json_object_get(summary, "figures_drawn"));
    if (is_there)
        fill_result(summary, out);
    json_decref(summary);
    free(bytes);
    return is_there;
}

// --- writing ---------------------------------------------------------------------------------------------

static hpb_exit write_page(const hpb_report_data *data, const char *folder, const char *stamp,
                           hpb_report_result *out, hpb_error *error)
{
    hpb_figures figures;
    char *pictures = hpb_format("%s/figures", folder);
    hpb_exit code = hpb_figures_draw(data, pictures, &figures, out->note, error);
    free(pictures);
    json_t *summary = hpb_report_to_json(data);
    json_object_set_new(summary, "stamp", json_string(stamp));
    json_object_set_new(summary, "figures_drawn", json_boolean(!*out->note));
    fill_result(summary, out);
    if (code == HPB_EXIT_OK) {
        hpb_text page = {0};
        hpb_page_write(data, &figures, out->note, stamp, &page);
        code = hpb_file_write(out->page.data, page.data, page.length, error);
        hpb_text_free(&page);
    }
    if (code == HPB_EXIT_OK) { // last: it vouches for the rest
        char *json = json_dumps(summary, JSON_INDENT(1) | JSON_REAL_PRECISION(17));
        char *path = hpb_format("%s/report.json", folder);
        code = hpb_file_write(path, json, strlen(json), error);
        free(path);
        free(json);
    }
    json_decref(summary);
    hpb_figures_free(&figures);
    return code;
}

// FOLDER/timing.json: the timings as Google Benchmark wrote them; none where nothing was timed.
static hpb_exit write_benchmark(hpb_store *store, const char *folder, hpb_error *error)
{
    char *json;
    hpb_exit code = hpb_store_read_benchmark(store, &json, error);
    if (code != HPB_EXIT_OK)
        return code;
    char *path = hpb_format("%s/timing.json", folder);
    if (*json)
        code = hpb_file_write(path, json, strlen(json), error);
    else
        unlink(path); // an earlier run's
    free(path);
    free(json);
    return code;
}

hpb_exit hpb_report_write(const char *folder, hpb_report_result *out, hpb_error *error)
{
    *out = (hpb_report_result){0};
    hpb_text_add(&out->page, "%s/report.html", folder);
    char *path = hpb_format("%s/" HPB_STORE_FILE, folder);
    char *stamp = make_stamp(path);
    free(path);
    if (find_report(folder, stamp, out)) {
        free(stamp);
        return HPB_EXIT_OK;
    }
    hpb_store *store = NULL;
    hpb_stored_run run = {0};
    hpb_report_data data;
    hpb_exit code = hpb_store_open_read(folder, &store, error);
    if (code == HPB_EXIT_OK)
        code = hpb_store_read_run(store, &run, error);
    if (code == HPB_EXIT_OK) {
        code = hpb_report_load(store, &run, &data, error);
        if (code == HPB_EXIT_OK) {
            code = write_benchmark(store, folder, error);
            if (code != HPB_EXIT_OK)
                hpb_report_data_free(&data);
        }
        hpb_store_close(store, NULL); // a run that wants to write need not wait for gnuplot
        store = NULL;
        if (code == HPB_EXIT_OK) {
            hpb_report_summarise(&data);
            hpb_report_rank(&data);
            hpb_report_answer(&data);
            code = write_page(&data, folder, stamp, out, error);
            hpb_report_data_free(&data);
        }
        hpb_stored_run_free(&run);
    }
    hpb_store_close(store, NULL);
    free(stamp);
    if (code != HPB_EXIT_OK)
        hpb_report_result_free(out);
    return code;
}

void hpb_report_result_free(hpb_report_result *result)
{
    hpb_text_free(&result->answer);
    hpb_text_free(&result->page);
}
