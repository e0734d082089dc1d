// SPDX-License-Identifier: Apache-2.0
// [explain]: which two protocols, what their numbers share, and whether their corners are run.
#include "suite/protocols.h"

#include "random/random.h"

#include <string.h>

// As in tables.c.
enum { COMPARE, SHARED, CORNERS };

static uint32_t count_protocols(const hpb_ini *ini)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < ini->n_sections; i++)
        n += strncmp(ini->sections[i].name, "protocol.", strlen("protocol.")) == 0;
    return n;
}

static void read_shared(hpb_suite_reader *reader, const hpb_setting *shared, hpb_suite *suite)
{
    uint32_t n = 0;
    suite->is_shared[HPB_STREAM_DATA] = shared->is_default;
    const char **words =
        shared->is_default ? NULL : hpb_labels_split(reader->arena, shared->text, ',', &n);
    for (uint32_t i = 0; i < n; i++) {
        int stream = 0;
        while (stream < HPB_STREAM_COUNT &&
               strcmp(words[i], hpb_stream_name((hpb_stream)stream)) != 0)
            stream++;
        if (stream < HPB_STREAM_COUNT) {
            suite->is_shared[stream] = true;
        } else if (n > 1 || strcmp(words[i], "none") != 0) {
            reader->is_good = false;
            hpb_diagnose(reader->diagnostics, shared->place, "explain", "shared",
                         "expected some of data, split, weights and order, or none; got \"%s\"",
                         words[i]);
        }
    }
}

hpb_explain_settings hpb_explain_read(hpb_suite_reader *reader, const hpb_setting *explain,
                                      hpb_suite *suite)
{
    const uint32_t n_protocols = count_protocols(reader->ini);
    const bool corners = explain[CORNERS].value.number != 0;
    read_shared(reader, &explain[SHARED], suite);
    if (corners && n_protocols < 2) {
        reader->is_good = false;
        hpb_error *error =
            hpb_diagnose(reader->diagnostics, (hpb_place){suite->path, 0, 0}, NULL, NULL,
                         "nothing to explain: expected two protocols, [protocol.A] and "
                         "[protocol.B]; got %s",
                         n_protocols ? "one" : "none");
        hpb_error_hint(error, "hpbench new gridsearch-vs-manual mine.ini has two");
    } else if (corners) { // corners have seeds and splits of their own, which so are named
        suite->is_named[HPB_AXIS_SPLITTER] = suite->is_named[HPB_AXIS_SEEDS] = true;
        suite->is_named[HPB_AXIS_DATA] |= !suite->is_shared[HPB_STREAM_DATA];
    }
    return (hpb_explain_settings){&explain[COMPARE], corners};
}
