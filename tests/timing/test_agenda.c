// SPDX-License-Identifier: Apache-2.0
// What is timed within which budget: shorter before fewer before left out, and never without a word.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h> // needs those above

#include "suite/support_suite.h"
#include "timing/agenda.h"

#include <math.h>

#define HEAD                                                                                       \
    "[suite]\nreplicates = 10\n[optimizer.adam]\n[optimizer.sgd]\nlearning_rate = 0.01, 0.1\n"     \
    "[splitter.holdout]\nplugin = train_test_split\n"                                              \
    "[splitter.cv5]\nplugin = kfold\nn_splits = 5\nshuffle = yes\n"                                \
    "[seeds.random]\n[seeds.fixed]\nsplit = 1\nweights = 1\norder = 1\n"

static hpb_timing_agenda make(const char *text, const double *fit_seconds)
{
    hpb_timing_agenda s;
    tested_drop(&fixture);
    tested_accept(&fixture, text);
    hpb_timing_agenda_make(&fixture.plan, HPB_ISA_BASELINE, fit_seconds, &s);
    return s;
}

static uint32_t count(const hpb_timing_agenda *s, hpb_timing_measure measure)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->n_targets; i++)
        n += s->targets[i].measure == measure;
    return n;
}

static void all_of_a_small_suite(void **state)
{
    (void)state;
    hpb_timing_agenda s = make(HEAD "[timing]\n", NULL);
    assert_int_equal(fixture.plan.n_cells, 12);
    assert_int_equal(s.n_cells, 12); // those with fixed seeds take as long as their twins
    assert_int_equal(count(&s, HPB_TIMING_FIT_ALONE), 6);
    assert_int_equal(count(&s, HPB_TIMING_FIT_BULK), 6);
    for (uint32_t i = 0; i < s.n_targets && !*s.targets[i].plugin; i++)
        assert_true(fixture.plan.cells[s.targets[i].cell].twin < 0);
    // plugins that the suite names, each section once, whatever its levels
    assert_int_equal(count(&s, HPB_TIMING_UPDATE), 2);
    assert_int_equal(count(&s, HPB_TIMING_SPLIT), 2);
    assert_int_equal(count(&s, HPB_TIMING_FILL), 0);
    assert_int_equal(count(&s, HPB_TIMING_OBSERVE), 0);
    assert_string_equal(s.targets[12].name, "adam");
    assert_string_equal(s.targets[13].name, "sgd");
    assert_string_equal(s.targets[14].name, "holdout");
    assert_string_equal(s.targets[14].plugin, "train_test_split");
    assert_int_equal(s.n_repetitions, 15);
    assert_true(s.min_time == 0.02);
    assert_true(fabs(s.seconds - 16 * 0.02 * 15.3) < 1e-9);
    assert_string_equal(s.words, "");
    hpb_timing_agenda_free(&s);
}

static void a_short_budget_shortens_repetitions_then_takes_fewer(void **state)
{
    (void)state;
    hpb_timing_agenda s = make(HEAD "[timing]\nbudget = 2\n", NULL);
    assert_int_equal(s.n_repetitions, 15);
    assert_true(s.min_time < 0.02 && s.min_time > 0.002);
    assert_true(fabs(s.seconds - 2) < 1e-3);
    assert_int_equal(s.n_left_out, 0);
    assert_string_equal(s.words, "the budget of 2 s is short: 8 ms a repetition in place of 20");
    hpb_timing_agenda_free(&s);
    s = make(HEAD "[timing]\nbudget = 0.3\n", NULL);
    assert_true(s.n_repetitions < 15 && s.n_repetitions >= HPB_TIMING_LEAST_REPETITIONS);
    assert_true(s.min_time == 0.002);
    assert_true(s.seconds <= 0.3);
    assert_int_equal(s.n_left_out, 0);
    assert_non_null(strstr(s.words, "repetitions in place of 15"));
    hpb_timing_agenda_free(&s);
}

static void cells_without_room_are_left_out_from_the_far_end(void **state)
{
    (void)state;
    // 6 cells at 0.1 s a fit in bulk: 1.6 s and more a repetition
    double seconds[12];
    for (int i = 0; i < 12; i++)
        seconds[i] = 0.01;
    hpb_timing_agenda s =
        make(HEAD "[report]\nreference = sgd & cv5\n[timing]\nbudget = 12\n", seconds);
    assert_int_equal(s.n_repetitions, HPB_TIMING_LEAST_REPETITIONS);
    assert_true(s.seconds <= 12);
    assert_true(s.n_left_out > 0 && s.n_left_out < 6);
    assert_non_null(strstr(s.words, "cells have no room in it: timed are the reference"));
    bool has_reference = false;
    for (uint32_t i = 0; i < s.n_targets; i++)
        has_reference |= s.targets[i].cell == fixture.plan.reference && !*s.targets[i].plugin;
    assert_true(has_reference);
    hpb_timing_agenda_free(&s);

    for (int i = 0; i < 12; i++)
        seconds[i] = 1000;
    s = make(HEAD "[timing]\n", seconds);
    assert_int_equal(s.n_cells, 0);
    assert_int_equal(s.n_targets, 4); // plugins alone
    assert_non_null(strstr(s.words, "no fit is timed: not one has room in it"));
    hpb_timing_agenda_free(&s);
}

static void failed_cells_are_not_timed(void **state)
{
    (void)state;
    double seconds[12] = {0};
    seconds[0] = (double)NAN; // adam & holdout & random
    hpb_timing_agenda s = make(HEAD "[timing]\n", seconds);
    assert_int_equal(s.n_failed, 1);
    for (uint32_t i = 0; i < s.n_targets; i++)
        assert_int_not_equal(s.targets[i].cell, 0);
    hpb_timing_agenda_free(&s);
}

static void the_key_is_of_what_is_asked_for(void **state)
{
    (void)state;
    char first[HPB_SHA256_TEXT];
    double seconds[12] = {0.5};
    hpb_timing_agenda s = make(HEAD "[timing]\n", NULL);
    memcpy(first, s.key, sizeof first);
    hpb_timing_agenda_free(&s);
    s = make(HEAD "[timing]\n", seconds); // how long fits take changes from run to run
    assert_string_equal(s.key, first);
    hpb_timing_agenda_free(&s);
    static const char *const others[] = {HEAD "[timing]\nrepetitions = 16\n",
                                         HEAD "[timing]\n[fit]\nepochs = 3\n",
                                         HEAD "[timing]\nbudget = 4\n"};
    for (size_t i = 0; i < HPB_COUNT(others); i++) {
        s = make(others[i], NULL);
        assert_string_not_equal(s.key, first);
        hpb_timing_agenda_free(&s);
    }
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--probe") == 0)
        return hpb_probe_main();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_a_small_suite),
        cmocka_unit_test(a_short_budget_shortens_repetitions_then_takes_fewer),
        cmocka_unit_test(cells_without_room_are_left_out_from_the_far_end),
        cmocka_unit_test(failed_cells_are_not_timed),
        cmocka_unit_test(the_key_is_of_what_is_asked_for),
    };
    return cmocka_run_group_tests_name("timing agenda", tests, tested_set_up, tested_tear_down);
}
