// SPDX-License-Identifier: Apache-2.0
// What all scripts are made of. A crossed cell's is a loop over folds (keras_script.c), a search's an estimator and a
// search over it (keras_search.c); both build, compile and fit the model by the same lines (keras_model.c).
#ifndef HPB_KERAS_PARTS_H
#define HPB_KERAS_PARTS_H

#include "cli/keras_script.h"
#include "cli/python.h"
#include "suite/protocols.h"

/// A script under way.
typedef struct hpb_keras_writer {
    const hpb_keras_trial *trial;
    const hpb_choice *const *choice; ///< [HPB_AXIS_COUNT]: the cell's, or those of one candidate
    /// What the choices are called in Python; hpb_keras_find_names() sets them.
    const hpb_python_name *optimizer, *schedule, *initializer, *splitter, *outer;
    bool is_file;
    bool is_search; ///< keys of the grid are written as `self.KEY`
    int indent;     ///< of the lines that keras_model.c writes
    hpb_text *out;
    hpb_error *error;
} hpb_keras_writer;

// --- keras_script.c

double hpb_keras_number(const hpb_keras_writer *w, hpb_axis axis, const char *name);
/// Whether the suite scales features by the training rows, which is then done before each fit.
bool hpb_keras_scales(const hpb_keras_writer *w);
/// Adds `head`, the splitter as scikit-learn has it, and `tail`. `rows`: "" where all rows are split, else an index
/// that leaves those that are: "[train]".
hpb_exit hpb_keras_add_splitter(const hpb_keras_writer *w, const hpb_choice *splitter,
                                const hpb_python_name *name, const char *head, const char *rows,
                                const char *tail, int indent);
void hpb_keras_add_seeds(const hpb_keras_writer *w);

// --- keras_model.c

/// Finds what the choices are called. Code: HPB_EXIT_SUITE, where one has no equivalent.
hpb_exit hpb_keras_find_names(hpb_keras_writer *w);
bool hpb_keras_is_in_grid(const hpb_keras_writer *w, const char *key);
/// Adds the value of a key of [fit] or [model], as Python: a literal, or `self.KEY`.
void hpb_keras_add_value(const hpb_keras_writer *w, hpb_axis axis, const char *key, hpb_text *out);
/// Whether the script visits rows in the order that hpbench has written down.
bool hpb_keras_has_order(const hpb_keras_writer *w);

hpb_exit hpb_keras_add_layers(const hpb_keras_writer *w);    ///< model = ...
hpb_exit hpb_keras_add_optimizer(const hpb_keras_writer *w); ///< optimizer = ...
void hpb_keras_add_start_code(const hpb_keras_writer *w);    ///< the functions of --exact
/// Adds what callbacks need before them, once each.
void hpb_keras_add_callback_code(const hpb_keras_writer *w);
/// Adds `stopping = ...`, `stopping2 = ...`, one a rule, in the order in which they see an epoch; their list "[stopping,
/// stopping2]" to `names`, which stays empty where there are none.
hpb_exit hpb_keras_add_callbacks(const hpb_keras_writer *w, hpb_text *names);

/// What the rows of a fit are called.
typedef struct hpb_keras_rows {
    const char *fit;             ///< the array files' names: "fold{fold}"
    const char *x, *y;           ///< those that are trained on
    const char *x_kept, *y_kept; ///< those that validate
    const char *parts;           ///< makes the four of them, n being how many train, or ""
} hpb_keras_rows;
/// Adds `head` and the arguments of fit(), with --exact what they need before. `callbacks`: their list, or NULL.
void hpb_keras_add_fit(const hpb_keras_writer *w, const hpb_keras_rows *rows, const char *head,
                       const char *callbacks);

// --- keras_search.c

/// Adds what comes behind the data: estimator, grid, search and what it prints.
hpb_exit hpb_keras_add_search(hpb_keras_writer *w);
/// Adds the names of sklearn.base and sklearn.model_selection that it needs.
void hpb_keras_add_search_imports(const hpb_keras_writer *w);

#endif // HPB_KERAS_PARTS_H
