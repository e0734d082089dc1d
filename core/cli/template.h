// SPDX-License-Identifier: Apache-2.0
// The shipped suites as templates: the same text, about other data.
#ifndef HPB_TEMPLATE_H
#define HPB_TEMPLATE_H

#include "data/dataset.h"

/// A file under suites/, as bytes in the binary (reports/embed.cmake): suites and their data.
typedef struct hpb_template {
    const char *name; ///< "optimizers.ini", "data/diabetes.csv"
    const char *text; ///< [size], and a NUL
    size_t size;
} hpb_template;

extern const hpb_template hpb_templates[]; ///< by name
extern const size_t hpb_n_templates;

/// The template of that name, ".ini" or not; NULL: there is none. Data files have their whole name.
const hpb_template *hpb_template_find(const char *name);
/// Whether it is a suite; its name without ".ini" then has *n bytes.
bool hpb_template_is_suite(const hpb_template *template, size_t *n);
/// The question that it opens with; free() it.
char *hpb_template_question(const hpb_template *template);
/// Whether any data of the suite are in that file.
bool hpb_template_reads(const hpb_template *template, const char *file);

/// The user's data, as [data] has it.
typedef struct hpb_template_data {
    const char *file, *target;  ///< file: relative to the suite
    const char *separator, *na; ///< NULL: the default
    const char *about;          ///< the comment above: "houses.csv: 506 rows, 13 features"
    const char *scale;          ///< the comment behind the target
} hpb_template_data;

/// Adds the template's text to `out`: its own name becomes that of `path`, and all its data become `data` (NULL: they
/// stay). Code: HPB_EXIT_USAGE, where a value can't stand in a suite.
hpb_exit hpb_template_write(const hpb_template *template, const char *path,
                            const hpb_template_data *data, hpb_text *out, hpb_error *error);

#endif // HPB_TEMPLATE_H
