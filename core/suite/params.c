// SPDX-License-Identifier: Apache-2.0
// Parameters in words: what one takes, its default and whose that is.
#include "suite/tables.h"
#include "suite/values.h"

#include <math.h>
#include <string.h>

char *hpb_value_text(double value, char out[HPB_NUMBER_SIZE])
{
    if (value == floor(value) && fabs(value) < 1e15) {
        snprintf(out, HPB_NUMBER_SIZE, "%.0f", value == 0 ? 0 : value); // no -0
        return out;
    }
    return hpb_number_text(value, out);
}

const char *hpb_choice_word(const char *choices, uint32_t index, size_t *n)
{
    const char *word = choices;
    while (word && index--) {
        const char *comma = strchr(word, ',');
        word = comma ? comma + 1 : NULL;
    }
    if (!word)
        return NULL;
    word += strspn(word, " ");
    *n = strcspn(word, ",");
    while (*n && word[*n - 1] == ' ')
        --*n;
    return word;
}

static char *bound_text(const hpb_param *param, double bound, char out[HPB_NUMBER_SIZE])
{
    const bool is_whole = param->type == HPB_TYPE_INT || param->type == HPB_TYPE_INTS;
    if (is_whole && bound >= 0 && bound < 1e18)
        return hpb_count_text((uint64_t)bound, out);
    return hpb_value_text(bound, out);
}

static void add_range(hpb_text *text, const hpb_param *param)
{
    char low[HPB_NUMBER_SIZE], high[HPB_NUMBER_SIZE];
    const bool has_min = isfinite(param->min), has_max = isfinite(param->max);
    const bool min_open = param->flags & HPB_PARAM_MIN_OPEN;
    const bool max_open = param->flags & HPB_PARAM_MAX_OPEN;
    bound_text(param, param->min, low);
    bound_text(param, param->max, high);
    if (has_min && has_max && !min_open && !max_open)
        hpb_text_add(text, " from %s to %s", low, high);
    else if (has_min && has_max)
        hpb_text_add(text, " %s %s and %s %s", min_open ? "greater than" : "of at least", low,
                     max_open ? "less than" : "at most", high);
    else if (has_min)
        hpb_text_add(text, " %s %s", min_open ? "greater than" : "of at least", low);
    else if (has_max)
        hpb_text_add(text, " %s %s", max_open ? "less than" : "of at most", high);
}

char *hpb_param_expected(const hpb_param *param)
{
    hpb_text text = {0};
    switch (param->type) {
    case HPB_TYPE_REAL:
    case HPB_TYPE_INT:
        hpb_text_add(&text, param->type == HPB_TYPE_INT ? "a whole number" : "a number");
        add_range(&text, param);
        break;
    case HPB_TYPE_REALS:
    case HPB_TYPE_INTS:
        hpb_text_add(&text, param->type == HPB_TYPE_INTS ? "whole numbers" : "numbers");
        add_range(&text, param);
        hpb_text_add(&text, " with spaces between, at most %d", HPB_MAX_PARTS);
        break;
    case HPB_TYPE_FLAG:
        hpb_text_add(&text, "yes or no");
        break;
    case HPB_TYPE_CHOICE: {
        size_t n, next;
        const char *word;
        for (uint32_t i = 0; (word = hpb_choice_word(param->choices, i, &n)); i++) {
            const bool is_last = !hpb_choice_word(param->choices, i + 1, &next);
            hpb_text_add(&text, "%s%.*s", i == 0 ? "" : is_last ? " or " : ", ", (int)n, word);
        }
        break;
    }
    default:
        hpb_text_add(&text, "text");
    }
    if (param->flags & HPB_PARAM_OPTIONAL)
        hpb_text_add(&text, ", or none");
    if (param->flags & HPB_PARAM_FRESH)
        hpb_text_add(&text, ", or fresh");
    return text.data;
}

hpb_setting hpb_setting_default(const hpb_param *param, hpb_arena *arena)
{
    hpb_setting setting = {.param = param, .value = {.number = param->value}, .is_default = true};
    char text[HPB_NUMBER_SIZE];
    size_t n;
    switch (param->type) {
    case HPB_TYPE_TEXT:
    case HPB_TYPE_REALS: // an empty list
        setting.text = "";
        break;
    case HPB_TYPE_INTS: {
        double *list = hpb_arena_alloc(arena, 1, sizeof *list);
        list[0] = param->value;
        setting.value = (hpb_value){.number = 1, .list = list, .count = 1};
        setting.text = hpb_arena_strdup(arena, hpb_value_text(param->value, text));
        break;
    }
    case HPB_TYPE_FLAG:
        setting.text = param->value != 0 ? "yes" : "no";
        break;
    case HPB_TYPE_CHOICE:
        if (!isnan(param->value)) {
            const char *word = hpb_choice_word(param->choices, (uint32_t)param->value, &n);
            setting.text = word ? hpb_arena_strndup(arena, word, n) : "";
            break;
        }
        setting.text = "none";
        break;
    default:
        if (isnan(param->value)) {
            setting.is_fresh = param->flags & HPB_PARAM_FRESH;
            setting.text = setting.is_fresh ? "fresh" : "none";
        } else {
            setting.text = hpb_arena_strdup(arena, hpb_value_text(param->value, text));
        }
    }
    return setting;
}

// The host's table says, or what a plugin refers to.
const char *hpb_setting_source(const hpb_choice *choice, const hpb_setting *setting)
{
    if (setting->source)
        return setting->source;
    const hpb_plugin_info *plugin = choice->plugin;
    const bool is_own = plugin && plugin->n_params && setting->param >= plugin->params &&
                        setting->param < plugin->params + plugin->n_params;
    if (!is_own)
        return hpb_axis_params(choice->axis).source;
    const char *const about[] = {plugin->references, plugin->docs, plugin->summary};
    for (size_t i = 0; i < HPB_COUNT(about); i++) {
        if (about[i] && (strstr(about[i], "keras") || strstr(about[i], "Keras")))
            return "Keras";
        if (about[i] && (strstr(about[i], "sklearn") || strstr(about[i], "scikit-learn")))
            return "scikit-learn";
    }
    return plugin->id;
}
