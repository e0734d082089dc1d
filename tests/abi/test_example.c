// SPDX-License-Identifier: Apache-2.0
// The guide's own words: its command compiles the example with the public header alone, and what comes out is
// found, described, and advances lanes as Lion's paper says.
#include "loader/support.h"

#include "loader/module.h"

#include <math.h>

// The line of docs/abi.md that compiles the example, to be freed.
static char *guide_command(void)
{
    char *bytes;
    size_t n;
    file_read(HPB_TEST_SOURCE "/../docs/abi.md", &bytes, &n);
    char *start = strstr(bytes, "    cc ");
    if (!start)
        fail_msg("docs/abi.md has no line \"    cc ...\"");
    start += 4;
    start[strcspn(start, "\n")] = '\0';
    char *command = hpb_strdup(start);
    free(bytes);
    return command;
}

// Follows the guide in a new folder, as an author would: the example's source, the command, nothing else.
static int set_up(void **state)
{
    char *folder = folder_make(), *source, *command = guide_command();
    size_t n;
    file_read(HPB_TEST_SOURCE "/../docs/examples/lionheart.c", &source, &n);
    file_write(folder, "lionheart.c", source, n);
    char *shell = hpb_format("cd %s && PKG_CONFIG_PATH='%s/core' && export PKG_CONFIG_PATH && %s",
                             folder, HPB_TEST_BINARY, command);
    if (system(shell) != 0)
        fail_msg("failed: %s", shell);
    free(shell);
    free(command);
    free(source);
    *state = folder;
    return 0;
}

static int tear_down(void **state)
{
    folder_remove(*state);
    return 0;
}

static void test_is_found(void **state)
{
    hpb_registry registry;
    hpb_error error;
    assert_int_equal(scan_folder(*state, false, &registry, &error), HPB_EXIT_OK);
    assert_int_equal(registry.n_refusals, 0);
    const hpb_plugin_info *lion = hpb_registry_find(&registry, HPB_KIND_OPTIMIZER, "lionheart");
    assert_non_null(lion);
    assert_int_equal(lion->n_params, 3);
    assert_int_equal(lion->n_slots, 1);
    assert_int_equal(lion->isa, (1u << HPB_ISA_COUNT) - 1);
    hpb_registry_free(&registry);
}

enum { P = 7, L = 32, STEPS = 20 };

typedef struct arrays {
    _Alignas(64) float weights[P * L];
    _Alignas(64) float gradients[P * L];
    _Alignas(64) float momentum[P * L];
    _Alignas(64) float rate[L];
    _Alignas(64) int64_t step[L];
} arrays;

static void run(hpb_update_function update, const hpb_value *values, arrays *a)
{
    *a = (arrays){.weights = {0}};
    float *slots[] = {a->momentum};
    double *lane_slots[] = {NULL};
    const hpb_batch batch = {.struct_size = sizeof batch,
                             .n_params = P,
                             .n_lanes = L,
                             .weights = a->weights,
                             .gradients = a->gradients,
                             .slots = slots,
                             .lane_slots = lane_slots,
                             .learning_rate = a->rate,
                             .step = a->step};
    for (int lane = 0; lane < L; lane++)
        a->rate[lane] = 0.001f * (float)(lane + 1);
    for (int t = 1; t <= STEPS; t++) {
        for (int i = 0; i < P * L; i++)
            a->gradients[i] = sinf((float)(i * t)) * 0.5f;
        for (int lane = 0; lane < L; lane++)
            a->step[lane] = t;
        update(values, &batch);
    }
}

// The paper's two lines, one number at a time.
static void run_plainly(const hpb_value *values, arrays *a)
{
    *a = (arrays){.weights = {0}};
    const float beta_1 = (float)values[1].number, beta_2 = (float)values[2].number;
    for (int t = 1; t <= STEPS; t++)
        for (int i = 0; i < P * L; i++) {
            const float g = sinf((float)(i * t)) * 0.5f;
            const float c = a->momentum[i] * beta_1 + g * (1 - beta_1);
            const float rate = 0.001f * (float)(i % L + 1);
            a->weights[i] -= c > 0 ? rate : c < 0 ? -rate : 0;
            a->momentum[i] = a->momentum[i] * beta_2 + g * (1 - beta_2);
        }
}

static void test_advances_as_the_paper(void **state)
{
    char *path = path_in(*state, "lionheart.so");
    hpb_module module;
    hpb_error error = {0};
    if (hpb_module_open(path, HPB_KIND_OPTIMIZER, NULL, &module, NULL, &error) != HPB_EXIT_OK)
        fail_msg("%s", error.text);
    const hpb_value values[] = {{.number = 0.001}, {.number = 0.9}, {.number = 0.99}};
    static arrays plain, vector;
    run_plainly(values, &plain);
    for (uint32_t isa = 0; isa <= hpb_isa_best(); isa++) {
        run(hpb_optimizer_update(module.ops, isa), values, &vector);
        assert_memory_equal(vector.weights, plain.weights, sizeof plain.weights);
        assert_memory_equal(vector.momentum, plain.momentum, sizeof plain.momentum);
    }
    free(path);
}

// layout_cxx.cc, built as C++17 with the rest.
static void test_cxx_plugin(void **state)
{
    (void)state;
    hpb_module module;
    hpb_error error = {0};
    if (hpb_module_open(HPB_TEST_BINARY "/good_plugins/layout_cxx.so", HPB_KIND_OPTIMIZER, NULL,
                        &module, NULL, &error) != HPB_EXIT_OK)
        fail_msg("%s", error.text);
    assert_string_equal(module.plugin->id, "layout_cxx");
}

int main(int argc, char **argv)
{
    PROBE_MAIN(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_is_found),
        cmocka_unit_test(test_advances_as_the_paper),
        cmocka_unit_test(test_cxx_plugin),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
