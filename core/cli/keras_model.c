// SPDX-License-Identifier: Apache-2.0
// The lines that build, compile and fit a model, in a script of either kind.
#include "cli/keras_parts.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// --- names --------------------------------------------------------------------------------------------

static hpb_exit lacks(const hpb_keras_writer *w, const hpb_choice *choice, const char *what,
                      bool has_way_out)
{
    hpb_error_set(w->error, HPB_EXIT_SUITE, "cell %s: %s has no %s \"%s\"", w->trial->cell->label,
                  choice->axis == HPB_AXIS_SPLITTER ? "scikit-learn" : "Keras", what,
                  choice->plugin->id);
    if (has_way_out)
        hpb_error_hint(w->error, "--exact DIR takes hpbench's own");
    return HPB_EXIT_SUITE;
}

hpb_exit hpb_keras_find_names(hpb_keras_writer *w)
{
    const hpb_choice *const *choice = w->choice, *outer = w->trial->cell->outer;
    const bool has_start = w->trial->start;
    w->optimizer = hpb_python_find(choice[HPB_AXIS_OPTIMIZER]->plugin);
    w->schedule = hpb_python_find(choice[HPB_AXIS_SCHEDULE]->plugin);
    w->initializer = hpb_python_find(choice[HPB_AXIS_INITIALIZER]->plugin);
    w->splitter = hpb_python_find(choice[HPB_AXIS_SPLITTER]->plugin);
    w->outer = outer ? hpb_python_find(outer->plugin) : NULL;
    const bool trains = hpb_choice_trains(choice[HPB_AXIS_FIT]);
    if (trains && !w->optimizer)
        return lacks(w, choice[HPB_AXIS_OPTIMIZER], "optimizer", false);
    if (trains && !w->schedule)
        return lacks(w, choice[HPB_AXIS_SCHEDULE], "schedule", false);
    for (const hpb_choice *rule = choice[HPB_AXIS_EARLY_STOPPING]; rule; rule = rule->also)
        if (trains && !hpb_python_find(rule->plugin))
            return lacks(w, rule, "callback", false);
    if (trains && !w->initializer && !has_start)
        return lacks(w, choice[HPB_AXIS_INITIALIZER], "initializer", true);
    if (!w->splitter && (!has_start || outer)) // the arrays of inner splits count other rows
        return lacks(w, choice[HPB_AXIS_SPLITTER], "splitter", !outer);
    return outer && !w->outer ? lacks(w, outer, "splitter", false) : HPB_EXIT_OK;
}

// --- values -------------------------------------------------------------------------------------------

bool hpb_keras_is_in_grid(const hpb_keras_writer *w, const char *key)
{
    const hpb_protocol *protocol = w->is_search ? w->trial->cell->protocol : NULL;
    return protocol && hpb_protocol_varies(protocol, key);
}

void hpb_keras_add_value(const hpb_keras_writer *w, hpb_axis axis, const char *key, hpb_text *out)
{
    if (hpb_keras_is_in_grid(w, key))
        hpb_text_add(out, "self.%s", key);
    else
        hpb_python_add_setting(out, hpb_choice_setting(w->choice[axis], key), true);
}

// --- the model ----------------------------------------------------------------------------------------

// Muon's layers that Adam updates, or NULL: layers then have names, by which Keras knows them.
static const hpb_value *excluded_layers(const hpb_choice *optimizer)
{
    const hpb_setting *setting = hpb_choice_setting(optimizer, "exclude_layers");
    return setting && setting->value.count ? &setting->value : NULL;
}

static bool has_names(const hpb_keras_writer *w)
{
    const hpb_cell *cell = w->trial->cell;
    for (uint32_t c = 0; c < cell->n_candidates; c++)
        if (excluded_layers(cell->candidates[c].choice[HPB_AXIS_OPTIMIZER]))
            return true;
    return false;
}

// `index` from 0, of a layer in a loop over the grid's hidden layers UINT32_MAX.
static hpb_exit add_layer(const hpb_keras_writer *w, uint32_t index, const char *units,
                          bool is_output, int indent)
{
    hpb_python_call call = {0}, initializer = {0};
    hpb_exit code = HPB_EXIT_OK;
    hpb_text_add(&call.head, "model.add(keras.layers.Dense(");
    hpb_text_add(hpb_python_argument(&call), "%s", units);
    if (!is_output) {
        hpb_text *argument = hpb_python_argument(&call);
        hpb_text_add(argument, "activation=");
        hpb_keras_add_value(w, HPB_AXIS_MODEL, "activation", argument);
    }
    if (has_names(w) && index != UINT32_MAX)
        hpb_text_add(hpb_python_argument(&call), "name=\"layer%" PRIu32 "\"", index);
    if (!w->trial->start) { // else they are replaced
        hpb_text *argument = hpb_python_argument(&call);
        hpb_text_add(argument, "kernel_initializer=%s(", w->initializer->call);
        code = hpb_python_settings(&initializer, w->choice[HPB_AXIS_INITIALIZER], w->initializer,
                                   w->error);
        for (size_t k = 0; k < initializer.n; k++)
            hpb_text_add(argument, "%s%s", k ? ", " : "", initializer.arguments[k].data);
        hpb_text_add(argument, ")");
        hpb_python_drop(&initializer);
    }
    hpb_python_end(&call, indent, ")", w->out);
    return code;
}

hpb_exit hpb_keras_add_layers(const hpb_keras_writer *w)
{
    const hpb_value hidden = hpb_choice_setting(w->choice[HPB_AXIS_MODEL], "hidden")->value;
    const bool is_in_grid = hpb_keras_is_in_grid(w, "hidden");
    hpb_exit code = HPB_EXIT_OK;
    hpb_text_add(
        w->out, "%*smodel = keras.Sequential()\n%*smodel.add(keras.Input((%" PRIu32 ",)))\n",
        w->indent, "", w->indent, "", w->trial->plan->data[w->trial->cell->data].n_features);
    if (is_in_grid) {
        hpb_text_add(w->out, "%*sfor units in self.hidden:\n", w->indent, "");
        code = add_layer(w, UINT32_MAX, "units", false, w->indent + 4);
    }
    for (uint32_t i = 0; !is_in_grid && i < hidden.count && !code; i++) {
        char units[HPB_NUMBER_SIZE];
        snprintf(units, sizeof units, "%.0f", hidden.list[i]);
        code = add_layer(w, i, units, false, w->indent);
    }
    return code ? code : add_layer(w, is_in_grid ? UINT32_MAX : hidden.count, "1", true, w->indent);
}

// The rate of the schedule, which stands for the optimizer's own.
static hpb_exit add_schedule(const hpb_keras_writer *w)
{
    const hpb_choice *schedule = w->choice[HPB_AXIS_SCHEDULE];
    const hpb_setting *initial = hpb_choice_setting(schedule, "initial_learning_rate");
    hpb_python_call call = {0};
    hpb_text_add(&call.head, "learning_rate = %s(", w->schedule->call);
    if (initial && isnan(initial->value.number)) {
        hpb_text *argument = hpb_python_argument(&call);
        hpb_text_add(argument, "initial_learning_rate=");
        hpb_keras_add_value(w, HPB_AXIS_OPTIMIZER, "learning_rate", argument);
    }
    const hpb_exit code = hpb_python_settings(&call, schedule, w->schedule, w->error);
    hpb_python_end(&call, w->indent, "", w->out);
    return code;
}

// Patterns that are looked for in "layer1/kernel".
static void add_excluded(const hpb_keras_writer *w, const hpb_value *excluded, hpb_text *out)
{
    const uint32_t n_layers =
        hpb_choice_setting(w->choice[HPB_AXIS_MODEL], "hidden")->value.count + 1;
    const char *comma = "";
    hpb_text_add(out, "[");
    for (uint32_t layer = 0; layer < n_layers; layer++)
        for (uint32_t i = 0; excluded && i < excluded->count; i++)
            if (excluded->list[i] == layer || excluded->list[i] + n_layers == layer) {
                hpb_text_add(out, "%s\"layer%" PRIu32 "/\"", comma, layer);
                comma = ", ";
                break;
            }
    hpb_text_add(out, "]");
}

// Names of layers, which are the same for all candidates, or there are none.
static hpb_exit replace_excluded(const hpb_keras_writer *w, hpb_python_call *call)
{
    static const char *const varying[] = {"hidden", "model", "exclude_layers"};
    const hpb_value *excluded = excluded_layers(w->choice[HPB_AXIS_OPTIMIZER]);
    for (size_t i = 0; i < HPB_COUNT(varying) && excluded; i++)
        if (hpb_keras_is_in_grid(w, varying[i]))
            return hpb_error_set(w->error, HPB_EXIT_SUITE,
                                 "cell %s: exclude_layers beside grid.%s has no equivalent in a "
                                 "script: Keras' layers have names",
                                 w->trial->cell->label, varying[i]);
    hpb_text names = {0};
    add_excluded(w, excluded, &names);
    hpb_python_replace(call, "exclude_layers", names.data);
    hpb_text_free(&names);
    return HPB_EXIT_OK;
}

hpb_exit hpb_keras_add_optimizer(const hpb_keras_writer *w)
{
    const hpb_protocol *protocol = w->is_search ? w->trial->cell->protocol : NULL;
    hpb_python_call call = {0};
    hpb_exit code = w->schedule->call ? add_schedule(w) : HPB_EXIT_OK;
    if (code)
        return code;
    hpb_text_add(&call.head, "optimizer = %s(", w->optimizer->call);
    code = hpb_python_settings(&call, w->choice[HPB_AXIS_OPTIMIZER], w->optimizer, w->error);
    for (uint32_t i = 0; protocol && i < protocol->n_grid; i++) {
        char *value = hpb_format("self.%s", protocol->grid[i]);
        hpb_python_replace(&call, protocol->grid[i], value);
        free(value);
    }
    if (w->schedule->call)
        hpb_python_replace(&call, "learning_rate", "learning_rate");
    if (!code)
        code = replace_excluded(w, &call);
    hpb_python_end(&call, w->indent, "", w->out);
    return code;
}

// --- callbacks ----------------------------------------------------------------------------------------

// Whether an earlier rule, of this candidate or of one before it, has the same plugin.
static bool is_known(const hpb_cell *cell, uint32_t candidate, const hpb_choice *rule)
{
    for (uint32_t c = 0; c <= candidate; c++) {
        const hpb_choice *of = cell->candidates[c].choice[HPB_AXIS_EARLY_STOPPING];
        for (; of && of != rule; of = of->also)
            if (of->plugin == rule->plugin)
                return true;
        if (of == rule && c < candidate)
            return true;
    }
    return false;
}

void hpb_keras_add_callback_code(const hpb_keras_writer *w)
{
    const hpb_cell *cell = w->trial->cell;
    for (uint32_t c = 0; c < cell->n_candidates; c++)
        for (const hpb_choice *rule = cell->candidates[c].choice[HPB_AXIS_EARLY_STOPPING]; rule;
             rule = rule->also) {
            const hpb_python_name *name = hpb_python_find(rule->plugin);
            if (name && name->code && !is_known(cell, c, rule))
                hpb_text_add(w->out, "\n\n%s", name->code);
        }
}

hpb_exit hpb_keras_add_callbacks(const hpb_keras_writer *w, hpb_text *names)
{
    hpb_exit code = HPB_EXIT_OK;
    const hpb_choice *rule = w->choice[HPB_AXIS_EARLY_STOPPING];
    for (uint32_t n = 1; rule && !code; rule = rule->also) {
        const hpb_python_name *name = hpb_python_find(rule->plugin);
        if (!name->call)
            continue;
        hpb_python_call call = {0};
        char number[16] = "";
        if (n > 1)
            snprintf(number, sizeof number, "%" PRIu32, n);
        hpb_text_add(&call.head, "stopping%s = %s(", number, name->call);
        code = hpb_python_settings(&call, rule, name, w->error);
        hpb_python_end(&call, w->indent, "", w->out);
        hpb_text_add(names, "%sstopping%s", n > 1 ? ", " : "[", number);
        n++;
    }
    if (names->length)
        hpb_text_add(names, "]");
    return code;
}

// --- the fit ------------------------------------------------------------------------------------------

bool hpb_keras_has_order(const hpb_keras_writer *w)
{
    const hpb_cell *cell = w->trial->cell;
    return w->trial->start && (hpb_keras_number(w, HPB_AXIS_FIT, "shuffle") != 0 ||
                               (cell->protocol && cell->protocol->shuffles));
}

void hpb_keras_add_start_code(const hpb_keras_writer *w)
{
    if (!w->trial->start)
        return;
    hpb_text_add(w->out, "\n\ndef set_weights(model, numbers):\n"
                         "    weights = []\n"
                         "    for old in model.get_weights():  # kernel and bias, layer by layer\n"
                         "        weights.append(numbers[: old.size].reshape(old.shape))\n"
                         "        numbers = numbers[old.size :]\n"
                         "    model.set_weights(weights)\n");
    if (!hpb_keras_has_order(w))
        return;
    hpb_text_add(w->out, "\n\ndef batches(x, y, order, batch_size):\n"
                         "    while True:\n"
                         "        for rows in order:  # one row of it an epoch\n"
                         "            for i in range(0, len(rows), batch_size):\n"
                         "                batch = rows[i : i + batch_size]\n"
                         "                yield x[batch], y[batch]\n");
}

static void add_fit_value(const hpb_keras_writer *w, hpb_python_call *call, const char *before,
                          const char *key)
{
    hpb_text *argument = hpb_python_argument(call);
    hpb_text_add(argument, "%s", before);
    hpb_keras_add_value(w, HPB_AXIS_FIT, key, argument);
}

// hpbench's batches, and behind them the rows that validate.
static void add_written_rows(const hpb_keras_writer *w, const hpb_keras_rows *rows,
                             hpb_python_call *call)
{
    hpb_text *argument = hpb_python_argument(call);
    hpb_text_add(argument, "batches(%s, %s, order, ", rows->x, rows->y);
    hpb_keras_add_value(w, HPB_AXIS_FIT, "batch_size", argument);
    hpb_text_add(argument, ")");
    add_fit_value(w, call, "steps_per_epoch=-(-n // ", "batch_size");
    hpb_text_add(&call->arguments[call->n - 1], ")");
    hpb_text_add(hpb_python_argument(call), "shuffle=False"); // they are in order
    const bool is_in_grid = hpb_keras_is_in_grid(w, "validation_split");
    if (!is_in_grid && !(hpb_keras_number(w, HPB_AXIS_FIT, "validation_split") > 0))
        return;
    hpb_text_add(hpb_python_argument(call), "validation_data=(%s, %s)%s", rows->x_kept,
                 rows->y_kept, is_in_grid ? " if self.validation_split else None" : "");
    add_fit_value(w, call, "validation_batch_size=", "batch_size");
}

void hpb_keras_add_fit(const hpb_keras_writer *w, const hpb_keras_rows *rows, const char *head,
                       const char *callbacks)
{
    hpb_python_call call = {0};
    const bool has_order = hpb_keras_has_order(w);
    if (w->trial->start)
        hpb_text_add(w->out, "%*sset_weights(model, np.load(f\"{start}/%s_weights.npy\"))\n",
                     w->indent, "", rows->fit);
    if (has_order)
        hpb_text_add(w->out,
                     "%*sorder = np.load(f\"{start}/%s_order.npy\")\n"
                     "%*sn = order.shape[1]  # the rows behind validate\n%s",
                     w->indent, "", rows->fit, w->indent, "", rows->parts);
    hpb_text_add(&call.head, "%s(", head);
    if (has_order) {
        add_written_rows(w, rows, &call);
    } else {
        hpb_text_add(hpb_python_argument(&call), "%s", rows->x);
        hpb_text_add(hpb_python_argument(&call), "%s", rows->y);
        add_fit_value(w, &call, "batch_size=", "batch_size");
        add_fit_value(w, &call, "shuffle=", "shuffle");
        add_fit_value(w, &call, "validation_split=", "validation_split");
    }
    add_fit_value(w, &call, "epochs=", "epochs");
    if (callbacks)
        hpb_text_add(hpb_python_argument(&call), "callbacks=%s", callbacks);
    hpb_text_add(hpb_python_argument(&call), "verbose=0");
    hpb_python_end(&call, w->indent, "", w->out);
}
