// SPDX-License-Identifier: Apache-2.0
// Cooperative games in a table: what each of k players is worth in a value that all of them make together.
//
// v[S] is the worth of a coalition S, a bit mask: bit i is set where player i is in. v has 2^k entries, k at most
// HPB_GAME_LARGEST. What coalitions of one size gain is summed first, in ascending order, divided by a whole number, and
// summed over sizes: all with the error of each step carried along (Neumaier 1974), so that out[i] is right to its last digits
// however far v lies from 0 and however large what cancels. sum(out) = v[all] - v[0] within 1e-12 of the largest of
// |v[all] - v[0]| and |out[i]|.
#ifndef HPB_GAME_H
#define HPB_GAME_H

#include <stdbool.h>
#include <stdint.h>

#define HPB_GAME_LARGEST 10u

/// Shapley (1953): out[i] = sum over S without i of |S|! (k - |S| - 1)! / k! (v[S + i] - v[S]). The same figures as
/// Das Gupta (1993) for rates and Shorrocks (2013) for distributions; Kitagawa (1955) for k = 2 with the interaction halved.
void hpb_game_shapley(const double *v, uint32_t k, double *out);
/// Owen (1977): groups are the players of an outer game, and a group's worth in it is split inside by Shapley's rule.
/// group[i], from 0 and without gaps, is player i's; NULL: each its own, which is Shapley's value. Of v only the entries
/// that hpb_game_uses() names are read.
void hpb_game_owen(const double *v, uint32_t k, const uint32_t *group, double *out);
/// Whether a coalition holds part of at most one group and all or nothing of the others.
bool hpb_game_uses(uint32_t coalition, uint32_t k, const uint32_t *group);
/// Moebius transform (Harsanyi 1959), in place: v[T] becomes m(T) = sum over S within T of (-1)^(|T| - |S|) v[S], what T has beyond
/// all that is smaller; v[S] = sum of m over S's subsets, and Shapley's value is the sum of m(T) / |T| over all T with i.
/// k passes of differences, player 0 first.
void hpb_game_moebius(double *v, uint32_t k);

#endif // HPB_GAME_H
