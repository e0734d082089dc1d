// SPDX-License-Identifier: Apache-2.0
// [early_stopping.LABEL] also = LABEL: rules that watch one fit one after the other, as Keras' list of callbacks.
#include "suite/choices.h"

#include <string.h>
#include <strings.h>

static const hpb_setting *also_of(const hpb_choice *choice)
{
    const hpb_setting *also = hpb_choice_setting(choice, "also");
    return *also->text && strcasecmp(also->text, "none") != 0 ? also : NULL;
}

static hpb_error *fault(hpb_suite_reader *reader, hpb_place place, const char *section,
                        const char *text)
{
    reader->is_good = false;
    return hpb_diagnose(reader->diagnostics, place, section, "also", "%s", text);
}

// Which of its levels would stand beside the other rule?
static bool has_levels(hpb_suite_reader *reader, const hpb_section_levels *rule,
                       const hpb_setting *also, const char *section)
{
    for (uint32_t i = 0; i < rule->n_keys; i++) {
        const hpb_key_levels *key = &rule->keys[i];
        if (key->levels.n == 1)
            continue;
        char text[320];
        snprintf(text, sizeof text, "[%.100s] %.60s has %u levels; expected a rule of one level",
                 rule->section, key->param->name, key->levels.n);
        hpb_error *error = fault(reader, also->place, section, text);
        hpb_error_hint(error, "a section for each level, and also = LABEL, LABEL");
        return true;
    }
    return false;
}

static bool is_same(const hpb_choice *choice, const hpb_section_levels *rule)
{
    return strcmp(choice->name, rule->name) == 0 && choice->place.line == rule->place.line &&
           choice->place.column == rule->place.column;
}

bool hpb_also_find(hpb_suite_reader *reader, const char *section, hpb_choice *choice)
{
    hpb_choice *rules[HPB_MAX_RULES] = {choice};
    const hpb_setting *also;
    for (uint32_t n = 1; (also = also_of(rules[n - 1])); n++) {
        const hpb_ini_entry entry = {.key = "also", .value = also->text, .place = also->place};
        hpb_section_levels rule;
        if (!hpb_section_find(reader, HPB_AXIS_EARLY_STOPPING, section, &entry, also->text, false,
                              &rule) ||
            has_levels(reader, &rule, also, section))
            return false;
        for (uint32_t i = 0; i < n; i++)
            if (is_same(rules[i], &rule)) {
                fault(reader, also->place, section,
                      "comes back to where it began; expected an end");
                return false;
            }
        if (n == HPB_MAX_RULES) {
            char text[80];
            snprintf(text, sizeof text, "more than %d rules watch one fit", HPB_MAX_RULES);
            fault(reader, also->place, section, text);
            return false;
        }
        rules[n] = hpb_arena_alloc(reader->arena, 1, sizeof *rules[n]);
        *rules[n] = hpb_section_choice(&rule, reader->arena);
        rules[n - 1]->also = rules[n];
        section = rule.section;
    }
    return true;
}
