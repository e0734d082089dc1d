// SPDX-License-Identifier: Apache-2.0
// The data of a plan: files read, what is generated measured, and made where it is the same in every run.
#include "suite/plan_data.h"

#include "suite/tables.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_NUMBERS 100000000.0 // rows times features, of all data together: 800 MB

typedef struct reader {
    hpb_plan *plan;
    hpb_diagnostics *diagnostics;
    double n_numbers; // rows times features of the data that stay in memory
    bool is_good;
} reader;

static double mean_square(const hpb_dataset *dataset)
{
    if (!dataset->truth)
        return (double)NAN;
    double sum = 0;
    for (uint32_t i = 0; i < dataset->n_rows; i++) {
        const double error = dataset->y[i] - dataset->truth[i];
        sum += error * error;
    }
    return sum / dataset->n_rows;
}

// Whether there is room beside the data before. False with the fault said.
static bool fits(reader *r, const hpb_plan_data *data, hpb_place place, const char *key)
{
    if (r->n_numbers + (double)data->n_rows * data->n_features <= MAX_NUMBERS)
        return true;
    r->is_good = false;
    hpb_diagnose(r->diagnostics, place, "data", key,
                 "too much data; expected at most 100,000,000 numbers in all; got %u rows of %u%s",
                 data->n_rows, data->n_features, r->n_numbers > 0 ? " beside other levels" : "");
    return false;
}

// How large generated data will be: known, and refused, before any are made.
static void measure(reader *r, hpb_plan_data *data)
{
    const hpb_choice *choice = data->choice;
    const hpb_place place = hpb_choice_setting(choice, "rows")->place;
    data->n_rows = (uint32_t)hpb_choice_number(choice, "rows");
    data->n_features = (uint32_t)hpb_choice_number(choice, "features");
    if (fits(r, data, place.file ? place : choice->place, "rows") &&
        !hpb_choice_setting(choice, "seed")->is_fresh)
        r->n_numbers += (double)data->n_rows * data->n_features;
}

static void generate(hpb_plan_data *data)
{
    const hpb_choice *choice = data->choice;
    const hpb_setting *seed = hpb_choice_setting(choice, "seed");
    if (seed->is_fresh)
        return; // every replicate draws its own
    hpb_dataset_generate((hpb_generator)hpb_choice_number(choice, "generator"), data->n_rows,
                         data->n_features, hpb_choice_number(choice, "noise"),
                         (uint32_t)seed->value.number, &data->dataset);
    data->truth_mse = mean_square(&data->dataset);
}

// Relative paths are relative to the suite; ~, $ and URLs are file names like any other.
char *hpb_suite_file(const char *suite_path, const char *file)
{
    const char *slash = strrchr(suite_path, '/');
    if (*file == '/' || !slash)
        return hpb_strdup(file);
    return hpb_format("%.*s/%s", (int)(slash - suite_path), suite_path, file);
}

static const char *text_or_null(const hpb_choice *choice, const char *name)
{
    const char *text = hpb_choice_text(choice, name);
    return *text ? text : NULL;
}

static void read_file(reader *r, hpb_plan_data *data)
{
    const hpb_choice *choice = data->choice;
    const hpb_setting *file = hpb_choice_setting(choice, "file");
    char *path = hpb_suite_file(r->plan->suite->path, file->text), *bytes = NULL;
    size_t n = 0;
    hpb_error error = {0};
    if (hpb_file_read(path, HPB_CSV_LIMIT, HPB_EXIT_SUITE, &bytes, &n, &error)) {
        r->is_good = false;
        hpb_error *item =
            hpb_diagnose(r->diagnostics, file->place, "data", "file", "%s", error.text);
        hpb_error_hint(item, "paths are relative to the suite; ~, $ and URLs are not expanded");
        free(path);
        return;
    }
    const hpb_csv_options options = {
        .target = hpb_choice_text(choice, "target"),
        .group = text_or_null(choice, "group"),
        .test_fold = text_or_null(choice, "test_fold"),
        .separator = HPB_SEPARATORS[(size_t)hpb_choice_number(choice, "separator")],
        .na = text_or_null(choice, "na")};
    hpb_sha256(bytes, n, data->sha256);
    if (hpb_dataset_read_csv(path, bytes, n, &options, &data->dataset, r->diagnostics)) {
        data->n_rows = data->dataset.n_rows;
        data->n_features = data->dataset.n_features;
        if (fits(r, data, file->place, "file"))
            r->n_numbers += (double)data->n_rows * data->n_features;
    } else {
        r->is_good = false;
    }
    free(bytes);
    free(path);
}

bool hpb_plan_read_data(hpb_plan *plan, hpb_diagnostics *diagnostics)
{
    reader r = {.plan = plan, .diagnostics = diagnostics, .is_good = true};
    plan->n_data = plan->suite->n_choices[HPB_AXIS_DATA];
    plan->data = hpb_arena_alloc(plan->arena, plan->n_data, sizeof *plan->data);
    for (uint32_t i = 0; i < plan->n_data; i++) {
        plan->data[i].choice = &plan->suite->choices[HPB_AXIS_DATA][i];
        plan->data[i].truth_mse = (double)NAN;
        if (!*hpb_choice_text(plan->data[i].choice, "file"))
            measure(&r, &plan->data[i]);
    }
    for (uint32_t i = 0; i < plan->n_data; i++) {
        if (*hpb_choice_text(plan->data[i].choice, "file"))
            read_file(&r, &plan->data[i]);
        else if (r.is_good)
            generate(&plan->data[i]);
    }
    return r.is_good;
}
