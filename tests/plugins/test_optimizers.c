// SPDX-License-Identifier: Apache-2.0
// Optimizers against Keras: weights after every step on given gradients, with what the host does around them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h> // needs those above

#include "engine/private.h"
#include "engine/support.h"

#include <ctype.h>
#include <sys/stat.h>

// Keras rounds to float32 at every operation, and so do we; what is left is its sums' order and pow's last digit.
#define TOLERANCE 2e-6

static bool is_built(const char *id)
{
    char path[4096];
    struct stat status;
    snprintf(path, sizeof path, "%s/plugins/optimizers/%s.so", HPB_TEST_BINARY, id);
    return stat(path, &status) == 0;
}

static char *lower(const char *name)
{
    char *id = hpb_strdup(name);
    for (char *c = id; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return id;
}

// Gives the plugin, or the host around it, what Keras' constructor was given.
static void apply_params(const json_t *params, test_plugin *plugin, hpb_common *common)
{
    const char *key;
    json_t *value;
    *common = no_common();
    json_object_foreach((json_t *)params, key, value)
    {
        const double number = golden_number(value);
        const bool is_known = plugin_set(plugin, key, number);
        if (strcmp(key, "weight_decay") == 0)
            common->weight_decay = number;
        else if (strcmp(key, "clipnorm") == 0)
            common->clipnorm = number;
        else if (strcmp(key, "clipvalue") == 0)
            common->clipvalue = number;
        else if (strcmp(key, "global_clipnorm") == 0)
            common->global_clipnorm = number;
        else if (strcmp(key, "use_ema") == 0)
            common->use_ema = number != 0;
        else if (strcmp(key, "ema_momentum") == 0)
            common->ema_momentum = number;
        else if (!is_known)
            fail_msg("%s has no parameter %s", plugin->info.id, key);
    }
}

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

static void assert_lane(const json_t *tensors, uint32_t lane, const float *got, const char *what)
{
    size_t p = 0, index;
    json_t *tensor;
    json_array_foreach((json_t *)tensors, index, tensor)
    {
        size_t n;
        double *values = golden_doubles(tensor, &n);
        for (size_t i = 0; i < n; i++, p++) {
            const double w = (double)got[p * HPB_LANES + lane];
            if (!(fabs(w - values[i]) <= TOLERANCE * fabs(values[i])))
                fail_msg("%s: parameter %zu is %.9g; Keras has %.9g", what, p, w, values[i]);
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
    hpb_fit_config config = {
        .network = network_of(json_object_get(golden, "shapes")), .batch_size = 1, .isa = isa};
    apply_params(json_object_get(golden, "params"), &plugin, &config.common);
    use_optimizer(&config, &plugin);
    hpb_lanes lanes;
    hpb_lanes_create(&config, 1, &lanes);
    float *zeros = hpb_alloc(lanes.n_params, sizeof *zeros);
    for (uint32_t lane = 0; lane < HPB_LANES; lane++) {
        hpb_lanes_start(&lanes, lane, zeros);
        write_lane(json_object_get(golden, "w0"), lane, lanes.weights);
    }
    char *description = golden_describe(json_object_get(golden, "params"));
    for (size_t step = 0; step < json_array_size(gradients); step++) {
        char what[512];
        for (uint32_t lane = 0; lane < HPB_LANES; lane++)
            write_lane(json_array_get(gradients, step), lane, lanes.gradients);
        hpb_lanes_update(&lanes);
        snprintf(what, sizeof what, "%s %s, %s, step %zu", plugin.info.id, description,
                 hpb_isa_name(isa), step + 1);
        for (uint32_t lane = 0; lane < HPB_LANES; lane += HPB_LANES - 1)
            assert_lane(json_array_get(weights, step), lane, lanes.weights, what);
    }
    free(description);
    free(zeros);
    hpb_lanes_destroy(&lanes);
}

static void test_goldens(void **unused)
{
    (void)unused;
    json_t *root = golden_open("optimizers"), *golden;
    size_t index, n_run = 0, n_skipped = 0;
    json_array_foreach(json_object_get(root, "cases"), index, golden)
    {
        char *id = lower(json_string_value(json_object_get(golden, "optimizer")));
        if (is_built(id)) {
            for (uint32_t isa = 0; isa <= hpb_isa_best(); isa++)
                run_case(golden, plugin_load("optimizers", id), isa);
            n_run++;
        } else {
            printf("no plugin for %s\n", id);
            n_skipped++;
        }
        free(id);
    }
    printf("%zu cases agree, %zu have no plugin yet\n", n_run, n_skipped);
    assert_true(n_run > 0);
    json_decref(root);
}

// --- conventions beside Keras' -----------------------------------------------------------------------------------

// One parameter, one lane: what `steps` updates by gradient `g` come to.
static double update_alone(const test_plugin *plugin, double w, double g, int steps)
{
    hpb_fit_config config = {
        .network = {1, 1, {1}, HPB_ACTIVATION_LINEAR}, .batch_size = 1, .common = no_common()};
    use_optimizer(&config, plugin);
    hpb_lanes lanes;
    hpb_lanes_create(&config, 1, &lanes);
    hpb_lanes_start(&lanes, 3, (float[]){(float)w, 0});
    for (int i = 0; i < steps; i++) {
        lanes.gradients[3] = (float)g;
        hpb_lanes_update(&lanes);
    }
    const double result = (double)lanes.weights[3];
    hpb_lanes_destroy(&lanes);
    return result;
}

// Both conventions of Adam in double, as the paper and as Keras write them; a constant gradient.
static double adam_in_double(bool is_paper, double w, double g, int steps, double epsilon)
{
    double m = 0, v = 0;
    for (int t = 1; t <= steps; t++) {
        const double c1 = 1 - pow(0.9, t), c2 = 1 - pow(0.999, t);
        m = 0.9 * m + 0.1 * g;
        v = 0.999 * v + 0.001 * g * g;
        if (is_paper)
            w -= 0.01 * (m / c1) / (sqrt(v / c2) + epsilon);
        else
            w -= 0.01 * sqrt(c2) / c1 * m / (sqrt(v) + epsilon);
    }
    return w;
}

static void test_adam_conventions(void **unused)
{
    (void)unused;
    const double epsilon = 0.01; // large, so that its place is seen
    for (int is_paper = 0; is_paper < 2; is_paper++) {
        test_plugin adam = plugin_load("optimizers", "adam");
        plugin_set(&adam, "learning_rate", 0.01);
        plugin_set(&adam, "epsilon", epsilon);
        plugin_set(&adam, "convention", is_paper);
        const double got = update_alone(&adam, 0.5, 0.02, 7);
        assert_float_equal(got, adam_in_double(is_paper, 0.5, 0.02, 7, epsilon), 1e-6);
        assert_true(fabs(got - adam_in_double(!is_paper, 0.5, 0.02, 7, epsilon)) > 1e-3);
    }
}

static void test_descriptors(void **unused)
{
    (void)unused;
    const char *const ids[] = {"adam", "sgd"};
    for (size_t i = 0; i < HPB_COUNT(ids); i++) {
        const hpb_plugin *plugin = plugin_open("optimizers", ids[i]);
        assert_int_equal(plugin->kind, HPB_KIND_OPTIMIZER);
        plugin_check_params(plugin);
        plugin_find(plugin, "learning_rate");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_goldens),
        cmocka_unit_test(test_adam_conventions),
        cmocka_unit_test(test_descriptors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
