// SPDX-License-Identifier: Apache-2.0
// Float32 sums over a tensor in TensorFlow's order, so that a norm has Keras' bits: Eigen's InnerMostDimReducer and
// InnerMostDimPreserver with packets of 8, up to 8,192 elements, beyond which TensorFlow cuts a sum in two.
//   whole  whole packets are summed by place: blocks of four with a sum a packet, ((p0 + p1) + p2) + p3, then those that
//          are left; its 8 places are added across (k + 4, k + 2, k + 1), the elements behind the last packet in order
//   column of 16 rows or more, where its 8 columns are whole: sums a0 ... a3 of every fourth row, ((a0 + a1) + a2) + a3,
//          then the rows that are left; else in order
#ifndef HPB_OPTIMIZERS_TENSOR_SUM_H
#define HPB_OPTIMIZERS_TENSOR_SUM_H

#include "hpbench/plugin.h"

#include <string.h>

enum { PACKET = 8, BLOCK = 4 * PACKET, ROWS_AT_ONCE = 4, TAIL = BLOCK + 3 * PACKET };

// A sum of numbers of 16 lanes under way: first the block, then what follows the last block, then the tail.
typedef struct tensor_sum {
    size_t block, width; // parts of a block; of these, neighbours that are added across at the end
    size_t in_blocks, in_packets;
    float part[TAIL + 1][HPB_LANE_MULTIPLE];
} tensor_sum;

HPB_INLINE void sum_clear(tensor_sum *s)
{
    if (s->in_blocks)
        memset(s->part, 0, s->block * sizeof *s->part);
    memset(s->part[s->block], 0, (s->in_packets - s->in_blocks) * sizeof *s->part);
    memset(s->part[TAIL], 0, sizeof *s->part);
}

// Begins the sum of a whole tensor, or row, of n numbers.
HPB_INLINE void sum_begin(tensor_sum *s, size_t n)
{
    s->block = BLOCK;
    s->width = PACKET;
    s->in_blocks = n / BLOCK * BLOCK;
    s->in_packets = n / PACKET * PACKET;
    sum_clear(s);
}

// Begins the sum of the n rows of a column.
HPB_INLINE void sum_begin_column(tensor_sum *s, size_t n, size_t column, size_t columns)
{
    const int by_packet = n >= 4 * ROWS_AT_ONCE && column < columns / PACKET * PACKET;
    s->block = ROWS_AT_ONCE;
    s->width = 1;
    s->in_blocks = by_packet ? n / ROWS_AT_ONCE * ROWS_AT_ONCE : 0;
    s->in_packets = by_packet ? n : 0;
    if (columns == 1)
        sum_begin(s, n); // the only one is the whole tensor
    else
        sum_clear(s);
}

// Where number i is added.
HPB_INLINE float *sum_part(tensor_sum *s, size_t i)
{
    return s->part[i < s->in_blocks    ? i % s->block
                   : i < s->in_packets ? s->block + i - s->in_blocks
                                       : TAIL];
}

HPB_INLINE void sum_add(const float *HPB_RESTRICT x, float *HPB_RESTRICT part)
{
    for (int j = 0; j < HPB_LANE_MULTIPLE; j++)
        part[j] += x[j];
}

// out[16]; spends the parts.
HPB_INLINE void sum_end(tensor_sum *s, float *out)
{
    const size_t first = s->in_blocks ? 0 : s->block;
    for (size_t i = first + s->width; i < s->block + s->in_packets - s->in_blocks; i++)
        sum_add(s->part[i], s->part[first + i % s->width]);
    for (size_t half = s->width / 2; half && s->in_packets; half /= 2)
        for (size_t k = first; k < first + half; k++)
            sum_add(s->part[k + half], s->part[k]);
    if (s->in_packets)
        sum_add(s->part[first], s->part[TAIL]);
    memcpy(out, s->part[TAIL], sizeof s->part[TAIL]);
}

#endif
