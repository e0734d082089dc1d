// SPDX-License-Identifier: Apache-2.0
// Shapley's and Owen's values over all coalitions, one path for both: Shapley's is Owen's with groups of one.
#include "stats/game.h"

#include <math.h>
#include <stddef.h>

#define LARGEST HPB_GAME_LARGEST
#define NO_GROUP UINT32_MAX

typedef struct compensated {
    double sum, rest;
} compensated;

static void add(compensated *to, double value)
{
    const double sum = to->sum + value;
    to->rest += fabs(to->sum) >= fabs(value) ? (to->sum - sum) + value : (value - sum) + to->sum;
    to->sum = sum;
}

// Who belongs together: the players of each group as a mask.
typedef struct grouping {
    uint32_t n, member[LARGEST];
} grouping;

static uint32_t group_of(const uint32_t *group, uint32_t player)
{
    return group ? group[player] : player;
}

static grouping gather(uint32_t k, const uint32_t *group)
{
    grouping out = {0};
    for (uint32_t i = 0; i < k; i++) {
        const uint32_t g = group_of(group, i);
        out.member[g] |= 1u << i;
        out.n = g + 1 > out.n ? g + 1 : out.n;
    }
    return out;
}

// Groups that are in as a whole, and the one that is in by half (NO_GROUP: none); false where two are.
static bool inspect(const grouping *groups, uint32_t coalition, uint32_t *whole, uint32_t *half)
{
    *whole = 0, *half = NO_GROUP;
    for (uint32_t g = 0; g < groups->n; g++) {
        const uint32_t in = coalition & groups->member[g];
        if (in == groups->member[g])
            ++*whole;
        else if (in && *half != NO_GROUP)
            return false;
        else if (in)
            *half = g;
    }
    return true;
}

bool hpb_game_uses(uint32_t coalition, uint32_t k, const uint32_t *group)
{
    const grouping groups = gather(k, group);
    uint32_t whole, half;
    return inspect(&groups, coalition, &whole, &half);
}

// How many ways there are to pick, times the number of players: n C(n - 1, before), a whole number.
static double orders(uint32_t n, uint32_t before)
{
    double ways = n;
    for (uint32_t i = 0; i < before; i++)
        ways = ways * (n - 1 - i) / (i + 1);
    return ways;
}

void hpb_game_owen(const double *v, uint32_t k, const uint32_t *group, double *out)
{
    const grouping groups = gather(k, group);
    // of each player by how many whole groups, and how many of its own group, came before
    compensated gain[LARGEST][LARGEST][LARGEST] = {0};
    for (uint32_t s = 0; s < 1u << k; s++) {
        uint32_t whole, half;
        if (!inspect(&groups, s, &whole, &half))
            continue;
        for (uint32_t i = 0; i < k; i++) {
            const uint32_t g = group_of(group, i);
            if (s >> i & 1u || (half != NO_GROUP && half != g))
                continue;
            const int before = __builtin_popcount(s & groups.member[g]);
            add(&gain[i][whole][before], v[s | 1u << i]);
            add(&gain[i][whole][before], -v[s]);
        }
    }
    for (uint32_t i = 0; i < k; i++) {
        const uint32_t size = (uint32_t)__builtin_popcount(groups.member[group_of(group, i)]);
        compensated sum = {0};
        for (uint32_t whole = 0; whole < groups.n; whole++)
            for (uint32_t before = 0; before < size; before++) {
                const compensated *part = &gain[i][whole][before];
                const double ways = orders(groups.n, whole) * orders(size, before);
                const double quotient = part->sum / ways;
                add(&sum, quotient);
                add(&sum, (fma(-quotient, ways, part->sum) + part->rest) / ways); // what it left
            }
        out[i] = sum.sum + sum.rest;
    }
}

void hpb_game_shapley(const double *v, uint32_t k, double *out)
{
    hpb_game_owen(v, k, NULL, out);
}

void hpb_game_moebius(double *v, uint32_t k)
{
    for (uint32_t i = 0; i < k; i++)
        for (uint32_t s = 0; s < 1u << k; s++)
            if (s >> i & 1u)
                v[s] -= v[s ^ 1u << i];
}
