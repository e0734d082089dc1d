// SPDX-License-Identifier: Apache-2.0
// What the page says of causes that come from a sample of the orders in which the settings can be changed.
#include "page.h"

#include <math.h>

// The largest of the causes; NaN: not known.
static double largest_error(const hpb_explanation *e)
{
    double largest = (double)NAN;
    for (uint32_t i = 0; i < e->n_causes; i++)
        largest = fmax(largest, e->causes[i].sampling_error); // passes over NaN
    return largest;
}

void hpb_page_sample(const hpb_explanation *e, hpb_text *html)
{
    const double error = largest_error(e);
    if (!e->n_pairs || !isfinite(error))
        return;
    hpb_text_add(html,
                 "<p><b>A sample of orders.</b> The causes are averages over %u of the orders in "
                 "which the %u settings can be changed, drawn at random and each with its reverse; "
                 "the error that this leaves (SE) is at most ",
                 2 * e->n_pairs, e->n_causes);
    hpb_page_number(html, error, 2);
    hpb_text_add(html, ", and the brackets include it.</p>\n");
}

void hpb_page_no_interactions(hpb_text *html)
{
    hpb_text_add(html, "<p class=\"soft\">How the settings act together, two by two, is not known: "
                       "it takes all combinations.</p>\n");
}
