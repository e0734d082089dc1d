// SPDX-License-Identifier: Apache-2.0
// Optimizers against Keras and PyTorch: weights after every step on given gradients, with what the host does around them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h> // needs those above

#include "engine/private.h"
#include "engine/support.h"

// Keras rounds to float32 at every operation, and so do we; what is left is its sums' order and pow's last digit.
// Relative to the largest that the weight has been: one that a step takes from -0.0496 to -0.000196 keeps the rounding of
// -0.0496 (there Keras in float32 is 1.3e-4 of the small weight off the same step in float64, 5e-7 of the large one).
#define TOLERANCE 2e-6

// Four tensors, one after the other, into one lane of an array [P][L].
static void write_lane(const json_t *tensors, uint32_t lane, float *to)
{
    size_t p = 0, index;
    json_t *tensor;
    json_array_foreach((json_t *)tensors, index, tensor)
    {
        size_t n;
        double *values = golden_doubles(tensor, &n);
        for (size_t i = 0; i < n; i++)
            to[p++ * HPB_LANES + lane] = (float)values[i];
        free(values);
    }
}

// FTRL makes a weight anew from sums that nearly cancel where it passes 0, and every element of LAMB's and Muon's steps
// carries the rounding of its whole tensor. There Keras in float32 is up to 2 % off its own float64, but 1.7e-6 of the
// weight or of what its tensor has moved, whichever is more (tests/conformance/record_optimizers.py --itself): that is
// what the tolerance is of. Keras' pow, which LAMB squares by, is 1 ulp off in 27 % of its results, ours is rounded
// correctly; and the order of its matrix products is that of the machine it runs on. PyTorch is recorded in float64.
static bool is_of_the_move(const json_t *golden, const test_plugin *plugin)
{
    if (json_object_get(golden, "torch"))
        return true;
    static const char *const ids[] = {"ftrl", "lamb", "muon"};
    for (size_t i = 0; i < HPB_COUNT(ids); i++)
        if (strcmp(plugin->info.id, ids[i]) == 0)
            return true;
    return false;
}

// `begin`[P]: the initial weights, where the tolerance is of what a tensor has moved as well; else NULL. `largest`[P]: of
// each weight so far, to which this step's is added.
static void assert_lane(const json_t *tensors, uint32_t lane, const float *got, const float *begin,
                        double *largest, const char *what)
{
    size_t p = 0, index;
    json_t *tensor;
    json_array_foreach((json_t *)tensors, index, tensor)
    {
        size_t n;
        double *values = golden_doubles(tensor, &n), moved = 0;
        for (size_t i = 0; i < n && begin; i++)
            moved = fmax(moved, fabs(values[i] - (double)begin[p + i]));
        for (size_t i = 0; i < n; i++, p++) {
            const double w = (double)got[p * HPB_LANES + lane];
            largest[p] = fmax(largest[p], fabs(values[i]));
            if (!(fabs(w - values[i]) <= TOLERANCE * fmax(moved, largest[p])))
                fail_msg("%s: parameter %zu is %.9g; expected %.9g", what, p, w, values[i]);
        }
        free(values);
    }
}

// The dense network whose kernels and biases have the golden's shapes.
static hpb_network network_of(const json_t *shapes)
{
    hpb_network network = {
        .n_inputs = (uint32_t)json_integer_value(json_array_get(json_array_get(shapes, 0), 0))};
    for (size_t i = 1; i < json_array_size(shapes); i += 2)
        network.width[network.n_layers++] =
            (uint32_t)json_integer_value(json_array_get(json_array_get(shapes, i), 0));
    return network;
}

static void run_case(const json_t *golden, test_plugin plugin, uint32_t isa)
{
    const json_t *gradients = json_object_get(golden, "gradients");
    const json_t *weights = json_object_get(golden, "weights_after_step");
    const json_t *rates = json_object_get(golden, "rates");
    hpb_fit_config config = {
        .network = network_of(json_object_get(golden, "shapes")), .batch_size = 1, .isa = isa};
    apply_params(json_object_get(golden, "params"), &plugin, &config.common);
    use_optimizer(&config, &plugin);
    hpb_lanes lanes;
    hpb_lanes_create(&config, 1, &lanes);
    float *zeros = hpb_alloc(lanes.n_params, sizeof *zeros);
    float *begin = hpb_alloc(lanes.n_params, sizeof *begin);
    for (uint32_t lane = 0; lane < HPB_LANES; lane++) {
        hpb_lanes_start(&lanes, lane, zeros);
        write_lane(json_object_get(golden, "w0"), lane, lanes.weights);
    }
    hpb_lanes_read(&lanes, lanes.weights, 0, begin);
    double *largest = hpb_alloc(lanes.n_params, sizeof *largest);
    for (uint32_t p = 0; p < lanes.n_params; p++)
        largest[p] = fabs((double)begin[p]);
    char *description = golden_describe(json_object_get(golden, "params"));
    for (size_t step = 0; step < json_array_size(gradients); step++) {
        char what[512];
        for (uint32_t lane = 0; lane < HPB_LANES; lane++)
            write_lane(json_array_get(gradients, step), lane, lanes.gradients);
        for (uint32_t lane = 0; lane < HPB_LANES && rates; lane++)
            lanes.rate[lane] = (float)golden_number(json_array_get(rates, step));
        hpb_lanes_update(&lanes);
        snprintf(what, sizeof what, "%s %s, %s, step %zu", plugin.info.id, description,
                 hpb_isa_name(isa), step + 1);
        for (uint32_t lane = 0; lane < HPB_LANES; lane += HPB_LANES - 1)
            assert_lane(json_array_get(weights, step), lane, lanes.weights,
                        is_of_the_move(golden, &plugin) ? begin : NULL, largest, what);
    }
    free(description);
    free(zeros);
    free(begin);
    free(largest);
    hpb_lanes_destroy(&lanes);
}

// Runs all cases of a file.
static void run_file(const char *name)
{
    json_t *root = golden_open(name), *golden;
    size_t index, n_run = 0;
    json_array_foreach(json_object_get(root, "cases"), index, golden)
    {
        char *id = golden_lower(json_string_value(json_object_get(golden, "optimizer")));
        if (!golden_is_built("optimizers", id)) {
            printf("no plugin for %s\n", id);
        } else {
            for (uint32_t isa = 0; isa <= hpb_isa_best(); isa++)
                run_case(golden, plugin_load("optimizers", id), isa);
            n_run++;
        }
        free(id);
    }
    printf("%s: %zu cases agree\n", name, n_run);
    assert_true(n_run > 0);
    json_decref(root);
}

static void test_goldens(void **unused)
{
    (void)unused;
    run_file("optimizers");
}

// The same for parameters that optimizers.json leaves alone, recorded by tests/conformance/record_optimizers.py.
static void test_more_goldens(void **unused)
{
    (void)unused;
    run_file("optimizers_more");
}

// The conventions that are not Keras', at rates that change, recorded by tests/conformance/record_torch.py.
static void test_torch_goldens(void **unused)
{
    (void)unused;
    run_file("optimizers_torch");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_goldens),
        cmocka_unit_test(test_more_goldens),
        cmocka_unit_test(test_torch_goldens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
