// SPDX-License-Identifier: Apache-2.0
// The HTML page: page.html with its places filled. All text from a suite goes through hpb_html_add.
#ifndef HPB_PAGE_H
#define HPB_PAGE_H

#include "explain/explanation.h"
#include "figures.h"

/// Adds the whole page. `figures` as drawn; `note`: why figures are missing, or "".
void hpb_page_write(const hpb_report_data *data, const hpb_figures *figures, const char *note,
                    const char *stamp, hpb_text *page);

// Sections, each in a file of its own name or in page_tables.c.
void hpb_page_effects(const hpb_report_data *data, hpb_text *html);
void hpb_page_cells(const hpb_report_data *data, hpb_text *html);
void hpb_page_costs(const hpb_report_data *data, hpb_text *html);
void hpb_page_settings(const hpb_report_data *data, hpb_text *html);
void hpb_page_details(const hpb_report_data *data, hpb_text *html);
/// The ways of averaging over folds, as tables in a fold; nothing where no run has several (page_averaging.c).
void hpb_page_averaging(const hpb_report_data *data, hpb_text *html);

/// The first sentences in large print, the first of all bold; and the others in small.
void hpb_page_headlines(const char *const *sentences, uint32_t n, hpb_text *html);
void hpb_page_rest(const char *const *sentences, uint32_t n, hpb_text *html);
/// "Do this"; nothing where there is no advice.
void hpb_page_advice(const char *advice, hpb_text *html);
/// Those of an explanation's part of the page, before or after "How sure is this?".
void hpb_page_figures(const hpb_figures *figures, uint32_t explanation, bool is_on_first_screen,
                      hpb_text *html);

// Of a run that explains (page_explained.c).
/// The sentences of an explanation, without the one that is the head of its table. In data->arena.
const char *const *hpb_page_explained_sentences(const hpb_report_data *data, uint32_t index,
                                                uint32_t *n);
/// The table of causes; nothing where there are none.
void hpb_page_causes(const hpb_report_data *data, uint32_t index, hpb_text *html);
/// A section for each explanation after the first.
void hpb_page_other_explanations(const hpb_report_data *data, const hpb_figures *figures,
                                 hpb_text *html);

/// How sure an explanation is: scope, blocks, noise floor, intervals, the order of changes.
void hpb_page_explained_confidence(const hpb_report_data *data, hpb_text *html);
/// What causes from a sample of orders are and how large its error is; nothing where all combinations were run
/// (page_sample.c).
void hpb_page_sample(const hpb_explanation *e, hpb_text *html);
/// What both report against what their models are worth; nothing where the truth was not asked for, or is not known
/// (page_bias.c).
void hpb_page_bias(const hpb_explanation *e, hpb_text *html);
/// In place of the table of how the settings act together.
void hpb_page_no_interactions(hpb_text *html);
/// The luck of the run with a side's own seeds, source by source; nothing where there is none (page_sources.c).
void hpb_page_own_luck(const hpb_explanation *e, hpb_text *html);
/// Table of the sources of a side's luck, which vary: shares, signed variances, the run with its own seeds.
void hpb_page_sources(const hpb_side *side, hpb_text *html);
/// A corner in words: what of it is as B has it.
void hpb_page_combination(const hpb_explanation *e, uint32_t mask, hpb_text *html);
/// Tables of all combinations of the settings, and of how they act together (page_combinations.c).
void hpb_page_combinations(const hpb_report_data *data, hpb_text *html);

/// Of a run that goes on until its causes are known: that its intervals are nominal, and a table of the looks (page_looks.c).
void hpb_page_nominal(const hpb_explanation *e, hpb_text *html);
void hpb_page_looks(const hpb_report_data *data, hpb_text *html);

/// A value of a setting as text, to be freed.
char *hpb_page_value(const json_t *value);
/// Text with what stands between backticks as code.
void hpb_page_prose(hpb_text *html, const char *text);
/// A number of a table with three digits, or an en dash for NaN.
void hpb_page_number(hpb_text *html, double value, int digits);
/// Likewise a difference, with its sign.
void hpb_page_signed(hpb_text *html, double value, int digits);
/// " [0.1, 0.2]", behind either; nothing where an end is not finite.
void hpb_page_interval(hpb_text *html, double low, double high, int digits, bool is_signed);
/// Opens a cell of a table that sorts by `value`; `head` is that of its column.
void hpb_page_open_number(hpb_text *html, const char *head, double value);
/// Nanoseconds as 21 µs, 3.4 ms, 1.2 s; an en dash for NaN.
void hpb_page_time(hpb_text *html, double nanoseconds);

#endif // HPB_PAGE_H
