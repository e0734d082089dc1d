// SPDX-License-Identifier: Apache-2.0
// Python text: literals, calls, and what plugins are called in Keras and scikit-learn.
#ifndef HPB_PYTHON_H
#define HPB_PYTHON_H

#include "suite/suite.h"

#define HPB_PYTHON_SEEDED 1u ///< takes random_state, unless its `shuffle` is no
#define HPB_PYTHON_CALL 2u   ///< a function of the rows, not a class with split()
#define HPB_PYTHON_GROUPS 4u ///< split() takes the groups
#define HPB_PYTHON_FOLDS 8u  ///< takes the test folds

/// What a plugin is called in Python. Its parameters have the same names there.
typedef struct hpb_python_name {
    uint32_t kind, flags; ///< flags: HPB_PYTHON_*
    const char *id;
    const char *call; ///< NULL: nothing is called
    const char *
        ours; ///< parameters that it lacks, each at the value that it amounts to: "convention=keras"
    const char *code; ///< what it needs before the first call, or NULL
} hpb_python_name;

/// NULL: neither Keras nor scikit-learn has it.
const hpb_python_name *hpb_python_find(const hpb_plugin_info *plugin);

/// Adds a string literal: quotes, backslashes and control characters escaped; what is no UTF-8 becomes '?'.
void hpb_python_add_text(hpb_text *out, const char *text);
/// Adds a number that reads back as the same double; whole ones as `5.0` where `is_real`.
void hpb_python_add_number(hpb_text *out, double value, bool is_real);
/// Adds the value of a setting: `5.0`, `[10, 5]`, `"relu"`, `True`, `None`. `is_real`: whole real numbers are floats, as
/// Keras wants them; a splitter's are numbers of rows to scikit-learn.
void hpb_python_add_setting(hpb_text *out, const hpb_setting *setting, bool is_real);

/// A call under way: its head "model.fit(" and its arguments.
typedef struct hpb_python_call {
    hpb_text head;
    hpb_text *arguments; ///< [n]
    size_t n, capacity;
} hpb_python_call;

/// The next argument, empty: add `name=value` to it. Valid until the next one is asked for.
hpb_text *hpb_python_argument(hpb_python_call *call);
/// The settings of a plugin as arguments: its own, and the host's that the suite sets. Code: HPB_EXIT_SUITE, where one
/// has no equivalent.
hpb_exit hpb_python_settings(hpb_python_call *call, const hpb_choice *choice,
                             const hpb_python_name *name, hpb_error *error);
/// Gives the argument of that name, if there is one, another value.
void hpb_python_replace(hpb_python_call *call, const char *name, const char *value);
/// Adds the call to `out`, on one line where it fits, else one argument a line; frees it. `indent`: of its first line.
/// `tail` follows the closing parenthesis.
void hpb_python_end(hpb_python_call *call, int indent, const char *tail, hpb_text *out);
void hpb_python_drop(hpb_python_call *call); ///< frees it

#endif // HPB_PYTHON_H
