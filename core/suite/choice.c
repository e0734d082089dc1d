// SPDX-License-Identifier: Apache-2.0
// Reading a choice: its settings by name, whether they matter, whether labels match.
#include "data/dataset.h"
#include "suite/suite.h"

#include <string.h>

const hpb_setting *hpb_choice_setting(const hpb_choice *choice, const char *name)
{
    for (uint32_t i = 0; i < choice->n_settings; i++)
        if (strcmp(choice->settings[i].param->name, name) == 0)
            return &choice->settings[i];
    return NULL;
}

double hpb_choice_number(const hpb_choice *choice, const char *name)
{
    return hpb_choice_setting(choice, name)->value.number;
}

const char *hpb_choice_text(const hpb_choice *choice, const char *name)
{
    return hpb_choice_setting(choice, name)->text;
}

static bool is_data_used(const hpb_choice *choice, const hpb_setting *setting)
{
    static const char *const of_file[] = {"file",      "target",    "group",
                                          "test_fold", "separator", "na"};
    const char *name = setting->param->name;
    if (strcmp(name, "standardise") == 0)
        return true;
    bool is_of_file = false;
    for (size_t i = 0; i < HPB_COUNT(of_file); i++)
        is_of_file |= strcmp(name, of_file[i]) == 0;
    if (is_of_file != (*hpb_choice_text(choice, "file") != '\0'))
        return false;
    if (strcmp(name, "group") == 0 || strcmp(name, "test_fold") == 0)
        return *setting->text != '\0';
    const hpb_generator_features features =
        hpb_generator_shape((hpb_generator)hpb_choice_number(choice, "generator"));
    return strcmp(name, "features") != 0 || features.fewest < features.most;
}

bool hpb_choice_trains(const hpb_choice *fit)
{
    return (hpb_solver)hpb_choice_number(fit, "solver") == HPB_SOLVER_GRADIENT;
}

static bool is_of_training(const char *name)
{
    return strcmp(name, "epochs") == 0 || strcmp(name, "batch_size") == 0 ||
           strcmp(name, "shuffle") == 0;
}

bool hpb_setting_is_used(const hpb_choice *choice, const hpb_setting *setting)
{
    const char *name = setting->param->name;
    if (choice->axis == HPB_AXIS_DATA)
        return is_data_used(choice, setting);
    if (choice->axis == HPB_AXIS_PROTOCOL) // what is not named is crossed
        return *setting->text && strcmp(setting->text, "none") != 0;
    if (choice->axis == HPB_AXIS_FIT && is_of_training(name))
        return hpb_choice_trains(choice);
    if (choice->axis == HPB_AXIS_EARLY_STOPPING && strcmp(name, "also") == 0)
        return false; // the rule that it names says it
    if (choice->axis == HPB_AXIS_OPTIMIZER && strncmp(name, "ema_", 4) == 0)
        return hpb_choice_number(choice, "use_ema") != 0;
    if (choice->axis == HPB_AXIS_SEEDS && strcmp(name, "seed") == 0)
        return false; // split, weights and order say it
    return true;
}

bool hpb_match_holds(const hpb_match *match, const hpb_choice *const choice[HPB_AXIS_COUNT])
{
    for (uint32_t i = 0; i < match->n_names; i++) {
        bool is_there = false;
        for (int axis = 0; axis < HPB_AXIS_COUNT; axis++)
            is_there |= strcmp(choice[axis]->name, match->names[i]) == 0;
        if (!is_there)
            return false;
    }
    return true;
}
