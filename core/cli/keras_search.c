// SPDX-License-Identifier: Apache-2.0
// A search: an estimator with the grid's keys as its parameters, and scikit-learn's GridSearchCV over it, or, where a
// loss of the training chooses, a loop. Fits are made in hpbench's order, which is GridSearchCV's.
#include "cli/keras_parts.h"
#include "engine/search.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

// What candidates may have in ways of their own: a label of the grid on one of two axes has lines of its own.
typedef struct part {
    hpb_axis axis[2];
    hpb_exit (*add)(const hpb_keras_writer *w);
} part;

static const hpb_cell *cell_of(const hpb_keras_writer *w)
{
    return w->trial->cell;
}

static bool is_loop(const hpb_keras_writer *w)
{
    return cell_of(w)->select == HPB_SELECT_TRAIN || cell_of(w)->select == HPB_SELECT_VALIDATION;
}

// The arrays of --exact have no start of a refit: which candidate it is of comes out in training.
static bool is_refitted(const hpb_keras_writer *w)
{
    return cell_of(w)->reports == HPB_REPORTS_REFIT && !w->trial->start;
}

static bool is_r2(const hpb_keras_writer *w)
{
    return cell_of(w)->scoring == HPB_SCORING_R2 && !is_loop(w);
}

// --- imports ------------------------------------------------------------------------------------------

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void hpb_keras_add_search_imports(const hpb_keras_writer *w)
{
    const char *names[3] = {is_loop(w) ? "ParameterGrid" : "GridSearchCV"};
    size_t n = 1;
    if (w->splitter)
        names[n++] = w->splitter->call;
    if (w->outer && (!w->splitter || strcmp(w->outer->call, w->splitter->call) != 0))
        names[n++] = w->outer->call;
    qsort(names, n, sizeof *names, by_text);
    hpb_text_add(w->out, "from sklearn.model_selection import ");
    for (size_t i = 0; i < n; i++)
        hpb_text_add(w->out, "%s%s", i ? ", " : "", names[i]);
    hpb_text_add(w->out, "\n");
}

// --- the estimator ------------------------------------------------------------------------------------

static bool is_label_in_grid(const hpb_keras_writer *w, hpb_axis axis)
{
    return hpb_keras_is_in_grid(w, hpb_axis_name(axis));
}

static bool is_same_part(const hpb_keras_writer *w, const part *p, const hpb_candidate *a,
                         const hpb_candidate *b)
{
    for (size_t i = 0; i < HPB_COUNT(p->axis); i++)
        if (is_label_in_grid(w, p->axis[i]) &&
            strcmp(a->choice[p->axis[i]]->name, b->choice[p->axis[i]]->name) != 0)
            return false;
    return true;
}

static void add_label(const hpb_choice *choice, hpb_text *out)
{
    if (*choice->name)
        hpb_python_add_text(out, choice->name);
    else
        hpb_text_add(out, "None");
}

// "if self.optimizer == "sgd" and self.schedule is None:", or nothing where the grid has neither axis.
static bool add_condition(const hpb_keras_writer *w, const part *p, bool is_first)
{
    const char *word = is_first ? "if" : "elif";
    bool is_any = false;
    for (size_t i = 0; i < HPB_COUNT(p->axis); i++) {
        const hpb_choice *choice = w->choice[p->axis[i]];
        if (!is_label_in_grid(w, p->axis[i]) || (i && p->axis[i] == p->axis[0]))
            continue;
        if (is_any)
            hpb_text_add(w->out, " and ");
        else
            hpb_text_add(w->out, "%*s%s ", w->indent, "", word);
        hpb_text_add(w->out, "self.%s %s ", hpb_axis_name(p->axis[i]), *choice->name ? "==" : "is");
        add_label(choice, w->out);
        is_any = true;
    }
    if (is_any)
        hpb_text_add(w->out, ":\n");
    return is_any;
}

static hpb_exit add_part(const hpb_keras_writer *w, const part *p)
{
    const hpb_cell *cell = cell_of(w);
    hpb_exit code = HPB_EXIT_OK;
    for (uint32_t c = 0; c < cell->n_candidates && !code; c++) {
        uint32_t earlier = 0;
        while (!is_same_part(w, p, &cell->candidates[earlier], &cell->candidates[c]))
            earlier++;
        hpb_keras_writer of = *w;
        of.choice = cell->candidates[c].choice;
        code = hpb_keras_find_names(&of);
        if (code)
            break;
        hpb_text again = {
            0}; // a candidate with lines that are there already: none of its values may lack an equivalent
        if (earlier < c)
            of.out = &again;
        else if (add_condition(&of, p, c == 0))
            of.indent += 4;
        code = p->add(&of);
        hpb_text_free(&again);
    }
    return code;
}

static bool has_callbacks(const hpb_keras_writer *w)
{
    const hpb_cell *cell = cell_of(w);
    for (uint32_t c = 0; c < cell->n_candidates; c++)
        for (const hpb_choice *rule = cell->candidates[c].choice[HPB_AXIS_EARLY_STOPPING]; rule;
             rule = rule->also)
            if (hpb_python_find(rule->plugin)->call)
                return true;
    return false;
}

static hpb_exit add_callbacks(const hpb_keras_writer *w)
{
    hpb_text names = {0};
    const hpb_exit code = hpb_keras_add_callbacks(w, &names);
    hpb_text_add(w->out, "%*scallbacks = %s\n", w->indent, "", names.length ? names.data : "[]");
    hpb_text_free(&names);
    return code;
}

// The value of the grid's key in a candidate, as Python.
static void add_grid_value(const hpb_candidate *candidate, const char *key, hpb_text *out)
{
    const hpb_setting *setting;
    const hpb_choice *choice = hpb_candidate_choice(candidate, key, &setting);
    if (setting)
        hpb_python_add_setting(out, setting, true);
    else
        add_label(choice, out);
}

static void add_constructor(const hpb_keras_writer *w)
{
    const hpb_protocol *protocol = cell_of(w)->protocol;
    if (!protocol->n_grid)
        return;
    hpb_python_call call = {0};
    hpb_text_add(&call.head, "def __init__(");
    hpb_text_add(hpb_python_argument(&call), "self");
    for (uint32_t i = 0; i < protocol->n_grid; i++) {
        hpb_text *argument = hpb_python_argument(&call);
        hpb_text_add(argument, "%s=", protocol->grid[i]);
        add_grid_value(cell_of(w)->candidates, protocol->grid[i], argument);
    }
    hpb_python_end(&call, 4, ":", w->out);
    for (uint32_t i = 0; i < protocol->n_grid; i++)
        hpb_text_add(w->out, "        self.%s = %s\n", protocol->grid[i], protocol->grid[i]);
    hpb_text_add(w->out, "\n");
}

static hpb_exit add_estimator(hpb_keras_writer *w)
{
    static const hpb_keras_rows rows = {.fit = "fit{number}",
                                        .x = "X",
                                        .y = "y",
                                        .x_kept = "X[n:]",
                                        .y_kept = "y[n:]",
                                        .parts = ""};
    static const part parts[] = {
        {{HPB_AXIS_MODEL, HPB_AXIS_INITIALIZER}, hpb_keras_add_layers},
        {{HPB_AXIS_OPTIMIZER, HPB_AXIS_SCHEDULE}, hpb_keras_add_optimizer},
    };
    static const part callbacks = {{HPB_AXIS_EARLY_STOPPING, HPB_AXIS_EARLY_STOPPING},
                                   add_callbacks};
    hpb_text *out = w->out;
    const bool scales = hpb_keras_scales(w);
    hpb_text_add(out, "\n\nclass Network(RegressorMixin, BaseEstimator):\n");
    add_constructor(w);
    hpb_text_add(out, "    def fit(self, X, y):\n");
    w->indent = 8;
    if (w->trial->start)
        hpb_text_add(out, "        number = next(numbers_of_fits)\n");
    if (scales)
        hpb_text_add(out, "        self.scaler_ = StandardScaler().fit(X)\n"
                          "        X = self.scaler_.transform(X)\n");
    hpb_exit code = HPB_EXIT_OK;
    for (size_t i = 0; i < HPB_COUNT(parts) && !code; i++)
        code = add_part(w, &parts[i]);
    hpb_text_add(out, "        model.compile(optimizer=optimizer, loss=\"mse\")\n");
    if (!code && has_callbacks(w))
        code = add_part(w, &callbacks);
    hpb_keras_add_fit(w, &rows, is_loop(w) ? "self.history_ = model.fit" : "model.fit",
                      !code && has_callbacks(w) ? "callbacks" : NULL);
    hpb_text_add(out, "        self.model_ = model\n        return self\n\n"
                      "    def predict(self, X):\n");
    if (scales)
        hpb_text_add(out, "        X = self.scaler_.transform(X)\n");
    hpb_text_add(out,
                 "        return self.model_.predict(X, verbose=0)[:, 0].astype(np.float64)\n");
    return code;
}

// --- the grid and hpbench's numbers -------------------------------------------------------------------

// The values of a key: those of every `stride`-th candidate until the first is back. Returns how many there are.
static uint32_t add_values(const hpb_cell *cell, const char *key, uint32_t stride, hpb_text *out)
{
    hpb_text first = {0};
    uint32_t n = 0;
    for (uint32_t c = 0; c < cell->n_candidates; c += stride, n++) {
        hpb_text value = {0};
        add_grid_value(&cell->candidates[c], key, n ? &value : &first);
        const bool is_back = n && strcmp(value.data, first.data) == 0;
        if (!is_back)
            hpb_text_add(out, "%s%s", n ? ", " : "", n ? value.data : first.data);
        hpb_text_free(&value);
        if (is_back)
            break;
    }
    hpb_text_free(&first);
    return n;
}

// As ParameterGrid has it: keys in alphabetical order, the last fastest.
static void add_grid(const hpb_keras_writer *w)
{
    const hpb_cell *cell = cell_of(w);
    const hpb_protocol *protocol = cell->protocol;
    hpb_text *values = hpb_alloc(protocol->n_grid, sizeof *values);
    uint32_t stride = 1;
    for (uint32_t i = protocol->n_grid; i-- > 0;)
        stride *= add_values(cell, protocol->grid[i], stride, &values[i]);
    hpb_text_add(w->out, "grid = {");
    for (uint32_t i = 0; i < protocol->n_grid; i++) {
        hpb_text_add(w->out, "\n    \"%s\": [%s],", protocol->grid[i], values[i].data);
        hpb_text_free(&values[i]);
    }
    hpb_text_add(w->out, "%s}\n", protocol->n_grid ? "\n" : "");
    free(values);
}

// hpbench = [[mean score of each candidate], of each outer split].
static void add_numbers(const hpb_keras_writer *w)
{
    const hpb_cell *cell = cell_of(w);
    const hpb_trial_result *result = w->trial->result;
    if (!result)
        return;
    hpb_search_row *rows = hpb_alloc(cell->n_candidates, sizeof *rows);
    hpb_text_add(w->out, "hpbench = [  # mean scores of the candidates\n");
    for (uint32_t outer = 0; outer < cell->n_outer; outer++) {
        hpb_search_rank(result->scores + (size_t)outer * cell->n_candidates * cell->n_splits,
                        cell->n_candidates, cell->n_splits, rows);
        hpb_text_add(w->out, "    [");
        for (uint32_t c = 0; c < cell->n_candidates; c++) {
            hpb_text_add(w->out, "%s", c ? ", " : "");
            hpb_python_add_number(w->out, rows[c].mean, true);
        }
        hpb_text_add(w->out, "],\n");
    }
    hpb_text_add(w->out, "]\n");
    free(rows);
}

// --- the search ---------------------------------------------------------------------------------------

// What the lines of one outer split are written with.
typedef struct scope {
    const char *x, *y, *rows; // rows: what takes an outer split's out of groups and test folds
    const char *outer;        // index among hpbench's numbers
    int indent;
} scope;

static hpb_exit add_cv(const hpb_keras_writer *w, const scope *in)
{
    if (!w->splitter) {
        hpb_text_add(w->out,
                     "cv = [[np.load(f\"{start}/fit{split}_{part}.npy\") for part in (\"train\", "
                     "\"test\")] for split in range(%" PRIu32 ")]\n",
                     cell_of(w)->n_splits);
        return HPB_EXIT_OK;
    }
    char *tail = hpb_strdup("");
    if (is_loop(w)) {
        free(tail);
        tail = w->splitter->flags & HPB_PYTHON_GROUPS
                   ? hpb_format(".split(%s, groups=groups%s))", in->x, in->rows)
                   : hpb_format(".split(%s))", in->x);
    }
    const hpb_exit code = hpb_keras_add_splitter(
        w, w->choice[HPB_AXIS_SPLITTER], w->splitter,
        is_loop(w) && !(w->splitter->flags & HPB_PYTHON_CALL) ? "cv = list(" : "cv = ", in->rows,
        tail, in->indent);
    free(tail);
    return code;
}

// The candidates' scores as `scores`, their MSEs as `errors`, the chosen one as `best`, all params as `tried`.
static void add_loop(const hpb_keras_writer *w, const scope *in)
{
    const int i = in->indent;
    hpb_text *out = w->out;
    hpb_text_add(out,
                 "%*stried = list(ParameterGrid(grid))\n"
                 "%*sscores, errors = np.zeros(len(tried)), np.zeros(len(tried))\n"
                 "%*sfor i, params in enumerate(tried):\n"
                 "%*s    for fitted, tested in cv:\n"
                 "%*s        network = Network(**params).fit(%s[fitted], %s[fitted])\n",
                 i, "", i, "", i, "", i, "", i, "", in->x, in->y);
    hpb_text_add(out,
                 "%*s        scores[i] -= network.history_.history[\"%s\"][-1] / len(cv)\n"
                 "%*s        error = np.mean((network.predict(%s[tested]) - %s[tested]) ** 2)\n"
                 "%*s        errors[i] += error / len(cv)\n"
                 "%*sbest = int(np.argmax(np.nan_to_num(scores, nan=-np.inf)))\n",
                 i, "", cell_of(w)->select == HPB_SELECT_TRAIN ? "loss" : "val_loss", i, "", in->x,
                 in->y, i, "", i, "");
}

static void add_grid_search(const hpb_keras_writer *w, const scope *in)
{
    const int i = in->indent;
    hpb_text *out = w->out;
    hpb_python_call call = {0};
    hpb_text_add(&call.head, "search = GridSearchCV(");
    hpb_text_add(hpb_python_argument(&call), "Network()");
    hpb_text_add(hpb_python_argument(&call), "grid");
    hpb_text_add(hpb_python_argument(&call), "scoring=%s",
                 is_r2(w) ? "{\"score\": \"r2\", \"mse\": \"neg_mean_squared_error\"}"
                          : "\"neg_mean_squared_error\"");
    hpb_text_add(hpb_python_argument(&call), "cv=cv");
    hpb_text_add(hpb_python_argument(&call), "refit=%s",
                 !is_refitted(w) ? "False"
                 : is_r2(w)      ? "\"score\""
                                 : "True");
    hpb_python_end(&call, i, "", out);
    hpb_text_add(out, "%*ssearch.fit(%s, %s", i, "", in->x, in->y);
    if (w->splitter && w->splitter->flags & HPB_PYTHON_GROUPS)
        hpb_text_add(out, ", groups=groups%s", in->rows);
    hpb_text_add(out,
                 ")\n%*stried, scores = search.cv_results_[\"params\"], "
                 "search.cv_results_[\"mean_test_score\"]\n",
                 i, "");
    if (!is_refitted(w))
        hpb_text_add(out, "%*serrors = -search.cv_results_[\"mean_test_%s\"]\n", i, "",
                     is_r2(w) ? "mse" : "score");
    if (is_r2(w) && !is_refitted(w)) // of several scores none is the one that chooses
        hpb_text_add(out, "%*sbest = int(np.argmin(search.cv_results_[\"rank_test_score\"]))\n", i,
                     "");
    else
        hpb_text_add(out, "%*sbest = search.best_index_\n", i, "");
}

static void add_outcome(const hpb_keras_writer *w, const scope *in)
{
    const int i = in->indent;
    hpb_text *out = w->out;
    hpb_text_add(out, "%*sfor i, params in enumerate(tried):\n", i, "");
    if (w->trial->result)
        hpb_text_add(out,
                     "%*s    print(f\"mean score {float(scores[i])!r}  hpbench: "
                     "{hpbench[%s][i]!r}  {params}\")\n",
                     i, "", in->outer);
    else
        hpb_text_add(out, "%*s    print(f\"mean score {float(scores[i])!r}  {params}\")\n", i, "");
    hpb_text_add(out, "%*sprint(f\"best {tried[best]}\")\n", i, "");
    if (!is_refitted(w)) {
        hpb_text_add(out, "%*smse.append(float(errors[best]))\n", i, "");
        return;
    }
    if (is_loop(w))
        hpb_text_add(out, "%*ssearch = Network(**tried[best]).fit(%s, %s)\n", i, "", in->x, in->y);
    hpb_text_add(out, "%*smse.append(float(np.mean((search.predict(X[test]) - y[test]) ** 2)))\n",
                 i, "");
}

static hpb_exit add_outer(const hpb_keras_writer *w)
{
    const hpb_exit code = hpb_keras_add_splitter(
        w, cell_of(w)->outer, w->outer, "outer = ", "",
        w->outer->flags & HPB_PYTHON_GROUPS ? ".split(X, groups=groups)" : ".split(X)", 0);
    hpb_text_add(w->out, "for split, (train, test) in enumerate(outer):\n"
                         "    X_train, y_train = X[train], y[train]\n");
    return code;
}

// Under --exact, the numbers of the fits that have arrays.
static void add_fit_numbers(const hpb_keras_writer *w)
{
    const hpb_cell *cell = cell_of(w);
    if (!w->trial->start)
        return;
    const uint32_t n_inner = cell->n_candidates * cell->n_splits;
    if (cell->reports == HPB_REPORTS_REFIT)
        hpb_text_add(w->out,
                     "numbers_of_fits = (i for i in range(%" PRIu32 ") if i %% %" PRIu32
                     " != %" PRIu32 ")  # no refits\n",
                     cell->n_fits, n_inner + 1, n_inner);
    else
        hpb_text_add(w->out, "numbers_of_fits = iter(range(%" PRIu32 "))\n", cell->n_fits);
}

static void add_mse(const hpb_keras_writer *w)
{
    const bool is_left_out = cell_of(w)->reports == HPB_REPORTS_REFIT && !is_refitted(w);
    if (is_left_out) // what would be compared is not there
        return;
    hpb_text_add(w->out,
                 "print(f\"keras {keras.__version__}: test MSE {float(np.mean(mse))!r}\")\n");
    if (!w->trial->result)
        return;
    hpb_text_add(w->out, "print(\"hpbench %s: test MSE ", HPB_VERSION);
    hpb_python_add_number(w->out, w->trial->result->mse, true);
    hpb_text_add(w->out, "\")\n");
}

hpb_exit hpb_keras_add_search(hpb_keras_writer *w)
{
    static const scope all = {"X", "y", "", "0", 0},
                       outer = {"X_train", "y_train", "[train]", "split", 4};
    const scope *in = cell_of(w)->outer ? &outer : &all;
    hpb_keras_add_start_code(w);
    hpb_keras_add_callback_code(w);
    hpb_exit code = add_estimator(w);
    hpb_keras_add_seeds(w);
    add_grid(w);
    add_fit_numbers(w);
    add_numbers(w);
    hpb_text_add(w->out, "mse = []\n");
    if (!code && cell_of(w)->outer)
        code = add_outer(w);
    if (!code)
        code = add_cv(w, in);
    if (is_loop(w))
        add_loop(w, in);
    else
        add_grid_search(w, in);
    add_outcome(w, in);
    add_mse(w);
    return code;
}
